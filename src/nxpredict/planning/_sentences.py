"""What the tables of a plan come to, in one sentence for each design looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

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
    weakest = table.groupby("n")[column].min()
    enough = weakest[weakest >= wanted]
    if len(enough):
        n = int(enough.index[0])
        return f"{n} patients give a probability of {enough.iloc[0]:.2f} of {what}."
    n = int(weakest.index[-1])
    return (
        f"none of these sizes reaches {wanted:.2f}: {n} patients give a probability of "
        f"{weakest.iloc[-1]:.2f} of {what}."
    )


def worth(table: pd.DataFrame) -> str:
    """Return the sentences on what choosing gains, and what it gains without predictors."""
    return "".join(" " + _capital(where + _worth(own)) for where, own in _apart(table))


def _worth(table: pd.DataFrame) -> str:
    last = table.iloc[-1]
    text = (
        f"at {int(last['n'])} patients choosing by the model gains {100 * last['gain']:+.1f} "
        "points of response over the better single arm, in truth."
    )
    for column in table.columns:
        if column.startswith("worth_") and not column.endswith("_error"):
            family = column.removeprefix("worth_")
            left = 100 * (last["gain"] - last[column])
            text += f" Without {family} predictors it would be {left:+.1f}."
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
