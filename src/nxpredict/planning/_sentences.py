"""What the tables of a plan come to, in one sentence for each design looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from nxpredict.planning._intervals import in_brackets
from nxpredict.study import ResponseScale

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
    return " ".join(
        _capital(where + _reached(wanted, own, column, what)) for where, own in _apart(table)
    )


def _reached(wanted: float, table: pd.DataFrame, column: str, what: str) -> str:
    weakest = table.loc[table.groupby("n")[column].idxmin()]
    enough = weakest[weakest[column] >= wanted]
    row: Any = (enough if len(enough) else weakest.tail(1)).iloc[0]
    text = (
        f"{int(row['n'])} patients give a probability of {row[column]:.2f}"
        f"{in_brackets(row, column, '.2f')} of {what}"
    )
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


def worth(table: pd.DataFrame, scale: ResponseScale = ResponseScale()) -> str:  # noqa: B008  (frozen)
    """Return the sentences on what choosing gains, and what it gains without predictors."""
    return "".join(" " + _capital(where + _worth(own, scale)) for where, own in _apart(table))


def _worth(table: pd.DataFrame, scale: ResponseScale) -> str:
    unit, form = (1.0, "+.3g") if scale.continuous else (100.0, "+.1f")
    last: Any = table.iloc[-1]
    text = (
        f"at {int(last['n'])} patients choosing by the model gains "
        f"{unit * last['gain']:{form}} {scale.steps}{in_brackets(last, 'gain', form, unit)} "
        "over the better single arm, in truth."
    )
    for column in table.columns:
        if column.startswith("worth_") and not column.endswith(("_error", "_lower", "_upper")):
            family = column.removeprefix("worth_")
            left = unit * (last["gain"] - last[column])
            counted = f" {scale.steps}" if scale.continuous else ""
            text += f" Without {family} predictors it would be {left:{form}}{counted}."
    return text


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
