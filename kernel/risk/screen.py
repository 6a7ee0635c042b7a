"""The risk screen: rules, modifiers and model on one message, put together so that evidence only ever adds.

A message's level is the highest that anything in it gives: of the rules' hits, each after *its own* modifiers, and of
the model's verdicts on its sentences, alone and together. The model knows what the rules say of a sentence, and a rule's
hit never weighs against the risk. Where it is nearly sure that the words are calm, it doubts a rule's hit as a modifier
does: that hit alone, and by the sentence that holds it together with its neighbours where that is worse.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Set, Tuple

from kernel.risk.assessment import Assessment, Evidence
from kernel.risk.atoms import Prefilter
from kernel.risk.features import features, spoken, windows
from kernel.risk.levels import CATEGORIES, LEVELS, RANK, worst
from kernel.risk.lexicon import ON_TEXT, ON_WORDS, Lexicon, Rule
from kernel.risk.lexicon_file import read_lexicon
from kernel.risk.matcher import Matcher, Stretch, Subject, WordSubject
from kernel.risk.model import RISK, Kind, Model, ModelReading, Thresholds, read_model
from kernel.risk.modifiers import Modifiers
from kernel.risk.reading import Reading, read
from kernel.text import fold_kana, normalise
from kernel.text.view import View

#: The rule id of evidence that the model gives, and the modifier where it doubts a rule's hit.
MODEL_RULE = MODEL_DOUBT = "model"
#: Letters in which the model may see what none of several messages says alone.
LEAST_TOGETHER = 16
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
    """Pure and fast; one object serves a whole process.

    Patterns are compiled where a text first may match them: a few milliseconds for each of the first messages, where all
    of them at once would let every message wait for a second and a half after each start.
    """

    def __init__(self, lexicon: Lexicon, model: Optional[Model]) -> None:
        self.lexicon = lexicon
        self._model = model
        self._matcher = Matcher()
        self._modifiers = Modifiers(lexicon, self._matcher)
        self._by_pattern: Dict[Tuple[str, str], List[Rule]] = {}
        for rule in lexicon.rules:
            self._by_pattern.setdefault((rule.on, rule.pattern), []).append(rule)
        self._text_filter, self._words_filter = (
            Prefilter(pattern for of, pattern in self._by_pattern if of == on) for on in (ON_TEXT, ON_WORDS)
        )
        self._near_filter = Prefilter(self._modifiers.patterns)
        self.version = f"lexicon {lexicon.version} model {model.version if model else '-'}"
        self._keywords: Dict[Tuple[str, ...], List[Tuple[str, str]]] = {}

    def assess(self, text: str, keywords: Sequence[str] = ()) -> Assessment:
        """Assess one message, or several joined by line feeds.

        Args: text: any text; keywords: the profile's own (HOK-5.4), marked whatever the level.
        """
        reading = self.read(text)
        hits, judged = self.judge(reading, self.hits(reading))
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
            # 消して, もう一回: a few calm words in a row are too little for the model to see a meaning in.
            and (one.rule != MODEL_RULE or known > 0 or len("".join(one.text.split())) >= LEAST_TOGETHER)
        ]
        # Messages that are calm each, and together a mere concern to the model alone, are two subjects in a row.
        if all(one.rule == MODEL_RULE and one.level == "concern" for one in added):
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
        return read(text)

    def hits(self, reading: Reading) -> List[Hit]:
        """Give every rule's hits, those that a modifier took away at level `none`."""
        found: Dict[Tuple[str, int, int], Hit] = {}
        subjects = [(view, Subject(view.text, self._text_filter, self._near_filter)) for view in reading.views]
        for view, subject in subjects:
            for pattern, met in subject.possible.items():
                for stretch in self._matcher.stretches(met, subject):
                    for rule in self._by_pattern[ON_TEXT, pattern]:
                        self._add(found, rule, view, subject, stretch)
        if reading.words and not self._words_filter.is_empty:
            words = WordSubject(reading.words, self._words_filter)
            for pattern, met in words.possible.items():
                for stretch in self._matcher.stretches(met, words):
                    place = Stretch(*words.place(stretch.start, stretch.end))
                    for rule in self._by_pattern[ON_WORDS, pattern]:
                        self._add(found, rule, *subjects[0], place)
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

    def judge(self, reading: Reading, hits: Sequence[Hit]) -> Tuple[List[Hit], List[Judged]]:
        """Let the model read the windows of a text with what the rules say of them.

        Args: hits: the rules' on the same reading.
        Returns: the hits after the model's doubts; those of its verdicts that each raise the message, the last one most.
        """
        if self._model is None:
            return list(hits), []
        view, words = reading.unhidden_words
        prepared = ModelReading(self._model, view.text, words)
        ordered = sorted(hits, key=lambda hit: hit.start)
        places = [hit.start for hit in ordered]
        believed: Dict[int, float] = {}
        risky: List[Tuple[int, int, float, List[str]]] = []
        # A flood of the same words is read once.
        seen: Set[str] = set()
        for start, end in windows(view.text):
            inside: List[int] = []
            if hits:
                first, last = view.span(start, end)
                # A hit belongs where it begins: a pattern may reach over the end of its sentence.
                inside = list(range(bisect_left(places, first), bisect_left(places, last)))
            elif view.text[start:end] in seen:
                continue
            seen.add(view.text[start:end])
            said, taken = marks_of([ordered[at] for at in inside])
            belief = prepared.score(RISK, start, end, said)
            for at in inside:
                believed[at] = max(believed.get(at, belief), belief)
            marks = [*said, *taken]
            # What a modifier took from one hit is nothing to doubt another one by.
            risk = prepared.score(RISK, start, end, marks) if taken else belief
            if risk >= self._model.thresholds.raised:
                risky.append((start, end, risk, marks))
        left = [_doubted(hit, believed.get(at), self._model.thresholds) for at, hit in enumerate(ordered)]
        known = worst("none", *(hit.level for hit in left))
        # What it's about is asked only where no rule says so.
        asked, verdicts = known == "none", []
        for start, end, risk, marks in risky:
            if known == LEVELS[-1]:
                break
            level = prepared.level(start, end, risk, marks)
            if RANK[level] > RANK[known]:
                known = level
                kind = prepared.kind(start, end) if asked else Kind("crisis", False)
                verdicts.append(Judged(*view.span(start, end), level, kind.category, kind.other))
        return left, verdicts

    def seen_whole(self, text: str) -> Tuple[List[str], List[str], List[str]]:
        """Give what the model sees of a text as one window: features, forms of words, marks. Its training lines are
        read so."""
        reading = self.read(text)
        view, words = reading.unhidden_words
        said, taken = marks_of(self.hits(reading))
        return features(view.text, words), [word.form for word in spoken(words)], [*said, *taken]

    def _combined(
        self, text: str, hits: Sequence[Hit], judged: Sequence[Judged], keywords: Tuple[str, ...]
    ) -> Assessment:
        counted = [hit for hit in hits if hit.level != "none"]
        level = worst("none", *(hit.level for hit in counted), *(one.level for one in judged))
        if level == "none":
            return Assessment("none", (), "unknown", (), keywords, frozenset(), frozenset(), self.version)
        strongest: Dict[str, int] = {}
        #: How much is at stake for the writer, and for another person.
        own = others = 0
        for name, one_level, other in (
            *((hit.rule.category, hit.level, hit.other or hit.rule.about == "other") for hit in counted),
            *((one.category, one.level, one.other) for one in judged if not counted),
        ):
            rank = RANK[one_level]
            strongest[name] = max(strongest.get(name, 0), rank)
            if other or name == "third_party":
                strongest["third_party"] = max(strongest.get("third_party", 0), rank)
                others = max(others, rank)
            else:
                own = max(own, rank)
        # The writer's own danger is told first wherever both are there.
        order = sorted(strongest, key=lambda name: (-strongest[name], name != "third_party", CATEGORIES.index(name)))
        return Assessment(
            level,
            tuple(order),
            "other" if others > own else "self",
            self._evidence(text, counted, judged),
            keywords,
            frozenset().union(*(hit.rule.signs for hit in counted)),
            frozenset().union(*(hit.rule.suspects for hit in counted)),
            self.version,
        )

    def _evidence(self, text: str, hits: Sequence[Hit], judged: Sequence[Judged]) -> Tuple[Evidence, ...]:
        found = [Evidence(hit.start, hit.end, text[hit.start : hit.end], hit.rule.id, hit.level) for hit in hits]
        found += [Evidence(one.start, one.end, text[one.start : one.end], MODEL_RULE, one.level) for one in judged]
        found.sort(key=lambda one: (-RANK[one.level], one.start, one.end, one.rule))
        return tuple(sorted(found[:MOST_EVIDENCE], key=lambda one: (one.start, one.end, one.rule)))

    def _keyword_hits(self, reading: Reading, keywords: Tuple[str, ...]) -> Tuple[str, ...]:
        if not keywords:
            return ()
        folded = self._keywords.get(keywords)
        if folded is None:
            folded = self._keywords[keywords] = [(word, fold_kana(normalise(word).text)) for word in keywords]
        return tuple(word for word, plain in folded if any(plain in view.text for view in reading.views))


