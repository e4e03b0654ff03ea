"""A file of patients to a file of scores, block by block."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from nxpredict.bundle import Bundle, package_versions
from nxpredict.catalog import Catalog, load_catalog
from nxpredict.cohort import Schema, read_ids
from nxpredict.errors import RESEARCH_USE, UsageError
from nxpredict.output import not_ours
from nxpredict.scoring._blocks import Block
from nxpredict.scoring._columns import require_columns
from nxpredict.scoring._ids import SeenIds, faulty_ids
from nxpredict.scoring._local import Engine, local_engine
from nxpredict.scoring._population import population_facts
from nxpredict.scoring._score import score_schema, warnings_of
from nxpredict.scoring._sink import ScoreSink, score_kind
from nxpredict.scoring._source import TableStream
from nxpredict.scoring._task import BlockTask, Counts, together
from nxpredict.scoring._workplace import Workplace

FORMAT = "nxpredict-scores"
PART = 2
"""Blocks of a part that an interrupted run can go on from."""


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """What a scoring run did.

    Parameters
    ----------
    out : Path
        The scores.
    rows, not_scorable : int
        Patients in the file, and those without a score.
    meta : dict
        Content of the sidecar.
    """

    out: Path
    rows: int
    not_scorable: int
    meta: dict[str, Any]


def sidecar(out: Path) -> Path:
    """Return where the facts about a score file lie.

    Examples
    --------
    >>> sidecar(Path("scores.csv")).name
    'scores.csv.meta.json'
    """
    return out.with_name(f"{out.name}.meta.json")


def score_file(
    patients: Path,
    bundle: Bundle,
    out: Path,
    *,
    schema: Schema | None = None,
    separator: str | None = None,
    decimal: str = ".",
    genotypes: Callable[[pd.Series], pd.DataFrame] | None = None,
    genotype_files: Sequence[Path] = (),
    warnings: Sequence[str] = (),
    allow_absent: bool = False,
    next_test: bool = False,
    engine: Engine | None = None,
    resume: bool = False,
    catalog: Catalog | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> ScoreReport:
    """Score a table of any size in constant memory; one row out for each row in, in their order.

    Parameters
    ----------
    patients : Path
        CSV, TSV, Parquet or a folder of Parquet files.
    bundle : Bundle
        The model.
    out : Path
        ``.csv`` or ``.parquet``; it and its sidecar appear whole or not at all.
    schema : Schema, optional
        How `patients` is read, when not as the training study was.
    separator : str, optional
        Of a text table; found from its header.
    decimal : {".", ","}
        Decimal mark of text columns.
    genotypes : callable, optional
        From patient ids to genotype predictors, one row each.
    genotype_files : sequence of Path
        Where these come from; a run goes on only while they stay as they are.
    warnings : sequence of str
        What was noticed while the genotypes were read, for the sidecar.
    allow_absent : bool
        Whether a predictor's column may be missing altogether.
    next_test : bool
        Whether to add the columns ``next_test`` and ``next_test_gain``.
    engine : callable, optional
        Applies the block function, as `local_engine` and `dask_engine` do; the bytes of the
        result do not depend on it. One thread here by default.
    resume : bool
        Whether to go on from the complete parts of an interrupted run.
    catalog : Catalog, optional
        Source of the cautions; the shipped one.
    progress : callable, optional
        Told the number of rows done, and of all rows (0 when not known), after each block.

    Returns
    -------
    ScoreReport

    Raises
    ------
    DataError
        When the file is no table, lacks columns, or changes while it is read.
    UsageError
        When `out` has no known ending, is or lies in the table of patients, or is something that
        nxpredict did not write; when an interrupted run was about something else.
    AccessError
        When the disk says no.
    """
    patients, out = Path(patients), Path(out).absolute()
    kind = score_kind(out)
    _refuse_to_overwrite(patients, out)
    source = TableStream(patients, separator)
    schema = schema or bundle.schema_of(source.columns, genotype_files=genotypes is not None)
    require_columns(
        source.columns,
        file=source.path.name,
        schema=schema,
        bundle=bundle,
        allow_absent=allow_absent,
        with_genotypes=genotypes is not None,
    )
    catalog = catalog or load_catalog()
    task = BlockTask(bundle, schema, catalog, decimal, next_test)
    identity = {
        "the program": package_versions(),
        "the model": bundle.sha256,
        "the catalogue": catalog.version,
        "the table": source.state,
        "the reading of the table": [schema.to_dict(), source.separator, decimal],
        "the columns asked for": ["next_test"] if next_test else [],
        "the genotypes": [_state(file) for file in genotype_files],
    }
    place = Workplace(out, identity, resume=resume)
    with place.working():
        reader = _Reader(source, schema, SeenIds(place.folder), genotypes)
        counts, scrap = Counts(), place.scrap()
        with ScoreSink(scrap, kind, score_schema(bundle, next_test=next_test)) as sink:
            for part in _parts(place, task, reader, engine or local_engine(1), progress):
                sink.write(part)
                counts.add(part)
        if not reader.rows == counts.rows == sink.rows:
            raise RuntimeError(f"{reader.rows} rows were read and {sink.rows} written")
        meta = _meta(bundle, scrap, counts, [*warnings, *warnings_of(bundle, schema, catalog)])
        about = place.scrap()
        about.write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
        # The sidecar first: scores that stand under the final name always have theirs.
        place.publish({about: sidecar(out), scrap: out})
    return ScoreReport(out, counts.rows, counts.not_scorable, meta)


class _Reader:
    """Gives blocks with what depends on more than the block: faulty ids and genotypes."""

    def __init__(
        self,
        source: TableStream,
        schema: Schema,
        seen: SeenIds,
        genotypes: Callable[[pd.Series], pd.DataFrame] | None,
    ) -> None:
        self.rows = 0
        self.expected = source.rows or 0
        self._id_column = schema.id_column
        self._seen = seen
        self._genotypes = genotypes
        self._blocks = source.blocks(schema.columns, schema.id_column)

    def skip(self, rows: int) -> None:
        """Read over rows whose scores are there already."""
        stop = self.rows + rows
        while self.rows < stop and self._next() is not None:
            pass
        if self.rows != stop:
            raise RuntimeError("a part of the interrupted run does not end with a block")

    def __iter__(self) -> Iterator[Block]:
        while (found := self._next()) is not None:
            block, ids = found
            if self._genotypes is None:
                yield block
            else:
                yield dataclasses.replace(block, genotypes=self._genotypes(ids))

    def _next(self) -> tuple[Block, pd.Series] | None:
        block = next(self._blocks, None)
        if block is None:
            return None
        self.rows += len(block.frame)
        ids = read_ids(block.frame, self._id_column)
        faulty = faulty_ids(ids, self._seen.repeated(ids))
        return Block(block.frame, {**faulty, **block.reasons}), ids


def _parts(
    place: Workplace,
    task: BlockTask,
    reader: _Reader,
    engine: Engine,
    progress: Callable[[int, int], object] | None,
) -> Iterator[pa.Table]:
    """Yield the scores in parts of `PART` blocks: those that are there, then new ones, kept."""
    done = k = 0
    for part in place.parts():
        reader.skip(len(part))
        done, k = done + len(part), k + 1
        yield part
    waiting: list[pa.Table] = []
    for scores in engine(task, iter(reader)):
        waiting.append(scores)
        done += len(scores)
        if progress is not None:
            progress(done, reader.expected)
        if len(waiting) == PART:
            yield place.keep(k, together(waiting))
            waiting, k = [], k + 1
    if waiting:
        yield together(waiting)


def _state(file: Path) -> list[str | int]:
    stat = file.stat()
    return [file.name, stat.st_size, stat.st_mtime_ns]


def _meta(bundle: Bundle, scores: Path, counts: Counts, warnings: Sequence[str]) -> dict[str, Any]:
    with scores.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "format": FORMAT,
        "research_use": RESEARCH_USE,
        "model": {
            "id": bundle.model_id,
            "sha256": bundle.sha256,
            "study": bundle.study,
            "verdict": bundle.answers["verdict"]["level"],
            "catalog_version": bundle.catalog_version,
            "versions": dict(bundle.versions),
        },
        "response": {
            **bundle.scale.to_dict(),
            "benefit": "positive where the arm is better for the patient than the reference",
        },
        "versions": package_versions(),
        "scores": {"rows": counts.rows, "sha256": sha256},
        "counts": counts.to_dict(),
        "warnings": list(warnings),
        "population": {**counts.shares(), **population_facts(counts.tally, bundle)},
    }


def _refuse_to_overwrite(patients: Path, out: Path) -> None:
    if out.exists() and patients.exists() and out.samefile(patients):
        raise UsageError("The scores would replace the table of patients.", "Name another file.")
    if patients.is_dir() and patients.resolve() == out.parent.resolve():
        raise UsageError(
            "The scores would lie in the folder of the table, and be read as part of it.",
            "Name a file elsewhere.",
        )
    taken = [path for path in (out, sidecar(out)) if path.exists()]
    if taken and not _is_ours(sidecar(out)):
        raise not_ours(taken[0])


def _is_ours(meta: Path) -> bool:
    try:
        found = json.loads(meta.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT
