"""What has to be seen to before it stops somebody's work, by the alias the team knows, never by a real name (KAG-6.1ア, オ)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from handoff.domain.pledge import PLEDGE_VERSION
from handoff.domain.roster import (
    REQUIRED,
    SUBJECT_NAMES,
    TOLD_AHEAD,
    Entry,
    Pledge,
    Subject,
    Training,
    coming,
    in_force,
)
from handoff.domain.staff import Lack, StaffMember, StaffRole, lacks_of


def last_days(trainings: Iterable[Training], today: date) -> dict[Subject, date]:
    """Until when each subject holds for somebody; a subject of which no training holds today isn't there."""
    found: dict[Subject, date] = {}
    for one in trainings:
        if one.holds(today):
            found[one.subject] = max(one.valid_until, found.get(one.subject, one.valid_until))
    return found


def goes_on(entries: Sequence[Entry], entry: Entry) -> bool:
    """Whether an announced version takes over before the one that holds has ended, or on the day after."""
    following = [one for one in coming(entries, entry.holds_from) if one.is_announced and one.id != entry.id]
    return any((one.holds_from - entry.valid_to).days <= 1 and one.valid_to > entry.valid_to for one in following)


def warnings_of(
    people: Iterable[StaffMember],
    entries: Sequence[Entry],
    pledges: Sequence[Pledge],
    trainings: Sequence[Training],
    today: date,
) -> list[str]:
    """A sentence for each thing, in Japanese. people: with active accounts; those of the board aren't on the roster."""
    told = []
    for person in people:
        if person.role is StaffRole.BOARD:
            continue
        theirs = [one for one in entries if one.staff_id == person.id]
        told += [
            f"{person.alias}さん：{text}"
            for text in _of_one(
                theirs,
                any(one.staff_id == person.id and one.version >= PLEDGE_VERSION for one in pledges),
                last_days((one for one in trainings if one.staff_id == person.id), today),
                today,
            )
        ]
    return told


def _of_one(entries: Sequence[Entry], pledged: bool, trained: dict[Subject, date], today: date) -> list[str]:
    entry = in_force(entries, today)
    waits = [one for one in coming(entries, today) if not one.is_announced]
    told = []
    if entry is None:
        if waits:
            told.append("名簿の届け出がまだなので、働けません。教育委員会に届け出て、その日を名簿に書いてください。")
        elif ahead := [one for one in coming(entries, today) if one.is_announced]:
            told.append(f"名簿は{_day(ahead[0].holds_from)}から始まります。その日まで働けません。")
        elif any(one.holds_from <= today for one in entries if one.withdrawn_at is None):
            told.append("名簿の期間が終わっているので、働けません。続けるときは、新しい期間を届け出てください。")
        else:
            told.append("名簿にのっていないので、働けません。名簿に書いて、教育委員会に届け出てください。")
        return told
    if waits:
        told.append("名簿の変更の届け出がまだです。教育委員会に届け出るまで、変更は始まりません。")
    if not pledged:
        told.append("守秘の誓約がまだなので、働けません。本人にログインして誓約するよう伝えてください。")
    left = entry.valid_to - today
    if left <= TOLD_AHEAD and not goes_on(entries, entry):
        told.append(f"名簿の期間が{_day(entry.valid_to)}で終わります。続けるときは、新しい期間を届け出てください。")
    lacks = lacks_of(entry.role, listed=True, pledged=True, trained=())
    needed = [one for one in REQUIRED if Lack(one.value) in lacks]
    missing = [SUBJECT_NAMES[one] for one in needed if one not in trained]
    if missing:
        so = "研修中として働きます。" if entry.role is StaffRole.COUNSELLOR else "早めに受けてください。"
        told.append(f"研修（{'、'.join(missing)}）の記録がないか、期限が切れています。{so}")
    told += [
        f"研修（{SUBJECT_NAMES[one]}）の期限が{_day(trained[one])}で切れます。それまでに受けてください。"
        for one in needed
        if one in trained and trained[one] - today <= TOLD_AHEAD
    ]
    return told


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"
