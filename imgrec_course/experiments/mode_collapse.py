"""Which cures help a generator that has collapsed, over eight seeds each. Lesson 09 reads it.

A generator much stronger than its discriminator, on a ring of 8 and on a grid of 25 modes; every part changes
one thing. Generated points are counted, mode by mode, after every 500 updates of the generator.
"""

import time

import numpy as np

from imgrec_course import games

SEEDS = tuple(range(8))
UPDATES, EVERY, SAMPLES = 4000, 500, 2000
SETTINGS = {"noise": 32, "generator": (128, 128, 128), "discriminator": (64, 64)}
WORLDS = {"ring": games.ring(), "grid": games.grid()}
CURES = {
    "plain": {},
    "five steps of D": {"discriminator_updates": 5},
    "stronger D": {"discriminator": (128, 128, 128)},
    "R1, weight 1": {"penalty": 1.0},
    "R1, weight 10": {"penalty": 10.0},
    "packs of 2": {"pack": 2},
    "packs of 4": {"pack": 4},
}


def match(world, cure, seeds=SEEDS):
    """A match of one part: the settings, but for what the cure changes."""
    return games.Match(WORLDS[world], seeds, **(SETTINGS | CURES[cure]))


def counts(points, world):
    """(games, modes) good samples at every mode, of points (games, n, dim)."""
    places = games.near_modes(points, WORLDS[world])
    modes = len(WORLDS[world].centres)
    return np.array([np.bincount(row[row >= 0], minlength=modes) for row in places])


def as_mode_counts(row, samples=SAMPLES, fair=0.1):
    """ModeCount of one seed from its good samples at every mode; as games.count_modes counts."""
    row = np.asarray(row)
    covered = (row >= max(1, fair * samples / len(row))).sum()
    return games.ModeCount(int(row.sum()), samples, int(covered), len(row))


def trained(world, cure):
    """A part: what becomes of the games.

    returns  {"counts": good samples at every mode, [times][seeds][modes]; "losses": of both, mean of the last
             100 updates, [times][2]; "seconds" of every 500 updates, the first with the building of the
             graph; "points": 200 of the first game at the end, [2][200]}
    """

    def part():
        games_of_it = match(world, cure)
        result = {"counts": [], "losses": [], "seconds": []}
        for _ in range(UPDATES // EVERY):
            started = time.monotonic()
            losses = games_of_it.play(EVERY)
            result["seconds"].append(round(time.monotonic() - started, 2))
            mean = losses[-100:].mean(axis=(0, 1), dtype=np.float64)
            result["losses"].append(np.round(mean, 3).tolist())
            result["counts"].append(counts(games_of_it.samples(SAMPLES), world).tolist())
        first = games_of_it.samples(200)[0].astype(np.float64)
        result["points"] = np.round(first.T, 2).tolist()
        return result

    return part


PARTS = {f"ring, {cure}": trained("ring", cure) for cure in CURES} | {
    f"grid, {cure}": trained("grid", cure) for cure in ("plain", "packs of 2")
}
