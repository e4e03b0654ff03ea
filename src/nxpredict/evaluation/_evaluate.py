"""From out-of-fold predictions to evaluation.json: the order of the work, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pandas as pd

from nxpredict.evaluation._answers import (
    average_answer,
    heterogeneity_answer,
    verdict_answer,
    verdict_facts,
)
from nxpredict.evaluation._arms import arm_results
from nxpredict.evaluation._comparison import Comparison
from nxpredict.evaluation._contrasts import choice_results, contrast_results
from nxpredict.evaluation._crossfit import OutOfFold
from nxpredict.evaluation._hidden import hidden_sentence
from nxpredict.evaluation._numbers import rounded
from nxpredict.evaluation._overlap import Overlap, check_overlap, standardised_differences
from nxpredict.evaluation._rules import rule_results, rule_table
from nxpredict.evaluation._scored import Scored
from nxpredict.evaluation._sites import between_sites
from nxpredict.evaluation._subgroups import subgroup_results, subgroup_table
from nxpredict.evaluation._verdict import pooled_indirect
from nxpredict.evaluation._within import within_sentences
from nxpredict.features import TableEncoder


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the cohort says about the model, and the three answers.

    Attributes
    ----------
    average : dict
        ARM_vs_REF -> `estimate`, `lower`, `upper`, `established` (differs from zero, Holm over
        contrasts), `better` (the arm established as better than every other by more than the
        minimum benefit, if it is one of the two; else None).
    heterogeneity : dict
        ARM_vs_REF -> `test`, `p` (Holm-adjusted), `p_unadjusted`, `established`.
    verdict : dict
        `level`, `reasons`, `gain` (over the single arm that looked better in training), `switched`;
        of three arms or more also `by_contrast`: the same between every two arms, with its `p`
        and their `average` difference;
        where arms were not randomised `hidden_confounding`: bounds of the gain.
    overlap : dict
        Arm -> its numbers of `Overlap`, where arms were not randomised.
    per_arm, contrasts, subgroups, warnings
        As in evaluation.json.
    tables : dict of str to DataFrame
        `calibration`, `net_benefit`, `optimism`, `gates`, `clan`, `toc`, `policy`, `decision`,
        `choice` (three arms or more), `instability`, `rules`, `subgroups`, `sites`,
        `between_sites`, `overlap`, `balance`.
    """

    average: dict[str, Any]
    heterogeneity: dict[str, Any]
    verdict: dict[str, Any]
    per_arm: dict[str, Any]
    contrasts: dict[str, Any]
    overlap: dict[str, Any]
    subgroups: list[dict[str, Any]]
    warnings: list[str]
    tables: dict[str, pd.DataFrame] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return this room's part of evaluation.json as plain values; None where not known."""
        names = (part.name for part in fields(self) if part.name != "tables")
        return {name: rounded(getattr(self, name)) for name in names}


def evaluate(
    out_of_fold: OutOfFold,
    comparison: Comparison,
    *,
    by_site: OutOfFold | None = None,
    minimum_benefit: float = 0.0,
    level: float = 0.95,
    random_state: int = 0,
) -> Evaluation:
    """Judge out-of-fold predictions: per arm, per contrast, and the three answers.

    Parameters
    ----------
    out_of_fold : OutOfFold
        From `cross_validate`, on the rows of `comparison`.
    comparison : Comparison
        Who had which arm, what happened, and what may be claimed.
    by_site : OutOfFold, optional
        From `cross_validate` with the sites as groups: internal-external validation.
    minimum_benefit : float
        Smallest difference in response worth a preference, in its unit.
    level : float
        Of the intervals, 0..1.
    random_state : int

    Returns
    -------
    Evaluation

    Raises
    ------
    UsageError
        When the model was trained on other arms than those compared.

    Examples
    --------
    >>> import numpy as np
    >>> from nxpredict.evaluation import cross_validate
    >>> from nxpredict.models import make_model
    >>> X, arm = pd.DataFrame({"age": np.arange(200.0)}), np.tile(["a", "b"], 100)
    >>> y = np.tile([0.0, 0, 0, 1, 1, 1], 34)[:200]
    >>> out = cross_validate(make_model("average", random_state=1), X, y, arm, folds=2, repeats=1)
    >>> found = evaluate(out, Comparison(X, y, arm, ("a", "b"), "a", "randomised"))
    >>> found.average["b_vs_a"]["established"], found.verdict["level"]
    (True, 'not supported')
    """
    out = out_of_fold.ordered(comparison.arms)
    columns = len(TableEncoder().fit(comparison.X).outputs_)
    per_arm, tables = arm_results(
        out, comparison, columns=columns, level=level, random_state=random_state
    )
    scored = Scored.of(out, comparison, level, random_state)
    overlap = (
        None
        if scored is None
        else check_overlap(scored.X, scored.arm, scored.arms, scored.propensity)
    )
    subgroups, sites = (
        subgroup_results(groupings, out=out, comparison=comparison, scored=scored, level=level)
        for groupings in (
            comparison.subgroups,
            {} if comparison.site is None else {"site": list(comparison.site)},
        )
    )
    tables |= {
        "subgroups": subgroup_table(subgroups),
        "sites": subgroup_table(sites),
        "balance": standardised_differences(
            comparison.X, comparison.received, comparison.arms, propensity=None
        )
        if overlap is None
        else overlap.balance,
    }
    result = Evaluation(
        average={},
        heterogeneity={},
        verdict=verdict_facts(pooled_indirect()),
        per_arm=per_arm,
        contrasts={},
        overlap={},
        subgroups=subgroups,
        # How many patients training needs says nothing of a model that came from elsewhere.
        warnings=_warnings(comparison.allocation, {} if out.refits is None else per_arm, out),
        tables=tables,
    )
    if scored is not None and overlap is not None:
        result = _with_contrasts(result, scored, overlap, comparison, minimum_benefit)
    if by_site is None:
        return result
    # Within a site patients are what was sampled, not sites.
    sites_out = replace(by_site.ordered(comparison.arms), clusters=out.clusters)
    return _with_sites(result, sites_out, comparison, level)


