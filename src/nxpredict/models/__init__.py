"""Learners of the response under each arm; scikit-learn estimators that know no files."""

from nxpredict.models._adjustment import previous_arm
from nxpredict.models._base import ArmModel
from nxpredict.models._build import LEARNERS, accepts, make_model, model_from_state
from nxpredict.models._calibration import ArmCalibration
from nxpredict.models._coefficients import coefficients
from nxpredict.models._expected import ExpectedEffect
from nxpredict.models._forest import XForest, XForestRegressor
from nxpredict.models._logistic import ShrunkenLinear, ShrunkenLogistic
from nxpredict.models._recalibration import Recalibration, recalibrated
from nxpredict.models._summary import ResponseSummary
from nxpredict.models._terms import PredictorTerms

__all__ = [
    "LEARNERS",
    "ArmCalibration",
    "ArmModel",
    "ExpectedEffect",
    "PredictorTerms",
    "Recalibration",
    "ResponseSummary",
    "ShrunkenLinear",
    "ShrunkenLogistic",
    "XForest",
    "XForestRegressor",
    "accepts",
    "coefficients",
    "make_model",
    "model_from_state",
    "previous_arm",
    "recalibrated",
]
