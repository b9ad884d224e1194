"""The usual prediction function, as samples have it: pandas, scikit-learn and joblib."""

import json
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.utilities.typing import LambdaContext

from bench.served import Handler


def load(path: Path) -> Handler:
    """The handler over a joblib file; it answers with values and probabilities."""
    app = APIGatewayRestResolver()
    logger = Logger(service="sample", level="ERROR")
    model = joblib.load(path)

    @app.post("/v1/pipelines/<name>/predictions")
    def post(name: str) -> dict[str, Any]:
        frame = pd.DataFrame(json.loads(app.current_event.body or "")["instances"])
        probabilities = model.predict_proba(frame)
        labels = model.classes_[probabilities.argmax(axis=1)]
        predictions = [
            {"value": value, "probabilities": dict(zip(model.classes_, row, strict=True))}
            for value, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]
        return {"model": name, "predictions": predictions}

    @logger.inject_lambda_context
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        return app.resolve(event, context)

    return handler
