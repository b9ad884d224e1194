"""Patterns: what is accepted is what RE2 compiles, and what it lacks is named."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.contract.patterns import pattern_fault

PIECES = [
    *("a", "é", ".", "-", "]", "}", "{", "{x", "|", "^", "$", " ", "\n", "#", "(", ")", "(?:"),
    *("(?P<n>", "(?i)", "(?s:", "(?im)", "(?=", "(?<!", "(?>", "(?#", "(?P=n)", "*", "+", "?"),
    *("*?", "{2}", "{2}?", "{2,5}", "{,3}", "{3,}", "{40}", "{1000}", r"\d", r"\b", r"\B", r"\A"),
    *(r"\Z", r"\1", r"\x41", r"\.", r"\_", r"\é", r"\\", r"\pL", r"\p{Lu}", r"\p{Latin}", r"\PM"),
    *("[a-z]", "[z-a]", "[]", "[^]", "[^]x]", "[[]", "[a[b]", r"[\]]", r"[\b]", r"[\d-z]", "[(]"),
    *(r"[a-\d]", r"[\pL-]", r"[\pL\pN]", "[[:alpha:]]", "[[:digit:]a-z_]", "[--a]", "[a&&b]"),
]


def compiles(pattern: str) -> bool:
    try:
        pc.match_substring_regex(pa.array(["x"]), f"^(?:{pattern})$")
    except pa.ArrowInvalid:
        return False
    return True


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_what_is_accepted_compiles(pattern: str) -> None:
    """No pattern that a contract holds fails when the data come."""
    assert pattern_fault(pattern) is not None or compiles(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"[A-Z]{2}[0-9]{2}([ ]?[0-9A-Z]{4}){3,7}",
        r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}",
        r"[^@\s]+@[^@\s]+\.[a-z]{2,}",
        r"(?i)yes|no",
        r"\+?\d[\d /().-]{5,}",
        r"\pL[\pL' -]{0,99}",
        r"(?P<year>\d{4})-(?P<week>W\d\d)",
        r"\p{Greek}+|[[:upper:]]{3}",
        ".{0,1000}",
        "",
    ],
)
def test_usual_patterns_are_accepted(pattern: str) -> None:
    """Account numbers, identifiers, addresses, names."""
    assert pattern_fault(pattern) is None
    assert compiles(pattern)


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        (
            r"(?=.*\d).+",
            "'(?=.*\\\\d).+' cannot be used: patterns are matched by RE2, which has no lo",
        ),
        (r"a(?<!b)", "has no look-around"),
        (r"(a)\1", "has no back-references"),
        (r"(?P<x>a)(?P=x)", "has no back-references"),
        (r"(?>a)", "has no atomic groups"),
        (r"a++", "has no repeats of that kind"),
        (r"a{,3}", "has no repeats of that kind"),
        (r"(?#why)a", "has no comments"),
        (r"(a)(?(1)b|c)", "has no conditions"),
        (r"\Z", "has no escapes of that kind"),
        (r"\p{Klingon}", "has no escapes of that kind"),
        ("[[:letters:]]", "has no sets of that kind"),
        ("(?x) a", "has no groups of that kind"),
        ("a)", "is no regular expression: unbalanced parenthesis"),
        ("[z-a]", "is no regular expression: bad character range"),
        ("(a{40}){40}", "repeats something more than 1000 times"),
        (r"\pL{900}", "is too large for RE2"),
        ("a" * 501, "is 501 characters long; 500 are the most"),
    ],
)
def test_what_re2_lacks_is_named(pattern: str, fault: str) -> None:
    """The place and the reason, so that it can be written otherwise."""
    told = pattern_fault(pattern)
    assert told is not None
    assert fault in told
