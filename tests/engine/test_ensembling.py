"""Votes and stacks of iterations that have ended."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from automl_widgets.engine import artifacts
from automl_widgets.engine.result import truth_of
from automl_widgets.errors import TrialError
from automl_widgets.records import Recipe
from tests.engine.bench import FOREST, LOGISTIC, NEIGHBOURS, Bench, blobs

KINDS = ["VotingEnsemble", "StackEnsemble"]


@pytest.fixture
def bench(tmp_path):
    X, y = blobs()
    bench = Bench(tmp_path, X=X, y=y, n_folds=3, metric="AUC_weighted")
    for i, recipe in enumerate([LOGISTIC, FOREST, NEIGHBOURS, Recipe(algorithm="DecisionTree")]):
        bench.run(recipe, i)
    return bench


def test_a_vote_is_no_worse_than_its_best_member(bench):
    result = bench.combine("VotingEnsemble")
    assert result.score >= max(member.score for member in bench.members)
    assert sum(result.weights) == pytest.approx(1)
    assert set(result.members) <= {0, 1, 2, 3}


@pytest.mark.parametrize("kind", KINDS)
def test_its_scores_are_those_of_its_stored_predictions(bench, kind):
    result = bench.combine(kind)
    truth = truth_of(bench.spec(LOGISTIC), bench.table.data)
    assert [fold["AUC_weighted"] for fold in bench.held(9).scores(truth)] == pytest.approx(result.fold_scores)
    assert result.score == result.metrics["AUC_weighted"] == pytest.approx(np.mean(result.fold_scores))
    assert len(result.fold_scores) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_its_model_is_a_pipeline_of_one_step_that_predicts_labels(bench, kind):
    bench.combine(kind)
    X, y = blobs()
    model = bench.model(9)
    assert list(model.named_steps) == [kind]
    assert model.classes_.tolist() == ["no", "perhaps", "yes"]
    assert np.mean(model.predict(X) == y) > 0.55
    assert model.predict_proba(X).sum(axis=1) == pytest.approx(1)


def test_a_vote_shows_its_members_and_weights(bench):
    result = bench.combine("VotingEnsemble")
    step = bench.model(9).steps[0][1]
    assert [name for name, _ in step.estimators] == [str(i) for i in result.members]
    assert list(step.weights) == list(result.weights)
    assert all("datatransformer" in pipeline.named_steps for _, pipeline in step.estimators)


def test_a_stack_shows_its_members_and_its_second_model(bench):
    result = bench.combine("StackEnsemble", stack_meta_learner="LogisticRegressionCV")
    step = bench.model(9).steps[0][1]
    assert [name for name, _ in step._base_learners] == [str(i) for i in result.members]
    assert type(step._meta_learner).__name__ == "LogisticRegressionCV"
    assert len(result.members) >= 3


def test_the_diagram_has_the_members_by_weight(bench):
    bench.combine("VotingEnsemble")
    nodes = json.loads((bench.folder / "9" / "pipeline.json").read_text())
    weights = [member["weight"] for member in nodes["members"]]
    assert weights == sorted(weights, reverse=True)
    assert nodes["model"]["title"] == "Voting"


def test_the_log_says_that_the_score_flatters(bench, capfd):
    bench.combine("VotingEnsemble")
    assert "chosen on the rows that these scores are of" in capfd.readouterr().err


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_members_give_the_same_bits(bench, kind):
    assert bench.combine(kind, 8).metrics == bench.combine(kind, 9).metrics


@pytest.mark.parametrize("kind", KINDS)
def test_one_member_is_an_ensemble_too(tmp_path, kind):
    X, y = blobs()
    bench = Bench(tmp_path, X=X, y=y, n_folds=3)
    bench.run(LOGISTIC)
    assert bench.combine(kind).members == (0,)


@pytest.mark.parametrize("kind", KINDS)
def test_regression(tmp_path, kind):
    X, _ = blobs()
    y = np.sin(X[:, 0]) + X[:, 1]
    bench = Bench(tmp_path, task="regression", metric="root_mean_squared_error", X=X, y=y, n_folds=3)
    singles = [bench.run(recipe, i).score for i, recipe in enumerate([Recipe(algorithm="ElasticNet"), NEIGHBOURS])]
    result = bench.combine(kind)
    assert result.score < max(singles)
    assert bench.model(9).predict(X).shape == (120,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", [{"n_folds": 4, "validation_size": 0.3}, {"validation_size": 0.3}, "valid"])
def test_every_validation_scheme(tmp_path, kind, scheme):
    X, y = blobs()
    if scheme == "valid":
        bench = Bench(tmp_path, X=X[:80], y=y[:80], X_valid=X[80:], y_valid=y[80:])
    else:
        bench = Bench(tmp_path, X=X, y=y, **scheme)
    for i, recipe in enumerate([LOGISTIC, NEIGHBOURS]):
        bench.run(recipe, i)
    assert bench.combine(kind).score > 0.5


def test_nothing_to_combine_is_an_error(tmp_path):
    X, y = blobs()
    bench = Bench(tmp_path, X=X, y=y, n_folds=3)
    with pytest.raises(TrialError, match="nothing to combine"):
        bench.combine("VotingEnsemble")


@pytest.mark.parametrize("kind", KINDS)
def test_models_that_there_is_no_time_to_read_are_left_out(bench, kind, monkeypatch, capfd):
    sizes = {member.folder: artifacts.model_mb(member.folder) for member in bench.members}
    best = max(bench.members, key=lambda member: member.score)
    largest = max((m for m in bench.members if m != best), key=lambda member: sizes[member.folder])
    monkeypatch.setattr(artifacts, "model_mb", lambda folder: 10_000.0 if folder == largest.folder else 0.001)
    result = bench.combine(kind, ends_at=time.monotonic() + 30)
    assert best.iteration in result.members
    assert largest.iteration not in result.members
    assert (
        f"without iteration {largest.iteration}, {largest.name}: no time to read its 10,000.0 MB"
        in capfd.readouterr().err
    )


def test_no_time_for_any_model_is_an_error(bench):
    with pytest.raises(TrialError, match="no time to read"):
        bench.combine("VotingEnsemble", ends_at=time.monotonic() - 1)
