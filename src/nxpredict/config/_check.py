"""What the study file must satisfy beyond the type of each key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nxpredict.config._schema import StudyFile, probabilities_fault
from nxpredict.config._yaml import Document, Place
from nxpredict.errors import UsageError, closest
from nxpredict.study import Arm

if TYPE_CHECKING:
    from nxpredict.catalog import Catalog


_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def check_sections(file: StudyFile, document: Document) -> None:
    """Report what sections say that cannot be, alone or against each other."""
    _check_arms(file, document)
    _check_design(file, document)
    _check_response(file, document)
    for name, predictor in file.additional_predictors.items():
        if not _NAME.fullmatch(name):
            _error(
                document,
                ("additional_predictors", name),
                f"'{name}' cannot name a predictor",
                "use letters, digits, '_', '.' and '-'",
            )
        if predictor.kind == "continuous" and predictor.levels:
            _error(
                document,
                ("additional_predictors", name),
                f"'{name}' is continuous, so it has no levels",
                "remove them, or make it categorical or ordinal",
            )
        if predictor.kind == "binary" and len(predictor.levels) not in (0, 2):
            _error(
                document,
                ("additional_predictors", name),
                f"'{name}' is binary, so it has two levels",
                "name two, the second stands for 1; or make it categorical or ordinal",
            )
        unknown = set(predictor.levels) - set(predictor.labels.values())
        if predictor.labels and predictor.levels and unknown:
            _error(
                document,
                ("additional_predictors", name, "levels"),
                f"'{name}' has levels that no label leads to: {', '.join(sorted(unknown))}",
                "use the same words in labels and levels",
            )


def _error(document: Document, place: Place, message: str, hint: str = "") -> None:
    if (override := document.blame(place)) is not None:
        raise UsageError(f"--set {override.written}: {message}.", hint)
    document.faults.error("bad-value", message, hint, file=document.where(place))


def _check_arms(file: StudyFile, document: Document) -> None:
    if file.arms is None:
        return
    for name, label in file.arms.items():
        try:
            Arm(name, label)
        except ValueError as error:
            _error(document, ("arms", name), str(error))
    repeated = sorted({x for x in file.arms.values() if list(file.arms.values()).count(x) > 1})
    for label in repeated:
        _error(document, ("arms",), f"two arms have the label '{label}'", "each needs its own")
    if file.reference is not None and file.reference not in file.arms:
        hint = closest(file.reference, file.arms) or f"the arms are {', '.join(file.arms)}"
        _error(document, ("reference",), f"the reference '{file.reference}' is no arm", hint)


def _check_design(file: StudyFile, document: Document) -> None:
    design = file.design
    if design is None:
        return
    if design.kind == "crossover":
        _error(
            document,
            ("design", "kind"),
            "crossover studies are not yet supported",
            "keep the first period of each patient as a parallel study",
        )
    elif design.period is not None or design.sequence is not None:
        _error(document, ("design",), "'period' and 'sequence' belong to a crossover design")
    roles = [c for c in (design.id, design.arm, design.site) if c is not None]
    for column in sorted({c for c in roles if roles.count(c) > 1}):
        _error(document, ("design",), f"the column '{column}' has two roles in the design")
    if design.probabilities is None:
        return
    place: Place = ("design", "probabilities")
    if design.allocation != "randomised":
        _error(document, place, "probabilities are known only when allocation is randomised")
    if file.arms is not None and set(design.probabilities) != set(file.arms):
        _error(document, place, f"expected one probability for each of {', '.join(file.arms)}")
    elif wrong := probabilities_fault(design.probabilities):
        _error(document, place, wrong)


def _check_response(file: StudyFile, document: Document) -> None:
    response = file.response
    if response is None:
        return
    label: dict[str, object] = {"column": response.column, "favourable": response.favourable}
    change: dict[str, object] = {"baseline": response.baseline, "follow_up": response.follow_up}
    bounds: dict[str, object] = {"at_least": response.at_least, "at_most": response.at_most}
    needed, foreign = (label, {**change, **bounds})
    if response.definition == "relative_change":
        needed, foreign = change, label
        if sum(v is not None for v in bounds.values()) != 1:
            _error(
                document,
                ("response",),
                "relative_change needs exactly one of 'at_least' and 'at_most'",
                "write at_least: 0.10 for a rise by 10 %, at_most: -0.30 for a fall by 30 %",
            )
    missing = [key for key, value in needed.items() if value is None]
    extra = [key for key, value in foreign.items() if value is not None]
    if missing:
        hint = "give 'column' and 'favourable', or 'definition: relative_change' with its columns"
        _error(document, ("response",), f"the response lacks {' and '.join(missing)}", hint)
    for key in extra:
        _error(document, ("response", key), f"'response.{key}' has no meaning for this response")


def check_names(file: StudyFile, document: Document, catalog: Catalog) -> None:
    """Report names that the catalogue does not know, with the closest ones that it does."""
    known = [*catalog.predictors, *catalog.variants, *catalog.repeats]
    for name, section in file.predictors.items():
        place: Place = ("predictors", name)
        if name in catalog.predictors:
            if section.genotype or len(section.column) > 1:
                _error(document, place, f"'{name}' is no genotype locus, so it has one column")
        elif catalog.match_locus(name) is None:
            hint = closest(name, known)
            _error(
                document,
                place,
                f"the catalogue has no predictor '{name}'",
                hint or "`nxpredict catalog` lists them; others go under additional_predictors",
            )
        elif section.unit or section.labels or not section.column:
            hint = "give its `column`, and `notation` when cells are not letters such as A/G"
            _error(document, place, f"'{name}' is a genotype locus", hint)
    _check_loci(file, document, catalog)
    for name in file.additional_predictors:
        if name in catalog.predictors:
            _error(
                document,
                ("additional_predictors", name),
                f"'{name}' is a name of the catalogue",
                "move it to predictors, where units and labels are checked, or rename it",
            )
    _check_learner(file, document)
    _check_tracking(file, document)
    _check_codes(file.eligibility, catalog.eligibility, "eligibility", "eligibility code", document)
    predictors = {*catalog.predictors, *file.additional_predictors}
    for i, name in enumerate(file.evaluation.subgroups):
        if name not in predictors:
            hint = closest(name, predictors) or "name predictors"
            _error(
                document, ("evaluation", "subgroups", i), f"there is no predictor '{name}'", hint
            )


def _check_learner(file: StudyFile, document: Document) -> None:
    from nxpredict.models import LEARNERS

    name = file.model.learner
    if name not in LEARNERS:
        hint = closest(name, LEARNERS) or f"known: {', '.join(LEARNERS)}"
        _error(document, ("model", "learner"), f"there is no learner '{name}'", hint)


_STORES = ("sqlite", "http", "https", "postgresql", "mysql", "mssql", "databricks")


def _check_tracking(file: StudyFile, document: Document) -> None:
    scheme = file.tracking.uri.partition(":")[0].partition("+")[0]
    if scheme not in _STORES:
        _error(
            document,
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
            _error(
                document,
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
            _error(document, (key, i), f"there is no {what} '{code}'", hint)
