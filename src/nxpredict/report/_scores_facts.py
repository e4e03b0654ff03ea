"""The facts of the page about a scoring run, from the content of its sidecar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_INDICES = ("psi", "psi_by_chance")
_SHARES = ("missing", "missing_training", "below_range", "above_range")
_NOT_COMPARED = "\N{EN DASH}"
_ABOUT = {
    "status": "Status",
    "preferred": "Preference",
    "basis": "Basis of a preference",
    "reasons": "Not scored",
}


def scores_facts(meta: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the facts of the page about a scoring run.

    Parameters
    ----------
    meta : mapping
        Content of the sidecar of the scores.
    labels : mapping of str to str
        What each predictor is called.
    """
    population = meta["population"]
    rows = [
        {
            "name": labels[name],
            "cells": [
                *(_text(facts[key], ".3f") for key in _INDICES),
                *(_text(facts[key], ".1%") for key in _SHARES),
            ],
        }
        for name, facts in population["predictors"].items()
    ]
    said = [
        {"name": f"{_ABOUT.get(column, column)}: {_words(value, labels)}", "value": f"{count:,}"}
        for column, found in meta["counts"].items()
        for value, count in found.items()
    ]
    shares = {
        "Outside the training range, of those scored": population["outside_training_range"],
        "Without a preference, of those scored": population["no_preference"],
    }
    said += [{"name": name, "value": _text(share, ".1%")} for name, share in shares.items()]
    compared = any(facts["psi"] is not None for facts in population["predictors"].values())
    shown = {"rows": rows, "compared": compared}
    shown["warnings"] = [_named(text, labels) for text in population["warnings"]]
    return {**meta, "population": population | shown, "said": said}


def _named(text: str, labels: Mapping[str, str]) -> str:
    """Write a predictor, named in quotation marks, as pages call it."""
    return re.sub(r"'(\w+)'", lambda found: labels.get(found[1], found[0]), text)


def _words(value: str, labels: Mapping[str, str]) -> str:
    """Write a value of a column of the scores, or a reason, ``about:code``, in words."""
    about, _, code = value.partition(":")
    words = labels.get(about, "none" if about == "no preference" else about.replace("_", " "))
    return f"{words}, {code.replace('_', ' ')}" if code else words


def _text(value: float | None, how: str) -> str:
    return _NOT_COMPARED if value is None else format(value, how)
