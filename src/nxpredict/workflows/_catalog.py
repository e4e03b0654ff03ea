"""The verb ``catalog``: what may stand in a study file."""

from __future__ import annotations

from typing import Any

from nxpredict.catalog import Catalog, Predictor, RepeatLocus, Variant, load_catalog
from nxpredict.errors import RESEARCH_USE
from nxpredict.workflows._outcome import Outcome

FAMILIES = ("genotype", "clinical", "biomarker")


def show_catalog() -> Outcome:
    """List predictors, loci, drugs and eligibility codes."""
    catalog = load_catalog()
    lines = [f"Catalogue {catalog.version}"]
    for family in FAMILIES:
        lines += ["", f"{family.upper()} PREDICTORS"]
        lines += [_line(p) for p in catalog.predictors.values() if p.family == family]
    lines += ["", "LOCI (columns that hold raw genotypes)"]
    lines += [f"  {locus.name:<30} {', '.join(locus.aliases)}" for locus in _loci(catalog)]
    lines += ["", "ELIGIBILITY (what a study may have screened for)"]
    lines += [f"  {code:<34} {sentence}" for code, sentence in catalog.eligibility.items()]
    lines += ["", RESEARCH_USE]
    return Outcome("\n".join(lines), _facts(catalog))


def _loci(catalog: Catalog) -> list[Variant | RepeatLocus]:
    return [*catalog.variants.values(), *catalog.repeats.values()]


def _line(predictor: Predictor) -> str:
    detail = predictor.unit or "/".join(predictor.labels)
    if predictor.low is not None and predictor.high is not None:
        detail += f"  {predictor.low:g} to {predictor.high:g}"
    if predictor.units:
        detail += f"  (also {', '.join(predictor.units)})"
    use = "" if predictor.role == "predictor" else f" [{predictor.role}]"
    return f"  {predictor.name:<28} {predictor.kind:<12}{use} {detail}".rstrip()


def _facts(catalog: Catalog) -> dict[str, Any]:
    return {
        "version": catalog.version,
        "predictors": [
            {
                "name": p.name,
                "label": p.label,
                "family": p.family,
                "kind": p.kind,
                "role": p.role,
                "column": p.column,
                "unit": p.unit,
                "other_units": dict(p.units),
                "low": p.low,
                "high": p.high,
                "labels": {label: list(texts) for label, texts in p.labels.items()},
                "aliases": list(p.aliases),
                "parts": list(p.parts),
                "certainty": p.certainty,
            }
            for p in catalog.predictors.values()
        ],
        "loci": [
            {"name": locus.name, "gene": locus.gene, "aliases": list(locus.aliases)}
            for locus in _loci(catalog)
        ],
        "drugs": list(catalog.drugs),
        "eligibility": dict(catalog.eligibility),
        "research_use": RESEARCH_USE,
    }
