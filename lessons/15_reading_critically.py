# %% [markdown] lang="en" slide="slide" take="heading"
# # 15 · Reading critically
#
# **After this lesson you can** take a text about deep networks apart, claim by claim, and say of each whether it is right, wrong, unsupported or cannot be tested; try a formula with five numbers; tell loud mistakes from silent ones and find both in short programs; put a “because” to the test with measurements that you have; check a list of references.
#
# **You need** lessons 01–05 (precision and recall, honest evaluation, convolution, Keras, remedies); 07 and 08 for the sequences. What is needed of GANs is said here.
#
# **Time** 120 minutes with all thirteen exercises; the lesson has three parts that can be read on different days (the text; “Evaluation”; “Three hypotheses”). The machine needs about a minute.

# %% [markdown] lang="zh"
# # 15 · 批判地阅读
#
# **学完本课，你能够**：把一篇讲深度网络的文章逐条拆开，说出每一条是对、是错、缺乏依据还是无法检验；用五个数试一试公式；分清会报错的错误和不出声的错误，并在短程序里把两者都找出来；用手头的测量结果检验一句“因为”；核对一份参考文献。
#
# **预备知识**：第 01–05 课（查准率与查全率、诚实的评估、卷积、Keras、各种办法）；序列部分需要第 07、08 课。用到的 GAN 知识，本课会交代。
#
# **时间**：120 分钟，含全部十三道练习；本课分三部分，可以分几天读（文章本身；“评估”；“三个假说”）。机器运行约一分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# An article on deep learning: which of its sentences, formulas and programs would you have believed?

# %% [markdown] lang="zh"
# 一篇讲深度学习的文章：它的句子、公式和程序，哪些你会信以为真？

# %% [markdown] lang="en" slide="notes"
# **1 min.** This course grew out of an article in Chinese; our copy names neither title nor author, so we cannot either. Its mistakes are those that people make; most of us have made some. Every slide today is a guess first, then a run. The lecture shows about a third of the lesson; the thirteen exercises and most of the list of 48 rows stay there.

# %% [markdown] lang="zh"
# **1 分钟。** 本课程由一篇中文文章发展而来；手头的这一份没有标题和作者，所以我们也无从注明。它犯的都是人们常犯的错误，我们大多数人也犯过几个。今天每一张都是先猜、再运行。本讲约为课文的三分之一；十三道练习和那张 48 条的表大多留在课文里。

# %%
import warnings

import keras
import numpy as np
import sklearn.metrics
import tensorflow as tf
from scipy.signal import convolve2d, correlate2d
from scipy.stats import spearmanr

from imgrec_course import board, ledger, plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.datasets.fashion import load_fashion
from imgrec_course.experiments import load_result, scarce_photos
from imgrec_course.metrics import best_f1_threshold, percentile_interval
from imgrec_course.mistakes import generator, outcome, recogniser
from imgrec_course.models.pretrained import load_efficientnet_lite0
from imgrec_course.plots import show, subplots
from imgrec_course.scratch.remedies import draw_tests, mean_over_runs, measure, verdict

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Five losses that fall
# Five programs learn to tell shirts from pullovers. Each is short, each runs without a complaint, and in each the loss falls, here divided by its first value. **One of the five is right.** The other four differ from it in a single line. **Predict first:** which is the right one?

# %% [markdown] lang="zh"
# ## 五条都在下降的损失曲线
# 五个程序学着分辨衬衫和套头衫。每个都很短，每个都一声不吭地运行完，每个的损失都在下降（图中除以各自的第一个值）。**五个里只有一个是对的**，另外四个与它各差一行。**先预测**：哪一个是对的？

# %% [markdown] lang="en" only="slides" slide="same"
# Five programs learn to tell shirts from pullovers. Each runs; in each the loss falls. One is right.
#
# **Predict first.** Which one?

# %% [markdown] lang="zh"
# 五个程序学着分辨衬衫和套头衫。都能运行，损失都在下降，只有一个是对的。
#
# **先预测。** 是哪一个？

# %%
(x_train, y_train), (x_test, y_test) = load_fashion()


def shirts_and_pullovers(images, classes, count):
    """The first ``count`` of both classes as rows of numbers from 0 to 1; label 1: a shirt."""
    rows = np.flatnonzero((classes == 6) | (classes == 2))[:count]
    return images[rows].reshape(count, -1) / np.float32(255), np.float32(classes[rows] == 6)


seen, labels = shirts_and_pullovers(x_train, y_train, 1000)
unseen, truth = shirts_and_pullovers(x_test, y_test, 2000)


