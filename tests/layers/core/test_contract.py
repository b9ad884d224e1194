"""Contracts: what parses, what is refused, and that every mistake is named."""

from datetime import timedelta

import pytest

from tidemill.contract import Contract, parse_contract
from tidemill.errors import ContractError

DOCUMENTED = """
pipeline: abalone
target: rings
task: regression                 # regression | binary | multiclass; inferred when absent
metric: rmse
sources:
  measurements:
    columns:
      sex:    {type: category, values: [M, F, I]}
      length: {type: float, min: 0, max: 2, nullable: false}
      rings:  {type: int, min: 1}
    tolerate: {bad_rows: 1%}
split:    {by: hash, validation: 15%, test: 15%}
privacy:  {pseudonymise: [], drop: []}
training: {instance: ml.m5.large, spot: true, trials: 40, max_runtime: 1h, max_wait: 3h, budget_usd: 1.00}
gate:     {min_improvement: 0, confidence: 95%, require: {rmse: "<= 2.5"}}
release:  {approval: automatic, strategy: canary, canary: 10%, bake: 10m}
monitor:  {drift: {false_alarms: 1 per 30d}, retrain: {on: [drift, new_data], min_new_rows: 1000, cooldown: 6h}}
budget:   {monthly_usd: 20}
"""  # noqa: E501 - as the documentation shows it
SMALL = """
pipeline: loans
target: defaulted
sources:
  rows:
    columns:
      age: {type: int}
      zone: {type: category}
      customer: {type: id}
      defaulted: {type: bool}
"""


def problems_of(text: str, pipeline: str | None = None) -> list[str]:
    with pytest.raises(ContractError) as refused:
        parse_contract(text, pipeline)
    return list(refused.value.problems)


def test_the_documented_contract_parses() -> None:
    """Every section of the documented example means what it says."""
    contract = parse_contract(DOCUMENTED, "abalone")
    assert contract.sources["measurements"].tolerate.bad_rows == 0.01
    assert contract.training.max_wait == timedelta(hours=3)
    assert contract.gate.bounds() == [("rmse", "<=", 2.5)]
    assert contract.monitor.retrain.on == ("drift", "new_data")
    assert contract.monitor.drift.false_alarms == pytest.approx(1 / 30)
    assert list(contract.feature_columns()) == ["sex", "length"]


def test_three_mistakes_are_all_named() -> None:
    """A wrong type, an unknown column and a bad amount are three problems."""
    text = DOCUMENTED.replace("type: float", "type: number").replace(
        "target: rings", "target: ring"
    )
    problems = problems_of(text.replace("bad_rows: 1%", "bad_rows: 1 percent"))
    assert len(problems) == 3
    assert problems[0].startswith("sources.measurements.columns.length.type: Input should be 'int'")
    assert problems[1] == (
        "sources.measurements.tolerate.bad_rows: write a percentage such as 15%, not '1 percent'"
    )
    assert problems[2] == "target: no source has a column 'ring'"


def test_a_wrong_type_hides_no_wrong_reference() -> None:
    """Metric, requirement, split, privacy and join are checked whatever else is wrong."""
    text = """
pipeline: Bad Name
target: y
metric: roc_auc
gate: {require: {f1: "> 0.5"}}
split: {by: time, column: when}
privacy: {drop: [ssn]}
budget: {monthly_usd: lots}
sources:
  a: {columns: {y: {type: float}, x: {type: int}}}
  b: {columns: {z: {type: float}, x: {type: int}}}
"""
    told = "\n".join(problems_of(text))
    for part in (
        "pipeline: ",
        "budget.monthly_usd: ",
        "metric: 'roc_auc' does not measure regression; use mae, r2, rmse",
        "gate.require.f1: 'f1' does not measure regression",
        "split.column: no source has a column 'when'",
        "privacy.drop: no source has a column 'ssn'",
        "sources.b.join: name the columns shared with 'a'",
        "sources.b.columns.x: 'a' has a column of that name too",
    ):
        assert part in told


