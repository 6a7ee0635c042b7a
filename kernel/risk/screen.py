"""The risk screen: rules, modifiers and model on one message, put together so that evidence only ever adds.

A message's level is the highest that anything in it gives: of the rules' hits, each after *its own* modifiers, and of
the model's verdicts on its sentences. No sentence takes anything from another one, and no modifier touches a hit that
isn't its own; so more evidence never lowers a level.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Set, Tuple

from kernel.risk.assessment import Assessment, Evidence
from kernel.risk.atoms import Prefilter
from kernel.risk.features import features, windows
from kernel.risk.levels import CATEGORIES, RANK, worst
from kernel.risk.lexicon import ON_TEXT, ON_WORDS, Lexicon, Rule
from kernel.risk.lexicon_file import read_lexicon
from kernel.risk.matcher import Matcher, Stretch, Subject, WordSubject
from kernel.risk.model import Kind, Model, read_model
from kernel.risk.modifiers import Modifiers
from kernel.text import fold_kana, normalise
from kernel.text.morphemes import Morpheme, morphemes
from kernel.text.unhide import joined, unhidden
from kernel.text.view import View, plain_view

#: The rule id of evidence that the model gives.
MODEL_RULE = "model"
_SURROGATES = re.compile("[\ud800-\udfff]")
#: Evidence told of one message at most; the rest would say the same.
MOST_EVIDENCE = 40


@dataclass(frozen=True)
class Hit:
    """A rule's hit after its modifiers; also what `--explain` shows.

    Attributes: level: what is left, `none` where a modifier took it all; modifiers: those that spoke.
    """

    rule: Rule
    start: int
    end: int
    level: str
    other: bool
    modifiers: Tuple[str, ...]


@dataclass(frozen=True)
class Judged:
    """The model's verdict on a window of the original."""

    start: int
    end: int
    level: str
    category: str
    other: bool


