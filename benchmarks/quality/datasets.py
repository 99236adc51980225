"""The data sets, which of them may be learnt from, and the rows of each split. Not here: reading them into a system.

A folder with `manifest.json`: a list of {"name", "task", "target", "rows", "file"}, where `file` is a CSV, gzipped or
not, and `task` is binary, multiclass or regression; others are left out. Their licences keep them out of the project.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER_VARIABLE = "AUTOML_DATASETS"
TASKS = ("binary", "multiclass", "regression")
TEST_SHARE = 0.2

# Order and parameters of the portfolio may be learnt on these, every second one by size within its task.
# All others, those of another folder too, only say whether that holds elsewhere.
LEARN = frozenset(
    {
        *("sonar", "mlc_churn", "caravan", "bank_customer_churn"),
        *("iris", "digits", "hypothyroid_rare"),
        *("diabetes_progression", "winequality_white", "kin8nm"),
    }
)
HELD_OUT = frozenset(
    {
        *("german_credit", "phoneme", "health_insurance", "magic"),
        *("ecoli_rare", "splice"),
        *("concrete", "cpu_act", "bng_breasttumor"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One table on disk, and what is to be predicted from it."""

    name: str
    task: str
    target: str
    rows: int
    path: Path

    @property
    def group(self) -> str:
        """Either learn or held-out."""
        return "learn" if self.name in LEARN else "held-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Row numbers of one fold."""

    train: tuple[int, ...]
    test: tuple[int, ...]


def available() -> tuple[Dataset, ...]:
    """Return the data sets of the folder that the variable names, or none where it is not set or absent."""
    folder = Path(os.environ.get(FOLDER_VARIABLE, "")).expanduser()
    if not os.environ.get(FOLDER_VARIABLE) or not (folder / "manifest.json").is_file():
        return ()
    entries = json.loads((folder / "manifest.json").read_text())
    return tuple(_dataset(folder, entry) for entry in entries if entry["task"] in TASKS)


def chosen(datasets: Iterable[Dataset], names: Iterable[str]) -> tuple[Dataset, ...]:
    """Return those named, or all; `learn` and `held-out` name their group.

    Raises
    ------
    ValueError
        If a name is unknown.
    """
    datasets, names = tuple(datasets), tuple(names)
    known = {dataset.name for dataset in datasets} | {"learn", "held-out"}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"No data set {', '.join(unknown)}: there are {', '.join(sorted(known))}.")
    return tuple(d for d in datasets if not names or d.name in names or d.group in names)


def split(y: Any, task: str, fold: int) -> Split:
    """Return one hold-out of a fifth of the rows, seeded by the fold's number; classes keep their shares.

    A class of one row is trained on.
    """
    from sklearn.model_selection import train_test_split

    y = np.asarray(y)
    rows = np.arange(len(y))
    if task == "regression":
        train, test = train_test_split(rows, test_size=TEST_SHARE, random_state=fold)
    else:
        _, codes, counts = np.unique(y.astype(str), return_inverse=True, return_counts=True)
        alone = counts[codes] < 2
        train, test = train_test_split(rows[~alone], test_size=TEST_SHARE, random_state=fold, stratify=codes[~alone])
        train = np.concatenate([train, rows[alone]])
    return Split(train=tuple(sorted(train.tolist())), test=tuple(sorted(test.tolist())))


def target(dataset: Dataset) -> Any:
    """Return the column to predict: numbers, or the codes 0..K-1 of the sorted labels."""
    import pandas as pd

    y = pd.read_csv(dataset.path, usecols=[dataset.target], float_precision="round_trip")[dataset.target]
    return y.to_numpy() if dataset.task == "regression" else pd.factorize(y, sort=True)[0]


def _dataset(folder: Path, entry: dict[str, Any]) -> Dataset:
    fields = {name: entry[name] for name in ("name", "task", "target", "rows")}
    return Dataset(path=folder / entry["file"], **fields)