def _with_contrasts(
    result: Evaluation, scored: Scored, overlap: Overlap, comparison: Comparison, minimum: float
) -> Evaluation:
    contrasts: dict[str, Any] = {}
    tables: dict[str, list[pd.DataFrame]] = {"optimism": [result.tables["optimism"]]}
    for a in scored.others:
        facts, found = contrast_results(scored, a)
        contrasts[scored.contrast(a)] = facts
        for name, table in found.items():
            if name != "optimism":
                table.insert(0, "contrast", scored.contrast(a))
            tables.setdefault(name, []).append(table)
    joined = {name: pd.concat(found, ignore_index=True) for name, found in tables.items()}
    if len(scored.others) > 1:
        joined["choice"] = choice_results(scored)
    rules = rule_results(scored, comparison.rules)
    for entry in rules:
        about = entry["arm"] if entry["arm"] != comparison.reference else entry["versus"]
        named = contrasts[f"{about}_vs_{comparison.reference}"]["published_rules"]
        named[entry["rule"]] = {key: value for key, value in entry.items() if key != "rule"}
    warnings = list(result.warnings)
    for a in scored.others:
        found_of, sentences = _assumptions(scored, comparison, a)
        contrasts[scored.contrast(a)] |= found_of
        warnings += sentences
    observational = comparison.allocation == "observational"
    if observational:
        warnings += overlap.sentences()
    heterogeneity = heterogeneity_answer(scored, comparison.nuisance)
    return replace(
        result,
        average=average_answer(scored, minimum),
        heterogeneity=heterogeneity,
        verdict=verdict_answer(
            scored,
            overlap,
            comparison.nuisance,
            heterogeneity,
            contrasts,
            observational=observational,
        ),
        contrasts=contrasts,
        overlap=overlap.to_dict() if observational else {},
        warnings=warnings,
        tables=result.tables | joined | {"overlap": overlap.table, "rules": rule_table(rules)},
    )


def _assumptions(
    scored: Scored, comparison: Comparison, a: int
) -> tuple[dict[str, Any], list[str]]:
    """Return what an average difference leans on: nothing hidden, or nothing carried over."""
    found: dict[str, Any] = {}
    sentences = []
    name = scored.contrast(a)
    if comparison.allocation == "observational":
        found["hidden_confounding"] = scored.hidden_confounding(a)
        sentences.append(hidden_sentence(name, found["hidden_confounding"]))
    crossover = scored.within_patients(a, scored.reference)
    if crossover is not None:
        found["crossover"] = crossover.to_dict(scored.level)
        sentences += within_sentences(name, crossover, scored.scale)
    return found, sentences


def _with_sites(
    result: Evaluation, by_site: OutOfFold, comparison: Comparison, level: float
) -> Evaluation:
    pooled, table = between_sites(by_site, comparison, level=level)

    def beside(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {**values, "between_sites": pooled[name]} if name in pooled else values
            for name, values in facts.items()
        }

    return replace(
        result,
        per_arm=beside(result.per_arm),
        contrasts=beside(result.contrasts),
        tables=result.tables | {"between_sites": table},
    )


def _warnings(allocation: str, per_arm: Mapping[str, Any], out: OutOfFold) -> list[str]:
    found = []
    counted = "patients" if out.clusters is None else "periods of patients"
    if allocation == "observational":
        found.append(
            "Treatment was not randomised: every difference between arms rests on there being no "
            "unmeasured reason for the choice of drug that also bears on the response."
        )
    for name, facts in per_arm.items():
        size = facts.get("sample_size")
        if size is not None and facts["n"] < size["required"]:
            found.append(
                f"{facts['n']:,} {counted} on {name}; a model with {size['parameters']} parameters "
                f"and an area under the ROC curve of {facts['auc'].estimate:.2f} needs about "
                f"{size['required']:,} (Riley criteria), and one with interactions many more."
            )
    return found
