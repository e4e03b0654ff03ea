"""New patients and the model that scores them, as the command line names them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from nxpredict.bundle import Bundle, load_bundle
from nxpredict.catalog import load_catalog
from nxpredict.cohort import read_ids, read_table
from nxpredict.errors import Fault
from nxpredict.genotypes import derive, read_calls
from nxpredict.tracking import fetch_bundle


def load_model(address: str | Path, *, tracking_uri: str | None = None) -> Bundle:
    """Load a trained model; nothing of it is executed.

    Parameters
    ----------
    address : str or Path
        A model folder, ``runs:/ID/model``, or ``models:/NAME@alias``.
    tracking_uri : str, optional
        The MLflow store; the environment's by default.

    Returns
    -------
    Bundle
        With ``predict_response`` and ``predict_benefit`` on raw patient tables.

    Raises
    ------
    BundleError
        When the model file is damaged, foreign or untrusted.
    AccessError
        When the store refuses.
    """
    return load_bundle(fetch_bundle(address, tracking_uri))


GenotypeSource = Callable[[pd.Series], pd.DataFrame]


def genotype_source(
    files: Sequence[Path], patients: Path, id_column: str
) -> tuple[GenotypeSource | None, tuple[Fault, ...]]:
    """Read genotype files once and return how to look patients up, with what was odd."""
    if not files:
        return None, ()
    catalog = load_catalog()
    table = read_table(patients)
    ids = read_ids(table.frame, id_column).dropna().unique().tolist()
    loci = [*catalog.variants.values(), *catalog.repeats.values()]
    calls = read_calls(files, loci, patient_ids=ids)

    def look_up(wanted: pd.Series) -> pd.DataFrame:
        return derive(calls, wanted.fillna("").tolist()).reset_index(drop=True)

    return look_up, tuple(calls.warnings)
