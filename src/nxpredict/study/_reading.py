"""How a study names and codes what it measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

LARGEST_NUMBER = 1e100
"""Beyond it nothing can be computed: squares overflow."""


def outside_bounds(
    values: npt.NDArray[np.float64], low: float | None = None, high: float | None = None
) -> npt.NDArray[np.bool_]:
    """Return which numbers lie outside of bounds, or are too large to compute with.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Unknown ones (NaN) are not outside.
    low, high : float, optional
        A value may lie a rounding error off, where its unit was converted.

    Examples
    --------
    >>> outside_bounds(np.array([-5.0, 0.0, 1e200, np.nan]), low=0).tolist()
    [True, False, True, False]
    """
    found = np.abs(values) > LARGEST_NUMBER
    for bound, sign in ((low, 1.0), (high, -1.0)):
        if bound is not None:
            found |= sign * (values - bound) < -1e-9 * max(1.0, abs(bound))
    return np.asarray(found)


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
    id_column : str, optional
        Header of the identifiers in tables of genotypes: that of the study's own table.
    """

    files: tuple[Path, ...] = ()
    absent_is_reference: bool = False
    id_map: Path | None = None
    build: Literal["GRCh37", "GRCh38"] | None = None
    strand: Literal["forward", "reverse", "unknown"] = "unknown"
    failed_filter: Literal["use", "no call"] = "use"
    long_alleles: str | None = None
    id_column: str | None = None


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
class ResponseReading:
    """How one table writes the numbers or labels of its response, and which numbers can be.

    Parameters
    ----------
    missing_codes : tuple of str
        Texts that mean a missing value in the columns of the response and beside it.
    low, high : float, optional
        What is possible, in `unit`; both ends are.
    unit : str
        As written in the table, empty for a score.
    whole : bool
        Whether only whole numbers are possible.

    Examples
    --------
    >>> reading = ResponseReading(low=0, high=100, unit="%")
    >>> reading.possible, reading.outside(np.array([-5.0, 0.0, 100.0, np.nan])).tolist()
    ('the possible range 0 to 100 %', [True, False, False, False])
    """

    missing_codes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    whole: bool = False

    def outside(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Return which numbers cannot be; unknown ones are not among them."""
        found = outside_bounds(values, self.low, self.high)
        if self.whole:
            found |= ~np.isnan(values) & (values != np.round(values))
        return found

    @property
    def possible(self) -> str:
        """What can be, as a phrase."""
        ends = (
            f"{self.low or 0:g} or more" if self.high is None else f"{self.low:g} to {self.high:g}"
        )
        whole = f", in whole {self.unit}" if self.whole else f" {self.unit}"
        return f"the possible range {ends}{whole}".rstrip()


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

    Examples
    --------
    >>> AdditionalPredictor("cd40", "continuous", unit="cells/mm3").when
    'baseline'
    """

    column: str
    kind: Literal["continuous", "binary", "categorical", "ordinal"]
    unit: str | None = None
    when: Literal["baseline", "post_baseline"] = "baseline"
    required: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
