from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.errors import DataError
from nxpredict.synthetic import Scenario


def test_text_and_numbers_mean_the_same() -> None:
    as_text = {"scenario": "published", "n": "300", "seed": "7", "new_patients": "10"}
    as_numbers = {"scenario": "published", "n": 300, "seed": 7, "new_patients": 10}
    assert Scenario.from_dict(as_text) == Scenario.from_dict(as_numbers)


def test_everything_but_the_scenario_has_a_default() -> None:
    scenario = Scenario.from_dict({"scenario": "consensus"})
    assert scenario == Scenario("consensus")
    assert sum(scenario.ancestry_mix.values()) == pytest.approx(1.0)


def test_shares_of_ancestry_may_be_given_as_text() -> None:
    config = {"scenario": "consensus", "region_mix": {"EUR": "0.25", "EAS": "0.75"}}
    assert Scenario.from_dict(config).ancestry_mix == {"EUR": 0.25, "EAS": 0.75}


def test_all_faults_are_reported_together() -> None:
    config = {
        "scenario": "hopeful",
        "n": "many",
        "seeds": 3,
        "arms": ["naltrexone"],
        "region_mix": {"EUR": 0.5},
        "missingness": "some",
    }
    with pytest.raises(DataError) as caught:
        Scenario.from_dict(config)
    text = str(caught.value)
    assert len(caught.value.faults) == 6
    assert "did you mean 'seed'?" in text.lower()
    assert all(key in text for key in ("'scenario'", "'n'", "'arms'", "'region_mix'"))


def test_a_missing_scenario_is_a_fault() -> None:
    with pytest.raises(DataError, match="'scenario' is missing"):
        Scenario.from_dict({})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n", -5),
        ("n", 3),
        ("n", True),
        ("n", 1.5),
        ("seed", "1e3"),
        ("arms", "naltrexone"),
        ("arms", ["naltrexone", "naltrexone"]),
        ("arms", [["naltrexone"], "nalmefene"]),
        ("region_mix", "moon"),
        ("region_mix", {"EUR": "x"}),
        ("region_mix", {"EUR": 1.5, "AFR": -0.5}),
        ("region_mix", {"EUR": "nan"}),
        ("scenario", ["published"]),
        ("missingness", {"a": 1}),
    ],
)
def test_a_wrong_value_is_a_fault_and_never_a_crash(key: str, value: object) -> None:
    with pytest.raises(DataError) as caught:
        Scenario.from_dict({"scenario": "published", key: value})
    assert len(caught.value.faults) == 1


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())))
def test_any_mapping_gives_a_scenario_or_faults(config: dict[str, object]) -> None:
    with pytest.raises(DataError) as caught:
        Scenario.from_dict(config)
    assert caught.value.exit_code == 3
