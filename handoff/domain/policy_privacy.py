"""The notice of purposes for personal data (個人情報の利用目的), made from the profile (TAJ-7, KAG-8.2 to 8.4, TAJ-S3).

Pure. What is collected, what for, who gets it, how long it is kept and how one asks to see it. Undecided stays undecided.
"""

from __future__ import annotations

from collections.abc import Iterator

from handoff.domain.policy import Section, Sections
from handoff.domain.profile import Flow, MediaRule, Profile
from handoff.domain.profile.vocabulary import AGENCY_NAMES, NonurgentDisclosure
from handoff.domain.profile_in_words import (
    DUTY_WORDS,
    TRACE_WORDS,
    UNDECIDED,
    agencies_words,
    joined,
    retention_rows,
)

_KINDS = ("image", "video", "audio", "file")


def privacy_sections(profile: Profile) -> Sections:
    """The notice."""
    return (
        Section("だれが預かるか", tuple(_keeper(profile))),
        Section("預かるもの", tuple(_collected(profile))),
        Section("使う目的", tuple(_purposes(profile))),
        Section("伝える先", tuple(_given_to(profile))),
        Section("残す日数", tuple(_kept(profile))),
        Section("守り方", tuple(_guarded())),
        Section("自分の記録について", tuple(_asked(profile))),
    )


def _keeper(profile: Profile) -> Iterator[str]:
    yield f"{profile.owner}が、{profile.service_name}のために預かります。"
    if profile.channels.line.offered:
        yield "LINEで送ったものは、LINEの会社のしくみを通って届きます。LINEの会社での扱いは、LINEのきまりによります。"


def _collected(profile: Profile) -> Iterator[str]:
    yield "書いた言葉と、答えてくれた学年・学校・性別・アンケートなど。どれも、答えなくても相談できます。"
    channels = profile.channels
    if channels.line.offered:
        yield "LINEから来た人を見分けるID。送ってくれたときは、いまいる場所。"
    flows = [Flow.CONSULTATION, *([Flow.REPORT] if channels.report.offered else [])]
    if any(profile.media.rule(flow, kind) is not MediaRule.REJECT for flow in flows for kind in _KINDS):
        yield "送ってくれた写真や動画などのうち、この窓口で受けとるもの。"
    if channels.web.offered or channels.report.offered:
        keep = profile.trace.keep
        if keep is None:
            yield f"ウェブから来た人について何を残すかは、{UNDECIDED}決まるまでは、つないだ場所の記録を残しません。"
        elif keep:
            items = joined(TRACE_WORDS[item] for item in keep)
            yield f"ウェブから来たときは、{items}。{profile.trace.days}日で消します。"
        else:
            yield "ウェブから来たときの、つないだ場所の記録は残しません。"
    if channels.web.offered:
        yield "チャットは、続きを話せるようにクッキー（見分けるしるし）を使います。通報のページとこのページは使いません。"


def _purposes(profile: Profile) -> Iterator[str]:
    yield "相談や通報に答えるため。前の相談をふまえて話すためにも使います。"
    yield "命や体を守るため。あぶない様子がないかを、人とプログラムの両方で見ます。"
    yield "相談員の間で引き継ぎ、よりよく話を聞けるようにするため。"
    # Counted in any case, and the board may look; a report is made where the profile wants one.
    if profile.statements.monthly:
        yield "だれのことかわからない数にして、窓口をよくするためと、教育委員会などに報告するため。"
    else:
        yield "だれのことかわからない数にして、窓口をよくするため。教育委員会も、その数を見られます。"
    yield "このほかの目的には使いません。"


def _given_to(profile: Profile) -> Iterator[str]:
    yield profile.disclosure_notice()
    told = profile.disclosure
    wished = told.nonurgent in (NonurgentDisclosure.ON_WISH, NonurgentDisclosure.WITH_CONSENT)
    if wished and told.nonurgent_to:
        yield f"あなたが望むときや、了解したときに伝える先：{agencies_words(told.nonurgent_to)}"
    # By their kinds: the order in which people call is none of a reader's concern.
    reached = dict.fromkeys(
        (*(profile.emergency.may_contact or ()), *(one.agency for one in profile.emergency.order or ()))
    )
    if reached:
        yield f"命や体の危険があるときなどに連絡することがある先：{joined(AGENCY_NAMES[one] for one in reached)}"
    if told.legal_duty:
        yield f"法律で決まっている連絡：{joined(DUTY_WORDS[duty] for duty in told.legal_duty)}"
    else:
        yield f"法律で決まっている連絡：虐待を受けたと思われる子どもの通告（児童虐待防止法6条）など。すべての一覧は、{UNDECIDED}"


def _kept(profile: Profile) -> Iterator[str]:
    if not any(days for _, days in profile.retention_days):
        yield f"相談が終わってから残しておく日数は、{UNDECIDED}"
        return
    yield "相談が終わってから残しておく日数です。過ぎたものは、消します。あなたがまた来たときや、守るために必要なときは、それより長く残すことがあります。"
    yield from (f"・{kind}：{days}" for kind, days in retention_rows(profile.retention_days, "まだ決まっていません"))


def _guarded() -> Iterator[str]:
    yield "書いた言葉は、暗号にして保存します。読めるのは、役割のある人だけです。だれが開いたかを記録します。"
    yield "外に出たり、書きかえられたり、なくなったりしないように守ります。"


def _asked(profile: Profile) -> Iterator[str]:
    yield f"自分の記録を見たい、直したい、消してほしいときは、{profile.owner}に申し出ることができます。"
    yield "ほかの人や、申し出た人自身の安全のために、応じられないことがあります。"
