"""Whether somebody would rather not say: 答えたくない, ないしょ, 個人情報なので, は？関係なくない, スキップ.

What they can't tell *somebody else* (親には言えません) and what is to be kept secret (秘密にしてください) is no refusal.
Serves WG-9c: age and gender are optional.
"""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[。!?\n]+")

# What may stand before the refusal in its clause: politeness, hesitation, or the very thing that was asked.
_OPENER = (
    r"(?:ごめん(?:なさい|ね)?|すみません|すいません|申し訳(?:ない|ありません)(?:です)?(?:が|けど)?|悪いけど|えっと|えー|うーん|んー|あの|あー|いや|いえ|う"
    r"|ちょっと|まだ|今は|いまは|今日は|あまり|あんまり|あんま|できれば|なるべく|やっぱり?|なんか|絶対|絶対に|別に|特に|一応|正直|これ以上|それ以上|詳しく|くわしく|これ|それ|そこ|そういうの"
    r"|あなた|あんた|お前|おまえ|ここ|人|他人|知らない人|ろぼっと|ぼっと|機械|年齢|年|歳|とし|学年|学校名|学校|学校の名前|名前|本名|性別|住所|住んでる(?:とこ|ところ|場所)|地域|どこの学校か"
    r"|何歳か|何年生か|全部|どれ|何|なに"
    r"|回答|答え|個人情報|ぷらいばしー|身ばれ|特定|親|怖い|こわい|恥ずかしい|恥ずい"
    r"|は|が|も|を|に(?=関)|とか|だけ|なの|なんで|なので|だし|だから|ので|から|したくない|され(?:たくない|そう(?:で)?|る)|するの|について|のことは|には(?=関係|必要)|って"
    r"|[…・.、,\s~〜ー])*"
)
_ENDING = (
    r"(?:です|ます|ん|の|もん|から|かな|かも|し|けど|が|って|わ|よ|ね|な|や|で|だ|とく|とき|にさせて|させて|ください|もらい|する|したい"
    r"|お願い|おねがい|がいい|が良い|ということ|と思|ごめん|なさい|すみません|でしょ|w|笑|草|[^\w]|ー)*$"
)
_UNWILLING = (
    r"(?:お?答え|こたえ|言い|いい|云い|教え|おしえ|書き|かき|話し|はなし|明かし|伝え|入力し|出し|知られ|知らせ)たく(?:な(?:い|く|かった)?|ありませ|はな)"
    r"|(?:お?答え|こたえ)(?:られ|でき)?(?:ない|ません|ねー|ねえ|ん$)|お答えでき(?:ない|ません|かね)|(?:言え|いえ|教えられ|おしえられ|教えれ|明かせ|書け)(?:ない|ません|ねー"
    r"|ねえ|ん$|なく)"
    r"|(?:言わ|いわ|教え|おしえ|書か)(?:ない|ません|ねー|ねえ|ん$)|(?:言う|答える|教える|書く|いう)の(?:は|が)?(?:ちょっと|いや|嫌|やだ|怖い|こわい|無理|むり|抵抗"
    r"|恥ずかしい)(?:が)?(?:ある|あり|な)?"
)
_HUSHED = (
    r"(?:お?秘密|ひみつ|し-くれっと|しーくれっと|内緒|ないしょ|ないしょー|非公開|非表示|伏せ(?:ます|させて|とく|とき|たい)?|匿名希望|匿名(?=で(?:お願い|$|。|す)|が(?:い|良)い)"
    r"|のーこめんと|黙秘(?:権)?|無回答|未回答|回答(?:拒否|しない|しません|したくな)|回答は控え|控え(?:ます|させ|たい)|差し控え|遠慮(?:します|させ|しと)|ご?想像に(?:お)?任せ)"
)
_PASSING = re.compile(
    rf"(?:{_OPENER})(?:(?:すきっぷ|ぱす)(?:(?:って|とか)?でき(?:ます|る)|しても(?:い|良)い(?:です)?)か?|すきっぷ|ぱす|skip|pass|飛ばし(?:て|ます|たい)"
    r"|とばし(?:て|ます|たい)|(?:や(?:め)?とき?(?:く|ます)|やめておき(?:ます|たい)))(?:ください|ほしい|欲しい|もらえますか|も?い(?:い|ー)(?:ですか"
    rf"|かな)?)?{_ENDING}"
)
_REFUSAL = re.compile(rf"(?:{_OPENER})(?:{_UNWILLING}|{_HUSHED}){_ENDING}")
_PERSONAL = re.compile(
    rf"(?:{_OPENER})(?:個人情報|ぷらいばしー)(?:(?:なの|なん|だ|です|や|じゃ)(?!が)|は(?:ちょっと|言|教|答|出|む|無)|なので|保護|の侵害|$).{{0,16}}$"
)
_NO_BUSINESS = re.compile(
    r"(?:は|え|何|なに|それ|これ|そんなの|そこ|別に|年齢|学年|学校|性別|歳|名前|今|いま|相談|悩み|この話|あなた|あんた|お前|おまえ|君|そっち|って|とか|に|も|、|,| |…|・)*"
    r"(?:関係|かんけー|かんけい)(?:は|が|って)?(?:な(?:い|く|っ)|無い|あ(?:る|り|ん)|ね[ーえぇ])[^。]{0,8}$"
)
_WHY_ASK = re.compile(
    rf"(?:{_OPENER})(?:え、?)?(?:(?:なんで|何で|なぜ|どうして)(?:そんな(?:こと|の)|それ|年齢|学年|学校|名前|(?:を|とか|まで|も|ん))*(?:聞|きく|言わ|いわ|答え"
    r"|教え|知りた|必要|いる)"
    r"|(?:言わ|いわ|答え|こたえ|教え|おしえ|書か)(?:ない|なきゃ|なくちゃ|なくては|ねば|ないと)(?:だめ|駄目|いけ|なら|いかん|あかん|$)"
    r"|(?:言う|答える|教える|聞く|それ|年齢|学年|学校名?)(?:って)?(?:の)?(?:必要|ひつよう)(?:が|は|って)?(?:ある|あり|な|です)|(?:言わ|答え|教え|書か)なくても?(?:いい"
    r"|良い|よい)(?:です|かな|よね|か|$)|(?:年齢|学年|学校名?|名前)(?:まで|とか)(?:聞く|きく|言う|いう|答える|教える)の)"
)
_IDENTIFIED = re.compile(
    r"(?:特定|身ばれ|みばれ)(?:は|が|を)?(?:され(?:たくな|そう|るの(?:が|は|も)?(?:怖|こわ|嫌|いや|や))|(?:は|が|も)?(?:怖|こわ|嫌|いや|やだ)|したくな|する(?:の"
    r"|から|し|かも|と))"
)
_BARE_NO = re.compile(r"(?:いや|嫌|やだ|いやだ|嫌だ|むり|無理|だめ|のー|no|やめて)(?:です|だ|よ|ね|ー|w|\W)*")
_NAME_OF_A_SLOT = re.compile(
    r"(?:年齢|歳|学年|学校名?|学校の名前|名前|本名|性別|住所|どこの学校|何年生|何歳)(?:か)?(?:とか|まで|だけ)?(?:は|を|も|とか|って|、| )*(?:ちょっと|まだ|今は|あまり|あんまり|絶対)*"
    rf"(?:{_UNWILLING}|{_HUSHED}|勘弁|なし(?:で|$))"
)
# With the reason before it: 「ばれたら困るので言えません」. Fear and shame keep people from telling more than a grade,
# so they count only right after the question.
_BECAUSE = rf"[^、。]{{0,8}}(?:ので|から|んで|ため)(?:{_OPENER})(?:{_UNWILLING}|{_HUSHED}){_ENDING}"
_AFTER_REASON = re.compile(rf"(?:困|特定|身ばれ|個人情報){_BECAUSE}")
_AFTER_FEAR = re.compile(rf"(?:怖|こわ|恥|知られ|ばれ){_BECAUSE}")


