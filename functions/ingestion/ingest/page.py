"""A profile as a page."""

from collections.abc import Sequence

from tidemill.contract import Source
from tidemill.profile import Profile


def profile_page(
    profile: Profile,
    *,
    title: str,
    facts: Sequence[tuple[str, str]],
    faults: Sequence[tuple[str, int]],
    source: Source,
) -> str:
    """One self-contained page."""
    del facts, faults, source
    return f"<title>{title}</title>{profile.rows}"