def train(loss, labels, images=seen, steps=120):
    """Losses of all steps, and scores of the unseen images: a network with one hidden layer."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [keras.Input((784,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)]
    )
    optimizer, losses = keras.optimizers.Adam(1e-3), []
    optimizer.build(network.trainable_variables)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(labels, network(images))
        gradients = tape.gradient(value, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return value

    losses = [float(step()) for _ in range(steps)]
    return losses, network(unseen).numpy()[:, 0]


# %% slide="same"
def cross_entropy(labels, logits):
    column = labels[:, np.newaxis]
    return tf.reduce_mean(keras.ops.binary_crossentropy(column, logits, from_logits=True))


tagged = seen.copy()
tagged[:, 0] = 5 * labels  # a mark in the corner of every shirt that is learned from
programs = {
    "A": (lambda labels, scores: cross_entropy(labels, 1 / (1 + tf.exp(-scores))), labels),
    "B": (cross_entropy, labels),
    "C": (
        lambda labels, scores: tf.reduce_mean((labels - tf.sigmoid(scores)) ** 2),
        labels,
    ),
    "D": (cross_entropy, np.random.default_rng(0).permutation(labels)),
    "E": (cross_entropy, labels, tagged),
}
results = {name: train(*program) for name, program in programs.items()}

figure, panels = subplots(1, 5, size=(9.8, 2.3), sharey=True)
for axes, (name, (losses, _)) in zip(panels, results.items(), strict=True):
    axes.plot(np.array(losses) / losses[0], color=plots.POSITIVE)
    axes.set(xlabel="step", title=f"program {name}", ylim=(0, 1.05))
panels[0].set_ylabel("loss / first loss")
show(
    figure,
    "Five panels with the losses of programs A to E: all fall, E the most, then B, C the least.",
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Each loss is divided by its first value. The four wrong ones differ from the right one in a single line. Hands up for A to E, and write the votes on the board. Expect votes for E, which falls the most.

# %% [markdown] lang="zh"
# **2 分钟。** 图中各损失都除以自己的第一个值。四个错的与对的各差一行。对 A 到 E 逐一举手，把票数写在黑板上。E 降得最多，估计会有不少人投它。

# %% [markdown] lang="en"
# Now what counts: precision and recall on 2,000 unseen images, half of them shirts. An image is returned when the probability of a shirt is at least 0.5.

# %% [markdown] lang="zh"
# 再来看真正要紧的：2000 张没见过的图像，一半是衬衫；衬衫的概率不低于 0.5 就返回。看查准率和查全率。

# %% slide="subslide" show="output" outputs="1 8"
rates = {}
for name, (_, scores) in results.items():
    # A's author took the sigmoid for a logit, so its probability is the sigmoid of a sigmoid.
    returned = (tf.sigmoid(scores).numpy() if name == "A" else scores) >= 0
    rates[name] = (
        sklearn.metrics.precision_score(truth, returned, zero_division=0),
        sklearn.metrics.recall_score(truth, returned),
    )
    print(
        f"program {name}", measured("precision {:.2f}, recall {:.2f}".format(*rates[name]))
    )
claim("lower of precision and recall of program B", min(rates["B"]), at_least=0.75)
claim("precision of program A, which returns everything", rates["A"][0], equals=0.5)
ranking = sklearn.metrics.average_precision_score(truth, results["A"][1])
claim("AP of program A", ranking, at_least=0.8)
for name in ("C", "D"):
    claim("precision of a wrong program; guessing has 0.5", rates[name][0], at_most=0.65)
claim("recall of program E", rates["E"][1], at_most=0.6)
lowest = min(results, key=lambda name: results[name][0][-1] / results[name][0][0])
claim("the loss that fell the most is that of a wrong program", lowest == "E")

# %% [markdown] lang="en" only="slides" slide="fragment"
# - **A** hands a probability to a loss that wants a logit.
# - **C** subtracts a column from a row.
# - **D** shuffled the labels without the images.
# - **E** learned from images that bear the answer in a corner.

# %% [markdown] lang="zh"
# - **A** 把概率交给了要 logit 的损失。
# - **C** 用一行减去一列。
# - **D** 打乱了标签，却没有打乱图像。
# - **E** 学习的图像，角上就写着答案。

# %% [markdown] lang="en" slide="notes"
# **3 min.** 2,000 unseen images, half of them shirts: B it is. The loss that fell the most is E's. Let the room guess what each of the others did, then the key. E is the one to dwell on: a tag, a file number, a hospital's stamp. A even ranks the images well, and says “shirt” every time.
#
# **Misconception:** “it runs, and the loss goes down, so it works”. All five do both.

# %% [markdown] lang="zh"
# **3 分钟。** 2000 张没见过的图像，一半是衬衫：对的是 B。损失降得最多的是 E。先让大家猜其余几个出了什么事，再按键。E 值得多讲：吊牌、文件编号、医院的印章都会这样。A 给图像排的顺序其实不错，却每次都说“是衬衫”。
#
# **常见误解**：“它能运行，损失也在下降，所以它是对的。”五个都做到了这两点。

# %% [markdown] lang="en"
# B was right. The loss that fell the most is another one's! What happened in the others, you will be able to say at the end:
#
# - **A** hands a probability to a loss that wants a logit. It even ranks the images well, yet says “shirt” every time.
# - **C** subtracts a column from a row, and compares every answer with every label.
# - **D** shuffled the labels without the images. Its loss falls since 1,000 random labels, too, can be learned by heart.
# - **E** learned from images that show the answer: each shirt bears a mark in its corner, as a tag, a file number or a hospital's stamp might be. Unseen shirts bear none, so most of them stay behind.
#
# **A program that runs is not a program that is right, and a loss that falls is no proof.** The same is true of sentences. This lesson reads a text in that spirit.

# %% [markdown] lang="zh"
# 对的是 B，而损失降得最多的却是别人！另外几个出了什么事，学完本课你就能说清：
#
# - **A** 把概率交给了要 logit 的损失。它给图像排的顺序其实不错，却每次都说“是衬衫”。
# - **C** 用一行减去一列，把每个答案与每个标签都比了一遍。
# - **D** 打乱了标签，却没有打乱图像。损失仍在下降，因为 1000 个随机的标签也背得下来。
# - **E** 学习的图像泄露了答案：每件衬衫的角上都有一个记号，就像吊牌、文件编号或医院的印章。没见过的衬衫没有记号，于是大多没找到。
#
# **能运行的程序不等于正确的程序，下降的损失证明不了什么。** 句子也是一样。本课就用这种眼光来读一篇文章。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## The text, and five questions for any text
# This course grew out of an article in Chinese on deep learning for image recognition and on what it calls the problem of 查准-查全, precision and recall. Our copy names neither title nor author nor date nor address, so we cannot name them either. It sketches CNN, RNN and GAN with formulas and Keras code, gives advice, answers five questions, looks ahead and lists six references. Its mistakes are those that people make; most of us have made some of them. We restate its claims in our own words, and the broken programs below are ours: they make the same mistakes in fewer lines.
#
# Of every sentence we ask:
#
# 1. **What exactly does it say?** “Improves performance”: which number, on which images, against what?
# 2. **What would have to be seen if it were false?** If nothing, it says nothing.
# 3. **Can I try it?** With five numbers, three lines, or a measurement that I already have.
# 4. **If it is a program: would I notice?** A loud mistake costs minutes. A silent one costs a result.
# 5. **Who says so?** Does the reference exist, and does it say that?
#
# What it claims, and what it leaves out, stands in one list of 48 rows, `imgrec_course.ledger`, part by part below: number, claim, → verdict, and in brackets the lessons that show it.

# %% [markdown] lang="zh"
# ## 这篇文章，以及对任何文章都适用的五个问题
# 本课程由一篇中文文章发展而来，讲的是用深度学习做图像识别，以及它所说的“查准-查全问题”。我们手头的这一份没有标题、作者、日期和出处，所以这里也无从注明。文章概述了 CNN、RNN 和 GAN，给出公式和 Keras 代码，提出建议，回答五个问题，展望未来，列了六条参考文献。它犯的都是人们常犯的错误，我们大多数人也犯过其中几个。下面用我们自己的话转述它的说法；出错的程序也是我们自己写的，用更短的篇幅犯同样的错误。
#
# 对每一句话，我们问：
#
# 1. **它究竟说了什么？** “提高性能”：哪个数，在哪些图像上，与什么相比？
# 2. **假如它是错的，应该看到什么？** 如果什么也看不到，它就什么也没说。
# 3. **我能试一试吗？** 用五个数、三行代码，或者手头已有的测量结果。
# 4. **如果是程序：错了我会发现吗？** 会报错的错误，代价是几分钟；不出声的错误，代价是整个结果。
# 5. **是谁说的？** 文献存在吗？它真是那样说的吗？
#
# 文章说了什么、漏了什么，列成一张 48 条的表，即 `imgrec_course.ledger`，下面分部分给出：编号、说法、→ 判断，方括号里是讲清它的课。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Take a sentence from yesterday's news (“AI finds tumours better than doctors”) and ask the five. Question 2 is the hardest: a sentence for which nothing could be seen if it were false says nothing. Question 4: a loud mistake costs minutes, a silent one a result.

# %% [markdown] lang="zh"
# **2 分钟。** 拿昨天新闻里的一句话（“AI 找肿瘤胜过医生”）来问这五个问题。第 2 个最难：如果错了也看不到任何东西，这句话就什么也没说。第 4 个：会报错的错误，代价是几分钟；不出声的错误，代价是整个结果。

# %%
ledger.show("concepts")

# %% [markdown] lang="en"
# The gravest row is the second, since it hides in a word. Accuracy counts all decisions, precision only what was returned. **Predict first:** one image in a hundred is looked for, and a network answers “2 %” to every image. Keras measures its accuracy, precision and recall. (a) all near 0.5; (b) all near 0; (c) accuracy 0.99, the others 0.

# %% [markdown] lang="zh"
# 最要紧的是第 2 条，因为它藏在一个词里。准确率数的是所有判断，查准率只数返回的那些。**先预测**：一百张图像里有一张是要找的，网络对每张图像都回答“2%”。用 Keras 计算它的准确率、查准率和查全率：(a) 都在 0.5 附近；(b) 都在 0 附近；(c) 准确率 0.99，另外两个为 0。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A mistake in one word
# The article lists “精确率（accuracy）”. One image in a hundred is looked for; a network answers “2 %” to every image.
#
# **Predict first.** Accuracy, precision and recall: (a) all near 0.5; (b) all near 0; (c) accuracy 0.99, the others 0.

# %% [markdown] lang="zh"
# ## 一个词里的错误
# 文章列出“精确率（accuracy）”。一百张图像里有一张是要找的；网络对每张图像都回答“2%”。
#
# **先预测。** 准确率、查准率、查全率：(a) 都在 0.5 附近；(b) 都在 0 附近；(c) 准确率 0.99，另外两个为 0。

# %% slide="fragment" show="output"
from imgrec_course.mistakes import accuracy_alone

print(outcome(accuracy_alone))

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** The gravest row of the list, since it hides in a word: 准确率 is accuracy, 查准率 (精确率) is precision. Nothing was returned, so the precision is 0/0; Keras says 0 (lesson 01).

# %% [markdown] lang="zh"
# **1.5 分钟。** 整张表里最要紧的一条，因为它藏在一个词里：准确率是 accuracy，查准率（精确率）是 precision。一张也没有返回，查准率是 0/0；Keras 记作 0（第 01 课）。

# %% [markdown] lang="en"
# (c). Nothing was returned, so the precision is 0/0; Keras says 0 (lesson 01).
#
# **Exercise ★ precision.** The function below is called `precision` in somebody's program. Find the bug and write it right: `labels` and `returned` hold 0 or 1 for each image; at least one image is returned.

# %% [markdown] lang="zh"
# 答案是 (c)。一张也没有返回，查准率是 0/0；Keras 记作 0（第 01 课）。
#
# **练习 ★ precision。** 下面这个函数在某人的程序里就叫 `precision`（查准率）。找出错误，写出正确的：`labels` 和 `returned` 对每张图像各有一个 0 或 1；至少返回了一张。


# %%
def broken_precision(labels, returned):
    return np.mean(labels == returned)


print(broken_precision(np.array([0] * 99 + [1]), np.zeros(100)), "and nothing was found")


# %% tags=["exercise"]
def precision(labels, returned):
    """Share of the returned images that were looked for."""
    ### BEGIN SOLUTION
    return np.sum((labels == 1) & (returned == 1)) / np.sum(returned == 1)
    ### END SOLUTION


# %%
check("15.precision", precision)

# %% [markdown] lang="en" slide="slide"
# ## Formulas: try five numbers

# %% [markdown] lang="zh"
# ## 公式：代五个数试试

# %% [markdown] lang="en" only="slides" slide="same"
# $$y(i,j) = \sum_p \sum_q x(i+p,\, j+q)\, f(p,q)$$
#
# $x$: a picture, $f$: a small kernel. “A convolution”, says the article.
#
# **Predict first.** SciPy has cross-correlation and convolution. Which of the two is it?

# %% [markdown] lang="zh"
# $$y(i,j) = \sum_p \sum_q x(i+p,\, j+q)\, f(p,q)$$
#
# $x$ 是图像，$f$ 是小小的卷积核。文章说这是卷积。
#
# **先预测。** SciPy 里有互相关和卷积两种运算。它是哪一种？

# %%
ledger.show("formulas")

# %% [markdown] lang="en"
# Most of these are derived in their lessons. Here is how one finds out *without* a derivation: put in a few numbers and compare with what is known.
#
# **Row 13.** $y(i,j) = \sum_p \sum_q x(i+p, j+q) \, f(p,q)$, with $x$ a picture and $f$ a small kernel. A convolution, says the article. SciPy has both operations. **Predict first:** which of the two is it?

# %% [markdown] lang="zh"
# 这些公式大多在各自的课里推导过。这里要说的是，*不*推导怎么看得出来：代几个数进去，与已知的结果比一比。
#
# **第 13 条。** $y(i,j) = \sum_p \sum_q x(i+p, j+q) \, f(p,q)$，$x$ 是图像，$f$ 是小小的卷积核。文章说这是卷积。SciPy 里两种运算都有。**先预测**：它是哪一种？

# %% slide="fragment" show="output" outputs="1 2 3"
picture = np.arange(16.0).reshape(4, 4) ** 1.5
kernel = np.array([[1.0, 2.0], [3.0, 4.0]])
by_formula = np.array(
    [[np.sum(picture[i : i + 2, j : j + 2] * kernel) for j in range(3)] for i in range(3)]
)
correlated = correlate2d(picture, kernel, "valid")
claim(
    "the formula and cross-correlation differ by",
    np.abs(by_formula - correlated).max(),
    at_most=1e-9,
)
convolved = convolve2d(picture, kernel, "valid")
claim(
    "the formula and convolution differ by",
    np.abs(by_formula - convolved).max(),
    at_least=1,
)
flipped = convolve2d(picture, kernel[::-1, ::-1], "valid")
claim("with the kernel flipped, by", np.abs(by_formula - flipped).max(), at_most=1e-9)

# %% [markdown] lang="en" slide="notes"
# **2 min.** No derivation: a 4 × 4 picture, a 2 × 2 kernel without symmetry, two library calls. With a kernel that is symmetric the test would say nothing; ask why. More formulas in the lesson: a “pooling” that gives one number for the whole image; a generator $G(z) = \tanh(W\,G(z-1) + W z + b)$, which is the formula of lesson 07 with noise in the place of time; a discriminator that ends in tanh, and then goes into a logarithm.

# %% [markdown] lang="zh"
# **2 分钟。** 不用推导：一幅 4 × 4 的图像，一个没有对称性的 2 × 2 卷积核，调用两次库函数。卷积核若是对称的，这个检验什么也说明不了；问一问为什么。课文里还有几个公式：对整幅图像只给一个数的“汇聚”；生成器 $G(z) = \tanh(W\,G(z-1) + W z + b)$，就是第 07 课的公式，只是时间的位置上放了噪声；以 tanh 结尾、再放进对数的判别器。

# %% [markdown] lang="en"
# **Row 14.** “Pooling”: multiply each window with a filter, add up, and take one maximum over the whole image. Keras answers a 4 × 4 picture with a 2 × 2 one; the formula with a single number, and another one for every choice of weights.
#
# **Row 15.** $y = Wx + b$ as the layer that classifies. Two such layers: $W_2(W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2)$, one such layer. With a ReLU between them it is not.

# %% [markdown] lang="zh"
# **第 14 条。** 汇聚（池化）：每个窗口乘以滤波器，求和，再对整幅图像取一个最大值。对 4 × 4 的图像，Keras 给出 2 × 2 的结果；这个公式只给出一个数，而且换一组权重就换一个数。
#
# **第 15 条。** 用 $y = Wx + b$ 作分类的层。两层叠起来：$W_2(W_1 x + b_1) + b_2 = (W_2 W_1)\,x + (W_2 b_1 + b_2)$，还是这样的一层。中间加一个 ReLU，就不是了。

# %%
pooled = keras.layers.MaxPooling2D(2)(picture[np.newaxis, ..., np.newaxis])
with_ones = correlate2d(picture, np.ones((2, 2)), "valid").max()
print(
    f"Keras: {pooled.shape}; the formula: {by_formula.max():.1f}, with weights 1 {with_ones:.1f}"
)

numbers = np.random.default_rng(0)
w1, w2 = numbers.normal(size=(6, 4)), numbers.normal(size=(3, 6))
b1, b2 = numbers.normal(size=(6, 1)), numbers.normal(size=(3, 1))
x = numbers.normal(size=(4, 50))  # fifty columns
two = w2 @ (w1 @ x + b1) + b2
one = (w2 @ w1) @ x + (w2 @ b1 + b2)
claim("two dense layers and one differ by", np.abs(two - one).max(), at_most=1e-12)
bent = w2 @ np.maximum(w1 @ x + b1, 0) + b2
claim("with a ReLU between them, by", np.abs(bent - one).max(), at_least=0.1)

# %% [markdown] lang="en"
# **Row 19.** $G(z) = \tanh(W\,G(z-1) + W z + b)$, “the generator”. The formula of a recurrent state, with noise in the place of time. One and the same $W$ is multiplied with a picture, $G(z-1)$, and with noise, $z$. **Predict first** what NumPy says to a picture of 16 × 16 × 3 = 768 numbers and noise of 100.
#
# **Row 20.** The same for the discriminator, whose output goes into $\log D(x)$. But tanh is negative as often as its argument is. **Predict first:** of 1,000 answers $\tanh(a)$ with $a$ drawn around 0, how many have no logarithm?

# %% [markdown] lang="zh"
# **第 19 条。** $G(z) = \tanh(W\,G(z-1) + W z + b)$，“生成器”。这是循环状态的公式，只是时间的位置上放了噪声。同一个 $W$ 既要乘图像 $G(z-1)$，又要乘噪声 $z$。**先预测**：图像有 16 × 16 × 3 = 768 个数，噪声有 100 个数，NumPy 会怎么说？
#
# **第 20 条。** 判别器也是这样，而它的输出要放进 $\log D(x)$。可是 tanh 的自变量为负时，它也为负。**先预测**：在 0 附近抽取 1000 个 $a$，1000 个回答 $\tanh(a)$ 里有多少个没有对数？


# %%
def one_matrix_for_both():
    picture, noise, weights = np.zeros(768), np.zeros(100), np.zeros((768, 768))
    return np.tanh(weights @ picture + weights @ noise)


print(outcome(one_matrix_for_both))

logits = np.random.default_rng(0).normal(size=1000)
with np.errstate(invalid="ignore"):
    logarithms = np.log(np.tanh(logits))
claim(
    "answers without a logarithm",
    int(np.isnan(logarithms).sum()),
    equals=int((logits < 0).sum()),
)
print("of 1,000:", int(np.isnan(logarithms).sum()))

# %% [markdown] lang="en"
# A generator is simply a function $x = G_\theta(z)$ of its weights $\theta$ and of noise $z$ that is drawn anew for each picture; nothing recurs. A discriminator computes one number $f(x)$ for one image, the logit, and ends in a sigmoid: $D(x) = \sigma(f(x)) = 1/(1 + e^{-f(x)})$ is the probability that *this* image is real. Its loss adds two means, $-\mathbb E \ln D(x)$ over real images and $-\mathbb E \ln(1 - D(G(z)))$ over made ones (the sum, as in lesson 09; lesson 10 took half of it). The article stops there; the generator has a loss of its own, $-\mathbb E \ln D(G(z))$.
#
# **Exercise ★★ discriminator_loss.** The discriminator's loss, from logits. The broken piece gives `nan`, not a number, and with `sigmoid` in place of `tanh` it would still give infinity as soon as the discriminator is very sure and wrong. `real` and `made` are arrays of logits, not always of one length.

# %% [markdown] lang="zh"
# 生成器不过是权重 $\theta$ 和噪声 $z$ 的函数 $x = G_\theta(z)$，每张图重新抽取一次噪声，没有任何循环。判别器对一张图像算出一个数 $f(x)$，即 logit，再以 sigmoid 结尾：$D(x) = \sigma(f(x)) = 1/(1 + e^{-f(x)})$ 就是*这张*图像为真的概率。它的损失是两个平均值之和：真图上的 $-\mathbb E \ln D(x)$，假图上的 $-\mathbb E \ln(1 - D(G(z)))$（取两者之和，与第 09 课相同；第 10 课取的是一半）。文章到此为止；而生成器有自己的损失，$-\mathbb E \ln D(G(z))$。
#
# **练习 ★★ discriminator_loss。** 由 logit 计算判别器的损失。出错的这一段得到 `nan`，即“不是数”；即使把 `tanh` 换成 `sigmoid`，判别器非常有把握却判错时，仍会得到无穷大。`real` 和 `made` 是 logit 的数组，长度不一定相同。


# %%
def broken_discriminator_loss(real, made):
    return -np.log(np.tanh(real)).mean() - np.log(1 - np.tanh(made)).mean()


with np.errstate(invalid="ignore"):
    print(broken_discriminator_loss(np.array([2.0, -1.0]), np.array([-2.0, 0.5])))


# %% tags=["exercise"]
def discriminator_loss(real, made):
    """Mean of −ln σ(f) over real logits f plus mean of −ln(1 − σ(f)) over made ones, always finite."""
    ### BEGIN SOLUTION
    return np.logaddexp(0, -real).mean() + np.logaddexp(0, made).mean()
    ### END SOLUTION


# %%
check("15.discriminator_loss", discriminator_loss)

# %% [markdown] lang="en" slide="slide"
# ## Code: loud and silent mistakes

# %% [markdown] lang="zh"
# ## 代码：会报错的和不出声的错误

# %%
ledger.show("code")

# %% [markdown] lang="en"
# For each of these there is a short piece of ours that makes the same mistake. The function `outcome` runs a piece and says in one line what came of it: *refused*, with the error, or *accepted*, with a result. A test of the course pins each line to what Keras does today. **Before each run, commit yourself to one of the three answers, with one sentence why.**
#
# ### One image, and two ways to set a rate
# **Predict first.** A recogniser for pictures of 32 × 32 × 3; one picture, one label. (a) It trains, one step. (b) Refused: the shape of the picture is wrong. (c) Refused: 32 pictures, but one label.

# %% [markdown] lang="zh"
# 这里的每一条，我们都写了一小段犯同样错误的代码。函数 `outcome` 运行一段代码，用一行字说出结果：*refused*（拒绝）和错误信息，或者 *accepted*（接受）和得到的结果。课程的测试把每一行都钉在 Keras 今天的行为上。**每次运行之前，先从三个答案里选定一个，并用一句话说明理由。**
#
# ### 一张图像，以及设置学习率的两种写法
# **先预测。** 一个识别 32 × 32 × 3 图像的网络；一张图像，一个标签。(a) 训练一步。(b) 拒绝：图像的形状不对。(c) 拒绝：图像有 32 张，标签却只有一个。

# %% source="imgrec_course.mistakes.one_image" slide="same" show="code"

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** (a) It trains, one step. (b) Refused: the shape of the picture is wrong. (c) Refused: 32 pictures, but one label.

# %% [markdown] lang="zh"
# **先预测。** (a) 训练一步。(b) 拒绝：图像的形状不对。(c) 拒绝：图像有 32 张，标签却只有一个。

# %% [markdown] lang="en" only="slides" slide="fragment"
# **(c).** A picture without a batch axis is taken for 32 narrow pictures. Repair: `image[np.newaxis]`.

# %% [markdown] lang="zh"
# **(c)。** 没有批量轴的图像，被当成 32 张窄条图像。修补：`image[np.newaxis]`。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A loud mistake, and a lucky one. Yet the message speaks of “cardinality” and never of the missing axis: it says where it broke, not where the mistake is.

# %% [markdown] lang="zh"
# **2 分钟。** 会报错的错误，算是走运。可是错误信息说的是“cardinality”（个数），只字不提缺了一个轴：它说的是在哪里断的，不是错在哪里。

# %%
print(outcome(one_image))

# %% [markdown] lang="en"
# (c). The first axis is always the batch; a picture without one is taken for 32 narrow pictures. Keras compares the counts first and never comes to speak of the missing axis: an error message says where it broke, not where the mistake is. The repair is one index, `image[np.newaxis]`.
#
# The next two set a learning rate of 0.1. **Predict first**, for each: (a) the rate is 0.1; (b) refused; (c) accepted, and the rate is another.

# %% [markdown] lang="zh"
# 答案是 (c)。第一个轴永远是批量；没有批量轴的图像，会被当成 32 张窄条图像。Keras 先比较个数，根本轮不到说缺了一个轴：错误信息说的是在哪里断的，不是错在哪里。修补只需一个下标，`image[np.newaxis]`。
#
# 下面两段都想把学习率设为 0.1。**先预测**，各选一个：(a) 学习率是 0.1；(b) 拒绝；(c) 接受了，但学习率是别的数。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A learning rate of 0.1, set in two ways

# %% [markdown] lang="zh"
# ## 用两种写法把学习率设为 0.1

# %% source="imgrec_course.mistakes.old_argument" slide="same" show="code"

# %% source="imgrec_course.mistakes.old_attribute" slide="same" show="code"

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Each: (a) the rate is 0.1; (b) refused; (c) accepted, and the rate is another.

# %% [markdown] lang="zh"
# **先预测。** 各选一个：(a) 学习率是 0.1；(b) 拒绝；(c) 接受了，但学习率是别的数。

# %% slide="fragment" show="output"
print(outcome(old_argument))
print(outcome(old_attribute))

# %% [markdown] lang="en" slide="notes"
# **2 min.** The argument is refused: lucky. The attribute is taken as any Python object takes any attribute: something called `lr` is now worth 0.1, nobody reads it, and the network goes on with a hundredth of that rate. Older programs are full of this line. What protects you: print what is *in use*, not what you have set.

# %% [markdown] lang="zh"
# **2 分钟。** 写成参数会被拒绝：走运。写成属性就被接受了，因为 Python 对象什么属性都收：有了一个叫 `lr`、值为 0.1 的东西，谁也不去读它，网络照旧用着只有它百分之一的学习率。旧程序里到处是这一行。怎样自保：打印*正在使用的*值，而不是你设过的值。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > One sigmoid unit, cross-entropy, and labels from 0 to 9. How low can the loss get?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 一个 sigmoid 单元，交叉熵，标签却是 0 到 9。损失最低能到多少？

# %% [markdown] lang="en" only="slides" slide="fragment"
# $$L = -y \ln p - (1-y)\ln(1-p)$$
#
# $$y = 9: \quad L = -9 \ln p + 8 \ln(1-p) \;\to\; -\infty \quad \text{as} \; p \to 1$$
#
# Answer 1 to everything, and the loss falls **without end**. Know the lowest value of a loss, and that of guessing ($\ln 10$ for ten classes).

# %% [markdown] lang="zh"
# $$L = -y \ln p - (1-y)\ln(1-p)$$
#
# $$y = 9: \quad L = -9 \ln p + 8 \ln(1-p) \;\to\; -\infty \quad \text{当} \; p \to 1$$
#
# 对什么都回答 1，损失就**没完没了**地降。要知道损失最低能到多少，瞎猜时是多少（十个类别是 $\ln 10$）。

# %% [markdown] lang="en" slide="notes"
# **2 min.** $y$ is the label, $p$ the answer. Keras accepts it without a word, and the loss goes below zero: “the loss goes down nicely” would be a true sentence about it. The repair: as many units as classes, softmax, and the cross-entropy that takes whole numbers.
#
# **Misconception:** that a falling loss is at least a sign of learning. Here the network learns to answer 1 to everything.

# %% [markdown] lang="zh"
# **2 分钟。** $y$ 是标签，$p$ 是回答。Keras 一声不响地接受，损失降到零以下：说它“损失下降得很漂亮”，倒也不假。修补的办法：有几个类别就用几个单元，接 softmax，用接受整数标签的交叉熵。
#
# **常见误解**：以为损失下降至少说明学到了东西。这里学到的，只是对什么都回答 1。

# %% [markdown] lang="en"
# The argument is refused, and that is the lucky case. The attribute is accepted as any Python object accepts any attribute: there is now something called `lr`, worth 0.1, which nobody reads, and the network goes on with a hundredth of that rate. Older programs are full of this line. **What protects you:** print what is in use, not what you have set.

# %% [markdown] lang="zh"
# 写成参数会被拒绝，这算是走运。写成属性就被接受了，因为 Python 对象什么属性都收：从此有了一个叫 `lr`、值为 0.1 的东西，谁也不去读它，网络照旧用着只有它百分之一的学习率。旧程序里到处是这一行。**怎样自保**：打印正在使用的值，而不是你设过的值。

# %%
image, optimizer = np.zeros((32, 32, 3)), keras.optimizers.Adam(learning_rate=0.1)
network = recogniser()
network.compile(optimizer, "binary_crossentropy")
history = network.fit(image[np.newaxis], np.array([1]), verbose=0)
print(
    "steps:",
    int(optimizer.iterations),
    "rate in use:",
    round(float(optimizer.learning_rate), 6),
)

# %% [markdown] lang="en"
# ### Ten classes, one unit
# One sigmoid unit can say yes or no. Here it gets labels from 0 to 9. **Predict first:** (a) refused: labels above 1; (b) the loss stays high; (c) the loss falls and falls.

# %% [markdown] lang="zh"
# ### 十个类别，一个单元
# 一个 sigmoid 单元只能回答是或否。这里却给它 0 到 9 的标签。**先预测**：(a) 拒绝：标签大于 1；(b) 损失一直很高；(c) 损失一降再降。

# %% source="imgrec_course.mistakes.ten_classes_one_unit"

# %%
print(outcome(ten_classes_one_unit))

# %% [markdown] lang="en"
# (c), and a cross-entropy below zero! With $p$ for the answer the loss is $-y \ln p - (1-y) \ln(1-p)$. For $y = 9$ that is $-9 \ln p + 8 \ln(1-p)$, and as $p \to 1$ it goes to $-\infty$: the network learns to answer 1 to everything, and the surer it is, the lower the loss. “The loss goes down nicely” would be a true sentence about it. **What protects you:** know the lowest value that a loss can have, here 0, and the value of guessing, here $\ln 10$ for ten classes.
#
# The repair: as many units as classes, softmax, and the cross-entropy that takes whole numbers.

# %% [markdown] lang="zh"
# 答案是 (c)，而且交叉熵竟然小于零！记回答为 $p$，损失是 $-y \ln p - (1-y) \ln(1-p)$。$y = 9$ 时就是 $-9 \ln p + 8 \ln(1-p)$，当 $p \to 1$ 时趋于 $-\infty$：网络学会了对什么都回答 1，答得越肯定，损失越低。说它“损失下降得很漂亮”，倒也不假。**怎样自保**：知道损失最低能到多少（这里是 0），以及瞎猜的损失是多少（十个类别是 $\ln 10$）。
#
# 修补的办法：有几个类别就用几个单元，接 softmax，用接受整数标签的交叉熵。

# %%
numbers = np.random.default_rng(0)
images, classes = numbers.random((64, 32, 32, 3)), np.arange(64) % 10
body = recogniser().layers[:-1]
network = keras.Sequential(
    [keras.Input((32, 32, 3)), *body, keras.layers.Dense(10, "softmax")]
)
network.compile("adam", "sparse_categorical_crossentropy")
first_loss = network.evaluate(images, classes, verbose=0)
claim("first loss with ten units, near ln 10", first_loss, equals=np.log(10), within=0.4)

# %% [markdown] lang="en"
# The other pieces about data and recognisers, without commentary: read the names, predict, run.

# %% [markdown] lang="zh"
# 关于数据和识别网络的另外几段，不加解说：看名字，先预测，再运行。

# %%
from imgrec_course.mistakes import (
    missing_import,
    old_import,
    resized_not_cropped,
    softmax_of_one,
)

print("old import:", outcome(old_import))
print("a square in an 80 × 40 picture, resized to 40 × 40:", outcome(resized_not_cropped))
print("one unit with softmax:", outcome(softmax_of_one).partition("\n")[0])
print("a layer that was never imported:", outcome(missing_import))

# %% [markdown] lang="en"
# ### Find the bug: pixels and labels
# **Exercise ★ to_network.** Generators that end in tanh make numbers from −1 to 1, so real images must be brought there, too: black, 0, to −1 and white, 255, to 1. `images` is an array of type `uint8`, whole numbers of eight bits. Look at what becomes of black:

# %% [markdown] lang="zh"
# ### 找错误：像素与标签
# **练习 ★ to_network。** 以 tanh 结尾的生成器给出 −1 到 1 的数，所以真图也要换算到这个范围：黑（0）变成 −1，白（255）变成 1。`images` 是 `uint8` 类型的数组，即八位整数。看看黑色变成了什么：


# %%
def broken_to_network(images):
    return (images - np.uint8(128)) / 127.5


print(broken_to_network(np.array([0, 100, 128, 255], dtype=np.uint8)))


# %% tags=["exercise"]
def to_network(images):
    """Images of eight-bit numbers as floats: 0 becomes −1, 255 becomes 1, in a straight line."""
    ### BEGIN SOLUTION
    return images.astype(np.float64) / 127.5 - 1
    ### END SOLUTION


# %%
check("15.to_network", to_network)

# %% [markdown] lang="en"
# **Exercise ★ channels_last.** Images come as (batch, channels, height, width); Keras wants (batch, height, width, channels). The broken piece has the right *shape*. Look at the picture.

# %% [markdown] lang="zh"
# **练习 ★ channels_last。** 图像的形状是（批量，通道，高，宽），Keras 要的是（批量，高，宽，通道）。出错的这一段得到的*形状*是对的。请看图。


# %%
def broken_channels_last(images):
    count, channels, height, width = images.shape
    return images.reshape(count, height, width, channels)


garment = np.repeat(255 - x_test[:1, np.newaxis], 3, axis=1)  # (1, 3, 28, 28), grey
turned = [garment[0, 0], broken_channels_last(garment)[0, :, :, 0]]
show(
    plots.photo_grid(np.stack(turned), ["one channel of it", "after reshape"], 2, 1.2),
    "A boot, and what reshape makes of it: nine small squeezed boots, three by three.",
)


# %% tags=["exercise"]
def channels_last(images):
    """(batch, channels, height, width) → (batch, height, width, channels), the same pictures."""
    ### BEGIN SOLUTION
    return np.transpose(images, (0, 2, 3, 1))
    ### END SOLUTION


# %%
check("15.channels_last", channels_last)

# %% [markdown] lang="en"
# **Exercise ★ in_pairs.** Program D of the beginning. Images and labels are to be shuffled, in the order `np.random.default_rng(seed).permutation(len(images))`. Each must keep its label.

# %% [markdown] lang="zh"
# **练习 ★ in_pairs。** 就是开头的程序 D。按 `np.random.default_rng(seed).permutation(len(images))` 的次序打乱图像和标签；每张图像都要带着自己的标签。


# %%
def broken_in_pairs(images, labels, seed):
    generator = np.random.default_rng(seed)
    return generator.permutation(images), generator.permutation(labels)


mixed, of_them = broken_in_pairs(np.arange(12), np.arange(12), seed=0)
print("pairs that are still together:", int((mixed == of_them).sum()), "of 12")


# %% tags=["exercise"]
def in_pairs(images, labels, seed):
    """Images and labels in one and the same random order."""
    ### BEGIN SOLUTION
    order = np.random.default_rng(seed).permutation(len(images))
    return images[order], labels[order]
    ### END SOLUTION


# %%
check("15.in_pairs", in_pairs)

# %% [markdown] lang="en"
# ### Sequences
# Lesson 08 took the article's “RNN” apart; here is the short of it. Every layer treats one frame at a time. **Predict first** what happens when the ten frames of a clip change places: (a) other answers; (b) the same answers, each at its frame's new place; (c) refused.

# %% [markdown] lang="zh"
# ### 序列
# 第 08 课已把文章的“RNN”拆开看过，这里只讲要点：它的每一层都是逐帧处理。**先预测**：把一个片段的十帧换个次序，会怎样？(a) 答案变了；(b) 答案不变，只是各自跟着帧换了位置；(c) 拒绝。

# %% source="imgrec_course.mistakes.frames_one_by_one"

# %% source="imgrec_course.mistakes.frames_in_another_order"

# %%
from imgrec_course.mistakes import list_of_frames, nothing_recurs, one_label_for_ten_answers

print(outcome(frames_in_another_order))
print(outcome(nothing_recurs))
print("a list of frames:", outcome(list_of_frames))
print("one label a clip:", outcome(one_label_for_ten_answers))

# %% [markdown] lang="en"
# (b), a silent one: it trains, it answers, and the order of the frames means nothing to it. The repair is a layer that carries a state from frame to frame, and one answer at the end:

# %% [markdown] lang="zh"
# 答案是 (b)，又是一个不出声的错误：它照样训练，照样回答，只是帧的次序对它毫无意义。修补的办法：加一个把状态从一帧带到下一帧的层，最后只给一个答案。

# %%
layers = keras.layers
repaired = keras.Sequential(
    [
        keras.Input((10, 8, 8, 3)),
        layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu")),
        layers.TimeDistributed(layers.Flatten()),
        layers.GRU(8),
        layers.Dense(5, activation="softmax"),
    ]
)
clip = np.random.default_rng(0).random((1, 10, 8, 8, 3))
difference = repaired(clip).numpy() - repaired(clip[:, ::-1]).numpy()
print("answers of a clip and of the clip played backwards:", repaired(clip).shape)
claim("they differ by", np.abs(difference).max(), at_least=1e-4)

# %% [markdown] lang="en"
# **Exercise ★★ hidden_states.** All states of a simple recurrent network, $h_t = \tanh(x_t W + h_{t-1} U + b)$, one row for each $x_t$, with $h_0 = 0$. The last row of the broken piece is right. And the others?

# %% [markdown] lang="zh"
# **练习 ★★ hidden_states。** 简单循环网络的全部状态，$h_t = \tanh(x_t W + h_{t-1} U + b)$，每个 $x_t$ 一行，$h_0 = 0$。出错的这一段，最后一行是对的。其余的呢？


# %%
def broken_hidden_states(inputs, input_weights, recurrent_weights, bias):
    state, states = np.zeros(len(bias)), []
    for row in inputs:
        state[:] = np.tanh(row @ input_weights + state @ recurrent_weights + bias)
        states.append(state)
    return np.array(states)


print(
    broken_hidden_states(np.arange(4.0)[:, np.newaxis], np.eye(1), np.eye(1), np.zeros(1)).T
)


# %% tags=["exercise"]
def hidden_states(inputs, input_weights, recurrent_weights, bias):
    """The states after each row of inputs: (steps, units)."""
    ### BEGIN SOLUTION
    state, states = np.zeros(len(bias)), []
    for row in inputs:
        state = np.tanh(row @ input_weights + state @ recurrent_weights + bias)
        states.append(state)
    return np.array(states)
    ### END SOLUTION


# %%
check("15.hidden_states", hidden_states)

# %% [markdown] lang="en"
# **Exercise ★★ last_real.** Sequences of different lengths are filled up at the end to one length $T$, and a network gives `outputs` $(n, T, \text{units})$. Wanted is its output at the last *real* step of each sequence; `lengths` $(n,)$ holds how many steps are real.

# %% [markdown] lang="zh"
# **练习 ★★ last_real。** 长短不一的序列在末尾补齐到同一长度 $T$，网络给出 `outputs`，形状 $(n, T, \text{单元数})$。要的是每个序列最后一个*真实*步的输出；`lengths` $(n,)$ 是各序列的真实步数。


# %%
def broken_last_real(outputs, lengths):
    return outputs[:, -1]


outputs = np.array([[[1.0], [2.0], [0.0]], [[4.0], [5.0], [6.0]]])
print(
    broken_last_real(outputs, np.array([2, 3])).ravel(),
    "– but the first has two real steps",
)


# %% tags=["exercise"]
def last_real(outputs, lengths):
    """(n, T, units) and (n,) → (n, units): each sequence's output at its last real step."""
    ### BEGIN SOLUTION
    return outputs[np.arange(len(outputs)), lengths - 1]
    ### END SOLUTION


