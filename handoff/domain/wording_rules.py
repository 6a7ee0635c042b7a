"""What no text for a student may hold (domain rules of wording), and how long one bubble may be.

One list for the standard texts, a board's own ones, the procedures and every answer that the tests see. What is said
in a profile's own name is refused when the profile is loaded, not when a child reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

#: Characters of one bubble, lists of phone lines and of what was told apart.
LONGEST_BUBBLE: Final = 120

#: Pattern to the reason, in Japanese: what a board reads when its text is refused.
MUST_NOT: Final[Mapping[str, str]] = {
    r"絶対に?(?:秘密|だれにも|誰にも|ばれ|言いません)|必ず(?:秘密|守ります)": (
        "守れない約束です。命の危険や法律で決まっているときを除いて書いてください"
    ),
    r"優先|順番|[0-9０-９]+番目|[何なん]番目|番号札": "待つ順番や優先の話はしません（WG-14）",
    r"[0-9０-９]+(?:分|時間)(?:以内|ほど|くらい|ぐらい|後)|すぐに?(?:返事|返信|お返事)(?:し|でき)ます|数分": "時間の約束はできません",
    r"命を大切|命は大切|いのちを大切": "「命を大切に」は言いません",
    r"がんばって|頑張って|がんばろう|頑張ろう|元気(?:を|に)?出して|負けないで": "励ましの決まり文句は使いません",
    r"なぜ|なんで|どうして": "責めるように聞こえる問いは使いません",
    r"(?:だ|の|です|ます)わ[。ね]|かしら|だぜ|だぞ|(?:です|ます)の[。よ]|(?:あたし|ぼく|僕|俺|おれ|君|きみ)(?:は|が|の|を|に|も|、|。)": (
        "わたし／あなた、です・ます で書いてください"
    ),
    r"[〜～~…!！]|ー{2}": "「～」「…」「！」は使いません（WG-9f）",
    r"うつ病|障害です|病気です|診断": "診断にあたることは言いません",
}
_PATTERNS: Final = [(re.compile(pattern), reason) for pattern, reason in MUST_NOT.items()]
#: A row of a list: what was told, or a line with its number or address and until when.
_ROW: Final = re.compile(r"^(?:・.*|.*（(?:24時間|[0-9:]+まで)）)$", re.MULTILINE)


def must_nots(text: str) -> list[str]:
    """Why a text may not be said, whoever wrote it and however long it is; empty for one that may."""
    return [reason for pattern, reason in _PATTERNS if pattern.search(text)]


def faults_of_wording(text: str) -> list[str]:
    """Why a text of ours may not be said, in Japanese; empty for one that may."""
    faults = must_nots(text)
    if bubble_length(text) > LONGEST_BUBBLE:
        faults.append(f"{LONGEST_BUBBLE}文字を超えています")
    return faults


def in_bubbles(sentences: Iterable[str]) -> Iterator[str]:
    """Sentences one below the other, in bubbles of at most LONGEST_BUBBLE characters; empty ones are left out."""
    held: list[str] = []
    for sentence in filter(None, sentences):
        if held and bubble_length("\n".join((*held, sentence))) > LONGEST_BUBBLE:
            yield "\n".join(held)
            held = []
        held.append(sentence)
    if held:
        yield "\n".join(held)


def bubble_length(text: str) -> int:
    """Characters that a student has to read, the rows of lists and the line ends apart."""
    return len(_ROW.sub("", text).replace("\n", ""))
