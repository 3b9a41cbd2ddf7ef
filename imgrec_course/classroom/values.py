"""Plain values – numbers, texts, lists, arrays – as JSON and back.

This is all that passes between the grader and the process that runs a submission. Nothing is unpickled:
whatever a submission sends becomes numbers and texts, or is refused.
"""

import base64
import binascii
import json
import math

import numpy as np

ARRAY_TYPES = {np.dtype(kind).str for kind in "?bBhHiIlLqQefd"}
LARGEST_INTEGER_BITS = 4096
DEEPEST = 20
MOST_AXES = 16


class Shown(str):
    """What cannot be sent as a plain value: the text that shows it to a person."""

    def __repr__(self):
        return str(self)


def encode(value):
    """The value as one line of JSON; what is no plain value becomes the text that shows it."""
    return json.dumps(_packed(value), separators=(",", ":"))


def decode(text):
    """The value of one line of JSON; ValueError for anything that ``encode`` would not have written."""
    try:
        return _unpacked(json.loads(text))
    except (RecursionError, MemoryError) as error:
        raise ValueError("nested too deeply, or too large") from error


def _packed(value, depth=0):
    if depth > DEEPEST:
        return {"shown": "…"}
    if value is None or isinstance(value, bool):
        return value
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float) and not isinstance(value, np.generic):
        return float.__float__(value)
    if isinstance(value, int):
        plain = int.__int__(value)
        return plain if plain.bit_length() <= LARGEST_INTEGER_BITS else {"shown": "an enormous integer"}
    if isinstance(value, tuple | list):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_packed(part, depth + 1) for part in value]}
    if isinstance(value, dict | set | frozenset | bytes | type) or callable(value):
        return {"shown": _text(value)}
    try:
        array = np.asarray(value)
    except Exception:  # whatever an object of a submission does when it is asked for its numbers
        return {"shown": _text(value)}
    if array.dtype.kind in "fiu" and array.dtype.str not in ARRAY_TYPES:
        array = array.astype(np.float64)
    if array.dtype.str not in ARRAY_TYPES:
        if array.dtype.kind == "U" and array.ndim:
            return {"list": [_packed(part, depth + 1) for part in array.tolist()]}
        return {"shown": _text(value)}
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "bytes": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii"),
    }


def _text(value):
    return f"{type(value).__name__} {repr(value)[:120]}"


def _unpacked(packed):
    if packed is None or isinstance(packed, bool | int | float | str):
        return packed
    if not isinstance(packed, dict):
        raise ValueError(f"{type(packed).__name__} is no packed value")
    if packed.keys() == {"ellipsis"}:
        return ...
    if packed.keys() == {"shown"}:
        return Shown(str(packed["shown"])[:200])
    if packed.keys() in ({"tuple"}, {"list"}):
        ((kind, parts),) = packed.items()
        if not isinstance(parts, list):
            raise ValueError("a list without parts")
        return (tuple if kind == "tuple" else list)(_unpacked(part) for part in parts)
    if packed.keys() != {"dtype", "shape", "bytes"}:
        raise ValueError("no packed value")
    return _array(packed["dtype"], packed["shape"], packed["bytes"])


def _array(kind, shape, text):
    if kind not in ARRAY_TYPES:
        raise ValueError("an array of another type than numbers")
    if not isinstance(shape, list) or len(shape) > MOST_AXES:
        raise ValueError("a shape that is none")
    if any(not isinstance(size, int) or isinstance(size, bool) or size < 0 for size in shape):
        raise ValueError("a shape that is none")
    try:
        content = base64.b64decode(text, validate=True)
    except (TypeError, binascii.Error) as error:
        raise ValueError("bytes that are none") from error
    if math.prod(shape) * np.dtype(kind).itemsize != len(content):
        raise ValueError("a shape that does not fit the bytes")
    array = np.frombuffer(content, dtype=kind).reshape(shape).copy()
    return array[()] if array.ndim == 0 else array
