"""What the list of shifts and their start and end checks show, made from what the service gives; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from handoff.domain.hours import ZONE, spoken_moment
from handoff.domain.notice import Medium, NoticeState
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import StaffingRule
from handoff.domain.shift import END, ITEM_NAMES, START, STEP_NAMES, Confirmation, Item
from handoff.domain.staff import ROLE_NAMES
from handoff.domain.texts import TextKey
from handoff.services.setting import Setting
from handoff.services.shifts.find_state import RungState
from handoff.services.shifts.read_shift import PAGE, EndPage, ShiftList, StartPage
from handoff.web.desk.form_pages import day_words, moment_words, near_words
from handoff.web.desk.shifts.words import (
    clock,
    open_rows,
    opened_words,
)

#: With which a talk begins; what follows is asked.
_FIRST: Final = (TextKey.WELCOME, TextKey.NOTICE_PROGRAM, TextKey.NOTICE_READERS, TextKey.NOTICE_NAMES)
_MEDIA: Final = {Medium.DESK: "画面", Medium.MAIL: "メール", Medium.WEBHOOK: "Webhook", Medium.VOICE: "電話"}
_SENT: Final = {
    NoticeState.PLANNED: "送っています",
    NoticeState.SENT: "送りました",
    NoticeState.FAILED: "送れませんでした",
    NoticeState.DROPPED: "送りませんでした",
}


def list_view(listed: ShiftList) -> dict[str, Any]:
    """The list."""
    return {
        "today": day_words(listed.today),
        "today_at": listed.today.isoformat(),
        "opened": opened_words(listed.opened),
        "current": listed.current,
        "rows": [
            {
                "day": row.shift.day.isoformat(),
                "words": day_words(row.shift.day, listed.today),
                "state": "終わりました"
                if row.shift.closed_at
                else "始まっています"
                if row.shift.begun_at
                else "始まりの確認の途中です",
                "begun": "" if row.shift.begun_at is None else clock(row.shift.begun_at),
                "closed": "" if row.shift.closed_at is None else clock(row.shift.closed_at),
                "daily": row.daily,
                "handover": row.handover,
            }
            for row in listed.rows
        ],
        "total": listed.total,
        "page": listed.page,
        "pages": max(1, -(-listed.total // PAGE)),
    }


def _items(
    items: Sequence[Item],
    confirmed: Mapping[str, Confirmation],
    fine: Mapping[Item, bool],
    aliases: Mapping[UUID, str],
    today: date,
) -> dict[str, Any]:
    found = {}
    for item in items:
        told = confirmed.get(str(item))
        found[str(item)] = {
            "code": str(item),
            "name": ITEM_NAMES[item],
            "fine": fine[item],
            "by": None if told is None else aliases[told.by],
            "at": None if told is None else moment_words(told.at, today),
            "was_fine": told is not None and told.fine,
            "words": "" if told is None else told.words,
            "step": "" if told is None or told.step is None else STEP_NAMES[told.step],
        }
    return found


def start_view(page: StartPage, setting: Setting) -> dict[str, Any]:
    """The start check."""
    profile, day = setting.profile, page.shift.day
    fine = {
        Item.ALARM: page.alarm.fine,
        Item.STAFF: page.staff.fine,
        Item.LINES: page.lines.fine,
        Item.TASKS: page.tasks.fine,
    }
    items = _items(START, page.confirmed, fine, page.aliases, day)
    last = page.alarm.last_complete
    return {
        "title_day": day_words(day),
        "items": items,
        "done": sum(one["by"] is not None for one in items.values()),
        "left": [one["name"] for one in items.values() if one["by"] is None],
        "begun": None
        if page.shift.begun_at is None or page.shift.begun_by is None
        else f"{moment_words(page.shift.begun_at, day)}に、{page.aliases[page.shift.begun_by]}さんが始めました。",
        "over": page.shift.closed_at is not None,
        "opened": opened_words(page.opened),
        "closures": [
            f"{moment_words(one.begins_at, day)}から{moment_words(one.ends_at, day)}まで" for one in page.closures
        ],
        "rung_at": None if page.alarm.test is None else moment_words(page.alarm.test.at, day),
        "rungs": [_rung(one, page.aliases, day) for one in page.alarm.rungs],
        "last_complete": None if last is None else _age(last, page.now, day),
        **_staff(page, profile),
        **_lines(page, profile, setting),
        **_tasks(page),
    }


def _age(at: datetime, now: datetime, today: date) -> str:
    days = (now.astimezone(ZONE).date() - at.astimezone(ZONE).date()).days
    return f"{moment_words(at, today)}（{'きょう' if days <= 0 else f'{days}日前'}）"


def _rung(one: RungState, aliases: Mapping[UUID, str], today: date) -> dict[str, Any]:
    receipt = one.receipt
    if receipt is None:
        told = None
    elif receipt.by is None:
        told = f"{moment_words(receipt.at, today)}に、リンクを開きました"
    else:
        told = f"{moment_words(receipt.at, today)}に、{receipt.name or '（名前は開けませんでした）'}さんに確かめました（記録 {aliases[receipt.by]}）"
    return {
        "index": one.rung.index,
        "who": one.rung.who,
        "ways": [f"{_MEDIA[note.medium]}: {_SENT[note.state]}" for note in one.notices],
        "failed": any(note.state is NoticeState.FAILED for note in one.notices),
        "reach": "・".join(
            name
            for name, there in (("メール", one.rung.mail is not None), ("電話", one.rung.phone is not None))
            if there
        ),
        "received": told,
    }


def _staff(page: StartPage, profile: Profile) -> dict[str, Any]:
    staff, least = page.staff, profile.staff.min_counsellors
    always = profile.staff.rule is not StaffingRule.IN_PRINCIPLE
    apart = "" if profile.staff.supervisor_excluded is False else "、業務責任者を除く"
    return {
        "here_now": [f"{one.alias}（{ROLE_NAMES[one.role]}{'・研修中' if one.trainee else ''}）" for one in staff.here],
        "rule": None if least is None else f"{'常に' if always else '原則'}{least}人以上{apart}",
        "missing": staff.staffing.missing,
        "warnings": staff.warnings,
        "steps": [(str(step), name) for step, name in STEP_NAMES.items()],
    }


def _lines(page: StartPage, profile: Profile, setting: Setting) -> dict[str, Any]:
    now = setting.clock.now()
    first = page.opened[0][0] if page.opened else now
    last = page.opened[-1][1] if page.opened else now
    following = profile.hours.next_opening(last - timedelta(minutes=1))
    opens = "（次に開く時刻は決まっていません）" if following is None else spoken_moment(following, last)
    texts = [
        ("はじめのことば", "\n".join([*(profile.text(key) for key in _FIRST), profile.disclosure_notice()])),
        ("混んでいるとき", profile.text(TextKey.CONGESTION, phone_lines=profile.phone_lines(max(now, first)))),
        ("閉まったあと", profile.text(TextKey.HANDOFF_CLOSED, next_opening=opens)),
        ("休業のとき", profile.closure_words(now)),
        ("これからの休業", profile.coming_closure_words(now)),
    ]
    channels = profile.channels
    quota = page.lines.quota
    return {
        "lines": None
        if page.lines.lines is None
        else [
            {
                "name": one.line.name,
                "number": one.line.number or one.line.url,
                "old": one.old,
                "verified": "まだ確かめていません"
                if one.line.verified is None
                else f"{day_words(one.line.verified, page.shift.day)}に確認{'（180日よりも前です）' if one.old else ''}",
            }
            for one in page.lines.lines
        ],
        "texts": [(name, text) for name, text in texts if text],
        "channels": [
            name
            for name, channel in (
                ("LINE", channels.line),
                ("ウェブのチャット", channels.web),
                ("通報のページ", channels.report),
                ("電話", channels.phone),
                ("メール", channels.mail),
                ("手紙", channels.letter),
                ("FAX", channels.fax),
                ("面談", channels.in_person),
            )
            if channel.offered
        ],
        "quota": None
        if quota is None
        else "制限はありません"
        if quota.remaining is None
        else f"残り{quota.remaining}通",
        "quota_low": quota is not None and quota.is_low(page.lines.reserve),
    }


def _tasks(page: StartPage) -> dict[str, Any]:
    day, tasks = page.shift.day, page.tasks
    return {
        "open": open_rows(tasks.handover),
        "due": [
            {
                "what": task.what,
                "due": day_words(task.due_on, day),
                "near": near_words(task.due_on, day),
                "owner": page.aliases[task.owner_id],
            }
            for task in tasks.due[:20]
        ],
        "due_count": len(tasks.due),
        "unclosed": None
        if tasks.unclosed is None
        else {"day": day_words(tasks.unclosed, day), "to": f"/desk/shifts/{tasks.unclosed}/end"},
        "last": None
        if tasks.last is None
        else {
            "id": str(tasks.last[1].id),
            "day": day_words(tasks.last[0].day, day),
            "to": f"/desk/shifts/{tasks.last[0].day}/handover?version={tasks.last[1].version}",
            "words": tasks.last[1].words,
            "readers": [f"{page.aliases[one]}（{moment_words(at, day)}）" for one, at in tasks.readers.items()],
        },
    }


def end_view(page: EndPage) -> dict[str, Any]:
    """The end check."""
    found, day = page.found, page.shift.day
    fine = {item: found.fine(item) for item in END}
    items = _items(END, page.confirmed, fine, page.aliases, day)
    return {
        "title_day": day_words(day),
        "items": items,
        "found": found,
        "daily_finished": page.daily_finished,
        "begun": page.shift.begun_at is not None,
        "left": [one["name"] for one in items.values() if one["by"] is None],
        "closed": None
        if page.shift.closed_at is None or page.shift.closed_by is None
        else f"{moment_words(page.shift.closed_at, day)}に、{page.aliases[page.shift.closed_by]}さんが終わりました。",
    }
