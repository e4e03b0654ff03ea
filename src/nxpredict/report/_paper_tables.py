"""The tables of a paper, made of the facts of a cohort report: once, for CSV and for HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nxpredict.report._format import FILTERS, alike
from nxpredict.report._measured import (
    average_title,
    continuous,
    measured_in,
    steps,
    steps_title,
)
from nxpredict.report._phrases import capital, named

Facts = Mapping[str, Any]
Rows = list[list[str]]
_points, _number, _whole = FILTERS["points_ci"], FILTERS["number_ci"], FILTERS["whole"]
_percent = FILTERS["percent"]
HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table as it is printed: every cell is text.

    Parameters
    ----------
    name : str
        Name of its CSV file, without the ending.
    caption : str
    head : tuple of str
    rows : list of list of str
        As many cells each as `head`; the first says what the row is about.
    """

    name: str
    caption: str
    head: tuple[str, ...]
    rows: Rows

    def csv(self) -> str:
        """Return head and rows as CSV."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.head, *self.rows])
        return out.getvalue()


def paper_tables(facts: Facts) -> list[PaperTable]:
    """Return the tables that a report of this cohort needs, those without rows left out.

    Parameters
    ----------
    facts : mapping
        Facts of the cohort report.
    """
    with measured_in(facts.get("response")):
        return [table for make in _TABLES for table in [make(facts)] if table.rows]


def _patients(facts: Facts) -> PaperTable:
    people = facts["population"]
    groups = [f"{capital(named(g['name']))} (n = {_whole(g['n'])})" for g in people["groups"]]
    rows = [
        [
            _with(_with(p["label"], p["unit"], ", "), line["level"], ": "),
            *aggregates(line["cells"]),
            HIDDEN if p["missing"] is None else _percent(p["missing"]),
        ]
        for family in people["families"]
        for p in family["predictors"]
        for line in p["lines"]
    ]
    caption = (
        "Patients before treatment. Median (lower to upper quartile), or number (percent of those "
        "with a value; alone where the number would tell of a few without one); hidden: "
        f"fewer than {facts['minimum_cell']} patients."
    )
    return PaperTable("patients", caption, ("Predictor", *groups, "Missing"), rows)


def _flow(facts: Facts) -> PaperTable:
    rows = [[step["step"], _whole(step["n"])] for step in facts["flow"]]
    return PaperTable("flow", "Flow of patients.", ("Step", capital(facts["counted"])), rows)


def _responses(facts: Facts) -> PaperTable:
    averaged = "mean_response" if continuous() else "response_rate"
    rows = [
        [capital(a["label"]), _whole(a["n"]), FILTERS["response_ci"](a[averaged])]
        for a in facts["arms"]
    ]
    head = ("Treatment", capital(facts["counted"]), f"{average_title()} (95% interval)")
    return PaperTable("responses", "Observed response by treatment.", head, rows)


def _performance(facts: Facts) -> PaperTable:
    rows = [
        [title, *(_number(arm.get(key)) for arm in facts["arms"]), ideal]
        for key, title, ideal in measures()
    ]
    head = ("Measure", *(capital(arm["label"]) for arm in facts["arms"]), "Ideal")
    return PaperTable("performance", "Out-of-fold performance with 95% intervals.", head, rows)


_CALIBRATION = (
    ("observed_minus_expected", "Observed minus predicted rate", "0"),
    ("calibration_in_the_large", "Calibration intercept", "0"),
    ("calibration_slope", "Calibration slope", "1; below 1 is too extreme"),
    ("ici", "Mean distance from the curve (ICI)", "0"),
)


def measures() -> tuple[tuple[str, str, str], ...]:
    """Return the measures under one arm: key of the facts, how it is called, what is ideal."""
    if continuous():
        # Of a mean the intercept is the difference itself, and needs no second line.
        return (
            ("r_squared", "Variance explained (R2)", "1; below 0 is worse than the mean"),
            ("rmse", f"Root mean squared error, {steps()}", "the scatter within patients"),
            (_CALIBRATION[0][0], f"Observed minus predicted mean, {steps()}", "0"),
            *_CALIBRATION[2:],
        )
    auc = ("auc", "Ranking (AUC)", "1; chance is 0.5")
    return (auc, *_CALIBRATION, ("brier", "Brier score", "0"))


def _effects(facts: Facts) -> PaperTable:
    rows: Rows = []
    for c in facts["contrasts"]:
        rows.append([capital(c["title"]), f"Average difference, {steps()}", _points(c["average"])])
        p = FILTERS["p_value"](c["differs"]["p"])
        rows.append([capital(c["title"]), "The difference varies between patients", p])
        for gain in c["policy"]:
            what = f"Choosing by the model over {gain['title']}, {steps()}"
            rows.append([capital(c["title"]), what, _points(gain["gain"])])
        slope = _number(c["blp"].get("slope"))
        rows.append([capital(c["title"]), "Slope of observed on predicted benefit", slope])
        rows.append([capital(c["title"]), f"AUTOC, {steps()}", _points(c["autoc"])])
    caption = "Differences between treatments and what choosing gains, with 95% intervals."
    return PaperTable("effects", caption, ("Comparison", "Quantity", "Estimate"), rows)


def _gates(facts: Facts) -> PaperTable:
    rows = [
        [
            capital(c["title"]),
            _whole(g["group"]),
            _whole(g["n"]),
            FILTERS["points"](g["predicted"]),
            _points(g),
        ]
        for c in facts["contrasts"]
        for g in c["gates"]
    ]
    head = (
        "Comparison",
        "Group",
        capital(facts["counted"]),
        "Predicted",
        "Observed (95% interval)",
    )
    caption = f"Benefit in groups of predicted benefit, out of fold, {steps(long=True)}."
    return PaperTable("benefit_groups", caption, head, rows)


def _subgroups(facts: Facts) -> PaperTable:
    rows = [
        [
            block["label"],
            group["group"],
            capital(c["title"]),
            HIDDEN if hide else _whole(group["n"]),
            HIDDEN if hide else _points(group["benefits"].get(c["name"])),
        ]
        for block in facts["subgroups"]
        for group in block["groups"]
        for hide in [group["suppressed"]]
        for c in facts["contrasts"]
    ]
    counted, found = capital(facts["counted"]), f"{steps_title()} (95% interval)"
    head = ("By", "Group", "Comparison", counted, found)
    return PaperTable("differences_by_group", "Average differences within groups.", head, rows)


def _optimism(facts: Facts) -> PaperTable:
    rows = [
        [capital(r["about"]), capital(r["measure"]), *(_one(r, key) for key in _SIDES)]
        for r in facts["checks"]["optimism"]
    ]
    head = ("Of", "Measure", "Trained on", "Left out", "Optimism")
    return PaperTable("trained_on_and_left_out", "Optimism.", head, rows)


_SIDES = ("apparent", "left_out", "optimism")


def _drivers(facts: Facts) -> PaperTable:
    parts = [(part["title"], part["rows"]) for part in facts["drivers"]["differences"]]
    outlook = facts["drivers"]["outlook"]
    if outlook:
        parts.append(("response under any treatment", outlook["rows"]))
    rows = [
        [
            capital(title),
            row["label"],
            row["comparison"],
            _points(row["swing"]),
            _points(row["size"]).replace("+", ""),
        ]
        for title, found in parts
        for row in found
    ]
    head = ("Of", "Predictor", "Values compared", f"Change, {steps()}", f"Mean size, {steps()}")
    return PaperTable("drivers", "What drives the predictions, with 95% intervals.", head, rows)


def _shrinkage(facts: Facts) -> PaperTable:
    rows = [[row["kind"], FILTERS["number"](row["scale"], 3)] for row in facts["shrinkage"]]
    unit = "in standard deviations of the response" if continuous() else "log-odds"
    caption = f"Shrinkage: standard deviation of the prior of each kind of coefficient, {unit}."
    return PaperTable("shrinkage", caption, ("Coefficients", "Standard deviation"), rows)


def _largest(facts: Facts) -> PaperTable:
    found = facts["coefficients"] or {"columns": [], "rows": [], "n": 0}
    rows = [[row["term"], *map(_number, row["values"])] for row in found["rows"]]
    what = f"{steps()}, positive where better," if continuous() else "log-odds"
    caption = (
        f"Intercept and largest of {max(found['n'] - 1, 0)} terms: {what} for one "
        "standard deviation more (95% interval)."
    )
    head = ("Term", *map(capital, found["columns"]))
    return PaperTable("largest_coefficients", caption, head, rows)


def aggregates(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write the aggregates of a row, one a group: quartiles, or a count (if shown) and its share.

    Examples
    --------
    >>> aggregates([{"n": 30, "share": 0.25}, {"suppressed": True}])
    ['30 (25%)', 'hidden']
    >>> aggregates([{"median": 0.85, "lower": 0.7, "upper": 0.904}])
    ['0.850 (0.700 to 0.904)']
    """
    keys = ("median", "lower", "upper")
    numbers = iter(alike([cell[key] for cell in cells if "median" in cell for key in keys]))
    return [_aggregate(cell, numbers) for cell in cells]


def _aggregate(cell: Mapping[str, Any], numbers: Iterator[str]) -> str:
    if "suppressed" in cell:
        return HIDDEN
    if "median" in cell:
        return f"{next(numbers)} ({next(numbers)} to {next(numbers)})"
    share = _percent(cell["share"])
    return share if cell["n"] is None else f"{_whole(cell['n'])} ({share})"


def _with(text: str, more: str | None, mark: str) -> str:
    return f"{text}{mark}{more}" if more else text


def _one(row: Mapping[str, Any], key: str) -> str:
    return FILTERS[row["written"]](row[key])


_TABLES: tuple[Callable[[Facts], PaperTable], ...] = (
    _patients,
    _flow,
    _responses,
    _performance,
    _effects,
    _gates,
    _subgroups,
    _optimism,
    _drivers,
    _shrinkage,
    _largest,
)
