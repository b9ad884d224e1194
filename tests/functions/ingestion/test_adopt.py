"""Contracts that land: in force, refused, overtaken, and what they call back."""

import pytest

from tests.models import a_model
from tidemill.contract import parse_contract
from tidemill.events import ContractAccepted, ContractRefused, DropRecorded

from .conftest import CONTRACT, Shore

GOOD = "sex,length,rings\nM,0.5,7\nF,0.4,9\n"


def test_a_good_contract_is_in_force_and_told_of(bare_shore: Shore) -> None:
    """The registry answers with it, and the bus with its version."""
    bare_shore.adopt(CONTRACT)
    contract = bare_shore.registry.contract("shells")
    assert [event.contract_version for event in bare_shore.told(ContractAccepted)] == [
        contract.version
    ]
    assert bare_shore.registry.pipelines() == ["shells"]


def test_a_bad_contract_is_refused_and_the_last_good_one_stays(shore: Shore) -> None:
    """Every problem is told and kept until a good contract comes."""
    before = shore.registry.contract("shells")
    shore.adopt(CONTRACT.replace("target: rings", "target: ring").replace("int", "integer"))
    (refused,) = shore.told(ContractRefused)
    assert len(refused.problems) == 2
    assert shore.registry.contract("shells") == before
    assert shore.registry.contract_refusal("shells") is not None
    shore.adopt(CONTRACT)
    assert shore.registry.contract_refusal("shells") is None


def test_a_contract_in_another_pipelines_folder_is_refused(shore: Shore) -> None:
    """The folder and the name inside must be one."""
    shore.adopt(CONTRACT.replace("pipeline: shells", "pipeline: stones"))
    assert "lies in the folder of 'shells'" in shore.told(ContractRefused)[0].problems[0]


def test_a_stale_contract_is_left_alone(shore: Shore) -> None:
    """An older version that arrives after a newer one changes nothing."""
    shore.adopt(CONTRACT.replace("50%", "20%"), "00B")
    newest = shore.registry.contract("shells")
    shore.adopt(CONTRACT.replace("50%", "10%"), "00A")
    assert shore.registry.contract("shells") == newest
    assert len(shore.told(ContractAccepted)) == 1


