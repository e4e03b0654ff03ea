"""From a verb's outcome, or its failure, to what is printed and the exit code."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import typer
from typer.core import TyperGroup

from nxpredict import __version__
from nxpredict.errors import AccessError, DataError, NxpredictError, UsageError

if TYPE_CHECKING:
    from nxpredict.workflows import Outcome

P = ParamSpec("P")
INTERRUPTED = 130
_INTERRUPTED = (
    "Interrupted. No file is half-written; a run begun in MLflow is marked FAILED, and scoring "
    "goes on with --resume."
)


class Verbs(TyperGroup):
    """The verbs; a call that cannot be read is told as JSON too, when ``--json`` is in it."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        given = sys.argv[1:] if args is None else list(args)
        if "--json" not in given or not extra.get("standalone_mode", True):
            return super().main(given, *rest, **extra)
        try:
            code = super().main(given, *rest, **{**extra, "standalone_mode": False})
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            _refuse(UsageError(error.format_message()), as_json=True)
            code = UsageError.exit_code
        sys.exit(code or 0)


def command(body: Callable[P, Outcome]) -> Callable[P, None]:
    """Turn what a workflow returns or raises into output and an exit code."""
    # Typer evaluates annotations; naming the return type would import the workflows.
    body.__annotations__["return"] = "None"

    @functools.wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        as_json, quiet = bool(kwargs.get("json")), bool(kwargs.get("quiet"))
        try:
            outcome = body(*args, **kwargs)
        except NxpredictError as error:
            _refuse(error, as_json=as_json)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            _say(_INTERRUPTED, INTERRUPTED, as_json=as_json)
            raise typer.Exit(INTERRUPTED) from None
        except OSError as error:
            refused = AccessError(f"{error.strerror or 'The machine refused'}: {error.filename}")
            _refuse(refused, as_json=as_json)
            raise typer.Exit(refused.exit_code) from None
        except Exception as error:  # noqa: BLE001  the last line of defence: no patient data gets out
            if isinstance(error.__context__, KeyboardInterrupt):
                # A file that is being closed may complain of what interrupted it.
                _say(_INTERRUPTED, INTERRUPTED, as_json=as_json)
                raise typer.Exit(INTERRUPTED) from None
            _say(_bug(error), NxpredictError.exit_code, as_json=as_json)
            raise typer.Exit(1) from None
        _show(outcome, as_json=as_json, quiet=quiet)
        if outcome.exit_code:
            raise typer.Exit(outcome.exit_code)

    return run


def _show(outcome: Outcome, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        typer.echo(json.dumps(outcome.facts, ensure_ascii=False, allow_nan=False))
    elif not quiet:
        typer.echo(outcome.text)


def _refuse(error: NxpredictError, *, as_json: bool) -> None:
    if as_json and isinstance(error, DataError):
        faults = [fault.to_dict() for fault in error.faults]
        _say(str(error).split("\n", 1)[0], error.exit_code, as_json=True, faults=faults)
    else:
        _say(str(error), error.exit_code, as_json=as_json)


def _say(message: str, code: int, *, as_json: bool, **fields: Any) -> None:
    """Tell a failure: text on stderr, or one JSON object on stdout."""
    if as_json:
        error = {"code": code, "message": message, **fields}
        typer.echo(json.dumps({"error": error}, ensure_ascii=False))
    else:
        typer.echo(message, err=True)


def _bug(error: Exception) -> str:
    """Say where it broke, and nothing that could hold a patient's value."""
    if os.environ.get("NXPREDICT_DEBUG"):
        traceback.print_exc()
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}"
    return (
        f"A fault of nxpredict itself: {type(error).__name__} at {where}, version {__version__}. "
        "Please report this line; it holds no patient data."
    )
