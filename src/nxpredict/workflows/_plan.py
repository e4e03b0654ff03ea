"""The verb ``plan``: how many patients the next study needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nxpredict.bundle import Bundle
from nxpredict.config import read_described
from nxpredict.errors import RESEARCH_USE
from nxpredict.evaluation import rounded
from nxpredict.output import fresh_folder, refuse_foreign
from nxpredict.planning import LEVEL, Plan, run_plan
from nxpredict.report import plan_facts, render_plan_report
from nxpredict.scoring import joblib_on
from nxpredict.workflows._again import command_again
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._patients import load_model
from nxpredict.workflows._progress import Progress, silent

FORMAT = "nxpredict-plan/1"


def plan_files(
    config: Path,
    out: Path,
    *,
    overrides: Sequence[str] = (),
    jobs: int | None = None,
    scheduler: str | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Answer the questions of a plan file.

    Parameters
    ----------
    config : Path
        YAML with the keys of `Plan`.
    out : Path
        Folder for ``plan.json``, ``report.html`` and ``tables/``.
    overrides : sequence of str
        ``key=value`` each.
    jobs : int, optional
        Processes for whole studies; all cores by default.
    scheduler : str, optional
        Address of a running Dask scheduler that does them instead.
    progress : Progress, optional
    """
    refuse_foreign(out, "plan")

    def build(tree: Mapping[str, Any]) -> Plan:
        return Plan.from_dict(tree, _finished_study(tree, config.parent))

    start = "start from configs/plan.yaml"
    plan = read_described(config, overrides, build, what="plan", start=start)
    with joblib_on(scheduler, jobs) as n_jobs, progress("Drawing studies") as step:
        found = run_plan(plan, n_jobs=n_jobs, progress=step)
    measured = {"response": plan.choosing[0].scale.to_dict()} if plan.choosing else {}
    answer = rounded(
        {
            "format": FORMAT,
            "plan": plan.name,
            "seed": plan.seed,
            "power": plan.power,
            "interval_level": LEVEL,
            **measured,
            "sentences": found.sentences,
            "assumed": found.assumed,
            "tables": {name: t.to_dict("records") for name, t in found.tables.items()},
            "research_use": RESEARCH_USE,
        }
    )
    facts = plan_facts(answer, command=command_again("plan", config, overrides))
    with fresh_folder(out, "plan") as new:
        text = json.dumps(answer, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        (new / "plan.json").write_text(text, encoding="utf-8")
        (new / "report.html").write_text(render_plan_report(facts), encoding="utf-8")
        (new / "tables").mkdir()
        for name, table in found.tables.items():
            rows = table.to_csv(index=False, float_format="%.10g")
            (new / "tables" / f"{name}.csv").write_text(rows, encoding="utf-8")
    lines = [*found.sentences.values(), "", f"Report      {out / 'report.html'}", "", RESEARCH_USE]
    return Outcome("\n".join(lines), {**answer, "out": str(out)})


def _finished_study(tree: Mapping[str, Any], folder: Path) -> Bundle | None:
    """Return the model that ``choosing.scenario`` names; None where it names a scenario or nothing.

    A folder is relative to the plan file; ``runs:/`` and ``models:/`` are addresses as everywhere.
    """
    section = tree.get("choosing")
    address = section.get("scenario") if isinstance(section, Mapping) else None
    if not isinstance(address, str):
        return None
    if address.startswith(("runs:/", "models:/")):
        return load_model(address)
    return load_model(folder / address) if (folder / address).is_dir() else None
