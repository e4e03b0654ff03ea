"""Sentences as data: rules of `messages.toml` evaluated over the facts of a page."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from nxpredict.report._format import FILTERS
from nxpredict.report._measured import continuous, measured_in, steps

Rules = Mapping[str, Any]


@cache
def rules(page: str) -> Rules:
    """Return the wording of one part, such as `cohort` or `patient`, by name."""
    text = resources.files("nxpredict.report").joinpath("messages.toml").read_text("utf-8")
    found: Rules = tomllib.loads(text)[page]
    return found


def every(page: str, name: str, facts: Mapping[str, Any]) -> list[str]:
    """Return the sentences of all rules of a list that hold, in order."""
    return [say(r["text"], facts) for r in rules(page)[name] if holds(r["when"], facts)]


def first(page: str, name: str, facts: Mapping[str, Any]) -> str | None:
    """Return the sentence of the first rule of a list that holds."""
    return next(iter(every(page, name, facts)), None)


def holds(expression: str, facts: Mapping[str, Any]) -> bool:
    """Evaluate a condition over facts.

    Examples
    --------
    >>> holds("n > 3 and 'a' in arms", {"n": 4, "arms": ["a"]})
    True
    """
    with measured_in(facts.get("response")):
        return bool(_condition(expression)(facts))


def say(text: str, facts: Mapping[str, Any]) -> str:
    """Fill a text with facts, as plain text: pages escape it.

    Examples
    --------
    >>> say("{{ share | percent }} of {{ name }}", {"share": 0.5, "name": "<them>"})
    '50% of <them>'
    """
    with measured_in(facts.get("response")):
        return str(_template(text).render(facts))


@cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701
    environment.filters.update(FILTERS)
    environment.globals.update(continuous=continuous, steps=steps)
    return environment


@cache
def _condition(source: str) -> Any:
    return _environment().compile_expression(source, undefined_to_none=False)


@cache
def _template(source: str) -> Any:
    return _environment().from_string(source)
