"""The facts of a cohort report: everything that the page shows, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog
from nxpredict.cohort import Cohort
from nxpredict.errors import RESEARCH_USE
from nxpredict.explain import Drivers
from nxpredict.report._balance import balance_facts
from nxpredict.report._beside import beside_facts
from nxpredict.report._check_facts import check_facts
from nxpredict.report._cohort_drivers import cohort_drivers, stability
from nxpredict.report._genotypes import genotype_quality_facts
from nxpredict.report._knowledge import absent_inputs, animal_only, caution_facts, untested
from nxpredict.report._messages import every, first
from nxpredict.report._model_facts import coefficient_facts, setting_facts, shrinkage_facts
from nxpredict.report._phrases import named
from nxpredict.report._population import population_facts
from nxpredict.report._values import (
    Specs,
    arm_facts,
    label_of,
    phrase_of,
    plain,
    records,
    specs_by_name,
)
from nxpredict.study import SMALLEST_CELL

FORMAT = 1
_NOT_ESTIMATED = {"estimate": None, "lower": None, "upper": None, "established": False}


def cohort_facts(
    *,
    cohort: Cohort,
    evaluation: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    bundle: Bundle,
    catalog: Catalog,
    drivers: Drivers | None = None,
    run: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Gather what a cohort report shows.

    Parameters
    ----------
    cohort : Cohort
        Only its aggregates are read.
    evaluation : mapping
        evaluation.json.
    tables : mapping of str to DataFrame
        Tables of the evaluation: calibration curves, GATES, targeting curve, ...
    bundle : Bundle
    catalog : Catalog
    drivers : Drivers, optional
        Of the cohort; None when explanations were not computed.
    run : mapping, optional
        Reproducibility: `command`, `seed`, and whatever else is known of the run, as texts.

    Returns
    -------
    dict
        Plain values, ready for JSON and for `render_cohort_report`.
    """
    arms = arm_facts(bundle.arms.names, bundle.arms.reference)
    specs = specs_by_name(bundle.schema)
    population = population_facts(cohort)
    facts: dict[str, Any] = {
        "format": FORMAT,
        "kind": "cohort",
        "research_use": RESEARCH_USE,
        "minimum_cell": SMALLEST_CELL,
        "study": bundle.study,
        "design": _design(evaluation, bundle),
        "arms": [
            arm | _regimen(arm["name"], bundle) | _per_arm(arm["name"], evaluation, tables)
            for arm in arms
        ],
        "arm_labels": [arm["label"] for arm in arms],
        "preference": dict(bundle.preference),
        "verdict": dict(evaluation["verdict"]),
        "better": better_on_average(evaluation["average"]),
        "contrasts": [
            _contrast(arm, bundle.arms.reference, evaluation, tables) for arm in bundle.arms.others
        ],
        "subgroups": _subgroups(evaluation, tables, specs),
        "checks": check_facts(
            evaluation, arms, tables, absent_inputs(catalog, bundle.arms.names, cohort.X)
        ),
        "population": population,
        "genotype_quality": genotype_quality_facts(cohort.facts),
        "balance": balance_facts(evaluation, tables, specs),
        "beside": beside_facts(evaluation, tables, arms),
        "flow": list(cohort.facts.get("flow", ())),
        "site": cohort.site is not None,
        "cautions": caution_facts(catalog, bundle.arms.names),
        "eligibility": [catalog.eligibility.get(code, code) for code in bundle.eligibility],
        "warnings": list(evaluation.get("warnings", ())),
        "response": dict(cohort.facts.get("response", {})),
        "estimand": dict(cohort.facts.get("estimand", {})),
        "model": setting_facts(evaluation.get("model", {})),
        "shrinkage": shrinkage_facts(evaluation.get("model", {})),
        "coefficients": coefficient_facts(
            tables.get("coefficients"), bundle.arms.names, evaluation["contrasts"], specs
        ),
        "reproducibility": _reproducibility(bundle, run or {}),
    }
    facts |= _judged(facts, cohort, bundle, catalog, specs)
    facts["drivers"] = {"computed": drivers is not None, **stability(drivers)}
    facts["drivers"] |= cohort_drivers(drivers, facts, specs, catalog, bundle)
    return plain(_spoken(facts))  # type: ignore[no-any-return]


