"""What stands beside the response keeps its own unit."""

from __future__ import annotations

import pandas as pd

from nxpredict.report._beside import beside_facts
from nxpredict.report._measured import measured_in
from nxpredict.report._render import _environment

CONTRAST = "nalmefene_vs_naltrexone"
STOPPING = {"estimate": -0.016, "lower": -0.084, "upper": 0.052}
ONE = {"estimate": 0.6, "lower": 0.5, "upper": 0.7}


def test_stopping_is_in_percentage_points_beside_a_response_of_any_unit(world) -> None:
    arms = world().cohort_page()["arms"]
    keys = ("rate", "auc", "observed_minus_expected", "calibration_slope")
    evaluation = {
        "tolerability": {
            "n": 240,
            "per_arm": {arm["name"]: {"n": 120, **dict.fromkeys(keys, ONE)} for arm in arms},
            "average": {CONTRAST: STOPPING},
        }
    }
    curve = pd.DataFrame(columns=["arm", "predicted"])
    beside = beside_facts(evaluation, {"tolerability_calibration": curve}, arms)
    with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
        shown = str(_environment().get_template("beside.html").module.section(beside, "patients"))
    assert "\N{MINUS SIGN}1.6 (\N{MINUS SIGN}8.4 to +5.2)" in shown
    assert "Percentage points" in shown
    assert "+60.0 (+50.0 to +70.0)" in shown  # observed minus predicted
    assert "days" not in shown
