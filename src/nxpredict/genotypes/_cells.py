"""What stands in one table cell, as a pair of alleles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Notation = Literal["alleles", "vcf", "dosage", "repeats", "fragment_bp"]

_MISSING = frozenset(
    {"", ".", "-", "--", "?", "??", "na", "n/a", "nan", "nn", "n/n", "none", "null", "missing"}
    | {"./.", ".|.", "-/-", "0", "00", "no call", "nocall", "no_call", "not tested", "undetermined"}
    | {"<na>", "nat"}
)
_NUMBER_MISSING = _MISSING - {"0", "00"}
_LETTER_PAIR = re.compile(r"([ACGT])\s*([/|,;: ]?)\s*([ACGT])\Z")
_HALF = re.compile(r"(?:[ACGT]|[ACGT]\s*[/|]\s*[-.0N?]|[-.0N?]\s*[/|]\s*[ACGT]|[ACGT]-|-[ACGT])\Z")
_INDEL = re.compile(r"[ACGTID]{1,2}\Z|[ACGTID]\s*[/|]\s*[ACGTID]\Z")
_VCF = re.compile(r"(\d{1,2}|\.)([/|])(\d{1,2}|\.)\Z")
_REPEATS = re.compile(
    r"(\d{1,2}(?:\.\d+)?)\s*R?\s*([/|,; ])\s*(\d{1,2}(?:\.\d+)?)\s*R?\Z", re.IGNORECASE
)
_ONE_REPEAT = re.compile(
    r"\d\s*R?\Z|1\d\s*R\Z|\d{1,2}R?\s*[/|]\s*[-.?]\Z|[-.?]\s*[/|]\s*\d{1,2}R?\Z", re.IGNORECASE
)
_FRAGMENTS = re.compile(
    r"(\d{2,4}(?:\.\d+)?)\s*(?:bp)?\s*[/|,; ]\s*(\d{2,4}(?:\.\d+)?)\s*(?:bp)?\Z", re.IGNORECASE
)
_ONE_FRAGMENT = re.compile(r"\d{2,4}(?:\.\d+)?\s*(?:bp)?\Z", re.IGNORECASE)
_MONTH = re.compile(
    r"(?<![a-z])(?:jan|feb|fev|fév|mar|mär|mrz|avr|apr|may|mai|mei|maj|jun|juin|jul|juil|aug|aoû|"
    r"aou|ago|sep|set|oct|okt|out|nov|dec|dez|déc)[a-zéûä]*\.?(?![a-z])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d{1,2}:\d{2}.*)?\Z|0\d[-/]\d{1,2}\Z|\d{1,2}[-/]0\d\Z"
)
_SERIAL = re.compile(r"[345]\d{4}(?:\.0*)?\Z")
"""A date of 1982 to 2064 as spreadsheets count days."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One parsed cell.

    ``first`` and ``second`` are allele texts or None; ``problem`` is a fault code (then the call
    is Indeterminate), or None.
    """

    first: str | None = None
    second: str | None = None
    phased: bool = False
    problem: str | None = None


MISSING_CELL = Cell()


def parse_cell(text: str, notation: Notation) -> Cell:
    """Read one cell.

    Examples
    --------
    >>> parse_cell("A|G", "alleles")
    Cell(first='A', second='G', phased=True, problem=None)
    >>> parse_cell("4-Jul", "repeats").problem
    'excel-date'
    """
    return _PARSERS[notation](text.strip())


def is_missing(text: str, notation: Notation) -> bool:
    """Tell whether a cell of one allele says that it was not called."""
    plain = text.strip().lower()
    return plain in (_NUMBER_MISSING if notation in {"vcf", "dosage"} else {*_MISSING, "n"})


def looks_like_date(text: str) -> bool:
    """Tell whether a spreadsheet turned a pair such as 4/7 into a date."""
    return bool(_MONTH.search(text) or _DATE.match(text) or _SERIAL.match(text))


def _alleles(text: str) -> Cell:
    upper = text.upper()
    if text.lower() in _MISSING:
        return MISSING_CELL
    if _VCF.match(text):
        return Cell(problem="undeclared-vcf-genotype")
    if text in {"1", "2", "0.0", "1.0", "2.0"}:
        return Cell(problem="undeclared-dosage")
    pair = _LETTER_PAIR.match(upper)
    if pair:
        return Cell(pair[1], pair[3], phased=pair[2] == "|")
    if _HALF.match(upper):
        letter = next(c for c in upper if c in "ACGT")
        return Cell(letter, None)
    if _INDEL.match(upper):
        return Cell(problem="unexpected-allele")
    return Cell(problem="bad-genotype")


def _vcf(text: str) -> Cell:
    if text.lower() in _NUMBER_MISSING:
        return MISSING_CELL
    pair = _VCF.match(text)
    if pair:
        first, second = (None if part == "." else part for part in (pair[1], pair[3]))
        return Cell(first or second, second if first else None, phased=pair[2] == "|")
    if text in {"0", "1"}:
        return Cell(text, None)
    return Cell(problem="bad-genotype")


def _dosage(text: str) -> Cell:
    if text.lower() in _NUMBER_MISSING:
        return MISSING_CELL
    number = re.fullmatch(r"([012])(?:\.0*)?", text)
    if number is None:
        return Cell(problem="bad-dosage")
    copies = int(number[1])
    return Cell("1" if copies else "0", "1" if copies == 2 else "0")


def _repeats(text: str) -> Cell:
    if text.lower() in _MISSING:
        return MISSING_CELL
    if looks_like_date(text):
        return Cell(problem="excel-date")
    pair = _REPEATS.match(text)
    if pair and not (pair[2] == "," and "." in text):
        return Cell(pair[1], pair[3], phased=pair[2] == "|")
    if _ONE_REPEAT.match(text):
        return Cell(re.search(r"\d+", text)[0], None)  # type: ignore[index]
    return Cell(problem="bad-repeat-pair")


def _fragments(text: str) -> Cell:
    if text.lower() in _MISSING:
        return MISSING_CELL
    if looks_like_date(text):
        return Cell(problem="excel-date")
    pair = _FRAGMENTS.match(text)
    if pair:
        return Cell(pair[1], pair[2])
    if _ONE_FRAGMENT.match(text):
        return Cell(text.lower().removesuffix("bp").strip(), None)
    return Cell(problem="bad-fragment-pair")


_PARSERS = {
    "alleles": _alleles,
    "vcf": _vcf,
    "dosage": _dosage,
    "repeats": _repeats,
    "fragment_bp": _fragments,
}

PROBLEMS: dict[str, tuple[str, str]] = {
    "unexpected-allele": (
        "the genotype holds an allele that this variant is not known to have",
        "correct the cell, or check the strand and whether this is the right column",
    ),
    "bad-genotype": (
        "not a genotype; expected two letters such as A/G",
        "write A/G, or leave the cell empty when it was not called",
    ),
    "undeclared-vcf-genotype": (
        "the cell looks like a VCF genotype, which has no letters",
        "declare the column's notation as vcf, or write letters",
    ),
    "undeclared-dosage": (
        "the cell holds a number; a count means nothing until the counted allele is declared",
        "declare notation: dosage and the counted allele, or write letters",
    ),
    "bad-dosage": (
        "not a number of copies; expected 0, 1 or 2",
        "write 0, 1 or 2, or leave the cell empty",
    ),
    "bad-repeat-pair": (
        "not a pair of repeat counts; expected 4/7 or 4R/7R",
        "write both counts with a slash, or leave the cell empty",
    ),
    "bad-fragment-pair": (
        "not a pair of fragment lengths in base pairs",
        "write both lengths with a slash, or leave the cell empty",
    ),
    "excel-date": (
        "a date stands where a pair of repeat counts was expected: a spreadsheet turned it",
        "set the column to text in the spreadsheet and enter the pairs again, best as 4R/7R",
    ),
}
