"""What texts that should be numbers look like, told without showing any."""

from __future__ import annotations

import re

import pandas as pd
import pyarrow.compute as pc

from nxpredict.cohort._cells import DECIMAL_COMMA, Mask, is_typed, text_cells
from nxpredict.errors import FaultLog

_LIMIT = (
    r"^[<>≤≥]",
    "values beyond a detection limit need a number: write the limit, or leave them empty",
)
_DATE = (
    r"^[0-9]{1,2}([./-])[0-9]{1,2}[./-]([0-9]{2}|[0-9]{4})\b|^[0-9]{4}([./-])[0-9]{1,2}[./-][0-9]{1,2}\b",
    "a date is no number: give an age or a number of days, or leave the column out",
)
_FEW = 3
_THOUSANDS = r"^[+-]?[0-9]{1,3}([, '.][0-9]{3})+([.,][0-9]+)?$"
_UNIT = (
    r"^[+-]?[0-9.,]+ *[a-zA-Zµμ%/]+",
    "keep the unit out of the cells and name it under predictors in the study file",
)
_FORMULA = (
    r"^#[A-Z/0]+[!?]?$",
    "a spreadsheet's error, such as #N/A, holds no number: leave such cells empty",
)
_LOOKS = {
    ".": (
        _FORMULA,
        _LIMIT,
        _DATE,
        (
            _THOUSANDS,
            'write numbers without thousands separators; declare decimal commas by `decimal: ","`',
        ),
        (DECIMAL_COMMA, 'declare decimal commas by `table: {path: ..., decimal: ","}`'),
        _UNIT,
    ),
    ",": (
        _FORMULA,
        _LIMIT,
        _DATE,
        (
            r"^[+-]?[0-9]*\.[0-9]+([eE][+-]?[0-9]+)?$",
            "the decimal mark is declared as a comma, and numbers have a point: write 12,5",
        ),
        (_THOUSANDS, "write numbers without thousands separators"),
        _UNIT,
    ),
}


def hint_for_numbers(column: pd.Series, unreadable: Mask, decimal: str) -> str:
    """Say of each kind of unreadable cells how to mend them.

    Parameters
    ----------
    column : Series, shape (n,)
    unreadable : ndarray of bool, shape (n,)
    decimal : {".", ","}

    Examples
    --------
    >>> import numpy as np
    >>> hint_for_numbers(pd.Series(["40", "<5"]), np.array([False, True]), ".")
    'values beyond a detection limit need a number: write the limit, or leave them empty'
    """
    cells = pc.drop_null(text_cells(column[unreadable]))
    hints = []
    for pattern, hint in _LOOKS[decimal]:
        alike = pc.match_substring_regex(cells, pattern)
        if pc.any(alike).as_py():
            hints.append(hint)
            cells = cells.filter(pc.invert(alike))
    if len(cells) or not hints:
        hints.append(f"write plain numbers such as 12{decimal}5, and leave unknown values empty")
    return "; ".join(hints)


def looks_grouped(column: pd.Series, decimal: str) -> bool:
    """Tell whether the decimal marks of a column look like thousands separators.

    So they do where each has three digits behind it and one to three in front, beside whole numbers
    of three digits and none of more.

    Parameters
    ----------
    column : Series, shape (n,)
    decimal : {".", ","}

    Examples
    --------
    >>> looks_grouped(pd.Series(["85", "640", "1.250", "987", "2.105", "1.020", "110"]), ".")
    True
    >>> looks_grouped(pd.Series(["85", "640", "1.25", "987", "2.105", "1.020", "1100"]), ".")
    False
    """
    if is_typed(column):
        return False
    cells = pc.drop_null(text_cells(column))
    marked = pc.match_substring(cells, decimal)
    grouped = pc.match_substring_regex(cells, rf"^[1-9][0-9]{{0,2}}{re.escape(decimal)}[0-9]{{3}}$")
    n_marked, n_grouped, n_whole, n_long = (
        pc.sum(flags).as_py() or 0
        for flags in (
            marked,
            grouped,
            pc.match_substring_regex(cells, "^[1-9][0-9]{2}$"),
            pc.match_substring_regex(cells, "[0-9]{4}"),
        )
    )
    return bool(min(n_grouped, n_whole) >= _FEW and n_marked == n_grouped and not n_long)


def warn_of_thousands(
    column: pd.Series, decimal: str, *, file: str, name: str, faults: FaultLog
) -> None:
    """Warn where decimal marks of a column look like thousands separators."""
    if looks_grouped(column, decimal):
        faults.warn(
            "thousands-or-decimals",
            f"each decimal mark ({decimal}) has three digits behind it, beside whole numbers of "
            "three digits: were thousands meant? They are read as decimals",
            "write numbers without thousands separators",
            file=file,
            column=name,
        )
