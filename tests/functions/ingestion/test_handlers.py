"""The rooms' functions as AWS calls them: events in, records and events out."""

from typing import Any

import pytest

from ingestion.adopt import handler as adopt
from ingestion.freeze import handler as freeze
from ingestion.ingest import handler as ingest
from tests.functions.conftest import Account, in_queue, landed

from .conftest import CONTRACT

ROWS = "\n".join(["sex,length,rings", *(f"M,0.5,{n + 1}" for n in range(200))])
KEY = "shells/rows/first file #1.csv"


def call(function: Any, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - a module
    answer: dict[str, Any] = function.handler(event, None)
    return answer


def accept(account: Account) -> None:
    contract = landed("shells/pipeline.yaml", account.put("shells/pipeline.yaml", CONTRACT))
    assert call(adopt, in_queue(contract)) == {"batchItemFailures": []}


def test_a_contract_and_a_file_become_a_dataset(account: Account) -> None:
    """Through the three functions, over S3, DynamoDB, EventBridge and SQS."""
    accept(account)
    drop = landed(KEY, account.put(KEY, ROWS))
    assert call(ingest, in_queue(drop, drop)) == {"batchItemFailures": []}
    told = account.received()
    assert {event["detail-type"] for event in told} == {"ContractAccepted", "DropRecorded"}
    recorded = [event for event in told if event["detail-type"] == "DropRecorded"]
    assert call(freeze, in_queue(*recorded)) == {"batchItemFailures": []}
    (dataset,) = account.registry.datasets("shells")
    assert sum(dataset.rows.values()) == 200
    assert len(account.registry.drops("shells")) == 1


def test_a_failed_message_does_not_take_the_others_with_it(account: Account) -> None:
    """Only the message that failed comes again."""
    call(
        adopt,
        in_queue(landed("shells/pipeline.yaml", account.put("shells/pipeline.yaml", CONTRACT))),
    )
    good = landed(KEY, account.put(KEY, ROWS))
    bad = good | {"detail": {"bucket": {"name": "landing"}}}
    assert call(ingest, in_queue(bad, good)) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert [drop.state for drop in account.registry.drops("shells")] == ["accepted"]


def test_waiting_drops_are_sent_back_to_the_queue(account: Account) -> None:
    """What a contract calls back is read again from the same version."""
    drop = landed(KEY, account.put(KEY, ROWS))
    call(ingest, in_queue(drop))
    call(
        adopt,
        in_queue(landed("shells/pipeline.yaml", account.put("shells/pipeline.yaml", CONTRACT))),
    )
    (again,) = [event for event in account.received() if "source" not in event]
    call(ingest, in_queue(again))
    assert [drop.state for drop in account.registry.drops("shells")] == ["accepted"]


def test_metrics_tell_rows_and_waiting_drops(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the log, as CloudWatch reads them."""
    call(ingest, in_queue(landed(KEY, account.put(KEY, ROWS))))
    log = capsys.readouterr().out
    assert '"RowsAccepted":[0.0]' in log
    assert '"DropsQuarantined":[1.0]' in log