def is_declined(text: str, *, asked: bool) -> bool:
    """Say whether the writer would rather not answer; text normalised and folded to hiragana.

    Args:
        text: the whole message.
        asked: whether age, grade or school was just asked for; a bare いやです is then a refusal.
    """
    return any(_declines(sentence.strip(), asked=asked) for sentence in _SENTENCE.split(text) if sentence) or bool(
        _NO_BUSINESS_TALK.search(text)
    )


# 「は?関係なくない?」 is one refusal although the question marks cut it in three.
_NO_BUSINESS_TALK = re.compile(r"^(?:は|え|何|なに)?[!?、 ]*関係な[いくっ][^。]{0,6}$")


def _declines(sentence: str, *, asked: bool) -> bool:
    if asked and _BARE_NO.fullmatch(sentence):
        return True
    if (
        _REFUSAL.match(sentence)
        or _PASSING.match(sentence)
        or _PERSONAL.match(sentence)
        or _NO_BUSINESS.match(sentence)
    ):
        return True
    if _NAME_OF_A_SLOT.search(sentence) or _IDENTIFIED.search(sentence):
        return True
    if _WHY_ASK.match(sentence):
        return True
    return bool(_AFTER_REASON.search(sentence) or (asked and _AFTER_FEAR.search(sentence)))
