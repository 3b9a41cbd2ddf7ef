"""The course's scoreboard: every model that a lesson measured, read from the notebooks as they were built.

:func:`imgrec_course.scoreboard.record` leaves a row in the metadata of a cell's output; :func:`board`
collects the rows of all built lessons. So the board cannot disagree with the lessons, and a lesson that
is built later joins it without a change here. ``imgrec experiment board`` stores the rows for lesson 15.
"""

import json
from pathlib import Path

from imgrec_course import plots
from imgrec_course.checks.claims import measured
from imgrec_course.paths import NOTEBOOKS


def board(notebooks=None, leave_out=()):
    """Rows of every built lesson, in the lessons' order.

    notebooks   folder with the English notebooks (default: the course's); the learner's edition is read
    leave_out   numbers of lessons, such as "15"
    returns     list of rows as of scoreboard.record, each with its "lesson" in front

    Raises ValueError when the folder holds no notebook.
    """
    folder = Path(notebooks or NOTEBOOKS / "en")
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise ValueError(f"notebooks must be a folder with built lessons, not {folder}: it holds none")
    rows = []
    for path in paths:
        number = path.name[:2]
        if number in leave_out:
            continue
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", ()):
                row = output.get("metadata", {}).get("imgrec_score")
                if row is not None:
                    rows.append({"lesson": number, **row})
    return rows


def by_data(rows):
    """{data: its rows}, both in order of appearance."""
    groups = {}
    for row in rows:
        groups.setdefault(row["data"], []).append(row)
    return groups


def table(rows):
    """The rows as text, one line each, under the data on which they were measured.

    Behind the four measures stand, where a lesson gave them, thousands of parameters (k) and seconds (s).
    """
    lines, width = [], max((len(row["model"]) for row in rows), default=0)
    for data, group in by_data(rows).items():
        lines += ["", data] if lines else [data]
        for row in group:
            numbers = [f"{name} {_number(row.get(key))}" for name, key in NUMBERS]
            facts = [f"{row['parameters'] / 1000:,.0f} k"] if row.get("parameters") else []
            facts += [f"{row['seconds']:.0f} s"] if row.get("seconds") else []
            lines.append(
                f"  {row['lesson']}  {row['model']:{width}s}  {measured('  '.join([*numbers, *facts]))}"
            )
    return "\n".join(lines)


NUMBERS = (("P", "precision"), ("R", "recall"), ("F1", "f1"), ("AP", "average_precision"))


def _number(value):
    return "–" if value is None else f"{value:.2f}"


def picture(rows, columns=2):
    """Precision and recall of every row with their intervals, joined by a line; a figure.

    rows      as of :func:`board`
    columns   panels beside one another; rows measured on the same data stay together
    """
    groups = by_data(rows)
    panels, height = _columns([1 + len(group) for group in groups.values()], columns)
    figure, axes = plots.subplots(1, columns, size=(10.4, 0.9 + 0.2 * height), squeeze=False)
    waiting = list(groups.items())
    for panel, count in zip(axes[0], panels, strict=True):
        ticks, labels, place = [], [], 0
        for data, group in waiting[:count]:
            panel.text(0, place, data, fontsize=8, fontweight="bold", va="center")
            for row in group:
                place += 1
                ticks.append(place)
                labels.append(f"{row['lesson']} {row['model']}")
                _dumbbell(panel, place, row)
            place += 1
        del waiting[:count]
        panel.set_yticks(ticks, labels, fontsize=7)
        panel.set(xlim=(-0.02, 1.03), ylim=(height - 0.3, -0.7))
        panel.tick_params(axis="x", labelsize=8)
        panel.set_xlabel("precision and recall, each with its 95 % interval", fontsize=8)
    for name, _, colour, marker in ENDS:
        axes[0, 0].plot([], [], marker, color=colour, label=name, markersize=5)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=2, fontsize=8)
    figure.suptitle("Every model that a lesson measured", x=0.01, ha="left", fontsize=11)
    return figure


ENDS = (("precision", "precision", plots.PRECISION, "o"), ("recall", "recall", plots.RECALL, "D"))


def _dumbbell(axes, place, row):
    values = [row[key] for _, key, _, _ in ENDS]
    if None not in values:
        axes.plot(values, [place, place], color=plots.CHANCE, linewidth=1, zorder=1)
    for (_, key, colour, marker), value, shift in zip(ENDS, values, (-0.14, 0.14), strict=True):
        if value is not None:
            low, high = row[f"{key}_interval"]
            axes.plot([low, high], [place + shift] * 2, color=colour, linewidth=1.5, alpha=0.6)
            axes.plot(value, place + shift, marker, color=colour, markersize=4.5)


def _columns(lengths, columns):
    """How many groups each panel takes, in order, and the height of the highest panel: as low as may be."""
    for height in range(max(lengths, default=1), sum(lengths) + 2):
        counts, filled = [0], 0
        for length in lengths:
            if filled + length > height:
                counts.append(0)
                filled = 0
            counts[-1] += 1
            filled += length
        if len(counts) <= columns:
            return counts + [0] * (columns - len(counts)), height
    return [len(lengths)] + [0] * (columns - 1), sum(lengths)
