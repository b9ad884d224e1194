"""A draft contract for a drop that has none."""

import gzip
import json
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.ingest.draft.draft import draft
from tidemill.contract import Contract, parse_contract
from tidemill.errors import DropError

from .conftest import Shore

ROWS = "sex;length;born;note;id;wet;rings\n" + "".join(
    f"{'MF'[n % 2]};{n / 10 if n % 7 else '?'};2026-01-{n % 28 + 1:02};n {n};{n};yes;{n % 9}\n"
    for n in range(60)
)


@pytest.fixture
def shore() -> Shore:
    return Shore()


def written(shore: Shore, name: str) -> Contract | None:
    found = shore.store.objects.get(f"s3://landing/shells/{name}")
    return parse_contract(found[-1], "shells") if found else None


def text_of(shore: Shore, body: str, target: str | None = None, name: str = "a.csv") -> str:
    """The draft of a file, which parses."""
    landed = shore.put(f"shells/rows/{name}", body)
    if target:
        shore.store.tags[landed.uri] = {"target": target}
    text = draft(landed, shore.store).text
    parse_contract(text, "shells")
    return text


def lines_of(text: str) -> dict[str, str]:
    """The draft's lines by what stands before the colon."""
    return {line.split(":")[0].strip(' "'): line for line in text.splitlines()}


def csv(names: str, rows: Sequence[Sequence[object]]) -> str:
    return "\n".join([names, *(",".join(map(str, row)) for row in rows), ""])


def test_types_markers_and_target_are_suggested(shore: Shore) -> None:
    """The narrowest type that all present cells fit; the last column as a guess of the target."""
    drop = shore.drop("shells/rows/a.csv", ROWS)
    assert drop.state == "quarantined"
    assert "shells/pipeline.draft.yaml is a draft of one" in drop.reasons[0]
    contract = written(shore, "pipeline.draft.yaml")
    assert contract is not None
    columns = contract.sources["rows"].columns
    assert {name: column.type for name, column in columns.items()} == {
        "sex": "category",
        "length": "float",
        "born": "timestamp",
        "note": "text",
        "id": "id",
        "wet": "bool",
        "rings": "int",
    }
    assert columns["length"].missing == ("", "?")
    assert (columns["length"].nullable, columns["rings"].nullable) == (True, False)
    assert columns["id"].unique
    assert (contract.target, contract.task) == ("rings", "regression")
    assert written(shore, "pipeline.yaml") is None


@pytest.mark.parametrize("cells", [["b", "c", "d"], ["2026-01-01", "2026-01-02", "2026-01-03"]])
def test_a_target_that_cannot_be_predicted_gets_no_values(shore: Shore, cells: list[str]) -> None:
    """Texts and moments are no classes: only the name of the target is left to mend."""
    shore.drop("shells/rows/a.csv", csv("id,what", [[f"x{n}", c] for n, c in enumerate(cells)]))
    (body,) = shore.store.objects["s3://landing/shells/pipeline.draft.yaml"]
    assert "name the one to predict" in body.decode()
    assert "values" not in body.decode()


@pytest.mark.parametrize(
    ("name", "body", "state", "reason"),
    [
        ("a.zip", "PK", "rejected", "UnsupportedFormatError: 'zip' is no format Tidemill reads"),
        ("a.csv", "", "quarantined", "none can be drafted: EmptyFileError: the file is empty"),
        ("a.csv", "a,b\n", "quarantined", "none can be drafted: EmptyFileError"),
    ],
)
def test_a_draft_that_is_not_there_is_not_promised(
    shore: Shore, name: str, body: str, state: str, reason: str
) -> None:
    """What no contract could help is rejected at once; else it is said why there is no draft."""
    drop = shore.drop(f"shells/rows/{name}", body)
    assert (drop.state, reason in drop.reasons[0]) == (state, True)
    assert shore.registry.drop("shells", drop.drop_id) == drop
    assert written(shore, "pipeline.draft.yaml") is None
    assert "is a draft of one" not in drop.reasons[0]


