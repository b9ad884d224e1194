"""What the registry remembers of a pipeline: drops, dataset versions, runs, models, champion.

A moment, `now`, is part of every record.
"""

from tidemill.clock import now
from tidemill.records.datasets import Boundaries, DatasetRecord
from tidemill.records.drops import DropRecord, DropState, Layout, Part, Rows
from tidemill.records.forgotten import (
    ForgetRecord,
    ForgetState,
    RawObject,
    SuppressionRecord,
    Tally,
)
from tidemill.records.models import Agreement, ModelRecord
from tidemill.records.record import Record
from tidemill.records.releases import (
    Challenge,
    ChampionRecord,
    ReleaseRecord,
    ReleaseStage,
    ReleaseState,
)
from tidemill.records.runs import (
    Check,
    RetrainRecord,
    RetrainTrigger,
    RunRecord,
    RunRequest,
    RunState,
    Verdict,
)

__all__ = [
    "Agreement",
    "Boundaries",
    "Challenge",
    "ChampionRecord",
    "Check",
    "DatasetRecord",
    "DropRecord",
    "DropState",
    "ForgetRecord",
    "ForgetState",
    "Layout",
    "ModelRecord",
    "Part",
    "RawObject",
    "Record",
    "ReleaseRecord",
    "ReleaseStage",
    "ReleaseState",
    "RetrainRecord",
    "RetrainTrigger",
    "Rows",
    "RunRecord",
    "RunRequest",
    "RunState",
    "SuppressionRecord",
    "Tally",
    "Verdict",
    "now",
]
