"""One row for every model that a lesson measures: the course's thread, kept where it was measured.

A row travels as metadata of the cell's output; whoever wants the whole board reads it from the built
notebooks, so the board cannot disagree with the lessons.
"""

from imgrec_course.checks.claims import measured
from imgrec_course.language import show_text
from imgrec_course.metrics import proportion_interval


def record(model, data, labels, returned, scores=None, **details):
    """Show and store precision and recall of one model's decisions, each with its 95 % interval.

    model, data   names, a few words each
    labels        (n,) 1 where an image is what was looked for
    returned      (n,) 1 where the model returned it
    scores        (n,) for average precision; None: it has none
    details       further facts such as seconds=…, parameters=…
    returns       the row, a dictionary
    """
    from sklearn.metrics import average_precision_score, f1_score

    from imgrec_course.scratch.counting import confusion_counts

    true_positive, false_positive, false_negative, _ = confusion_counts(labels, returned)
    found, wanted = true_positive + false_positive, true_positive + false_negative
    row = {
        "model": model,
        "data": data,
        "precision": true_positive / found if found else None,
        "precision_interval": proportion_interval(true_positive, found),
        "recall": true_positive / wanted if wanted else None,
        "recall_interval": proportion_interval(true_positive, wanted),
        "f1": float(f1_score(labels, returned, zero_division=0)),
        **details,
    }
    if scores is not None:
        row["average_precision"] = float(average_precision_score(labels, scores))
    show_text(describe(row), imgrec_score=row)
    return row


def describe(row):
    """The row as one line of text."""

    def with_interval(name):
        value, (low, high) = row[name], row[f"{name}_interval"]
        return f"{'–' if value is None else f'{value:.3f}'} [{low:.3f}, {high:.3f}]"

    numbers = f"P {with_interval('precision')}  R {with_interval('recall')}  F1 {row['f1']:.3f}"
    if "average_precision" in row:
        numbers += f"  AP {row['average_precision']:.3f}"
    return f"{row['model']} · {row['data']} {measured(numbers)}"
