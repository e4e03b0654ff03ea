"""Draw patients: the table that a method sees, and the standard scores behind the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Loadings on three shared factors (drinking, mood, temperament), so that predictors are correlated.
LOADINGS: dict[str, tuple[float, float, float]] = {
    "age": (0.1, 0.0, -0.4),
    "craving": (0.4, 0.5, 0.2),
    "drinks": (0.7, 0.1, 0.2),
    "ggt": (0.6, 0.0, 0.0),
    "alt": (0.5, 0.0, 0.0),
    "mcv": (0.5, 0.0, -0.1),
    "cortisol": (0.0, 0.4, 0.0),
    "anxiety": (0.0, 0.7, 0.1),
    "depression": (0.1, 0.7, 0.0),
    "impulsivity": (0.1, 0.1, 0.6),
}
# Shown value = exp(a + b z) where skewed, a + b z elsewhere.
SKEWED = {"drinks": (2.0, 0.5), "ggt": (4.0, 0.8), "alt": (3.4, 0.5), "cortisol": (2.6, 0.4)}
STRAIGHT = {
    "age": (46.0, 11.0),
    "craving": (20.0, 7.0),
    "mcv": (95.0, 5.0),
    "anxiety": (10.0, 4.0),
    "depression": (16.0, 6.0),
    "impulsivity": (60.0, 10.0),
}
SHARES = {"female": 0.35, "family_history": 0.45, "early_onset": 0.4, "prior_treatment": 0.5}
ALLELES = {"snp_a": 0.15, "snp_b": 0.45, "snp_c": 0.30, "snp_d": 0.08}
GOALS = {"abstinence": 0.5, "reduction": 0.34, "undecided": 0.16}
REGIONS = {"north": 0.4, "south": 0.3, "east": 0.2, "west": 0.1}
BLOOD = ("ggt", "alt", "mcv", "cortisol")
GENES = tuple(ALLELES)


@dataclass(frozen=True)
class Patients:
    """Patients before any value goes missing.

    Attributes
    ----------
    z : dict of arrays, shape (n,)
        Standard scores of the continuous predictors, 0/1 of the binary ones, allele dosages.
    label : dict of arrays, shape (n,)
        Text of the categorical predictors.
    """

    z: dict[str, Array]
    label: dict[str, NDArray[np.str_]]

    def frame(self) -> pd.DataFrame:
        """Return the table as a method sees it: raw values, dosages and text."""
        columns: dict[str, object] = {}
        for name in LOADINGS:
            if name in SKEWED:
                a, b = SKEWED[name]
                columns[name] = np.exp(a + b * self.z[name]).round(2)
            else:
                a, b = STRAIGHT[name]
                columns[name] = (a + b * self.z[name]).round(1)
        columns |= {name: self.z[name] for name in ("smoker", *SHARES) if name != "female"}
        columns["sex"] = np.where(self.z["female"] == 1, "female", "male")
        columns |= {name: self.z[name] for name in GENES}
        columns |= dict(self.label)
        return pd.DataFrame(columns)


def draw_patients(rng: np.random.Generator, n: int) -> Patients:
    """Draw `n` patients with 10 continuous, 5 binary, 4 genotype and 2 categorical predictors."""
    factors = rng.standard_normal((n, 3))
    z: dict[str, Array] = {}
    for name, loading in LOADINGS.items():
        weights = np.array(loading)
        own = np.sqrt(1 - weights @ weights)
        z[name] = factors @ weights + own * rng.standard_normal(n)
    z["smoker"] = (rng.random(n) < expit(-0.6 + 0.6 * z["impulsivity"])).astype(float)
    for name, share in SHARES.items():
        z[name] = (rng.random(n) < share).astype(float)
    for name, share in ALLELES.items():
        z[name] = rng.binomial(2, share, n).astype(float)
    label = {"goal": _labels(rng, n, GOALS), "region": _labels(rng, n, REGIONS)}
    return Patients(z, label)


def expit(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def two_arms(base: Array, effect: Array | float) -> Array:
    """Return P(response) under each arm, shape (n, 2), `effect` being the log odds ratio."""
    return np.column_stack([expit(base - effect / 2), expit(base + effect / 2)])


def with_missing(
    rng: np.random.Generator, frame: pd.DataFrame, chance: dict[tuple[str, ...], Array | float]
) -> pd.DataFrame:
    """Return the table with values missing; columns named together go missing together."""
    frame = frame.copy()
    for names, share in chance.items():
        frame.loc[rng.random(len(frame)) < share, list(names)] = np.nan
    return frame


def missing_when_bad(
    p: Array, names: tuple[str, ...], shares: tuple[float, ...]
) -> dict[tuple[str, ...], Array]:
    """Return chances of missing, about `shares` on average, that fall with the mean response."""
    level = np.log(p.mean(axis=1) / (1 - p.mean(axis=1)))
    bad = -(level - level.mean())
    return {
        (name,): expit(np.log(share / (1 - share)) + 1.2 * bad)
        for name, share in zip(names, shares, strict=True)
    }


def _labels(rng: np.random.Generator, n: int, shares: dict[str, float]) -> NDArray[np.str_]:
    return rng.choice(np.array(list(shares)), size=n, p=list(shares.values()))
