"""Any model that predicts can be explained: text, gaps and sparse rows, within a time limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from scipy.sparse import csr_matrix
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import Normalizer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from automl_widgets.errors import TrialError
from automl_widgets.explain import explain
from automl_widgets.explain.clock import Deadline
from automl_widgets.explain.permutation import Permutation, predictor
from automl_widgets.explain.table import Mixer
from automl_widgets.search.estimators import Calibrated
from tests.explain.models import NAMES, classification, fitted, regression


def test_an_svm_is_explained_in_probabilities_that_add_up() -> None:
    X, y = classification(3)
    model = fitted(X, np.array(["a", "b", "c"])[y], StandardScaler(), Calibrated(SVC()))
    result = explain(model, X, X[:10], task="classification", feature_names=NAMES)
    assert (result.method, result.unit, result.n_background) == ("permutation", "probability", 100)
    output = result.expected + result.values.sum(axis=2).T
    np.testing.assert_allclose(output, model.predict_proba(X[:10][result.rows]), atol=1e-9)


def test_values_are_close_to_the_exact_ones_of_shap() -> None:
    X, y = classification(2)
    model = fitted(X, y, StandardScaler(), Calibrated(SVC()))
    ours = explain(model, X[:20], X[:6], task="classification", feature_names=NAMES)
    exact = shap.KernelExplainer(model.predict_proba, X[:20])
    theirs = exact.shap_values(X[:6][ours.rows], nsamples=2 ** len(NAMES), l1_reg=False, silent=True)
    np.testing.assert_allclose(ours.expected, exact.expected_value, atol=1e-9)
    assert np.abs(ours.values - theirs.transpose(2, 0, 1)).max() < 0.05


def test_values_of_a_model_with_pairs_of_columns_are_exact() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 4))
    explainer = Permutation(
        lambda Z: (Z[:, 0] * Z[:, 1] + 2 * Z[:, 2])[:, None], X[:10], unit="target", deadline=Deadline(None), rng=rng
    )
    means = X[:10].mean(axis=0)
    values = explainer.values(X[20:22])[0]
    np.testing.assert_allclose(values[:, 2], 2 * (X[20:22, 2] - means[2]), atol=1e-9)
    np.testing.assert_allclose(values[:, 3], 0.0, atol=1e-9)


def test_text_and_gaps_keep_their_types() -> None:
    frame = pd.DataFrame(
        {
            "town": ["Rome", "Oslo", None, "Rome", "Bern", "Oslo"] * 10,
            "size": pd.array([1, 2, None, 4, 5, 6] * 10, dtype="Int64"),
            "day": pd.to_datetime(pd.Series(["2024-01-01", "2024-02-01", None] * 20)),
            "kind": pd.Categorical(["x", "y", "y"] * 20),
        }
    )
    mixer = Mixer(frame)
    same = mixer.rows(mixer.names)
    pd.testing.assert_frame_equal(same, frame)
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["town", "kind"]))
    model = fitted(frame, ["no", "yes", "yes"] * 20, encode, LogisticRegression())
    result = explain(model, frame, frame[:4], task="classification", feature_names=[*map(str, frame)])
    np.testing.assert_allclose(result.values[:, :, 1:3], 0.0, atol=1e-12)
    output = (result.expected + result.values.sum(axis=2).T)[np.argsort(result.rows)]
    np.testing.assert_allclose(output, model.predict_proba(frame[:4]), atol=1e-9)


@pytest.mark.parametrize("steps", [[Normalizer(), LogisticRegression()], [DecisionTreeClassifier(max_depth=3)]])
def test_sparse_rows_are_explained(steps: list[Any]) -> None:
    X, y = classification(2)
    X = csr_matrix(np.where(X > 0.5, X, 0.0))
    model = fitted(X, y, *steps)
    result = explain(model, X[:50], X[50:60], task="classification", feature_names=NAMES)
    output = result.expected + result.values.sum(axis=2).T
    np.testing.assert_allclose(output, model.predict_proba(X[50:60])[result.rows], atol=1e-6)


class SlowModel:
    """Needs a hundredth of a second for every call, by a clock of its own."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.time = seconds, 0.0

    def predict(self, X: Any) -> Any:
        self.time += self.seconds
        return X[:, 0] + X[:, 1] * X[:, 2]


def test_the_time_limit_gives_a_part_of_the_rows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _ = regression()
    model = SlowModel(0.01)
    monkeypatch.setattr("automl_widgets.explain.explainer.Deadline", lambda s: Deadline(s, lambda: model.time))
    result = explain(model, X, X, task="regression", feature_names=NAMES, time_limit_s=1.0)
    assert 1 <= result.n_rows < 100
    assert result.method == f"permutation, {result.n_rows} of 100 rows, time limit"
    output = result.expected + result.values.sum(axis=1)
    np.testing.assert_allclose(output, model.predict(X[result.rows]), atol=1e-9)


def test_no_row_within_the_time_limit_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    X, _ = regression()
    model = SlowModel(0.5)
    monkeypatch.setattr("automl_widgets.explain.explainer.Deadline", lambda s: Deadline(s, lambda: model.time))
    with pytest.raises(TrialError, match=r"No row could be explained within 1 s. Allow more time"):
        explain(model, X, X, task="regression", feature_names=NAMES, time_limit_s=1.0)


def test_a_short_time_limit_takes_a_smaller_background() -> None:
    X, _ = regression()
    model = SlowModel(0.1)
    deadline = Deadline(0.5, lambda: model.time)
    explainer = Permutation(predictor(model, False), X, unit="target", deadline=deadline, rng=np.random.default_rng(0))
    assert explainer.n_background == 5


def test_columns_without_names_are_refused() -> None:
    X, y = regression()
    with pytest.raises(ValueError, match="must name each column, but got 2 names, X with 6 columns"):
        explain(fitted(X, y, KNeighborsRegressor()), X, X, task="regression", feature_names=["a", "b"])


def test_the_same_seed_gives_the_same_values() -> None:
    X, y = regression()
    model = fitted(X, y, KNeighborsRegressor())
    first, second = (
        explain(model, X, X[:3], task="regression", feature_names=NAMES, random_state=7).values for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
