"""One predictor of the catalogue: what it is, how it is coded and in which units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["continuous", "binary", "categorical", "ordinal", "dosage"]
Family = Literal["genotype", "clinical", "biomarker"]
Role = Literal["predictor", "nuisance", "safety"]

_NUMBERS = ("low", "high", "typical_low", "typical_high")


@dataclass(frozen=True, slots=True)
class Predictor:
    """A quantity known before treatment, with its unit, ranges, labels and source.

    Parameters
    ----------
    name, label : str
        Name in the program and name for people.
    family : {"genotype", "clinical", "biomarker"}
    kind : {"continuous", "binary", "categorical", "ordinal", "dosage"}
    column : str
        Canonical column name, with the unit in it.
    certainty, reference, description : str
        Provenance tag, source and definition.
    role : {"predictor", "nuisance", "safety"}
        Nuisance is adjusted for and never an input of a score; safety is read for cautions only.
    unit : str
        Canonical unit, empty for labels and dosages.
    units : mapping of str to float
        Other accepted unit to the factor that turns a value into the canonical unit.
    aliases : tuple of str
        Other column names with the same meaning in the canonical unit.
    parts : tuple of str
        Column names that mean a part of it: of a binary predictor, whose yes is a yes and whose no
        leaves open what else it may be.
    low, high : float, optional
        What is physically possible, in the canonical unit.
    typical_low, typical_high : float, optional
        Where the median of any cohort's values other than 0 lies, in the canonical unit.
    labels : mapping of str to tuple of str
        Canonical label to accepted texts, in order (binary: 0 then 1; ordinal: lowest first).
    requires : tuple of str
        Predictors without which this one is not used.
    derived_from : tuple of str
        Loci that a genotype predictor is computed from.
    loinc : str, optional
    timing : {"baseline", "post_baseline"}
    """

    name: str
    label: str
    family: Family
    kind: Kind
    column: str
    certainty: str
    reference: str
    description: str
    role: Role = "predictor"
    unit: str = ""
    units: Mapping[str, float] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    typical_low: float | None = None
    typical_high: float | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    loinc: str | None = None
    timing: Literal["baseline", "post_baseline"] = "baseline"

    @classmethod
    def read(
        cls,
        name: str,
        table: Mapping[str, Any],
        label_sets: Mapping[str, Mapping[str, tuple[str, ...]]],
    ) -> Predictor:
        """Read one TOML table; a text for ``labels`` names one of `label_sets`."""
        labels = table.get("labels", {})
        numbers = {key: float(table[key]) for key in _NUMBERS if key in table}
        return cls(
            name=name,
            **{
                **table,
                **numbers,
                "labels": label_sets[labels] if isinstance(labels, str) else labels,
            },
        )

    @property
    def levels(self) -> tuple[str, ...]:
        """Canonical labels in order."""
        return tuple(self.labels)

    def code(self, label: str) -> float | str:
        """Return a canonical label as it stands in a typed table.

        Raises
        ------
        KeyError
            When the predictor has no such label.
        """
        if label not in self.labels:
            raise KeyError(f"{self.name} has no label {label!r}")
        return label if self.kind == "categorical" else float(self.levels.index(label))

    def factor(self, unit: str) -> float:
        """Return the factor from `unit` to the canonical unit.

        Letter case, surrounding blanks and the two micro signs do not matter.

        Raises
        ------
        KeyError
            When the unit is not known for this predictor.
        """
        known = {_fold(self.unit): 1.0} | {_fold(u): f for u, f in self.units.items()}
        if _fold(unit) not in known:
            raise KeyError(f"{self.name} is not measured in that unit")
        return known[_fold(unit)]

    def is_typical(self, median: float) -> bool:
        """Tell whether `median` can be, in the canonical unit, that of a cohort's values not 0."""
        if self.typical_low is None or self.typical_high is None:
            return True
        return self.typical_low <= median <= self.typical_high

    def likely_units(self, median: float) -> tuple[str, ...]:
        """Return the other units in which `median` would be a typical cohort median."""
        return tuple(u for u, factor in self.units.items() if self.is_typical(median * factor))


def _fold(unit: str) -> str:
    return unit.strip().casefold().replace("\N{MICRO SIGN}", "u").replace("μ", "u")
