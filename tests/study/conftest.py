from __future__ import annotations

from collections.abc import Callable

import pytest

from nxpredict.config import load_study
from nxpredict.study import ResponseDefinition

STUDY = """\
study: trial
table: cohort.csv
design: {allocation: randomised, id: id, arm: arm}
arms: {naltrexone: NTX, nalmefene: NMF}
preference: {minimum_benefit: 0.1}
response: {%s}
"""


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ResponseDefinition]:
    """Responses as a study file defines them: `make(keys)`."""

    def read(keys: str) -> ResponseDefinition:
        path = tmp_path_factory.mktemp("study") / "study.yaml"
        path.write_text(STUDY % keys, encoding="utf-8")
        return load_study(path).response

    return read
