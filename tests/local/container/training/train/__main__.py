# ruff: noqa: T201 - a container's output is its log
"""A training container in miniature: counts to `steps`, keeping the count as its checkpoint."""

import json
import os
import signal
import sys
import time
from pathlib import Path

root = Path(os.environ["SAGEMAKER_BASE_DIR"])
wishes = json.loads((root / "input/config/hyperparameters.json").read_text())
ended: list[int] = []
signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))

host = json.loads((root / "input/config/resourceconfig.json").read_text())["current_host"]
if wishes.get("fail_on") == host:
    sys.exit(1)
checkpoint = root / "checkpoints" / "count"
start = count = int(checkpoint.read_text()) if checkpoint.exists() else 0
print(f"start={start} seen={sorted(p.name for p in (root / 'input/data').rglob('*.csv'))}")
stubborn = "stubborn" in wishes
while count < int(wishes.get("steps", "1")) and (stubborn or not ended):
    count += 1
    checkpoint.write_text(str(count))
    time.sleep(0.02)

if "fail" in wishes:
    (root / "output" / "failure").write_text(wishes["fail"])
    sys.exit(1)
(root / "output" / "data" / "report.txt").write_text("report")
seen = {"count": count, "start": start, "env": dict(os.environ)}
seen |= {
    name: json.loads((root / f"input/config/{name}.json").read_text())
    for name in ("hyperparameters", "resourceconfig", "inputdataconfig")
}
(root / "model" / "seen.json").write_text(json.dumps(seen))
print(f"rmse: {count}.5")
