"""What a person should know of each column, in a line behind it."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pyarrow.compute as pc

from ingestion.ingest.draft.leaks import Strength, percent
from ingestion.ingest.draft.look import Look
from ingestion.ingest.draft.people import sounds_personal
from ingestion.ingest.draft.writing import flow
from tidemill.references import NUMBERS

SENTINELS = frozenset(sign * (10**n - 1) for sign in (1, -1) for n in range(2, 9)) | {-1, -9}
NAMED, LONGEST, CODES = 4, 24, 12
LEAK, SUSPECT = 0.99, 0.9


def remarks(seen: Look, target: Look, strength: Strength | None) -> str:
    """Warnings first, then what the cells are."""
    told = [*_warnings(seen, target, strength), *_facts(seen, is_target=seen.name == target.name)]
    return "; ".join(told)


def shown(value: object) -> str:
    """A value as it can stand in a comment."""
    if isinstance(value, datetime):
        text = value.isoformat().removesuffix("+00:00").removesuffix("T00:00:00")
    else:
        text = f"{value:.6g}" if isinstance(value, float) else str(value)
        text = text.lower() if isinstance(value, bool) else text
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def shares(seen: Look) -> str:
    """The values of a category and how often each comes."""
    whole = seen.rows - seen.missing
    named = [f"{shown(value)} {percent(count / whole)}" for value, count in seen.counts[:NAMED]]
    return ", ".join([*named, "…"] if seen.distinct > NAMED else named)


def sentinel(seen: Look) -> str | None:
    """A number that may stand for a missing one: 999, -1 and their like, far from all others."""
    cells = seen.numbers
    cells = cells[~np.isnan(cells)]
    for extreme in {float(cells.min()), float(cells.max())} if len(cells) else ():
        rest = cells[cells != extreme]
        if extreme not in SENTINELS or len(cells) - len(rest) < 3:
            continue
        if len(different := np.unique(rest)) < 3:
            continue
        low, high = different[0], different[-1]
        alone = extreme < 0 <= low and len(different) >= 10
        if alone or max(low - extreme, extreme - high) > high - low:
            mark = f"{extreme:.0f}"
            markers = {"missing": ["", *seen.markers, mark]}
            return (
                f"{mark} comes {len(cells) - len(rest):,} times, far from the rest"
                f" ({low:.6g} to {high:.6g}): a marker of missing? then {flow(markers)[1:-1]}"
            )
    return None


def _warnings(seen: Look, target: Look, strength: Strength | None) -> Iterator[str]:
    if strength and strength.skill >= LEAK:
        yield f"gives {shown(target.name)} away: {strength.said}"
    elif strength and strength.skill >= SUSPECT:
        yield (
            f"predicts {shown(target.name)} almost alone ({strength.said}): known only afterwards?"
        )
    if seen.people:
        yield seen.people
    elif sounds_personal(seen.words):
        yield "leads to a person? privacy.pseudonymise or privacy.drop it"
    if seen.missing == seen.rows:
        yield "empty in every row"
    elif seen.distinct == 1 and not seen.missing:
        yield f"the same in every row: {shown(seen.counts[0][0])}"
    named = seen.people or seen.name == target.name
    if seen.never_twice and seen.kind in {"id", "text", "int"} and not named:
        yield "never twice the same" + ("" if seen.kind == "id" else ": an id?")
    if seen.codes:
        yield "digits with leading zeros, or too many: a code, no number"


def _facts(seen: Look, *, is_target: bool) -> Iterator[str]:
    if seen.missing < seen.rows and seen.distinct > 1:
        yield from _spread(seen, is_target=is_target)
    if 0 < seen.missing < seen.rows:
        yield f"{percent(seen.missing / seen.rows)} missing"


def _spread(seen: Look, *, is_target: bool) -> Iterator[str]:
    if seen.kind in NUMBERS:
        found = sentinel(seen)
        ends = pc.min_max(seen.values).as_py()
        if seen.kind == "int" and seen.distinct == 2:
            often = dict(seen.counts)[ends["max"]] / (seen.rows - seen.missing)
            yield f"{ends['min']} or {ends['max']}, {ends['max']} in {percent(often)}"
            return
        yield found or f"{shown(ends['min'])} to {shown(ends['max'])}"
        if seen.kind == "int" and 2 < seen.distinct <= CODES and not is_target:
            yield f"{seen.distinct} different: if they are codes, a category"
    elif seen.kind == "timestamp":
        ends = pc.min_max(seen.values).as_py()
        yield f"{shown(ends['min'])} to {shown(ends['max'])}"
    elif seen.kind in {"category", "bool"}:
        yield f"{seen.distinct} values: {shares(seen)}" if seen.kind == "category" else shares(seen)
    elif not seen.never_twice:
        yield f"{seen.distinct:,} different {'ids' if seen.kind == 'id' else 'texts'}"
