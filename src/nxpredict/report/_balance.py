"""Whether patients of the arms of a study that was not randomised can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import pandas as pd
from markupsafe import Markup

from nxpredict.evaluation import NOTABLE_DIFFERENCE
from nxpredict.report._figures import round_ticks
from nxpredict.report._format import number
from nxpredict.report._messages import every
from nxpredict.report._phrases import lower_first, named
from nxpredict.report._svg import Scale, element, line, marker, picture
from nxpredict.report._values import Specs, input_label

Row = Mapping[str, Any]
SHOWN = 25
WIDTH, LINE, GAP, LEFT, RIGHT, TOP, BOTTOM = 480, 14, 6, 206, 16, 26, 46
LETTERS = 27
"""Of a label on one line."""


def balance_facts(
    evaluation: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], specs: Specs
) -> dict[str, Any] | None:
    """Return overlap, balance and hidden confounding; None unless the study is observational.

    Of two arms, one mirrors the other: the differences are listed for the one that is compared
    with the reference.
    """
    design = evaluation.get("design")
    if not isinstance(design, Mapping) or design.get("allocation") != "observational":
        return None
    balance, overlap = tables["balance"], tables["overlap"]
    names = [str(arm) for arm in overlap["arm"]]
    first = {name.partition("_vs_")[0] for name in evaluation["contrasts"]}
    arms = []
    for row in overlap.to_dict("records"):
        own = balance[balance["arm"] == row["arm"]]
        order = own["difference"].abs().sort_values(ascending=False, kind="stable").index
        listed = len(names) > 2 or row["arm"] in first
        others = [named(name) for name in names if name != row["arm"]]
        arms.append(
            {
                **{str(key): value for key, value in row.items()},
                "label": named(str(row["arm"])),
                "against": others[0] if len(others) == 1 else "all others",
                "rows": [
                    found | {"label": _label(found["predictor"], specs)}
                    for found in own.loc[order].head(SHOWN if listed else 0).to_dict("records")
                ],
                "predictors": len(own),
                "beyond": int((own["difference"].abs() > NOTABLE_DIFFERENCE).sum()),
                "beyond_weighted": int(
                    (own["difference_weighted"].abs() > NOTABLE_DIFFERENCE).sum()
                ),
            }
        )
    return {"arms": arms, "hidden": _hidden(evaluation)}


def _hidden(evaluation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what hidden reasons could make of each difference, and of the gain, in words too."""
    found = [
        {"title": name.replace("_vs_", " versus "), **facts["hidden_confounding"]}
        for name, facts in evaluation["contrasts"].items()
        if "hidden_confounding" in facts
    ]
    verdict = evaluation.get("verdict", {})
    of_gain = verdict.get("hidden_confounding")
    if of_gain is not None:
        shown = verdict["level"] in ("supported", "suggestive")
        found.append({"title": "the gain of choosing by the model", "shown": shown, **of_gain})
    measured = {"response": evaluation.get("response")}
    return [row | {"words": every("hidden", "notes", row | measured)} for row in found]


def _label(column: str, specs: Specs) -> str:
    """Write an encoded column, `a=level`, or a product of two, `a x b`."""
    if column in specs:
        return input_label(specs, column, "")
    first, *others = [
        input_label(specs, name, level)
        for name, _, level in (part.partition("=") for part in column.split(" x "))
    ]
    return " × ".join([first, *map(lower_first, others)])


def love_figure(arm: Row) -> Markup:
    """Draw standardised differences before (ring) and after (square) weighting: a Love plot."""
    rows = arm["rows"]
    sizes = [abs(row[key] or 0.0) for row in rows for key in ("difference", "difference_weighted")]
    largest = max([0.2, *sizes])
    x = Scale(-largest, largest, LEFT, WIDTH - RIGHT)
    marks: list[Markup] = []
    foot = TOP
    for row in rows:
        texts = wrap(row["label"], LETTERS)
        y = foot + GAP / 2 + LINE * len(texts) / 2
        for k, text in enumerate(texts):
            down = foot + GAP / 2 + LINE * (k + 0.75)
            marks.append(element("text", text, x=LEFT - 10.0, y=down, class_="tick end"))
        marks.append(marker("circle", x(row["difference"]), y, "predicted", 4.0))
        if row["difference_weighted"] is not None:
            marks.append(marker("square", x(row["difference_weighted"]), y, "observed", 3.5))
        foot += GAP + LINE * len(texts)
    title = f"Standardised difference (dotted: {NOTABLE_DIFFERENCE})"
    key = [
        marker("circle", LEFT + 8.0, 8.0, "predicted", 4.0),
        element("text", "as they came", x=LEFT + 18.0, y=12.0, class_="note"),
        marker("square", LEFT + 120.0, 8.0, "observed", 3.5),
        element("text", "weighted", x=LEFT + 130.0, y=12.0, class_="note"),
        element("text", title, x=(x.start + x.end) / 2, y=foot + 37.0, class_="axis middle"),
    ]
    about = f"Balance of {arm['label']} against {arm['against']}"
    return picture(about, WIDTH, foot + BOTTOM, *_grid(x, foot), *marks, *key)


def _grid(x: Scale, foot: float) -> list[Markup]:
    """Draw round ticks with their lines, and where imbalance begins."""
    marks = [
        line([(x(v), TOP), (x(v), foot)], "ideal")
        for v in (-NOTABLE_DIFFERENCE, NOTABLE_DIFFERENCE)
    ]
    for value in round_ticks(x.low, x.high):
        marks.append(line([(x(value), TOP), (x(value), foot)], "grid" if value else "zero"))
        text = number(value, 1)
        marks.append(element("text", text, x=x(value), y=foot + 17.0, class_="tick middle"))
    return marks
