"""Refusals that SageMaker hands on whole: of what a container says was wrong, it keeps so much.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

import json
from typing import Any

MOST_CHARACTERS = 2_000


def brief(answer: dict[str, Any]) -> dict[str, Any]:
    """The same answer; of a refusal that is too long, with as many of its faults as fit."""
    if answer["statusCode"] < 400 or len(answer["body"]) <= MOST_CHARACTERS:
        return answer
    document = json.loads(answer["body"])
    document["detail"] = document["detail"][: MOST_CHARACTERS // 4]
    faults = document.pop("errors", [])
    size = len(json.dumps({**document, "errors": []}))
    fitting = []
    for fault in faults:
        size += len(json.dumps(fault)) + len(", ")
        if size > MOST_CHARACTERS:
            break
        fitting.append(fault)
    return {**answer, "body": json.dumps({**document, "errors": fitting})}
