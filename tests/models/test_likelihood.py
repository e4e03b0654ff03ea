from __future__ import annotations

import numpy as np
import pytest

from nxpredict.models._likelihood import Bernoulli, Gaussian, Likelihood
from nxpredict.models._repeated import RepeatedBernoulli
from nxpredict.models._repeated_gaussian import RepeatedGaussian

Y = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
PATIENT = np.array([0, 1, 0, 2, 1, 0])
ARM = np.array([1, 0, 0, 1, 0, 1])
NUMBERS = np.array([1.0, -2.0, 0.5, 0.3, 0.0, 0.2])
LIKELIHOODS: list[Likelihood] = [
    Bernoulli(Y),
    RepeatedBernoulli(Y, PATIENT, ARM, spread=1.7),
    RepeatedBernoulli(Y, PATIENT, ARM, spread=1.7, own=1.1),
    Gaussian(NUMBERS, variance=0.4),
    RepeatedGaussian.shared(NUMBERS, PATIENT, ARM, between=1.7),
    RepeatedGaussian.shared(NUMBERS, PATIENT, ARM, between=1.7, own=1.1),
]
STEP = 1e-5


@pytest.mark.parametrize("likelihood", LIKELIHOODS, ids=lambda one: type(one).__name__)
def test_derivatives_are_those_of_the_value(likelihood: Likelihood) -> None:
    rng = np.random.default_rng(0)
    design = rng.standard_normal((6, 2))
    at = np.array([0.3, -0.7])

    def slope(theta: np.ndarray) -> np.ndarray:
        return design.T @ likelihood.score(design @ theta)

    steps = STEP * np.eye(2)
    value = [
        likelihood.value(design @ (at + k)) - likelihood.value(design @ (at - k)) for k in steps
    ]
    second = np.array([slope(at + k) - slope(at - k) for k in steps])
    np.testing.assert_allclose(slope(at), np.array(value) / (2 * STEP), atol=1e-6)
    information = likelihood.information(design, design @ at)
    np.testing.assert_allclose(information, -second / (2 * STEP), atol=1e-6)


@pytest.mark.parametrize("likelihood", LIKELIHOODS, ids=lambda one: type(one).__name__)
def test_weights_are_the_information_of_one_patient_each(likelihood: Likelihood) -> None:
    predictor = np.linspace(-1, 1, 6)
    diagonal = np.diag(likelihood.information(np.eye(6), predictor))
    np.testing.assert_allclose(likelihood.weights(predictor), diagonal)
