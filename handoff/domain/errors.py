"""The family of errors.

::

    TsunagiError
    ├── ConfigurationError      the service can't start as it is set up
    │   ├── ProfileError        a profile is broken or not fit to go live
    │   ├── SchemaError         the database is of another version
    │   ├── AlreadyRunning, PortUnavailable, StartFailed    (handoff.supervisor)
    │   └── NoAccount, DatabaseSetupFailed                  (handoff.adapters.database)
    ├── WebhookRefused          a request that isn't LINE's, or can't be read
    │   ├── SignatureRefused
    │   ├── BodyUnreadable
    │   └── BodyTooLarge
    ├── StoreUnavailable        the database can't be reached now
    │   └── SealUnavailable     it can, but nothing can be sealed or opened now
    ├── BotUnavailable          Rasa is down, slow or broken
    ├── KeyInUse                a key of the key file can't be dropped: something hangs on it
    ├── BackupFailed            a backup, its check or a restore failed (handoff.domain.backup)
    ├── NotFound                no such session, contact or page
    ├── MoveRefused             the table of states (a session's, an escalation's) doesn't allow it
    ├── StaleEpoch              somebody else owns the conversation by now
    ├── EscalationTaken         somebody else has taken the escalation
    ├── SessionTaken            another counsellor was first, and is named
    ├── DrillWaits              a drill may not be taken while real students at risk wait
    ├── CapacityReached         this counsellor has as many live sessions as the profile allows
    ├── TraineeRefused          nobody in training takes a session at risk
    ├── ReceptionOver           nothing new begins after the last reception, but what is at risk
    ├── SignInRequired          nobody is signed in, or no longer
    │   ├── FactorRequired      the password was right, the second factor is still to come
    │   └── NewPasswordRequired somebody else chose the password, or it is too old
    ├── SignInRefused           the name or the password isn't right
    ├── SignInSlowed            so many tries failed that the next one has to wait
    ├── FactorRefused           the number or code of the second factor isn't right, or was used
    ├── NotPermitted            this role may not do that
    │   └── NotCleared          it may, but the roster or the pledge of this person is not in order
    ├── OwnReview               nobody reviews what they did themselves
    ├── WorkRequired            a flood: the sender's device has to do a little work first
    ├── InputRefused            what a person entered is missing or too long
    ├── ChatOver                this web chat can't be gone on with
    ├── ChatClosed              the web chat takes nobody at this hour
    └── EvidenceRefused         a file that somebody sent can't be taken
        ├── EvidenceNotAccepted the profile doesn't take such files here
        ├── EvidenceTooLarge    more bytes, or more files, than the profile allows
        ├── EvidenceTypeRefused it isn't of a kind that is taken, or not what it says it is
        │   └── EvidenceHeic    a picture in Apple's form
        ├── EvidenceBroken      it is of such a kind, and can't be opened
        └── EvidenceOutOfPlace  a piece doesn't go on where the last one ended

Each class has a stable ``code``, an HTTP ``status`` and a Japanese ``text`` for people; ``str(error)`` is for logs
and never holds a student's words, names or ids of LINE.
"""

from __future__ import annotations

from typing import ClassVar


class TsunagiError(Exception):
    """Every error that the project raises on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    text: str = "処理できませんでした。少し待ってから、もう一度ためしてください。"


class ConfigurationError(TsunagiError):
    """The service can't start as it is set up; the message says what to change."""

    code = "configuration"
    text = "設定に誤りがあります。管理者に連絡してください。"


class ProfileError(ConfigurationError):
    """A profile is broken, or not fit to go live; the message names file, path and remedy in Japanese."""

    code = "profile"
    text = "事業設定に誤りがあります。表示された行を直してください。"


class SchemaError(ConfigurationError):
    """The database is of a version that this program can't bring up to date."""

    code = "schema"
    text = "データベースの版が合いません。プログラムの版を確かめてください。"


class WebhookRefused(TsunagiError):
    """A request to the webhook that is answered with an error; nothing of it is stored."""

    code = "webhook_refused"
    status = 400
    text = "受け取れない形式です。"


class SignatureRefused(WebhookRefused):
    """The signature is missing or isn't LINE's."""

    code = "signature"
    status = 403
    text = "署名が正しくありません。"


class BodyUnreadable(WebhookRefused):
    """The body is signed but is no webhook of LINE's."""

    code = "body"
    text = "本文を読み取れません。"


class BodyTooLarge(WebhookRefused):
    """The body is over 1 MiB."""

    code = "too_large"
    status = 413
    text = "本文が大きすぎます。"


class StoreUnavailable(TsunagiError):
    """The database can't be reached; the caller should try again later."""

    code = "store_unavailable"
    status = 503
    text = "ただいま保存できません。少し待ってから、もう一度送ってください。"


class SealUnavailable(StoreUnavailable):
    """Nothing can be sealed or opened: the key file is away or another one, or the cipher fails. Nothing was stored."""

    code = "seal_unavailable"


class BotUnavailable(TsunagiError):
    """Rasa is down, slower than its time limit, or answers with an error."""

    code = "bot_unavailable"
    status = 503
    text = "自動の案内が使えません。相談員が対応します。"


