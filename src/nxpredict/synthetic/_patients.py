"""Complete patients: genotypes, clinical variables and biomarkers, with nothing missing yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog import Catalog, RepeatLocus
from nxpredict.synthetic._draws import latent_normals, level, quantile, stream
from nxpredict.synthetic._parameters import Parameters
from nxpredict.synthetic._terms import condition_of

Calls = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Patients:
    """Patients as they are, before anything goes missing.

    Parameters
    ----------
    values : DataFrame
        One column a predictor, typed as everywhere (levels of binary and ordinal predictors as
        float64 codes, of categorical ones as text), and ``site``; RangeIndex.
    genotypes : mapping of str to int64 array of shape (n, 2)
        Both alleles at each locus: 0 or 1 at a SNP, the number of repeats at a repeat locus.
    """

    values: pd.DataFrame
    genotypes: Calls

    def take(self, rows: NDArray[np.intp]) -> Patients:
        """Return the patients at these positions."""
        values = self.values.iloc[rows].reset_index(drop=True)
        return Patients(values, {locus: pair[rows] for locus, pair in self.genotypes.items()})


def draw_patients(
    size: int,
    parameters: Parameters,
    *,
    ancestry_mix: Mapping[str, float],
    catalog: Catalog,
    seed: int,
    who: str,
    screened: bool,
) -> Patients:
    """Draw complete patients.

    Parameters
    ----------
    size : int
        How many.
    parameters : Parameters
        Distributions and frequencies.
    ancestry_mix : mapping of str to float
        Share of each ancestry; sums to 1.
    catalog : Catalog
        Allele frequencies, and the number of repeats from which an allele counts as long.
    seed : int
        The scenario's seed.
    who : str
        Name of the group, which is also the name of its stream.
    screened : bool
        Leave out those whom the trial turns away.

    Returns
    -------
    Patients
        Exactly `size` patients.
    """
    drawn = size + size // 2 + 20 if screened else size
    while True:
        patients = _draw(drawn, parameters, ancestry_mix, catalog, seed, who)
        if not screened:
            return patients
        turned_away = np.zeros(drawn, dtype=bool)
        for rule in parameters.screening.values():
            condition = condition_of(rule, catalog)
            if condition is not None:
                turned_away |= condition.holds(patients.values[rule["predictor"]]) == 1
        kept = np.flatnonzero(~turned_away)
        if len(kept) >= size:
            return patients.take(kept[:size])
        drawn = 2 * drawn


def _draw(
    size: int,
    parameters: Parameters,
    ancestry_mix: Mapping[str, float],
    catalog: Catalog,
    seed: int,
    who: str,
) -> Patients:
    rng = stream(seed, who, "ancestry and site")
    names = list(ancestry_mix)
    ancestry = rng.choice(names, size=size, p=[ancestry_mix[name] for name in names])
    site = rng.choice(parameters.site["names"], size=size, p=parameters.site["shares"])
    values = pd.DataFrame({"site": site.astype(object), "ancestry": ancestry.astype(object)})
    values = values.join(_clinical(size, parameters, catalog, stream(seed, who, "clinical")))
    genotypes = _genotypes(ancestry, parameters, catalog, stream(seed, who, "genotypes"))
    for name, dosage in _dosages(genotypes, catalog).items():
        values[name] = dosage
    return Patients(values, genotypes)


def _clinical(
    size: int, parameters: Parameters, catalog: Catalog, rng: np.random.Generator
) -> pd.DataFrame:
    names = list(parameters.variables)
    latent = latent_normals(size, names, parameters.correlation, rng)
    frame = pd.DataFrame(index=pd.RangeIndex(size))
    for k, (name, variable) in enumerate(parameters.variables.items()):
        if variable.levels:
            codes = [
                np.nan if not text else catalog.predictors[name].code(text)
                for text in variable.levels
            ]
            frame[name] = np.array(codes, dtype=object)[level(variable, latent[:, k])]
            if catalog.predictors[name].kind != "categorical":
                frame[name] = frame[name].astype(np.float64)
            continue
        value = quantile(variable, latent[:, k])
        if variable.female != 1.0:
            value = np.where(_is(frame, "sex", "female", catalog), variable.female * value, value)
        for other, label in variable.applies_if.items():
            value = np.where(_is(frame, other, label, catalog), value, 0.0)
        frame[name] = np.round(value, variable.digits)
    frame["onset_age"] = frame["onset_age"].clip(upper=frame["age"] - 1.0)
    frame["drinking_risk_level"] = _risk_level(frame, catalog)
    return frame


def _is(frame: pd.DataFrame, name: str, label: str, catalog: Catalog) -> NDArray[np.bool_]:
    return (frame[name] == catalog.predictors[name].code(label)).to_numpy()


def _risk_level(frame: pd.DataFrame, catalog: Catalog) -> NDArray[np.float64]:
    index = np.zeros(len(frame))
    levels = catalog.drinking.risk_levels
    for sex, bounds in (("male", levels.male), ("female", levels.female)):
        rows = _is(frame, "sex", sex, catalog)
        index[rows] = np.searchsorted(bounds, frame["alcohol_intake"].to_numpy()[rows])
    return index


def _genotypes(
    ancestry: NDArray[np.str_],
    parameters: Parameters,
    catalog: Catalog,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.int64]]:
    drawn: dict[str, NDArray[np.int64]] = {}
    for name, panel in parameters.genotypes.items():
        if name in catalog.repeats:
            drawn[name] = _repeats(ancestry, catalog.repeats[name], rng)
            continue
        loci = panel.get("loci", [name])
        known = catalog.variants[loci[0]].frequencies
        frequency = np.array([known[a].value for a in ancestry])
        variant = rng.random((len(ancestry), 2)) < frequency[:, None]
        broken = variant & (rng.random(variant.shape) < panel.get("broken", 0.0))
        lost = rng.integers(0, len(loci), variant.shape)
        for k, locus in enumerate(loci):
            drawn[locus] = (variant & ~(broken & (lost == k))).astype(np.int64)
    return drawn


def _repeats(
    ancestry: NDArray[np.str_], locus: RepeatLocus, rng: np.random.Generator
) -> NDArray[np.int64]:
    pair = np.zeros((len(ancestry), 2), dtype=np.int64)
    u = rng.random(pair.shape)
    for name in np.unique(ancestry):
        shares = repeat_shares(locus.frequencies[name].alleles)
        edges = np.cumsum(list(shares.values()))
        rows = ancestry == name
        pair[rows] = np.array(list(shares))[np.searchsorted(edges[:-1] / edges[-1], u[rows])]
    return pair


def repeat_shares(alleles: Mapping[str, float]) -> dict[int, float]:
    """Return the share of each repeat count.

    A pooled range is split evenly; an open one counts as its lower end.

    Examples
    --------
    >>> repeat_shares({"4": 0.9, "5-6": 0.04, "8+": 0.06})
    {4: 0.9, 5: 0.02, 6: 0.02, 8: 0.06}
    """
    shares: dict[int, float] = {}
    for text, share in alleles.items():
        low, _, high = text.removesuffix("+").partition("-")
        counts = range(int(low), int(high or low) + 1)
        shares.update(dict.fromkeys(counts, share / len(counts)))
    return shares


def _dosages(genotypes: Calls, catalog: Catalog) -> dict[str, NDArray[np.float64]]:
    """Return the catalogue's genotype predictors: copies of what all of their loci carry."""
    dosages = {}
    for name, predictor in catalog.predictors.items():
        if predictor.kind != "dosage":
            continue
        carried = [
            pair >= catalog.repeats[locus].long_threshold if locus in catalog.repeats else pair == 1
            for locus, pair in ((locus, genotypes[locus]) for locus in predictor.derived_from)
        ]
        dosages[name] = np.all(carried, axis=0).sum(axis=1).astype(np.float64)
    return dosages
