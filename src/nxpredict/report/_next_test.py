"""Which test next, as facts of a patient page."""

from __future__ import annotations

from typing import Any

import numpy as np

from nxpredict.report._messages import first
from nxpredict.report._values import Specs, family_title, label_of
from nxpredict.scoring import SMALLEST_GAIN, NextTests


def next_test_facts(
    tests: NextTests | None, index: int, specs: Specs, status: str, level: str
) -> dict[str, Any]:
    """Return what each missing genotype or blood value would add for one patient.

    Parameters
    ----------
    tests : NextTests, optional
        Of the scored patients of the batch; the patient is number `index` among them.
    index : int
    specs : Specs
    status, level : str
        Status of the patient and level of the verdict.

    Returns
    -------
    dict
        `rows` (tests worth naming, best first), `idle` (labels of the others), `sure` (how sure
        the direction is as things stand) and `words`.
    """
    rows: list[dict[str, Any]] = []
    idle: list[str] = []
    sure = None
    if tests is not None and status == "scored":
        asked = np.flatnonzero(~np.isnan(tests.gain[index]))
        sure = float(tests.sure[index]) if len(asked) else None
        for k in sorted(asked, key=lambda k: -tests.gain[index, k]):
            name = tests.tests[k]
            label = label_of(specs.get(name), name)
            if tests.gain[index, k] < SMALLEST_GAIN:
                idle.append(label)
                continue
            rows.append(
                {
                    "name": name,
                    "label": label,
                    "family": family_title(specs[name].family),
                    "gain": tests.gain[index, k],
                    "changes": tests.changes[index, k],
                    "sure_then": tests.sure_then[index, k],
                }
            )
    facts = {"rows": rows, "idle": idle, "sure": sure, "status": status, "level": level}
    return {
        "rows": rows,
        "idle": idle,
        "sure": sure,
        "words": first("next_test", "no_or_which", facts) if tests is not None else None,
    }
