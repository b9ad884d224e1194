"""A drop's way to its state in three steps that can each be repeated: plan, sort, record.

Whoever takes the steps, one function for a small drop or many workers for a large one, the result
is the same. A crash at any point leaves either no record, so that the work is done again, or a
complete one.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256

from ingestion.ingest.checking.rules import Rules
from ingestion.ingest.merge import Merged, merge
from ingestion.ingest.page.facts import layout_facts
from ingestion.ingest.page.page import profile_page
from ingestion.ingest.part import sort_part
from ingestion.ingest.plan import Outcome, Plan
from ingestion.ingest.tools import Tools
from ingestion.ingest.triage import NEWER, blank_record, ended
from tidemill.contract import Contract, Source
from tidemill.errors import EmptyFileError, StaleDataError, TooManyBadRowsError
from tidemill.landing import LandedObject
from tidemill.profile import Profile
from tidemill.records import DropRecord, Part
from tidemill.registry import Registry
from tidemill_tabular.reading.file import Range
from tidemill_tabular.reading.ranges import cut_file

EXAMPLES, COPIES = 5, 8
JSON, HTML = "application/json", "text/html; charset=utf-8"


def plan_drop(landed: LandedObject, contract: Contract, tools: Tools) -> Plan:
    """Find out how the file is written and which ranges it has; DropError where it is no data."""
    source = contract.sources[landed.source or ""]
    file = cut_file(landed, source, tools.store, tools.limits.part)
    rules = Rules.of_contract(contract, landed.source or "")
    rules.positions(file.layout)
    drop_id = landed.identity
    home = f"{landed.pipeline}/{landed.source}/{drop_id}/{contract.rules(landed.source or '')}"
    suppression = tools.suppression(landed.pipeline)
    return Plan(
        **dict(file),
        drop_id=drop_id,
        contract_version=contract.version,
        base=f"{tools.data}/drops/{home}",
        work=f"{tools.data}/work/{home}/{_mark(suppression, file.ranges)}",
        suppression=suppression,
    )


def is_overtaken(plan: Plan, tools: Tools) -> bool:
    """Whether somebody asked to be forgotten since: then what was sorted may hold their rows."""
    return tools.suppression(plan.pipeline) != plan.suppression


def sort_range(plan: Plan, number: int, contract: Contract, tools: Tools) -> Outcome:
    """Sort one range of a planned drop; DropError where its bytes are no data."""
    return sort_part(plan, number, tools.rules(contract, plan.source), tools.store)


def settle(plan: Plan, outcomes: Sequence[Outcome], contract: Contract, tools: Tools) -> DropRecord:
    """The drop's record from the outcomes of all its ranges; DropError where it is refused."""
    rules = tools.rules(contract, plan.source)
    merged = merge(plan, outcomes, rules, tools.store)
    if not merged.rows.read:
        raise EmptyFileError("the file has a header and no rows")
    reasons = [f"{rule}: {count} cells" for rule, count in merged.broken.most_common(EXAMPLES)]
    blank = blank_record(plan.landed, contract)
    refused = _why_refused(merged, rules.source, plan.landed)
    drop = ended(blank, "quarantined" if refused else "accepted", *refused, *reasons).model_copy(
        update={
            "rows": merged.rows,
            "content": merged.content,
            "layout": plan.layout,
            "parts": () if refused else _keep(plan, merged, tools),
            "quarantine_uri": merged.quarantine_uri,
            **_publish_profile(plan, merged, rules, tools),
        }
    )
    return drop if refused else _hold(drop, blank, tools.registry)


def _why_refused(merged: Merged, source: Source, landed: LandedObject) -> list[str]:
    """Why the whole drop waits: too many bad rows, or none that is new enough."""
    rows, allowed = merged.rows, source.tolerate.bad_rows
    share = rows.quarantined / rows.read
    if share > allowed:
        total = (
            f"{TooManyBadRowsError.__name__}: {rows.quarantined} of {rows.read} rows"
            f" ({share:.1%}) break the contract, which tolerates {allowed:.1%}"
        )
        return [total]
    return _why_stale(merged.profile, source, landed)


def _why_stale(profile: Profile, source: Source, landed: LandedObject) -> list[str]:
    found = []
    for name, column in source.columns.items():
        newest = profile.columns[name].newest if column.max_age else None
        if column.max_age is None or newest is None:
            continue
        age = datetime.fromisoformat(landed.landed_at) - newest
        if age > column.max_age:
            found.append(
                f"{StaleDataError.__name__}: the newest {name} is {newest.isoformat()}, older than"
                f" the {column.max_age} that the contract allows when the file lands"
            )
    return found


def _mark(suppression: str, ranges: Sequence[Range]) -> str:
    """What parts are sorted under: another list of the forgotten, or other ranges, are others."""
    edges = [f"{part.start}-{part.end}" for part in ranges]
    return sha256("\n".join([suppression, *edges]).encode()).hexdigest()[:16]


def _keep(plan: Plan, merged: Merged, tools: Tools) -> tuple[Part, ...]:
    """The accepted parts, put where they stay, several at a time: a large drop has thousands."""
    uris = [f"{plan.base}/part-{number:05d}.parquet" for number in range(len(merged.parts))]
    with ThreadPoolExecutor(COPIES) as pool:
        list(pool.map(tools.store.copy, [part.uri for part in merged.parts], uris))
    placed = zip(merged.parts, uris, strict=True)
    return tuple(part.model_copy(update={"uri": uri}) for part, uri in placed)


def _publish_profile(plan: Plan, merged: Merged, rules: Rules, tools: Tools) -> dict[str, str]:
    uris = {
        "profile_uri": f"{plan.base}/profile.json",
        "profile_page_uri": f"{plan.base}/profile.html",
    }
    body = merged.profile.model_dump_json().encode()
    tools.store.write(uris["profile_uri"], body, JSON)
    facts = [
        ("file", plan.landed.uri),
        ("landed", plan.landed.landed_at),
        *((name, f"{count:,}") for name, count in merged.rows if count or name == "read"),
        *layout_facts(plan.layout),
    ]
    page = profile_page(
        merged.profile,
        title=f"{plan.pipeline}/{plan.source}",
        facts=facts,
        faults=merged.broken.most_common(),
        source=rules.source,
        hidden=rules.pseudonymised,
    )
    tools.store.write(uris["profile_page_uri"], page.encode(), HTML)
    return uris


def _hold(drop: DropRecord, blank: DropRecord, registry: Registry) -> DropRecord:
    """Make an acceptable drop what its object holds, once for each content."""
    owner = registry.claim_content(drop)
    if not registry.hold(drop, owner):
        return ended(blank, "ignored", NEWER)
    if owner == drop.drop_id:
        return drop
    reason = f"the same content was accepted before, as drop {owner}"
    return ended(blank, "duplicate", reason).model_copy(update={"content": drop.content})
