"""From the TOML files of this package to one `Catalog`."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from nxpredict.catalog._catalog import Catalog, fold_column
from nxpredict.catalog._cautions import Caution, Drug, Regimen
from nxpredict.catalog._drinking import Drinking
from nxpredict.catalog._evidence import Evidence, Prior
from nxpredict.catalog._predictors import Predictor
from nxpredict.catalog._rules import Rule
from nxpredict.catalog._variants import Haplotype, RepeatLocus, Variant
from nxpredict.catalog._words import Words

SCHEMA_VERSION = "1.0.0"
"""Version of the files' structure; their content is told apart by the digest."""

FILES = (
    "variants.toml",
    "predictors.toml",
    "evidence.toml",
    "rules.toml",
    "cautions.toml",
    "drinking.toml",
    "words.toml",
)


@functools.cache
def load_catalog() -> Catalog:
    """Read the shipped catalogue; the result is cached.

    Examples
    --------
    >>> load_catalog().predictors["age"].unit
    'years'
    """
    folder = resources.files(__package__)
    return read_catalog({name: (folder / name).read_bytes() for name in FILES})


def read_catalog(files: Mapping[str, bytes]) -> Catalog:
    """Build a catalogue from the content of its TOML files.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by file name, as in `FILES`.

    Raises
    ------
    TypeError, KeyError, ValueError
        When a table has an unknown or a missing key, or names something that does not exist.
    """
    tables: dict[str, Any] = {}
    for name in FILES:
        tables |= _frozen(tomllib.loads(files[name].decode("utf-8")))
    predictors = {
        name: Predictor.read(name, table, tables["label_sets"])
        for name, table in tables["predictors"].items()
    }
    priors = tuple(Prior.read(table, predictors) for table in tables["priors"])
    return Catalog(
        predictors=predictors,
        variants={name: Variant.read(name, t) for name, t in tables["variants"].items()},
        repeats={name: RepeatLocus.read(name, t) for name, t in tables["repeats"].items()},
        haplotypes={name: Haplotype.read(name, t) for name, t in tables["haplotypes"].items()},
        evidence=tuple(Evidence.read(table) for table in tables["evidence"]),
        priors=priors,
        rules=tuple(Rule.read(table, predictors, priors) for table in tables["rules"]),
        cautions=tuple(Caution.read(table, predictors) for table in tables["cautions"]),
        drugs={name: Drug.read(name, t) for name, t in tables["drugs"].items()},
        regimens={name: Regimen.read(name, t) for name, t in tables["regimens"].items()},
        eligibility=tables["eligibility"],
        drinking=Drinking.read(tables["drinking"]),
        version=f"{SCHEMA_VERSION}+{_digest(files)}",
        columns=_columns(predictors),
        words=Words.read(tables["headers"], tables["answers"], tables["label_sets"]["yes_no"]),
    )


def _frozen(value: Any) -> Any:
    """Return TOML values with tuples for lists, all the way down."""
    if isinstance(value, dict):
        return {key: _frozen(part) for key, part in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(part) for part in value)
    return value


def _digest(files: Mapping[str, bytes]) -> str:
    """Return 8 hex digits of the files' content, the same under any line ending."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(files[name].replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:8]


def _columns(predictors: Mapping[str, Predictor]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for name, predictor in predictors.items():
        for text in (name, predictor.column, *predictor.aliases, *predictor.parts):
            if columns.setdefault(fold_column(text), name) != name:
                raise ValueError(f"column {text!r} means two predictors")
    return columns
