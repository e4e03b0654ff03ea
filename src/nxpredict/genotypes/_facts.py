"""What ``check`` and the reports say about genotypes, as plain values for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nxpredict.genotypes._calls import CallsTable
from nxpredict.genotypes._qc import genotype_qc


def genotype_facts(
    calls: CallsTable, *, site: Sequence[Any] | None = None, ancestry: Sequence[Any] | None = None
) -> dict[str, Any]:
    """Return everything to say about a table of calls, without any patient's id or call.

    Parameters
    ----------
    calls : CallsTable
    site, ancestry : sequences, optional
        One entry a patient, in the order of ``calls.patient_ids``.

    Returns
    -------
    dict
        ``patients``, ``unmatched_patients``, ``unmatched_samples`` (counts), ``builds`` (counts),
        ``loci`` (see `CallsTable.counts`), ``quality`` (tables of `genotype_qc`), ``warnings``
        and ``faults`` (of the calls and of their quality). Only JSON types.

    Examples
    --------
    >>> import pandas as pd
    >>> from nxpredict.catalog import load_catalog
    >>> from nxpredict.genotypes import calls_from_columns, recognise_columns
    >>> loci = [load_catalog().variants["OPRM1_rs1799971"]]
    >>> table = pd.DataFrame({"rs1799971": ["A/G", "GG", ""]}, index=["p1", "p2", "p3"])
    >>> calls = calls_from_columns(table, recognise_columns(table.columns, loci), loci)
    >>> found = genotype_facts(calls)
    >>> found["patients"], found["loci"]["OPRM1_rs1799971"]["states"]["Present"]
    (3, 2)
    """
    quality = genotype_qc(calls, site=site, ancestry=ancestry)
    builds = list(calls.builds.values())
    return {
        "patients": len(calls),
        "unmatched_patients": len(calls.unmatched_patients),
        "unmatched_samples": len(calls.unmatched_samples),
        "builds": {build: builds.count(build) for build in sorted(set(builds))},
        "loci": calls.counts(),
        "quality": quality.to_dict(),
        "warnings": [fault.to_dict() for fault in (*calls.warnings, *quality.warnings)],
        "faults": [fault.to_dict() for fault in calls.faults],
    }
