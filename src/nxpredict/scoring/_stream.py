"""A file of patients to a file of scores, block by block."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nxpredict.bundle import Bundle, package_versions
from nxpredict.catalog import Catalog, load_catalog
from nxpredict.cohort import Schema, read_batch, read_ids
from nxpredict.errors import RESEARCH_USE, UsageError
from nxpredict.output import fresh_file
from nxpredict.scoring._columns import require_columns
from nxpredict.scoring._ids import SeenIds
from nxpredict.scoring._score import TEXT_COLUMNS, number_columns, score_batch
from nxpredict.scoring._sink import ScoreSink, score_kind
from nxpredict.scoring._source import Block, TableSource

FORMAT = "nxpredict-scores"
DUPLICATE_ID = "duplicate_id"
_COUNTED = ("status", "preferred", "basis")


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
    allow_absent: bool = False,
    jobs: int = 1,
    catalog: Catalog | None = None,
    progress: Callable[[int], object] | None = None,
) -> ScoreReport:
    """Score a table of any size in constant memory; one row out for each row in, in their order.

    Parameters
    ----------
    patients : Path
        CSV, TSV or Parquet.
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
    allow_absent : bool
        Whether a predictor's column may be missing altogether.
    jobs : int
        Processes; the bytes of the result do not depend on it.
    catalog : Catalog, optional
        Source of the cautions; the shipped one.
    progress : callable, optional
        Told the number of rows after each block.

    Returns
    -------
    ScoreReport

    Raises
    ------
    DataError
        When the file is no table, or lacks columns.
    UsageError
        When `out` has no known ending, is the table of patients, or is something that nxpredict
        did not write.
    AccessError
        When the disk says no.
    """
    patients, out = Path(patients), Path(out)
    kind = score_kind(out)
    _refuse_to_overwrite(patients, out)
    schema = schema or bundle.table_schema
    source = TableSource(patients, separator)
    require_columns(
        source.columns,
        file=source.path.name,
        schema=schema,
        bundle=bundle,
        allow_absent=allow_absent,
        with_genotypes=genotypes is not None,
    )
    task = _Task(bundle, schema, catalog or load_catalog(), decimal)
    columns = {
        "patient_id": False,
        **dict.fromkeys(number_columns(bundle), True),
        **dict.fromkeys(TEXT_COLUMNS, False),
    }
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*_COUNTED, "reasons")}
    read = _Counter()
    with fresh_file(out) as temporary:
        with ScoreSink(temporary, kind, columns) as sink:
            blocks = read.through(source.blocks(schema.columns, schema.id_column))
            for scores in _scored(task, blocks, schema.id_column, genotypes, jobs):
                sink.write(scores)
                _count(scores, counts)
                if progress is not None:
                    progress(sink.rows)
        if sink.rows != read.rows:
            raise RuntimeError(f"{read.rows} rows were read and {sink.rows} written")
        meta = _meta(bundle, temporary, read.rows, counts)
    with fresh_file(sidecar(out)) as temporary:
        temporary.write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")
    return ScoreReport(out, read.rows, counts["status"]["not_scorable"], meta)


class _Counter:
    """Counts the rows that were read, apart from those that were written."""

    def __init__(self) -> None:
        self.rows = 0

    def through(self, blocks: Iterator[Block]) -> Iterator[Block]:
        for block in blocks:
            self.rows += len(block.frame)
            yield block


@dataclass(frozen=True, slots=True)
class _Task:
    """What every block needs; the same pure function on every engine."""

    bundle: Bundle
    schema: Schema
    catalog: Catalog
    decimal: str

    def __call__(self, block: Block, genotypes: pd.DataFrame | None) -> pd.DataFrame:
        from threadpoolctl import threadpool_limits

        # One thread: the order of sums, and so the last digit, must not depend on the machine.
        with threadpool_limits(1):
            batch = read_batch(block.frame, self.schema, decimal=self.decimal, genotypes=genotypes)
            found = [
                (why, *codes) if why else codes
                for why, codes in zip(block.reasons, batch.reasons, strict=True)
            ]
            batch = dataclasses.replace(batch, reasons=found)
            return score_batch(batch, self.bundle, self.catalog)


def _scored(
    task: _Task,
    blocks: Iterator[Block],
    id_column: str,
    genotypes: Callable[[pd.Series], pd.DataFrame] | None,
    jobs: int,
) -> Iterator[pd.DataFrame]:
    """Score blocks, in this process or in several, in order."""
    from joblib import Parallel, delayed

    seen = SeenIds()

    def prepared() -> Iterator[tuple[Block, pd.DataFrame | None]]:
        for block in blocks:
            ids = read_ids(block.frame, id_column)
            repeated = seen.repeated(ids)
            reasons = [
                why or (DUPLICATE_ID if again else "")
                for why, again in zip(block.reasons, repeated.tolist(), strict=True)
            ]
            yield Block(block.frame, reasons), genotypes(ids) if genotypes else None

    if jobs == 1:
        yield from (task(block, found) for block, found in prepared())
    else:
        yield from Parallel(n_jobs=jobs, return_as="generator")(
            delayed(task)(block, found) for block, found in prepared()
        )


def _count(scores: pd.DataFrame, counts: dict[str, Counter[str]]) -> None:
    for name in _COUNTED:
        counts[name].update(scores[name].tolist())
    for text, times in scores["reasons"].value_counts().items():
        for reason in filter(None, str(text).split(";")):
            counts["reasons"][reason] += int(times)


def _meta(
    bundle: Bundle, scores: Path, rows: int, counts: dict[str, Counter[str]]
) -> dict[str, Any]:
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
        "versions": package_versions(),
        "scores": {"rows": rows, "sha256": sha256},
        "counts": {
            name: {key: int(found[key]) for key in sorted(found) if key}
            for name, found in counts.items()
        },
    }


def _refuse_to_overwrite(patients: Path, out: Path) -> None:
    if out.exists() and patients.exists() and out.samefile(patients):
        raise UsageError("The scores would replace the table of patients.", "Name another file.")
    if out.exists() and not _is_ours(sidecar(out)):
        raise UsageError(
            f"'{out.name}' exists, and nxpredict did not write it.", "Name another file."
        )


def _is_ours(meta: Path) -> bool:
    try:
        found = json.loads(meta.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT
