"""A draft of the contract that a file's columns suggest, for a person to read and adopt."""

from dataclasses import dataclass

from ingestion.ingest.draft.document import Document
from ingestion.ingest.draft.look import look
from ingestion.ingest.draft.sample import begin
from ingestion.ingest.draft.target import find_target
from ingestion.ingest.triage import DRAFT
from tidemill.errors import DropError
from tidemill.landing import LandedObject
from tidemill.store import Store, is_there

MEDIA = "application/yaml"


@dataclass(frozen=True)
class Draft:
    """The text of a contract, and whether its target was named rather than guessed."""

    text: str
    adopted: bool


def draft(landed: LandedObject, store: Store) -> Draft:
    """Suggest a contract for a landed object; RejectedDropError where it cannot be read.

    A `target` in the object's metadata that is a column of the file is the draft's target.
    """
    begun = begin(landed, store)
    looks = {name: look(name, cells) for name, cells in begun.columns.items()}
    wish = store.metadata(landed.uri, landed.version_id).get("target")
    target = find_target(looks, wish)
    return Draft(Document(landed, begun, looks, target).text, adopted=wish == target.look.name)


def leave_draft(landed: LandedObject, store: Store) -> str | None:
    """Leave a draft beside a drop that waits for a contract; adopt it if its target was named.

    Why there is none, where the file cannot be read without a contract.
    A contract that lies there already is a person's, refused or about to be read: it stays.
    """
    base = f"s3://{landed.bucket}/{landed.pipeline}"
    try:
        suggestion = draft(landed, store)
    except FileNotFoundError:
        return "the file is gone"
    except DropError as fault:
        return f"{type(fault).__name__}: {fault}"
    text = suggestion.text.encode()
    store.write(f"{base}/{DRAFT}", text, MEDIA)
    if suggestion.adopted and not is_there(f"{base}/pipeline.yaml", store):
        store.write(f"{base}/pipeline.yaml", text, MEDIA)
    return None
