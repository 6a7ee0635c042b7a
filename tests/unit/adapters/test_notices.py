"""What a notice says and can't say; what an answer means (KAG-7.1ア; security threat 25)."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from handoff.adapters.notices.http import by_status
from handoff.adapters.notices.mail import Encryption, compose, read_smtp_url
from handoff.adapters.notices.results import Code, failed
from handoff.adapters.notices.sender import Notices
from handoff.adapters.notices.webhook import sign
from handoff.adapters.notices.wording import LONGEST_NAME, letter, one_line, short, spoken, subject
from handoff.domain.notice import Medium, Notice, NoticeOutcome, NoticeResult
from handoff.domain.session import Level

LINK = "https://tsunagi.example/alarm/abc"


def notice(**changes: Any) -> Notice:
    plain = Notice(
        id=UUID("0b9a7f5e-0000-4000-8000-000000000001"),
        medium=Medium.MAIL,
        who="当番の業務責任者",
        to="duty@board.example",
        service_name="つなぎ相談",
        level=Level.CRITICAL,
        link=LINK,
        number=1,
        test=False,
    )
    return dataclasses.replace(plain, **changes)


NOTICES = st.builds(
    notice,
    service_name=st.text(min_size=1),
    who=st.text(min_size=1),
    level=st.sampled_from(Level),
    link=st.sampled_from([None, LINK]),
    number=st.integers(1, 99),
    test=st.booleans(),
)


def test_a_notice_has_no_place_for_a_students_words() -> None:
    names = {field.name for field in dataclasses.fields(Notice)}
    assert names == {"id", "medium", "who", "to", "service_name", "level", "link", "number", "test"}


@pytest.mark.parametrize(("level", "words"), [(Level.CRITICAL, "電話で直ちに"), (Level.HIGH, "至急")])
def test_every_text_says_how_urgent_it_is_in_the_words_of_the_reporting_classes(level: Level, words: str) -> None:
    for text in (subject, letter, short, spoken):
        assert words in text(notice(level=level))


def test_the_mail_says_who_what_and_where() -> None:
    text = letter(notice())
    assert text.startswith("当番の業務責任者 さま\n")
    assert f"\n{LINK}\n" in text
    assert "つなぎ相談で、すぐに人の確認が必要な相談があります。" in text


def test_only_the_mail_holds_the_link_and_never_the_call() -> None:
    assert LINK in letter(notice())
    for text in (subject, short, spoken):
        assert LINK not in text(notice())


def test_a_later_ring_says_so() -> None:
    assert "（3回目）" in subject(notice(number=3))
    assert "回目" not in subject(notice(number=1))


@given(NOTICES.map(lambda n: dataclasses.replace(n, test=True)))
def test_a_test_says_in_every_text_that_it_is_one_and_never_that_somebody_needs_help(tried: Notice) -> None:
    plain = dataclasses.replace(tried, service_name="窓口", who="当番")
    for text in (subject(plain), letter(plain), short(plain), spoken(plain)):
        assert "試験" in text
        assert not re.search("至急|直ちに|相談があります", text)


def test_without_a_link_the_mail_sends_people_to_the_desk() -> None:
    text = letter(notice(link=None))
    assert "相談員の画面を開いてください。" in text
    assert "http" not in text


@given(st.text())
def test_a_name_becomes_one_short_visible_line(name: str) -> None:
    line = one_line(name)
    assert len(line) <= LONGEST_NAME
    assert line == line.strip()
    assert line.isprintable()


@given(NOTICES)
def test_no_name_can_add_a_header_or_another_receiver(made: Notice) -> None:
    raw = compose(made, "alarm@tsunagi.example", "duty@board.example").as_bytes()
    read = message_from_bytes(raw, policy=policy.default)
    assert sorted(read.keys()) == sorted(
        [
            *("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "Importance"),
            *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
        ]
    )
    assert [a.addr_spec for a in read["From"].addresses] == ["alarm@tsunagi.example"]
    assert [a.addr_spec for a in read["To"].addresses] == ["duty@board.example"]
    # Python's folding loses a space where one encoded word ends and the next begins; no letter is lost.
    assert str(read["Subject"]).replace(" ", "") == subject(made).replace(" ", "")


@pytest.mark.parametrize(
    "evil", ["つなぎ\r\nBcc: x@evil.example", "つなぎ\n\nx", 'つなぎ" <x@evil.example>', "つなぎ\u2028Bcc: x"]
)
def test_header_injection_by_a_services_name_is_impossible(evil: str) -> None:
    raw = compose(notice(service_name=evil), "alarm@tsunagi.example", "duty@board.example").as_bytes()
    read = message_from_bytes(raw, policy=policy.default)
    assert read["Bcc"] is None
    assert [a.addr_spec for a in read["From"].addresses] == ["alarm@tsunagi.example"]


def test_a_repeated_mail_has_the_same_id_and_asks_nobodys_absence_to_answer() -> None:
    first, again = (compose(notice(), "alarm@tsunagi.example", "duty@board.example") for _ in range(2))
    assert first["Message-ID"] == again["Message-ID"] == f"<{notice().id}@tsunagi.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert (first["Importance"], compose(notice(test=True), "a@b.example", "c@d.example")["Importance"]) == (
        "high",
        "normal",
    )


def test_the_mail_travels_in_seven_bits_and_comes_out_whole() -> None:
    raw = compose(notice(), "alarm@tsunagi.example", "duty@board.example").as_bytes()
    raw.decode("ascii")
    read = message_from_bytes(raw, policy=policy.default)
    assert read.get_content().splitlines() == letter(notice()).splitlines()


@pytest.mark.parametrize(
    ("url", "on_this_machine", "port", "encryption"),
    [
        ("smtp://mail.example", False, 587, Encryption.STARTTLS),
        ("smtp://mail.example:2525", False, 2525, Encryption.STARTTLS),
        ("smtps://mail.example", False, 465, Encryption.TLS),
        ("smtps://127.0.0.1:4650", True, 4650, Encryption.TLS),
        ("smtp://127.0.0.1", True, 25, Encryption.NONE),
    ],
)
def test_mail_is_in_the_clear_on_this_machine_alone(
    url: str, on_this_machine: bool, port: int, encryption: Encryption
) -> None:
    server = read_smtp_url(url, on_this_machine=on_this_machine)
    assert (server.port, server.encryption, server.user) == (port, encryption, None)


def test_signs_in_a_password_are_read_and_never_shown() -> None:
    server = read_smtp_url("smtp://al%40rm:s%23cret%2Fword@mail.example", on_this_machine=False)
    assert (server.user, server.password) == ("al@rm", "s#cret/word")
    assert "s#cret/word" not in repr(server)


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (200, NoticeOutcome.SENT, None),
        (202, NoticeOutcome.SENT, None),
        (409, NoticeOutcome.SENT, None),  # the key is known: an earlier attempt arrived
        (302, NoticeOutcome.FAILED_FOR_GOOD, "http_302"),
        (400, NoticeOutcome.FAILED_FOR_GOOD, "http_400"),
        (401, NoticeOutcome.FAILED_FOR_GOOD, "not_authorised"),
        (403, NoticeOutcome.FAILED_FOR_GOOD, "not_authorised"),
        (404, NoticeOutcome.FAILED_FOR_GOOD, "http_404"),
        (408, NoticeOutcome.FAILED_RETRY, "http_408"),
        (429, NoticeOutcome.FAILED_RETRY, "http_429"),
        (500, NoticeOutcome.FAILED_RETRY, "http_500"),
        (503, NoticeOutcome.FAILED_RETRY, "http_503"),
    ],
)
def test_what_a_gateways_status_means(status: int, outcome: NoticeOutcome, code: str | None) -> None:
    assert by_status(status) == NoticeResult(outcome, code)


def test_a_webhooks_signature_is_the_plain_hmac_of_the_body() -> None:
    expected = hmac.new(b"key", b"body", hashlib.sha256).hexdigest()
    assert sign(b"key", b"body") == f"sha256={expected}"


class Way:
    """Gives a result, or falls over."""

    def __init__(self, result: NoticeResult | Exception) -> None:
        self.result = result
        self.got: list[Notice] = []

    async def __call__(self, notice: Notice) -> NoticeResult:
        self.got.append(notice)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def test_the_medium_chooses_the_way() -> None:
    mail, voice = Way(NoticeResult(NoticeOutcome.SENT)), Way(failed(Code.TIMEOUT))
    notices = Notices({Medium.MAIL: mail, Medium.VOICE: voice})
    assert notices.media == {Medium.DESK, Medium.MAIL, Medium.VOICE}
    assert (await notices(notice())).outcome is NoticeOutcome.SENT
    assert await notices(notice(medium=Medium.VOICE)) == NoticeResult(NoticeOutcome.FAILED_RETRY, "timeout")
    assert (await notices(notice(medium=Medium.DESK, to=None))).outcome is NoticeOutcome.SENT
    assert await notices(notice(medium=Medium.WEBHOOK)) == NoticeResult(NoticeOutcome.FAILED_FOR_GOOD, "not_configured")
    assert (len(mail.got), len(voice.got)) == (1, 1)


async def test_a_fault_of_ours_is_a_result_and_not_an_exception() -> None:
    notices = Notices({Medium.MAIL: Way(RuntimeError("duty@board.example"))})
    with capture_logs() as lines:
        result = await notices(notice())
    assert result == NoticeResult(NoticeOutcome.FAILED_RETRY, "fault")
    assert [line["event"] for line in lines] == ["notice_fault", "notice_failed"]


async def test_logs_name_the_notice_and_never_the_receiver() -> None:
    notices = Notices({Medium.MAIL: Way(failed(Code.NOT_REACHED))})
    tried = notice(id=uuid4())
    with capture_logs() as lines:
        await notices(tried)
    (line,) = lines
    assert line == {
        "event": "notice_failed",
        "log_level": "warning",
        "notice_id": str(tried.id),
        "medium": "mail",
        "outcome": "failed_retry",
        "code": "not_reached",
    }
