"""The two kinds of response: what `fit` accepts and what scikit-learn asks of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from nxpredict.features import typed_frame
from nxpredict.models._fitting import check_numbers, check_response

FloatArray = NDArray[np.float64]


class BinaryResponse(ClassifierMixin):
    """A response that is there or not; what is predicted is its probability."""

    response = "binary"
    limits_ = (0.0, 1.0)
    classes_: NDArray[Any]

    def _read_response(self, y: Any) -> tuple[FloatArray, tuple[float, float]]:
        """Return the response as 0 and 1, and the centre and unit that it is learned in."""
        self.classes_, response = check_response(y)
        return response, (0.0, 1.0)

    def _restore(self, state: dict[str, Any]) -> None:
        """Set what was learned; a model file knows a response as 0 and 1 only."""
        super()._restore(state)
        self.classes_ = np.array([0, 1])

    def predict_proba(self, X: Any) -> FloatArray:
        """Return class probabilities of the mixture over arms by training share.

        Defined for scikit-learn only: it is nobody's probability under a drug.
        """
        p = _mixture(self, X)
        return np.column_stack([1 - p, p])

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier class of the mixture over arms."""
        likelier = self.predict_proba(X).argmax(axis=1)
        found: NDArray[Any] = self.classes_[likelier]
        return found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class ContinuousResponse(RegressorMixin):
    """A response that is a number of which more is better; what is predicted is its mean."""

    response = "continuous"
    limits_ = (-np.inf, np.inf)

    def _read_response(self, y: Any) -> tuple[FloatArray, tuple[float, float]]:
        """Return the response with mean 0 and variance 1, and its own centre and unit."""
        numbers = check_numbers(y)
        centre, unit = float(numbers.mean()), float(numbers.std())
        # What differs by rounding only does not differ.
        unit = unit if unit > 1e-12 * np.abs(numbers).max() else 1.0
        return (numbers - centre) / unit, (centre, unit)

    def predict(self, X: Any) -> FloatArray:
        """Return the mean of the mixture over arms by training share, for scikit-learn only."""
        return _mixture(self, X)


def _mixture(model: Any, X: Any) -> FloatArray:
    check_is_fitted(model)
    frame = typed_frame(model, X, reset=False)
    predicted: pd.DataFrame = model.predict_response(frame)
    mixed: FloatArray = predicted.to_numpy() @ model.arm_share_
    return mixed
