"""LINE's rules in the stand-in: what the bot may rely on in every other test."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from handoff.simulator import acts
from handoff.simulator.outcome import Outcome
from handoff.simulator.platform import Made, Platform, UnknownUser
from handoff.simulator.signing import sign

KEY = "123e4567-e89b-12d3-a456-426614174000"


class Clock:
    """Seconds that move only when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at

    def wall_ms(self) -> int:
        return int(self.at * 1000)


class Line:
    """A platform with one student, and short ways to use it."""

    def __init__(self, **settings: float | None) -> None:
        self.clock = Clock()
        self.platform = Platform(self.clock, self.clock.wall_ms, access_token="t", **settings)  # type: ignore[arg-type]
        self.student = self.platform.create_user().user_id

    def says(self, text: str = "こんにちは") -> Made:
        return self.platform.act(acts.Text(user=self.student, text=text))

    def follows(self) -> Made:
        return self.platform.act(acts.Follow(user=self.student))

    def reply(self, token: str | None, *messages: Mapping[str, object], key: str | None = None) -> Outcome:
        body = {"replyToken": token, "messages": list(messages) or [text("はい")]}
        return self.platform.reply(body, request_id="r", retry_key=key)

    def push(self, *messages: Mapping[str, object], key: str | None = None, to: str | None = None) -> Outcome:
        body = {"to": to or self.student, "messages": list(messages) or [text("はい")]}
        return self.platform.push(body, request_id=f"r-{key}", retry_key=key)

    def seen(self) -> list[str]:
        return [entry.text for entry in self.platform.chat(self.student).answers()]


def text(words: str, *labels: str) -> dict[str, object]:
    message: dict[str, object] = {"type": "text", "text": words}
    if labels:
        items = [{"type": "action", "action": {"type": "message", "label": one, "text": one}} for one in labels]
        message["quickReply"] = {"items": items}
    return message


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_reply_token_is_good_once(line: Line) -> None:
    token = line.says().reply_token
    assert line.reply(token).status == 200
    second = line.reply(token)
    assert (second.status, second.body) == (400, {"message": "Invalid reply token"})
    assert line.seen() == ["はい"]


@pytest.mark.parametrize(("seconds", "status"), [(59.9, 200), (60.1, 400)])
def test_a_reply_token_is_good_for_sixty_seconds(line: Line, seconds: float, status: int) -> None:
    token = line.says().reply_token
    line.clock.at += seconds
    assert line.reply(token).status == status


def test_a_redelivery_gives_an_unused_token_a_new_minute(line: Line) -> None:
    made = line.says()
    line.clock.at += 19 * 60
    again = line.platform.redeliver(made.event_id)
    line.clock.at += 59
    assert again.event == {**made.event, "deliveryContext": {"isRedelivery": True}}
    assert line.reply(made.reply_token).status == 200
    line.platform.redeliver(made.event_id)
    assert line.reply(made.reply_token).status == 400  # used stays used


def test_a_redelivery_after_twenty_minutes_renews_nothing(line: Line) -> None:
    made = line.says()
    line.clock.at += 20 * 60 + 1
    line.platform.redeliver(made.event_id)
    assert line.reply(made.reply_token).status == 400


def test_a_refused_body_leaves_the_token_unspent(line: Line) -> None:
    token = line.says().reply_token
    assert line.reply(token, text("")).status == 400
    assert line.reply(token).status == 200


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (5, 200), (6, 400)])
def test_one_to_five_messages_a_call(line: Line, count: int, status: int) -> None:
    body = {"to": line.student, "messages": [text("はい")] * count}
    assert line.platform.push(body, request_id="r", retry_key=None).status == status


@pytest.mark.parametrize(
    ("words", "status"),
    [("あ" * 5000, 200), ("あ" * 5001, 400), ("😀" * 2500, 200), ("😀" * 2500 + "a", 400), ("", 400)],
)
def test_a_text_has_at_most_5000_utf16_units(line: Line, words: str, status: int) -> None:
    outcome = line.push(text(words))
    assert outcome.status == status
    if status == 400:
        details = outcome.body["details"]
        assert isinstance(details, list)
        assert details[0]["property"] == "messages[0].text"


@pytest.mark.parametrize(("count", "status"), [(1, 200), (13, 200), (14, 400)])
def test_at_most_thirteen_quick_replies(line: Line, count: int, status: int) -> None:
    assert line.push(text("どれですか", *(f"{n}" for n in range(count)))).status == status


