"""Output that appears whole or not at all, and never over what is not ours."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nxpredict.errors import AccessError, UsageError

MARKER = ".nxpredict.json"


@contextmanager
def fresh_folder(folder: str | Path, kind: str) -> Iterator[Path]:
    r"""Give an empty folder to fill; it takes the final name when the block ends well.

    Parameters
    ----------
    folder : path-like
        The final name. An older folder there is replaced whole, and only if nxpredict wrote it
        and it holds the same kind of thing.
    kind : str
        What the folder holds, such as ``"training"``; kept in a marker file.

    Yields
    ------
    Path
        A hidden folder beside the final one, removed when the block fails.

    Raises
    ------
    UsageError
        When the name is taken by something that nxpredict did not write, or by another kind.
    AccessError
        When the disk refuses.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with fresh_folder(Path(place) / "out", "example") as new:
    ...         _ = (new / "numbers.csv").write_text("1\n")
    ...     sorted(p.name for p in (Path(place) / "out").iterdir())
    ['.nxpredict.json', 'numbers.csv']
    """
    final = Path(folder).absolute()
    refuse_foreign(final, kind)
    scratch = _hidden_beside(final)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        scratch.mkdir(mode=0o700)
        new = scratch / "new"
        new.mkdir()
        yield new
        (new / MARKER).write_text(json.dumps({"written_by": "nxpredict", "kind": kind}) + "\n")
        if final.exists():
            final.rename(scratch / "old")
        new.rename(final)
    except OSError as error:
        raise _denied(error, final) from None
    finally:
        if (scratch / "old").exists() and not final.exists():
            (scratch / "old").rename(final)
        shutil.rmtree(scratch, ignore_errors=True)


def refuse_foreign(folder: Path, kind: str, *read: Path) -> None:
    """Raise UsageError unless `folder` is free, or older output of this kind without `read`."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    found = _kind(folder)
    inside = [path for path in read if path.resolve().is_relative_to(folder.resolve())]
    if found == kind and not inside:
        return
    if found == kind:
        what = f"would be replaced, and holds '{inside[0].name}', which this run reads"
    elif found:
        what = f"holds the {found} of an earlier run"
    else:
        what = "exists and was not written by nxpredict"
    raise UsageError(
        f"{folder} {what}; nothing was changed.", "Choose another --out, or remove it yourself."
    )


def _kind(folder: Path) -> str | None:
    """Return what the marker says that a folder of ours holds."""
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        return str(marker["kind"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def refuse_other_table(path: Path, columns: Iterable[str]) -> None:
    """Raise UsageError when `path` exists and is not a CSV file with exactly these columns."""
    if not path.exists():
        return
    header = b""
    if path.is_file():
        with path.open("rb") as old:
            header = old.readline(10_000)
    if header.decode("utf-8", "replace").strip() != ",".join(columns):
        raise not_ours(path)


def not_ours(path: Path, hint: str = "Name another file.") -> UsageError:
    """Return the refusal to replace what somebody else wrote."""
    return UsageError(f"'{path.name}' exists, and nxpredict did not write it.", hint)


@contextmanager
def fresh_file(path: str | Path) -> Iterator[Path]:
    """Give a file to write; it takes the final name when the block ends well."""
    final = Path(path).absolute()
    scrap = _hidden_beside(final)
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        scrap.touch(mode=0o600, exist_ok=False)
        yield scrap
        publish(scrap, final)
    except OSError as error:
        raise _denied(error, final) from None
    finally:
        with suppress(OSError):
            scrap.unlink()


def _hidden_beside(final: Path) -> Path:
    """Return a name that nobody has; known before anything is made, so all that is made goes."""
    return final.parent / f".{final.name}-{secrets.token_hex(8)}"


def publish(scrap: Path, final: Path) -> None:
    """Give a private file its final name, and to others the rights that the user gives them."""
    mask = os.umask(0o077)
    os.umask(mask)
    scrap.chmod(0o666 & ~mask)
    scrap.replace(final)


def _denied(error: OSError, final: Path) -> AccessError:
    return AccessError(
        f"{final} could not be written: {error.strerror or type(error).__name__}.",
        "Nothing was left there; check space and permissions.",
    )
