"""What the catalogue says of arms and predictors, as facts: evidence beside drivers, cautions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from nxpredict.catalog import ANY_DRUG, Catalog, Caution, Condition
from nxpredict.report._messages import rules
from nxpredict.report._phrases import lower_first, named

LEVELS = {
    "scope": "outside what the model is for",
    "block": "contraindication",
    "caution": "caution",
}


def drugs_of(catalog: Catalog, arms: Iterable[str]) -> list[str]:
    """Return the drugs among the arms that the catalogue knows, in order of the arms."""
    return list(dict.fromkeys(drug for arm in arms for drug in catalog.drugs_in(arm)))


def untested(catalog: Catalog, arms: Iterable[str]) -> str:
    """Return the sentence that no trial of such drugs was tried; empty for other drugs.

    Parameters
    ----------
    catalog : Catalog
        Knows the drugs that the sentence is about.
    arms : iterable of str
        Names of arms; a combination joins its drugs with ``+``.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> untested(load_catalog(), ["zidovudine", "didanosine"])
    ''
    """
    return str(rules("values")["drugs"]["untested"]) if drugs_of(catalog, arms) else ""


def absent_inputs(catalog: Catalog, arms: Iterable[str], X: pd.DataFrame) -> dict[str, list[str]]:
    """Return by published rule what it reads and nobody in the cohort has, as one says it."""
    return {
        rule.name: [
            lower_first(catalog.predictors[term.predictor].label)
            for term in rule.terms
            if term.predictor not in X or X[term.predictor].isna().all()
        ]
        for rule, _, _ in catalog.rules_for(arms)
    }


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
            "replication": rules("values")["replication"][e.replication],
            "reference": e.reference,
        }
        for drug in drugs_of(catalog, arms)
        for e in catalog.evidence_for(drug, predictor)
    ]


def metabolism_facts(
    catalog: Catalog, arms: Iterable[str], inputs: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what a patient's haplotypes mean for how a drug is broken down, in words.

    The relative activity is a qualitative shift seen in the test tube. It is shown beside the
    model, never used in it.
    """
    drugs = drugs_of(catalog, arms)
    found = []
    for haplotype in catalog.haplotypes.values():
        copies = inputs.get(haplotype.predictor)
        if haplotype.drug in drugs and isinstance(copies, float) and copies in (0.0, 1.0, 2.0):
            found.append(
                {
                    "gene": haplotype.gene,
                    "drug": named(haplotype.drug),
                    "copies": int(copies),
                    "activity": haplotype.relative_activity[int(copies)],
                    "route": haplotype.route,
                    "setting": haplotype.setting,
                    "description": haplotype.description,
                    "certainty": haplotype.certainty["relative_activity"].tag,
                    "reference": haplotype.certainty["relative_activity"].source,
                }
            )
    return found


def published_direction(
    catalog: Catalog, arm: str, reference: str, predictor: str, low: Any, high: Any
) -> int:
    """Return where single studies would see the difference go from `low` to `high`.

    Parameters
    ----------
    arm, reference : str
    predictor : str
    low, high : float or str
        What a swing compares, as `explain.driver_table` names it.

    Returns
    -------
    int
        1 in favour of the arm, -1 in favour of the reference, 0 when nothing is known.
    """
    gap = _published(catalog, arm, predictor, low, high)
    gap -= _published(catalog, reference, predictor, low, high)
    return (gap > 0) - (gap < 0)


def _published(catalog: Catalog, arm: str, predictor: str, low: Any, high: Any) -> float:
    """Return the sum over an arm's drugs, in log-odds, turned the way of the swing."""
    priors = [catalog.prior(drug, predictor) for drug in catalog.drugs_in(arm)]
    return sum(p.published * _turned(p.condition, low, high) for p in priors if p)


def _turned(condition: Condition | None, low: Any, high: Any) -> int:
    """Tell whether `high` meets a condition and `low` does not (1), the reverse (-1), neither (0).

    Examples
    --------
    >>> _turned(Condition(label="yes", code=1.0), 0.0, 1.0)
    1
    >>> _turned(Condition(below=25), 27.0, 27.0)
    -1
    """
    if condition is None or condition.at_least is not None:
        return 1
    if condition.below is not None:
        return -1
    return int(condition.code == high) - int(condition.code == low)


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
    cautions: list[dict[str, Any]],
    score: Mapping[str, Any],
    inputs: Mapping[str, Any],
    eligibility: Iterable[str],
) -> list[dict[str, Any]]:
    """Add the state of each caution for one patient, as the score has it.

    ``screened``: this patient was not asked, and the study let in nobody with it.
    """
    present = set(listed(score.get("cautions")))
    open_ = set(listed(score.get("cautions_not_assessed")))
    screened = set(eligibility)

    def state(caution: Mapping[str, Any]) -> str:
        name = f"{caution['drug']}:{caution['code']}"
        if name in present:
            return "present"
        if name in open_:
            return "not_assessed"
        asked = not pd.isna(inputs.get(caution["predictor"]))
        return "absent" if asked or screened.isdisjoint(caution["covered_by"]) else "screened"

    return [caution | {"state": state(caution)} for caution in cautions]


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