@pytest.mark.parametrize(("label", "status"), [("あ" * 20, 200), ("あ" * 21, 400), ("👨‍👩‍👧" * 20, 200), ("", 400)])
def test_a_label_has_at_most_twenty_characters(line: Line, label: str, status: int) -> None:
    message = text("どれですか", label)
    items = message["quickReply"]["items"]  # type: ignore[index]
    items[0]["action"]["text"] = "選びました"
    assert line.push(message).status == status


def test_quick_replies_show_only_below_the_last_message(line: Line) -> None:
    line.follows()
    line.push(text("一つめ", "はい"), text("二つめ", "いいえ"))
    first, second = line.platform.chat(line.student).answers()
    assert first.quick_replies == ()
    assert [one["label"] for one in second.quick_replies] == ["いいえ"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "hologram"},
        {"text": "型がない"},
        "文字だけ",
        {
            "type": "image",
            "originalContentUrl": "http://example.jp/a.png",
            "previewImageUrl": "https://example.jp/a.png",
        },
        {"type": "text", "text": "はい", "sender": {"name": "LINE相談員"}},
        {"type": "text", "text": "はい", "quickReply": {"items": [{"type": "action", "action": {"type": "call"}}]}},
    ],
)
def test_other_bodies_that_line_refuses(line: Line, message: object) -> None:
    body = {"to": line.student, "messages": [message]}
    assert line.platform.push(body, request_id="r", retry_key=None).verdict == "invalid_body"


def test_a_retry_key_is_accepted_once_and_then_409(line: Line) -> None:
    line.follows()
    first, second = line.push(key=KEY), line.push(key=KEY.upper())
    assert (first.status, second.status) == (200, 409)
    assert second.headers["x-line-accepted-request-id"] == f"r-{KEY}"
    assert second.body["sentMessages"] == first.body["sentMessages"]
    assert line.seen() == ["はい"]


def test_a_retry_key_is_new_again_after_a_day(line: Line) -> None:
    line.follows()
    line.push(key=KEY)
    line.clock.at += 24 * 60 * 60 + 1
    assert line.push(key=KEY).status == 200
    assert len(line.seen()) == 2


def test_a_refused_push_does_not_use_up_its_retry_key(line: Line) -> None:
    assert line.push(text(""), key=KEY).status == 400
    assert line.push(key=KEY).status == 200


def test_retry_keys_that_are_no_uuid_or_on_a_reply_are_refused(line: Line) -> None:
    assert line.push(key="mine").status == 400
    token = line.says().reply_token
    assert line.reply(token, key=KEY).status == 400
    assert line.reply(token).status == 200


def test_the_month_ends_with_429_but_replies_stay_free() -> None:
    line = Line(monthly_limit=2)
    line.follows()
    assert [line.push(text("a"), text("b")).status for _ in range(3)] == [200, 200, 429]
    assert line.push().body == {"message": "You have reached your monthly limit."}
    assert line.platform.quota.used == 2  # a call counts once for a person, however many messages it holds
    assert line.reply(line.says().reply_token).status == 200


def test_too_many_requests_a_second_are_429_until_time_passes() -> None:
    line = Line(message_rate=3.0)
    verdicts = [line.platform.rate_limited("push") for _ in range(4)]
    assert [one is None for one in verdicts] == [True, True, True, False]
    assert verdicts[3] is not None
    assert verdicts[3].status == 429
    line.clock.at += 1
    assert line.platform.rate_limited("push") is None


def test_an_unknown_user_is_400_and_a_wrong_token_401(line: Line) -> None:
    assert line.push(to="U" + "0" * 32).body == {"message": "Failed to send messages"}
    assert line.platform.authorised("Bearer t") is None
    for wrong in (None, "", "Bearer x", "t"):
        refusal = line.platform.authorised(wrong)
        assert refusal is not None
        assert refusal.status == 401


def test_who_blocked_the_bot_is_not_reached_although_line_says_200(line: Line) -> None:
    line.follows()
    token = line.says().reply_token
    line.platform.act(acts.Unfollow(user=line.student))
    for outcome in (line.push(), line.reply(token)):
        assert (outcome.status, outcome.delivered) == (200, False)
    assert line.seen() == []
    assert line.platform.quota.used == 0
    assert line.follows().event["follow"] == {"isUnblocked": True}
    assert line.push().delivered


def test_a_push_reaches_a_stranger_for_seven_days_after_a_word(line: Line) -> None:
    assert not line.push().delivered
    line.says()
    line.clock.at += 7 * 24 * 60 * 60
    assert line.push().delivered
    line.clock.at += 1
    assert not line.push().delivered


@pytest.mark.parametrize(("seconds", "status"), [(5, 202), (60, 202), (4, 400), (7, 400), (65, 400), ("5", 400)])
def test_loading_takes_five_to_sixty_seconds_in_steps(line: Line, seconds: object, status: int) -> None:
    body = {"chatId": line.student, "loadingSeconds": seconds}
    assert line.platform.start_loading(body).status == status


