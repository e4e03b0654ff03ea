"""Reading new patients by another table's names and codes, into the training study's predictors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from nxpredict.catalog import Catalog, Predictor
from nxpredict.cohort._genotypes import all_loci
from nxpredict.cohort._match import match_columns
from nxpredict.cohort._matcher import Matcher
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.cohort._screen import screen_columns
from nxpredict.errors import DataError, FaultLog
from nxpredict.genotypes import contested_columns, recognise_columns
from nxpredict.study import AdditionalPredictor, ColumnReading


def reread(
    schema: Schema,
    frame: pd.DataFrame,
    *,
    file: str,
    id_column: str,
    catalog: Catalog,
    predictors: Mapping[str, ColumnReading],
    additional: Mapping[str, AdditionalPredictor],
    arms: Iterable[str] = (),
    whole: str | None = None,
) -> Schema:
    """Return how a new table is read into the predictors of `schema`.

    Parameters
    ----------
    schema : Schema
        Of the training study; its predictors, kinds and levels stay what they are.
    frame : DataFrame
        The new table.
    file : str
    id_column : str
        Header of the identifier in the new table.
    catalog : Catalog
    predictors, additional : mapping
        What the study file of the new table declares.
    arms : iterable of str
        Of the model; what forbids their drugs is read, too.
    whole : {".", ","}, optional
        The decimal mark where `frame` is a population, not a part of its patients: its columns
        are then screened as those of a cohort are, a wrong unit among others.

    Returns
    -------
    Schema

    Raises
    ------
    DataError
        When the declarations do not fit the table, with every fault.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> ggt = PredictorSpec("ggt", "GGT", "biomarker", "continuous", column="GGT")
    >>> found = reread(
    ...     Schema("id", (ggt,)), pd.DataFrame({"patient": ["a"], "gamma": ["0.5"]}),
    ...     file="new.csv", id_column="patient", catalog=load_catalog(),
    ...     predictors={"ggt": ColumnReading(column="gamma", unit="ukat/L")}, additional={})
    >>> found.spec("ggt").column, round(found.spec("ggt").factor, 1)
    ('gamma', 60.0)
    """
    faults = FaultLog()
    found = match_columns(
        frame,
        file=file,
        catalog=catalog,
        reserved={id_column: "the identifier"},
        predictors=predictors,
        additional={
            name: _with_levels(declared, schema.spec(name))
            for name, declared in additional.items()
            if name in schema.names
        },
        faults=faults,
    )
    specs = found.specs
    if whole is not None:
        kept = screen_columns(
            frame, found, catalog=catalog, file=file, decimal=whole, faults=faults
        )
        specs = {name: kept.get(name, replace(spec, column=None)) for name, spec in specs.items()}
    faults.raise_if_errors()
    told = {name: reading.labels for name, reading in predictors.items()}
    read = tuple(
        _as_in(spec, specs.get(spec.name), anew=bool(told.get(spec.name)))
        for spec in schema.predictors
    )
    wanted = _forbidding(schema, catalog, arms)
    read += tuple(replace(spec, role="safety") for n, spec in specs.items() if n in wanted)
    loci = {**schema.loci, **found.loci}
    return replace(schema, id_column=id_column, predictors=read, loci=loci)


def _with_levels(declared: AdditionalPredictor, trained: PredictorSpec) -> AdditionalPredictor:
    """Give a declaration the trained levels: the labels of new patients decide nothing."""
    return replace(declared, levels=declared.levels or trained.levels)


def _as_in(trained: PredictorSpec, here: PredictorSpec | None, *, anew: bool) -> PredictorSpec:
    """Return the trained predictor read from the column, unit and texts of another table.

    Labels that are declared anew stand alone: a text may mean the opposite there.
    """
    if here is None or trained.locus is not None:
        return trained
    codes = {text: level for text, level in here.codes.items() if level in ("", *trained.levels)}
    return replace(
        trained,
        column=here.column,
        source_unit=here.source_unit,
        factor=here.factor,
        codes=codes if anew else {**trained.codes, **codes},
    )


def with_caution_columns(
    schema: Schema, headers: Iterable[str], catalog: Catalog, arms: Iterable[str]
) -> Schema:
    """Return how a table is read that may say more of who must not get a drug than training did.

    Parameters
    ----------
    schema : Schema
    headers : iterable of str
        Of the new table; columns are found by the names of the catalogue.
    catalog : Catalog
    arms : iterable of str
        Of the model.

    Raises
    ------
    DataError
        When two columns are called the same, or one is called like what training read elsewhere:
        a second column of what is there for cautions only, and the only one of anything else.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> headers = ["id", "current_opioid_use"]
    >>> with_caution_columns(Schema("id", ()), headers, load_catalog(), ["naltrexone"]).names
    ('current_opioid_use',)
    """
    headers, arms = [str(name) for name in headers], list(arms)
    there = tuple(s for s in schema.predictors if s.role != "safety" or s.column in headers)
    wanted = _forbidding(replace(schema, predictors=there), catalog, arms)
    meant = {name: catalog.match_column(name) for name in headers}
    named = [name for name, each in meant.items() if each is not None and each.name in wanted]
    faults = FaultLog()
    reserved = dict.fromkeys(schema.columns, "read already")
    matcher = Matcher(pd.DataFrame(columns=named), "", catalog, reserved, faults)
    matcher.find_others()
    _refuse_passed_over(there, meant, catalog, arms, faults)
    if faults.errors:
        raise DataError([replace(fault, file=None) for fault in faults.errors])
    found = {n: replace(spec, role="safety") for n, spec in matcher.found.specs.items()}
    specs = {spec.name: spec for spec in schema.predictors} | found
    return replace(schema, predictors=tuple(specs.values()))


def _refuse_passed_over(
    read: Iterable[PredictorSpec],
    meant: Mapping[str, Predictor | None],
    catalog: Catalog,
    arms: Iterable[str],
    faults: FaultLog,
) -> None:
    """Refuse a column that tells what forbids a drug where only another one would be read."""
    specs = {spec.name: spec for spec in read}
    taken = {spec.column for spec in specs.values()}
    for name in _forbidding(Schema("", ()), catalog, arms).intersection(specs):
        if specs[name].role != "safety" and specs[name].column in meant:
            continue
        for header in (h for h, each in meant.items() if each is not None and each.name == name):
            if header not in taken:
                faults.error(
                    "ambiguous-column",
                    f"this column is called like '{name}', which training read from another one",
                    f"say `predictors: {{{name}: {{column: ...}}}}` in a file for --study, or "
                    "remove what is not meant",
                    column=header,
                )


def _forbidding(schema: Schema, catalog: Catalog, arms: Iterable[str]) -> set[str]:
    """Return the predictors that can forbid a drug, or are there for cautions only."""
    cautions = catalog.cautions_for(arms)
    safety = {name for name, each in catalog.predictors.items() if each.role == "safety"}
    wanted = {c.predictor for c in cautions if c.level != "caution" or c.predictor in safety}
    return wanted - set(schema.names)


def with_genotype_columns(schema: Schema, headers: Iterable[str], catalog: Catalog) -> Schema:
    """Return how a table is read that may hold genotypes which training had elsewhere.

    The columns of training are believed; where the table lacks them, or training had files, columns
    are found by name. A predictor's own column needs no genotype.

    Parameters
    ----------
    schema : Schema
    headers : iterable of str
        Of the new table.
    catalog : Catalog

    Raises
    ------
    DataError
        When several columns claim a locus.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> dosage = PredictorSpec("OPRM1_rs1799971_G_dosage", "OPRM1", "genetic", "dosage",
    ...                        locus="OPRM1_rs1799971")
    >>> found = with_genotype_columns(Schema("id", (dosage,)), ["id", "rs1799971"], load_catalog())
    >>> found.loci["OPRM1_rs1799971"].columns
    ('rs1799971',)
    """
    headers = [str(name) for name in headers]
    own = {spec.column for spec in schema.predictors} | {schema.id_column}
    wanted = {
        locus
        for spec in schema.predictors
        if spec.locus is not None and spec.column not in headers
        for locus in spec.locus.split(";")
        if locus not in schema.loci or not set(schema.loci[locus].columns).issubset(headers)
    }
    if not wanted:
        return schema
    others = [name for name in headers if name not in own]
    loci = [each for each in all_loci(catalog, schema.long_alleles) if each.name in wanted]
    faults = FaultLog()
    for name, columns in contested_columns(others, loci).items():
        faults.error(
            "ambiguous-column",
            f"several columns are called like the locus '{name}': {', '.join(columns)}",
            "say which one in a study file, given by --study, or remove the others",
        )
    faults.raise_if_errors()
    return replace(schema, loci={**schema.loci, **recognise_columns(others, loci)})
