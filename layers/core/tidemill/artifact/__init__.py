"""The exported model: data only, evaluated in pure Python exactly as scikit-learn would."""

from tidemill.artifact.model import Artifact, Prediction, label_text
from tidemill.artifact.signature import Feature, Header, Rules, Scalar, Signature

__all__ = [
    "Artifact",
    "Feature",
    "Header",
    "Prediction",
    "Rules",
    "Scalar",
    "Signature",
    "label_text",
]
