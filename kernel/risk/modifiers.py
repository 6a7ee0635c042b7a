"""What the words around a hit take from it: negation, another's words, a game, a figure of speech."""

from __future__ import annotations

from bisect import bisect_right
from typing import Iterator, List, NamedTuple, Optional, Tuple

from kernel.risk.features import sentences
from kernel.risk.levels import RANK
from kernel.risk.lexicon import Lexicon, Modifier, Rule
from kernel.risk.matcher import Matcher, Stretch, Subject

_FAR = 1 << 40
#: Characters before and after a hit that its modifiers see; and how far a rule's `needs` may lie.
REACH = 60
#: Characters of a message that a modifier of the whole message sees.
LONGEST_MESSAGE = 2000
#: Around a pattern that has to end, or to begin, right where the hit does.
BEFORE, AFTER = "(?:{})$", "^(?:{})"


class Effect(NamedTuple):
    """What is left of a hit. spoke: the modifiers that said something."""

    level: str
    other: bool
    spoke: Tuple[str, ...]


class Modifiers:
    """Applies a rule's own modifiers to its hits."""

    def __init__(self, lexicon: Lexicon, matcher: Matcher) -> None:
        self._modifiers = lexicon.modifiers
        self._rules = lexicon.rules
        self._matcher = matcher
        listed = {name: (one, one.patterns) for name, one in lexicon.modifiers.items()}
        self._of = {rule.id: [listed[name] for name in rule.obeys] for rule in lexicon.rules}

    @property
    def patterns(self) -> Iterator[str]:
        """Give all patterns that are ever looked for, so that it can be known which can match at all."""
        for modifier in self._modifiers.values():
            yield from (modifier.patterns if modifier.but is None else (*modifier.patterns, modifier.but))
        for rule in self._rules:
            yield from (rule.needs if rule.unless is None else (*rule.needs, rule.unless))

    def apply(self, rule: Rule, subject: Subject, place: Stretch) -> Optional[Effect]:
        """Give a hit's effect; None where the rule itself takes it back (`unless`, `needs`)."""
        before, after = self._around(subject, place)
        own = subject.text[place.start : place.end]
        sentence = before + own + after
        possible, matcher = subject.around, self._matcher
        if rule.unless in possible and matcher.overlaps(
            possible[rule.unless], sentence, len(before), len(before) + len(own)
        ):
            return None
        if rule.needs:
            near = self._near(subject, place)
            if not all(matcher.found(possible.get(pattern, ()), near) for pattern in rule.needs):
                return None
        level, other, spoke = rule.level, False, []
        for modifier, patterns in self._of[rule.id]:
            # Most modifiers have nothing to say, and are known to by the letters alone.
            if possible.keys().isdisjoint(patterns):
                continue
            if not self._speaks(modifier, subject, before, own, after):
                continue
            spoke.append(modifier.id)
            other = other or modifier.other
            if modifier.cap is not None and RANK[modifier.cap] < RANK[level]:
                level = modifier.cap
        return Effect(level, other, tuple(spoke))

    def _speaks(self, modifier: Modifier, subject: Subject, before: str, own: str, after: str) -> bool:
        possible, matcher = subject.around, self._matcher
        sentence = before + own + after

        def found(pattern: Optional[str], text: str, frame: str = "{}") -> bool:
            return pattern in possible and matcher.found(possible[pattern], text, frame)

        spoken = (
            found(modifier.before, before, BEFORE)
            or found(modifier.after, after, AFTER)
            or modifier.within in possible
            and matcher.overlaps(possible[modifier.within], sentence, len(before), len(before) + len(own))
            or found(modifier.sentence, sentence)
            or found(modifier.message, subject.text[:LONGEST_MESSAGE])
        )
        if not spoken or modifier.but is None:
            return spoken
        return not found(modifier.but, sentence if modifier.message is None else subject.text[:LONGEST_MESSAGE])

    def _around(self, subject: Subject, place: Stretch) -> Tuple[str, str]:
        """Give what stands before and after a hit in its sentence (or sentences), REACH characters at most."""
        places = _sentences_of(subject)
        first, last = _sentence_at(places, place.start), _sentence_at(places, max(place.start, place.end - 1))
        start, end = max(places[first][0], place.start - REACH), min(places[last][1], place.end + REACH)
        return subject.text[min(start, place.start) : place.start], subject.text[place.end : max(end, place.end)]

    def _near(self, subject: Subject, place: Stretch) -> str:
        """Give the hit's sentence with its neighbours, REACH characters to either side at most."""
        places = _sentences_of(subject)
        first, last = _sentence_at(places, place.start), _sentence_at(places, max(place.start, place.end - 1))
        start = max(places[max(0, first - 1)][0], place.start - REACH)
        end = min(places[min(len(places) - 1, last + 1)][1], place.end + REACH)
        return subject.text[min(start, place.start) : max(end, place.end)]


def _sentences_of(subject: Subject) -> List[Tuple[int, int]]:
    if subject.sentences is None:
        subject.sentences = sentences(subject.text) or [(0, len(subject.text))]
    return subject.sentences


def _sentence_at(places: List[Tuple[int, int]], index: int) -> int:
    return max(0, bisect_right(places, (index, _FAR)) - 1)
