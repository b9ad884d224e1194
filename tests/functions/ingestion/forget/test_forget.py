"""A person who asks to be forgotten is, wherever the request is interrupted."""

import gzip
import itertools
import json
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tidemill.errors import RequestError
from tidemill.events import ForgetRequested, SubjectForgotten
from tidemill.outcomes import write_outcomes
from tidemill.pseudonyms import SUPPRESSION, subject_tokens
from tidemill.records import RawObject, Tally
from tidemill.store import InMemoryStore
from tidemill_tabular.checking.pseudonymise import forgotten_mask, pseudonymise

from .conftest import CONTRACT, Shop, filled

RAW = RawObject(uri="s3://landing/shop/orders/d1.csv", version_id="v-d1")


def test_the_rows_are_gone_from_every_store(shop: Shop) -> None:
    """And counted, by store and object; everybody else's stay."""
    record = shop.forget()
    assert (record.state, record.reason) == ("done", "")
    assert record.removed == {
        "drops": Tally(rows=2, objects=1),
        "datasets": Tally(rows=3, objects=2),
        "captures": Tally(rows=1, objects=1),
    }
    assert shop.everyone() == {"bert", "cleo"}
    (line,) = gzip.decompress(
        shop.store.read("s3://capture/predictions/2026/11/01/00/a.jsonl.gz")
    ).splitlines()
    assert json.loads(line)["id"] == "bert"


def test_outcomes_and_what_was_joined_go_too(shop: Shop) -> None:
    """By the id of a prediction, or by the column that names people, and nobody else's."""
    told = "s3://capture/outcomes/shop/one.jsonl"
    shop.store.write(told, write_outcomes("shop", [("anna", "1.0"), ("bert", "2.0")], "now"))
    folder, body = "s3://capture/quality/shop", BytesIO()
    rows = pa.table({"id": ["1", "anna", "3"], "subject": ["anna", None, "bert"]})
    pq.write_table(rows, body)
    shop.store.write(f"{folder}/pairs/2026-11-01/0/a.parquet", body.getvalue())
    record = shop.forget()
    assert record.removed["outcomes"] == Tally(rows=1, objects=1)
    assert record.removed["joined"] == Tally(rows=2, objects=1)
    assert b"anna" not in shop.store.read(told)
    left = pq.read_table(BytesIO(shop.store.read(f"{folder}/pairs/2026-11-01/0/a.parquet")))
    assert left.to_pylist() == [{"id": "3", "subject": "bert"}]


def test_a_row_keeps_its_number(shop: Shop) -> None:
    """What is left of a part is as it was, so that it still leads back to the file."""
    shop.forget()
    (row,) = shop.rows("s3://data/drops/shop/orders/d1/part-00000.accepted.parquet")
    assert (row["size"], row["_row"]) == (1.0, 2)


def test_no_version_of_an_object_keeps_them(shop: Shop) -> None:
    """Older ones are deleted for good, those of a part that was written again before too."""
    uri = "s3://data/drops/shop/orders/d2/part-00000.accepted.parquet"
    shop.store.objects[uri].insert(0, b"how it was read before, with anna")
    shop.forget()
    assert {len(versions) for versions in shop.store.objects.values()} == {1}


def test_every_row_is_still_counted_once(shop: Shop) -> None:
    """The records say what is there, and how much was forgotten."""
    shop.forget()
    drop = shop.registry.drop("shop", "d1")
    assert drop is not None
    assert drop.rows.model_dump() == {
        "read": 5,
        "accepted": 3,
        "quarantined": 0,
        "duplicate": 0,
        "forgotten": 2,
    }
    assert [part.rows for part in drop.parts] == [1, 2]
    dataset = shop.registry.dataset("shop", "v1")
    assert dataset is not None
    assert (dataset.rows, dataset.forgotten_rows) == ({"train": 1, "test": 1}, 3)


