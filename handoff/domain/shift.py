"""A shift: one day's opening of the window, checked at its start and its end, and who was there (KAG-6.1ア(イ), HYO-4.3).

Pure. A shift belongs to the day in Japan on which its hours begin, so what lies after midnight is still the evening's.
Nothing here keeps a student waiting: a check that isn't done, and a shortage, are shown and logged, and claiming goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from handoff.domain.errors import InputRefused
from handoff.domain.hours import ZONE, OpeningHours, Slot
from handoff.domain.profile.access import Staff
from handoff.domain.staff import StaffRole
from handoff.domain.window_closure import stretches

#: Somebody of whom nothing was seen for so long isn't there any more; a desk that is left alone is locked after it, too.
GONE_AFTER: Final = timedelta(minutes=30)
#: A phone line that nobody compared with its operator's page for longer has to be looked up again.
VERIFIED_FOR: Final = timedelta(days=180)
LONGEST_WORDS: Final = 2000
_DAY: Final = 24 * 60

type Stretch = tuple[datetime, datetime]


class Item(StrEnum):
    """What is confirmed, by the page on which it stands."""

    ALARM = "alarm"
    STAFF = "staff"
    LINES = "lines"
    TASKS = "tasks"
    TALKS = "talks"
    DRAFTS = "drafts"
    SHEETS = "sheets"
    HANDOVER = "handover"


START: Final = (Item.ALARM, Item.STAFF, Item.LINES, Item.TASKS)
END: Final = (Item.TALKS, Item.DRAFTS, Item.SHEETS, Item.HANDOVER)
ITEM_NAMES: Final[Mapping[Item, str]] = {
    Item.ALARM: "緊急の知らせ",
    Item.STAFF: "人",
    Item.LINES: "窓口と文",
    Item.TASKS: "残っている用事",
    Item.TALKS: "話している相談",
    Item.DRAFTS: "書きかけの文",
    Item.SHEETS: "終了記録",
    Item.HANDOVER: "引継ぎ",
}


class ShortageStep(StrEnum):
    """What a supervisor does where too few are there."""

    CALL_IN = "call_in"
    CLOSE = "close"
    GO_ON = "go_on"


STEP_NAMES: Final[Mapping[ShortageStep, str]] = {
    ShortageStep.CALL_IN: "応援を呼ぶ",
    ShortageStep.CLOSE: "窓口を閉じる",
    ShortageStep.GO_ON: "このまま続ける",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift. opened: the start check was begun; begun: it was finished; closed: the end check was."""

    id: UUID
    profile: str
    day: date
    opened_by: UUID
    opened_at: datetime
    begun_by: UUID | None = None
    begun_at: datetime | None = None
    closed_by: UUID | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who said of an item that it is seen to. fine: what the machine found; step, words: what is done where it wasn't."""

    id: UUID
    shift_id: UUID
    item: Item
    fine: bool
    by: UUID
    at: datetime
    step: ShortageStep | None = None
    words: str = ""


def checked_words(words: str, field: str = "words", longest: int = LONGEST_WORDS) -> str:
    """Words as they are kept, perhaps none. Raises: InputRefused: too many."""
    words = words.replace("\0", "").strip()
    if len(words) > longest:
        raise InputRefused(field, f"{longest}文字までで書いてください（いま{len(words)}文字）。")
    return words


def check_confirmation(item: Item, fine: bool, supervisor: bool, step: ShortageStep | None, words: str) -> None:
    """Whether an item may be confirmed as it is found.

    Raises: InputRefused: an alarm that somebody on the ladder didn't confirm, and too few people, are a supervisor's to
    answer for, with a reason; what is left at the end needs to be named; the handover has to be written.
    """
    if fine:
        return
    if item in (Item.ALARM, Item.STAFF) and not supervisor:
        raise InputRefused("words", "そろっていないところがあります。業務責任者が、理由を書いて確認してください。")
    if item is Item.ALARM and not words:
        raise InputRefused(
            "words", "まだ受け取りを確かめていない人がいます。確かめるか、このまま始める理由を書いてください。"
        )
    if item is Item.STAFF:
        check_step(step, words)
    if item in (Item.TALKS, Item.DRAFTS, Item.SHEETS) and not words:
        raise InputRefused("words", "残っているものがあります。だれが、いつまでにするかを書いてください。")
    if item is Item.HANDOVER:
        raise InputRefused(
            "words",
            "引継ぎが、まだ仕上がっていないか、仕上げたあとに危険度の高い相談が増えました。「引継ぎ」で仕上げてから、確認してください。",
        )


def check_step(step: ShortageStep | None, words: str) -> None:
    """Raises: InputRefused: nothing was chosen, or no reason is given for going on."""
    if step is None:
        raise InputRefused("step", "人が足りません。どうするかを選んでください。")
    if step is ShortageStep.GO_ON and not words:
        raise InputRefused("words", "このまま続ける理由を書いてください。")


