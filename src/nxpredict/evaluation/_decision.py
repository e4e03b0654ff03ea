"""Decision curves: for giving a drug at all, and for choosing between drugs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from nxpredict.evaluation._numbers import FloatArray, IntArray, Interval, mean_and_error
from nxpredict.evaluation._picked import one_of, picked_mean

CHOICE_THRESHOLDS = np.arange(-20, 21) / 100
RESPONSE_THRESHOLDS = np.arange(1, 20) / 20


def round_thresholds(spread: float) -> FloatArray:
    """Return thresholds to both sides of zero, in round steps, about one `spread` far.

    Parameters
    ----------
    spread : float
        Standard deviation of a continuous response.

    Examples
    --------
    >>> thresholds = round_thresholds(4.97)
    >>> thresholds[::10].tolist(), float(thresholds[21])
    ([-5.0, -2.5, 0.0, 2.5, 5.0], 0.25)
    """
    steps = np.arange(-20, 21) / 20
    if not spread > 0:
        return steps
    power = math.floor(math.log10(spread))
    rounds = (float(f"{k}e{power}") for k in (1, 2, 5, 10))
    end = min(rounds, key=lambda r: abs(math.log(r / spread)))
    return np.asarray([float(f"{value:.9g}") for value in steps * end])


def choice_curve(
    scores: FloatArray,
    prediction: FloatArray,
    *,
    arms: Sequence[str],
    reference: int,
    thresholds: FloatArray = CHOICE_THRESHOLDS,
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> pd.DataFrame:
    """Return the net benefit of choosing among all arms over a threshold T.

    Parameters
    ----------
    scores : array of float64, shape (n, arms)
        Doubly robust scores.
    prediction : array of float64, shape (n, arms)
        Predicted P(response) under each arm.
    arms : sequence of str
    reference : int
        Code of the arm without the burden T.
    thresholds : array of float64
        Values of T, in the unit of the response.
    level : float
        Of the interval, 0..1.
    crossed : bool
        Whether the models that predicted learned from the other patients here.
    clusters : array of int64, shape (n,), optional
        Codes 0, 1, ... of rows that count as one.

    Returns
    -------
    DataFrame
        `threshold`, `model`, `lower`, `upper`; `all_<arm>` for giving everyone that arm;
        `share_<arm>` given it by the model.

    Notes
    -----
    Each arm but the reference costs T, the difference in response at which it would just be worth
    its burden. The model gives the arm with the highest prediction less cost, the reference in a
    tie. NB(T) = mean(score of the arm given - score of the reference - its cost) (Vickers, Kattan
    & Sargent 2007; several arms: Chalkou, Vickers, Pellegrini, Manca & Salanti 2023). Errors by
    `picked_mean`.

    Examples
    --------
    >>> scores, predicted = np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.5, 0.6], [0.5, 0.9]])
    >>> curve = choice_curve(scores, predicted, arms=("a", "b"), reference=0).set_index("threshold")
    >>> curve.loc[[0.0, 0.2], ["model", "all_b"]].to_numpy().tolist()
    [[0.5, 0.5], [0.4, 0.3]]
    """
    gained = scores - scores[:, [reference]]
    rows = []
    everyone = np.arange(len(scores))
    for threshold in thresholds:
        cost = np.where(np.arange(len(arms)) == reference, 0.0, threshold)
        worth = prediction - prediction[:, [reference]] - cost
        best = np.argmax(worth, axis=1)
        given = np.where(worth[everyone, best] > 0, best, reference)
        estimate, error = picked_mean(
            gained - cost, one_of(given, len(arms)), crossed=crossed, clusters=clusters
        )
        interval = Interval.normal(estimate, error, level)
        row = {"threshold": float(threshold), "model": estimate}
        row |= {"lower": interval.lower, "upper": interval.upper}
        row |= {f"all_{n}": float(gained[:, a].mean() - cost[a]) for a, n in enumerate(arms)}
        row |= {f"share_{n}": float(np.mean(given == a)) for a, n in enumerate(arms)}
        rows.append(row)
    return pd.DataFrame(rows)


def decision_curve(
    score: FloatArray,
    benefit: FloatArray,
    *,
    thresholds: FloatArray = CHOICE_THRESHOLDS,
    level: float = 0.95,
    crossed: bool = True,
    clusters: IntArray | None = None,
) -> pd.DataFrame:
    """Return the net benefit of giving the arm where the predicted benefit exceeds a threshold T.

    NB(T) = mean of 1{benefit > T} (score - T): `choice_curve` for one contrast.

    Parameters
    ----------
    score, benefit : array of float64, shape (n,)
        Contrast of doubly robust scores, arm minus reference, and the benefit predicted.
    thresholds, level, crossed, clusters
        As of `choice_curve`.

    Returns
    -------
    DataFrame
        `threshold`, `model`, `lower`, `upper`, `all_arm`, `all_reference` (0), `share_given_arm`.

    Examples
    --------
    >>> curve = decision_curve(np.array([0.0, 1.0]), np.array([0.1, 0.4])).set_index("threshold")
    >>> curve.loc[[0.0, 0.2], ["model", "all_arm"]].to_numpy().tolist()
    [[0.5, 0.5], [0.4, 0.3]]
    """
    nothing = np.zeros(len(score))
    curve = choice_curve(
        np.column_stack([nothing, score]),
        np.column_stack([nothing, benefit]),
        arms=("reference", "arm"),
        reference=0,
        thresholds=thresholds,
        level=level,
        crossed=crossed,
        clusters=clusters,
    )
    return curve[
        ["threshold", "model", "lower", "upper", "all_arm", "all_reference", "share_arm"]
    ].rename(columns={"share_arm": "share_given_arm"})


def net_benefit(
    y: FloatArray, p: FloatArray, *, level: float = 0.95, clusters: IntArray | None = None
) -> pd.DataFrame:
    """Return the net benefit of giving an arm only to those likely enough to respond.

    NB(t) = mean of 1{p >= t} (y - (1 - y) t / (1 - t)): responders found, less non-responders
    treated at the exchange rate that a threshold t stands for (Vickers & Elkin 2006). Patients who
    had the arm; columns `threshold`, `model`, `lower`, `upper`, `all` (everyone is given it).

    Parameters
    ----------
    y, p, level, clusters
        As of `auc`.

    Examples
    --------
    >>> curve = net_benefit(np.array([1.0, 0.0]), np.array([0.8, 0.4])).set_index("threshold")
    >>> curve.loc[0.5, ["model", "all"]].tolist()
    [0.5, 0.0]
    """
    rows = []
    for threshold in RESPONSE_THRESHOLDS:
        worth = y - (1 - y) * threshold / (1 - threshold)
        estimate, error = mean_and_error((p >= threshold) * worth, clusters)
        interval = Interval.normal(estimate, error, level)
        row = {"threshold": float(threshold), "model": estimate}
        row |= {"lower": interval.lower, "upper": interval.upper, "all": float(worth.mean())}
        rows.append(row)
    return pd.DataFrame(rows)