class KeyInUse(TsunagiError):
    """Something still hangs on a key that was to be dropped; the message says what, and what to do first."""

    code = "key_in_use"
    status = 409
    text = "この鍵は、まだ使われています。"


class NotFound(TsunagiError):
    """There is no such thing, or the asker may not know of it."""

    code = "not_found"
    status = 404
    text = "見つかりません。"


class MoveRefused(TsunagiError):
    """The table of states (a session's, an escalation's) doesn't allow this move.

    Attributes: from_state, to_state: the states by their codes; actor: who asked.
    """

    code = "move_refused"
    status = 409
    text = "いまの状態では、この操作はできません。画面を読み込み直してください。"

    def __init__(self, from_state: str, to_state: str, actor: str) -> None:
        super().__init__(f"{actor} may not move it from {from_state} to {to_state}")
        self.from_state = from_state
        self.to_state = to_state
        self.actor = actor


class StaleEpoch(TsunagiError):
    """The sender no longer owns the conversation, so the line is not delivered."""

    code = "stale_epoch"
    status = 409
    text = "この相談はほかの人が担当しています。送信しませんでした。"


class EscalationTaken(TsunagiError):
    """Somebody else has taken this escalation; ``text`` names the role that has it."""

    code = "escalation_taken"
    status = 409
    text = "この緊急対応は、ほかの人が受けています。"

    def __init__(self, taken_by: str) -> None:
        super().__init__("the escalation has been taken by somebody else")
        self.text = f"この緊急対応は、{taken_by}が受けています。"
        self.taken_by = taken_by


class SessionTaken(TsunagiError):
    """Another counsellor was first; ``text`` says who. taken_by: the alias by which the team knows them."""

    code = "session_taken"
    status = 409
    text = "この相談は、ほかの人が担当しています。"

    def __init__(self, taken_by: str) -> None:
        super().__init__("another counsellor has the session")
        self.text = f"この相談は、{taken_by}さんが担当しています。"
        self.taken_by = taken_by


class CapacityReached(TsunagiError):
    """This counsellor has as many live sessions as the profile allows; one that is critical counts as all of them."""

    code = "capacity"
    status = 409
    text = "いま担当できる数に達しています。"

    def __init__(self, live: int, limit: int) -> None:
        super().__init__(f"{live} live sessions, {limit} at most")
        self.text = (
            f"いま{live}件を担当しています（一人{limit}件まで、緊急の相談は一件だけ）。"
            "一つ終えるか、業務責任者に引き継ぎを頼んでください。"
        )
        self.live = live
        self.limit = limit


class ReceptionOver(TsunagiError):
    """After the last reception nothing new becomes live, but sessions at high or critical and unread ones (WG-4)."""

    code = "reception_over"
    status = 409
    text = (
        "受付の時間が終わったので、新しい相談は始められません。危険度が高い相談と、読み取れなかった相談は担当できます。"
        "ほかの相談は、次に開いたときに待っている人に並びます。"
    )


class DrillWaits(TsunagiError):
    """A drill isn't taken while a student at risk waits or an escalation is open."""

    code = "drill_waits"
    status = 409
    text = "いまは、訓練より先に、危険度の高い相談か緊急対応を見てください。訓練はそのまま待ちます。"

    def __init__(self) -> None:
        super().__init__("somebody who really writes is at risk")


class TraineeRefused(TsunagiError):
    """Nobody in training takes a session at high or critical, or one that the screen couldn't read."""

    code = "trainee"
    status = 403
    text = "危険度が高い相談は、研修中の人は担当できません。業務責任者に知らせてください。"

    def __init__(self, level: str) -> None:
        super().__init__(f"a trainee may not take a session at {level}")


class SignInRequired(TsunagiError):
    """Nobody is signed in on this browser, or the time is over."""

    code = "sign_in_required"
    status = 401
    text = "ログインの時間が切れました。もう一度ログインしてください。書きかけの文は残っています。"


class FactorRequired(SignInRequired):
    """The password was right; until the second factor comes, this browser opens nothing."""

    code = "factor_required"
    text = "ログインの二つ目の確認が、まだ済んでいません。"


class NewPasswordRequired(SignInRequired):
    """Nothing opens before another password: somebody else chose this one, or it is older than the profile lets it be."""

    code = "new_password_required"
    text = "先に、新しいパスワードを決めてください。"


class SignInSlowed(TsunagiError):
    """So many tries failed that this one wasn't looked at; whether there is such a name is never said."""

    code = "sign_in_slowed"
    status = 429
    text = "続けて何度もまちがえたため、いまは受け付けていません。1分から15分待ってから、もう一度入れてください。"


class FactorRefused(TsunagiError):
    """The number or the code of the second factor isn't right, or was used before; which of them is never said.

    Attributes: left: tries that this sign-in has left; None where they aren't counted.
    """

    code = "factor_refused"
    status = 401
    text = (
        "番号がちがうか、もう使われています。アプリにいま出ている番号を入れてください。"
        "同じ番号は一度しか使えません。次の番号に変わるまで、30秒ほど待ってください。"
    )

    def __init__(self, left: int | None = None) -> None:
        super().__init__("the second factor isn't right")
        self.left = left


