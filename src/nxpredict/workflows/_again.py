"""The command that a report names, to do the same again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import yaml

from nxpredict.tracking import without_places


def command_again(verb: str, file: Path, overrides: Sequence[str], *options: str) -> str:
    """Return a command with all that it was told of the study, and no place of this machine.

    What was set of `tracking` moves no number and may hold a password: it is not named.

    Examples
    --------
    >>> told = ["model.seed=7", "table=/a/b.csv", "tracking.uri=http://me:secret@host"]
    >>> command_again("train", Path("/a/study.yaml"), told)
    'nxpredict train study.yaml --set model.seed=7 --set table=b.csv'
    """
    words = ["nxpredict", verb, file.name, *options]
    for told in overrides:
        key, _, value = told.partition("=")
        keys = [part.strip() for part in key.split(".")]
        if keys[0] == "tracking":
            continue
        tree = yaml.load(value, Loader=yaml.BaseLoader)  # noqa: S506  (text only)
        kept = without_places(tree, keys[-1])
        if kept != tree:
            value = kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False)
        words += ["--set", f"{key}={value}"]
    return shlex.join(words)
