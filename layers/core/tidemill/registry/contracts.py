"""Contracts: the one in force, all that ever were, and the last refusal."""

from typing import Any

from tidemill.contract import Contract, is_name
from tidemill.errors import UnknownPipelineError
from tidemill.records import now
from tidemill.registry.ledger import Ledger

DIRECTORY = "_pipelines"


class Contracts(Ledger):
    """The pipelines and their contracts."""

    def pipelines(self) -> list[str]:
        return list(self.pipelines_since())

    def pipelines_since(self) -> dict[str, str]:
        """When the first contract of each came, good or refused, in UTC."""
        return {item.record: item.document["since"] for item in self._table.query(DIRECTORY, "")}

    def contract(self, pipeline: str) -> Contract:
        """The contract in force; UnknownPipelineError if there never was one."""
        contract = self.contract_in_force(pipeline) if is_name(pipeline) else None
        if contract is None:
            refused = is_name(pipeline) and self.contract_refusal(pipeline)
            remedy = "its contract was refused" if refused else "drop its pipeline.yaml first"
            raise UnknownPipelineError(f"no pipeline {pipeline[:80]!r}: {remedy}")
        return contract

    def contract_in_force(self, pipeline: str) -> Contract | None:
        item = self._table.get(pipeline, "contract")
        return Contract.model_validate(item.document["contract"]) if item else None

    def contract_version(self, pipeline: str, version: str) -> Contract | None:
        """A contract that was in force once; versions are kept for good."""
        item = self._table.get(pipeline, f"contract#{version}")
        return Contract.model_validate(item.document["contract"]) if item else None

    def put_contract(self, contract: Contract) -> None:
        """Put a contract in force and keep it under its version for good."""
        document = {"contract": contract.model_dump(mode="json"), "accepted_at": now()}
        self._claim(contract.pipeline, f"contract#{contract.version}", document)
        self._replace(contract.pipeline, "contract", lambda _: document)
        self._claim(DIRECTORY, contract.pipeline, {"since": document["accepted_at"]})

    def contract_refusal(self, pipeline: str) -> dict[str, Any] | None:
        """The last refused contract's problems, until a good one replaces it."""
        item = self._table.get(pipeline, "refusal")
        return item.document if item and item.document.get("problems") else None

    def put_contract_refusal(self, pipeline: str, problems: tuple[str, ...]) -> None:
        document = {"problems": list(problems), "refused_at": now()}
        self._replace(pipeline, "refusal", lambda _: document)
        self._claim(DIRECTORY, pipeline, {"since": document["refused_at"]})
