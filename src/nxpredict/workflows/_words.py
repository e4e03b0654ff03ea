"""What the verbs print for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nxpredict.config import Study
from nxpredict.errors import RESEARCH_USE, Fault, counted
from nxpredict.evaluation import p_text
from nxpredict.study import ResponseScale, figures

FAMILIES = {
    "genotype": "Genotypes",
    "clinical": "Clinical",
    "biomarker": "Biomarkers",
    "additional": "Declared by the study",
}
COLUMNS_SHOWN = 12


def _interval(value: Mapping[str, Any], write: Callable[[float], str]) -> str:
    if value.get("estimate") is None:
        return "not estimated"
    numbers = [value["estimate"], value["lower"], value["upper"]]
    estimate, lower, upper = ("?" if number is None else write(number) for number in numbers)
    return f"{estimate} ({lower} to {upper})"


def _difference(value: Mapping[str, Any], scale: ResponseScale) -> str:
    return f"{_interval(value, partial(scale.difference, sign='+'))} {scale.unit or 'points'}"


def training_text(
    study: Study, evaluation: Mapping[str, Any], look: int, folder: Path, store: str
) -> str:
    """Say what training found, where everything is, and how to look at it."""
    lines = [f"{study.name}: {evaluation['n']} patients, arms {', '.join(evaluation['arms'])}", ""]
    scale = ResponseScale.from_dict(evaluation["response"])
    better = ", where + is better" if scale.favourable == "lower" else ""
    for name, value in evaluation["average"].items():
        lines.append(
            f"Average difference in response, {name.replace('_vs_', ' vs ')}: "
            f"{_difference(value, scale)}{better}"
        )
    for name, contrast in evaluation["contrasts"].items():
        if "crossover" in contrast:
            lines.append(
                f"Patients compared with themselves, {name.replace('_vs_', ' vs ')}: "
                f"{_difference(contrast['crossover']['within'], scale)}; "
                f"first period alone {_difference(contrast['crossover']['first_period'], scale)}"
            )
    for name, value in evaluation["heterogeneity"].items():
        if value.get("p") is not None:
            lines.append(
                f"Does the benefit differ between patients, {name.replace('_vs_', ' vs ')}: "
                f"{'yes' if value['established'] else 'not established'} ({p_text(value['p'])})"
            )
    lines += [
        f"Stopping for adverse events, {name.replace('_vs_', ' vs ')}: "
        + _difference(value, ResponseScale())
        for name, value in evaluation.get("tolerability", {}).get("average", {}).items()
    ]
    if evaluation["design"]["allocation"] == "observational":
        lines.append("Not randomised: differences are causes only if nothing unmeasured decided.")
    if len(evaluation["average"]) > 1:
        lines.append("What is established allows for several comparisons (Holm); intervals do not.")
    lines += ["", f"Does this cohort support choosing? {evaluation['verdict']['level'].upper()}"]
    lines += [f"  {reason}" for reason in evaluation["verdict"]["reasons"]]
    lines += _between(evaluation["verdict"], scale)
    lines += _warnings(evaluation["warnings"])
    if look > 1:
        counted = f"Look {look} at these patients: {look} different models were trained on them"
        lines += ["", f"{counted} in this MLflow store. Report all, or the one named beforehand."]
    lines += [
        "",
        f"Report      {folder / 'report.html'}",
        f"Model       {folder / 'model'}",
        f"MLflow      mlflow ui --backend-store-uri {store}",
        "",
        RESEARCH_USE,
    ]
    return "\n".join(lines)


def _warnings(warnings: Sequence[str]) -> list[str]:
    return ["", "Warnings", *(f"  {text}" for text in warnings)] if warnings else []


def _between(verdict: Mapping[str, Any], scale: ResponseScale) -> list[str]:
    found = verdict.get("by_contrast", {})
    lines = ["Choosing between two arms only (Holm over all pairs):"] if found else []
    return lines + [
        f"  {name.replace('_vs_', ' vs ')}: {pair['level']} ({p_text(pair['p'])}); on average "
        f"{_difference(pair['average'], scale)}"
        for name, pair in found.items()
    ]


STEPS = {
    "none": "none",
    "intercept": "the level of all arms",
    "slope": "level and slope of all arms",
    "per_arm": "the level of each arm, and the slope",
    "effect_scale": "the level of each arm, the slope and the size of the benefit",
    "slope_per_arm": "level and slope of each arm",
}


def validation_text(validation: Mapping[str, Any], folder: Path) -> str:
    """Say how a model did on a new cohort, and what was changed."""
    model = validation["model"]
    lines = [
        f"Model {model['id']} of '{model['study']}' on {validation['n']} patients of "
        + str(validation["study"]),
        "",
    ]
    if validation["response"]["kind"] == "continuous":
        unit = validation["response"]["unit"]
        level = f"observed - predicted, {unit}"
        measures = {"r_squared": "R2", "rmse": f"RMSE, {unit}", "observed_minus_expected": level}
        write: Callable[[float], str] = figures
    else:
        measures = {"auc": "AUC", "calibration_in_the_large": "intercept"}
        write = "{:.2f}".format
    measures |= {"calibration_slope": "slope"}
    wide = {title: max(28, len(title) + 2) for title in measures.values()}
    lines.append(" " * 24 + "".join(title.rjust(n) for title, n in wide.items()))
    for stage in ("before", "after"):
        found = validation[stage]
        for arm, facts in (found or {"per_arm": {}})["per_arm"].items():
            cells = (_interval(facts[k], write).rjust(wide[t]) for k, t in measures.items())
            lines.append(f"{f'{arm}, {stage}':<24}" + "".join(cells))
    verdict = (validation["after"] or validation["before"])["verdict"]
    lines += ["", f"Does this cohort support choosing by the model? {verdict['level'].upper()}"]
    lines += _between(verdict, ResponseScale.from_dict(validation["response"]))
    if validation["target"] is not None and validation["target"]["answers"] is not None:
        answer = validation["target"]["answers"]["verdict"]["level"]
        lines += ["", f"Choosing supported in {validation['target']['file']}? {answer.upper()}"]
    change = validation["recalibration"]
    lines += ["", f"Recalibration recommended: {STEPS[change['step']]}"]
    if change["step"] == "none" != change["closed_test"]:
        lines.append("(something may have to change, but no change surely helps other patients)")
    lines += _warnings(validation["warnings"])
    if validation["recalibrated_model"] is not None:
        lines.append(f"Model       {folder / 'model'} ({validation['recalibrated_model']})")
    lines += [f"Report      {folder / 'report.html'}", "", RESEARCH_USE]
    return "\n".join(lines)


def check_text(facts: Mapping[str, Any], issues: Iterable[Fault]) -> str:
    """Say what was understood of a study that has no faults."""
    lines = [f"{facts['table']['file']}: {facts['table']['rows']} rows, no faults"]
    lines += [f"  {step['step']:<44}{step['n']:>7}" for step in facts["flow"]]
    if facts["design"]["kind"] == "crossover":
        lines += ["", *_crossover_lines(facts["design"])]
    lines += ["", "Arms"]
    scale = ResponseScale.from_dict(facts["response"])
    for arm in facts["arms"]:
        mark = "  (reference)" if arm["reference"] else ""
        lines.append(
            f"  {arm['arm']:<28} label {arm['label']:<12} n {arm['n']:>6}   "
            f"response {scale.text(arm[scale.average])}{mark}"
        )
    lines.append(f"  response: {facts['response']['definition']}")
    for family, title in FAMILIES.items():
        members = [p for p in facts["predictors"] if p["family"] == family]
        if members:
            lines += ["", f"{title} ({len(members)})", *map(_predictor_line, members)]
    if facts.get("genotypes"):
        lines += ["", "Genotype calls", *genotype_lines(facts["genotypes"])]
        lines += quality_lines(facts["genotype_quality"])
    unused = facts["unused_columns"]
    if unused:
        shown = ", ".join(unused[:COLUMNS_SHOWN])
        more = f" and {len(unused) - COLUMNS_SHOWN} more" if len(unused) > COLUMNS_SHOWN else ""
        lines += ["", f"Columns not used: {shown}{more}"]
    by_severity = {"warning": "Warnings", "note": "Notes"}
    listed = list(issues)
    for severity, title in by_severity.items():
        chosen = [str(issue) for issue in listed if issue.severity == severity]
        if chosen:
            lines += ["", title, *(f"  {text}" for text in chosen)]
    return "\n".join([*lines, "", RESEARCH_USE])


def _crossover_lines(design: Mapping[str, Any]) -> list[str]:
    days = design["wash_out_days"]
    wash_out = "wash-out not declared" if days is None else f"wash-out {days:g} days"
    carried = "estimated" if design["carry_over"] else "taken as none"
    size = f"{design['patients']} patients in {counted(design['periods'], 'period')}"
    return [
        f"Crossover: {size}, {wash_out}, carry-over {carried}",
        "  a row is one period of a patient; no patient is on both sides of a split",
    ]


def _predictor_line(predictor: Mapping[str, Any]) -> str:
    source = predictor["column"] or "genotypes"
    levels = predictor["levels"]
    unit = predictor["unit"] or "/".join([*levels[:4], *["..."] * (len(levels) > 4)])
    if predictor["source_unit"] and predictor["source_unit"] != predictor["unit"]:
        unit += f" (from {predictor['source_unit']}, x {predictor['factor']:g})"
    share = predictor["missing"]
    missing = "missing hidden" if share is None else f"{share:.0%} missing"
    role = "" if predictor["role"] == "predictor" else f" [{predictor['role']}]"
    return f"  {predictor['name']:<28} {source:<30} {missing:<14} {unit}{role}".rstrip()


def genotype_lines(loci: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return one line a locus: counts of the call states."""
    return [
        f"  {locus['locus']:<24} "
        + "   ".join(f"{state} {count}" for state, count in locus["states"].items())
        for locus in loci
    ]


