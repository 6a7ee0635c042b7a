"""What the stand-in is told at its start."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StandInConfig:
    """Settings of one stand-in; it can be pickled and its secrets never show in ``repr``.

    Times are seconds, except where the name says otherwise. ``clock`` is an ISO time with zone at which the stand-in's
    wall clock starts (it runs on from there), or ``None`` for the real time.
    """

    channel_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    webhook_url: str
    host: str = "127.0.0.1"
    clock: str | None = None
    # LINE expects the webhook's answer within two seconds and calls everything later a timeout.
    webhook_timeout: float = 2.0
    # Off by default, as on LINE; the number and the gaps of LINE's own redeliveries are not published.
    redelivery: bool = False
    redelivery_delays: tuple[float, ...] = (1.0, 5.0, 15.0, 60.0)
    reply_token_seconds: float = 60.0
    # Pushes a month; None means no limit, like LINE's quota of the type "none".
    monthly_limit: int | None = None
    # Requests a second and endpoint before 429.
    message_rate: float = 2000.0
    loading_rate: float = 100.0
