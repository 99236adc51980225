"""A score of the user's own: given what scikit-learn would give it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import fbeta_score, log_loss, make_scorer, mean_pinball_loss, roc_auc_score

from automl_widgets.errors import TrialError
from automl_widgets.objective import objective, score_own
from automl_widgets.records import Settings, Task
from automl_widgets.sdk.own import own_of

RANDOM = np.random.default_rng(0)
CODES = RANDOM.integers(0, 2, 50)
PROBA = np.column_stack([1 - (p := RANDOM.random(50)), p])
LABELS = np.array(["bad", "good"])


def own(task: Task, metric: Any) -> Any:
    return own_of(task, None, metric).metric


def test_labels_are_given_to_a_score_of_labels() -> None:
    metric = own("classification", make_scorer(fbeta_score, beta=2, pos_label="bad"))
    expected = fbeta_score(LABELS[CODES], LABELS[PROBA.argmax(axis=1)], beta=2, pos_label="bad")
    assert score_own(metric, CODES, PROBA, labels=LABELS) == pytest.approx(expected)


def test_the_probability_of_the_last_class_is_given_for_two_and_all_for_more() -> None:
    scorer = make_scorer(roc_auc_score, response_method="predict_proba")
    expected = roc_auc_score(CODES, PROBA[:, 1])
    assert score_own(own("classification", scorer), CODES, PROBA, labels=LABELS) == pytest.approx(expected)
    three = np.column_stack([PROBA / 2, np.full(50, 0.5)])
    loss = make_scorer(log_loss, response_method="predict_proba", greater_is_better=False, labels=["a", "b", "c"])
    found = score_own(own("classification", loss), CODES, three, labels=np.array(["a", "b", "c"]))
    assert found == pytest.approx(log_loss(CODES, three, labels=[0, 1, 2]))


def test_weights_are_given_to_a_score_that_takes_them() -> None:
    y, values, weights = RANDOM.random(50), RANDOM.random(50), RANDOM.random(50)
    metric = own("regression", make_scorer(mean_pinball_loss, alpha=0.9, greater_is_better=False))
    expected = mean_pinball_loss(y, values, alpha=0.9, sample_weight=weights)
    assert score_own(metric, y, values, weights=weights) == pytest.approx(expected)
    assert metric.goal == "min"


def test_the_goal_is_that_of_the_score() -> None:
    def error(y_true: Any, y_pred: Any) -> float:
        return float(np.mean(y_true != y_pred))

    error.greater_is_better = False  # type: ignore[attr-defined]
    settings = Settings(task="classification", primary_metric="error", own=own_of("classification", None, error))
    assert (objective(settings).name, objective(settings).goal) == ("error", "min")


def test_a_score_that_raises_says_whose_it_is() -> None:
    def broken(y_true: Any, y_pred: Any) -> float:
        raise KeyError("profit")

    broken.greater_is_better = True  # type: ignore[attr-defined]
    with pytest.raises(TrialError, match="your metric 'broken' failed: KeyError: 'profit'"):
        score_own(own("regression", broken), CODES, CODES.astype(float))
