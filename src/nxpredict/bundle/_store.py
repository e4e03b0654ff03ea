"""A bundle to a folder and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from nxpredict.bundle._bundle import Bundle
from nxpredict.bundle._content import damaged, parse, read_json, read_npz
from nxpredict.bundle._files import read_folder, write_folder
from nxpredict.cohort import Schema, read_batch
from nxpredict.models import model_from_state
from nxpredict.study import ArmSet, ResponseScale

_TEXTS = ("study", "allocation", "catalog_version", "fingerprint")
_MAPPINGS = ("answers", "training", "versions")


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write `bundle` as a folder of plain files that appears whole or not at all.

    Parameters
    ----------
    bundle : Bundle
        The model.
    folder : Path
        Where; a model already there is replaced.

    Raises
    ------
    UsageError
        When `folder` holds something else.
    AccessError
        When the disk says no.
    """
    write_folder(Path(folder), bundle.to_parts())


def load_bundle(folder: Path) -> Bundle:
    """Read a model folder; nothing in it is executed.

    Parameters
    ----------
    folder : Path
        A folder that `save_bundle` wrote, also that of an older version where it can be upgraded.

    Returns
    -------
    Bundle
        The same model to the bit. An upgraded one is another model to whoever compares sums.

    Raises
    ------
    BundleError
        When anything is damaged, missing, foreign, unlisted or of a format that cannot be read.
    """
    parts = read_folder(Path(folder))
    content = {
        name: parse(name, partial(read_json, data))
        for name, data in parts.items()
        if name.endswith(".json")
    }
    arrays = parse("model.npz", lambda: read_npz(parts["model.npz"]))
    bundle = Bundle(
        model=parse("model.json", lambda: model_from_state(content["model.json"], arrays)),
        schema=parse("schema.json", lambda: Schema.from_dict(content["schema.json"])),
        background=parse("background.json", lambda: _to_background(content["background.json"])),
        **parse("study.json", lambda: _to_study(content["study.json"])),
    )
    if not parse("model.json", lambda: set(bundle.model.arms_) == set(bundle.arms.names)):
        damaged("its model and its study name different arms")
    if bundle.model.response != bundle.scale.kind:
        damaged("its model and its study name different kinds of response")
    if list(bundle.background.columns) != bundle.inputs:
        damaged("its background and its schema name different predictors")
    parse("study.json", lambda: bundle.distributions)
    # Sums can be forged, so that the parts fit together is tried, not believed.
    parse("schema.json", lambda: _read_one(bundle))
    tried = parse("model.json", lambda: bundle.model.predict_response(bundle.background))
    if list(tried.columns) != list(bundle.model.arms_) or tried.isna().any(axis=None):
        damaged("its model does not give probabilities")
    return bundle


def _read_one(bundle: Bundle) -> None:
    """Read a row that nobody has, by all columns that the schema names."""
    columns = bundle.table_schema.columns
    if not all(isinstance(column, str) for column in columns):
        raise TypeError("a column has no name")
    read_batch(pd.DataFrame({name: ["1"] for name in columns}), bundle.schema_of(columns))


def _to_background(content: Mapping[str, list[Any]]) -> pd.DataFrame:
    if len({len(values) for values in content.values()}) > 1:
        raise ValueError("columns of different lengths")
    text = {name for name, values in content.items() if any(isinstance(v, str) for v in values)}
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype="str" if name in text else "float64")
            for name, values in content.items()
        }
    )


def _to_study(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `Bundle` that study.json holds, their types checked."""
    expected = {*_TEXTS, *_MAPPINGS, "arms", "preference", "eligibility", "ranges"}
    # Models of responses that are there or not were saved without saying so.
    if set(content) - {"response"} != expected:
        raise ValueError("unexpected keys")
    for name, kind in {**dict.fromkeys(_TEXTS, str), **dict.fromkeys(_MAPPINGS, dict)}.items():
        if not isinstance(content[name], kind):
            raise TypeError(name)
    arms = _to_arms(content["arms"])
    _check_answers(content["answers"], arms)
    return {
        **{name: content[name] for name in (*_TEXTS, *_MAPPINGS)},
        "arms": arms,
        "preference": {
            name: _number(content["preference"][name])
            for name in ("minimum_benefit", "probability")
        },
        "eligibility": _texts(content["eligibility"]),
        "ranges": {
            k: (_number(low), _number(high)) for k, (low, high) in content["ranges"].items()
        },
        "scale": ResponseScale.from_dict(content.get("response", ResponseScale().to_dict())),
    }


def _check_answers(answers: Mapping[str, Any], arms: ArmSet) -> None:
    """Refuse answers that do not have the form of evaluation.json."""
    better = {answer.get("better") for answer in answers["average"].values()}
    differ = [answer.get("established") for answer in answers["heterogeneity"].values()]
    level = answers["verdict"]["level"]
    if not (better <= {None, *arms.names} and set(differ) <= {None, True, False}):
        raise ValueError("an answer of another study")
    if not isinstance(level, str):
        raise TypeError("a verdict is a text")


def _to_arms(content: Mapping[str, Any]) -> ArmSet:
    # Models were once saved without their regimens.
    regimens = {
        name: dict(zip(given, _texts(list(given.values())), strict=True))
        for name, given in content.get("regimens", {}).items()
    }
    names, labels = _texts(content["names"]), _texts(content["labels"])
    return ArmSet(names, labels, content["reference"], regimens)


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("expected a list of texts")
    return tuple(values)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("expected a number")
    return float(value)
