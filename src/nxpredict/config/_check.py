"""What the study file must satisfy beyond the type of each key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nxpredict.config._check_response import check_response, check_units
from nxpredict.config._schema import DesignSection, StudyFile, probabilities_fault
from nxpredict.config._yaml import Document, Place
from nxpredict.errors import closest
from nxpredict.study import Arm, plain_letters

if TYPE_CHECKING:
    from nxpredict.catalog import Catalog


_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def check_sections(file: StudyFile, document: Document) -> None:
    """Report what sections say that cannot be, alone or against each other."""
    _check_arms(file, document)
    _check_design(file, document)
    check_response(file, document)
    for name, predictor in file.additional_predictors.items():
        if not _NAME.fullmatch(name):
            document.refuse(
                ("additional_predictors", name),
                f"'{name}' cannot name a predictor",
                f"use letters a to z, digits, '_', '.' and '-'{_such_as(name)}",
            )
        if predictor.kind == "continuous" and predictor.levels:
            document.refuse(
                ("additional_predictors", name),
                f"'{name}' is continuous, so it has no levels",
                "remove them, or make it categorical or ordinal",
            )
        if predictor.kind == "binary" and len(predictor.levels) not in (0, 2):
            document.refuse(
                ("additional_predictors", name),
                f"'{name}' is binary, so it has two levels",
                "name two, the second stands for 1; or make it categorical or ordinal",
            )
        unknown = set(predictor.levels) - set(predictor.labels.values())
        if predictor.labels and predictor.levels and unknown:
            document.refuse(
                ("additional_predictors", name, "levels"),
                f"'{name}' has levels that no label leads to: {', '.join(sorted(unknown))}",
                "use the same words in labels and levels",
            )


def _such_as(name: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", plain_letters(name)).strip("._-")
    return f", such as '{plain}'" if plain else ""


def _check_arms(file: StudyFile, document: Document) -> None:
    if file.arms is None or document.lacks("arms"):
        return
    labels = [arm.label for arm in file.arms.values()]
    for name, label in zip(file.arms, labels, strict=True):
        try:
            Arm(name, label)
        except ValueError as error:
            document.refuse(("arms", name), str(error))
    first: dict[tuple[str, ...], str] = {}
    for name in file.arms:
        drugs = tuple(sorted(name.split("+")))
        if drugs in first:
            document.refuse(
                ("arms", name),
                f"'{first[drugs]}' and '{name}' are the same drugs",
                "give each drug and each combination one arm; tell doses apart by their names",
            )
        first.setdefault(drugs, name)
    if len(file.arms) < 2:
        document.refuse(
            ("arms",),
            f"{len(file.arms) or 'no'} arm: two or more are compared",
            "list every arm of the table, such as arms: {naltrexone: NTX, nalmefene: NMF}",
        )
    repeated = sorted({x for x in labels if labels.count(x) > 1})
    for label in repeated:
        document.refuse(("arms",), f"two arms have the label '{label}'", "each needs its own")
    if file.reference is not None and file.reference not in file.arms:
        hint = closest(file.reference, file.arms) or f"the arms are {', '.join(file.arms)}"
        document.refuse(("reference",), f"the reference '{file.reference}' is no arm", hint)


def _check_design(file: StudyFile, document: Document) -> None:
    design = file.design
    if design is None:
        return
    if not document.lacks("design", but=("site", "probabilities")):
        _check_periods(file, design, document)
    columns = (design.id, design.arm, design.site, design.period, design.sequence)
    roles = [c for c in columns if c is not None]
    for column in sorted({c for c in roles if roles.count(c) > 1}):
        document.refuse(("design",), f"the column '{column}' has two roles in the design")
    if design.probabilities is None or document.lacks("design") or document.lacks("arms"):
        return
    place: Place = ("design", "probabilities")
    if design.allocation != "randomised":
        document.refuse(place, "probabilities are known only when allocation is randomised")
    if file.arms is not None and set(design.probabilities) != set(file.arms):
        document.refuse(place, f"expected one probability for each of {', '.join(file.arms)}")
    if wrong := probabilities_fault(design.probabilities):
        document.refuse(
            place,
            wrong,
            "every patient can get every arm: give probabilities above 0 and below 1 that add up "
            "to 1, or leave them out to use the shares observed",
        )


def _check_periods(file: StudyFile, design: DesignSection, document: Document) -> None:
    """Report what does not fit a crossover, or belongs to one only."""
    place: Place = ("design",)
    timeline = file.response.timeline if file.response else None
    if design.kind == "parallel":
        if timeline is not None and timeline.period is not None:
            document.refuse(
                ("response", "timeline", "period"),
                "'period' belongs to a crossover design",
                "declare `kind: crossover`, or remove it",
            )
        for key in ("period", "sequence", "wash_out_days"):
            if getattr(design, key) is not None:
                document.refuse(
                    (*place, key),
                    f"'{key}' belongs to a crossover design",
                    "declare `kind: crossover`, or remove it",
                )
        return
    if design.period is None:
        document.refuse(
            place,
            "a crossover needs 'period', the column that says when a patient had which arm",
            "write `period: <column>`; without one, keep the first arm of each patient and declare "
            "`kind: parallel`",
        )
    if design.allocation != "randomised":
        document.refuse(
            (*place, "allocation"),
            f"the order of the arms is randomised in a crossover, not {design.allocation}",
            "keep the first period of each patient and declare `kind: parallel`",
        )
    if timeline is not None and timeline.period is None:
        document.refuse(
            ("response", "timeline"),
            "a crossover's timeline lacks 'period'",
            "name the column that says which period a day belongs to; day 1 is the first of it",
        )


def check_names(file: StudyFile, document: Document, catalog: Catalog) -> None:
    """Report names that the catalogue does not know, with the closest ones that it does."""
    known = [*catalog.predictors, *catalog.variants, *catalog.repeats]
    for name, section in file.predictors.items():
        place: Place = ("predictors", name)
        if name in catalog.predictors:
            if section.genotype or len(section.column) > 1:
                document.refuse(place, f"'{name}' is no genotype locus, so it has one column")
        elif catalog.match_locus(name) is None:
            hint = closest(name, known)
            document.refuse(
                place,
                f"the catalogue has no predictor '{name}'",
                hint or "`nxpredict catalog` lists them; others go under additional_predictors",
            )
        elif section.unit or section.labels or not section.column:
            hint = "give its `column`, and `notation` when cells are not letters such as A/G"
            document.refuse(place, f"'{name}' is a genotype locus", hint)
    _check_loci(file, document, catalog)
    for name in file.additional_predictors:
        if name in catalog.predictors:
            document.refuse(
                ("additional_predictors", name),
                f"'{name}' is a name of the catalogue",
                "move it to predictors, where units and labels are checked, or rename it",
            )
    check_units(file, document, catalog)
    _check_learner(file, document)
    _check_tracking(file, document)
    _check_codes(file.eligibility, catalog.eligibility, "eligibility", "eligibility code", document)
    predictors = {*catalog.predictors, *file.additional_predictors}
    for i, name in enumerate(file.evaluation.subgroups):
        if name not in predictors:
            hint = closest(name, predictors) or "name predictors"
            document.refuse(("evaluation", "subgroups", i), f"there is no predictor '{name}'", hint)


def _check_learner(file: StudyFile, document: Document) -> None:
    from nxpredict.models import LEARNERS, accepts

    name = file.model.learner
    if name not in LEARNERS:
        hint = closest(name, LEARNERS) or f"known: {', '.join(LEARNERS)}"
        document.refuse(("model", "learner"), f"there is no learner '{name}'", hint)
        return
    crossover = file.design is not None and file.design.kind == "crossover"
    for wanted, parameter, what in (
        (file.model.prior == "sceptical", "expected", "start from a sceptical prior"),
        (crossover, "carry_over", "learn from a crossover"),
    ):
        if wanted and not accepts(name, parameter):
            able = ", ".join(other for other in LEARNERS if accepts(other, parameter))
            place: Place = ("model", "learner")
            document.refuse(place, f"'{name}' cannot {what}", f"choose one of: {able}")


_STORES = ("sqlite", "http", "https", "postgresql", "mysql", "mssql", "databricks")


def _check_tracking(file: StudyFile, document: Document) -> None:
    scheme = file.tracking.uri.partition(":")[0].partition("+")[0]
    if scheme not in _STORES:
        document.refuse(
            ("tracking", "uri"),
            "the address of an MLflow store begins with one of " + ", ".join(_STORES),
            "write sqlite:///mlflow.db for a database beside the study file",
        )


def _check_loci(file: StudyFile, document: Document, catalog: Catalog) -> None:
    """Report a locus that is declared under two of its names."""
    first: dict[str, str] = {}
    for name in file.predictors:
        locus = None if name in catalog.predictors else catalog.match_locus(name)
        if locus is None:
            continue
        if locus.name in first:
            document.refuse(
                ("predictors", name),
                f"'{name}' and '{first[locus.name]}' are the same locus",
                "keep one of them",
            )
        first.setdefault(locus.name, name)


def _check_codes(
    codes: Iterable[str], known: Iterable[str], key: str, what: str, document: Document
) -> None:
    known = list(known)
    for i, code in enumerate(codes):
        if code not in known:
            hint = closest(code, known) or f"known: {', '.join(known)}"
            document.refuse((key, i), f"there is no {what} '{code}'", hint)
