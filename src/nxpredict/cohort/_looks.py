"""What texts that should be numbers look like, told without showing any."""

from __future__ import annotations

import pandas as pd
import pyarrow.compute as pc

from nxpredict.cohort._cells import DECIMAL_COMMA, Mask, text_cells

_LIMIT = (
    r"^[<>≤≥]",
    "values beyond a detection limit need a number: write the limit, or leave them empty",
)
_DATE = (
    r"^[0-9]{1,2}([./-])[0-9]{1,2}[./-]([0-9]{2}|[0-9]{4})\b|^[0-9]{4}([./-])[0-9]{1,2}[./-][0-9]{1,2}\b",
    "a date is no number: give an age or a number of days, or leave the column out",
)
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
