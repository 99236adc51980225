"""What tells of a run: its report, figures and comparisons, on a real one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from automl_widgets import (
    AutoMLConfig,
    AutoMLRun,
    Experiment,
    NotFoundError,
    RunStateError,
    Workspace,
    retrieve_model_explanation,
)


def test_the_report_of_a_real_run_shows_its_best_model(finished: AutoMLRun, tmp_path: Path) -> None:
    page = finished.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 3_000_000
    for text in ("Confusion matrix", "What each feature adds", "def build():"):
        assert text in page


def test_the_stored_sample_is_a_part_of_the_explanation(finished: AutoMLRun) -> None:
    best, _ = finished.get_output()
    values, expected, _, names, *_ = retrieve_model_explanation(best)
    part = json.loads((best.folder / "explanation.json").read_text())
    assert part["features"] == names
    assert part["outputs"][0]["label"] == "yes"
    np.testing.assert_allclose(part["outputs"][0]["expected"], expected[1], rtol=1e-3)
    ours = np.array(part["outputs"][0]["values"])
    theirs = values[1][:, [finished.record.profile.feature_names.index(name) for name in names]].T
    np.testing.assert_allclose(ours, theirs[:, : ours.shape[1]], rtol=1e-3, atol=1e-9)


def test_every_figure_of_a_real_iteration_is_drawn(finished: AutoMLRun) -> None:
    best, _ = finished.get_output()
    names = best.figure_names()
    assert {"roc", "thresholds", "beeswarm", "waterfall", "permutation_importance"} <= set(names)
    feature = finished.record.profile.feature_names[0]
    for name in names:
        figure = best.figure(name, feature=feature if name == "partial_dependence" else None)
        assert figure.data
        assert figure.layout.title.text.endswith(f"iteration {best.iteration}")


def test_the_rows_of_a_dependence_are_those_that_were_explained(finished: AutoMLRun) -> None:
    best, _ = finished.get_output()
    names = list(finished.record.profile.feature_names)
    figure = best.figure("dependence", feature=names[1], label="yes")
    with np.load(best.folder / "explanation.npz") as stored:
        values, rows = stored["values"], stored["rows"]
    np.testing.assert_allclose(figure.data[0].y, values[1, :, 1])
    assert len(figure.data[0].x) == len(rows) == 20


def test_the_partial_dependence_of_one_class_is_one_minus_the_others(finished: AutoMLRun) -> None:
    best, _ = finished.get_output()
    feature = finished.record.profile.feature_names[0]
    no, yes = (best.figure("partial_dependence", feature=feature, label=label).data[-1].y for label in ("no", "yes"))
    np.testing.assert_allclose(np.add(no, yes), 1.0)


def test_figures_that_cannot_be_drawn_are_refused_with_a_reason(finished: AutoMLRun) -> None:
    best, _ = finished.get_output()
    other = next(child for child in finished.get_children() if child.iteration != best.iteration)
    for call, error, words in (
        (lambda: best.figure("rok"), NotFoundError, "No figure 'rok'"),
        (lambda: best.figure("predicted_true"), NotFoundError, "there are confusion, roc"),
        (lambda: other.figure("beeswarm"), NotFoundError, "run.explain"),
        (lambda: best.figure("partial_dependence"), NotFoundError, "Give `feature`"),
        (lambda: best.figure("partial_dependence", feature="x"), NotFoundError, "Give `feature`"),
        (lambda: best.figure("waterfall", label="maybe"), NotFoundError, "No class 'maybe'"),
    ):
        with pytest.raises(error, match=words):
            call()


def test_two_iterations_are_compared_on_the_folds_of_both(finished: AutoMLRun) -> None:
    found = finished.compare(0, 1)
    for scores, i in zip(found.scores, (0, 1), strict=True):
        stored = finished.store.iteration(finished.run_id, i).result
        assert stored is not None
        np.testing.assert_allclose(scores, stored.fold_scores)
    assert found.test is not None
    assert found.test.n_folds == 3
    assert 0 <= found.p_value <= 1
    assert found.errors.loc["all", "rows"] == 200
    assert list(found.errors.index) == ["all", "no", "yes"]
    assert {trace.name.split(":")[0] for trace in found.figure("roc").data} == {"chance", "0", "1"}
    assert "corrected resampled t test over 3 folds" in str(found)
    assert "<table" in found._repr_html_()


def test_a_comparison_by_another_metric_and_what_is_refused(finished: AutoMLRun) -> None:
    assert finished.compare(0, 1, "log_loss").goal == "min"
    with pytest.raises(NotFoundError, match="r2_score"):
        finished.compare(0, 1, "r2_score")
    with pytest.raises(NotFoundError, match="99"):
        finished.compare(0, 99)


def test_of_one_fold_there_is_no_test_but_a_table(tmp_path: Path) -> None:
    X = np.random.default_rng(0).normal(size=(120, 3))
    config = AutoMLConfig(
        task="regression", X=X, y=X[:, 0] * 2, iterations=2, validation_size=0.3, enable_voting_ensemble=False,
        enable_stack_ensemble=False, model_explainability=False, debug_log=None, primary_metric="r2_score",
        allowed_models=["ElasticNet", "DecisionTree"],
    )  # fmt: skip
    run = Experiment(Workspace.create(path=tmp_path), "one").submit(config)
    run.wait_for_completion()
    found = run.compare(0, 1)
    assert found.test is found.p_value is None
    assert "at least two folds" in str(found)
    assert found.large is not None
    with pytest.raises(RunStateError, match="only those that completed are compared"):
        _unfinished(run).compare(0, 1)


def _unfinished(run: AutoMLRun) -> AutoMLRun:
    run.store.update_iteration(run.run_id, 1, state="failed")
    return run
