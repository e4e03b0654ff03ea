from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest

from nxpredict.errors import UsageError
from nxpredict.genotypes import (
    ColumnCoding,
    calls_from_columns,
    carriers,
    choose_long,
    derive,
    genotype_facts,
    genotype_qc,
    read_calls,
)
from nxpredict.genotypes._qc import hardy_weinberg_p

S145C, L311V = "AKR1C4_rs3829125", "AKR1C4_rs17134592"
COPIES = "AKR1C4_haplotype_dosage"
LONG = "DRD4_VNTR_long_dosage"


@pytest.fixture
def calls(loci):
    def make(**columns):
        names = {"s": S145C, "l": L311V, "d": "DRD4_exon3_VNTR", "o": "OPRM1_rs1799971"}
        frame = pd.DataFrame(columns)
        frame.index = [f"p{i}" for i in range(len(frame))]
        coding = {names[c]: ColumnCoding((c,), "vcf" if c in "slo" else "repeats") for c in columns}
        return calls_from_columns(frame, coding, loci, file="t.csv")

    return make


def haplotypes(tmp_path, loci, first, second, keys="GT"):
    rows = [
        f"10\t5247784\t.\tC\tG\t.\t.\t.\t{keys}\t" + "\t".join(first),
        f"10\t5260682\t.\tC\tG\t.\t.\t.\t{keys}\t" + "\t".join(second),
    ]
    names = "\t".join(f"p{i}" for i in range(len(first)))
    head = f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}\n"
    path = tmp_path / "h.vcf"
    path.write_text(head + "\n".join(rows) + "\n")
    table = read_calls(path, loci)
    return derive(table, table.patient_ids)[COPIES].tolist()


def test_haplotype_copies_use_phase_where_it_is_given(tmp_path, loci):
    cis, trans, both = ("0|1", "0|1"), ("0|1", "1|0"), ("1|1", "0|1")
    pairs = [cis, trans, both, ("0/1", "0/1"), ("0/0", "1/1"), ("1/1", "1/1"), ("0/1", "./.")]
    copies = haplotypes(tmp_path, loci, *zip(*pairs, strict=True))
    np.testing.assert_equal(copies, [1, 0, 1, 1, 0, 2, np.nan])


def test_phase_of_different_sets_is_not_joined(tmp_path, loci):
    copies = haplotypes(tmp_path, loci, ["0|1:5", "0|1:5"], ["1|0:5", "1|0:9"], keys="GT:PS")
    assert copies == [0, 1]


def test_one_untyped_variant_leaves_the_haplotype_missing_for_everybody(calls):
    table = calls(s=["0/0", "0/1", "1/1", "./."])
    assert derive(table, table.patient_ids)[COPIES].isna().all()


def test_possible_copies_hold_for_every_pair_of_unphased_calls(calls):
    pairs = list(itertools.product(range(3), repeat=2))
    text = ["0/0", "0/1", "1/1"]
    table = calls(s=[text[a] for a, _ in pairs], l=[text[b] for _, b in pairs])
    copies = derive(table, table.patient_ids)[COPIES]
    for (a, b), value in zip(pairs, copies, strict=True):
        ways = {
            sum(x & y for x, y in zip(h, k, strict=True))
            for h in set(itertools.permutations([1] * a + [0] * (2 - a)))
            for k in set(itertools.permutations([1] * b + [0] * (2 - b)))
        }
        assert value == max(ways)


def test_long_alleles_by_threshold_or_by_name_decide_state_dosage_and_frequency(loci):
    frame = pd.DataFrame({"drd4": ["2/7", "4/5", "4/4", "7/7", "7", "5/8"]})
    coding = {"DRD4_exon3_VNTR": ColumnCoding(("drd4",), "repeats")}
    wanted = {
        None: [1, 0, 0, 2, np.nan, 1],
        "5": [1, 1, 0, 2, np.nan, 2],
        "2R-or-7R": [2, 0, 0, 2, np.nan, 0],
        "from_6_to_8": [1, 0, 0, 2, np.nan, 1],
    }
    for choice, copies in wanted.items():
        table = calls_from_columns(frame, coding, choose_long(loci, choice))
        ids = table.patient_ids
        np.testing.assert_equal(derive(table, ids)[LONG].to_numpy(), copies)
        np.testing.assert_equal(table.loci["DRD4_exon3_VNTR"].dosage, copies)
        states = table.to_frame().query("locus == 'DRD4_exon3_VNTR'").state.tolist()
        known = {0: "Absent", 1: "Present", 2: "Present"}
        assert states == [known.get(c, "No call") for c in copies]
        carrying = carriers(table, ids)["DRD4_VNTR_long_carrier"].to_numpy()
        np.testing.assert_equal(carrying, np.where(np.isnan(copies), np.nan, np.sign(copies)))
    with pytest.raises(UsageError, match="no definition of long alleles"):
        choose_long(loci, "longish")


@pytest.mark.parametrize(
    ("choice", "reference"), [("7", 0.20), ("5", 0.22), ("2R-or-7R", 0.28), ("at_least_6", np.nan)]
)
def test_the_reference_frequency_of_long_alleles_follows_the_choice(loci, choice, reference):
    frame = pd.DataFrame({"drd4": ["4/7"] * 30})
    coding = {"DRD4_exon3_VNTR": ColumnCoding(("drd4",), "repeats")}
    table = calls_from_columns(frame, coding, choose_long(loci, choice))
    quality = genotype_qc(table, ancestry=["EUR"] * 30).frequency
    row = quality.query("locus == 'DRD4_exon3_VNTR' and ancestry == 'EUR'").iloc[0]
    assert row.reference == pytest.approx(reference, nan_ok=True)


