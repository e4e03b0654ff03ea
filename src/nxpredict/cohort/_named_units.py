"""Headers that name a predictor together with a unit, such as ``GGT [µkat/l]``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nxpredict.catalog import Catalog, Predictor
from nxpredict.study import ColumnReading, plain_letters

_BREAK = re.compile(r"[\s_\[(,;]+")


def named_units(headers: Iterable[str], catalog: Catalog) -> dict[str, ColumnReading]:
    """Return the predictors that headers name together with a unit that the catalogue accepts.

    Headers that are a predictor's name as they stand are left to `match_columns`, and so are the
    predictors that these name.

    Parameters
    ----------
    headers : iterable of str
    catalog : Catalog

    Returns
    -------
    dict of str to ColumnReading
        By predictor, with column and unit.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> named_units(["GGT [µkat/l]", "cortisol_nmol_l", "weight (kg)"], load_catalog())["ggt"].unit
    'ukat/L'
    """
    headers = list(headers)
    plain = {header: catalog.match_column(header) for header in headers}
    taken = {predictor.name for predictor in plain.values() if predictor is not None}
    found: dict[str, ColumnReading] = {}
    for header in (header for header, predictor in plain.items() if predictor is None):
        name, unit = _split(header, catalog)
        if name is not None and name not in taken:
            found.setdefault(name, ColumnReading(column=header, unit=unit))
    return found


def _split(header: str, catalog: Catalog) -> tuple[str | None, str | None]:
    for gap in _BREAK.finditer(header):
        predictor = catalog.match_column(header[: gap.start()])
        unit = None if predictor is None else _unit_of(predictor, header[gap.end() :])
        if predictor is not None and unit is not None:
            return predictor.name, unit
    return None, None


def _unit_of(predictor: Predictor, text: str) -> str | None:
    accepted = {_letters(unit): unit for unit in (predictor.unit, *predictor.units) if unit}
    return accepted.get(_letters(text))


def _letters(unit: str) -> str:
    """Return a unit as it is compared: without case, brackets, blanks and strokes."""
    return re.sub(r"[^\w%]|_", "", plain_letters(unit)).casefold()
