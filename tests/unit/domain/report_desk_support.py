"""What the tests of the desk's inbox share: reports as they come, and as they are decided on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from handoff.adapters.profiles import load_profile
from handoff.domain.coding import TopicCode
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import ReportingClass
from handoff.domain.report import Answers, Report, ReportStatus, TellSchool
from handoff.domain.wrap_up import WithoutConsent, report_deadline
from handoff.settings import ROOT

#: A Friday evening; Monday the 23rd is a holiday (勤労感謝の日).
SENT = datetime.fromisoformat("2026-11-20T18:00:00+09:00")
DEMO = load_profile(ROOT / "data" / "profiles" / "demo.yml")
KAGOSHIMA = load_profile(ROOT / "data" / "profiles" / "kagoshima.yml")
YUKI, SORA = UUID(int=1), UUID(int=2)
BOTH = WithoutConsent("みなと", "教育委員会の山田", "けがが続いているため", source_protected=True)


def report(number: int = 9, **changed: Any) -> Report:
    plain = Report(
        UUID(int=number), UUID(int=90), UUID(int=91), Channel.REPORT, ReportStatus.NEW, Answers(), 1, SENT, SENT, SENT
    )
    return replace(plain, **changed)


def decided(reporting_class: ReportingClass = ReportingClass.PERIODIC, **changed: Any) -> Report:
    deadline = report_deadline(reporting_class, SENT, DEMO)
    return report(
        status=ReportStatus.IN_HAND,
        reporting_class=reporting_class,
        topic=TopicCode.BULLYING,
        deadline=deadline,
        decided_at=SENT,
        **changed,
    )


def wishing(wish: TellSchool | None, reporting_class: ReportingClass = ReportingClass.PERIODIC) -> Report:
    return decided(reporting_class, answers=Answers(what="見ました", tell_school=wish))
