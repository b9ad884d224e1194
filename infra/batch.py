"""Files of rows to be scored: a function for small ones, a workflow with workers for large ones."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import (
    Access,
    derive_pseudonyms,
    read_objects,
    verify_models,
    write_objects,
    write_records,
)
from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.blocks.workflow import Workflow
from infra.figures import stage_metric
from infra.large_drops import SORTING_MEMORY_MB, SORTING_SCRATCH, SORTING_TIMEOUT
from infra.storage import Storage
from tidemill.settings import BatchSettings, BatchStepSettings, Settings

BATCHES = "*/_batch/"
WORK = "work/_batch/"
CAPTURED = "predictions/_batch/"


class BatchScoring(Construct):
    """What lands under `<pipeline>/_batch/` is scored, row by row, into the results bucket."""

    def __init__(self, room: Room, *, storage: Storage, core: LockedLayer) -> None:
        super().__init__(room, "Batch")
        self.room = room
        self.storage = storage
        self.layers = [core, LockedLayer(room, "tabular")]
        self.settings = step_settings(storage)
        self.steps = self._function("steps", self.settings)
        self.workflow = self._workflow()
        self._settle()
        self.score = self._score()
        room.alarm(
            "BatchesRefused",
            stage_metric("BatchesRefused", room.settings.stage),
            above=0,
            description="A file that was dropped to be scored was refused or has failed. GET "
            "/v1/pipelines/{name}/batches gives the reasons; mend the file and drop it again.",
        )

    def _function(self, entry: str, settings: Settings) -> PythonFunction:
        function = PythonFunction(
            self,
            "batch",
            entry=entry,
            settings=settings,
            layers=self.layers,
            timeout=SORTING_TIMEOUT,
            memory_mb=SORTING_MEMORY_MB,
            scratch=SORTING_SCRATCH,
        )
        storage, role = self.storage, function.own_role
        function.allow(
            *read_objects(storage.landing, role, BATCHES),
            *read_objects(storage.models, role, "models/"),
            *read_objects(storage.data, role, WORK),
            *write_objects(storage.data, role, WORK),
            *write_objects(storage.results, role, ""),
            *write_objects(storage.capture, role, CAPTURED),
            *write_records(storage.registry),
            derive_pseudonyms(storage.pseudonym_key),
            verify_models(storage.signing_key),
        )
        return function

    def _workflow(self) -> Workflow:
        workflow = Workflow(
            self,
            name="batch",
            substitutions={
                "StepsFunction": self.steps.function_arn,
                "PartsAtOnce": str(self.room.settings.parts_at_once),
            },
            timeout=Duration.days(7),
        )
        workflow.allow(
            Access(actions=("lambda:InvokeFunction",), resources=(self.steps.function_arn,)),
            *read_objects(self.storage.data, workflow.role, WORK),
        )
        workflow.allow_map_runs()
        return workflow

    def _settle(self) -> None:
        """Files whose execution was stopped or broke off are recorded as failed all the same."""
        ended = WorkQueue(self, "EndedBatches", worker_timeout=SORTING_TIMEOUT)
        ended.receive(
            "BatchEnded",
            pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {
                    "stateMachineArn": [self.workflow.state_machine_arn],
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                },
            },
        )
        ended.feed(self.steps)

    def _score(self) -> lambda_.Function:
        machine = self.workflow.state_machine_arn
        settings = BatchSettings(**self.settings.model_dump(), workflow=machine)
        function = self._function("handler", settings)
        function.allow(Access(actions=("states:StartExecution",), resources=(machine,)))
        landed = WorkQueue(self, "BatchFiles", worker_timeout=SORTING_TIMEOUT)
        landed.receive(
            "BatchLanded",
            pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [self.storage.landing.bucket_name]},
                    "object": {"key": [{"wildcard": f"{BATCHES}*"}]},
                },
            },
        )
        landed.feed(function, max_concurrency=10)
        return function


def step_settings(storage: Storage) -> BatchStepSettings:
    """The settings of whoever scores batch files."""
    stage = storage.settings
    return BatchStepSettings(
        stage=stage.stage,
        registry_table=storage.registry.table_name,
        data_bucket=storage.data.bucket_name,
        results_bucket=storage.results.bucket_name,
        capture_bucket=storage.capture.bucket_name,
        pseudonym_key=storage.pseudonym_key.key_id,
        signing_key=storage.signing_key.key_id,
        parts_above_mb=stage.parts_above_mb,
        part_mb=stage.part_mb,
        job_above_mb=stage.job_above_mb,
    )