def unconfirmed(items: Sequence[Item], confirmations: Iterable[Confirmation]) -> list[Item]:
    """The items that nobody confirmed yet, in order."""
    done = {one.item for one in confirmations}
    return [item for item in items if item not in done]


# --- days and hours -------------------------------------------------------------------------------------------------


def _slots(hours: OpeningHours, day: date) -> tuple[Slot, ...]:
    return next(
        (version.slots_on(day) for version in hours.versions if version.valid_from <= day <= version.last_day), ()
    )


def _moment(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(), ZONE) + timedelta(minutes=minutes)


def shift_day(hours: OpeningHours, at: datetime) -> date:
    """The day of the shift that a moment belongs to: yesterday's while its hours, past midnight, go on."""
    today = at.astimezone(ZONE).date()
    return today - timedelta(days=1) if at < day_frame(hours, today)[0] else today


def day_frame(hours: OpeningHours, day: date) -> Stretch:
    """A day as the duty log has it: from the end of the evening before, or midnight, to its own end after midnight."""

    def over(of: date) -> datetime:
        return _moment(of, max([_DAY, *(slot.closes for slot in _slots(hours, of))]))

    return over(day - timedelta(days=1)), over(day)


def open_stretches(hours: OpeningHours, day: date) -> tuple[Stretch, ...]:
    """When the window is open on a day, in order, without what closures take away."""
    found = [(_moment(day, slot.start), _moment(day, slot.closes)) for slot in _slots(hours, day)]
    for shut_from, shut_to in stretches(hours.closures):
        found = [
            (begins, ends)
            for start, end in found
            for begins, ends in ((start, min(end, shut_from)), (max(start, shut_to), end))
            if begins < ends
        ]
    return tuple(found)


# --- who was there ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duty:
    """A stretch in which somebody was on duty. ends_at: None while nobody has ended it; seen_at: the last sign of them."""

    staff_id: UUID
    role: StaffRole
    begins_at: datetime
    ends_at: datetime | None
    seen_at: datetime

    def until(self, now: datetime) -> datetime:
        """Its end as far as it is known: of one that nobody ended and that is silent for long, the last sign."""
        if self.ends_at is not None:
            return self.ends_at
        return self.seen_at if now - self.seen_at > GONE_AFTER else max(now, self.seen_at)


@dataclass(frozen=True, slots=True)
class Shortage:
    """A stretch in which too few were there. missing: how many."""

    begins_at: datetime
    ends_at: datetime
    missing: int

    @property
    def minutes(self) -> int:
        return minutes_of(self.ends_at - self.begins_at)


def minutes_of(span: timedelta) -> int:
    """Whole minutes."""
    return int(span / timedelta(minutes=1))


def worked(duties: Iterable[Duty], frame: Stretch, now: datetime) -> dict[UUID, tuple[Stretch, ...]]:
    """By person: when they were there within a frame, in order; stretches neither overlap nor touch."""
    found: dict[UUID, list[Stretch]] = {}
    for duty in sorted(duties, key=lambda one: (one.begins_at, one.until(now))):
        begins, ends = max(duty.begins_at, frame[0]), min(duty.until(now), frame[1])
        if begins >= ends:
            continue
        mine = found.setdefault(duty.staff_id, [])
        if mine and begins <= mine[-1][1]:
            mine[-1] = (mine[-1][0], max(mine[-1][1], ends))
        else:
            mine.append((begins, ends))
    return {person: tuple(stretch) for person, stretch in found.items()}


def shortages(duties: Iterable[Duty], opened: Iterable[Stretch], rule: Staff, now: datetime) -> tuple[Shortage, ...]:
    """When fewer were there than the profile demands, while the window was open, up to now (KAG-6.1ア(イ)).

    Counted are people, not sign-ins; a supervisor isn't one of them unless the profile says so.
    """
    least = rule.min_counsellors or 0
    counted = {StaffRole.COUNSELLOR} | ({StaffRole.SUPERVISOR} if rule.supervisor_excluded is False else set())
    there = [duty for duty in duties if duty.role in counted]
    found: list[Shortage] = []
    for start, end in opened:
        end = max(start, min(end, now))
        edges = sorted(
            {start, end} | {at for one in there for at in (one.begins_at, one.until(now)) if start < at < end}
        )
        for begins, ends in pairwise(edges):
            present = {one.staff_id for one in there if one.begins_at <= begins and ends <= one.until(now)}
            missing = least - len(present)
            if missing <= 0 or begins >= ends:
                continue
            if found and found[-1].ends_at == begins and found[-1].missing == missing:
                found[-1] = Shortage(found[-1].begins_at, ends, missing)
            else:
                found.append(Shortage(begins, ends, missing))
    return tuple(found)
