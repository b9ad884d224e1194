"""The fakes and the AWS adapters keep the same promises."""

import json
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tidemill.aws import DynamoTable, EventBridgeBus, S3Store, SqsQueue, StateMachine
from tidemill.errors import StaleWriteError
from tidemill.events import DatasetReady, EventBus, InMemoryBus
from tidemill.queue import InMemoryQueue, Queue
from tidemill.store import InMemoryStore, ObjectFile, Store, parse_uri
from tidemill.table import InMemoryTable, Table
from tidemill.workflow import InMemoryWorkflow, Workflow

REGION = "us-east-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A simulated account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return InMemoryStore()
    request.getfixturevalue("aws")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    return S3Store(s3)


@pytest.fixture(params=["memory", "dynamodb"])
def table(request: pytest.FixtureRequest) -> Table:
    if request.param == "memory":
        return InMemoryTable()
    request.getfixturevalue("aws")
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="registry",
        KeySchema=[
            {"AttributeName": "pipeline", "KeyType": "HASH"},
            {"AttributeName": "record", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pipeline", "AttributeType": "S"},
            {"AttributeName": "record", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoTable(dynamodb, "registry")


@pytest.mark.parametrize("key", ["a/b.csv", "a/b #1?.csv", "ä/%20+.csv"])
def test_what_is_written_is_read(store: Store, key: str) -> None:
    """Whole or as a stream, under any key."""
    store.write(f"s3://bucket/{key}", b"body", "text/plain")
    assert store.read(f"s3://bucket/{key}") == b"body"
    with store.open(f"s3://bucket/{key}") as stream:
        assert (stream.read(2), stream.read()) == (b"bo", b"dy")
    assert store.metadata(f"s3://bucket/{key}") == {}


@pytest.mark.parametrize("pieces", [[], [b"body"], [bytes([n]) * (9 << 20) for n in range(4)]])
def test_an_object_is_written_as_a_stream(store: Store, pieces: list[bytes]) -> None:
    """Empty, small, or in parts; with its metadata, and with a place to tell where it is."""
    with store.create("s3://bucket/key", "text/plain", {"model": "shells/3"}) as stream:
        for piece in pieces:
            stream.write(piece)
        assert stream.tell() == sum(map(len, pieces))
    assert store.read("s3://bucket/key") == b"".join(pieces)
    assert store.metadata("s3://bucket/key") == {"model": "shells/3"}


@pytest.mark.parametrize("size", [4, 40 << 20])
def test_what_is_not_written_to_its_end_is_not_there(store: Store, size: int) -> None:
    """A writer that fails leaves the object as it was, or none, and no part to be paid for."""

    def fail() -> None:
        with store.create("s3://bucket/key", "text/plain", {}) as stream:
            stream.write(bytes(size))
            raise RuntimeError("went away")

    with pytest.raises(RuntimeError, match="went away"):
        fail()
    assert list(store.list("s3://bucket/")) == []
    store.write("s3://bucket/key", b"before")
    with pytest.raises(RuntimeError, match="went away"):
        fail()
    assert store.read("s3://bucket/key") == b"before"


def test_a_local_file_is_uploaded(store: Store, tmp_path: Path) -> None:
    """The object holds the file's bytes."""
    (tmp_path / "file").write_bytes(b"body")
    store.upload(str(tmp_path / "file"), "s3://bucket/key")
    assert store.read("s3://bucket/key") == b"body"


def test_the_newest_version_is_read_unless_one_is_named(store: Store) -> None:
    """Writing again replaces what is read."""
    store.write("s3://bucket/key", b"one")
    store.write("s3://bucket/key", b"two")
    assert store.read("s3://bucket/key") == b"two"


@pytest.mark.parametrize("call", ["read", "open", "metadata"])
def test_an_absent_object_is_a_missing_file(store: Store, call: str) -> None:
    """Whatever is asked of it."""
    with pytest.raises(FileNotFoundError):
        getattr(store, call)("s3://bucket/none")


@pytest.mark.usefixtures("aws")
def test_a_named_version_is_read() -> None:
    """On S3 by version id, in memory by the order of writing."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="bucket", Key="k", Body=BytesIO(b"one"))["VersionId"]
    s3.put_object(Bucket="bucket", Key="k", Body=BytesIO(b"two"))
    memory = InMemoryStore()
    memory.write("s3://bucket/k", b"one")
    memory.write("s3://bucket/k", b"two")
    assert S3Store(s3).read("s3://bucket/k", first) == memory.read("s3://bucket/k", "1") == b"one"


@pytest.mark.parametrize("uri", ["bucket/key", "https://bucket/key", "s3://", "s3:///key"])
def test_only_s3_uris_are_read(uri: str) -> None:
    """Anything else is a mistake in the program."""
    with pytest.raises(ValueError, match="not an S3 URI"):
        parse_uri(uri)


def test_a_record_is_kept_as_json_keeps_it(table: Table) -> None:
    """A document comes back equal to its JSON, with the revision to write over."""
    table.put("p", "r", {"a": [1, 2.5, None, True], "b": {"c": "ä"}}, expect=0)
    item = table.get("p", "r")
    assert item is not None
    assert (item.record, item.revision) == ("r", 1)
    assert item.document == {"a": [1, 2.5, None, True], "b": {"c": "ä"}}
    assert table.get("p", "other") is None


def test_a_written_document_is_a_copy(table: Table) -> None:
    """Changing what was given changes nothing that is kept."""
    document = {"names": ["a"]}
    table.put("p", "r", document, expect=0)
    document["names"].append("b")
    item = table.get("p", "r")
    assert item is not None
    assert item.document == {"names": ["a"]}


def test_only_the_newest_revision_can_be_written_over(table: Table) -> None:
    """A writer that read an older revision, or none, is told so and changes nothing."""
    table.put("p", "r", {"n": 1}, expect=0)
    table.put("p", "r", {"n": 2}, expect=1)
    for expect in (0, 1, 3):
        with pytest.raises(StaleWriteError):
            table.put("p", "r", {"n": 9}, expect=expect)
    with pytest.raises(StaleWriteError):
        table.put("p", "other", {"n": 9}, expect=1)
    item = table.get("p", "r")
    assert item is not None
    assert (item.document, item.revision) == ({"n": 2}, 2)


def test_records_are_found_by_prefix_in_order(table: Table) -> None:
    """Only the pipeline's own, all of them for an empty prefix."""
    for record in ("drop#b", "drop#a", "run#a"):
        table.put("p", record, {}, expect=0)
    table.put("q", "drop#c", {}, expect=0)
    assert [item.record for item in table.query("p", "drop#")] == ["drop#a", "drop#b"]
    assert [item.record for item in table.query("p", "")] == ["drop#a", "drop#b", "run#a"]


def received(sqs: Any, url: str) -> list[str]:  # noqa: ANN401 - a boto3 client
    messages = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        messages += [message["Body"] for message in batch]
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


@pytest.mark.usefixtures("aws")
def test_what_is_published_arrives() -> None:
    """More events than one call takes reach the bus, typed and versioned, each once."""
    events, sqs = boto3.client("events"), boto3.client("sqs")
    events.create_event_bus(Name="tidemill")
    url = sqs.create_queue(QueueName="all")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    pattern = json.dumps({"source": ["tidemill"], "detail-type": ["DatasetReady"]})
    events.put_rule(Name="all", EventBusName="tidemill", EventPattern=pattern)
    target = {"Id": "all", "Arn": arn["QueueArn"]}
    events.put_targets(Rule="all", EventBusName="tidemill", Targets=[target])
    sent = [DatasetReady(pipeline="p", dataset_version=f"v{n}") for n in range(23)]
    memory = InMemoryBus()
    buses: list[EventBus] = [memory, EventBridgeBus(events, "tidemill")]
    for bus in buses:
        bus.publish(*sent)
    delivered = [json.loads(body) for body in received(sqs, url)]
    assert {event["detail"]["schema_version"] for event in delivered} == {"1"}
    found = {DatasetReady.from_event(event).dataset_version for event in delivered}
    assert (found, len(delivered)) == ({event.dataset_version for event in sent}, 23)
    assert memory.published == sent


class RefusingEvents:
    def put_events(self, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - as boto3 has it
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Throttled"} for _ in Entries]}


def test_an_event_that_was_not_taken_raises() -> None:
    """A partial failure of PutEvents is a failure."""
    bus = EventBridgeBus(RefusingEvents(), "tidemill")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="Throttled"):
        bus.publish(DatasetReady(pipeline="p", dataset_version="v"))


@pytest.mark.usefixtures("aws")
def test_a_message_is_queued() -> None:
    """Body for body."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    memory = InMemoryQueue()
    queues: list[Queue] = [memory, SqsQueue(sqs, url)]
    for queue in queues:
        queue.send("one")
    assert memory.sent == received(sqs, url) == ["one"]


@pytest.fixture(params=["memory", "stepfunctions"])
def workflow(request: pytest.FixtureRequest) -> Workflow:
    if request.param == "memory":
        return InMemoryWorkflow()
    request.getfixturevalue("aws")
    machines = boto3.client("stepfunctions")
    arn = machines.create_state_machine(
        name="m",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/r",
    )["stateMachineArn"]
    return StateMachine(machines, arn)


def test_an_execution_starts_once_by_its_name(workflow: Workflow) -> None:
    """A second start under the same name starts nothing and says so."""
    assert workflow.start("run-1", {"a": 1}) is True
    assert workflow.start("run-1", {"a": 2}) is False
    assert workflow.start("run-2", {"a": 1}) is True


@pytest.mark.parametrize("pipeline", ["", "q" * 3000])
def test_what_cannot_be_a_key_holds_nothing(table: Table, pipeline: str) -> None:
    """An API's caller may ask for anything."""
    assert table.get(pipeline, "contract") is None
    assert list(table.query(pipeline, "drop#")) == []


def test_a_long_document_is_kept_whole(table: Table) -> None:
    """A megabyte of JSON, more than an item holds, comes back as it was put."""
    document = {"counts": {f"value {n}": n for n in range(50_000)}}
    table.put("p", "window", document, expect=0)
    table.put("p", "other", {"a": 1}, expect=0)
    item = table.get("p", "window")
    assert item is not None
    assert item.document == document
    assert [found.document for found in table.query("p", "")] == [{"a": 1}, document]


def test_a_store_opens_a_span(store: Store) -> None:
    """Only the bytes asked for come, and a span beyond the end is empty."""
    store.write("s3://bucket/a", b"0123456789")
    for span, expected in {(0, 4): b"0123", (8, 99): b"89", (10, 20): b"", (3, 3): b""}.items():
        with store.open("s3://bucket/a", span=span) as body:
            assert body.read() == expected
    assert store.size("s3://bucket/a") == 10
    with pytest.raises(FileNotFoundError):
        store.size("s3://bucket/b")


def test_objects_are_listed_in_order(store: Store) -> None:
    """Those under a prefix, whole or from behind one of them; none are none."""
    for key in ("a/2", "a/1", "a/10", "b/1", "a"):
        store.write(f"s3://bucket/{key}", b"x")
    uris = [f"s3://bucket/a/{name}" for name in ("1", "10", "2")]
    assert list(store.list("s3://bucket/a/")) == uris
    assert list(store.list("s3://bucket/a/", after=uris[0])) == uris[1:]
    assert list(store.list("s3://bucket/c/")) == []


def test_an_object_is_replaced_only_as_it_was_seen(store: Store) -> None:
    """Another write in between wins, and so does a deletion."""
    uri = "s3://bucket/a"
    store.write(uri, b"one")
    tag = store.tag(uri)
    assert store.replace(uri, b"two", tag, {"by": "test"})
    assert (store.read(uri), store.metadata(uri)) == (b"two", {"by": "test"})
    assert not store.replace(uri, b"three", tag, {})
    assert not store.replace("s3://bucket/none", b"x", tag, {})
    assert store.read(uri) == b"two"
    with pytest.raises(FileNotFoundError):
        store.tag("s3://bucket/none")


def test_older_versions_are_deleted_for_good(store: Store) -> None:
    """What is read now stays, or goes too where it is not spared; other prefixes keep theirs."""
    for body in (b"one", b"two", b"three"):
        store.write("s3://bucket/a/1", body)
        store.write("s3://bucket/b/1", body)
    store.write("s3://bucket/a/2", b"x")
    assert store.delete_versions("s3://bucket/a/", but_newest=True) == 2
    assert store.read("s3://bucket/a/1") == b"three"
    assert store.delete_versions("s3://bucket/a/", but_newest=True) == 0
    assert store.delete_versions("s3://bucket/a/") == 2
    assert list(store.list("s3://bucket/")) == ["s3://bucket/b/1"]
    assert store.delete_versions("s3://bucket/b/1", but_newest=True) == 2


@pytest.mark.usefixtures("aws")
def test_what_is_deleted_stays_so() -> None:
    """Behind a delete marker every version goes, and the marker stays the newest."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="bucket", Key="k", Body=b"one")
    s3.delete_object(Bucket="bucket", Key="k")
    assert S3Store(s3).delete_versions("s3://bucket/k", but_newest=True) == 1
    found = s3.list_object_versions(Bucket="bucket")
    assert ("Versions" in found, len(found["DeleteMarkers"])) == (False, 1)


def test_an_object_is_read_here_and_there(store: Store) -> None:
    """From any place, like a file, without the rest of it."""
    store.write("s3://bucket/a", b"0123456789")
    file = ObjectFile(store, "s3://bucket/a")
    assert (file.seek(-3, 2), file.read(2), file.tell()) == (7, b"78", 9)
    assert (file.read(5), file.read(5)) == (b"9", b"")
    assert (file.seek(2), file.seek(1, 1), file.readall()) == (2, 3, b"3456789")


def test_a_store_copies_objects(store: Store) -> None:
    """The copy has the bytes; where there is nothing to copy, that is said."""
    store.write("s3://bucket/a", b"0123456789")
    store.copy("s3://bucket/a", "s3://bucket/b")
    assert store.read("s3://bucket/b") == b"0123456789"
    with pytest.raises(FileNotFoundError):
        store.copy("s3://bucket/c", "s3://bucket/d")
