"""Which rows train and which validate: the scheme by Azure ML's rules, and the row numbers. Numbers in, numbers out.

==========================================  =====================================================
given                                       scheme
==========================================  =====================================================
validation rows with their target           these rows
folds of the user's own                     these folds
`n_cross_validations`                       that many folds
`n_cross_validations`, `validation_size`    that many random splits (Monte Carlo)
`validation_size`                           one hold-out
nothing, sparse features                    a hold-out of one tenth
nothing, below 1,000 rows                   10 folds
nothing, up to 20,000 rows                  3 folds
nothing, more rows                          a hold-out of one tenth
==========================================  =====================================================

Classes are spread evenly over the folds. A class with fewer rows than folds is in as many validation parts as it has
rows; a class with one row is in every training part and never validated. So every training part has every class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from automl_widgets.data.inputs import Inputs
from automl_widgets.records import Profile, Settings, Validation

Array: TypeAlias = "np.ndarray[Any, Any]"
Split: TypeAlias = tuple[Array, Array]

HOLD_OUT_SHARE = 0.1
TEN_FOLDS_BELOW = 1_000
THREE_FOLDS_UP_TO = 20_000


def resolve(settings: Settings, profile: Profile, inputs: Inputs) -> Validation:
    """Return the scheme for these settings and data.

    The number of folds is lowered where classes are too rare: no more folds than the second most frequent class has
    rows, so that every validation part can hold two classes, and no more than half the rows.

    Examples
    --------
    >>> settings = Settings(task="regression", primary_metric="r2_score")
    >>> profile = Profile(task="regression", n_rows=5000, n_columns=2, feature_names=(), column_purposes=())
    >>> resolve(settings, profile, Inputs())
    Validation(kind='k_fold', n_folds=3, share=None, stratified=False)
    """
    is_stratified = profile.task == "classification"
    if inputs.y_valid is not None or inputs.validation_data is not None:
        return Validation(kind="train_valid", n_folds=1)
    own = inputs.cv_splits_indices if inputs.cv_splits_indices is not None else inputs.cv_split_column_names
    if own is not None:
        return Validation(kind="custom", n_folds=len(own))
    k, share = settings.n_folds, settings.validation_size
    if k is not None and share is not None:
        return Validation(kind="monte_carlo", n_folds=k, share=share, stratified=is_stratified)
    if k is None and (share is not None or profile.is_sparse or profile.n_rows > THREE_FOLDS_UP_TO):
        return Validation(kind="hold_out", n_folds=1, share=share or HOLD_OUT_SHARE, stratified=is_stratified)
    wanted = k or asked_folds(settings, profile)
    return Validation(kind="k_fold", n_folds=min(wanted, _most_folds(profile)), stratified=is_stratified)


def asked_folds(settings: Settings, profile: Profile) -> int:
    """Return the number of folds before rare classes lower it."""
    return settings.n_folds or (10 if profile.n_rows < TEN_FOLDS_BELOW else 3)


def describe_validation(validation: Validation) -> str:
    """Return a scheme for people: `5 folds, stratified`.

    Examples
    --------
    >>> describe_validation(Validation(kind="hold_out", n_folds=1, share=0.1, stratified=True))
    '10 % of the rows held out, stratified'
    """
    share = f"{(validation.share or 0) * 100:g} %"
    words = {
        "k_fold": f"{validation.n_folds} folds",
        "monte_carlo": f"{validation.n_folds} random splits with {share} of the rows held out",
        "hold_out": f"{share} of the rows held out",
        "train_valid": "the given validation rows",
        "custom": f"{validation.n_folds} folds of your own",
    }
    return words[validation.kind] + ", stratified" * validation.stratified


def splits(validation: Validation, data: Mapping[str, Any], random_state: int) -> list[Split]:
    """Return the row numbers to train and to validate on, a pair for each fold.

    The same arguments give the same rows on every machine and with every version of the libraries.

    Parameters
    ----------
    validation : Validation
        What `resolve` returned.
    data : mapping
        The data of a `Table`: ``y`` and ``splits`` are read.
    random_state : int

    Returns
    -------
    list of (array of int64, array of int64)
        Both sorted. For `train_valid` one pair of all rows and none: the validation rows are ``data["X_valid"]``.
    """
    y = np.asarray(data["y"])
    if validation.kind == "train_valid":
        return [(np.arange(len(y)), np.arange(0))]
    if validation.kind == "custom":
        return list(data["splits"])
    groups = y if validation.stratified else np.zeros(len(y), dtype=np.int64)
    random = np.random.default_rng(random_state)
    if validation.kind == "k_fold":
        return fold_pairs(fold_numbers(groups, validation.n_folds, random))
    share = validation.share or HOLD_OUT_SHARE
    return [_held_out(groups, share, random) for _ in range(validation.n_folds)]


def fold_numbers(groups: Array, n_folds: int, random: np.random.Generator) -> Array:
    """Return for each row the fold that validates it, -1 for the only row of its group.

    Folds differ in size by one row at most, and so do the shares of each group in them.
    """
    order = _in_groups(groups, random)
    folds = np.empty(len(groups), dtype=np.int64)
    is_single = np.bincount(groups)[groups] == 1
    spread = order[~is_single[order]]
    folds[spread] = np.arange(len(spread)) % n_folds
    folds[is_single] = -1
    return folds


def fold_pairs(folds: Array) -> list[Split]:
    """Return the rows outside and inside each fold."""
    return [(np.flatnonzero(folds != k), np.flatnonzero(folds == k)) for k in range(int(folds.max()) + 1)]


def _most_folds(profile: Profile) -> int:
    counts = sorted(profile.class_counts)
    rarest = counts[-2] if len(counts) > 1 else profile.n_rows
    return max(2, min(rarest, profile.n_rows // 2))


def _in_groups(groups: Array, random: np.random.Generator) -> Array:
    shuffled = random.permutation(len(groups))
    return shuffled[np.argsort(groups[shuffled], kind="stable")]


def _held_out(groups: Array, share: float, random: np.random.Generator) -> Split:
    """Return one random split: every k-th row of each group in turn, and no group left without a row to train."""
    order = _in_groups(groups, random)
    steps = np.floor(np.arange(len(order) + 1) * share + random.random())
    is_valid = np.zeros(len(order), dtype=bool)
    is_valid[order] = np.diff(steps) > 0
    for rows in np.split(order, np.cumsum(np.bincount(groups))[:-1]):
        n_valid = int(is_valid[rows].sum())
        if len(rows) > 1 and n_valid == 0:
            is_valid[rows[0]] = True
        elif len(rows) and n_valid == len(rows):
            is_valid[rows[0]] = False
    return np.flatnonzero(~is_valid), np.flatnonzero(is_valid)
