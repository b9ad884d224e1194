"""The page and the schema of the contract are those of the code."""

import json
import re
from pathlib import Path

from tidemill.contract import (
    Column,
    Contract,
    Format,
    Monitor,
    Privacy,
    Serving,
    Source,
    Training,
    parse_contract,
)
from tidemill.contract.sections import Release

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
    assert {f"privacy.{name}" for name in Privacy.model_fields} <= rows
    assert {f"serving.{name}" for name in Serving.model_fields} <= rows
    assert {f"release.{name}" for name in Release.model_fields} <= rows
    assert "monitor.capture" in rows
    assert {f"format.{name}" for name in Format.model_fields} <= rows
    assert set(Source.model_fields) - rows == {"columns", "join", "tolerate", "format"}
    bounds = {"min", "max"}
    assert set(Column.model_fields) - bounds <= rows
    assert "| `min`, `max` |" in PAGE


def test_the_examples_of_sources_are_contracts() -> None:
    """With the few lines that a contract needs besides."""
    files, several = re.findall(r"```yaml\n(sources:.*?)```", PAGE, re.DOTALL)
    contract = parse_contract(f"pipeline: returns\ntarget: returned\n{several}")
    assert list(contract.feature_columns()) == ["amount", "country"]
    readings = parse_contract(f"pipeline: a\ntarget: level\n{files}      x: {{type: int}}\n")
    assert readings.sources["readings"].missing_columns == "null"


def test_the_example_of_privacy_is_one() -> None:
    """It names columns, and nothing else is needed."""
    (privacy,) = re.findall(r"```yaml\n(privacy:.*?)```", PAGE, re.DOTALL)
    contract = parse_contract(
        "pipeline: a\ntarget: y\nsources: {rows: {columns: {x: {type: int}, y: {type: int},"
        f" customer: {{type: id}}, full_name: {{type: text}}}}}}}}\n{privacy}"
    )
    assert contract.privacy.subject == "customer"
