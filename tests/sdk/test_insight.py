"""What tells of a run: its report, figures and comparisons, on a real one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from automl_widgets import AutoMLRun, retrieve_model_explanation


def test_the_report_of_a_real_run_shows_its_best_model(finished: AutoMLRun, tmp_path: Path) -> None:
    page = finished.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 3_000_000
    for text in ("Confusion matrix", "What each feature adds", "def build():"):
        assert text in page


def test_the_stored_sample_is_a_part_of_the_explanation(finished: AutoMLRun) -> None:
    best, _ = finished.get_output()
    values, expected, _, names, *_ = retrieve_model_explanation(best)
    part = json.loads((best.folder / "explanation.json").read_text())
    assert part["features"] == names
    assert part["outputs"][0]["label"] == "yes"
    np.testing.assert_allclose(part["outputs"][0]["expected"], expected[1], rtol=1e-3)
    ours = np.array(part["outputs"][0]["values"])
    theirs = values[1][:, [finished.record.profile.feature_names.index(name) for name in names]].T
    np.testing.assert_allclose(ours, theirs[:, : ours.shape[1]], rtol=1e-3, atol=1e-9)
