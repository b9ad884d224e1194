"""Incidents as a table."""

from collections.abc import Iterable

from markupsafe import Markup

from local.console.html import link, moment, state, table
from local.console.records import STAGE, Document

HEADINGS = ("kind", "state", "since", "what happened", "what to do")


def incidents(found: Iterable[Document], *, whose: bool = False) -> Markup:
    """Those that go on first, then the newest; what happened, what to do, and if asked, to whom.

    What ended without ever having begun is recorded too, and nothing to show.
    """
    told = [each for each in found if each["words"]["what"]]
    newest = sorted(told, key=lambda each: str(each["since"]), reverse=True)
    rows = [
        (
            *([_whose(each["subject"])] if whose else []),
            each["kind"],
            state(each["state"]),
            moment(each["since"]),
            each["words"]["what"],
            each["words"]["todo"],
        )
        for each in sorted(newest, key=lambda each: each["state"] != "open")
    ]
    headings = ("pipeline", *HEADINGS) if whose else HEADINGS
    return table(headings, rows, "No incidents.")


def _whose(subject: str) -> Markup | str:
    return "the stage" if subject == STAGE else link(subject, f"/pipelines/{subject}")
