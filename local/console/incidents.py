"""Incidents as a table."""

from collections.abc import Iterable

from markupsafe import Markup

from local.console.html import moment, state, table
from local.console.records import Document


def incidents(found: Iterable[Document]) -> Markup:
    """Those that go on first, then the newest; what happened, and what to do.

    What ended without ever having begun is recorded too, and nothing to show.
    """
    told = [each for each in found if each["words"]["what"]]
    newest = sorted(told, key=lambda each: str(each["since"]), reverse=True)
    rows = [
        (
            each["kind"],
            state(each["state"]),
            moment(each["since"]),
            each["words"]["what"],
            each["words"]["todo"],
        )
        for each in sorted(newest, key=lambda each: each["state"] != "open")
    ]
    return table(("kind", "state", "since", "what happened", "what to do"), rows, "No incidents.")
