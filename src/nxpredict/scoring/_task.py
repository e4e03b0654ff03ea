"""What is done with each block of patients; the same pure function on every engine."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog
from nxpredict.cohort import Schema, read_batch
from nxpredict.scoring._score import score_table
from nxpredict.scoring._source import Block

_COUNTED = ("status", "preferred", "basis")


@dataclass(frozen=True, slots=True)
class BlockTask:
    """Scores a block.

    Parameters
    ----------
    bundle : Bundle
    schema : Schema
        How the block is read.
    catalog : Catalog
        Source of the cautions.
    decimal : {".", ","}
        Decimal mark of text columns.
    """

    bundle: Bundle
    schema: Schema
    catalog: Catalog
    decimal: str

    def __call__(self, block: Block) -> pa.Table:
        """Return one row of scores for each row of the block."""
        batch = read_batch(
            block.frame, self.schema, decimal=self.decimal, genotypes=block.genotypes
        )
        if block.reasons:
            reasons = list(batch.reasons)
            for row, why in block.reasons.items():
                reasons[row] = (why, *reasons[row])
            batch = dataclasses.replace(batch, reasons=reasons)
        return score_table(batch, self.bundle, self.catalog)


class Counts:
    """Counts what scores say, a table at a time."""

    def __init__(self) -> None:
        self.rows = 0
        self._found: dict[str, Counter[str]] = {n: Counter() for n in (*_COUNTED, "reasons")}

    def add(self, scores: pa.Table) -> None:
        """Count the rows of a table."""
        self.rows += len(scores)
        for name, counter in self._found.items():
            for found in pc.value_counts(scores.column(name)).to_pylist():
                for value in found["values"].split(";"):
                    counter[value] += found["counts"]

    @property
    def not_scorable(self) -> int:
        """Patients without a score."""
        return self._found["status"]["not_scorable"]

    def to_dict(self) -> dict[str, dict[str, int]]:
        """Return the counts by column and value, the empty value left out."""
        return {
            name: {value: counter[value] for value in sorted(counter) if value}
            for name, counter in self._found.items()
        }
