"""ウ: urgent cases (HOK-3.4, HOK-6, KAG-7.1, WG-11, WG-13, WG-16): what is flagged, who is woken, who calls whom.

Pure. Telephone numbers of people on call stand in a supervisor's own copy alone (``Source.with_contacts``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from handoff.domain.coding import CLASS_NAMES
from handoff.domain.documents.model import Document, Kind, Part, Source, Step, Table, document
from handoff.domain.escalation import ACKNOWLEDGE_WITHIN
from handoff.domain.profile.duty import HelpLine
from handoff.domain.profile.vocabulary import EmergencyMode, EmergencyTrigger
from handoff.domain.profile_in_words import (
    NOT_DECIDED,
    agencies_words,
    agency_words,
    closed_words,
    joined,
    version_for,
    week_words,
)

#: What holds until the board says otherwise.
_MINUTES: Final = int(ACKNOWLEDGE_WITHIN.total_seconds() // 60)
LEVEL_WORDS: Final = {"critical": "緊急（critical）", "high": "高い（high）", "concern": "気がかり（concern）"}
_MODE_WORDS: Final[Mapping[EmergencyMode, str]] = {
    EmergencyMode.PHONE_NOW: "電話で直ちに",
    EmergencyMode.PROMPTLY: "速やかに",
}
_TRIGGER_WORDS: Final[Mapping[EmergencyTrigger, str]] = {
    EmergencyTrigger.LIFE_OR_BODY: "命や体に危険があるとき",
    EmergencyTrigger.URGENT: "急を要するとき",
    EmergencyTrigger.LEGAL_DUTY: "法律で決まっているとき",
}


def urgent(source: Source) -> Document:
    """The document."""
    return document(
        Kind.URGENT,
        "HOK-3.4・HOK-6・KAG-7.1",
        source,
        Part("見つける", "HOK-5.4・WG-3・WG-13", points=_FINDING, facts=tuple(_finding(source)), table=_levels(source)),
        Part("知らせる", "KAG-7.1ア・KAG-4.2", points=tuple(_ringing(source)), table=_ladder(source)),
        Part("人が動く", "WG-11・WG-16・KAG-6.1ク", steps=_steps(source)),
        Part("電話をかける先", "HOK-6・KAG-6.1ク・HYO-4.1③", facts=tuple(_calls(source))),
        Part("教育委員会への報告", "KAG-7.1", facts=tuple(_reporting(source))),
        Part("電話ができない相談者", "WG-12・WG-21", points=_CANNOT_PHONE, facts=tuple(_lines(source))),
        Part("相談員がいない時間", "KAG-4.2・WG-25", facts=tuple(_night(source))),
    )


_FINDING: Final = (
    "届いた言葉は、相談員の前に、どの時間でも、すべてプログラムが読みます。人に知らせるためのもので、相談を断ることはありません。",
    "プログラムは危険度を上げるだけで、下げるのは人だけです。読めなかった言葉は、いちばん先に人が見ます。",
    "友だちなど、ほかの人の命の心配も、本人のことと同じように扱います。",
)


def _steps(source: Source) -> tuple[Step, ...]:
    """Who is on call acts where somebody is named, and nobody else is said to (KAG-4.2)."""
    named = bool(source.profile.on_call.ladder)
    who, told = ("当番の人", "当番の人と画面") if named else ("相談員・業務責任者", "相談の画面")
    return (
        Step(
            "プログラム", f"危険な言葉を見つけ、{told}に知らせる", ("自動の質問をやめ、決められた文だけを返します。",)
        ),
        Step(who, "受けたことを押して知らせる", ("受けてから、相談者に「担当の人が読みました」と伝わります。",)),
        Step(
            "当番の人・相談員" if named else who,
            "相談者と話し、いまの安全を確かめる",
            ("死にたい気持ち、安全な場所、近くにいる人を、まっすぐ聞きます。",),
        ),
        *_THEN,
    )


_THEN: Final = (
    Step(
        "人",
        "必要なところへ電話する",
        ("電話をするのは人です。プログラムはどこにも電話しません。だれに、いつ、何を伝えたかを書きます。",),
    ),
    Step(
        "受けた人・業務責任者",
        "閉じて、記録を確かめる",
        ("閉じた理由を書きます。危険度が高い相談の終了記録は、二人目が確かめます。翌日の確認などの用事を残せます。",),
    ),
)
_CANNOT_PHONE: Final = (
    "『できない』と書かれたら、文字だけで進めます。一つずつ、いまいる場所、近くにいる人を聞きます。",
    "LINEでは位置を送るボタンを出します。このあいだ、写真などを自動で断りません。",
    "疑われる保護者や教職員は、助言・連絡先・引き継ぎの紙から外します。",
)


def _finding(source: Source) -> Iterator[tuple[str, str]]:
    words = source.profile.keywords
    yield "指定されたキーワード", NOT_DECIDED if words is None else f"{joined(words)}（{len(words)}語）"
    yield "判定の規則", f"{source.rules.total}件（版 {source.rules.version}）"


def _levels(source: Source) -> Table:
    minutes = source.profile.on_call.acknowledge_minutes
    rows = []
    for level, words in LEVEL_WORDS.items():
        told = getattr(minutes, level)
        if told is not None:
            within = f"{told}分のうちに"
        elif level == "concern":
            within = "知らせは鳴りません（画面に出ます）"
        else:
            within = f"{_MINUTES}分のうちに（未定のあいだの値です）"
        rows.append((words, f"{source.rules.by_level.get(level, 0)}件", within))
    return Table("危険度と、人が受けるまでの時間", ("危険度", "規則の数", "受けるまで"), tuple(rows))


def _ringing(source: Source) -> Iterator[str]:
    high = source.profile.on_call.escalate_high
    if source.profile.on_call.ladder:
        yield "緊急（critical）は、いつでも知らせが鳴ります。受ける人がいなければ、次の人に鳴ります。"
    else:
        yield (
            "緊急（critical）は、いつでも知らせます。ただし、知らせる順が決まるまでは、相談の画面だけが鳴ります。"
            "画面の前に人がいない時間は、だれも気づけません。"
        )
    if high is None:
        yield f"高い（high）を、相談員がいる時間にも鳴らすか：{NOT_DECIDED}。決まるまでは、相談員がいない時間に鳴らします。"
    else:
        yield (
            "高い（high）は、相談員がいる時間にも鳴らします。"
            if high
            else "高い（high）は、相談員がいない時間に鳴らします。"
        )


def _ladder(source: Source) -> Table | None:
    ladder = source.profile.on_call.ladder
    if ladder is None:
        return Table("知らせる順", ("順", "だれに", "いつ"), (("―", NOT_DECIDED, "―"),))
    head = ["順", "だれに", "いつ"]
    rows = []
    for number, step in enumerate(ladder, 1):
        row = [
            str(number),
            step.who,
            "すぐに" if step.after_minutes == 0 else f"{step.after_minutes}分たっても受けないとき",
        ]
        if source.with_contacts:
            row.append("　".join(filter(None, (step.phone, step.mail))) or "―")
        rows.append(tuple(row))
    if source.with_contacts:
        head.append("連絡先")
    return Table("知らせる順", tuple(head), tuple(rows))


def _calls(source: Source) -> Iterator[tuple[str, str]]:
    one = source.profile.emergency
    yield "順", NOT_DECIDED if one.order is None else " → ".join(map(agency_words, one.order))
    yield "急ぎかた", NOT_DECIDED if one.mode is None else _MODE_WORDS[one.mode]
    yield "かける人", one.caller or NOT_DECIDED
    yield "連絡できる先", NOT_DECIDED if one.may_contact is None else agencies_words(one.may_contact)
    yield (
        "了解がなくても連絡するとき",
        (NOT_DECIDED if one.triggers is None else joined(_TRIGGER_WORDS[trigger] for trigger in one.triggers)),
    )
    yield "フロー図", one.flow_chart or NOT_DECIDED
    if one.note:
        yield "注意", one.note
    if one.patrol_life_post:
        yield "ネットで命にかかわる投稿を見つけたとき", " → ".join(map(agency_words, one.patrol_life_post))


def _reporting(source: Source) -> Iterator[tuple[str, str]]:
    reporting, statements = source.profile.reporting, source.profile.statements
    yield (
        "報告区分",
        NOT_DECIDED if reporting.classes is None else joined(CLASS_NAMES[one] for one in reporting.classes),
    )
    yield "分ける基準", reporting.criteria or NOT_DECIDED
    yield "定期報告の期限", NOT_DECIDED if statements.due_day is None else f"翌月{statements.due_day}日まで"
    yield "決める人", "報告区分は人が決めます。プログラムの危険度とは別です。"


def _lines(source: Source) -> Iterator[tuple[str, str]]:
    profile = source.profile
    yield "案内する電話", _named(profile.lines)
    yield "案内する文字の窓口", _named(profile.lines_by_text)


def _named(lines: tuple[HelpLine, ...] | None) -> str:
    if lines is None:
        return NOT_DECIDED
    return joined(f"{line.name}（{line.number or line.url}）" for line in lines) or "なし"


def _night(source: Source) -> Iterator[tuple[str, str]]:
    on_call = source.profile.on_call
    version = version_for(on_call.hours, source.day)
    yield "知らせを受ける人", on_call.who or NOT_DECIDED
    yield (
        "受ける時間",
        NOT_DECIDED if version is None else f"{'、'.join(week_words(version))}。{'。'.join(closed_words(version))}",
    )
    if on_call.who is None or version is None:
        yield (
            "相談者に伝えること",
            "「すぐには読まれません」と伝え、電話と文字の窓口を案内します。人が読むとは言いません。",
        )
    else:
        yield (
            "相談者に伝えること",
            "「当番の人に知らせています」と伝え、受けたときに「読みました」と伝えます。時間は約束しません。",
        )
