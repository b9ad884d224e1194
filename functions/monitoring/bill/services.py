"""What services of AWS count of themselves: which of it is a stage's, and what it is billed as."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitoring.bill.calendar import Month
from monitoring.bill.meter import Meter, Query
from monitoring.bill.usage import Share, Usage, Weights

GB = 2**30
PREDICT = "inference/predict"
SHARED_BY: Mapping[str, Share] = {"ingestion": "rows"}


@dataclass(frozen=True)
class Counted:
    """A metric that a service keeps of each resource, and the unit that its sum is billed by."""

    namespace: str
    metric: str
    dimension: str
    unit: str
    scale: float = 1.0
    at_rest: bool = False


SERVICES = (
    Counted("AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", "dynamodb_read"),
    Counted("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", "dynamodb_write"),
    Counted("AWS/Firehose", "IncomingBytes", "DeliveryStreamName", "firehose_gb", 1 / GB),
    Counted("AWS/Logs", "IncomingBytes", "LogGroupName", "logs_gb", 1 / GB),
    Counted("AWS/SQS", "NumberOfMessagesSent", "QueueName", "sqs_request"),
    Counted("AWS/SQS", "NumberOfMessagesReceived", "QueueName", "sqs_request"),
    Counted("AWS/SQS", "NumberOfMessagesDeleted", "QueueName", "sqs_request"),
    Counted("AWS/SQS", "NumberOfEmptyReceives", "QueueName", "sqs_request", at_rest=True),
)


@dataclass(frozen=True)
class Function:
    """A function as it is deployed; `path` is its room and verb."""

    name: str
    path: str
    memory_mb: int
    architecture: str

    @property
    def room(self) -> str:
        return self.path.partition("/")[0]


def functions(client: Any, stage: str) -> list[Function]:  # noqa: ANN401 - a boto3 client
    """The functions of a stage, which are named by its stacks and described by their paths."""
    prefix = f"Tidemill-{stage}-"
    return [
        Function(
            found["FunctionName"],
            found.get("Description") or f"{room_of(found['FunctionName'], stage)}/other",
            found["MemorySize"],
            found["Architectures"][0],
        )
        for page in client.get_paginator("list_functions").paginate()
        for found in page["Functions"]
        if found["FunctionName"].startswith(prefix)
    ]


def of_functions(deployed: Sequence[Function], meter: Meter, day: date) -> Iterator[Usage]:
    """Requests, and memory by the seconds that handlers ran."""
    queries = [
        Query("AWS/Lambda", metric, {"FunctionName": function.name})
        for function in deployed
        for metric in ("Invocations", "Duration")
    ]
    figures = meter.read(queries, day)
    for function, invocations, milliseconds in zip(
        deployed, figures[::2], figures[1::2], strict=True
    ):
        answers = function.path == PREDICT
        shared: Share = "requests" if answers else SHARED_BY.get(function.room, "work")
        yield Usage(
            room=function.room,
            unit="lambda_request",
            resource=function.path,
            quantity=invocations,
            by=shared,
            answering=answers,
        )
        yield Usage(
            room=function.room,
            unit=f"lambda_gb_second_{function.architecture}",
            resource=function.path,
            quantity=milliseconds / 1000 * function.memory_mb / 1024,
            by="busy" if answers else shared,
            answering=answers,
        )


def of_api(meter: Meter, stage: str, weights: Weights, day: date) -> Iterator[Usage]:
    """Requests for predictions by who was asked; the others by what all of them did."""
    (counted,) = meter.read(
        [Query("AWS/ApiGateway", "Count", {"ApiName": f"tidemill-{stage}"})], day
    )
    asked = sum(weights["requests"].values())
    shares: tuple[tuple[Share, float], ...] = (
        ("requests", asked),
        ("work", max(0.0, counted - asked)),
    )
    for shared, quantity in shares:
        yield Usage(
            room="inference",
            unit="api_gateway_request",
            resource="api",
            quantity=quantity,
            by=shared,
            answering=shared == "requests",
        )


def of_services(meter: Meter, stage: str, day: date) -> Iterator[Usage]:
    """What tables, streams, logs and queues of the stage count of themselves."""
    for counted in SERVICES:
        yield from _counted(counted, meter, stage, day)


def of_buckets(meter: Meter, stage: str, month: Month, day: date) -> Iterator[Usage]:
    """The bytes stored, for a day's part of the month; S3 measures them once a day."""
    buckets = [
        Query(each.namespace, each.metric, each.dimensions, "Average")
        for each in meter.subjects("AWS/S3", "BucketSizeBytes")
        if each.dimensions.get("StorageType") == "StandardStorage"
        and each.dimensions["BucketName"].startswith(f"tidemill-{stage}-")
    ]
    for query, stored in zip(buckets, meter.read(buckets, day), strict=True):
        yield Usage(
            room="storage",
            unit="s3_gb_month",
            resource=query.dimensions["BucketName"],
            quantity=stored / GB / month.days,
            by="work",
        )


def room_of(name: str, stage: str) -> str | None:
    """The room in the name of a resource or a log group; None if it is not the stage's."""
    parts = name.strip("/").split("/" if name.startswith("/") else "-")
    ours = [part.lower() for part in parts[:2]] == ["tidemill", stage]
    return parts[2].lower() if ours and len(parts) > 2 else None


def _counted(counted: Counted, meter: Meter, stage: str, day: date) -> Iterator[Usage]:
    ours = [
        (query, room)
        for query in meter.subjects(counted.namespace, counted.metric)
        if set(query.dimensions) == {counted.dimension}
        and (room := room_of(query.dimensions[counted.dimension], stage))
    ]
    figures = meter.read([query for query, _ in ours], day)
    for (query, room), figure in zip(ours, figures, strict=True):
        name = query.dimensions[counted.dimension]
        answers = counted.unit == "firehose_gb" or name.endswith(f"/{PREDICT}")
        shared: Share = "predictions" if answers else SHARED_BY.get(room, "work")
        yield Usage(
            room=room,
            unit=counted.unit,
            resource=name,
            quantity=figure * counted.scale,
            by=None if counted.at_rest else shared,
            answering=answers,
        )
