"""Facts in, pages out: templates that escape everything and compute nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from markupsafe import Markup

from nxpredict.report import _figures
from nxpredict.report._balance import love_figure
from nxpredict.report._format import FILTERS
from nxpredict.report._measured import (
    average_title,
    continuous,
    in_shares,
    measured_in,
    response_name,
    steps,
    steps_title,
)
from nxpredict.report._paper_tables import aggregates, measures, paper_tables
from nxpredict.report._plan_figure import power_figure
from nxpredict.report._svg import reach

_FIGURES = {
    "interval_mark": _figures.interval_mark,
    "contribution_mark": _figures.contribution_mark,
    "icon_array": _figures.icon_array,
    "calibration_figure": _figures.calibration_figure,
    "gates_figure": _figures.gates_figure,
    "targeting_figure": _figures.targeting_figure,
    "decision_figure": _figures.decision_figure,
    "dependence_figure": _figures.dependence_figure,
    "arm_mark": _figures.arm_mark,
    "love_figure": love_figure,
    "power_figure": power_figure,
    "reach": reach,
}


def render_cohort_report(facts: Mapping[str, Any]) -> str:
    """Return the cohort report as one self-contained HTML page."""
    return _page("cohort.html", facts)


def render_patient_page(facts: Mapping[str, Any]) -> str:
    """Return one patient's page as self-contained HTML; it holds that patient's data."""
    return _page("patient.html", facts)


def render_batch_index(facts: Mapping[str, Any]) -> str:
    """Return the index of a batch; it reads without the script that sorts and filters it."""
    return _page("index.html", facts)


def render_plan_report(facts: Mapping[str, Any]) -> str:
    """Return the answers of a plan as one self-contained HTML page."""
    return _page("plan.html", facts)


def render_validation_report(facts: Mapping[str, Any]) -> str:
    """Return the report of a validation as one self-contained HTML page."""
    return _page("validation.html", facts)


def render_scores_page(facts: Mapping[str, Any]) -> str:
    """Return the page about a scoring run as self-contained HTML; it names no patient."""
    return _page("scores.html", facts)


def render_tables(facts: Mapping[str, Any]) -> str:
    """Return the tables of a paper as plain HTML, to be copied into a word processor."""
    template = _environment().get_template("tables.html")
    with measured_in(facts.get("response")):
        return str(template.render(facts=facts, tables=paper_tables(facts))) + "\n"


def render_model_card(facts: Mapping[str, Any]) -> str:
    """Return the model card as Markdown, from the facts of the cohort report."""
    with measured_in(facts.get("response")):
        card = _environment(markdown=True).get_template("model_card.md").render(facts=facts)
    return str(card).rstrip() + "\n"


def _page(template: str, facts: Mapping[str, Any]) -> str:
    with measured_in(facts.get("response")):
        return str(_environment().get_template(template).render(facts=facts)) + "\n"


@cache
def _environment(*, markdown: bool = False) -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("nxpredict.report", "templates"),
        autoescape=jinja2.select_autoescape(["html"]),
        finalize=_no_tags if markdown else None,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS, aggregates=aggregates)
    script = _asset("index.js")
    environment.globals.update(_FIGURES)
    environment.globals.update(
        measures=measures,
        average_title=average_title,
        continuous=continuous,
        in_shares=in_shares,
        response_name=response_name,
        steps=steps,
        steps_title=steps_title,
        style=Markup(_asset("style.css")),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return environment


def _no_tags(value: Any) -> Any:
    """Keep text from becoming markup in Markdown."""
    return value.replace("<", "&lt;") if isinstance(value, str) else value


def style_sheet() -> str:
    """Return the style sheet that all pages and figures share."""
    return _asset("style.css")


def _asset(name: str) -> str:
    folder = resources.files("nxpredict.report").joinpath("templates")
    return folder.joinpath(name).read_text("utf-8")
