"""What the rows of a drop are held to, as a reader needs it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidemill.contract import Contract, Source
from tidemill.errors import MissingColumnError, UnknownColumnError, UnreadableFileError
from tidemill.records import Layout


@dataclass(frozen=True)
class Rules:
    """A source's columns without those that privacy drops, and what becomes of people in them.

    `key` makes the pseudonyms; `suppressed` are, by column, the tokens of those who asked to be
    forgotten, made by `suppression_key`.
    """

    source: Source
    declared: tuple[str, ...]
    pseudonymised: frozenset[str] = frozenset()
    subject: str | None = None
    key: bytes = field(default=b"", repr=False)
    suppression_key: bytes = field(default=b"", repr=False)
    suppressed: Mapping[str, frozenset[bytes]] = field(default_factory=dict, repr=False)

    @classmethod
    def of_contract(cls, contract: Contract, source: str) -> "Rules":
        """The rules of a source; keys and the suppressed are filled in by who has them."""
        readable = contract.readable(source)
        named = contract.privacy.subject
        return cls(
            readable,
            subject=named if named in readable.columns else None,
            declared=tuple(contract.sources[source].columns),
            pseudonymised=frozenset(contract.privacy.pseudonymise) & set(readable.columns),
        )

    @property
    def unique(self) -> list[str]:
        """The columns that hold no value twice."""
        return [name for name, column in self.source.columns.items() if column.unique]

    def positions(self, layout: Layout) -> dict[str, int]:
        """Where in the file each column stands; MissingColumnError or UnknownColumnError.

        Without a header the declared columns stand in the contract's order.
        """
        names = list(layout.columns) if layout.header else list(self.declared)
        if not layout.header and len(names) != len(layout.columns):
            raise MissingColumnError(
                f"the file has {len(layout.columns)} columns and no header, the contract"
                f" {len(names)}"
            )
        self._refuse_strangers(names)
        self._refuse_missing(names, layout)
        counts = Counter(names)
        twice = [name for name in self.source.columns if counts[name] > 1]
        if twice:
            raise UnreadableFileError(f"the header names {', '.join(twice)} more than once")
        places = {name: place for place, name in enumerate(names)}
        return {name: places[name] for name in self.source.columns if name in places}

    def may_quote(self, names: Sequence[str]) -> bool:
        """Whether a whole row may be shown: it holds nothing private and nothing undeclared."""
        private = bool(self.pseudonymised) or self.subject is not None
        return not private and set(names) <= set(self.source.columns)

    def _refuse_strangers(self, names: list[str]) -> None:
        declared = set(self.declared)
        strangers = [name for name in names if name not in declared]
        if strangers and self.source.unknown_columns == "refuse":
            raise UnknownColumnError(f"{', '.join(strangers)}: in the file, not in the contract")

    def _refuse_missing(self, names: list[str], layout: Layout) -> None:
        """An absent column is missing in every row, where the contract or JSON allows that."""
        lenient = self.source.missing_columns == "null" or layout.format == "jsonl"
        there = set(names)
        missing = [
            name
            for name, column in self.source.columns.items()
            if name not in there and not (lenient and column.nullable)
        ]
        if missing:
            raise MissingColumnError(
                f"{', '.join(missing)}: in the contract, not in the file, whose columns are"
                f" {', '.join(names)}"
            )
