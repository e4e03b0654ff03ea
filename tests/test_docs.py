"""The page of the study file says what the schema, the catalogue and the door do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from nxpredict.catalog import ANY_DRUG, load_catalog
from nxpredict.cohort import PredictorSpec
from nxpredict.config import load_study, read_study
from nxpredict.config._schema import StudyFile
from nxpredict.workflows._target import target_of_yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "study-file.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
TAKING_NAMES = ("arms", "predictors", "additional_predictors")


def yaml_blocks(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def top_level(block: str) -> dict[str, Any]:
    return dict(yaml.load(block, Loader=yaml.BaseLoader))  # noqa: S506  (texts only)


def is_complete(block: str) -> bool:
    return "study:" in block and "arms:" in block


COMPLETE = [b for text in (PAGE, README) for b in yaml_blocks(text) if is_complete(b)]
FRAGMENTS = [b for b in yaml_blocks(PAGE) if not is_complete(b)]


def sections_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)


def schema_keys(model: type[BaseModel] = StudyFile, before: str = "") -> dict[str, Any]:
    """Return every key that holds a value, with its default."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        key = before + (field.alias or name)
        below = next(sections_in(field.annotation), None)
        if below is None:
            found[key] = field.default
        else:
            between = ".NAME." if name in TAKING_NAMES else "."
            found |= schema_keys(below, key + between)
    return found


def keys_of(tree: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, value in tree.items():
        yield before + name
        if before == "" and name in TAKING_NAMES:
            for entry in value.values():
                yield from keys_of(entry if isinstance(entry, dict) else {}, f"{name}.NAME.")
        elif isinstance(value, dict):
            yield from keys_of(value, f"{before}{name}.")


def table_rows(columns: int) -> list[list[str]]:
    """Return the rows of the page's tables with so many columns that start with code."""
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in PAGE.splitlines()
        if line.startswith("| `")
    ]
    return [row for row in rows if len(row) == columns]


def test_there_are_complete_studies_in_both_pages() -> None:
    assert all(any(map(is_complete, yaml_blocks(text))) for text in (PAGE, README))


@pytest.mark.parametrize("block", COMPLETE)
def test_a_complete_study_of_the_documentation_is_read_without_a_fault(
    tmp_path: Path, block: str
) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(block, encoding="utf-8")
    assert read_study(path).faults == ()
    assert load_study(path).name == top_level(block)["study"]


@pytest.mark.parametrize("block", FRAGMENTS)
def test_a_fragment_is_right_in_the_shortest_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    study = top_level(yaml_blocks(PAGE)[0]) | top_level(block)
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf-8")
    assert load_study(path).faults == ()


def test_every_key_of_the_schema_has_a_row_and_no_row_is_invented() -> None:
    documented = [row[0].strip("`") for row in table_rows(4)]
    assert len(documented) == len(set(documented))
    short_forms = {"table", "genotypes", "arms", "predictors.NAME", "additional_predictors.NAME"}
    assert set(documented) - short_forms == set(schema_keys())


def test_the_defaults_are_those_of_the_schema() -> None:
    written = {row[0].strip("`"): row[2] for row in table_rows(4)}
    for key, default in schema_keys().items():
        has_one = default not in (None, PydanticUndefined, [], {})
        said = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        assert (written[key] == said) if has_one else ("`" not in written[key]), key


def test_every_key_stands_in_an_example() -> None:
    shown = {key for block in COMPLETE + FRAGMENTS for key in keys_of(top_level(block))}
    assert set(schema_keys()) <= shown


def test_the_target_population_of_the_documentation_is_read(tmp_path: Path) -> None:
    catalog = load_catalog()
    specs = {
        name: PredictorSpec(name, p.label, p.family, p.kind, levels=tuple(p.labels))
        for name, p in catalog.predictors.items()
    }
    (block,) = yaml_blocks((ROOT / "docs" / "verdict.md").read_text(encoding="utf-8"))
    path = tmp_path / "target.yaml"
    path.write_text(block, encoding="utf-8")
    goal = target_of_yaml(path, specs)
    assert goal["age"] == 55
    assert goal["sex: male"] == goal["sex: female"] == 0.5
    assert len(goal) == 5


def test_the_codes_said_to_clear_every_block_do_and_each_is_needed() -> None:
    catalog = load_catalog()
    blocks = [c for c in catalog.cautions_for(["naltrexone", "nalmefene"]) if c.blocks]
    assert {c.drug for c in blocks} == {ANY_DRUG, "naltrexone", "nalmefene"}
    section = PAGE[PAGE.index("## Eligibility codes") :]
    rows = [set(re.findall(r"`(\w+)`", row[0])) for row in table_rows(3)]
    rows = [row for row in rows if row <= set(catalog.eligibility)]
    assert len(rows) == 8
    cleared = [{c.code + c.drug for c in blocks if set(c.covered_by) & row} for row in rows]
    everything = {c.code + c.drug for c in blocks}
    assert set.union(*cleared) == everything
    for k in range(len(rows)):
        assert set.union(*cleared[:k], *cleared[k + 1 :]) != everything
    assert set(catalog.eligibility) <= set(re.findall(r"`(\w+)`", section))
