"""The numbers that synthetic patients are drawn from, read from ``parameters.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.study import NumberResponse, ResponseScale

FloatArray = NDArray[np.float64]
LOGISTIC = float(np.sqrt(3) / np.pi)
"""A log-odds in standard deviations of the logistic distribution."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One regimen: its label in the table and what happens under it, on average."""

    label: str
    response_rate: float
    drop_out: float
    nausea: float


@dataclass(frozen=True, slots=True)
class Number:
    """A response that is a number: where it stands, and how it scatters among equals."""

    column: str
    unit: str
    middle: float
    sd: float
    minimum_benefit: float

    @property
    def per_log_odds(self) -> float:
        """What a log-odds of response is worth, in the unit."""
        return self.sd * LOGISTIC

    @property
    def response(self) -> NumberResponse:
        """How a study reads it: more is better."""
        return NumberResponse(self.column, ResponseScale(self.unit))


@dataclass(frozen=True, slots=True)
class Variable:
    """One clinical variable or biomarker: its marginal distribution and how often it is missing."""

    name: str
    distribution: str
    mean: float = 0.0
    sd: float = 1.0
    median: float = 1.0
    log_sd: float = 1.0
    low: float = 0.0
    high: float = np.inf
    digits: int = 0
    levels: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    female: float = 1.0
    tail: Mapping[str, float] = field(default_factory=dict)
    applies_if: Mapping[str, str] = field(default_factory=dict)
    missing: float = 0.0
    group: str = "clinic"
    missing_with: str | None = None

    def standardise(self, values: FloatArray) -> FloatArray:
        """Return `values` in standard deviations from the mean, on the log scale when lognormal.

        Examples
        --------
        >>> Variable("pacs", "normal", mean=17.0, sd=6.5).standardise(np.array([23.5]))
        array([1.])
        """
        if self.distribution == "lognormal":
            return np.asarray((np.log(values) - np.log(self.median)) / self.log_sd)
        return (values - self.mean) / self.sd


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything in ``parameters.toml``; the file itself says where each number comes from."""

    ancestry_mix: Mapping[str, Mapping[str, float]]
    arms: Mapping[str, Arm]
    number: Number
    drop_out: Mapping[str, float]
    site: Mapping[str, Any]
    missingness: Mapping[str, float]
    genotypes: Mapping[str, Mapping[str, Any]]
    contig_length: Mapping[str, int]
    genotyping_error: Mapping[str, float]
    variables: Mapping[str, Variable]
    screening: Mapping[str, Mapping[str, Any]]
    also_screened: Sequence[str]
    severity: str
    correlation: Mapping[tuple[str, str], float]
    prognostic: Sequence[Mapping[str, Any]]
    confounding: Sequence[Mapping[str, Any]]
    crossover: Mapping[str, float]

    def severity_of(self, patients: pd.DataFrame) -> FloatArray:
        """Return severity in standard deviations, float64, shape (n,)."""
        values = patients[self.severity].to_numpy(np.float64)
        return self.variables[self.severity].standardise(values)


@cache
def load_parameters() -> Parameters:
    """Read ``parameters.toml`` of this package, once.

    Examples
    --------
    >>> load_parameters().arms["naltrexone"].label
    'NTX'
    """
    text = files(__package__).joinpath("parameters.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return Parameters(
        ancestry_mix=raw["ancestry_mix"],
        arms={name: Arm(**spec) for name, spec in raw["arms"].items()},
        number=Number(**raw["number"]),
        drop_out=raw["drop_out"],
        site=raw["site"],
        missingness=raw["missingness"],
        genotypes=raw["genotypes"],
        contig_length=raw["contig_length"],
        genotyping_error=raw["genotyping_error"],
        variables={name: Variable(name, **spec) for name, spec in raw["variable"].items()},
        screening=raw["screening"],
        also_screened=raw["also_screened"],
        severity=raw["severity"],
        correlation=_pairs(raw["correlation"]),
        prognostic=raw["prognostic"],
        confounding=raw["confounding"],
        crossover=raw["crossover"],
    )


def _pairs(raw: Mapping[str, float]) -> dict[tuple[str, str], float]:
    pairs = {}
    for names, r in raw.items():
        first, second = names.split()
        pairs[first, second] = r
    return pairs
