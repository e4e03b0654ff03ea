"""The facts of the index of a batch, and the names of its pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nxpredict.bundle import Bundle
from nxpredict.errors import RESEARCH_USE
from nxpredict.report._cohort_facts import FORMAT
from nxpredict.report._phrases import named
from nxpredict.report._values import arm_facts, plain


def page_name(row: int) -> str:
    """Return the file name of a patient's page: by input row, never by identifier.

    Parameters
    ----------
    row : int
        Place of the patient in the input, from 1.

    Examples
    --------
    >>> page_name(12)
    'patient-000012.html'
    """
    return f"patient-{row:06d}.html"


def batch_facts(
    pages: Iterable[Mapping[str, Any]], *, bundle: Bundle, warnings: Sequence[str] = ()
) -> dict[str, Any]:
    """Gather what the index of a batch shows, from the facts of its pages.

    Parameters
    ----------
    pages : iterable of mapping
        Results of `patient_facts`, in input order; consumed one at a time.
    bundle : Bundle
    warnings : sequence of str
        What was noticed while the patients were read.
    """
    patients = [_line(page) for page in pages]
    return plain(  # type: ignore[no-any-return]
        {
            "format": FORMAT,
            "kind": "batch",
            "research_use": RESEARCH_USE,
            "study": bundle.study,
            "response": bundle.scale.to_dict(),
            "model_id": bundle.model_id,
            "verdict": {"level": bundle.answers["verdict"]["level"]},
            "arms": arm_facts(bundle.arms.names, bundle.arms.reference),
            "contrasts": [
                f"{named(arm)} versus {named(bundle.arms.reference)}" for arm in bundle.arms.others
            ],
            "patients": patients,
            "warnings": list(warnings),
            "counts": {
                "n": len(patients),
                "scored": sum(p["status"] == "scored" for p in patients),
                "preference": sum(p["preferred"] is not None for p in patients),
                "cautions": sum(p["cautions"] > 0 for p in patients),
            },
        }
    )


INDEX_FACTS = (
    "row",
    "patient_id",
    "status",
    "reasons",
    "arms",
    "differences",
    "preferred",
    "basis",
    "cautions",
    "missing",
    "outside",
)
"""The facts of a page that the index needs; the others need not be kept."""


def _line(page: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "row": page["row"],
        "patient_id": page["patient_id"],
        "page": page_name(page["row"]),
        "status": page["status"],
        "reasons": page["reasons"],
        "p": [arm["p"]["estimate"] for arm in page["arms"]],
        "benefits": [d["benefit"] for d in page["differences"]],
        "preferred": page["preferred"]["label"] if page["preferred"] else None,
        "basis": page["basis"],
        "cautions": sum(c["state"] == "present" for c in page["cautions"]),
        "open": sum(c["state"] == "not_assessed" for c in page["cautions"]),
        "missing": len(page["missing"]),
        "outside": len(page["outside"]),
    }
