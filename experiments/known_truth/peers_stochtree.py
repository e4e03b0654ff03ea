"""Peers from stochtree: Bayesian causal forests with a probit and a linear outcome."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from cohorts import Training
from patients import Array
from prediction import LEVEL, Method, Numbers, Predict, Prediction
from scipy.special import ndtr
from stochtree import BCFModel, OutcomeModel

DRAWS = 100
SETTINGS = {"num_threads": 1, "propensity_covariate": "none"}


def bcf(training: Training, link: str) -> Predict:
    """Fit a Bayesian causal forest: the package's defaults, 5 warm starts and 100 draws."""
    numbers = Numbers(training.X)
    outcome = {"probit": "binary", "identity": "continuous"}[link]
    model = BCFModel()
    model.sample(
        X_train=numbers(training.X),
        Z_train=training.arm.astype(float),
        y_train=training.y.astype(float),
        propensity_train=np.full(len(training.y), training.share_second),
        num_gfr=5,
        num_mcmc=DRAWS,
        general_params=SETTINGS
        | {
            "random_seed": training.seed,
            "outcome_model": OutcomeModel(outcome=outcome, link=link),
        },
    )

    def predict(X: pd.DataFrame) -> Prediction:
        x = numbers(X)
        found = model.predict(
            X=x,
            Z=np.ones(len(x)),
            propensity=np.full(len(x), training.share_second),
            terms=["y_hat", "tau"],
        )
        second, effect = found["y_hat"], found["tau_hat"]
        first = second - effect
        if link == "probit":
            first, second = ndtr(first), ndtr(second)
        return _summary(first, second)

    return predict


def _summary(first: Array, second: Array) -> Prediction:
    benefit = second - first
    tail = (1 - LEVEL) / 2
    lower, upper = np.quantile(benefit, [tail, 1 - tail], axis=1)
    p = np.column_stack([first.mean(axis=1), second.mean(axis=1)])
    return Prediction(benefit.mean(axis=1), lower, upper, (benefit > 0).mean(axis=1), p)


METHODS: dict[str, Method] = {
    "stochtree_bcf_probit": partial(bcf, link="probit"),
    "stochtree_bcf_linear": partial(bcf, link="identity"),
}
