"""The scoreboard is what the lessons recorded: in the notebooks, in the stored result, in lesson 15."""

import json

import nbformat
import pytest

from imgrec_course import board
from imgrec_course.experiments import load_result
from imgrec_course.paths import NOTEBOOKS


def notebook(folder, name, *rows):
    outputs = [{"output_type": "display_data", "metadata": {"imgrec_score": row}} for row in rows]
    content = {"cells": [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": outputs}]}
    (folder / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")


def row(model, data="ten images", precision=0.5, **more):
    return {
        "model": model,
        "data": data,
        "precision": precision,
        "precision_interval": [0.4, 0.6],
        "recall": 0.75,
        "recall_interval": [0.5, 0.9],
        "f1": 0.6,
        **more,
    }


def test_rows_are_read_in_the_lessons_order(tmp_path):
    notebook(tmp_path, "07_b", row("second"), row("third"))
    notebook(tmp_path, "01_a", row("first"))
    notebook(tmp_path, "15_c", row("own"))
    rows = board.board(tmp_path)
    assert [(one["lesson"], one["model"]) for one in rows] == [
        ("01", "first"),
        ("07", "second"),
        ("07", "third"),
        ("15", "own"),
    ]
    assert [one["model"] for one in board.board(tmp_path, leave_out=("15", "01"))] == ["second", "third"]


def test_a_folder_without_notebooks_is_named(tmp_path):
    with pytest.raises(ValueError, match="notebooks must be a folder with built lessons"):
        board.board(tmp_path)


def test_table_and_picture_hold_every_row():
    rows = [
        {"lesson": "01", **row("a finder", average_precision=0.8, seconds=3, parameters=1_200_000)},
        {"lesson": "02", **row("nothing returned", precision=None)},
        {"lesson": "02", **row("elsewhere", data="five films")},
    ]
    lines = board.table(rows).split("\n")
    assert lines[0] == "ten images"
    assert lines[1] == ("  01  a finder          (measured P 0.50  R 0.75  F1 0.60  AP 0.80  1,200 k  3 s)")
    assert "P –  R 0.75" in lines[2]
    assert lines[3:5] == ["", "five films"]
    figure = board.picture(rows)
    labels = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
    assert labels == ["01 a finder", "02 nothing returned", "02 elsewhere"]
    assert board.table([]) == ""
    board.picture([])


def test_panels_are_filled_evenly_and_in_order():
    assert board._columns([3, 3, 3, 3], 2) == ([2, 2], 6)
    assert board._columns([9, 1, 1], 2) == ([1, 2], 9)
    assert board._columns([4], 2) == ([1, 0], 4)
    assert board._columns([2, 5, 2], 3) == ([1, 1, 1], 5)


def test_the_stored_board_is_that_of_the_built_lessons():
    """A lesson was built since: run `imgrec experiment board`, then `imgrec build 15`."""
    assert load_result("board")["rows"] == json.loads(json.dumps(board.board(leave_out=("15",))))


def test_lesson_15_shows_the_stored_board_and_its_own_rows():
    path = NOTEBOOKS / "en" / "15_reading_critically.ipynb"
    own = [one for one in board.board() if one["lesson"] == "15"]
    assert own
    shown = [
        output.text.rstrip("\n")
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    ]
    assert board.table(load_result("board")["rows"] + own) in shown
