"""Who got what, when, what was measured and what counts as response: plain objects, no files."""

from __future__ import annotations

from nxpredict.study._arms import Arm, ArmSet
from nxpredict.study._design import Allocation, ParallelDesign
from nxpredict.study._reading import AdditionalPredictor, ColumnReading, GenotypeSource, TableSource
from nxpredict.study._response import (
    ColumnResponse,
    MissingRule,
    RelativeChange,
    ResponseDefinition,
)

__all__ = [
    "AdditionalPredictor",
    "Allocation",
    "Arm",
    "ArmSet",
    "ColumnReading",
    "ColumnResponse",
    "GenotypeSource",
    "MissingRule",
    "ParallelDesign",
    "RelativeChange",
    "ResponseDefinition",
    "TableSource",
]
