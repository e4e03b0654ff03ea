"""How a study names and codes what it measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table file and how to read it, as far as this is declared.

    Parameters
    ----------
    path : Path
        CSV, TSV or Parquet.
    separator : str, optional
        One character between fields; found by reading the header when absent.
    decimal : {".", ","}, optional
        The decimal mark; ``.`` when absent.
    """

    path: Path
    separator: str | None = None
    decimal: str | None = None


@dataclass(frozen=True, slots=True)
class GenotypeSource:
    """Genotype files and what the study says of them.

    Parameters
    ----------
    files : tuple of Path
    absent_is_reference : bool
        Take a variant without a record as homozygous reference. A choice to be made explicitly:
        wrong for most files.
    id_map : Path, optional
        Two columns, sample name and patient id.
    build : {"GRCh37", "GRCh38"}, optional
        Used only where the data do not tell.
    strand : {"forward", "reverse", "unknown"}
        Strand of letters in sources that do not guarantee one.
    failed_filter : {"use", "no call"}
        What to make of VCF records that failed their own filter where no record passed.
    long_alleles : str, optional
        Which repeat alleles count as long: 5, 7 or 2R-or-7R; the catalogue's own by default.
    """

    files: tuple[Path, ...] = ()
    absent_is_reference: bool = False
    id_map: Path | None = None
    build: Literal["GRCh37", "GRCh38"] | None = None
    strand: Literal["forward", "reverse", "unknown"] = "unknown"
    failed_filter: Literal["use", "no call"] = "use"
    long_alleles: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one table names and codes a predictor, or a genotype locus, of the catalogue.

    Parameters
    ----------
    column : str, optional
        Header of the column; found by the catalogue's names when absent.
    unit : str, optional
        Unit of the values in the column; the catalogue's own unit when absent.
    labels : mapping of str to str
        Text in the table -> the catalogue's label.
    second_column : str, optional
        Of a locus: the column of the second allele.
    genotype : mapping of str to str or float
        Of a locus: ``notation``, ``counted``, ``strand`` and ``reference_fragment_bp`` as far as
        declared, in the words of `nxpredict.genotypes.ColumnCoding`.
    """

    column: str | None = None
    unit: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    second_column: str | None = None
    genotype: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdditionalPredictor:
    """A predictor that the catalogue does not know, declared by the user.

    Parameters
    ----------
    column : str
        Header of the column.
    kind : {"continuous", "binary", "categorical", "ordinal"}
        Decides how values are read.
    unit : str, optional
        For display only; values are used as they stand.
    when : {"baseline", "post_baseline"}
        A value measured after baseline must not be used to predict.
    required : bool
        Whether a patient without the value cannot be scored.
    labels : mapping of str to str
        Text in the table -> label; empty when labels are taken as they stand.
    levels : tuple of str
        Labels in their order, for ordinal and binary (second = 1); empty when not given.
    """

    column: str
    kind: Literal["continuous", "binary", "categorical", "ordinal"]
    unit: str | None = None
    when: Literal["baseline", "post_baseline"] = "baseline"
    required: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