# %%
check("15.last_real", last_real)

# %% [markdown] lang="en"
# ### A game of two networks
# Now the article's third program, a GAN. A **generator** makes pictures from noise, a **discriminator** tells real from made, and each learns from the other. In such a program many mistakes stay silent: there is no right answer to compare with, only two losses that chase one another.
#
# **Two scales.** Real images from 0 to 1, made ones from −1 to 1. A discriminator that only asks “is any pixel below 0?” **Predict first** its precision and recall for real images: (a) about 0.5 each; (b) precision 1, recall low; (c) both 1.

# %% [markdown] lang="zh"
# ### 两个网络的对局
# 再看文章的第三个程序：GAN。**生成器**由噪声造出图像，**判别器**分辨真图和假图，各自从对方那里学习。这种程序里，不出声的错误特别多：没有正确答案可以对照，只有两个此起彼伏的损失。
#
# **两种刻度。** 真图在 0 到 1，假图在 −1 到 1。一个判别器只问“有没有像素小于 0？”**先预测**它对真图的查准率和查全率：(a) 各约 0.5；(b) 查准率为 1，查全率很低；(c) 都是 1。

# %% source="imgrec_course.mistakes.two_scales"

# %%
from imgrec_course.mistakes import stored_in_the_noise

print(outcome(two_scales))
print(outcome(stored_in_the_noise))

