"""Fitting the classifier, and choosing its temperature on messages it has not seen.

All figures come from grouped cross-validation: variants of one message stay on one side.

scikit-learn's LogisticRegression needs half a minute a fit here, because it takes word vectors (dense) and n-grams
(sparse) only as one sparse matrix. The same model is fitted below with each block in its own form, in a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.special import log_softmax, logsumexp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedGroupKFold

from bot.components.reading import plain

ALIKE = 0.55
# More steps change neither accuracy nor log loss on unseen messages.
STEPS = 60


@dataclass(frozen=True)
class Features:
    """Features of messages, one row each: word vectors (dense, float32) and n-grams (sparse, float32)."""

    dense: Any
    sparse: Any

    def rows(self, chosen: Any) -> Features:
        """Give the chosen rows."""
        return Features(self.dense[chosen], self.sparse[chosen])

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
    alike = bigrams @ bigrams.T
    alike.data = (alike.data >= ALIKE).astype(np.int8)
    alike.eliminate_zeros()
    return connected_components(csr_matrix(alike), directed=False)[1]


def fit(features: Features, labels: Any, intents: int, strength: float) -> Any:
    """Give the weights ((dense + sparse features) × intents, float32) of a multinomial logistic regression.

    Each intent counts the same whatever its number of messages, and there is no bias: from a message that says nothing,
    nothing follows. Args: strength: inverse of the regularisation, as scikit-learn's C.
    """
    messages, width = len(labels), features.dense.shape[1]
    columns = width + features.sparse.shape[1]
    counts = np.bincount(labels, minlength=intents)
    importance = (messages / (intents * np.maximum(counts, 1)))[labels].astype(np.float32)
    truth = np.zeros((messages, intents), dtype=np.float32)
    truth[np.arange(messages), labels] = 1
    dense_turned, sparse_turned = features.dense.T.copy(), features.sparse.T.tocsr()

    def loss(flat: Any) -> Tuple[float, Any]:
        weights = flat.reshape(columns, intents)
        scores = features.scores(weights.astype(np.float32))
        norms = logsumexp(scores, axis=1)
        value = float((importance * (norms - scores[np.arange(messages), labels])).sum())
        slope = (np.exp(scores - norms[:, None]) - truth) * importance[:, None]
        gradient = np.vstack([dense_turned @ slope, sparse_turned @ slope])
        return strength * value + 0.5 * float((weights * weights).sum()), (strength * gradient + weights).ravel()

    found = minimize(loss, np.zeros(columns * intents), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return found.x.reshape(columns, intents).astype(np.float32)


def _unseen_scores(features: Features, labels: Any, groups: Any, strength: float, folds: int) -> Any:
    """Give raw scores (messages × intents) of models that did not see the message's group; NaN where none could."""
    intents = int(labels.max()) + 1
    scores = np.full((len(labels), intents), np.nan)
    splits = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=7)
    for seen, unseen in splits.split(features.dense, labels, groups):
        if len(np.unique(labels[seen])) == intents:
            weights = fit(features.rows(seen), labels[seen], intents, strength)
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
    best = minimize_scalar(lambda t: _log_loss(scores, truth, t), bounds=(0.05, 5.0), method="bounded")
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
