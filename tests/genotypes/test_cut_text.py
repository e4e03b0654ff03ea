"""Text that ends inside its last cell: an error that names the file, never another genotype."""

from __future__ import annotations

import pytest

from nxpredict.errors import DataError
from nxpredict.genotypes import read_calls

OPRM1, DRD4 = "OPRM1_rs1799971", "DRD4_exon3_VNTR"
VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\tp2\n"
ROW = "6\t154360797\trs1799971\tA\tG\t.\t.\t.\t"
ARRAY = "# 23andMe\n# rsid\tchromosome\tposition\tgenotype\n"
ANCESTRY = "#AncestryDNA\nrsid\tchromosome\tposition\tallele1\tallele2\n"


@pytest.fixture
def read(tmp_path, loci):
    def run(text, name="p1.txt", **more):
        (tmp_path / name).write_text(text, newline="")
        return read_calls(tmp_path / name, loci, **more)

    return run


@pytest.mark.parametrize(
    "last",
    [
        ROW + "GT\t0/1\t0",
        ROW + "GT\t0/1\t0/",
        ROW + "GT\t0/1\t",
        ROW + "GT\t0/1",
        ROW + "GT:DS\t0/1:1.0\t0/1:1",
        ROW + "DS\t0.02\t1",
        ROW + "GP\t1,0,0\t0,1",
        ROW.replace("\tG\t", "\t" + ",".join("G" * 11) + "\t") + "GT\t0/1\t0/1",
        "1\t77\t.\tA\tG\t.\t.\t.\tGT\t0/1\t1",
    ],
)
def test_a_vcf(read, last):
    with pytest.raises(DataError, match=r"calls\.vcf: the last line is cut short \(\d+:\d+\)"):
        read(VCF + last, "calls.vcf")


@pytest.mark.parametrize("last", ["GT\t0/1\t1/1", "GT:DP\t0/1:10\t1/1:7", "GT\t0/1\t1|1\r"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_whole_vcf_may_lack_its_last_line_end(read, last, end):
    assert read(VCF + ROW + last + end).loci[OPRM1].dosage.tolist() == [1, 2]


def test_a_vcf_cut_in_its_column_line(read):
    with pytest.raises(DataError, match="ends in its header"):
        read(VCF[:-2], "calls.vcf")


@pytest.mark.parametrize(
    "text",
    [
        ARRAY + "rs1799971\t6\t154360797\tA",
        ARRAY + "rs1799971\t6\t154360797\t",
        ARRAY + "rs1799971\t6\t154360797\tAG\nrs12\t7\t1000\tC",
        ANCESTRY + "rs1799971\t6\t154360797\tA\t",
        ANCESTRY + "rs1799971\t6\t154360797\tA",
        ARRAY.replace("\t", ",") + 'rs1799971,6,154360797,"A',
    ],
)
def test_an_array(read, text):
    with pytest.raises(DataError, match=r"p1\.txt, row \d: the last row is cut short"):
        read(text)


def test_a_whole_array_may_lack_its_last_line_end_and_end_in_one_letter_of_x(read):
    rows = ARRAY + "rs1799971\t6\t154360797\tAG"
    assert read(rows).loci[OPRM1].dosage.tolist() == [1]
    assert read(rows + "\nrs9\tX\t9000\tC").loci[OPRM1].dosage.tolist() == [1]


@pytest.mark.parametrize(
    "text",
    [
        "patient_id,rs1799971\np1,A/G\np2,A",
        "patient_id,rs1799971\np1,A/G\np2,A/",
        "patient_id,rs1799971,drd4\np1,A/G,4/7\np2,A/G",
        "patient_id,rs1799971,drd4\np1,A/G,4/7\np2,A/G,4",
        "patient_id,rs1799971,drd4\np1,A/G\np2,A/G,4/4\n",
        "patient_id,rs1799971,drd4\np1,A/G,4/7\np2,A/G,4/",
    ],
)
def test_a_table(read, text):
    with pytest.raises(DataError, match=r"t\.csv, row \d.*(cut short|fields)"):
        read(text, "t.csv")


def test_a_whole_table_may_lack_its_last_line_end(read):
    calls = read("patient_id,rs1799971,drd4\np1,A/G,4/7\np2,G/G,7/7")
    assert calls.loci[DRD4].dosage.tolist() == [1, 2]
    assert calls.loci[OPRM1].dosage.tolist() == [1, 2]


def test_a_table_with_two_columns_of_one_name_is_refused(read):
    with pytest.raises(DataError, match="stands twice"):
        read("patient_id,rs1799971,rs1799971\np1,A/G,G/G\n", "t.csv")


@pytest.mark.parametrize(("ending", "text"), [(".fam", "f1 p1 0 0 1 -9\nf2 p"), (".bim", "6 rs1")])
def test_the_lists_of_a_plink_file_set(tmp_path, loci, ending, text):
    (tmp_path / "x.fam").write_text("f1 p1 0 0 1 -9\nf2 p2 0 0 1 -9\n")
    (tmp_path / "x.bim").write_text("6 rs1799971 0 154360797 G A\n")
    (tmp_path / f"x{ending}").write_text(text)
    (tmp_path / "x.bed").write_bytes(b"\x6c\x1b\x01\x0e")
    with pytest.raises(DataError, match=rf"x\{ending}, row"):
        read_calls(tmp_path / "x.bed", loci)


@pytest.mark.parametrize("text", ["#IID\np1\np", "#FID\tIID\tSEX\nf1\tp1\t1\nf2\tp"])
def test_the_people_of_a_plink_2_file_set(tmp_path, text):
    from nxpredict.genotypes._plink2 import psam_people

    path = tmp_path / "x.psam"
    path.write_text(text)
    with pytest.raises(DataError, match=r"x\.psam, row 3"):
        psam_people(path)
    path.write_text("#FID\tIID\tSEX\nf1\tp1\t1\nf2\tp2\t2")
    assert psam_people(path).names == ("p1", "p2")
