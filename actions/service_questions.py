"""Which question about the service a student asks; one intent covers them all, the model tells them apart where it is
sure (`metadata: {question: …}` in data/nlu/service.yml), and where it isn't, these patterns do.

The answers come from the profile or the standard texts, never from here (TAJ-S1 to S3: a notice that promises more
than the profile's disclosure would be a lie).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ServiceQuestion(StrEnum):
    """What may be asked about the service."""

    PROGRAM = "program"
    READERS = "readers"
    SECRECY = "secrecy"
    HOURS = "hours"
    WAIT = "wait"
    COST = "cost"
    MEDIA = "media"
    DELETE = "delete"
    REGION = "region"
    PHONE = "phone"
    NAMES = "names"
    OTHERS = "others"
    TOPICS = "topics"
    QUIT = "quit"
    COUNSELLOR = "counsellor"
    OPERATOR = "operator"
    KEPT = "kept"
    ADULTS = "adults"
    HOW = "how"
    SAME = "same"
    NOTIFICATION = "notification"
    MEETING = "meeting"
    ELSEWHERE = "elsewhere"
    OTHER = "other"


_FAMILY: Final = r"(親|おや|母|父|お母さん|お父さん|ママ|パパ|家族|家の人|保護者)"
_OUTSIDE: Final = r"(先生|担任|学校|警察|友だち|友達|教育委員会)"
_TOLD: Final = r"(連絡|言|話|報告|通報|電話|伝|届|いく|行く|知|読|見)"
_PERSON: Final = r"(?<!どんな)(?<!女の)(?<!男の)(?<!ほかの)(?<!他の)(人|人間|にんげん|本物)"

# The first question with a match wins, so the narrow ones stand before the wide ones.
_WORDS: Final[Mapping[ServiceQuestion, tuple[str, ...]]] = {
    ServiceQuestion.KEPT: (r"(記録|履歴|ログ|文章).{0,8}残|いつまで残|録(音|られ)|保管|何年.{0,4}(残|保)",),
    ServiceQuestion.NOTIFICATION: (r"通知|ロック画面|お知らせ|おしらせ|一斉|ミュート",),
    ServiceQuestion.MEETING: (
        r"会(って|える|いに|わなきゃ|わないと)|対面|面談|直接(会|話)|家に来|学校(まで|に)来|予約",
    ),
    ServiceQuestion.DELETE: (
        r"消せ|消し(て|た|方)|削除|消去|取り消|取消|送信取",
        r"(記録|履歴|ログ|トーク).{0,8}消",
    ),
    ServiceQuestion.PROGRAM: (
        r"ロボ|ボット|bot|gpt|自動|機械|プログラム|人工知能|中の人",
        r"\bai\b|ai(です|なの|と|が|で|？|\?|$)",
        _PERSON + r"(です|なん|な?の(？|\?|$|か)|が(返|答|打|書|い[るま]|やっ|見|読)|？|\?)",
    ),
    ServiceQuestion.NAMES: (r"名前|本名|名乗|ニックネーム|仮名|偽名|学校名",),
    ServiceQuestion.COST: (r"お金|料金|無料|有料|タダ|ただで|いくら|費用|通信料|課金|ギガ|お小遣い|請求",),
    ServiceQuestion.HOURS: (
        r"何時|なんじ|時間(は|帯|内|外|って|に|いつ)|受付|24時間|毎日",
        r"今.{0,4}(やって|開いて)|(いつ|何曜|何日).{0,8}(やって|開|あい|受付|まで|から|なら)",
        r"土日|日曜|土曜|祝日|休み|年末|夏休み|夜(中|でも|遅)|朝でも|深夜",
    ),
    ServiceQuestion.SECRECY: (
        r"秘密|ひみつ|内緒|ないしょ|バレ|ばれ|(ばら|バラ)[すさし]|守秘|匿名",
        r"言わない(で|よね)|言いふら|知られ|伝わ|伝え(る|ら|ない)|漏れ|もれ",
        r"個人情報|特定|プライバシー",
        rf"({_FAMILY}|{_OUTSIDE}).{{0,10}}{_TOLD}|家(に|へ).{{0,4}}(電話|連絡)",
    ),
    ServiceQuestion.READERS: (
        r"(誰|だれ|どんな人|どなた).{0,10}(読|よむ|よん|見|みて|みる|いる|話)|見られ|読まれ|よまれ",
        r"(読|見)(んで|て)る?(の|ん)?(は|って)?(誰|だれ|どんな人)",
    ),
    ServiceQuestion.COUNSELLOR: (
        r"相談員|カウンセラー|資格|男の人|女の人|担当|人が対応",
        r"(誰|だれ|どんな人).{0,6}(相手|聞|返|答|対応)",
    ),
    ServiceQuestion.WAIT: (
        r"まだ(です)?(か|？|\?|$)|返事|返信|既読|どれくらい|どのくらい|待(つ|て|ち)|すぐ(に)?(返|話|答)",
    ),
    ServiceQuestion.MEDIA: (r"写真|画像|動画|スクショ|スタンプ|ボイス|音声|ファイル|ビデオ",),
    ServiceQuestion.PHONE: (r"電話|通話|(スマホ|携帯).{0,6}(な|持)|タブレット|パソコン|しゃべ",),
    ServiceQuestion.REGION: (
        r"(県|市|町|村|道|府|都|区|地域|住|引っ越|(ちが|違)う所|(他|ほか)の所).{0,10}(外|違|ちが|以外|でも|じゃな|けど|から|人)",
        r"市外|県外|対象",
    ),
    ServiceQuestion.OTHERS: (
        r"(友だち|友達|親友|妹|弟|姉|兄|きょうだい|人)のこと",
        r"(親|保護者|大人|先生|教師)(でも|も|が)",
    ),
    ServiceQuestion.QUIT: (r"やめ(たい|て|る|られ)|途中で|抜け|ブロック|退会|終わり(に|たい|方)|終わら|答えなく",),
    ServiceQuestion.TOPICS: (
        r"(何|なに)(を|が|でも)|なんでも|どんな(こと|相談|話|内容)|小さ(い|な)|くだらな|こんなこと",
        r"ここ(は|って)|使い方|どう(やって|すれば)(相談|使|話|書)|何回|一回|何度|1回|もう一度",
    ),
    ServiceQuestion.OPERATOR: (
        r"(どこ|誰|だれ|県|市|町|国|学校|会社|教育委員会|団体).{0,4}(が|の).{0,4}(やって|運営|サービス|窓口)",
    ),
    ServiceQuestion.OTHER: (r"規約|ルール|決まり|ポリシー|サービス|窓口",),
}
_PATTERNS: Final = {question: re.compile("|".join(words), re.IGNORECASE) for question, words in _WORDS.items()}


def service_question(text: str) -> ServiceQuestion | None:
    """The question about the service that the normalised ``text`` asks, None if the words name none.

    Only to be asked where the intent is ``service``: the words alone also occur in a student's story.
    """
    return next((question for question, pattern in _PATTERNS.items() if pattern.search(text)), None)
