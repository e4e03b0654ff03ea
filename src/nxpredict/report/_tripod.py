"""TRIPOD+AI and PATH from a run: what it can answer is filled, the rest is left to authors."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, Literal

from nxpredict.report._messages import holds, say

Status = Literal["filled", "needs author", "not applicable"]


@dataclass(frozen=True, slots=True)
class TripodItem:
    """One row of the checklist.

    Parameters
    ----------
    number, section, asks : str
        The item, in our own words.
    status : {"filled", "needs author", "not applicable"}
    content : str
        What the run says; a draft where the status is `needs author`.
    source : str
        The file of the run that the content can be checked in; empty without content.
    """

    number: str
    section: str
    asks: str
    status: Status
    content: str
    source: str


def tripod_table(facts: Mapping[str, Any]) -> list[TripodItem]:
    """Return the TRIPOD+AI checklist of a run, and after it that of PATH.

    Parameters
    ----------
    facts : mapping
        Facts of the cohort report.
    """
    return [_item(entry, facts) for entry in _items()]


def tripod_csv(rows: Iterable[TripodItem]) -> str:
    """Return the checklist as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [f.name for f in fields(TripodItem)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return out.getvalue()


def tripod_markdown(rows: Iterable[TripodItem]) -> str:
    """Return the checklist as a Markdown table."""
    rows = list(rows)
    counts = {s: sum(r.status == s for r in rows) for s in dict.fromkeys(r.status for r in rows)}
    lines = [
        "# TRIPOD+AI and PATH",
        "",
        "Items in our own words; the checklists themselves are in BMJ 2024;385:e078378 and "
        "Ann Intern Med 2020;172:35-45. "
        + "; ".join(f"{status}: {n}" for status, n in counts.items())
        + ".",
        "",
        "| Item | Section | What is asked | Status | Content | Where |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row.number, row.section, row.asks, row.status, row.content, row.source]
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;")


def _item(entry: Mapping[str, str], facts: Mapping[str, Any]) -> TripodItem:
    head = (entry["number"], entry["section"], entry["asks"])
    if not holds(entry.get("when", "true"), facts):
        return TripodItem(*head, "not applicable", entry["otherwise"], entry["source"])
    content = say(entry["text"], facts) if "text" in entry else ""
    status: Status = "filled" if entry["fill"] == "tool" else "needs author"
    return TripodItem(*head, status, content, entry.get("source", ""))


@cache
def _items() -> list[dict[str, str]]:
    text = resources.files("nxpredict.report").joinpath("tripod.toml").read_text("utf-8")
    found: list[dict[str, str]] = tomllib.loads(text)["item"]
    return found
