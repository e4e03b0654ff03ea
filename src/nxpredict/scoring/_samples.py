"""Which patients of a table may be among the samples of a genotype file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from nxpredict.cohort import read_ids
from nxpredict.genotypes import join_keys
from nxpredict.scoring._source import TableStream

SHOWN = 1000
"""Ids handed on when none of a table's may be a sample, so that the join can say why."""


def ids_among(
    patients: Path, id_column: str, separator: str | None, samples: Sequence[str]
) -> list[str]:
    r"""Return the ids of a table that may be among some samples, reading nothing but the ids.

    Parameters
    ----------
    patients : Path
        A table of any size; memory grows with the samples only.
    id_column : str
    separator : str, optional
        Of a text table; found from its header.
    samples : sequence of str

    Returns
    -------
    list of str
        Each once, in the order of the table: all that can be joined, and a few that cannot.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "patients.csv")
    ...     _ = path.write_text("patient_id\nP2\nP1\nP9\n")
    ...     ids_among(path, "patient_id", None, ["P1", "P2", "P3"])
    ['P2', 'P1']
    """
    source = TableStream(patients, separator)
    if id_column not in source.columns:
        return []
    keys = pd.Index(join_keys(pa.array(samples, pa.string())).to_pandas().unique(), dtype="str")
    found: dict[str, None] = {}
    others: list[str] = []
    for block in source.blocks([id_column], id_column):
        ids = read_ids(block.frame, id_column).dropna()
        near = keys.get_indexer(join_keys(pa.array(ids, pa.string())).to_pandas()) >= 0
        found.update(dict.fromkeys(ids[near]))
        if not found and len(others) < SHOWN:
            others += ids[~near].head(SHOWN - len(others)).tolist()
    return list(found) or others
