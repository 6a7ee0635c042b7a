"""The texts of the operating policy, made from the profile as it is, with the board's own words added (HOK-8.1, WG-10).

Pure. Nothing is promised that the profile denies or leaves open: secrecy comes from ``disclosure`` alone, LINE is never
called anonymous, and whatever isn't decided is said to be undecided. Counselling is never claimed for publication
(TAJ-6(6) is left out on purpose: it contradicts TAJ-S1).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from handoff.domain.policy import BoardWords, Page, PolicyText, Section, Sections
from handoff.domain.policy_privacy import privacy_sections
from handoff.domain.profile import Flow, MediaRule, Profile
from handoff.domain.profile.vocabulary import HardEnd, Prohibited
from handoff.domain.profile_in_words import (
    PROHIBITED_WORDS,
    RESIDENCE_WORDS,
    ROLE_WORDS,
    SANCTION_WORDS,
    TRACE_WORDS,
    UNDECIDED,
    closed_words,
    has_closed_days,
    joined,
    school_words,
    since_words,
    version_for,
    ways_in,
    week_words,
)

#: Where a phone number always answers, for whoever reads no further.
EMERGENCY = "いますぐあぶないときは、110（警察）か119（救急）に電話してください。"
_MEDIA = {"image": "写真", "video": "動画", "audio": "音声", "file": "ファイル"}


def policy_text(profile: Profile, words: BoardWords, today: date) -> PolicyText:
    """All texts of a version that would be published today."""
    return PolicyText(
        short=(Section("", (*_short(profile, today), *words.rows(Page.SHORT))),),
        full=_with(tuple(_full(profile, today)), words.rows(Page.FULL)),
        privacy=_with(privacy_sections(profile), words.rows(Page.PRIVACY)),
    )


def _with(sections: Sections, own: tuple[str, ...]) -> Sections:
    return (*sections, Section("この窓口からのお知らせ", own)) if own else sections


# --- a minute's reading -----------------------------------------------------------------------------------------------


def _short(profile: Profile, today: date) -> Iterator[str]:
    yield f"{profile.service_name}は、こまったことや気になることを話せるところです。"
    yield "はじめは自動の案内が答えます。書いたことは、この窓口の相談員が読みます。"
    version = version_for(profile.hours, today)
    if version is None:
        yield f"相談員と話せる時間は、{UNDECIDED}"
    else:
        closed = "休みの日もあります。" if has_closed_days(version) else ""
        hours = f"{since_words(version, today)}{'、'.join(week_words(version))}"
        yield f"相談員と話せるのは、{hours}です。{closed}ほかの時間は、すぐには読めません。"
    names = "名前は書かなくて大丈夫です。"
    if profile.channels.line.offered:
        names += "LINEでは、あなたを見分ける番号がこちらに残ります。"
    yield names
    yield profile.disclosure_notice()
    yield EMERGENCY
    if set(profile.conduct.prohibited or ()) & {Prohibited.DEFAMATION, Prohibited.IMPERSONATION}:
        yield "人を傷つけることや、なりすましはしないでください。"
    yield "やりとりは、SNSにのせないでください。"


# --- the whole --------------------------------------------------------------------------------------------------------


def _full(profile: Profile, today: date) -> Iterator[Section]:
    yield Section("この窓口のこと", tuple(_about(profile)))
    yield Section("話せる時間", tuple(_hours(profile, today)))
    yield Section("だれが読むか", tuple(_readers(profile)))
    yield Section("秘密のこと", tuple(_secrecy(profile)))
    yield Section("送れるもの", tuple(_media(profile)))
    yield Section("お願い", tuple(_conduct(profile)))
    yield Section("できないこと", tuple(_limits(profile)))
    yield Section("話の終わりかた", tuple(_ends(profile)))
    yield Section("つながらないとき", tuple(_trouble(profile)))
    yield Section("権利と責任", tuple(_rights(profile)))
    yield Section("きまりが変わるとき", tuple(_changes()))
    yield Section("問い合わせ", tuple(enquiry_rows(profile)))


def _about(profile: Profile) -> Iterator[str]:
    yield f"{profile.service_name}は、{profile.owner}が責任をもって行っています。"
    ways = ways_in(profile.channels)
    yield f"使えるもの：{joined(ways)}" if ways else f"何で相談できるかは、{UNDECIDED}"
    yield f"相談できる人：{_served(profile)}"
    yield "相談にお金はかかりません。通信や電話にかかるお金は、あなたの契約によります。"
    yield "友だちのこと、家族のこと、学校のこと、自分のことなど、どんなに小さなことでも話せます。"


def _served(profile: Profile) -> str:
    one = profile.eligible
    if one.roles is None:
        return UNDECIDED
    rows = [joined(ROLE_WORDS[role] for role in one.roles)]
    if one.schools:
        rows.append(f"学校は{joined(map(school_words, one.schools))}")
    if one.excluded_founders:
        rows.append(f"{joined(one.excluded_founders)}立の学校はのぞきます")
    if one.residence:
        rows.append(f"この地域に{joined(RESIDENCE_WORDS[place] for place in one.residence)}人")
    if one.age_under is not None:
        older = "（高校生などは、それより上の年でも話せます）" if one.older_pupils else ""
        rows.append(f"{one.age_under}歳より下の人{older}")
    return "。".join(rows) + "。ちがう人から届いたときも、話は受けとめます。"


def _hours(profile: Profile, today: date) -> Iterator[str]:
    version = version_for(profile.hours, today)
    if version is None:
        yield f"相談員と話せる時間は、{UNDECIDED}"
        return
    for one in profile.hours.versions:
        if one.last_day >= today:
            yield from (f"{since_words(one, today)}{row}" for row in week_words(one))
            yield from closed_words(one)
    yield "書くことは、いつでもできます。話せる時間のほかに書いたことは、すぐには読まれません。"
    if profile.on_call.who is None or not profile.on_call.hours.known:
        yield f"話せる時間のほかに、命や体があぶないという知らせをだれが受けるかは、{UNDECIDED}"
    else:
        yield (
            "話せる時間のほかでも、命や体があぶないと思われる言葉が届いたときは、当番の人に知らせます。"
            "すぐに返事ができるとはかぎりません。"
        )


def _readers(profile: Profile) -> Iterator[str]:
    yield "はじめに答えるのは、自動の案内です。人ではありません。"
    yield "書いたことは、相談員と、相談員を助ける業務責任者が読みます。前の相談を見ることもあります。"
    yield "あぶない様子がないかを、プログラムも見ています。見つけたときは、人に知らせます。"
    if profile.desk.approve_trainees:
        yield "研修中の相談員の返事は、業務責任者が見てから送ります。"
    yield "既読がついても、相談員がまだ読んでいないことがあります。わざと返事をしないのではありません。"


def _secrecy(profile: Profile) -> Iterator[str]:
    yield profile.disclosure_notice()
    if profile.channels.line.offered:
        yield "LINEでは、あなたを見分けるIDがこちらに残ります。名前は書かなくて大丈夫です。"
    if profile.channels.report.offered and profile.channels.report.anonymous:
        names = joined(TRACE_WORDS[item] for item in profile.trace.keep or ())
        kept = f"つないだときの記録（{names}）は、{profile.trace.days}日のあいだ残ります。" if names else ""
        yield f"通報のページは、名前もIDも書かずに使えます。{kept}学校の端末には、見たページの記録が残ることがあります。"
    if profile.eligible.anonymous.school is False:
        yield "学校の先生から相談を受けるときは、学校名と名前を確かめます。"
    yield "くわしくは「個人情報の使い方」に書いてあります。"


def _media(profile: Profile) -> Iterator[str]:
    yield f"相談のとき：{_taken(profile, Flow.CONSULTATION)}"
    if profile.media.counsellor_window:
        yield "相談員がお願いしたときだけ、写真を一枚送れます。送らなくても大丈夫です。"
    if profile.channels.report.offered:
        yield f"通報のとき：{_taken(profile, Flow.REPORT)}"
    yield "はだかや下着が写ったものは、送らないでください。"


def _taken(profile: Profile, flow: Flow) -> str:
    taken = [words for kind, words in _MEDIA.items() if profile.media.rule(flow, kind) is not MediaRule.REJECT]
    return (
        f"文字のほかに、{joined(taken)}を送れます。"
        if taken
        else "文字で書いてください。写真や動画などは見ていません。"
    )


def _conduct(profile: Profile) -> Iterator[str]:
    if profile.conduct.prohibited:
        yield "次のことは、しないでください。"
        yield from (f"・{PROHIBITED_WORDS[one]}" for one in profile.conduct.prohibited)
    if profile.conduct.sanctions:
        yield (
            f"続くときは、{joined((SANCTION_WORDS[one] for one in profile.conduct.sanctions), 'や')}があります。"
            "命や体があぶないと思われる人には、しません。"
        )
    yield (
        "相談員とのやりとりや画面を、SNSなどにのせないでください。"
        "安心できる大人に見せて、いっしょに考えてもらうのは大丈夫です。"
    )


def _limits(profile: Profile) -> Iterator[str]:
    yield f"ここは、110や119のような緊急の窓口ではありません。{EMERGENCY}"
    yield "相談が多いときは、返事まで時間がかかることがあります。"
    yield "いたずらや、相談と関係のないことには、答えられないことがあります。"
    yield "体や心の病気について、お医者さんのかわりに決めることはできません。"
    yield "LINEやスマートフォンの使い方には、ここでは答えられません。"


def _ends(profile: Profile) -> Iterator[str]:
    timers = profile.session
    if timers.soft_limit_minutes is not None:
        yield f"1回の相談は、{timers.soft_limit_minutes}分をめやすにしています。"
    if timers.silence_close_minutes is not None:
        yield f"{timers.silence_close_minutes}分のあいだ返事がないと、その日の相談を終わりにすることがあります。"
    if timers.hard_end is HardEnd.AT_CLOSE:
        yield "話せる時間が終わると、その日の相談は終わります。"
    yield "命や体があぶないと思われるときは、時間だけで終わりにすることはありません。"
    yield "いつでもやめられます。また話したくなったら、いつでも書いてください。"


def _trouble(profile: Profile) -> Iterator[str]:
    yield "機械や通信の故障で、届かなかったり、返事がおくれたりすることがあります。"
    numbers = [f"{line.name} {line.number}" for line in profile.lines or () if line.number]
    if numbers:
        yield "つながらないときや、急いで話したいときは、電話の窓口も使えます。"
        yield from (f"・{number}" for number in numbers)
    else:
        yield f"案内する電話の窓口は、{UNDECIDED}"


def _rights(profile: Profile) -> Iterator[str]:
    yield "あなたが書いたものや送ったものの権利は、あなたのものです。相談や通報の内容を、公開したり宣伝に使ったりしません。"
    yield "この窓口は、スマートフォンやLINEを使うことをすすめるものではありません。"
    yield (
        "案内の内容が、いつも正しく新しいとはかぎりません。使ったことや使えなかったことで起きた損害や、"
        f"使う人どうしなどのもめごとについて、{profile.owner}は責任を負えないことがあります。"
    )


def _changes() -> Iterator[str]:
    yield "このきまりは、前もって知らせずに変わることがあります。"
    yield "変わったときは、新しい版と変わったところをこのページにのせます。前の版も読めます。"


def enquiry_rows(profile: Profile) -> Iterator[str]:
    """Where one asks about the service (HOK-8.3)."""
    if profile.enquiry.url is not None:
        yield f"使い方の質問：{profile.enquiry.url}"
    by = profile.enquiry.by
    yield f"責任者：{profile.owner}" + (f"　受け付け：{by}" if by else "")
    if profile.enquiry.url is None:
        yield f"使い方の質問を受けるページは、{UNDECIDED}"
