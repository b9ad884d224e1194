"""What is kept of a champion's losses."""

from dataclasses import asdict

from monitoring.measure.promise import Promise, add_losses, begin
from tidemill.risk import Loss

PROMISE = Promise("brier", 1.0, Loss(0.2, 0.18, 0.22, 500))


def test_losses_of_an_earlier_version_begin_again() -> None:
    """Another stretch begins, of the losses that come from now on."""
    record = begin({}, "shells/1", PROMISE)
    former = {**record["sums"], "rows": 900, "weights": 9.0, "weighted": 3.0, "slack": 0.5}
    kept = {**record, "sums": former, "seen": ["one"], "realised": asdict(PROMISE.promised)}
    found = add_losses(kept, "two", [0.1, 0.3], "2026-11-22T10:00:00Z")
    assert (found["stretch"], found["realised"]["rows"], found["realised"]["value"]) == (2, 2, 0.2)
    assert found["seen"] == ["one", "two"]
