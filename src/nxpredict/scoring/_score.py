"""From a batch of patients to their scores: pure, row by row, the same on every engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog, load_catalog
from nxpredict.cohort import Batch
from nxpredict.models import ResponseSummary
from nxpredict.scoring._cautions import assess_cautions
from nxpredict.scoring._preference import NO_PREFERENCE, prefer

DECIMALS = 8
NO_PREDICTOR = "no_predictor"


def number_columns(bundle: Bundle) -> list[str]:
    """Return the names of the numeric columns of a score, in order.

    For each arm ``p_<arm>`` with ``_lower`` and ``_upper``; for each other arm
    ``benefit_<arm>_vs_<reference>`` with ``_lower`` and ``_upper``, and ``prob_<arm>_better``,
    which is P(benefit > 0).
    """
    arms = bundle.arms
    names = [f"p_{arm}{end}" for arm in arms.names for end in ("", "_lower", "_upper")]
    for arm in arms.others:
        benefit = f"benefit_{arm}_vs_{arms.reference}"
        names += [benefit, f"{benefit}_lower", f"{benefit}_upper", f"prob_{arm}_better"]
    return names


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
        ``patient_id``, the columns of `number_columns` (probabilities and their differences, 90 %
        intervals, rounded to 8 decimals; NaN when not scorable), and texts: ``preferred``,
        ``basis``, ``status``, and the lists ``reasons``, ``cautions``, ``cautions_not_assessed``,
        ``missing`` and ``outside_training_range``, joined by ``;``.
    """
    catalog = catalog or load_catalog()
    given = set(batch.X.columns)
    X = batch.X.reindex(columns=[*batch.X, *(name for name in bundle.inputs if name not in given)])
    cautions = assess_cautions(X, bundle.arms, catalog, bundle.eligibility)
    absent = X[bundle.inputs].isna().to_numpy()
    outside = _outside(X, bundle)
    reasons = _reasons(batch, cautions.scope, cautions.out_of_scope, absent)
    fine = reasons == ""
    numbers = np.full((len(X), len(number_columns(bundle))), np.nan)
    preferred = np.full(len(X), NO_PREFERENCE, dtype=object)
    basis = np.full(len(X), "", dtype=object)
    if fine.any():
        inputs = X.loc[fine, bundle.inputs].reset_index(drop=True)
        allowed = ~cautions.blocked[fine] & ~outside[fine].any(axis=1, keepdims=True)
        summary = bundle.model.predict_summary(inputs, reference=bundle.arms.reference, level=0.90)
        numbers[fine] = _numbers(summary, bundle)
        preferred[fine], basis[fine] = prefer(summary, bundle, allowed)
    texts = (
        preferred,
        basis,
        np.where(fine, "scored", "not_scorable"),
        reasons,
        joined(cautions.names, cautions.present),
        joined(cautions.names, cautions.not_assessed),
        joined(bundle.inputs, absent),
        joined(list(bundle.ranges), outside),
    )
    return pd.concat(
        [
            pd.DataFrame({"patient_id": batch.ids.to_numpy(dtype=object)}, dtype="str"),
            pd.DataFrame(numbers, columns=number_columns(bundle)),
            pd.DataFrame(dict(zip(TEXT_COLUMNS, texts, strict=True)), dtype="str"),
        ],
        axis=1,
    )


def joined(names: Sequence[str], flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    """Return the names that are flagged in each row, joined by ``;``.

    Examples
    --------
    >>> joined(["age", "sex"], np.array([[True, True], [False, True], [False, False]])).tolist()
    ['age;sex', 'sex', '']
    """
    if flags.size == 0:
        return np.full(len(flags), "", dtype=object)
    # Few patterns occur, so each is spelled once and rows point to it.
    packed = np.packbits(flags, axis=1)
    _, first, row = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    texts = [";".join(n for n, f in zip(names, flags[k], strict=True) if f) for k in first.tolist()]
    return np.array(texts, dtype=object)[row.ravel()]


def _numbers(summary: ResponseSummary, bundle: Bundle) -> npt.NDArray[np.float64]:
    """Return the columns of `number_columns`."""
    arms = bundle.arms
    columns: list[npt.NDArray[np.float64]] = []
    for arm in arms.names:
        k = summary.arms.index(arm)
        columns += [part[:, k] for part in (summary.p, summary.p_lower, summary.p_upper)]
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


def _outside(X: pd.DataFrame, bundle: Bundle) -> npt.NDArray[np.bool_]:
    """Return where a numeric predictor lies outside its training range, (n, n_ranges)."""
    flags = np.zeros((len(X), len(bundle.ranges)), dtype=bool)
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
) -> npt.NDArray[np.object_]:
    """Return why each row cannot be scored, empty where it can."""
    read = np.array([";".join(codes) for codes in batch.reasons], dtype=object)
    empty = absent.all(axis=1) & (read == "")
    ours = joined(
        [NO_PREDICTOR, *(f"out_of_scope:{code}" for code in scope)],
        np.column_stack([empty, out_of_scope]),
    )
    separator = np.where((read != "") & (ours != ""), ";", "")
    return np.asarray(read + separator.astype(object) + ours, dtype=object)
