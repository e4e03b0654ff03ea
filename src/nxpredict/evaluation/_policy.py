"""What choosing by the model is worth against giving everyone one arm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval
from nxpredict.evaluation._picked import one_of, picked_mean
from nxpredict.study import ResponseScale


@dataclass(frozen=True, slots=True)
class PolicyGain:
    """The gain of the rule over the single arm that looked better in training.

    Attributes
    ----------
    gain : float
        Difference in the share responding, -1..1, or of the mean response.
    error : float
        Its standard error as if the rule had been learned elsewhere: that of the verdict's rules.
    crossed_error : float
        The same by `picked_mean`: that of intervals.
    switched : float
        Share of patients for whom the rule names another arm than the single best one, 0..1.
    """

    gain: float
    error: float
    crossed_error: float
    switched: float


def best_single_arm(
    y: FloatArray,
    arm: IntArray,
    propensity: FloatArray,
    fold: IntArray,
    among: list[int],
    weights: FloatArray | float = 1.0,
) -> IntArray:
    """Return for each patient the arm of `among` that did best among patients of other folds.

    Responses are weighted by 1 / P(arm) (Hajek), so unequal allocation does not matter, and by
    `weights` where another population is meant.
    """
    n_arms = propensity.shape[1]
    weight = weights / propensity[np.arange(len(y)), arm]
    best = np.empty(len(y), dtype=np.int64)
    for k in np.unique(fold):
        train = fold != k
        totals = np.bincount(arm[train], weights=weight[train], minlength=n_arms)
        sums = np.bincount(arm[train], weights=(weight * y)[train], minlength=n_arms)
        rates = sums / np.maximum(totals, 1e-12)
        best[fold == k] = among[int(np.argmax(rates[among]))]
    return best


def choose(prediction: FloatArray, single: IntArray, among: list[int]) -> IntArray:
    """Return the arm with the highest predicted response; a tie goes to the single best arm.

    Examples
    --------
    >>> choose(np.array([[0.5, 0.5], [0.2, 0.3]]), np.array([1, 0]), [0, 1]).tolist()
    [1, 1]
    """
    rows = np.arange(len(prediction))
    best = np.asarray(among)[np.argmax(prediction[:, among], axis=1)]
    tie = prediction[rows, single] >= prediction[rows, best]
    return np.asarray(np.where(tie, single, best), dtype=np.int64)


def policy_gain(
    scores: FloatArray,
    chosen: IntArray,
    single: IntArray,
    *,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> PolicyGain:
    """Return the doubly robust value of `chosen` minus that of `single`.

    Parameters
    ----------
    scores : array of float64, shape (n, arms)
        Doubly robust scores.
    chosen, single : array of int64, shape (n,)
        Arm that the rule, and the single-arm strategy, gives each patient.
    crossed : bool
        Whether the models that predicted learned from the other patients here.
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.

    Notes
    -----
    V(d) = mean Gamma[i, d(x_i)] (Zhang et al. 2012; Athey & Wager 2021); the difference is taken
    patient by patient, so patients whom both treat alike add nothing to its error.
    """
    weight = one_of(chosen, scores.shape[1]) - one_of(single, scores.shape[1])
    gain, error = picked_mean(scores, weight, crossed=False, clusters=clusters)
    _, crossed_error = picked_mean(scores, weight, crossed=crossed, clusters=clusters)
    return PolicyGain(gain, error, crossed_error, float(np.mean(chosen != single)))


def policy_values(
    scores: FloatArray,
    chosen: IntArray,
    single: IntArray,
    names: Mapping[int, str],
    *,
    scale: ResponseScale = ResponseScale(),  # noqa: B008  (frozen)
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> dict[str, Interval]:
    """Return the share responding under the rule and under each arm of `names`, and the gains.

    Of a continuous response the means, as in the table; gains are improvements. Errors by
    `picked_mean`.
    """
    n, arms = scores.shape
    given, best = one_of(chosen, arms), one_of(single, arms)
    each = {name: one_of(np.full(n, a), arms) for a, name in names.items()}
    weights = {"rule": given} | {f"all_{name}": one for name, one in each.items()}
    weights |= {f"gain_over_all_{name}": given - one for name, one in each.items()}
    weights["gain_over_better_single_arm"] = given - best
    found = {
        name: picked_mean(scores, weight, crossed=crossed, clusters=clusters)
        for name, weight in weights.items()
    }
    return {
        name: Interval.normal(
            mean if name.startswith("gain_over_") else scale.turned(mean), error, level
        )
        for name, (mean, error) in found.items()
    }
