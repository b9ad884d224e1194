"""What a model was made of and by, as the registry keeps it beside the package."""

import json
import re

from pydantic import BaseModel, ConfigDict

from tidemill.evaluation import Evaluation
from tidemill.records import DatasetRecord

LONGEST = 256
_UNFIT = re.compile(r"[^\w .:/=+@-]")


class Making(BaseModel):
    """The run that made a model: its data, its job, its code, its locked dependencies' hash."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pipeline: str
    run: str
    dataset_version: str
    job: str
    code_version: str
    dependency_lock: str

    def base(self, bucket: str) -> str:
        """Where the run's model is kept."""
        return f"s3://{bucket}/models/{self.pipeline}/{self.run}"


def lineage(
    making: Making, dataset: DatasetRecord | None, evaluation: Evaluation
) -> dict[str, str]:
    """Every origin by name, each of at most 256 characters that a model package may hold.

    What the registry takes: at most 50 properties, of letters, digits, spaces and `_.:/=+-@`. The
    drops are counted here; `document` names them.
    """
    said = evaluation.model_extra or {}
    known = {
        **making.model_dump(),
        "contract_version": dataset.contract_version if dataset else None,
        "drops": len(dataset.drops) if dataset else None,
        "rows": sum(dataset.rows.values()) if dataset else None,
        "seed": said.get("seed"),
        "delivered": evaluation.delivered,
    }
    return {
        name: _UNFIT.sub("-", str(value))[:LONGEST]
        for name, value in known.items()
        if value is not None
    }


def document(known: dict[str, str], dataset: DatasetRecord | None, evaluation: Evaluation) -> bytes:
    """The lineage with every drop and every library's version, as JSON."""
    versions = (evaluation.model_extra or {}).get("versions", {})
    drops = list(dataset.drops) if dataset else None
    whole = known | {"drops": drops, "versions": versions}
    return json.dumps(whole, indent=2, sort_keys=True).encode()
