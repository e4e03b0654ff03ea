"""Damaged files end in an error that names file and place; never in a wrong call."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nxpredict.errors import DataError, NxpredictError
from nxpredict.genotypes import read_calls
from nxpredict.genotypes._open import bgzf_block_size

pysam = pytest.importorskip("pysam")
OPRM1 = "OPRM1_rs1799971"
HEAD = (
    "##fileformat=VCFv4.2\n##contig=<ID=6,length=171115067>\n##contig=<ID=10,length=135534747>\n"
    '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
)


def vcf_text(n=40, filler=3000, seed=1):
    rng = np.random.default_rng(seed)
    names = "\t".join(f"p{i}" for i in range(n))
    lines = [HEAD + f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}"]
    cells = np.array(["0/0", "0/1", "1/1", "./."])
    for chromosome, place in (("6", 154360797), ("10", 5260682)):
        for position in np.sort(rng.choice(np.arange(place - filler, place + filler), filler // 2)):
            if position != place:
                row = "\t".join(cells[rng.integers(0, 4, n)])
                lines.append(f"{chromosome}\t{position}\t.\tA\tT\t.\t.\t.\tGT\t{row}")
        row = "\t".join(cells[rng.integers(0, 4, n)])
        pair = "A\tG" if chromosome == "6" else "C\tG"
        lines.append(f"{chromosome}\t{place}\t.\t{pair}\t.\t.\t.\tGT\t{row}")
    head, *rest = lines
    rest.sort(key=lambda line: (-len(line.split("\t")[1]), int(line.split("\t")[1])))
    return "\n".join([head, *rest]) + "\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    plain = folder / "x.vcf"
    plain.write_text(vcf_text())
    packed = folder / "x.vcf.gz"
    pysam.tabix_compress(str(plain), str(packed), force=True)
    pysam.tabix_index(str(packed), preset="vcf", force=True)
    with pysam.VariantFile(str(plain)) as source:
        target = pysam.VariantFile(str(folder / "x.bcf"), "wb", header=source.header)
        for record in source:
            target.write(record)
        target.close()
    pysam.tabix_index(str(folder / "x.bcf"), preset="bcf", force=True)
    return folder


def calls_or_error(path, loci):
    try:
        return read_calls(path, loci)
    except NxpredictError as error:
        return str(error)


def same(a, b):
    return a.to_frame().drop(columns="source").equals(b.to_frame().drop(columns="source"))


def test_all_forms_agree_before_anything_is_damaged(whole, loci, tmp_path):
    plain = read_calls(whole / "x.vcf", loci)
    assert 10 < (plain.loci[OPRM1].dosage >= 0).sum() < 40
    loose = tmp_path / "loose.bcf"
    loose.write_bytes((whole / "x.bcf").read_bytes())
    copy = tmp_path / "no_index.vcf.gz"
    copy.write_bytes((whole / "x.vcf.gz").read_bytes())
    squeezed = tmp_path / "plain_gzip.vcf.gz"
    squeezed.write_bytes(gzip.compress((whole / "x.vcf").read_bytes()))
    for path in (whole / "x.vcf.gz", whole / "x.bcf", loose, copy, squeezed):
        assert same(plain, read_calls(path, loci)), path
    csi = tmp_path / "csi.vcf.gz"
    csi.write_bytes((whole / "x.vcf.gz").read_bytes())
    pysam.tabix_index(str(csi), preset="vcf", force=True, csi=True)
    assert same(plain, read_calls(csi, loci))


@pytest.mark.parametrize("name", ["x.vcf.gz", "x.bcf"])
@pytest.mark.parametrize("indexed", [True, False])
def test_every_cut_of_a_compressed_file_is_seen(whole, loci, tmp_path, name, indexed):
    data = (whole / name).read_bytes()
    edges, at = [], 0
    while at < len(data):
        at += bgzf_block_size(data[at : at + 18])
        edges.append(at)
    for cut in {len(data) // 3, len(data) // 2, edges[0], edges[-3], edges[-2], len(data) - 1}:
        path = tmp_path / f"{cut}-{name}"
        path.write_bytes(data[:cut])
        if indexed:
            index = next(whole.glob(name + ".[tc][bs]i"))
            path.with_name(path.name + index.suffix).write_bytes(index.read_bytes())
        with pytest.raises(DataError, match=path.name):
            read_calls(path, loci)


def test_every_cut_of_a_gzip_file_is_seen(whole, loci, tmp_path):
    data = gzip.compress((whole / "x.vcf").read_bytes())
    for cut in (30, len(data) // 2, len(data) - 9, len(data) - 1):
        path = tmp_path / "cut.vcf.gz"
        path.write_bytes(data[:cut])
        with pytest.raises(DataError, match=r"cut\.vcf\.gz.*byte"):
            read_calls(path, loci)


def test_flipped_bytes_are_seen_by_their_sum(whole, loci, tmp_path):
    rng = np.random.default_rng(5)
    data = (whole / "x.vcf.gz").read_bytes()
    good = read_calls(whole / "x.vcf.gz", loci)
    for at in rng.integers(20, len(data) - 30, 60):
        path = tmp_path / "flipped.vcf.gz"
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        calls = calls_or_error(path, loci)
        assert "flipped.vcf.gz" in calls if isinstance(calls, str) else same(calls, good)


def test_an_index_of_another_file_is_refused(whole, loci, tmp_path):
    plain = tmp_path / "y.vcf"
    plain.write_text(vcf_text(n=30, filler=2500, seed=2))
    packed = tmp_path / "y.vcf.gz"
    pysam.tabix_compress(str(plain), str(packed), force=True)
    for index in (b"", b"TBI\1", (whole / "x.vcf.gz.tbi").read_bytes(), b"\x1f\x8b\x08\0nonsense"):
        (tmp_path / "y.vcf.gz.tbi").write_bytes(index)
        with pytest.raises(DataError, match=r"y\.vcf\.gz\.tbi"):
            read_calls(packed, loci)
    own = zlib.decompress((whole / "x.vcf.gz.tbi").read_bytes(), 31)
    (tmp_path / "y.vcf.gz.tbi").write_bytes(gzip.compress(own[: len(own) // 2]))
    with pytest.raises(DataError, match=r"y\.vcf\.gz\.tbi"):
        read_calls(packed, loci)


def test_an_index_of_an_earlier_state_of_the_file_is_refused(whole, loci, tmp_path):
    text = (whole / "x.vcf").read_text().rstrip("\n").split("\n")
    plain, packed = tmp_path / "z.vcf", tmp_path / "z.vcf.gz"
    plain.write_text("\n".join(text[: len(text) // 2]) + "\n")
    pysam.tabix_compress(str(plain), str(packed), force=True)
    pysam.tabix_index(str(packed), preset="vcf", force=True)
    pysam.tabix_compress(str(whole / "x.vcf"), str(packed), force=True)
    with pytest.raises(DataError, match="does not belong"):
        read_calls(packed, loci)


def test_a_damaged_block_reached_by_the_index_is_seen(whole, loci, tmp_path):
    data = bytearray((whole / "x.vcf.gz").read_bytes())
    at = bgzf_block_size(bytes(data[:18]))
    while at < len(data) - 60:
        data[at + 40] ^= 0xFF
        at += bgzf_block_size(bytes(data[at : at + 18]))
    path = tmp_path / "d.vcf.gz"
    path.write_bytes(bytes(data))
    (tmp_path / "d.vcf.gz.tbi").write_bytes((whole / "x.vcf.gz.tbi").read_bytes())
    with pytest.raises(DataError, match=r"d\.vcf\.gz.*byte \d+"):
        read_calls(path, loci)


def test_other_damage(whole, loci, tmp_path):
    text = (whole / "x.vcf").read_bytes()
    path = tmp_path / "x.vcf"
    path.write_bytes(text.replace(b"0/1", b"0\0/", 50))
    with pytest.raises(DataError, match="NUL"):
        read_calls(path, loci)
    path.write_bytes(text[: text.index(b"#CHROM")])
    with pytest.raises(DataError, match="#CHROM"):
        read_calls(path, loci)
    row = text.index(b"6\t154360797")
    path.write_bytes(text[: row + 60])
    with pytest.raises(DataError, match=r"x\.vcf: the last line is cut short"):
        read_calls(path, loci)
    path.write_bytes(b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
    with pytest.raises(DataError, match="no sample columns"):
        read_calls(path, loci)
    with pytest.raises(DataError, match="no such"):
        read_calls(tmp_path / "nowhere.vcf", loci)
    for data in (b"", b"PK\3\4broken", b"\x1f\x8b", b"BCF\2\2"):
        path.write_bytes(data)
        with pytest.raises(DataError, match=r"x\.vcf"):
            read_calls(path, loci)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("a.txt", "a")
        writer.writestr("b.txt", "b")
    path.write_bytes(archive.getvalue())
    with pytest.raises(DataError, match="found 2"):
        read_calls(path, loci)


def test_lines_of_a_megabyte(loci, tmp_path):
    n = 260_000
    names = "\t".join(f"p{i}" for i in range(n))
    cells = "\t".join(["0/1", "1|1", "./."] * (n // 3) + ["0/0"] * (n % 3))
    path = tmp_path / "wide.vcf"
    row = f"6\t154360797\t.\tA\tG\t.\t.\t.\tGT\t{cells}\n"
    other = row.replace("154360797", "154360798")
    path.write_text(
        f"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{names}\n"
        + other
        + row
        + other
    )
    calls = read_calls(path, loci)
    np.testing.assert_equal(calls.loci[OPRM1].dosage[:3], [1, 2, np.nan])
    assert calls.loci[OPRM1].phased.sum() == n // 3


STARTS = [
    b"",
    b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tp1\n",
    b"# 23andMe\n# rsid\tchromosome\tposition\tgenotype\n",
    b"patient_id,rs1799971,DRD4\n",
    b"#CHROM\tStart\tEnd\tVNTR_ID\tGene\tMotif\tRefCopy\tR1\tR2\n",
    b"\x6c\x1b\x01",
    b"\x6c\x1b\x10",
    b"BCF\2\2" + struct.pack("<I", 40),
    b"\x1f\x8b\x08\x04" + bytes(8) + b"BC\2\0",
    b"PAR1",
]


@pytest.mark.parametrize("start", STARTS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=300))
def test_random_bytes_end_in_an_error_of_ours_or_in_no_call(start, noise, loci, tmp_path):
    path = tmp_path / "noise"
    path.write_bytes(start + noise)
    calls = calls_or_error(path, loci)
    if isinstance(calls, str):
        assert "noise" in calls
    else:
        assert np.isnan([c.dosage for c in calls.loci.values()]).all()


@pytest.mark.parametrize("assume", [False, True])
def test_an_index_of_a_bcf_does_not_turn_an_empty_contig_into_reference(loci, tmp_path, assume):
    lines = [line for line in vcf_text(filler=40).splitlines() if not line.startswith("10\t")]
    plain = tmp_path / "x.vcf"
    plain.write_text("\n".join(lines) + "\n")
    path = tmp_path / "x.bcf"
    with pysam.VariantFile(str(plain)) as source:
        target = pysam.VariantFile(str(path), "wb", header=source.header)
        for record in source:
            target.write(record)
        target.close()
    without = read_calls(path, loci, absent_is_reference=assume)
    pysam.tabix_index(str(path), preset="bcf", force=True)
    indexed = read_calls(path, loci, absent_is_reference=assume)
    assert same(without, indexed)
    reasons = indexed.to_frame().query("locus == 'AKR1C4_rs17134592'").reason
    assert set(reasons) == {"absent-contig"}


def test_a_damaged_bcf_with_an_index_names_the_place(whole, loci, tmp_path):
    data = bytearray((whole / "x.bcf").read_bytes())
    path = tmp_path / "flipped.bcf"
    first = bgzf_block_size(bytes(data[:18]))
    seen = 0
    for at in range(first + 30, len(data) - 60, len(data) // 12):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        index = path.with_name("flipped.bcf.csi")
        index.write_bytes((whole / "x.bcf.csi").read_bytes())
        calls = calls_or_error(path, loci)
        if isinstance(calls, str):
            seen += 1
            assert "byte" in calls
    assert seen


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b" \n", "the file is empty"),
        ("patient_id,rs1799971\np1,A/G\n".encode("utf-16"), "UTF-16"),
        ("patient_id,rs1799971,note\np1,A/G,M\u00fcller\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_what_is_no_text_in_utf_8_is_told_by_its_cause(tmp_path, loci, data, words):
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(DataError, match=words) as caught:
        read_calls(tmp_path / "t.csv", loci)
    assert "ller" not in str(caught.value)
