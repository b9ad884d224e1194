"""What the workflow hands on of a judged model: to the registry, and to the run's record."""

from typing import Any

from tidemill.evaluation import Evaluation
from tidemill.records import DatasetRecord, Verdict
from tidemill.store import Store
from training.judge.card import card
from training.judge.lineage import Making, document, lineage
from training.judge.unpack import UnpackedModel

SUMMARY = 1000


def describe(
    model: UnpackedModel,
    verdict: Verdict,
    making: Making,
    dataset: DatasetRecord | None,
    store: Store,
) -> dict[str, Any]:
    """The model's parts, its verdict, its card and its lineage, whose document is kept beside it.

    `improvement` is how much its loss on the test rows is below the champion's, or the baseline's
    where there is no champion, in the metric's unit.
    """
    known = lineage(making, dataset, model.evaluation)
    uri = f"{model.uris['evaluation.json'].rpartition('/')[0]}/lineage.json"
    store.write(uri, document(known, dataset, model.evaluation), "application/json")
    known |= {"lineage_uri": uri}
    return {
        **model.to_payload(),
        "verdict": verdict.model_dump(mode="json"),
        "summary": "; ".join(verdict.reasons)[:SUMMARY],
        "card": card(model.evaluation, verdict, known, model.uris["artifact.tidemill"]),
        "lineage": known,
        "delivered": model.evaluation.delivered,
        "improvement": _improvement(model.evaluation),
    }


def _improvement(evaluation: Evaluation) -> float | None:
    rivals = evaluation.comparisons
    against = rivals.get("champion") or rivals.get("baseline")
    return against.difference if against else None
