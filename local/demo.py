"""`make demo`: the whole loop on this machine, each step shown and each step checked."""

import csv
import io
import json
import math
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from rich.console import Console
from rich.table import Table

from local.board import Board
from local.cloud import ROOT, Cloud
from local.journey import Journey, JourneyError, wait_for
from local.toolchain import free_port

PIPELINE = "abalone"
SAMPLE = ROOT / "pipelines" / PIPELINE
ROOMS = ("cloud", "ingestion", "training", "release", "inference", "monitoring")
BATCH = 1_000
PATIENCE = 300  # seconds, of a busy machine; a quiet one takes a few
TRAINING_PATIENCE = 900
TARGET = "rings"
# Trees are equal to the bit; a weighted sum depends on the order in which BLAS adds it up.
EXACT = 1e-12
FIRST, AGAIN, SHIFTED = (
    f"{PIPELINE}/measurements/{name}.csv" for name in ("abalone", "again", "heavier")
)


@dataclass
class Seen:
    """What the demo saw happen; the summary says nothing else."""

    run: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    report: Path = Path()
    equal: int = 0
    drift: dict[str, float] = field(default_factory=dict)
    drifted: list[str] = field(default_factory=list)
    refused: str = ""


def demo(console: Console) -> None:
    """Run every step; JourneyError or LocalCloudError names the one that did not happen."""
    started = time.monotonic()
    state = ROOT / ".local" / "demo"
    cloud = Cloud(free_port(), state)
    seen = Seen()
    try:
        with Board(console, ROOMS) as board, _bring_up(cloud, board) as journey:
            _ingest(journey, board)
            _train(journey, board, seen)
            _release(journey, board, seen, state)
            _predict(journey, board, seen)
            _refuse_twice(journey, board)
            _drift(journey, board, seen)
    finally:
        if cloud.is_up():
            cloud.stop()
    console.print(_summary(seen, time.monotonic() - started))
    console.print(f"\nThe report:  {seen.report}")
    console.print(
        "To go on:    [bold]make up[/] keeps such a cloud running, [bold]make down[/] ends it;"
    )
    console.print("             README.md shows how to drop a contract and files of your own.")


def _bring_up(cloud: Cloud, board: Board) -> Journey:
    with board.working("cloud", "starting a local cloud"):
        cloud.start()
        document = cloud.deploy(lambda step: board.tell("cloud", f"cdk {step.split()[0]}"))
        board.tell("cloud", f"the CDK app is deployed on {cloud.endpoint}")
    return Journey(document)


def _ingest(journey: Journey, board: Board) -> None:
    with board.working("ingestion", "dropping pipeline.yaml and abalone.csv"):
        journey.drop(f"{PIPELINE}/pipeline.yaml", (SAMPLE / "pipeline.yaml").read_bytes())
        journey.drop(FIRST, (SAMPLE / "abalone.csv").read_bytes())
        record = _settled(journey, FIRST, "accepted")
        rows = record["rows"]
        board.tell(
            "ingestion",
            f"{rows['accepted']} of {rows['read']} rows accepted, {rows['quarantined']} bad",
        )


