"""The application, wired to the services of AWS; a server makes one in each of its processes."""

from inference.endpoint.app import Endpoint
from inference.predict.wiring import predictor
from tidemill.endpoint_settings import EndpointSettings


def application() -> Endpoint:
    """What the environment's settings describe; ValueError names those that are missing."""
    settings = EndpointSettings.from_env()
    return Endpoint(predictor(), pipeline=settings.pipeline, seconds=settings.renew_seconds)
