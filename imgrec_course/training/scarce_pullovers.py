"""The generator of the first seed of the experiment generated_rare_class: 200 pullovers are all it has seen.

It is trained by the experiment's own code; lesson 11 draws extra pullovers from it.
"""

NETWORKS = ("scarce_pullovers",)
SETTINGS = {"seed": 0, "classes": 2, "steps": 1600}


def build(name):
    from imgrec_course.experiments.generated_rare_class import build_generator

    return build_generator()


def train():
    from imgrec_course.experiments import generated_rare_class as recipe

    if SETTINGS["steps"] != recipe.GAN_STEPS:
        raise ValueError(f"the experiment trains for {recipe.GAN_STEPS} steps, not {SETTINGS['steps']}")
    return {"scarce_pullovers": recipe.train_generator(SETTINGS["seed"])[0]}


def measure(name, generator):
    """How pullover-like its pullovers are, beside those of the test."""
    from imgrec_course.experiments import generated_rare_class as recipe

    return recipe.judged(recipe.drawn(generator, 1, SETTINGS["seed"]))
