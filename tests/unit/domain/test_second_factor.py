"""Numbers of an app and codes on paper, without a database."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.adapters.one_time_numbers import PyotpNumbers
from handoff.domain.errors import InputRefused, MoveRefused, OwnReview
from handoff.domain.report_receipt import ALPHABET, canonical, in_blocks
from handoff.domain.second_factor import (
    CODE_SIGNS,
    CODES,
    DRIFT,
    LONGEST_REASON,
    RESET_WAITS,
    TRIES,
    Reset,
    ResetState,
    check_answering,
    check_asking,
    is_spent,
    nobody_together,
    recovery_code,
    refused_after,
    step_of,
    step_of_number,
    typed_number,
    typed_recovery_code,
)
from handoff.domain.staff import BARRING, StaffMember, StaffRole
from handoff.services.desk.second_factor import new_codes

NUMBERS = PyotpNumbers()
#: RFC 6238, appendix B, for SHA-1; the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "number"), RFC.items())
def test_numbers_are_those_of_the_standard(seconds: int, number: str) -> None:
    assert NUMBERS.number(RFC_SECRET, step_of(at(seconds))) == number
    assert step_of_number(number, at(seconds), lambda step: NUMBERS.number(RFC_SECRET, step)) == seconds // 30


def test_an_app_reads_what_the_picture_says() -> None:
    secret = NUMBERS.new_secret()
    read = pyotp.parse_uri(NUMBERS.address(secret, "yuki", "つなぎ 相談"))
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer, read.digits, read.interval) == (secret, "yuki", "つなぎ 相談", 6, 30)
    assert len(secret) == 32 and secret != NUMBERS.new_secret()


@given(st.integers(0, 2**31), st.integers(-5, 5), st.floats(0, 29.9))
def test_a_clock_may_go_one_step_wrong_and_no_more(step: int, off: int, within: float) -> None:
    now = at((step + 10) * 30 + within)
    found = step_of_number(str(700_000 + off), now, lambda one: str(700_000 + one - (step + 10)))
    assert found == (step + 10 + off if abs(off) <= DRIFT else None)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_step_and_all_before_the_newest_are_spent(step: int, last: int) -> None:
    assert is_spent(step, last) == (step <= last)
    assert not is_spent(step, None)


@pytest.mark.parametrize("typed", ["012345", " 012 345 ", "０１２３４５", "012-345", "012\u3000345", "0 1 2 3 4 5"])
def test_a_number_is_read_however_it_is_typed(typed: str) -> None:
    assert typed_number(typed) == "012345"


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345a", "一二三四五六", "²²²²²²x", "1" * 60, "٠١٢٣٤٥"])
def test_what_is_no_number_opens_nothing(typed: str) -> None:
    assert typed_number(typed) is None
    assert step_of_number(typed, NOW, lambda _step: typed) is None


def test_codes_on_paper_can_t_be_guessed_and_are_all_different() -> None:
    assert CODE_SIGNS * 5 >= 112, "so that a keyed hash is all they need (ASVS 6.5.2)"
    codes = new_codes()
    assert len(set(codes)) == CODES == 10
    assert all(len(code) == CODE_SIGNS + 1 and set(code) <= set(ALPHABET) for code in codes)


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["-", " ", "\u3000", "", ".", "\n"]), st.booleans())
def test_a_code_is_read_however_it_is_typed(seed: bytes, between: str, small: bool) -> None:
    code = recovery_code(seed)
    typed = in_blocks(code).replace("-", between)
    assert typed_recovery_code(typed.lower() if small else typed) == code
    assert canonical(typed) is None, "it isn't a receipt"


@given(st.binary(min_size=32, max_size=32), st.integers(0, CODE_SIGNS), st.sampled_from(ALPHABET))
def test_every_slip_of_the_pen_is_told(seed: bytes, place: int, sign: str) -> None:
    code = recovery_code(seed)
    slipped = code[:place] + sign + code[place + 1 :]
    assert (typed_recovery_code(slipped) is None) == (slipped != code)
    turned = code[:place] + code[place : place + 2][::-1] + code[place + 2 :]
    assert (typed_recovery_code(turned) is None) == (turned != code)


def test_receipts_of_reports_are_as_they_were() -> None:
    """They are written on paper out there: their form can't change with that of other codes."""
    from handoff.domain.report_receipt import receipt_of

    assert receipt_of(hashlib.sha256(b"a report").digest()) == RECEIPT


RECEIPT = "4NWWDGG9VYTWJCP2XT6Y"


def test_a_wrong_number_says_how_many_are_left() -> None:
    assert [refused_after(tries).left for tries in range(1, TRIES + 2)] == [4, 3, 2, 1, 0, 0]


# --- a lost device ----------------------------------------------------------------------------------------------


def person(role: StaffRole, *, cleared: bool = True) -> StaffMember:
    return StaffMember(uuid4(), "name", "あだな", role, lacks=frozenset() if cleared else BARRING)


KAEDE, MINATO, YUKI = (
    person(StaffRole.ADMINISTRATOR),
    person(StaffRole.SUPERVISOR),
    person(StaffRole.COUNSELLOR),
)
ASKED = Reset(uuid4(), YUKI.id, KAEDE.id, KAEDE.role, "電話で声を確かめました。", NOW, NOW + RESET_WAITS)


def test_nobody_asks_for_themselves_and_nobody_without_a_reason() -> None:
    assert check_asking(KAEDE, YUKI, " 電話で \n") == "電話で"
    with pytest.raises(OwnReview):
        check_asking(KAEDE, KAEDE, "電話で")
    for reason in ("", " \n", "あ" * (LONGEST_REASON + 1)):
        with pytest.raises(InputRefused):
            check_asking(KAEDE, YUKI, reason)


def test_one_of_the_other_role_says_yes_and_nobody_for_themselves() -> None:
    check_answering(ASKED, MINATO, NOW)
    mine = replace(ASKED, staff_id=MINATO.id)
    for reset, member in (
        (ASKED, KAEDE),
        (ASKED, person(StaffRole.ADMINISTRATOR)),
        (mine, MINATO),
        # Who asked as an administrator and is a supervisor by now can't be both.
        (ASKED, replace(KAEDE, role=StaffRole.SUPERVISOR)),
    ):
        with pytest.raises(OwnReview):
            check_answering(reset, member, NOW)


def test_a_request_is_answered_once_and_within_a_day() -> None:
    check_answering(ASKED, MINATO, NOW + RESET_WAITS - timedelta(seconds=1))
    assert RESET_WAITS == timedelta(hours=24)
    for reset, moment in (
        (ASKED, NOW + RESET_WAITS),
        (replace(ASKED, state=ResetState.CONFIRMED), NOW),
        (replace(ASKED, state=ResetState.REFUSED), NOW),
    ):
        with pytest.raises(MoveRefused):
            check_answering(reset, MINATO, moment)
    assert ASKED.state_at(NOW + RESET_WAITS) is ResetState.EXPIRED


def test_the_machine_is_the_last_way_only_where_the_two_are_not_there() -> None:
    assert not nobody_together(YUKI, [YUKI, KAEDE, MINATO])
    assert nobody_together(KAEDE, [YUKI, KAEDE, MINATO]), "the only administrator lost theirs"
    assert not nobody_together(KAEDE, [KAEDE, MINATO, person(StaffRole.ADMINISTRATOR)])
    assert nobody_together(YUKI, [KAEDE, person(StaffRole.SUPERVISOR, cleared=False)])
