"""The application: settings, then one stack per room in the order that data meets them."""

import os

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.inference import Inference
from infra.ingestion import Ingestion
from infra.monitoring import Monitoring
from infra.release import Release
from infra.settings import Environment
from infra.storage import Storage
from infra.training import Training


def build(app: App, environment: Environment) -> None:
    """Put every room of one stage into the app, tagged for the bill and under cdk-nag."""
    storage = Storage(app, environment=environment)
    Ingestion(app, storage=storage)
    Training(app, storage=storage)
    Release(app, storage=storage)
    Inference(app, storage=storage)
    Monitoring(app, storage=storage)
    Tags.of(app).add("Application", "tidemill")
    Tags.of(app).add("Stage", environment.stage)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


if __name__ == "__main__":
    app = App()
    stage = app.node.try_get_context("stage") or os.environ.get("TIDEMILL_STAGE", "local")
    build(app, Environment.of(stage, choices=app.node.get_all_context()))
    app.synth()
