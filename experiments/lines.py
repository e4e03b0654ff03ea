"""Results of a study as lines of a CSV file: what stands there is not computed again."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path


def standing(file: Path, *names: str) -> set[tuple[str, ...]]:
    """Return what the lines of a file hold under these names, as text; nothing without a file."""
    if not file.exists():
        return set()
    with file.open(encoding="utf-8", newline="") as lines:
        return {tuple(row[name] for name in names) for row in csv.DictReader(lines)}


def append(file: Path, row: Mapping[str, object]) -> None:
    """Write one line under the header that stands, or after one where the file is new."""
    names = list(row)
    if file.exists():
        with file.open(encoding="utf-8", newline="") as lines:
            names = next(csv.reader(lines))
    with file.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, names, lineterminator="\n")
        if not lines.tell():
            writer.writeheader()
        writer.writerow(row)


def six_digits(row: Mapping[str, object]) -> dict[str, object]:
    """Return a line with its numbers as texts of six significant digits."""
    return {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()}
