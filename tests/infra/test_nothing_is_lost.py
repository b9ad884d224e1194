"""Queues, dead letters, alarms: work that fails waits, and somebody is told."""

from tests.infra.conftest import Assembly


def reference(value: dict[str, list[str]]) -> str:
    return value["Fn::GetAtt"][0]


def test_every_queue_has_dead_letters_with_an_alarm(assembly: Assembly) -> None:
    """What fails four times waits two weeks in a queue that an alarm watches."""
    queues = dict(assembly.resources("AWS::SQS::Queue"))
    watched = {
        f"{name.split('/')[0]}/{dimension['Value']['Fn::GetAtt'][0]}"
        for name, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        for dimension in alarm["Properties"].get("Dimensions", [])
        if dimension["Name"] == "QueueName"
    }
    assert queues
    for name, queue in queues.items():
        redrive = queue["Properties"].get("RedrivePolicy")
        if redrive is None:
            assert name in watched
            assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 86400
        else:
            target = reference(redrive["deadLetterTargetArn"])
            assert "RedrivePolicy" not in queues[f"{name.split('/')[0]}/{target}"]["Properties"]


def test_every_rule_keeps_what_it_cannot_deliver(assembly: Assembly) -> None:
    """An event that EventBridge cannot hand over falls into the dead letters."""
    for name, rule in assembly.resources("AWS::Events::Rule"):
        for target in rule["Properties"]["Targets"]:
            assert "DeadLetterConfig" in target, name


def test_every_queue_waits_six_times_its_worker(assembly: Assembly) -> None:
    """A message is not handed out again while a function may still be working on it."""
    resources = dict(assembly.resources())
    mappings = list(assembly.resources("AWS::Lambda::EventSourceMapping"))
    assert mappings
    for name, mapping in mappings:
        stack = name.split("/")[0]
        queue = resources[f"{stack}/{reference(mapping['Properties']['EventSourceArn'])}"]
        function = resources[f"{stack}/{mapping['Properties']['FunctionName']['Ref']}"]
        patience = queue["Properties"]["VisibilityTimeout"]
        assert patience >= 6 * function["Properties"]["Timeout"], name


def test_every_message_of_a_batch_is_accounted_for(assembly: Assembly) -> None:
    """One message that fails takes no other back with it."""
    for name, mapping in assembly.resources("AWS::Lambda::EventSourceMapping"):
        answers = mapping["Properties"]["FunctionResponseTypes"]
        assert answers == ["ReportBatchItemFailures"], name


def test_every_landed_object_goes_to_exactly_one_queue(assembly: Assembly) -> None:
    """Contracts one way, everything else the other: nothing falls between, nothing twice.

    Files to be scored go a third way too: whoever ingests drops leaves them alone.
    """
    keys = [
        rule["Properties"]["EventPattern"]["detail"]["object"]["key"]
        for name, rule in assembly.resources("AWS::Events::Rule")
        if "Landed" in name
    ]
    contract = {"suffix": "/pipeline.yaml"}
    ways = [[contract], [{"anything-but": contract}], [{"wildcard": "*/_batch/*"}]]
    assert sorted(keys, key=str) == sorted(ways, key=str)


def test_every_alarm_has_our_name_tells_the_topic_and_says_what_to_do(assembly: Assembly) -> None:
    """An alarm is found by its prefix, is heard, and carries its instructions."""
    alarms = list(assembly.resources("AWS::CloudWatch::Alarm"))
    for name, alarm in alarms:
        properties = alarm["Properties"]
        assert properties["AlarmName"].startswith(f"Tidemill-{assembly.stage}-"), name
        (action,) = properties["AlarmActions"]
        assert "Alarms" in str(action), name
        nightly = str(properties.get("MetricName")).endswith(("USD", "BudgetUsedPercent"))
        assert properties["TreatMissingData"] == ("ignore" if nightly else "notBreaching"), name
        assert len(str(properties["AlarmDescription"])) > 60, name
    names = [alarm["Properties"]["AlarmName"] for _, alarm in alarms]
    assert len(set(names)) == len(names)


def test_what_matters_to_a_user_raises_an_alarm(assembly: Assembly) -> None:
    """Failing workflows and API, slow answers, drift, cost and quarantined drops are noticed."""
    names = {
        alarm["Properties"]["AlarmName"].removeprefix(f"Tidemill-{assembly.stage}-")
        for _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
    }
    assert names >= {
        "IngestionWorkflowFailures",
        "TrainingWorkflowFailures",
        "ReleaseWorkflowFailures",
        "ApiErrors",
        "ApiLatency",
        "DataDrift",
        "MonthlyCost",
        "DropsQuarantined",
        "CaptureDelivery",
        "CapturesLost",
    }


def test_every_function_of_ours_raises_an_alarm_on_errors(assembly: Assembly) -> None:
    """A function that raises is noticed."""
    watched = {
        f"{name.split('/')[0]}/{dimension['Value'].get('Ref')}"
        for name, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm["Properties"].get("Namespace") == "AWS/Lambda"
        for dimension in alarm["Properties"]["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }
    functions = {
        name
        for name, function in assembly.resources("AWS::Lambda::Function")
        if str(function["Properties"]["Runtime"]).startswith("python")
    }
    assert functions == watched
