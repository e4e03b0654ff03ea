"""How the predictors of one study are read from a table; travels with the model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from nxpredict.genotypes import ColumnCoding

Kind = Literal["continuous", "binary", "categorical", "ordinal", "dosage"]


@dataclass(frozen=True, slots=True)
class PredictorSpec:
    """How one predictor is read from one table.

    Parameters
    ----------
    name, label : str
        Name in ``X`` and name for people.
    family : {"genotype", "clinical", "biomarker", "additional"}
    kind : {"continuous", "binary", "categorical", "ordinal", "dosage"}
    role : {"predictor", "nuisance", "safety"}
    column : str, optional
        Header in the table; None when the values come from genotypes.
    unit, source_unit : str, optional
        Unit in ``X`` and unit in the table.
    factor : float
        ``X = factor * table``.
    low, high : float, optional
        Plausible range in `unit`; a value outside is refused.
    levels : tuple of str
        Labels in order: the second is 1 when binary, the position is the value when ordinal.
    codes : mapping of str to str
        Folded text of a cell (see `fold_label`) -> level; an empty level means missing. A number
        has codes for missing only.
    pooled : str, optional
        The level that stands for labels never seen; None when such a label is a fault.
    required : bool
        A patient without it cannot be scored.
    locus : str, optional
        The genotype locus, or several joined by ``;``, that the values are derived from.
    """

    name: str
    label: str
    family: str
    kind: Kind
    role: str = "predictor"
    column: str | None = None
    unit: str | None = None
    source_unit: str | None = None
    factor: float = 1.0
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    pooled: str | None = None
    required: bool = False
    locus: str | None = None

    @property
    def reads_labels(self) -> bool:
        """Whether cells are labels rather than numbers."""
        return self.kind in ("binary", "categorical", "ordinal")

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the defaults, as plain values."""
        changed = {f.name: v for f in fields(self) if (v := getattr(self, f.name)) != f.default}
        return changed | {"levels": list(self.levels), "codes": dict(self.codes)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PredictorSpec:
        """Read what `to_dict` wrote."""
        _check_texts(data["name"], data.get("column"), data.get("locus"))
        codes = dict(data.get("codes", {}))
        _check_texts(*codes.values())
        return cls(**{**data, "levels": tuple(data.get("levels", ())), "codes": codes})


@dataclass(frozen=True, slots=True)
class Schema:
    """How a table of patients is read.

    Parameters
    ----------
    id_column : str
    predictors : tuple of PredictorSpec
        In the order of the columns of ``X``.
    loci : mapping of str to ColumnCoding
        Genotype locus -> how columns of the table hold its calls.
    long_alleles : str, optional
        Which repeat alleles count as long; the catalogue's own by default.
    decimal : {".", ","}
        Decimal mark of text columns.

    Examples
    --------
    >>> age = PredictorSpec("age", "Age", "clinical", "continuous", column="age_years", low=12)
    >>> schema = Schema("patient_id", (age,))
    >>> Schema.from_dict(schema.to_dict()) == schema
    True
    """

    id_column: str
    predictors: tuple[PredictorSpec, ...]
    loci: Mapping[str, ColumnCoding] = field(default_factory=dict)
    long_alleles: str | None = None
    decimal: str = "."

    @property
    def names(self) -> tuple[str, ...]:
        """Columns of ``X``."""
        return tuple(spec.name for spec in self.predictors)

    @property
    def columns(self) -> tuple[str, ...]:
        """Headers read from the table, the identifier first."""
        own = (spec.column for spec in self.predictors if spec.column is not None)
        calls = (column for coding in self.loci.values() for column in coding.columns)
        return tuple(dict.fromkeys((self.id_column, *own, *calls)))

    def spec(self, name: str) -> PredictorSpec:
        """Return one predictor.

        Raises
        ------
        KeyError
            When there is none of that name.
        """
        for spec in self.predictors:
            if spec.name == name:
                return spec
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return the schema as plain values, for JSON."""
        return {
            "id_column": self.id_column,
            "predictors": [spec.to_dict() for spec in self.predictors],
            "long_alleles": self.long_alleles,
            "decimal": self.decimal,
            "loci": {
                name: asdict(coding) | {"columns": list(coding.columns)}
                for name, coding in self.loci.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """Read what `to_dict` wrote."""
        _check_texts(data["id_column"], data["long_alleles"])
        if data["decimal"] not in (".", ","):
            raise ValueError("a decimal mark is a point or a comma")
        specs = tuple(PredictorSpec.from_dict(d) for d in data["predictors"])
        loci = {
            name: ColumnCoding(**{**coding, "columns": tuple(coding["columns"])})
            for name, coding in data["loci"].items()
        }
        return cls(data["id_column"], specs, loci, data["long_alleles"], data["decimal"])


def _check_texts(*values: object) -> None:
    if not all(value is None or isinstance(value, str) for value in values):
        raise TypeError("a schema names its columns, loci and levels by text")


def fold_label(text: str) -> str:
    """Return the form in which labels are compared: case and the ``.0`` of whole numbers gone.

    Examples
    --------
    >>> fold_label(" Yes "), fold_label("1.0"), fold_label("01")
    ('yes', '1', '01')
    """
    folded = text.strip().casefold()
    if "." not in folded and "e" not in folded:
        return folded
    try:
        number = float(folded)
    except ValueError:
        return folded
    return f"{number:.0f}" if math.isfinite(number) and number == int(number) else folded