class RiskScreen:
    """Pure and fast; one object serves a whole process."""

    def __init__(self, lexicon: Lexicon, model: Optional[Model]) -> None:
        self.lexicon = lexicon
        self._model = model
        self._rules = {on: [rule for rule in lexicon.rules if rule.on == on] for on in (ON_TEXT, ON_WORDS)}
        self._matcher = Matcher()
        self._modifiers = Modifiers(lexicon, self._matcher)
        on_text = [rule.pattern for rule in self._rules[ON_TEXT]]
        self._text_filter = Prefilter([*on_text, *self._modifiers.patterns])
        self._words_filter = Prefilter([rule.pattern for rule in self._rules[ON_WORDS]])
        # Here and not in the middle of somebody's message.
        for piece in (*self._text_filter.pieces, *self._words_filter.pieces, *self._modifiers.framed):
            self._matcher.compiled(piece)
        self.version = f"lexicon {lexicon.version} model {model.version if model else '-'}"
        self._keywords: Dict[Tuple[str, ...], List[Tuple[str, str]]] = {}

    def assess(self, text: str, keywords: Sequence[str] = ()) -> Assessment:
        """Assess one message, or several joined by line feeds.

        Args: text: any text; keywords: the profile's own (HOK-5.4), marked whatever the level.
        """
        reading = self.read(text)
        hits = self.hits(reading)
        judged = self.judge(reading, hits)
        return self._combined(text, hits, judged, self._keyword_hits(reading, tuple(keywords)))

    def assess_after(self, earlier: Sequence[str], text: str, keywords: Sequence[str] = ()) -> Assessment:
        """Assess a message together with those sent just before it, so that words split over several are seen.

        Args: earlier: the messages of the last two minutes, in order. The evidence's places are those in `text`.
        """
        own = self.assess(text, keywords)
        if not earlier:
            return own
        whole = self.assess("\n".join((*earlier, text)), keywords)
        if RANK[whole.level] <= RANK[own.level]:
            return own
        offset = sum(len(one) + 1 for one in earlier)
        known = max(RANK[own.level], RANK[self.assess("\n".join(earlier)).level])
        # What the earlier ones told already is theirs; only what this one adds to them is its own.
        added = [
            one
            for one in whole.evidence
            if one.end > offset
            and (RANK[one.level] > known or one.start < offset and one.rule != MODEL_RULE and one.level != own.level)
            and RANK[one.level] > RANK[own.level]
            # What lies wholly in this message was judged with it already.
            and (one.start < offset or one.rule != MODEL_RULE)
        ]
        if not added:
            return own
        shown = [
            replace(one, start=max(0, one.start - offset), end=one.end - offset, text=text[: one.end - offset])
            if one.start < offset
            else replace(one, start=one.start - offset, end=one.end - offset)
            for one in added
        ]
        return replace(
            own,
            level=worst(*(one.level for one in added)),
            categories=tuple(dict.fromkeys((*whole.categories, *own.categories))),
            about=whole.about,
            evidence=tuple(sorted((*own.evidence, *shown), key=lambda one: (one.start, one.end, one.rule))),
            keywords=tuple(dict.fromkeys((*own.keywords, *whole.keywords))),
            signs=own.signs | whole.signs,
            suspects=own.suspects | whole.suspects,
        )

    def read(self, text: str) -> Reading:
        """Give a message's views and words."""
        # Half a character, as a broken decoder leaves it, has no UTF-8; one for one, so that all places hold.
        normalised = normalise(_SURROGATES.sub("\ufffd", text))
        plain = plain_view(normalised, len(text))
        return Reading(text, plain, unhidden(plain, normalised.text), joined(plain), morphemes(normalised.text))

    def hits(self, reading: Reading) -> List[Hit]:
        """Give every rule's hits, those that a modifier took away at level `none`."""
        found: Dict[Tuple[str, int, int], Hit] = {}
        for view in reading.views:
            subject = Subject(view.text, self._text_filter)
            for rule in self._rules[ON_TEXT]:
                if rule.pattern in subject.possible:
                    for stretch in self._matcher.stretches(rule.pattern, subject):
                        self._add(found, rule, view, subject, stretch)
        if reading.words and self._rules[ON_WORDS]:
            words = WordSubject(reading.words, self._words_filter)
            plain: Optional[Subject] = None
            for rule in self._rules[ON_WORDS]:
                if rule.pattern in words.possible:
                    plain = plain or Subject(reading.plain.text, self._text_filter)
                    for stretch in self._matcher.stretches(rule.pattern, words):
                        place = Stretch(*words.place(stretch.start, stretch.end))
                        self._add(found, rule, reading.plain, plain, place)
        return list(found.values())

    def _add(
        self, found: Dict[Tuple[str, int, int], Hit], rule: Rule, view: View, subject: Subject, place: Stretch
    ) -> None:
        effect = self._modifiers.apply(rule, subject, place)
        if effect is None:
            return
        start, end = view.span(place.start, place.end)
        hit = Hit(rule, start, end, effect.level, effect.other, effect.spoke)
        known = found.get((rule.id, start, end))
        if known is None or RANK[known.level] < RANK[hit.level]:
            found[rule.id, start, end] = hit

    def judge(self, reading: Reading, hits: Sequence[Hit]) -> List[Judged]:
        """Give the model's verdicts above `none`, window by window. Args: hits: the rules' on the same reading."""
        if self._model is None:
            return []
        view, words = reading.unhidden_words
        found = []
        # A flood of the same words is read once.
        seen: Set[str] = set()
        starts = [word.start for word in words]
        ordered = sorted(hits, key=lambda hit: hit.start)
        places = [hit.start for hit in ordered]
        for start, end in windows(view.text):
            if not hits and view.text[start:end] in seen:
                continue
            seen.add(view.text[start:end])
            first, last = view.span(start, end)
            inside = [hit for hit in ordered[bisect_left(places, first) : bisect_left(places, last)] if hit.end <= last]
            here = words[bisect_left(starts, start) : bisect_left(starts, end)]
            found_here = features(view.text, here, start, end, _taken(inside))
            known = worst("none", *(hit.level for hit in inside))
            level = self._model.level(*found_here, known)
            if level != "none":
                # What it's about is asked only where no rule says so.
                kind = Kind("crisis", False) if known != "none" else self._model.kind(*found_here)
                found.append(Judged(first, last, level, kind.category, kind.other))
        return found

    def features_whole(self, text: str) -> Tuple[List[str], List[str]]:
        """Give what the model sees of a text as one window; its training lines are read so."""
        reading = self.read(text)
        view, words = reading.unhidden_words
        return features(view.text, words, 0, len(view.text), _taken(self.hits(reading)))

    def _combined(
        self, text: str, hits: Sequence[Hit], judged: Sequence[Judged], keywords: Tuple[str, ...]
    ) -> Assessment:
        counted = [hit for hit in hits if hit.level != "none"]
        level = worst("none", *(hit.level for hit in counted), *(one.level for one in judged))
        if level == "none":
            return Assessment("none", (), "unknown", (), keywords, frozenset(), frozenset(), self.version)
        strongest: Dict[str, int] = {}
        other = False
        myself = False
        for name, one_level, one_other in (
            *((hit.rule.category, hit.level, hit.other or hit.rule.about == "other") for hit in counted),
            *((one.category, one.level, one.other) for one in judged if not counted),
        ):
            strongest[name] = max(strongest.get(name, 0), RANK[one_level])
            if one_other or name == "third_party":
                strongest["third_party"] = max(strongest.get("third_party", 0), RANK[one_level])
                other = True
            else:
                myself = True
        # The writer's own danger is told first wherever both are there.
        order = sorted(strongest, key=lambda name: (-strongest[name], name != "third_party", CATEGORIES.index(name)))
        return Assessment(
            level,
            tuple(order),
            "other" if other and not myself else "self",
            self._evidence(text, counted, judged),
            keywords,
            frozenset().union(*(hit.rule.signs for hit in counted)),
            frozenset().union(*(hit.rule.suspects for hit in counted)),
            self.version,
        )

    def _evidence(self, text: str, hits: Sequence[Hit], judged: Sequence[Judged]) -> Tuple[Evidence, ...]:
        found = [Evidence(hit.start, hit.end, text[hit.start : hit.end], hit.rule.id, hit.level) for hit in hits]
        top = worst("none", *(hit.level for hit in hits))
        found += [
            Evidence(one.start, one.end, text[one.start : one.end], MODEL_RULE, one.level)
            for one in judged
            if not hits or RANK[one.level] > RANK[top]
        ]
        found.sort(key=lambda one: (-RANK[one.level], one.start, one.end, one.rule))
        return tuple(sorted(found[:MOST_EVIDENCE], key=lambda one: (one.start, one.end, one.rule)))

    def _keyword_hits(self, reading: Reading, keywords: Tuple[str, ...]) -> Tuple[str, ...]:
        if not keywords:
            return ()
        folded = self._keywords.get(keywords)
        if folded is None:
            folded = self._keywords[keywords] = [(word, fold_kana(normalise(word).text)) for word in keywords]
        return tuple(word for word, plain in folded if any(plain in view.text for view in reading.views))


