"""What the registry remembers of models."""

from typing import Any

from pydantic import Field

from tidemill.records.record import Record
from tidemill.records.runs import Verdict


class Agreement(Record):
    """How a challenger's answers differ from the champion's on the same test rows.

    `difference` is the mean of challenger less champion, `square` the mean of its square: of the
    number, or of the last class's probability. `disagreement` is the share of rows with another
    label. `champion_dataset_version` tells which champion that was.
    """

    rows: int
    difference: float
    square: float
    disagreement: float = 0.0
    champion_dataset_version: str


class ModelRecord(Record):
    """A model package, as the prediction API needs it; `lineage` is what it was made of and by.

    `artifact_mac` vouches in Base64 for the file under this version; see `tidemill.signing`.
    """

    model_version: int
    package_arn: str
    run: str
    dataset_version: str
    contract_version: str
    artifact_uri: str
    artifact_sha256: str
    artifact_mac: str = ""
    report_uri: str
    profile_uri: str
    created_at: str
    metrics: dict[str, Any]
    agreement: Agreement | None = None
    verdict: Verdict
    lineage: dict[str, str] = Field(default_factory=dict)
