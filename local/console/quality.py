"""How good predictions were since the champion serves, beside what its test promised."""

from markupsafe import Markup

from local.console.html import moment, table
from local.console.records import Document
from tidemill.harm import champion_harm

KINDS = {
    "promised": "by its test",
    "realised": "by outcomes",
    "estimated": "estimated, without outcomes",
}
CHANGES = {
    "concept": "What the target means has changed.",
    "data": "The data have changed.",
}
BLIND = "Without outcomes a change in what the target means is not detectable."


def quality(promise: Document, estimation: Document, model: str) -> Markup:
    """Whether `model` (`abalone/3`) does harm, and its mean loss by each way of knowing that.

    Below, how it is estimated without outcomes, or why it is not. What is recorded of another model
    is left out; `model` is empty where none serves.
    """
    kept = promise if model and promise.get("model") == model else {}
    method = estimation if model and estimation.get("model") == model else {}
    said = Markup("<p>{}</p>")
    return Markup("").join(
        (
            said.format(_verdict(promise, model)),
            _losses(kept),
            said.format(f"{_estimated(method)} {BLIND}"),
        )
    )


def _verdict(promise: Document, model: str) -> str:
    """As `GET /v1/pipelines/{name}/quality` has it."""
    harm = champion_harm(promise, model)
    reason = harm.reason
    if harm.verdict == "no harm":
        return f"No harm: {reason}."
    if harm.verdict == "not known":
        return f"Whether it does harm is not known: {reason}."
    changed = CHANGES.get(promise.get("change") or harm.change, "")
    return f"Harm: {reason}. {changed}".rstrip()


def _losses(promise: Document) -> Markup:
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


def _estimated(estimation: Document) -> str:
    if not estimation:
        return "How it can be estimated is known from the first captured prediction on."
    method, reason = estimation.get("method"), estimation.get("reason")
    said = f"Estimated by {method}" if method else "Not estimated"
    return f"{said}: {reason}." if reason else f"{said}."
