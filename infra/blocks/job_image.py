"""The image that a room's SageMaker jobs run: built in the cloud, by Docker, or not at all.

Each room has its own, of one recipe: CloudFormation refuses to change what another stack imports.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecr_assets as assets
from constructs import Construct

from infra.blocks import native
from infra.blocks.access import Access
from infra.blocks.job_image_build import build_in_cloud
from infra.blocks.layers import ROOT, fingerprint
from infra.blocks.room import Room
from tidemill import __version__

FUNCTIONS = ROOT / "functions"
CORE = ROOT / "layers" / "core" / "tidemill"
TABULAR = ROOT / "layers" / "tabular" / "tidemill_tabular"
RECIPE = FUNCTIONS / "training" / "train"
BUILT = ROOT / ".build" / "jobs"
ARCHITECTURE = "x86_64"
UNWANTED = shutil.ignore_patterns("__pycache__", "Dockerfile", "requirements.*")
PLACEHOLDER = "000000000000.dkr.ecr.us-east-1.amazonaws.com/tidemill-jobs:local"


class JobImage(Construct):
    """The image with the code of verbs of the room; `uri` is set however it is made.

    `code` and `lock` tell versions of its code and of its locked dependencies apart.
    """

    def __init__(self, scope: Construct, *verbs: str, recipe: Path = RECIPE) -> None:
        super().__init__(scope, "JobImage")
        room = Room.of_construct(self)
        folders = [f"{room.name.lower()}/{verb}" for verb in verbs]
        packages = native.recipe(native.TARGETS["linux", ARCHITECTURE])
        for source in (CORE, TABULAR, *(FUNCTIONS / folder for folder in folders)):
            packages = fingerprint(source, packages)
        self.code = f"{__version__}+{packages}"
        self.lock = hashlib.sha256((recipe / "requirements.txt").read_bytes()).hexdigest()
        self.repository: ecr.IRepository | None = None
        match room.settings.training_image:
            case "placeholder":
                self.uri = PLACEHOLDER
            case "docker":
                image = assets.DockerImageAsset(
                    self,
                    "Image",
                    directory=context(*folders, recipe=recipe),
                    platform=assets.Platform.LINUX_AMD64,
                )
                self.uri, self.repository = image.image_uri, image.repository
            case "codebuild":
                build = build_in_cloud(self, directory=context(*folders, recipe=recipe))
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


def context(*folders: str, recipe: Path = RECIPE) -> str:
    """What the Dockerfile expects: itself, its lock, and `program/` with the verbs and packages.

    Dockerfile and lock are those that lie in `recipe`.
    """
    BUILT.mkdir(parents=True, exist_ok=True)
    wanted = {
        **{folder: FUNCTIONS / folder for folder in folders},
        CORE.name: CORE,
        TABULAR.name: TABULAR,
        native.PACKAGE: native.staged(ARCHITECTURE) / native.PACKAGE,
    }
    with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
        draft = Path(scratch) / "context"
        for name, source in wanted.items():
            shutil.copytree(source, draft / "program" / name, ignore=UNWANTED)
        for name in ("Dockerfile", "requirements.txt"):
            shutil.copy(recipe / name, draft / name)
        finished = BUILT / fingerprint(draft)
        if not finished.exists():
            draft.replace(finished)
    return str(finished)
