"""LINE's bytes: only signed ones are read, and every event in them is kept (security threat 1; line.md §1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.adapters.line.reading import PLACEHOLDERS, read_event
from handoff.adapters.line.sender import classify
from handoff.adapters.line.webhook import check_signature, read_webhook
from handoff.domain.delivery import Outcome
from handoff.domain.errors import BodyUnreadable, SignatureRefused
from handoff.domain.incoming import Channel, EventType, MessageKind
from tests.support.line_events import body, event, text

SECRET = "secret-of-the-channel"
RAW = body(text("こんばんは😭")).encode()


def _sign(raw: bytes) -> str:
    return base64.b64encode(hmac.new(SECRET.encode(), raw, hashlib.sha256).digest()).decode()


def test_a_signed_body_is_read() -> None:
    (arrival,) = read_webhook(check_signature(SECRET, RAW, _sign(RAW)))
    assert (arrival.type, arrival.channel, arrival.address) == (EventType.MESSAGE, Channel.LINE, "U" + "1" * 32)
    assert "こんばんは😭" in arrival.payload


@settings(max_examples=1000)
@given(st.data())
def test_no_altered_byte_of_body_or_signature_passes(data: st.DataObject) -> None:
    raw, signature = bytearray(RAW), bytearray(_sign(RAW).encode())
    target = data.draw(st.sampled_from([raw, signature]))
    place = data.draw(st.integers(0, len(target) - 1))
    target[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SignatureRefused):
        check_signature(SECRET, bytes(raw), signature.decode("latin-1"))


@pytest.mark.parametrize(
    "signature",
    [None, "", "あ", "AAAA", "=" * 44, _sign(RAW)[:-1], _sign(RAW) + "\n\n"],
    ids=["none", "empty", "letter", "short", "padding", "cut", "lines"],
)
def test_a_missing_or_odd_signature_is_refused(signature: str | None) -> None:
    if signature is not None and signature.strip() == _sign(RAW):
        pytest.fail("the case is no odd signature") if signature == _sign(RAW) else None
    with pytest.raises(SignatureRefused):
        check_signature(SECRET, RAW, signature)


@given(st.binary(max_size=60))
def test_signed_rubbish_is_refused_by_name_never_a_crash(raw: bytes) -> None:
    try:
        read_webhook(check_signature(SECRET, raw, _sign(raw)))
    except (BodyUnreadable, SignatureRefused):
        return
    assert isinstance(json.loads(raw)["events"], list)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
known_fields = st.fixed_dictionaries(
    {},
    optional={
        name: json_values
        for name in ("type", "message", "source", "timestamp", "webhookEventId", "mode", "unsend", "postback")
    }
    | {"type": st.sampled_from([*EventType, "beacon"])},
)


@given(st.lists(known_fields, max_size=4))
def test_every_event_however_odd_is_kept_and_read(events: list[dict[str, Any]]) -> None:
    arrivals = read_webhook(json.dumps({"events": events}))
    assert len(arrivals) == len(events)
    for arrival, sent in zip(arrivals, events, strict=True):
        assert json.loads(arrival.payload) == sent
        assert 0 < len(arrival.event_id) <= 64
        reading = read_event(arrival.type, arrival.payload)
        if arrival.type is EventType.MESSAGE:
            assert reading.message is not None
            assert reading.message.text


def test_an_event_without_an_id_is_known_again_by_its_content() -> None:
    odd = event("message")
    del odd["webhookEventId"]
    (first,), (again,) = read_webhook(body(odd)), read_webhook(body(odd))
    (other,) = read_webhook(body(odd | {"timestamp": 5}))
    assert first.event_id == again.event_id != other.event_id


@pytest.mark.parametrize(
    "source", [{"type": "group", "groupId": "C1", "userId": "U1"}, {"type": "room", "roomId": "R1"}]
)
def test_groups_and_rooms_are_contacts_of_their_own(source: dict[str, str]) -> None:
    (arrival,) = read_webhook(body(text("x", source=source)))
    assert (arrival.channel, arrival.address) == (Channel.LINE_GROUP, source.get("groupId", source.get("roomId")))


@pytest.mark.parametrize("kind", ["sticker", "image", "video", "audio", "file", "location"])
def test_what_is_not_text_is_a_placeholder_with_its_facts_beside_it(kind: str) -> None:
    message = {"id": "m", "type": kind, "latitude": 35.1, "longitude": 139.2, "fileName": "a", "keywords": ["cry"]}
    reading = read_event(EventType.MESSAGE, json.dumps(event("message", message=message)))
    assert reading.message is not None
    assert (reading.message.kind, reading.message.text) == (kind, PLACEHOLDERS[MessageKind(kind)])
    if kind == "location":
        assert json.loads(reading.message.detail or "") == {"latitude": 35.1, "longitude": 139.2}


@pytest.mark.parametrize(
    ("status", "message", "reply", "outcome"),
    [
        (429, "You have reached your monthly limit.", False, Outcome.MONTHLY_LIMIT),
        (429, "The API rate limit has been exceeded. Try again later.", False, Outcome.RATE_LIMITED),
        (409, "The retry key is already accepted", False, Outcome.ALREADY_ACCEPTED),
        (400, "Invalid reply token", True, Outcome.INVALID_TOKEN),
        (400, "The request body has 1 error(s)", True, Outcome.REJECTED),
        (400, "Failed to send messages", False, Outcome.REJECTED),
        (401, "Authentication failed", True, Outcome.NOT_AUTHORISED),
        (403, "", False, Outcome.NOT_AUTHORISED),
        (413, "", False, Outcome.REJECTED),
        (500, "Internal Server Error", True, Outcome.UNCERTAIN),
        (503, "", False, Outcome.UNCERTAIN),
    ],
)
def test_lines_statuses_are_told_apart(status: int, message: str, reply: bool, outcome: Outcome) -> None:
    assert classify(status, json.dumps({"message": message}), reply=reply) is outcome
    assert classify(status, None, reply=reply) is not Outcome.ACCEPTED
