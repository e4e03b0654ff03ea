"""The response of a study file as an object of `study`, with the catalogue's numbers in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nxpredict.config._check_response import unit_source
from nxpredict.config._schema import ResponseSection, TimelineSection
from nxpredict.study import (
    DEFINITIONS,
    Amount,
    Bound,
    ColumnResponse,
    DrinkingResponse,
    Fall,
    Favourable,
    LevelReduction,
    NumberResponse,
    Reduction,
    RelativeChange,
    ResponseDefinition,
    ResponseReading,
    ResponseScale,
    Rule,
    TableSource,
    Timeline,
    TimelineResponse,
    Window,
    most_heavy_days_within,
)

if TYPE_CHECKING:
    from nxpredict.catalog import Catalog


def build_response(
    section: ResponseSection | None, timeline: Path | None, catalog: Catalog
) -> ResponseDefinition:
    """Return the response; `timeline` is the resolved path of its days.

    Raises
    ------
    ValueError
        When the section is not complete; its faults were reported before.
    """
    if section is None:
        raise ValueError("there is no response")
    if section.definition in DEFINITIONS:
        return _drinking(section, timeline, catalog)
    if section.definition == "relative_change":
        return RelativeChange(
            _given(section.baseline),
            _given(section.follow_up),
            section.at_least,
            section.at_most,
            section.missing,
            _better(section.favourable) if section.kind == "continuous" else None,
        )
    column, favourable = _given(section.column), _given(section.favourable)
    if section.kind == "binary":
        return ColumnResponse(column, favourable, section.missing)
    scale = ResponseScale(_given(section.unit), _better(favourable))
    return NumberResponse(column, scale, section.missing)


def _better(favourable: str | None) -> Favourable:
    return "lower" if _given(favourable) == "lower" else "higher"


def _given(value: str | None) -> str:
    if value is None:
        raise ValueError("the response is incomplete")
    return value


def _drinking(
    section: ResponseSection, timeline: Path | None, catalog: Catalog
) -> DrinkingResponse:
    name = section.definition or ""
    definition = DEFINITIONS[name]
    factor = _factor(section, catalog)
    rule = _rule(name, section, factor, catalog)
    if section.timeline is None:
        after = _given(section.follow_up)
        before = _given(section.baseline) if rule.compares else "baseline"
        return DrinkingResponse(name, rule, before, after, factor, section.missing)
    if timeline is None:
        raise ValueError("the timeline's path is not known")
    heavy_from = None
    if definition.counts_heavy_days:
        day = catalog.drinking.heavy_days.get(section.heavy_day or "")
        if day is None:
            raise ValueError("what a heavy day is, is not known")
        heavy_from = (day.female, day.male)
    return TimelineResponse(
        name,
        rule,
        missing=section.missing,
        timeline=_timeline(section.timeline, timeline),
        reduce=definition.reduce
        or most_heavy_days_within(section.within_days, section.heavy_days or 1),
        grams=factor,
        heavy_from=heavy_from,
    )


def _factor(section: ResponseSection, catalog: Catalog) -> float:
    """Return what turns a number as written into the unit of the rule."""
    converts = unit_source(DEFINITIONS[section.definition or ""], section)
    if section.unit is None or converts is None:
        return 1.0
    try:
        return catalog.predictors[converts].factor(section.unit)
    except KeyError:
        raise ValueError("the unit is not known") from None


def build_reading(section: ResponseSection | None, catalog: Catalog) -> ResponseReading:
    """Return how the response is written, and which numbers can be.

    Raises
    ------
    ValueError
        When the section is not complete; its faults were reported before.
    """
    if section is None:
        raise ValueError("there is no response")
    codes = tuple(section.missing_codes or ())
    definition = DEFINITIONS.get(section.definition or "")
    if definition is None:
        # A share of the baseline is taken of amounts, which do not lie below zero.
        return ResponseReading(codes, low=0.0 if section.definition is not None else None)
    source = unit_source(definition, section)
    if source is not None:
        known, factor = catalog.predictors[source], _factor(section, catalog)
        most = None if known.high is None else known.high / factor
        return ResponseReading(codes, known.low, most, section.unit or known.unit)
    most = definition.most or section.within_days
    return ResponseReading(codes, 0.0, most, definition.unit, whole=definition.unit == "days")


def _rule(name: str, section: ResponseSection, factor: float, catalog: Catalog) -> Rule:
    definition = DEFINITIONS[name]
    if section.kind == "continuous":
        unit = "%" if section.change == "relative" else definition.unit or section.unit or "points"
        return Amount(ResponseScale(unit, definition.better, section.change))
    if section.change is not None and section.at_least is not None:
        if section.change == "relative":
            return Reduction(section.at_least)
        amount = section.at_least * (1.0 if definition.converts is None else factor)
        return Fall(amount, definition.unit or section.unit or "points")
    match name:
        case "who_risk_level_reduction":
            levels = catalog.drinking.risk_levels
            if section.levels is None:
                raise ValueError("the number of levels is not known")
            lowest = levels.names.index(levels.two_levels_from) if section.levels > 1 else 1
            return LevelReduction(section.levels, levels.names, levels.female, levels.male, lowest)
        case "alcohol_reduction" if section.at_least is not None:
            return Reduction(section.at_least)
        case "no_heavy_drinking_days":
            return Bound(0.0, upper=True, unit="days")
        case "no_relapse" if section.heavy_days is not None:
            return Bound(section.heavy_days - 1.0, upper=True, unit="days")
        case "drinks_per_drinking_day" | "alcohol_per_day" | "peth" if section.at_most is not None:
            return Bound(section.at_most * factor, upper=True, unit=definition.unit)
    if section.at_most is not None:
        return Bound(section.at_most, upper=True, unit=definition.unit or section.unit or "")
    if section.at_least is not None:
        return Bound(section.at_least, upper=False, unit=definition.unit)
    raise ValueError("the response has no bound")


def _timeline(section: TimelineSection, path: Path) -> Timeline:
    baseline = section.baseline_days
    return Timeline(
        TableSource(path, section.separator, section.decimal),
        section.id,
        section.day,
        section.amount,
        Window(*section.follow_up_days),
        Window(*baseline) if baseline else None,
        section.grace_days,
        section.minimum_recorded,
        section.period,
    )
