"""The training image: built in the cloud, by Docker, or not at all."""

import shutil
from collections.abc import Sequence

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets
from constructs import Construct
from deploy_time_build import ContainerImageBuild

from infra.blocks.access import Access
from infra.blocks.layers import ROOT
from infra.blocks.room import Room

TRAINING = ROOT / "functions" / "training" / "train"
BUILT = ROOT / ".build" / "training"
PLACEHOLDER = "000000000000.dkr.ecr.us-east-1.amazonaws.com/tidemill-training:local"


class TrainingImage(Construct):
    """The image that training jobs run; `uri` is set however it is made."""

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "TrainingImage")
        self.repository: ecr.IRepository | None = None
        match Room.of_construct(self).settings.training_image:
            case "placeholder":
                self.uri = PLACEHOLDER
            case "docker":
                image = assets.DockerImageAsset(
                    self, "Image", directory=context(), platform=assets.Platform.LINUX_AMD64
                )
                self.uri, self.repository = image.image_uri, image.repository
            case "codebuild":
                build = ContainerImageBuild(
                    self, "Build", directory=context(), platform=assets.Platform.LINUX_AMD64
                )
                self.uri, self.repository = build.image_uri, build.repository

    def pull(self) -> Sequence[Access]:
        """What a job's role needs to pull it; nothing where there is no image."""
        if self.repository is None:
            return ()
        return (
            Access(
                actions=(
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchGetImage",
                ),
                resources=(self.repository.repository_arn,),
            ),
            Access(
                actions=("ecr:GetAuthorizationToken",),
                resources=("*",),
                reason="ECR's authorization token is the account's: it knows no resources.",
            ),
        )


def context() -> str:
    """The folder that the Dockerfile expects: itself, its lock, `train/` and `tidemill/`."""
    shutil.rmtree(BUILT, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__", "Dockerfile", "requirements.*")
    shutil.copytree(TRAINING, BUILT / "train", ignore=unwanted)
    shutil.copytree(ROOT / "layers" / "core" / "tidemill", BUILT / "tidemill", ignore=unwanted)
    for name in ("Dockerfile", "requirements.txt"):
        shutil.copy(TRAINING / name, BUILT / name)
    return str(BUILT)
