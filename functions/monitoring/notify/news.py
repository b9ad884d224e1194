"""What a message of an alarm, of AWS's watchmen or of the bus says, as news of an incident."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitoring.notify.begun import ENDS, begins
from tidemill.costs import STAGE
from tidemill.incidents import Words
from tidemill.records import now

# The bus says more of these, pipeline by pipeline, than the alarm on all of them; and code that is
# taken back may have raised several. After its release, alarms on the API have the word.
TOLD_BY_EVENTS = (
    "CodeApiErrors",
    "CodeErrors",
    "CodeFailures",
    "CodeLatency",
    "CodeRefusals",
    "DataDrift",
    "RealizedQuality",
    "ReleaseRolledBack",
)
CODE_RELEASED = "CodeDeploy Deployment State-change Notification"


UNSAID = Words("")


@dataclass(frozen=True, kw_only=True)
class News:
    """That something of a kind began or is over, for one pipeline or the stage (`_stage`)."""

    subject: str
    kind: str
    at: str
    over: bool = False
    words: Words = UNSAID


def read(body: str, stage: str) -> list[News]:
    """The news in a message's body; none where it is about what others tell better."""
    try:
        message = json.loads(body)
    except ValueError:
        return [_watchman("AwsBudget", body)]
    if "AlarmName" in message:
        return _of_alarm(message, stage)
    if message.get("detail-type") == CODE_RELEASED:
        return [_of_code(message["detail"], message["time"])]
    if "detail-type" in message:
        return _of_event(message["detail-type"], message["detail"], message["time"])
    return [_watchman("CostAnomaly", _anomaly(message))]


def _of_alarm(message: Mapping[str, Any], stage: str) -> list[News]:
    kind = message["AlarmName"].removeprefix(f"Tidemill-{stage}-")
    if kind in TOLD_BY_EVENTS:
        return []
    said = message.get("AlarmDescription") or ""
    what, _, todo = said.partition(". ")
    return [
        News(
            subject=STAGE,
            kind=kind,
            at=_moment(message["StateChangeTime"]),
            over=message["NewStateValue"] != "ALARM",
            words=Words(what, todo, alarm=message["AlarmName"]),
        )
    ]


def _of_event(name: str, detail: Mapping[str, Any], at: str) -> list[News]:
    subject, moment = detail["pipeline"], _moment(at)
    begun = begins(name, detail)
    if begun is not None:
        kind, words = begun
        return [News(subject=subject, at=moment, kind=kind, words=words)]
    return [News(subject=subject, kind=kind, at=moment, over=True) for kind in ENDS.get(name, ())]


def _of_code(detail: Mapping[str, Any], at: str) -> News:
    """A release that did not come through; each is an incident, for the next one is another's."""
    function, deployment = detail["application"].rpartition("-")[2], detail["deploymentId"]
    return News(
        subject=STAGE,
        kind=f"CodeReleaseRolledBack#{deployment}",
        at=_moment(at),
        words=Words(
            f"A release of the code of {function} was taken back: deployment {deployment}",
            "See which alarm it was and read the function's log; mend the code and deploy again.",
            done="the version before answers all requests",
            section="releases-of-code",
        ),
    )


def _watchman(kind: str, what: str) -> News:
    """AWS's own: they say neither when it began nor when it is over; a month has one of each."""
    moment = now()
    todo = "GET /v1/pipelines/{name} has the cost by room; Cost Explorer has what AWS bills."
    return News(
        subject=STAGE,
        kind=f"{kind}#{moment[:7]}",
        at=moment,
        words=Words(what.strip().partition("\n")[0] or kind, todo, section="costs"),
    )


def _anomaly(message: Mapping[str, Any]) -> str:
    impact = message.get("impact", {}).get("totalImpact", "some")
    return f"AWS sees a cost unlike before: ${impact} more than it expected"


def _moment(said: str) -> str:
    """As our records write it: CloudWatch says `+0000`, EventBridge `Z`."""
    return said.replace("+0000", "Z")
