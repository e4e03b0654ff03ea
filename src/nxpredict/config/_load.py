"""From a study file to a `Study`, with every fault that the file alone can show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nxpredict.config._build import build_study
from nxpredict.config._check import check_names, check_sections
from nxpredict.config._study import Study
from nxpredict.config._validate import validate
from nxpredict.config._yaml import Override, read_yaml
from nxpredict.errors import DataError

if TYPE_CHECKING:
    from nxpredict.catalog import Catalog


def read_study(
    path: str | Path, overrides: Sequence[str] = (), *, catalog: Catalog | None = None
) -> Study:
    """Read a study file and keep its faults, so that they can be shown beside those of the data.

    Parameters
    ----------
    path : path-like
        The study file.
    overrides : sequence of str
        ``key.key=value`` each; paths in them are relative to the study file too.
    catalog : Catalog, optional
        What predictors and eligibility codes are called; the shipped catalogue by default.

    Returns
    -------
    Study
        Without the faulty entries; ``faults`` lists them.

    Raises
    ------
    UsageError
        When there is no such file, or an override names no key or no valid value.
    DataError
        When too little is left to go on, with all faults found.
    """
    if catalog is None:
        from nxpredict.catalog import load_catalog

        catalog = load_catalog()
    changes = [Override.parse(text) for text in overrides]
    document = read_yaml(path)
    document.apply(changes)
    file = validate(document)
    check_sections(file, document)
    check_names(file, document, catalog)
    return build_study(file, document, catalog)


def load_study(
    path: str | Path, overrides: Sequence[str] = (), *, catalog: Catalog | None = None
) -> Study:
    """Read a study file; `docs/study-file.md` has its keys.

    Parameters
    ----------
    path : path-like
        The study file.
    overrides : sequence of str
        ``key.key=value`` each.
    catalog : Catalog, optional
        The shipped catalogue by default.

    Returns
    -------
    Study

    Raises
    ------
    UsageError
        When there is no such file, or an override names no key or no valid value.
    DataError
        With every fault of the file, each with its line.
    """
    study = read_study(path, overrides, catalog=catalog)
    if any(fault.severity == "error" for fault in study.faults):
        raise DataError(study.faults)
    return study
