"""Notices over real sockets: what arrives, and what every trouble of the other side comes to (KAG-7.1ア)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from handoff.adapters.notices.http import JsonPoster
from handoff.adapters.notices.mail import Encryption, MailNotifier, SmtpServer
from handoff.adapters.notices.voice import VoiceNotifier
from handoff.adapters.notices.webhook import WebhookNotifier
from handoff.bootstrap.notices import open_notifier
from handoff.domain.notice import Medium, Notice, NoticeOutcome, NoticeResult
from handoff.domain.session import Level
from handoff.settings import Settings
from tests.support.alarm_ways import (
    Certificates,
    StandInMail,
    certificates,
    free_port,
    http_gateway,
    mail_server,
    talker,
)

SENT = NoticeResult(NoticeOutcome.SENT)
SENDER = "alarm@tsunagi.example"
LOGIN = ("alarm", "p#ss/word")
LINK = "https://tsunagi.example/alarm/t0ken-of-256-bits"
SECRET, TOKEN = "a-secret-of-the-webhook", "a-token-of-the-gateway"


def retry(code: str) -> NoticeResult:
    return NoticeResult(NoticeOutcome.FAILED_RETRY, code)


def for_good(code: str) -> NoticeResult:
    return NoticeResult(NoticeOutcome.FAILED_FOR_GOOD, code)


def notice(medium: Medium, to: str | None, **changes: Any) -> Notice:
    fields: dict[str, Any] = {
        "id": uuid4(),
        "medium": medium,
        "who": "当番の業務責任者",
        "to": to,
        "service_name": "つなぎ相談",
        "level": Level.CRITICAL,
        "link": LINK,
        "number": 1,
        "test": False,
    }
    return Notice(**(fields | changes))


def mail(**changes: Any) -> Notice:
    return notice(Medium.MAIL, changes.pop("to", "duty@board.example"), **changes)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


def encrypting(
    encryption: Encryption, certified: Certificates, user: tuple[str, str] = ("", "")
) -> AbstractAsyncContextManager[StandInMail]:
    """A mail server that is encrypted in the one way or the other."""
    if encryption is Encryption.TLS:
        return mail_server(tls=certified.server, user=user)
    return mail_server(starttls=certified.server, user=user)


def mailing(
    standin: StandInMail | int,
    encryption: Encryption = Encryption.NONE,
    *,
    login: tuple[str, str] | tuple[None, None] = (None, None),
    certified: Certificates | None = None,
    patience: float = 5.0,
) -> MailNotifier:
    port = standin if isinstance(standin, int) else standin.port
    trusting = None if certified is None else certified.trusting
    return MailNotifier(SmtpServer("127.0.0.1", port, encryption, *login), SENDER, tls=trusting, patience=patience)


# --- mail -------------------------------------------------------------------------------------------------------


async def test_a_mail_arrives_with_urgency_and_link() -> None:
    async with mail_server() as standin:
        assert await mailing(standin)(mail()) == SENT
    (message,) = standin.taken
    assert standin.recipients == ["duty@board.example"]
    assert message["Subject"] == "【電話で直ちに】つなぎ相談 確認をお願いします"
    assert message["From"].addresses[0].addr_spec == SENDER
    assert LINK in message.get_content().splitlines()


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
async def test_a_mail_is_encrypted_and_logged_in(certified: Certificates, encryption: Encryption) -> None:
    async with encrypting(encryption, certified, user=LOGIN) as standin:
        assert await mailing(standin, encryption, login=LOGIN, certified=certified)(mail()) == SENT
    assert standin.encrypted == [True]


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
async def test_a_certificate_that_nobody_vouches_for_is_refused_by_name(
    certified: Certificates, encryption: Encryption
) -> None:
    async with encrypting(encryption, certified) as standin:
        assert await mailing(standin, encryption)(mail()) == for_good("tls_refused")
    assert standin.taken == []


async def test_a_server_without_starttls_gets_neither_password_nor_mail() -> None:
    async with mail_server(user=LOGIN) as standin:
        result = await mailing(standin, Encryption.STARTTLS, login=LOGIN)(mail())
    assert result == for_good("tls_refused")
    assert standin.taken == []


async def test_a_refused_login_is_named(certified: Certificates) -> None:
    async with mail_server(starttls=certified.server, user=LOGIN) as standin:
        wrong = mailing(standin, Encryption.STARTTLS, login=("alarm", "wrong"), certified=certified)
        assert await wrong(mail()) == for_good("login_refused")
        nobody = mailing(standin, Encryption.STARTTLS, certified=certified)
        assert await nobody(mail()) == for_good("smtp_530")
    assert standin.taken == []


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("450 mailbox busy", retry("smtp_450")),
        ("451 greylisted", retry("smtp_451")),
        ("550 no such user", for_good("smtp_550")),
    ],
)
@pytest.mark.parametrize("at", ["on_recipient", "on_data"])
async def test_passing_troubles_are_tried_again_and_lasting_ones_are_not(
    answer: str, result: NoticeResult, at: str
) -> None:
    async with mail_server() as standin:
        setattr(standin, at, [answer])
        tried = mail()
        assert await mailing(standin)(tried) == result
        assert standin.taken == []
        assert await mailing(standin)(tried) == SENT
    assert standin.taken[0]["Message-ID"] == f"<{tried.id}@tsunagi.example>"


async def test_a_mail_that_was_taken_is_sent_even_if_the_server_then_hangs_up_rudely() -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        for answer in (b"250 hello", b"250 sender", b"250 receiver", b"354 go on"):
            await reader.readline()
            writer.write(answer + b"\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"250 taken\r\n")
        await writer.drain()
        await reader.readline()
        writer.transport.abort()

    async with talker(rude) as port:
        assert await mailing(port)(mail()) == SENT


async def test_silence_a_dropped_line_and_no_server_at_all_are_tried_again() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def dropping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.close()

    async with talker(silent) as port:
        assert await mailing(port, patience=0.2)(mail()) == retry("timeout")
        assert await mailing(port, Encryption.TLS, patience=0.2)(mail()) == retry("timeout")
    async with talker(dropping) as port:
        assert await mailing(port)(mail()) == retry("connection_lost")
    assert await mailing(free_port())(mail()) == retry("not_reached")
    async with mail_server() as standin:
        standin.pause = 1.0
        assert await mailing(standin, patience=0.3)(mail()) == retry("timeout")


async def test_a_server_that_doesnt_speak_smtp_is_no_exception() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n\xff\xfe\x00")
        writer.close()

    async with talker(babble) as port:
        for encryption in Encryption:
            result = await mailing(port, encryption, patience=1)(mail())
            assert result.outcome is NoticeOutcome.FAILED_RETRY, (encryption, result)


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "duty",
        "a@b.example, c@d.example",
        "a@b.example\r\nRCPT TO:<x@evil.example>",
        "<a@b.example>",
        "あ@b.example",
    ],
)
async def test_an_address_that_is_none_reaches_no_server(address: str | None) -> None:
    assert await mailing(free_port())(mail(to=address)) == for_good("bad_address")


async def test_an_old_mobile_address_with_two_dots_is_served() -> None:
    async with mail_server() as standin:
        assert await mailing(standin)(mail(to="a..b.@mobile.example")) == SENT
    assert standin.recipients == ["a..b.@mobile.example"]


# --- webhook and call -------------------------------------------------------------------------------------------


async def test_a_webhook_is_signed_dated_and_holds_no_more_than_it_says() -> None:
    ringing = notice(Medium.WEBHOOK, None, level=Level.HIGH)
    async with http_gateway() as standin, JsonPoster() as poster:
        assert await WebhookNotifier(poster, standin.url, SECRET)(ringing) == SENT
    (body,), (headers,) = standin.bodies, standin.headers
    expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["X-Tsunagi-Signature"], expected)
    assert headers["Idempotency-Key"] == str(ringing.id)
    assert headers["Content-Type"] == "application/json"
    (said,) = standin.said
    assert abs(datetime.now(UTC) - datetime.fromisoformat(said.pop("sent_at"))) < timedelta(seconds=30)
    assert said == {
        "id": str(ringing.id),
        "kind": "alarm",
        "service": "つなぎ相談",
        "urgency": "urgent",
        "who": "当番の業務責任者",
        "number": 1,
        "test": False,
        "text": "【至急】つなぎ相談 すぐに人の確認が必要な相談があります。確認をお願いします。",
        "link": LINK,
    }


async def test_a_call_is_a_number_and_a_fixed_sentence() -> None:
    ringing = notice(Medium.VOICE, "03-1234-5678")
    async with http_gateway() as standin, JsonPoster() as poster:
        assert await VoiceNotifier(poster, standin.url, TOKEN)(ringing) == SENT
    (headers,) = standin.headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Idempotency-Key"] == str(ringing.id)
    assert standin.said == [
        {
            "id": str(ringing.id),
            "to": "0312345678",
            "say": (
                "つなぎ相談からの、自動の電話です。すぐに人の確認が必要な相談があります。緊急度は、電話で直ちに、です。"
                "届いているお知らせか、相談員の画面を開いて、確認をお願いします。"
            ),
            "repeat": 2,
        }
    ]


@pytest.mark.parametrize(
    "number", [None, "", "110", "119", "+189", "0312345678;x", "０３１２３４５６７８", "03-1234-5678\r\n"]
)
async def test_a_machine_calls_no_emergency_number_and_nothing_that_is_no_number(number: str | None) -> None:
    async with http_gateway() as standin, JsonPoster() as poster:
        result = await VoiceNotifier(poster, standin.url, TOKEN)(notice(Medium.VOICE, number))
    assert result == for_good("bad_number")
    assert standin.bodies == []


@pytest.mark.parametrize("medium", [Medium.WEBHOOK, Medium.VOICE])
async def test_a_gateways_troubles_and_the_same_key_in_every_try(medium: Medium) -> None:
    ringing = notice(medium, "0312345678")
    async with http_gateway() as standin, JsonPoster(patience=0.5) as poster:
        way = (
            WebhookNotifier(poster, standin.url, SECRET)
            if medium is Medium.WEBHOOK
            else VoiceNotifier(poster, standin.url, TOKEN)
        )
        standin.statuses = [500, 503, 429, 400, 401, 302, 409]
        results = [await way(ringing) for _ in range(7)]
        standin.pause = 2.0
        results.append(await way(ringing))
        standin.pause = 0.0
        results.append(await way(ringing))
    assert results == [
        retry("http_500"),
        retry("http_503"),
        retry("http_429"),
        for_good("http_400"),
        for_good("not_authorised"),
        for_good("http_302"),  # not followed: the token would go along
        SENT,  # 409: this key is known there
        retry("timeout"),
        SENT,
    ]
    assert {headers["Idempotency-Key"] for headers in standin.headers} == {str(ringing.id)}
    assert {said["id"] for said in standin.said} == {str(ringing.id)}
    assert len(standin.bodies) == 9


async def test_a_gateway_that_isnt_there_drops_the_line_or_shows_a_wrong_certificate(certified: Certificates) -> None:
    async def dropping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.transport.abort()

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    ringing = notice(Medium.WEBHOOK, None)
    async with JsonPoster() as poster:
        absent = WebhookNotifier(poster, f"http://127.0.0.1:{free_port()}/", SECRET)
        assert await absent(ringing) == retry("not_reached")
        for talk in (dropping, babble):
            async with talker(talk) as port:
                assert await WebhookNotifier(poster, f"http://127.0.0.1:{port}/", SECRET)(ringing) == retry(
                    "connection_lost"
                )
        async with http_gateway(tls=certified.server) as standin:
            assert await WebhookNotifier(poster, standin.url, SECRET)(ringing) == for_good("tls_refused")
            assert standin.bodies == []
            async with JsonPoster(tls=certified.trusting) as trusting:
                assert await WebhookNotifier(trusting, standin.url, SECRET)(ringing) == SENT


# --- together ---------------------------------------------------------------------------------------------------


@pytest.fixture
def library_lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


async def test_the_settings_open_the_ways_and_no_log_knows_a_receiver(
    library_lines: pytest.LogCaptureFixture,
) -> None:
    logging.getLogger("mail.log").disabled = True  # the stand-in's own
    async with mail_server() as mails, http_gateway() as gateway:
        gateway.statuses = [500, 500]
        settings = Settings.model_construct(
            smtp_url=SecretStr(f"smtp://127.0.0.1:{mails.port}"),
            mail_from=SENDER,
            alarm_webhook_url=SecretStr(gateway.url),
            alarm_webhook_secret=SecretStr(SECRET),
            voice_gateway_url=gateway.url,
            voice_gateway_token=SecretStr(TOKEN),
        )
        mails.on_recipient = ["550 5.1.1 <duty@board.example> unknown"]
        with capture_logs() as lines:
            async with open_notifier(settings) as notifier:
                assert notifier.media == settings.alarm_media == set(Medium)
                results = [
                    await notifier(mail()),
                    await notifier(notice(Medium.WEBHOOK, None)),
                    await notifier(notice(Medium.VOICE, "0312345678")),
                    await notifier(notice(Medium.DESK, None)),
                ]
    assert results == [for_good("smtp_550"), retry("http_500"), retry("http_500"), SENT]
    assert [line["event"] for line in lines] == ["notice_failed"] * 3
    written = repr(lines) + library_lines.text
    for word in ("duty@", "0312345678", SECRET, TOKEN, "t0ken-of", "つなぎ相談", "080-0000-0000"):
        assert word not in written


async def test_with_nothing_but_the_desk_the_operator_is_warned() -> None:
    with capture_logs() as lines:
        async with open_notifier(Settings.model_construct()) as notifier:
            assert notifier.media == {Medium.DESK}
            assert await notifier(mail()) == for_good("not_configured")
    assert [line["event"] for line in lines] == ["alarm_reaches_desk_only", "notice_failed"]