class SignInRefused(TsunagiError):
    """The name or the password isn't right; which of them is never said."""

    code = "sign_in_refused"
    status = 403
    text = "名前かパスワードがちがいます。たしかめて、もう一度入れてください。"


class NotPermitted(TsunagiError):
    """The role of whoever is signed in may not do that. permission: its code."""

    code = "not_permitted"
    status = 403
    text = "この操作をする権限がありません。必要なときは、業務責任者に頼んでください。"

    def __init__(self, permission: str) -> None:
        super().__init__(f"not permitted: {permission}")
        self.permission = permission


class NotCleared(NotPermitted):
    """The role would do, but no entry of the roster holds today, or the pledge of secrecy is missing (KAG-6.1ア, ウ)."""

    code = "not_cleared"
    text = "名簿か守秘の誓約がそろっていないため、開けません。最初の画面にもどると、足りないものが出ます。"


class OwnReview(TsunagiError):
    """Whoever did something can't be the one who reviews it."""

    code = "own_review"
    status = 403
    text = "自分がしたことは、自分では確認できません。ほかの人に確認してもらってください。"


class WorkRequired(TsunagiError):
    """So much comes at once that the sender's device has to do a little work first; then the same request goes through.

    Attributes: challenge: signed, what has to be solved; bits: leading zero bits that are asked (``domain/fair.py``);
    wait, life: seconds from which on, and up to which, it goes through without work, for who waited.
    """

    code = "work_required"
    status = 429
    text = "いま、たくさんの人が送っています。あなたの機器が少しだけ計算をすると、そのまま送れます。"

    def __init__(self, challenge: str, bits: int, wait: int, life: int) -> None:
        super().__init__(f"{bits} bits of work are asked")
        self.challenge = challenge
        self.bits = bits
        self.wait = wait
        self.life = life


class ChatOver(TsunagiError):
    """This chat can't be gone on with: it was closed for good, nobody sat at it for a day, or it has ended and its page
    was closed.
    """

    code = "chat_over"
    status = 401
    text = "このチャットは閉じられました。もう一度、はじめから開いてください。"


class ChatClosed(TsunagiError):
    """The web chat takes nobody at this hour."""

    code = "chat_closed"
    status = 409
    text = "いまは受付の時間の外です。電話の窓口は、このページに書いてあります。"


class InputRefused(TsunagiError):
    """What a person entered is missing or too long; ``text`` says what to change."""

    code = "input"
    status = 400
    text = "入力を確かめてください。"

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field} is missing or too long")
        self.text = text
        self.field = field


class EvidenceRefused(TsunagiError):
    """A file that somebody sent can't be taken; what it belongs to stays. reason: its code, kept with the file.

    Attributes: fields: what a form had told besides the file, where the whole request was refused.
    """

    code = "evidence"
    status = 400
    text = "このファイルは受け取れませんでした。ほかに書いたことは残っています。"
    reason: ClassVar[str | None] = None

    def __init__(self, message: str, text: str | None = None) -> None:
        super().__init__(message)
        self.fields: dict[str, str] = {}
        if text is not None:
            self.text = text


class EvidenceNotAccepted(EvidenceRefused):
    """The profile doesn't take such files here."""

    code = "evidence_not_accepted"
    status = 403
    text = "ここでは、この種類のファイルは受け取っていません。言葉で書いてもらえれば、大丈夫です。"
    reason = "not_accepted"


class EvidenceTooLarge(EvidenceRefused):
    """More bytes, or more files, than the profile allows; what came of it is deleted."""

    code = "evidence_too_large"
    status = 413
    text = "ファイルが大きすぎて、受け取れませんでした。短くするか、スクリーンショットにして送ってください。"
    reason = "too_large"


class EvidenceTypeRefused(EvidenceRefused):
    """It isn't of a kind that is taken, or not what it says it is."""

    code = "evidence_type"
    status = 415
    text = "この種類のファイルは受け取れません。写真は、画面のスクリーンショットにすると送れます。"
    reason = "type"


class EvidenceHeic(EvidenceTypeRefused):
    """A picture in Apple's form, which nothing here opens."""

    code = "evidence_heic"
    text = "この写真の形（HEIC）は、ここでは開けません。写真を画面に出して、スクリーンショットをとって送ってください。"
    reason = "heic"


class EvidenceBroken(EvidenceRefused):
    """It is of a kind that is taken, and can't be opened: cut off, or made to do harm."""

    code = "evidence_broken"
    status = 422
    text = "ファイルを開けませんでした。こわれているかもしれません。スクリーンショットにして送ってみてください。"
    reason = "broken"


class EvidenceOutOfPlace(EvidenceRefused):
    """A piece doesn't go on where the last one ended. expected: the offset at which to go on."""

    code = "evidence_place"
    status = 409
    text = "送るのが途中で止まりました。続きから送り直します。"

    def __init__(self, expected: int) -> None:
        super().__init__(f"expected the byte {expected}")
        self.expected = expected
