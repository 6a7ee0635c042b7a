"""Before a report is told to anybody: what speaks against it, and the page that doesn't tell who told (WG-15, WG-17).

Pure. Neither a board nor a school hears before it was compared with other information (「うのみにせず」), but at once where life
is at stake; the reporter's wish binds whoever may tell a school, and a suspected teacher's school never hears. Each refusal
is said so that it can be mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from handoff.domain.escalation import Suspect
from handoff.domain.profile import Profile
from handoff.domain.profile.vocabulary import Agency, NonurgentDisclosure, ReportingClass
from handoff.domain.report import Report, TellSchool
from handoff.domain.report_triage import Fault, is_decided
from handoff.domain.wrap_up import WithoutConsent

#: Who a report may be handed to by the desk's form; police and the like are called from an escalation.
HANDED_TO: Final = (Agency.PREFECTURAL_BOARD, Agency.MUNICIPAL_BOARD, Agency.SCHOOL)
_BOARDS: Final = frozenset(HANDED_TO) - {Agency.SCHOOL}
#: Letters of what is handed over: one page (WG-19).
HANDOVER_LETTERS: Final = 1200
#: So many letters in a row as the reporter wrote them tell a school who it was by how they write.
QUOTED_LETTERS: Final = 15
_NOBODY: Final = frozenset[Suspect]()


@dataclass(frozen=True, slots=True)
class HandingOver:
    """What speaks for telling somebody.

    Attributes: checked: compared with other information; agreed: asked on the answer's page, and the reporter said yes
    there; decision: of supervisor and board, to tell the school without that; suspects: of all the reporter's words.
    """

    to: Agency
    checked: bool = False
    agreed: bool = False
    decision: WithoutConsent | None = None
    suspects: frozenset[Suspect] = _NOBODY


_ASK: Final = "先に返事のページでたずねて、よいと言われてから伝えてください。"
_WISHES: Final[Mapping[TellSchool, str]] = {
    TellSchool.NO: f"知らせた人は「どこにも伝えないでほしい」と答えています。{_ASK}",
    TellSchool.ASK_FIRST: f"知らせた人は「伝える前に聞いてほしい」と答えています。{_ASK}",
    TellSchool.BOARD_ONLY: f"知らせた人は「教育委員会だけに伝えてほしい」と答えています。学校に伝えるときは、{_ASK}",
}


def handing_over_faults(report: Report, telling: HandingOver, profile: Profile) -> tuple[Fault, ...]:
    """Everything that speaks against telling this agency now; empty: it may be told."""
    return tuple(_handing_over_faults(report, telling, profile))


def _handing_over_faults(report: Report, telling: HandingOver, profile: Profile) -> Iterator[Fault]:
    school = telling.to is Agency.SCHOOL
    if telling.to not in HANDED_TO:
        yield Fault("to", "渡す相手を、一覧から選んでください。")
        return
    if school and Suspect.TEACHER in telling.suspects:
        # Whatever class, wish or decision: the one who may have done it would hear.
        yield Fault("to", "教職員が関わっているおそれがあるため、学校には渡せません。教育委員会に渡してください。")
        return
    if not is_decided(report):
        yield Fault("to", "先に、報告区分と内容を決めてください。")
        return
    if report.reporting_class is ReportingClass.PHONE_AT_ONCE:
        return  # life comes first; what was told is compared right after
    if not telling.checked:
        yield Fault("to", "先に、ほかの情報と照らし合わせて、「照合」に書いてください（WG-15）。")
    if telling.agreed or (school and telling.decision is not None and not decision_faults(telling.decision)):
        return
    if telling.decision is not None and school:
        yield from decision_faults(telling.decision)
    elif (wish := _against(report.answers.tell_school, telling.to, profile)) is not None:
        yield Fault("to", wish)


def _against(wish: TellSchool | None, to: Agency, profile: Profile) -> str | None:
    """What the reporter's wish says against telling an agency. A wish that was never said is no yes for a school."""
    if wish is TellSchool.NO and to in _BOARDS:
        return None if promised(profile, to) else _WISHES[wish]
    if to in _BOARDS or wish in (TellSchool.YES, TellSchool.HIDDEN):
        return None
    if wish is not None:
        return _WISHES[wish]
    return None if promised(profile, to) else f"学校に伝えてよいかを、まだ聞いていません。{_ASK}"


def promised(profile: Profile, to: Agency) -> bool:
    """Whether it was said beforehand that this agency may hear of what isn't urgent (the profile's disclosure)."""
    rule = profile.disclosure
    agencies = set(rule.classification_to or ())
    if rule.nonurgent is NonurgentDisclosure.WHEN_NEEDED:
        agencies |= set(rule.nonurgent_to or ())
    return to in agencies


def decision_faults(decision: WithoutConsent) -> tuple[Fault, ...]:
    """What is missing in the decision of two to tell the school all the same (WG-17)."""
    supervisor, board = decision.supervisor.strip(), decision.board.strip()
    found = [
        (not supervisor, "supervisor", "決めた業務責任者の名前を書いてください。"),
        (not board, "board", "決めた教育委員会の人の名前を書いてください。"),
        (bool(supervisor) and supervisor == board, "board", "業務責任者と教育委員会の、別の二人で決めてください。"),
        (not decision.reason.strip(), "reason", "本人の希望とちがうことをする理由を書いてください。"),
        (
            not decision.source_protected,
            "source_protected",
            "だれが知らせたか学校にわからないことを確かめ、印をつけてください。",
        ),
    ]
    return tuple(Fault(field, text) for wrong, field, text in found if wrong)


def quoted(words: str, told: Iterable[str], least: int = QUOTED_LETTERS) -> str | None:
    """A stretch of what is to be handed over that the reporter wrote letter for letter, if there is one.

    Spaces and line ends don't hide it. How somebody writes tells who it was (WG-17), so a counsellor words it anew.
    """
    said, heard = _bare(words), [_bare(text) for text in told]
    for start in range(len(said) - least + 1):
        if any(said[start : start + least] in text for text in heard):
            return said[start : start + least]
    return None


def _bare(text: str) -> str:
    return "".join(text.split())


def report_handover_lines(
    report: Report,
    words: str,
    *,
    to: Agency,
    topic: str,
    reporting_class: str,
    suspects: frozenset[Suspect] = _NOBODY,
) -> tuple[tuple[str, str], ...]:
    """The page for an agency as headings and texts; empty where there may be none (WG-17, WG-19).

    Nothing on it comes from the reporter's own words but names that a board needs: not who told, how they know of it,
    what they wish, when they wrote, nor how they put it; ``words`` are the counsellor's. Whoever tells of themselves
    gives the same page as whoever saw it, so that nobody can tell one from the other.
    """
    if to is Agency.SCHOOL and Suspect.TEACHER in suspects:
        return ()
    rows = [("報告区分", reporting_class), ("内容", topic)]
    if to in _BOARDS:
        rows += [("学校", report.answers.school_name), ("学年など", report.answers.grade)]
    rows += [
        ("伝えること", words),
        ("お願い", "だれが知らせたかは、書いていません。調べたり、たずねたりしないでください。"),
    ]
    return tuple((heading, text) for heading, text in rows if text.strip())
