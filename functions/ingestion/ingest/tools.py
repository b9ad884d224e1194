"""What the steps of a drop's way work with."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from ingestion.ingest.checking.rules import Rules
from tidemill.contract import Contract
from tidemill.events import EventBus
from tidemill.pseudonyms import SUPPRESSION, PseudonymKeys
from tidemill.registry import Registry
from tidemill.store import Store
from tidemill.workflow import Workflow

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes: above `parts_above` a file is cut, above `job_above` a packed one is a job.

    A part has about `part` bytes, whoever sorts it.
    """

    parts_above: int = 512 * MIB
    part: int = 128 * MIB
    job_above: int = 1024 * MIB


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The ports of ingestion; `data` is the URI of the bucket for what comes out.

    Without a `workflow` every drop is sorted where it is met.
    """

    registry: Registry
    store: Store
    bus: EventBus
    keys: PseudonymKeys
    data: str
    limits: Limits = field(default_factory=Limits)
    workflow: Workflow | None = None

    def suppression(self, pipeline: str) -> str:
        """What changes whenever somebody is to be forgotten."""
        suppressed = self.registry.suppressed(pipeline)
        listed = [
            f"{column}/{token.hex()}" for column in suppressed for token in suppressed[column]
        ]
        return sha256("\n".join(sorted(listed)).encode()).hexdigest()[:16]

    def rules(self, contract: Contract, source: str) -> Rules:
        """The rules of a source, with the keys to its pseudonyms and who is to be forgotten."""
        rules, pipeline = Rules.of_contract(contract, source), contract.pipeline
        if rules.pseudonymised:
            rules = replace(rules, key=self.keys.key(pipeline, contract.privacy.key))
        suppressed = self.registry.suppressed(pipeline)
        if suppressed or rules.subject:
            key = self.keys.key(pipeline, SUPPRESSION)
            rules = replace(rules, suppressed=suppressed, suppression_key=key)
        return rules
