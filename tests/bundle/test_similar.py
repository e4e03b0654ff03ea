"""Groups of similar training patients: whole, counted right, and never small."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nxpredict.bundle import group_of, make_similar

ARMS = ("a", "b")


def cohort(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    prediction = rng.uniform(0.1, 0.9, (n, 2))
    arm = np.array(ARMS)[rng.integers(0, 2, n)]
    y = (rng.random(n) < prediction.mean(axis=1)).astype(int)
    return prediction, y, arm


def similar(prediction, y, arm):
    return make_similar(prediction, y, arm, arms=ARMS, reference="a")


def test_every_patient_is_counted_once() -> None:
    prediction, y, arm = cohort(2000)
    found = similar(prediction, y, arm)
    for groups in (found["outlook"], found["benefit"]["b"]):
        assert len(groups) == 5
        assert groups[0]["low"] is None
        assert groups[-1]["high"] is None
        for name in ARMS:
            assert sum(g["arms"][name]["n"] for g in groups) == (arm == name).sum()
            assert sum(g["arms"][name]["responders"] for g in groups) == y[arm == name].sum()


def test_the_smallest_arm_decides_how_many_groups_there_are() -> None:
    prediction, y, _ = cohort(500)
    for few, groups in ((119, 2), (120, 3)):
        arm = np.repeat(ARMS, [500 - few, few])
        assert len(similar(prediction, y, arm)["outlook"]) == groups


def test_a_patient_is_found_in_the_group_it_was_counted_in() -> None:
    prediction, y, arm = cohort(400)
    groups = similar(prediction, y, arm)["outlook"]
    outlook = prediction.mean(axis=1)
    for group in groups:
        members = [k for k, v in enumerate(outlook) if group_of(groups, v) is group]
        for name, count in group["arms"].items():
            assert count is None or count["n"] == sum(arm[k] == name for k in members)


@pytest.mark.parametrize("n", [25, 60, 150, 500])
def test_no_cell_holds_fewer_than_ten(n) -> None:
    found = similar(*cohort(n, seed=n))
    for groups in (found["outlook"], *found["benefit"].values()):
        for group in groups:
            for count in group["arms"].values():
                if count is not None:
                    assert min(count["responders"], count["n"] - count["responders"]) >= 10
            for end in (group["low"], group["high"]):
                assert end is None or end == round(end, 2)
    assert json.loads(json.dumps(found)) == found


def test_no_group_follows_from_the_others_and_the_whole() -> None:
    """The model also keeps how many had each arm, and the share of them who responded."""
    rng = np.random.default_rng(3)
    prediction = np.repeat(np.linspace(0.1, 0.9, 480)[:, None], 2, axis=1)
    arm = np.array(ARMS)[np.arange(480) % 2]
    y = (rng.random(480) < prediction.mean(axis=1)).astype(int)
    groups = similar(prediction, y, arm)["outlook"]
    assert len(groups) == 5
    for name in ARMS:
        seen = [g["arms"][name] for g in groups if g["arms"][name] is not None]
        left = (arm == name).sum() - sum(count["n"] for count in seen)
        responders = y[arm == name].sum() - sum(count["responders"] for count in seen)
        assert 0 < len(seen) < 5
        assert min(responders, left - responders) >= 10
