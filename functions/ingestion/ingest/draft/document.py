"""The draft's text: what was seen of a file, as a contract that a person can read and adopt."""

from collections.abc import Iterator, Mapping

from ingestion.ingest.draft.leaks import Foresight, Strength
from ingestion.ingest.draft.look import Look
from ingestion.ingest.draft.remarks import LEAK, remarks, shown
from ingestion.ingest.draft.sample import Beginning
from ingestion.ingest.draft.target import Target
from ingestion.ingest.draft.writing import block, comment, flow, scalar, table
from tidemill.contract import parse_contract
from tidemill.errors import ContractError
from tidemill.landing import LandedObject
from tidemill.references import TARGET_TYPES

MOST_LABELS = 50
SHOWN_FAULTS = 10


class Document:
    """A contract in the making, for one file."""

    def __init__(
        self, landed: LandedObject, begun: Beginning, looks: Mapping[str, Look], target: Target
    ) -> None:
        self._landed = landed
        self._begun = begun
        self._looks = {**looks, target.look.name: target.look}
        self._target = target
        foresight = Foresight(target.look, classes=target.classes)
        others = [seen for seen in looks.values() if seen.name != target.look.name]
        self._strengths = {seen.name: foresight.of(seen) for seen in others}
        self._hidden = [seen.name for seen in others if seen.people]
        self._leaks = self._leaking()

    @property
    def text(self) -> str:
        """The whole; where it would be refused as it stands, its head says why."""
        body = "\n".join([*self._body(), ""])
        try:
            parse_contract(body, self._landed.pipeline)
        except ContractError as fault:
            faults = ["", "As it stands it would be refused:"]
            faults += [f"- {shown_line(problem)}" for problem in fault.problems[:SHOWN_FAULTS]]
        else:
            faults = []
        return "\n".join([*block([*self._head(), *faults]), "", body])

    def _head(self) -> Iterator[str]:
        layout, rows = self._begun.layout, next(iter(self._looks.values())).rows
        pipeline, key = shown_line(self._landed.pipeline), shown_line(self._landed.key)
        yield f"Tidemill's draft of a contract for {key}."
        yield f"Read it, mend it, and drop it as {pipeline}/pipeline.yaml."
        yield ""
        delimiter = {"\t": "tabs"}.get(layout.delimiter or "", f'"{layout.delimiter}"')
        read = [
            layout.format,
            f"parted by {delimiter}" if layout.delimiter else "",
            layout.encoding,
        ]
        read += ["" if layout.header else "no header", layout.packing]
        which = "Seen were all of its" if self._begun.whole else "Seen were its first"
        yield f"The file was read as {', '.join(word for word in read if word)}."
        yield f"{which} {rows:,} rows."
        names = layout.columns
        if not layout.header:
            yield "Its first row looks like data, so its columns have no names: give them some."
        elif twice := list(dict.fromkeys(n for n in names if n and names.count(n) > 1)):
            yield f"Its header names {', '.join(map(shown, twice))} more than once: rename them."
        if unnamed := names.count(""):
            yield f"Columns without a name were left out: {unnamed}."

    def _body(self) -> Iterator[str]:
        target = self._target
        yield f"pipeline: {scalar(self._landed.pipeline)}"
        advice = f"{target.reason}: name the one to predict" if target.reason else ""
        yield comment(f"target: {scalar(target.look.name)}", advice)
        yield comment(f"task: {target.task}", target.remark)
        yield "sources:"
        yield f"  {scalar(self._landed.source)}:"
        if not self._begun.layout.header:
            yield "    format: {header: false}"
        yield "    columns:"
        lines = [
            (name, self._fields(seen), remarks(seen, target.look, self._strengths.get(name)))
            for name, seen in self._looks.items()
        ]
        yield from table(lines, indent=6)
        yield from self._privacy()
        yield from self._splits()

    def _fields(self, seen: Look) -> dict[str, object]:
        fields: dict[str, object] = {"type": seen.kind}
        if seen.markers:
            fields["missing"] = ["", *seen.markers]
        if self._begun.whole and not seen.missing:
            fields["nullable"] = False
        if seen.kind == "id" and seen.never_twice:
            fields["unique"] = True
        if seen.name == self._target.look.name and (labels := self._labels()):
            fields["values"] = labels
        if seen.name in self._leaks:
            fields["leakage"] = True
        return fields

    def _labels(self) -> list[object]:
        """The classes, where there are two of them, or all were seen."""
        seen = self._target.look
        if not self._target.classes or seen.kind not in TARGET_TYPES or seen.kind == "bool":
            return []
        surely = seen.distinct == 2 or (self._begun.whole and seen.distinct <= MOST_LABELS)
        return sorted(value for value, _ in seen.counts) if surely else []  # type: ignore[type-var]

    def _leaking(self) -> set[str]:
        """The columns that give the target away, unless nothing else is left to learn from."""

        def gives_away(strength: Strength | None) -> bool:
            return strength is not None and strength.skill >= LEAK

        features = {
            name
            for name, seen in self._looks.items()
            if seen.kind in TARGET_TYPES and name in self._strengths and not seen.people
        }
        leaks = {name for name in features if gives_away(self._strengths[name])}
        return leaks if leaks != features else set()

    def _privacy(self) -> Iterator[str]:
        if self._hidden:
            hidden = f"  pseudonymise: [{', '.join(map(scalar, self._hidden))}]"
            subject = f"  # subject: {scalar(self._hidden[0])}"
            yield ""
            yield "privacy:"
            yield comment(hidden, "never stored in clear, nor learnt from")
            yield comment(subject, "a person can be forgotten by this column", len(hidden))

    def _splits(self) -> Iterator[str]:
        """Other ways to split that the columns suggest."""
        whole = {n: seen for n, seen in self._looks.items() if not seen.missing}
        times = [n for n, seen in whole.items() if seen.kind == "timestamp" and seen.distinct > 1]
        groups = [n for n, seen in whole.items() if seen.kind == "id" and not seen.never_twice]
        if times or groups:
            yield ""
            yield "# Rows are dealt to training and test at random; instead:"
        for by, names, why in (
            ("time", times, "test on the newest rows, as in use"),
            ("group", groups, "keep all rows of one together"),
        ):
            if names:
                yield comment(f"# split: {flow({'by': by, 'column': names[0]})}", why)


def shown_line(text: str) -> str:
    """Text that stays within its line of comment."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
