"""Trials that do what their recipe says: for tests of the engine without a learner."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from automl_widgets.records import Explanation, TrialResult, TrialSpec, decode, encode


def pretend(data, report, *, spec):
    what = decode(TrialSpec, spec)
    says = what.recipe.parameters
    print(f"iteration {what.iteration} attempt {what.attempt}", flush=True)
    for k, score in enumerate(says.get("folds", [])):
        report(stage=f"fold {k + 1} of {len(says['folds'])}", fold=k, score=score)
    time.sleep(says.get("seconds", 0.0))
    if says.get("crash", 0) > what.attempt:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "fail" in says:
        raise ValueError(says["fail"])
    Path(what.folder, "model.pkl").write_bytes(b"a model")
    return encode(TrialResult(metrics={"accuracy": says.get("score")}, **_result(says, what)))


def _result(says, what):
    score = float("nan") if says.get("score") is None else says["score"]
    members = tuple(member.iteration for member in what.members)
    return {"score": score, "spread": None, "fold_scores": (score,), "parameters": {}, "members": members}


def pretend_to_explain(data, report, *, spec, time_limit_s=None):
    what = decode(TrialSpec, spec)
    if what.recipe.parameters.get("mute"):
        raise ValueError("nothing to say")
    return encode(Explanation(iteration=what.iteration, state="completed", features=("a",), overall=(1.0,)))
