"""The exported model: data only, evaluated exactly as scikit-learn would."""

from tidemill.artifact.model import Artifact
from tidemill.artifact.prediction import Prediction, Scores, label_text
from tidemill.artifact.signature import Feature, Header, Rules, Scalar, Signature

__all__ = [
    "Artifact",
    "Feature",
    "Header",
    "Prediction",
    "Rules",
    "Scalar",
    "Scores",
    "Signature",
    "label_text",
]
