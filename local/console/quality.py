"""How good predictions were since the champion serves, beside what its test promised."""

from markupsafe import Markup

from local.console.html import moment, table
from local.console.records import Document

KINDS = {
    "promised": "by its test",
    "realised": "by outcomes",
    "estimated": "estimated, without outcomes",
}


BLIND = "Without outcomes a change in what the target means is not detectable."


def quality(promise: Document, estimation: Document) -> Markup:
    """The mean loss by each way of knowing it, with its interval and on how many rows.

    Below, how it is estimated without outcomes, or why it is not.
    """
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
    known = table(headings, rows, "Nothing is known yet of how good predictions were.")
    return known + Markup("<p>{} {}</p>").format(_estimated(estimation), BLIND)


def _estimated(estimation: Document) -> str:
    if not estimation:
        return "How it can be estimated is known from the first captured prediction on."
    method, reason = estimation.get("method"), estimation.get("reason")
    said = f"Estimated by {method}" if method else "Not estimated"
    return f"{said}: {reason}." if reason else f"{said}."
