"""How a file was read, as the page says it."""

from tidemill.records import Layout

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}


def layout_facts(layout: Layout) -> list[tuple[str, str]]:
    """Names and values of what was found out about the file; its columns have cards."""
    named = DELIMITERS.get(layout.delimiter or "", layout.delimiter)
    facts = [
        ("format", layout.format),
        ("packed by", layout.packing),
        ("encoding", layout.encoding),
        ("parted by", named),
        ("header", {True: "yes", False: "no"}[layout.header] if named else None),
    ]
    return [(name, value) for name, value in facts if value]
