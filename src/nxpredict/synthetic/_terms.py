"""What the response depends on: one number a patient for each term."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog, Condition
from nxpredict.synthetic._parameters import FloatArray, Parameters, Variable


@dataclass(frozen=True, slots=True)
class Term:
    """A size on the log-odds scale times an indicator, a dosage or a standardised value.

    Parameters
    ----------
    predictor : str
        Column of the typed table.
    size : float
        Log-odds where the condition holds, per copy or per standard deviation.
    condition : Condition, optional
        Makes it an indicator.
    standardised_by : Variable, optional
        Makes it a standardised value; with neither it is the value itself.
    times : Variable, optional
        A second predictor, standardised, that the first is multiplied by.
    """

    predictor: str
    size: float
    condition: Condition | None = None
    standardised_by: Variable | None = None
    times: Variable | None = None

    def of(self, patients: pd.DataFrame) -> FloatArray:
        """Return the term for every patient, float64, shape (n,)."""
        column = patients[self.predictor]
        if self.condition is not None:
            value: FloatArray = self.condition.holds(column)
        elif self.standardised_by is not None:
            value = self.standardised_by.standardise(column.to_numpy(np.float64))
        else:
            value = column.to_numpy(np.float64)
        if self.times is not None:
            value = value * self.times.standardise(patients[self.times.name].to_numpy(np.float64))
        return np.asarray(self.size * value, dtype=np.float64)


def total(terms: Iterable[Term], patients: pd.DataFrame) -> FloatArray:
    """Return the sum of the terms for every patient."""
    summed = np.zeros(len(patients))
    for term in terms:
        summed += term.of(patients)
    return summed


def condition_of(table: Mapping[str, Any], catalog: Catalog) -> Condition | None:
    """Read ``equals``, ``below`` or ``at_least`` of a table; None when it has none of them."""
    rule = {key: table[key] for key in ("equals", "below", "at_least") if key in table}
    return Condition.read(rule, catalog.predictors[table["predictor"]]) if rule else None


def prognostic_terms(parameters: Parameters, catalog: Catalog) -> tuple[Term, ...]:
    """Return what the response depends on under every arm alike."""
    return _terms(parameters.prognostic, parameters, catalog)


def confounding_terms(parameters: Parameters, catalog: Catalog) -> tuple[Term, ...]:
    """Return what the choice of an arm other than the first depends on, unless randomised."""
    return _terms(parameters.confounding, parameters, catalog)


def _terms(
    tables: Iterable[Mapping[str, Any]], parameters: Parameters, catalog: Catalog
) -> tuple[Term, ...]:
    return tuple(
        Term(
            table["predictor"],
            table["log_odds"],
            condition := condition_of(table, catalog),
            None if condition else parameters.variables[table["predictor"]],
        )
        for table in tables
    )


def moderator_terms(
    arm: str, scenario: str, drawn: Container[str], parameters: Parameters, catalog: Catalog
) -> tuple[Term, ...]:
    """Return what an arm's drugs add, from the catalogue's priors; nothing when they do not differ.

    Priors of predictors that are not `drawn` (adherence) and of nuisance predictors (ancestry,
    which no score may use) are left out.
    """
    if scenario == "no_difference":
        return ()
    terms = []
    for prior in catalog.priors:
        size = prior.published if scenario == "published" else prior.consensus_mean
        if prior.drug not in arm.split("+") or size == 0.0 or prior.predictor not in drawn:
            continue
        if catalog.predictors[prior.predictor].role == "nuisance":
            continue
        terms.append(
            Term(
                prior.predictor,
                size,
                prior.condition,
                parameters.variables[prior.predictor] if prior.scale == "sd" else None,
                None if prior.times is None else parameters.variables[prior.times],
            )
        )
    return tuple(terms)
