"""Where the Jupyter server that started this kernel serves a folder. Not here: any request.

The page uses it when the kernel is too busy to answer: it reads logs and drops commands over the server's own REST way.
"""

from __future__ import annotations

import json
import os
from pathlib import Path


def server_path(folder: Path) -> str | None:
    """Return a folder's path on the Jupyter server that started this kernel; None if it is not served.

    The server writes `jpserver-<pid>.json` into Jupyter's runtime folder, and tells each kernel its pid.
    """
    parents = {os.environ.get("JPY_PARENT_PID", ""), str(os.getppid())}
    real = folder.resolve()
    for root in (Path(root).resolve() for pid, root in _servers() if pid in parents):
        parts = real.relative_to(root).parts if real.is_relative_to(root) else (".",)
        if not any(part.startswith(".") for part in parts):
            return "/".join(parts)
    return None


def _servers() -> list[tuple[str, str]]:
    try:
        from jupyter_core.paths import jupyter_runtime_dir
    except ImportError:
        return []
    found = []
    for file in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
            found.append((str(known["pid"]), str(known["root_dir"])))
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return found
