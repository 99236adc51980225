"""What a reader must know of the data before trusting a score: one sentence for each check, with its figures.

A check that found nothing says so; what was repaired while loading (``Table.notices``) comes last.

Longer than 300 lines: a sentence for each of twelve checks, one beside the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.columns import kind_of
from automl_widgets.data.findings import counted, listed
from automl_widgets.data.folds import asked_folds, describe_validation
from automl_widgets.data.leaks import telling_columns
from automl_widgets.data.load import Table
from automl_widgets.data.purposes import is_constant, is_empty
from automl_widgets.data.ties import few_rows, group_columns, is_sorted, likeness, marks, n_twins, n_twins_of_folds
from automl_widgets.records import Guardrail, GuardrailState, Json, Profile, Settings, Validation

BALANCE = 0.2
MOST_DETAILS = 20
FEW_VALUES = 10
MANY_NUMBERS = 30
SHARED = 0.01
"""Share of repeated rows from which they matter."""
ALIKE = 0.7
"""Correlation of neighbouring targets from which rows look ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    table: Table
    settings: Settings
    validation: Validation

    @property
    def profile(self) -> Profile:
        return self.table.profile

    @property
    def frame(self) -> pd.DataFrame | None:
        X = self.table.data["X"]
        return X if isinstance(X, pd.DataFrame) else None


Verdict: TypeAlias = Guardrail | None


def check(table: Table, settings: Settings, validation: Validation) -> tuple[Guardrail, ...]:
    """Return the verdicts on loaded data, in the order of the checks.

    Parameters
    ----------
    table : Table
        What ``data.load.load`` returned.
    settings : Settings
    validation : Validation
        What ``data.folds.resolve`` returned.
    """
    facts = _Facts(table=table, settings=settings, validation=validation)
    found = (one(facts) for one in CHECKS)
    return (*(verdict for verdict in found if verdict is not None), *table.notices)


def _rail(
    name: str, state: GuardrailState, description: str, details: Iterator[dict[str, Json]] | None = None
) -> Guardrail:
    rows = tuple(row for row, _ in zip(details or (), range(MOST_DETAILS), strict=False))
    return Guardrail(name=name, state=state, description=description, details=rows)


def _missing_values(facts: _Facts) -> Verdict:
    n, X, name = facts.profile.n_missing_cells, facts.table.data["X"], "Missing values"
    if not n:
        return _rail(name, "passed", f"No value is missing in {counted(facts.profile.n_columns, 'column')}.")
    missing = X.isna().sum().to_numpy() if isinstance(X, pd.DataFrame) else np.isnan(X).sum(axis=0)
    order = [int(k) for k in np.argsort(-missing, kind="stable") if missing[k]]
    names, n_rows = facts.profile.feature_names, facts.profile.n_rows
    return _rail(
        name,
        "done",
        f"{counted(n, 'value')} missing in {len(order)} of {counted(facts.profile.n_columns, 'column')}: numbers and "
        f"dates are filled {_how_filled(facts.settings)}, missing levels are a level of their own.",
        (
            {"column": names[k], "missing": int(missing[k]), "share": round(float(missing[k]) / n_rows, 3)}
            for k in order
        ),
    )


def _how_filled(settings: Settings) -> str:
    is_other = any(option.transformer == "Imputer" for option in settings.transformers.options)
    marked = "" if "ImputationMarker" in settings.transformers.blocked else " and marked"
    return ("as you wish" if is_other else "with the median") + marked


def _useless_columns(facts: _Facts) -> Verdict:
    profile = facts.profile
    if facts.settings.featurization == "off":
        return None
    ignored = [k for k, purpose in enumerate(profile.column_purposes) if purpose == "ignore"]
    if not ignored:
        return _rail("Columns that tell nothing", "passed", "No column is constant, empty or an identifier.")
    X, wishes = facts.table.data["X"], facts.settings.column_purposes
    names = [profile.feature_names[k] for k in ignored]
    reasons = {n: "as you wish" if n in wishes else _why_ignored(X, k) for n, k in zip(names, ignored, strict=True)}
    said = ", ".join(f"{name!r} ({reason})" for name, reason in list(reasons.items())[:5])
    more = f" and {len(reasons) - 5} more" if len(reasons) > 5 else ""
    return _rail(
        "Columns that tell nothing",
        "done",
        f"{len(ignored)} of {counted(profile.n_columns, 'column')} left out: {said}{more}.",
        ({"column": name, "reason": reason} for name, reason in reasons.items()),
    )


def _why_ignored(X: Any, k: int) -> str:
    values = X.iloc[:, k] if isinstance(X, pd.DataFrame) else pd.Series(X[:, k])
    return "all missing" if is_empty(values) else "constant" if is_constant(values) else "identifier"


