"""Which regular expressions a column may be held to: those that RE2 has, told without RE2."""

import re
import warnings

LONGEST = 500
MOST_REPEATS = 1000
# What RE2's memory holds, about: a step is a character, a class of Unicode is a hundred of them.
MOST_STEPS, PROPERTY_STEPS = 20_000, 100
_CATEGORIES = "L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cf]?"
_SCRIPTS = "Arabic|Cyrillic|Devanagari|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Thai"
_PROPERTY = rf"\\[pP](?:[LMNPSZC]|\{{(?:{_CATEGORIES}|{_SCRIPTS})\}})"
_POSIX = r"\[:\^?(?:alpha|alnum|digit|lower|upper|punct|space|xdigit):\]"
_LITERAL = r"\\(?:x[0-9A-Fa-f]{2}|[nrtfvDdWwSs]|[^\w\s])"
_TOKEN = re.compile(
    rf"(?P<property>{_PROPERTY})"
    rf"|{_LITERAL}|\\[AbB]"
    rf"|(?P<set>\[\^?+\]?+(?:{_POSIX}|{_PROPERTY}|{_LITERAL}|[^\]\\\[])*\])"
    r"|(?P<opened>\((?!\?)|\(\?(?::|P<[A-Za-z_]\w*>|[ims]{1,3}:))|(?P<closed>\))"
    r"|\(\?[ims]{1,3}\)"
    r"|(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)(?![*+?{])"
    r"|\{(?![\d,])|[^\\\[(){*+?]"
)
_STRANGE = {
    r"\(\?<?[=!]": "look-around",
    r"\\[1-9]|\(\?P=": "back-references",
    r"\(\?>": "atomic groups",
    r"\(\?\(": "conditions",
    r"\(\?#": "comments",
    r"[*+?{]": "repeats of that kind",
    r"\[": "sets of that kind",
    r"\\": "escapes of that kind",
    r"\(": "groups of that kind",
}


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a regular expression, in a sentence; None where RE2 reads it."""
    if len(pattern) > LONGEST:
        return f"is {len(pattern)} characters long; {LONGEST} are the most"
    tokens: list[re.Match[str]] = []
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            return _stranger(pattern[at:])
        tokens.append(token)
        at = token.end()
    if fault := _python_fault("".join(map(_in_python, tokens))):
        return fault
    repeats, steps = _size(tokens)
    if repeats > MOST_REPEATS:
        return f"repeats something more than {MOST_REPEATS} times"
    if steps > MOST_STEPS:
        return "is too large for RE2: repeat less, or smaller sets"
    return None


def _stranger(rest: str) -> str:
    kind = next(name for sign, name in _STRANGE.items() if re.match(sign, rest))
    return f"{rest[:12]!r} cannot be used: patterns are matched by RE2, which has no {kind}"


def _in_python(token: re.Match[str]) -> str:
    """The token, where Python has no word for a class with a class that it has."""
    if token["property"]:
        return r"\w"
    return re.sub(f"{_POSIX}|{_PROPERTY}", r"\\w", token[0]) if token["set"] else token[0]


def _python_fault(pattern: str) -> str | None:
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as fault:
        return f"is no regular expression: {fault}"
    return None


def _size(tokens: list[re.Match[str]]) -> tuple[int, int]:
    """How often the most repeated part may repeat, and how many steps all parts have, unrolled."""
    outer: list[tuple[int, int]] = []
    most, steps, last = 1, 0, (1, 0)
    for token in tokens:
        if token["opened"]:
            outer.append((most, steps))
            most, steps, last = 1, 0, (1, 0)
            continue
        if token["closed"]:
            last = most, steps
            most, steps = outer.pop()
        elif token["repeat"]:
            count = max([1, *map(int, re.findall(r"\d+", token["repeat"]))])
            steps -= last[1]
            last = last[0] * count, last[1] * count
        else:
            last = 1, len(token[0]) + PROPERTY_STEPS * len(re.findall(_PROPERTY, token[0]))
        most, steps = max(most, last[0]), steps + last[1]
    return most, steps
