"""The training image: built in the cloud, by Docker, or not at all."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets
from constructs import Construct

from infra.blocks.access import Access
from infra.blocks.layers import ROOT, fingerprint
from infra.blocks.room import Room
from infra.training_image_build import build_in_cloud

TRAINING = ROOT / "functions" / "training" / "train"
BUILT = ROOT / ".build" / "training"
UNWANTED = shutil.ignore_patterns("__pycache__", "Dockerfile", "requirements.*")
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
                build = build_in_cloud(self, directory=context())
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
    wanted = {"train": TRAINING, "tidemill": ROOT / "layers" / "core" / "tidemill"}
    BUILT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
        draft = Path(scratch) / "context"
        for name, folder in wanted.items():
            shutil.copytree(folder, draft / name, ignore=UNWANTED)
        for name in ("Dockerfile", "requirements.txt"):
            shutil.copy(TRAINING / name, draft / name)
        finished = BUILT / fingerprint(draft)
        if not finished.exists():
            draft.replace(finished)
    return str(finished)
