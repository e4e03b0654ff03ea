"""What a study with a continuous response must say, and what it cannot ask for."""

from __future__ import annotations

from nxpredict.config._schema import ResponseSection, StudyFile
from nxpredict.config._yaml import Document
from nxpredict.study import DEFINITIONS


def check_continuous(file: StudyFile, response: ResponseSection, document: Document) -> None:
    """Report what is missing or has no meaning when the response is a number."""
    definition = DEFINITIONS.get(response.definition or "")
    numbers = [name for name, found in DEFINITIONS.items() if found.continuous]
    numbers.append("relative_change")
    if response.definition is not None and response.definition not in numbers:
        known = ", ".join(numbers)
        document.refuse(
            ("response", "definition"),
            f"'{response.definition}' is there or not: it is no continuous response",
            f"remove 'kind: continuous', or use one of: {known}",
        )
    if definition is None and response.favourable not in ("higher", "lower", None):
        document.refuse(
            ("response", "favourable"),
            "of a continuous response 'favourable' is 'higher' or 'lower'",
            "write which end of the scale is better for the patient",
        )
    if response.missing == "failure":
        document.refuse(
            ("response", "missing"),
            "no number stands for failure",
            "write 'missing: exclude' or 'missing: fault', or make the response yes or no",
        )
    if "minimum_benefit" not in file.preference.model_fields_set:
        document.refuse(
            ("preference",),
            "a continuous response needs 'minimum_benefit' in its own unit",
            "write the smallest improvement that matters to a patient, such as minimum_benefit: 2",
        )
    if file.model.prior == "sceptical":
        document.refuse(
            ("model", "prior"),
            "published effects are on the log-odds of a response that is there or not",
            "write 'prior: none'",
        )
