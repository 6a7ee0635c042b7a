"""Which kind of net trouble a message tells of, for a board's procedure (HYO-Ⅰ to Ⅲ × 1 to 4).

Only to be asked where the topic is net trouble; where no word says it, the bot asks.
"""

from __future__ import annotations

import re
from typing import Final

from handoff.domain.profile.procedure import Kind

# The first kind with a match wins: a bill that came by mail is a bill.
_KINDS: Final = (
    (Kind.BILLING, re.compile(r"請求|登録完了|振り込|支払|払え|課金|[0-9万]円|架空|ワンクリック|退会")),
    (
        Kind.ILLEGAL_SITE,
        re.compile(r"闇バイト|違法|裏サイト|カジノ|薬物|児童ポルノ|(?:有害|あぶない|危ない|やばい|変な)(?:な)?サイト"),
    ),
    (
        Kind.MAIL,
        re.compile(
            r"メール|ＤＭ|DM|dm|メッセージ|(?:LINE|ライン|line)(?:が|で|に)?.{0,6}(?:来|き[たて]|届|送られ|送って)|着信"
        ),
    ),
    (
        Kind.POST,
        re.compile(
            r"書き込|書きこ|書かれ|投稿|載せ|のせ|載って|のって|さらさ|晒|掲示板|コメント|ブログ|動画|スレ|爆サイ|インスタ|ツイ|ティックトック"
            r"|TikTok|ストーリー|アカウント|なりすまし|拡散|写真|画像|悪口"
        ),
    ),
)


def kind_of(folded: str) -> Kind | None:
    """The kind that the NFKC-folded words tell of, None where they don't."""
    return next((kind for kind, pattern in _KINDS if pattern.search(folded)), None)
