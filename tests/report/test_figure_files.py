from __future__ import annotations

import xml.etree.ElementTree as ET

from nxpredict.errors import RESEARCH_USE
from nxpredict.report import figure_files

SVG = "{http://www.w3.org/2000/svg}"


def test_a_figure_stands_alone_with_its_title_its_style_and_what_it_is_for(world) -> None:
    files = figure_files(world().cohort_page())
    kinds = {name.split("_")[0] for name in files}
    assert kinds == {"calibration", "gates", "targeting"}
    for name, text in files.items():
        picture = ET.fromstring(text)  # noqa: S314  (ours)
        assert name.endswith(".svg")
        assert picture.tag == f"{SVG}svg"
        assert picture.findtext(f"{SVG}title")
        assert picture.findtext(f"{SVG}desc") == RESEARCH_USE
        assert "--ink" in picture.findtext(f"{SVG}style", "")
        assert {"width", "height", "viewBox"} <= set(picture.attrib)
