"""Whether the champion may have learnt from rows that test now: what moves rows to test."""

from datetime import datetime

from tidemill.contract import Column, Contract
from tidemill.contract.sections import Split
from tidemill.evaluation import Evaluation
from tidemill.records import Boundaries, DatasetRecord
from tidemill.registry import Registry


def seen_by_champion(
    evaluation: Evaluation, pipeline: str, dataset: DatasetRecord | None, registry: Registry
) -> str:
    """Why the champion may have seen test rows, as far as the registry remembers; else empty."""
    version = evaluation.champion_dataset_version
    champion = registry.dataset(pipeline, version) if version else None
    if champion is None or dataset is None:
        return ""
    before, contract = (
        registry.contract_version(pipeline, one.contract_version) for one in (champion, dataset)
    )
    return why_seen(champion, dataset, before, contract or registry.contract(pipeline))


def why_seen(
    champion: DatasetRecord,
    dataset: DatasetRecord,
    before: Contract | None,
    contract: Contract,
) -> str:
    """Why rows that trained or validated the champion may test now; empty where none can.

    Test rows are frozen while the split stays and rows are read as they were (decision 0017);
    `before` is the contract that the champion's dataset was frozen under.
    """
    if champion.dataset_version == dataset.dataset_version or champion.split is None:
        return ""
    old, new = Split.model_validate(champion.split), contract.split
    if (old.by, old.column) != (new.by, new.column):
        return f"rows were split {_spelt(old)} and are split {_spelt(new)}"
    if new.by == "time":
        return _moved_back(champion.boundaries, dataset.boundaries)
    if new.test > old.test:
        return f"test grew from {old.test:.0%} to {new.test:.0%} of the rows"
    return _read_otherwise(before, contract) if before else ""


def _spelt(split: Split) -> str:
    return f"by {split.by} of {split.column}" if split.column else f"by {split.by}"


def _moved_back(old: Boundaries | None, new: Boundaries | None) -> str:
    if old is None or new is None or old.type != new.type or _moment(new) >= _moment(old):
        return ""
    return f"test began at {old.test} and begins at {new.test}"


def _moment(boundaries: Boundaries) -> float:
    if boundaries.type == "timestamp":
        return datetime.fromisoformat(boundaries.test).timestamp()
    return float(boundaries.test)


def _read_otherwise(before: Contract, contract: Contract) -> str:
    """Columns of the first source decide where a row goes: its group, or all that it holds."""
    source = next(iter(contract.sources))
    if source not in before.sources:
        return f"the first source is {source} now"
    old, new = before.readable(source).columns, contract.readable(source).columns
    decides = {str(contract.split.column)} if contract.split.by == "group" else {*old}
    if gone := sorted(decides - {*new}):
        return f"column {gone[0]} is no longer read"
    for name in sorted(decides & {*old}):
        if _cells(old[name]) != _cells(new[name]):
            return f"column {name} is read otherwise"
    hidden = [decides & {*c.privacy.pseudonymise} for c in (before, contract)]
    if hidden[0] != hidden[1] or (hidden[0] and before.privacy.key != contract.privacy.key):
        return "pseudonyms have changed"
    return ""


def _cells(column: Column) -> tuple[bool, str, tuple[str, ...]]:
    """What of a column decides how a cell is read; whole numbers are the same as int and float."""
    number = column.type in {"int", "float"}
    return number, "" if number else column.type, column.missing
