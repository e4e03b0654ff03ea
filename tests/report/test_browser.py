"""The pages in a browser: no serious accessibility violation, no request, sorting and filtering.

Runs where Chromium is installed; the checker is the axe-core that axe-playwright-python carries.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from nxpredict.errors import RESEARCH_USE
from nxpredict.report import (
    batch_facts,
    plan_facts,
    render_batch_index,
    render_cohort_report,
    render_patient_page,
    render_plan_report,
    render_scores_page,
    render_tables,
    render_validation_report,
    scores_facts,
    validation_facts,
)

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
AXE = importlib.util.find_spec("axe_playwright_python")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--virtual-time-budget=20000",
)
PATIENCE_SECONDS = 600
"""What a loaded machine takes longer for is no failure."""

BROWSERS_OWN = (".google.com", ".googleapis.com", ".gstatic.com")
"""What Chromium asks for by itself, whatever the page."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
CHECK = """
<script>{axe}</script>
<script>
addEventListener("load", async () => {{
  for (const part of document.querySelectorAll("details")) part.open = true;
  const found = await axe.run(document, {{resultTypes: ["violations"]}});
  const kept = found.violations.map(v => [v.id, v.impact, v.nodes.length, v.nodes[0].html]);
  const root = document.documentElement;
  root.dataset.axe = JSON.stringify([root.scrollWidth - root.clientWidth, kept]);
}});
</script>
</body>"""


def pages(world) -> dict[str, str]:
    found = {}
    for level in ("supported", "not supported"):
        w = world(level=level)
        patient = w.patient_page(outside_training_range="ggt")
        unscored = w.patient_page(status="not_scorable", reasons="no_predictor")
        found[f"cohort, {level}"] = render_cohort_report(w.cohort_page())
        found[f"tables, {level}"] = render_tables(w.cohort_page())
        found[f"patient, {level}"] = render_patient_page(patient)
        found[f"index, {level}"] = render_batch_index(
            batch_facts([patient, unscored], bundle=w.bundle)
        )
    w = world(
        arms=("extended-release-naltrexone+medical-management", "nalmefene_as-needed"),
        label="Self-reported quality of sleep in the month before randomisation",
    )
    w.X["centre"] = "a centre whose name goes on and on until it is wider than a telephone"
    found["cohort, long names"] = render_cohort_report(w.cohort_page())
    found["patient, long names"] = render_patient_page(w.patient_page())
    shares = {"missing": 0.27, "missing_training": 0.29, "below_range": 0.0, "above_range": 0.01}
    compared = {"psi": 0.096, "psi_by_chance": 0.114}
    population = {
        "patients": 194,
        "outside_training_range": 0.25,
        "no_preference": 0.96,
        "predictors": {
            "a_long_name_for_a_predictor": shares | compared,
            "ggt": shares | dict.fromkeys(compared),
        },
        "warnings": ["the share missing rose"],
    }
    meta = {
        "research_use": RESEARCH_USE,
        "model": {"study": "naltrexone-vs-nalmefene", "id": "6cf251ef", "verdict": "supported"},
        "scores": {"rows": 200, "sha256": "e" * 64},
        "counts": {"status": {"scored": 194, "not_scorable": 6}},
        "population": population,
    }
    labels = {"a_long_name_for_a_predictor": "Obsessive Compulsive Drinking Scale", "ggt": "GGT"}
    found["scores"] = render_scores_page(scores_facts(meta, labels))
    facts = validation_facts(given("validation"), labels={}, command="nxpredict validate")
    found["validation"] = render_validation_report(facts)
    found["plan"] = render_plan_report(plan_facts(given("plan"), command="nxpredict plan"))
    return found


def given(name: str) -> dict[str, Any]:
    path = Path(__file__).parent / "given" / f"{name}.json"
    facts: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return facts


