"""Columns whose values lead to a person."""

import re
from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_address

MOST, LOOKED_AT = 0.8, 200
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
PHONE = re.compile(r"[+(]?\d[\d ()./-]{5,}\d")
DATE = re.compile(r"[0-3]?\d([./-])[0-3]?\d\1(\d{2}|\d{4})([ T].*)?")
PHONE_WORDS = frozenset({"phone", "telephone", "tel", "mobile", "cell", "fax", "msisdn"})
PERSONAL_WORDS = frozenset(
    ("surname", "lastname", "firstname", "fullname", "forename", "passport", "iban", "ssn")
) | {"birthdate", "birthday", "dob"}
PAIRED_WORDS = (("last", "name"), ("first", "name"), ("full", "name"), ("social", "security"))


def people_in(distinct: Sequence[str], words: Collection[str], kind: str) -> str:
    """What most of these values are: e-mail addresses, phone numbers, IP addresses; or nothing.

    `words` are those of the column's name, `kind` the type that all the values fit.
    """
    values = distinct[:LOOKED_AT]
    if not values or kind not in {"int", "text"}:
        return ""
    named = bool(PHONE_WORDS & set(words))
    tests: dict[str, Callable[[str], bool]] = {
        "e-mail addresses": lambda value: MAIL.fullmatch(value) is not None,
        "IP addresses": _is_address,
        "phone numbers": lambda value: _is_phone(value, named=named),
    }
    return next((what for what, test in tests.items() if _share(values, test) >= MOST), "")


def sounds_personal(words: Collection[str]) -> bool:
    """Whether a column's name promises what leads to a person, whatever its values look like."""
    return bool(PERSONAL_WORDS & set(words)) or any(
        set(pair) <= set(words) for pair in PAIRED_WORDS
    )


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, values)) / len(values)


def _is_address(value: str) -> bool:
    if value.count(".") != 3 and value.count(":") < 2:
        return False
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _is_phone(value: str, *, named: bool) -> bool:
    """Seven to fifteen digits; without the name, written as only phone numbers are."""
    usual = value[0] in "+(" or (value[0] == "0" and not value.isdigit())
    if not (named or usual) or PHONE.fullmatch(value) is None or DATE.fullmatch(value):
        return False
    return 7 <= sum(map(str.isdigit, value)) <= 15
