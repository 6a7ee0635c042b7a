"""Which nulls keep a service from going live, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from handoff.domain.profile.model import Profile
from handoff.domain.profile.privacy import RetentionDays
from handoff.domain.profile.vocabulary import BroadcastKind, ReplySource
from handoff.domain.texts import TextKey


@dataclass(frozen=True, slots=True)
class Gap:
    """One null that blocks: its dotted path in the YAML, the reason in Japanese, the requirement it serves."""

    path: str
    reason: str
    requirement: str


#: The id of the invented city that the service runs with out of the box.
DEMO: Final = "demo"

_ALWAYS: Final = (
    Gap("on_call.who", "時間外に命の危険を知らせる文が届いたとき、だれが受けるかを決めてください", "KAG-4.2"),
    Gap("on_call.acknowledge_minutes.high", "危険度 high の知らせに何分以内に応じるか決めてください", "KAG-7.1ア"),
    Gap(
        "on_call.acknowledge_minutes.critical",
        "危険度 critical の知らせに何分以内に応じるか決めてください",
        "KAG-7.1ア",
    ),
    Gap("on_call.ladder", "応答がないとき、次にだれへ知らせるかを順に決めてください", "HOK-6"),
    Gap("emergency.order", "命の危険があるとき、人がどこへ先に電話するかを決めてください", "KAG-6.1ク"),
    Gap("disclosure.life", "命の危険があるときに伝えることを確かめてください", "TAJ-S3"),
    Gap("disclosure.nonurgent", "急ぎでない内容を学校や教育委員会に伝える条件を決めてください", "KAG-7.1イ"),
    Gap("disclosure.legal_duty", "通告など、法律で決まっている連絡を確かめてください", "TAJ-S3"),
    Gap("lines", "案内する電話の窓口を決めてください", "KAG-6.1イ(イ)"),
    Gap("lines_by_text", "電話ができない人に案内する文字の窓口を決めてください", "WG-12"),
    Gap("trace.keep", "Webから来た人を守るために何を残すか（残さないなら []）を決めてください", "TAJ-S2"),
    Gap("auto_reply.after_hours", "時間外の自動返信を決めてください", "HOK-5.2"),
    Gap("auto_reply.congestion", "混雑時の自動返信を決めてください", "HOK-5.2"),
)
_KINDS: Final = {
    "transcript": "相談の記録",
    "media": "写真・動画",
    "report": "通報",
    "wrap_up": "終了記録",
    "escalation": "緊急対応の記録",
    "contact": "相談者の識別子",
    "audit": "操作の記録",
}
_BROADCASTS: Final = {
    BroadcastKind.PERIOD_AND_HOURS: ("broadcast.period_and_hours_text", "期間と時間を知らせる文を書いてください"),
    BroadcastKind.OPENING: ("broadcast.opening_text", "相談開始を知らせる文を書いてください"),
}


def blocking_nulls(profile: Profile) -> list[Gap]:
    """Every null that the board has to fill before the service may go live, in the order of the schema's parts."""
    return [*_hours(profile), *(gap for gap in _ALWAYS if _value(profile, gap.path) is None), *_details(profile)]


def gaps_for_students(profile: Profile) -> list[Gap]:
    """What keeps real students from being let in: the blocking nulls, and a profile that was made to be tried out."""
    invented = Gap("id", "見本の事業設定です。写して、id と内容を自分の事業のものにしてください", "TAJ-6")
    return [*([invented] if profile.id == DEMO else []), *blocking_nulls(profile)]


def _hours(profile: Profile) -> Iterator[Gap]:
    if not profile.hours.known:
        yield Gap("hours", "相談を受ける時間を決めてください", "HOK-3.3")
    if not profile.on_call.hours.known:
        yield Gap("on_call.hours", "緊急の知らせを受ける人がいる時間を決めてください", "KAG-4.2")
    for path, hours in (("hours", profile.hours), ("on_call.hours", profile.on_call.hours)):
        for number, version in enumerate(hours.root):
            if version.closed is None:
                yield Gap(f"{path}[{number}].closed", "休む日（ないなら []）を決めてください", "TAJ-3")
            if version.national_holidays is None:
                yield Gap(f"{path}[{number}].national_holidays", "祝日に開くか休むかを決めてください", "TAJ-3")


def _details(profile: Profile) -> Iterator[Gap]:
    for kind in RetentionDays.model_fields:
        if getattr(profile.retention_days, kind) is None:
            yield Gap(f"retention_days.{kind}", f"{_KINDS[kind]}を何日で消すかを決めてください", "KAG-8.4")
    for field, lines in (("lines", profile.lines), ("lines_by_text", profile.lines_by_text)):
        for number, line in enumerate(lines or ()):
            if not line.hours.known:
                yield Gap(
                    f"{field}[{number}].hours", f"「{line.name}」が開いている時間を書いてください", "KAG-6.1イ(イ)"
                )
    security = profile.security
    if security.password_rotation_required and security.password_rotation_days is None:
        yield Gap("security.password_rotation_days", "パスワードを何日ごとに変えるかを決めてください", "HOK-7.1")
    if profile.reporting.classes is not None and profile.reporting.criteria is None:
        yield Gap("reporting.criteria", "報告区分を判定する基準を教育委員会と決めてください", "KAG-7.1")
    for source, key in (("after_hours", TextKey.NOTICE_CLOSED), ("congestion", TextKey.CONGESTION)):
        if key in profile.board_texts_missing:
            reason = f"教育委員会が指定する文を書いてください（auto_reply.{source} が {ReplySource.BOARD_TEXT} です）"
            yield Gap(f"texts.{key.value}", reason, "HOK-5.2")
    for kind, (path, reason) in _BROADCASTS.items():
        if kind in (profile.broadcast.allowed or ()) and _value(profile, path) is None:
            yield Gap(path, reason, "HOK-5.3")


def _value(profile: Profile, path: str) -> object:
    found: object = profile
    for name in path.split("."):
        found = getattr(found, name)
    return found
