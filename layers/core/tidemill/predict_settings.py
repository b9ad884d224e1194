"""The settings of the function that answers."""

from tidemill.plain_settings import PlainSettings


class PredictSettings(PlainSettings):
    """Settings of `inference/predict`."""

    stage: str
    registry_table: str
    capture_stream: str
    signing_key: str
    champion_seconds: float = 5.0
    artifacts_mb: int = 256
