from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pandas as pd

from nxpredict.report._balance import balance_facts, love_figure
from nxpredict.report._values import specs_by_name

HIDDEN = {"bounds": [], "explained_away_from": 1.4}
E_VALUES = {"e_value": 1.5, "e_value_interval": 1.0}
EVALUATION = {
    "design": {"allocation": "observational"},
    "contrasts": {"b_vs_a": {"hidden_confounding": HIDDEN | E_VALUES}},
}


def tables(n: int = 40) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    rows = [
        {"arm": arm, "predictor": f"x{k}", "difference": rng.normal(0, 0.3),
         "difference_weighted": rng.normal(0, 0.02)}
        for arm in ("a", "b") for k in range(n)
    ]  # fmt: skip
    overlap = pd.DataFrame(
        {"arm": ["a", "b"], "share_below_0.05": 0.1, "share_above_0.95": 0.0,
         "membership_auc": 0.7, "effective_sample_size": 80.0}
    )  # fmt: skip
    return {"balance": pd.DataFrame(rows), "overlap": overlap}


def test_a_randomised_study_has_no_such_section() -> None:
    assert balance_facts({"design": {"allocation": "randomised"}}, {}, {}) is None


def test_the_largest_differences_come_first_and_are_counted() -> None:
    found = balance_facts(EVALUATION, tables(), {})
    assert found is not None
    sizes = [abs(row["difference"]) for row in found["arms"][1]["rows"]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 25
    assert found["arms"][0]["predictors"] == 40
    assert found["arms"][0]["beyond"] > 20 > found["arms"][0]["beyond_weighted"]
    assert found["hidden"][0]["title"] == "b versus a"


def test_what_hidden_reasons_make_of_the_gain_stands_with_the_differences() -> None:
    verdict = {"level": "suggestive", "hidden_confounding": HIDDEN}
    found = balance_facts(EVALUATION | {"verdict": verdict}, tables(), {})
    assert found is not None
    assert [row["title"] for row in found["hidden"]] == [
        "b versus a",
        "the gain of choosing by the model",
    ]


def test_each_sentence_about_hidden_reasons_can_be_read_alone() -> None:
    for level, shown in (("supported", True), ("not supported", False)):
        verdict = {"level": level, "hidden_confounding": HIDDEN}
        found = balance_facts(EVALUATION | {"verdict": verdict}, tables(), {})
        assert found is not None
        difference, gain = (" ".join(row["words"]) for row in found["hidden"])
        assert "E-value 1.50, of the interval 1.00" in difference
        assert "worst case" in difference
        assert ("gain away" in gain) == ("1.40 times" in gain) == shown
        assert gain.startswith("A reason that nobody measured" if shown else "The gain is not")


def test_the_headline_of_a_registry_carries_its_assumption(world) -> None:
    page = world(allocation="observational", level="supported", site=False).cohort_page()
    assert page["words"]["headline"].startswith("Yes, if nothing unmeasured decided")
    randomised = world(level="supported").cohort_page()
    assert randomised["words"]["headline"].startswith("Yes: in this cohort")


def test_the_love_plot_draws_two_marks_a_predictor_inside_its_frame() -> None:
    found = balance_facts(EVALUATION, tables(6), {})
    assert found is not None
    drawn = love_figure(found["arms"][1])
    marks = [len(re.findall(mark, drawn)) for mark in ("<circle", "<rect")]
    assert marks == [7, 7]  # one of each in the key
    centres = [float(x) for x in re.findall(r'cx="([\d.]+)"', drawn)]
    assert all(206 <= x <= 464 for x in centres)
    assert "Balance of b against a" in drawn


def test_of_two_arms_the_one_that_mirrors_the_other_is_not_drawn() -> None:
    found = balance_facts(EVALUATION, tables(), {})
    assert found is not None
    assert [len(arm["rows"]) for arm in found["arms"]] == [0, 25]


def test_the_love_plot_has_round_ticks_apart_and_out_to_its_points() -> None:
    found = balance_facts(EVALUATION, tables(), {})
    assert found is not None
    drawn = love_figure(found["arms"][1])
    at = [float(x) for x in re.findall(r'x="([\d.]+)" y="[\d.]+" class="tick middle"', drawn)]
    far = max(abs(row["difference"]) for row in found["arms"][1]["rows"])
    assert min(b - a for a, b in pairwise(at)) > 25
    assert at[-1] - at[0] > 129 / far * 2 * 0.5  # half of the way to the farthest point


def test_the_love_plot_names_predictors_as_the_tables_do(world) -> None:
    given = tables(3)
    names = ["sex", "centre=tiny", "age x OPRM1_rs1799971_G_dosage"]
    given["balance"]["predictor"] = names * 2
    found = balance_facts(EVALUATION, given, specs_by_name(world().schema))
    assert found is not None
    labels = {row["predictor"]: row["label"] for row in found["arms"][1]["rows"]}
    assert labels == {
        "sex": "Sex: male",
        "centre=tiny": "Centre: tiny",
        "age x OPRM1_rs1799971_G_dosage": "Age × OPRM1 rs1799971 (A118G, Asn40Asp), copies of G",
    }
