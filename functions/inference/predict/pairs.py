"""Two models' answers to the same rows as sums that add up over requests."""

from collections.abc import Iterable

from inference.predict.attempt import Answer


def pair(champion: Iterable[Answer], challenger: Iterable[Answer]) -> dict[str, float]:
    """Sums over the rows, in order, of the powers of challenger less champion, as metrics.

    Numbers are compared, of classes the probability of the champion's last one; and how often the
    labels differ is counted. `PairedLow` and `PairedHigh` are the challenger's extremes.
    """
    theirs, ours = list(champion), list(challenger)
    labels = theirs[0].get("probabilities")
    last = next(reversed(labels)) if labels else None
    before, after = [_number(one, last) for one in theirs], [_number(one, last) for one in ours]
    differences = [b - a for a, b in zip(before, after, strict=True)]
    sums = {
        "PairedDifferences": sum(differences),
        "PairedSquares": sum(d * d for d in differences),
        "PairedFourths": sum(d * d * d * d for d in differences),
        **extremes(after),
    }
    if last is not None:
        pairs = zip(theirs, ours, strict=True)
        sums["PairedDisagreements"] = sum(a["value"] != b["value"] for a, b in pairs)
    return sums


def extremes_of(answers: Iterable[Answer]) -> dict[str, float]:
    """The least and the greatest answer, of rows that were paired."""
    said = list(answers)
    labels = said[0].get("probabilities")
    last = next(reversed(labels)) if labels else None
    return extremes([_number(one, last) for one in said])


def extremes(numbers: list[float]) -> dict[str, float]:
    """The least and the greatest, as metrics."""
    return {"PairedLow": min(numbers), "PairedHigh": max(numbers)}


def _number(answer: Answer, last: str | None) -> float:
    if last is None:
        return float(answer["value"])
    return float(answer["probabilities"].get(last, 0.0))
