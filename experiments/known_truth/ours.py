"""nxpredict's learners, through the public interface only."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from cohorts import ARMS, Training
from prediction import LEVEL, Method, Predict, Prediction

from nxpredict.models import LEARNERS, make_model


def learner(training: Training, name: str) -> Predict:
    """Fit one learner by its name, with the known allocation."""
    first, second = ARMS
    model = make_model(name, random_state=training.seed)
    share = training.share_second
    labels = np.array(ARMS)[training.arm]
    model.fit(training.X, training.y, arm=labels, propensity={first: 1 - share, second: share})

    def predict(X: pd.DataFrame) -> Prediction:
        found = model.predict_benefit(X, arm=second, reference=first, level=LEVEL)
        p = model.predict_response(X)[list(ARMS)].to_numpy()
        columns = (found[c].to_numpy() for c in ("benefit", "lower", "upper", "prob_better"))
        return Prediction(*columns, p)

    return predict


METHODS: dict[str, Method] = {f"nxpredict_{name}": partial(learner, name=name) for name in LEARNERS}
