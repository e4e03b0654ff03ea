"""Peers from EconML: causal forest, doubly robust with linear and lasso ends, X-learner."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from cohorts import Training
from econml.dml import CausalForestDML
from econml.dr import DRLearner, LinearDRLearner
from econml.metalearners import XLearner
from patients import Array
from peers_sklearn import ridge_cv
from prediction import LEVEL, Method, Numbers, Predict, Prediction, normal
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LassoCV


def causal_forest(training: Training) -> Predict:
    """Fit an honest causal forest of 500 trees on cross-fitted residuals."""
    model = CausalForestDML(
        model_y=ridge_cv(training.seed),
        model_t=_known(),
        discrete_outcome=True,
        discrete_treatment=True,
        cv=5,
        n_estimators=500,
        min_samples_leaf=5,
        n_jobs=1,
        random_state=training.seed,
    )
    return _with_interval(model, training)


def linear_dr(training: Training) -> Predict:
    """Regress the doubly robust score on all predictors; ridge nuisance, known allocation."""
    model = LinearDRLearner(
        model_propensity=_known(),
        model_regression=ridge_cv(training.seed),
        discrete_outcome=True,
        cv=5,
        random_state=training.seed,
    )
    return _with_interval(model, training)


def dr_lasso(training: Training) -> Predict:
    """Regress the doubly robust score on the predictors with a lasso chosen by 5 folds."""
    model = DRLearner(
        model_propensity=_known(),
        model_regression=ridge_cv(training.seed),
        model_final=LassoCV(cv=5, random_state=training.seed),
        discrete_outcome=True,
        cv=5,
        random_state=training.seed,
    )
    return _point(model, training)


def x_forest(training: Training) -> Predict:
    """X-learner on random forests."""

    def forest() -> RandomForestRegressor:
        return RandomForestRegressor(
            200, min_samples_leaf=10, max_features=0.33, random_state=training.seed
        )

    model = XLearner(models=forest(), cate_models=forest(), propensity_model=_known())
    return _point(model, training)


def _known() -> DummyClassifier:
    """Return the known allocation, in the only way that EconML takes it."""
    return DummyClassifier(strategy="prior")


def _fit(model: Any, training: Training) -> Numbers:
    numbers = Numbers(training.X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(training.y, training.arm, X=numbers(training.X))
    return numbers


def _point(model: Any, training: Training) -> Predict:
    numbers = _fit(model, training)

    def predict(X: pd.DataFrame) -> Prediction:
        return Prediction(_flat(model.effect(numbers(X))))

    return predict


def _with_interval(model: Any, training: Training) -> Predict:
    numbers = _fit(model, training)

    def predict(X: pd.DataFrame) -> Prediction:
        found = model.effect_inference(numbers(X))
        plain = normal(_flat(found.point_estimate), _flat(found.stderr))
        lower, upper = found.conf_int(alpha=1 - LEVEL)
        return Prediction(plain.benefit, _flat(lower), _flat(upper), plain.prob_better)

    return predict


def _flat(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64).reshape(-1)


METHODS: dict[str, Method] = {
    "econml_causal_forest": causal_forest,
    "econml_linear_dr": linear_dr,
    "econml_dr_lasso": dr_lasso,
    "econml_x_forest": x_forest,
}
