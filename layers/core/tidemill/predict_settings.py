"""The settings of the function that answers."""

from dataclasses import dataclass

from tidemill.plain_settings import PlainSettings


@dataclass(frozen=True, kw_only=True)
class PredictSettings(PlainSettings):
    """Settings of `inference/predict`."""

    registry_table: str
    capture_stream: str
    signing_key: str
    champion_seconds: float = 5.0
    artifacts_mb: int = 256
