"""The facts of a patient page and of the index of a batch, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxpredict.bundle import Bundle
from nxpredict.catalog import ANY_DRUG, Catalog
from nxpredict.errors import RESEARCH_USE
from nxpredict.explain import Explanation
from nxpredict.report._cohort_facts import FORMAT, better_on_average, better_than_chance
from nxpredict.report._knowledge import (
    caution_facts,
    evidence_facts,
    listed,
    metabolism_facts,
    with_states,
)
from nxpredict.report._measured import measured_in
from nxpredict.report._messages import every, first, rules, say
from nxpredict.report._next_test import next_test_facts
from nxpredict.report._patient_drivers import patient_drivers
from nxpredict.report._phrases import lower_first, named
from nxpredict.report._similar import similar_facts
from nxpredict.report._values import (
    Specs,
    absent,
    arm_facts,
    describe,
    family_title,
    label_of,
    phrase_of,
    plain,
    specs_by_name,
)
from nxpredict.scoring import NextTests


def patient_facts(
    *,
    score: Mapping[str, Any],
    inputs: Mapping[str, Any],
    row: int,
    bundle: Bundle,
    catalog: Catalog,
    explanation: Explanation | None = None,
    tests: NextTests | None = None,
    index: int = 0,
) -> dict[str, Any]:
    """Gather what one patient's page shows.

    Parameters
    ----------
    score : mapping
        The patient's row of the scores (`docs/scoring.md`).
    inputs : mapping
        The patient's typed predictors, as the door read them.
    row : int
        Place of the patient in the input, from 1.
    bundle : Bundle
    catalog : Catalog
    explanation : Explanation, optional
        Of the batch; the patient is number `index` in it.
    tests : NextTests, optional
        Of the same patients.
    index : int

    Returns
    -------
    dict
        Plain values, ready for JSON and for `render_patient_page`.
    """
    specs = specs_by_name(bundle.schema)
    arms = arm_facts(bundle.arms.names, bundle.arms.reference)
    verdict, prefix = bundle.answers["verdict"], bundle.scale.prefix
    cautions = caution_facts(catalog, bundle.arms.names)
    cautions = with_states(cautions, score, inputs, bundle.eligibility)
    facts: dict[str, Any] = {
        "format": FORMAT,
        "kind": "patient",
        "research_use": RESEARCH_USE,
        "row": row,
        "patient_id": score["patient_id"] if isinstance(score["patient_id"], str) else "",
        "study": bundle.study,
        "response": bundle.scale.to_dict(),
        "model_id": bundle.model_id,
        "catalog_version": bundle.catalog_version,
        "design": {"allocation": bundle.allocation},
        "status": score["status"],
        "reasons": [refusal(code, specs, cautions) for code in listed(score["reasons"])],
        "arms": [arm | {"p": _estimate(score, f"{prefix}_{arm['name']}")} for arm in arms],
        "arm_labels": [arm["label"] for arm in arms],
        "differences": [_difference(score, arm, bundle) for arm in bundle.arms.others],
        "preferred": next((a for a in arms if a["name"] == score["preferred"]), None),
        "basis": score["basis"] if isinstance(score["basis"], str) else "",
        "preference": dict(bundle.preference),
        "verdict": {"level": verdict["level"], "reasons": list(verdict["reasons"])},
        "better": better_on_average(bundle.answers["average"]),
        "average": _averages(bundle),
        "missing": [_input(n, specs, None) for n in listed(score["missing"])],
        "outside": [
            _input(n, specs, inputs.get(n)) | {"range": _range(n, specs, bundle)}
            for n in listed(score["outside_training_range"])
        ],
        "families": _given(inputs, specs, bundle),
        "metabolism": metabolism_facts(catalog, bundle.arms.names, inputs),
        "cautions": cautions,
        "explained": explanation is not None,
        "similar": similar_facts(score, bundle),
        "predictive": predictive(bundle),
    }
    facts |= _judged(facts)
    facts["drivers"] = _drivers(facts, explanation, index, inputs, specs, bundle)
    facts["evidence"] = _evidence(facts["drivers"], specs, catalog, bundle)
    with measured_in(facts["response"]):
        facts["next_test"] = next_test_facts(tests, index, specs, score["status"], verdict["level"])
    return plain(facts | {"words": _words(facts)})  # type: ignore[no-any-return]


def _words(facts: Mapping[str, Any]) -> dict[str, Any]:
    several = {name: every("patient", name, facts) for name in ("reasons", "averages", "unknowns")}
    return {"headline": first("patient", "headline", facts), **several}


def predictive(bundle: Bundle) -> bool:
    """Tell whether the predictions ranked training patients better than chance under any arm."""
    found = bundle.training.get("per_arm", {}).values()
    return not found or any(better_than_chance(arm) for arm in found)


_ABOUT = "{% if subject %} ({{ subject }}){% endif %}"


def refusal(code: str, specs: Specs, cautions: list[dict[str, Any]]) -> str:
    """Return the words for a reason not to score: ``predictor:code``, ``code:detail``, ``code``."""
    head, _, tail = code.partition(":")
    if head in specs:
        head, subject = tail, phrase_of(specs[head], head)
    else:
        firsts = [c["text"].partition(". ")[0].rstrip(".") for c in cautions if c["code"] == tail]
        texts = list(map(lower_first, firsts))
        subject = texts[0] if texts else tail.replace("_", " ")
    words = rules("patient")["refusals"].get(head, head.replace("_", " ") + _ABOUT)
    return say(words, {"subject": subject})


def _estimate(score: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "estimate": score[name],
        "lower": score[f"{name}_lower"],
        "upper": score[f"{name}_upper"],
    }


def _difference(score: Mapping[str, Any], arm: str, bundle: Bundle) -> dict[str, Any]:
    reference, better = bundle.arms.reference, score[f"prob_{arm}_better"]
    turned = not absent(better) and better < 0.5
    return {
        "arm": named(arm),
        "reference": named(reference),
        "title": f"{named(arm)} versus {named(reference)}",
        "benefit": _estimate(score, f"benefit_{arm}_vs_{reference}"),
        "prob_better": better,
        # In words the likelier treatment comes first.
        "likelier": {
            "arm": named(reference if turned else arm),
            "other": named(arm if turned else reference),
            "probability": 1 - better if turned else better,
        },
    }


def _averages(bundle: Bundle) -> list[dict[str, Any]]:
    found = []
    for name, answer in bundle.answers["average"].items():
        arm, reference = name.split("_vs_")
        found.append({"title": f"{named(arm)} versus {named(reference)}", **answer})
    return found


def _input(name: str, specs: Specs, value: Any) -> dict[str, Any]:
    spec = specs[name]
    return {
        "name": name,
        "label": label_of(spec, name),
        "family": family_title(spec.family),
        "value": describe(spec, value),
    }


def _range(name: str, specs: Specs, bundle: Bundle) -> str:
    low, high = bundle.ranges[name]
    return f"{describe(specs[name], low)} and {describe(specs[name], high)}"


def _given(inputs: Mapping[str, Any], specs: Specs, bundle: Bundle) -> list[dict[str, Any]]:
    families: dict[str, list[dict[str, Any]]] = {}
    for name in bundle.inputs:
        if not absent(inputs.get(name)):
            row = _input(name, specs, inputs[name])
            families.setdefault(row["family"], []).append(row)
    return [{"title": title, "rows": rows} for title, rows in families.items()]


def _judged(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain judgements that the wording rules ask for."""
    blocking = [c for c in facts["cautions"] if c["level"] != "caution"]
    threshold = facts["preference"]["probability"]
    return {
        "certain": any(
            not absent(d["prob_better"])
            and max(d["prob_better"], 1 - d["prob_better"]) >= threshold
            for d in facts["differences"]
        ),
        "blocked": _drugs(blocking, "present"),
        "blocks_open": _drugs(blocking, "not_assessed"),
    }


