"""The model report in a real browser: on a phone and at a desk, in the light and in the dark."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.browser import BROWSER, look
from training.train.report import render

WIDTHS = (320, 400, 768, 1280)
LONG = "a_column_whose_name_goes_on_and_on_" * 4

type Told = tuple[dict[str, Any], Any, Any]
type Telling = Callable[..., Told]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium to look at the page with")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_in_a_browser(tasks: Mapping[str, Telling], scheme: str, tmp_path: Path) -> None:
    """At every width the page fits, charts can be read, fingers hit, and text stands out."""
    pages = [render(*long_names(telling())) for telling in tasks.values()]

    found = look([(page, width) for page in pages for width in WIDTHS], scheme, tmp_path)

    assert len(found) == len(pages) * len(WIDTHS)
    for page in found:
        assert page["wanted"] <= page["room"]
        assert page["narrowest"] >= 0.75 * min(page["room"], 400)
        assert page["faint"] == []
        assert page["small"] == 0
    papers = {page["paper"] for page in found}
    assert papers == {"rgb(251, 251, 249)" if scheme == "light" else "rgb(16, 23, 29)"}


def long_names(told: Told) -> Told:
    """Names that would not fit anywhere in one line."""
    evaluation, y, outputs = told
    text = json.dumps(evaluation)
    for name in ("shell_weight", "infant", "shells"):
        text = text.replace(f'"{name}"', f'"{LONG}"')
    return json.loads(text), y, outputs
