"""エ: secrecy and the keeping of records (HOK-3.4, KAG-6.1ウ, KAG-8.2 to 8.4, TAJ-7, TAJ-S1 to S3).

Pure. The notice is the one that students read; the roles are those of ``domain.staff``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from handoff.domain.documents.model import Document, Kind, Part, Source, Table, document
from handoff.domain.profile.vocabulary import NonurgentDisclosure, StatementKind
from handoff.domain.profile_in_words import (
    DUTY_WORDS,
    NOT_DECIDED,
    TRACE_WORDS,
    agencies_words,
    joined,
    retention_rows,
)
from handoff.domain.security_check import POINT_WORDS
from handoff.domain.staff import PERMISSIONS, ROLE_NAMES, Permission, StaffRole

_WHEN: Final[Mapping[NonurgentDisclosure, str]] = {
    NonurgentDisclosure.ON_WISH: "本人が望むときだけ",
    NonurgentDisclosure.WITH_CONSENT: "本人の了解を得たときだけ",
    NonurgentDisclosure.WHEN_NEEDED: "知って対応したほうがよいとき（了解がなくても）",
}
_STATEMENTS: Final[Mapping[StatementKind, str]] = {
    StatementKind.PERFORMANCE_AND_SECURITY: "実績と情報セキュリティ",
    StatementKind.PUBLIC: "外部公表向け",
    StatementKind.EDUCATION: "教育行政・学校向け",
    StatementKind.BOARD_FORM: "所定の様式",
}
_READS: Final[Mapping[Permission, str]] = {
    Permission.COUNSEL: "相談の言葉（担当する相談、待っている相談）",
    Permission.SUPERVISE: "すべての相談の言葉",
    Permission.COUNT: "だれのことかわからない統計",
    Permission.READ_SHIFTS: "勤務の記録・日報・障害の記録",
    Permission.READ_ROSTER: "名簿（資格・経験・誓約）",
    Permission.HANDLE_REQUESTS: "開示・削除の請求",
    Permission.READ_AUDIT: "操作の記録（言葉は入っていません）",
}
#: What more than one permission opens.
_READS_MORE: Final = (
    ("二人目として確かめる請求（だれのことかは出ません）", (Permission.HANDLE_REQUESTS, Permission.INSTRUCT)),
    ("漏えい等の報告書", (Permission.HANDLE_REQUESTS, Permission.KEEP_POLICY, Permission.INSTRUCT)),
)
_DISPOSAL: Final = (
    "日数を過ぎたものと、消去を決めたものは、6時間ごとの見回りで消えます。削除の請求は、二人で決めます。",
    "重大な事案や裁判などのために残すもの、終わっていない緊急対応のあるものは、消しません。残すには、理由と終わりの日が要ります。",
    "記録と一緒に、その暗号の鍵も消します。消したことは、だれのことかわからない数だけを証明として残します。",
    "操作の記録（だれが、いつ、何をしたか。言葉は入っていません）は、日数を過ぎてから、管理する人が消します。",
    "運営の記録（日報、請求の記録、教育委員会の指示、漏えいの報告など）を残す日数は、まだ決まっていません。自動では消えません。",
)
#: The law asks nobody whether a profile names it.
LEGAL_DUTY_ANYWAY: Final = (
    f"{NOT_DECIDED}。虐待を受けたと思われる子どもの通告（児童虐待防止法6条）は、だれにもある義務です"
)
_ADDRESS: Final = (
    "LINEのIDや、つながった場所の記録は、ふだんはだれにも見えません。",
    "命や体に危険があるときだけ、理由を書いて開けます。二人で開くか、あとから別の人が必ず確かめます。自分が開いたものを自分で確かめることはできません。",
    "だれが、いつ、なぜ開いたかは、書きかえられない記録に残ります。",
)
_SEALED: Final = (
    "相談の言葉・名前・連絡先・LINEのIDは、一つずつ暗号にして保存します。データベースを見るだけでは読めません。",
    "操作の記録には、言葉や名前を書きません。番号と、したことだけです。操作の記録は書きかえられません。一件ずつ鎖の形につなぎ、書きかえや抜けがないかを、いつでも確かめられます。",
    "子どもの言葉を開いたことは、画面でも、写真でも、紙でも、すべて操作の記録に残ります。操作の記録を読めるのは、相談を開かない業務管理担当者だけです。",
    "記録は、この窓口のデータベースに残します。LINEのしくみを、記録の置き場所にはしません。",
    "統計は、だれのことかわからない形で別にためます。もとの相談には戻れません。",
)


def secrecy(source: Source) -> Document:
    """The document."""
    return document(
        Kind.SECRECY,
        "HOK-3.4・KAG-6.1ウ・KAG-8.2〜8.4・TAJ-7",
        source,
        Part("相談者に伝えていること", "TAJ-S1〜S3・HOK-8.1", points=(source.profile.disclosure_notice(),)),
        Part("外へ伝えるとき", "KAG-7.1・TAJ-U1・HYO-I-1", facts=tuple(_disclosure(source))),
        Part("暗号と記録", "EXT-1・KAG-6.1エ", points=_SEALED),
        Part("だれが何を読めるか", "KAG-6.1ア・HOK-7", table=_access()),
        Part("相談者がだれかを調べるとき", "TAJ-S2・WG-11", points=_ADDRESS, facts=tuple(_identity(source))),
        Part("残す日数と消しかた", "KAG-8.3・KAG-8.4・TAJ-7", points=_DISPOSAL, table=_retention(source)),
        Part("ほかに使わないこと", "KAG-8.2・TAJ-6(6)", points=tuple(_reuse(source))),
        Part("パスワードと規程", "HOK-7・KAG-6.1ア(エ)", facts=tuple(_security(source))),
        Part(
            "毎月の確認",
            "HOK-7.3",
            points=("操作の記録が壊れていないこと", *POINT_WORDS.values()),
        ),
    )


def _disclosure(source: Source) -> Iterator[tuple[str, str]]:
    told = source.profile.disclosure
    yield "命や体の危険", "伝えます" if told.life else f"伝えます（事業設定では{NOT_DECIDED}）"
    yield "急ぎでない内容", NOT_DECIDED if told.nonurgent is None else _WHEN[told.nonurgent]
    yield (
        "急ぎでない内容を伝える先",
        NOT_DECIDED if told.nonurgent_to is None else agencies_words(told.nonurgent_to) or "なし",
    )
    to = told.classification_to
    yield "報告区分の結果を伝える先", NOT_DECIDED if to is None else agencies_words(to) or "なし"
    yield (
        "法律で決まっている連絡",
        (LEGAL_DUTY_ANYWAY if told.legal_duty is None else joined(DUTY_WORDS[duty] for duty in told.legal_duty)),
    )


def _access() -> Table:
    return Table(
        "読めるもの",
        ("もの", *(ROLE_NAMES[role] for role in StaffRole)),
        tuple(
            (words, *("○" if any(role in PERMISSIONS[may] for may in permissions) else "―" for role in StaffRole))
            for words, permissions in (*((words, (may,)) for may, words in _READS.items()), *_READS_MORE)
        ),
    )


def _identity(source: Source) -> Iterator[tuple[str, str]]:
    identify, trace = source.profile.disclosure.identify_user, source.profile.trace
    yield "ふだん、だれかを調べるか", NOT_DECIDED if identify is None else "調べます" if identify else "調べません"
    if trace.keep is None:
        kept = NOT_DECIDED
    elif trace.keep:
        kept = f"{joined(TRACE_WORDS[item] for item in trace.keep)}（{trace.days}日）"
    else:
        kept = "残しません"
    yield "ウェブから来た人について残すもの", kept


def _retention(source: Source) -> Table:
    return Table("相談が終わってからの日数", ("もの", "残す日数"), retention_rows(source.profile.retention_days))


def _reuse(source: Source) -> Iterator[str]:
    yield "相談や通報の内容を、ほかの目的に使ったり、公開したりしません。研究には、教育委員会の承認を得て、だれのことかわからない形でだけ使います。"
    monthly = source.profile.statements.monthly
    yield f"毎月の報告書：{joined(_STATEMENTS[one] for one in monthly) if monthly else NOT_DECIDED}"
    yield "報告書には、学校名・日付・言葉の引用を、だれのことかわかる形ではのせません。"


def _security(source: Source) -> Iterator[tuple[str, str]]:
    security = source.profile.security
    required, days = security.password_rotation_required, security.password_rotation_days
    if required is None:
        yield "パスワードの定期的な変更", NOT_DECIDED
    elif not required:
        yield "パスワードの定期的な変更", "しません"
    else:
        yield "パスワードの定期的な変更", "します（何日ごとかは未定）" if days is None else f"{days}日ごと"
    officer = security.password_officer_required
    yield "パスワードを管理する担当者", NOT_DECIDED if officer is None else "置きます" if officer else "置きません"
    yield "守る規程", security.policy or NOT_DECIDED