def test_a_person_is_told_what_to_look_at(shore: Shore) -> None:
    """How the file was read, what is in each column, and what is odd about it."""
    text = text_of(shore, ROWS)
    lines = lines_of(text)
    assert "drop it as shells/pipeline.yaml" in text
    assert 'read as csv, parted by ";", utf-8.' in text
    assert "Seen were all of its 60 rows." in text
    assert "a guess, the last column that can be predicted" in lines["target"]
    assert "9 different numbers: if they are classes, multiclass" in lines["task"]
    assert "2 values: F 50 %, M 50 %" in lines["sex"]
    assert "0.1 to 5.9; 15 % missing" in lines["length"]
    assert "the same in every row: true" in lines["wet"]
    assert "never twice the same" in lines["id"]
    assert "2026-01-01 to 2026-01-28" in lines["born"]
    assert "# split: {by: time, column: born}" in text


def test_bounds_are_told_and_not_set(shore: Shore) -> None:
    """What was never seen may come yet: only a person sets bounds and values of features."""
    columns = parse_contract(text_of(shore, ROWS)).sources["rows"].columns
    assert all(c.min is None and c.max is None and c.values is None for c in columns.values())


def test_a_named_target_adopts_the_draft(shore: Shore) -> None:
    """It becomes the contract; two labels are in it, so that the task is known."""
    landed = shore.put("shells/rows/a.csv.gz", gzip.compress(ROWS.encode()))
    shore.store.tags[landed.uri] = {"target": "sex"}
    shore.ingest(landed)
    contract = written(shore, "pipeline.yaml")
    assert contract is not None
    assert (contract.target, contract.problem) == ("sex", "binary")
    assert contract.sources["rows"].columns["sex"].values == ("F", "M")
    (again,) = adopt_and_redeliver(shore)
    assert again == "accepted"


def adopt_and_redeliver(shore: Shore) -> list[str]:
    shore.adopt(shore.store.read("s3://landing/shells/pipeline.yaml").decode())
    return [drop.state for drop in shore.redeliver()]


@pytest.mark.parametrize("target", ["id", "note"])
def test_a_named_target_is_one_whatever_it_looks_like(shore: Shore, target: str) -> None:
    """Numbers or labels that never repeat are predicted if a person says so."""
    contract = parse_contract(text_of(shore, ROWS, target))
    assert contract.target == target
    assert contract.task == {"id": "regression", "note": "multiclass"}[target]


def test_a_target_is_told_by_its_name(shore: Shore) -> None:
    """A column called as targets are comes before the last one."""
    body = csv("Label,x", [(n % 3, n / 7) for n in range(60)])
    assert lines_of(text_of(shore, body))["target"].endswith(
        "target: Label  # a guess, by its name: name the one to predict"
    )


def test_a_contract_that_lies_there_is_left_alone(shore: Shore) -> None:
    """It is a person's: refused, perhaps, or about to be read."""
    shore.put("shells/pipeline.yaml", "pipeline: shells\n")
    landed = shore.put("shells/rows/a.csv", ROWS)
    shore.store.tags[landed.uri] = {"target": "rings"}
    shore.ingest(landed)
    assert shore.store.read("s3://landing/shells/pipeline.yaml") == b"pipeline: shells\n"


@pytest.mark.parametrize("wish", ["ringz", ""])
def test_a_target_that_is_no_column_adopts_nothing(shore: Shore, wish: str) -> None:
    """The draft is there, with a guess."""
    landed = shore.put("shells/rows/a.csv", ROWS)
    shore.store.tags[landed.uri] = {"target": wish}
    shore.ingest(landed)
    assert written(shore, "pipeline.draft.yaml") is not None
    assert written(shore, "pipeline.yaml") is None


def test_a_wish_that_is_no_column_is_answered(shore: Shore) -> None:
    """The draft says so, and takes the column that differs in case alone."""
    line = lines_of(text_of(shore, ROWS, "SEX"))["target"]
    assert line.startswith("target: sex  # there is no column SEX; a guess, by its name")


@pytest.mark.parametrize("body", ["", "a,b\n", ",,\n1,2,3\n"])
def test_what_cannot_be_read_has_no_draft(shore: Shore, body: str) -> None:
    """The drop waits all the same, in its state."""
    assert shore.drop("shells/rows/a.csv", body).state == "quarantined"
    assert "s3://landing/shells/pipeline.draft.yaml" not in shore.store.objects


