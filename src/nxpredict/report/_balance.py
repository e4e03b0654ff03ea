"""Whether patients of the arms of a study that was not randomised can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from nxpredict.report._format import number
from nxpredict.report._phrases import named
from nxpredict.report._svg import Scale, element, line, marker, picture

Row = Mapping[str, Any]
SHOWN = 25
NOTABLE = 0.1
"""A standardised difference beyond this is commonly read as imbalance (Austin 2009)."""
WIDTH, LINE, LEFT, RIGHT, TOP, BOTTOM = 480, 18, 190, 16, 10, 46


def balance_facts(
    evaluation: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> dict[str, Any] | None:
    """Return overlap, balance and hidden confounding; None unless the study is observational."""
    design = evaluation.get("design")
    if not isinstance(design, Mapping) or design.get("allocation") != "observational":
        return None
    balance, overlap = tables["balance"], tables["overlap"]
    arms = []
    for row in overlap.to_dict("records"):
        own = balance[balance["arm"] == row["arm"]]
        order = own["difference"].abs().sort_values(ascending=False, kind="stable").index
        arms.append(
            {
                **{str(key): value for key, value in row.items()},
                "label": named(str(row["arm"])),
                "rows": own.loc[order].head(SHOWN).to_dict("records"),
                "predictors": len(own),
                "beyond": int((own["difference"].abs() > NOTABLE).sum()),
                "beyond_weighted": int((own["difference_weighted"].abs() > NOTABLE).sum()),
            }
        )
    hidden = [
        {"title": name.replace("_vs_", " versus "), **facts["hidden_confounding"]}
        for name, facts in evaluation["contrasts"].items()
        if "hidden_confounding" in facts
    ]
    of_gain = evaluation.get("verdict", {}).get("hidden_confounding")
    if of_gain is not None:
        hidden.append({"title": "the gain of choosing by the model", **of_gain})
    return {"arms": arms, "hidden": hidden}


def love_figure(arm: Row) -> Markup:
    """Draw standardised differences before (ring) and after (square) weighting: a Love plot."""
    rows = arm["rows"]
    largest = max(
        [
            0.2,
            *(
                abs(row[key] or 0.0)
                for row in rows
                for key in ("difference", "difference_weighted")
            ),
        ]
    )
    height = TOP + LINE * len(rows) + BOTTOM
    x = Scale(-largest, largest, LEFT, WIDTH - RIGHT)
    marks: list[Markup] = []
    foot = height - BOTTOM
    for value, kind in ((-NOTABLE, "grid"), (0.0, "zero"), (NOTABLE, "grid")):
        marks.append(line([(x(value), TOP), (x(value), foot)], kind))
        marks.append(
            element("text", number(value, 1), x=x(value), y=foot + 17.0, class_="tick middle")
        )
    for k, row in enumerate(rows):
        y = TOP + LINE * (k + 0.5)
        marks.append(element("text", row["predictor"], x=LEFT - 8.0, y=y + 4, class_="tick end"))
        marks.append(marker("circle", x(row["difference"]), y, "predicted", 4.0))
        if row["difference_weighted"] is not None:
            marks.append(marker("square", x(row["difference_weighted"]), y, "observed", 3.5))
    title = "Standardised difference (ring: as they came, square: weighted)"
    centre = (x.start + x.end) / 2
    marks.append(element("text", title, x=centre, y=foot + 37.0, class_="axis middle"))
    return picture(f"Balance of {arm['label']} against all others", WIDTH, height, *marks)
