"""What an answer in somebody's own words chooses, where they say so plainly.

Two of the answers decide what happens to a child: whether anybody is in danger, and whether the school may be told. For
them only a whole message that says nothing else is a "nobody" or a "yes"; whoever is unsure of a word errs towards the
child, and leaves it to people (KAG-2, WG-17).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from actions.report_run import Ask
from handoff.domain.report import Danger, Place, Since, TellSchool, Witness

_ENDS: Final = r"(?:です|でした|よ|ね|と思い?(?:う|ます)|とおもいます|[。.！!…、\s])*$"
_ME: Final = r"(?:わたし|私|自分|ぼく|僕|おれ|俺|うち)"

_DANGER: Final = (
    # 「大丈夫じゃない」 is an alarm, and stands before everything that begins with 大丈夫.
    (Danger.NOW, re.compile(r"(?:大丈夫|だいじょうぶ)(?:じゃ|では|で)?(?:ない|ありません|なさそう)")),
    (
        Danger.NO,
        re.compile(
            r"^(?:(?:はい|いいえ|いえ|ううん|今|いま|いまは|今は|いますぐは|今すぐは|いまのところ|今のところ|たぶん|とくに|特に"
            r"|だれも|誰も|あぶない人は|危ない人は)[、。\s]*)*"
            r"(?:いない|いません|いなさそう|ない|ありません|大丈夫|だいじょうぶ"
            r"|(?:危な|あぶな)く(?:は)?(?:ない|ありません)|危険(?:は|では|じゃ)?(?:ない|ありません))" + _ENDS
        ),
    ),
    (Danger.MAYBE, re.compile(r"かも|わから|たぶん|(?:あぶな|危な|危険).{0,12}(?:ない|ません)")),
    (Danger.NOW, re.compile(r"^(?:はい|うん|ええ|います|いる)|(?:いま|今|すぐ).{0,8}(?:あぶな|危な|危険)")),
)
_WITNESS: Final = (
    (Witness.FRIEND, re.compile(r"友だち|友達|ともだち|親友")),
    (Witness.PARENT, re.compile(r"保護者|(?<!両)親です|母|父|家族|きょうだい|兄|姉|祖父|祖母")),
    (Witness.SAW, re.compile(r"(?:子|人|の|ところ)を?(?:見|目撃)")),
    (
        Witness.VICTIM,
        re.compile(
            rf"本人|{_ME}(?:が|も|は)?.{{0,8}}(?:され|うけ|受け)|^{_ME}(?:が|です|自身)*{_ENDS}|^(?:され|うけ|受け)て"
        ),
    ),
    (Witness.HEARD, re.compile(r"聞い|きい|うわさ|噂")),
    (Witness.SAW, re.compile(r"見|目撃")),
)
_WHERE: Final = (
    (Place.SNS, re.compile(r"LINE|ライン|SNS|インスタ|ティックトック|TikTok|ツイッター|チャット|グル(?:ープ|チャ)")),
    (Place.GAME, re.compile(r"ゲーム|フォトナ|マイクラ|ロブロックス|ボイチャ")),
    (Place.CLUB, re.compile(r"部活|部室|クラブ|チーム")),
    (Place.OUTSIDE, re.compile(r"帰り|登下校|塾|公園|駅|バス|電車|コンビニ")),
    (Place.CLASS, re.compile(r"教室|クラス|学校|廊下|ろうか|トイレ|校庭|体育館|更衣室|保健室")),
)
_SINCE: Final = (
    (Since.UNKNOWN, re.compile(r"わから|不明|知ら")),
    (Since.TODAY, re.compile(r"今日|きょう|さっき")),
    (
        Since.LONGER,
        re.compile(
            r"[半一二三1-9１-９]年|何か月|何ヶ月|ずっと|前から|去年|[2-9２-９二三四五六七八九]+(?:か|ヶ|カ|ケ)?月(?!\d)"
        ),
    ),
    (Since.MONTH, re.compile(r"(?:1|１|一|先)(?:か|ヶ|カ|ケ)?月|[2-4２-４二三四]週間")),
    (Since.WEEK, re.compile(r"昨日|きのう|おととい|週|[2-6２-６二三四五六]日")),
)
_TELL: Final = (
    (
        TellSchool.BOARD_ONLY,
        re.compile(
            r"教育委員会(?:に)?(?:だけ|のみ)|教育委員会に?(?:なら|は)(?:いい|良い|大丈夫|伝えて|言って|話して)|^教育委員会"
            + _ENDS
        ),
    ),
    (
        TellSchool.ASK_FIRST,
        re.compile(r"先に|(?:聞|きい|相談し|確認し|話し)てから|聞いてほしい|わから(?:ない|ん)$|まよ|迷"),
    ),
    (
        TellSchool.HIDDEN,
        re.compile(
            r"(?:ばれ|バレ|わから|分から|知られ|特定され|気づかれ)(?:な|ない|ず)?.{0,4}(?:なら|ように|よう|形|かたち)"
            r"|匿名|名前(?:は|を|が)?.{0,2}(?:出さ|出な|言わ|ふせ|伏せ|かく|隠)"
        ),
    ),
    (TellSchool.ASK_FIRST, re.compile(r"(?:ばれ|バレ|知られ|気づかれ)(?:たく|る|ない|ん)|心配|不安|こわ|怖")),
    (
        TellSchool.NO,
        re.compile(
            r"ないで|なくて|ほしくな|欲しくな|たくな|[わえさせらか]ない|いや|嫌|だめ|ダメ|無理|ムリ|むり|やめ|いいえ|ひみつ|秘密|内緒"
        ),
    ),
    # 「いいです」 and 「大丈夫です」 alone may as well mean "no, thank you": a person asks again.
    (TellSchool.ASK_FIRST, re.compile(r"^(?:もう)?(?:いい|大丈夫|だいじょうぶ|けっこう|結構)(?:です)?[。.…\s]*$")),
    (
        TellSchool.YES,
        re.compile(
            r"^(?:(?:はい|うん|ええ|もちろん|ぜひ|学校に?[はも]?|先生に?[はも]?|担任に?[はも]?|校長に?[はも]?|全部|すぐ)[、。\s]*)*"
            r"(?:(?:伝え|つたえ|言っ|いっ|話し|知らせ)(?:て|ても)?)?"
            r"(?:も)?(?:いい|良い|よい|大丈夫|だいじょうぶ|OK|ＯＫ|ok|オッケー|オーケー|かまわない|構わない|かまいません|構いません"
            r"|はい|うん|ください|下さい|ほしい|欲しい|伝えて|言って|話して|知らせて)" + _ENDS
        ),
    ),
)
_HEARD: Final[Mapping[Ask, tuple[tuple[StrEnum, re.Pattern[str]], ...]]] = {
    Ask.DANGER: _DANGER,
    Ask.WITNESS: _WITNESS,
    Ask.WHERE: _WHERE,
    Ask.SINCE: _SINCE,
    Ask.TELL: _TELL,
}
#: Letters up to which a "yes" or "no" that the model hears is nothing but that.
_BARE: Final = 6


def understood(ask: Ask, words: str) -> StrEnum | None:
    """The choice that these words make; the first pattern that fits counts, None where they don't choose plainly."""
    return next((choice for choice, pattern in _HEARD.get(ask, ()) if pattern.search(words)), None)


def is_bare(words: str) -> bool:
    """Whether a message is too short to say more than yes or no."""
    return len(words.strip(" 　。、！!…")) <= _BARE
