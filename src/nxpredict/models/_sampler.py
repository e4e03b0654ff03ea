"""Posterior draws of a regression in which every predictor has a shrinkage of its own.

The coefficients of a group (a predictor's main effect, its curves, its interaction ...) are
normal around 0 with one standard deviation from a fixed grid. How often each grid value
occurs in a family of groups (all interactions, say) is learned with a Dirichlet prior, so
that few strong and many weak effects are both possible, and the data decide (adaptive
shrinkage: Stephens 2017, Biostatistics 18:275). In families of products and curves most of
the prior is on next to nothing.

The likelihood is replaced by its quadratic expansion around the posterior mean (Laplace), so
a group and its grid value are drawn together, exactly, given the rest (a collapsed Gibbs
step); so are two groups of nearly the same columns (`pair_steps`). Many short chains run side
by side from one start: the work is done by array operations across chains, and the draws of
different chains are independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from nxpredict.models._alike import pair_steps, visit_pair
from nxpredict.models._design import Group
from nxpredict.models._inplace import subtract_product
from nxpredict.models._likelihood import Likelihood

FloatArray = NDArray[np.float64]

GRID = np.array([0.002, 0.01, 0.03, 0.07, 0.15, 0.3, 0.6, 1.2])
"""Prior standard deviations of coefficients, log-odds per standard deviation of the input."""

INTERCEPT_SD = 10.0
FAMILIES = {
    "arm": (0.03, 0.03, 0.1, 0.3, 0.6, 1.5, 2, 1.5),
    "period": (1, 1, 1, 1, 1, 1, 1, 0.5),
    "allocation": (1, 1, 1, 1, 1, 1, 1, 0.5),
    "carry_over": (0.3, 0.3, 0.5, 1, 2, 3, 2, 0.5),
    "expected": (0.5, 0.5, 0.5, 0.5, 1, 2, 1, 0.5),
    "main_value": (1, 1, 1, 1, 1, 1, 0.7, 0.3),
    "main_missing": (1, 1, 1, 1, 1, 1, 0.7, 0.3),
    "main_curve": (4, 2, 1, 1, 0.7, 0.5, 0.3, 0.1),
    "main_pair": (300, 3, 1, 0.7, 0.5, 0.4, 0.2, 0.05),
    "interaction_value": (4, 1, 1, 1, 1, 0.7, 0.4, 0.1),
    "interaction_curve": (12, 2, 1, 1, 0.7, 0.5, 0.3, 0.1),
    "interaction_pair": (300, 3, 1, 0.7, 0.5, 0.4, 0.2, 0.05),
}
"""Relative prior frequency of each grid value in a family.

The arms' average effects are shrunk little: what is taken from them makes more cohorts choose
worse than the better single arm.
"""

PRIOR_GROUPS = 10.0
"""What the prior frequencies weigh, in groups."""

CHAINS = 64
WARM_UP = 24
AGAIN = 12
"""Sweeps before the likelihood is expanded anew, and after that before draws are kept."""

THIN = 3
PAIR_SHARE = 0.4
"""Share of the pairs' groups that a sweep visits: there are many, and most hardly move."""

START_SD = {
    "intercept": INTERCEPT_SD,
    "arm": 0.5,
    "period": 0.5,
    "allocation": 0.5,
    "carry_over": 0.3,
    "main_pair": 0.03,
    "interaction_pair": 0.03,
}
START_SD_OTHERS = 0.1
NEWTON_STEPS = 30


@dataclass(frozen=True, slots=True)
class Posterior:
    """Draws of the coefficients, shape (S, p), and the typical prior SD of each family.

    And the likelihood with all that was learned of it, such as the variance of the noise.
    """

    draws: FloatArray
    scales: dict[str, float]
    likelihood: Likelihood


