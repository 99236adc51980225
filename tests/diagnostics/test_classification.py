"""Every number of a classifier's diagnostics is scikit-learn's."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from automl_widgets.diagnostics import curves, diagnose
from tests.diagnostics.models import CLASSIFIERS, classified, evidence, found

CASES = [(kind, n_classes, weighted) for kind in CLASSIFIERS for n_classes, weighted in [(2, False), (3, True)]]
each_model = pytest.mark.parametrize(("kind", "n_classes", "weighted"), CASES)


def points(curve):
    return set(zip(curve["x"], curve["y"], strict=True))


def rounded(*columns):
    return set(zip(*(np.round(column, 4).tolist() for column in columns), strict=True))


@each_model
def test_the_matrix_counts_rows(kind, n_classes, weighted):
    given, shown = classified(kind, n_classes, weighted), found(kind, n_classes, weighted)["confusion"]
    matrix = metrics.confusion_matrix(given.y, given.prediction.argmax(axis=1))
    assert shown["counts"] == matrix.tolist()
    assert shown["n_wrong"] == len(given.y) - matrix.trace()
    true, read, count = shown["frequent"][0]
    assert count == (matrix - np.diag(matrix.diagonal())).max() == matrix[true, read]


@each_model
def test_each_class_has_points_of_its_roc_curve_and_its_area(kind, n_classes, weighted):
    given = classified(kind, n_classes, weighted)
    for one in found(kind, n_classes, weighted)["curves"]["classes"]:
        truth = (given.y == one["class"], given.prediction[:, one["class"]])
        x, y, _ = metrics.roc_curve(*truth, sample_weight=given.weights, drop_intermediate=False)
        assert points(one["roc"]) <= rounded(x, y)
        assert one["roc"]["area"] == pytest.approx(metrics.roc_auc_score(*truth, sample_weight=given.weights), abs=1e-6)


@each_model
def test_each_class_has_points_of_its_precision_recall_curve(kind, n_classes, weighted):
    given = classified(kind, n_classes, weighted)
    for one in found(kind, n_classes, weighted)["curves"]["classes"]:
        truth = (given.y == one["class"], given.prediction[:, one["class"]])
        precision, recall, _ = metrics.precision_recall_curve(*truth, sample_weight=given.weights)
        area = metrics.average_precision_score(*truth, sample_weight=given.weights)
        assert points(one["precision_recall"]) <= rounded(recall, precision)
        assert one["precision_recall"]["area"] == pytest.approx(area, abs=1e-6)


@each_model
def test_averages_have_the_areas_of_the_metrics(kind, n_classes, weighted):
    given, shown = classified(kind, n_classes, weighted), found(kind, n_classes, weighted)["curves"]["averages"]
    truth = np.eye(n_classes)[given.y]
    for name in ("macro", "weighted", "micro"):
        options = {"average": name, "sample_weight": given.weights}
        area = metrics.roc_auc_score(truth, given.prediction, **options)
        assert shown[name]["roc"]["area"] == pytest.approx(area, abs=1e-6)
        area = metrics.average_precision_score(truth, given.prediction, **options)
        assert shown[name]["precision_recall"]["area"] == pytest.approx(area, abs=1e-6)


@each_model
def test_calibration_is_that_of_scikit_learn(kind, n_classes, weighted):
    given = classified(kind, n_classes)
    for one in found(kind, n_classes)["curves"]["classes"]:
        mine, column = given.y == one["class"], given.prediction[:, one["class"]]
        happened, predicted = calibration_curve(mine, column, n_bins=10)
        assert one["calibration"]["happened"] == pytest.approx(happened, abs=1e-4)
        assert one["calibration"]["predicted"] == pytest.approx(predicted, abs=1e-4)
        assert sum(one["calibration"]["weight"]) == len(given.y)


@pytest.mark.parametrize("kind", list(CLASSIFIERS))
def test_a_threshold_has_its_own_matrix(kind):
    given, shown = classified(kind, 2), found(kind, 2)
    assert shown["positive"] == 1
    for threshold, counts in zip(shown["thresholds"]["threshold"], shown["thresholds"]["counts"], strict=True):
        tn, fp, fn, tp = metrics.confusion_matrix(given.y, given.prediction[:, 1] >= threshold).ravel()
        assert counts == [tp, fp, tn, fn]


def test_gain_and_the_rows_looked_at():
    scores, mine = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False])
    x, y = curves.gain(curves.ranking(mine, scores))
    assert x.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert y.tolist() == [0, 0.5, 0.5, 1, 1]


def test_the_worst_rows_come_first_with_what_was_said_of_them():
    given, worst = classified("logistic", 3), found("logistic", 3)["worst"]
    truth = given.prediction[np.arange(len(given.y)), given.y]
    assert [one["row"] for one in worst] == np.argsort(truth)[:20].tolist()
    assert worst[0]["loss"] == pytest.approx(-np.log(truth.min()), abs=1e-4)
    assert worst[0]["predicted"] != worst[0]["true"]
    assert worst[0]["fold"] == worst[0]["row"] % 3


@pytest.mark.parametrize(("n", "n_classes"), [(20_000, 50), (3_000, 500)])
def test_many_classes_and_rows_stay_small(n, n_classes):
    rng = np.random.default_rng(0)
    y, proba = rng.integers(0, n_classes, n), rng.dirichlet(np.ones(n_classes), n)
    shown = diagnose(evidence("classification", np.zeros((n, 1)), y, proba, labels=range(n_classes)))
    assert len(json.dumps(shown)) < 150_000
    assert len(shown["curves"]["classes"]) == len(shown["confusion"]["counts"]) == 50
    assert sum(map(sum, shown["confusion"]["counts"])) + shown["confusion"]["n_outside"] == n


def test_a_sample_of_many_rows_says_so(monkeypatch):
    monkeypatch.setattr("automl_widgets.diagnostics.classification.MAX_CELLS", 2_000)
    rng = np.random.default_rng(0)
    shown = diagnose(
        evidence("classification", np.zeros((5000, 1)), rng.integers(0, 2, 5000), rng.dirichlet([1, 1], 5000))
    )
    assert shown["n_rows"] == 5000
    assert shown["curves"]["n_rows"] == 1000
    assert sum(map(sum, shown["confusion"]["counts"])) == 5000


def test_one_class_has_a_matrix_and_no_curve():
    shown = diagnose(evidence("classification", np.zeros((4, 1)), np.zeros(4, dtype=int), np.tile([0.9, 0.1], (4, 1))))
    assert shown["confusion"]["counts"] == [[4, 0], [0, 0]]
    assert shown["curves"]["classes"] == []
    assert "one class" in shown["curves"]["reason"]


def test_constant_predictions_are_a_diagonal():
    y = np.array([0, 1, 0, 1])
    shown = diagnose(evidence("classification", np.zeros((4, 1)), y, np.tile([0.5, 0.5], (4, 1))))
    assert shown["curves"]["classes"][1]["roc"] == {"x": [0, 1], "y": [0, 1], "area": 0.5}
    assert shown["features"]["shown"] == []


def test_predictions_that_are_no_numbers_are_counted():
    proba = np.array([[0.5, 0.5], [np.nan, np.nan]])
    shown = diagnose(evidence("classification", np.zeros((2, 1)), np.array([0, 1]), proba))
    assert shown["reason"] == "1 of 2 predictions are not finite numbers."
    assert "confusion" not in shown


def test_a_long_label_is_cut():
    y, proba = np.array([0, 1]), np.eye(2)
    shown = diagnose(evidence("classification", np.zeros((2, 1)), y, proba, labels=["a" * 500, "b"]))
    assert shown["labels"] == {"0": "a" * 59 + "…", "1": "b"}
