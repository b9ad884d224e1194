"""How good predictions were since the champion serves, beside what its test promised."""

from markupsafe import Markup

from local.console.html import moment, table
from local.console.records import Document

KINDS = {
    "promised": "by its test",
    "realised": "by outcomes",
    "estimated": "estimated, without outcomes",
}


def quality(promise: Document) -> Markup:
    """The mean loss by each way of knowing it, with its interval and on how many rows."""
    rows = [
        (
            said,
            f"{loss['value']:.6g}",
            f"{loss['low']:.6g} to {loss['high']:.6g}",
            loss["rows"],
            moment(promise.get("at")),
        )
        for kind, said in KINDS.items()
        if (loss := promise.get(kind))
    ]
    name = str(promise.get("loss", "loss")).replace("_", " ")
    headings = ("known", name, "95 % sure", "rows", "as of")
    return table(headings, rows, "Nothing is known yet of how good predictions were.")
