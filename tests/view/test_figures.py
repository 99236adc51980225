"""Figures: what they draw is what scikit-learn and shap compute, and names from data are never markup."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from lightgbm import LGBMClassifier
from sklearn import metrics
from sklearn.calibration import calibration_curve

from automl_widgets.diagnostics import Evidence, diagnose
from automl_widgets.errors import NotFoundError
from automl_widgets.explain import explain
from automl_widgets.view import figures
from automl_widgets.view.figures import Explained, diagnostics_figure

EVIL = '<b onclick="x">\u202e'
N = 300


def evidence(labels: list[str], **more: Any) -> Evidence:
    rng = np.random.default_rng(0)
    y = rng.integers(0, len(labels), N)
    proba = rng.dirichlet(np.ones(len(labels)), N)
    proba[np.arange(N), y] += 0.4
    proba /= proba.sum(axis=1, keepdims=True)
    rows = np.arange(N)
    return Evidence(task="classification", y=y, prediction=proba, row=rows, fold=rows % 3, labels=labels, **more)


def regression(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    y, rows = rng.normal(size=n), np.arange(n)
    prediction = y + rng.normal(size=n)
    return diagnose(
        Evidence(
            task="regression", y=y, prediction=prediction, row=rows, fold=rows % 3, X=y[:, None], feature_names=["a"]
        )
    )


def line(figure: Any, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name.startswith(name))


def test_curves_are_those_of_scikit_learn() -> None:
    given = evidence(["no", "yes"])
    found, positive = diagnose(given), given.prediction[:, 1]
    roc = line(diagnostics_figure(found, "roc"), "yes")
    x, y, _ = metrics.roc_curve(given.y, positive, drop_intermediate=False)
    for a, b in zip(roc.x, roc.y, strict=True):
        assert np.isclose(np.abs(x - a) + np.abs(y - b), 0, atol=1e-3).any()
    assert roc.name == f"yes {metrics.roc_auc_score(given.y, positive):.4f}"
    precision = line(diagnostics_figure(found, "precision_recall"), "yes")
    assert precision.name == f"yes {metrics.average_precision_score(given.y, positive):.4f}"
    happened, predicted = calibration_curve(given.y, positive, n_bins=10)
    drawn = line(diagnostics_figure(found, "calibration"), "yes")
    np.testing.assert_allclose(drawn.x, predicted, atol=1e-4)
    np.testing.assert_allclose(drawn.y, happened, atol=1e-4)


def test_the_matrix_and_the_thresholds_are_those_of_scikit_learn() -> None:
    given = evidence(["no", "yes"])
    found = diagnose(given)
    matrix = diagnostics_figure(found, "confusion").data[0]
    np.testing.assert_array_equal(matrix.text, metrics.confusion_matrix(given.y, given.prediction.argmax(axis=1)))
    figure = diagnostics_figure(found, "thresholds")
    at = list(line(figure, "F1").x).index(0.3)
    said = given.prediction[:, 1] >= 0.3
    for name, score in (
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
        ("F1", metrics.f1_score),
    ):
        assert line(figure, name).y[at] == pytest.approx(score(given.y, said))


def test_curves_of_averages_and_classes_are_drawn_on_request() -> None:
    given = evidence(["a", "b", "c"])
    figure = diagnostics_figure(diagnose(given), "roc", of=["micro", "b"])
    area = metrics.roc_auc_score(given.y == 1, given.prediction[:, 1])
    assert [trace.name for trace in figure.data][1:] == [line(figure, "micro").name, f"b {area:.4f}"]
    with pytest.raises(NotFoundError, match="there are macro, weighted, micro, a, b, c"):
        diagnostics_figure(diagnose(given), "roc", of=["d"])


@pytest.mark.parametrize("n", [200, 3000])
def test_every_figure_of_values_holds_all_rows(n: int) -> None:
    found = regression(n)
    names = figures.available(found)
    assert names == ["predicted_true", "residuals", "residuals_by_prediction", "errors"]
    assert all(diagnostics_figure(found, name).data for name in names)
    residuals = found["residuals"]
    assert sum(diagnostics_figure(found, "residuals").data[0].y) + residuals["n_below"] + residuals["n_above"] == n


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(NotFoundError, match="No figure 'roc' of this iteration: there are predicted_true"):
        diagnostics_figure(regression(50), "roc")
    with pytest.raises(NotFoundError, match="There are those of a"):
        diagnostics_figure(regression(50), "errors", feature="zzz")


def test_several_iterations_share_one_chart() -> None:
    founds = {"1 LightGBM": diagnose(evidence(["no", "yes"])), "2 <b>": diagnose(evidence(["no", "yes"]))}
    names = [trace.name for trace in figures.overlaid(founds, "roc").data]
    assert names[0] == "chance"
    assert [name.split(":")[0] for name in names[1:]] == ["1 LightGBM", "2 &lt;b&gt;"]
    with pytest.raises(NotFoundError, match="No curves 'rounds'"):
        figures.overlaid(founds, "rounds")
    with pytest.raises(NotFoundError, match="r has no ROC"):
        figures.overlaid({"r": regression(50)}, "roc")


# ---------------------------------------------------------------- explanations


@pytest.fixture(scope="module")
def model() -> tuple[LGBMClassifier, pd.DataFrame]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(N, 4)), columns=[EVIL, "b", "c", "d"])
    return LGBMClassifier(n_estimators=10, verbosity=-1).fit(X.to_numpy(), X["b"] + X["c"] * X["d"] > 0), X


@pytest.fixture(scope="module")
def explained(model: Any) -> Explained:
    learner, X = model
    found = explain(learner, X.to_numpy(), X.to_numpy(), task="classification", feature_names=list(X))
    return Explained(
        values=found.values, expected=found.expected, features=list(X), labels=("no", "yes"), unit=found.unit,
        rows=found.rows, table=X.iloc[found.rows],
    )  # fmt: skip


def test_importance_and_beeswarm_are_shaps_values(model: Any, explained: Explained) -> None:
    theirs = shap.TreeExplainer(model[0]).shap_values(explained.table.to_numpy())
    mean = np.sort(np.abs(theirs).mean(axis=0))[::-1]
    np.testing.assert_allclose(figures.importance(explained).data[0].x, mean, rtol=1e-6)
    np.testing.assert_allclose(figures.importance(explained, label="yes", top=2).data[0].x, mean[:2], rtol=1e-6)
    first = figures.beeswarm(explained).data[0]
    np.testing.assert_allclose(first.x, theirs[:, explained.order()[0]], rtol=1e-6)
    assert np.ptp(first.marker.color) == 1


def test_a_waterfall_goes_from_the_expected_output_to_the_rows(model: Any, explained: Explained) -> None:
    explainer, row = shap.TreeExplainer(model[0]), int(explained.rows[3])
    margin = explainer.shap_values(explained.table.to_numpy()[3:4]).sum() + np.ravel(explainer.expected_value)[-1]
    steps = figures.waterfall(explained, row, top=2).data[0].x
    assert len(steps) == 5
    assert sum(steps[:-1]) == pytest.approx(steps[-1]) == pytest.approx(margin)


def test_dependence_stands_over_the_cells_and_is_coloured_by_another_feature(explained: Explained) -> None:
    trace = figures.dependence(explained, "c", colour_by=3).data[0]
    np.testing.assert_allclose(trace.x, explained.table["c"])
    np.testing.assert_allclose(trace.y, explained.values[1, :, 2])
    np.testing.assert_allclose(trace.marker.color, explained.table["d"])


def test_categories_dates_and_missing_cells_are_drawn_too() -> None:
    table = pd.DataFrame({"town": ["Rome", None, "Oslo"], "when": pd.to_datetime(["2020-01-01", None, "2020-01-03"])})
    values = np.array([[[1.0, 0.5], [-1.0, 0.0], [0.5, 0.1]]])
    found = Explained(values=values, expected=np.zeros(1), features=["town", "when"], rows=np.arange(3), table=table)
    assert {trace.name.split(" = ")[0] for trace in figures.dependence(found, "when", colour_by=0).data} == {"town"}
    assert "Rome" in figures.dependence(found, "town", colour_by=1).data[0].x
    assert len(figures.beeswarm(found).data) == 2
    assert len(figures.waterfall(found).data[0].x) == 4


def test_without_the_rows_there_are_still_values(explained: Explained) -> None:
    bare = Explained(
        values=explained.values, expected=explained.expected, features=explained.features, rows=explained.rows,
        labels=explained.labels,
    )  # fmt: skip
    assert figures.beeswarm(bare).data[0].marker.color == "#8a8f98"
    assert figures.waterfall(bare).layout.yaxis.ticktext[1] in ("b", "c", "d")
    with pytest.raises(NotFoundError, match="not at hand"):
        figures.dependence(bare, "b")


def test_a_class_feature_or_row_that_is_not_there_is_named(explained: Explained) -> None:
    with pytest.raises(NotFoundError, match=r"No class 'yess' in the explanation\. Did you mean 'yes'"):
        figures.beeswarm(explained, label="yess")
    with pytest.raises(NotFoundError, match="No feature 'zz'"):
        figures.dependence(explained, "zz")
    with pytest.raises(NotFoundError, match="not among the 300 that were explained"):
        figures.waterfall(explained, 10_000)


def test_names_from_data_are_never_markup(explained: Explained) -> None:
    for figure in (figures.importance(explained), figures.beeswarm(explained), figures.waterfall(explained)):
        text = figure.to_json()
        assert "<b onclick" not in text
        assert "\\u003cb onclick" not in text
        assert "\\u202e" not in text
