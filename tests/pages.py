"""Pages, read as strictly as no browser does."""

from collections.abc import Mapping
from html.parser import HTMLParser

VOID = {"meta", "rect", "path", "line", "circle", "link", "br"}


class Page(HTMLParser):
    """A page whose every tag that is opened is closed, in order; `tags` are in order too."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag: str) -> list[Mapping[str, str | None]]:
        """The attributes of each tag of that name."""
        return [attributes for found, attributes in self.tags if found == tag]

    @property
    def text(self) -> str:
        """All that is to be read."""
        return "".join(text for tag, text in self.texts if tag != "style")
