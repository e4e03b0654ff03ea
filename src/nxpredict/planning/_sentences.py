"""What the tables of a plan come to, in a line of sentences for each design looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pandas as pd

from nxpredict.planning._intervals import in_brackets
from nxpredict.planning._questions import Choosing, Family
from nxpredict.study import ResponseScale

Costs = Mapping[str, float]

NOTABLE = 0.02
"""By how much a closed form may differ from the simulation without a word."""
_DESIGN = {"parallel": "in parallel arms", "crossover": "in a crossover"}
_MISSINGNESS = {
    "none": "with no value missing",
    "at_random": "with values missing at random",
    "site_and_severity": "with values missing by site and severity",
}


def reached(wanted: float, table: pd.DataFrame, column: str, what: str) -> str:
    """Return the sentences on the smallest size that reaches the power wanted."""
    return "\n".join(
        _capital(where + _reached(wanted, own, column, what)) for where, own in _apart(table)
    )


def chosen(wanted: float, table: pd.DataFrame, question: Choosing, costs: Costs) -> str:
    """Return the sentences on the verdict, and on what choosing gains with it."""
    what = "the verdict that choosing is supported"
    return "\n".join(
        _capital(where + _reached(wanted, own, "supported", what))
        + " "
        + _capital(_worth(own, question.scale, costs))
        for where, own in _apart(table)
    )


def _reached(wanted: float, table: pd.DataFrame, column: str, what: str) -> str:
    weakest = table.loc[table.groupby("n")[column].idxmin()]
    enough = weakest[weakest[column] >= wanted]
    row: Any = (enough if len(enough) else weakest.tail(1)).iloc[0]
    text = (
        f"{int(row['n'])} patients give a probability of {row[column]:.2f}"
        f"{in_brackets(row, column, '.2f')} of {what}"
    )
    if "contrast" in table and table["contrast"].nunique() > 1:
        arms = row["contrast"].replace("_vs_", " versus ").replace("_", " ")
        text += f" that is hardest to establish ({arms})"
    if not math.isnan(row["cost"]):
        text += f", at a cost of {row['cost']:,.0f}"
    if not len(enough):
        text = f"none of these sizes reaches {wanted:.2f}: {text}"
    if row[f"{column}_lower"] < wanted < row[f"{column}_upper"]:
        text += f"; the studies simulated are too few to tell that from {wanted:.2f}"
    return text + "."


def believed(table: pd.DataFrame) -> str:
    """Return the sentence on a closed form that is not that of the simulation, or nothing."""
    form = table["closed_form"]
    outside = (form < table["power_lower"]) | (form > table["power_upper"])
    away = (form - table["power"]).abs().where(outside, 0.0)
    if away.max() <= NOTABLE:
        return ""
    row: Any = table.iloc[int(away.to_numpy().argmax())]
    return (
        f" The closed form is an approximation where patients are few: at {int(row['n'])} it says "
        f"{row['closed_form']:.2f} where the simulation finds {row['power']:.2f}; believe the "
        "simulation."
    )


def _worth(table: pd.DataFrame, scale: ResponseScale, costs: Costs) -> str:
    unit = 1.0 if scale.continuous else 100.0
    last: Any = table.iloc[-1]

    def amount(column: str) -> str:
        form = _form(last[f"{column}_error"]) if scale.continuous else "+z.1f"
        found = f"{unit * last[column]:{form}} {scale.steps}"
        return found + in_brackets(last, column, form, unit)

    text = (
        f"at {int(last['n'])} patients choosing by the model gains {amount('gain')} over the "
        f"better single arm, in truth, and beats it in {last['better']:.0%} of studies"
        f"{in_brackets(last, 'better', '.0f', 100)}."
    )
    for family in get_args(Family):
        if f"worth_{family}" in table:
            text += f" Of that, {family} predictors are worth {amount(f'worth_{family}')}"
            cost = last["n"] * costs.get(family, 0.0)
            text += f" and cost {cost:,.0f}." if cost else "."
    return text


def _form(error: float) -> str:
    """Return how a number is written of which two digits of the standard error are told.

    Examples
    --------
    >>> _form(0.031), _form(0.31), _form(1.7), _form(24.0)
    ('+z.3f', '+z.2f', '+z.1f', '+z.0f')
    """
    digits = 1 - math.floor(math.log10(error)) if error > 0 else 1
    return f"+z.{max(digits, 0)}f"


def _apart(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows of each design and missingness, and how a sentence about them begins."""
    told = [name for name in ("design", "missingness") if name in table]
    if not told:
        yield "", table
        return
    for which, own in table.groupby(told, sort=False):
        named = {"design": _DESIGN, "missingness": _MISSINGNESS}
        words = [named[name][value] for name, value in zip(told, map(str, which), strict=True)]
        yield " ".join(words) + ", ", own


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