def test_a_repeat_has_names_for_its_alleles_in_json(loci):
    table = calls_from_columns(pd.DataFrame({"x": ["a"]}), {}, loci)
    found = genotype_facts(table)["loci"]["DRD4_exon3_VNTR"]
    assert found["hgvs"]["grch37"].startswith("NC_000011.9:g.(639988_")
    assert found["alleles"]["7"].endswith(")insN[144]")
    assert found["alleles"]["2"].endswith(")delN[96]")
    assert found["alleles"]["4"] == found["hgvs"]["grch38"] + "="
    assert found["long_repeats"] == [7, 8, 9, 10, 11]


def test_derived_columns_are_indexed_by_the_patients_asked_for(calls):
    table = calls(o=["0/1", "1/1"])
    found = derive(table, ["p1", "nobody", "p0"])
    assert found.index.tolist() == ["p1", "nobody", "p0"]
    np.testing.assert_equal(found["OPRM1_rs1799971_G_dosage"].to_numpy(), [2, np.nan, 1])


def test_exact_hardy_weinberg_equals_enumeration():
    for none, one, two in [(5, 3, 2), (0, 7, 1), (9, 0, 3), (1, 1, 1), (4, 0, 0)]:
        n, minor = none + one + two, one + 2 * min(none, two)
        weight = {}
        for het in range(minor % 2, min(minor, 2 * n - minor) + 1, 2):
            a, b = (minor - het) // 2, n - het - (minor - het) // 2
            ways = math.factorial(n) / math.prod(map(math.factorial, (a, het, b)))
            weight[het] = ways * 2**het
        total = sum(weight.values())
        p = sum(w for w in weight.values() if w <= weight[one] * (1 + 1e-9)) / total
        assert hardy_weinberg_p(none, one, two) == pytest.approx(p)


def test_exact_hardy_weinberg_keeps_its_size():
    rng = np.random.default_rng(3)
    dosages = rng.binomial(2, 0.3, size=(2000, 80))
    ps = [hardy_weinberg_p(*np.bincount(row, minlength=3)) for row in dosages]
    below = np.mean(np.array(ps) < 0.05)
    assert below <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)


def test_quality_facts_by_site_and_ancestry(calls):
    rng = np.random.default_rng(1)
    text = np.array(["0/0", "0/1", "1/1", "./."])
    eas, eur = rng.binomial(2, 0.39, 150), np.repeat([2, 0], 75)
    table = calls(o=[*text[eas], *text[eur], *["./."] * 30])
    ancestry = ["EAS"] * 150 + ["EUR"] * 150 + [None] * 30
    site = ["one"] * 150 + ["two"] * 180
    quality = genotype_qc(table, site=site, ancestry=ancestry)
    rates = quality.call_rate.query("locus.str.startswith('OPRM1')").set_index("site").call_rate
    assert rates.round(3).to_dict() == {"all": 0.909, "one": 1.0, "two": 0.833}
    frequency = quality.frequency.query("locus.str.startswith('OPRM1')").set_index("ancestry")
    assert frequency.reference[["EAS", "EUR"]].tolist() == [0.39, 0.16]
    assert frequency.frequency["EUR"] == 0.5
    assert {f.code for f in quality.warnings} == {
        "low-call-rate",
        "hardy-weinberg",
        "unusual-allele-frequency",
    }
    facts = genotype_facts(table, site=site, ancestry=ancestry)
    text = json.dumps(facts, allow_nan=False)
    assert "HGVS" not in text
    assert facts["loci"]["OPRM1_rs1799971"]["hgvs"]["c"] == "NM_000914.5:c.118A>G"
    assert facts["loci"]["OPRM1_rs1799971"]["states"]["No call"] == 30
    assert "p17" not in text


def test_no_frequency_and_no_test_tells_of_few_patients(calls):
    """One of 60 Europeans has a copy, and of 100 others 30 have one and three have two."""
    table = calls(o=["0/1", *["0/0"] * 59, *["0/0"] * 67, *["0/1"] * 30, *["1/1"] * 3])
    ancestry = ["EUR"] * 60 + ["EAS"] * 100
    facts = genotype_facts(table, ancestry=ancestry)["quality"]
    own = {r["ancestry"]: r for r in facts["frequency"] if r["locus"] == "OPRM1_rs1799971"}
    # All and the others together would tell of the one copy.
    assert own["EUR"]["frequency"] is own["EAS"]["frequency"] is None
    assert own["all"]["frequency"] == 37 / 320
    tests = {r["ancestry"]: r for r in facts["hardy_weinberg"] if r["locus"] == "OPRM1_rs1799971"}
    for row in tests.values():
        # Patients, frequency and p together give the genotypes.
        assert [row[key] for key in ("none", "one", "two", "p")] == [None] * 4


def test_a_single_carrier_among_all_is_not_told(calls):
    facts = genotype_facts(calls(o=["0/1", *["0/0"] * 59]))["quality"]
    own = [r for r in facts["frequency"] if r["locus"] == "OPRM1_rs1799971"]
    assert [row["frequency"] for row in own] == [None]


def test_a_warning_does_not_tell_of_few_copies(calls):
    """Nine copies of 2 x 31, and no p value that only one set of counts has."""
    table = calls(o=[*["0/1"] * 9, *["0/0"] * 22, *["1/1"] * 6, *["0/0"] * 60])
    found = genotype_qc(table, ancestry=["AFR"] * 31 + ["EUR"] * 66).warnings
    (frequency,) = (f for f in found if f.code == "unusual-allele-frequency")
    assert "has another frequency in AFR, the reference is 0.01" in frequency.message
    (odd,) = (f for f in found if f.code == "hardy-weinberg")
    assert "in EUR, p < 0.0001" in odd.message
