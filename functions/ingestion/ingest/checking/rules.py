"""What the rows of a drop are held to, as a reader needs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidemill.contract import Contract, Source
from tidemill.errors import MissingColumnError
from tidemill.records import Layout
from tidemill_tabular.checking.header import require_columns


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
        """Where in the file each column stands; the errors of `require_columns`.

        Without a header the declared columns stand in the contract's order. A member of JSON has no
        place, and may come in any line: each is looked for in all.
        """
        names = list(layout.columns) if layout.header else list(self.declared)
        if not layout.header and len(names) != len(layout.columns):
            raise MissingColumnError(
                f"the file has {len(layout.columns)} columns and no header, the contract"
                f" {len(names)}"
            )
        if layout.header:
            require_columns(layout, self.source, self.declared, private=self.private)
        if layout.format == "jsonl":
            return dict.fromkeys(self.source.columns, 0)
        places = {name: place for place, name in enumerate(names)}
        return {name: places[name] for name in self.source.columns if name in places}

    @property
    def private(self) -> bool:
        """Whether the source has columns that people are known by, or that privacy drops."""
        hides = self.pseudonymised or len(self.declared) > len(self.source.columns)
        return bool(hides) or self.subject is not None

    def may_quote(self, names: Sequence[str]) -> bool:
        """Whether a whole row may be shown: it holds nothing private and nothing undeclared."""
        return not self.private and set(names) <= set(self.source.columns)
