"""What the image of the endpoint is built from: the function's code, and the server around it."""

from infra.blocks.job_image import FUNCTIONS, context

FOLDERS = ("inference/predict", "inference/endpoint")


def endpoint_context() -> str:
    """The folder that its Dockerfile is built in, made unless an equal one is there."""
    return context(*FOLDERS, recipe=FUNCTIONS / "inference/endpoint")
