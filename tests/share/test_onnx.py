"""Models as ONNX, where the converters are installed: they predict the same, or they are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from sklearn.svm import LinearSVC

from automl_widgets.data.featurize import Featurizer
from automl_widgets.errors import NotSupportedError
from automl_widgets.search.ensemble import PreFittedSoftVoting, StackEnsemble, fit_stack
from automl_widgets.search.estimators import Calibrated, FeatureCrosses, LabelEncoded

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("skl2onnx")
pytest.importorskip("onnxmltools")

from automl_widgets.share.onnx_model import to_onnx  # noqa: E402

X = np.random.default_rng(7).normal(3.0, 5.0, size=(150, 3))
X[::7, 1] = np.nan
SIGNAL = np.nan_to_num(X[:, 0] + X[:, 1])
LABELS = np.array(["a", "b", "c"])[np.digitize(SIGNAL, [3.0, 8.0])]
QUIET = {"n_estimators": 10, "verbosity": -1, "n_jobs": 1}


def pipeline(scaler: Any, learner: Any, y: Any) -> Pipeline:
    return Pipeline([("datatransformer", Featurizer(("numeric",) * 3)), ("s", scaler), ("l", learner)]).fit(X, y)


def predicted(model: Any) -> list[Any]:
    return list(onnxruntime.InferenceSession(to_onnx(model)).run(None, {"X": X.astype(np.float32)}))


def classifiers(y: Any) -> list[tuple[str, Pipeline]]:
    learners = (LogisticRegression(), LGBMClassifier(**QUIET), LabelEncoded(ExtraTreesClassifier(5, random_state=0)))
    return [(str(k), pipeline(StandardScaler(), learner, y)) for k, learner in enumerate(learners)]


@pytest.mark.parametrize("y", [LABELS, np.where(LABELS == "a", 7, 3)], ids=["three texts", "two numbers"])
def test_classifiers_and_their_ensembles_predict_the_same(y: Any) -> None:
    members, classes = classifiers(y), np.unique(y)
    vote = PreFittedSoftVoting(members, weights=[0.5, 0.3, 0.2], classes=classes)
    held = np.array([model.predict_proba(X) for _, model in members])
    meta = fit_stack(held, np.searchsorted(classes, y), np.arange(len(y)) % 5, LogisticRegression()).meta_learner
    stack = StackEnsemble(members, meta, classes=classes)
    for model in (*(m for _, m in members), Pipeline([("vote", vote)]), Pipeline([("stack", stack)])):
        label, probabilities = predicted(model)
        assert np.mean(label == model.predict(X)) > 0.98
        assert np.mean(np.abs(probabilities - model.predict_proba(X)).max(axis=1) < 1e-3) > 0.98


def test_regressors_and_their_ensembles_predict_the_same() -> None:
    scaled = TransformedTargetRegressor(Ridge(), transformer=StandardScaler(), check_inverse=False)
    members = [
        ("0", pipeline(StandardScaler(), scaled, SIGNAL)),
        ("1", pipeline(MaxAbsScaler(), LGBMRegressor(**QUIET), SIGNAL)),
        ("2", pipeline(FeatureCrosses("regression", random_state=0), LGBMRegressor(**QUIET), SIGNAL)),
    ]
    held = np.array([model.predict(X) for _, model in members])
    meta = fit_stack(held, SIGNAL, np.arange(len(SIGNAL)) % 5, Ridge()).meta_learner
    ensembles = [PreFittedSoftVoting(members), StackEnsemble(members, meta)]
    for model in (*(m for _, m in members), *(Pipeline([("e", e)]) for e in ensembles)):
        assert predicted(model)[-1].ravel() == pytest.approx(model.predict(X), abs=1e-3)


def test_what_a_converter_gets_wrong_is_refused() -> None:
    model = pipeline(StandardScaler(), KNeighborsRegressor(weights="distance"), SIGNAL)
    with pytest.raises(NotSupportedError, match="The ONNX form of this model predicts otherwise"):
        to_onnx(model)


def test_what_has_no_converter_is_refused() -> None:
    with pytest.raises(NotSupportedError, match=r"This model has no ONNX form: .*Calibrated"):
        to_onnx(pipeline(StandardScaler(), Calibrated(LinearSVC()), LABELS))


def test_columns_that_are_no_numbers_are_refused_by_name() -> None:
    import pandas as pd

    frame = pd.DataFrame({"age": X[:, 0], "city": np.where(X[:, 2] > 0, "Oslo", "Rome")})
    steps = [("datatransformer", Featurizer(("numeric", "categorical"))), ("l", LogisticRegression())]
    with pytest.raises(NotSupportedError, match=r"Only columns of numbers .* but there are city \(categorical\)"):
        to_onnx(Pipeline(steps).fit(frame, LABELS))
