"""The settings of the server that answers as the function does, in a container or anywhere."""

from tidemill.predict_settings import PredictSettings


class EndpointSettings(PredictSettings):
    """Settings of `inference/endpoint`: `pipeline` is asked where a request names none.

    Without `workers`, there is one process for each processor.
    """

    pipeline: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 0
    renew_seconds: float = 1.0
