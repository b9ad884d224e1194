"""When an endpoint is cheaper than a function, by what a request takes here and prices there.

    python -m bench.breakeven [INSTANCE [REGION]]

One row through the whole handler, and through the endpoint over loopback, of the same model. A
function of 1,024 MB has its share of a processor, of which 1,769 MB are a whole one; what Lambda's
runtime adds to a request is not counted:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

import contextlib
import io
import json
import statistics
import sys
import time

from bench.fitted import Fitted, fitted, instances
from bench.served import serve
from bench.servers import measured, ours
from infra.breakeven import FUNCTION_GB, Request, report

PIPELINE = "bench"
PROCESSOR_MB = 1_769
REPEATS = 500
SECONDS = 3.0


def main(arguments: list[str]) -> None:
    """Print the report for each model."""
    for model in fitted():
        function = _handler_seconds(model) / min(1.0, FUNCTION_GB * 1_024 / PROCESSOR_MB)
        _, rate = measured(model, ours(model), SECONDS)
        print(f"{model.name}: function {function * 1e3:.3f} ms, server {1e3 / rate:.3f} ms")
        print(report(Request(function, 1 / rate), *arguments[:2]))


def _handler_seconds(model: Fitted) -> float:
    """The median of one row, when the model is loaded."""
    handler = serve(model.artifact.read_bytes(), PIPELINE)
    event = {
        "pathParameters": {"name": PIPELINE},
        "queryStringParameters": None,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"instances": instances(1)}),
        "isBase64Encoded": False,
    }
    spent = []
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(REPEATS):
            started = time.perf_counter()
            answer = handler(event, None)
            spent.append(time.perf_counter() - started)
    if answer["statusCode"] != 200:
        raise RuntimeError(answer["body"])
    return statistics.median(spent)


if __name__ == "__main__":
    main(sys.argv[1:])
