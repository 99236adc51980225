"""The files of an iteration: their names, their forms, written so that they are there in full or not at all.

========================  ==============================================================
``model.pkl``             the fitted model
``oof.npz``               predictions of rows held back, see `held.Held.to_arrays`, and the truth
``diagnostics.json``      matrix, curves, residuals, see `automl_widgets.diagnostics`
``code.py``               a script that rebuilds the model
``pipeline.json``         the nodes of the small diagram
``explanation.npz``       SHAP values
``explanation.json``      a sample of them, for the widget
========================  ==============================================================
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from automl_widgets.engine.held import Held, Truth

PICKLE_PROTOCOL = 5


def save_model(folder: str, model: Any, *, has_own_code: bool = False) -> float:
    """Write the model, with the code of classes from a notebook if it may have such; return its size in MB."""
    pickler = "cloudpickle" if has_own_code else "pickle"
    with _written(Path(folder) / "model.pkl") as file:
        importlib.import_module(pickler).dump(model, file, protocol=PICKLE_PROTOCOL)
    return model_mb(folder)


def load_model(folder: str) -> Any:
    """Return the model of an iteration."""
    return pickle.loads((Path(folder) / "model.pkl").read_bytes())


def model_mb(folder: str) -> float:
    """Return the size of an iteration's model in MB."""
    return (Path(folder) / "model.pkl").stat().st_size / 1e6


def save_held(folder: str, held: Held, truth: Truth) -> None:
    """Write predictions of rows held back, with the truth of all rows: `truth`, and `weight` if they have weights."""
    beside = {"truth": truth.y} if truth.weights is None else {"truth": truth.y, "weight": truth.weights}
    save_arrays(Path(folder) / "oof.npz", {**held.to_arrays(len(truth.y)), **beside})


def load_held(folder: str) -> Held:
    """Return an iteration's predictions of rows held back."""
    with np.load(Path(folder) / "oof.npz", allow_pickle=False) as arrays:
        return Held.from_arrays({name: arrays[name] for name in arrays.files})


def save_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays as one `.npz` file."""
    with _written(path) as file:
        np.savez(file, **arrays)


def save_text(folder: str, name: str, text: str) -> None:
    """Write a text file."""
    with _written(Path(folder) / name) as file:
        file.write(text.encode())


def save_json(folder: str, name: str, value: Any) -> None:
    """Write a JSON file."""
    save_text(folder, name, json.dumps(value, ensure_ascii=False, separators=(",", ":")))


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that takes the path's place when all is written.

    It is not forced to the disk, which takes up to 10 ms a file: that is for a power cut only, not for a kill.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            yield file
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
