"""A challenger is tried beside the champion: who is chosen, what is answered, what is counted."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from inference.predict.champions import Champions, Keeping
from inference.predict.predict import Predictor
from inference.predict.trials import Trials
from tests.functions.inference.conftest import Service, artifact_bytes
from tidemill.records import Challenge, ReleaseStage, now

SHARE = 0.2


@dataclass
class Seen:
    """What is posted and counted."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    sums: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def post(self, _pipeline: str, lines: list[bytes]) -> None:
        self.lines += map(json.loads, b"".join(lines).splitlines())

    def done(self) -> None:
        """Nothing is held."""

    def measure(self, pipeline: str, values: Mapping[str, float], feature: str = "") -> None:
        """The metrics that there are without a trial."""

    def tally(self, _pipeline: str, variant: str, model: str, values: Mapping[str, float]) -> None:
        self.sums.setdefault((variant, model), Counter()).update(values)

    def variants(self) -> Counter[str]:
        return Counter(line["variant"] for line in self.lines)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def predictor(service: Service, seen: Seen) -> Predictor:
    champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
    return Predictor(champions, seen, seen.measure, Trials(champions, seen.tally))


def put_on_trial(
    service: Service, stage: ReleaseStage, body: bytes | None = None, share: float = SHARE
) -> None:
    """Version 1 answers length, version 2 what `body` does, or twice the length."""
    service.model(1)
    service.register(2, body)
    challenge = Challenge(
        model_version=2, stage=stage, share=share, release="r", since=now(), approved_at=now()
    )
    service.registry.challenge("shells", challenge)


def ask(predictor: Predictor, count: int = 500) -> dict[str, Any]:
    instances = [{"length": 1.0 + n % 7} for n in range(count)]
    body = {"instances": instances, "ids": [f"id-{n}" for n in range(count)]}
    document: dict[str, Any] = json.loads(predictor.answer("shells", json.dumps(body)))
    assert document["model"] == "shells/1"
    return document


def slopes(document: dict[str, Any]) -> Counter[float]:
    """How much each answer is of its instance's length."""
    return Counter(
        answer["value"] / (1.0 + n % 7) for n, answer in enumerate(document["predictions"])
    )


def test_a_shadow_is_scored_and_never_answered(
    service: Service, predictor: Predictor, seen: Seen
) -> None:
    """All answers are the champion's; a share of them is captured once more, as shadow."""
    put_on_trial(service, "shadow")
    document = ask(predictor)
    assert slopes(document) == {1.0: 500}
    assert all("model" not in answer for answer in document["predictions"])
    variants = seen.variants()
    assert variants["champion"] == 500
    assert 60 < variants["shadow"] < 140
    shadow = [line for line in seen.lines if line["variant"] == "shadow"]
    assert {line["model"] for line in shadow} == {"shells/2"}
    assert {line["value"] / line["features"]["length"] for line in shadow} == {2.0}
    assert seen.sums["shadow", "2"]["Predictions"] == len(shadow)
    assert seen.sums["champion", "1"]["Predictions"] == 500


def test_a_canary_answers_the_same_ids_every_time(
    service: Service, predictor: Predictor, seen: Seen
) -> None:
    """Its answers name it; asked again, each id has the same model; its lines are its own."""
    put_on_trial(service, "canary")
    document = ask(predictor)
    assert document == ask(predictor)
    assert 60 < slopes(document)[2.0] < 140
    named = {answer["id"] for answer in document["predictions"] if "model" in answer}
    assert len(named) == slopes(document)[2.0]
    canaries = [line for line in seen.lines if line["variant"] == "canary"]
    assert {line["model"] for line in canaries} == {"shells/2"}
    assert {line["key"] for line in canaries} == {f"shells/2/{name}" for name in named}
    assert {line["id"] for line in canaries} == named


def test_a_larger_share_keeps_who_was_chosen(service: Service, predictor: Predictor) -> None:
    """So that nobody goes back and forth as a canary grows."""
    put_on_trial(service, "canary")
    few = {a["id"] for a in ask(predictor)["predictions"] if "model" in a}
    service.registry.end_challenge("shells", "r")
    put_on_trial(service, "canary", share=0.6)
    more = {a["id"] for a in ask(predictor)["predictions"] if "model" in a}
    assert few < more


