"""Any genotype source to one calls table; see docs/architecture.md."""

from nxpredict.genotypes._calls import REASONS, STATES, CallsTable, LocusCalls
from nxpredict.genotypes._coding import ColumnCoding
from nxpredict.genotypes._columns import calls_from_columns
from nxpredict.genotypes._derive import carriers, derive
from nxpredict.genotypes._facts import genotype_facts
from nxpredict.genotypes._headers import contested_columns, recognise_columns
from nxpredict.genotypes._loci import choose_long
from nxpredict.genotypes._match import join_keys
from nxpredict.genotypes._merge import merge_calls
from nxpredict.genotypes._parquet import arrow_to_frame, is_parquet
from nxpredict.genotypes._qc import GenotypeQc, genotype_qc
from nxpredict.genotypes._read import read_calls

__all__ = [
    "REASONS",
    "STATES",
    "CallsTable",
    "ColumnCoding",
    "GenotypeQc",
    "LocusCalls",
    "arrow_to_frame",
    "calls_from_columns",
    "carriers",
    "choose_long",
    "contested_columns",
    "derive",
    "genotype_facts",
    "genotype_qc",
    "is_parquet",
    "join_keys",
    "merge_calls",
    "read_calls",
    "recognise_columns",
]