def better_on_average(average: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the words for the arm established as better than every other, if there is one.

    Examples
    --------
    >>> better_on_average({"b_vs_a": {"estimate": -0.1, "established": True, "better": "a"}})
    ['a']
    """
    arms = [answer["better"] for answer in average.values() if answer.get("better")]
    return [named(arm) for arm in dict.fromkeys(arms)]


def _design(evaluation: Mapping[str, Any], bundle: Bundle) -> dict[str, Any]:
    design = evaluation.get("design")
    known = dict(design) if isinstance(design, Mapping) else {"kind": design or "parallel"}
    return known | {"allocation": bundle.allocation}


def _regimen(arm: str, bundle: Bundle) -> dict[str, str]:
    given = bundle.arms.regimen(arm)
    return {"regimen": given} if given else {}


def _per_arm(
    arm: str, evaluation: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    curve = tables.get("calibration")
    points = [] if curve is None else records(curve[curve["arm"] == arm].drop(columns="arm"))
    return {"curve": points, **evaluation["per_arm"][arm]}


def _contrast(
    arm: str,
    reference: str,
    evaluation: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
) -> dict[str, Any]:
    name = f"{arm}_vs_{reference}"
    contrast = evaluation["contrasts"].get(name, {})
    return {
        "name": name,
        "arm": arm,
        "reference": reference,
        "arm_label": named(arm),
        "reference_label": named(reference),
        "title": f"{named(arm)} versus {named(reference)}",
        "average": _NOT_ESTIMATED | evaluation["average"].get(name, {}),
        "differs": {"p": None, "established": False} | evaluation["heterogeneity"].get(name, {}),
        "blp": contrast.get("blp", {}),
        "crossover": contrast.get("crossover"),
        "autoc": contrast.get("autoc"),
        "policy": _policy(contrast.get("policy_value", {})),
        "gates": _of_contrast(tables.get("gates"), name),
        "targeting": _of_contrast(tables.get("toc"), name),
        "decision": _of_contrast(tables.get("decision"), name),
    }


def _policy(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the gains of choosing by the model, over each single arm and over the better one."""
    gains = []
    for key, estimate in values.items():
        if key.startswith("gain_over_all_"):
            title = f"giving everyone {named(key.removeprefix('gain_over_all_'))}"
            gains.append({"over": key, "title": title, "gain": estimate, "single": True})
        elif key == "gain_over_better_single_arm":
            title = "giving everyone what looked better in training"
            gains.append({"over": key, "title": title, "gain": estimate, "single": False})
    return gains


def _of_contrast(table: pd.DataFrame | None, name: str) -> list[dict[str, Any]]:
    if table is None:
        return []
    return records(table[table["contrast"] == name].drop(columns="contrast"))


def _subgroups(
    evaluation: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], specs: Specs
) -> list[dict[str, Any]]:
    """Return subgroups, then sites, one block a grouping, with the benefits of each group."""
    blocks: dict[str, list[dict[str, Any]]] = {}
    for row in evaluation.get("subgroups", ()):
        shown = {key: row[key] for key in ("group", "n", "suppressed", "arms")}
        blocks.setdefault(row["subgroup"], []).append(shown | {"benefits": row["contrasts"]})
    sites = tables.get("sites")
    if sites is not None:
        effects = sites[sites["measure"] == "ate"]
        for group, rows in effects.groupby("group", sort=False):
            line: dict[str, Any] = {"group": group, "n": rows["n"].iloc[0], "arms": {}}
            line["suppressed"] = bool(rows["suppressed"].iloc[0])
            line["benefits"] = {row["about"]: row for row in records(rows)}
            blocks.setdefault("site", []).append(line)
    return [
        {"by": by, "label": label_of(specs.get(by), by.capitalize()), "groups": groups}
        for by, groups in blocks.items()
    ]


def _judged(
    facts: Mapping[str, Any],
    cohort: Cohort,
    bundle: Bundle,
    catalog: Catalog,
    specs: Specs,
) -> dict[str, Any]:
    """Return the plain judgements that the wording rules ask for."""
    arms = facts["arms"]
    events = 0 if cohort.scale.continuous else int(sum(cohort.y))
    slopes = {arm["label"]: arm.get("calibration_slope") or {} for arm in arms}
    widths = [c["average"] for c in facts["contrasts"] if c["average"].get("upper") is not None]
    inputs = [name for name in bundle.inputs if name in specs]
    return {
        "counted": "patients" if cohort.period is None else "periods of patients",
        "smallest_arm": min(arm["n"] for arm in arms),
        "fewest_events": min(events, len(cohort.y) - events),
        "n_predictors": len(inputs),
        "untested": untested(catalog, bundle.arms.names),
        "predictive": any(better_than_chance(arm) for arm in arms),
        "poorly_calibrated": [
            label
            for label, s in slopes.items()
            if s.get("lower") is not None and not s["lower"] <= 1 <= s["upper"]
        ],
        "contrast_error": max(((a["upper"] - a["lower"]) / 3.92 for a in widths), default=None),
        "often_missing": [
            phrase_of(specs.get(n), n) for n in inputs if cohort.X[n].isna().mean() > 0.5
        ],
        "genotypes_missing": not any(specs[name].family == "genotype" for name in inputs),
        "suppressed": facts["population"]["suppressed"],
        "species_gap": [
            phrase_of(specs.get(n), n) for n in animal_only(catalog, bundle.arms.names, inputs)
        ],
    }


def better_than_chance(arm: Mapping[str, Any]) -> bool:
    """Tell whether predictions rank patients, or explain some of their variance, beyond chance."""
    auc, explained = arm.get("auc") or {}, arm.get("r_squared") or {}
    return (auc.get("lower") or 0) > 0.5 or (explained.get("lower") or 0) > 0


def _spoken(facts: dict[str, Any]) -> dict[str, Any]:
    """Add the sentences."""
    facts["words"] = {
        name: first("cohort", name, facts)
        for name in ("headline", "average", "differs", "choosing")
    } | {name: every("cohort", name, facts) for name in ("meanings", "limitations")}
    facts["words"]["model"] = every("model", "notes", facts)
    return facts


def _reproducibility(bundle: Bundle, run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "run": dict(run),
        "model_id": bundle.model_id,
        "fingerprint": bundle.fingerprint,
        "catalog_version": bundle.catalog_version,
        "versions": dict(bundle.versions),
    }