# %% [markdown] lang="en"
# (c). This discriminator wins without having looked at a picture, and the generator learns to avoid the minus sign. Bring both to one scale: `to_network` above. (The second line is the article's `z`, a real image under the name of the noise, which then goes nowhere.)
#
# **Sigmoid and `from_logits=True`.** A loss that is told to expect logits gets probabilities. **Predict first**, for a sigmoid *layer* and for plain numbers: (a) refused; (b) noticed and put right; (c) a wrong loss without a word.

# %% [markdown] lang="zh"
# 答案是 (c)。这个判别器连图都没看就赢了，生成器学到的不过是避开负号。要把两者换到同一刻度，用上面的 `to_network`。（第二行是文章的 `z`：一张真图顶着噪声的名字，然后哪里也没用上。）
#
# **sigmoid 与 `from_logits=True`。** 告诉损失会收到 logit，给它的却是概率。**先预测**，sigmoid *层*的输出和普通的数各会怎样：(a) 拒绝；(b) 发现并纠正；(c) 一声不响地算出错误的损失。

# %% source="imgrec_course.mistakes.sigmoid_and_from_logits"

# %% source="imgrec_course.mistakes.probabilities_as_logits"

# %%
print(outcome(sigmoid_and_from_logits))
print(outcome(probabilities_as_logits))

# %% [markdown] lang="en"
# (b) and (c). After a sigmoid layer Keras remembers the logits, takes them and warns. Of plain numbers it cannot know, nor of a sigmoid that somebody wrote by hand. Then a perfect discriminator, which says 1 to the real and 0 to the made, has the losses $\ln(1 + e^{-1}) \approx 0.313$ and $\ln 2 \approx 0.693$ instead of 0 and 0. Nothing can be learned away there: that was program A. In a GAN it is worse, for everybody expects such a loss to stay high.
#
# **Frozen too late.** The discriminator shall rest while the generator learns, so somebody sets its `trainable` to `False`. **Predict first:** does the discriminator still move? (a) No. (b) Yes. (c) Refused.

# %% [markdown] lang="zh"
# 分别是 (b) 和 (c)。输出来自 sigmoid 层时，Keras 记得它的 logit，于是改用 logit 并发出警告；普通的数它就无从知道，自己动手写的 sigmoid 也一样。这时一个完美的判别器，对真图说 1、对假图说 0，损失却是 $\ln(1 + e^{-1}) \approx 0.313$ 和 $\ln 2 \approx 0.693$，而不是 0 和 0。怎么学也降不下去：开头的程序 A 就是这样。放在 GAN 里更糟，因为人人都以为这个损失本来就该居高不下。
#
# **冻结得太晚。** 生成器学习时，判别器应当停下，于是有人把它的 `trainable` 设为 `False`。**先预测**：判别器还动吗？(a) 不动。(b) 动。(c) 拒绝。

# %% source="imgrec_course.mistakes.frozen_too_late"

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Frozen too late
# The discriminator has taken one step. Then somebody sets its `trainable` to `False`, so that it rests.
#
# **Predict first.** Does it still move? (a) No. (b) Yes. (c) Refused.

# %% [markdown] lang="zh"
# ## 冻结得太晚
# 判别器已经训练过一步。然后有人把它的 `trainable` 设为 `False`，好让它停下。
#
# **先预测。** 它还动吗？(a) 不动。(b) 动。(c) 拒绝。

# %% slide="fragment" show="output"
print(outcome(frozen_too_late))

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** (b), though the list of weights that train is empty. Keras builds its training function at the first step after `compile()` and keeps it, with the weights that were to move *then*; the new value is read at the next `compile()`. How would you have noticed? The next slide is the answer.

# %% [markdown] lang="zh"
# **1.5 分钟。** 答案是 (b)，尽管“可训练的权重”一个也不剩。Keras 在 `compile()` 之后的第一步建好训练函数并一直沿用，里面记着*当时*要动的权重；新的取值要到下一次 `compile()` 才读。你怎样才能发现？下一张就是回答。

# %% [markdown] lang="en"
# (b), though the list of weights that train is empty! Keras builds its training function at the first step after `compile()` and keeps it, with the weights that were to move *then*. The new value is read at the next `compile()`. **What protects you:** compare the weights before and after a step. That is three lines, and it serves every training program:

# %% [markdown] lang="zh"
# 答案是 (b)，尽管“可训练的权重”一个也不剩！Keras 在 `compile()` 之后的第一步建好训练函数并一直沿用，里面记着*当时*要动的权重；新的取值要到下一次 `compile()` 才读。**怎样自保**：比较一步之前和之后的权重。只要三行，任何训练程序都用得上：


# %% slide="subslide" show="code"
def moved(network, step):
    """Whether any weight of the network is another one after step()."""
    before = [weights.copy() for weights in network.get_weights()]
    step()
    return any(np.any(a != b) for a, b in zip(before, network.get_weights(), strict=True))


pictures, real = np.random.default_rng(0).random((8, 16, 16, 3)), np.ones(8)
discriminator = recogniser((16, 16, 3))
discriminator.compile("adam", "binary_crossentropy")
print(
    "as built:", moved(discriminator, lambda: discriminator.train_on_batch(pictures, real))
)
discriminator.trainable = False
print("frozen:", moved(discriminator, lambda: discriminator.train_on_batch(pictures, real)))
discriminator.compile("adam", "binary_crossentropy")
with warnings.catch_warnings(action="ignore"):  # Keras warns that nothing is left to train
    still = moved(discriminator, lambda: discriminator.train_on_batch(pictures, real))
print("frozen and compiled again:", still)

# %% [markdown] lang="en" only="slides" slide="fragment"
# As built: it moves. Frozen: it **still** moves. Frozen and compiled again: it rests.

# %% [markdown] lang="zh"
# 刚建好：动。冻结之后：**还在**动。冻结并重新编译：不动了。

# %% [markdown] lang="en" slide="notes"
# **1 min.** A test for every training program: copy the weights, take a step, compare. It tells a network that rests from one that was only *told* to, and a player that moves from one that should. In the article's two loops the generator never moves, and this would have shown it.

# %% [markdown] lang="zh"
# **1 分钟。** 任何训练程序都用得上的检验：记下权重，走一步，再比较。它分得清真正停下的网络和只是*吩咐过*要停的网络，也分得清动的是不是该动的那一个。那篇文章的两个循环里，生成器从来没有动过，用它一试便知。

# %% [markdown] lang="en"
# **The wrong player moves.** The article's loops, if they ran, would show one more such mistake: both update the discriminator; in neither does the generator move. Our piece “trains the generator” for five steps. **Predict first:** the loss (a) stays; (b) rises; (c) falls.

# %% [markdown] lang="zh"
# **动错了人。** 文章的循环即使能运行，也还有一个这样的错误：两个循环更新的都是判别器，生成器在哪里都没有动。下面这段“训练生成器”五步。**先预测**损失会：(a) 不变；(b) 上升；(c) 下降。

# %% source="imgrec_course.mistakes.wrong_player_moves"

# %%
print(outcome(wrong_player_moves))

# %% [markdown] lang="en"
# (c): it is the discriminator that learns to be kind. The others, to be read like a collection of beetles; for each, say what its author wanted:

# %% [markdown] lang="zh"
# 答案是 (c)：是判别器学会了手下留情。其余几段像看甲虫标本一样看过去；对每一段，说出作者本想做什么：

# %%
from imgrec_course.mistakes import gradient_by_name, judged_by_itself, nothing_bends
from imgrec_course.mistakes import nothing_real, predict_cuts, shapes_do_not_meet

print("the gradient of 'accuracy':", outcome(gradient_by_name))
print("made by predict():", outcome(predict_cuts))
print("16 × 16 for a discriminator of 64 × 64:", outcome(shapes_do_not_meet))
print("nothing bends in the generator:", outcome(nothing_bends))
print("a discriminator that never saw a real image:", outcome(nothing_real))
print("a discriminator that marks its own work:", outcome(judged_by_itself))

# %% [markdown] lang="en"
# - **`accuracy`** is a word. A gradient needs a number that was computed from the weights; accuracy jumps, so its gradient would be 0 nearly everywhere.
# - **`predict()`** gives plain numbers: the way back to the generator's weights is cut, and Keras finds no gradient at all.
# - **Nothing bends:** after `Reshape` there are three layers without activation before the tanh; together they are one affine map, $f(a+b) + f(0) = f(a) + f(b)$.
# - **A discriminator without real images** calls everything made; **a discriminator compared with its own answers** looks the better, the surer it is, right or wrong: here a loss of 0.06 where the truth gives 4.61.
#
# The repair, whole: two steps in turn. In each, both networks are *asked*, one *moves*. Logits to the end. The test is `moved`.

# %% [markdown] lang="zh"
# - **`accuracy`** 只是一个词。梯度要的是由权重算出来的数；而准确率是跳变的，梯度几乎处处为 0。
# - **`predict()`** 给出的是普通的数：回到生成器权重的路断了，Keras 一个梯度也找不到。
# - **没有弯折**：`Reshape` 之后、tanh 之前的三层都没有激活函数，合起来只是一个仿射映射，$f(a+b) + f(0) = f(a) + f(b)$。
# - **没见过真图的判别器**把什么都判为假；**拿自己的回答当标准的判别器**，无论对错，越肯定就显得越好：这里损失只有 0.06，而按真相是 4.61。
#
# 完整的修补：两步交替。每一步两个网络都*用到*，只有一个*动*。自始至终用 logit。检验就用 `moved`。

# %%
# The two as in lesson 09; D gives logits
G, D = generator(), recogniser((16, 16, 3), activation=None)
adam_g, adam_d = keras.optimizers.Adam(4e-4), keras.optimizers.Adam(4e-4)
binary = keras.losses.BinaryCrossentropy(from_logits=True)


def discriminator_step(real, noise):
    made = G(noise)  # outside of the tape: these are just pictures to D
    with tf.GradientTape() as tape:
        loss = binary(tf.ones((len(real), 1)), D(real))
        loss += binary(tf.zeros((len(noise), 1)), D(made))
    gradients = tape.gradient(loss, D.trainable_weights)
    adam_d.apply_gradients(zip(gradients, D.trainable_weights, strict=True))


