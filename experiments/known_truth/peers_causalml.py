"""Peers from CausalML: X-learner on boosted trees, uplift random forest."""

from __future__ import annotations

import numpy as np
import pandas as pd
from causalml.inference.meta import BaseXClassifier
from causalml.inference.tree import UpliftRandomForestClassifier
from cohorts import ARMS, Training
from prediction import Method, Numbers, Predict, Prediction
from xgboost import XGBClassifier, XGBRegressor


def x_boosted(training: Training) -> Predict:
    """X-learner on shallow, slow boosted trees (more with n), with the known allocation."""
    settings = {
        "n_estimators": int(np.clip(len(training.y) // 20, 50, 200)),
        "max_depth": 2,
        "learning_rate": 0.05,
        "subsample": 0.7,
        "min_child_weight": 5,
        "n_jobs": 1,
        "random_state": training.seed,
    }
    model = BaseXClassifier(
        outcome_learner=XGBClassifier(**settings),
        effect_learner=XGBRegressor(**settings),
        control_name=0,
    )
    numbers = Numbers(training.X)
    chance = np.full(len(training.y), training.share_second)
    model.fit(X=numbers(training.X), treatment=training.arm, y=training.y, p=chance)

    def predict(X: pd.DataFrame) -> Prediction:
        effect = model.predict(X=numbers(X), p=np.full(len(X), training.share_second))
        return Prediction(np.asarray(effect, dtype=np.float64).reshape(-1))

    return predict


def uplift_forest(training: Training) -> Predict:
    """Fit an uplift random forest; leaves of a tenth of the cohort, at most the default 100."""
    n = len(training.y)
    model = UpliftRandomForestClassifier(
        control_name=ARMS[0],
        n_estimators=100,
        max_depth=6,
        min_samples_leaf=int(np.clip(n // 10, 20, 100)),
        min_samples_treatment=10,
        evaluationFunction="KL",
        n_jobs=1,
        random_state=training.seed,
    )
    numbers = Numbers(training.X)
    labels = np.array(ARMS)[training.arm]
    model.fit(X=numbers(training.X), treatment=labels, y=training.y)

    def predict(X: pd.DataFrame) -> Prediction:
        return Prediction(np.asarray(model.predict(numbers(X)), dtype=np.float64).reshape(-1))

    return predict


METHODS: dict[str, Method] = {
    "causalml_x_boosted": x_boosted,
    "causalml_uplift_forest": uplift_forest,
}
