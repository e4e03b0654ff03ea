"""The figures of a cohort report as files of their own, for MLflow and for papers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from nxpredict.errors import RESEARCH_USE
from nxpredict.report._balance import love_figure
from nxpredict.report._figures import calibration_figure, gates_figure, targeting_figure
from nxpredict.report._measured import measured_in
from nxpredict.report._render import style_sheet

_SIZE = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


def figure_files(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the figures of a cohort's facts as complete SVG files, by file name.

    Parameters
    ----------
    facts : mapping
        Result of `cohort_facts`.

    Returns
    -------
    dict of str to str
        ``calibration_<arm>.svg``, ``balance_<arm>.svg``, ``gates_<contrast>.svg`` and
        ``targeting_<contrast>.svg``, those that the facts hold numbers for.
    """
    with measured_in(facts.get("response")):
        return {f"{name}.svg": _standalone(picture) for name, picture in _pictures(facts)}


def _pictures(facts: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    for arm in facts["arms"]:
        if arm["curve"]:
            yield f"calibration_{arm['name']}", calibration_figure(arm)
    for arm in (facts["balance"] or {"arms": ()})["arms"]:
        if arm["rows"]:
            yield f"balance_{arm['arm']}", love_figure(arm)
    for contrast in facts["contrasts"]:
        if contrast["gates"]:
            yield f"gates_{contrast['name']}", gates_figure(contrast)
        if contrast["targeting"]:
            yield f"targeting_{contrast['name']}", targeting_figure(contrast)


def _standalone(picture: Markup) -> str:
    """Give an inline picture a name space, a size, a background, what it is for and a style."""
    found = _SIZE.search(picture)
    width, height = found.groups() if found else ("480", "320")
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'style="background:#fff" '
    )
    style = f"<desc>{RESEARCH_USE}</desc><style>{style_sheet()}</style>"
    head, title, rest = str(picture).replace("<svg ", opening, 1).partition("</title>")
    return f"{head}{title}{style}{rest}\n"
