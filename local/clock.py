"""Rules that go by the clock; those that say every how many minutes go by this cloud's minutes."""

from ministack.services import eventbridge

from local.settings import ServerSettings

MINUTE = 60.0


def install(settings: ServerSettings) -> None:
    """Look at the clock six times a minute, and count minutes as the settings have them."""
    seconds_of = eventbridge._parse_rate_seconds  # noqa: SLF001

    def seconds(expression: str) -> float | None:
        found = seconds_of(expression)
        return None if found is None else found * settings.minute_seconds / MINUTE

    eventbridge._parse_rate_seconds = seconds  # noqa: SLF001
    eventbridge._SCHEDULER_TICK_INTERVAL = settings.minute_seconds / 6  # noqa: SLF001
