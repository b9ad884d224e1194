"""Score the rows of a request."""

from typing import Any

from inference.predict.request import PredictionRequest
from tidemill.artifact import Artifact


def predict(request: PredictionRequest, artifact: Artifact) -> list[dict[str, Any]]:
    """One answer for each row: its id, the value and, for classes, their probabilities."""
    answers = []
    for name, prediction in zip(request.ids, artifact.predict(request.rows), strict=True):
        answer: dict[str, Any] = {"id": name, "value": prediction.value}
        if prediction.probabilities is not None:
            answer["probabilities"] = prediction.probabilities
        answers.append(answer)
    return answers
