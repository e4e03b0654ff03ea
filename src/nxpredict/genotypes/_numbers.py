"""Numbers read from the text of files, where anything may stand."""

from __future__ import annotations

import math


def whole_number(text: str, otherwise: int = -1) -> int:
    """Return a plain whole number of fewer than 12 digits; `otherwise` for any other text.

    Examples
    --------
    >>> whole_number("154360797"), whole_number("1e9"), whole_number("")
    (154360797, -1, -1)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else otherwise


def number_or_nan(text: bytes | str) -> float:
    """Return a finite number of a size that data have; NaN for any other text.

    Examples
    --------
    >>> number_or_nan("6.5"), number_or_nan(b"1e309")
    (6.5, nan)
    """
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if abs(number) < 1e12 else math.nan
