from __future__ import annotations

import re

from automl_widgets.records import Guardrail, IterationRecord, Recipe, TrialResult
from automl_widgets.sdk import console


def ended(i: int, score: float | None, at: float, **fields: object) -> IterationRecord:
    result = score is not None and TrialResult(
        metrics={}, score=score, spread=None, fold_scores=(score,), parameters={}
    )
    recipe = Recipe(algorithm="LightGBM", preprocessor="MaxAbsScaler")
    state = "completed" if result else "failed"
    return IterationRecord(
        iteration=i, state=state, recipe=recipe, result=result or None, started_at=at - 90, ended_at=at, **fields
    )


def test_rows_come_in_the_order_in_which_iterations_end_with_the_best_so_far() -> None:
    lines = list(console.Table("max").rows([ended(0, 0.9, 20.0), ended(1, 0.95, 10.0), ended(2, 0.8, 30.0)]))
    numbers = [re.split(r"\s{2,}", line.strip()) for line in lines]
    assert [row[0] for row in numbers] == ["1", "0", "2"]
    assert [row[-1] for row in numbers] == ["0.9500", "0.9500", "0.9500"]
    assert numbers[0][1:3] == ["MaxAbsScaler LightGBM", "0:01:30"]


def test_the_best_of_a_loss_is_the_smallest() -> None:
    lines = list(console.Table("min").rows([ended(0, 0.9, 1.0), ended(1, 0.5, 2.0)]))
    assert lines[-1].endswith("0.5000    0.5000")


def test_a_row_is_printed_once() -> None:
    table = console.Table("max")
    assert len(list(table.rows([ended(0, 0.9, 1.0)]))) == 1
    assert list(table.rows([ended(0, 0.9, 1.0)])) == []


def test_a_failed_iteration_shows_nan_and_its_reason() -> None:
    lines = list(console.Table("max").rows([ended(0, None, 1.0, reason="ValueError: k must be positive")]))
    assert lines[0].split()[-2:] == ["nan", "nan"]
    assert lines[1].strip() == "ERROR: ValueError: k must be positive"


def test_a_running_iteration_is_not_printed() -> None:
    assert list(console.Table("max").rows([IterationRecord(iteration=0, state="running")])) == []


def test_columns_stand_under_their_titles() -> None:
    row = next(iter(console.Table("max").rows([ended(7, 0.9, 1.0)])))
    assert console.TITLES.index("PIPELINE") == row.index("MaxAbsScaler")
    assert console.TITLES.index("DURATION") == row.index("0:01:30")
    assert len(console.TITLES) == len(row)


def test_guardrails_are_printed_as_azure_prints_them() -> None:
    rail = Guardrail(
        name="Class balance", state="alerted", description="Few of class b.", details=({"class": "b", "rows": 3},)
    )
    text = "\n".join(console.guardrail_lines([rail]))
    assert re.search(r"TYPE: +Class balance\nSTATUS: +ALERTED\nDESCRIPTION: +Few of class b\.", text)
    assert "| class | rows |" in text
    assert "+=======+======+" in text
