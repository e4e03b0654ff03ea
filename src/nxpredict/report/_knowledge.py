"""What the catalogue says of arms and predictors, as facts: evidence beside drivers, cautions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nxpredict.catalog import ANY_DRUG, Catalog, Caution
from nxpredict.report._format import named

LEVELS = {
    "scope": "outside what the model is for",
    "block": "contraindication",
    "caution": "caution",
}


def drugs_of(catalog: Catalog, arms: Iterable[str]) -> list[str]:
    """Return the drugs among the arms that the catalogue knows, in order of the arms."""
    return list(dict.fromkeys(drug for arm in arms for drug in catalog.drugs_in(arm)))


def evidence_facts(catalog: Catalog, arms: Iterable[str], predictor: str) -> list[dict[str, Any]]:
    """Return what was published of one predictor for each drug among the arms."""
    return [
        {
            "drug": named(drug),
            "name": e.name,
            "effect": e.effect,
            "population": e.population,
            "species": e.species,
            "design": e.design,
            "n": e.n,
            "direction": e.direction,
            "replication": e.replication,
            "reference": e.reference,
        }
        for drug in drugs_of(catalog, arms)
        for e in catalog.evidence_for(drug, predictor)
    ]


def animal_only(catalog: Catalog, arms: Iterable[str], predictors: Iterable[str]) -> list[str]:
    """Return the predictors of which only animal studies are known for these arms."""
    found = []
    for name in predictors:
        species = {e["species"] for e in evidence_facts(catalog, arms, name)}
        if species and "human" not in species:
            found.append(name)
    return found


def caution_facts(catalog: Catalog, arms: Iterable[str]) -> list[dict[str, Any]]:
    """Return the cautions of the drugs among the arms, one entry a drug and code."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for caution in catalog.cautions_for(list(arms)):
        entry = merged.setdefault((caution.drug, caution.code), _entry(caution))
        entry["regions"] = list(dict.fromkeys([*entry["regions"], *caution.regions]))
        entry["sources"] = list(dict.fromkeys([*entry["sources"], caution.source]))
    return list(merged.values())


def with_states(
    cautions: list[dict[str, Any]], score: Mapping[str, Any], eligibility: Iterable[str]
) -> list[dict[str, Any]]:
    """Add the state of each caution for one patient, as the score has it."""
    present = set(listed(score.get("cautions")))
    open_ = set(listed(score.get("cautions_not_assessed")))
    screened = set(eligibility)
    return [caution | {"state": _state(caution, present, open_, screened)} for caution in cautions]


def listed(cell: Any) -> list[str]:
    """Return the items of a list cell of the scores.

    Examples
    --------
    >>> listed("age;sex"), listed("")
    (['age', 'sex'], [])
    """
    return [item for item in cell.split(";") if item] if isinstance(cell, str) else []


def _entry(caution: Caution) -> dict[str, Any]:
    return {
        "code": caution.code,
        "drug": caution.drug,
        "drug_label": "all" if caution.drug == ANY_DRUG else named(caution.drug),
        "level": caution.level,
        "level_label": LEVELS[caution.level],
        "text": caution.text,
        "predictor": caution.predictor,
        "covered_by": list(caution.covered_by),
        "regions": [],
        "sources": [],
    }


def _state(
    caution: Mapping[str, Any], present: set[str], open_: set[str], screened: set[str]
) -> str:
    name = f"{caution['drug']}:{caution['code']}"
    if name in present:
        return "present"
    if name not in open_:
        return "absent"
    return "screened" if screened & set(caution["covered_by"]) else "not_assessed"
