"""What the response of a study file must satisfy beyond the type of each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nxpredict.config._check_continuous import check_continuous
from nxpredict.config._schema import ResponseSection, StudyFile, TimelineSection
from nxpredict.config._yaml import Document, Place
from nxpredict.errors import closest
from nxpredict.study import DEFINITIONS, LONGEST_WINDOW_DAYS, Definition

if TYPE_CHECKING:
    from nxpredict.catalog import Catalog

ASIDE = ("missing", "missing_codes", "tolerability", "adherence")
"""Keys that do not say what the response is."""
_ANYWHERE = {"kind", "definition", *ASIDE}


def check_response(file: StudyFile, document: Document) -> None:
    """Report keys of the response that are missing, or that mean nothing for this response."""
    response = file.response
    if response is None or document.lacks("response", but=ASIDE):
        return
    given = {key for key, value in response.model_dump().items() if value is not None}
    definition = DEFINITIONS.get(response.definition or "")
    if definition is not None:
        needed, allowed = _keys(definition, response)
        hint = f"'definition: {response.definition}' needs them; see docs/study-file.md"
    elif response.definition is not None:
        needed, allowed = {"baseline", "follow_up"}, {"at_least", "at_most"}
        hint = "relative_change compares two columns of the table"
        if response.kind == "continuous":
            needed, allowed = needed | {"favourable"}, set()
        elif (response.at_least is None) == (response.at_most is None):
            document.refuse(
                ("response",),
                "relative_change needs exactly one of 'at_least' and 'at_most'",
                "write at_least: 0.10 for a rise by 10 %, at_most: -0.30 for a fall by 30 %",
            )
    else:
        needed, allowed = {"column", "favourable"}, set()
        hint = "give 'column' and 'favourable', or a 'definition' with its columns"
        if response.kind == "continuous":
            needed |= {"unit"}
            hint = "give 'column', 'favourable' (higher or lower) and 'unit'"
    if missing := sorted(needed - given):
        document.refuse(("response",), f"the response lacks {' and '.join(missing)}", hint)
    for key in sorted(given - needed - allowed - _ANYWHERE):
        document.refuse(("response", key), f"'response.{key}' has no meaning for this response")
    if response.baseline is not None and response.baseline == response.follow_up:
        document.refuse(
            ("response", "follow_up"),
            f"'{response.baseline}' is both the value before and the value after treatment",
            "name the column of each",
        )
    _check_bounds(response, document)
    _check_codes(response, document)
    if response.kind == "continuous":
        check_continuous(file, response, document)
    elif file.preference.minimum_benefit >= 1:
        document.refuse(
            ("preference", "minimum_benefit"),
            "a difference of probabilities is less than 1",
            "write 0.05 for 5 in 100 patients",
        )
    _check_beside(file, response, document)
    if response.timeline is not None:
        _check_timeline(response, response.timeline, document)


def _keys(definition: Definition, response: ResponseSection) -> tuple[set[str], set[str]]:
    """Return the keys that a definition needs and those that it may have besides."""
    needed = set(definition.needs)
    named = set()
    if response.kind == "continuous":
        needed -= {"at_least", "at_most"}
        named = {"change"}
    elif response.change is not None and definition.continuous and definition.better == "lower":
        needed = needed - {"at_most"} | {"at_least", "change"}
    if response.timeline is not None or definition.sources == ("timeline",):
        needed |= {"timeline"} | ({"heavy_day"} if definition.counts_heavy_days else set())
        return needed, {"unit"} | named
    needed |= {"follow_up"} | ({"baseline"} if compares(definition, response) else set())
    # A score has no unit of its own; that of a number or a fall is for people to read.
    if definition.converts or (not definition.unit and (named or "change" in needed)):
        named |= {"unit"}
    if definition.unit == "days":
        named |= {"within_days"}
    return needed, named


def compares(definition: Definition, response: ResponseSection) -> bool:
    """Return whether a baseline is needed."""
    return definition.compares or response.change is not None


def _check_bounds(response: ResponseSection, document: Document) -> None:
    name = response.definition or ""
    fall = "relative" if name == "alcohol_reduction" else response.change
    if name not in DEFINITIONS:
        _check_shares(response, document)
    elif fall is not None and response.at_least is not None:
        _check_fall(fall, response.at_least, document)
    else:
        _check_possible(response, DEFINITIONS[name], document)


def _check_possible(response: ResponseSection, definition: Definition, document: Document) -> None:
    """Report a bound that no number can reach."""
    most = definition.most
    expected = "0 or more" if most is None else f"0 to {most:g} {definition.unit}"
    for key in ("at_least", "at_most"):
        value = getattr(response, key)
        if value is not None and not 0 <= value <= (most or float("inf")):
            document.refuse(("response", key), f"'response.{key}': expected {expected}")


def _check_fall(change: str, at_least: float, document: Document) -> None:
    """Report a fall that everybody, or nobody, has."""
    most, expected = (1.0, "a share above 0, at most 1") if change == "relative" else (
        float("inf"), "a number above 0, of the fall from the baseline"
    )  # fmt: skip
    if not 0 < at_least <= most:
        document.refuse(("response", "at_least"), f"'response.at_least': expected {expected}")


def _check_shares(response: ResponseSection, document: Document) -> None:
    """Report a relative change that nobody, or everybody, reaches."""
    if response.definition != "relative_change":
        return
    below = response.at_most is not None and response.at_most < -1
    if below or (response.at_least is not None and response.at_least <= -1):
        document.refuse(
            ("response",),
            "the bound of a relative change is a share of the baseline, and -1 is all of it",
            "write at_most: -0.30 for a fall by 30 %",
        )


def _check_codes(response: ResponseSection, document: Document) -> None:
    """Report a label that means something and is also a code for a missing value."""
    meant = {response.favourable if response.definition is None else None}
    meant |= {response.tolerability.unfavourable} if response.tolerability else set()
    if meant & set(response.missing_codes or ()):
        document.refuse(
            ("response", "missing_codes"),
            "a code for a missing value is also the label that is looked for",
            "name only codes that mean no value, such as missing_codes: [-9, 99]",
        )


def _check_beside(file: StudyFile, response: ResponseSection, document: Document) -> None:
    """Report a column of the response, of tolerability or of adherence that has another role."""
    design = file.design
    taken = set()
    if design is not None:
        taken = {design.id, design.arm, design.site, design.period, design.sequence} - {None}
    for key in ("column", "baseline", "follow_up"):
        column = getattr(response, key)
        if column in taken:
            document.refuse(
                ("response", key),
                f"the column '{column}' has two roles",
                "name the column that holds the response",
            )
    taken |= {response.column, response.baseline, response.follow_up}
    for key in ("tolerability", "adherence"):
        section = getattr(response, key)
        if section is None:
            continue
        if section.column in taken:
            document.refuse(
                ("response", key, "column"),
                f"the column '{section.column}' has two roles",
                f"name the column that holds the {key} alone",
            )
        taken.add(section.column)


def _check_timeline(
    response: ResponseSection, timeline: TimelineSection, document: Document
) -> None:
    place: Place = ("response", "timeline")
    name = response.definition or ""
    definition = DEFINITIONS.get(name)
    if definition is None or "timeline" not in definition.sources:
        if definition is not None:
            document.refuse(place, f"'{name}' is read from columns, not from a timeline")
        return
    if compares(definition, response) and timeline.baseline_days is None:
        document.refuse(
            place,
            f"'{name}' compares with the days before treatment",
            "give 'baseline_days', such as [-28, -1]; day 1 is the first on treatment",
        )
    if timeline.baseline_days is not None and not compares(definition, response):
        document.refuse(
            (*place, "baseline_days"), f"'{name}' does not compare with a baseline", "remove it"
        )
    _check_windows(timeline, document)
    _check_relapse(response, timeline, document)
    roles = [timeline.id, timeline.day, timeline.amount, timeline.period]
    if len(set(roles)) < len(roles):
        document.refuse(place, "a column of the timeline has two roles")


def _check_windows(timeline: TimelineSection, document: Document) -> None:
    """Report windows without a day, or on the wrong side of the first day on treatment."""
    place: Place = ("response", "timeline")
    baseline, follow_up = timeline.baseline_days, timeline.follow_up_days
    for key, span in (("baseline_days", baseline), ("follow_up_days", follow_up)):
        if span is not None and span[1] - span[0] >= LONGEST_WINDOW_DAYS:
            document.refuse(
                (*place, key),
                f"'{key}' is longer than ten years",
                "check the number of its last day",
            )
        if span is not None and span[0] > span[1]:
            document.refuse(
                (*place, key),
                f"'{key}': the first day is after the last",
                "write the earlier day first, as in [-28, -1] and [1, 84]",
            )
    if baseline is not None and max(baseline) >= 1:
        document.refuse(
            (*place, "baseline_days"),
            "the baseline ends on treatment",
            "day 1 is the first on treatment: baseline_days: [-28, -1]",
        )
    if min(follow_up) < 1:
        document.refuse(
            (*place, "follow_up_days"),
            "the follow-up begins before treatment",
            "day 1 is the first on treatment: follow_up_days: [1, 84]; what comes before it "
            "goes under baseline_days",
        )
    length = follow_up[1] - follow_up[0] + 1
    if 0 < length <= timeline.grace_days:
        document.refuse(
            (*place, "grace_days"),
            "the grace days leave no day of the follow-up",
            f"give fewer than the {length} days of the window",
        )


def _check_relapse(
    response: ResponseSection, timeline: TimelineSection, document: Document
) -> None:
    """Report a relapse that cannot be, or that asks for more days than are looked at."""
    heavy, within = response.heavy_days, response.within_days
    if heavy is None or within is None:
        return
    first, last = timeline.follow_up_days
    if heavy > within:
        document.refuse(
            ("response", "heavy_days"),
            "a relapse needs more heavy days than days to have them in",
            "give `heavy_days` no more than `within_days`",
        )
    if within > last - first + 1 - timeline.grace_days >= 1:
        document.refuse(
            ("response", "within_days"),
            "'within_days' is longer than the follow-up without its grace days",
            "give no more days than are looked at",
        )


def check_units(file: StudyFile, document: Document, catalog: Catalog) -> None:
    """Report a region or a unit of the response that the catalogue does not know."""
    response = file.response
    definition = DEFINITIONS.get(response.definition or "") if response else None
    if response is None or definition is None:
        return
    regions = list(catalog.drinking.heavy_days)
    if response.heavy_day is not None and response.heavy_day not in regions:
        document.refuse(
            ("response", "heavy_day"),
            f"the catalogue does not know heavy days of '{response.heavy_day}'",
            closest(response.heavy_day, regions) or f"known: {', '.join(regions)}",
        )
    converts = unit_source(definition, response)
    if response.unit is not None and converts is not None:
        predictor = catalog.predictors[converts]
        known = [predictor.unit, *predictor.units]
        try:
            predictor.factor(response.unit)
        except KeyError:
            document.refuse(
                ("response", "unit"),
                f"'{response.unit}' is no unit of the response",
                closest(response.unit, known) or f"known: {', '.join(known)}",
            )


def unit_source(definition: Definition, response: ResponseSection) -> str | None:
    """Return the catalogue predictor that has the units of what is read."""
    return definition.converts if response.timeline is None else "alcohol_intake"
