"""Scripts: run, they give the model that they were written from."""

from __future__ import annotations

import ast
import importlib.util

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from automl_widgets.records import Recipe
from automl_widgets.search.code import model_to_code, to_code
from automl_widgets.search.ensemble import PreFittedSoftVoting, StackEnsemble, make_meta_learner
from tests.search.cases import ALL, ROWS, a_case, a_pipeline, a_recipe, predicted


def run(script, folder):
    """Import a script as a module, and return what it builds."""
    path = folder / "code.py"
    path.write_text(script)
    spec = importlib.util.spec_from_file_location("code_of_a_model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build()


def script_of(recipe, case):
    n_rows, n_features = case.X.shape
    return to_code(recipe, task=case.task, random_state=3, n_rows=n_rows, n_features=n_features)


def kind_of(task):
    return "multiclass" if task == "classification" else "regression"


@pytest.mark.parametrize(("task", "name"), ALL)
def test_a_script_rebuilds_the_pipeline_of_every_algorithm(task, name, tmp_path):
    case = a_case("binary" if task == "classification" else "regression")
    recipe = a_recipe(task, name)
    built = run(script_of(recipe, case), tmp_path).fit(case.X, case.y)
    original = a_pipeline(recipe, case, random_state=3).fit(case.X, case.y)
    np.testing.assert_array_equal(predicted(built, case), predicted(original, case))
    assert (built.predict(case.X_new) == original.predict(case.X_new)).all()


@pytest.mark.parametrize(("task", "preprocessor", "name", "changes"), ROWS)
def test_a_script_says_all_parameters_of_every_recipe(task, preprocessor, name, changes, tmp_path):
    recipe, case = Recipe(algorithm=name, preprocessor=preprocessor, parameters=changes), a_case(kind_of(task))
    built, original = run(script_of(recipe, case), tmp_path), a_pipeline(recipe, case, random_state=3)
    for (_, one), (_, other) in zip(built.steps, original.steps, strict=True):
        assert str(one.get_params()) == str(other.get_params())


def imported(script):
    tree = ast.parse(script)
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {module.split(".")[0] for module in modules}


@pytest.mark.parametrize(("task", "name"), ALL)
def test_a_script_needs_scikit_learn_and_the_learners_library_alone(task, name):
    script = script_of(a_recipe(task, name), a_case(kind_of(task)))
    assert imported(script) <= {"__future__", "typing", "sklearn", "lightgbm", "xgboost", "catboost"}
    assert max(map(len, script.splitlines())) <= 120, script


def test_a_script_reads_like_one_that_a_person_wrote():
    case = a_case("regression")
    assert script_of(a_recipe("regression", "KNN"), case) == (
        '"""StandardScalerWrapper KNN."""\n'
        "\n"
        "from sklearn.neighbors import KNeighborsRegressor\n"
        "from sklearn.pipeline import Pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "\n"
        "\n"
        "def build():\n"
        '    """Return the model, unfitted."""\n'
        "    return Pipeline(\n"
        "        steps=[\n"
        '            ("StandardScalerWrapper", StandardScaler()),\n'
        '            ("KNN", KNeighborsRegressor(n_neighbors=10, weights="distance", n_jobs=1)),\n'
        "        ],\n"
        "    )\n"
        "\n"
        "\n"
        "# X is a table of shape (n_rows, n_columns), y its target:\n"
        "#\n"
        "#     model = build()\n"
        "#     model.fit(X, y)\n"
        "#     model.predict(X)\n"
    )


def test_a_script_says_how_weights_are_given():
    script = script_of(a_recipe("regression", "ElasticNet"), a_case("regression"))
    assert "model.fit(X, y)  # and ElasticNet__sample_weight=weights, if" in script


def test_a_featurizer_is_imported_and_named(tmp_path):
    from automl_widgets.data.featurize import Featurizer

    case = a_case("binary")
    pipeline = a_pipeline(a_recipe("classification", "LogisticRegression"), case)
    model = Pipeline([("datatransformer", Featurizer(("numeric",) * 6)), *pipeline.steps])
    script = model_to_code(model.fit(case.X, case.y), 'Iteration 3: the "best"')
    assert "The step `datatransformer` makes numbers of raw columns" in script
    built = run(script, tmp_path).fit(case.X, case.y)
    np.testing.assert_array_equal(predicted(built, case), predicted(model, case))


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_a_vote_becomes_scikit_learns_own(kind, tmp_path):
    case = a_case(kind)
    names = ("DecisionTree", "DecisionTree", "KNN")
    members = [(n, a_pipeline(a_recipe(case.task, n), case).fit(case.X, case.y)) for n in names]
    classes = np.unique(case.y) if kind == "multiclass" else None
    vote = PreFittedSoftVoting(members, [0.5, 0.25, 0.25], classes)
    built = run(model_to_code(vote, "VotingEnsemble"), tmp_path).fit(case.X, case.y)
    np.testing.assert_allclose(predicted(built, case), predicted(vote, case))


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_a_stack_becomes_scikit_learns_own(kind, tmp_path):
    case = a_case(kind)
    names = ("DecisionTree", "ExtremeRandomTrees", "KNN")
    members = [(n, a_pipeline(a_recipe(case.task, n), case).fit(case.X, case.y)) for n in names]
    classes = np.unique(case.y) if kind == "multiclass" else None
    stack = StackEnsemble(members, make_meta_learner(case.task), classes)
    built = run(model_to_code(stack, "StackEnsemble"), tmp_path).fit(case.X, case.y)
    assert built.score(case.X, case.y) > 0.7
    assert predicted(built, case).shape == predicted(stack.fit(case.X, case.y), case).shape
