"""N-grams of a whole message, of characters and of words, weighted by how rare they are.

Students write without spaces, in kana, with typing errors and words no dictionary has; runs of one to three characters
survive all of that. Words in their dictionary form, alone and in pairs, bring together what is conjugated differently.
Rasa's CountVectorsFeaturizer counts characters inside single dictionary forms, where 「行きたくない」 has become
「行く」「たい」「ない」; this one reads the message as it was written (in its plain form), and the words beside it.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Text

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.ginza import GinzaTokenizer
from bot.components.reading import plain

_FILE = "ngrams.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class MessageNgrams(SparseFeaturizer, GraphComponent):
    """Sentence features: tf-idf of the n-grams seen in training, each row of length one or less."""

    @classmethod
    def required_components(cls) -> List[Any]:
        """A GinzaTokenizer has to come first."""
        return [GinzaTokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Lengths of the n-grams (characters), and in how many training messages one must occur to count."""
        return {**SparseFeaturizer.get_default_config(), "min_ngram": 1, "max_ngram": 3, "min_messages": 2}

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Raises: InvalidConfigException: lengths that aren't 1 ≤ min ≤ max."""
        if not 1 <= config["min_ngram"] <= config["max_ngram"]:
            raise InvalidConfigException("MessageNgrams: 1 <= min_ngram <= max_ngram is needed")

    def __init__(
        self,
        config: Dict[Text, Any],
        name: Text,
        model_storage: ModelStorage,
        resource: Resource,
        columns: Optional[Dict[str, int]] = None,
        weights: Any = None,
    ) -> None:
        super().__init__(name, config)
        self._lengths = range(config["min_ngram"], config["max_ngram"] + 1)
        self._least = config["min_messages"]
        self._model_storage = model_storage
        self._resource = resource
        self._columns = columns or {}
        self._weights = weights if weights is not None else np.zeros(0, np.float32)
        self._heaviest = float(self._weights.max(initial=0.0))

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageNgrams:
        """Make an untrained component."""
        return cls({**cls.get_default_config(), **config}, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn which n-grams count and how much; keep them."""
        seen: Dict[str, int] = {}
        messages = [example for example in training_data.training_examples if example.get(TEXT)]
        for message in messages:
            for ngram in self._count(message):
                seen[ngram] = seen.get(ngram, 0) + 1
        kept = sorted(ngram for ngram, messages in seen.items() if messages >= self._least)
        self._columns = {ngram: column for column, ngram in enumerate(kept)}
        counts = np.array([seen[ngram] for ngram in kept], dtype=np.float32)
        self._weights = (np.log((1 + len(messages)) / (1 + counts)) + 1).astype(np.float32)
        self._heaviest = float(self._weights.max(initial=0.0))
        with self._model_storage.write_to(self._resource) as directory:
            body = {"ngrams": kept, "weights": [round(float(weight), 5) for weight in self._weights]}
            (directory / _FILE).write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageNgrams:
        """Load what training kept. Raises: RasaException: nothing is there, or it isn't readable."""
        try:
            with model_storage.read_from(resource) as directory:
                body = json.loads((directory / _FILE).read_text(encoding="utf-8"))
            columns = {ngram: column for column, ngram in enumerate(body["ngrams"])}
            weights = np.array(body["weights"], dtype=np.float32)
        except (OSError, ValueError, KeyError) as error:
            raise RasaException(
                f"the model holds no trained n-grams ({type(error).__name__}); train it anew"
            ) from error
        return cls(
            {**cls.get_default_config(), **config},
            execution_context.node_name,
            model_storage,
            resource,
            columns,
            weights,
        )

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the sentence features; a message without known n-grams gets an empty row."""
        for message in messages:
            if message.get(TEXT) is not None:
                self.add_features_to_message(None, self._row(message), TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features of all training examples."""
        self.process(training_data.training_examples)
        return training_data

    def _count(self, message: Message) -> Dict[str, int]:
        # The edges of a message say something: 「でも」 at its start isn't 「でも」 inside a word.
        framed = f" {plain(message.get(TEXT))} "
        counts: Dict[str, int] = {}
        for length in self._lengths:
            for start in range(len(framed) - length + 1):
                ngram = framed[start : start + length]
                counts[ngram] = counts.get(ngram, 0) + 1
        for blank in (" ", "  "):
            counts.pop(blank, None)
        words = [word.lemma for word in message.get(TOKENS_NAMES[TEXT]) or []]
        # A control character can't be in the plain form: a word never meets a run of the same characters.
        for ngram in (*(f"\x01{word}" for word in words), *map("\x01{}\x01{}".format, words, words[1:])):
            counts[ngram] = counts.get(ngram, 0) + 1
        return counts

    def _row(self, message: Message) -> Any:
        """Give the row of a message. Unknown n-grams count in its length: unfamiliar text gives small values, and with them
        even probabilities instead of a guess made from the one n-gram that happens to be known.
        """
        counts = self._count(message)
        found = [(self._columns[ngram], n) for ngram, n in counts.items() if ngram in self._columns]
        if not found:
            return scipy.sparse.csr_matrix((1, len(self._columns)), dtype=np.float32)
        columns = np.array([column for column, _ in found], dtype=np.int32)
        values = (1 + np.log(np.array([n for _, n in found], dtype=np.float32))) * self._weights[columns]
        unknown = (len(counts) - len(found)) * self._heaviest**2
        values /= np.sqrt(float(values @ values) + unknown)
        return scipy.sparse.csr_matrix(
            (values, (np.zeros(len(found), np.int32), columns)), shape=(1, len(self._columns)), dtype=np.float32
        )
