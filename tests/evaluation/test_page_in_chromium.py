"""The page in a real browser: nothing leaves its place, nothing leaves the file."""

import html
import json
import re
import shutil
import subprocess

import pytest
from made_reports import strange_page, whole_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

WIDTHS = (1280, 360)
# What lies in a box that scrolls by itself, in a picture, or only in what screen readers see, may be wider.
MEASURE = """
addEventListener("load", () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    const inside = frame.contentDocument, root = inside.scrollingElement;
    for (const details of inside.querySelectorAll("details")) details.open = true;
    const outside = [...inside.body.querySelectorAll("*")].filter((element) => {
      if (element.parentElement.closest(".scroll, .words, svg") || element.closest(".hidden")) return false;
      const box = element.getBoundingClientRect();
      return box.width && (box.right > root.clientWidth + 1 || box.left < -1);
    });
    found[frame.name] = {
      width: root.clientWidth, content: root.scrollWidth, height: root.scrollHeight,
      outside: outside.map((element) => element.outerHTML.slice(0, 80)),
      loaded: frame.contentWindow.performance.getEntriesByType("resource").map((entry) => entry.name),
      scripts: inside.scripts.length,
      cut: [...inside.querySelectorAll(".named")].filter((label) => {
        const mark = label.closest(".mark").getBoundingClientRect(), box = label.getBoundingClientRect();
        return box.right > mark.right + 1 || box.left < mark.left - 1;
      }).map((label) => label.textContent),
      hue: getComputedStyle(inside.querySelector(".mark, body")).backgroundColor,
    };
  }
  document.querySelector("pre").textContent = JSON.stringify(found);
});
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What the browser says of each page at each width; two spoiled ones show that it would notice."""
    whole = whole_page()
    # The page's own word against requests is taken out, so that it is the page that makes none.
    unguarded, guards = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", whole)
    assert guards == 1
    pages = {
        "whole": unguarded,
        "strange": strange_page(),
        "spilling": whole.replace("</style>", ".mark { width: 1rem; overflow: visible; }</style>", 1),
        "wide": whole.replace("<footer>", '<footer style="width: 3000px">'),
        "asking": unguarded.replace("<footer>", '<footer><img src="http://tagger.invalid/picture.png" alt="" />'),
    }
    frames = [
        f'<iframe name="{name} {width}" style="width: {width}px; height: 900px; border: 0" srcdoc="{html.escape(text)}"></iframe>'
        for name, text in pages.items()
        for width in WIDTHS
    ]
    folder = tmp_path_factory.mktemp("chromium")
    file = folder / "frames.html"
    file.write_text(f"<!DOCTYPE html><meta charset='utf-8'><script>{MEASURE}</script><pre></pre>{''.join(frames)}", "utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
    ]
    command = [
        CHROMIUM,
        *flags,
        f"--user-data-dir={folder}/profile",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--dump-dom",
        file.as_uri(),
    ]
    found = subprocess.run(command, capture_output=True, check=True, timeout=300).stdout.decode()
    return json.loads(html.unescape(re.search(r"<pre>(.*?)</pre>", found, re.DOTALL)[1]))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["whole", "strange"])
def test_nothing_overflows(measured, name, width):
    found = measured[f"{name} {width}"]
    assert found["outside"] == []
    assert found["content"] <= found["width"] <= width
    assert found["height"] > 2000


@pytest.mark.parametrize("width", WIDTHS)
def test_each_label_keeps_within_its_mark_and_is_cut_by_no_line(measured, width):
    assert measured[f"whole {width}"]["cut"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_request_leaves_the_page(measured, width):
    assert measured[f"whole {width}"]["loaded"] == measured[f"strange {width}"]["loaded"] == []
    assert measured[f"strange {width}"]["scripts"] == 0


def test_what_overflows_and_what_asks_for_something_would_be_noticed(measured):
    assert measured["wide 360"]["content"] >= 3000
    assert measured["wide 360"]["outside"]
    assert measured["spilling 360"]["cut"]
    assert measured["asking 360"]["loaded"] == ["http://tagger.invalid/picture.png"]


def test_the_colours_are_understood(measured):
    assert measured["whole 360"]["hue"].startswith("rgb(")
