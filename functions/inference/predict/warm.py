"""What is done before a snapshot is taken, so that no restored environment has to."""

import importlib
import ssl

from inference.predict.capture import write_lines
from inference.predict.cells import Instances
from inference.predict.request import parse_form, read_instances
from tidemill.artifact import Feature, Signature

# A restored environment signs with credentials that botocore fetches.
NEEDED_LATER = ("tidemill.aws", "botocore.credentials", "botocore.httpsession")


def warm() -> None:
    """Import what is imported late and go through a request once, without calling anybody."""
    for module in NEEDED_LATER:
        importlib.import_module(module)
    ssl.create_default_context()
    signature = Signature((Feature("number", "float"), Feature("category", "category", ("a",))))
    form = parse_form('{"instances": [{"number": 1.5, "category": "a"}], "ids": ["warm"]}')
    request = read_instances(form, Instances(signature, "target"))
    write_lines("warm/1", request, [{"id": "warm", "value": 1.0}])
