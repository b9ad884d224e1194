"""Decide about retraining once a sign, write down why, and ask for a run where it is due."""

from dataclasses import dataclass
from datetime import UTC, datetime

from monitoring.retrain.decide import Standing, decide, explain
from monitoring.retrain.sign import Sign
from tidemill.errors import NoChampionError
from tidemill.events import DatasetReady, EventBus, RetrainingHalted, RetrainRequested
from tidemill.harm import champion_harm
from tidemill.quantities import format_duration
from tidemill.records import RetrainRecord, now
from tidemill.registry import Registry
from tidemill.retraining import History, Refusal, run_name


@dataclass(frozen=True)
class Retrainer:
    """Decides for every pipeline that serves a model; without one there is nothing to mend."""

    registry: Registry
    bus: EventBus

    def hear(self, sign: Sign) -> RetrainRecord | None:
        """Decide, and tell; the same sign again asks for no other run.

        A champion is retrained on a dataset version once a month at most: that names the request.
        """
        standing = self._standing(sign.pipeline)
        if standing is None:
            return None
        refusal = decide(sign, standing)
        record = _record(sign, standing, refusal)
        held = self.registry.decide_retraining(sign.pipeline, record)
        self._tell(sign.pipeline, held, refusal)
        return held

    def think_over(self, event: DatasetReady) -> RetrainRecord | None:
        """There are new rows: decide again on the newest drift that was refused.

        Where new data alone start a run, they do.
        """
        standing = self._standing(event.pipeline)
        if standing is None or "new_data" in standing.history.policy.on:
            return None
        return self._again(event.pipeline, standing)

    def look_at_the_clock(self) -> list[RetrainRecord]:
        """Decide again on what waits for time to pass, and for each pipeline that is due."""
        found = [self._in_time(pipeline) for pipeline in self.registry.pipelines()]
        return [record for record in found if record]

    def _again(self, pipeline: str, standing: Standing) -> RetrainRecord | None:
        of = standing.champion.model_version
        records = self.registry.retrainings(pipeline)
        drifts = [each for each in records if each.trigger == "drift" and each.model_version == of]
        if not drifts or "drift" not in standing.history.policy.on:
            return None
        if drifts[-1].asked and not self._was_refused(pipeline, drifts[-1]):
            return None
        return self.hear(Sign.of_refused(pipeline, drifts[-1]))

    def _was_refused(self, pipeline: str, record: RetrainRecord) -> bool:
        """Whether the run that was asked for cost too much, perhaps this month alone."""
        asked = run_name(pipeline, record.dataset_version or "", record.request_id)
        run = self.registry.run(pipeline, asked)
        return run is not None and run.state == "refused"

    def _in_time(self, pipeline: str) -> RetrainRecord | None:
        standing = self._standing(pipeline)
        if standing is None:
            return None
        again = self._again(pipeline, standing)
        if (again and again.asked) or not _is_due(standing.history):
            return again
        policy = standing.history.policy
        sign = Sign(
            pipeline=pipeline,
            trigger="schedule",
            model_version=standing.champion.model_version,
            cause=f"no run ended for {format_duration(policy.every)}",
        )
        return self.hear(sign)

    def _standing(self, pipeline: str) -> Standing | None:
        try:
            champion = self.registry.champion(pipeline)
        except NoChampionError:
            return None
        datasets = self.registry.datasets(pipeline)
        if not datasets:
            return None
        promise = self.registry.kept_promise(pipeline)
        harm = champion_harm(promise, f"{pipeline}/{champion.model_version}")
        history = History(
            policy=self.registry.contract(pipeline).monitor.retrain,
            runs=self.registry.runs(pipeline),
            datasets=datasets,
            dataset=datasets[-1],
            moment=datetime.now(UTC),
        )
        return Standing(champion, harm, promise.get("at", ""), history)

    def _tell(self, pipeline: str, record: RetrainRecord, refusal: Refusal | None) -> None:
        if record.asked:
            asked = {"reason": record.reason, "request_id": record.request_id}
            self.bus.publish(RetrainRequested(pipeline=pipeline, **asked))
        elif refusal and refusal.fruitless:
            halted = RetrainingHalted(
                pipeline=pipeline, runs=refusal.fruitless, reason=refusal.reason
            )
            self.bus.publish(halted)


def _is_due(history: History) -> bool:
    if "schedule" not in history.policy.on or not history.ended:
        return False
    last = history.ended[-1]
    ended = datetime.fromisoformat(last.finished_at or last.started_at)
    return history.moment - ended >= history.policy.every


def _name(sign: Sign, standing: Standing) -> str:
    of = sign.model_version or standing.champion.model_version
    month = standing.history.moment.strftime("%Y%m")
    return f"{sign.trigger}-{of}-{standing.history.dataset.dataset_version}-{month}"


def _record(sign: Sign, standing: Standing, refusal: Refusal | None) -> RetrainRecord:
    return RetrainRecord(
        request_id=_name(sign, standing),
        trigger=sign.trigger,
        asked=refusal is None,
        reason=refusal.reason if refusal else explain(sign, standing),
        at=now(),
        cause=sign.cause,
        since=sign.since,
        model_version=sign.model_version or standing.champion.model_version,
        dataset_version=standing.history.dataset.dataset_version,
    )
