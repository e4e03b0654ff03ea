"""Peer from stochtree: a Bayesian causal forest with a probit outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
from cohorts import Training
from prediction import LEVEL, Method, Numbers, Predict, Prediction
from scipy.special import ndtr
from stochtree import BCFModel, OutcomeModel


def bcf_probit(training: Training) -> Predict:
    """Fit a Bayesian causal forest: 300 burn-in sweeps, then 100 draws, every third kept."""
    numbers = Numbers(training.X)
    model = BCFModel()
    model.sample(
        X_train=numbers(training.X),
        Z_train=training.arm.astype(float),
        y_train=training.y.astype(float),
        propensity_train=np.full(len(training.y), training.share_second),
        num_gfr=0,
        num_burnin=300,
        num_mcmc=100,
        general_params={
            "keep_every": 3,
            "num_threads": 1,
            "propensity_covariate": "none",
            "random_seed": training.seed,
            "outcome_model": OutcomeModel(outcome="binary", link="probit"),
        },
    )

    def predict(X: pd.DataFrame) -> Prediction:
        known = np.full(len(X), training.share_second)
        found = model.predict(
            X=numbers(X), Z=np.ones(len(X)), propensity=known, terms=["y_hat", "tau"]
        )
        first, second = ndtr(found["y_hat"] - found["tau_hat"]), ndtr(found["y_hat"])
        benefit = second - first
        tail = (1 - LEVEL) / 2
        lower, upper = np.quantile(benefit, [tail, 1 - tail], axis=1)
        p = np.column_stack([first.mean(axis=1), second.mean(axis=1)])
        return Prediction(benefit.mean(axis=1), lower, upper, (benefit > 0).mean(axis=1), p)

    return predict


METHODS: dict[str, Method] = {"stochtree_bcf_probit": bcf_probit}
