"""The house rules that a machine can hold: rooms, sizes, and what nobody may import."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nxpredict

SOURCE = Path(nxpredict.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_MODULE = 300
LONGEST_FUNCTION = 60
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _body_lines(function: Function) -> int:
    """Return the lines of a function from its first statement after the docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_the_rooms_import_downwards_only() -> None:
    root = SOURCE.parents[1]
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if command is None or not (root / "pyproject.toml").is_file():
        pytest.skip("import-linter or the sources are not here")
    done = subprocess.run(
        [command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_module_is_longer_than_the_house_allows() -> None:
    everything = [*MODULES, *Path(__file__).parent.rglob("*.py")]
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in everything}
    assert {path.name: n for path, n in lines.items() if n > LONGEST_MODULE} == {}
    assert statistics.median(lines[path] for path in MODULES) <= LONGEST_MODULE / 2


def test_no_function_is_longer_than_the_house_allows() -> None:
    found = {
        f"{_name(path)}:{function.name}": _body_lines(function)
        for path in MODULES
        for function in _functions(ast.parse(path.read_text("utf-8")))
    }
    assert {name: n for name, n in found.items() if n > LONGEST_FUNCTION} == {}


def test_no_module_has_a_name_that_means_nothing() -> None:
    assert [_name(path) for path in MODULES if path.name in FORBIDDEN_NAMES] == []


def test_nothing_is_pickled_or_evaluated() -> None:
    """No module names what could execute a model file or a table."""
    banned = {"pickle", "cloudpickle", "dill", "marshal", "shelve"}
    found = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                names = [node.func.id] if node.func.id in {"eval", "exec"} else []
            bad = [n for n in names if n.split(".")[0] in banned | {"eval", "exec"}]
            found += [f"{_name(path)}:{name}" for name in bad]
    assert found == []


def test_every_room_says_what_it_hands_over() -> None:
    for room in sorted(SOURCE.glob("*/__init__.py")):
        tree = ast.parse(room.read_text("utf-8"))
        assigned = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert "__all__" in assigned, _name(room)
        allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
        assert all(isinstance(node, allowed) for node in tree.body), _name(room)


def test_public_functions_of_several_arguments_say_what_these_are() -> None:
    untold = []
    for room in sorted(path.parent.name for path in SOURCE.glob("*/__init__.py")):
        module = importlib.import_module(f"nxpredict.{room}")
        for name in module.__all__:
            function = inspect.unwrap(found) if callable(found := getattr(module, name)) else None
            if inspect.isfunction(function) and len(inspect.signature(function).parameters) > 1:
                told = re.search(r"\n(\s*)Parameters\n\1-{10}\n", function.__doc__ or "")
                untold += [] if told else [f"{room}.{name}"]
    assert untold == []
