"""Empirical-Bayes logistic regression: prior scales averaged over the marginal likelihood.

For prior scales s the posterior of the coefficients is approximated by a normal at its mode
(Laplace), which also gives the marginal likelihood p(y | s). Averaging over a grid of scales
with these weights shrinks interactions to nothing when the data show none, and leaves them
alone when the data are clear; its spread includes not knowing the scales.
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

ARM_SCALES = (0.03, 0.15, 0.5, 1.5)
MAIN_SCALES = (0.03, 0.07, 0.15, 0.3, 0.6)
INTERACTION_SCALES = (0.005, 0.04, 0.08, 0.15, 0.3, 0.6)
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
    scales : tuple of float
        Prior standard deviations of arms, main effects and interactions.
    """

    mode: FloatArray
    cholesky: FloatArray
    log_evidence: float
    scales: tuple[float, float, float]


def fit_laplace(
    design: FloatArray,
    y: FloatArray,
    variances: FloatArray,
    scales: tuple[float, float, float],
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
    def mean_scales(self) -> tuple[float, float, float]:
        """Posterior mean of the prior scales of arms, main effects and interactions."""
        arm, main, interaction = self.weights @ np.array([part.scales for part in self.parts])
        return float(arm), float(main), float(interaction)

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


def scale_grid(layout: ArmDesign) -> list[tuple[float, float, float]]:
    """Return the prior scales to average over; blocks that do not exist get one scale."""
    _, arms, main, pairs = layout.blocks
    return list(
        itertools.product(
            ARM_SCALES if arms else (1.0,),
            MAIN_SCALES if main else (1.0,),
            INTERACTION_SCALES if pairs else (1.0,),
        )
    )


def fit_mixture(
    design: FloatArray,
    y: FloatArray,
    layout: ArmDesign,
    grid: list[tuple[float, float, float]] | None = None,
) -> PosteriorMixture:
    """Fit every prior of the grid and weight it by its marginal likelihood."""
    parts: list[LaplacePosterior] = []
    start: FloatArray | None = None
    for scales in grid or scale_grid(layout):
        part = fit_laplace(design, y, layout.variances(*scales), scales, start)
        start = part.mode
        parts.append(part)
    evidence = np.array([part.log_evidence for part in parts])
    weights = np.exp(evidence - evidence.max())
    kept = weights > NEGLIGIBLE_WEIGHT
    weights = weights[kept] / weights[kept].sum()
    return PosteriorMixture(tuple(itertools.compress(parts, kept)), weights)
