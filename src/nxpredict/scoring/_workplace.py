"""Where a scoring run works: what is complete there survives, so that a run can go on."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from nxpredict.errors import AccessError, DataError, UsageError
from nxpredict.output import not_ours, publish

RUN = "run.json"
_PART = "part-{:06d}.arrow"
_HEAD = 64
"""Bytes of a part before Arrow's, which begin where Arrow likes them to: the sum of these."""


class Workplace:
    """A hidden folder beside the final file.

    Parts appear in it whole or not at all. It goes when the run is done, when the table is at
    fault, and when the run fails before any part is complete.

    Parameters
    ----------
    out : Path
        The final file.
    identity : mapping
        What the result depends on; a run goes on only where all of it is as it was.
    resume : bool
        Whether to go on from parts that an interrupted run left.

    Raises
    ------
    UsageError
        When what was left belongs to another run.
    AccessError
        When the disk refuses, or another run is at work there.
    """

    def __init__(self, out: Path, identity: Mapping[str, Any], *, resume: bool) -> None:
        self.out = out
        self.folder = out.with_name(f".{out.name}.parts")
        with _allowed(out):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(self.folder, out)
        try:
            self._begin(json.loads(json.dumps(identity)), resume=resume)
        except BaseException:
            self._let_go()
            raise

    def _begin(self, known: dict[str, Any], *, resume: bool) -> None:
        found = self._left_behind()
        if resume and found is not None:
            if found != known:
                changed = ", ".join(sorted(k for k in known if found.get(k) != known[k]))
                raise UsageError(
                    f"The interrupted run cannot go on: {changed or 'its kind'} changed since.",
                    "Run again without --resume to start afresh.",
                )
            self._remove_scraps()
            return
        with _allowed(self.out):
            for file in self.folder.iterdir():
                file.unlink()
            scrap = self.scrap()
            scrap.write_text(json.dumps(known), encoding="utf-8")
            scrap.replace(self.folder / RUN)

    def _left_behind(self) -> dict[str, Any] | None:
        """Return the identity of the run that left the folder, if any."""
        try:
            found = json.loads((self.folder / RUN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        if found is None and self.folder.exists() and any(self.folder.glob("[!.]*")):
            raise not_ours(self.folder, "Remove it.")
        return found if isinstance(found, dict) else None

    def scrap(self) -> Path:
        """Return the name of a file that is not complete yet."""
        return self.folder / f".{secrets.token_hex(8)}"

    def _remove_scraps(self) -> None:
        for pattern in (".*", "ids-*"):
            for file in self.folder.glob(pattern):
                file.unlink(missing_ok=True)

    def parts(self) -> Iterator[pa.Table]:
        """Yield the complete parts from the first to the last without a gap."""
        k = 0
        while (file := self.folder / _PART.format(k)).exists():
            try:
                with pa.memory_map(str(file)) as source:
                    head, content = source.read(_HEAD), source.read_buffer()
                    if head != _sum(content):
                        return
                    yield pa.ipc.open_file(content).read_all()
            except (pa.ArrowException, OSError):
                return
            k += 1

    def keep(self, k: int, part: pa.Table) -> pa.Table:
        """Keep a part for later runs, and return it."""
        scrap = self.scrap()
        part = part.unify_dictionaries().combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, part.schema) as writer:
            writer.write_table(part)
        content = sink.getvalue()
        with scrap.open("wb") as file:
            file.write(_sum(content))
            file.write(content)
        scrap.replace(self.folder / _PART.format(k))
        return part

    def publish(self, made: Mapping[Path, Path]) -> None:
        """Give files their final names, in order, and leave nothing else behind."""
        for scrap, final in made.items():
            publish(scrap, final)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Say what the disk refuses; clean up after a failure that left no part."""
        try:
            with _allowed(self.out):
                yield
        except DataError:
            # What is wrong with the table will be mended, and then it is another table.
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        finally:
            if self.folder.exists():
                self._remove_scraps()
                if not (self.folder / _PART.format(0)).exists():
                    shutil.rmtree(self.folder, ignore_errors=True)
            self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _sum(content: pa.Buffer) -> bytes:
    """Return what finds damage to a part; that of an enemy who can write here nothing would."""
    return f"{zlib.crc32(content):0{_HEAD}x}".encode()


def _lock(folder: Path, out: Path) -> int | None:
    """Claim a folder for this process, until it lets go or ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows has no such locks.
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise AccessError(
            f"Right now another run is writing '{out.name}'.",
            "Wait until it has ended, or name another file.",
        ) from None
    except OSError:
        pass  # Some network disks have no locks.
    return handle


@contextmanager
def _allowed(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AccessError(
            f"'{out.name}' could not be written: {error.strerror or type(error).__name__}.",
            "Check space and permissions, then run again with --resume.",
        ) from None
