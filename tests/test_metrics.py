"""Metrics against scikit-learn, against sums done by hand, and as properties."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from automl_widgets.errors import NotFoundError
from automl_widgets.metrics import METRICS, metric, primary_metrics, score_one, scores

CLASSIFICATION = primary_metrics("classification")
REGRESSION = primary_metrics("regression")


def a_case(n_rows, n_classes, seed=0, decimals=2):
    """Probabilities with ties, classes that all occur, weights."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n_rows - n_classes)])
    proba = np.round(rng.dirichlet(np.ones(n_classes), n_rows) + np.eye(n_classes)[y] * 0.3, decimals)
    return y, proba / proba.sum(axis=1, keepdims=True), rng.integers(1, 4, n_rows).astype(float)


def reference_classification(y, proba, w):
    truth, predicted = np.eye(proba.shape[1])[y], proba.argmax(axis=1)
    expected = {
        "accuracy": reference.accuracy_score(y, predicted, sample_weight=w),
        "balanced_accuracy": reference.balanced_accuracy_score(y, predicted, sample_weight=w),
        "matthews_correlation": reference.matthews_corrcoef(y, predicted, sample_weight=w),
        "norm_macro_recall": reference.balanced_accuracy_score(y, predicted, sample_weight=w, adjusted=True),
        "log_loss": reference.log_loss(y, proba, sample_weight=w, labels=range(proba.shape[1])),
    }
    for average in ("macro", "micro", "weighted"):
        options = {"average": average, "sample_weight": w}
        expected[f"AUC_{average}"] = reference.roc_auc_score(truth, proba, **options)
        expected[f"average_precision_score_{average}"] = reference.average_precision_score(truth, proba, **options)
        for name in ("f1", "precision", "recall"):
            function = getattr(reference, f"{name}_score")
            expected[f"{name}_score_{average}"] = function(y, predicted, zero_division=0, **options)
    return expected


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_rows", "n_classes"), [(40, 2), (200, 3), (500, 10)])
def test_classification_agrees_with_scikit_learn(n_rows, n_classes, weighted):
    y, proba, w = a_case(n_rows, n_classes)
    w = w if weighted else None
    ours = scores("classification", y, proba, weights=w)
    for name, value in reference_classification(y, proba, w).items():
        assert ours[name] == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("positive", [0, 1])
@pytest.mark.parametrize("weighted", [False, True])
def test_binary_metrics_look_at_the_positive_class_alone(positive, weighted):
    y, proba, w = a_case(60, 2, seed=3)
    w = w if weighted else None
    ours = scores("classification", y, proba, weights=w, positive_class=positive)
    predicted, truth = proba.argmax(axis=1), y == positive
    assert ours["AUC_binary"] == pytest.approx(reference.roc_auc_score(truth, proba[:, positive], sample_weight=w))
    expected = reference.average_precision_score(truth, proba[:, positive], sample_weight=w)
    assert ours["average_precision_score_binary"] == pytest.approx(expected)
    for name in ("f1", "precision", "recall"):
        expected = getattr(reference, f"{name}_score")(y, predicted, pos_label=positive, sample_weight=w)
        assert ours[f"{name}_score_binary"] == pytest.approx(expected)


def test_binary_metrics_do_not_exist_for_three_classes():
    y, proba, _ = a_case(30, 3)
    assert not any(name.endswith("_binary") for name in scores("classification", y, proba))
    assert math.isnan(score_one("AUC_binary", y, proba))


@pytest.mark.parametrize("weighted", [False, True])
def test_regression_agrees_with_scikit_learn(weighted):
    rng = np.random.default_rng(1)
    y = np.round(rng.exponential(3, 80), 1) + 0.1
    prediction, w = np.abs(y + rng.normal(0, 1, 80)), rng.integers(1, 4, 80).astype(float)
    w = w if weighted else None
    ours = scores("regression", y, prediction, weights=w, y_range=(0.0, 50.0))
    for ours_name, function in {
        "explained_variance": reference.explained_variance_score,
        "r2_score": reference.r2_score,
        "mean_absolute_error": reference.mean_absolute_error,
        "root_mean_squared_error": reference.root_mean_squared_error,
        "root_mean_squared_log_error": reference.root_mean_squared_log_error,
    }.items():
        assert ours[ours_name] == pytest.approx(function(y, prediction, sample_weight=w)), ours_name
    mape = 100 * reference.mean_absolute_percentage_error(y, prediction, sample_weight=w)
    assert ours["mean_absolute_percentage_error"] == pytest.approx(mape)
    assert ours["median_absolute_error"] == pytest.approx(reference.median_absolute_error(y, prediction))
    for error in ("mean_absolute_error", "median_absolute_error", "root_mean_squared_error"):
        assert ours[f"normalized_{error}"] == pytest.approx(ours[error] / 50)
    assert ours["normalized_root_mean_squared_log_error"] == pytest.approx(ours["root_mean_squared_log_error"] / 50)


