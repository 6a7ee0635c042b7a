"""The service's clock: real time, or real time moved by a fixed amount (``TSUNAGI_CLOCK``, demo and tests)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time.

    ``now`` is what the service believes (opening hours, texts, records); ``real`` is for technical spans such as the
    life of a reply token, which run on whatever the service believes.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    @classmethod
    def starting_at(cls, start: datetime | None) -> Clock:
        """A clock that shows ``start`` (aware) now and runs on; the real one for None."""
        return cls() if start is None else cls(start.astimezone(UTC) - datetime.now(UTC))

    def real(self) -> datetime:
        """The real time, in UTC."""
        return datetime.now(UTC)

    def now(self) -> datetime:
        """The service's time, in UTC."""
        return datetime.now(UTC) + self.offset

    def from_line(self, milliseconds: int) -> datetime:
        """LINE's event time (ms since 1970) on the service's clock, in UTC."""
        return datetime.fromtimestamp(milliseconds / 1000, UTC) + self.offset