def test_each_problem_is_told_once() -> None:
    """Faults between sections are separate problems, not one long sentence."""
    problems = problems_of(SMALL.replace("target: defaulted", "target: x\nprivacy: {drop: [y]}"))
    assert problems == [
        "target: no source has a column 'x'",
        "privacy.drop: no source has a column 'y'",
    ]


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("task: regression", "task: regression predicts an int or a float, and defaulted is bool"),
        ("metric: accuraccy", "metric: 'accuraccy' does not measure binary"),
        ("metric: recall", "metric: recall alone is won by a model that always answers the same"),
        ("privacy: {drop: [defaulted]}", "privacy.drop: 'defaulted' cannot be dropped, target"),
        (
            "privacy: {pseudonymise: [defaulted]}",
            "privacy.pseudonymise: 'defaulted' cannot be pseudonymised, target needs it",
        ),
        (
            "privacy: {pseudonymise: [zone], drop: [zone]}",
            "privacy.pseudonymise: 'zone' is dropped as well; list it once",
        ),
        ("privacy: {pseudonymise: [name]}", "privacy.pseudonymise: no source has a column 'name'"),
        (
            "privacy: {pseudonymise: [age]}\nsplit: {by: time, column: age}",
            "privacy.pseudonymise: 'age' cannot be pseudonymised, split.column needs it",
        ),
        ("privacy: {subject: name}", "privacy.subject: no source has a column 'name'"),
        ("privacy: {subject: age}", "privacy.subject: 'age' is of type int; columns that fit: cat"),
        (
            "privacy: {subject: customer, drop: [customer]}",
            "privacy.drop: 'customer' cannot be dropped, privacy.subject needs it",
        ),
        ("privacy: {key: 0}", "privacy.key: "),
        (
            "privacy: {pseudonymise: [age], drop: [zone]}",
            "sources: no column is left to learn from",
        ),
        ("supersedes: 1234567890123456", "supersedes: 1234567890123456 is no version; copy it"),
        ("supersedes: the old one", "supersedes: 'the old one' is no version; copy it"),
        ("split: {by: group}", "split: split by group needs a column"),
        ("split: {by: time, column: customer}", "split.column: 'customer' is id; time is a"),
        ("split: {by: group, column: defaulted}", "split.column: 'defaulted' is the target; name"),
        ("training: {seed: 4294967296}", "training.seed: Input should be less than 4294967296"),
        ("training: {max_runtime: 59s}", "training: max_runtime must be at least 1m"),
        (
            "privacy: {drop: [zone]}\ngate: {slices: {zone: 5%}}",
            "privacy.drop: 'zone' cannot be dropped, gate.slices needs it",
        ),
        (
            "monitor: {drift: {season: {by: month, column: age}}}",
            "monitor.drift.season.column: 'age' is int, no timestamp; declare a timestamp, or leav",
        ),
        (
            "monitor: {drift: {season: {by: hour, column: taken}}}",
            "monitor.drift.season.column: no source has a column 'taken'",
        ),
        ("monitor: {drift: {season: {by: month}}}", "monitor.drift.season.column: "),
        ("split: {validation: 50%, test: 40%}", "split: validation and test leave less than 20%"),
        ("split: {test: 0%}", "split: validation and test must each be above 0%"),
        ("training: {max_wait: 6d}", "training: max_wait is at most 5d"),
        ("training: {max_wait: 10m}", "training: max_wait must be at least max_runtime"),
        ("training: {max_runtime: 1 hour}", "training.max_runtime: write a duration"),
        ("training: {max_runtime: 99999999999d}", "training.max_runtime: '99999999999d' is longer"),
        (
            "training: {instance: m5.large}",
            "training.instance: 'm5.large' is no SageMaker",
        ),
        ("training: {instance: ml.p99.huge}", "training: no price is known for 'ml.p99.huge'"),
        (
            "training: {trails: 5}",
            "training.trails: is no part of a contract; did you mean trials",
        ),
        ("gate: {require: {f1: 0.5}}", "gate.require.f1: "),
        ("gate: {require: {f1: about 1}}", "gate.require: f1: write a bound such as '<= 2.5'"),
        ("monitor: {drift: {false_alarms: 0 per 1d}}", "monitor.drift.false_alarms: write a rate"),
        ("monitor: {retrain: {on: [moon]}}", "monitor.retrain.on.0: "),
        ("budget: {monthly_usd: .inf}", "budget.monthly_usd: "),
        ("budget: {monthly_usd: 0}", "budget.monthly_usd: "),
        ("target: age", "not YAML: while constructing a mapping"),
        ("? [1, 2]\n: 3", ""),
    ],
)
def test_a_mistake_is_named_with_its_field(section: str, problem: str) -> None:
    """Each mistake gives one problem that begins with the field and ends with the remedy."""
    (told,) = problems_of(SMALL + section + "\n")
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("{type: category, min: 1}", "min and max are for int and float columns, not for category"),
        ("{type: int, min: 2, max: 1}", "min 2 is above max 1"),
        ("{type: int, values: []}", "values is empty"),
        ("{type: int, values: [1, two]}", "values: 'two' is no int"),
        ("{type: int, values: [true]}", "values: True is no int"),
        ("{type: float, values: [x]}", "values: 'x' is no float"),
        ("{type: bool, values: [yes]}", "values: 'yes' is no bool"),
        ("{type: float, max: .nan}", "Input should be a finite number"),
        ("{type: int, pattern: a}", "pattern is for category, text and id columns, not for int"),
        ("{type: id, pattern: '('}", "pattern: is no regular expression: missing )"),
        ("{type: int, max_age: 2d}", "max_age is for timestamp columns, not for int"),
        ("{type: timestamp, max_age: 0s}", "max_age: write a duration above zero"),
        ("{type: timestamp, max_age: 2 days}", "write a duration such as"),
        ("{type: int, uniqe: true}", "is no part of a contract; did you mean unique?"),
    ],
)
def test_a_column_that_contradicts_itself_is_refused(column: str, problem: str) -> None:
    """Bounds and values must be such as the column's type can have."""
    (told,) = problems_of(SMALL.replace("age: {type: int}", f"age: {column}"))
    assert problem in told


