"""What the engine adds to the log of an iteration that did not come to its own."""

from __future__ import annotations

from automl_widgets.engine.notes import LastLines


def test_a_last_line_that_cannot_be_written_is_written_with_the_next_one(tmp_path):
    lines, late = LastLines(), tmp_path / "late" / "log.txt"
    lines.add(late, "failed: a full disk")
    assert not late.exists()
    late.parent.mkdir()
    lines.add(tmp_path / "log.txt", "timeout: took too long")
    lines.write()
    assert [line.split(" ", 2)[2] for line in late.read_text().splitlines()] == ["ERROR failed: a full disk"]
    assert len((tmp_path / "log.txt").read_text().splitlines()) == 1


def test_a_last_line_does_not_join_what_was_cut_off(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("fold 1/5 and th")
    LastLines().add(log, "failed: a full disk")
    first, second = log.read_text().splitlines()
    assert first == "fold 1/5 and th"
    assert second.endswith("ERROR failed: a full disk")
