"""The model report in a real browser: on a phone and at a desk, in the light and in the dark."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.browser import BROWSER, require_readable
from training.train.report import render

LONG = "a_column_whose_name_goes_on_and_on_" * 4

type Told = tuple[dict[str, Any], Any, Any]
type Telling = Callable[..., Told]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium to look at the page with")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_in_a_browser(tasks: Mapping[str, Telling], scheme: str, tmp_path: Path) -> None:
    """Whatever the task, and however long the names."""
    require_readable([render(*long_names(task())) for task in tasks.values()], scheme, tmp_path)


def long_names(told: Told) -> Told:
    """Names that would not fit anywhere in one line."""
    evaluation, y, outputs = told
    text = json.dumps(evaluation)
    for name in ("shell_weight", "infant", "shells"):
        text = text.replace(f'"{name}"', f'"{LONG}"')
    return json.loads(text), y, outputs
