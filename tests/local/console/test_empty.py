"""The console before the first drop."""

from local.console.site import Console
from tests.local.console.test_site import get


def test_a_cloud_in_which_nothing_happened_says_so(empty: Console) -> None:
    """No page is blank or broken before the first drop."""
    for path, said in {
        "": "drop a pipeline.yaml",
        "/alarms": "nothing is deployed yet",
        "/executions": "<h1>Executions</h1>",
    }.items():
        answer = get(empty, path)
        assert answer.status == 200
        assert said in answer.body.decode()
