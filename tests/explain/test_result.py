"""The figures that people read from SHAP values."""

from __future__ import annotations

import numpy as np

from automl_widgets.explain import ShapResult, six_parts, summarise
from automl_widgets.records import Explanation


def result(values: np.ndarray, expected: np.ndarray) -> ShapResult:
    n_rows = values.shape[-2]
    return ShapResult(
        values=values,
        expected=expected,
        rows=np.arange(n_rows),
        method="permutation",
        unit="probability",
        n_rows=n_rows,
        n_background=7,
        seconds=1.5,
    )


VALUES = np.array([[[0.1, -0.5], [0.3, 0.1]], [[-0.1, 0.5], [-0.3, 0.7]]])


def test_classification_is_summarised_overall_and_by_class() -> None:
    fields = summarise(result(VALUES, np.array([0.5, 0.5])), ["a", "b"], [False, True])
    explanation = Explanation(iteration=3, state="completed", **fields)
    assert explanation.classes == ("False", "True")
    np.testing.assert_allclose(explanation.per_class, [[0.2, 0.3], [0.2, 0.6]])
    np.testing.assert_allclose(explanation.overall, [0.2, 0.45])


def test_regression_has_no_classes() -> None:
    fields = summarise(result(VALUES[0], np.array(2.0)), ["a", "b"])
    assert (fields["classes"], fields["per_class"]) == ((), ())
    np.testing.assert_allclose(fields["overall"], [0.2, 0.3])


def test_the_six_parts_are_sorted_for_each_class() -> None:
    shap_values, expected, summary, names, per_class, per_class_names = six_parts(
        VALUES, np.array([0.4, 0.6]), ["a", "b"], ["no", "yes"], "classification"
    )
    assert [v.shape for v in shap_values] == [(2, 2), (2, 2)]
    assert (expected, names, per_class_names) == ([0.4, 0.6], ["b", "a"], [["b", "a"], ["b", "a"]])
    np.testing.assert_allclose(summary, [0.45, 0.2])
    np.testing.assert_allclose(per_class, [[0.3, 0.2], [0.6, 0.2]])


def test_the_six_parts_of_a_regression_are_plain() -> None:
    shap_values, expected, summary, names, *per_class = six_parts(VALUES[0], 2.0, ["a", "b"], [], "regression")
    assert shap_values.shape == (2, 2)
    assert isinstance(expected, float)
    assert names == ["b", "a"]
    assert per_class == [None, None]
    np.testing.assert_allclose(summary, [0.3, 0.2])


def test_no_rows_have_no_importance() -> None:
    empty = result(np.zeros((2, 0, 3)), np.zeros(2))
    assert summarise(empty, ["a", "b", "c"], [0, 1])["overall"] == (0.0, 0.0, 0.0)
