"""Decision curves: dcurves as oracle, and choosing among three arms by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nxpredict.evaluation import choice_curve, decision_curve, net_benefit
from nxpredict.evaluation._decision import round_thresholds

GOLDEN = Path(__file__).parent / "golden" / "net_benefit.json"


def test_dcurves_finds_the_same_net_benefit():
    """The file says with which version and call it was made."""
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = net_benefit(np.array(golden["y"], dtype=float), np.array(golden["p"]))
    np.testing.assert_allclose(found["threshold"], golden["threshold"], atol=1e-12)
    np.testing.assert_allclose(found["model"], golden["model"], atol=1e-10)
    np.testing.assert_allclose(found["all"], golden["all"], atol=1e-10)
    assert ((found["lower"] <= found["model"]) & (found["model"] <= found["upper"])).all()


def test_choosing_among_three_arms_by_hand():
    scores = np.array([[0.2, 0.9, 0.4], [0.5, 0.1, 0.8], [0.6, 0.5, 0.7]])
    prediction = np.array([[0.3, 0.5, 0.4], [0.3, 0.3, 0.45], [0.6, 0.5, 0.5]])
    curve = choice_curve(scores, prediction, arms=("a", "b", "c"), reference=0)
    row = curve.set_index(curve["threshold"].round(2)).loc[0.1]
    # Patient 1 gets b (worth 0.1 more), patient 2 c (worth 0.05 more), patient 3 the reference.
    assert row["model"] == pytest.approx(((0.7 - 0.1) + (0.3 - 0.1) + 0) / 3)
    assert row[["share_a", "share_b", "share_c"]].tolist() == pytest.approx([1 / 3] * 3)
    assert row["all_a"] == 0
    assert row["all_c"] == pytest.approx((0.2 + 0.3 + 0.1) / 3 - 0.1)


def test_a_contrast_is_the_choice_between_two_arms():
    rng = np.random.default_rng(1)
    scores, prediction = rng.normal(size=(80, 2)), rng.random((80, 2))
    pair = decision_curve(scores[:, 1] - scores[:, 0], prediction[:, 1] - prediction[:, 0])
    choice = choice_curve(scores, prediction, arms=("a", "b"), reference=0)
    for one, other in (("model", "model"), ("all_arm", "all_b"), ("share_given_arm", "share_b")):
        np.testing.assert_allclose(pair[one], choice[other], atol=1e-12)


@pytest.mark.parametrize("spread", [4.97, 0.0313, 1.0, 740.0])
def test_thresholds_of_a_number_are_round_where_they_are_printed(spread):
    """Every fourth of them stands in the report, as the CSV has it."""
    thresholds = round_thresholds(spread)
    assert 0.6 < thresholds[-1] / spread < 1.7
    assert thresholds[20] == 0
    for value in thresholds[::4]:
        assert float(f"{value:.2g}") == value
    np.testing.assert_allclose(np.diff(thresholds), thresholds[-1] / 20, rtol=1e-6)
