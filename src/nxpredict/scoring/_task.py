"""What is done with each block of patients; the same pure function on every engine."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog
from nxpredict.cohort import Schema, read_batch
from nxpredict.scoring._blocks import Block
from nxpredict.scoring._population import Tally, add, tally
from nxpredict.scoring._preference import NO_PREFERENCE
from nxpredict.scoring._score import score_table

_TALLY = b"nxpredict.tally"
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
    next_test : bool
        Whether to say which missing test is worth obtaining next.
    """

    bundle: Bundle
    schema: Schema
    catalog: Catalog
    decimal: str
    next_test: bool = False

    def __call__(self, block: Block) -> pa.Table:
        """Return one row of scores for each row of the block, with its tally as metadata."""
        batch = read_batch(
            block.frame, self.schema, decimal=self.decimal, genotypes=block.genotypes
        )
        if block.reasons:
            reasons = list(batch.reasons)
            for row, why in block.reasons.items():
                reasons[row] = (why, *reasons[row])
            batch = dataclasses.replace(batch, reasons=reasons)
        scores = score_table(batch, self.bundle, self.catalog, next_test=self.next_test)
        scored = pc.equal(scores.column("status"), "scored").to_numpy()
        return _with_tally(scores, tally(batch.X, scored, self.bundle))


def together(tables: Sequence[pa.Table]) -> pa.Table:
    """Return tables of scores as one, with the sum of their tallies."""
    counts: Tally = {}
    for table in tables:
        counts = add(counts, _tally_of(table))
    return _with_tally(pa.concat_tables(tables), counts)


def _with_tally(scores: pa.Table, counts: Tally) -> pa.Table:
    plain = {name: found.tolist() for name, found in counts.items()}
    return scores.replace_schema_metadata({_TALLY: json.dumps(plain)})


def _tally_of(scores: pa.Table) -> Tally:
    return json.loads((scores.schema.metadata or {}).get(_TALLY, b"{}"))  # type: ignore[no-any-return]


class Counts:
    """Counts what scores say, a table at a time."""

    def __init__(self) -> None:
        self.rows = 0
        self.outside = 0
        self.tally: Tally = {}
        self._found: dict[str, Counter[str]] = {n: Counter() for n in (*_COUNTED, "reasons")}

    def add(self, scores: pa.Table) -> None:
        """Count the rows of a table."""
        self.rows += len(scores)
        self.tally = add(self.tally, _tally_of(scores))
        beyond = pc.not_equal(scores.column("outside_training_range"), "")
        scored = pc.equal(scores.column("status"), "scored")
        self.outside += pc.sum(pc.and_(beyond, scored)).as_py() or 0
        for name, counter in self._found.items():
            for found in pc.value_counts(scores.column(name)).to_pylist():
                for value in found["values"].split(";"):
                    counter[value] += found["counts"]

    def shares(self) -> dict[str, float | None]:
        """Return the shares of the patients scored that lie outside, and have no preference."""
        scored = self._found["status"]["scored"]
        found = {"outside_training_range": self.outside, "no_preference": self._undecided}
        return {name: round(n / scored, 4) if scored else None for name, n in found.items()}

    @property
    def not_scorable(self) -> int:
        """Patients without a score."""
        return self._found["status"]["not_scorable"]

    @property
    def _undecided(self) -> int:
        """Patients scored without a preference: whoever is not scorable has none either."""
        return self._found["preferred"][NO_PREFERENCE] - self.not_scorable

    def to_dict(self) -> dict[str, dict[str, int]]:
        """Return the counts by column and value, the empty value left out.

        Of the preferences those of patients who are scored.
        """
        preferred = self._found["preferred"] | {NO_PREFERENCE: self._undecided}
        return {
            name: {value: counter[value] for value in sorted(counter) if value and counter[value]}
            for name, counter in (self._found | {"preferred": Counter(preferred)}).items()
        }
