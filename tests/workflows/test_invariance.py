"""What may change in a study without changing a single prediction."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict import load_cohort, load_study
from nxpredict.bundle import Bundle
from nxpredict.catalog import load_catalog
from nxpredict.scoring import score_file
from nxpredict.workflows._fit import fit_and_judge
from nxpredict.workflows._progress import silent


def close(one, other):
    same = (
        pd.testing.assert_frame_equal
        if isinstance(one, pd.DataFrame)
        else np.testing.assert_allclose
    )
    same(one, other, rtol=0, atol=1e-6)


@dataclass(frozen=True)
class Fitted:
    bundle: Bundle
    evaluation: dict[str, Any]

    @property
    def evaluation_text(self) -> str:
        return json.dumps(self.evaluation)


def fit(study):
    """Train as `nxpredict train` does, without report and tracking."""
    read = load_study(study)
    judged = fit_and_judge(read, load_cohort(read), load_catalog(), jobs=1, progress=silent)
    return Fitted(judged.bundle, dict(judged.evaluation))


@pytest.fixture(scope="module")
def new_patients(cohort_table):
    table = cohort_table(40, 99).drop(columns=["arm", "site", "responder"])
    table.loc[2, "ggt"] = "850"
    return table


@pytest.fixture(scope="module")
def base(tmp_path_factory, cohort_table, study_text):
    folder = tmp_path_factory.mktemp("base")
    cohort_table().to_csv(folder / "cohort.csv", index=False)
    (folder / "study.yaml").write_text(study_text, encoding="utf-8")
    return fit(folder / "study.yaml")


def predictions(fitted, table):
    """Return response and benefit with its interval, one row a patient."""
    return np.column_stack(
        [fitted.bundle.predict_response(table), fitted.bundle.predict_benefit(table)]
    )


def scores(fitted, table, folder):
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / "new.csv", index=False)
    score_file(folder / "new.csv", fitted.bundle, folder / "scores.csv")
    return pd.read_csv(folder / "scores.csv")


def assert_same(one, other, table, folder):
    close(predictions(one, table), predictions(other, table))
    close(scores(one, table, folder / "one"), scores(other, table, folder / "other"))


def test_the_predictions_vary_between_patients(base, new_patients):
    found = predictions(base, new_patients)
    assert np.isfinite(found).all()
    assert (found[:, :3].std(axis=0) > 0.01).all()


def test_shuffled_columns_change_nothing(base, cohort_table, new_patients, make_study, tmp_path):
    order = np.random.default_rng(1).permutation(cohort_table().columns)
    other = fit(make_study(cohort_table()[order]).study)
    assert other.evaluation_text == base.evaluation_text
    assert_same(base, other, new_patients, tmp_path)


def test_shuffled_rows_change_nothing(base, cohort_table, new_patients, make_study, tmp_path):
    other = fit(make_study(cohort_table().sample(frac=1, random_state=1)).study)
    assert other.evaluation_text == base.evaluation_text
    assert other.bundle.sha256 == base.bundle.sha256
    assert_same(base, other, new_patients, tmp_path)


def test_the_order_of_new_patients_and_of_their_columns_changes_nothing(
    base, new_patients, tmp_path
):
    rng = np.random.default_rng(2)
    shuffled = new_patients.iloc[rng.permutation(len(new_patients))]
    shuffled = shuffled[rng.permutation(new_patients.columns)]
    straight = scores(base, new_patients, tmp_path / "one").set_index("patient_id")
    crossed = scores(base, shuffled, tmp_path / "other").set_index("patient_id")
    assert list(crossed.index) == shuffled["patient_id"].tolist()
    close(straight, crossed.loc[straight.index])
    response = base.bundle.predict_response(shuffled)
    assert response.index.equals(shuffled.index)
    close(response.sort_index(), base.bundle.predict_response(new_patients))


def test_other_labels_of_the_arms_in_the_table_change_nothing(
    base, study_text, cohort_table, new_patients, make_study, tmp_path
):
    table = cohort_table()
    table["arm"] = table["arm"].map({"NTX": "2", "NMF": "01"})
    text = study_text.replace("naltrexone: NTX, nalmefene: NMF", "naltrexone: 2, nalmefene: 01")
    other = fit(make_study(table, text).study)
    assert other.evaluation_text == base.evaluation_text
    assert_same(base, other, new_patients, tmp_path)


def without_rules(evaluation):
    """Leave out what is published of drugs: it goes by their names, and rightly so."""
    contrasts = {
        name: {key: value for key, value in found.items() if key != "published_rules"}
        for name, found in evaluation["contrasts"].items()
    }
    return evaluation | {"contrasts": contrasts}


@pytest.mark.parametrize(
    ("naltrexone", "nalmefene"),
    [("drug_a", "drug_b"), ("zz", "aa"), ("nalmefene", "naltrexone")],
    ids=["same order", "sorted the other way", "names exchanged"],
)
def test_other_names_of_the_arms_change_no_number(
    naltrexone, nalmefene, base, study_text, new_patients, make_study
):
    text = study_text.replace(
        "arms: {naltrexone: NTX, nalmefene: NMF}", f"arms: {{{naltrexone}: NTX, {nalmefene}: NMF}}"
    ).replace("reference: naltrexone", f"reference: {naltrexone}")
    other = fit(make_study(None, text).study)
    close(predictions(base, new_patients), predictions(other, new_patients))
    assert list(other.bundle.predict_response(new_patients)) == [naltrexone, nalmefene]
    ours = {naltrexone: "naltrexone", nalmefene: "nalmefene"}
    said = re.sub("|".join(ours), lambda found: ours[found[0]], other.evaluation_text)
    assert without_rules(json.loads(said)) == without_rules(base.evaluation)


def test_the_order_of_the_arms_in_the_study_file_changes_no_number(
    base, study_text, new_patients, make_study
):
    text = study_text.replace(
        "{naltrexone: NTX, nalmefene: NMF}", "{nalmefene: NMF, naltrexone: NTX}"
    )
    other = fit(make_study(None, text).study)
    names = ["naltrexone", "nalmefene"]
    close(
        base.bundle.predict_response(new_patients)[names],
        other.bundle.predict_response(new_patients)[names],
    )


def test_the_other_reference_turns_the_benefit_round(base, study_text, new_patients, make_study):
    text = study_text.replace("reference: naltrexone", "reference: nalmefene")
    other = fit(make_study(None, text).study).bundle
    straight = base.bundle.predict_benefit(new_patients)
    turned = other.predict_benefit(new_patients)
    close(turned["benefit"], -straight["benefit"])
    close(turned["lower"], -straight["upper"])


@pytest.mark.parametrize(("unit", "factor"), [("ukat/L", 60.0), ("µkat/L", 60.0)])
def test_a_unit_that_the_study_file_declares_changes_nothing(
    unit, factor, base, study_text, cohort_table, new_patients, make_study
):
    def converted(table):
        numbers = pd.to_numeric(table["ggt"], errors="coerce") / factor
        return table.assign(ggt=numbers.map(lambda x: "" if np.isnan(x) else repr(float(x))))

    text = study_text.replace("unit: U/L", f"unit: {unit}")
    other = fit(make_study(converted(cohort_table()), text).study)
    close(predictions(base, new_patients), predictions(other, converted(new_patients)))


def test_other_headers_and_labels_that_the_study_file_declares_change_nothing(
    base, study_text, cohort_table, new_patients, make_study
):
    def recoded(table):
        return table.assign(gender=table["gender"].map({"f": "2", "m": "1"})).rename(
            columns={"gender": "Geschlecht", "ggt": "GGT [U/l]", "age": "Alter"}
        )

    text = study_text.replace(
        "sex: {column: gender, labels: {f: female, m: male}}",
        "sex: {column: Geschlecht, labels: {2: female, 1: male}}\n  age: {column: Alter}",
    ).replace("column: ggt", "column: 'GGT [U/l]'")
    other = fit(make_study(recoded(cohort_table()), text).study)
    close(predictions(base, new_patients), predictions(other, recoded(new_patients)))


def test_separator_decimal_mark_and_parquet_change_nothing(
    base, study_text, cohort_table, new_patients, make_study, tmp_path
):
    table = cohort_table()
    commas = table.assign(**{c: table[c].str.replace(".", ",") for c in ("age", "ggt", "marker")})
    csv = commas.to_csv(index=False, sep=";").encode()
    text = study_text.replace(
        "table: cohort.csv", 'table: {path: cohort.csv, separator: ";", decimal: ","}'
    )
    other = fit(make_study(csv, text, name="semicolons").study)
    assert other.evaluation_text == base.evaluation_text
    close(predictions(base, new_patients), predictions(other, new_patients))
    numbers = {c: pd.to_numeric(table[c]) for c in ("age", "ggt", "audit_score", "marker")}
    parquet = make_study(None, study_text.replace("cohort.csv", "cohort.parquet"), name="parquet")
    table.assign(**numbers).to_parquet(parquet.folder / "cohort.parquet")
    typed = fit(parquet.study)
    assert typed.evaluation_text == base.evaluation_text
    assert_same(base, typed, new_patients, tmp_path)
