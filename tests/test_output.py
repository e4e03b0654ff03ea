from __future__ import annotations

import os
from pathlib import Path

import pytest

from nxpredict.errors import AccessError, UsageError
from nxpredict.output import fresh_file, fresh_folder


def test_a_folder_appears_whole_and_replaces_ours(tmp_path):
    out = tmp_path / "deep" / "out"
    for text in ("first", "second"):
        with fresh_folder(out, "test") as new:
            (new / "a.txt").write_text(text)
            assert not (out / "a.txt").exists() or (out / "a.txt").read_text() != text
    assert (out / "a.txt").read_text() == "second"
    assert [p.name for p in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_an_interruption_leaves_what_was_there(tmp_path, stop):
    out = tmp_path / "out"
    with fresh_folder(out, "test") as new:
        (new / "a.txt").write_text("whole")

    def halves(new):
        (new / "a.txt").write_text("half")
        raise stop

    with pytest.raises(stop), fresh_folder(out, "test") as new:
        halves(new)
    assert (out / "a.txt").read_text() == "whole"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_foreign_folder_is_never_replaced(tmp_path):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.txt").write_text("precious")
    with pytest.raises(UsageError, match="not written by nxpredict"), fresh_folder(out, "test"):
        pass
    assert (out / "chapter.txt").read_text() == "precious"


def test_a_folder_of_another_kind_is_never_replaced(tmp_path):
    out = tmp_path / "results"
    with fresh_folder(out, "training") as new:
        (new / "model").mkdir()
    with pytest.raises(UsageError, match="holds the training of an earlier run"):
        fresh_folder(out, "explanations").__enter__()
    assert (out / "model").is_dir()


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "scores.csv"
    with pytest.raises(ZeroDivisionError), fresh_file(path) as new:
        new.write_text(f"half {1 / 0}")
    assert list(tmp_path.iterdir()) == []
    with fresh_file(path) as new:
        new.write_text("whole")
    assert path.read_text() == "whole"


@pytest.mark.skipif(os.name != "posix", reason="rights of files are of POSIX")
@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_file_gives_others_the_rights_that_the_user_gives(tmp_path, mask, rights):
    path = tmp_path / "scores.csv"
    before = os.umask(mask)
    try:
        with fresh_file(path) as new:
            new.write_text("whole")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == rights


@pytest.mark.parametrize(("make", "call"), [(fresh_folder, "mkdir"), (fresh_file, "open")])
def test_an_interruption_at_the_very_start_leaves_nothing(make, call, tmp_path, monkeypatch):
    """Ctrl-C may come when the hidden folder or file has just been made."""
    real = getattr(os, call)

    def interrupted(path, *rest, **options):
        done = real(path, *rest, **options)
        if Path(path).name.startswith(".out-"):
            raise KeyboardInterrupt
        return done

    monkeypatch.setattr(os, call, interrupted)
    kind = ("example",) if make is fresh_folder else ()
    with pytest.raises(KeyboardInterrupt), make(tmp_path / "out", *kind):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("make", [fresh_folder, fresh_file])
def test_a_disk_that_refuses_even_to_clean_up_is_told_by_the_final_name(
    make, tmp_path, monkeypatch
):
    """On a read-only disk the removal of what was never made fails, too."""

    def refused(*_, **__):
        raise OSError(30, "Read-only file system", ".out-0123")

    for name in ("mkdir", "touch", "unlink"):
        monkeypatch.setattr(Path, name, refused)
    kind = ("example",) if make is fresh_folder else ()
    with pytest.raises(AccessError, match=r"out could not be written: Read-only"):
        make(tmp_path / "out", *kind).__enter__()
