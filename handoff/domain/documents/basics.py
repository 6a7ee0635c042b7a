"""イ: what counsellors have to know and keep to (HOK-3.4, KAG-6.1ア, HYO-4.3, WG-8, WG-9), from the values that are in force.

Pure. The rules of wording are the very list that refuses a text (``wording_rules.MUST_NOT``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from handoff.domain.documents.model import Document, Kind, Part, Source, Table, document
from handoff.domain.profile import Flow, MediaRule
from handoff.domain.profile.vocabulary import ApprovalTimeout, StaffingRule
from handoff.domain.profile_in_words import NOT_DECIDED, PROHIBITED_WORDS, SANCTION_WORDS, joined
from handoff.domain.staff import PERMISSIONS, ROLE_NAMES, Permission, StaffRole
from handoff.domain.wording_rules import LONGEST_BUBBLE, MUST_NOT

_RULE_WORDS: Final[Mapping[StaffingRule, str]] = {
    StaffingRule.ALWAYS: "常に守ります",
    StaffingRule.IN_PRINCIPLE: "原則として守ります",
}
_MEDIA_WORDS: Final[Mapping[MediaRule, str]] = {
    MediaRule.ACCEPT: "受けとる",
    MediaRule.ACCEPT_SAVED_SCREENS: "保存した画面を受けとる",
    MediaRule.ACCEPT_UNLESS_SPAM: "受けとる（連打は除く）",
    MediaRule.REJECT: "受けとらない（見ない）",
}
_KINDS: Final = {"image": "写真", "video": "動画", "audio": "音声", "file": "ファイル", "sticker": "スタンプ"}
_FLOWS: Final = {Flow.CONSULTATION: "相談", Flow.REPORT: "通報", Flow.NET_TROUBLE: "ネットのトラブル"}
_MAY: Final[Mapping[Permission, str]] = {
    Permission.COUNSEL: "相談を担当し、終了記録を書く",
    Permission.SUPERVISE: "すべての相談を見守り、引き受け、研修中の返事を確認する",
    Permission.ESCALATE: "緊急対応をする",
    Permission.KEEP_POLICY: "運用ポリシーを公開する",
    Permission.READ_DOCUMENTS: "提出書類と運用ポリシーを読む",
}


def basics(source: Source) -> Document:
    """The document."""
    return document(
        Kind.BASICS,
        "HOK-3.4・KAG-6.1ア・HYO-4.3",
        source,
        Part("体制", "KAG-6.1ア・KAG-4.1ウ・HYO-4.3", facts=tuple(_staff(source))),
        Part("役割", "KAG-6.1ア", table=_roles()),
        Part("一人が持つ相談", "KAG-6.1イ(ア)・WG-9d", facts=tuple(_load(source))),
        Part("言葉づかい", "WG-9f・WG-14・EXT-3", points=tuple(_wording())),
        Part("研修中の相談員", "WG-8・KAG-6.1オ", facts=tuple(_trainees(source))),
        Part("時間", "TAJ-N4・TAJ-N5", facts=tuple(_times(source))),
        Part("写真・動画など", "HOK-5.1・KAG-2・HYO-I-1", points=tuple(_window(source)), table=_media(source)),
        Part("引き継ぎ", "WG-8・WG-9d", points=_HANDOVER),
        Part("使う人へのお願い", "TAJ-5", points=tuple(_conduct(source))),
    )


_HANDOVER: Final = (
    "迷ったときは、業務責任者に見てもらうか、代わってもらいます。一人でかかえません。",
    "引き継ぐときは、受ける相談員が承知してから代わります。それまでは、もとの相談員が担当です。",
    "画面が切れて戻らないときは、相談は待ち行列に戻り、はじめの待ち時間のまま並びます。",
    "相談が終わったら、終了記録を書きます。危険度が高い相談は、二人目が確認します。",
)


def _staff(source: Source) -> Iterator[tuple[str, str]]:
    staff = source.profile.staff
    least = NOT_DECIDED if staff.min_counsellors is None else f"{staff.min_counsellors}人以上"
    if staff.min_counsellors is not None and staff.rule is not None:
        least += f"（{_RULE_WORDS[staff.rule]}）"
    yield "同時にいる相談員", least
    excluded = staff.supervisor_excluded
    yield "業務責任者を数に入れるか", NOT_DECIDED if excluded is None else "入れません" if excluded else "入れます"
    for name, count in (
        ("業務責任者", staff.min_supervisors),
        ("業務管理担当者", staff.min_administrators),
    ):
        yield name, NOT_DECIDED if count is None else f"{count}人以上"
    parallel = staff.parallel_sessions
    yield "同時に受ける相談", NOT_DECIDED if parallel is None else f"{parallel}件以上"
    yield "資格・経験", staff.qualification or NOT_DECIDED


def _roles() -> Table:
    return Table(
        "役割と、できること",
        ("できること", *(ROLE_NAMES[role] for role in StaffRole)),
        tuple(
            (words, *("○" if role in PERMISSIONS[may] else "―" for role in StaffRole)) for may, words in _MAY.items()
        ),
    )


def _load(source: Source) -> Iterator[tuple[str, str]]:
    desk = source.profile.desk
    yield "一人が同時に担当できる相談", f"{desk.live_per_counsellor}件まで。緊急の相談は、その一件だけ"
    yield "画面が切れてから待ち行列に戻すまで", f"{desk.grace_seconds}秒"
    yield "待ち行列で一段上がるまで", f"{desk.ageing_minutes}分（長く待った相談が取り残されないようにします）"
    yield "混雑とみなす待ち", f"出勤している相談員一人あたり{desk.congested_waiting_per_counsellor}件"


def _wording() -> Iterator[str]:
    yield "です・ます で、短く書きます。わたし／あなた を使い、名前や性別を決めつけません。"
    yield f"一つの吹き出しは{LONGEST_BUBBLE}文字をめやすにします。読んでもらえたら、次の一つを聞きます。"
    yield "定型文や子どもに見せる文は、プログラムも確かめます。あてはまるものがあると、次のように言って、直してもらいます。"
    yield from (f"・{reason}" for reason in MUST_NOT.values())


def _trainees(source: Source) -> Iterator[tuple[str, str]]:
    desk = source.profile.desk
    if not desk.approve_trainees:
        yield "返事の確認", "業務責任者の確認を待たずに送ります。"
    else:
        yield "返事の確認", f"業務責任者が確認してから送ります（{desk.approval_minutes}分待ちます）。"
        back = desk.approval_timeout is ApprovalTimeout.RETURN
        yield (
            "時間内に確認がないとき",
            "本人に戻り、業務責任者の画面が鳴ります。"
            if back
            else "そのまま送ります。危険度が高い相談では送りません。",
        )
    yield "危険度が高い相談", "担当しません。"


def _times(source: Source) -> Iterator[tuple[str, str]]:
    desk, timers = source.profile.desk, source.profile.session
    yield "待っている人に声をかける", "、".join(f"{minutes}分" for minutes in desk.waiting_minutes) + "たったとき"
    for name, minutes in (
        ("1回の相談のめやす", timers.soft_limit_minutes),
        ("沈黙に声をかける", timers.nudge_minutes),
        ("沈黙で終わりにする", timers.silence_close_minutes),
    ):
        yield name, NOT_DECIDED if minutes is None else f"{minutes}分"
    yield "終わりの前に知らせる", f"{desk.last_call_minutes}分前"


def _media(source: Source) -> Table:
    media = source.profile.media
    rows = []
    for kind, words in _KINDS.items():
        cells = []
        for flow in _FLOWS:
            told = getattr(getattr(media, flow.value), kind)
            cells.append(_MEDIA_WORDS[MediaRule.REJECT] + "（未定のため）" if told is None else _MEDIA_WORDS[told])
        rows.append((words, *cells))
    return Table("受けとるもの", ("種類", *_FLOWS.values()), tuple(rows))


def _window(source: Source) -> Iterator[str]:
    told = source.profile.media.counsellor_window
    if told is None:
        yield f"相談員から写真を一枚お願いできるか：{NOT_DECIDED}"
    elif told:
        yield "必要なときだけ、相談員から写真を一枚お願いできます。送らなくてもよいことを伝えます。"
    else:
        yield "相談員から写真をお願いすることはしません。"
    yield "子どもの性的な画像は、求めません。疑われるものは、だれも見ずに業務責任者から警察へ渡します。"


def _conduct(source: Source) -> Iterator[str]:
    conduct = source.profile.conduct
    yield f"しないようお願いすること：{joined(PROHIBITED_WORDS[one] for one in conduct.prohibited) if conduct.prohibited else NOT_DECIDED}"
    yield f"続くときにすること：{joined(SANCTION_WORDS[one] for one in conduct.sanctions) if conduct.sanctions else NOT_DECIDED}"
    yield "危険度が高い人には、どれもしません。"
