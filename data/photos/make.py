"""Make the course's photographs from Debian's package tuxpaint-stamps-default.

    apt-get download tuxpaint-stamps-default
    python data/photos/make.py tuxpaint-stamps-default_2022.06.04-1_all.deb

The argument may also be the folder into which ``dpkg-deb -x`` unpacked the package. selection.csv says which
stamps are kept: source (in the package's folder of stamps), file (its name here), class, and group – pictures
that show the same object or nearly the same picture share a group, and a group never crosses the split.
"""

import argparse
import csv
import hashlib
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).resolve().parent
STAMPS = Path("usr/share/tuxpaint/stamps")
ANIMALS = {
    "bird",
    "carnivore",
    "cold-blooded",
    "hoofed mammal",
    "invertebrate",
    "other mammal",
    "rodent",
}
SHARES = {"train": 0.5, "validation": 0.2, "test": 0.3}
SIZE, OBJECT = 224, 208


def cut_out(path):
    """The stamp as (224, 224) picture: the visible part, its longer side 208 pixels, centred on white."""
    stamp = Image.open(path).convert("RGBA")
    visible = stamp.getchannel("A").point(lambda alpha: 255 * (alpha > 8)).getbbox()
    stamp = stamp.crop(visible)
    # On white first: resizing would mix the invisible pixels' colour into the edge.
    white = Image.new("RGBA", stamp.size, "white")
    white.alpha_composite(stamp)
    scale = OBJECT / max(stamp.size)
    size = [max(1, round(length * scale)) for length in stamp.size]
    resized = white.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    picture = Image.new("RGB", (SIZE, SIZE), "white")
    picture.paste(resized, ((SIZE - size[0]) // 2, (SIZE - size[1]) // 2))
    return picture


def assign_splits(rows):
    """{group: split}: within each class 50 % train, 20 % validation, 30 % test, as near as groups allow.

    Groups come in the order of their names' checksums, large ones first; each goes to the split that lacks
    most.
    """
    splits = {}
    for name in sorted({row["class"] for row in rows}):
        members = {}
        for row in rows:
            if row["class"] == name:
                members.setdefault(row["group"], []).append(row)
        total = sum(len(group) for group in members.values())
        lacking = {split: share * total for split, share in SHARES.items()}

        def order(group, members=members):
            return -len(members[group]), hashlib.sha256(group.encode()).hexdigest()

        for group in sorted(members, key=order):
            if group in splits:
                split = splits[group]
            else:
                split = max(lacking, key=lambda choice: lacking[choice])
                splits[group] = split
            lacking[split] -= len(members[group])
    return splits


def make(package):
    """Write the pictures, photos.csv and SHA256SUMS beside this script."""
    with (FOLDER / "selection.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["file"])
    splits = assign_splits(rows)
    for old in FOLDER.glob("*.jpg"):
        old.unlink()
    table = FOLDER / "photos.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "class", "animal", "split"])
        for row in rows:
            picture = cut_out(package / STAMPS / row["source"])
            picture.save(FOLDER / row["file"], quality=88, optimize=True, subsampling="4:2:0")
            writer.writerow([row["file"], row["class"], int(row["class"] in ANIMALS), splits[row["group"]]])
    names = ["photos.csv", *(row["file"] for row in rows)]
    sums = [f"{hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (FOLDER / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")


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