@pytest.mark.parametrize("stage", ["shadow", "canary"])
@pytest.mark.parametrize("fault", ["overflow", "unreadable", "malformed", "classes"])
def test_a_challenger_that_fails_is_counted_and_never_seen(
    service: Service, predictor: Predictor, seen: Seen, stage: ReleaseStage, fault: str
) -> None:
    """Whatever is wrong with it, each row has the champion's answer."""
    bodies = {
        "overflow": artifact_bytes(1e308),
        "unreadable": artifact_bytes(2.0, needs="depth"),
        "malformed": b"no artifact",
        "classes": artifact_bytes(2.0, classes=("a", "b")),
    }
    put_on_trial(service, stage, bodies[fault], share=1.0)
    instances = [{"length": 50.0 + n} for n in range(40)]
    document = json.loads(predictor.answer("shells", json.dumps({"instances": instances})))
    assert [a["value"] for a in document["predictions"]] == [i["length"] for i in instances]
    assert seen.sums[stage, "2"] == {"InvalidPredictions": 40}
    assert seen.variants() == {"champion": 40}


def test_one_row_that_fails_costs_that_row(
    service: Service, predictor: Predictor, seen: Seen
) -> None:
    """The rest of its lot is the canary's."""
    put_on_trial(service, "canary", artifact_bytes(1e307), share=1.0)
    lengths = [1.0] * 30 + [1000.0] + [1.0] * 9
    body = json.dumps({"instances": [{"length": length} for length in lengths]})
    answers = json.loads(predictor.answer("shells", body))["predictions"]
    assert [n for n, answer in enumerate(answers) if "model" not in answer] == [30]
    assert seen.sums["canary", "2"]["InvalidPredictions"] == 1
    assert seen.sums["canary", "2"]["Predictions"] == 39


def test_a_slow_challenger_is_stopped(service: Service, seen: Seen) -> None:
    """After a second no further lot is given to it; the champion answers the rest."""
    put_on_trial(service, "canary", share=1.0)
    champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
    ticks = iter(range(100_000))
    trials = Trials(champions, seen.tally, clock=lambda: next(ticks) * 0.3)
    document = ask(Predictor(champions, seen, seen.measure, trials))
    assert slopes(document) == {2.0: 7, 1.0: 493}
    assert seen.sums["canary", "2"]["RowLatency"] > 100


def test_what_is_paired_adds_up(service: Service, predictor: Predictor, seen: Seen) -> None:
    """Sums of the differences on the same rows, and both models' extremes."""
    put_on_trial(service, "shadow", share=1.0)
    ask(predictor, 7)
    sums = seen.sums["shadow", "2"]
    lengths = range(1, 8)
    assert sums["PairedDifferences"] == sum(lengths)
    assert sums["PairedSquares"] == sum(n**2 for n in lengths)
    assert sums["PairedFourths"] == sum(n**4 for n in lengths)
    assert (sums["PairedLow"], sums["PairedHigh"]) == (2, 14)
    champion = seen.sums["champion", "1"]
    assert (champion["PairedLow"], champion["PairedHigh"]) == (1, 7)


def test_a_shadow_waits_until_the_answer_is_out(service: Service, seen: Seen) -> None:
    """Where the platform has a place for that."""
    put_on_trial(service, "shadow")
    champions = Champions(service.loader, Keeping(0.0), lambda *_: None)
    held: list[Any] = []
    ask(Predictor(champions, seen, seen.measure, Trials(champions, seen.tally, held.append)))
    assert seen.variants() == {"champion": 500}
    (shadow,) = held
    shadow()
    assert seen.variants()["shadow"] > 60


def test_a_new_champion_is_counted_while_it_is_watched(
    service: Service, predictor: Predictor, seen: Seen
) -> None:
    """Nobody is beside it."""
    put_on_trial(service, "bake")
    assert slopes(ask(predictor)) == {1.0: 500}
    assert set(seen.sums) == {("champion", "1")}


def test_without_a_trial_nothing_more_is_counted(
    service: Service, predictor: Predictor, seen: Seen
) -> None:
    """Metrics of variants cost only while a release is under way."""
    service.model(1)
    ask(predictor)
    assert seen.sums == {}