def _many_levels(facts: _Facts) -> Verdict:
    purposes, frame = facts.profile.column_purposes, facts.frame
    wide = [k for k, purpose in enumerate(purposes) if purpose == "categorical_hash"]
    if not wide or frame is None:
        return _rail("High cardinality", "passed", "No column has more than 20 levels to be encoded.")
    blocked = set(facts.settings.transformers.blocked)
    levels = {facts.profile.feature_names[k]: int(frame.iloc[:, k].nunique()) for k in wide}
    return _rail(
        "High cardinality",
        "done",
        f"{counted(len(wide), 'column')} with up to {max(levels.values()):,} levels ({listed(list(levels))}): "
        f"{_how_encoded(blocked)}.",
        ({"column": name, "levels": n} for name, n in levels.items()),
    )


def _how_encoded(blocked: set[str]) -> str:
    if "TargetEncoder" not in blocked:
        return "replaced by the mean target of a level, learned from other rows, and its frequency"
    return "replaced by their frequency" if "OneHotEncoder" in blocked else "a column for each frequent level"


def _missing_labels(facts: _Facts) -> Verdict:
    n, n_rows = facts.profile.n_missing_labels, facts.profile.n_rows
    if not n:
        return _rail("Missing labels", "passed", f"All {n_rows:,} rows have a target.")
    return _rail("Missing labels", "done", f"Without a target, and left out: {n:,} of {n + n_rows:,} rows.")


def _class_balance(facts: _Facts) -> Verdict:
    profile = facts.profile
    if profile.task != "classification":
        return None
    counts = np.array(profile.class_counts)
    least, most = int(counts.argmin()), int(counts.argmax())
    ratio = counts[least] / counts[most]
    figures = (
        f"the rarest of {len(counts)} classes, {profile.classes[least]!r}, has {counted(int(counts[least]), 'row')}, "
        f"the most frequent, {profile.classes[most]!r}, {counts[most]:,}"
    )
    order = [int(k) for k in np.argsort(counts, kind="stable")]
    details = ({"class": profile.classes[k], "rows": int(counts[k])} for k in order)
    if ratio > BALANCE:
        return _rail("Class balance", "passed", f"Balanced: {figures}.", details)
    advice = "Accuracy misleads here; look at AUC_weighted or norm_macro_recall."
    rare = _rare_classes(counts, facts.validation)
    return _rail("Class balance", "alerted", f"Unbalanced: {figures}. {advice}{rare}", details)


def _rare_classes(counts: np.ndarray[Any, Any], validation: Validation) -> str:
    single, few = int((counts == 1).sum()), int(((counts > 1) & (counts < validation.n_folds)).sum())
    told = f" {counted(single, 'class', 'classes')} with one row: never validated." if single else ""
    if few and validation.kind == "k_fold":
        told += f" {counted(few, 'class', 'classes')} with fewer rows than folds: not in every validation part."
    return told


def _duplicates(facts: _Facts) -> Verdict:
    X, y = facts.table.data["X"], facts.table.data["y"]
    if facts.profile.is_sparse:
        return None
    n_rows = few_rows(X)
    found = marks(X[:n_rows])
    n = n_rows - len(np.unique(found))
    among = "" if n_rows == len(y) else f" among the first {n_rows:,}"
    if not n:
        return _rail("Duplicate rows", "passed", f"No row repeats another{among}.")
    pairs = pd.DataFrame({"row": found, "y": y[:n_rows]}).drop_duplicates()["row"]
    n_at_odds = int(pairs.duplicated().sum()) if facts.profile.task == "classification" else 0
    odds = f", and {counted(n_at_odds, 'time')} with another target" if n_at_odds else ""
    share = n / n_rows
    sentence = f"{counted(n, 'row')} ({share:.1%}) repeat the features of another{among}{odds}."
    if share < SHARED:
        return _rail("Duplicate rows", "passed", sentence)
    hint = (
        " Twins can be in training and validation at once, which flatters the score: drop them, or keep them together."
    )
    return _rail("Duplicate rows", "alerted", sentence + hint)


def _validation_split(facts: _Facts) -> Verdict:
    validation, settings, profile, name = facts.validation, facts.settings, facts.profile, "Validation"
    said = describe_validation(validation)
    if validation.kind == "custom":
        return _custom_folds(facts, said)
    asked = asked_folds(settings, profile)
    if validation.kind == "k_fold" and validation.n_folds < asked:
        rows = f"{counted(profile.n_rows, 'row')}"
        counts = sorted(profile.class_counts)
        why = f"the second most frequent class has {counted(counts[-2], 'row')}" if counts else f"there are {rows}"
        return _rail(name, "alerted", f"{said[0].upper()}{said[1:]} instead of {asked}, as {why}.")
    is_asked = settings.n_folds is not None or settings.validation_size is not None or validation.kind == "train_valid"
    if is_asked:
        return _rail(name, "passed", f"{said[0].upper()}{said[1:]}, as asked.")
    why = "the features are sparse" if profile.is_sparse else f"there are {counted(profile.n_rows, 'row')}"
    return _rail(name, "done", f"Nothing was asked for: {said}, as {why}.")


