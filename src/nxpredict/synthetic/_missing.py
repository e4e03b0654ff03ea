"""What the study sees of complete patients: genotyping errors, and values that go missing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from nxpredict.catalog import Catalog
from nxpredict.synthetic._draws import intercept_for
from nxpredict.synthetic._parameters import FloatArray, Parameters
from nxpredict.synthetic._patients import Calls, Patients

BoolArray = NDArray[np.bool_]


def missing_shares(
    patients: pd.DataFrame, parameters: Parameters, *, mechanism: str
) -> dict[str, FloatArray]:
    """Return each patient's probability of lacking each variable and each genotype.

    Parameters
    ----------
    patients : DataFrame
        Complete patients with their site.
    parameters : Parameters
        Overall shares, site effects and the effect of severity.
    mechanism : {"site_and_severity", "at_random", "none"}
        ``site_and_severity``: depends on both, on the logit scale; ``at_random``: the same for
        everybody.

    Returns
    -------
    dict of str to float64 array of shape (n,)
        The average over patients is the overall share, whatever the mechanism.
    """
    wanted: dict[str, tuple[float, str]] = {
        name: (v.missing, v.group)
        for name, v in parameters.variables.items()
        if v.missing_with is None
    }
    for name, spec in parameters.genotypes.items():
        wanted[name] = (spec["missing"], spec["group"])
    severity = parameters.missingness["severity"] * parameters.severity_of(patients)
    site = pd.Index(parameters.site["names"]).get_indexer(pd.Index(patients["site"]))
    shares = {}
    for name, (share, group) in wanted.items():
        if mechanism == "none" or share == 0.0:
            shares[name] = np.zeros(len(patients))
        elif mechanism == "at_random":
            shares[name] = np.full(len(patients), share)
        else:
            linear = np.array(parameters.site["missingness"][group])[site] + severity
            shares[name] = special.expit(intercept_for(linear, share) + linear)
    return shares


def blank(
    patients: Patients,
    shares: Mapping[str, FloatArray],
    parameters: Parameters,
    rng: np.random.Generator,
) -> Patients:
    """Return the patients with missing values blanked (NaN or None) and missing calls set to -1."""
    masks = {name: _draw_mask(share, rng) for name, share in shares.items()}
    for name, variable in parameters.variables.items():
        if variable.missing_with is not None:
            masks[name] = masks[variable.missing_with]
    masks["drinking_risk_level"] = masks["alcohol_intake"]
    values = patients.values.copy()
    for name in values.columns.intersection(list(masks)):
        values[name] = values[name].mask(masks[name], None)
    genotypes = {
        locus: np.where(masks[panel][:, None], -1, patients.genotypes[locus])
        for panel, spec in parameters.genotypes.items()
        for locus in spec.get("loci", [panel])
    }
    return Patients(values, genotypes)


def misread(
    genotypes: Calls, parameters: Parameters, catalog: Catalog, rng: np.random.Generator
) -> Calls:
    """Return the genotypes as the laboratory reports them: now and then one allele is wrong."""
    error = parameters.genotyping_error
    read = {}
    for locus, pair in genotypes.items():
        repeats = catalog.repeats.get(locus)
        wrong = np.zeros(pair.shape, dtype=bool)
        share = error["repeat_off" if repeats else "snp"]
        wrong[np.arange(len(pair)), rng.integers(0, 2, len(pair))] = rng.random(len(pair)) < share
        if repeats:
            step = rng.choice([-1, 1], size=pair.shape)
            other = np.clip(pair + step, repeats.minimum_repeats, repeats.maximum_repeats)
        else:
            other = 1 - pair
        read[locus] = np.where(wrong, other, pair)
    return read


def _draw_mask(share: FloatArray, rng: np.random.Generator) -> BoolArray:
    mask = rng.random(len(share)) < share
    if len(mask) and mask.all():
        # A column that is missing for everybody is a column that the study does not have.
        mask[int(np.argmin(share))] = False
    return mask
