"""`ShrunkenRegression` of responses that are there or not, and of responses that are numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nxpredict.models._design import Group
from nxpredict.models._fitting import TrainingData
from nxpredict.models._kinds import BinaryResponse, ContinuousResponse
from nxpredict.models._likelihood import Bernoulli, Gaussian
from nxpredict.models._regression import ShrunkenRegression
from nxpredict.models._repeated import RepeatedBernoulli
from nxpredict.models._repeated_gaussian import RepeatedGaussian
from nxpredict.models._summary import Draws

FloatArray = NDArray[np.float64]


class ShrunkenLogistic(BinaryResponse, ShrunkenRegression):
    """`ShrunkenRegression` of the log-odds of a response that is there or not.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"craving": rng.normal(size=400)})
    >>> arm = np.where(rng.random(400) < 0.5, "naltrexone", "nalmefene")
    >>> helps = np.where(arm == "naltrexone", X["craving"], 0.0)
    >>> y = rng.random(400) < 1 / (1 + np.exp(-helps))
    >>> model = ShrunkenLogistic(random_state=1).fit(X, y, arm=arm)
    >>> new = pd.DataFrame({"craving": [-1.5, 1.5]})
    >>> model.predict_benefit(new, "naltrexone", "nalmefene")["benefit"].round(1).tolist()
    [-0.4, 0.3]
    """

    link = "logit"

    def _likelihood(self, data: TrainingData, design: FloatArray, groups: list[Group]) -> Bernoulli:
        if data.patient is None:
            return Bernoulli(data.y)
        return RepeatedBernoulli.given(data, data.patient, design, groups)

    def _draws(self, inputs: NDArray[Any]) -> Draws:
        return self.draws_.probabilities(inputs)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = self.structure == "average"
        return tags


class ShrunkenLinear(ContinuousResponse, ShrunkenRegression):
    """`ShrunkenRegression` of the mean of a response that is a number.

    The response is standardised, so that prior scales mean the same whatever its unit; the
    variance of what predictors leave unexplained is learned.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"craving": rng.normal(size=400)})
    >>> arm = np.where(rng.random(400) < 0.5, "naltrexone", "nalmefene")
    >>> y = rng.normal(np.where(arm == "naltrexone", 2 * X["craving"], 0.0))
    >>> model = ShrunkenLinear(random_state=1).fit(X, y, arm=arm)
    >>> new = pd.DataFrame({"craving": [-1.0, 1.0]})
    >>> model.predict_benefit(new, "naltrexone", "nalmefene")["benefit"].round().tolist()
    [-2.0, 2.0]
    """

    link = "identity"

    def _likelihood(self, data: TrainingData, design: FloatArray, groups: list[Group]) -> Gaussian:
        if data.patient is None:
            return Gaussian.given(data.y, design)
        return RepeatedGaussian.of_series(data, data.patient, design)

    def _draws(self, inputs: NDArray[Any]) -> Draws:
        return self.draws_.predictors(inputs)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = self.structure == "average"
        return tags