def _drugs(cautions: list[dict[str, Any]], state: str) -> list[str]:
    """Return the drugs that cautions in one state concern; a scope caution concerns all."""
    found = [c["drug"] for c in cautions if c["state"] == state]
    drugs = {c["drug"] for c in cautions if c["drug"] != ANY_DRUG}
    concerned = [d for d in drugs if d in found or ANY_DRUG in found]
    return sorted(named(d) for d in concerned)


def _drivers(
    facts: Mapping[str, Any],
    explanation: Explanation | None,
    index: int,
    inputs: Mapping[str, Any],
    specs: Specs,
    bundle: Bundle,
) -> dict[str, Any]:
    refusal = first("patient", "no_difference_drivers", facts)
    no_outlook = first("patient", "no_outlook_drivers", facts)
    if explanation is None or facts["status"] != "scored":
        return {
            "differences": [],
            "outlook": None,
            "no_differences": refusal,
            "no_outlook": no_outlook,
        }
    contrasts = [(arm, bundle.arms.reference) for arm in bundle.arms.others]
    found = patient_drivers(explanation, index, inputs, specs, contrasts)
    return found | {
        "differences": [] if refusal else found["differences"],
        "no_differences": refusal,
        "outlook": None if no_outlook else found["outlook"],
        "no_outlook": no_outlook,
    }


def _evidence(
    drivers: Mapping[str, Any], specs: Specs, catalog: Catalog, bundle: Bundle
) -> list[dict[str, Any]]:
    """Return the published evidence of every predictor that a difference names."""
    names = dict.fromkeys(
        row["name"]
        for part in drivers["differences"]
        for family in part["families"]
        for row in family["rows"]
    )
    return [
        {
            "label": label_of(specs.get(name), name),
            "evidence": evidence_facts(catalog, bundle.arms.names, name),
        }
        for name in names
    ]
