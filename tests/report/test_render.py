"""The pages as HTML: structure, accessibility, self-containment, escaping."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from nxpredict.errors import RESEARCH_USE
from nxpredict.report import (
    batch_facts,
    page_name,
    render_batch_index,
    render_cohort_report,
    render_patient_page,
    render_tables,
)

LEVELS = ("supported", "suggestive", "not supported", "not assessable")
VOID = {"meta", "link", "br", "img", "input", "hr", "circle", "path", "rect", "polyline", "polygon"}


class Page(HTMLParser):
    """Collects what the tests ask about, and that every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.unbalanced: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.stack or self.stack.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.stack and data.strip():
            self.texts.append((self.stack[-1], data.strip()))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(text for tag, text in self.texts if tag not in ("style", "script"))


def pages(world, **kwargs) -> dict[str, str]:
    w = world(**kwargs)
    patient = w.patient_page()
    index = batch_facts(
        [patient, w.patient_page(status="not_scorable", reasons="no_predictor")], bundle=w.bundle
    )
    return {
        "cohort": render_cohort_report(w.cohort_page()),
        "patient": render_patient_page(patient),
        "unscored": render_patient_page(
            w.patient_page(status="not_scorable", reasons="ggt:out_of_range")
        ),
        "index": render_batch_index(index),
        "tables": render_tables(w.cohort_page()),
    }


@pytest.fixture(scope="module", params=[*LEVELS, "three arms"])
def rendered(request, world) -> dict[str, str]:
    if request.param == "three arms":
        return pages(world, arms=("naltrexone", "nalmefene", "placebo"))
    allocation = "pooled-indirect" if request.param == "not assessable" else "randomised"
    return pages(world, level=request.param, allocation=allocation)


def test_structure(rendered) -> None:
    for name, html in rendered.items():
        page = Page(html)
        assert html.startswith("<!doctype html>"), name
        assert not page.unbalanced, (name, page.unbalanced[:3])
        assert not page.stack, (name, page.stack)
        assert page.named("html")[0]["lang"] == "en"
        assert len(page.named("main")) == 1
        assert len(page.named("title")) >= 1
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels.count(1) == 1
        assert levels[0] == 1, name
        assert all(b <= a + 1 for a, b in pairwise(levels)), (name, levels)
        ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids)), name
        links = [a["href"] for a in page.named("a") if (a.get("href") or "").startswith("#")]
        assert {link[1:] for link in links} <= set(ids), name


def test_pictures_are_named_or_decoration(rendered) -> None:
    for name, html in rendered.items():
        for attrs in Page(html).named("svg"):
            named = attrs.get("role") == "img" and attrs.get("aria-label")
            assert named or attrs.get("aria-hidden") == "true", (name, attrs)
        assert html.count("<title>") == 1 + html.count('role="img"')


def test_tables_have_scoped_heads(rendered) -> None:
    for name, html in rendered.items():
        assert all(attrs.get("scope") for attrs in Page(html).named("th")), name


def test_nothing_is_fetched(rendered) -> None:
    for name, html in rendered.items():
        page = Page(html)
        assert not re.search(r"https?://|url\(|@import|srcset|//[a-z]+\.", html), name
        loading = {"link", "img", "iframe", "object", "embed", "video", "audio", "source", "base"}
        assert not loading & {tag for tag, _ in page.tags}, name
        assert all("src" not in attrs for _, attrs in page.tags)
        policy = page.named("meta")[3]["content"]
        assert policy.startswith("default-src 'none'")
        assert len(page.named("script")) == (1 if name == "index" else 0)


def test_the_statement_stands_first_and_patients_are_announced(rendered) -> None:
    for name, html in rendered.items():
        text = Page(html).text
        assert text.index(RESEARCH_USE) < 200, name
        assert ("holds data of" in text) == (name not in ("cohort", "tables"))


def test_reports_are_small(rendered) -> None:
    assert len(rendered["cohort"]) < 3_000_000
    assert len(rendered["patient"]) < 200_000


def test_text_stays_text(world, hostile) -> None:
    w = world(study=hostile, label=hostile)
    patient = w.patient_page(patient_id=hostile)
    htmls = [
        render_cohort_report(w.cohort_page()),
        render_patient_page(patient),
        render_batch_index(batch_facts([patient], bundle=w.bundle)),
    ]
    for html in htmls:
        assert hostile not in html
        assert hostile in Page(html).text.replace("</script> ", "</script>")


def test_same_facts_same_bytes(world) -> None:
    w = world()
    assert render_cohort_report(w.cohort_page()) == render_cohort_report(w.cohort_page())
    assert render_patient_page(w.patient_page()) == render_patient_page(w.patient_page())


def test_pages_are_named_by_row() -> None:
    assert page_name(7) == "patient-000007.html"
    assert page_name(1_234_567) == "patient-1234567.html"


def test_the_index_reads_without_its_script(world) -> None:
    w = world()
    page = Page(render_batch_index(batch_facts([w.patient_page()], bundle=w.bundle)))
    assert page.named("form")[0].get("hidden", "absent") is None
    links = [a["href"] for a in page.named("a")]
    assert "patient-000003.html" in links
    assert "0012" in page.text


def test_the_index_lists_differences_only_where_choosing_is_supported(world) -> None:
    for level in LEVELS:
        w = world(level=level)
        text = Page(render_batch_index(batch_facts([w.patient_page()], bundle=w.bundle))).text
        assert ("Nalmefene versus naltrexone" in text) == (level == "supported")


def luminance(colour: str) -> float:
    colour = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_colours_are_readable(world) -> None:
    html = render_patient_page(world().patient_page())
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)[1]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", style))
    grounds = [colours["paper"], colours["wash"], "#fdf3dc"]
    texts = [v for k, v in colours.items() if k not in ("paper", "wash", "rule")]
    texts += ["#14507a", "#2b3945", "#4b3600"]
    for text in texts:
        for ground in grounds:
            light, dark = sorted((luminance(text), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_warnings_stand_under_a_heading_of_their_own(world):
    w = world()
    text = "The average difference is -3.0 points."
    page = render_cohort_report(w.cohort_page(evaluation=w.evaluation | {"warnings": [text]}))
    limitations, _, warnings = page.partition("Warnings</h3>")
    assert text not in limitations
    assert "is \N{MINUS SIGN}3.0 points" in warnings
    none = w.cohort_page(evaluation=w.evaluation | {"warnings": []})
    assert "Warnings</h3>" not in render_cohort_report(none)


def test_captions_of_wide_tables_stay_on_a_phone_and_tables_scroll_by_themselves(world):
    """A caption is as wide as its table, not as the window, unless it is told."""
    page = world().cohort_page()
    assert re.search(
        r"max-width: 46rem.*?caption { max-width: calc\(100vw",
        render_cohort_report(page),
        re.DOTALL,
    )
    tables = render_tables(page)
    assert tables.count('<div style="overflow-x: auto">') == tables.count("<table")
    assert tables.count("max-width: 94vw") == tables.count("<caption")
