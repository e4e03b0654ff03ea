"""What a table of new patients must have before any of its rows is read."""

from __future__ import annotations

from collections.abc import Iterable

from nxpredict.bundle import Bundle
from nxpredict.cohort import Schema
from nxpredict.errors import FaultLog, closest


def require_columns(
    columns: Iterable[str],
    *,
    file: str,
    schema: Schema,
    bundle: Bundle,
    allow_absent: bool,
    with_genotypes: bool,
) -> None:
    """Refuse a table that lacks a predictor of the model altogether, naming all it lacks.

    Parameters
    ----------
    columns : iterable of str
        Headers of the table.
    file : str
        Its name.
    schema : Schema
        How the table is read.
    bundle : Bundle
    allow_absent : bool
        Whether predictors may lack; the identifier may not.
    with_genotypes : bool
        Whether genotype files come with the table.

    Raises
    ------
    DataError
        With one fault a column.
    """
    headers = [str(name) for name in columns]
    faults = FaultLog()
    if schema.id_column not in headers:
        hint = closest(schema.id_column, headers) or "add a column of patient identifiers"
        faults.error("missing-column", "no such column", hint, file=file, column=schema.id_column)
    specs = {spec.name: spec for spec in schema.predictors}
    for name in bundle.inputs if not allow_absent else ():
        spec = specs[name]
        if spec.column in headers:
            continue
        if spec.locus is not None:
            _require_genotype(name, spec.locus, headers, schema, with_genotypes, file, faults)
        elif spec.column is not None:
            hint = closest(spec.column, headers) or "add it, or use --allow-absent"
            faults.error("missing-column", "no such column", hint, file=file, column=spec.column)
    faults.raise_if_errors()


def _require_genotype(
    name: str,
    loci: str,
    headers: list[str],
    schema: Schema,
    with_genotypes: bool,
    file: str,
    faults: FaultLog,
) -> None:
    wanted = {
        column
        for locus in loci.split(";")
        if locus in schema.loci
        for column in schema.loci[locus].columns
    }
    if with_genotypes or (wanted and wanted.issubset(headers)):
        return
    faults.error(
        "missing-genotypes",
        f"the model uses '{name}', and this table has no column of these genotypes",
        "give the genotype file with --genotypes, or use --allow-absent",
        file=file,
    )