@pytest.mark.parametrize("target", ["customer", "zone_text"])
def test_only_what_can_be_learned_is_a_target(target: str) -> None:
    """Ids and texts cannot be predicted."""
    text = SMALL.replace("zone: {type: category}", "zone_text: {type: text}")
    (told,) = problems_of(text.replace("target: defaulted", f"target: {target}"))
    assert told.startswith("target: a column of type ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "just text",
        "a: [",
        "\x00",
        "a: 1\na: 2",
        "a: 2020-13-45",
        "[" * 900,
        "!!python/x 1",
    ],
)
def test_what_is_no_contract_at_all_is_refused_in_words(text: str) -> None:
    """Whatever lands as pipeline.yaml ends in a ContractError."""
    assert problems_of(text)


@pytest.mark.parametrize("name", ["", "1", "[a]", "2026-11-01", "Rows"])
def test_a_source_is_named_by_a_word(name: str) -> None:
    """Whatever else YAML allows as a key is a problem of its field."""
    text = SMALL.replace("rows:", f"? {name}\n  :").replace("target: defaulted", "target: x")
    assert any(problem.startswith("sources.") for problem in problems_of(text))


def test_bytes_that_are_no_text_are_refused() -> None:
    """A binary file is no contract."""
    with pytest.raises(ContractError):
        parse_contract(b"\xff\xfe\x00pipeline")


def test_the_folder_must_be_the_pipelines() -> None:
    """A contract in another pipeline's folder names both, beside its other mistakes."""
    problems = problems_of(SMALL + "budget: {monthly_usd: -1}", "lends")
    assert problems[0] == "pipeline: 'loans' lies in the folder of 'lends'; make the two equal"
    assert len(problems) == 2


def test_yaml_1_2_words_stay_words() -> None:
    """`on` is a key and `no` a category, as people mean them."""
    contract = parse_contract(
        SMALL.replace("zone: {type: category}", "zone: {type: category, values: [no, on, yes]}")
        + "monitor: {retrain: {on: [drift]}}\n"
    )
    assert contract.columns()["zone"].values == ("no", "on", "yes")
    assert contract.monitor.retrain.on == ("drift",)


def test_the_version_is_of_the_meaning() -> None:
    """Layout, comments, order of keys and spelling of amounts do not make another version."""
    same = SMALL.replace(
        "pipeline: loans\ntarget: defaulted", "target: defaulted # y\npipeline: loans"
    )
    assert parse_contract(same + "training: {max_runtime: 60m}").version == (
        parse_contract(SMALL).version
    )
    assert parse_contract(SMALL + "training: {trials: 3}").version != parse_contract(SMALL).version


