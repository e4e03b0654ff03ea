"""From a batch of patients to their scores: pure, row by row, the same on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog, load_catalog
from nxpredict.cohort import Batch, Schema
from nxpredict.models import ResponseSummary
from nxpredict.scoring._cautions import Cautions, assess_cautions
from nxpredict.scoring._next_test import NextTests, value_of_tests
from nxpredict.scoring._preference import NO_PREFERENCE, never_preferred, prefer

DECIMALS = 8
_BITS = 32
"""Flags that one whole number holds, beside the patterns found so far."""
NO_PREDICTOR = "no_predictor"
NO_CONTRAST = "pooled_indirect"
"""Each drug comes from another study: what differs between them cannot be said."""
Flags = npt.NDArray[np.bool_]


def number_columns(bundle: Bundle) -> list[str]:
    """Return the names of the numeric columns of a score, in order.

    For each arm ``p_<arm>`` (``mean_<arm>`` of a continuous response) with ``_lower`` and
    ``_upper``; for each other arm ``benefit_<arm>_vs_<reference>`` with ``_lower`` and ``_upper``,
    and ``prob_<arm>_better``, which is P(benefit > 0).
    """
    arms = bundle.arms
    prefix = bundle.scale.prefix
    names = [f"{prefix}_{arm}{end}" for arm in arms.names for end in ("", "_lower", "_upper")]
    for arm in arms.others:
        benefit = f"benefit_{arm}_vs_{arms.reference}"
        names += [benefit, f"{benefit}_lower", f"{benefit}_upper", f"prob_{arm}_better"]
    return names


_REPEATED = pa.dictionary(pa.int32(), pa.string())
TEXT_COLUMNS = (
    "preferred",
    "basis",
    "status",
    "reasons",
    "cautions",
    "cautions_not_assessed",
    "missing",
    "outside_training_range",
)


def score_batch(batch: Batch, bundle: Bundle, catalog: Catalog | None = None) -> pd.DataFrame:
    """Score patients.

    Parameters
    ----------
    batch : Batch
        Patients as the door read them.
    bundle : Bundle
        The model.
    catalog : Catalog, optional
        Source of the cautions; the shipped one.

    Returns
    -------
    DataFrame of shape (n, n_columns)
        ``patient_id``, the columns of `number_columns` (probabilities, or means as in the training
        study's table, and benefits, positive where the arm is better; 90 % intervals, rounded to 8
        decimals; NaN when not scorable, differences also when the study is pooled-indirect), and
        texts: ``preferred``, ``basis``, ``status``, and the lists ``reasons``, ``cautions``,
        ``cautions_not_assessed``, ``missing`` and ``outside_training_range``, joined by ``;``.
    """
    scores = score_table(batch, bundle, catalog or load_catalog())
    frame: pd.DataFrame = plain(scores).to_pandas()
    return frame


def score_table(
    batch: Batch, bundle: Bundle, catalog: Catalog, *, next_test: bool = False
) -> pa.Table:
    """Return the scores of `score_batch` as an Arrow table of `score_schema`.

    Numbers that do not exist are null. With `next_test` two columns more say which missing test
    is worth obtaining next, and the expected gain in P(response).
    """
    read = _read(batch, bundle, catalog)
    fine = read.fine
    numbers = np.zeros((len(fine), len(number_columns(bundle))))
    preferred = np.full(len(fine), NO_PREFERENCE, dtype=object)
    basis = np.full(len(fine), "", dtype=object)
    test, gain = np.full(len(fine), "", dtype=object), np.full(len(fine), np.nan)
    if fine.any():
        summary = bundle.model.predict_summary(
            read.inputs, reference=bundle.arms.reference, level=0.90
        )
        numbers[fine] = _numbers(summary, bundle)
        preferred[fine], basis[fine] = prefer(summary, bundle, read.allowed)
        if next_test:
            worth = value_of_tests(read.inputs, read.allowed, bundle, summary)
            test[fine], gain[fine] = worth.best()
    no_contrast = without_contrast(bundle)
    first = 3 * len(bundle.arms.names)
    texts = (
        pa.array(preferred).dictionary_encode(),
        pa.array(basis).dictionary_encode(),
        pa.DictionaryArray.from_arrays(fine.astype(np.int32), ["not_scorable", "scored"]),
        read.reasons,
        joined(read.cautions.names, read.cautions.present),
        joined(read.cautions.names, read.cautions.not_assessed),
        joined(bundle.inputs, read.absent),
        joined(list(bundle.ranges), read.outside),
    )
    columns = [
        pa.array(batch.ids, from_pandas=True),
        *(
            pa.array(column, mask=~fine | (k >= first and no_contrast))
            for k, column in enumerate(numbers.T)
        ),
        *texts,
    ]
    if next_test:
        columns += [
            pa.array(test).dictionary_encode(),
            pa.array(np.round(gain, DECIMALS), mask=np.isnan(gain)),
        ]
    return pa.table(columns, schema=score_schema(bundle, next_test=next_test))


def without_contrast(bundle: Bundle) -> bool:
    """Tell whether there is no difference between arms to give."""
    return bundle.allocation == "pooled-indirect"


def warnings_of(bundle: Bundle, schema: Schema, catalog: Catalog) -> list[str]:
    """Return what every score of a model lacks, as sentences."""
    said = (
        "Each drug comes from another study (pooled-indirect): no difference between them is given."
    )
    if without_contrast(bundle):
        return [said]
    return never_preferred(bundle, schema.names, catalog)


def next_tests(batch: Batch, bundle: Bundle, catalog: Catalog | None = None) -> NextTests:
    """Return what each missing genotype or blood value would add, for the scorable patients.

    Parameters
    ----------
    batch, bundle, catalog
        As of `score_batch`.

    Returns
    -------
    NextTests
        One row a patient with the status ``scored``, in order.
    """
    read = _read(batch, bundle, catalog or load_catalog())
    return value_of_tests(read.inputs, read.allowed, bundle)


@dataclass(frozen=True, slots=True)
class _Read:
    """A batch against a model: who can be scored, on what, and which arms may be named."""

    cautions: Cautions
    absent: Flags
    outside: Flags
    reasons: pa.DictionaryArray
    fine: Flags
    inputs: pd.DataFrame
    allowed: Flags


def _read(batch: Batch, bundle: Bundle, catalog: Catalog) -> _Read:
    given = set(batch.X.columns)
    X = batch.X.reindex(columns=[*batch.X, *(name for name in bundle.inputs if name not in given)])
    cautions = assess_cautions(X, bundle.arms, catalog, bundle.eligibility)
    absent = np.array([X[name].isna().to_numpy() for name in bundle.inputs]).T
    outside = outside_range(X, bundle)
    reasons, fine = _reasons(
        batch, cautions.scope, cautions.out_of_scope, absent, without_contrast(bundle)
    )
    return _Read(
        cautions=cautions,
        absent=absent,
        outside=outside,
        reasons=reasons,
        fine=fine,
        inputs=X.loc[fine, bundle.inputs].reset_index(drop=True),
        allowed=~cautions.blocked[fine] & ~outside[fine].any(axis=1, keepdims=True),
    )


def score_schema(bundle: Bundle, *, next_test: bool = False) -> pa.Schema:
    """Return names and types of the columns of a score: numbers, and texts that repeat."""
    asked = [("next_test", _REPEATED), ("next_test_gain", pa.float64())] if next_test else []
    return pa.schema(
        [
            ("patient_id", pa.string()),
            *((name, pa.float64()) for name in number_columns(bundle)),
            *((name, _REPEATED) for name in TEXT_COLUMNS),
            *asked,
        ]
    )


def plain(scores: pa.Table) -> pa.Table:
    """Return scores with texts spelled out in every row."""
    fields = [(f.name, pa.string() if f.type == _REPEATED else f.type) for f in scores.schema]
    return scores.cast(pa.schema(fields))


def joined(names: Sequence[str], flags: npt.NDArray[np.bool_]) -> pa.DictionaryArray:
    """Return the names that are flagged in each row, joined by ``;``.

    Examples
    --------
    >>> flags = np.array([[True, True], [False, True], [False, False]])
    >>> joined(["age", "sex"], flags).to_pylist()
    ['age;sex', 'sex', '']
    """
    # Few patterns occur, so each is spelled once and rows point to it.
    row = np.zeros(len(flags), dtype=np.int64)
    varying = np.flatnonzero(flags.any(axis=0) & ~flags.all(axis=0))
    for start in range(0, len(varying), _BITS):
        for column in varying[start : start + _BITS]:
            row = 2 * row + flags[:, column]
        row = pd.factorize(row)[0]
    first = np.zeros(row.max(initial=-1) + 1, dtype=np.intp)
    first[row[::-1]] = np.arange(len(row))[::-1]
    texts = [";".join(n for n, f in zip(names, flags[k], strict=True) if f) for k in first.tolist()]
    return pa.DictionaryArray.from_arrays(pa.array(row, pa.int32()), pa.array(texts, pa.string()))


def _numbers(summary: ResponseSummary, bundle: Bundle) -> npt.NDArray[np.float64]:
    """Return the columns of `number_columns`."""
    arms = bundle.arms
    columns: list[npt.NDArray[np.float64]] = []
    for arm in arms.names:
        k = summary.arms.index(arm)
        ends = summary.p_lower[:, k], summary.p_upper[:, k]
        columns += bundle.scale.interval(summary.p[:, k], *ends)
    for arm in arms.others:
        k = summary.others.index(arm)
        columns += [
            part[:, k]
            for part in (
                summary.benefit,
                summary.benefit_lower,
                summary.benefit_upper,
                summary.prob_better,
            )
        ]
    table: npt.NDArray[np.float64] = np.column_stack(columns)
    return np.round(table, DECIMALS) + 0.0  # + 0.0: no negative zero


def outside_range(X: pd.DataFrame, bundle: Bundle) -> npt.NDArray[np.bool_]:
    """Return where a numeric predictor lies outside its training range, (n, n_ranges)."""
    flags = np.zeros((len(X), len(bundle.ranges)), dtype=bool, order="F")
    for k, (name, (low, high)) in enumerate(bundle.ranges.items()):
        value = X[name].to_numpy(dtype=float)
        slack = 1e-9 * max(abs(low), abs(high))
        flags[:, k] = (value < low - slack) | (value > high + slack)
    return flags


def _reasons(
    batch: Batch,
    scope: Sequence[str],
    out_of_scope: npt.NDArray[np.bool_],
    absent: npt.NDArray[np.bool_],
    no_contrast: bool,
) -> tuple[pa.DictionaryArray, npt.NDArray[np.bool_]]:
    """Return why each row has no score, or no difference in it, and which rows have a score."""
    readable = np.fromiter((not codes for codes in batch.reasons), bool, len(batch.reasons))
    empty = absent.all(axis=1) & readable
    ours = np.column_stack([empty, out_of_scope])
    fine = readable & ~ours.any(axis=1)
    names = [NO_PREDICTOR, *(f"out_of_scope:{code}" for code in scope), NO_CONTRAST]
    found = joined(names, np.column_stack([ours, fine & no_contrast]))
    if not readable.all():
        texts = found.to_pylist()
        for k in np.flatnonzero(~readable).tolist():
            texts[k] = ";".join(filter(None, (*batch.reasons[k], texts[k])))
        found = pa.array(texts, pa.string()).dictionary_encode()
    return found, fine
