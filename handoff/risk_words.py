"""The Japanese words of docs/risk.md for what the code and the lexicon name in short."""

from __future__ import annotations

from typing import Final

from handoff.domain.safety import Situation
from handoff.domain.safety_reply import Reader

LEVELS: Final = {"critical": "緊急 `critical`", "high": "高い `high`", "concern": "気がかり `concern`"}
CATEGORIES: Final = {
    "suicide": "死にたい気持ち",
    "self_harm": "自分を傷つけること",
    "abuse": "虐待、家でのこと",
    "violence": "暴力、人を傷つけたい気持ち",
    "bullying": "いじめ",
    "sexual_harm": "性の被害",
    "third_party": "ほかの人の危険",
    "crisis": "はっきりしない苦しさ",
}
#: In the order in which the page tells them.
SITUATIONS: Final = {
    Situation.ACT: "もう始めている、手段が手元にある、その場所にいる",
    Situation.PLAN: "日時、遺書、お別れが書かれている",
    Situation.STATED: "死にたい気持ちが書かれている",
    Situation.UNSTATED: "死にたい気持ちは書かれていないが、同じくらい心配な言葉がある",
    Situation.ATTACK: "いま襲われている、閉め出されている（緊急）",
    Situation.BELIEVE: "虐待、性の被害、暴力、いじめ（高い）",
    Situation.THIRD_NOW: "ほかの人が、いまあぶない（緊急）",
    Situation.THIRD: "ほかの人が心配（高い）",
    Situation.HARM_OTHER: "人を傷つけたい気持ち",
}
READERS: Final = {
    Reader.ACKNOWLEDGED: "人が「読みました」と応じた",
    Reader.ON_DUTY: "相談員がいる時間で、まだ応じていない",
    Reader.ON_CALL: "時間外で、当番の人を呼んでいる",
    Reader.NOBODY: "次に開くまで、だれも読まない",
}
#: Modifiers by id: what they look at, and why. One that is missing here is told by its own reason in the lexicon.
MODIFIERS: Final = {
    "negation": "打ち消し。「死にたいわけじゃない」「自殺する気はない」は、それだけでは危険ではないから",
    "question_word": "言葉の意味や統計を聞いている。「自殺って何ですか」は、気持ちを言っていないから",
    "idiom": "慣用句や、字が同じだけの言葉（必死、死角、見殺し）、打ちまちがい",
    "exaggeration": "大げさな言い方。「宿題多すぎて死ぬ」「暑くて死にそう」",
    "fiction": "ゲーム、物語、歌、ニュース、授業、昔の人の話",
    "things": "ペット、植物、電池、データなども「死ぬ」「消える」から",
    "past": "終わったこと（昔、以前、もう大丈夫）。それでも「気がかり」は残します（KAG-7.1ウ）",
    "other_person": "ほかの人のこと。本人のことと同じ度合いで、種類を「ほかの人の危険」にします（WG-13）",
    "hypothetical": "もしもの話。「死んだらどうなるんだろう」は考えであって、願いとは言えないから",
    "quoted_to_me": "一度言われた「死ね」は、いじめであって、本人の願いではないから",
    "never_happened": "なかったこと。「殴られたことはない」",
    "not_now": "今日、今週のこと。この瞬間に起きているとは言えないから、「高い」まで",
    "habit": "ときどきあること、別の日のこと。この瞬間ではないから、「高い」まで",
    "sport_play": "スポーツ、ゲーム、遊びの中の「殴る」「蹴る」",
    "story": "物語、ニュース、授業、アンケート。授業中やゲームを通した被害は消さないよう、`fiction` より狭くしています",
    "general_statement": "一般の説明、注意の呼びかけ",
    "playful_threat": "「母に殺されるw」（テストや弁当箱のこと）、「睡魔に殺される」",
    "prey": "虫、ゲームの敵、雑草、病気は、毎日「殺す」ものだから",
    "turned_out": "思いちがい、冗談、昔話だったとわかるもの（「〜と思ったら、ドッキリだった」）",
    "memory": "遠い昔を思い出して書いたもの。終わったことでも「気がかり」は残します",
    "mended": "きょうだいや友だちのけんかで、仲直りしたもの",
    "laughing": "小さな失敗を笑って終える文",
    "things_only": "しみ、データ、ペットが消える話。物のことだけに使います",
    "about_service": "「死にたいって言ったら警察くる?」のような、窓口についての質問。初めの一歩かもしれないので、「気がかり」は残します",
    "staged": "歌詞、台本のせりふ、打ちまちがい、人の冗談",
    "materials": "自殺や自傷についての授業、お知らせ、統計、決まり",
    "chores": "宿題、試合、アルバイトなどを「終わらせる」「乗り切る」",
    "outing": "屋上、橋、駅、ロープ、炭は、外出や仕事や遊びにも出てくるから",
    "parting": "卒業、引退、転校などの「ありがとう」「さようなら」",
    "accident": "料理、工作、スポーツ、ペット、病院でも、血が出たり跡が残ったりするから",
    "cut_things": "髪、爪、電話、野菜を「切る」",
    "light": "「数学助けて笑」「推しが無理」のような、ふだんの声",
    "people": "「死にたいと言う人」一般の話、助言、記事",
    "narrated": "語り手が「彼」「彼女」の昔の気持ちを語る文",
    "rather": "「〜するくらいなら死んだほうがまし」は、多くは強い「いやだ」だから",
    "not_so": "言ったことを打ち消している（「限界とかじゃない」）。打ち消しの形を自分に含む規則のためのもの",
    "funny": "失敗を笑いとともに話すもの。「消えたいw」だけなら残します",
    "mishap": "友だちや子どもの、猫・試合・料理でのけが、引っ越しの別れ、ブランコのひも",
    "small_help": "ボタンやふたや計算についての「助けて」で、重い言葉がほかにないもの",
}
