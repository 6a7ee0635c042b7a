"""ア: the flow from registration to answer (HOK-3.4, KAG-6.1ク), drawn from the session's own table of states.

Pure. The boxes are the states of ``domain.session`` and their arrows its ``TABLE``: a state or a way that is added there
stands here the same day, and one without words keeps the document from being made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from handoff.domain.documents.model import Document, Kind, Part, Source, Step, Table, document
from handoff.domain.hours import OpeningHours
from handoff.domain.profile.vocabulary import Availability, ReplySource
from handoff.domain.profile_in_words import (
    CHANNEL_WORDS,
    NOT_DECIDED,
    closed_words,
    version_for,
    week_words,
)
from handoff.domain.session import TABLE, Change, State

STATE_WORDS: Final[Mapping[State, str]] = {
    State.INTAKE: "自動の案内",
    State.LEFT_MESSAGE: "承りました（メッセージを預かる）",
    State.WAITING: "待ち行列",
    State.LIVE: "相談員と相談中",
    State.WRAP_UP: "終了記録",
    State.CLOSED: "終了",
}
#: Who acts in each state, and what happens there.
_BOXES: Final[Mapping[State, tuple[str, tuple[str, ...]]]] = {
    State.INTAKE: (
        "プログラム",
        (
            "プログラムであること、だれが読むか、秘密の決まりを、はじめに伝えます。",
            "学年・学校・内容・性別を聞きます。どれも答えなくて進めます。",
            "危険な言葉が届いたときは質問をやめ、人に知らせます。",
        ),
    ),
    State.LEFT_MESSAGE: (
        "プログラム",
        ("相談員がいない時間に届いたものを預かり、次に開いたときに待ち行列へ並べます。",),
    ),
    State.WAITING: ("プログラム・相談員", ("危険度、待ち時間の順に並びます。相談者には順番を伝えません。",)),
    State.LIVE: ("相談員", ("一人の相談員が担当します。業務責任者はいつでも入れます。",)),
    State.WRAP_UP: ("相談員", ("相談ごとに終了記録を書きます。危険度が高い相談は、二人目の確認がいります。",)),
    State.CLOSED: ("―", ("また書かれたときは、新しい相談として始まり、前の相談とつながります。",)),
}
CHANGE_WORDS: Final[Mapping[Change, str]] = {
    Change.REQUEST_HANDOFF: "相談員と話したいと言われた、または危険な言葉が届いた",
    Change.LEAVE_MESSAGE: "相談員がいない時間に、メッセージを残した",
    Change.OPEN_WINDOW: "次に窓口が開いた",
    Change.CLOSE_WINDOW: "担当がつく前に、窓口の時間が終わった",
    Change.CLAIM: "相談員が担当した（一人だけが担当できる）",
    Change.TAKE_OVER: "業務責任者か当番の人が引き受けた",
    Change.ACCEPT_TRANSFER: "別の相談員が引き継ぎを受けた",
    Change.SWITCH_WRITER: "ペアの二人が書く人を代わった",
    Change.RELEASE: "相談員が待ち行列に戻した",
    Change.LOSE_PRESENCE: "相談員の画面が切れた",
    Change.END: "相談が終わった（相談者・相談員・時間。危険度が高い相談は時間では終わらない）",
    Change.RETURN: "終了記録が終わる前に、相談者がまた書いた",
    Change.CLOSE: "記録が終わった、または取り下げ・いたずらなどで閉じた",
}
_REPLY_WORDS: Final[Mapping[ReplySource, str]] = {
    ReplySource.BOARD_TEXT: "教育委員会が指定した文を返します",
    ReplySource.PHONE_LINES: "標準の文と、そのとき開いている電話の窓口を返します",
    ReplySource.STANDARD: "標準の文を返します",
}
_WHEN: Final[Mapping[Availability | None, str]] = {
    Availability.ANYTIME: "いつでも",
    Availability.SERVICE_HOURS: "窓口が開いている時間",
    None: NOT_DECIDED,
}


def flow(source: Source) -> Document:
    """The document."""
    profile = source.profile
    replies = profile.auto_reply
    return document(
        Kind.FLOW,
        "HOK-3.4・KAG-6.1ク",
        source,
        Part("入口", "HOK-3.1・KAG-3・TAJ-1・HYO-4.1①", table=_channels(source)),
        Part(
            "相談できる時間",
            "HOK-3.3・KAG-4・TAJ-3",
            facts=(
                ("相談員がいる時間", _hours(profile.hours, source)),
                ("緊急の知らせを受ける人", profile.on_call.who or NOT_DECIDED),
                ("緊急の知らせを受ける時間", _hours(profile.on_call.hours, source)),
                ("時間外の自動返信", NOT_DECIDED if replies.after_hours is None else _REPLY_WORDS[replies.after_hours]),
                ("混雑時の自動返信", NOT_DECIDED if replies.congestion is None else _REPLY_WORDS[replies.congestion]),
            ),
        ),
        Part("流れ", "HOK-3.4・WG-3", steps=(_begin(source), *(_box(state) for state in State))),
        Part(
            "状態が変わるとき",
            "HOK-3.4",
            points=("変わるたびに、だれが、いつ、何をしたかを記録します。この表にない動きはできません。",),
            table=Table(
                "状態が変わるきっかけと、その前後",
                ("きっかけ", "前", "後"),
                tuple(
                    (
                        CHANGE_WORDS[change],
                        "・".join(STATE_WORDS[state] for state in State if state in move.sources),
                        STATE_WORDS[move.target],
                    )
                    for change, move in TABLE.items()
                ),
            ),
        ),
        Part("相談の区切り", "TAJ-N4・TAJ-N5・KAG-4.1", facts=tuple(_timers(source))),
    )


def _channels(source: Source) -> Table:
    rows = []
    for name, words in CHANNEL_WORDS.items():
        channel = getattr(source.profile.channels, name)
        use = (
            NOT_DECIDED
            if channel.use is None
            else "受ける"
            if channel.offered
            else "案内だけ"
            if channel.use == "guide_only"
            else "受けない"
        )
        rows.append((words, use, _WHEN[channel.availability] if channel.offered else "―", channel.address or "―"))
    return Table("相談の入口", ("入口", "受けるか", "いつ", "番号・アドレス"), tuple(rows))


def _hours(hours: OpeningHours, source: Source) -> str:
    version = version_for(hours, source.day)
    if version is None:
        return NOT_DECIDED
    return (
        "、".join(week_words(version))
        + "。"
        + "".join(row if row.endswith("。") else f"{row}。" for row in closed_words(version))
    )


def _begin(source: Source) -> Step:
    names = [words for name, words in CHANNEL_WORDS.items() if getattr(source.profile.channels, name).offered]
    title = "・".join(names) if names else NOT_DECIDED
    return Step(
        "相談者",
        f"登録・はじめの一通（{title}）",
        ("届いたものは、すべて保存してから答えます。どの一通も、危険がないかを先に見ます。",),
        (STATE_WORDS[State.INTAKE],),
    )


def _box(state: State) -> Step:
    who, points = _BOXES[state]
    after = {move.target for move in TABLE.values() if state in move.sources}
    return Step(who, STATE_WORDS[state], points, tuple(STATE_WORDS[one] for one in State if one in after))


def _timers(source: Source) -> Iterator[tuple[str, str]]:
    timers, desk = source.profile.session, source.profile.desk
    for name, minutes in (
        ("1回の相談のめやす", timers.soft_limit_minutes),
        ("やさしく声をかけるまでの沈黙", timers.nudge_minutes),
        ("終わりにするまでの沈黙", timers.silence_close_minutes),
    ):
        yield name, NOT_DECIDED if minutes is None else f"{minutes}分"
    end = timers.hard_end
    yield (
        "窓口の時間が終わったとき",
        (
            NOT_DECIDED
            if end is None
            else f"{desk.last_call_minutes}分前に知らせて終わる"
            if end == "at_close"
            else "話が終わるまで続ける"
        ),
    )
    yield "例外", "危険度が高い相談は、どの時間によっても終わりません。"