def test_a_contract_survives_its_own_json() -> None:
    """What the registry keeps gives the same contract back, odd durations and values included."""
    odd = "training: {max_runtime: 123456s, max_wait: 123456.5s}\n"
    text = SMALL.replace("{type: category}", "{type: category, values: [1, 2.5, true, x]}") + odd
    contract = parse_contract(text)
    again = Contract.model_validate_json(contract.model_dump_json())
    assert (again, again.version) == (contract, contract.version)


@pytest.mark.parametrize(
    ("column", "task", "metric"),
    [
        ("{type: bool}", "binary", "average_precision"),
        ("{type: float}", "regression", "rmse"),
        ("{type: int, values: [0, 1]}", "binary", "average_precision"),
        ("{type: category, values: [a, b, c]}", "multiclass", "log_loss"),
        ("{type: category}", "multiclass", "log_loss"),
    ],
)
def test_task_and_metric_are_told_from_the_target(column: str, task: str, metric: str) -> None:
    """What the contract leaves open follows from the target's column."""
    contract = parse_contract(SMALL.replace("defaulted: {type: bool}", f"defaulted: {column}"))
    assert (contract.problem, contract.objective) == (task, metric)


def test_rules_follow_what_decides_how_cells_are_read() -> None:
    """Columns, tolerance and dropped columns change a source's rules; budgets do not."""
    rules = parse_contract(SMALL).rules("rows")
    assert parse_contract(SMALL + "training: {trials: 3}").rules("rows") == rules
    assert parse_contract(SMALL + "privacy: {drop: [zone]}").rules("rows") != rules
    assert parse_contract(SMALL.replace("type: int", "type: float")).rules("rows") != rules


def test_features_leave_out_what_a_model_may_not_see() -> None:
    """Neither target nor ids, texts, keys or dropped columns are features."""
    contract = parse_contract(SMALL + "privacy: {drop: [zone]}")
    assert list(contract.feature_columns()) == ["age"]
    assert list(contract.readable("rows").columns) == ["age", "customer", "defaulted"]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("unknown_columns: keep", "sources.rows.unknown_columns: Input should be 'ignore' or 'ref"),
        ("missing_columns: 0", "sources.rows.missing_columns: Input should be 'refuse' or 'null'"),
        ("format: {delimiter: ab}", "sources.rows.format.delimiter: 'ab' cannot part cells"),
        ("format: {delimiter: '\"'}", "sources.rows.format.delimiter: '\"' cannot part cells"),
        ("format: {encoding: ebcdic}", "sources.rows.format.encoding: 'ebcdic' cannot be read"),
        ("format: {encoding: shift_jis}", "sources.rows.format.encoding: 'shift_jis' cannot be"),
        ("format: {encoding: rot13}", "sources.rows.format.encoding: 'rot13' cannot be read"),
        ("format: {header: perhaps}", "sources.rows.format.header: Input should be a valid bool"),
    ],
)
def test_what_is_said_of_files_is_checked(source: str, problem: str) -> None:
    """Each mistake in how a source's files are read is named with its field."""
    (told,) = problems_of(SMALL.rstrip(" ") + f"    {source}\n")
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("spelt", "kept"),
    [
        ("ISO-8859-1", "latin-1"),
        ("Windows-1252", "cp1252"),
        ("UTF8", "utf-8"),
        ("UTF_16", "utf-16"),
    ],
)
def test_an_encoding_has_one_spelling(spelt: str, kept: str) -> None:
    """However people write it, so that it can be compared with what is found in a file."""
    contract = parse_contract(SMALL + f"    format: {{encoding: {spelt}}}\n")
    assert contract.sources["rows"].format.encoding == kept


def test_yamls_null_is_the_word() -> None:
    """`missing_columns: null` needs no quotes, and survives the registry."""
    contract = parse_contract(SMALL + "    missing_columns: null\n")
    assert contract.sources["rows"].missing_columns == "null"
    assert Contract.model_validate_json(contract.model_dump_json()) == contract


def test_leakage_on_the_target_is_a_contradiction() -> None:
    """The field is named, and the remedy."""
    text = SMALL.replace("defaulted: {type: bool}", "defaulted: {type: bool, leakage: true}")
    (told,) = problems_of(text)
    assert told.startswith("sources.rows.columns.defaulted.leakage: the target cannot give")