def browse(page: Path, *flags: str, width: int = 1280) -> str:
    """Return the document as it stands after its scripts have run."""
    done = subprocess.run(
        [str(CHROMIUM), *FLAGS, f"--window-size={width},900", *flags, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    return done.stdout


def with_script(html: str, script: str) -> str:
    """Return a page without the policy that would refuse a test's own script."""
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html).replace(
        "</body>", script
    )


def checked(html: str, page: Path, width: int) -> tuple[int, list[list[object]]]:
    """Return by how much a page is too wide, and its serious violations, all details open."""
    axe = Path(str(AXE.submodule_search_locations[0]), "axe.min.js").read_text("utf-8")
    page.write_text(with_script(html, CHECK.format(axe=axe)), encoding="utf-8")
    found = re.search(r'<html[^>]* data-axe="([^"]*)"', browse(page, width=width))
    assert found, "the checker did not finish"
    beyond, violations = json.loads(unescape(found[1]))
    return beyond, [v for v in violations if v[1] in ("serious", "critical")]


@pytest.mark.skipif(AXE is None, reason="needs axe-playwright-python")
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_are_accessible_and_fit_the_window(world, tmp_path, width) -> None:
    for name, html in pages(world).items():
        beyond, violations = checked(html, tmp_path / "page.html", width)
        assert not violations, (name, width, violations)
        assert beyond <= 0, (name, width)


@pytest.mark.skipif(AXE is None, reason="needs axe-playwright-python")
def test_the_checker_finds_what_is_wrong(tmp_path) -> None:
    bad = "<!doctype html><html><body style='width: 3000px'><img src=''><p>x</p></body></html>"
    beyond, violations = checked(bad, tmp_path / "page.html", 1280)
    assert beyond > 0
    assert {"image-alt", "html-has-lang"} <= {v[0] for v in violations}


class Noting(socketserver.StreamRequestHandler):
    """Notes what is asked and answers nothing; a connection may also ask nothing, or break off."""

    timeout = PATIENCE_SECONDS

    def handle(self) -> None:
        with suppress(OSError):
            if line := self.rfile.readline().decode("latin-1").strip():
                self.server.asked.append(line)  # type: ignore[attr-defined]


class Proxy(socketserver.ThreadingTCPServer):
    """Hears every connection on its own, so that a silent one keeps nobody waiting."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Noting)
        self.asked: list[str] = []


@contextmanager
def listening() -> Iterator[Proxy]:
    """Give a proxy; when it is closed, all that was asked has been noted."""
    with Proxy() as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield proxy
        finally:
            proxy.shutdown()


def asked_by(page: Path) -> list[str]:
    """Return what a browser asks of the network, one line a request, while it shows a page."""
    with listening() as proxy:
        port = proxy.server_address[1]
        browse(page, f"--proxy-server=127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>")
    return proxy.asked


def test_the_proxy_outlives_connections_that_ask_nothing() -> None:
    with listening() as proxy:
        silent = socket.create_connection(proxy.server_address)
        socket.create_connection(proxy.server_address).close()
        broken = socket.create_connection(proxy.server_address)
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        broken.close()
        with socket.create_connection(proxy.server_address) as asking:
            asking.sendall(b"GET http://198.51.100.1/ HTTP/1.1\r\n")
            assert asking.recv(1) == b""
        silent.close()
    assert proxy.asked == ["GET http://198.51.100.1/ HTTP/1.1"]


def test_no_page_asks_the_network_for_anything(world, tmp_path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<img src="http://198.51.100.1/probe.png">', encoding="utf-8")
    assert any("probe.png" in line for line in asked_by(page)), "the proxy must see what is asked"
    for html in list(pages(world).values())[:3]:
        page.write_text(html, encoding="utf-8")
        hosts = {re.sub(r"^\w+ (?:\w+://)?([^/: ]+).*", r"\1", line) for line in asked_by(page)}
        assert not [host for host in hosts if not host.endswith(BROWSERS_OWN)]


SORT = """
<script>
addEventListener("load", () => {{
  const table = document.getElementById("patients");
  const first = () => table.tBodies[0].rows[0].cells[1].textContent.trim();
  const shown = () => Array.from(table.tBodies[0].rows).filter(row => !row.hidden).length;
  const seen = [document.querySelector("form").hidden];
  table.tHead.rows[0].cells[1].querySelector("button").click(); seen.push(first());
  table.tHead.rows[0].cells[1].querySelector("button").click(); seen.push(first());
  const text = document.querySelector("form").elements.text;
  text.value = "b"; text.dispatchEvent(new Event("input", {{bubbles: true}})); seen.push(shown());
  const names = () => Array.from(table.tBodies[0].rows, row => row.cells[1].textContent.trim());
  const cell = table.tBodies[0].rows[names().indexOf("c1")].cells[2];
  cell.dataset.value = ""; cell.textContent = "";
  const last = () => names().at(-1);
  for (const _ of [1, 2]) {{
    table.tHead.rows[0].cells[2].querySelector("button").click(); seen.push(last());
  }}
  document.documentElement.dataset.seen = JSON.stringify(seen);
}});
</script>
</body>"""


def test_the_index_sorts_and_filters(world, tmp_path) -> None:
    w = world()
    lines = [w.patient_page(patient_id=name) for name in ("b1", "c1", "a1", "b2")]
    html = render_batch_index(batch_facts(lines, bundle=w.bundle))
    page = tmp_path / "index.html"
    page.write_text(with_script(html, SORT.replace("{{", "{").replace("}}", "}")), "utf-8")
    found = re.search(r'data-seen="([^"]*)"', browse(page))
    assert found
    assert json.loads(unescape(found[1])) == [False, "a1", "c1", 2, "c1", "c1"]
