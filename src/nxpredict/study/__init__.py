"""Who got what, when, what was measured and what counts as response: plain objects, no files."""

from __future__ import annotations

from nxpredict.study._arms import Arm, ArmSet
from nxpredict.study._beside import Adherence, Beside, Tolerability
from nxpredict.study._change import RelativeChange
from nxpredict.study._days import LONGEST_WINDOW_DAYS, Timeline, Window, most_heavy_days_within
from nxpredict.study._design import Allocation, CrossoverDesign, Design, ParallelDesign
from nxpredict.study._disclosure import (
    SMALLEST_CELL,
    counts_shown,
    hidden_with_others,
    share_of,
    share_shown,
    too_small,
)
from nxpredict.study._drinking import (
    DEFINITIONS,
    SEX,
    Definition,
    DrinkingResponse,
    TimelineResponse,
)
from nxpredict.study._estimand import estimand
from nxpredict.study._number import NumberResponse
from nxpredict.study._plain import plain_letters
from nxpredict.study._reading import (
    LARGEST_NUMBER,
    AdditionalPredictor,
    ColumnReading,
    GenotypeSource,
    ResponseReading,
    TableSource,
    outside_bounds,
)
from nxpredict.study._response import (
    ColumnResponse,
    MissingRule,
    ResponseDefinition,
    differs_in_case,
    label_matches,
)
from nxpredict.study._rules import Amount, Bound, Fall, LevelReduction, Reduction, Rule
from nxpredict.study._scale import Change, Favourable, Kind, ResponseScale, figures

__all__ = [
    "DEFINITIONS",
    "LARGEST_NUMBER",
    "LONGEST_WINDOW_DAYS",
    "SEX",
    "SMALLEST_CELL",
    "AdditionalPredictor",
    "Adherence",
    "Allocation",
    "Amount",
    "Arm",
    "ArmSet",
    "Beside",
    "Bound",
    "Change",
    "ColumnReading",
    "ColumnResponse",
    "CrossoverDesign",
    "Definition",
    "Design",
    "DrinkingResponse",
    "Fall",
    "Favourable",
    "GenotypeSource",
    "Kind",
    "LevelReduction",
    "MissingRule",
    "NumberResponse",
    "ParallelDesign",
    "Reduction",
    "RelativeChange",
    "ResponseDefinition",
    "ResponseReading",
    "ResponseScale",
    "Rule",
    "TableSource",
    "Timeline",
    "TimelineResponse",
    "Tolerability",
    "Window",
    "counts_shown",
    "differs_in_case",
    "estimand",
    "figures",
    "hidden_with_others",
    "label_matches",
    "most_heavy_days_within",
    "outside_bounds",
    "plain_letters",
    "share_of",
    "share_shown",
    "too_small",
]
