"""A workflow as a picture: a row for each state, and arcs where one leads past the next."""

from collections.abc import Collection, Mapping, Sequence

from markupsafe import Markup

from local.console.states import State, Visit

ROW, LANES, WIDTH, INDENT = 36, 72, 360, 14
MARKS = {"waiting": "·", "running": "▸", "done": "✓", "failed": "✗"}


def draw(
    states: Sequence[State], visits: Mapping[str, Visit], taken: Collection[tuple[str, str]] = ()
) -> Markup:
    """All states in their order, each with its status as a mark, a colour and a word.

    `taken` are the ways that the execution went, from a state to the next.
    """
    height = ROW * len(states) + 8
    places = {state.name: place for place, state in enumerate(states)}
    arcs = [
        _arc(places[state.name], places[target], taken=(state.name, target) in taken)
        for state in states
        for target in state.leads_to
        if target in places
    ]
    rows = [_row(k, state, visits.get(state.name, Visit())) for k, state in enumerate(states)]
    said = "; ".join(f"{state.name}: {visits.get(state.name, Visit()).status}" for state in states)
    return Markup(
        '<svg class="workflow" role="img" aria-label="{}" viewBox="0 0 {} {}">{}{}</svg>'
    ).format(said, WIDTH, height, Markup("").join(arcs), Markup("").join(rows))


def _row(place: int, state: State, visit: Visit) -> Markup:
    x = LANES + INDENT * state.depth
    y = ROW * place + 4
    again = f" ×{visit.times}" if visit.times > 1 else ""  # noqa: RUF001 - a multiplication
    return Markup(
        '<g class="state {}"><title>{} ({}): {}. {}</title>'
        '<rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
        '<text x="{}" y="{}">{} {}{}</text></g>'
    ).format(
        visit.status,
        state.name,
        state.kind,
        visit.status,
        state.says,
        x,
        y,
        WIDTH - x - 2,
        ROW - 10,
        x + 8,
        y + 18,
        MARKS[visit.status],
        _short(state.name),
        again,
    )


def _short(name: str) -> str:
    return name if len(name) <= 34 else f"{name[:33]}…"


def _arc(start: int, end: int, *, taken: bool) -> Markup:
    """Straight down to the next row; a bow at the left to any other, the wider the farther."""
    y1, y2 = ROW * start + 17, ROW * end + 17
    kind = Markup("way taken") if taken else Markup("way")
    if end == start + 1:
        middle = LANES + 16
        return Markup('<path class="{}" d="M{} {}V{}"/>').format(kind, middle, y1 + 13, y2 - 13)
    bow = min(LANES - 8, 12 + 5 * abs(end - start))
    x = LANES - 1
    return Markup(
        '<path class="{}" d="M{} {}C{} {} {} {} {} {}"/>'
        '<path class="{} tip" d="M{} {}l-6 -3.5v7z"/>'
    ).format(kind, x, y1, x - bow, y1, x - bow, y2, x - 5, y2, kind, x, y2)
