"""GiNZA without its parser, tagger and entity recogniser: words and their 300-dimensional vectors.

The vectors and SudachiPy's splitting are what intent classification needs; they take 0.1 ms a message where the whole
pipeline takes 16 to 28 ms. spaCy's own documents are left out as well: each new word that passes through one stays in
spaCy's string table for good, which in a server means a slow leak made of students' words.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Sequence, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import DENSE_FEATURIZABLE_ATTRIBUTES, TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.reading import plain

MODEL = "ja_ginza"
LEFT_OUT = [
    "tok2vec",
    "attribute_ruler",
    "parser",
    "ner",
    "morphologizer",
    "compound_splitter",
    "bunsetu_recognizer",
]
DIMENSIONS = 300
# SudachiPy refuses more than 49,149 bytes; a character is at most 4.
CHUNK_CHARACTERS = 8_000
_BREAK = re.compile(r"[。！？!?\n]")


@dataclass(frozen=True)
class Word:
    """A word of a text: surface, dictionary form, and where it begins (code points of the text that was split)."""

    surface: str
    lemma: str
    start: int


class LeanGinza:
    """Splits text into words and looks their vectors up; holds GiNZA's model, some 250 MB."""

    def __init__(self) -> None:
        import spacy
        import spacy.strings

        language: Any = spacy.load(MODEL, exclude=LEFT_OUT)
        self._sudachi = language.tokenizer.tokenizer
        # The hash by which spaCy finds a vector; asking its string table would keep every word in it.
        self._hash: Any = getattr(spacy.strings, "hash_string")  # noqa: B009  Cython shows it to nobody's type checker
        vectors = language.vocab.vectors
        if vectors.shape[1] != DIMENSIONS:
            raise ValueError(f"{MODEL} has vectors of {vectors.shape[1]} dimensions, {DIMENSIONS} are expected")
        self._rows: Dict[int, int] = {int(key): int(row) for key, row in vectors.key2row.items()}
        self._table: Any = vectors.data

    def words(self, text: Text) -> List[Word]:
        """Split a text of any length; whitespace gives no words."""
        return [
            Word(morpheme.surface(), morpheme.dictionary_form(), offset + morpheme.begin())
            for offset, chunk in _chunks(text)
            for morpheme in self._sudachi.tokenize(chunk)
            if morpheme.surface().strip()
        ]

    def vectors(self, words: Sequence[Token]) -> Any:
        """Give one row of 300 float32 a word: the surface's vector, else the dictionary form's, else zeros."""
        found = np.zeros((len(words), DIMENSIONS), dtype=np.float32)
        for index, word in enumerate(words):
            row = self._rows.get(self._hash(word.text))
            if row is None:
                row = self._rows.get(self._hash(word.lemma))
            if row is not None:
                found[index] = self._table[row]
        return found


def _chunks(text: Text) -> Iterator[Any]:
    """Cut a long text behind its sentence ends, at the latest after 8,000 characters; give offset and piece."""
    start = 0
    while len(text) - start > CHUNK_CHARACTERS:
        window = text[start : start + CHUNK_CHARACTERS]
        ends = [match.end() for match in _BREAK.finditer(window)]
        cut = ends[-1] if ends else CHUNK_CHARACTERS
        yield start, window[:cut]
        start += cut
    yield start, text[start:]


@functools.cache
def ginza() -> LeanGinza:
    """Load GiNZA once a process; tokenizer and featurizer share it."""
    return LeanGinza()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class GinzaTokenizer(Tokenizer):
    """Splits messages into words with SudachiPy as GiNZA configures it."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Rasa's own settings of tokenizers; none of them is needed here."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @staticmethod
    def required_packages() -> List[Text]:
        """What has to be installed."""
        return ["spacy", "ginza", "ja_ginza"]

    def __init__(self, config: Dict[Text, Any]) -> None:
        super().__init__(config)
        self._ginza = ginza()

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """Give the words of the attribute's text in its plain form; an empty text gives none."""
        text = plain(message.get(attribute) or "")
        return [Token(word.surface, word.start, lemma=word.lemma) for word in self._ginza.words(text)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class GinzaFeaturizer(DenseFeaturizer, GraphComponent):
    """Word vectors as sequence features, their mean as the sentence's feature (300 float32 each)."""

    @classmethod
    def required_components(cls) -> List[Any]:
        """A GinzaTokenizer has to come first."""
        return [GinzaTokenizer]

    @staticmethod
    def required_packages() -> List[Text]:
        """What has to be installed."""
        return ["spacy", "ginza", "ja_ginza"]

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        super().__init__(name, config)
        self._ginza = ginza()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GinzaFeaturizer:
        """Make the component; there's nothing to train or load."""
        return cls({**cls.get_default_config(), **config}, execution_context.node_name)

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """There is nothing to set."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the features of every text attribute; a message without words gets a zero vector."""
        for message in messages:
            for attribute in DENSE_FEATURIZABLE_ATTRIBUTES:
                if message.get(attribute) is not None:
                    self._add(message, attribute)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features of all training examples."""
        self.process(training_data.training_examples)
        return training_data

    def _add(self, message: Message, attribute: Text) -> None:
        sequence = self._ginza.vectors(message.get(TOKENS_NAMES[attribute]) or [])
        known = sequence[sequence.any(axis=1)] if len(sequence) else sequence
        sentence = (
            known.mean(axis=0, keepdims=True, dtype=np.float32) if len(known) else np.zeros((1, DIMENSIONS), np.float32)
        )
        self.add_features_to_message(sequence if len(sequence) else sentence, sentence, attribute, message)
