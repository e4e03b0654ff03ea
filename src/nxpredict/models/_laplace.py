"""Empirical-Bayes logistic regression: prior scales averaged over the marginal likelihood.

For prior scales s the posterior of the coefficients is approximated by a normal at its mode
(Laplace), which also gives the marginal likelihood p(y | s). A search walks one scale at a
time to the best of its grid; all priors visited on the way are averaged with weights
p(y | s). This shrinks interactions to nothing when the data show none, and leaves them alone
when the data are clear; the spread of the average includes not knowing the scales.
MacKay (1992) Neural Computation 4:415, Gelman et al. (2013) Bayesian Data Analysis, ch. 13.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit

from nxpredict.models._design import ArmDesign

FloatArray = NDArray[np.float64]

SCALES = {
    "arm": (0.03, 0.15, 0.5, 1.5),
    "main": (0.03, 0.07, 0.15, 0.3, 0.6),
    "main_curve": (0.005, 0.02, 0.05, 0.1, 0.2, 0.4),
    "main_missing": (0.03, 0.1, 0.3),
    "interaction": (0.005, 0.04, 0.08, 0.15, 0.3, 0.6),
    "interaction_curve": (0.005, 0.02, 0.05, 0.1, 0.2, 0.4),
}
SWEEPS = 2
NEGLIGIBLE_WEIGHT = 1e-3
NEWTON_STEPS = 30


@dataclass(frozen=True, slots=True)
class LaplacePosterior:
    """Normal approximation of the posterior under one prior.

    Parameters
    ----------
    mode : ndarray, shape (p,)
        Posterior mode.
    cholesky : ndarray, shape (p, p)
        Lower Cholesky factor of the negative Hessian at the mode.
    log_evidence : float
        Laplace approximation of log p(y | prior scales).
    scales : dict of str to float
        Prior standard deviation of each group of coefficients.
    """

    mode: FloatArray
    cholesky: FloatArray
    log_evidence: float
    scales: dict[str, float]


def fit_laplace(
    design: FloatArray,
    y: FloatArray,
    variances: FloatArray,
    scales: dict[str, float],
    start: FloatArray | None = None,
) -> LaplacePosterior:
    """Return the Laplace approximation for normal priors with mean 0, by damped Newton steps."""
    precision = 1.0 / variances
    theta = np.zeros(design.shape[1]) if start is None else start.copy()
    objective = _log_posterior(design, y, theta, precision)
    for _ in range(NEWTON_STEPS):
        p = expit(design @ theta)
        gradient = design.T @ (y - p) - precision * theta
        factor = _hessian_factor(design, p, precision)
        step = cho_solve((factor, True), gradient)
        gain = float(gradient @ step)
        if gain < 1e-9:
            break
        theta, objective = _line_search(design, y, precision, theta, step, objective)
    factor = _hessian_factor(design, expit(design @ theta), precision)
    log_evidence = (
        objective + 0.5 * float(np.log(precision).sum()) - float(np.log(np.diag(factor)).sum())
    )
    return LaplacePosterior(theta, factor, log_evidence, scales)


def _log_posterior(
    design: FloatArray, y: FloatArray, theta: FloatArray, precision: FloatArray
) -> float:
    eta = design @ theta
    fit = y @ eta - np.logaddexp(0.0, eta).sum()
    return float(fit - 0.5 * (precision * theta**2).sum())


def _hessian_factor(design: FloatArray, p: FloatArray, precision: FloatArray) -> FloatArray:
    weighted = design * np.sqrt(p * (1 - p))[:, None]
    hessian = weighted.T @ weighted
    hessian[np.diag_indices_from(hessian)] += precision
    return np.asarray(cho_factor(hessian, lower=True, check_finite=False)[0], dtype=np.float64)


def _line_search(
    design: FloatArray,
    y: FloatArray,
    precision: FloatArray,
    theta: FloatArray,
    step: FloatArray,
    objective: float,
) -> tuple[FloatArray, float]:
    """Halve the step until the log posterior rises."""
    size = 1.0
    while size > 1e-4:
        candidate = theta + size * step
        value = _log_posterior(design, y, candidate, precision)
        if value >= objective:
            return candidate, value
        size /= 2
    return theta, objective


@dataclass(frozen=True, slots=True)
class PosteriorMixture:
    """Posteriors over a grid of prior scales with their weights."""

    parts: tuple[LaplacePosterior, ...]
    weights: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Posterior mean of the coefficients, shape (p,)."""
        return np.asarray(self.weights @ np.stack([part.mode for part in self.parts]))

    @property
    def mean_scales(self) -> dict[str, float]:
        """Posterior mean of the prior scale of each group."""
        return {
            name: float(self.weights @ np.array([part.scales[name] for part in self.parts]))
            for name in self.parts[0].scales
        }

    def likeliest(self, share: float) -> list[dict[str, float]]:
        """Return the fewest prior scales that hold this share of the weight, best first."""
        order = np.argsort(-self.weights, kind="stable")
        enough = int(np.searchsorted(np.cumsum(self.weights[order]), share)) + 1
        return [self.parts[k].scales for k in order[:enough]]

    def draw(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """Return antithetic draws of the coefficients, shape (n_draws, p)."""
        half = n_draws // 2
        edges = (np.arange(half) + 0.5) / half
        chosen = np.minimum(np.searchsorted(np.cumsum(self.weights), edges), len(self.parts) - 1)
        noise = rng.standard_normal((half, self.parts[0].mode.size))
        draws = np.empty((2 * half, noise.shape[1]))
        for k in np.unique(chosen):
            part, rows = self.parts[k], np.flatnonzero(chosen == k)
            spread = solve_triangular(
                part.cholesky, noise[rows].T, lower=True, trans="T", check_finite=False
            ).T
            draws[rows] = part.mode + spread
            draws[half + rows] = part.mode - spread
        return draws


def fit_mixture(design: FloatArray, y: FloatArray, layout: ArmDesign) -> PosteriorMixture:
    """Search the prior scales and average what the search visited."""
    names = [name for name in layout.groups if name in SCALES]
    at = {name: len(SCALES[name]) // 2 for name in names}
    visited: dict[tuple[int, ...], LaplacePosterior] = {}
    start: FloatArray | None = None

    def visit(point: dict[str, int]) -> float:
        nonlocal start
        key = tuple(point[name] for name in names)
        if key not in visited:
            scales = {name: SCALES[name][point[name]] for name in names}
            visited[key] = fit_laplace(design, y, layout.variances(scales), scales, start)
            start = visited[key].mode
        return visited[key].log_evidence

    for _ in range(SWEEPS):
        for name in names:
            options = range(len(SCALES[name]))
            at[name] = max(options, key=lambda k: visit({**at, name: k}))
    if not names:
        visit(at)
    return weigh(list(visited.values()))


def refit_mixture(
    design: FloatArray, y: FloatArray, layout: ArmDesign, priors: list[dict[str, float]]
) -> PosteriorMixture:
    """Fit given prior scales and weight them anew; for folds, where the search is known."""
    parts: list[LaplacePosterior] = []
    for scales in priors:
        start = parts[-1].mode if parts else None
        parts.append(fit_laplace(design, y, layout.variances(scales), scales, start))
    return weigh(parts)


def weigh(parts: list[LaplacePosterior]) -> PosteriorMixture:
    """Weight posteriors by their marginal likelihood and drop the negligible ones."""
    evidence = np.array([part.log_evidence for part in parts])
    weights = np.exp(evidence - evidence.max())
    kept = weights > NEGLIGIBLE_WEIGHT
    weights = weights[kept] / weights[kept].sum()
    return PosteriorMixture(tuple(itertools.compress(parts, kept)), weights)
