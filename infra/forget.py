"""`make forget`: have a stage forget a person, and say what was done and what is left to do."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import boto3
from rich.console import Console
from rich.table import Table

from infra.signed_api import Operator, OperatorError, api_url

SUBJECT = "TIDEMILL_SUBJECT"  # in the environment: a command line can be seen by others
POLL_SECONDS = 2.0
LONGEST_SECONDS = 24 * 3600.0
LISTED = 20


def main(stage: str, pipeline: str, subject: str, console: Console) -> int:
    """Ask the stage on AWS; 0 if the person is forgotten, 1 with the reason if not."""
    try:
        session = boto3.Session()
        address = api_url(session.client("cloudformation"), stage)
        with Operator(address, session) as operator:
            forget(operator, pipeline, subject, console)
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def forget(  # noqa: PLR0913 - whom, where, and how to wait
    operator: Operator,
    pipeline: str,
    subject: str,
    console: Console,
    *,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Ask, wait, show the report; OperatorError where it is refused or does not end in a day."""
    if not pipeline:
        raise OperatorError("Name the pipeline: PIPELINE=name.")
    subject = subject or _ask_who(console)
    path = f"/pipelines/{pipeline}/forget"
    request = operator.post(path, {"subject": subject})["request_id"]
    console.print(f"Request {request}")
    end = clock() + LONGEST_SECONDS
    with console.status("Waiting for its turn") as status:
        while clock() < end:
            report = operator.find(f"{path}/{request}")
            if report and report["state"] != "running":
                break
            if report:
                status.update(f"Forgetting: {_total(report)} rows so far")
            pause(POLL_SECONDS)
        else:
            raise OperatorError(f"Request {request} did not end within a day; see its queue.")
    if report["state"] == "refused":
        raise OperatorError(f"Nobody was forgotten: {report['reason']}.")
    show(report, console)


def show(report: dict[str, Any], console: Console) -> None:
    """Print what went, by store, and everything that is left for people to decide."""
    table = Table("store")
    for title in ("rows removed", "objects", "rows that name nobody"):
        table.add_column(title, justify="right")
    for store in dict.fromkeys((*report["removed"], *report["unnamed"])):
        gone, unnamed = report["removed"].get(store, {}), report["unnamed"].get(store, {})
        counts = (gone.get("rows", 0), gone.get("objects", 0), unnamed.get("rows", 0))
        table.add_row(store, *(f"{count:,}" for count in counts))
    if table.row_count:
        console.print(table)
    if not report["removed"]:
        console.print("No stored row is theirs.")
    _list(console, "Landed objects that hold the person, yours to delete:", report["raw_objects"])
    _list(
        console,
        "Landed objects that became no rows, yours to look at:",
        report["unread_objects"],
    )
    if not report["models"]:
        console.print("No model was trained on them.")
        return
    console.print(f"Trained on them: {', '.join(_model(v, report) for v in report['models'])}.")
    console.print("What is trained from now on is not; the models stay as they are.")


def _ask_who(console: Console) -> str:
    try:
        return console.input("Who is to be forgotten? ")
    except EOFError:
        raise OperatorError("Name the person as the data do: SUBJECT=value.") from None


def _total(report: dict[str, Any]) -> str:
    return f"{sum(tally['rows'] for tally in report['removed'].values()):,}"


def _model(version: int, report: dict[str, Any]) -> str:
    return f"model {version}{' (champion)' if version == report['champion'] else ''}"


def _list(console: Console, title: str, objects: Iterable[dict[str, Any]]) -> None:
    found = list(objects)
    if not found:
        return
    console.print(title)
    for each in found[:LISTED]:
        version = f"  version {each['version_id']}" if each["version_id"] else ""
        console.print(f"  {each['uri']}{version}", markup=False, soft_wrap=True)
    if len(found) > LISTED:
        console.print(f"  and {len(found) - LISTED:,} more, in the report")


if __name__ == "__main__":
    STAGE, PIPELINE = sys.argv[1:3]
    sys.exit(main(STAGE, PIPELINE, os.environ.get(SUBJECT, ""), Console()))