def test_a_contract_of_leaks_alone_is_refused() -> None:
    """A model would have nothing to look at."""
    text = SMALL.replace("type: int", "type: int, leakage: true")
    (told,) = problems_of(text.replace("zone: {type: category}", "zone: {type: id}"))
    assert told.startswith("sources: no column is left to learn from")


def test_contracts_without_later_fields_keep_their_version() -> None:
    """Fields that were added later leave what is in force, and how its drops are read, alone."""
    contract = parse_contract(SMALL)
    assert (contract.version, contract.rules("rows")) == ("528b8d4e7c6396a2", "897dc54cd989266a")
    column = contract.model_dump(mode="json")["sources"]["rows"]["columns"]["age"]
    assert set(column) == {
        *("type", "values", "min", "max", "nullable", "missing", "description"),
    }


@pytest.mark.parametrize(
    "field", ["unique: true", "leakage: true", "unit: years", "description: in years"]
)
def test_later_fields_are_part_of_the_version(field: str) -> None:
    """A contract that uses one is another contract."""
    used = parse_contract(SMALL.replace("type: int", f"type: int, {field}"))
    assert used.version != parse_contract(SMALL).version


def test_what_is_answered_and_captured_can_be_chosen() -> None:
    """By default all that can be is; a choice makes another contract, the default none."""
    chosen = parse_contract(SMALL + "serving: {unseen: reject}\nmonitor: {capture: 5%}")
    assert (chosen.serving.unseen, chosen.serving.missing) == ("reject", "impute")
    assert chosen.monitor.capture == 0.05
    assert chosen.version != parse_contract(SMALL).version
    spelt = parse_contract(SMALL + "serving: {unseen: impute}\nmonitor: {capture: 100%}")
    assert spelt.version == parse_contract(SMALL).version


def test_what_a_contract_supersedes_is_no_part_of_its_version() -> None:
    """It may be taken out again when it has done its work."""
    contract = parse_contract(SMALL + "supersedes: 0123456789abcdef\n")
    assert contract.supersedes == "0123456789abcdef"
    assert contract.version == parse_contract(SMALL).version


def test_hidden_columns_are_no_features() -> None:
    """Neither what gives the target away nor what is pseudonymised; both stay readable."""
    text = SMALL.replace("age: {type: int}", "age: {type: int}\n      paid: {type: float}")
    contract = parse_contract(
        text.replace("type: float", "type: float, leakage: true")
        + "privacy: {pseudonymise: [zone, customer], subject: customer}\n"
    )
    assert list(contract.feature_columns()) == ["age"]
    assert list(contract.readable("rows").columns) == [
        "age",
        "paid",
        "zone",
        "customer",
        "defaulted",
    ]


def test_rules_follow_pseudonyms_of_their_source_alone() -> None:
    """Hiding a column or another key changes them; words, leakage and other sources do not."""
    second = "  more: {join: [customer], columns: {customer: {type: id}, spent: {type: int}}}\n"
    text = SMALL + second
    plain = parse_contract(text)

    def rules(privacy: str, source: str = "rows") -> str:
        return parse_contract(text + f"privacy: {privacy}\n").rules(source)

    assert rules("{pseudonymise: [zone]}") != plain.rules("rows")
    assert rules("{pseudonymise: [zone], key: 2}") != rules("{pseudonymise: [zone]}")
    assert rules("{pseudonymise: [zone], key: 2}", "more") == plain.rules("more")
    assert rules("{subject: customer, key: 2}") == plain.rules("rows")
    told = text.replace("type: int}", "type: int, leakage: true, unit: y, description: d}", 1)
    assert parse_contract(told).rules("rows") == plain.rules("rows")


def test_texts_and_timestamps_are_features_and_no_targets() -> None:
    """A model may see them; nothing predicts them, and what is pseudonymised stays unseen."""
    text = SMALL.replace(
        "zone: {type: category}", "zone: {type: text}\n      at: {type: timestamp}"
    )
    assert [*parse_contract(text).feature_columns()] == ["age", "zone", "at"]
    hidden = text + "privacy: {pseudonymise: [zone]}\n"
    assert [*parse_contract(hidden).feature_columns()] == ["age", "at"]
    for kind in ("text", "timestamp", "id"):
        (told,) = problems_of(
            text.replace("defaulted: {type: bool}", f"defaulted: {{type: {kind}}}")
        )
        assert told == f"target: a column of type {kind} cannot be predicted"