def _settled(journey: Journey, key: str, state: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        record = journey.drop_record(key)
        waits_for_contract = record and any("NoContract" in reason for reason in record["reasons"])
        return None if waits_for_contract else record

    record = wait_for(look, f"the drop {key} reaching a state", PATIENCE)
    if record["state"] != state:
        raise JourneyError(f"{key} is {record['state']}, not {state}: {record['reasons']}")
    return record


def _train(journey: Journey, board: Board, seen: Seen) -> None:
    with board.working("training", "waiting for the dataset version"):
        execution = wait_for(
            lambda: next(iter(journey.executions("TrainingStateMachine")), None),
            "the training workflow starting",
            PATIENCE,
        )

        def tick() -> None:
            state = journey.current_state(execution["executionArn"])
            status = journey.training_status(execution["name"]) if state == "Train" else ""
            board.tell("training", f"{state} {status}".strip())

        run = wait_for(
            lambda: _ended(journey), "the end of the training run", TRAINING_PATIENCE, tick
        )
        if run["state"] != "completed":
            raise JourneyError(f"training run {run['run']} {run['state']}: {run['reason']}")
        seen.run = run
        board.cost_usd = run["cost_usd"]
        board.tell(
            "training",
            f"{run['training_seconds']} s on spot, ${run['cost_usd']:.6f}; "
            + run["verdict"]["reasons"][0],
        )


def _ended(journey: Journey) -> dict[str, Any] | None:
    runs = journey.get(f"/pipelines/{PIPELINE}/runs")["runs"]
    return next((run for run in runs if run["state"] != "running"), None)


def _release(journey: Journey, board: Board, seen: Seen, state: Path) -> None:
    with board.working("release", "waiting for the promotion"):

        def champion() -> dict[str, Any] | None:
            found: dict[str, Any] | None = journey.get(f"/pipelines/{PIPELINE}")["champion"]
            return found

        seen.model = wait_for(champion, "the promotion of the model", PATIENCE)
        version = seen.model["model_version"]
        page = journey.api.get(f"/pipelines/{PIPELINE}/models/{version}/report")
        if page.status_code != 200 or "<html" not in page.text:
            raise JourneyError(f"the model report answered {page.status_code}")
        seen.report = state / "report.html"
        seen.report.write_text(page.text)
        board.tell("release", f"{PIPELINE}/{version} is the champion")


def _predict(journey: Journey, board: Board, seen: Seen) -> None:
    rows = _instances(_table())
    with board.working("inference", "one instance over HTTP"):
        first = journey.predict(PIPELINE, rows[:1])["predictions"][0]["value"]
        board.tell("inference", f"one instance: {first:.2f} rings; now {BATCH} in one request")
        began = time.monotonic()
        answers = [p["value"] for p in journey.predict(PIPELINE, rows[:BATCH])["predictions"]]
        taken = time.monotonic() - began
        expected = _by_scikit_learn(journey, seen, rows[:BATCH])
        seen.equal = sum(
            math.isclose(a, b, rel_tol=EXACT) for a, b in zip(answers, expected, strict=True)
        )
        if seen.equal != BATCH:
            raise JourneyError(f"only {seen.equal} of {BATCH} predictions equal scikit-learn's")
        board.tell("inference", f"{BATCH} in {taken:.2f} s, all equal to scikit-learn's")


def _by_scikit_learn(journey: Journey, seen: Seen, rows: list[dict[str, Any]]) -> list[float]:
    """What the pipeline that was trained says itself, from the registered archive."""
    files = journey.model_archive(seen.model["package_arn"])
    seen.evaluation = json.loads(files["evaluation.json"])
    model = joblib.load(io.BytesIO(files["pipeline.joblib"]))
    return [float(value) for value in model.predict(pd.DataFrame(rows))]


def _refuse_twice(journey: Journey, board: Board) -> None:
    with board.working("ingestion", "dropping the same file once more"):
        journey.drop(AGAIN, (SAMPLE / "abalone.csv").read_bytes())
        _settled(journey, AGAIN, "duplicate")
        version = journey.get(f"/pipelines/{PIPELINE}/runs")["runs"][0]["dataset_version"]
        journey.publish("DatasetReady", {"pipeline": PIPELINE, "dataset_version": version})
        board.tell("ingestion", "the same file again: recorded as a duplicate")


def _drift(journey: Journey, board: Board, seen: Seen) -> None:
    table = _table()
    heavier = [_heavier(row) for row in table[::5]]
    with board.working("monitoring", "waiting for the first window of predictions"):
        seen.drift["first predictions"] = wait_for(
            lambda: _drift_of(journey, "predictions"), "the first window of predictions", PATIENCE
        )["score"]
        with board.working("ingestion", "dropping a file from scales that read heavy"):
            journey.drop(SHIFTED, _csv(heavier))
            _settled(journey, SHIFTED, "accepted")
            board.tell("ingestion", "a duplicate told apart, a shifted file accepted")
        found = wait_for(
            lambda: _drift_of(journey, "drop"), "the shifted file being compared", PATIENCE
        )
        seen.drift["shifted file"], seen.drifted = found["score"], found["drifted"]
        journey.predict(PIPELINE, _instances(heavier)[:BATCH])
        found = wait_for(
            lambda: _moved(journey, seen.drift["first predictions"]),
            "the drift of predictions",
            PATIENCE,
        )
        seen.drift["shifted predictions"] = found["score"]
        wait_for(lambda: journey.metric("DriftScore", Pipeline=PIPELINE), "the metric", PATIENCE)
        if not seen.drifted:
            raise JourneyError(f"no drift was noticed in the shifted file: {found}")
        names = ", ".join(seen.drifted[:3])
        board.tell("monitoring", f"drift noticed in {len(seen.drifted)} features: {names}, …")
    seen.refused = wait_for(
        lambda: _refusal(journey), "the refusal to train on so few rows", PATIENCE
    )
    if len(journey.executions("TrainingStateMachine")) != 1:
        raise JourneyError("the same data started a second training run")


def _refusal(journey: Journey) -> str | None:
    runs = journey.get(f"/pipelines/{PIPELINE}/runs")["runs"]
    return next((str(run["reason"]) for run in runs if run["state"] == "refused"), None)


def _drift_of(journey: Journey, window: str) -> dict[str, Any] | None:
    drift: dict[str, Any] = journey.get(f"/pipelines/{PIPELINE}")["drift"]
    return drift.get(window)


def _moved(journey: Journey, score: float) -> dict[str, Any] | None:
    found = _drift_of(journey, "predictions")
    return found if found and found["score"] > max(2 * score, 0.1) else None


def _table() -> list[dict[str, str]]:
    """The sample's rows in an order of chance: as they stand, they come in lots."""
    with (SAMPLE / "abalone.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    random.Random(0).shuffle(rows)  # noqa: S311 - no secret
    return rows


def _instances(table: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            name: cell if name == "sex" else float(cell)
            for name, cell in row.items()
            if name != TARGET
        }
        for row in table
    ]


def _heavier(row: dict[str, str]) -> dict[str, str]:
    return {
        name: f"{float(cell) * 1.4:.4f}" if name.endswith("weight") else cell
        for name, cell in row.items()
    }


def _csv(table: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode()


def _summary(seen: Seen, seconds: float) -> Table:
    scores = {role: found["test"] for role, found in seen.evaluation["models"].items() if found}
    table = Table(title="What happened", title_justify="left", box=None, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    facts = {
        "champion": f"{PIPELINE}/{seen.model['model_version']}",
        "test RMSE": f"{scores['challenger']['rmse']:.4f}  (scikit-learn's default gradient "
        f"boosting on the same rows: {scores['default']['rmse']:.4f}; "
        f"the mean: {scores['baseline']['rmse']:.4f})",
        "predictions": f"{seen.equal} of {seen.equal} equal scikit-learn's own",
        "training": f"{seen.run['training_seconds']} s, billed {seen.run['billable_seconds']} s, "
        f"${seen.run['cost_usd']:.6f} ({seen.run['spot_savings_percent']:.0f}% saved by spot)",
        "same file again": "a duplicate drop; asked again, the same run was not repeated",
        "few new rows": seen.refused,
        "drift score": ", ".join(f"{name} {score:.3f}" for name, score in seen.drift.items()),
        "drifted": ", ".join(seen.drifted),
        "all of it took": f"{seconds:.0f} s",
    }
    for name, fact in facts.items():
        table.add_row(name, fact)
    return table
