"""The codes of requests, instructions and leaks in the words that people read."""

from __future__ import annotations

from typing import Final

from handoff.domain.data_request import (
    Arrival,
    Asker,
    ChildSaid,
    DataRequest,
    Decision,
    Ground,
    Proof,
    RequestState,
    Wish,
)
from handoff.domain.incoming import MessageKind
from handoff.domain.instruction import InstructionKind, InstructionState
from handoff.domain.leak import DataKind, LeakCause, LeakState, Told, VersionKind
from handoff.services.request_ports import StepKind

WISHES: Final = {
    Wish.DISCLOSE: "開示（見せてほしい）",
    Wish.CORRECT: "訂正（直してほしい）",
    Wish.SUSPEND: "利用停止（使わないでほしい）",
    Wish.DELETE: "削除（消してほしい）",
}
WISH_SHORT: Final = {Wish.DISCLOSE: "開示", Wish.CORRECT: "訂正", Wish.SUSPEND: "利用停止", Wish.DELETE: "削除"}
ASKERS: Final = {
    Asker.SELF: "本人",
    Asker.GUARDIAN: "保護者（法定代理人）",
    Asker.SCHOOL: "学校",
    Asker.POLICE: "警察",
    Asker.OTHER: "そのほか",
}
ARRIVALS: Final = {
    Arrival.ACCOUNT: "相談の中で",
    Arrival.PAPER: "書面で",
    Arrival.PHONE: "電話で",
    Arrival.MAIL: "メールで",
    Arrival.IN_PERSON: "窓口で",
    Arrival.BOARD: "教育委員会を通して",
}
PROOFS: Final = {
    Proof.ACCOUNT: "本人のアカウントから書いている",
    Proof.RECEIPT: "通報の受付番号を知っている",
    Proof.PAPER: "本人や続柄がわかる書類を見た",
    Proof.OFFICIAL: "公文書（照会書など）が届いた",
    Proof.NONE: "確かめられなかった",
}
CHILD: Final = {
    ChildSaid.UNKNOWN: "まだたずねていない",
    ChildSaid.AGREES: "たずねて、よいと言っている",
    ChildSaid.OBJECTS: "たずねて、いやだと言っている",
    ChildSaid.CANNOT_ASK: "たずねられない（たずねると危ないときも）",
}
DECISIONS: Final = {Decision.GRANT: "応じる", Decision.PARTLY: "一部だけ応じる", Decision.REFUSE: "応じない"}
GROUNDS: Final = {
    Ground.ABUSE: "保護者の請求で、虐待が疑われる",
    Ground.HARM: "子どもの生命・健康・生活・財産を害するおそれがある",
    Ground.INTEREST: "子どもの気持ちや利益に反する",
    Ground.OTHERS: "ほかの人の情報が含まれる",
    Ground.WORK: "相談の仕事が、正しくできなくなるおそれがある",
    Ground.INQUIRY: "捜査や調査のさまたげになるおそれがある",
    Ground.NOT_IDENTIFIED: "だれからの請求かを確かめられない",
    Ground.NO_RIGHT: "請求できる人ではない",
    Ground.NOT_HELD: "その情報を持っていない",
    Ground.KEPT_BY_LAW: "法令などで、残さなければならない",
    Ground.UNSAID: "相談があったかどうかを答えるだけで、子どもが危なくなる（81条）",
}
STATES: Final = {
    RequestState.RECEIVED: "受付",
    RequestState.CHECKED: "確認ずみ・決定前",
    RequestState.PROPOSED: "二人目の確認待ち",
    RequestState.DECIDED: "決定・伝える前",
    RequestState.TOLD: "伝えた",
    RequestState.DONE: "完了",
    RequestState.WITHDRAWN: "取り下げ",
}
STEPS: Final = {
    StepKind.RECEIVE: "受け付けた",
    StepKind.LINK: "だれについてかを確かめた",
    StepKind.CHECK: "だれからかを確かめた",
    StepKind.EXTEND: "期限を延ばした",
    StepKind.DECIDE: "決めた",
    StepKind.AGREE: "二人目として確認した",
    StepKind.RECONSIDER: "決定を取り消した",
    StepKind.OPEN_COPY: "写しを開いた",
    StepKind.TELL: "決定を伝えた",
    StepKind.ORDER_DISPOSAL: "消去を指示した",
    StepKind.CARRY_OUT: "完了した",
    StepKind.WITHDRAW: "取り下げられた",
    StepKind.HOLD: "保全した（消さない）",
    StepKind.LIFT_HOLD: "保全を解いた",
}
INSTRUCTION_KINDS: Final = {
    InstructionKind.QUESTION: "こちらからの照会",
    InstructionKind.ORDER: "教育委員会からの指示",
}
INSTRUCTION_STATES: Final = {
    InstructionState.ASKED: "回答待ち",
    InstructionState.ANSWERED: "対応待ち",
    InstructionState.DONE: "対応ずみ",
    InstructionState.WITHDRAWN: "取り下げ",
}
DATA_KINDS: Final = {
    DataKind.WORDS: "相談や通報の内容（要配慮個人情報を含む）",
    DataKind.RISK: "危険度・緊急対応・終了記録",
    DataKind.LINE_ID: "LINEのユーザーID",
    DataKind.NAME: "名前",
    DataKind.ADDRESS: "電話・メール・住所",
    DataKind.SCHOOL: "学校・学年",
    DataKind.STAFF: "職員の情報",
    DataKind.OTHER: "そのほか",
}
CAUSES: Final = {
    LeakCause.MISSENT: "誤送信・誤交付",
    LeakCause.LOST: "紛失",
    LeakCause.STOLEN: "盗難",
    LeakCause.INTRUSION: "不正アクセス",
    LeakCause.INSIDER: "内部の不正",
    LeakCause.FAULT: "プログラムや設定の誤り",
    LeakCause.OTHER: "そのほか",
}
TOLD: Final = {
    Told.NOT_YET: "まだ",
    Told.PARTLY: "一部すんだ",
    Told.YES: "すんだ",
    Told.NOT_NEEDED: "しない",
}
LEAK_STATES: Final = {
    LeakState.NOTED: "速報の前",
    LeakState.FIRST_SENT: "速報ずみ・確報の前",
    LeakState.FINAL_SENT: "確報ずみ",
    LeakState.NOT_REPORTED: "報告しない",
}
VERSIONS: Final = {VersionKind.FIRST: "速報", VersionKind.FINAL: "確報"}
AUTHORS: Final = {"student": "相談した人", "bot": "案内（自動）", "counsellor": "相談員"}
KINDS: Final = {
    MessageKind.STICKER: "スタンプ",
    MessageKind.IMAGE: "写真",
    MessageKind.VIDEO: "動画",
    MessageKind.AUDIO: "音声",
    MessageKind.FILE: "ファイル",
    MessageKind.LOCATION: "位置情報",
}


def title_of(request: DataRequest) -> str:
    """A request in a few words, for headings and lists."""
    return f"{ASKERS[request.asker]}からの{WISH_SHORT[request.wish]}請求"
