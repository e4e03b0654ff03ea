"""Peers made of plain scikit-learn: the constant, ridge interactions, risk-based, two forests."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from cohorts import Training
from patients import Array
from prediction import Method, Numbers, Predict, Prediction, normal
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV


def ridge_cv(seed: int) -> LogisticRegressionCV:
    """Return a ridge logistic regression whose penalty is chosen by 5-fold log loss."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    grid = np.logspace(-4, 1, 8)
    return LogisticRegressionCV(Cs=grid, cv=folds, scoring="neg_log_loss", max_iter=500)


def constant(training: Training) -> Predict:
    """Give everyone the arm with the better training mean; Wald interval."""
    shares = np.array([training.y[training.arm == k].mean() for k in (0, 1)])
    counts = np.bincount(training.arm, minlength=2)
    se = np.sqrt((shares * (1 - shares) / counts).sum())

    def predict(X: pd.DataFrame) -> Prediction:
        m = len(X)
        return normal(np.full(m, shares[1] - shares[0]), np.full(m, se), np.tile(shares, (m, 1)))

    return predict


def ridge_interactions(training: Training) -> Predict:
    """Fit a logistic regression with all arm-by-predictor interactions, one ridge penalty."""
    numbers = Numbers(training.X)

    def design(x: Array, arm: Array) -> Array:
        centred = (arm - training.share_second)[:, None]
        return np.hstack([x, centred, centred * x])

    model = _quiet(ridge_cv(training.seed), design(numbers(training.X), training.arm), training.y)

    def predict(X: pd.DataFrame) -> Prediction:
        x = numbers(X)
        p = [model.predict_proba(design(x, np.full(len(x), k)))[:, 1] for k in (0.0, 1.0)]
        return Prediction(p[1] - p[0], p=np.column_stack(p))

    return predict


def risk_based(training: Training) -> Predict:
    """Let the effect depend on one thing only, the baseline risk (Kent and others 2020)."""
    numbers = Numbers(training.X)
    x, arm = numbers(training.X), training.arm - training.share_second
    risk = _quiet(ridge_cv(training.seed), np.column_stack([x, arm]), training.y)

    def design(x: Array, arm: Array) -> Array:
        score = risk.decision_function(np.column_stack([x, np.zeros(len(x))]))
        return np.column_stack([score, arm, arm * score])

    second = LogisticRegression(C=1e6, max_iter=500).fit(design(x, arm), training.y)

    def predict(X: pd.DataFrame) -> Prediction:
        x = numbers(X)
        arms = [np.full(len(x), k - training.share_second) for k in (0, 1)]
        p = [second.predict_proba(design(x, arm))[:, 1] for arm in arms]
        return Prediction(p[1] - p[0], p=np.column_stack(p))

    return predict


def t_forest(training: Training) -> Predict:
    """Fit one random forest per arm."""
    numbers = Numbers(training.X)
    x = numbers(training.X)
    forests = [
        RandomForestClassifier(
            300, min_samples_leaf=10, max_features="sqrt", random_state=training.seed
        ).fit(x[training.arm == k], training.y[training.arm == k])
        for k in (0, 1)
    ]

    def predict(X: pd.DataFrame) -> Prediction:
        p = np.column_stack([forest.predict_proba(numbers(X))[:, 1] for forest in forests])
        return Prediction(p[:, 1] - p[:, 0], p=p)

    return predict


def _quiet(model: LogisticRegressionCV, x: Array, y: Array) -> LogisticRegressionCV:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # announcements of future defaults
        return model.fit(x, y)


METHODS: dict[str, Method] = {
    "sklearn_constant": constant,
    "sklearn_ridge_interactions": ridge_interactions,
    "sklearn_risk_based": risk_based,
    "sklearn_t_forest": t_forest,
}
