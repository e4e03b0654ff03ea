"""Numbers about predictions, the three answers and the verdict. Tables out, no pictures."""

from nxpredict.evaluation._benefit import (
    average_effect,
    best_linear_predictor,
    group_effects,
    ranking_value,
    targeting_curve,
)
from nxpredict.evaluation._crossfit import OutOfFold, cross_validate
from nxpredict.evaluation._evaluate import Evaluation, evaluate
from nxpredict.evaluation._factual import (
    SmoothCalibration,
    auc,
    brier,
    calibration_in_the_large,
    calibration_slope,
    response_rate,
    scaled_brier,
    smooth_calibration,
)
from nxpredict.evaluation._folds import assign_folds
from nxpredict.evaluation._heterogeneity import HeterogeneityTest, heterogeneity_test
from nxpredict.evaluation._missing_response import missing_response, missing_response_sentences
from nxpredict.evaluation._numbers import Interval, rounded
from nxpredict.evaluation._policy import decision_curve
from nxpredict.evaluation._sample_size import SampleSize, riley_sample_size
from nxpredict.evaluation._scores import doubly_robust_scores
from nxpredict.evaluation._verdict import Verdict, holm, judge

__all__ = [
    "Evaluation",
    "HeterogeneityTest",
    "Interval",
    "OutOfFold",
    "SampleSize",
    "SmoothCalibration",
    "Verdict",
    "assign_folds",
    "auc",
    "average_effect",
    "best_linear_predictor",
    "brier",
    "calibration_in_the_large",
    "calibration_slope",
    "cross_validate",
    "decision_curve",
    "doubly_robust_scores",
    "evaluate",
    "group_effects",
    "heterogeneity_test",
    "holm",
    "judge",
    "missing_response",
    "missing_response_sentences",
    "ranking_value",
    "response_rate",
    "riley_sample_size",
    "rounded",
    "scaled_brier",
    "smooth_calibration",
    "targeting_curve",
]
