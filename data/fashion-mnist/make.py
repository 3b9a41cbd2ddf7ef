"""Copy Fashion-MNIST's four original files out of Debian's package dataset-fashion-mnist.

    apt-get download dataset-fashion-mnist
    python data/fashion-mnist/make.py dataset-fashion-mnist_0.0~git20200523.55506a9-1_all.deb

The argument may also be the folder into which ``dpkg-deb -x`` unpacked the package. A file other than
the one that the course was written with is refused.
"""

import argparse
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
DATASET = Path("usr/share/datasets/fashion-mnist")
EXPECTED_SHA256 = {
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
}


def make(package):
    """Copy the files beside this script and write SHA256SUMS."""
    for name, expected in EXPECTED_SHA256.items():
        found = hashlib.sha256((package / DATASET / name).read_bytes()).hexdigest()
        if found != expected:
            raise SystemExit(f"{name}: SHA-256 {found}, expected {expected}; nothing was copied")
    for name in EXPECTED_SHA256:
        shutil.copyfile(package / DATASET / name, FOLDER / name)
    sums = "".join(f"{expected}  {name}\n" for name, expected in EXPECTED_SHA256.items())
    (FOLDER / "SHA256SUMS").write_text(sums, encoding="utf-8", newline="\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("package", type=Path, help="the .deb file, or the folder it was unpacked into")
    package = parser.parse_args().package
    if package.is_dir():
        make(package)
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        make(Path(folder))


if __name__ == "__main__":
    main()
