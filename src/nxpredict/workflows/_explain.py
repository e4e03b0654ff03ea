"""The verb ``explain``: a page a patient, an index of the batch, and the numbers behind them."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog, load_catalog
from nxpredict.cohort import Batch, GenotypeLookUp, read_batch, read_ids, read_table
from nxpredict.errors import RESEARCH_USE, UsageError, counted
from nxpredict.explain import Explanation, explain_response
from nxpredict.output import fresh_folder, refuse_foreign
from nxpredict.report import (
    INDEX_FACTS,
    batch_facts,
    page_name,
    patient_facts,
    render_batch_index,
    render_patient_page,
)
from nxpredict.scoring import faulty_ids, next_tests, require_columns, score_batch
from nxpredict.workflows._outcome import NOT_SCORABLE, Outcome
from nxpredict.workflows._patients import Reading, genotypes_of, reading_of
from nxpredict.workflows._progress import Progress, Step, silent

BLOCK = 64
"""Patients explained at a time: memory stays flat however long the list is."""


def explain_files(
    patients: Path,
    model: str,
    out: Path,
    *,
    patient: str | None = None,
    study: Path | None = None,
    genotypes: Sequence[Path] = (),
    allow_absent: bool = False,
    overrides: Sequence[str] = (),
    jobs: int = 1,
    progress: Progress = silent,
) -> Outcome:
    """Write ``index.html``, ``patient-000001.html`` (by input row) and ``explanations.parquet``.

    Parameters
    ----------
    patients, model, study, genotypes, allow_absent, overrides
        As in `score`.
    out : Path
        Folder; written whole or not at all.
    patient : str, optional
        Identifier of the only patient wanted.
    jobs : int
        Processes; the pages do not depend on it.
    """
    refuse_foreign(out, "explanations", patients, *genotypes)
    reading = reading_of(model, patients, study, overrides, genotype_files=bool(genotypes))
    table = read_table(patients, separator=reading.separator, decimal=reading.decimal)
    require_columns(
        table.frame.columns,
        file=patients.name,
        schema=reading.schema,
        bundle=reading.bundle,
        allow_absent=allow_absent,
        with_genotypes=bool(genotypes),
    )
    look_up = genotypes_of(genotypes, patients, reading)
    warnings = [] if look_up is None else [str(warning) for warning in look_up.warnings]
    rows = _wanted(table.frame, reading, patient)
    source = _Source(reading, table.frame, look_up)
    with fresh_folder(out, "explanations") as new, progress("Explaining") as step:
        pages = _Pages(_Explainer(reading.bundle, load_catalog(), new), source, jobs, step)
        facts = batch_facts(pages.write(rows), bundle=reading.bundle, warnings=warnings)
        index = render_batch_index(facts)
        (new / "index.html").write_text(index, encoding="utf-8")
    text = (
        f"{counted(len(rows), 'patient')}, {len(rows) - pages.unscored} explained\n\n"
        f"Index   {out / 'index.html'}\nPages   {out / page_name(int(rows[0]) + 1)} ...\n\n"
        f"{''.join(f'Warning: {text}' + chr(10) for text in warnings)}"
        f"These pages hold patient data.\n{RESEARCH_USE}"
    )
    outcome = {
        "patients": len(rows),
        "warnings": warnings,
        "not_scorable": pages.unscored,
        "out": str(out),
        "index": str(out / "index.html"),
        "research_use": RESEARCH_USE,
    }
    return Outcome(text, outcome, NOT_SCORABLE if pages.unscored else 0)


def _wanted(frame: pd.DataFrame, reading: Reading, patient: str | None) -> np.ndarray[Any, Any]:
    """Return the rows to explain, counted from 0."""
    if patient is None:
        return np.arange(len(frame))
    ids = read_ids(frame, reading.schema.id_column)
    rows = np.flatnonzero((ids == patient.strip()).to_numpy(dtype=bool))
    if len(rows) == 0:
        raise UsageError(
            "No patient of this table has the identifier given by --patient.",
            f"Identifiers are read from column '{reading.schema.id_column}'.",
        )
    return rows[:1]


class _Source:
    """Reads blocks of the table of patients."""

    def __init__(
        self, reading: Reading, frame: pd.DataFrame, look_up: GenotypeLookUp | None
    ) -> None:
        self.reading = reading
        self.frame = frame
        self.look_up = look_up
        ids = read_ids(frame, reading.schema.id_column)
        self.faulty = faulty_ids(ids, ids.duplicated().to_numpy())

    def read(self, rows: np.ndarray[Any, Any]) -> Batch:
        """Return the patients of some rows as the door reads them."""
        reading = self.reading
        block = self.frame.iloc[rows].reset_index(drop=True)
        found = None
        if self.look_up is not None:
            found = self.look_up(read_ids(block, reading.schema.id_column))
        batch = read_batch(block, reading.schema, decimal=reading.decimal or ".", genotypes=found)
        reasons = [
            (self.faulty[row], *codes) if row in self.faulty else codes
            for row, codes in zip(rows.tolist(), batch.reasons, strict=True)
        ]
        return dataclasses.replace(batch, reasons=reasons)


class _Pages:
    """Has pages written block by block, so that memory stays flat, and counts as it goes."""

    def __init__(self, explainer: _Explainer, source: _Source, jobs: int, step: Step) -> None:
        self.explainer = explainer
        self.source = source
        self.jobs = jobs
        self.step = step
        self.unscored = 0

    def write(self, rows: np.ndarray[Any, Any]) -> Iterator[dict[str, Any]]:
        """Write a page a row and the numbers of all, and yield what the index shows of each."""
        import pyarrow as pa
        import pyarrow.parquet as pa_parquet

        done = 0
        target = self.explainer.folder / "explanations.parquet"
        schema = pa.schema([(name, kind()) for name, kind in _kinds(pa).items()])
        with pa_parquet.ParquetWriter(target, schema) as numbers:
            for block in self._blocks(rows):
                numbers.write_table(pa.Table.from_pandas(block.numbers, schema, False))
                self.unscored += sum(facts["status"] != "scored" for facts in block.pages)
                yield from block.pages
                done += len(block.pages)
                self.step(done, len(rows))

    def _blocks(self, rows: np.ndarray[Any, Any]) -> Iterator[_Block]:
        from joblib import Parallel, delayed

        parts = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
        if self.jobs == 1 or len(parts) == 1:
            yield from (self.explainer.write(self.source.read(part), part) for part in parts)
            return
        yield from Parallel(n_jobs=self.jobs, return_as="generator", pre_dispatch="2*n_jobs")(
            delayed(self.explainer.write)(self.source.read(part), part) for part in parts
        )


@dataclasses.dataclass(frozen=True)
class _Block:
    pages: list[dict[str, Any]]
    numbers: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class _Explainer:
    """Explains patients with one model and writes their pages."""

    bundle: Bundle
    catalog: Catalog
    folder: Path

    def write(self, batch: Batch, rows: np.ndarray[Any, Any]) -> _Block:
        """Write the pages of a block, and return what the index shows of them."""
        with threadpool_limits(limits=1):
            pages, numbers = self._explain(batch, rows)
        for facts in pages:
            page = render_patient_page(facts)
            (self.folder / page_name(facts["row"])).write_text(page, encoding="utf-8")
        kept = [{name: facts[name] for name in INDEX_FACTS} for facts in pages]
        return _Block(kept, pd.DataFrame(numbers, columns=list(COLUMNS)))

    def _explain(
        self, batch: Batch, rows: np.ndarray[Any, Any]
    ) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
        bundle = self.bundle
        scores = score_batch(batch, bundle, self.catalog)
        fine = np.flatnonzero(scores["status"] == "scored")
        explanation, numbers = None, []
        if len(fine):
            X = batch.X.iloc[fine].reindex(columns=bundle.inputs).reset_index(drop=True)
            explanation = explain_response(bundle.model, X, bundle.background, intervals=True)
            ids = scores["patient_id"].iloc[fine].tolist()
            numbers = list(_numbers(explanation, (rows[fine] + 1).tolist(), ids, bundle))
        tests = next_tests(batch, bundle, self.catalog)
        place = {int(row): k for k, row in enumerate(fine)}
        scored, given = scores.to_dict("records"), batch.X.to_dict("records")
        pages = [
            patient_facts(
                score=_by_name(scored[k]),
                inputs=_by_name(given[k]),
                row=int(rows[k]) + 1,
                bundle=bundle,
                catalog=self.catalog,
                explanation=explanation if k in place else None,
                tests=tests,
                index=place.get(k, 0),
            )
            for k in range(len(rows))
        ]
        return pages, numbers


def _by_name(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


COLUMNS = ("row", "patient_id", "quantity", "predictor", "contribution", "lower", "upper", "base")


def _kinds(pa: Any) -> dict[str, Any]:
    """Return the Arrow types of `COLUMNS`."""
    numbers = dict.fromkeys(COLUMNS, pa.float64)
    texts = dict.fromkeys(("patient_id", "quantity", "predictor"), pa.string)
    return {**numbers, **texts, "row": pa.int64}


def _numbers(
    explanation: Explanation, rows: Sequence[int], ids: Sequence[str], bundle: Bundle
) -> Iterator[tuple[Any, ...]]:
    """Yield contributions in long form: each benefit, and the outlook under any arm."""
    parts = {
        f"benefit_{arm}_vs_{reference}": explanation.contrast(arm, reference)
        for arm, reference in bundle.arms.contrasts
    }
    parts["outlook"] = explanation.outlook()
    for quantity, part in parts.items():
        for i, (row, patient_id) in enumerate(zip(rows, ids, strict=True)):
            for j, name in enumerate(part.names):
                lower = np.nan if part.lower is None else float(part.lower[i, j])
                upper = np.nan if part.upper is None else float(part.upper[i, j])
                value = float(part.values[i, j])
                yield int(row), patient_id, quantity, name, value, lower, upper, part.base
