"""The columns of one table given to predictors and loci, one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from nxpredict.catalog import Catalog, Predictor
from nxpredict.cohort._coding import additional_coding, catalogue_coding, number_coding, without_no
from nxpredict.cohort._genotypes import declared_coding, find_codings, report_contested
from nxpredict.cohort._schema import PredictorSpec
from nxpredict.errors import FaultLog, closest
from nxpredict.genotypes import ColumnCoding
from nxpredict.study import AdditionalPredictor, ColumnReading

_ANCESTRY = re.compile(
    r"(^|_)(race|racial|ethnic\w*|ancestr\w*|hispanic|latin[oax]|skin_colou?r)(_|$)", re.IGNORECASE
)

_AFTER_BASELINE = ("the response", "the tolerability", "the adherence")


@dataclass
class Matching:
    """The columns of one table, told apart.

    Parameters
    ----------
    specs : dict of str to PredictorSpec
        By predictor, in catalogue order and then as the study file lists additional ones.
    loci : dict of str to ColumnCoding
        Genotype locus -> the columns of its calls.
    automatic : set of str
        Predictors found by their header, which the study file does not name.
    unused : tuple of str
        Columns that nothing reads, in text order.
    """

    specs: dict[str, PredictorSpec] = field(default_factory=dict)
    loci: dict[str, ColumnCoding] = field(default_factory=dict)
    automatic: set[str] = field(default_factory=set)
    unused: tuple[str, ...] = ()


class Matcher:
    """Gives each column of one table to at most one predictor or locus."""

    def __init__(
        self,
        frame: pd.DataFrame,
        file: str,
        catalog: Catalog,
        reserved: dict[str, str],
        faults: FaultLog,
        ids: pd.Series | None = None,
    ) -> None:
        self.frame = frame
        self.ids = ids
        self.headers = [str(name) for name in frame.columns]
        self.file = file
        self.catalog = catalog
        self.faults = faults
        self.taken = reserved
        self.found = Matching()

    def claim(self, column: str, name: str) -> bool:
        """Take a column for a predictor; report when it is not there or already taken."""
        if column not in self.headers:
            self.faults.error(
                "unknown-column",
                f"the study file names a column '{column}' that the table does not have",
                closest(column, self.headers) or "check the header",
                file=self.file,
            )
            return False
        if column in self.taken:
            leak = self.taken[column] in _AFTER_BASELINE
            self.faults.error(
                "response-as-predictor" if leak else "column-used-twice",
                f"'{name}' reads a column that is already {self.taken[column]}",
                "what is known only after treatment cannot predict; remove the predictor"
                if leak
                else "remove one of the two",
                file=self.file,
                column=column,
            )
            return False
        self.taken[column] = f"the predictor '{name}'"
        return True

    def declare(self, name: str, reading: ColumnReading, others: set[str]) -> None:
        """Take in what the study file says of a catalogue predictor or a locus."""
        predictor = self.catalog.predictors.get(name)
        if predictor is None:
            locus = self.catalog.match_locus(name)
            coding = None if locus is None else declared_coding(locus, reading)
            if locus is None or coding is None:
                return
            claimed = [self.claim(column, locus.name) for column in coding.columns]
            if all(claimed):
                self.found.loci[locus.name] = coding
            return
        column = reading.column or self._header_of(predictor, others)
        if column is None:
            self.faults.error(
                "unknown-column",
                f"no column is called like the predictor '{name}'",
                f"add `column:` to '{name}' in the study file",
                file=self.file,
            )
        elif self.claim(column, name):
            self.found.specs[name] = self._spec(predictor, column, reading)
            if predictor.timing == "post_baseline":
                self._late(name, column)

    def _header_of(self, predictor: Predictor, others: set[str]) -> str | None:
        for header in self.headers:
            if header not in self.taken and header not in others:
                found = self.catalog.match_column(header)
                if found is not None and found.name == predictor.name:
                    return header
        return None

    def add(self, name: str, declared: AdditionalPredictor) -> None:
        """Take in a predictor that the catalogue does not know."""
        if not self.claim(declared.column, name):
            return
        if declared.when == "post_baseline":
            self._late(name, declared.column)
        if _ANCESTRY.search(name) or _ANCESTRY.search(declared.column):
            self.faults.warn(
                "ancestry-as-predictor",
                f"'{name}' looks like ancestry or race and would be an input of every score",
                "the catalogue's 'ancestry' and 'race' are adjusted for instead",
                file=self.file,
                column=declared.column,
            )
        column = self.frame[declared.column]
        coding = additional_coding(declared, column, self.ids, self.faults, self.file)
        self.found.specs[name] = PredictorSpec(
            name,
            name.replace("_", " "),
            "additional",
            declared.kind,
            column=declared.column,
            unit=declared.unit,
            source_unit=declared.unit,
            levels=coding.levels,
            codes=coding.codes,
            pooled=coding.pooled,
            required=declared.required,
        )

    def find_others(self) -> None:
        """Match the remaining headers by the names that the catalogue knows."""
        for header in sorted(set(self.headers) - set(self.taken)):
            predictor = self.catalog.match_column(header)
            if predictor is None or predictor.timing == "post_baseline":
                continue
            if (first := self.found.specs.get(predictor.name)) is None:
                self.taken[header] = f"the predictor '{predictor.name}'"
                self.found.specs[predictor.name] = self._spec(predictor, header, ColumnReading())
                self.found.automatic.add(predictor.name)
            elif predictor.name in self.found.automatic:
                self.faults.error(
                    "ambiguous-column",
                    f"both this column and '{first.column}' are called like '{predictor.name}'",
                    f"say which one by `predictors: {{{predictor.name}: {{column: ...}}}}`",
                    file=self.file,
                    column=header,
                )

    def find_loci(self) -> None:
        """Match the headers still left by the names of genotype loci."""
        left = sorted(set(self.headers) - set(self.taken))
        report_contested(left, self.catalog, self.found.loci, self.file, self.faults)
        for name, coding in find_codings(left, self.catalog, self.found.loci).items():
            self.found.loci[name] = coding
            self.taken |= dict.fromkeys(coding.columns, f"the genotypes of '{name}'")

    def finish(self) -> Matching:
        """Put the predictors in order, without those whose context is not given."""
        found = self.found
        for name in list(found.specs):
            predictor = self.catalog.predictors.get(name)
            lacking = [r for r in predictor.requires if r not in found.specs] if predictor else []
            if not lacking:
                continue
            spec = found.specs.pop(name)
            report = self.faults.warn if name in found.automatic else self.faults.error
            report(
                "context-missing",
                f"'{name}' is only used together with {', '.join(lacking)}",
                "add these columns, or remove the predictor",
                file=self.file,
                column=spec.column,
            )
        order = {name: i for i, name in enumerate(self.catalog.predictors)}
        ranked = sorted(found.specs.items(), key=lambda item: order.get(item[0], len(order)))
        found.specs = dict(ranked)
        found.unused = tuple(sorted(set(self.headers) - set(self.taken)))
        return found

    def _late(self, name: str, column: str) -> None:
        self.faults.error(
            "post-baseline",
            f"'{name}' is measured after baseline and so cannot predict the response",
            "remove it from the predictors",
            file=self.file,
            column=column,
        )

    def _spec(self, predictor: Predictor, column: str, reading: ColumnReading) -> PredictorSpec:
        factor, unit = 1.0, reading.unit or predictor.unit
        if reading.unit is not None:
            try:
                factor = predictor.factor(reading.unit)
            except KeyError:
                accepted = [u for u in (predictor.unit, *predictor.units) if u]
                self.faults.error(
                    "unknown-unit",
                    f"'{predictor.name}' is not known in {reading.unit}",
                    f"accepted: {', '.join(accepted)}" if accepted else "it has no unit",
                    file=self.file,
                    column=column,
                )
        if factor != 1.0:
            self.faults.note(
                "unit-converted",
                f"'{predictor.name}' converted from {unit} to {predictor.unit} (times {factor:g})",
                file=self.file,
                column=column,
            )
        if predictor.labels:
            coding = catalogue_coding(
                predictor.labels, reading.labels, column, self.faults, self.file
            )
            if self.catalog.is_part(column):
                coding = without_no(coding, reading.labels)
        else:
            coding = number_coding(predictor.name, reading.labels, column, self.faults, self.file)
        return PredictorSpec(
            predictor.name,
            predictor.label,
            predictor.family,
            predictor.kind,
            predictor.role,
            column,
            predictor.unit or None,
            unit or None,
            factor,
            predictor.low,
            predictor.high,
            coding.levels,
            coding.codes,
        )
