"""Pages in a real browser, at several widths, in the light and in the dark."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from html import escape, unescape
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
WIDTHS = (320, 400, 768, 1280)
PAPER = {"light": "rgb(251, 251, 249)", "dark": "rgb(16, 23, 29)"}
CONTRAST = 4.5  # WCAG 2.2, AA

MEASURE = """
addEventListener('load', () => {
  const numbers = colour => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = rgb => rgb.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const over = (top, below) =>
    [0, 1, 2].map(k => top[k] * top[3] / 255 + below[k] * (1 - top[3] / 255));
  const known = new Map();
  const read = colour => {
    if (!known.has(colour)) known.set(colour, numbers(colour));
    return known.get(colour);
  };
  const ground = (element, view) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(read(view.getComputedStyle(at).backgroundColor));
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const measure = frame => {
    const page = frame.contentDocument, view = frame.contentWindow, faint = [];
    page.head.append(Object.assign(page.createElement('style'), {
      textContent: '* { content-visibility: visible !important; }',  // else unseen has no size
    }));
    for (const element of page.body.querySelectorAll('*')) {
      const told = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
      if (!told || element.tagName === 'title') continue;
      const style = view.getComputedStyle(element);
      const ink = read(element.closest('svg') ? style.fill : style.color);
      const below = ground(element, view);
      const [high, low] = [luminance(over(ink, below)), luminance(below)].sort((a, b) => b - a);
      const contrast = (high + 0.05) / (low + 0.05);
      if (contrast < CONTRAST) faint.push([element.textContent.slice(0, 40), contrast]);
    }
    const charts = [...page.querySelectorAll('svg.chart')].map(c => c.getBoundingClientRect());
    return {
      room: page.documentElement.clientWidth, wanted: page.documentElement.scrollWidth,
      paper: view.getComputedStyle(page.body).backgroundColor,
      narrowest: Math.min(...charts.map(c => c.width)), faint,
      small: [...page.querySelectorAll('a, summary')].filter(e => {
        const box = e.getBoundingClientRect();
        return box.height && box.height < 24;
      }).length,
    };
  };
  const found = [...document.querySelectorAll('iframe')].map(measure);
  document.body.dataset.found = JSON.stringify(found);
});
"""


def look(frames: list[tuple[str, int]], scheme: str, folder: Path) -> list[dict[str, Any]]:
    """Show pages at widths in one window, and read back what a script measures in each."""
    shown = "".join(
        f'<iframe width="{width}" height="800" srcdoc="{escape(page)}"></iframe>'
        for page, width in frames
    )
    window = folder / "window.html"
    script = f"<script>const CONTRAST = {CONTRAST};{MEASURE}</script>"
    window.write_text(f"<!doctype html><body>{shown}{script}</body>", "utf-8")
    # Chromium has no switch for light, which it takes for the default, and none that says dark.
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    assert BROWSER
    done = subprocess.run(  # noqa: S603 - the browser that was found
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            *dark,
            "--dump-dom",
            window.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    measured = re.search(r'data-found="([^"]*)"', done.stdout)
    assert measured, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(unescape(measured[1]))
    return found


def require_readable(pages: Sequence[str], scheme: str, folder: Path) -> None:
    """At every width each page fits, charts can be read, fingers hit, and text stands out."""
    found = look([(page, width) for page in pages for width in WIDTHS], scheme, folder)
    assert len(found) == len(pages) * len(WIDTHS)
    for page in found:
        assert page["wanted"] <= page["room"]
        assert page["narrowest"] >= 0.75 * min(page["room"], 400)
        assert page["faint"] == []
        assert page["small"] == 0
    assert {page["paper"] for page in found} == {PAPER[scheme]}
