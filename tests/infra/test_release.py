"""What the release room promises of what it deploys."""

from tests.infra.conftest import Assembly, listed


def test_a_release_that_ends_badly_is_settled(assembly: Assembly) -> None:
    """Aborted, timed out or failed: the model goes off trial all the same."""
    rules = [
        rule["Properties"]["EventPattern"]["detail"]
        for name, rule in assembly.resources("AWS::Events::Rule")
        if "-Release/" in name and "ReleaseEnded" in name
    ]
    assert [set(detail["status"]) for detail in rules] == [{"FAILED", "TIMED_OUT", "ABORTED"}]


def test_a_rollback_raises_an_alarm(assembly: Assembly) -> None:
    """Of any pipeline of the stage."""
    (alarm,) = (
        alarm["Properties"]
        for _, alarm in assembly.resources("AWS::CloudWatch::Alarm")
        if alarm["Properties"]["AlarmName"].endswith("-ReleaseRolledBack")
    )
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Tidemill", "ReleasesRolledBack")
    assert alarm["Dimensions"] == [{"Name": "Stage", "Value": assembly.stage}]


def test_only_the_check_of_releases_reads_metrics_there(assembly: Assembly) -> None:
    """And it starts nothing: what follows is the workflow's."""
    actions = {
        action
        for name, statement in assembly.statements()
        if "-Release/CheckRole" in name
        for action in listed(statement["Action"])
    }
    assert "cloudwatch:GetMetricData" in actions
    assert not [action for action in actions if action.startswith(("states:", "events:", "s3:"))]
