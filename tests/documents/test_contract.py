"""The page and the schema of the contract are those of the code."""

import json
import re
from pathlib import Path

from tidemill.contract import Contract, Monitor, Training, parse_contract

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "contract.md").read_text()


def test_the_schema_is_current() -> None:
    """`make schema` writes it anew."""
    assert json.loads((DOCS / "contract.schema.json").read_text()) == Contract.model_json_schema()


def test_every_part_stands_on_the_page() -> None:
    """Each section, and each field of those that have a table of their own."""
    rows = set(re.findall(r"^\| `([a-z_.]+)`", PAGE, re.MULTILINE))
    assert set(Contract.model_fields) <= rows
    assert {f"training.{name}" for name in Training.model_fields} - rows == {"training.seed"}
    retrain = Monitor.model_fields["retrain"].default
    assert {f"monitor.retrain.{name}" for name in type(retrain).model_fields} <= rows


def test_the_example_of_several_sources_is_a_contract() -> None:
    """With the few lines that a contract needs besides."""
    (sources,) = re.findall(r"```yaml\n(sources:.*?)```", PAGE, re.DOTALL)
    contract = parse_contract(f"pipeline: returns\ntarget: returned\n{sources}")
    assert list(contract.feature_columns()) == ["amount", "country"]
