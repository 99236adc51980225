"""The featurizer: columns in, numbers out, and nothing of a row's own target in them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from automl_widgets.data import featurize, texts
from automl_widgets.data.featurize import Featurizer
from automl_widgets.data.text_statistics import STATISTICS
from automl_widgets.errors import DataError

N = 300
UNCOUNTED = ("WordCount", "TextStatistics")
RANDOM = np.random.default_rng(0)
WORDS = np.array(["red", "green", "blue", "old", "new", "car", "house", "tree", "fast", "slow", "big", "tiny"])
FRAME = pd.DataFrame(
    {
        "n": np.where(RANDOM.random(N) < 0.1, np.nan, RANDOM.random(N)),
        "b": RANDOM.random(N) < 0.5,
        "c": RANDOM.choice(["x", "y", "z"], N),
        "h": RANDOM.choice([f"level {k}" for k in range(60)], N),
        "d": pd.Timestamp("2020-01-01") + pd.to_timedelta(RANDOM.integers(0, 500, N), unit="D"),
        "t": [" ".join(WORDS[RANDOM.integers(0, 12, 6)]) for _ in range(N)],
        "i": np.ones(N),
    }
)
PURPOSES = ("numeric", "boolean", "categorical", "categorical_hash", "datetime", "text", "ignore")
Y = RANDOM.integers(0, 2, N)


def one(values: Any, purpose: str, y: Any = None) -> tuple[Featurizer, np.ndarray]:
    featurizer = Featurizer((purpose,))
    return featurizer, featurizer.fit_transform(pd.DataFrame({"a": values}), y)


def test_every_column_becomes_numbers_with_a_name() -> None:
    featurizer = Featurizer(PURPOSES)
    made = featurizer.fit_transform(FRAME, Y)
    names = featurizer.get_engineered_feature_names()
    assert made.shape == (N, len(names)) == featurizer.transform(FRAME).shape
    assert np.isfinite(made).all()
    assert len(set(names)) == len(names)
    assert names == featurizer.get_feature_names_out().tolist()
    for name in ("n", "n_missing", "b", "c_x", "h_mean", "h_frequency", "d_month", "d_elapsed_days", "t_topic0"):
        assert name in names


def test_the_summary_has_azures_keys_and_counts() -> None:
    featurizer = Featurizer(PURPOSES).fit(FRAME, Y)
    summary = {row["RawFeatureName"]: row for row in featurizer.get_featurization_summary()}
    assert summary["n"] == {
        "RawFeatureName": "n", "TypeDetected": "Numeric", "Dropped": "No", "EngineeredFeatureCount": 2,
        "Tranformations": ["MedianImputer", "ImputationMarker"],
    }  # fmt: skip
    assert (summary["i"]["Dropped"], summary["i"]["EngineeredFeatureCount"]) == ("Yes", 0)
    counted = sum(row["EngineeredFeatureCount"] for row in summary.values())
    assert counted == len(featurizer.get_engineered_feature_names())


def test_it_is_a_transformer_that_can_be_cloned_and_pickled_small() -> None:
    featurizer = Featurizer(PURPOSES).fit(FRAME, Y)
    copy = clone(featurizer)
    extras = {"pairs": False, "counts": False, "words": False}
    assert copy.get_params() == {"purposes": PURPOSES, "blocked": (), "options": (), **extras}
    assert np.array_equal(copy.fit(FRAME, Y).transform(FRAME), featurizer.transform(FRAME))
    packed = pickle.dumps(featurizer)
    assert len(packed) < 200_000
    assert np.array_equal(pickle.loads(packed).transform(FRAME), featurizer.transform(FRAME))


@given(st.permutations(list(FRAME.columns)), st.sets(st.sampled_from(["extra", "more"])))
@settings(max_examples=10, deadline=None)
def test_columns_are_found_by_name_in_any_order(order: list[str], extra: set[str]) -> None:
    featurizer = Featurizer(PURPOSES).fit(FRAME, Y)
    shuffled = FRAME[order].assign(**dict.fromkeys(extra, 1))
    assert np.array_equal(featurizer.transform(shuffled), featurizer.transform(FRAME))


def test_missing_columns_are_named() -> None:
    featurizer = Featurizer(PURPOSES).fit(FRAME, Y)
    with pytest.raises(DataError, match="`X` lacks 2 columns that the model was trained on: 'n', 'c'"):
        featurizer.transform(FRAME.drop(columns=["n", "c"]))


def test_arrays_are_taken_by_position() -> None:
    X = RANDOM.random((50, 2))
    featurizer = Featurizer(("numeric", "numeric")).fit(X)
    assert np.array_equal(featurizer.transform(X), X)
    assert np.array_equal(featurizer.transform(pd.DataFrame(X, columns=["p", "q"])), X)
    assert np.array_equal(featurizer.transform(X.astype(object)), X)
    assert featurizer.get_engineered_feature_names() == ["x0", "x1"]
    with pytest.raises(DataError, match=r"`X` must have 2 columns, but its shape is \(50, 1\)"):
        featurizer.transform(X[:, :1])


def test_a_frame_of_training_may_become_an_array_of_objects_later() -> None:
    featurizer = Featurizer(PURPOSES).fit(FRAME, Y)
    assert np.allclose(featurizer.transform(FRAME.to_numpy(dtype=object)), featurizer.transform(FRAME))


def test_purposes_must_fit_the_columns() -> None:
    with pytest.raises(DataError, match="one word for each of 7 columns, but got 1 purpose"):
        Featurizer(("numeric",)).fit(FRAME)


def test_sparse_features_go_through() -> None:
    X = sparse.random(20, 3, 0.5, format="csc", random_state=0)
    featurizer = Featurizer(("numeric",) * 3)
    assert (featurizer.fit_transform(X) != X).nnz == 0
    assert featurizer.get_engineered_feature_names() == ["x0", "x1", "x2"]
    assert featurizer.get_featurization_summary()[0]["Dropped"] == "No"


def test_missing_and_infinite_numbers_are_filled_and_marked_as_in_training() -> None:
    featurizer, made = one([1.0, np.nan, 3.0, 9.0], "numeric")
    assert made.tolist() == [[1, 0], [3, 1], [3, 0], [9, 0]]
    later = featurizer.transform(pd.DataFrame({"a": [np.inf, 5.0]}))
    assert later.tolist() == [[3, 1], [5, 0]]


def test_numbers_without_gaps_in_training_get_no_mark_later() -> None:
    featurizer, made = one([1, 2, 3], "numeric")
    assert made.tolist() == [[1], [2], [3]]
    assert featurizer.transform(pd.DataFrame({"a": [None, "7"]}, dtype=object)).tolist() == [[2], [7]]


def test_flags_become_zero_and_one() -> None:
    _, made = one([True, False, None], "boolean")
    assert made.tolist() == [[1, 0], [0, 0], [0.5, 1]]


def test_rare_levels_are_taken_together_and_unseen_ones_are_zero() -> None:
    featurizer, _ = one(["a"] * 50 + ["b"] * 50 + ["r", "s"], "categorical")
    assert featurizer.get_engineered_feature_names() == ["a_a", "a_b", "a_(rare)"]
    made = featurizer.transform(pd.DataFrame({"a": ["b", "s", "new", None]}))
    assert made.tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_a_missing_level_is_a_level_if_training_had_it() -> None:
    featurizer, made = one(["a", "a", None, None, "b", "b"], "categorical")
    assert featurizer.get_engineered_feature_names() == ["a_(missing)", "a_a", "a_b"]
    assert made[:, 0].tolist() == [0, 0, 1, 1, 0, 0]


def test_a_number_is_the_same_level_as_its_text() -> None:
    featurizer, _ = one(["1", "1", "2", "2", "x", "x"], "categorical")
    assert featurizer.transform(pd.DataFrame({"a": [1.0, 2.0]})).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_many_levels_become_means_of_other_rows_targets() -> None:
    levels = np.repeat([f"l{k}" for k in range(50)], 8)
    y = np.repeat(np.arange(50.0), 8) + RANDOM.normal(size=400)
    featurizer, cross_fitted = one(levels, "categorical_hash", y)
    plain = featurizer.transform(pd.DataFrame({"a": levels}))
    assert np.corrcoef(plain[:, 0], y)[0, 1] > 0.99
    assert not np.allclose(cross_fitted, plain)
    unseen = featurizer.transform(pd.DataFrame({"a": ["new"]}))
    assert unseen.tolist() == [[pytest.approx(y.mean()), 0.0]]


@pytest.mark.parametrize(("n_classes", "n_columns"), [(2, 2), (3, 4), (11, 12), (40, 12)])
def test_each_frequent_class_has_a_mean_of_its_own(n_classes: int, n_columns: int) -> None:
    y = np.arange(800) % n_classes
    _, made = one([f"l{k % 97}" for k in range(800)], "categorical_hash", y)
    assert made.shape == (800, n_columns)


def test_means_of_the_target_need_a_target() -> None:
    with pytest.raises(DataError, match="fit needs `y`, but it is None"):
        one(["a", "b"], "categorical_hash")


@given(st.integers(0, 1000))
@settings(max_examples=6, deadline=None)
def test_a_random_target_scores_as_random_through_a_pipeline(seed: int) -> None:
    random = np.random.default_rng(seed)
    X = pd.DataFrame({f"h{k}": random.integers(0, 120, 400).astype(str) for k in range(4)})
    purposes = ("categorical_hash",) * 4
    y = random.integers(0, 2, 400)
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    scores = cross_val_score(make_pipeline(Featurizer(purposes), tree), X, y, cv=4, scoring="roc_auc")
    assert abs(scores.mean() - 0.5) < 0.13
    numbers = random.random(400)
    scores = cross_val_score(make_pipeline(Featurizer(purposes), LinearRegression()), X, numbers, cv=4, scoring="r2")
    assert scores.mean() < 0.1


def test_training_rows_do_not_look_better_than_they_are() -> None:
    X = pd.DataFrame({"h": RANDOM.integers(0, 150, 600).astype(str)})
    y = RANDOM.integers(0, 2, 600)
    model = make_pipeline(Featurizer(("categorical_hash",)), LogisticRegression()).fit(X, y)
    naive = LogisticRegression().fit(Featurizer(("categorical_hash",)).fit(X, y).transform(X), y)
    assert abs(model[-1].coef_[0, 0]) < abs(naive.coef_[0, 0]) / 2


def test_dates_are_taken_apart_and_constant_parts_dropped() -> None:
    days = pd.to_datetime(pd.Series(["2020-01-31 10:00", "2021-03-01 10:00", None]))
    featurizer, made = one(days, "datetime")
    names = featurizer.get_engineered_feature_names()
    assert {"a_year", "a_month", "a_day", "a_week", "a_elapsed_days", "a_year_missing"} <= set(names)
    assert "a_hour" not in names
    row = dict(zip(names, made[1], strict=True))
    assert (row["a_year"], row["a_month"], row["a_day_of_week"], row["a_elapsed_days"]) == (2021, 3, 0, 395)


def test_dates_as_text_or_with_a_zone_mean_the_same_later() -> None:
    featurizer, made = one(pd.to_datetime(["2020-01-31 10:00", "2021-03-01 12:00"]), "datetime")
    text = pd.DataFrame({"a": ["2020-01-31 10:00", "2021-03-01 12:00"]})
    zoned = pd.DataFrame({"a": pd.to_datetime(["2020-01-31 11:00", "2021-03-01 13:00"]).tz_localize("Europe/Oslo")})
    assert np.allclose(featurizer.transform(text), made)
    assert np.allclose(featurizer.transform(zoned), made)
    assert np.isfinite(featurizer.transform(pd.DataFrame({"a": ["no date", None]}))).all()


def test_texts_become_topics_or_words_by_their_number() -> None:
    featurizer, made = one(FRAME["t"], "text")
    assert made.shape[1] == 1 + len(STATISTICS) + texts.N_TOPICS
    featurizer, made = one(["a b", "b c", "c a"], "text")
    assert {"a_n_words", "a_a", "a_b c"} <= set(featurizer.get_engineered_feature_names())
    assert made[:, 0].tolist() == [2, 2, 2]
    featurizer, _ = one(["...", "!!"], "text")
    assert featurizer.get_engineered_feature_names()[-2:] == ["a_n_!", "a_n_."]


def test_a_text_has_a_length_and_its_shares_of_capitals_digits_and_symbols() -> None:
    featurizer, made = one(["@Bob Hi!! 42", "", None, "no symbol", *["x"] * 150], "text")
    found = pd.DataFrame(made, columns=featurizer.get_engineered_feature_names()).iloc[:4]
    assert found["a_n_words"].tolist() == [3, 0, 0, 2]
    assert found["a_n_characters"].tolist() == [12, 0, 0, 9]
    assert found["a_capitals"].tolist() == [2 / 12, 0, 0, 0]
    assert found["a_digits"].tolist() == [2 / 12, 0, 0, 0]
    assert found["a_symbols"].tolist() == [3 / 12, 0, 0, 0]
    assert found["a_starts_with_symbol"].tolist() == [1, 0, 0, 0]
    assert "a_n_!" not in found  # in too few of the texts
    featurizer, made = one(["Hi!!", "no"], "text")
    assert made[:, featurizer.get_engineered_feature_names().index("a_n_!")].tolist() == [2, 0]


@pytest.mark.parametrize(("target", "n"), [("binary", 1), ("three", 3), ("values", 1)])
def test_what_words_say_of_the_target_is_true_of_other_rows_and_says_nothing_where_there_is_nothing(
    target: str, n: int
) -> None:
    rng = np.random.default_rng(0)
    kinds = rng.integers(3, size=600)
    words = np.array([["red", "rose"], ["blue", "sea"], ["green", "leaf"]])
    fillers = np.array([f"word{k}" for k in range(200)])
    X = pd.DataFrame({"t": [" ".join([*rng.choice(words[k], 2), *rng.choice(fillers, 8)]) for k in kinds]})
    y = {"binary": (kinds > 0).astype(int), "three": kinds, "values": kinds * 1.5 + rng.normal(size=600)}[target]
    featurizer = Featurizer(("text",)).fit(X[:400], y[:400])
    names = featurizer.get_engineered_feature_names()
    assert [name.rstrip("012") for name in names[-n:]] == ["t_target"] * n
    said = featurizer.transform(X[400:])[:, -n:]
    assert abs(np.corrcoef(said[:, -1], y[400:])[0, 1]) > 0.6
    shuffled = rng.permutation(y[:400])
    trained = Featurizer(("text",)).fit_transform(X[:400], shuffled)[:, -n:]
    assert all(abs(np.corrcoef(column, shuffled)[0, 1]) < 0.25 for column in trained.T)
    assert "t_target" not in Featurizer(("text",)).fit(X).get_engineered_feature_names()[-1]
    blocked = Featurizer(("text",), ("TextTargetEncoder",)).fit(X, y)
    assert "t_target" not in blocked.get_engineered_feature_names()[-1]


def test_a_class_that_an_inner_fold_lacks_does_no_harm_to_what_words_say() -> None:
    X = pd.DataFrame({"t": ["good tea", "bad tea", "good", "bad", "tea"] * 3})
    made = Featurizer(("text",)).fit_transform(X, np.array([0, 1] * 7 + [2]))
    assert np.isfinite(made).all()


def test_each_word_has_a_column_where_a_recipe_wants_words() -> None:
    X = pd.DataFrame(
        {"text": ["good tea", "bad tea", None, "good coffee"], "price": [1.0, 2.0, 3.0, 6.0], "city": [*"abab"]}
    )
    featurizer = Featurizer(("text", "numeric", "categorical"), UNCOUNTED, words=True)
    made = featurizer.fit_transform(X)
    assert sparse.issparse(made)
    names = featurizer.get_engineered_feature_names()
    assert names[:3] == ["price", "city_a", "city_b"]
    assert {"text_good", "text_good tea", "text_coffee"} <= set(names[3:])
    found = pd.DataFrame(made.toarray(), columns=names)
    assert found["price"].mean() == pytest.approx(0)
    assert found["price"].std(ddof=0) == pytest.approx(1)
    assert found["city_a"].tolist() == [1, 0, 1, 0]
    assert found.loc[2, names[3:]].tolist() == [0] * len(names[3:])
    assert np.allclose((found[names[3:]] ** 2).sum(axis=1), [1, 1, 0, 1])
    assert np.allclose(featurizer.transform(X[["city", "price", "text"]]).toarray(), made.toarray())
    again = pickle.loads(pickle.dumps(featurizer)).transform(pd.DataFrame({"text": [5], "price": [0.0], "city": "c"}))
    assert np.allclose(again.toarray()[0, 1:], 0)
    summary = {row["RawFeatureName"]: row for row in featurizer.get_featurization_summary()}
    assert summary["text"]["Tranformations"] == ["TfIdf"]


def test_what_is_kept_of_texts_is_neither_changed_nor_taken_for_that_of_others() -> None:
    X = pd.DataFrame({"text": ["good tea", "bad tea", "good coffee"]})
    options = [("TfIdf", (), {"ngram_range": [1, 1]})]
    makers = [
        Featurizer(("text",), UNCOUNTED, words=True),
        Featurizer(("text",), UNCOUNTED),
        Featurizer(("text",), UNCOUNTED, options, words=True),
    ]
    widths = []
    for featurizer in makers * 2:
        made = featurizer.fit_transform(X)
        widths.append(made.shape[1])
        data = made.data if sparse.issparse(made) else made
        data[:] = 0
    assert widths == [7, 7, 4] * 2
    assert np.allclose((clone(makers[0]).fit_transform(X).toarray() ** 2).sum(axis=1), 1)
    others = clone(makers[0]).fit(pd.DataFrame({"text": ["green tea", "black tea"]}))
    assert others.get_engineered_feature_names()[0] == "text_black"


def test_without_a_word_that_is_there_twice_there_are_the_other_columns() -> None:
    X = pd.DataFrame({"text": ["...", "!!", "?"], "price": [1.0, 2.0, 3.0]})
    for blocked in (UNCOUNTED, (*UNCOUNTED, "TfIdf")):
        featurizer = Featurizer(("text", "numeric"), blocked, words=True)
        assert featurizer.fit_transform(X).shape == featurizer.transform(X).shape == (3, 1)


def test_words_stand_alone_where_nothing_is_made_of_the_other_columns() -> None:
    X = pd.DataFrame({"text": ["good tea", "bad tea", "tea"], "day": pd.to_datetime(["2020-01-01"] * 3)})
    featurizer = Featurizer(("text", "datetime"), (*UNCOUNTED, "DateTimeParts", "ElapsedDays"), words=True)
    assert featurizer.fit_transform(X).shape == featurizer.transform(X).shape == (3, 5)


def test_wide_levels_stay_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(featurize, "SPARSE_ABOVE_MB", 0.001)
    X = pd.DataFrame({"c": [f"l{k % 15}" for k in range(300)], "n": np.arange(300.0)})
    featurizer = Featurizer(("categorical", "numeric"))
    made = featurizer.fit_transform(X)
    assert sparse.issparse(made)
    assert sparse.issparse(featurizer.transform(X[:2]))
    assert made.shape == (300, 16)


def test_names_that_would_clash_are_told_apart() -> None:
    frame = pd.DataFrame({"a": ["b_c", "b_c", "d", "d"], "a_b": ["c", "c", "e", "e"]})
    names = Featurizer(("categorical", "categorical")).fit(frame).get_engineered_feature_names()
    assert names == ["a_b_c", "a_d", "a_b_c_2", "a_b_e"]


def test_sparse_and_dense_rows_are_the_same_to_a_featurizer() -> None:
    X = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    of_sparse = Featurizer(("numeric", "numeric")).fit(sparse.csr_matrix(X))
    assert np.array_equal(of_sparse.transform(X).toarray(), X)
    of_dense = Featurizer(("numeric", "numeric")).fit(X)
    assert np.array_equal(of_dense.transform(sparse.csr_matrix(X)), X)


def made_of(purpose: str, values: Any, blocked: tuple[str, ...], **options: Any) -> list[str]:
    y = np.arange(len(values)) % 2
    wanted = [(step, (), given) for step, given in options.items()]
    featurizer = Featurizer((purpose,), blocked, wanted).fit(pd.DataFrame({"a": values}), y)
    assert featurizer.transform(pd.DataFrame({"a": values})).shape[1] == len(featurizer.get_engineered_feature_names())
    return featurizer.get_engineered_feature_names()


LEVELS = ["x", "y", "z", "x"] * 10


def test_what_is_blocked_is_not_made_and_what_can_stand_in_does() -> None:
    assert made_of("numeric", [1.0, None] * 9, ("ImputationMarker",)) == ["a"]
    assert made_of("categorical", LEVELS, ("OneHotEncoder",)) == ["a_mean", "a_frequency"]
    assert made_of("categorical_hash", LEVELS, ("TargetEncoder",)) == ["a_x", "a_y", "a_z"]
    assert made_of("categorical_hash", LEVELS, ("TargetEncoder", "OneHotEncoder")) == ["a_frequency"]
    assert made_of("categorical_hash", LEVELS, ("FrequencyEncoder",)) == ["a_mean"]
    days = pd.date_range("2024-01-01", periods=9)
    assert made_of("datetime", days, ("DateTimeParts",)) == ["a_elapsed_days"]
    assert "a_elapsed_days" not in made_of("datetime", days, ("ElapsedDays",))
    assert made_of("text", ["old car", "new car"] * 9, ("TfIdf", "TextStatistics")) == ["a_n_words"]
    assert "a_n_words" not in made_of("text", ["old car", "new car"] * 9, ("WordCount",))


def test_nothing_may_be_left_of_a_column_but_not_of_all() -> None:
    X = pd.DataFrame({"a": ["old car", "new car"] * 9, "n": range(18)})
    blocked = ("TfIdf", *UNCOUNTED)
    assert Featurizer(("text", "numeric"), blocked).fit(X).get_engineered_feature_names() == ["n"]
    with pytest.raises(DataError, match="Nothing is made of any column: unblock a transformer"):
        Featurizer(("text", "ignore"), blocked).fit(X)


@pytest.mark.parametrize(("strategy", "filled"), [("mean", 4.0), ("median", 2.0), ("most_frequent", 1.0)])
def test_missing_numbers_are_filled_as_is_wished(strategy: str, filled: float) -> None:
    X = pd.DataFrame({"a": [1.0, 1.0, 3.0, 11.0, None], "b": [5.0, 5.0, 5.0, 9.0, None]})
    wanted = [("Imputer", ("a",), {"strategy": strategy})]
    made = Featurizer(("numeric", "numeric"), ("ImputationMarker",), wanted).fit(X).transform(X)
    assert made[-1].tolist() == [filled, 5.0]


def test_levels_and_words_are_as_many_as_is_wished() -> None:
    assert made_of("categorical", LEVELS, (), OneHotEncoder={"max_levels": 1}) == ["a_x", "a_(rare)"]
    assert made_of("categorical", LEVELS, (), HashOneHotEncoder={"number_of_bits": 1}) == ["a_x", "a_y", "a_z"]
    assert made_of("categorical", LEVELS, (), OneHotEncoder={"min_share": 0.3}) == ["a_x", "a_(rare)"]
    assert made_of("categorical_hash", LEVELS, (), HashOneHotEncoder={"number_of_bits": 2}) == ["a_x", "a_y", "a_z"]
    texts = [" ".join(WORDS[RANDOM.integers(0, 12, 5)]) for _ in range(60)]
    assert len(made_of("text", texts, ("TextStatistics",), TfIdf={"n_components": 3})) == 5
    assert len(made_of("text", texts, ("TextStatistics",), TfIdf={"max_features": 6, "ngram_range": [1, 1]})) == 8