def marks_of(hits: Sequence[Hit]) -> Tuple[List[str], List[str]]:
    """Give what the model is told of a window's hits: the highest level that is left with those below it, and the
    modifiers that took a hit wholly away."""
    if not hits:
        return [], []
    top = max(RANK[hit.level] for hit in hits)
    taken = {name for hit in hits if hit.level == "none" for name in hit.modifiers}
    return [f"rule:{level}" for level in LEVELS[1 : top + 1]], [f"taken:{name}" for name in sorted(taken)]


def _doubted(hit: Hit, belief: Optional[float], thresholds: Thresholds) -> Hit:
    """Give a hit as the model leaves it. Args: belief: the highest score of the windows that hold it."""
    if belief is None or hit.level == "none" or belief >= thresholds.doubted:
        return hit
    # One level lower where it is doubted, two where it is refuted; so a rope is never made nothing.
    steps, least = (2, 0) if belief < thresholds.refuted else (1, 1)
    left = LEVELS[max(least, RANK[hit.level] - steps)]
    return hit if left == hit.level else replace(hit, level=left, modifiers=(*hit.modifiers, MODEL_DOUBT))


def load_screen(folder: Path) -> RiskScreen:
    """Load lexicon and model of a data folder (`lexicon/`, `risk/model.json`).

    Raises: LexiconError, ModelError: nothing is screened by halves.
    """
    return RiskScreen(read_lexicon(folder / "lexicon"), read_model(folder / "risk" / "model.json"))
