"""What can be said of a landed object before it is read: ignored, waiting, or under which rules."""

from tidemill.contract import NAME_RULE, Contract, is_name
from tidemill.errors import NoContractError, UnknownSourceError
from tidemill.landing import LandedObject
from tidemill.records import DropRecord, DropState
from tidemill.registry import Registry

DRAFT = "pipeline.draft.yaml"
FINAL = frozenset({"accepted", "duplicate", "rejected", "ignored"})
NEWER = "a newer version of this object arrived first"


def is_settled(drop: DropRecord, contract: Contract | None) -> bool:
    """Whether reading the drop again could not change its state."""
    if drop.state == "accepted" and contract and drop.source in contract.sources:
        return drop.rules == contract.rules(drop.source)
    return drop.state in FINAL


def why_ignored(landed: LandedObject, registry: Registry) -> str | None:
    """Why the object is no drop, or none that counts any more; None where it is one."""
    if reason := _why_no_drop(landed):
        return reason
    return None if registry.is_newest(landed) else NEWER


def find_contract(landed: LandedObject, contract: Contract | None, registry: Registry) -> Contract:
    """The contract that has the object's source; NoContractError or UnknownSourceError."""
    if contract is None:
        refusal = registry.contract_refusal(landed.pipeline)
        why = f"its contract was refused ({'; '.join(refusal['problems'])})" if refusal else None
        raise NoContractError(
            f"pipeline {landed.pipeline!r} has no contract{', ' if why else ''}{why or ''}; drop "
            f"{'a better' if why else 'its'} {landed.pipeline}/pipeline.yaml and this file is read"
            f" again; {drafted(landed)}"
        )
    if landed.source not in contract.sources:
        known = ", ".join(contract.sources)
        raise UnknownSourceError(f"the contract has no source {landed.source!r}; it has {known}")
    return contract


def drafted(landed: LandedObject) -> str:
    """Where a draft of the contract lies."""
    return f"{landed.pipeline}/{DRAFT} is a draft of one"


def blank_record(landed: LandedObject, contract: Contract | None) -> DropRecord:
    """The record of a drop whose state is still to be found, and the rules it is read by."""
    blank, source = landed.recorded("ignored"), landed.source or ""
    if contract is None:
        return blank
    rules = contract.rules(source) if source in contract.sources else None
    return blank.model_copy(update={"contract_version": contract.version, "rules": rules})


def ended(blank: DropRecord, state: DropState, *reasons: str) -> DropRecord:
    """The record in its state."""
    return blank.model_copy(update={"state": state, "reasons": reasons})


def _why_no_drop(landed: LandedObject) -> str | None:
    """What a key's form says against it."""
    if landed.key.endswith("/"):
        return "a folder marker holds no data"
    if landed.key == f"{landed.pipeline}/{DRAFT}":
        return "a draft of the contract: drop it as pipeline.yaml to adopt it"
    if landed.source is None:
        return "not under <pipeline>/<source>/<file>"
    if not is_name(landed.pipeline):
        return f"no pipeline can be called {landed.pipeline!r}: {NAME_RULE}"
    if landed.source.startswith("_"):
        return f"{landed.source!r} is reserved: names of sources start with a letter"
    return None
