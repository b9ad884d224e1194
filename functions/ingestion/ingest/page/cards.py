"""One column of a profile as a card: what it is, what is missing, how its values lie."""

from html import escape
from itertools import starmap

from ingestion.ingest.page import figures
from ingestion.ingest.page.charts import Bar, columns, share
from tidemill.contract import Column
from tidemill.profile import QUANTILES, ColumnProfile

SHOWN, LABEL = 10, 60
BINS, BRIEF_BINS = 20, 10

type Facts = list[tuple[str, str]]


def card(  # noqa: PLR0913 - a column, and how much of it is shown
    anchor: str,
    name: str,
    column: Column,
    profile: ColumnProfile,
    *,
    hidden: bool,
    brief: bool,
) -> str:
    """The card; a `hidden` column says so, a brief card leaves out what a chart says in numbers."""
    head = f'<div class="head"><h3>{_name(name)}</h3>{_tags(column, hidden=hidden)}</div>'
    parts = [
        f'<article id="{anchor}">{head}',
        f"<p>{escape(column.description)}</p>" if column.description else "",
        _missing(profile),
        _values(column, profile, brief=brief) if profile.present else "<p>No values.</p>",
        "</article>",
    ]
    return "".join(parts)


def _name(text: str) -> str:
    return f"<bdi>{escape(text) or '(no name)'}</bdi>"


def _tags(column: Column, *, hidden: bool) -> str:
    tags = [column.type, column.unit, "unique" if column.unique else ""]
    tags.append("pseudonymised" if hidden else "")
    html = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in tags if tag)
    leak = '<span class="tag warm">leakage: no feature</span>' if column.leakage else ""
    return html + leak


def _missing(profile: ColumnProfile) -> str:
    part = profile.nulls / profile.count if profile.count else 0.0
    return f'<div class="row">{share(part, "gap")}<span>{figures.share(part)} missing</span></div>'


def _values(column: Column, profile: ColumnProfile, *, brief: bool) -> str:
    if profile.kind == "number":
        return _numbers(column, profile, brief=brief)
    if profile.kind == "timestamp":
        return _moments(profile)
    if profile.kind == "category":
        return _categories(profile, brief=brief)
    facts = [("distinct", figures.distinct(profile))]
    if profile.kind == "text":
        names = ("shortest", "mean length", "longest")
        sizes = (profile.minimum, profile.mean, profile.maximum)
        facts += [(name, figures.number(size)) for name, size in zip(names, sizes, strict=True)]
    return _list(facts)


def _numbers(column: Column, profile: ColumnProfile, *, brief: bool) -> str:
    bins = profile.histogram(BRIEF_BINS if brief else BINS)
    ends = (figures.number(profile.minimum), figures.number(profile.maximum))
    labels = [_span(low, high, column) for low, high, _ in bins]
    counts = [count for _, _, count in bins]
    widths = [high - low for low, high, _ in bins]
    usual = sorted(widths)[len(widths) // 2]
    tails = [abs(width - usual) > usual / 100 for width in widths]
    bars = list(starmap(Bar, zip(labels, counts, tails, strict=True)))
    facts: Facts = [
        ("mean", figures.number(profile.mean)),
        ("deviation", figures.number(profile.deviation)),
        ("median", figures.number(profile.quantile(0.5))),
        ("distinct", figures.distinct(profile)),
    ]
    chart = columns(bars, ends, _said("Histogram", bars, profile.present))
    if brief:
        return chart + _list(facts)
    quantiles = zip(QUANTILES, profile.quantiles(), strict=True)
    quantile_rows = [(f"{part:.0%}", figures.number(value)) for part, value in quantiles]
    unit = f" in {column.unit}" if column.unit else ""
    tables = _table((f"quantile{unit}", "value"), quantile_rows) + _bars_table("bin", bars)
    return chart + _list(facts) + _folded("Quantiles and bins", tables)


def _span(low: float, high: float, column: Column) -> str:
    if column.type == "int" and high - low <= 1:
        return figures.number(low)
    return f"{figures.number(low)} to {figures.number(high)}"


def _moments(profile: ColumnProfile) -> str:
    spans = figures.timeline(profile.counts)
    bars = [Bar(f"from {figures.moment(begin)}", count) for begin, count in spans]
    ends = (figures.moment(profile.oldest), figures.moment(profile.newest))
    facts: Facts = [
        ("distinct", figures.distinct(profile)),
        ("first", ends[0]),
        ("last", ends[1]),
    ]
    return columns(bars, ends, _said("Timeline", bars, profile.present)) + _list(facts)


def _categories(profile: ColumnProfile, *, brief: bool) -> str:
    found = profile.top(SHOWN // 2 if brief else SHOWN)
    rest = profile.present - sum(count for _, count in found)
    body = "".join(_row(_label(name), count / profile.present) for name, count in found)
    body += _row("<i>all others</i>", rest / profile.present) if rest else ""
    note = ""
    if profile.thinned:
        note = f"<p>Of so many values, one in {2**profile.thinned:,} is named.</p>"
    facts = _list([("distinct", figures.distinct(profile))])
    return f"{facts}{note}<table><tbody>{body}</tbody></table>"


def _row(label: str, part: float) -> str:
    bar, number = share(part), figures.share(part)
    return f'<tr><td>{label}</td><td class="m">{bar}</td><td class="n">{number}</td></tr>'


def _label(text: str) -> str:
    if not text.strip():
        return "<i>empty</i>"
    short = text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"
    return f"<bdi>{escape(short)}</bdi>"


def _said(what: str, bars: list[Bar], total: int) -> str:
    most = max(bars, key=lambda bar: bar.count)
    return f"{what} of {total:,} values; most, {most.count:,}, are {most.label}"


def _list(facts: Facts) -> str:
    pairs = (f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f"<dl>{''.join(pairs)}</dl>"


def _bars_table(head: str, bars: list[Bar]) -> str:
    return _table((head, "cells"), [(bar.label, f"{bar.count:,}") for bar in bars])


def _table(head: tuple[str, str], rows: Facts) -> str:
    body = "".join(f'<tr><td>{escape(a)}</td><td class="n">{escape(b)}</td></tr>' for a, b in rows)
    top = f'<tr><th>{escape(head[0])}</th><th class="n">{escape(head[1])}</th></tr>'
    return f"<table><thead>{top}</thead><tbody>{body}</tbody></table>"


def _folded(summary: str, html: str) -> str:
    return f"<details><summary>{summary}</summary>{html}</details>"
