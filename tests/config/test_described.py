"""Scenarios and plans: faults name their file, and a bad ``--set`` is wrong use."""

from __future__ import annotations

from pathlib import Path

import pytest

from nxpredict.config import read_described
from nxpredict.errors import DataError, UsageError
from nxpredict.planning import Plan
from nxpredict.synthetic import Scenario

SCENARIO = "scenario: consensus\nn: 300\n"
PLAN = "plan: trial\nn: [100]\naverage: {rates: {a: 0.5, b: 0.6}}\n"


@pytest.fixture(params=[(SCENARIO, Scenario.from_dict), (PLAN, Plan.from_dict)])
def described(request, tmp_path: Path):
    text, build = request.param
    path = tmp_path / "some.yaml"

    def read(*overrides: str, more: str = ""):
        path.write_text(text + more)
        return read_described(path, overrides, build, what="plan", start="begin")

    return read


def test_overrides_are_taken(described) -> None:
    assert described("seed=77").seed == 77


@pytest.mark.parametrize("override", ["nonsense=1", "seed=x", "seed"])
def test_a_bad_override_is_wrong_use(described, override: str) -> None:
    with pytest.raises(UsageError, match=f"--set {override}"):
        described(override)


@pytest.mark.parametrize("overrides", [(), ("seed=77",)])
def test_a_fault_of_the_file_names_the_file(described, overrides: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match=r"some\.yaml: unknown key 'nonsense'"):
        described(*overrides, more="nonsense: 1\n")
