"""``tsunagi profile check FILE``: is a profile sound, and is it fit to go live?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

from handoff.adapters.profiles import blocking_nulls, load_profile
from handoff.alarm_reach import desk_only_warning
from handoff.domain.errors import ProfileError
from handoff.domain.hours import ZONE
from handoff.domain.notice import Medium
from handoff.domain.profile import Profile

FIT: Final = 0
INCOMPLETE: Final = 1
BROKEN: Final = 2


def check(path: Path, *, today: date | None = None, media: frozenset[Medium] | None = None) -> int:
    """Print a Japanese report on a profile; 0 fit to go live, 1 sound but incomplete, 2 broken.

    ``today`` (default: the day in Japan) decides whether the profile's time is over; ``media`` are the ways by which
    an alarm leaves this installation (default: mail and calls, so that the profile alone is judged).
    """
    try:
        profile = load_profile(path)
    except ProfileError as error:
        faults = str(error).splitlines()
        print(f"× 事業設定を読み込めません: {path}（誤り {len(faults)} 件）")
        for fault in faults:
            print(f"  {fault}")
        return BROKEN
    print(f"○ 形式は正しいです: {path}（{profile.service_name}・{profile.owner}）")
    for remark in _remarks(profile, media or frozenset(Medium) - {Medium.WEBHOOK}):
        print(f"  注意: {remark}")
    blocks = [f"{gap.path}: {gap.reason}（{gap.requirement}）" for gap in blocking_nulls(profile)]
    blocks += _over(profile, today or datetime.now(ZONE).date())
    if not blocks:
        print("○ 公開に必要な項目は、すべて決まっています。")
        return FIT
    print(f"× まだ公開できません。決めることが {len(blocks)} 件あります。")
    for block in blocks:
        print(f"  {block}")
    return INCOMPLETE


def _over(profile: Profile, today: date) -> list[str]:
    found = []
    if profile.valid_to is not None and profile.valid_to < today:
        found.append(f"valid_to: {profile.valid_to} で期間が終わっています。新しい年度の値を書いてください（KAG-4）")
    if profile.hours.known and all(version.last_day < today for version in profile.hours.versions):
        found.append("hours: どの版も期間が終わっています。新しい年度の時間を書いてください（KAG-4.1）")
    return found


def _remarks(profile: Profile, media: frozenset[Medium]) -> Iterator[str]:
    lines = (*(profile.lines or ()), *(profile.lines_by_text or ()))
    unchecked = [line.name for line in lines if line.verified is None]
    if unchecked:
        yield f"番号と時間を確かめた日（verified）がない窓口があります: {'、'.join(unchecked)}"
    if profile.on_call.ladder:  # without one it is a gap, told below
        warning = desk_only_warning(profile, media)
        if warning is not None:
            yield warning
