"""Which missing genotype or blood value would be worth obtaining next.

Expected value of sample information (Raiffa and Schlaifer 1961) under the model: the result of a
test is drawn as it is distributed in the training cohort, the patient is predicted again with each
possible result, and the arm with the best prediction is chosen with and without it:

    gain = E_v[max_a p_a(x, v)] - max_a E_v[p_a(x, v)]

The gain is never negative, and 0 for a test that cannot change the choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.models import ResponseSummary

FloatArray = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TESTED = ("genotype", "biomarker")
RESULTS = 9
"""Results of a test that a number is reduced to, equally likely."""

SMALLEST_GAIN = 0.0005
"""A smaller gain would be written as zero; such a test is not named."""

PATIENTS_A_BLOCK = 256


@dataclass(frozen=True, slots=True)
class NextTests:
    """What each test would add for each patient; NaN where it is not missing or not in question.

    Parameters
    ----------
    tests : tuple of str
        Predictors that a test would give, T of them.
    gain : ndarray, shape (n, T)
        Expected gain in P(response) from choosing the arm with the result in hand, 0..1.
    changes : ndarray, shape (n, T)
        Probability that the result changes which arm is predicted to be better.
    sure : ndarray, shape (n,)
        Probability that the arm predicted to be better is so, as things stand.
    sure_then : ndarray, shape (n, T)
        What that probability is expected to be with the result.
    """

    tests: tuple[str, ...]
    gain: FloatArray
    changes: FloatArray
    sure: FloatArray
    sure_then: FloatArray

    def best(self) -> tuple[npt.NDArray[np.object_], FloatArray]:
        """Return the test with the largest gain, ``""`` where none is worth naming, and its gain.

        Examples
        --------
        >>> gain = np.array([[0.01, 0.02], [np.nan, 0.0001], [np.nan, np.nan]])
        >>> found = NextTests(("ggt", "crp"), gain, gain, np.ones(3), gain)
        >>> found.best()[0].tolist()
        ['crp', '', '']
        """
        if not self.tests:
            return np.full(len(self.gain), "", dtype=object), np.full(len(self.gain), np.nan)
        known = np.where(np.isnan(self.gain), -np.inf, self.gain)
        top = known.max(axis=1)
        worth = top >= SMALLEST_GAIN
        names = np.array(self.tests, dtype=object)[known.argmax(axis=1)]
        return np.where(worth, names, ""), np.where(worth, top, np.nan)


def value_of_tests(
    inputs: pd.DataFrame, allowed: Flags, bundle: Bundle, now: ResponseSummary | None = None
) -> NextTests:
    """Return what each missing genotype or blood value would add for each patient.

    Parameters
    ----------
    inputs : DataFrame, n rows
        Typed predictors of patients who can be scored.
    allowed : ndarray of bool, shape (n, A)
        Where an arm may be preferred; with fewer than two of them there is no choice to inform.
    bundle : Bundle
        Nothing is said unless its verdict supports individual choice.
    now : ResponseSummary, optional
        What the model says of these patients as things stand, where that is known already.

    Returns
    -------
    NextTests
    """
    families = {spec.name: spec.family for spec in bundle.schema.predictors}
    tests = tuple(name for name in bundle.inputs if families[name] in TESTED)
    shape = (len(inputs), len(tests))
    found = NextTests(
        tests,
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(len(inputs), np.nan),
        np.full(shape, np.nan),
    )
    if bundle.answers["verdict"]["level"] != "supported":
        return found
    open_ = allowed.sum(axis=1) > 1
    for k, name in enumerate(tests):
        results = _results(bundle.background[name])
        rows = np.flatnonzero(open_ & inputs[name].isna().to_numpy())
        for start in range(0, len(rows) if len(results) else 0, PATIENTS_A_BLOCK):
            some = rows[start : start + PATIENTS_A_BLOCK]
            _weigh(found, some, k, inputs.iloc[some], results, allowed[some], bundle)
    asked = ~np.isnan(found.gain).all(axis=1)
    if asked.any():
        now = now or bundle.model.predict_summary(inputs, reference=bundle.arms.reference)
        found.sure[asked] = _sure(now, allowed)[asked]
    return found


def _results(column: pd.Series) -> FloatArray | npt.NDArray[np.object_]:
    """Return equally likely results of a test, from the drawn background."""
    given = column.dropna()
    if not len(given):
        return np.empty(0)
    if not pd.api.types.is_numeric_dtype(given) or given.nunique() <= 3:
        return np.asarray(given.sort_values().to_numpy())
    places = (np.arange(RESULTS) + 0.5) / RESULTS
    return np.asarray(np.quantile(given.to_numpy(dtype=np.float64), places))


def _weigh(
    found: NextTests,
    rows: npt.NDArray[np.intp],
    k: int,
    patients: pd.DataFrame,
    results: FloatArray | npt.NDArray[np.object_],
    allowed: Flags,
    bundle: Bundle,
) -> None:
    """Fill in one test of some patients."""
    name = found.tests[k]
    distinct, counts = np.unique(results, return_counts=True)
    weights = counts / counts.sum()
    repeated = patients.loc[patients.index.repeat(len(distinct))].reset_index(drop=True)
    repeated[name] = np.tile(distinct, len(patients))
    then = bundle.model.predict_summary(repeated, reference=bundle.arms.reference)
    may = np.where(allowed, 0.0, -np.inf)
    p = then.p.reshape(len(patients), len(distinct), -1) + may[:, None, :]
    on_average = np.einsum("v,nva->na", weights, np.where(np.isfinite(p), p, 0.0)) + may
    without = on_average.argmax(axis=1)
    found.gain[rows, k] = np.maximum(p.max(axis=2) @ weights - on_average.max(axis=1), 0.0)
    found.changes[rows, k] = (p.argmax(axis=2) != without[:, None]) @ weights
    sure = _sure(then, np.repeat(allowed, len(distinct), axis=0))
    found.sure_then[rows, k] = sure.reshape(len(patients), -1) @ weights


def _sure(summary: ResponseSummary, allowed: Flags) -> FloatArray:
    """Return P(the best allowed arm is better than each other allowed one), the least of them."""
    p = np.where(allowed, summary.p, -np.inf)
    best = p.argmax(axis=1)
    least = np.ones(len(p))
    for a, arm in enumerate(summary.arms):
        for b, other in enumerate(summary.arms):
            if a != b:
                meant = (best == a) & allowed[:, b]
                better = summary.prob_exceeds(arm, other, 0.0)
                least = np.where(meant, np.minimum(least, better), least)
    return least
