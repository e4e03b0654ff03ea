"""A study file drafted from a table; what was guessed is marked for the user to confirm."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from nxpredict.catalog import Catalog, load_catalog
from nxpredict.cohort._cells import read_numbers
from nxpredict.cohort._guess import (
    Column,
    arm_name,
    describe_columns,
    drug_of,
    guess_arm,
    guess_id,
    guess_kind,
    guess_periods,
    guess_response,
    guess_site,
    guess_tolerability,
)
from nxpredict.cohort._looks import hint_for_numbers
from nxpredict.cohort._match import match_columns
from nxpredict.cohort._named_units import named_units
from nxpredict.cohort._schema import PredictorSpec
from nxpredict.cohort._screen import screen_columns
from nxpredict.cohort._table import RawTable, read_table
from nxpredict.cohort._written import as_yaml
from nxpredict.errors import RESEARCH_USE, DataError, FaultLog, counted
from nxpredict.study import ColumnReading, plain_letters

CONFIRM = "# CONFIRM"
ELIGIBILITY = (
    "# eligibility: [CODE]  # what the protocol excluded (docs/study-file.md): a drug with a "
    "blocking caution that nobody asked about is never preferred"
)


def draft_study(path: str | Path, *, catalog: Catalog | None = None) -> str:
    r"""Return the text of a study file for a table.

    Parameters
    ----------
    path : path-like
        The table; it is named in the draft as given.
    catalog : Catalog, optional
        The shipped catalogue by default.

    Returns
    -------
    str
        YAML that reads as it stands; lines marked ``# CONFIRM`` were guessed. Only labels of ten
        or more patients are shown.

    Raises
    ------
    DataError
        When the file is no table.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "cohort.csv")
    ...     _ = path.write_text("patient_id,drug,age_years\n1,NTX,40\n2,NMF,51\n")
    ...     text = draft_study(path)
    >>> "id: patient_id" in text
    True
    """
    path, catalog = Path(path), catalog or load_catalog()
    table, words = _read(path), catalog.words
    columns = describe_columns(table)
    periods = guess_periods(columns, words)
    id_column = periods[0] if periods else guess_id(columns, words)
    rest = [c for c in columns if c is not id_column and c not in (periods or ())]
    arm = guess_arm(rest, catalog)
    site = guess_site(rest, words)
    rest = [c for c in rest if c is not arm and c is not site]
    response, stopped = guess_response(rest, words), guess_tolerability(rest, words)
    known_later = [found[0] for found in (response, stopped) if found is not None]
    rest = [c for c in rest if c not in known_later]
    lines = [
        f"# Drafted from {as_yaml(path.name)}. Lines marked CONFIRM were guessed: check each one.",
        f"# {RESEARCH_USE}",
        *(f"# WARNING: {f.message}: {f.hint}" for f in table.faults if f.severity == "warning"),
        f"study: {as_yaml(_slug(path.stem, 'study'))}",
        f"table: {_source(path, table)}",
        "# genotypes: [FILE]  # where genotypes are in files: VCF, BCF, PLINK, arrays",
        "design:",
        f"  kind: crossover  {CONFIRM}" if periods else "  kind: parallel",
        f"  allocation: randomised  {CONFIRM}: randomised | observational | pooled-indirect",
        f"  id: {_name(id_column, 'CHANGE_ME_ID')}{_repeats(id_column, periods is not None)}",
        f"  arm: {_name(arm, 'CHANGE_ME_ARM')}{_odd(arm)}",
    ]
    if site is not None:
        lines.append(f"  site: {_name(site)}")
    lines += [
        f"  {key}: {_name(column)}"
        for key, column in zip(("period", "sequence"), (periods or ())[1:], strict=False)
        if column is not None
    ]
    lines += _arm_lines(arm, catalog)
    lines += _response_lines(response, stopped)
    lines += _predictor_lines(table, rest, catalog)
    if arm is not None and any(drug_of(label, catalog) for label in arm.common):
        lines.append(ELIGIBILITY)
    lines += ["evaluation: {folds: 5, repeats: 2}"]
    return "\n".join(lines) + "\n"


def _read(path: Path) -> RawTable:
    """Read a table; decimal commas, which a study file would have to declare, are accepted."""
    try:
        return read_table(path)
    except DataError as error:
        if {fault.code for fault in error.faults if fault.severity == "error"} != {"decimal-comma"}:
            raise
    return read_table(path, decimal=",")


def _source(path: Path, table: RawTable) -> str:
    if table.decimal == ".":
        return as_yaml(str(path))
    separator = json.dumps(table.separator)
    return f'{{path: {as_yaml(str(path))}, separator: {separator}, decimal: ","}}  {CONFIRM}'


def _slug(text: str, otherwise: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain_letters(text)).strip("-") or otherwise


def _name(column: Column | None, missing: str = "CHANGE_ME") -> str:
    if column is None:
        return f"{missing}  {CONFIRM}: no column was found for this"
    return f"{as_yaml(column.name)}  {CONFIRM}"


def _repeats(column: Column | None, periods: bool) -> str:
    repeated = column is not None and not column.unique and not periods
    return ": it stands in several rows for some" if repeated else ""


def _odd(arm: Column | None) -> str:
    rare = 0 if arm is None else arm.n_labels - len(arm.common)
    found = counted(rare, "label of fewer than 10 rows is", "labels of fewer than 10 rows are")
    return f": {found} no arm here" if rare else ""


def _arm_lines(arm: Column | None, catalog: Catalog) -> list[str]:
    labels: Sequence[str] = arm.common if arm is not None else ("CHANGE_ME_1", "CHANGE_ME_2")
    known = list(catalog.drugs)
    order = {label: known.index(drug) for label in labels if (drug := drug_of(label, catalog))}
    labels = sorted(labels, key=lambda label: order.get(label, len(known)))
    names: list[str] = []
    for label in labels:
        name = arm_name(label, catalog)
        others = (f"{name}_{number}" for number in range(2, len(names) + 3))
        names.append(name if name not in names else next(o for o in others if o not in names))
    pairs = [f"  {name}: {as_yaml(label)}" for name, label in zip(names, labels, strict=True)]
    drugs = "" if order else f"; with the name of a drug ({' or '.join(known)}) come its cautions"
    return [
        f"arms:  {CONFIRM}: our name: label in the table{drugs}",
        *pairs,
        f"reference: {names[0]}  {CONFIRM}: benefits are measured against this arm",
    ]


def _response_lines(
    response: tuple[Column, str] | None, stopped: tuple[Column, str] | None
) -> list[str]:
    column, favourable = (response[0].name, response[1]) if response else ("CHANGE_ME", "1")
    what = "" if response else ": what counts as response"
    if stopped is None:
        rule = f"{{column: {as_yaml(column)}, favourable: {as_yaml(favourable)}}}"
        return [f"response: {rule}  {CONFIRM}{what}"]
    label = f"{{column: {as_yaml(stopped[0].name)}, unfavourable: {as_yaml(stopped[1])}}}"
    return [
        f"response:  {CONFIRM}{what}",
        f"  column: {as_yaml(column)}",
        f"  favourable: {as_yaml(favourable)}",
        f"  tolerability: {label}  {CONFIRM}: who stopped for adverse events",
    ]


def _predictor_lines(table: RawTable, rest: list[Column], catalog: Catalog) -> list[str]:
    own = table.frame[[c.name for c in rest]]
    told = named_units([c.name for c in rest if _mostly_numbers(c)], catalog)
    ignored = FaultLog()
    matching = match_columns(
        own,
        file=table.file,
        catalog=catalog,
        reserved={},
        predictors=told,
        additional={},
        faults=ignored,
    )
    readable = screen_columns(
        own, matching, catalog=catalog, file=table.file, decimal=table.decimal, faults=ignored
    )
    by_name = {column.name: column for column in rest}
    recognised = {
        s.column or "": f"{s.name}{f' in {s.unit}' if s.unit else ''}"
        for s in readable.values()
        if s.name not in told
    }
    recognised |= {c: name for name, coding in matching.loci.items() for c in coding.columns}
    unclear = {
        spec.column: _unclear_line(spec, by_name[spec.column], table)
        for name, spec in matching.specs.items()
        if name not in readable and spec.column is not None
    }
    lines = ["# Recognised by name, used as they are unless you say otherwise:"]
    lines += [f"#   {as_yaml(column)} is {what}" for column, what in recognised.items()]
    clear = {r.column: _unit_line(name, r) for name, r in told.items() if name in readable}
    lines += ["predictors:", *clear.values(), *unclear.values()]
    lines.append(f"additional_predictors:  {CONFIRM}: uncomment those known before treatment began")
    others = [c for c in rest if c.name not in {*recognised, *clear, *unclear}]
    return [*lines, *_additional_lines(others, table), *_unused_lines(others, table)]


def _unit_line(name: str, reading: ColumnReading) -> str:
    """Return the entry for a column whose header names a predictor and its unit."""
    column, unit = as_yaml(reading.column or ""), as_yaml(reading.unit or "")
    return f"  {name}: {{column: {column}, unit: {unit}}}  {CONFIRM}"


def _unclear_line(spec: PredictorSpec, column: Column, table: RawTable) -> str:
    """Return a commented entry for a column that is called like a predictor but reads unlike it."""
    entry = f"#  {spec.name}: {{column: {as_yaml(column.name)}"
    if spec.reads_labels:
        labels = ", ".join(f"{as_yaml(text)}: CHANGE_ME" for text in column.common)
        return f"{entry}, labels: {{{labels}}}}}  {CONFIRM}: {' | '.join(spec.levels)}"
    if not _mostly_numbers(column):
        return f"{entry}}}  {CONFIRM}: {_no_numbers(column, table)}"
    return f"{entry}, unit: CHANGE_ME}}  {CONFIRM}: the values look unlike {spec.unit}"


def _additional_lines(columns: list[Column], table: RawTable) -> list[str]:
    """Return a commented entry for each column that could be a predictor of the study's own."""
    lines: dict[str, str] = {}
    for column in columns:
        if (kind := guess_kind(column)) is None:
            continue
        name = _slug(column.name, "column").lower().replace("-", "_")
        others = (f"{name}_{number}" for number in range(2, len(lines) + 3))
        name = name if name not in lines else next(o for o in others if o not in lines)
        doubt = ""
        if kind == "continuous" and not column.numeric:
            doubt = f"  {CONFIRM}: {_no_numbers(column, table)}"
        elif kind == "continuous" and column.unique:
            doubt = f"  {CONFIRM}: no value stands twice: is it an identifier?"
        lines[name] = f"#  {name}: {{column: {as_yaml(column.name)}, kind: {kind}}}{doubt}"
    return list(lines.values())


def _mostly_numbers(column: Column) -> bool:
    return 2 * column.numbers >= column.given


def _no_numbers(column: Column, table: RawTable) -> str:
    bad = column.given - column.numbers
    what = "is no number" if bad == 1 else "are no numbers"
    return f"{bad} of {counted(column.given, 'cell')} {what}; {_hint(column, table)}"


def _hint(column: Column, table: RawTable) -> str:
    cells = table.frame[column.name]
    return hint_for_numbers(cells, read_numbers(cells, table.decimal).unreadable, table.decimal)


def _unused_lines(columns: list[Column], table: RawTable) -> list[str]:
    """Return why each column that could be no predictor is left out."""
    unused = [column for column in columns if guess_kind(column) is None]
    lines = [f"#   {as_yaml(column.name)}: {_why_unused(column, table)}" for column in unused]
    return ["# Not used:", *lines] if lines else []


def _why_unused(column: Column, table: RawTable) -> str:
    if column.n_labels < 2:
        return "one label only" if column.given else "no value"
    if column.unique:
        return "a different text in every row"
    return f"{column.n_labels} different texts; as a number: {_hint(column, table)}"
