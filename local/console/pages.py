"""The pages but that of a pipeline: an overview, dashboards, alarms and executions."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from local.console import chart, workflow
from local.console.html import facts, link, moment, section, state, table
from local.console.incidents import incidents
from local.console.reading import Reader, faults
from local.console.records import STAGE, Document
from local.console.series import graphs
from local.console.states import states_of, visits, ways

LATEST = 8


def overview(reader: Reader) -> Markup:
    """How it is going: what fires, who serves, what runs, what went wrong."""
    alarms, pipelines = reader.alarms(), reader.records.pipelines()
    firing = [alarm for alarm in alarms if alarm["StateValue"] == "ALARM"]
    executions = _executions(reader)
    running = [each for _, each in executions if each["status"] == "RUNNING"]
    open_ones = {
        name: [each for each in found.values() if each["state"] == "open"]
        for name in (*pipelines, STAGE)
        if (found := reader.records.of(name, "incident#")) is not None
    }
    tiles = {
        "pipelines": len(pipelines),
        "alarms that fire": len(firing),
        "executions under way": len(running),
        "open incidents": sum(map(len, open_ones.values())),
    }
    told = [each for found in open_ones.values() for each in found]
    return Markup("").join(
        (
            _tiles(tiles),
            section("Pipelines", _pipelines(reader, pipelines, open_ones)),
            section("Alarms that fire", _alarms(firing, "None.")),
            section("Incidents", incidents(told, whose=True)),
            section("Latest executions", _table(executions[:LATEST])),
        )
    )


def _tiles(tiles: dict[str, int]) -> Markup:
    each = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
    return Markup('<dl class="tiles">{}</dl>').format(
        Markup("").join(each.format(name, count) for name, count in tiles.items())
    )


def _pipelines(
    reader: Reader, names: Sequence[str], open_ones: dict[str, list[Document]]
) -> Markup:
    rows = []
    for name in names:
        champion = reader.records.one(name, "champion")
        drops = reader.records.of(name, "drop#")
        latest = max((str(drop["landed_at"]) for drop in drops.values()), default=None)
        serving = champion.get("model_version")
        rows.append(
            (
                link(name, f"/pipelines/{name}"),
                f"model {serving}" if serving else None,
                len(drops),
                moment(latest),
                len(open_ones[name]),
            )
        )
    headings = ("pipeline", "serves", "drops", "latest drop", "open incidents")
    return table(headings, rows, "None yet: drop a pipeline.yaml into the landing bucket.")


def alarms(reader: Reader) -> Markup:
    """Every alarm, those that fire first."""
    return _alarms(reader.alarms(), "There are no alarms: nothing is deployed yet.")


def _alarms(found: Sequence[Document], empty: str) -> Markup:
    rows = [
        (
            alarm["AlarmName"],
            state(alarm["StateValue"]),
            moment(alarm.get("StateUpdatedTimestamp")),
            alarm.get("AlarmDescription"),
            alarm.get("StateReason"),
        )
        for alarm in found
    ]
    return table(("alarm", "state", "since", "what it means", "why"), rows, empty)


def dashboard(reader: Reader, body: Document) -> Markup:
    """Its widgets, row by row, as CloudWatch lays them out and as the width allows."""
    drawn = iter(graphs(body["widgets"], reader.client("cloudwatch")))
    parts: list[Markup] = []
    row: list[Markup] = []
    now = datetime.now().astimezone().timestamp()
    for widget in body["widgets"]:
        if widget["type"] == "metric":
            row.append(chart.draw(next(drawn), now))
            continue
        parts.append(_graphs(row))
        row = []
        if widget["type"] == "text":
            title = widget["properties"]["markdown"].lstrip("# ")
            parts.append(Markup("<h2>{}</h2>").format(title))
        elif widget["type"] == "alarm":
            parts.append(section("Alarms", _chips(reader, widget["properties"]["alarms"])))
    return Markup("").join((*parts, _graphs(row)))


def _graphs(row: Sequence[Markup]) -> Markup:
    if not row:
        return Markup("")
    return Markup('<div class="graphs">{}</div>').format(Markup("").join(row))


def _chips(reader: Reader, arns: Sequence[str]) -> Markup:
    wanted = {arn.rpartition(":")[2] for arn in arns}
    shown = [alarm for alarm in reader.alarms() if alarm["AlarmName"] in wanted]
    chip = Markup("<li>{} {}</li>")
    return Markup('<ul class="chips">{}</ul>').format(
        Markup("").join(chip.format(a["AlarmName"], state(a["StateValue"])) for a in shown)
    )


def executions(reader: Reader) -> Markup:
    """The newest of every state machine."""
    found = _executions(reader)
    names = [machine["name"] for machine in reader.machines()]
    return Markup("").join(
        section(name, _table([each for each in found if each[0] == name])) for name in names
    )


def _executions(reader: Reader) -> list[tuple[str, Document]]:
    found = [
        (str(machine["name"]), execution)
        for machine in reader.machines()
        for execution in reader.executions(machine)
    ]
    return sorted(found, key=lambda each: each[1]["startDate"], reverse=True)


def _table(found: Sequence[tuple[str, Document]]) -> Markup:
    rows = [
        (
            link(execution["name"], f"/executions/{machine}/{execution['name']}"),
            machine,
            state(execution["status"]),
            moment(execution["startDate"]),
            _took(execution),
        )
        for machine, execution in found
    ]
    headings = ("execution", "workflow", "status", "began", "took")
    return table(headings, rows, "None yet.")


def _took(execution: Document) -> str | None:
    stop = execution.get("stopDate")
    return f"{(stop - execution['startDate']).total_seconds():.1f} s" if stop else None


def execution(found: Document) -> Markup:
    """Its graph with the states' status, what went wrong on the way, and what it was given."""
    states = list(states_of(found["definition"]))
    seen = visits(found["history"], found["status"])
    wrong = [(moment(at), error, cause) for at, error, cause in faults(found["history"])]
    entered = [
        (s.name, s.kind, state(v.status), moment(v.entered), f"{v.seconds:.1f} s")
        for s in states
        if (v := seen.get(s.name)) is not None
    ]
    return Markup("").join(
        (
            facts(
                {
                    "status": state(found["status"]),
                    "began": moment(found["startDate"]),
                    "took": _took(found),
                }
            ),
            section("States", workflow.draw(states, seen, ways(found["history"]))),
            section(
                "What was entered",
                table(
                    ("state", "kind", "status", "first entered", "took"), entered, "Nothing yet."
                ),
            ),
            section("What went wrong", table(("when", "error", "cause"), wrong, "Nothing.")),
            section("Input", _pre(found.get("input", ""))),
        )
    )


def _pre(text: str) -> Markup:
    try:
        value: Any = json.loads(text)
    except ValueError:
        value = text
    return Markup("<pre>{}</pre>").format(json.dumps(value, indent=2, ensure_ascii=False))
