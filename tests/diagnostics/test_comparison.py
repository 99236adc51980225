"""Whether two models differ, and where: against scipy, the published formula, and counts by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import confusion_matrix

from automl_widgets.diagnostics.comparison import class_overlaps, corrected_t_test, value_overlaps


def test_without_the_correction_it_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 8))
    found, theirs = corrected_t_test(a - b, n_train=1e12, n_test=1), stats.ttest_rel(a, b)
    assert (found.t, found.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert found.interval == pytest.approx(tuple(theirs.confidence_interval(0.95)))


def test_it_is_the_formula_of_nadeau_and_bengio() -> None:
    differences, k = np.random.default_rng(1).normal(0.02, 0.01, 10), 10
    found = corrected_t_test(differences, n_train=90, n_test=10)
    corrected = np.sqrt(np.var(differences, ddof=1) * (1 / k + 10 / 90))
    assert found.t == pytest.approx(np.mean(differences) / corrected)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.t), k - 1))


def test_of_models_that_are_alike_it_finds_few_that_differ() -> None:
    rng = np.random.default_rng(0)
    p = [corrected_t_test(rng.normal(0, 1, 5), 80, 20).p_value for _ in range(300)]
    assert np.mean(np.array(p) < 0.05) < 0.05


def test_differences_that_are_all_alike_are_certain() -> None:
    assert corrected_t_test([0.0, 0.0, 0.0], 2, 1).p_value == 1.0
    assert corrected_t_test([0.1, 0.1, 0.1], 2, 1).p_value == 0.0


def test_one_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two folds, but got 1"):
        corrected_t_test([0.1], 2, 1)


def test_rows_are_counted_by_who_gets_them_wrong() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 200)
    first, second = rng.dirichlet(np.ones(3), (2, 200))
    everything, *classes = class_overlaps(y, first, second, ["a", "b", "c"])
    both = confusion_matrix(first.argmax(axis=1) != y, second.argmax(axis=1) != y)
    assert [everything.both_right, everything.only_second_wrong] == both[0].tolist()
    assert [everything.only_first_wrong, everything.both_wrong] == both[1].tolist()
    assert [one.name for one in classes] == ["a", "b", "c"]
    assert sum(one.both_wrong for one in classes) == everything.both_wrong


def test_a_tenth_of_all_residuals_is_large() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=500)
    (found,), large = value_overlaps(y, y + rng.normal(size=500), y + rng.normal(size=500))
    assert found.only_first_wrong + found.only_second_wrong + 2 * found.both_wrong == 100
    assert large > 1
