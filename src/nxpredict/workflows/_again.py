"""The command that a report names, to do the same again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

_FOLDER = re.compile(r"(?<![^\s\[{,'\"])(?:[/~$\\]|[A-Za-z]:)[^\s,\]}'\"]*[/\\]")


def command_again(verb: str, file: Path, overrides: Sequence[str], *options: str) -> str:
    """Return a command with all that it was told of the study, and no place of this machine.

    What was set of `tracking` moves no number and may hold a password: it is not named.

    Examples
    --------
    >>> told = ["model.seed=7", "table=/home/me/b.csv", "tracking.uri=http://me:secret@host"]
    >>> command_again("train", Path("/home/me/study.yaml"), told)
    'nxpredict train study.yaml --set model.seed=7 --set table=b.csv'
    """
    words = ["nxpredict", verb, file.name, *options]
    for told in overrides:
        key, _, value = told.partition("=")
        if key.split(".")[0].strip() != "tracking":
            words += ["--set", f"{key}={_FOLDER.sub('', value)}"]
    return shlex.join(words)
