"""The words of the alarm's page: codes as people read them, and what to do next when something is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from handoff.domain.delivery import DeliveryState
from handoff.domain.escalation import Cause, CloseReason, Suspect
from handoff.domain.hours import ZONE
from handoff.domain.notice import NOT_IN_DRILL, Medium, NoticeState
from handoff.domain.profile.vocabulary import Agency
from handoff.domain.session import Level
from handoff.services.escalation_ports import PlannedNotice

LEVELS: Final[Mapping[Level, str]] = {
    Level.CRITICAL: "電話で直ちに",
    Level.HIGH: "至急",
    Level.CONCERN: "気がかり",
    Level.NONE: "確認",
}
CAUSES: Final[Mapping[Cause, str]] = {
    Cause.RISK: "相談の言葉に、危険を思わせるものがありました。",
    Cause.SCREEN_FAILURE: "自動の見立てができませんでした。危険があるものとして、読んでください。",
    Cause.STUDENT_LEFT: "危険が見えているときに、相手がブロックしたか、話を終えました。LINEの返事は届かないかもしれません。",
    Cause.UNANSWERED: "危険が見えている相談に、しばらくだれも応じていません。読んで、対応してください。",
    Cause.DANGER_TOLD: "通報で「いま、あぶない人がいる」が選ばれました。相手は返事を待っていないことがあります。",
    Cause.CANNOT_PHONE: "危険が見えていて、相手は「電話できない」と答えました。",
}
#: Of ``kernel.risk``; an unknown one is shown by its code.
CATEGORIES: Final[Mapping[str, str]] = {
    "suicide": "自殺",
    "self_harm": "自傷",
    "abuse": "虐待",
    "violence": "暴力",
    "bullying": "いじめ",
    "sexual_harm": "性的な被害",
    "third_party": "ほかの人の危険",
    "crisis": "つらさ・危機",
}
SUSPECTS: Final[Mapping[Suspect, str]] = {
    Suspect.GUARDIAN: "保護者が関わっているおそれがあります。保護者には連絡しないでください。",
    Suspect.TEACHER: "教職員が関わっているおそれがあります。学校には連絡しないでください。電話の一覧からも外しています。",
}
CLOSE_REASONS: Final[Mapping[CloseReason, str]] = {
    CloseReason.SAFE: "安全を確かめた",
    CloseReason.HANDED_OVER: "警察・児童相談所など、ほかの機関につないだ",
    CloseReason.NOT_AT_RISK: "読んだところ、危険ではなかった",
    CloseReason.NOT_REACHED: "連絡がとれなかった",
    CloseReason.TEST: "試験",
}
#: Those that a person may choose.
CHOICES: Final = tuple(reason for reason in CloseReason if reason is not CloseReason.TEST)
AUTHORS: Final[Mapping[str, str]] = {
    "student": "相談者",
    "bot": "自動の案内",
    "counsellor": "人からの返事",
    "system": "システム",
}
MEDIA: Final[Mapping[Medium, str]] = {
    Medium.DESK: "画面",
    Medium.MAIL: "メール",
    Medium.WEBHOOK: "Webhook",
    Medium.VOICE: "電話",
}
NOTICE_STATES: Final[Mapping[NoticeState, str]] = {
    NoticeState.PLANNED: "送っています",
    NoticeState.SENT: "送りました",
    NoticeState.FAILED: "送れませんでした",
    NoticeState.DROPPED: "取りやめました",
}
NOT_ARRIVED: Final[Mapping[DeliveryState, str]] = {
    DeliveryState.PENDING: "送っています…",
    DeliveryState.UNKNOWN: "届いたかどうか、わかりません",
    DeliveryState.REFUSED: "送りませんでした",
    DeliveryState.DEAD: "送れませんでした。ほかの方法を考えてください",
}
#: What anybody in Japan dials where the profile names no number of its own.
PUBLIC_NUMBERS: Final[Mapping[Agency, str]] = {
    Agency.POLICE: "110",
    Agency.FIRE: "119",
    Agency.CHILD_GUIDANCE_CENTRE: "189",
}
#: What is said after a change, by its code in the address.
DONE: Final[Mapping[str, str]] = {
    "acknowledge": "受けました。ほかの人へのお知らせを止めました。",
    "contact": "連絡がとれたことを記録しました。",
    "take-over": "引き継ぎました。",
    "call": "電話をかけたことを記録しました。",
    "answer": "返事を預かりました。送れたかどうかは、会話のところに出ます。",
    "close": "この対応を終えました。",
    "review": "確認したことを記録しました。",
}
#: What to do next after a refusal, by the error's code.
ADVICE: Final[Mapping[str, str]] = {
    "escalation_taken": "相談して代わるときは、「引き継ぐ」を押してください。",
    "move_refused": "ほかの人が先に進めたのかもしれません。いまのようすを、この画面で確かめてください。",
    "input": "書いたものは残っています。直して、もう一度押してください。",
    "own_review": "ほかの順番の人に、そのお知らせのリンクから開いてもらってください。",
}
#: Pages that stand alone: title and what to do, by HTTP status; 404 is the same for whatever isn't there.
TROUBLES: Final[Mapping[int, tuple[str, str]]] = {
    404: (
        "このページは開けません",
        "リンクの期限が切れたか、アドレスがちがいます。お知らせのリンクから、開き直してください。開けないときは、業務責任者に連絡してください。",
    ),
    403: (
        "この操作は受け付けませんでした",
        "安全のため、操作を止めました。何も変わっていません。お知らせに書かれたリンクから、開き直してください。",
    ),
    413: ("書いたものが長すぎます", "何も変わっていません。前の画面に戻り、短くして、もう一度押してください。"),
    503: (
        "ただいま保存できません",
        "少し待ってから、前の画面に戻って、もう一度押してください。急ぐときは、先に電話をかけてください。",
    ),
}
OTHER_TROUBLE: Final = (
    "うまくいきませんでした",
    "前の画面に戻って、もう一度ためしてください。急ぐときは、先に電話をかけてください。",
)


def moment(at: datetime, now: datetime) -> str:
    """A moment in Japan's time: ``2:05``, with the date on another day."""
    there, here = at.astimezone(ZONE), now.astimezone(ZONE)
    clock = f"{there.hour}:{there.minute:02}"
    return clock if there.date() == here.date() else f"{there.month}月{there.day}日 {clock}"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in minutes and hours."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 1:
        return "たったいま"
    hours, rest = divmod(minutes, 60)
    if hours < 1:
        return f"{minutes}分前"
    return f"{hours}時間{rest}分前" if hours < 24 else f"{hours // 24}日前"


def notice_words(notice: PlannedNotice) -> str:
    """What became of a notice; in a drill nothing goes out."""
    return "訓練のため送りません" if notice.outcome == NOT_IN_DRILL else NOTICE_STATES[notice.state]
