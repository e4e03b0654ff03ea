"""What stands between the fields of a text table: one rule for training and scoring."""

from __future__ import annotations

import csv
import io
import re

SEPARATORS = (",", ";", "\t", "|")


def told_separator(text: str) -> tuple[str | None, str]:
    r"""Return the separator of a first line such as ``sep=;``, if any, and the text below it.

    Examples
    --------
    >>> told_separator("sep=;\nid;age\n")
    (';', 'id;age\n')
    >>> told_separator("id;age\n")
    (None, 'id;age\n')
    """
    told = re.match(r"sep=(.)(\r\n|\n|\r)[\r\n]*", text)
    return (told[1], text[told.end() :]) if told else (None, text)


def find_separator(text: str) -> str:
    r"""Return the separator that splits the header most, and the first row as often if it can.

    Examples
    --------
    >>> find_separator("id;age, years;weight, kg\n1;40;80\n")
    ';'
    """
    widths = {separator: header_width(text, separator) for separator in SEPARATORS}
    return max(widths, key=lambda separator: (widths[separator][1], widths[separator][0]))


def header_width(text: str, separator: str) -> tuple[int, bool]:
    """Return the header's fields, and whether they are several and the first row has as many."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        width = len(next(reader, []))
    except csv.Error:
        return 0, False
    try:
        return width, 1 < width == len(next(reader, []))
    except csv.Error:
        return width, False
