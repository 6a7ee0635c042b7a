"""Values of a profile in words, for people to read: the policy's pages and the documents for the board.

Pure. What the profile doesn't say is said to be undecided; no word stands here for what isn't so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Final

from handoff.domain.closures import Closure, HolidayRule
from handoff.domain.hours import HoursVersion, OpeningHours, Slot, format_minutes
from handoff.domain.profile.access import Channels, SchoolGroup
from handoff.domain.profile.duty import EmergencyContact
from handoff.domain.profile.privacy import RetentionDays
from handoff.domain.profile.vocabulary import (
    AGENCY_NAMES,
    Agency,
    LegalDuty,
    Prohibited,
    Residence,
    Role,
    Sanction,
    TraceItem,
)

#: For readers of the policy, and for the board's documents, where it says which value is missing.
UNDECIDED: Final = "まだ決まっていません。"
NOT_DECIDED: Final = "未定（事業設定に書かれていません）"
_WEEK: Final = "月火水木金土日"

ROLE_WORDS: Final[Mapping[Role, str]] = {
    Role.STUDENT: "児童・生徒",
    Role.CHILD: "子ども",
    Role.YOUTH: "若い人",
    Role.GUARDIAN: "保護者",
    Role.SCHOOL: "学校の先生",
}
RESIDENCE_WORDS: Final[Mapping[Residence, str]] = {
    Residence.LIVES: "住んでいる",
    Residence.ATTENDS_SCHOOL: "学校に通っている",
    Residence.WORKS: "働いている",
}
DUTY_WORDS: Final[Mapping[LegalDuty, str]] = {
    LegalDuty.CHILD_ABUSE_PREVENTION_ACT: "児童虐待防止法6条（虐待を受けたと思われる子どもの通告）",
    LegalDuty.CHILD_WELFARE_ACT: "児童福祉法25条（保護が必要な子どもの通告）",
    LegalDuty.BULLYING_PREVENTION_ACT: "いじめ防止対策推進法23条（いじめを学校へ知らせること）",
}
PROHIBITED_WORDS: Final[Mapping[Prohibited, str]] = {
    Prohibited.DEFAMATION: "人や会社、地域などを悪く言って傷つけること",
    Prohibited.IMPERSONATION: "ほかの人になりすますこと、うそを書くこと",
    Prohibited.RIGHTS_OR_PUBLIC_ORDER: "ほかの人の権利を侵すこと、法律や社会のきまりに反すること",
    Prohibited.ADVERTISING: "広告や宣伝をすること",
    Prohibited.LINE_ABUSE: "LINEが禁止していることをすること",
    Prohibited.OFF_TOPIC: "相談や通報と関係のないことを送り続けること",
    Prohibited.OTHER: "そのほか、この窓口をほかの人が使えなくなるようなこと",
}
SANCTION_WORDS: Final[Mapping[Sanction, str]] = {
    Sanction.DELETE_POST: "投稿を消すこと",
    Sanction.BLOCK: "受け取りを止めること",
    Sanction.DELETE_ACCOUNT: "アカウントを消すこと",
}
TRACE_WORDS: Final[Mapping[TraceItem, str]] = {
    TraceItem.IP_ADDRESS: "IPアドレス",
    TraceItem.ACCESS_TIME: "つながった時刻",
    TraceItem.USER_AGENT: "ブラウザの種類",
}
KIND_WORDS: Final[Mapping[str, str]] = {
    "transcript": "相談の記録",
    "media": "写真・動画など",
    "report": "通報",
    "wrap_up": "終了記録",
    "escalation": "緊急対応の記録",
    "contact": "相談した人を見分けるID",
    "audit": "操作の記録",
}
CHANNEL_WORDS: Final[Mapping[str, str]] = {
    "line": "LINE",
    "web": "ウェブのチャット",
    "report": "通報のページ",
    "phone": "電話",
    "mail": "メール",
    "fax": "ファクス",
    "letter": "手紙",
    "in_person": "面談",
}


def joined(words: Iterable[str], last: str = "、") -> str:
    return last.join(dict.fromkeys(words))


def ways_in(channels: Channels) -> tuple[str, ...]:
    """The channels that are offered, by their names."""
    return tuple(words for name, words in CHANNEL_WORDS.items() if getattr(channels, name).offered)


def agency_words(contact: EmergencyContact) -> str:
    """A place as the document names it, with a number that anybody may know."""
    name = contact.name or AGENCY_NAMES[contact.agency]
    return f"{name}（{contact.phone}）" if contact.phone else name


def agencies_words(agencies: Iterable[Agency]) -> str:
    return joined(AGENCY_NAMES[agency] for agency in agencies)


def school_words(group: SchoolGroup) -> str:
    return str(group.school_type)


def retention_rows(days: RetentionDays, silent: str = NOT_DECIDED) -> tuple[tuple[str, str], ...]:
    """Each kind and for how long it is kept."""
    return tuple(
        (words, silent if getattr(days, kind) is None else f"{getattr(days, kind)}日")
        for kind, words in KIND_WORDS.items()
    )


# --- hours ------------------------------------------------------------------------------------------------------------


def version_for(hours: OpeningHours, day: date) -> HoursVersion | None:
    """The version of a day, else the next one, else None."""
    return next((one for one in hours.versions if one.last_day >= day), None)


def week_words(version: HoursVersion) -> tuple[str, ...]:
    """The week's hours: 「火曜日から金曜日 13:00から19:00まで」, days with the same hours together."""
    days = [(day, slots) for day, slots in enumerate(version.week) if slots]
    groups: list[tuple[list[int], tuple[Slot, ...]]] = []
    for slots, some in groupby(days, key=lambda one: one[1]):
        numbers = [day for day, _ in some]
        if groups and groups[-1][1] == slots:
            groups[-1][0].extend(numbers)
        else:
            groups.append((numbers, slots))
    return tuple(f"{_days(numbers)} {'と'.join(map(slot_words, slots))}" for numbers, slots in groups)