def _taken(hits: Sequence[Hit]) -> Set[str]:
    """Give the modifiers that took a hit wholly away."""
    return {name for hit in hits if hit.level == "none" for name in hit.modifiers}


@dataclass(frozen=True)
class Reading:
    """A message as the screen reads it.

    Attributes: plain, hidden, joined: its views (`hidden` and `joined` are `plain` where they add nothing); words: of
    the plain view, places in its text.
    """

    text: str
    plain: View
    hidden: View
    joined: View
    words: Sequence[Morpheme]

    @property
    def unhidden_words(self) -> Tuple[View, Sequence[Morpheme]]:
        """The view that the model reads, and its words."""
        return self.hidden, self.words if self.hidden is self.plain else morphemes(self.hidden.text)

    @property
    def views(self) -> Tuple[View, ...]:
        """The views that differ."""
        found = [self.plain]
        for view in (self.hidden, self.joined):
            if all(view is not known for known in found):
                found.append(view)
        return tuple(found)


def load_screen(folder: Path) -> RiskScreen:
    """Load lexicon and model of a data folder (`lexicon/`, `risk/model.json`).

    Raises: LexiconError, ModelError: nothing is screened by halves.
    """
    return RiskScreen(read_lexicon(folder / "lexicon"), read_model(folder / "risk" / "model.json"))
