"""One iteration in a worker, without the worker: what it returns and which files it leaves."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets.diagnostics.rounds import learning_curve
from automl_widgets.engine import trial
from automl_widgets.engine.result import truth_of
from automl_widgets.records import Explanation, Recipe, decode, encode
from tests.engine.bench import FOREST, LOGISTIC, Bench, blobs

XGBOOST = Recipe(algorithm="XGBoostClassifier", parameters={"n_estimators": 300})


@pytest.fixture
def bench(tmp_path):
    X, y = blobs()
    return Bench(tmp_path, X=X, y=y, n_folds=3)


def test_an_iteration_has_a_score_for_each_fold_and_their_mean(bench):
    result = bench.run(LOGISTIC)
    assert len(result.fold_scores) == 3
    assert result.score == result.metrics["accuracy"] == np.mean(result.fold_scores)
    assert result.spread == np.std(result.fold_scores, ddof=1)
    assert result.score > 0.6
    assert result.changed_parameters == ("max_iter",)
    assert result.parameters["max_iter"] == 300


def test_it_reports_each_fold_when_it_is_done(bench):
    result = bench.run(LOGISTIC)
    assert [r["stage"] for r in bench.reports] == ["fold 1 of 3", "fold 2 of 3", "fold 3 of 3", "refit"]
    assert [r.get("score") for r in bench.reports] == [None, *result.fold_scores]


def test_a_recipe_that_falls_behind_is_not_given_its_other_folds_and_still_has_a_model(bench):
    result = bench.run(LOGISTIC, least_scores=(1.1, 1.1, 1.1))
    assert len(result.fold_scores) == 1
    assert result.warnings == ("scored on 1 of 3 folds: too far behind the best LogisticRegression",)
    assert [r["stage"] for r in bench.reports] == ["fold 1 of 3", "refit"]
    assert (bench.folder / "0" / "model.pkl").exists()
    assert len(bench.run(LOGISTIC, least_scores=(0.0, 0.0, 0.0)).fold_scores) == 3


def test_it_leaves_a_model_predictions_code_and_a_diagram(bench):
    bench.run(LOGISTIC)
    assert sorted(path.name for path in (bench.folder / "0").iterdir()) == [
        "code.py", "diagnostics.json", "model.pkl", "oof.npz", "pipeline.json"
    ]  # fmt: skip
    columns = json.loads((bench.folder / "0" / "pipeline.json").read_text())["columns"]
    assert [c["title"] for c in columns] == ["data", "Featurizer", "StandardScaler", "LogisticRegression"]
    assert columns[-1]["detail"] == "3 classes"


def test_the_model_of_all_rows_predicts_the_labels_that_the_user_gave(bench):
    bench.run(LOGISTIC)
    X, y = blobs()
    model = bench.model()
    assert [name for name, _ in model.steps] == ["datatransformer", "StandardScalerWrapper", "LogisticRegression"]
    assert model.classes_.tolist() == ["no", "perhaps", "yes"]
    assert np.mean(model.predict(X) == y) > 0.6


@pytest.mark.parametrize("labels", [(3, 7), (False, True), (0.5, 1.5)])
@pytest.mark.parametrize("recipe", [LOGISTIC, Recipe(algorithm="SVM"), Recipe(algorithm="XGBoostClassifier")])
def test_labels_keep_their_type(tmp_path, labels, recipe):
    X, y = blobs(40, labels)
    bench = Bench(tmp_path, X=X, y=y, n_folds=2)
    bench.run(recipe)
    predicted = bench.model().predict(X)
    assert predicted.dtype == y.dtype
    assert np.mean(predicted == y) > 0.6


def test_the_stored_predictions_give_the_reported_scores(bench):
    result = bench.run(FOREST)
    with np.load(bench.folder / "0" / "oof.npz") as arrays:
        assert arrays["prediction"].shape == (120, 3)
        assert sorted(np.unique(arrays["fold"])) == [0, 1, 2]
    scores = bench.held().scores(truth_of(bench.spec(FOREST), bench.table.data))
    assert [fold["accuracy"] for fold in scores] == list(result.fold_scores)


def test_the_same_seed_gives_the_same_bits(bench):
    one, other = bench.run(FOREST, 0), bench.run(FOREST, 1)
    assert (one.metrics, one.fold_scores) == (other.metrics, other.fold_scores)
    assert np.array_equal(bench.held(0).pooled(), bench.held(1).pooled())


def test_regression(tmp_path):
    X, _ = blobs()
    y = X @ [1.0, 2.0, 0.0, 0.0] + 5
    bench = Bench(tmp_path, task="regression", metric="normalized_root_mean_squared_error", X=X, y=y, n_folds=4)
    result = bench.run(Recipe(algorithm="ElasticNet", preprocessor="StandardScalerWrapper", parameters={"alpha": 1e-4}))
    assert result.score < 0.01
    assert result.metrics["r2_score"] > 0.99
    assert bench.held().pooled().shape == (120,)
    assert bench.model().predict(X) == pytest.approx(y, abs=0.05)


def test_validation_data_is_one_fold_and_its_predictions_are_stored(tmp_path):
    X, y = blobs()
    bench = Bench(tmp_path, X=X[:80], y=y[:80], X_valid=X[80:], y_valid=y[80:])
    result = bench.run(LOGISTIC)
    assert len(result.fold_scores) == 1
    assert result.spread is None
    with np.load(bench.folder / "0" / "oof.npz") as arrays:
        assert (str(arrays["rows"]), arrays["fold"].tolist()) == ("valid", [0] * 40)


@pytest.mark.parametrize("recipe", [LOGISTIC, XGBOOST, Recipe(algorithm="LightGBM", parameters={"n_estimators": 300})])
@pytest.mark.parametrize("labels", [("no", "yes"), (0.5, 1.5), (3, 7, 9)])
def test_with_validation_data_the_model_is_fitted_once_and_is_the_one_that_was_scored(tmp_path, recipe, labels):
    X, y = blobs(400, labels)
    bench = Bench(tmp_path, X=X[:300], y=y[:300], X_valid=X[300:], y_valid=y[300:])
    result = bench.run(recipe)
    model = bench.model()
    assert result.metrics["accuracy"] == np.mean(model.predict(X[300:]) == y[300:])
    assert model.classes_.tolist() == list(labels)
    assert result.refit_s < 0.5 * result.fit_s
    if "n_estimators" in recipe.parameters:
        rounds = result.parameters["n_estimators"]
        assert rounds < 300
        assert learning_curve(model, (X[:9], y[:9]), (X[:9], y[:9]), is_classifier=True)["round"][-1] == rounds


def test_of_a_hold_out_the_model_is_kept_where_another_would_take_too_much_of_the_time(tmp_path, capfd):
    X, y = blobs(1000)
    bench = Bench(tmp_path, X=X, y=y, validation_size=0.2)
    kept = bench.run(FOREST, boosting_s=1e-3)
    assert "the model is that of the fold, of 800 of 1,000 rows: " in capfd.readouterr().err
    rows = bench.held().rows[0]
    assert kept.metrics["accuracy"] == np.mean(bench.model().predict(X[rows]) == y[rows])
    again = bench.run(FOREST, boosting_s=60.0)
    assert "the model is that of the fold" not in capfd.readouterr().err
    assert again.fold_scores == kept.fold_scores
    assert bench.run(FOREST).fold_scores == kept.fold_scores


def test_of_a_hold_out_the_model_is_kept_where_the_run_ends_before_another(tmp_path, capfd):
    X, y = blobs(3000)
    bench = Bench(tmp_path, X=X, y=y, validation_size=0.2)
    slow = Recipe(algorithm="RandomForest", parameters={"n_estimators": 300})
    usual_s = bench.run(slow).fit_s
    bench.run(slow, time_limit_s=1.6 * usual_s, boosting_s=60.0)
    assert "the model is that of the fold" in capfd.readouterr().err


def test_boosting_with_time_for_few_rounds_learns_faster_and_says_so(tmp_path, capfd):
    X, y = blobs(4000)
    bench = Bench(tmp_path, X=X, y=y, validation_size=0.2)
    recipe = Recipe(algorithm="LightGBM", parameters={"n_estimators": 1000, "learning_rate": 0.01})
    result = bench.run(recipe, boosting_s=0.2)
    rate = result.parameters["learning_rate"]
    assert 0.01 < rate <= 0.3
    assert f"learning_rate={rate}" in (bench.folder / "0" / "code.py").read_text()
    assert bench.model().steps[-1][1].learning_rate == rate
    assert f"learning rate {rate:g} in place of 0.01: " in capfd.readouterr().err


def test_random_splits_keep_every_prediction(tmp_path):
    X, y = blobs()
    bench = Bench(tmp_path, X=X, y=y, n_folds=4, validation_size=0.4)
    result = bench.run(LOGISTIC)
    assert [len(rows) for rows in bench.held().rows] == [48] * 4
    scores = bench.held().scores(truth_of(bench.spec(LOGISTIC), bench.table.data))
    assert [fold["accuracy"] for fold in scores] == pytest.approx(result.fold_scores)


def test_a_class_that_a_fold_never_saw_has_probability_zero(tmp_path):
    X, y = blobs(60)
    first = np.flatnonzero(y != "yes")[:30]
    rest = np.setdiff1d(np.arange(60), first)
    bench = Bench(tmp_path, X=X, y=y, cv_splits_indices=[(first, rest), (rest, first)])
    bench.run(LOGISTIC)
    assert bench.held().predictions[0][:, 2].max() == 0
    assert bench.held().predictions[0].sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("recipe", [LOGISTIC, FOREST])
def test_weights_change_the_fit_and_the_score(tmp_path, recipe):
    X, y = blobs()
    plain = Bench(tmp_path, X=X, y=y, n_folds=3).run(recipe, 0)
    weights = np.where(y == "yes", 5.0, 0.1)
    weighted = Bench(tmp_path, X=X, y=y, n_folds=3, sample_weight=weights).run(recipe, 1)
    assert weighted.metrics["log_loss"] != plain.metrics["log_loss"]
    assert weighted.warnings == ()


def test_a_learner_without_weights_says_so(tmp_path, capfd):
    X, y = blobs()
    bench = Bench(tmp_path, X=X, y=y, n_folds=3, sample_weight=np.ones(120))
    result = bench.run(Recipe(algorithm="KNN", preprocessor="StandardScalerWrapper"))
    assert result.warnings == ("KNN takes no weights of rows: fitted without, scored with them",)
    assert "WARN KNN takes no weights" in capfd.readouterr().err


def test_the_positive_label_decides_binary_scores(tmp_path):
    X, y = blobs(90, ("a", "b", "b"))
    recall = [
        Bench(tmp_path, X=X, y=y, n_folds=3, positive_label=label).run(LOGISTIC, i).metrics["recall_score_binary"]
        for i, label in enumerate(["a", "b"])
    ]
    assert recall[0] != recall[1]


@pytest.mark.parametrize("featurization", ["auto", "off"])
def test_sparse_tables(tmp_path, featurization):
    X, y = blobs()
    bench = Bench(tmp_path, featurization=featurization, X=sparse.csr_matrix(np.abs(X)), y=y, n_folds=3)
    assert bench.run(Recipe(algorithm="LightGBM", preprocessor="MaxAbsScaler")).score > 0.5
    assert len(bench.model().predict(sparse.csr_matrix(np.abs(X)))) == 120


def test_frames_with_text_and_holes(tmp_path):
    X, y = blobs(labels=("no", "yes"))
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["city"] = np.where(y == "yes", "Oslo", "Rome")
    frame.loc[::7, "a"] = None
    bench = Bench(tmp_path, X=frame, y=y, n_folds=3)
    assert bench.run(LOGISTIC).score > 0.95
    assert (bench.model().predict(frame) == y).mean() > 0.95


def test_warnings_are_kept_once_each(bench, capfd):
    recipe = Recipe(algorithm="LogisticRegression", parameters={"max_iter": 2, "C": 1e3})
    result = bench.run(recipe)
    assert len(result.warnings) == 1
    assert result.warnings[0].startswith("ConvergenceWarning: ")
    log = capfd.readouterr().err
    assert log.count("ConvergenceWarning") == 1
    assert "WARN sklearn/linear_model/" in log


def test_the_log_has_a_line_for_each_fold_with_the_time(bench, capfd):
    bench.run(LOGISTIC)
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].endswith("iteration 0: StandardScalerWrapper LogisticRegression, 3 folds, 1 thread")
    assert [line.split()[2] for line in lines if " fold " in line] == ["fold"] * 3
    assert lines[2].endswith(" LogisticRegression(max_iter=300)")
    assert "fold 1/3  accuracy 0." in lines[3]


def test_a_metric_that_no_fold_can_have_is_not_a_number(tmp_path):
    X, y = blobs(60, ("a", "b"))
    parts = [np.flatnonzero(y == label)[:10] for label in ("a", "b")]
    splits = [(np.setdiff1d(np.arange(60), part), part) for part in parts]
    result = Bench(tmp_path, metric="AUC_weighted", X=X, y=y, cv_splits_indices=splits).run(LOGISTIC)
    assert math.isnan(result.score)
    assert result.metrics["accuracy"] > 0.4


def test_what_a_learner_raises_is_raised(bench):
    with pytest.raises(ValueError, match=r"The 'C' parameter"):
        bench.run(Recipe(algorithm="LogisticRegression", parameters={"C": -1.0}))


@pytest.mark.parametrize("given", [True, False])
def test_an_explanation_tells_which_feature_counts(tmp_path, given):
    X, y = blobs()
    bench = Bench(tmp_path, X=X, y=y, n_folds=3, **({"X_valid": X[:7]} if given else {}))
    bench.run(LOGISTIC)
    spec = encode(bench.spec(LOGISTIC))
    found = decode(Explanation, trial.run_explanation(bench.table.data, bench.report, spec=spec, time_limit_s=20.0))
    assert (found.state, found.classes) == ("completed", ("no", "perhaps", "yes"))
    assert found.n_rows == 7 if given else found.n_rows >= 100
    assert np.argmax(found.overall) == 0
    with np.load(bench.folder / "0" / "explanation.npz") as arrays:
        assert arrays["values"].shape == (3, found.n_rows, 4)
        assert str(arrays["source"]) == ("X_explain" if given else "X")


def test_a_model_is_a_plain_pickle(bench):
    bench.run(FOREST)
    assert hasattr(pickle.loads((bench.folder / "0" / "model.pkl").read_bytes()), "named_steps")
