"""A fresh environment of the function: import its handler, answer one request, print the answer."""

import json
import sys

sys.path[:0] = json.loads(sys.argv[1])

from inference.predict.handler import handler  # noqa: E402 - the paths come first

event = {
    "pathParameters": {"name": "bench"},
    "headers": {"Content-Type": "application/json"},
    "body": sys.argv[2],
}
print(json.dumps(handler(event, None)))
