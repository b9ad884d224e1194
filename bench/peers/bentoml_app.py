"""The usual BentoML service; `MODEL` is its joblib file."""

import os

import bentoml
import joblib
import pandas as pd


@bentoml.service(workers=1, traffic={"timeout": 60})
class Predictions:
    """Probabilities of each class."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predictions(self, instances: list[dict]) -> dict:
        """As many as there are instances."""
        frame = pd.DataFrame(instances)
        return {"predictions": self.model.predict_proba(frame).tolist()}
