"""One thing of a run as one file: code, model, the run itself. Not here: the command that asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from automl_widgets.errors import NotFoundError, NotSupportedError, WorkspaceError
from automl_widgets.share.loading import load_model
from automl_widgets.share.names import MODEL
from automl_widgets.share.pack import pack
from automl_widgets.share.unpack import check_trusted
from automl_widgets.store import Store
from automl_widgets.store.files import write_atomic


def export(store: Store, run_id: str, what: str, iteration: int | None, target: str | Path | None) -> Path:
    """Write one thing of a run into a file; return its path.

    Parameters
    ----------
    store : Store
    run_id : str
    what : str
        One of `KINDS`.
    iteration : int or None
        Whose; the best one's if None. The run has all.
    target : str, Path or None
        The file, or a folder that exists; the current folder if None.

    Raises
    ------
    NotFoundError
        If there is no such iteration or file.
    NotSupportedError
        If the library is missing that writes this kind of file, or it cannot write this model.
    RunStateError
        If the run has not ended, or its pickle would have to be loaded and is not trusted.
    WorkspaceError
        If the file cannot be written.
    """
    if what == "run":
        return pack(store, run_id, target or ".")
    number = _iteration(store, run_id, iteration)
    suffix, write = _WRITERS[what]
    path = Path(target or ".")
    path = path / f"{run_id}_{number}{suffix}" if path.is_dir() else path
    write(store, run_id, number, path)
    return path


def _iteration(store: Store, run_id: str, iteration: int | None) -> int:
    best = store.run(run_id).best_iteration if iteration is None else iteration
    if best is None:
        raise NotFoundError(f"No iteration of {run_id} has a score yet. `automl-widgets show` lists what there is.")
    return store.iteration(run_id, best).iteration


def _code(store: Store, run_id: str, iteration: int, target: Path) -> None:
    write_atomic(target, store.read_file(run_id, iteration, "code.py").encode())


def _model(store: Store, run_id: str, iteration: int, target: Path) -> None:
    source = model_file(store, run_id, iteration)
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise WorkspaceError(f"Cannot write {target}: {error.strerror}. Give a path that is writable.") from error


def model_file(store: Store, run_id: str, iteration: int) -> Path:
    """Return where the fitted model of an iteration lies, if it may be loaded."""
    check_trusted(store.run(run_id), "Taking a model")
    path = store.iteration_folder(run_id, iteration) / MODEL
    if not path.is_file():
        state = store.iteration(run_id, iteration).state
        raise NotFoundError(f"Iteration {iteration} of {run_id} has no fitted model: it is {state}.")
    return path


def _skops(store: Store, run_id: str, iteration: int, target: Path) -> None:
    try:
        from skops import io
    except ImportError as error:
        raise NotSupportedError("skops is not installed: pip install 'automl_widgets[skops]'") from error
    data = io.dumps(load_model(store.folder, model_file(store, run_id, iteration)))
    write_atomic(target, data)


def _onnx(store: Store, run_id: str, iteration: int, target: Path) -> None:
    from automl_widgets.share.onnx_model import to_onnx

    write_atomic(target, to_onnx(load_model(store.folder, model_file(store, run_id, iteration))))


_WRITERS: Mapping[str, tuple[str, Callable[[Store, str, int, Path], None]]] = {
    "code": (".py", _code),
    "model": (".pkl", _model),
    "onnx": (".onnx", _onnx),
    "skops": (".skops", _skops),
}
KINDS = ("run", *_WRITERS)
