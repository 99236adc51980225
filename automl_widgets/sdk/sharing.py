"""A run on its way to other machines and people. Not here: how it is packed (``share``)."""

from __future__ import annotations

from pathlib import Path

from automl_widgets.sdk.wishing import WishingRun
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

    def trust(self) -> None:
        """Let the models and data of an imported run be loaded: they are code that then runs with your rights.

        Do it only if you know who made the run, and that the file came from them. There is no way back.
        """
        trust_run(self.store, self.run_id)
