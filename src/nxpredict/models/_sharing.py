"""How much arms that have a drug in common share, learned from the responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from nxpredict.models._design import ArmDesign, Group, arm_contrasts
from nxpredict.models._fitting import TrainingData
from nxpredict.models._likelihood import Likelihood
from nxpredict.models._sampler import ridge_mode

FloatArray = NDArray[np.float64]

OWN_PARTS = (0.1, 0.3, 1.0)
"""Variances compared of what a combination does beyond the drugs that other arms have, in that
of one drug."""

UNSHARED = 0.8
"""Prior probability that names tell nothing: a combination is an arm like any other."""

SCALES = (0.1, 0.2, 0.4, 0.8)
"""Standard deviations compared of arm-by-predictor slopes, in log-odds."""

PRIOR_SD = {"intercept": 10.0, "arm": 0.5, "main_value": 0.3}
PRIOR_SD_OTHERS = 0.1


def arm_covariances(arms: Sequence[str]) -> list[FloatArray]:
    """Return the prior covariances of the arms' effects that are compared, (A - 1, A - 1) each.

    They are those of the coefficients on `arm_contrasts`. The first is the identity: every arm
    for itself. Where arms have a drug in common (``+`` joins the drugs of a combination) others
    follow: the effect of an arm is the sum of its drugs' effects and of a part of its own of a
    smaller or larger variance (`OWN_PARTS`), to which belongs every drug that no other arm has.
    All have the same trace.

    Examples
    --------
    >>> len(arm_covariances(["naltrexone", "nalmefene"]))
    1
    >>> found = arm_covariances(["naltrexone", "nalmefene", "naltrexone+prazosin"])
    >>> gaps = arm_contrasts(3)[:2] - arm_contrasts(3)[2]  # of the drugs with the combination
    >>> [np.diag(gaps @ k @ gaps.T).round(2).tolist() for k in found]
    [[2.0, 2.0], [0.14, 3.0], [0.39, 3.0], [1.0, 3.0]]
    """
    plain = arm_contrasts(len(arms))
    unshared = np.eye(plain.shape[1])
    of_arm = [set(arm.split("+")) for arm in arms]
    drugs = sorted(set().union(*of_arm))
    member = np.array([[drug in own for drug in drugs] for own in of_arm], dtype=np.float64)
    combined = np.array(["+" in arm for arm in arms])
    several = member.sum(axis=0) > 1
    if len(arms) < 3 or not several.any():
        return [unshared]
    member = member[:, several | member[~combined].any(axis=0)]
    found = []
    for part in OWN_PARTS:
        covariance = plain.T @ (member @ member.T + part * np.diag(combined)) @ plain
        found.append(covariance * len(covariance) / np.trace(covariance))
    return [unshared, *found]


def learn_contrasts(
    layout: ArmDesign, inputs: FloatArray, data: TrainingData, likelihood: Likelihood
) -> tuple[FloatArray, float | None]:
    """Return contrasts of the arms, shape (A, A - 1), and the probability that drugs add up.

    If that is likelier than not, independent coefficients on these contrasts have the covariance
    of the arms' effects that is expected of drugs that do: the mean of `arm_covariances` by their
    posterior probabilities. Otherwise the contrasts are those of `layout`, as where no drug is
    shared; the probability then is None.

    Notes
    -----
    The marginal likelihoods take the likelihood as quadratic around one mode (Laplace), and are
    averaged over the scales of the slopes.
    """
    covariances = arm_covariances(data.arms)
    if len(covariances) == 1:
        return layout.contrasts, None
    plain, groups = layout.contrasts, layout.groups()
    design = layout.matrix(inputs, data.arm)
    predictor = design @ ridge_mode(design, likelihood, groups)
    evidence = []
    for covariance in covariances:
        tried = replace(layout, contrasts=plain @ np.linalg.cholesky(covariance))
        evidence.append(_evidence(tried.matrix(inputs, data.arm), likelihood, predictor, groups))
    prior = np.log([UNSHARED] + [(1 - UNSHARED) / len(OWN_PARTS)] * len(OWN_PARTS))
    weights = softmax(np.array(evidence) + prior)
    adding_up = float(weights[1:].sum())
    if adding_up < 0.5:
        return plain, adding_up
    expected = np.average(covariances[1:], axis=0, weights=weights[1:])
    return plain @ np.linalg.cholesky(expected), adding_up


def _evidence(
    design: FloatArray, likelihood: Likelihood, predictor: FloatArray, groups: list[Group]
) -> float:
    """Return log P(responses), less what is the same for every design of these columns."""
    both = np.column_stack([design, predictor])
    information = likelihood.information(both, predictor)
    hessian = information[:-1, :-1]
    slope = information[:-1, -1] + design.T @ likelihood.score(predictor)
    found = []
    for scale in SCALES:
        sd = np.empty(design.shape[1])
        for group in groups:
            known = PRIOR_SD | {"interaction_value": scale}
            sd[group.columns] = known.get(group.family, PRIOR_SD_OTHERS)
        spread = np.eye(len(sd)) + sd[:, None] * hessian * sd
        _, volume = np.linalg.slogdet(spread)
        found.append(0.5 * (sd * slope) @ np.linalg.solve(spread, sd * slope) - 0.5 * volume)
    return float(logsumexp(found))
