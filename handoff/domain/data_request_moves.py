"""How a request about personal data goes from its arrival to its end, and what no decision may do. Pure.

Each move gives the request as it is afterwards, or raises; ``actor`` is whom a refused move names.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from handoff.domain.data_request import (
    EXTENDED_BY,
    MOVES,
    Asker,
    ChildSaid,
    Danger,
    DataRequest,
    Decision,
    Ground,
    Proof,
    RequestState,
    Ruling,
    Wish,
)
from handoff.domain.errors import InputRefused, MoveRefused, OwnReview
from handoff.domain.escalation import Suspect

#: What came in longer ago is a slip of the hand.
OLDEST: Final = timedelta(days=365)
_BEFORE_DECISION: Final = frozenset({RequestState.RECEIVED, RequestState.CHECKED})
#: Of these a part is a choice of sessions.
_BY_SESSION: Final = frozenset({Wish.DISCLOSE, Wish.DELETE})
_ONLY_SELF: Final = frozenset({Proof.ACCOUNT, Proof.RECEIPT})
_SUSPECTED: Final = {Asker.GUARDIAN: Suspect.GUARDIAN, Asker.SCHOOL: Suspect.TEACHER}


def _moved(request: DataRequest, target: RequestState, actor: str) -> DataRequest:
    if target not in MOVES[request.state]:
        raise MoveRefused(request.state, target, actor)
    return replace(request, state=target)


def check_received(received_on: date, today: date) -> None:
    """Raises: InputRefused: a day to come, or one long gone."""
    if received_on > today:
        raise InputRefused("received_on", "受けた日に、先の日が入っています。請求が届いた日を入れてください。")
    if today - received_on > OLDEST:
        raise InputRefused("received_on", "受けた日が1年より前です。日にちを確かめてください。")


def link(request: DataRequest, contact_id: UUID, actor: str) -> DataRequest:
    """Say whom it is about; who proved to be the one person has to prove anew to be another one, or to speak for them.

    Raises: MoveRefused: it is decided already.
    """
    if request.state not in _BEFORE_DECISION:
        raise MoveRefused(request.state, request.state, actor)
    linked = replace(request, contact_id=contact_id)
    if request.contact_id in (None, contact_id) or request.state is RequestState.RECEIVED:
        return linked
    return replace(_moved(linked, RequestState.RECEIVED, actor), proof=None)


def check_identity(request: DataRequest, proof: Proof, actor: str) -> DataRequest:
    """Note by what it is known who asks. Raises: InputRefused, MoveRefused."""
    if proof in _ONLY_SELF and request.asker is not Asker.SELF:
        raise InputRefused(
            "proof", "アカウントや受付番号でわかるのは、本人だけです。ほかの人は、書類か公文書で確かめてください。"
        )
    if request.state not in _BEFORE_DECISION:
        raise MoveRefused(request.state, RequestState.CHECKED, actor)
    return replace(_moved(request, RequestState.CHECKED, actor), proof=proof)


def extend(request: DataRequest, today: date, actor: str) -> DataRequest:
    """Put the decision off, once. Raises: InputRefused, MoveRefused."""
    if not request.undecided:
        raise MoveRefused(request.state, request.state, actor)
    if request.extended_on is not None:
        raise InputRefused("extend", "期限は、一度だけ延ばせます。もう延ばしてあります。")
    if today > request.due_on:
        raise InputRefused(
            "extend", "期限を過ぎてからは延ばせません。できるだけ早く決めて、おくれた理由を伝えてください。"
        )
    return replace(request, extended_on=request.due_on + EXTENDED_BY)


def suspected(request: DataRequest, danger: Danger) -> bool:
    """Whether whoever asks may be the one that harms."""
    return _SUSPECTED.get(request.asker) in danger.suspects


def needs_second(request: DataRequest, danger: Danger) -> bool:
    """Whether the decision as it stands takes two people: what can't be undone, or could put a child in danger.

    The child's own wish is no exception: somebody at home may hold their telephone. A child whom nobody could ask has nobody
    else who speaks for them.
    """
    against = request.child in (ChildSaid.OBJECTS, ChildSaid.CANNOT_ASK)
    return request.grants and (request.wish is Wish.DELETE or danger.known or against)


def _check_ruling(request: DataRequest, ruling: Ruling, danger: Danger) -> None:
    if ruling.decision is not Decision.GRANT and not ruling.grounds:
        raise InputRefused("grounds", "断る理由を、一つ以上えらんでください。")
    if Ground.ABUSE in ruling.grounds and request.asker is not Asker.GUARDIAN:
        raise InputRefused(
            "grounds", "「虐待が疑われる」は、保護者の請求を断る理由です。ほかの理由をえらんでください。"
        )
    if ruling.decision is Decision.REFUSE:
        return
    if request.contact_id is None:
        raise InputRefused("decision", "だれについての請求かがわかりません。先に、相談とつないでください。")
    if request.proof in (None, Proof.NONE):
        raise InputRefused(
            "decision", "だれからの請求かが確かめられていないので、応じられません。断る理由をえらんでください。"
        )
    if suspected(request, danger):
        raise InputRefused(
            "decision",
            "請求した人が、子どもを傷つけている人かもしれません。この画面では応じられません。"
            "理由をえらんで断るか、教育委員会に指示を仰いでください。",
        )
    if request.asker is not Asker.SELF and ruling.child is ChildSaid.UNKNOWN:
        raise InputRefused("child", "子ども本人にたずねたかどうかを、えらんでください。")
    if ruling.decision is Decision.PARTLY and request.wish in _BY_SESSION and not ruling.session_ids:
        raise InputRefused("sessions", "応じる相談を、一つ以上えらんでください。")


def decide(request: DataRequest, ruling: Ruling, danger: Danger, by: UUID, actor: str) -> DataRequest:
    """Decide: as the first of two where two are needed. Raises: InputRefused, MoveRefused."""
    if request.state is not RequestState.CHECKED:
        raise MoveRefused(request.state, RequestState.DECIDED, actor)
    _check_ruling(request, ruling, danger)
    decided = replace(
        request,
        decision=ruling.decision,
        grounds=ruling.grounds if ruling.decision is not Decision.GRANT else frozenset(),
        child=ruling.child,
        session_ids=ruling.session_ids if ruling.decision is Decision.PARTLY else frozenset(),
        decided_by=by,
        second_by=None,
    )
    target = RequestState.PROPOSED if needs_second(decided, danger) else RequestState.DECIDED
    return _moved(decided, target, actor)


def agree(request: DataRequest, danger: Danger, by: UUID, actor: str) -> DataRequest:
    """Agree as the second. Raises: OwnReview: they are the first. InputRefused: what is known by now forbids it."""
    if request.state is not RequestState.PROPOSED:
        raise MoveRefused(request.state, RequestState.DECIDED, actor)
    if by == request.decided_by:
        raise OwnReview("the second is another person than the first")
    if suspected(request, danger):
        raise InputRefused("second", "この決定には、もう応じられません。「考え直す」で、決め直してもらってください。")
    return replace(_moved(request, RequestState.DECIDED, actor), second_by=by)


def reconsider(request: DataRequest, actor: str) -> DataRequest:
    """Take a decision back, also the first of two. Raises: MoveRefused."""
    if request.state not in (RequestState.PROPOSED, RequestState.DECIDED, RequestState.TOLD) or request.ended_at:
        raise MoveRefused(request.state, RequestState.CHECKED, actor)
    return replace(
        _moved(request, RequestState.CHECKED, actor),
        decision=None,
        grounds=frozenset(),
        session_ids=frozenset(),
        decided_by=None,
        second_by=None,
    )


def check_telling(request: DataRequest, danger: Danger) -> None:
    """Raises: InputRefused: a yes, by now to the one who may harm: even to hear of it tells them that the child talked."""
    if request.grants and suspected(request, danger):
        raise InputRefused(
            "told",
            "決めたあとで、請求した人が子どもを傷つけている人かもしれないとわかりました。この決定は伝えないでください。"
            "「考え直す」で取り消し、もう一度決めてください。",
        )


def tell(request: DataRequest, now: datetime, actor: str) -> DataRequest:
    """Whoever asked has heard the decision; a refusal ends with it. Raises: MoveRefused."""
    told = _moved(request, RequestState.TOLD, actor)
    return replace(told, ended_at=None if told.grants else now)


def check_grant(request: DataRequest, danger: Danger, actor: str) -> None:
    """Before anything is handed out or done: there is a decision, and it still holds with what is known now.

    Raises: MoveRefused: nothing was granted. InputRefused: it has to be decided anew.
    """
    if request.state not in (RequestState.DECIDED, RequestState.TOLD) or not request.grants:
        raise MoveRefused(request.state, RequestState.DONE, actor)
    if suspected(request, danger) or (needs_second(request, danger) and request.second_by is None):
        raise InputRefused(
            "grant", "決めたあとで、新しいことがわかりました。「考え直す」で決定を取り消し、もう一度決めてください。"
        )


def carry_out(request: DataRequest, danger: Danger, now: datetime, actor: str) -> DataRequest:
    """What was granted is done. Raises: MoveRefused, InputRefused."""
    check_grant(request, danger, actor)
    return replace(_moved(request, RequestState.DONE, actor), ended_at=now)


def withdraw(request: DataRequest, now: datetime, actor: str) -> DataRequest:
    """Whoever asked doesn't ask any more. Raises: MoveRefused: it is decided."""
    return replace(_moved(request, RequestState.WITHDRAWN, actor), ended_at=now)