def _days(numbers: list[int]) -> str:
    if len(numbers) == len(_WEEK):
        return "毎日"
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{_WEEK[numbers[0]]}曜日から{_WEEK[numbers[-1]]}曜日"
    return "・".join(f"{_WEEK[day]}曜日" for day in numbers)


def slot_words(slot: Slot) -> str:
    """「16:00から22:00まで（受付は21:30まで）」."""
    if slot.start == 0 and slot.closes == 24 * 60:
        return "24時間"
    ends = ("翌日の" if slot.end < slot.start else "") + format_minutes(slot.end)
    last = "" if slot.last_reception is None else f"（受付は{format_minutes(slot.last_reception)}まで）"
    return f"{format_minutes(slot.start)}から{ends}まで{last}"


def since_words(version: HoursVersion, today: date) -> str:
    """「4月1日から、」 where the hours don't hold yet, else nothing: nobody is to come before."""
    day = version.valid_from
    return f"{day.year}年{day.month}月{day.day}日から、" if day > today else ""


def has_closed_days(version: HoursVersion) -> bool:
    """Whether there are days on which the week's hours don't hold."""
    return bool(version.closed) or version.national_holidays is HolidayRule.CLOSED


def closed_words(version: HoursVersion) -> tuple[str, ...]:
    """The days on which nobody is there, and what holds on national holidays; what isn't said is said to be open."""
    rows = []
    if version.closed is None:
        rows.append(f"休む日は、{UNDECIDED}")
    elif version.closed:
        rows.append(f"休みの日：{joined(map(_closure, version.closed))}")
    if version.national_holidays is None:
        rows.append(f"祝日に開くかどうかは、{UNDECIDED}")
    else:
        rows.append("祝日も開いています。" if version.national_holidays is HolidayRule.OPEN else "祝日は休みです。")
    return tuple(rows)


def _closure(closure: Closure) -> str:
    first, last = _end(closure.first), _end(closure.last)
    return first if first == last else f"{first}から{last}まで"


def _end(day: tuple[int, ...]) -> str:
    year = f"{day[0]}年" if len(day) == 3 else ""
    return f"{year}{day[-2]}月{day[-1]}日"