def test_a_draft_is_no_drop(shore: Shore) -> None:
    """Its own event ends as ignored, with what to do about it."""
    drop = shore.drop("shells/pipeline.draft.yaml", "pipeline: shells\n")
    assert (drop.state, drop.reasons[0][:24]) == ("ignored", "a draft of the contract:")


def test_a_draft_that_would_be_refused_says_so(shore: Shore) -> None:
    """With the contract's own reasons, for the person who mends it."""
    landed = shore.put("shells/rows/a.csv", "a,b\nsome text,more text\nand,others\nno,more\n")
    text = draft(landed, shore.store).text
    assert "# As it stands it would be refused:" in text
    assert "# - target: a column of type text cannot be predicted" in text


def test_a_file_without_a_header_is_told_by_its_first_row(shore: Shore) -> None:
    """The columns are numbered, the first row counts as data, and the draft can be adopted."""
    body = "\n".join(f"{'MF'[n % 2]},{n % 10 / 10},{n % 7}" for n in range(80)) + "\n"
    landed = shore.put("shells/rows/a.csv", body)
    shore.store.tags[landed.uri] = {"target": "column_3"}
    shore.ingest(landed)
    text = shore.store.read("s3://landing/shells/pipeline.yaml").decode()
    assert "Its first row looks like data" in text
    assert "all of its 80 rows" in text
    contract = parse_contract(text)
    assert not contract.sources["rows"].format.header
    assert list(contract.columns()) == ["column_1", "column_2", "column_3"]
    assert adopt_and_redeliver(shore) == ["accepted"]


def test_a_last_line_without_an_end_counts(shore: Shore) -> None:
    """Many files end so; all their rows are seen all the same."""
    assert "all of its 60 rows" in text_of(shore, ROWS.rstrip("\n"))


def test_years_as_names_are_a_header(shore: Shore) -> None:
    """Numbers that lie outside of what is below them are names."""
    body = csv("2019,2020,2021", [(n, n % 7, n % 5) for n in range(40)])
    assert list(parse_contract(text_of(shore, body)).columns()) == ["2019", "2020", "2021"]


def test_people_are_proposed_for_pseudonyms(shore: Shore) -> None:
    """E-mail addresses, phone numbers, IP addresses; other numbers and dates are none of them."""
    rows = [
        (
            f"u{n}@example.org",
            f"+49 151 {n:07}",
            f"10.0.0.{n}",
            f"2026-01-{n % 28 + 1:02}",
            n % 9,
            n % 2,
        )
        for n in range(60)
    ]
    text = text_of(shore, csv("mail,phone,client ip,day,size,won", rows))
    contract = parse_contract(text)
    assert contract.privacy.pseudonymise == ("mail", "phone", "client ip")
    assert list(contract.feature_columns()) == ["day", "size"]
    assert "e-mail addresses" in lines_of(text)["mail"]
    assert "# subject: mail" in text


def test_values_of_people_are_not_shown(shore: Shore) -> None:
    """The draft says what they are, not whose."""
    rows = [(f"u{n % 3}@example.org", n % 2, n % 5) for n in range(60)]
    assert "@" not in text_of(shore, csv("mail,won,x", rows))


def test_json_lines_have_drafts_too(shore: Shore) -> None:
    """Whatever the format, the columns are what counts."""
    body = "".join(json.dumps({"x": n / 3, "on": n % 2 == 0}) + "\n" for n in range(50))
    contract = parse_contract(text_of(shore, body, name="a.jsonl"))
    assert {n: c.type for n, c in contract.columns().items()} == {"x": "float", "on": "bool"}


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\0\r\n",'), max_size=8)
NAMES = st.one_of(
    CELLS, st.sampled_from(["no", "1e3", "y", "a: b", "# c", "- d", "{e}", "x" * 130])
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(NAMES, min_size=2, max_size=5),
    st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=8),
)
def test_any_file_has_a_draft_that_is_yaml(names: list[str], rows: list[list[str]]) -> None:
    """Whatever names and cells hold, the draft parses, or says itself what is wrong with it."""
    body = "\n".join(",".join(row[: len(names)]) for row in [names, *rows]) + "\n"
    shore = Shore()
    try:
        text = draft(shore.put("shells/rows/a.csv", body), shore.store).text
    except DropError:
        return
    assert "not YAML" not in text
    if "As it stands it would be refused" not in text:
        parse_contract(text, "shells")
