"""Fitting the classifier, and choosing its temperature on messages it has not seen.

All figures come from grouped cross-validation: variants of one message stay on one side. Support vectors give distances,
no probabilities; one temperature makes of them confidences that fit how often they were right.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Sequence

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack, vstack
from scipy.sparse.csgraph import connected_components
from scipy.special import log_softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from bot.components.reading import plain

ALIKE = 0.55
_ROWS = 1_000
SEED = 7


@dataclass(frozen=True)
class Features:
    """Features of messages, one row each: word vectors (dense, float32) and n-grams (sparse, float32)."""

    dense: Any
    sparse: Any

    def rows(self, chosen: Any) -> Features:
        """Give the chosen rows."""
        return Features(self.dense[chosen], self.sparse[chosen])

    def stacked(self) -> Any:
        """Give both blocks side by side, as scikit-learn takes them."""
        return hstack([csr_matrix(self.dense), self.sparse], format="csr")

    def scores(self, weights: Any) -> Any:
        """Give raw scores (rows × intents); weights are (dense + sparse features) × intents."""
        width = self.dense.shape[1]
        return self.dense @ weights[:width] + self.sparse @ weights[width:]


@dataclass(frozen=True)
class Calibration:
    """What was chosen, and what it gave on unseen messages (accuracy 0–1, log loss in nats, expected error 0–1)."""

    temperature: float
    groups: int
    accuracy: float
    log_loss: float
    calibration_error: float


def variant_groups(texts: Sequence[str]) -> Any:
    """Give each text the number of its group; texts of cosine ≥ 0.55 in character bigrams share one."""
    bigrams = TfidfVectorizer(analyzer="char", ngram_range=(2, 2), min_df=1).fit_transform(
        [f" {plain(text)} " for text in texts]
    )
    transposed = bigrams.T.tocsr()

    def alike(start: int) -> Any:
        cosines = bigrams[start : start + _ROWS] @ transposed
        cosines.data = (cosines.data >= ALIKE).astype(np.int8)
        cosines.eliminate_zeros()
        return cosines

    # In slices: all cosines of twenty thousand texts at once are more than a gigabyte, and take three times as long.
    with ThreadPoolExecutor(max_workers=2) as pool:
        slices = list(pool.map(alike, range(0, len(texts), _ROWS)))
    return connected_components(vstack(slices, format="csr"), directed=False)[1]


def fit(features: Features, labels: Any, strength: float) -> Any:
    """Give the weights ((dense + sparse features) × intents, float32) of linear support vectors, one intent against all.

    Each intent counts the same whatever its number of messages, and there is no bias: from a message that says nothing,
    nothing follows. Args: strength: inverse of the regularisation, scikit-learn's C.
    """
    # A tenth of the usual precision changes no score by more than 0.002 and takes a third off the time.
    model = LinearSVC(C=strength, class_weight="balanced", fit_intercept=False, random_state=SEED, tol=0.01)
    model.fit(features.stacked(), labels)
    weights = model.coef_.T.astype(np.float32)
    # Of two intents scikit-learn keeps one line between them.
    return weights if weights.shape[1] > 1 else np.hstack([-weights, weights])


def _unseen_scores(features: Features, labels: Any, groups: Any, strength: float, folds: int) -> Any:
    """Give raw scores (messages × intents) of models that did not see the message's group; NaN where none could."""
    intents = int(labels.max()) + 1
    scores = np.full((len(labels), intents), np.nan)
    splits = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=SEED)
    for seen, unseen in splits.split(features.dense, labels, groups):
        if len(np.unique(labels[seen])) == intents:
            weights = fit(features.rows(seen), labels[seen], strength)
            scores[unseen] = features.rows(unseen).scores(weights)
    return scores


def _log_loss(scores: Any, labels: Any, temperature: float) -> float:
    return float(-log_softmax(scores / temperature, axis=1)[np.arange(len(labels)), labels].mean())


def expected_error(confidences: Any, right: Any, bins: int = 10) -> float:
    """Give the expected calibration error: mean gap between confidence and share of right answers, over ten bins."""
    places = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [
        abs(float(confidences[places == place].mean()) - float(right[places == place].mean()))
        * float((places == place).mean())
        for place in np.unique(places)
    ]
    return float(sum(gaps))


def calibrate(features: Features, labels: Any, texts: Sequence[str], strength: float, folds: int) -> Calibration:
    """Choose the temperature by log loss on unseen groups.

    With so few groups that no fold holds every intent, temperature 1 is kept and the figures are 0.
    """
    groups = variant_groups(texts)
    found = int(groups.max()) + 1
    folds = min(folds, *(len(np.unique(groups[labels == label])) for label in np.unique(labels)))
    if folds < 2:
        return Calibration(1.0, found, 0.0, 0.0, 0.0)
    scores = _unseen_scores(features, labels, groups, strength, folds)
    known = ~np.isnan(scores).any(axis=1)
    if not known.any():
        return Calibration(1.0, found, 0.0, 0.0, 0.0)
    scores, truth = scores[known], labels[known]
    best = minimize_scalar(lambda t: _log_loss(scores, truth, t), bounds=(0.02, 5.0), method="bounded")
    temperature = float(best.x)
    chances = np.exp(log_softmax(scores / temperature, axis=1))
    right = chances.argmax(axis=1) == truth
    return Calibration(
        temperature=temperature,
        groups=found,
        accuracy=float(right.mean()),
        log_loss=float(best.fun),
        calibration_error=expected_error(chances.max(axis=1), right),
    )
