"""Take the pictures of the README from what `make demo` wrote; needs Chromium.

Usage: python experiments/demo/pictures.py demo
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PATIENT = "patient-000176.html"
"""A patient for whom the model of the demo prefers a drug."""

BESIDE_EACH_OTHER = """<style>body {{margin: 0; background: #dcdcdc; display: flex; gap: 10px}}
iframe {{border: 0; width: 395px; height: 1700px; background: #fff}}</style>
<iframe scrolling=no src="{}"></iframe><iframe scrolling=no src="{}"></iframe>"""


def photograph(page: Path, picture: Path, width: int, height: int) -> None:
    """Save the top of a page as a picture of this size."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("there is no Chromium: install it, then run this again")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--window-size={width},{height}", f"--screenshot={picture.resolve()}"]
    subprocess.run([*command, page.resolve().as_uri()], check=True, capture_output=True)
    print(picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path, help="the folder that the demo wrote")
    parser.add_argument("--out", type=Path, default=DOCS)
    args = parser.parse_args()
    report = args.demo / "published" / "report.html"
    patient = args.demo / "explanations" / PATIENT
    photograph(report, args.out / "report.png", 1280, 1500)
    photograph(patient, args.out / "patient.png", 1280, 1900)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "both.html"
        pages = (page.resolve().as_uri() for page in (report, patient))
        both.write_text(BESIDE_EACH_OTHER.format(*pages), encoding="utf-8")
        photograph(both, args.out / "phone.png", 800, 1700)


if __name__ == "__main__":
    main()