def generator_step(noise):
    with tf.GradientTape() as tape:  # from the noise to the loss without a break
        loss = binary(tf.ones((len(noise), 1)), D(G(noise)))
    gradients = tape.gradient(loss, G.trainable_weights)
    adam_g.apply_gradients(zip(gradients, G.trainable_weights, strict=True))


real, noise = 2 * numbers.random((8, 16, 16, 3)) - 1, numbers.normal(size=(8, 100))
steps = (
    (D, G, lambda: discriminator_step(real, noise)),
    (G, D, lambda: generator_step(noise)),
)
for one, other, step in steps:
    claim("the one whose turn it is moves", moved(one, step))
    claim("the other one stays", not moved(other, step))

# %% [markdown] lang="en"
# **Exercise ★★ squared_error.** Program C of the beginning. `labels` has shape $(n,)$; `answers`, as they come from a network, $(n, 1)$. The mean squared error of perfect answers should be 0.

# %% [markdown] lang="zh"
# **练习 ★★ squared_error。** 就是开头的程序 C。`labels` 的形状是 $(n,)$；`answers` 是网络给出的，形状 $(n, 1)$。回答全对时，均方误差应当是 0。


# %%
def broken_squared_error(labels, answers):
    return np.mean((labels - answers) ** 2)


perfect = np.array([0.0, 1.0, 1.0, 0.0])
print("of perfect answers:", broken_squared_error(perfect, perfect[:, np.newaxis]))


# %% tags=["exercise"]
def squared_error(labels, answers):
    """Mean of (label − answer)² over the n images."""
    ### BEGIN SOLUTION
    return np.mean((labels - answers[:, 0]) ** 2)
    ### END SOLUTION


# %%
check("15.squared_error", squared_error)

# %% [markdown] lang="en"
# **Exercise ★★★ generator_gradient.** The smallest generator there is, `pictures = tanh(noise @ weights)`, with noise $(n, k)$ and weights $(k, p)$; the smallest discriminator, with the logits `pictures @ discriminator`, discriminator $(p,)$. Return the gradient of the generator's loss, the mean of $-\ln \sigma(\text{logit}) = \ln(1 + e^{-\text{logit}})$ over the batch, for the weights. The broken piece answers with None: find where the way back is cut. (By tape, in double precision, or by hand: as you like.)

# %% [markdown] lang="zh"
# **练习 ★★★ generator_gradient。** 最小的生成器：`pictures = tanh(noise @ weights)`，噪声 $(n, k)$，权重 $(k, p)$；最小的判别器：logit 为 `pictures @ discriminator`，`discriminator` 的形状 $(p,)$。生成器的损失是 $-\ln \sigma(\text{logit}) = \ln(1 + e^{-\text{logit}})$ 对批量的平均；返回它对权重的梯度。出错的这一段返回 None：找出回去的路断在哪里。（用 tape、取双精度，或者手算，都可以。）


# %%
def broken_generator_gradient(noise, weights, discriminator):
    weights = tf.Variable(weights)
    with tf.GradientTape() as tape:
        pictures = np.tanh(noise @ weights.numpy())
        logits = tf.linalg.matvec(pictures, discriminator)
        loss = tf.reduce_mean(tf.math.softplus(-logits))
    return tape.gradient(loss, weights)


print(broken_generator_gradient(numbers.normal(size=(4, 2)), np.ones((2, 3)), np.ones(3)))


# %% tags=["exercise"]
def generator_gradient(noise, weights, discriminator):
    """Gradient of the mean of ln(1 + exp(−logit)) for the generator's weights: (k, p)."""
    ### BEGIN SOLUTION
    weights = tf.Variable(weights)
    with tf.GradientTape() as tape:
        pictures = tf.tanh(noise @ weights)
        logits = tf.linalg.matvec(pictures, discriminator)
        loss = tf.reduce_mean(tf.math.softplus(-logits))
    return tape.gradient(loss, weights).numpy()
    ### END SOLUTION


# %%
check("15.generator_gradient", generator_gradient)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Evaluation: the silent mistakes with the greatest effect
# The article has no test at all, so it could not make the mistakes of this part; others make them every day. The number that comes out is wrong without a word, and mostly too good. How much too good? The plain network of lesson 05, five trainings, 96 test photographs, and a threshold with the best F1. **Predict first:** by how much does F1 rise when the threshold is chosen on the test itself instead of on validation? (a) by nothing that one could measure; (b) by about 0.1; (c) by more than 0.3.

# %% [markdown] lang="zh"
# ## 评估：后果最大的不出声错误
# 那篇文章根本没有测试，所以这一部分的错误它无从犯起；别人却天天在犯。得出的数不声不响地错了，而且多半是太好了。好过头多少？取第 05 课的基线网络，五次训练，96 张测试照片，阈值取 F1 最高的。**先预测**：阈值不在验证集上选，而在测试集本身上选，F1 会高出多少？(a) 测不出来；(b) 约 0.1；(c) 超过 0.3。

# %% [markdown] lang="en" only="slides" slide="same"
# The threshold is chosen on the **test** itself instead of on validation; the network is the same.
#
# **Predict first.** By how much does F1 rise? (a) by nothing that one could measure; (b) by about 0.1; (c) by more than 0.3.

# %% [markdown] lang="zh"
# 阈值不在验证集上选，而在**测试集**本身上选；网络还是那个网络。
#
# **先预测。** F1 会高出多少？(a) 测不出来；(b) 约 0.1；(c) 超过 0.3。

# %% slide="fragment" show="output"
photos = scarce_photos.splits()
validation_animal, test_animal = photos["validation"][1], photos["test"][1]
stored = load_result("scarce_photos")
honest, flattered = [], []
for validation, test in zip(
    stored["plain"]["validation"], stored["plain"]["test"], strict=True
):
    threshold, _ = best_f1_threshold(validation_animal, np.array(validation))
    honest.append(sklearn.metrics.f1_score(test_animal, np.array(test) >= threshold))
    flattered.append(best_f1_threshold(test_animal, np.array(test))[1])
print("mean F1, chosen on validation", measured(np.mean(honest)))
print("mean F1, chosen on the test", measured(np.mean(flattered)))
flattery = np.mean(flattered) - np.mean(honest)
claim("F1 that the choice on the test adds", flattery, at_least=0.05, at_most=0.15)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Lesson 05's plain network, five trainings, 96 test photographs. That is more than most remedies of lesson 05 have to offer, and not one weight has changed. The number that comes out is wrong without a word, and mostly too good.

# %% [markdown] lang="zh"
# **2 分钟。** 第 05 课的基线网络，五次训练，96 张测试照片。这比第 05 课大多数办法的收益还多，而网络一个权重也没变。得出的数不声不响地错了，而且多半是太好了。

# %% [markdown] lang="en"
# (b): more than most remedies of lesson 05 have to offer, and the network has not changed by one weight.
#
# **Exercise ★★ report.** Precision and recall on the test, at the threshold with the best F1. `best_f1_threshold(labels, scores)` returns (threshold, F1); an image is returned when score ≥ threshold.

# %% [markdown] lang="zh"
# 答案是 (b)：比第 05 课大多数办法的收益还多，而网络一个权重也没变。
#
# **练习 ★★ report。** 以 F1 最高的阈值，给出测试集上的查准率和查全率。`best_f1_threshold(labels, scores)` 返回（阈值，F1）；得分 ≥ 阈值的图像被返回。


# %%
def broken_report(validation_labels, validation_scores, test_labels, test_scores):
    threshold, _ = best_f1_threshold(test_labels, test_scores)
    returned = test_scores >= threshold
    return (
        sklearn.metrics.precision_score(test_labels, returned),
        sklearn.metrics.recall_score(test_labels, returned),
    )


# %% tags=["exercise"]
def report(validation_labels, validation_scores, test_labels, test_scores):
    """(precision, recall) on the test, at the threshold that is best where it may be chosen."""
    ### BEGIN SOLUTION
    threshold, _ = best_f1_threshold(validation_labels, validation_scores)
    returned = test_scores >= threshold
    return (
        sklearn.metrics.precision_score(test_labels, returned, zero_division=np.nan),
        sklearn.metrics.recall_score(test_labels, returned),
    )
    ### END SOLUTION


# %%
check("15.report", report)

# %% [markdown] lang="en"
# **Exercise ★★ over_batches.** Precision and recall of all images together. They come in batches, pairs `(labels, returned)`, and batches differ in size and in what is returned. In the example ten of eleven returned images are right.

# %% [markdown] lang="zh"
# **练习 ★★ over_batches。** 所有图像合起来的查准率和查全率。图像分批到来，每批是一对 `(labels, returned)`，各批的大小和返回的数目都不同。例子里返回的十一张有十张是对的。


# %%
def broken_over_batches(batches):
    precisions = [sklearn.metrics.precision_score(*batch) for batch in batches]
    recalls = [sklearn.metrics.recall_score(*batch) for batch in batches]
    return np.mean(precisions), np.mean(recalls)


batches = [(np.ones(10), np.ones(10)), (np.array([0, 1]), np.array([1, 0]))]
print(*broken_over_batches(batches))


# %% tags=["exercise"]
def over_batches(batches):
    """(precision, recall) over a list of pairs (labels, returned)."""
    ### BEGIN SOLUTION
    labels = np.concatenate([labels for labels, _ in batches])
    returned = np.concatenate([returned for _, returned in batches])
    right = np.sum((labels == 1) & (returned == 1))
    return right / returned.sum(), right / labels.sum()
    ### END SOLUTION


# %%
check("15.over_batches", over_batches)

# %% [markdown] lang="en"
# **Exercise ★★ standardised.** Bring each feature (column) to mean 0 and standard deviation 1. The broken piece measures each set by itself. In the example the test holds one image: what can a network say of it now?

# %% [markdown] lang="zh"
# **练习 ★★ standardised。** 把每个特征（列）化为均值 0、标准差 1。出错的这一段对两个集各量各的。例子里测试集只有一张图像：网络对它还能说什么？


# %%
def broken_standardised(train, test):
    def scaled(features):
        return (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-9)

    return scaled(train), scaled(test)


print(broken_standardised(np.array([[0.0], [2.0], [4.0]]), np.array([[100.0]]))[1])


# %% tags=["exercise"]
def standardised(train, test):
    """Both sets, (n, features) and (m, features), in the measure of the training set."""
    ### BEGIN SOLUTION
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (test - mean) / deviation
    ### END SOLUTION


# %%
check("15.standardised", standardised)

# %% [markdown] lang="en"
# **Exercise ★★★ one_side.** Each photograph was augmented: there are several images of it. `originals` $(n,)$ names the photograph that each image was made from. Draw the test: a mask $(n,)$, True for test images, such that no photograph stands on both sides. Take the different names in ascending order (`np.unique`), permute them with `np.random.default_rng(seed)`, and put the first `round(share * number of photographs)` of them into the test.

# %% [markdown] lang="zh"
# **练习 ★★★ one_side。** 每张照片都做过数据增强，有好几张由它而来的图像；`originals` $(n,)$ 记着每张图像出自哪张照片。请抽出测试集：一个掩码 $(n,)$，测试图像为 True，且任何照片都不能两边都有。做法：把不同的名字按升序排好（`np.unique`），用 `np.random.default_rng(seed)` 打乱，取前 `round(share * 照片数)` 张放进测试集。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > Twenty photographs, five augmented copies of each. Three images in ten are drawn for the test. How many test photographs have a copy in training?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 二十张照片，每张增强出五个副本。随机抽十分之三的图像作测试。测试集里的照片，有多少张在训练集里有副本？


# %% slide="fragment" show="output"
def broken_one_side(originals, share, seed):
    order = np.random.default_rng(seed).permutation(len(originals))
    return np.isin(np.arange(len(originals)), order[: round(share * len(originals))])


