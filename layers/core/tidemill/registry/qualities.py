"""How good predictions were, by day: as outcomes show, and as estimated without any."""

from collections.abc import Callable
from typing import Any

from tidemill.registry.ledger import Ledger

REALISED, ESTIMATED = "realised", "estimated"

type Document = dict[str, Any]
type Change = Callable[[Document], Document]


class Qualities(Ledger):
    """What predictions came to."""

    def quality(self, pipeline: str, kind: str) -> list[Document]:
        """Every day's, `realised` or `estimated`, oldest first."""
        return [item.document for item in self._table.query(pipeline, f"quality#{kind}#")]

    def update_quality(self, pipeline: str, kind: str, day: str, change: Change) -> Document:
        """Apply `change` to a day's; it may run again if another write came between."""
        return self._replace(pipeline, f"quality#{kind}#{day}", change)

    def put_quality(self, pipeline: str, kind: str, day: str, document: Document) -> None:
        """Write a day's over the one before."""
        self._replace(pipeline, f"quality#{kind}#{day}", lambda _: document)

    def estimation(self, pipeline: str) -> Document:
        """By which method which model is estimated, or why not; empty before any prediction."""
        return self._known(pipeline, "estimation")

    def put_estimation(self, pipeline: str, document: Document) -> None:
        """Write what is said of the champion over what was said before."""
        self._replace(pipeline, "estimation", lambda _: document)

    def kept_promise(self, pipeline: str) -> Document:
        """The champion's losses since it serves, beside what its test promised; empty at first."""
        return self._known(pipeline, "promise")

    def update_promise(self, pipeline: str, change: Change) -> Document:
        """Apply `change` to what is known of the champion's losses; it may run again."""
        return self._replace(pipeline, "promise", change)

    def outcomes(self, pipeline: str) -> Document:
        """How many outcomes were told, and how many found their prediction; empty at first."""
        return self._known(pipeline, "outcomes")

    def update_outcomes(self, pipeline: str, change: Change) -> Document:
        """Apply `change` to what was counted of outcomes; it may run again."""
        return self._replace(pipeline, "outcomes", change)

    def trial(self, pipeline: str) -> Document:
        """What outcomes say of the newest model on trial; empty where none came of any."""
        return self._known(pipeline, "trial")

    def update_trial(self, pipeline: str, change: Change) -> Document:
        """Apply `change` to what outcomes say of a model on trial; it may run again."""
        return self._replace(pipeline, "trial", change)

    def _known(self, pipeline: str, name: str) -> Document:
        item = self._table.get(pipeline, name)
        return item.document if item else {}