def test_the_report_says_what_is_left(shop: Shop) -> None:
    """Raw objects, an equal one too; those that nobody read; models that saw the person."""
    shop.add_drop("d3", state="duplicate", content="d1")
    shop.add_drop("d4", state="rejected")
    record = shop.forget()
    assert [raw.uri.rsplit("/")[-1] for raw in record.raw_objects] == ["d1.csv", "d3.csv"]
    assert [raw.uri.rsplit("/")[-1] for raw in record.unread_objects] == ["d4.csv"]
    assert (record.datasets, record.models, record.champion) == (("v1",), (1,), 1)
    (told,) = shop.bus.published
    assert told == SubjectForgotten(pipeline="shop", request_id="r1", rows=6, models=(1,))


def test_the_same_request_again_changes_nothing(shop: Shop) -> None:
    """It is answered by the same report, and told of again in case nobody heard."""
    event = shop.request()
    first = shop.forget(event)
    objects = {uri: list(bodies) for uri, bodies in shop.store.objects.items()}
    assert shop.forget(event) == first
    assert shop.store.objects == objects
    assert [type(told) for told in shop.bus.published] == [SubjectForgotten] * 2


def test_another_request_finds_no_row_and_the_same_traces(shop: Shop) -> None:
    """What was known to hold the person is named again."""
    first = shop.forget()
    second = shop.forget(shop.request(request_id="r2"))
    assert second.removed == {}
    assert (second.raw_objects, second.models) == (first.raw_objects, first.models)


def test_a_request_out_of_time_goes_on(shop: Shop) -> None:
    """However often; in the end all is as if it had never stopped."""
    for number in range(50):
        shop.add_drop(f"e{number:02}", ["anna", "bert"])
    calls = itertools.cycle([False, True])
    states = []
    while not states or states[-1] == "running":
        record = shop.forget(out_of_time=lambda: next(calls))
        states.append(record.state)
    assert states.count("running") > 2
    assert record.removed["drops"] == Tally(rows=52, objects=51)
    assert shop.everyone() == {"bert", "cleo"}