def test_spearman_agrees_with_scipy_also_with_ties():
    from scipy.stats import spearmanr

    rng = np.random.default_rng(2)
    y, prediction = rng.integers(0, 5, 50).astype(float), rng.integers(0, 4, 50).astype(float)
    assert score_one("spearman_correlation", y, prediction) == pytest.approx(spearmanr(y, prediction).statistic)


def test_a_case_done_by_hand():
    y = [0, 0, 0, 1]
    proba = [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.4, 0.6]]
    ours = scores("classification", y, proba)
    assert ours["accuracy"] == 3 / 4
    assert ours["recall_score_macro"] == pytest.approx((2 / 3 + 1) / 2)
    assert ours["norm_macro_recall"] == pytest.approx(2 * (2 / 3 + 1) / 2 - 1)
    assert ours["weighted_accuracy"] == pytest.approx((3 + 3 + 1) / (3 + 3 + 3 + 1))
    assert ours["AUC_macro"] == pytest.approx(2 / 3)
    assert ours["average_precision_score_binary"] == pytest.approx(1 / 2)
    assert ours["log_loss"] == pytest.approx(-np.log([0.9, 0.6, 0.3, 0.6]).mean())


def test_r2_and_explained_variance_are_at_least_minus_1_and_normalised_errors_at_most_1():
    ours = scores("regression", [1.0, 2.0, 3.0], [300.0, -200.0, 100.0])
    assert ours["r2_score"] == ours["explained_variance"] == -1.0
    assert ours["normalized_root_mean_squared_error"] == ours["normalized_mean_absolute_error"] == 1.0


def test_a_class_that_a_fold_lacks_does_not_count_in_averages():
    y, proba, _ = a_case(60, 3)
    keep = y != 2
    ours = scores("classification", y[keep], proba[keep])
    truth = np.eye(3)[y[keep]][:, :2]
    assert ours["AUC_macro"] == pytest.approx(reference.roc_auc_score(truth, proba[keep][:, :2]))
    predicted = proba[keep].argmax(axis=1)
    expected = reference.f1_score(y[keep], predicted, labels=[0, 1], average="macro")
    assert ours["f1_score_macro"] == pytest.approx(expected)
    assert all(np.isfinite(list(ours.values())))


def test_one_class_only_leaves_what_is_not_defined_as_nan():
    ours = scores("classification", [1, 1], [[0.2, 0.8], [0.6, 0.4]])
    assert ours["accuracy"] == 0.5
    assert math.isnan(ours["AUC_macro"])
    assert math.isnan(ours["AUC_weighted"])
    assert math.isnan(ours["AUC_binary"])


@pytest.mark.parametrize(
    ("y", "prediction", "weights"),
    [([], np.empty((0, 3)), None), ([0], [[math.nan, 1.0]], None), ([0], [[0.5, 0.5]], [0.0])],
    ids=["no rows", "not finite", "no weight"],
)
def test_nothing_to_score_is_nan_everywhere(y, prediction, weights):
    assert all(math.isnan(v) for v in scores("classification", y, prediction, weights=weights).values())


def test_regression_that_is_not_defined_is_nan():
    assert math.isnan(score_one("root_mean_squared_log_error", [1.0, 2.0], [1.0, -1.5]))
    assert math.isnan(score_one("spearman_correlation", [1.0, 2.0], [1.0, 1.0]))
    assert math.isnan(score_one("mean_absolute_percentage_error", [0.0, 0.0], [1.0, 1.0]))
    assert math.isnan(score_one("normalized_mean_absolute_error", [2.0, 2.0], [1.0, 1.0]))
    assert math.isnan(score_one("r2_score", [2.0], [2.0]))
    assert all(math.isnan(v) for v in scores("regression", [], []).values())


