"""Scripts: run, they give the model that they were written from."""

from __future__ import annotations

import ast
import importlib.util
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from automl_widgets.data.featurize import Featurizer
from automl_widgets.records import Recipe
from automl_widgets.search.build import build
from automl_widgets.search.code import model_to_code, standalone, to_code
from automl_widgets.search.ensemble import PreFittedSoftVoting, StackEnsemble, make_meta_learner
from automl_widgets.search.source import Source
from tests.search.cases import ALL, ROWS, a_case, a_pipeline, a_recipe, predicted


def run(script, folder):
    """Import a script as a module, and return what it builds."""
    path = folder / "code.py"
    path.write_text(script)
    spec = importlib.util.spec_from_file_location("code_of_a_model", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build()


def script_of(recipe, case):
    n_rows, n_features = case.X.shape
    return to_code(recipe, task=case.task, random_state=3, n_rows=n_rows, n_features=n_features)


def kind_of(task):
    return "multiclass" if task == "classification" else "regression"


def raw(case):
    """Return the case with columns of every kind."""

    def columns(X):
        rng = np.random.default_rng(0)
        frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
        return frame.assign(
            a=frame["a"].where(rng.random(len(X)) > 0.1),
            flag=X[:, 3] > 0,
            level=pd.Series(np.digitize(X[:, 4], [-1, 0, 1])).map(lambda k: ["low", "mid", None, "high"][k]),
            many=[f"n{int(value * 9)}" for value in X[:, 5]],
            day=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.abs(X[:, 0] * 50).round(), unit="D"),
            text=[" ".join(rng.choice(["red", "old", "big", "car", "tree"], 4)) for _ in X],
            spare=1,
        )

    return replace(case, X=columns(case.X), X_new=columns(case.X_new))


PURPOSES = (*["numeric"] * 3, "boolean", "categorical", "categorical_hash", "datetime", "text", "ignore")


def featurized(recipe, case, purposes=PURPOSES, **options):
    """Return a recipe's pipeline behind a featurizer, as an iteration has it, fitted."""
    featurizer = Featurizer(purposes, **options)
    n_rows, n_features = featurizer.fit_transform(case.X, case.y).shape
    steps = build(recipe, task=case.task, random_state=3, n_rows=n_rows, n_features=n_features)
    return Pipeline([("datatransformer", featurizer), *steps]).fit(case.X, case.y)


@pytest.mark.parametrize(("task", "name"), ALL)
def test_a_script_alone_rebuilds_the_pipeline_of_every_algorithm(task, name, tmp_path):
    case = raw(a_case("binary" if task == "classification" else "regression"))
    original = featurized(a_recipe(task, name), case)
    script = standalone(model_to_code(original))
    assert not {"automl_widgets", "tests"} & imported(script)
    built = run(script, tmp_path).fit(case.X, case.y)
    np.testing.assert_array_equal(predicted(built, case), predicted(original, case))
    assert (built.predict(case.X_new) == original.predict(case.X_new)).all()


@pytest.mark.parametrize(("columns", "purposes"), [(3, ("numeric",) * 3), (9, (*PURPOSES[:4], *["ignore"] * 5))])
def test_a_featurizer_of_numbers_becomes_scikit_learns_imputer(columns, purposes, tmp_path):
    case = raw(a_case("regression"))
    case = replace(case, X=case.X.iloc[:, :columns], X_new=case.X_new.iloc[:, :columns])
    original = featurized(a_recipe("regression", "LightGBM"), case, purposes)
    script = model_to_code(original)
    assert imported(script) <= {"sklearn", "lightgbm", "numpy"}
    built = run(script, tmp_path).fit(case.X, case.y)
    np.testing.assert_array_equal(predicted(built, case), predicted(original, case))


def test_a_script_runs_where_this_package_is_not(tmp_path):
    case = raw(a_case("binary"))
    script = standalone(model_to_code(featurized(a_recipe("classification", "DecisionTree"), case)))
    (tmp_path / "code.py").write_text(f"{script}\nprint(build())\n")
    blocked = "import sys, runpy; sys.modules['automl_widgets'] = None; runpy.run_path('code.py')"
    done = subprocess.run([sys.executable, "-c", blocked], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "DecisionTreeClassifier(" in done.stdout, done.stderr


def test_a_parameter_that_is_nan_is_written_so_that_it_can_be_read(tmp_path):
    model = Pipeline([("fill", SimpleImputer(missing_values=-1, fill_value=float("nan"), strategy="constant"))])
    fill = run(model_to_code(pickle.loads(pickle.dumps(model))), tmp_path).steps[0][1]
    assert np.isnan(fill.fill_value)
    assert "SimpleImputer()" in model_to_code(Pipeline([("fill", SimpleImputer(missing_values=float("nan")))]))


def test_two_definitions_of_a_name_cannot_be_in_one_script():
    source = Source()
    source.add("automl_widgets.search.spaces", "Space")
    with pytest.raises(ValueError, match=r"Space is defined in elsewhere and in automl_widgets.search.spaces"):
        source.add("elsewhere", "Space")


@pytest.mark.parametrize(("task", "preprocessor", "name", "changes"), ROWS)
def test_a_script_says_all_parameters_of_every_recipe(task, preprocessor, name, changes, tmp_path):
    recipe, case = Recipe(algorithm=name, preprocessor=preprocessor, parameters=changes), a_case(kind_of(task))
    built, original = run(script_of(recipe, case), tmp_path), a_pipeline(recipe, case, random_state=3)
    for (_, one), (_, other) in zip(built.steps, original.steps, strict=True):
        assert str(one.get_params()) == str(other.get_params())


def imported(script):
    tree = ast.parse(script)
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return {module.split(".")[0] for module in modules}


@pytest.mark.parametrize(("task", "name"), ALL)
def test_a_script_needs_scikit_learn_and_the_learners_library_alone(task, name):
    script = script_of(a_recipe(task, name), a_case(kind_of(task)))
    assert imported(script) <= {"__future__", "typing", "sklearn", "lightgbm", "xgboost", "catboost", "numpy"}
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
    case = raw(a_case("binary"))
    model = featurized(a_recipe("classification", "LogisticRegression"), case)
    script = model_to_code(model, 'Iteration 3: the "best"')
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
