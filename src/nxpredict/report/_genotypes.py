"""Quality of the genotype calls, as the cohort report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxpredict.study import SMALLEST_CELL, counts_shown, share_shown

ALL = "all"
"""What the door calls all sites together."""


def genotype_quality_facts(cohort_facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Arrange the quality tables of the door for the page; None without genotype calls.

    Parameters
    ----------
    cohort_facts : mapping
        ``Cohort.facts``: its ``genotypes`` and ``genotype_quality``, small groups left out.

    Returns
    -------
    dict or None
        ``loci`` (counts of states), ``sites`` (one row a site, a call rate a locus),
        ``frequencies`` (one row a locus and ancestry, with the reference population's frequency,
        its certainty, and the Hardy-Weinberg test), ``duplicates`` (loci with contradicting
        records). None stands for what would tell of a small cell.
    """
    quality = cohort_facts.get("genotype_quality")
    if not quality:
        return None
    return {
        "loci": [
            {"label": _label(locus["locus"]), "states": counts_shown(locus["states"])}
            for locus in cohort_facts["genotypes"]
        ],
        "sites": _sites(quality["call_rate"]),
        "frequencies": _frequencies(quality),
        "duplicates": [
            {"label": _label(row["locus"])}
            | {name: counts_shown({name: row[name]})[name] for name in ("conflicting", "set_aside")}
            for row in quality["duplicates"]
            if row["conflicting"] or row["set_aside"]
        ],
    }


def _label(locus: str) -> str:
    """Return a locus's name for people.

    Examples
    --------
    >>> _label("OPRM1_rs1799971")
    'OPRM1 rs1799971'
    """
    return locus.replace("_", " ")


def _sites(rates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for row in rates:
        site = rows.setdefault(row["site"], {"site": row["site"], "n": row["n"], "rates": []})
        called = round(row["call_rate"] * row["n"])
        site["rates"].append(share_shown(called, row["n"]))
    sites = [row for name, row in rows.items() if name != ALL]
    if sites and 0 < rows[ALL]["n"] - sum(row["n"] for row in sites) < SMALLEST_CELL:
        # Subtraction would tell how many the sites that are left out have together.
        sites.remove(min(sites, key=lambda row: int(row["n"])))
    for locus in range(len(sites[0]["rates"]) if len(sites) > 1 else 0):
        shown = [row for row in sites if row["rates"][locus] is not None]
        if len(shown) == len(sites) - 1:
            # The rate of all sites would give a single hidden one away.
            min(shown, key=lambda row: int(row["n"]))["rates"][locus] = None
    return [rows[ALL], *sites]


def _frequencies(quality: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Put the frequency and the test of one locus and ancestry into one row."""
    tests = {(row["locus"], row["ancestry"]): row["p"] for row in quality["hardy_weinberg"]}
    not_called = {
        row["locus"]
        for row in quality["call_rate"]
        if row["site"] == ALL and share_shown(row["typed"], row["n"]) is None
    }
    return [
        (_coarse(row) if row["locus"] in not_called else row)
        | {
            "label": _label(row["locus"]),
            "equilibrium_p": tests.get((row["locus"], row["ancestry"])),
        }
        for row in quality["frequency"]
    ]


def _coarse(row: dict[str, Any]) -> dict[str, Any]:
    """Return a frequency that does not tell of how many it is one: a few have no call."""
    share = row["frequency"]
    return row | {"n": None, "frequency": None if share is None else round(share, 2)}
