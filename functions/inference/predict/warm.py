"""What is done before a snapshot is taken, so that no restored environment has to."""

import http.client  # noqa: F401 - imported late elsewhere: a snapshot has it already

from inference.predict.capture import write_lines
from inference.predict.cells import Instances
from inference.predict.request import parse_form, read_instances
from tidemill.artifact import Feature, Signature
from tidemill.connection import trusting


def warm() -> None:
    """Read the trusted certificates and go through a request once, without calling anybody."""
    trusting()
    signature = Signature((Feature("number", "float"), Feature("category", "category", ("a",))))
    form = parse_form('{"instances": [{"number": 1.5, "category": "a"}], "ids": ["warm"]}')
    request = read_instances(form, Instances(signature, "target"))
    write_lines("warm/1", request, [{"id": "warm", "value": 1.0}])
