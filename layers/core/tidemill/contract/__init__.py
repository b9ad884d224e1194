"""The contract: what a pipeline's data must be, and what may be done and spent with it."""

from tidemill.contract.columns import Column, Format, Source
from tidemill.contract.compatibility import signature_breaks
from tidemill.contract.document import Contract
from tidemill.contract.parse import parse_contract
from tidemill.contract.sections import Gate, Monitor, Privacy, Retrain, Serving, Training
from tidemill.contract.words import LOWER_IS_BETTER, METRICS, NAME_RULE, Task, is_name

__all__ = [
    "LOWER_IS_BETTER",
    "METRICS",
    "NAME_RULE",
    "Column",
    "Contract",
    "Format",
    "Gate",
    "Monitor",
    "Privacy",
    "Retrain",
    "Serving",
    "Source",
    "Task",
    "Training",
    "is_name",
    "parse_contract",
    "signature_breaks",
]
