"""Who bills, when, and who is told of it."""

import json
from typing import Any

import pytest
from aws_cdk import App

from app import build
from infra.costs import KEYS
from infra.notifications import HEARD
from infra.settings import Environment
from monitoring.notify.begun import BEGINS, ENDS
from monitoring.notify.news import TOLD_BY_EVENTS
from tests.infra.conftest import ROOT, Assembly

SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:chat-abc"  # noqa: S105 - a name
ADDRESSES = {"docs_url": "https://docs.example.org/t", "api_url": "https://api.example.org"}


def environment(assembly: Assembly, verb: str) -> dict[str, Any]:
    """The variables of a function of monitoring."""
    found: list[dict[str, Any]] = [
        function["Properties"]["Environment"]["Variables"]
        for _, function in assembly.resources("AWS::Lambda::Function")
        if function["Properties"].get("Description") == f"monitoring/{verb}"
    ]
    return found[0]


def test_the_keys_that_are_billed_are_those_there_are(assembly: Assembly) -> None:
    """The ledger's cost of rest is the template's."""
    keys = len(list(assembly.resources("AWS::KMS::Key")))
    assert environment(assembly, "bill")["TIDEMILL_KEYS"] == str(KEYS) == str(keys)


def test_a_workflow_is_named_after_its_stage_and_room(assembly: Assembly) -> None:
    """So that its transitions are billed where they belong."""
    for name, machine in assembly.resources("AWS::StepFunctions::StateMachine"):
        stack = name.partition("/")[0]
        assert machine["Properties"]["StateMachineName"].startswith(stack), name


def test_each_stage_is_billed_every_night(assembly: Assembly) -> None:
    """Once a day in all, and on Mondays with a look for what is idle."""
    rules = [
        rule["Properties"]
        for _, rule in assembly.resources("AWS::Events::Rule")
        if "Bill" in str(rule["Properties"]["Targets"])
        and "ScheduleExpression" in rule["Properties"]
    ]
    inputs = {rule["ScheduleExpression"]: rule["Targets"][0]["Input"] for rule in rules}
    assert {when: json.loads(text) for when, text in inputs.items()} == {
        "cron(15 1 ? * TUE-SUN *)": {},
        "cron(15 1 ? * MON *)": {"idle": True},
    }


def test_aws_looks_for_costs_unlike_before(assemblies: dict[str, Assembly]) -> None:
    """Of what carries the stage's tag, and tells the topic of alarms."""
    for stage in ("dev", "prod"):
        ((_, monitor),) = assemblies[stage].resources("AWS::CE::AnomalyMonitor")
        said = json.loads(monitor["Properties"]["MonitorSpecification"])
        assert (said["Tags"]["Key"], said["Tags"]["Values"]) == ("Stage", [stage])
        assert len(list(assemblies[stage].resources("AWS::CE::AnomalySubscription"))) == 1
    assert not list(assemblies["local"].resources("AWS::CE::AnomalyMonitor"))


def test_every_event_that_is_told_is_heard() -> None:
    """The rule lets through what begins or ends an incident, and nothing else."""
    assert set(HEARD["detail-type"]) == {*BEGINS, *ENDS}


def test_an_alarm_that_leaves_the_word_to_events_exists(assemblies: dict[str, Assembly]) -> None:
    """Were it renamed, people would be told twice."""
    alarms = {
        alarm["Properties"]["AlarmName"].removeprefix("Tidemill-prod-")
        for _, alarm in assemblies["prod"].resources("AWS::CloudWatch::Alarm")
    }
    assert set(TOLD_BY_EVENTS) <= alarms


def test_mails_tell_of_incidents_and_of_a_silent_messenger(assemblies: dict[str, Assembly]) -> None:
    """Raw alarms reach people only where they are about what tells of alarms."""
    mails = [
        subscription["Properties"]
        for _, subscription in assemblies["dev"].resources("AWS::SNS::Subscription")
        if subscription["Properties"]["Protocol"] == "email"
    ]
    filtered = [mail["FilterPolicy"]["AlarmName"] for mail in mails if "FilterPolicy" in mail]
    assert (len(mails), len(filtered)) == (2, 1)
    names = {
        alarm["Properties"]["AlarmName"]
        for _, alarm in assemblies["dev"].resources("AWS::CloudWatch::Alarm")
    }
    assert set(filtered[0]) <= names


def test_an_alarm_tells_of_its_end_too(assembly: Assembly) -> None:
    """Else every incident would be the last of its kind."""
    for name, alarm in assembly.resources("AWS::CloudWatch::Alarm"):
        assert alarm["Properties"]["OKActions"] == alarm["Properties"]["AlarmActions"], name
        assert "docs/operations.md#alarms." in str(alarm["Properties"]["AlarmDescription"]), name


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """A deployment with a chat and with Cost Explorer."""
    folder = tmp_path_factory.mktemp("chosen")
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(context=context, outdir=str(folder))
    choices = {"alarm_webhook": SECRET, "cost_explorer": "true", **ADDRESSES}
    build(app, Environment.of("dev", choices=choices))
    app.synth()
    return Assembly("dev", folder)


def test_a_chat_is_named_by_its_secret_alone(chosen: Assembly) -> None:
    """One function may read that secret, and no other."""
    assert environment(chosen, "notify")["TIDEMILL_WEBHOOK"] == SECRET
    readers = [
        name
        for name, statement in chosen.statements()
        if "secretsmanager:GetSecretValue" in str(statement["Action"])
    ]
    assert len(readers) == 1
    assert "NotifyRole" in readers[0]


def test_messages_know_the_addresses_that_were_told(
    chosen: Assembly, assemblies: dict[str, Assembly]
) -> None:
    """Of the documents and of the API; of those that were not they know none."""
    for name, address in ADDRESSES.items():
        assert environment(chosen, "notify")[f"TIDEMILL_{name.upper()}"] == address
        assert environment(assemblies["dev"], "notify")[f"TIDEMILL_{name.upper()}"] == ""


@pytest.mark.parametrize("address", ["http://docs.example.org", "docs", "https://a b"])
@pytest.mark.parametrize("name", ["docs_url", "api_url"])
def test_an_address_is_https(name: str, address: str) -> None:
    """Whoever follows a link of a message goes there safely."""
    with pytest.raises(ValueError, match=name):
        Environment.of("dev", choices={name: address})


def test_cost_explorer_is_asked_only_by_choice(
    chosen: Assembly, assemblies: dict[str, Assembly]
) -> None:
    """It costs a cent each time."""
    for assembly, asked in ((chosen, True), (assemblies["dev"], False)):
        may = any("ce:GetCostAndUsage" in str(each["Action"]) for _, each in assembly.statements())
        assert may is asked
        assert environment(assembly, "bill")["TIDEMILL_COST_EXPLORER"] == str(int(asked))


@pytest.mark.parametrize("address", ["https://hooks.slack.com/services/T/B/x", "chat"])
def test_an_address_in_the_open_is_refused(address: str) -> None:
    """The setting takes the ARN of a secret of Secrets Manager."""
    with pytest.raises(ValueError, match="alarm_webhook"):
        Environment.of("dev", choices={"alarm_webhook": address})