def test_loading_ends_with_the_answer(line: Line) -> None:
    changes: list[dict[str, object]] = []
    line.platform.chat(line.student).watch(changes.append)
    token = line.says().reply_token
    line.platform.start_loading({"chatId": line.student})
    line.reply(token)
    assert [one["seconds"] for one in changes if one["type"] == "loading"] == [20, 0]


def test_an_unsent_message_loses_its_words_and_its_content(line: Line) -> None:
    content = line.platform.add_content("image/png", b"picture")
    made = line.platform.act(acts.Media(kind="image", user=line.student, content=content))
    assert made.message_id is not None
    assert line.platform.content(made.message_id) == ("image/png", b"picture")
    unsend = line.platform.act(acts.Unsend(user=line.student, message=made.message_id))
    assert unsend.event["unsend"] == {"messageId": made.message_id}
    assert unsend.reply_token is None
    gone = line.platform.content(made.message_id)
    assert isinstance(gone, Outcome)
    assert gone.status == 410
    assert line.platform.chat(line.student).entries[0].unsent
    with pytest.raises(UnknownUser):
        line.platform.act(acts.Unsend(user=line.student, message="1"))


def test_events_have_lines_shape(line: Line) -> None:
    event = line.says("死").event
    assert len(str(event["webhookEventId"])) == 26
    assert event["source"] == {"type": "user", "userId": line.student}
    assert (event["mode"], event["deliveryContext"]) == ("active", {"isRedelivery": False})
    message = event["message"]
    assert isinstance(message, dict)
    assert {"id", "type", "quoteToken", "text", "markAsReadToken"} == set(message)
    assert event["timestamp"] == line.clock.wall_ms()


def test_every_act_makes_an_event_that_the_official_sdk_reads_or_calls_unknown(line: Line) -> None:
    from linebot.v3.webhook import WebhookParser

    content = line.platform.add_content("image/png", b"x")
    message = line.says().message_id
    assert message is not None
    base = {"user": line.student}
    made = [
        line.platform.act(acts.ACT.validate_python({**base, **one}))
        for one in (
            {"kind": "text", "text": "はい", "quoted": message},
            {"kind": "sticker", "keywords": ["かなしい"]},
            {"kind": "image", "content": content},
            {"kind": "video"},
            {"kind": "audio"},
            {"kind": "file", "name": "a.pdf", "size": 3},
            {"kind": "location", "latitude": 35.0, "longitude": 135.0},
            {"kind": "postback", "data": "a=1"},
            {"kind": "edit", "message": message, "text": "いいえ"},
            {"kind": "follow"},
            {"kind": "unfollow"},
            {"kind": "unsend", "message": message},
            {"kind": "unknown"},
            {"kind": "raw", "event": {"type": "accountLink", "source": None, "link": {"result": "ok", "nonce": "n"}}},
        )
    ]
    raw, signature = sign(line.platform.webhook(made), "secret")
    names = [type(event).__name__ for event in WebhookParser("secret").parse(raw.decode(), signature)]
    assert names == [
        "MessageEvent", "MessageEvent", "MessageEvent", "MessageEvent", "MessageEvent", "MessageEvent", "MessageEvent",
        "PostbackEvent", "MessageEditedEvent", "FollowEvent", "UnfollowEvent", "UnsendEvent", "UnknownEvent",
        "AccountLinkEvent",
    ]  # fmt: skip
    assert "source" not in made[-1].event


def test_standby_has_no_reply_token_and_groups_have_their_own_chat(line: Line) -> None:
    assert "replyToken" not in line.platform.act(acts.Text(user=line.student, text="a", mode="standby")).event
    group = line.platform.create_group().chat_id
    made = line.platform.act(acts.Text(user=line.student, text="a", group=group))
    assert made.event["source"] == {"type": "group", "groupId": group, "userId": line.student}
    assert line.reply(made.reply_token).chat_id == group
    assert line.seen() == []
    assert len(line.platform.chat(group).answers()) == 1


def test_events_of_one_chat_never_share_a_millisecond(line: Line) -> None:
    stamps = [line.says().event["timestamp"] for _ in range(30)]
    assert stamps == sorted(set(stamps))  # type: ignore[type-var]


def test_half_a_surrogate_pair_can_be_signed_and_sent(line: Line) -> None:
    raw, _ = sign(line.platform.webhook([line.says("\ud83d")]), "secret")
    assert json.loads(raw)["events"][0]["message"]["text"] == "\ud83d"