@dataclass(frozen=True, slots=True)
class _Step:
    """A group with all of its Gibbs step that depends on the expansion only.

    In the eigenbasis of the group's block of the Hessian, with eigenvalues e and prior
    variance v: precision e + 1/v, and log marginal likelihood
    ``constant + factor @ score**2`` for the part `score` of the gradient.
    """

    group: Group
    rows: FloatArray
    basis: FloatArray
    eigenvalues: FloatArray
    variances: FloatArray
    constant: FloatArray
    factor: FloatArray


def sample_posterior(
    design: FloatArray,
    likelihood: Likelihood,
    groups: list[Group],
    n_draws: int,
    rng: np.random.Generator,
    offset: FloatArray | float = 0.0,
    pairs_left_out: int = 0,
) -> Posterior:
    """Draw from the posterior of the coefficients.

    Parameters
    ----------
    design : ndarray, shape (n, p)
    likelihood : Likelihood
        Of the linear predictor, shape (n,).
    groups : list of Group
        All columns of the design; the intercept's family is ``intercept``.
    n_draws : int
        Draws returned.
    rng : Generator
    offset : ndarray, shape (n,), or 0
        Added to every patient's linear predictor.
    pairs_left_out : int
        Products that were looked at and are not in the design. They count as nothing among
        their family; otherwise those chosen for their large scores would seem to be all.
    """
    center = ridge_mode(design, likelihood, groups, offset)
    chains = min(CHAINS, n_draws)
    coefficients = np.tile(center, (chains, 1))
    weights = {
        family: np.tile(np.array(FAMILIES[family]) / sum(FAMILIES[family]), (chains, 1))
        for family in dict.fromkeys(group.family for group in groups)
        if family in FAMILIES
    }
    used = np.zeros((len(groups), chains), dtype=np.int64)
    kept: list[FloatArray] = []
    rounds = -(-n_draws // chains)
    for sweeps, keeping in ((WARM_UP, 0), (AGAIN + rounds * THIN, rounds)):
        hessian, slope = _expansion(design, likelihood, center, offset)
        steps = [_prepare(group, hessian) for group in groups]
        alike = pair_steps(groups, hessian, GRID)
        residual = slope - coefficients @ hessian
        for sweep in range(sweeps):
            everything = not keeping and sweep == 0
            for k, step in enumerate(steps):
                pair = step.group.family.endswith("_pair")
                if everything or not pair or rng.random() < PAIR_SHARE:
                    used[k] = _visit(step, coefficients, residual, weights, rng)
            for both in alike:
                used[list(both.places)] = visit_pair(
                    both, groups, coefficients, residual, weights, rng
                )
            weights = _frequencies(groups, used, weights, pairs_left_out, rng)
            left = sweeps - 1 - sweep
            if left < keeping * THIN and left % THIN == 0:
                kept.append(coefficients.copy())
        center = coefficients.mean(axis=0)
        around = coefficients - center
        # Their scatter, weighed by the information, is the effective number of parameters
        # (Spiegelhalter et al. 2002, J R Stat Soc B 64:583).
        parameters = float(((around @ hessian) * around).sum()) / chains
        likelihood = likelihood.refined(design @ center + offset, parameters)
    scales = {family: float((share @ GRID).mean()) for family, share in weights.items()}
    return Posterior(np.concatenate(kept)[:n_draws], scales, likelihood)


def ridge_mode(
    design: FloatArray,
    likelihood: Likelihood,
    groups: list[Group],
    offset: FloatArray | float = 0.0,
) -> FloatArray:
    """Return the posterior mode under fixed prior scales, by damped Newton steps, shape (p,)."""
    precision = _start_precision(groups)

    def log_posterior(theta: FloatArray) -> float:
        penalty = 0.5 * float((precision * theta**2).sum())
        return likelihood.value(design @ theta + offset) - penalty

    theta = np.zeros(design.shape[1])
    value = log_posterior(theta)
    for _ in range(NEWTON_STEPS):
        predictor = design @ theta + offset
        gradient = design.T @ likelihood.score(predictor) - precision * theta
        hessian = likelihood.information(design, predictor)
        hessian[np.diag_indices_from(hessian)] += precision
        step = cho_solve(cho_factor(hessian, lower=True, check_finite=False), gradient)
        if float(gradient @ step) < 1e-6:
            break
        size, objective = 2.0, -np.inf
        while objective < value and size > 1e-4:
            size /= 2
            tried = theta + size * step
            objective = log_posterior(tried)
        theta, value = tried, objective
    return theta


def laplace_evidence(design: FloatArray, likelihood: Likelihood, groups: list[Group]) -> float:
    """Return log P(responses) under fixed prior scales, by Laplace's method, less a constant."""
    theta = ridge_mode(design, likelihood, groups)
    precision = _start_precision(groups)
    hessian = likelihood.information(design, design @ theta) + np.diag(precision)
    _, volume = np.linalg.slogdet(hessian)
    penalty = 0.5 * float((precision * theta**2).sum())
    return likelihood.value(design @ theta) - penalty - 0.5 * float(volume)


def _start_precision(groups: list[Group]) -> FloatArray:
    precision = np.empty(sum(len(group.columns) for group in groups))
    for group in groups:
        precision[group.columns] = START_SD.get(group.family, START_SD_OTHERS) ** -2
    return precision


def _expansion(
    design: FloatArray, likelihood: Likelihood, center: FloatArray, offset: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Return H and b of log-likelihood ~ b'x - x'Hx/2 around `center`."""
    predictor = design @ center + offset
    hessian = likelihood.information(design, predictor)
    return hessian, hessian @ center + design.T @ likelihood.score(predictor)


def _prepare(group: Group, hessian: FloatArray) -> _Step:
    columns = group.columns
    eigenvalues, basis = np.linalg.eigh(hessian[np.ix_(columns, columns)])
    eigenvalues = np.maximum(eigenvalues, 1e-9)
    variances = np.array([INTERCEPT_SD]) ** 2 if group.family == "intercept" else GRID**2
    spread = 1.0 + variances[:, None] * eigenvalues
    return _Step(
        group,
        hessian[columns],
        basis,
        eigenvalues,
        variances,
        -0.5 * np.log(spread).sum(axis=1),
        (0.5 * variances[:, None] / spread).T,
    )


def _visit(
    step: _Step,
    coefficients: FloatArray,
    residual: FloatArray,
    weights: dict[str, FloatArray],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Draw a group and its prior variance anew, in place; return which variance, per chain."""
    columns = step.group.columns
    old = coefficients[:, columns]
    score = (residual[:, columns] + old @ step.rows[:, columns]) @ step.basis
    chosen = np.zeros(len(coefficients), dtype=np.int64)
    if step.group.family in weights:
        evidence = step.constant + score**2 @ step.factor + np.log(weights[step.group.family])
        # The largest of log-weights with Gumbel noise is a draw by these weights.
        chosen = (evidence - np.log(rng.standard_exponential(evidence.shape))).argmax(axis=1)
    narrowed = 1.0 / (step.eigenvalues + 1.0 / step.variances[chosen, None])
    noise = np.sqrt(narrowed) * rng.standard_normal(score.shape)
    new = (score * narrowed + noise) @ step.basis.T
    subtract_product(residual, new - old, step.rows)
    coefficients[:, columns] = new
    return chosen


def _frequencies(
    groups: list[Group],
    used: NDArray[np.int64],
    weights: dict[str, FloatArray],
    pairs_left_out: int,
    rng: np.random.Generator,
) -> dict[str, FloatArray]:
    """Draw each family's frequencies of the grid values given where its groups are, per chain."""
    found = {}
    families = np.array([group.family for group in groups])
    for family in weights:
        prior = np.array(FAMILIES[family])
        at = used[families == family]
        counts = (at[:, :, None] == np.arange(len(GRID))).sum(axis=0)
        if family.endswith("_pair"):
            counts[:, 0] += pairs_left_out
        drawn = rng.standard_gamma(PRIOR_GROUPS * prior / prior.sum() + counts) + 1e-12
        found[family] = drawn / drawn.sum(axis=1, keepdims=True)
    return found
