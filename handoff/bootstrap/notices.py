"""The notifier of this installation: the media that its settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from handoff.adapters.notices.http import JsonPoster
from handoff.adapters.notices.mail import MailNotifier, read_smtp_url
from handoff.adapters.notices.sender import Notices
from handoff.adapters.notices.voice import VoiceNotifier
from handoff.adapters.notices.webhook import WebhookNotifier
from handoff.addresses import is_loopback
from handoff.domain.notice import Medium, Notifier
from handoff.settings import Settings

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_notifier(settings: Settings) -> AsyncIterator[Notices]:
    """Open the ways that are set up; warns where an alarm would reach the desk alone, and nobody by night."""
    async with JsonPoster() as poster:
        ways: dict[Medium, Notifier] = {}
        if settings.smtp_url is not None and settings.mail_from is not None:
            url = settings.smtp_url.get_secret_value()
            ways[Medium.MAIL] = MailNotifier(read_smtp_url(url, on_this_machine=is_loopback(url)), settings.mail_from)
        if settings.alarm_webhook_url is not None and settings.alarm_webhook_secret is not None:
            ways[Medium.WEBHOOK] = WebhookNotifier(
                poster, settings.alarm_webhook_url.get_secret_value(), settings.alarm_webhook_secret.get_secret_value()
            )
        if settings.voice_gateway_url is not None and settings.voice_gateway_token is not None:
            ways[Medium.VOICE] = VoiceNotifier(
                poster, settings.voice_gateway_url, settings.voice_gateway_token.get_secret_value()
            )
        if not ways:
            log.warning("alarm_reaches_desk_only")
        yield Notices(ways)
