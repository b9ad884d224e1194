"""What the image of the endpoint is built from: the function's code, and the server around it."""

from constructs import Construct

from infra.blocks.job_image import FUNCTIONS, JobImage, context

VERBS = ("predict", "endpoint")
FOLDERS = tuple(f"inference/{verb}" for verb in VERBS)
RECIPE = FUNCTIONS / "inference" / "endpoint"


class EndpointImage(JobImage):
    """The image of a server that answers as the function does."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, *VERBS, recipe=RECIPE)


def endpoint_context() -> str:
    """The folder that its Dockerfile is built in, made unless an equal one is there."""
    return context(*FOLDERS, recipe=RECIPE)
