"""The door: files in, validated tables out, with all faults gathered and reported together."""

from nxpredict.cohort._allocation import observed_shares
from nxpredict.cohort._batch import Batch, read_batch, read_ids
from nxpredict.cohort._calls import GenotypeLookUp, StudyCalls, genotype_look_up, read_study_calls
from nxpredict.cohort._cohort import Cohort
from nxpredict.cohort._content import foreign_format, why_unreadable
from nxpredict.cohort._declared import Declared
from nxpredict.cohort._draft import draft_study
from nxpredict.cohort._encoding import latin_1_fallback
from nxpredict.cohort._load import load
from nxpredict.cohort._reread import reread, with_caution_columns, with_genotype_columns
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.cohort._separator import find_separator, told_separator
from nxpredict.cohort._sizes import check_sizes
from nxpredict.cohort._table import RawTable, read_table

__all__ = [
    "Batch",
    "Cohort",
    "Declared",
    "GenotypeLookUp",
    "PredictorSpec",
    "RawTable",
    "Schema",
    "StudyCalls",
    "check_sizes",
    "draft_study",
    "find_separator",
    "foreign_format",
    "genotype_look_up",
    "latin_1_fallback",
    "load",
    "observed_shares",
    "read_batch",
    "read_ids",
    "read_study_calls",
    "read_table",
    "reread",
    "told_separator",
    "why_unreadable",
    "with_caution_columns",
    "with_genotype_columns",
]