class MortalStore(InMemoryStore):
    """A store whose user dies at the nth write, before it or after."""

    def __init__(self, living: InMemoryStore, lives: int, *, after: bool) -> None:
        super().__init__()
        self.objects = living.objects
        self.lives, self.after = lives, after

    def replace(self, *arguments: Any, **options: Any) -> bool:  # noqa: ANN401 - passed on
        return bool(self._die(super().replace, *arguments, **options))

    def delete_versions(self, *arguments: Any, **options: Any) -> int:  # noqa: ANN401
        return int(self._die(super().delete_versions, *arguments, **options))

    def _die(self, act: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        self.lives -= 1
        if self.lives == 0 and not self.after:
            raise KeyboardInterrupt
        done = act(*arguments, **options)
        if self.lives == 0:
            raise KeyboardInterrupt
        return done


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("lives", range(1, 8))
def test_a_killed_function_is_made_up_for(lives: int, *, after: bool) -> None:
    """Wherever it died, the redelivery gives the same stores, records and counts."""
    whole, killed = filled(), filled()
    expected = whole.forget()
    killed.store = MortalStore(killed.store, lives, after=after)
    with pytest.raises(KeyboardInterrupt):
        killed.forget()
    killed.store.lives = -1  # type: ignore[attr-defined]
    record = killed.forget()
    times = {"requested_at": "", "finished_at": ""}
    assert record.model_copy(update=times) == expected.model_copy(update=times)
    assert killed.store.objects == whole.store.objects
    for pipeline in (whole, killed):
        drop = pipeline.registry.drop("shop", "d1")
        assert drop is not None
        assert (drop.rows.accepted, drop.rows.forgotten) == (3, 2)


def test_an_object_that_changes_meanwhile_is_read_again(shop: Shop) -> None:
    """What somebody else wrote stays written, without the person."""
    uri = "s3://data/drops/shop/orders/d1/part-00000.accepted.parquet"

    class BusyStore(InMemoryStore):
        def tag(self, uri: str) -> str:
            tag = super().tag(uri)
            if uri.endswith("d1/part-00000.accepted.parquet") and not busy:
                busy.append(uri)
                shop.write(uri, shop.table(["anna", "cleo", "cleo", "cleo"]))
            return tag

    busy: list[str] = []
    held, shop.store = shop.store, BusyStore()
    shop.store.objects = held.objects
    shop.forget()
    assert [row["_row"] for row in shop.rows(uri)] == [2, 3, 4]


def test_who_is_forgotten_stays_out(shop: Shop) -> None:
    """Ingestion knows them by the suppression list, in clear cells as they land."""
    shop.forget()
    suppressed = shop.registry.suppressed("shop")["who"]
    cells = pa.array(["bert", "anna", None])
    tokens = pseudonymise(cells, shop.keys.key("shop", SUPPRESSION))
    assert forgotten_mask(tokens, suppressed).to_pylist() == [False, True, False]


def test_tokens_of_older_keys_are_found(bare_shop: Shop) -> None:
    """A dataset version from before a rotation holds older ones, or names in clear."""
    bare_shop.add_dataset("v1", key=1, train=["anna", "bert"])
    bare_shop.add_dataset("v2", key=2, train=["anna", "bert"])
    bare_shop.add_dataset("v0", key=None, train=["anna", "bert"])
    bare_shop.accept_contract(key=2)
    record = bare_shop.forget()
    assert record.removed["datasets"] == Tally(rows=3, objects=3)
    assert record.datasets == ("v0", "v1", "v2")


def test_the_request_is_older_than_the_key(shop: Shop) -> None:
    """Its tokens would miss what the new key has written: it is refused, and nothing touched."""
    event = shop.request()
    shop.accept_contract(key=2)
    record = shop.forget(event)
    assert record.state == "refused"
    assert "ask again" in record.reason
    assert "anna" in shop.everyone()


def test_a_contract_without_people_refuses(shop: Shop) -> None:
    """Saying what to add; asking is refused in the same words."""
    event = shop.request()
    plain = CONTRACT.replace("subject: who, ", "")
    shop.accept_contract(text=plain)
    record = shop.forget(event)
    assert record.state == "refused"
    assert "add privacy.subject" in record.reason
    with pytest.raises(RequestError, match=r"add privacy\.subject"):
        subject_tokens(shop.registry.contract("shop"), "anna", shop.keys)


def test_an_unknown_pipeline_refuses(shop: Shop) -> None:
    """By name, with the remedy."""
    tokens = shop.request().tokens
    record = shop.forget(ForgetRequested(pipeline="shap", request_id="r", tokens=tokens))
    assert (record.state, record.removed) == ("refused", {})
    assert "no pipeline 'shap'" in record.reason


def test_nobody_cannot_be_forgotten(shop: Shop) -> None:
    """An empty text is no name."""
    with pytest.raises(RequestError, match="empty"):
        shop.request("  ")


def test_no_trace_names_the_person(shop: Shop) -> None:
    """Report, progress and event hold neither the name nor a token."""
    event = shop.request()
    record = shop.forget(event)
    progress = shop.registry.update_forgetting("shop", "r1", lambda old: old)
    written = record.model_dump_json() + json.dumps(progress) + str(shop.bus.published)
    assert not [text for text in ("anna", *event.tokens) if text in written]


def test_rows_that_name_nobody_are_said_to(bare_shop: Shop) -> None:
    """A table without the column, and faults of rows whose owner nobody knows."""
    table = bare_shop.table(["anna", "bert"]).drop_columns(["who"])
    bare_shop.write("s3://data/drops/shop/other/d9/part-00000.accepted.parquet", table)
    bare_shop.add_drop("d1", ["bert"], faults=[(7, "size", "x"), (8, "size", "y")])
    record = bare_shop.forget()
    assert record.unnamed == {"drops": Tally(rows=4, objects=2)}


def test_the_keys_of_rows_go_with_them(shop: Shop) -> None:
    """Hashes that uniqueness was checked by are of no use any more."""
    for drop in ("d1", "d2"):
        shop.store.write(f"s3://data/work/shop/orders/{drop}/part-00000.keys.parquet", b"hashes")
    shop.forget()
    assert [uri.split("/")[6] for uri in shop.store.objects if ".keys." in uri] == ["d2"]
    assert shop.forget().raw_objects == (RAW,)
