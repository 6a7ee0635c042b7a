"""The words of the escalations' pages: codes as people read them, and what to do next when something is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handoff.domain.escalation_steps import CallResult, GlassState, StepKind
from handoff.domain.incoming import Channel
from handoff.domain.other_ways import CHANNEL_NAMES
from handoff.domain.session import Level

#: As everywhere at the desk.
LEVELS: Final[Mapping[Level, str]] = {
    Level.CRITICAL: "緊急",
    Level.HIGH: "高い",
    Level.CONCERN: "気がかり",
    Level.NONE: "確認",
}
RESULTS: Final[Mapping[CallResult, str]] = {
    CallResult.REACHED: "つながった",
    CallResult.NOT_REACHED: "つながらなかった",
    CallResult.WILL_CALL_BACK: "折り返しを待つ",
}
STEPS: Final[Mapping[StepKind, str]] = {
    StepKind.INSTRUCTION: "教育委員会に指示を仰ぐ",
    StepKind.LAWYER: "弁護士に相談する",
    StepKind.FOLLOW_UP: "心理のフォローを頼む",
}
WISHES: Final[Mapping[GlassState, str]] = {
    GlassState.ASKED: "ほかの人の返事を待っています",
    GlassState.GRANTED: "許可されました",
    GlassState.REFUSED: "断られました",
    GlassState.OPENED: "IDを見ました",
}
CHANNELS: Final[Mapping[Channel, str]] = {**CHANNEL_NAMES, Channel.LINE: "LINE（公式アカウントのトーク）"}
#: Of the intake, in the order in which the sheet tells them; values that are codes are looked up in the second table.
FACTS: Final[Mapping[str, str]] = {
    "role": "だれのこと",
    "grade": "学年",
    "age": "年齢",
    "school_type": "校種",
    "school_name": "学校",
    "gender": "性別",
    "topic": "話したいこと",
}
FACT_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "role": {
        "self": "自分のこと",
        "friend": "友だちのこと",
        "guardian": "保護者",
        "teacher": "教職員",
        "unknown": "不明",
    },
    "topic": {
        "bullying": "いじめ",
        "truancy": "学校に行くこと",
        "friends": "友だち",
        "study": "勉強・進路",
        "family": "家族",
        "abuse": "家でこわいこと",
        "body": "性やからだ",
        "romance": "恋愛",
        "net_trouble": "ネット",
        "club": "部活",
        "teacher": "先生",
        "health": "心や体",
    },
}
#: What is said after a change, by its code in the address.
SAID: Final[Mapping[str, str]] = {
    "acknowledge": "受けました。ほかの人へのお知らせを止めました。",
    "contact": "連絡がとれたことを記録しました。",
    "take-over": "引き継ぎました。",
    "call": "電話をかけたことを記録しました。",
    "ask": "頼んだことを記録しました。答えが来たら、「答えを書く」に書いてください。",
    "answer": "答えを記録しました。",
    "close": "この緊急対応を終えました。",
    "wish": "ほかの人に頼みました。返事が来ると、この画面に出ます。",
    "grant": "許可したことを記録しました。頼んだ人が、一度だけIDを見られます。",
    "refuse": "断ったことを記録しました。",
    "review": "確認したことを記録しました。",
}
#: What to do next after a refusal, by the error's code.
ADVICE: Final[Mapping[str, str]] = {
    "escalation_taken": "相談して代わるときは、「引き継ぐ」を押してください。",
    "move_refused": "ほかの人が先に進めたのかもしれません。いまのようすを、この画面で確かめてください。",
    "input": "書いたものは残っています。直して、もう一度押してください。",
    "own_review": "ほかの相談員か業務責任者に、この画面を開いてもらってください。",
}
