"""The verb ``simulate``: a scenario file to a folder with known truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nxpredict.catalog import load_catalog
from nxpredict.config import read_described
from nxpredict.errors import RESEARCH_USE
from nxpredict.synthetic import Scenario, simulate, write_files
from nxpredict.workflows._outcome import Outcome


def simulate_files(config: Path, out: Path, *, overrides: Sequence[str] = ()) -> Outcome:
    """Draw the cohort of a scenario file and write it.

    Parameters
    ----------
    config : Path
        YAML with the keys of `Scenario`.
    out : Path
        Folder for ``cohort.csv cohort.vcf.gz truth.csv study.yaml new_patients.csv
        new_patients.vcf.gz``.
    overrides : sequence of str
        ``key=value`` each.
    """
    start = "start from configs/simulate_consensus.yaml"
    scenario = read_described(config, overrides, Scenario.from_dict, what="scenario", start=start)
    catalog = load_catalog()
    cohort = simulate(scenario, catalog)
    write_files(cohort, out)
    files = sorted(p.name for p in out.iterdir() if not p.name.startswith("."))
    text = (
        f"Drew {scenario.n} patients and {scenario.new_patients} new ones, "
        f"scenario {scenario.scenario}, seed {scenario.seed}.\n"
        f"In {out}: {', '.join(files)}\n"
        f"Next: nxpredict train {out / 'study.yaml'}\n{RESEARCH_USE}"
    )
    facts = {
        "scenario": scenario.scenario,
        "n": scenario.n,
        "new_patients": scenario.new_patients,
        "seed": scenario.seed,
        "out": str(out),
        "files": files,
        "research_use": RESEARCH_USE,
    }
    return Outcome(text, facts)
