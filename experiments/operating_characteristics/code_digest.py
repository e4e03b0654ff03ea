"""A name for the code that a measurement depends on: comments and docstrings do not change it."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import nxpredict

PACKAGE = Path(nxpredict.__file__).parent
TEST = (
    "features",
    *(f"evaluation/{name}.py" for name in ("_baseline_risk", "_heterogeneity", "_logistic")),
)
# The verdict's rules are not among them: summarise.py applies them to the numbers that were kept.
JUDGED = (
    *TEST,
    *(
        f"evaluation/{name}.py"
        for name in (
            "_benefit",
            "_crossfit",
            "_folds",
            "_picked",
            "_policy",
            "_propensity",
            "_scored",
            "_scores",
        )
    ),
)
VERDICT = (*JUDGED, "models")


def digest(parts: tuple[str, ...]) -> str:
    """Return 10 hex digits of the code of these files and folders of the package."""
    found = hashlib.sha256()
    for part in parts:
        place = PACKAGE / part
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            found.update(path.relative_to(PACKAGE).as_posix().encode())
            found.update(_bare(path.read_text(encoding="utf-8")).encode())
    return found.hexdigest()[:10]


def _bare(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)]
    return ast.dump(tree)


def _is_text(line: ast.stmt) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )
