"""What iterations, libraries and the engine say is in the logs, and nothing of it in the notebook."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.scene import Scene

TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")


def log_of(scene: Scene, body: str, iteration: int = 1, **settings: object) -> str:
    scene.plan(body, iteration=iteration, call=2, args=settings.pop("args", {}))
    run = scene.submit(**settings)
    scene.ended(run)
    return str(next(child for child in run.get_children() if child.iteration == iteration).get_log())


def test_a_log_tells_stages_scores_and_all_that_anybody_says(scene: Scene) -> None:
    log = log_of(scene, "speak")
    lines = log.splitlines()
    ours = [line for line in lines if TIME.match(line)]
    assert [line[24:32] for line in ours if " fold " in line] == ["fold 1/3", "fold 2/3", "fold 3/3"]
    assert all("accuracy 0." in line for line in ours if " fold " in line or " mean " in line)
    assert len([line for line in ours if "WARN" in line and "UserWarning: the same thing" in line]) == 3
    assert lines.count("printed 999") == lines.count("printed by C") == lines.count("printed by a child") == 1
    assert any(line.endswith("WARNING some.library: logged") for line in lines)
    assert "nothing for users" not in log


def test_the_log_of_a_failure_has_the_traceback_and_ends_with_the_reason(scene: Scene) -> None:
    log = log_of(scene, "fail")
    assert "Traceback (most recent call last)" in log
    assert "raise ValueError(message)" in log
    last = log.splitlines()[-1]
    assert TIME.match(last)
    assert last[24:] == "ERROR failed: ValueError: k must be positive"


def test_the_log_of_a_crash_says_where_and_ends_with_the_reason(scene: Scene) -> None:
    log = log_of(scene, "segfault")
    assert log.count("Fatal Python error: Segmentation fault") == 2
    assert "attempt 2" in log
    assert log.splitlines()[-1][24:] == "ERROR crashed: killed by signal 11 (SIGSEGV)"


def test_of_a_long_log_the_end_can_be_had_alone(scene: Scene) -> None:
    scene.plan("speak_long", iteration=0, call=4, args={"n_lines": 100_000})
    run = scene.submit(iterations=1)
    scene.ended(run)
    child = next(iter(run.get_children()))
    end = child.get_log(last=5).splitlines()
    assert end == child.get_log().splitlines()[-5:]
    assert "line 99999 of a long log" in end
    assert child.get_log(last=10**9) == child.get_log()
    assert child.get_log(last=0) == ""


def test_a_cell_shows_what_it_was_asked_to_show_and_no_warning_of_anybody(scene: Scene) -> None:
    scene.plan("speak", iteration=0)
    asked = f"run = submit({str(scene.folder)!r}, iterations=3, verbosity=10)"
    cell = scene.kernel.run(f"{asked}\nrun.wait_for_completion(show_output=True)")
    scene.watched(scene.kernel.ask("run.run_id"))
    assert cell.error == ""
    assert cell.output.splitlines()[-1] == "Completed: all 3 iterations done"
    assert not re.search("Warning|Traceback|printed", cell.output)
    assert scene.kernel.run("import automl_widgets as aw; aw.RunDetails(run).show()").output == ""


def test_a_rubbish_command_is_refused_in_silence(scene: Scene) -> None:
    scene.plan("sleep", iteration=0, args={"seconds": 1})
    run = scene.submit()
    (run.folder / "commands" / "1.json").write_text('{"kind": "dance"}')
    scene.ended(run)


def test_the_debug_log_is_where_it_was_wanted_and_as_long(scene: Scene, tmp_path: Path) -> None:
    texts = []
    for level in (10, 30):
        path = tmp_path / f"level{level}.log"
        scene.plan("segfault", iteration=1, attempts=1)
        scene.ended(scene.submit(debug_log=str(path), verbosity=level))
        texts.append(path.read_text())
    assert all(TIME.match(line) for line in texts[0].splitlines())
    assert "Launch(iteration=1, attempt=1" in texts[0]
    assert "/1/0 crashed killed by signal 11 (SIGSEGV)" in texts[0]
    assert texts[1] == ""
