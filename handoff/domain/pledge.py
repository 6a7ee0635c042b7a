"""The pledge of secrecy in its versions (KAG-6.1ウ, KAG-8.2): what whoever works there promises before they read a word.

A new text gets the next number, and everybody is asked again; what was pledged stays on record with its own number.
"""

from __future__ import annotations

from typing import Final

#: Its text of today.
PLEDGE_VERSION: Final = 1
#: Each version as it was shown, by number: one promise an item. None is ever changed.
PLEDGES: Final[dict[int, tuple[str, ...]]] = {
    1: (
        "この仕事で知った子どもや家族、学校のことを、だれにも話しません。家族や友だちにも話しません。",
        "相談の内容や個人の情報を、写真にとったり、書き写して持ち帰ったり、決められた場所の外で開いたりしません。",
        "仕事のほかの目的には使いません。SNSやブログにも、だれのことかわからない形でも書きません。",
        "命や安全を守るために必要なときだけ、決められた手順で、業務責任者と教育委員会、関係機関に伝えます。",
        "情報がもれたとき、もれたかもしれないときは、すぐに業務責任者に知らせます。",
        "この約束は、仕事をやめたあとも守ります。",
    ),
}
