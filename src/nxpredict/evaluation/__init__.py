"""Numbers about predictions, the three answers and the verdict. Tables out, no pictures."""

from nxpredict.evaluation._as_treated import as_treated, as_treated_sentences
from nxpredict.evaluation._benefit import (
    average_effect,
    best_linear_predictor,
    group_effects,
    ranking_value,
    targeting_curve,
)
from nxpredict.evaluation._case_mix import case_mix
from nxpredict.evaluation._comparison import Comparison, FixedRule
from nxpredict.evaluation._crossfit import Look, OutOfFold, cross_validate
from nxpredict.evaluation._decision import choice_curve, decision_curve, net_benefit
from nxpredict.evaluation._delta import delta_calibration
from nxpredict.evaluation._evaluate import Evaluation, evaluate
from nxpredict.evaluation._factual import (
    auc,
    brier,
    calibration_in_the_large,
    calibration_slope,
    response_rate,
    scaled_brier,
)
from nxpredict.evaluation._folds import assign_folds, quarters
from nxpredict.evaluation._heterogeneity import HeterogeneityTest, heterogeneity_test
from nxpredict.evaluation._links import link_of
from nxpredict.evaluation._missing_response import missing_response, missing_response_sentences
from nxpredict.evaluation._numbers import Interval, rounded, share_interval
from nxpredict.evaluation._overlap import NOTABLE_DIFFERENCE
from nxpredict.evaluation._pooling import Pooled, pool
from nxpredict.evaluation._recalibration import Advice, advise_recalibration, learn_recalibration
from nxpredict.evaluation._sample_size import SampleSize, riley_sample_size
from nxpredict.evaluation._scores import doubly_robust_scores
from nxpredict.evaluation._smooth import SmoothCalibration, smooth_calibration
from nxpredict.evaluation._target import TargetWeights, weight_to_target, weighted_effect
from nxpredict.evaluation._target_answers import target_answers
from nxpredict.evaluation._tolerability import tolerability, tolerability_sentences
from nxpredict.evaluation._verdict import SIGNIFICANCE, Verdict, holm, judge, p_text, planned_tests
from nxpredict.evaluation._within import WithinPatients, within_patients

__all__ = [
    "NOTABLE_DIFFERENCE",
    "SIGNIFICANCE",
    "Advice",
    "Comparison",
    "Evaluation",
    "FixedRule",
    "HeterogeneityTest",
    "Interval",
    "Look",
    "OutOfFold",
    "Pooled",
    "SampleSize",
    "SmoothCalibration",
    "TargetWeights",
    "Verdict",
    "WithinPatients",
    "advise_recalibration",
    "as_treated",
    "as_treated_sentences",
    "assign_folds",
    "auc",
    "average_effect",
    "best_linear_predictor",
    "brier",
    "calibration_in_the_large",
    "calibration_slope",
    "case_mix",
    "choice_curve",
    "cross_validate",
    "decision_curve",
    "delta_calibration",
    "doubly_robust_scores",
    "evaluate",
    "group_effects",
    "heterogeneity_test",
    "holm",
    "judge",
    "learn_recalibration",
    "link_of",
    "missing_response",
    "missing_response_sentences",
    "net_benefit",
    "p_text",
    "planned_tests",
    "pool",
    "quarters",
    "ranking_value",
    "response_rate",
    "riley_sample_size",
    "rounded",
    "scaled_brier",
    "share_interval",
    "smooth_calibration",
    "target_answers",
    "targeting_curve",
    "tolerability",
    "tolerability_sentences",
    "weight_to_target",
    "weighted_effect",
    "within_patients",
]
