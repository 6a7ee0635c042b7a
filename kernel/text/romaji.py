"""Japanese typed in Latin letters (しにたい as sinitai or shinitai), as a keyboard's table would read it."""

from __future__ import annotations

from functools import lru_cache

_VOWELS = "aiueo"
_ROWS = {
    "": "あいうえお",
    "k": "かきくけこ",
    "s": "さしすせそ",
    "t": "たちつてと",
    "n": "なにぬねの",
    "h": "はひふへほ",
    "m": "まみむめも",
    "r": "らりるれろ",
    "l": "らりるれろ",
    "g": "がぎぐげご",
    "z": "ざじずぜぞ",
    "d": "だぢづでど",
    "b": "ばびぶべぼ",
    "p": "ぱぴぷぺぽ",
}
_SPECIAL = {
    "ya": "や",
    "yu": "ゆ",
    "yo": "よ",
    "wa": "わ",
    "wo": "を",
    "shi": "し",
    "chi": "ち",
    "tsu": "つ",
    "fu": "ふ",
    "ji": "じ",
    "ja": "じゃ",
    "ju": "じゅ",
    "jo": "じょ",
    "fa": "ふぁ",
    "fi": "ふぃ",
    "fe": "ふぇ",
    "fo": "ふぉ",
    "sha": "しゃ",
    "shu": "しゅ",
    "sho": "しょ",
    "cha": "ちゃ",
    "chu": "ちゅ",
    "cho": "ちょ",
    "che": "ちぇ",
    "ce": "せ",
    "ci": "し",
    "ca": "か",
    "cu": "く",
    "co": "こ",
    "vu": "ゔ",
}
_GLIDES = {"k": "き", "s": "し", "t": "ち", "n": "に", "h": "ひ", "m": "み", "r": "り", "g": "ぎ", "z": "じ", "j": "じ"}
_GLIDES |= {"b": "び", "p": "ぴ"}
_TABLE = {
    **{consonant + vowel: kana for consonant, row in _ROWS.items() for vowel, kana in zip(_VOWELS, row)},
    **_SPECIAL,
    **{f"{c}y{v}": kana + small for c, kana in _GLIDES.items() for v, small in (("a", "ゃ"), ("u", "ゅ"), ("o", "ょ"))},
}


@lru_cache(maxsize=4096)
def romaji_to_kana(word: str) -> str | None:
    """Give a lower-case Latin word in hiragana, None where it isn't romaji throughout.

    A doubled consonant is っ, an n before a consonant or at the end is ん.
    """
    out: list[str] = []
    index = 0
    while index < len(word):
        for length in (3, 2, 1):
            kana = _TABLE.get(word[index : index + length])
            if kana is not None and len(word) >= index + length:
                out.append(kana)
                index += length
                break
        else:
            letter, following = word[index], word[index + 1 : index + 2]
            if letter == "n" and following not in _VOWELS + "y" or letter == "n" and not following:
                out.append("ん")
                index += 2 if following == "n" and word[index + 2 : index + 3] not in _VOWELS else 1
            elif letter == following and letter in "kstcpgzdbhmrjf":
                out.append("っ")
                index += 1
            else:
                return None
    return "".join(out)
