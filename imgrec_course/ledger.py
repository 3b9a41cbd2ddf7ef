"""Every concept, formula, piece of code, outlook, question and reference of the source article; lesson 15.

The article carries neither author, nor date, nor address. Its claims are restated in our words. Each row
says what is claimed, what we found, and the lessons in which that is shown.
"""

from dataclasses import dataclass

from imgrec_course.language import message, say


@dataclass(frozen=True)
class Row:
    """One claim: its number, its part of the article, the claim and the verdict as messages, the lessons."""

    number: int
    part: str
    claim: dict
    verdict: dict
    lessons: tuple


PARTS = ("concepts", "formulas", "code", "outlook", "questions", "references")
_WORDS = {
    "concepts": [
        (
            message("Precision and recall in words; their names in Chinese are those of accuracy and recall"),
            message("the idea is right, one name is wrong: precision is not accuracy"),
            ("01",),
        ),
        (
            message("A list of measures gives “accuracy” where precision is meant"),
            message("wrong, for the same reason"),
            ("01",),
        ),
        (
            message("Precision, recall and F1 are named as measures"),
            message("no formula is given: P = TP/(TP+FP), R = TP/(TP+FN), F1 = 2PR/(P+R)"),
            ("01",),
        ),
        (
            message("Both are to be high (threshold and trade-off are not mentioned)"),
            message("incomplete: P and R belong to an operating point, not to a model alone"),
            ("01", "02"),
        ),
        (
            message("Convolution saves parameters"),
            message("right in principle; of its own network's 25,234,433, all but 961 sit in a dense layer"),
            ("03", "04"),
        ),
        (
            message("RNN, under the Chinese name of recursive networks"),
            message("wrong term: recurrent is not recursive"),
            ("07",),
        ),
        (
            message("A recurrent network captures space and time"),
            message("half: a plain one knows no space; that takes convolutions"),
            ("07", "08"),
        ),
        (
            message("GANs generate images and complete them"),
            message("that is right"),
            ("09", "10", "11"),
        ),
        (
            message("Data augmentation raises precision and recall"),
            message("not as such: the label must stay, and the gain must be measured"),
            ("05", "15"),
        ),
        (
            message("Optimising a model by adjusting its parameters raises both"),
            message("mixes training, hyper-parameters, loss, class weights and threshold"),
            ("05", "15"),
        ),
        (
            message("Measures are a third way to raise both"),
            message("a measure changes no answer; it helps only where something is chosen by it"),
            ("02", "05", "15"),
        ),
        (
            message("Training on much data improves a model"),
            message("mostly, by less and less, and not where labels or the world differ"),
            ("04", "05"),
        ),
    ],
    "formulas": [
        (
            message("Convolution: a double sum over window and filter"),
            message("cross-correlation; channels, bias, stride and padding missing; weights, not pixels"),
            ("03", "15"),
        ),
        (
            message("Pooling: a filter's sums, and one maximum over the whole image"),
            message("wrong: the maximum of each window of each channel, without weights"),
            ("03", "15"),
        ),
        (
            message("Dense layer: y = Wx + b"),
            message("affine only: a stack of such layers is one such layer; an activation is missing"),
            ("03", "15"),
        ),
        (
            message("Losses: cross-entropy and mean squared error are named"),
            message("no formula; and a loss is not the measure that one cares for"),
            ("03",),
        ),
        (
            message("The hidden state is a long-term memory"),
            message("the formula is right, the words are not: its gradients vanish"),
            ("07",),
        ),
        (
            message("The output state is a linear map of the hidden state"),
            message("right as logits; it is no state, and a softmax is missing"),
            ("07",),
        ),
        (
            message("Generator: G(z) computed from G(z − 1)"),
            message("meaningless: z is a vector of noise, and x = G(z) is computed in one go"),
            ("09", "10", "15"),
        ),
        (
            message("Discriminator: D(x) computed from D(x − 1), with tanh"),
            message("the same; and the loss takes the logarithm of a number that may be negative"),
            ("09", "15"),
        ),
        (
            message("The discriminator judges whether two images come from one distribution"),
            message("it judges one image: the probability that it is real"),
            ("09",),
        ),
        (
            message("One loss for the GAN"),
            message("it is the discriminator's; the generator's is missing"),
            ("09",),
        ),
    ],
    "code": [
        (
            message("Images are loaded through keras.preprocessing.image"),
            message("still works; the function lives in keras.utils"),
            ("04", "15"),
        ),
        (
            message("Images are cropped, says the text"),
            message("they are only resized, which changes their shape"),
            ("04", "15"),
        ),
        (
            message("fit() on one image, with labels y"),
            message("refused: no batch axis; y is never defined; no validation, no test"),
            ("04", "15"),
        ),
        (
            message("Adam(lr=…)"),
            message("refused today; the attribute lr is taken and ignored, which is worse"),
            ("15",),
        ),
        (
            message("One sigmoid unit, measured by accuracy"),
            message("yes or no only; and accuracy hides what was to be measured"),
            ("04", "05", "15"),
        ),
        (
            message("An RNN of TimeDistributed and dense layers"),
            message("no layer in it recurs; Flatten is not imported; 25,235,018 parameters"),
            ("08", "15"),
        ),
        (
            message("It recognises sequences"),
            message("permute the frames, and the answers are permuted, nothing else"),
            ("08", "15"),
        ),
        (
            message("A list of frames goes into fit()"),
            message("taken for ten inputs; and one label does not fit ten answers"),
            ("08", "15"),
        ),
        (
            message("A real image is stored in z"),
            message("z is the noise; the image is never used, and has another scale than G's"),
            ("10", "15"),
        ),
        (
            message("Layers and NumPy are used, pooling is announced for the generator"),
            message("two names are not imported; a generator enlarges, it does not pool"),
            ("10", "15"),
        ),
        (
            message("G makes 16 × 16 × 3, D takes 224 × 224 × 3"),
            message("they never meet; and between G's last layers nothing bends"),
            ("10", "15"),
        ),
        (
            message("A sigmoid at the end, and from_logits=True"),
            message("Keras notices and warns, if it can; else the loss is wrong without a word"),
            ("09", "15"),
        ),
        (
            message("get_gradients of the text 'accuracy'"),
            message("refused: no such method; a text is no loss"),
            ("15",),
        ),
        (
            message("The training loop of the GAN"),
            message("no real images, no labels, no gradient to G; G never moves; D marks its own work"),
            ("10", "15"),
        ),
        (
            message("No data set, no result"),
            message("nothing could be checked; here every lesson has both"),
            ("15",),
        ),
    ],
    "outlook": [
        (
            message("Efficiency, explanation, precision and recall, robustness, fusion will advance"),
            message("fair and vague; here each is made concrete, with sources"),
            ("15",),
        ),
        (
            message("Images may be attacked, as by “GAN attacks”"),
            message("mixes up two things: an adversarial example needs no generator"),
            ("15",),
        ),
    ],
    "questions": [
        (
            message("What is the problem? To be right, and to find all"),
            message("right, but for the trade-off"),
            ("01",),
        ),
        (
            message("Deep models do badly as they overfit and miss global structure"),
            message("not supported as the main cause: measured here"),
            ("05", "15"),
        ),
        (
            message("The cure is augmentation, optimisation, measures; what GANs and RNNs are for"),
            message("cure: see rows 9 to 11; the uses are right, those of RNNs name one thing three times"),
            ("15",),
        ),
    ],
    "references": [
        (
            message("[1] Deep Learning, the book; [2] Deep Learning, in Nature"),
            message("that is right"),
            ("15",),
        ),
        (
            message("[3] DALL-E, by the authors of DCGAN, 2020"),
            message("wrong authors, wrong year, and no GAN"),
            ("15",),
        ),
        (
            message("[4] Image-to-image translation"),
            message("of its five authors two are right, three are not, two are missing"),
            ("15",),
        ),
        (
            message("[5] Conditional GAN"),
            message("the title ends in “Nets”, and the number is not that of the paper"),
            ("15",),
        ),
        (
            message("[6] Fully convolutional networks"),
            message("one author of four is right; the paper has three"),
            ("15",),
        ),
        (
            message("None is cited in the text"),
            message("missing: GANs, the first CNN and LSTM papers, any source on precision and recall"),
            ("15",),
        ),
    ],
}
ROWS = tuple(
    Row(number, part, *words)
    for number, (part, words) in enumerate(((part, words) for part in PARTS for words in _WORDS[part]), 1)
)


def table(part):
    """The rows of one part as a message: number, claim, verdict, lessons.

    Raises ValueError for another part.
    """
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, not {part!r}")
    rows = [
        message(
            "{number}  {claim}\n    → {verdict} [{lessons}]",
            number=f"{row.number:2d}",
            claim=row.claim,
            verdict=row.verdict,
            lessons=" ".join(row.lessons),
        )
        for row in ROWS
        if row.part == part
    ]
    return message("\n".join(f"{{row{place}}}" for place in range(len(rows))), **numbered(rows))


def numbered(rows):
    return {f"row{place}": row for place, row in enumerate(rows)}


def show(part):
    """Show the rows of one part in the learner's language; ``part`` one of PARTS."""
    content = table(part)
    say(content["text"], **content["values"])