def _custom_folds(facts: _Facts, said: str) -> Guardrail:
    y, n_classes = facts.table.data["y"], len(facts.profile.classes)
    lacking = [
        k for k, (train, _) in enumerate(facts.table.data["splits"] or ()) if len(np.unique(y[train])) < n_classes
    ]
    if lacking:
        text = f"{said[0].upper()}{said[1:]}, but the training rows of fold {listed(lacking)} lack a class."
        return _rail("Validation", "alerted", text)
    return _rail("Validation", "passed", f"{said[0].upper()}{said[1:]}, as asked.")


def _shared_rows(facts: _Facts) -> Verdict:
    data, kind, name = facts.table.data, facts.validation.kind, "Rows in both parts"
    if facts.profile.is_sparse or kind not in ("train_valid", "custom"):
        return None
    if kind == "train_valid":
        n, n_valid = n_twins(data["X"], data["X_valid"]), few_rows(data["X_valid"])
    else:
        n, n_valid = n_twins_of_folds(data["X"], data["splits"] or ())
    if not n:
        return _rail(name, "passed", "No row to validate on has the features of one to train on.")
    share = n / n_valid
    sentence = f"{counted(n, 'row')} ({share:.1%}) to validate on have the features of one to train on"
    if share < SHARED:
        return _rail(name, "passed", f"{sentence}.")
    return _rail(name, "alerted", f"{sentence}, which flatters the score: drop them from one of the two.")


def _groups(facts: _Facts) -> Verdict:
    if facts.validation.kind in ("custom", "train_valid"):
        return None
    found = dict(group_columns(facts.table.data["X"], facts.profile.column_purposes))
    if not found:
        return _rail("Groups of rows", "passed", "No column says by its name that rows belong together.")
    names = listed(list(found))
    text = (
        f"Rows that share a value of {names} may belong together, and random folds part them: if you will predict for "
        "new ones, give cv_splits_indices=list(GroupKFold(5).split(X, y, groups)) and drop the column."
    )
    return _rail("Groups of rows", "alerted", text, ({"column": c, "groups": n} for c, n in found.items()))


def _row_order(facts: _Facts) -> Verdict:
    if facts.validation.kind in ("custom", "train_valid") or facts.profile.n_rows < 50:
        return None
    frame, name = facts.frame, "Order of rows"
    for column in () if frame is None else frame.columns:
        values = frame[column] if frame is not None else None
        if values is not None and kind_of(values) == "date" and is_sorted(values):
            return _rail(name, "alerted", _time_hint(f"The rows are in the order of {column!r}"))
    alike = likeness(facts.table.data["y"]) if facts.profile.task == "regression" else 0.0
    if alike > ALIKE:
        return _rail(name, "alerted", _time_hint(f"Targets of neighbouring rows are alike (correlation {alike:.2f})"))
    return _rail(name, "passed", "No sign that the order of the rows matters.")


def _time_hint(what: str) -> str:
    return (
        f"{what}: random folds let a model learn from the future. "
        "If that is not so in use, give cv_splits_indices that validate on later rows."
    )


def _task_fits(facts: _Facts) -> Verdict:
    profile, y = facts.profile, facts.table.data["y"]
    if profile.task == "regression":
        values = np.unique(y[:100_000])
        if len(y) >= 100 and len(values) <= FEW_VALUES and (values == np.rint(values)).all():
            text = (
                f"The target has {counted(len(values), 'value')} only, all whole numbers: is it task='classification'?"
            )
            return _rail("Task", "alerted", text)
        return _rail("Task", "passed", "The target looks like numbers to predict.")
    numbers = [c for c in profile.classes if isinstance(c, (int, float)) and not isinstance(c, bool)]
    if len(numbers) > MANY_NUMBERS:
        text = f"The target has {len(numbers)} classes that are numbers: is it task='regression'?"
        return _rail("Task", "alerted", text)
    return _rail("Task", "passed", f"The target has {len(profile.classes)} classes.")


def _leak(facts: _Facts) -> Verdict:
    data, name = facts.table.data, "Target leakage"
    telling = telling_columns(data["X"], data["y"], facts.profile.task == "regression")
    if not telling:
        return _rail(name, "passed", "No column tells the target on its own.")
    verb = "tells" if len(telling) == 1 else "each tell"
    text = (
        f"{listed(telling)} {verb} the target alone, without a mistake. Leave out what is not known before the target."
    )
    return _rail(name, "alerted", text, ({"column": column} for column in telling))


CHECKS: tuple[Callable[[_Facts], Verdict], ...] = (
    _missing_values,
    _useless_columns,
    _many_levels,
    _missing_labels,
    _class_balance,
    _duplicates,
    _validation_split,
    _shared_rows,
    _row_order,
    _groups,
    _task_fits,
    _leak,
)