def test_a_contract_deleted_before_it_was_read_is_refused(
    shore: Shore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event of a contract that is gone ends in a sentence, not in a retry without end."""
    monkeypatch.setattr(shore.store, "read", _gone)
    shore.adopt(CONTRACT)
    assert "deleted before it was read" in shore.told(ContractRefused)[0].problems[0]


def _gone(uri: str, _version: str | None = None) -> bytes:
    raise FileNotFoundError(uri)


def test_data_before_their_contract_wait_and_are_accepted(bare_shore: Shore) -> None:
    """A drop without a contract is quarantined; the contract calls it back, once."""
    assert bare_shore.drop("shells/rows/a.csv", GOOD).reasons[0].startswith("NoContractError")
    bare_shore.adopt(CONTRACT)
    assert [drop.state for drop in bare_shore.redeliver()] == ["accepted"]
    bare_shore.adopt(CONTRACT)
    assert bare_shore.landing.sent == []
    assert [event.state for event in bare_shore.told(DropRecorded)] == ["quarantined", "accepted"]


def test_a_contract_that_comes_while_a_drop_is_read_is_not_missed(
    bare_shore: Shore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adopted between the reading and the record, the contract still gets the drop."""
    landed = bare_shore.put("shells/rows/a.csv", GOOD)
    put_drop = bare_shore.registry.put_drop

    def put_late(drop: object) -> None:
        monkeypatch.undo()
        bare_shore.adopt(CONTRACT)
        put_drop(drop)  # type: ignore[arg-type]

    monkeypatch.setattr(bare_shore.registry, "put_drop", put_late)
    assert bare_shore.ingest(landed).state == "accepted"


def test_a_contract_that_reads_cells_otherwise_calls_accepted_drops_back(shore: Shore) -> None:
    """A drop accepted under other rules is read again; under the same rules it is left alone."""
    drop = shore.drop("shells/rows/a.csv", GOOD)
    shore.adopt(CONTRACT + "training: {trials: 5}\n")
    assert shore.landing.sent == []
    shore.adopt(CONTRACT.replace("length: {type: float", "length: {type: int"))
    (again,) = shore.redeliver()
    assert (again.drop_id, again.state) == (drop.drop_id, "quarantined")
    assert shore.registry.live_drops("shells") == []


def test_a_column_dropped_later_leaves_the_data(shore: Shore) -> None:
    """A contract that drops a column for privacy takes it out of what was accepted before."""
    shore.drop("shells/rows/a.csv", GOOD)
    shore.adopt(CONTRACT + "privacy: {drop: [sex]}\n")
    (again,) = shore.redeliver()
    assert again.state == "accepted"
    assert set(shore.rows(again.parts[0].uri)[0]) == {"length", "rings", "_row"}


def test_what_is_called_back_late_does_not_undo_a_newer_version(bare_shore: Shore) -> None:
    """Of two waiting versions of one object only the newer is accepted."""
    bare_shore.drop("shells/rows/a.csv", GOOD)
    bare_shore.drop("shells/rows/a.csv", GOOD.replace("9", "8"))
    bare_shore.adopt(CONTRACT)
    assert [drop.state for drop in bare_shore.redeliver()] == ["ignored", "accepted"]


WIDE, NARROW, NARROWER = "max: 2", "max: 1", "max: 0.5"


def crown(shore: Shore) -> str:
    """Make a model trained under the contract in force the champion; that contract's version."""
    version = shore.registry.contract("shells").version
    model = a_model(contract_version=version)
    shore.registry.put_model("shells", model)
    shore.registry.promote("shells", 1, "")
    return version


def test_a_contract_that_breaks_the_champions_signature_is_refused(shore: Shore) -> None:
    """Each break and the way forward are told, and the last good contract stays in force."""
    version = crown(shore)
    shore.adopt(CONTRACT.replace(WIDE, NARROW).replace("values: [M, F, I]", "values: [M, F]"))
    (refused,) = shore.told(ContractRefused)
    sex, length, way = refused.problems
    assert sex.startswith("sources.rows.columns.sex: no longer allows I")
    assert length.startswith("sources.rows.columns.length: max becomes 1")
    assert f'write `supersedes: "{version}"`' in way
    assert "under a new pipeline name" in way
    assert shore.registry.contract("shells").version == version


def test_a_contract_that_says_what_it_supersedes_is_accepted(shore: Shore) -> None:
    """What was accepted once is not asked again; what goes further is."""
    version = crown(shore)
    narrow = CONTRACT.replace(WIDE, NARROW)
    shore.adopt(f'{narrow}supersedes: "{version}"\n')
    shore.adopt(f"{narrow}budget: {{monthly_usd: 1}}\n")
    assert len(shore.told(ContractAccepted)) == 2
    shore.adopt(CONTRACT.replace(WIDE, NARROWER))
    assert len(shore.told(ContractRefused)) == 1
    in_force = shore.registry.contract("shells").version
    shore.adopt(f'{CONTRACT.replace(WIDE, NARROWER)}supersedes: "{in_force}"\n')
    assert len(shore.told(ContractAccepted)) == 3


def test_a_stale_supersedes_is_named(shore: Shore) -> None:
    """It names a contract that no client relies on."""
    version = crown(shore)
    shore.adopt(CONTRACT.replace(WIDE, NARROW) + "supersedes: 0123456789abcdef\n")
    way = shore.told(ContractRefused)[0].problems[-1]
    assert f"names 0123456789abcdef, which is not {version}" in way


def test_without_a_champion_anything_may_change(shore: Shore) -> None:
    """There are no clients yet; a supersedes left over does no harm either."""
    shore.adopt(CONTRACT.replace(WIDE, NARROW) + "supersedes: 0123456789abcdef\n")
    assert shore.told(ContractRefused) == []


def test_contracts_are_kept_by_version(shore: Shore) -> None:
    """The contract a model was trained under can be read when another is in force."""
    shore.adopt(CONTRACT.replace(WIDE, NARROW))
    before = parse_contract(CONTRACT)
    assert shore.registry.contract_version("shells", before.version) == before
    assert shore.registry.contract_version("shells", "0" * 16) is None
