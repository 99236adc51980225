"""Disks that do not do their part: a small one that is filled (Linux, as root), and a folder that is read-only."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults.scene import Scene


class Disk:
    """A file system in memory, mounted at `folder`."""

    def __init__(self, folder: Path, size: str = "6m") -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")

    def fill(self) -> None:
        """Leave no byte."""
        with open(self.folder / "ballast", "wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def free(self) -> None:
        """Make room again."""
        (self.folder / "ballast").unlink()

    def close(self) -> None:
        """Take it away."""
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def _mount(self, *options: str) -> None:
        done = subprocess.run(["mount", *options, str(self.folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise PermissionError(done.stderr.strip() or f"mount ended with {done.returncode}, uid {os.getuid()}")


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be made in a folder: by its permissions or, for root, who needs none, by a mark."""
    is_root = os.geteuid() == 0
    forbidden = ["chattr", "+i"] if is_root else ["chmod", "a-w"]
    allowed = ["chattr", "-i"] if is_root else ["chmod", "u+w"]
    done = subprocess.run([*forbidden, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run([*allowed, str(folder)], check=True)


def fills_up(scene: Scene, disk: Disk) -> None:
    """Fill the disk under a run, and make room when the run has said what is wrong."""
    run = scene.submit(iterations=20)  # the last ones are not at work yet when the disk is full
    scene.until(run, lambda rows: any(r.state == "completed" for r in rows))
    scene.pause(0.2)
    disk.fill()
    stage = "(run.get_detailed_status()['stage'] or '')"
    scene.until(run, lambda _: "There is no space left on its disk" in scene.kernel.ask(stage))
    assert scene.kernel.unasked() == ""
    disk.free()
    rows = scene.ended(run)
    assert len(rows) == 20
    assert {r.reason for r in rows if r.state != "completed"} <= {"OSError: [Errno 28] No space left on device"}
    assert rows[-1].state == "completed"
