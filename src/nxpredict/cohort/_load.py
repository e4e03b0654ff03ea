"""From a study and its files to a `Cohort`, or to every fault of both at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._allocation import allocation_probabilities
from nxpredict.cohort._batch import Batch, read_batch, read_ids
from nxpredict.cohort._cohort import Cohort, fingerprint
from nxpredict.cohort._facts import cohort_facts
from nxpredict.cohort._leaks import find_leaks, report_leaks
from nxpredict.cohort._match import Matching, match_columns
from nxpredict.cohort._people import (
    Codes,
    Floats,
    check_ids,
    check_sizes,
    read_arms,
    read_response,
    require_columns,
)
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.cohort._screen import screen_columns, without_empty
from nxpredict.cohort._table import RawTable, read_table
from nxpredict.errors import DataError, Fault, FaultLog, closest
from nxpredict.study import (
    AdditionalPredictor,
    ArmSet,
    ColumnReading,
    ParallelDesign,
    ResponseDefinition,
    TableSource,
)


@dataclass(frozen=True)
class Question:
    """What is asked of a table: everything of a study that reading it needs."""

    catalog: Catalog
    arms: ArmSet
    design: ParallelDesign
    response: ResponseDefinition
    predictors: Mapping[str, ColumnReading]
    additional: Mapping[str, AdditionalPredictor]
    eligibility: Sequence[str]
    allow_leak: Collection[str]


def load(
    table: TableSource | RawTable,
    *,
    catalog: Catalog,
    arms: ArmSet,
    design: ParallelDesign,
    response: ResponseDefinition,
    predictors: Mapping[str, ColumnReading] | None = None,
    additional: Mapping[str, AdditionalPredictor] | None = None,
    eligibility: Sequence[str] = (),
    allow_leak: Collection[str] = (),
    genotypes: Sequence[Path] = (),
    faults: Iterable[Fault] = (),
) -> Cohort:
    """Read and check a study's patients.

    Parameters
    ----------
    table : TableSource or RawTable
        The file, or a table already read.
    catalog : Catalog
    arms : ArmSet
    design : ParallelDesign
    response : ResponseDefinition
    predictors : mapping of str to ColumnReading, optional
        How the table names and codes catalogue predictors and loci.
    additional : mapping of str to AdditionalPredictor, optional
    eligibility : sequence of str
        Catalogue codes, kept as facts.
    allow_leak : collection of str
        Predictors that may predict the response with AUC 0.95 or more.
    genotypes : sequence of Path
        Genotype files.
    faults : iterable of Fault
        What the study file already showed, so that all is reported together.

    Returns
    -------
    Cohort

    Raises
    ------
    DataError
        With every fault of study and data.
    AccessError
        When a file cannot be opened.
    """
    gathered = FaultLog(faults)
    question = Question(
        catalog,
        arms,
        design,
        response,
        predictors or {},
        additional or {},
        tuple(eligibility),
        tuple(allow_leak),
    )
    reader = _Reader(_open(table, gathered), question, gathered)
    return reader.cohort(genotypes)


def _open(table: TableSource | RawTable, faults: FaultLog) -> RawTable:
    if isinstance(table, TableSource):
        try:
            table = read_table(table.path, separator=table.separator, decimal=table.decimal)
        except DataError as error:
            faults.extend(error.faults)
            raise DataError(faults) from None
    faults.extend(table.faults)
    return table


class _Reader:
    """The steps from a table to a cohort; each reports what it finds and the next one goes on."""

    def __init__(self, table: RawTable, question: Question, faults: FaultLog) -> None:
        self.table = table
        self.question = question
        self.faults = faults
        design, response = question.design, question.response
        roles = {"design.id": design.id, "design.arm": design.arm}
        if design.site is not None:
            roles["design.site"] = design.site
        roles |= {f"a column of the response ({i})": c for i, c in enumerate(response.columns, 1)}
        self.present = require_columns(table, roles, faults)

    def cohort(self, genotypes: Sequence[Path]) -> Cohort:
        """Run all steps."""
        question, table = self.question, self.table
        matching = self._match()
        specs = screen_columns(
            table.frame,
            matching,
            catalog=question.catalog,
            file=table.file,
            decimal=table.decimal,
            faults=self.faults,
        )
        ids = read_ids(table.frame, question.design.id)
        if "design.id" in self.present:
            check_ids(ids, table, question.design.id, self.faults)
        batch = self._read(specs, matching)
        kept = without_empty(batch.X, specs, table.file, self.faults)
        schema = Schema(
            question.design.id, tuple(specs[name] for name in kept), dict(matching.loci)
        )
        self._check_names(schema)
        people = self._people()
        if people is not None:
            codes, y, rows = people
            self._judge(batch.X.loc[rows, kept], y[rows], codes[rows], ids[rows], schema)
        self.faults.raise_if_errors()
        if people is None:  # unreachable: a missing column is an error
            raise DataError(self.faults)
        return self._finish(batch, schema, ids, people, matching)

    def _match(self) -> Matching:
        design = self.question.design
        reserved = {design.id: "the identifier", design.arm: "the arm"}
        if design.site is not None:
            reserved[design.site] = "the site"
        reserved |= dict.fromkeys(self.question.response.outcome_columns, "the response")
        return match_columns(
            self.table.frame,
            file=self.table.file,
            catalog=self.question.catalog,
            reserved=reserved,
            predictors=self.question.predictors,
            additional=self.question.additional,
            faults=self.faults,
        )

    def _read(
        self,
        specs: Mapping[str, PredictorSpec],
        matching: Matching,
    ) -> Batch:
        schema = Schema(self.question.design.id, tuple(specs.values()), dict(matching.loci))
        table = self.table
        batch = read_batch(table.frame, schema, decimal=table.decimal, file=table.file)
        self.faults.extend(batch.faults)
        return batch

    def _check_names(self, schema: Schema) -> None:
        for name in self.question.allow_leak:
            if name not in schema.names:
                self.faults.error(
                    "unknown-predictor",
                    f"allow_leak names '{name}', which is no predictor of this study",
                    closest(name, schema.names) or "remove it",
                )

    def _people(self) -> tuple[Codes, Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]] | None:
        """Return arm codes, responses and the rows that are analysed; None without columns."""
        design, response = self.question.design, self.question.response
        arm_known = "design.arm" in self.present
        response_known = set(response.columns) <= set(self.present.values())
        codes = (
            read_arms(self.table, design.arm, self.question.arms, self.faults)
            if arm_known
            else None
        )
        y = read_response(self.table, response, self.faults) if response_known else None
        if codes is None or y is None:
            return None
        missing = np.isnan(y) & (codes >= 0)
        if missing.any():
            self._report_missing(missing, codes)
        if response.missing == "exclude":
            return codes, y, (codes >= 0) & ~np.isnan(y)
        return codes, np.where(np.isnan(y), 0.0, y), codes >= 0

    def _report_missing(
        self, missing: np.ndarray[tuple[int], np.dtype[np.bool_]], codes: Codes
    ) -> None:
        rule = self.question.response.missing
        counts = ", ".join(
            f"{name}: {int((missing & (codes == i)).sum())}"
            for i, name in enumerate(self.question.arms.names)
        )
        report = self.faults.error if rule == "fault" else self.faults.warn
        what, hint = {
            "failure": ("counted as no response", "`response.missing: exclude` leaves them out"),
            "exclude": ("left out", ""),
            "fault": ("not allowed", "fill it in, or set `response.missing`"),
        }[rule]
        report(
            "missing-response",
            f"response missing in {int(missing.sum())} patients ({counts}), {what}",
            hint,
            file=self.table.file,
            column=self.question.response.columns[-1],
        )

    def _judge(
        self, X: pd.DataFrame, y: Floats, codes: Codes, ids: pd.Series, schema: Schema
    ) -> None:
        question = self.question
        check_sizes(
            codes, y, question.arms, self.faults, file=self.table.file, column=question.design.arm
        )
        order = np.argsort(ids.fillna("").to_numpy(dtype=object), kind="stable")
        self.leaks = find_leaks(X.iloc[order], y[order], question.allow_leak)
        report_leaks(self.leaks, schema, self.table.file, self.faults)

    def _finish(
        self,
        batch: Batch,
        schema: Schema,
        ids: pd.Series,
        people: tuple[Codes, Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]],
        matching: Matching,
    ) -> Cohort:
        question, (codes, y, rows) = self.question, people
        kept = np.flatnonzero(rows)
        kept = kept[np.argsort(ids.to_numpy(dtype=object)[kept], kind="stable")]
        X = batch.X.loc[kept, list(schema.names)].reset_index(drop=True)
        response = y[kept].astype(np.int64)
        arm = np.array(question.arms.names, dtype=object)[codes[kept]]
        site = None
        if question.design.site is not None:
            labels = read_ids(self.table.frame, question.design.site)
            site = labels.fillna("").to_numpy(dtype=object)[kept]
        own_ids = ids.iloc[kept].reset_index(drop=True)
        content: dict[str, object] = {f"x:{name}": X[name] for name in X}
        content |= {"y": response, "arm": arm, "id": own_ids}
        if site is not None:
            content["site"] = site
        facts = cohort_facts(
            self.table,
            schema,
            X,
            response,
            arm,
            question.arms,
            design=question.design,
            response=question.response,
            eligibility=question.eligibility,
            automatic=matching.automatic,
            unused=matching.unused,
            leaks=self.leaks,
            dropped={
                "no arm": int((codes < 0).sum()),
                "no response": int(((codes >= 0) & ~rows).sum()),
            },
        )
        return Cohort(
            X=X,
            y=response,
            arm=arm,
            groups=np.arange(len(X)),
            site=site,
            propensity=allocation_probabilities(question.design, question.arms, arm, site),
            ids=own_ids,
            schema=schema,
            arms=question.arms,
            issues=tuple(self.faults),
            facts=facts,
            fingerprint=fingerprint(content),
        )