def quality_lines(quality: Mapping[str, Any]) -> list[str]:
    """Return call rates by site, frequencies beside the reference, and Hardy-Weinberg tests."""
    tests = {(row["locus"], row["ancestry"]): row["p"] for row in quality["hardy_weinberg"]}
    lines = ["", "Call rate (all, then by site)"]
    for row in quality["duplicates"]:
        rates = [r for r in quality["call_rate"] if r["locus"] == row["locus"]]
        shown = "   ".join(f"{r['site']} {r['call_rate']:.1%}" for r in rates)
        lines.append(f"  {row['locus']:<24} {shown}")
    lines += ["", "Allele frequency, that of the reference population (certainty), Hardy-Weinberg"]
    for row in quality["frequency"]:
        known = row["reference"] is not None
        reference = f"{row['reference']:.2f} ({row['certainty']})" if known else "not known"
        p = tests.get((row["locus"], row["ancestry"]))
        test = "test hidden" if p is None else f"p = {p:.2g}"
        share = "hidden" if row["frequency"] is None else f"{row['frequency']:.2f}"
        lines.append(
            f"  {row['locus']:<24} {row['allele']:<16} {row['ancestry']:<5} n {row['n']:>6}   "
            f"{share}   reference {reference:<10} {test}"
        )
    for row in quality["duplicates"]:
        if row["conflicting"] or row["set_aside"]:
            lines.append(
                f"  {row['locus']}: duplicates contradict each other in {row['conflicting']} "
                f"patients; a failing record was set aside in {row['set_aside']}"
            )
    return lines


def genotypes_text(study: str, facts: Mapping[str, Any], faults: Iterable[Fault]) -> str:
    """Say what was read of the genotypes."""
    loci = [{"locus": name, **counts} for name, counts in facts["loci"].items()]
    lines = [f"{study}: genotypes of {facts['patients']} patients"]
    lines.append(f"  patients without any sample: {facts['unmatched_patients']}")
    lines.append(f"  samples of no patient: {facts['unmatched_samples']}")
    lines += [*genotype_lines(loci), *quality_lines(facts["quality"])]
    for title, found in (
        ("Faults", [str(fault) for fault in faults]),
        ("Warnings", [str(Fault(**warning)) for warning in facts["warnings"]]),
    ):
        if found:
            lines += ["", title, *(f"  {text}" for text in found)]
    if facts["calls"]:
        lines += ["", f"Calls      {facts['calls']}", f"Unmatched  {facts['unmatched']}"]
    return "\n".join([*lines, "", RESEARCH_USE])
