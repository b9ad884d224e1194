"""People who asked to be forgotten: requests, how far they got, who is to be kept out."""

from collections.abc import Callable
from typing import Any

from tidemill.records import ForgetRecord, SuppressionRecord
from tidemill.registry.ledger import Ledger


class Forgotten(Ledger):
    """Who is to be left out."""

    def forget_report(self, pipeline: str, request_id: str) -> ForgetRecord | None:
        """What became of a request to forget somebody; None if it is not known here yet."""
        item = self._table.get(pipeline, f"forget#{request_id}")
        return ForgetRecord.model_validate(item.document) if item else None

    def forget_reports(self, pipeline: str) -> list[ForgetRecord]:
        """What became of every request to forget somebody, by request."""
        items = self._table.query(pipeline, "forget#")
        return [ForgetRecord.model_validate(item.document) for item in items]

    def put_forget_report(self, pipeline: str, report: ForgetRecord) -> None:
        document = report.model_dump(mode="json")
        self._replace(pipeline, f"forget#{report.request_id}", lambda _: document)

    def update_forgetting(
        self, pipeline: str, request_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> dict[str, Any]:
        """Apply `change` to how far forgetting got; it may run again."""
        return self._replace(pipeline, f"forgetting#{request_id}", change)

    def suppressed(self, pipeline: str) -> dict[str, frozenset[bytes]]:
        """The tokens of all who asked to be forgotten, by the column that names them.

        They are tokens under the key `tidemill.pseudonyms.SUPPRESSION`.
        """
        found: dict[str, set[bytes]] = {}
        for item in self._table.query(pipeline, "suppressed#"):
            token = bytes.fromhex(item.record.removeprefix("suppressed#"))
            for column in item.document["columns"]:
                found.setdefault(column, set()).add(token)
        return {column: frozenset(tokens) for column, tokens in found.items()}

    def update_suppression(
        self, pipeline: str, token: str, change: Callable[[SuppressionRecord], SuppressionRecord]
    ) -> SuppressionRecord:
        """Apply `change` to what is kept of a person to keep them out; it may run again."""

        def changed(old: dict[str, Any]) -> dict[str, Any]:
            return change(SuppressionRecord.model_validate(old)).model_dump(mode="json")

        return SuppressionRecord.model_validate(
            self._replace(pipeline, f"suppressed#{token}", changed)
        )
