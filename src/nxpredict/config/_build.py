"""The validated file as the objects of `study`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from nxpredict.config._build_response import build_reading, build_response
from nxpredict.config._check_response import ASIDE
from nxpredict.config._schema import (
    AdditionalSection,
    ArmSection,
    DesignSection,
    GenotypeSection,
    PredictorSection,
    ResponseSection,
    StudyFile,
    probabilities_fault,
)
from nxpredict.config._study import Study
from nxpredict.config._yaml import Document, Place
from nxpredict.errors import DataError
from nxpredict.study import (
    AdditionalPredictor,
    Adherence,
    ArmSet,
    Beside,
    ColumnReading,
    CrossoverDesign,
    Design,
    GenotypeSource,
    ParallelDesign,
    TableSource,
    Tolerability,
)

if TYPE_CHECKING:
    from nxpredict.catalog import Catalog

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def build_study(file: StudyFile, document: Document, catalog: Catalog) -> Study:
    """Return the study, or raise with all faults when arms, design or response are unusable."""
    table = resolve_path(file.table.path, document, ("table",)) if file.table else None
    genotypes = _genotypes(file.genotypes, file.design.id if file.design else None, document)
    days = None
    if file.response is not None and file.response.timeline is not None:
        path = file.response.timeline.path
        days = resolve_path(path, document, ("response", "timeline", "path"))
    if document.lacks("arms") or document.lacks("response", but=ASIDE):
        raise DataError(document.faults)
    try:
        named = file.arms or {}
        # A reference that is no arm is already a fault; the first arm lets the reading go on.
        reference = file.reference if file.reference in named else None
        arms = ArmSet.of(
            {name: arm.label for name, arm in named.items()},
            reference=reference,
            regimens={name: _regimen(arm) for name, arm in named.items()},
        )
        response = build_response(file.response, days, catalog)
        reading = build_reading(file.response, catalog)
    except ValueError:
        raise DataError(document.faults) from None
    if not file.study or not file.table or not table or not file.design:
        raise DataError(document.faults)
    written = file.model_dump(mode="json", by_alias=True, exclude_none=True)
    written["reference"] = arms.reference
    written["arms"] = {
        name: arm if arms.regimen(name) else arm["label"] for name, arm in written["arms"].items()
    }
    written["tracking"].setdefault("experiment", file.study)
    return Study(
        name=file.study,
        path=document.path,
        text=None if document.overrides else document.text,
        overrides=tuple(override.written for override in document.overrides),
        table=TableSource(table, file.table.separator, file.table.decimal),
        genotypes=genotypes,
        design=_design(file.design, arms),
        arms=arms,
        response=response,
        reading=reading,
        beside=_beside(file.response),
        predictors={name: _reading(p) for name, p in file.predictors.items()},
        additional={name: _additional(p) for name, p in file.additional_predictors.items()},
        eligibility=tuple(file.eligibility),
        preference=file.preference,
        model=file.model,
        evaluation=file.evaluation,
        tracking=file.tracking.model_copy(
            update={"experiment": file.tracking.experiment or file.study}
        ),
        allow_leak=tuple(file.allow_leak),
        faults=tuple(document.faults),
        written=written,
    )


def _design(section: DesignSection, arms: ArmSet) -> Design:
    known = section.probabilities
    usable = known is not None and set(known) == set(arms.names) and not probabilities_fault(known)
    probabilities = known if usable else None
    common = (section.id, section.arm, section.allocation, section.site, probabilities)
    # With a faulty kind it is the period that tells.
    if section.kind == "parallel" and section.period is None:
        return ParallelDesign(*common)
    return CrossoverDesign(
        *common,
        period=section.period or "",
        sequence=section.sequence,
        wash_out_days=section.wash_out_days,
    )


def _regimen(section: ArmSection) -> dict[str, str]:
    given = {"formulation": section.formulation, "dose": section.dose}
    return {key: text for key, text in given.items() if text is not None}


def _beside(section: ResponseSection | None) -> Beside:
    if section is None:
        return Beside()
    told, taken = section.tolerability, section.adherence
    return Beside(
        None if told is None else Tolerability(told.column, told.unfavourable),
        None if taken is None else Adherence(taken.column, taken.at_least),
    )


def _genotypes(
    section: GenotypeSection, id_column: str | None, document: Document
) -> GenotypeSource:
    place: Place = ("genotypes",)
    found = [resolve_path(text, document, place) for text in section.files]
    return GenotypeSource(
        tuple(path for path in found if path is not None),
        section.absent_is_reference,
        resolve_path(section.id_map, document, place) if section.id_map else None,
        section.build,
        section.strand,
        section.failed_filter,
        section.long_alleles,
        id_column,
    )


def resolve_path(text: str, document: Document, place: Place) -> Path | None:
    """Return a path with its variables filled in, relative to the file; None when one is unset."""
    unset = [name for name in _VARIABLE.findall(text) if name not in os.environ]
    for name in unset:
        document.faults.error(
            "unset-variable",
            f"the environment variable '{name}' is not set",
            f"export {name}=... before running, or write the path out",
            file=document.where(place),
        )
    if unset:
        return None
    path = Path(_VARIABLE.sub(lambda found: os.environ[found[1]], text)).expanduser()
    return document.path.parent / path


def _reading(section: PredictorSection) -> ColumnReading:
    first, second = (*section.column, None, None)[:2]
    return ColumnReading(first, section.unit, section.labels, second, section.genotype)


def _additional(section: AdditionalSection) -> AdditionalPredictor:
    levels = tuple(section.levels) or tuple(dict.fromkeys(section.labels.values()))
    return AdditionalPredictor(
        section.column,
        section.kind,
        section.unit,
        section.when,
        section.required,
        section.labels,
        levels,
    )