copies = np.repeat(np.arange(20), 5)
in_test = broken_one_side(copies, 0.3, seed=0)
both = set(copies[in_test]) & set(copies[~in_test])
print(
    "test photographs with a copy in training:", len(both), "of", len(set(copies[in_test]))
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** All of them. Whoever is asked for photographs that were never seen is then asked for copies of what was. The repair is an exercise: draw *photographs*, not images. The same holds for patients, cameras, days.
#
# **Misconception:** that a random split is fair. It is, if the images are independent.

# %% [markdown] lang="zh"
# **2 分钟。** 全部都有。说是用没见过的照片来考，考的其实是见过的照片的副本。修补的办法留作练习：要抽*照片*，不是抽图像。病人、相机、日期也是同样的道理。
#
# **常见误解**：以为随机划分就公平。图像互相独立时才是。


# %% tags=["exercise"]
def one_side(originals, share, seed):
    """Mask of the test images; all images of one photograph stand on one side."""
    ### BEGIN SOLUTION
    photographs = np.unique(originals)
    drawn = np.random.default_rng(seed).permutation(photographs)
    return np.isin(originals, drawn[: round(share * len(photographs))])
    ### END SOLUTION


# %%
check("15.one_side", one_side)

# %% [markdown] lang="en" slide="slide"
# ## Three hypotheses, put to the test

# %% [markdown] lang="zh"
# ## 检验三个假说

# %%
ledger.show("questions")

# %% [markdown] lang="en" slide="same" take="list"
# Row 41 says *mainly because*, row 42 names a cure. A “because” can be tested: where the cause is there without the effect, and the effect without the cause, it is hardly the main cause *here*. We split the two rows into three hypotheses.
#
# 1. **Overfitting.** Deep models have a low precision and recall because they overfit.
# 2. **Global structure.** … because they do not capture it.
# 3. **The cure.** Augmentation, optimisation and measures raise both.
#
# **Predict first:** which of the three will our data support, which contradict, and of which will they say nothing?

# %% [markdown] lang="zh"
# 第 41 条说的是*主要是因为*，第 42 条开出药方。“因为”是可以检验的：若既有有因而无果的，又有有果而无因的，那么它在*这里*就很难说是主要原因。我们把这两条拆成三个假说。
#
# 1. **过拟合。** 深度模型查准率和查全率低，是因为过拟合。
# 2. **全局结构。** ……是因为抓不住全局结构。
# 3. **药方。** 数据增强、模型优化和评估指标能把两者都提高。
#
# **先预测**：我们的数据会支持哪一个，反驳哪一个，又对哪一个无话可说？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Which of the three will our data support, which contradict, and of which will they say nothing?

# %% [markdown] lang="zh"
# **先预测。** 我们的数据会支持哪一个，反驳哪一个，又对哪一个无话可说？

# %% [markdown] lang="en" slide="notes"
# **2 min.** The article: deep models have a low precision and recall *mainly because* they overfit and miss the global structure; a cure is named. A “because” can be tested: look for the cause without the effect, and for the effect without the cause. Collect three votes for each hypothesis: supports, contradicts, says nothing.

# %% [markdown] lang="zh"
# **2 分钟。** 文章说：深度模型查准率和查全率低，*主要是因为*过拟合，以及抓不住全局结构；还开出了药方。“因为”可以检验：去找有因而无果的，再找有果而无因的。对每个假说投三种票：支持、反驳、无话可说。

# %% [markdown] lang="en"
# ### 1. Overfitting
# Lesson 05 stored, for every remedy and five seeds, the loss on the training photographs at the end, and the scores on the test. What shows of overfitting on the training side is a very close fit. If overfitting were the main cause, those that fit their training photographs best should rank the test photographs worst. (Whoever calls a close fit overfitting only when the test goes badly has put the effect into the cause: such a sentence cannot be false.)

# %% [markdown] lang="zh"
# ### 1. 过拟合
# 第 05 课为每一种办法、五个随机种子都存下了训练结束时训练照片上的损失，以及测试照片上的得分。从训练这一边看，过拟合表现为拟合得极紧。假如过拟合是主要原因，那么把训练照片拟合得最好的，测试照片就该排得最差。（如果只有测试不好时才把拟合得紧叫作过拟合，就是把结果放进了原因里：这样的句子不可能错。）

# %% [markdown] lang="en" only="slides" slide="slide"
# ## 1. Overfitting

# %% [markdown] lang="zh"
# ## 1. 过拟合

# %% slide="same" column="right"
cures = {
    "augmentation": ("gentle", "gentle_longer", "any_angle", "brightness", "black_corners"),
    "optimisation": ("dropout", "weight_decay", "early_stopping"),
    "features learned elsewhere": ("frozen", "fine_tuned"),
}
small = ["plain", *cures["augmentation"], *cures["optimisation"]]
groups = {
    "article": (["article"], plots.NEGATIVE, "s"),
    "small network and its remedies": (small, plots.POSITIVE, "o"),
    "pre-trained, fine-tuned": (["fine_tuned"], plots.PRECISION, "^"),
}
fit, ranks = {}, {}
figure, axes = subplots(size=(6.4, 3.6))
for label, (parts, colour, marker) in groups.items():
    for part in parts:
        fit[part] = np.array(stored[part]["loss"])
        ranks[part] = np.array(
            [
                sklearn.metrics.average_precision_score(test_animal, scores)
                for scores in stored[part]["test"]
            ]
        )
        name = label if part == parts[0] else None
        axes.plot(fit[part], ranks[part], marker, color=colour, label=name, alpha=0.7)
axes.set(xscale="log", xlabel="loss on the training photographs", ylabel="AP on the test")
axes.set_title("A closer fit to the training photographs, and no worse a ranking")
axes.legend(fontsize=8, loc="lower left")
show(
    figure,
    "AP on the test against the loss on the training photographs, one point a run: the points of the small network fall from left to right, the fine-tuned ones lie at AP 1 on the far left.",
)

# %% slide="same" show="output" outputs="1 4 6 7"
together = spearmanr(
    [fit[part].mean() for part in small], [ranks[part].mean() for part in small]
)
claim(
    "rank correlation of training loss and AP, nine parts", together.statistic, at_most=-0.5
)
claim("mean training loss of the plain network", fit["plain"].mean(), at_most=0.01)
claim("and of the fine-tuned one", fit["fine_tuned"].mean(), at_most=0.01)
gain = ranks["fine_tuned"].mean() - ranks["plain"].mean()
claim("AP by which the fine-tuned one is better", gain, at_least=0.08)

on_test, gaps = {}, {}
for name, trial in load_result("article_network").items():
    on_test[name] = np.mean(trial["f1"])
    gaps[name] = np.mean(trial["training_f1"]) - on_test[name]
    text = f"F1 on the test {on_test[name]:.2f}, on training photographs more by"
    print(f"{name:9s}", measured(f"{text} {gaps[name]:.2f}"))
least = min(gaps, key=gaps.get)
claim(
    "smallest gap between training and test of the three networks",
    gaps[least],
    at_most=0.12,
)
next_worst = min(f1 for name, f1 in on_test.items() if name != least)
claim(
    "F1 of that network is below both others by", next_worst - on_test[least], at_least=0.03
)

curve = load_result("learning_curve")
rise = np.mean(curve["60000"]["f1"]) - np.mean(curve["1000"]["f1"])
claim("macro-F1 gained from 1,000 to 60,000 garments", rise, at_least=0.08)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** One point is one training. If overfitting were the main cause, the points at the left, which fit their photographs best, should lie lowest. The fine-tuned ones lie at the far left and at the top: **the close fit without the effect**. And of lesson 04's three networks the one with the smallest gap between training and test is the worst: **the effect without the cause**.
#
# Verdict: contradicted as the main cause, *here*; not as a cause. More garments did raise F1.
#
# **Misconception:** that a high training score proves harmful overfitting. And beware of calling a close fit overfitting only where the test goes badly: such a sentence cannot be false.

# %% [markdown] lang="zh"
# **2.5 分钟。** 一个点是一次训练。假如过拟合是主要原因，左边那些拟合得最好的点就该最低。微调的网络在最左边，却在最上面：**拟合得紧，却没有那个结果**。第 04 课的三个网络里，训练与测试差距最小的那个反而最差：**有那个结果，却没有那个原因**。
#
# 结论：作为主要原因，*在这里*被反驳；作为原因之一，没有。服饰图像增多，F1 确实提高了。
#
# **常见误解**：以为训练分数高就证明过拟合有害。还要当心：只有测试不好时才把拟合得紧叫作过拟合，这样的句子不可能错。

# %% [markdown] lang="en"
# What the data say. One network fits the hypothesis, the article's: it knows its photographs by heart and ranks badly. But **the close fit is there without the effect, too:** the fine-tuned network fits its 159 photographs as closely as the plain one, and ranks the test almost without a fault. **And the effect is there without the cause:** of lesson 04's three networks the one with the smallest gap between training and test is the worst; it has learned too little, not too much. Among the variants of the small network, those that fit better rank *better*.
#
# What they do not say. Overfitting is real, and it costs: more garments raised F1 by about 0.09, as less overfitting would, though not only that. A loss measured under augmentation or dropout is not quite the loss on the photographs as they are. All this holds for our small sets. So: **contradicted as the main cause, here; not as a cause.** Nor does a high training score alone prove that a network overfits harmfully.

# %% [markdown] lang="zh"
# 数据说了什么。有一个网络符合这个假说，就是文章的那个：训练照片背得烂熟，排序却很差。可是**也有拟合得紧而没有这个结果的**：微调的网络把 159 张照片拟合得与基线网络一样紧，测试照片却排得几乎毫无差错。**也有有果而无因的**：第 04 课的三个网络里，训练与测试差距最小的那个成绩最差，它是学得太少，不是太多。在小网络的各种变体里，拟合得更好的，排序也*更好*。
#
# 数据没有说什么。过拟合确实存在，也确实有代价：服饰图像增多，F1 提高了约 0.09，这正是减轻过拟合会带来的，尽管别的原因也会带来。在数据增强或暂退下测得的损失，与原样照片上的损失并不完全是一回事。而且这些都只对我们的小数据集成立。所以：**作为主要原因，在这里被反驳；作为原因之一，没有。** 另外，单凭训练分数高，也证明不了网络过拟合得有害。

# %% [markdown] lang="en"
# ### 2. Global structure
# Nothing stored answers this, so we need one experiment. Cut each test image into tiles and put them back in random order. Every tile is as it was; what is lost is *where* it belongs, the global structure. (And new edges come in at the seams.) A network that sees no global structure should hardly mind.

# %% [markdown] lang="zh"
# ### 2. 全局结构
# 存下的结果回答不了这个问题，所以要做一个实验。把每张测试图像切成小块，再按随机次序拼回去：每一小块都与原来一样，丢掉的是它*在哪里*，即全局结构。（接缝处还会多出一些边缘。）看不见全局结构的网络，应当几乎不在乎。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## 2. Global structure
# **Whole** sees all places at once; **patches** only 9 × 9 pixels at a time.
#
# **Predict first.** Which loses more recall when the quarters are shuffled?

# %% [markdown] lang="zh"
# ## 2. 全局结构
# **whole**（整幅）看得见所有位置；**patches**（小块）每次只看 9 × 9 像素。
#
# **先预测。** 四块打乱时，谁的查全率损失更多？


# %% slide="same"
def shuffle_tiles(images, tiles, seed=0):
    """Each (n, s, s, c) image cut into tiles × tiles squares, put back in a random order."""
    count, size, _, channels = images.shape
    side = size // tiles
    cut = images.reshape(count, tiles, side, tiles, side, channels).swapaxes(2, 3)
    cut = cut.reshape(count, tiles * tiles, side, side, channels)
    order = np.argsort(np.random.default_rng(seed).random((count, tiles * tiles)), axis=1)
    cut = cut[np.arange(count)[:, np.newaxis], order]
    cut = cut.reshape(count, tiles, tiles, side, side, channels).swapaxes(2, 3)
    return cut.reshape(images.shape)


example = 255 - x_test[[0, 1, 6, 8]]
shown = np.concatenate([example, shuffle_tiles(example[..., np.newaxis], 2)[..., 0]])
show(
    plots.photo_grid(shown, columns=8, size=0.9),
    "Four garments, and the same four cut into quarters that stand in another order.",
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Nothing stored answers this, so one experiment. Every tile is as it was; what is lost is *where* it belongs (and new edges come in at the seams). Patches has ten logits at each place, and their mean over all places decides (Brendel & Bethge 2019).

# %% [markdown] lang="zh"
# **1.5 分钟。** 存下的结果回答不了这个问题，所以要做一个实验。每一小块都与原来一样，丢掉的是它*在哪里*（接缝处还会多出一些边缘）。patches 在每个位置给出十个 logit，由所有位置的平均值作决定（Brendel 和 Bethge 2019）。

# %% [markdown] lang="en"
# Two networks learn from the same 12,000 garments. **Whole** ends in a dense layer that sees all places. **Patches** lacks the sense in question by construction: each place of its last map looks at 9 × 9 pixels, gives ten logits, and the mean over all places decides (Brendel & Bethge 2019 built such networks for ImageNet). **Predict first** who loses more when the quarters are shuffled, and which has the better precision and recall on whole images.

# %% [markdown] lang="zh"
# 两个网络学习同样的 12000 件服饰。**whole**（整幅）以一个看得见所有位置的全连接层结尾。**patches**（小块）按其构造就没有这种感觉：它最后的特征图上，每个位置只看 9 × 9 像素，给出十个 logit，由所有位置的平均值作决定（Brendel 和 Bethge 2019 为 ImageNet 造过这样的网络）。**先预测**：四块打乱时谁损失更多？在完整的图像上谁的查准率和查全率更高？

# %%
seen = x_train[:12_000, ..., np.newaxis] / np.float32(255)
unseen = x_test[..., np.newaxis] / np.float32(255)


def trained(*ending):
    keras.utils.set_random_seed(0)
    body = [
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(32, 3, strides=2, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),  # 9 × 9 pixels of the image
    ]
    network = keras.Sequential([*body, *ending])
    network.compile(keras.optimizers.Adam(4e-3), "sparse_categorical_crossentropy")
    network.fit(seen, y_train[:12_000], batch_size=64, epochs=3, verbose=0)
    return network


whole = trained(
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(32, "relu"),
    layers.Dense(10, "softmax"),
)
patches = trained(
    layers.Conv2D(64, 1, activation="relu"),
    layers.Conv2D(10, 1),
    layers.GlobalAveragePooling2D(),
    layers.Softmax(),
)

# %% slide="subslide" show="output" outputs="1 2 3 5"
answers, macro = {}, {}
for name, network in (("whole", whole), ("patches", patches)):
    for state, pictures in (("intact", unseen), ("shuffled", shuffle_tiles(unseen, 2))):
        answers[name, state] = network.predict(pictures, batch_size=500, verbose=0)
        decided = answers[name, state].argmax(axis=1)
        macro[name, state] = [
            sklearn.metrics.precision_score(
                y_test, decided, average="macro", zero_division=0
            ),
            sklearn.metrics.recall_score(y_test, decided, average="macro"),
        ]
        values = "macro precision {:.2f}, recall {:.2f}".format(*macro[name, state])
        print(f"{name:8s} {state:9s}", measured(values))
lost = {
    name: macro[name, "intact"][1] - macro[name, "shuffled"][1]
    for name in ("whole", "patches")
}
claim("recall that whole loses with the global structure", lost["whole"], at_least=0.45)
claim("which is more than patches loses by", lost["whole"] - lost["patches"], at_least=0.1)
lead = np.subtract(macro["whole", "intact"], macro["patches", "intact"])
claim("precision by which whole leads on whole images", lead[0], at_least=0.03)
claim("recall by which it leads", lead[1], at_least=0.03)

# %% [markdown] lang="en" slide="notes"
# **2 min.** An ordinary convolutional network *does* use the global structure: take it away, and its recall collapses. But the second half of the hypothesis finds support: where the structure is not seen, precision and recall are lower. (One training each, and patches has fewer weights: a part of the lead may come from that. Seams disturb everybody.)

# %% [markdown] lang="zh"
# **2 分钟。** 普通的卷积网络*确实*用到了全局结构：拿掉它，查全率就垮了。但假说的后半句得到了支持：看不见结构的，查准率和查全率更低。（各只训练了一次，patches 的权重又少：差距里可能有一部分来自这些。接缝对谁都有干扰。）

# %% [markdown] lang="en"
# An ordinary convolutional network *does* use the global structure: take it away, and its recall collapses. (Seams disturb everybody: even patches loses a good deal by them. What whole loses beyond that we put down to the structure.) So the hypothesis is wrong about such a network. But its second half finds support: **where the structure is not seen, precision and recall are lower**, by the lead above. (One training of each, three short epochs, and patches has fewer weights: a part of the lead may come from that.)
#
# Is that so on other images? The pre-trained network of lesson 05, with its head for animals. **Predict first** its AP on photographs cut into 16 tiles: (a) near 0.4, guessing; (b) about 0.7; (c) above 0.9.

# %% [markdown] lang="zh"
# 普通的卷积网络*确实*用到了全局结构：拿掉它，查全率就垮了。（接缝对谁都有干扰，连 patches 也因此损失不少；whole 多损失的那部分，我们才归于结构。）所以对这样的网络，这个假说不成立。但它的后半句得到了支持：**看不见结构的，查准率和查全率确实更低**，差距就是上面的数。（各只训练了一次，短短三轮，而且 patches 的权重更少：差距里可能有一部分来自这些。）
#
# 换一批图像还是这样吗？用第 05 课的预训练网络和它判断动物的头。**先预测**它在切成 16 块的照片上的 AP：(a) 接近 0.4，相当于瞎猜；(b) 约 0.7；(c) 0.9 以上。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Is that so on photographs?
# **Predict first.** AP of the pre-trained network on 16 shuffled tiles: (a) near 0.4, guessing; (b) about 0.7; (c) above 0.9.

# %% [markdown] lang="zh"
# ## 照片上也是这样吗？
# **先预测。** 打乱 16 个小块，预训练网络的 AP：(a) 接近 0.4，相当于瞎猜；(b) 约 0.7；(c) 0.9 以上。

# %% slide="fragment" show="output" outputs="2 3"
lite0 = load_efficientnet_lite0(include_top=False)


def embedded(images):
    """(n, 1280) features of the pre-trained network, which is not trained here."""
    parts = (images[start : start + 16] for start in range(0, len(images), 16))
    return np.concatenate([lite0.predict_on_batch(255 * part) for part in parts])


head = scarce_photos.head(embedded(photos["train"][0]), photos["train"][1])
test_photos = photos["test"][0]
frozen = {
    tiles: head.decision_function(embedded(shuffle_tiles(test_photos, tiles)))
    for tiles in (1, 4)
}
for tiles, scores in frozen.items():
    ap = sklearn.metrics.average_precision_score(test_animal, scores)
    r = sklearn.metrics.recall_score(test_animal, scores >= 0)
    print(
        f"{tiles * tiles:2d} tiles",
        measured(f"AP {ap:.2f}, recall at the same threshold {r:.2f}"),
    )
claim("AP on photographs in 16 shuffled tiles", ap, at_least=0.9)

two = test_photos[np.flatnonzero(test_animal)[[3, 8]]][:, ::2, ::2]
both = np.concatenate([two, shuffle_tiles(two, 4)])
show(
    plots.photo_grid(both, columns=4, size=1.3),
    "Two photographs of animals, and both cut into sixteen tiles in another order.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** For the *ranking* pieces are enough; at the old threshold recall does fall (the notebook prints it): once more the threshold, not the ranking. So: contradicted as a general cause. The literature is divided as well (Geirhos et al. 2019; Burgert et al. 2025), and neither speaks of your images.

# %% [markdown] lang="zh"
# **1.5 分钟。** 对*排序*来说，有这些小块就够了；沿用旧阈值，查全率确实下降（笔记本里印出来了）：又是阈值，不是排序。所以：作为普遍的原因，被反驳。文献里也是两种声音（Geirhos 等 2019；Burgert 等 2025），说的都不是你的图像。

# %% [markdown] lang="en"
# (c). The pre-trained network ranks the animals almost as well when nothing is where it belongs: pieces are enough for the *ranking*. (Its scores do sink, so at the old threshold recall falls: once more the threshold, not the ranking.) On these photographs, then, ranking needs hardly any structure beyond a tile, and a network that can rank nearly without it reaches a precision and recall near 1 on whole ones.
#
# **Contradicted as a general cause.** The literature is divided in the same way: Geirhos et al. (2019) found ImageNet networks biased towards texture; Burgert et al. (2025), with other controls, found them relying on local shape rather. Both speak of ImageNet, neither of your images. What we cannot tell: whether a network that saw *more* global structure would be better on the photographs; there is hardly any room above.

# %% [markdown] lang="zh"
# 答案是 (c)。即使什么都不在原位，预训练的网络给动物排序也几乎一样好：对*排序*来说，有这些小块就够了。（得分确实降低了，所以沿用旧阈值时查全率下降：又是阈值，不是排序。）可见在这些照片上，排序几乎用不着小块以外的结构，一个几乎不靠它也能排好序的网络，在完整的照片上查准率和查全率接近 1。
#
# **作为普遍的原因，被反驳。** 文献里也是两种声音：Geirhos 等（2019）发现 ImageNet 上训练的网络偏重纹理；Burgert 等（2025）用另一套对照，发现它们更多依靠局部形状。两者说的都是 ImageNet，不是你的图像。我们说不出来的是：看到*更多*全局结构的网络在这些照片上会不会更好，因为上面几乎没有余地了。

# %% [markdown] lang="en" slide="slide" take="heading"
# ### 3. The cure
# Augmentation, optimisation, measures. Lesson 05 judged each remedy by a rule; here are its verdicts on the photographs, sorted by the article's words, with one more group for what it does not name. (Measures change no ranking, so they have no line; the last two claims are theirs.)

# %% [markdown] lang="zh"
# ### 3. 药方
# 数据增强、模型优化、评估指标。第 05 课按同一条规则评判过每种办法；这里把照片上的结论按文章的说法归类，再加一组，留给它没有提到的东西。（评估指标不改变排序，所以不占行；最后两条断言说的就是它。）

# %% slide="same" show="output" outputs="1 2 3 4"
tests = np.vstack([np.ones((1, 96), dtype=int), draw_tests(test_animal)])
measures = {}
for part in [name for name in stored if not name.startswith("few")]:
    thresholds = [
        best_f1_threshold(validation_animal, np.array(run))[0]
        for run in stored[part]["validation"]
    ]
    measures[part] = measure(test_animal, np.array(stored[part]["test"]), thresholds, tests)

words = {}
for cure, parts in cures.items():
    print(cure)
    for part in parts:
        changes = [measures[part][k] - measures["plain"][k] for k in ("P", "R", "AP")]
        words[part] = verdict(*percentile_interval(mean_over_runs(changes[2][:, 1:])))
        means = "P {:+.2f}, R {:+.2f}, AP {:+.2f}".format(
            *(c[:, 0].mean() for c in changes)
        )
        print(f"  {part:15s}", measured(means), "on AP:", words[part])
helped = [sum(words[part] == "helps" for part in parts) for parts in cures.values()]
claim("augmentations that help the ranking", helped[0], equals=0)
claim("of the optimisations", helped[1], equals=0)
claim("of the features learned elsewhere, two", helped[2], equals=2)

half = measure(test_animal, np.array(stored["plain"]["test"]), np.zeros(5), tests[:1])
chosen, at_half = (
    [one[k][:, 0].mean() for k in ("P", "R")] for one in (measures["plain"], half)
)
claim(
    "measures: precision gained by the threshold with the best F1",
    chosen[0] - at_half[0],
    at_least=0.02,
)
claim("recall lost by it", at_half[1] - chosen[1], at_least=0.05)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** The article's words, lesson 05's rule, one group more for what it does not name. Read the column “on AP”: no augmentation and no regularisation raised the ranking that one could tell; features from a million other photographs did. A *measure* changes no ranking, it chooses a threshold: precision for recall. Verdict: not supported as it stands.
#
# **Misconception:** that one counter-example refutes “some”. It refutes “all”; and what another recipe, longer training or larger images would do, our data do not say.

# %% [markdown] lang="zh"
# **2.5 分钟。** 说法是文章的，规则是第 05 课的，再加一组，留给它没有提到的东西。看“on AP”一列：没有一种数据增强、没有一种正则化看得出提高了排序；从上百万张别的照片学来的特征做到了。*指标*改变不了排序，只是选定阈值：拿查准率换查全率，或者反过来。结论：照原话不成立。
#
# **常见误解**：以为一个反例能推翻“有些”。它推翻的是“全都”；换一套做法、训练得更久、图像更大会怎样，我们的数据没有说。

# %% [markdown] lang="en"
# **Not supported as it stands.** No augmentation and no regularisation raised AP here that one could tell, several lowered it. A measure changes no ranking; it chooses a threshold, and that trades one of P and R for the other. What raised both is not in the list: features from a million other photographs.
#
# **What cannot be told from our data:** whether another recipe of augmentation, a longer training or larger images would have helped; how it is with objects that are not photographed singly on white. The intervals hold the chance of images and seeds, not that of other training sets. The article's sentences speak of deep models without any limit. If they are meant of *all*, one counter-example is enough; if they are meant of *some*, or if the cure only *can* help, our data do not contradict them.

# %% [markdown] lang="zh"
# **照原话不成立。** 在这里，没有一种数据增强、没有一种正则化看得出提高了 AP，有几种还降低了它。指标改变不了排序；它选定一个阈值，那只是拿 P 和 R 中的一个去换另一个。真正把两者都提高的，不在这张药方上：从上百万张别的照片学来的特征。
#
# **从我们的数据说不出来的**：换一套增强做法、训练得更久、图像更大，会不会有用；物体若不是单独拍在白底上，情形又如何。区间里包含图像和种子的偶然性，不包含换一批训练照片的偶然性。文章的那几句话说的是深度模型，没有加任何限制。如果说的是*所有*，一个反例就够了；如果说的是*有些*，或者药方只是*可能*有用，我们的数据并不反驳。

# %% [markdown] lang="en"
# ## The outlook, revisited

# %% [markdown] lang="zh"
# ## 重看展望

# %%
ledger.show("outlook")

# %% [markdown] lang="en"
# A sentence on the future is cheap if it names no number and no date. What there is to say of the five, each with a source that can be read (some are older than the article, which cites a work of “2020”):
#
# | the article hopes for | what can be said today |
# | --- | --- |
# | more efficient models | Networks were designed for phones (MobileNets, Howard et al. 2017) and made to count in whole numbers of eight bits (Jacob et al. 2018). The article's network has 25 million parameters; lesson 04's repaired one has 361 times fewer, and a higher AP. |
# | better explanation | Grad-CAM (Selvaraju et al. 2017) shows which regions raise an answer. A warning came soon: the maps of some other methods hardly change when the weights are made random (Adebayo et al. 2018; Grad-CAM's do change). An explanation needs a control like any other measurement. |
# | higher precision and recall | A great step came from learning on images *with their captions*: CLIP (Radford et al. 2021) recognises classes of which it was given no labelled picture. And the two measures have come to generators: precision asks whether made images look real, recall whether all kinds of real ones are made (Kynkäänniemi et al. 2019). |
# | robustness | Four things that the article puts into one: *corruption* by weather and cameras (Hendrycks & Dietterich 2019), *poisoning* of training data (Biggio et al. 2012), *adversarial examples* (Goodfellow, Shlens & Szegedy 2014), and training against them (Madry et al. 2017). |
# | fusion with other fields | Language and images have met: DALL·E (Ramesh et al. 2021) draws from a sentence, with a transformer, no GAN. In making images, diffusion models (Ho et al. 2020) have since drawn level with GANs and passed them on the usual measures (Dhariwal & Nichol 2021). |
#
# **“GAN attacks.”** An adversarial example is an image changed a little so that a network errs. A generator *can* be trained to make such images (AdvGAN, Xiao et al. 2018), but none is needed. One gradient is enough: each pixel goes a small step $\varepsilon$ in the direction in which the loss rises, $x' = x + \varepsilon \, \mathrm{sign}\, \nabla_x L$. **Predict first** what a step of 0.05, of a range from 0 to 1, does to macro precision and recall; beside it stand steps of the same size in random directions.

# %% [markdown] lang="zh"
# 谈未来的话，如果不带数字也不带日期，说起来很容易。那五个方向能说些什么？每一条都附上能查到的文献（有几篇比文章还早，因为文章引了一篇“2020”年的）：
#
# | 文章的期望 | 今天能说的 |
# | --- | --- |
# | 模型更高效 | 有了为手机设计的网络（MobileNets，Howard 等 2017），也能用八位整数来计算（Jacob 等 2018）。文章的网络有 2500 万个参数；第 04 课修补后的网络只有它的 361 分之一，AP 却更高。 |
# | 解释得更清楚 | Grad-CAM（Selvaraju 等 2017）显示哪些区域推高了某个回答。警告很快就来了：另一些方法画出的图，把权重换成随机数也几乎不变（Adebayo 等 2018；Grad-CAM 的会变）。解释和任何测量一样，需要对照。 |
# | 查准率、查全率更高 | 很大的一步来自*带说明文字*的图像：CLIP（Radford 等 2021）能识别从未给过它带标签图片的类别。这两个指标也用到了生成器上：查准率问造出的图像像不像真的，查全率问各种真图是不是都造得出来（Kynkäänniemi 等 2019）。 |
# | 经得起损坏和攻击（鲁棒性） | 文章把四件事混成了一件：天气和相机造成的*损坏*（Hendrycks 和 Dietterich 2019）、训练数据的*投毒*（Biggio 等 2012）、*对抗样本*（Goodfellow、Shlens 和 Szegedy 2014），以及针对它们的训练（Madry 等 2017）。 |
# | 与其他领域结合 | 语言与图像走到了一起：DALL·E（Ramesh 等 2021）按一句话作画，用的是 Transformer，不是 GAN。在图像生成上，扩散模型（Ho 等 2020）后来在常用指标上追平并超过了 GAN（Dhariwal 和 Nichol 2021）。 |
#
# **“GAN 攻击”。** 对抗样本是略加改动、使网络出错的图像。生成器*可以*训练来制造这样的图像（AdvGAN，Xiao 等 2018），但并不需要它。一个梯度就够了：每个像素朝损失上升的方向走一小步 $\varepsilon$，$x' = x + \varepsilon \, \mathrm{sign}\, \nabla_x L$。**先预测**：像素范围是 0 到 1，走 0.05 的一步，宏平均查准率和查全率会怎样？旁边放上同样大小、方向随机的一步。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## “GAN attacks” need no GAN
# $$x' = x + \varepsilon\, \mathrm{sign}\, \nabla_x L, \qquad \varepsilon = 0.05$$
#
# Each pixel of $x$, from 0 to 1, goes a small step in the direction in which the loss $L$ rises.
#
# **Predict first.** Macro precision and recall after that step? After steps of the same size in random directions?

# %% [markdown] lang="zh"
# ## “GAN 攻击”用不着 GAN
# $$x' = x + \varepsilon\, \mathrm{sign}\, \nabla_x L, \qquad \varepsilon = 0.05$$
#
# 图像 $x$ 的每个像素（0 到 1）朝损失 $L$ 上升的方向走一小步。
#
# **先预测。** 走了这一步，宏平均查准率和查全率会怎样？同样大小、方向随机的一步呢？

# %% slide="fragment" show="output" outputs="1 2 3"
originals, classes = unseen[:2000], y_test[:2000]


def direction_of_loss(images, classes):
    """Sign of the loss's gradient for each pixel: (n, 28, 28, 1)."""
    given = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(given)
        loss = keras.losses.sparse_categorical_crossentropy(classes, whole(given))
    return np.sign(tape.gradient(loss, given).numpy())


parts = zip(np.split(originals, 20), np.split(classes, 20), strict=True)
direction = np.concatenate([direction_of_loss(*part) for part in parts])
at_random = np.random.default_rng(0).choice([-1.0, 1.0], size=originals.shape)

recalls = {}
for name, step in (
    ("original", 0),
    ("random step", at_random),
    ("gradient step", direction),
):
    changed = np.clip(originals + 0.05 * step, 0, 1)
    decided = whole.predict(changed, batch_size=500, verbose=0).argmax(axis=1)
    p = sklearn.metrics.precision_score(classes, decided, average="macro", zero_division=0)
    recalls[name] = sklearn.metrics.recall_score(classes, decided, average="macro")
    print(f"{name:14s}", measured(f"macro precision {p:.2f}, recall {recalls[name]:.2f}"))
claim(
    "recall lost to the gradient",
    recalls["original"] - recalls["gradient step"],
    at_least=0.3,
)
claim("to random steps", recalls["original"] - recalls["random step"], at_most=0.15)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** No generator, no second network, no training: one gradient. The random steps are the control; without them one could put it down to noise. The article puts four things into one: corruption, poisoning, adversarial examples, and training against them. Skip when time is short.

# %% [markdown] lang="zh"
# **1.5 分钟。** 没有生成器，没有第二个网络，也没有训练：一个梯度就够了。随机的一步是对照；没有它，就可以说只是噪声的缘故。文章把四件事混成了一件：损坏、投毒、对抗样本，以及针对它们的训练。时间紧就跳过。

# %% [markdown] lang="en"
# No generator, no second network, no training. That is row 39.
#
# ## The references
# **How to check a reference**, in the order of effort: (1) Do the authors, the title and the year belong together? Search for the title in quotation marks. (2) Does the identifier lead to that title? An arXiv number holds the year and month of its submission, 1411 is November 2014. (3) Is it cited in the text, for a sentence that it supports? (4) What is missing?

# %% [markdown] lang="zh"
# 没有生成器，没有第二个网络，也没有训练。这就是第 39 条。
#
# ## 参考文献
# **怎样核对一条文献**，按费力程度排列：(1) 作者、标题和年份对得上吗？给标题加上引号去搜索。(2) 编号指向的是这个标题吗？arXiv 编号里有提交的年月，1411 就是 2014 年 11 月。(3) 正文里引用了它吗？它支持那句话吗？(4) 缺了什么？

# %%
ledger.show("references")

# %% [markdown] lang="en"
# Corrected, with reasons (where to find each work stands in the list at the end):
#
# | in the article | correct | why |
# | --- | --- | --- |
# | [1], [2] | as they stand | The book by Goodfellow, Bengio and Courville (2016), and the article by LeCun, Bengio and Hinton (2015). |
# | [3] | *either* A. Radford, L. Metz, S. Chintala, DCGAN (on arXiv in November 2015, at the conference ICLR in 2016) – *or* A. Ramesh et al. (2021), Zero-Shot Text-to-Image Generation | Two works in one. The three authors wrote DCGAN. DALL·E was announced on 5 January 2021, its paper submitted in February; a transformer, not a GAN. |
# | [4] | P. Isola, J.-Y. Zhu, T. Zhou, A. A. Efros (2017) | Title, year and conference are right; of five names three are not among the authors, and two authors are missing. |
# | [5] | M. Mirza, S. Osindero (2014), Conditional Generative Adversarial *Nets*, arXiv:1411.1784 | Last word and number. |
# | [6] | J. Long, E. Shelhamer, T. Darrell (2015) | Three authors; only the first is named rightly. |
#
# **Missing** are the works on which the text stands: Goodfellow et al. (2014) for GANs, LeCun et al. (1998) for convolutional networks, Hochreiter & Schmidhuber (1997) for memory – and, in a text on precision and recall, any source on precision and recall: Manning, Raghavan & Schütze (2008), chapter 8. None of the six is cited anywhere in the text.

# %% [markdown] lang="zh"
# 更正及理由（各文献的出处见末尾的列表）：
#
# | 文章里的 | 正确的 | 理由 |
# | --- | --- | --- |
# | [1]、[2] | 无误 | Goodfellow、Bengio 和 Courville 的书（2016），以及 LeCun、Bengio 和 Hinton 的文章（2015）。 |
# | [3] | *或者* A. Radford、L. Metz、S. Chintala，DCGAN（2015 年 11 月发布于 arXiv，2016 年发表于 ICLR 会议）；*或者* A. Ramesh 等（2021），Zero-Shot Text-to-Image Generation | 两篇混成了一篇。这三位作者写的是 DCGAN。DALL·E 于 2021 年 1 月 5 日公布，论文 2 月提交；它是 Transformer，不是 GAN。 |
# | [4] | P. Isola、J.-Y. Zhu、T. Zhou、A. A. Efros（2017） | 标题、年份和会议都对；五个名字里有三个不是作者，又缺了两位作者。 |
# | [5] | M. Mirza、S. Osindero（2014），Conditional Generative Adversarial *Nets*，arXiv:1411.1784 | 最后一个词和编号不对。 |
# | [6] | J. Long、E. Shelhamer、T. Darrell（2015） | 作者三位，只有第一位写对了。 |
#
# **缺少的**，是文章立足的那些文献：GAN 的 Goodfellow 等（2014），卷积网络的 LeCun 等（1998），记忆的 Hochreiter 和 Schmidhuber（1997）；而一篇谈查准率和查全率的文章，竟没有一条关于查准率和查全率的文献，比如 Manning、Raghavan 和 Schütze（2008）第 8 章。列出的六条，正文里一条也没有引用。

# %% [markdown] lang="en"
# ## The scoreboard
# The models of this lesson join it, asked for one class: is it a shirt, is it an animal? The networks with shuffled tiles stand beside them for comparison.

# %% [markdown] lang="zh"
# ## 记分板
# 本课的模型也登上记分板，只问一类：是不是衬衫，是不是动物。小块打乱的情形列在旁边，以供比较。

# %%
own = []
for name, network in (("whole", whole), ("patches", patches)):
    for state in ("intact", "shuffled"):
        probability = answers[name, state]
        row = scoreboard.record(
            f"{name} view" + (", tiles shuffled" if state == "shuffled" else ""),
            "10,000 garments, shirt or not",
            y_test == 6,
            probability.argmax(axis=1) == 6,
            probability[:, 6],
            parameters=network.count_params(),
        )
        own.append({"lesson": "15", **row})
row = scoreboard.record(
    "frozen EfficientNet-Lite0, 16 tiles shuffled",
    "96 photographs, animal or not",
    test_animal,
    frozen[4] >= 0,
    frozen[4],
)
own.append({"lesson": "15", **row})
gap = own[0]["recall"] - own[1]["recall"]
claim("recall of shirts that whole loses when shuffled", gap, at_least=0.1)

# %% [markdown] lang="en"
# And the whole board: what every lesson has recorded, read from the notebooks as they were built (`imgrec experiment board` collects the rows; a test holds board and notebooks together). Behind the four measures stand, where a lesson gave them, thousands of parameters (k) and seconds of training (s). Compare only within a group: each has its own images and its own question. **Predict first:** which model has the highest recall on the 96 photographs?

# %% [markdown] lang="zh"
# 下面是完整的记分板：各课记录下的全部结果，读自生成好的各课笔记本（由 `imgrec experiment board` 汇集；有测试保证记分板与笔记本一致）。四个指标后面，凡有记录的，是参数个数（以千计，k）和训练秒数（s）。只能在同一组内比较：每组有自己的图像和自己的问题。**先预测**：96 张照片那一组里，查全率最高的是哪个模型？

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The whole board

# %% [markdown] lang="zh"
# ## 整个记分板

# %%
rows = load_result("board")["rows"] + own
print(board.table(rows))

# %% slide="same" outputs="1"
show(
    board.picture(rows),
    "Precision and recall with their intervals for every model that a lesson recorded, grouped by the data on which it was measured.",
)
claim(
    "rows on the board, of this lesson",
    sum(row["lesson"] == "15" for row in rows),
    equals=5,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Every model that a lesson recorded, with the 95 % intervals of its precision and recall. The names are too small for the last row: read two groups aloud, and compare only within a group, since each has its own images and its own question. Ask which intervals are the widest, and why: those of few cases, such as 96 photographs or eight modes.
#
# The references of the article are the homework: do authors, title and year belong together; does the number lead there; is it cited; what is missing?

# %% [markdown] lang="zh"
# **2 分钟。** 各课记录下的全部模型，查准率和查全率都带 95% 置信区间。字太小，后排看不清：挑两组念一念。只能在同一组内比较：每组有自己的图像和自己的问题。问一问：哪些区间最宽？为什么？是个数少的那些，例如 96 张照片、8 个模式。
#
# 文章的参考文献留作作业：作者、标题、年份对得上吗？编号指向它吗？正文引用了吗？缺了什么？

# %% [markdown] lang="en" slide="slide"
# ## What to take along
# 1. Of every sentence: what exactly does it say, what would be seen if it were false, can I try it, would I notice, who says so?
# 2. Loud mistakes are the lucky ones. Silent ones are caught by few habits: compare weights before and after a step, know the least value of a loss and that of guessing, look at the pictures that go in, print what is in use.
# 3. A formula is tried with five numbers: shapes, a known case, a sign, an extreme.
# 4. A “because” is tested by cause without effect and effect without cause. Say what the data do not tell; one counter-example refutes “all”, never “some”.
# 5. Numbers that come out wrong, mostly too good, have the same few reasons: a threshold chosen on the test, copies on both sides, a mean of ratios, a measure that counts something else.
#
# **A misconception to leave behind:** “It runs, and the loss goes down, so it works.” All five programs at the beginning did both, and four of them were wrong.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 对每一句话问：它究竟说了什么？假如是错的会看到什么？我能试吗？错了我会发现吗？是谁说的？
# 2. 会报错的错误算是走运。不出声的错误，靠几个习惯就能抓住：比较一步前后的权重，知道损失的最小值和瞎猜时的值，看一眼送进去的图像，打印正在使用的值。
# 3. 公式用五个数就能试：形状、一个已知的情形、一个符号、一个极端。
# 4. “因为”要用“有因无果”和“有果无因”来检验。说清数据没有告诉我们什么；一个反例能推翻“全都”，推翻不了“有些”。
# 5. 数字错了，多半还好得过头，原因总是那么几个：阈值在测试集上选，副本两边都有，比值取了平均，指标数的是别的东西。
#
# **要纠正的误解**：“它能运行，损失也在下降，所以它是对的。”开头的五个程序都做到了，其中四个是错的。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Back to the board with the votes for A to E: who would vote otherwise now, and on what evidence? To do: `in_pairs`, `squared_error` and `one_side` first; then an article of your own choice, with the five questions.

# %% [markdown] lang="zh"
# **2 分钟。** 回到写着 A 到 E 票数的黑板：现在谁会改投？凭什么证据？课后：先做 `in_pairs`、`squared_error`、`one_side`；然后自己挑一篇文章，用这五个问题来读。

# %% [markdown] lang="en"
# ## References
# - [@manning2008introduction, chapter 8]
# - [@lecun1998gradient]
# - [@hochreiter1997long]
# - [@goodfellow2014generative]
# - [@brendel2019approximating]
# - [@geirhos2019imagenet]
# - [@burgert2025imagenet]
# - [@howard2017mobilenets]
# - [@jacob2018quantization]
# - [@selvaraju2017gradcam]
# - [@adebayo2018sanity]
# - [@radford2021learning]
# - [@kynkaanniemi2019improved]
# - [@hendrycks2019benchmarking]
# - [@biggio2012poisoning]
# - [@goodfellow2014explaining]
# - [@madry2017towards]
# - [@xiao2018generating]
# - [@ho2020denoising]
# - [@dhariwal2021diffusion]
#
# The article's own six, corrected; the third one as both of the works that it mixes up:
#
# - [@goodfellow2016deep]
# - [@lecun2015deep]
# - [@radford2016unsupervised, on arXiv since 2015]
# - [@ramesh2021zero]
# - [@isola2017image]
# - [@mirza2014conditional]
# - [@long2015fully]

# %% [markdown] lang="zh"
# ## 参考文献
# - [@manning2008introduction, 第 8 章]
# - [@lecun1998gradient]
# - [@hochreiter1997long]
# - [@goodfellow2014generative]
# - [@brendel2019approximating]
# - [@geirhos2019imagenet]
# - [@burgert2025imagenet]
# - [@howard2017mobilenets]
# - [@jacob2018quantization]
# - [@selvaraju2017gradcam]
# - [@adebayo2018sanity]
# - [@radford2021learning]
# - [@kynkaanniemi2019improved]
# - [@hendrycks2019benchmarking]
# - [@biggio2012poisoning]
# - [@goodfellow2014explaining]
# - [@madry2017towards]
# - [@xiao2018generating]
# - [@ho2020denoising]
# - [@dhariwal2021diffusion]
#
# 文章自己的六条文献，更正如下；第三条混在一起的两篇都列出：
#
# - [@goodfellow2016deep]
# - [@lecun2015deep]
# - [@radford2016unsupervised，2015 年已发布于 arXiv]
# - [@ramesh2021zero]
# - [@isola2017image]
# - [@mirza2014conditional]
# - [@long2015fully]
