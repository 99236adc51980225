"""A run on its way to other machines and people. Not here: how it is packed (``share``)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from automl_widgets.sdk.wishing import WishingRun
from automl_widgets.share.mlflow_run import follow_run, log_run
from automl_widgets.share.pack import pack
from automl_widgets.share.unpack import trust_run


class ShareableRun(WishingRun):
    """The part of `AutoMLRun` that hands it on."""

    def export(self, path: str | Path, *, models: bool = True, data: bool = False) -> Path:
        """Write the run into a zip file, which `Workspace.import_run` takes in on another machine.

        Parameters
        ----------
        path : str or Path
            The file, replaced if it is there; in a folder that exists it gets the run's id for a name.
        models : bool, default True
            Put the fitted models in. They are pickles, code that runs when it is loaded: whoever gets them must trust
            you.
        data : bool, default False
            Put the training data in, which the run needs to be resumed or continued. Without it, a log, a diagram or
            an explanation may still show values of some rows, and the targets lie beside the predictions.

        Returns
        -------
        Path
            Of the file.

        Raises
        ------
        RunStateError
            If the run has not ended.
        WorkspaceError
            If the file cannot be written.
        """
        return pack(self.store, self.run_id, path, models=models, data=data)

    def to_mlflow(
        self,
        tracking_uri: str | None = None,
        experiment_name: str | None = None,
        models: Literal["best", "all", "none"] = "best",
        follow: bool = False,
    ) -> str:
        """Write the run into MLflow: parameters, metrics and files, a child run for each iteration, and its model.

        Needs the extra `mlflow`. The tracking store and the active run that MLflow itself has set stay as they are.

        Parameters
        ----------
        tracking_uri : str, optional
            E.g. ``"sqlite:///mlflow.db"``; what MLflow itself would take by default.
        experiment_name : str, optional
            In MLflow; the name of the run's experiment by default.
        models : {"best", "all", "none"}
            Whose models are saved. ``mlflow.pyfunc.load_model(f"runs:/{run_id}/model")`` loads one, which runs its
            code.
        follow : bool, default False
            Return at once and write each iteration when it has ended, the rest at the run's end. A tracking server
            that fails does no harm to the run: what it did not take is tried again, and the run's debug log tells.
            If this kernel dies before the end, the same call in another one goes on with the same entry.

        Returns
        -------
        str
            The id that the run has in MLflow; each call without `follow` writes a new one.

        Raises
        ------
        NotSupportedError
            If MLflow is not installed.
        RunStateError
            If the run has not ended and is not followed, or was imported and is not trusted.
        """
        write = follow_run if follow else log_run
        return write(self.store, self.run_id, tracking_uri, experiment_name, models)

    def trust(self) -> None:
        """Let the models and data of an imported run be loaded: they are code that then runs with your rights.

        Do it only if you know who made the run, and that the file came from them. There is no way back.
        """
        trust_run(self.store, self.run_id)