def test_a_constant_target_has_an_r2_as_in_scikit_learn():
    assert score_one("r2_score", [0.1] * 3, [0.1] * 3) == 1.0
    assert score_one("r2_score", [0.1] * 3, [0.2] * 3, weights=[0.1, 0.2, 0.3]) == 0.0


def test_an_unknown_metric_is_answered_with_the_nearest_names():
    with pytest.raises(NotFoundError, match=r"no metric 'auc_weigted'\. Did you mean AUC_weighted"):
        metric("auc_weigted")
    with pytest.raises(NotFoundError, match="Choose one of AUC_macro"):
        metric("zzz")
    with pytest.raises(NotFoundError, match="no metric"):
        score_one("zzz", [0], [[1.0]])


def test_the_registry_knows_direction_and_bounds():
    assert {m.name for m in METRICS.values() if m.goal == "min"} >= {"log_loss", "mean_absolute_error"}
    assert sum(m.primary_in_azure for m in METRICS.values()) == 9
    assert {m.name for m in METRICS.values() if not m.uses_weights} == {
        *("weighted_accuracy", "spearman_correlation", "median_absolute_error", "normalized_median_absolute_error"),
    }
    for m in METRICS.values():
        assert m.bounds is None or (m.bounds[0] < m.bounds[1]) == (m.goal == "max")
    assert set(METRICS) == {*CLASSIFICATION, *REGRESSION}


# What must hold for any case -----------------------------------------------------------------------------------------


@st.composite
def cases(draw):
    """Any small case: classes may be missing, probabilities and values may be tied."""
    n, k = draw(st.integers(1, 25)), draw(st.integers(2, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    proba = rng.integers(0, draw(st.sampled_from([2, 5, 1000])), (n, k)) + 0.01
    y = rng.integers(0, k, n)
    values = rng.integers(-3, 9, n) * 0.5, rng.integers(-3, 9, n) * 0.5
    return y, proba / proba.sum(axis=1, keepdims=True), *values, rng.integers(1, 4, n)


def same(left, right, names=None):
    for name in left if names is None else names:
        assert left[name] == pytest.approx(right[name], abs=1e-9, nan_ok=True), name


def both(y, proba, target, values, weights=None):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = scores("classification", y, proba, weights=weights)
        return one | scores("regression", target, values, weights=weights, y_range=(-2.0, 5.0))


@settings(max_examples=150, deadline=None)
@given(cases())
def test_every_value_is_within_its_bounds_or_nan(case):
    y, proba, target, values, weights = case
    for name, value in both(y, proba, target, values, weights).items():
        low, high = sorted(METRICS[name].bounds or (0.0, math.inf))
        assert math.isnan(value) or low <= value <= high, name


@settings(max_examples=75, deadline=None)
@given(cases())
def test_a_perfect_prediction_scores_best(case):
    y, proba, target, _, weights = case
    for name, value in both(y, np.eye(proba.shape[1])[y], target, target, weights).items():
        best = METRICS[name].bounds[1] if METRICS[name].bounds else 0.0
        nothing_to_tell = name == "matthews_correlation" and len(set(y)) == 1
        absent = name.endswith("_binary") and 1 not in y
        assert math.isnan(value) or value == pytest.approx(best) or nothing_to_tell or absent, name


@settings(max_examples=75, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(case, random):
    order = list(range(len(case[0])))
    random.shuffle(order)
    same(both(*case), both(*(part[order] for part in case)))


@settings(max_examples=75, deadline=None)
@given(cases())
def test_weights_of_1_are_no_weights(case):
    *rest, weights = case
    same(both(*rest), both(*rest, np.ones(len(weights))))


@settings(max_examples=75, deadline=None)
@given(cases())
def test_whole_weights_are_repetitions(case):
    *rest, weights = case
    repeated = both(*(np.repeat(part, weights, axis=0) for part in rest))
    same(both(*rest, weights), repeated, [n for n in repeated if METRICS[n].uses_weights and rest[0].size > 1])


@settings(max_examples=75, deadline=None)
@given(cases())
def test_one_score_is_that_of_all_scores(case):
    y, proba, target, values, weights = case
    for name, value in both(*case).items():
        pair = (y, proba) if METRICS[name].task == "classification" else (target, values)
        assert score_one(name, *pair, weights=weights, y_range=(-2.0, 5.0)) == pytest.approx(value, nan_ok=True)
