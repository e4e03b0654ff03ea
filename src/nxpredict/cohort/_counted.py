"""Copies that a predictor's own column counts, as calls of the variant behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog, Variant
from nxpredict.cohort._batch import read_batch
from nxpredict.cohort._genotypes import all_loci
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.genotypes import CallsTable, ColumnCoding, calls_from_columns, merge_calls


def with_counted(
    calls: CallsTable | None,
    frame: pd.DataFrame,
    ids: Sequence[str],
    specs: Iterable[PredictorSpec],
    catalog: Catalog,
    *,
    file: str,
    decimal: str,
) -> CallsTable | None:
    """Add the calls that columns such as ``OPRM1_rs1799971_G_dosage`` hold.

    Such a column is read as the predictor itself; its whole copies (0, 1, 2) are also calls, whose
    quality can be told. Columns with fractions (imputed dosages) and variants already called from
    other sources are left alone.

    Parameters
    ----------
    calls : CallsTable or None
        Calls of the other sources.
    frame : DataFrame, shape (n, ...)
    ids : sequence of str, length n
    specs : iterable of PredictorSpec
        Those that columns were matched to.
    catalog : Catalog
    file : str
    decimal : {".", ","}

    Returns
    -------
    CallsTable or None
        `calls` itself where no column adds anything.
    """
    wanted = [(spec, locus) for spec in specs if (locus := _counts(spec, catalog)) is not None]
    wanted = [(spec, locus) for spec, locus in wanted if not _called(calls, locus)]
    schema = Schema("", tuple(spec for spec, _ in wanted))
    copies = read_batch(frame, schema, decimal=decimal, file=file).X if wanted else frame[[]]
    codings = {
        locus.name: ColumnCoding((spec.name,), "dosage", locus.effect_allele, "forward")
        for spec, locus in wanted
        if _whole(copies[spec.name])
    }
    if not codings:
        return calls
    counted = calls_from_columns(copies, codings, all_loci(catalog), patient_ids=ids, file=file)
    return counted if calls is None else merge_calls(calls, counted)


def _counts(spec: PredictorSpec, catalog: Catalog) -> Variant | None:
    """Return the variant whose effect allele a column counts, None for any other column."""
    predictor = catalog.predictors.get(spec.name)
    if predictor is None or spec.column is None or len(predictor.derived_from) != 1:
        return None
    return catalog.variants.get(predictor.derived_from[0])


def _called(calls: CallsTable | None, locus: Variant) -> bool:
    found = None if calls is None else calls.loci.get(locus.name)
    return found is not None and not bool(np.isnan(found.dosage).all())


def _whole(copies: pd.Series) -> bool:
    typed = copies.dropna()
    return len(typed) > 0 and bool((typed % 1 == 0).all())
