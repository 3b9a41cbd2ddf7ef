# %% [markdown] lang="en" slide="slide" take="heading"
# # 11 · GANs at work
#
# **After this lesson you can** ask a generator for a class, and tell whether it delivers; test whether generated images help a recogniser of a rare class, without cheating; fill a hole in an image and measure the filling where it matters; turn line drawings into garments, and say what the adversarial term gives and what it costs.
#
# **You need** lessons 04 (a network in Keras), 05 (remedies for a rare class and the rule of the verdict) and 10 (the GAN, Fréchet distance, precision and recall of a generator).
#
# **Time** 75 minutes, exercises included (a good place for a break: before “A hole in a garment”; about 35 minutes lie before it, 40 after it); the machine needs about a minute.

# %% [markdown] lang="zh"
# # 11 · 生成对抗网络的用处
#
# **学完本课，你能够**：向生成器指定要哪一类图像，并检验它给得对不对；不作弊地检验生成的图像能不能帮助识别稀有类别；补全图像中的缺口，并只在该量的地方衡量补得好不好；把线稿变成服饰，并说清对抗损失带来什么、代价是什么。
#
# **预备知识**：第 04 课（Keras 中的网络）、第 05 课（应对稀有类别的办法和下结论的规则）和第 10 课（生成对抗网络、Fréchet 距离、生成器的查准率与查全率）。
#
# **时间**：75 分钟，含练习（适合中途休息的地方：“服饰上的一个缺口”之前；休息前约 35 分钟，休息后约 40 分钟）；机器运行约一分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# Generate, complete, translate: what is gained, and who says so?

# %% [markdown] lang="zh"
# 生成、补全、翻译：得到了什么？凭什么这么说？

# %% [markdown] lang="en" slide="notes"
# **1 min.** The article that the course grew out of promises three uses of a GAN, in a text on raising precision and recall, and shows no picture and no number. Today all three, each with a baseline beside it.
#
# This lecture covers the lesson without its exercises; they take another half hour. Short of time? Leave out the code of the conditional generator and the U-Net; keep the rare pullovers.

# %% [markdown] lang="zh"
# **1 分钟。** 本课程所由来的那篇文章在谈怎样提高查准率和查全率时，许诺了 GAN 的三种用途，却没有给出一张图、一个数。今天三样都做，每样旁边都放上基线。
#
# 本讲不包括练习；练习另需半小时。时间不够时，可以略去条件生成器的代码和 U-Net；稀有的套头衫要保留。

# %%
import keras
import numpy as np
from matplotlib.patches import Rectangle

from imgrec_course import plots, sample_quality, scoreboard, training
from imgrec_course.checks import check, claim, measured
from imgrec_course.datasets.fashion import FASHION_CLASSES
from imgrec_course.experiments import generated_rare_class, load_result, rare_class
from imgrec_course.metrics import best_f1_threshold, percentile_interval
from imgrec_course.models.completion import harmonic_fill, hole_error, mean_fill
from imgrec_course.models.completion import nearest_fill, square_holes, with_hole
from imgrec_course.models.conditional import generate_as_asked, recognised_classes
from imgrec_course.models.gan import default_optimizer, endless_batches
from imgrec_course.models.translation import ImageToImage, edges, patch_discriminator
from imgrec_course.models.translation import sharpness, u_net
from imgrec_course.plots import show, subplots
from imgrec_course.scratch.remedies import draw_tests, mean_over_runs, measure, verdict
from imgrec_course.training import completion, conditional, translation

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Which of these pullovers are real?
# Ten of the twenty are photographs from Fashion-MNIST. Ten were made by a generator that had 200 pullovers and 19,800 other garments to learn from. The article that this course grew out of says that a GAN can generate images, complete them and translate them, in a text on raising precision and recall. It shows no picture and no number. This lesson does all three, and asks each time what was gained.

# %% [markdown] lang="zh"
# ## 这些套头衫哪些是真的？
# 二十张里有十张是 Fashion-MNIST 的照片，另外十张出自一个生成器，它学过的只有 200 件套头衫和 19800 件其他服饰。本课程由一篇文章发展而来，那篇文章说，生成对抗网络可以生成、补全和翻译图像，而通篇谈的是怎样提高查准率和查全率，却没有给出一张图、一个数。本课把这三件事都做一遍，每次都问：到底得到了什么？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Ten are photographs; ten come from a generator that had 200 pullovers to learn from. Which?

# %% [markdown] lang="zh"
# **先预测。** 十张是照片，十张出自一个只有 200 件套头衫可学的生成器。哪些是生成的？

# %% slide="same"
# The same garments twice: from 0 to 1 for the recogniser, from −1 to 1 for generators
(garments, is_pullover), (test_garments, test_pullover) = rare_class.garments()
(images, labels), (test_images, test_labels) = conditional.data()  # in [−1, 1]
scarce = training.load(
    generated_rare_class.build_generator(), "scarce_pullovers"
)  # made by `imgrec train scarce_pullovers`
extras = generated_rare_class.drawn(scarce, kind=1, seed=0)  # (2000, 28, 28, 1), 0 … 1
real = (test_images[test_labels == 2][:10] + 1) / 2
order = np.random.default_rng(3).permutation(20)
show(
    plots.photo_grid(
        np.concatenate([real, extras[:10]])[order, ..., 0],
        [str(number) for number in range(1, 21)],
        columns=10,
        size=0.85,
    ),
    "Twenty small grey pictures of pullovers, numbered; ten are photographs and ten are generated.",
    photographs=True,
)

# %% slide="fragment" show="output"
print("generated:", *np.flatnonzero(order >= 10) + 1)

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute alone, then the key. Ask what gave them away: few stripes, few prints, everything smooth. Then the question of the hour, on paper: will a recogniser that learns from such images, too, find pullovers better?
#
# **Misconception:** that a generator makes new information. It makes new pictures.

# %% [markdown] lang="zh"
# **2 分钟。** 先各自看一分钟，再按键。问一问是什么露了馅：条纹少，印花少，样样都光滑。然后请大家把这堂课的问题写在纸上：让识别器也学习这样的图像，它找套头衫会找得更好吗？
#
# **常见误解**：以为生成器造出了新的信息。它造出的是新的图。

# %% [markdown] lang="en"
# **Predict first.** Write down, before you read on: (a) Will a recogniser that learns from such images, too, find pullovers better? (b) A hole is to be filled: will the network that was told to be convincing make a smaller or a larger error than the one that was told only to be right? We come back to both.

# %% [markdown] lang="zh"
# **先预测。** 往下读之前先写下来：（一）让识别器也学习这样的图像，它找套头衫会找得更好吗？（二）要补一个缺口：一个网络被要求补得“像真的”，另一个只被要求补得“对”，前者的误差会更小还是更大？两个问题后面都会回来。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Asking for a class
# The generator of lesson 10 gives what it likes. A **conditional GAN** (Mirza & Osindero 2014) lets both players see the class $y$:
#
# $$\min_G \max_D\; \mathbb E_{x, y}\big[\ln D(x \mid y)\big] + \mathbb E_{z, y}\big[\ln\big(1 - D(G(z \mid y) \mid y)\big)\big].$$
#
# - $x$, (28, 28, 1): a real image; $y \in \{0, \dots, 9\}$: its class, and for a generated image the class that was asked for.
# - $z$, (64,): noise. $G(z \mid y)$, (28, 28, 1): an image. $D(x \mid y)$, a number: the probability that $x$ is a *real image of class $y$*.
#
# A class is a word, and networks compute with numbers. So each class gets numbers of its own, learned like weights: an **embedding**, a table with one row for each class. (With two numbers a class, “bag” might be $(0.3, -1.2)$ and “coat” $(0.9, 0.4)$; nobody chooses them, the gradient does.) For $G$ these are 32 numbers $e_y$, put beside the noise; for $D$ they are 28 × 28 numbers $m_y$, put behind the image as one more channel. The rest is lesson 10's:
#
# $$G(z \mid y) = G_0\big([z; e_y]\big), \qquad D(x \mid y) = \sigma\big(D_0([x, m_y])\big).$$
#
# **Predict first.** What would $G$ learn if only $G$ saw the class and $D$ did not?

# %% [markdown] lang="zh"
# ## 指定类别
# 第 10 课的生成器想给什么就给什么。**条件生成对抗网络**（conditional GAN；Mirza 和 Osindero，2014）让双方都看到类别 $y$：
#
# $$\min_G \max_D\; \mathbb E_{x, y}\big[\ln D(x \mid y)\big] + \mathbb E_{z, y}\big[\ln\big(1 - D(G(z \mid y) \mid y)\big)\big].$$
#
# - $x$，(28, 28, 1)：真实图像；$y \in \{0, \dots, 9\}$：它的类别；对生成的图像来说，就是指定要的类别。
# - $z$，(64,)：噪声。$G(z \mid y)$，(28, 28, 1)：一张图像。$D(x \mid y)$，一个数：$x$ 是*一张真实的、属于类别 $y$ 的图像*的概率。
#
# 类别是一个词，而网络只会算数。所以每个类别都有自己的一组数，像权重一样学出来，这叫**嵌入**（embedding）：一张表，每个类别一行。（假如每类两个数，“包”也许是 $(0.3, -1.2)$，“大衣”是 $(0.9, 0.4)$；不是谁挑的，是梯度定的。）对 $G$，是 32 个数 $e_y$，拼在噪声旁边；对 $D$，是 28 × 28 个数 $m_y$，作为一个通道叠在图像后面。其余与第 10 课相同：
#
# $$G(z \mid y) = G_0\big([z; e_y]\big), \qquad D(x \mid y) = \sigma\big(D_0([x, m_y])\big).$$
#
# **先预测。** 如果只有 $G$ 看得到类别，而 $D$ 看不到，$G$ 会学成什么样？

# %% [markdown] lang="en" only="slides" slide="same"
# - $y$: a class; $x$: a real image of it; $z$: noise. **Both** players see $y$.
# - $e_y$: 32 learned numbers a class, beside the noise. $m_y$: 28 × 28 learned numbers, one more channel. $G_0$, $D_0$: lesson 10's networks.

# %% [markdown] lang="zh"
# - $y$：类别；$x$：该类别的真实图像；$z$：噪声。**双方**都看到 $y$。
# - $e_y$：每个类别 32 个学出来的数，拼在噪声旁边；$m_y$：28 × 28 个学出来的数，作为一个通道。$G_0$、$D_0$：第 10 课的网络。

# %% [markdown] lang="en" only="slides" slide="fragment"
# > What would $G$ learn if only $G$ saw the class and $D$ did not?

# %% [markdown] lang="zh"
# > 如果只有 $G$ 看得到类别，而 $D$ 看不到，$G$ 会学成什么样？

# %% [markdown] lang="en" slide="notes"
# **3 min.** Line by line: the game of lesson 09 with “given $y$” everywhere; then how a word becomes numbers: an **embedding**, a table with one row for each class, learned like weights. $D$ answers: is this a *real image of class $y$*?
#
# The question: nothing in the loss would then ask $G$ to heed the class; any garment that looks real would pass. **Misconception:** that it is enough to tell the generator what one wants.

# %% [markdown] lang="zh"
# **3 分钟。** 逐行讲：第 09 课的博弈，处处加上“给定 $y$”；然后讲一个词怎样变成数：**嵌入**，一张表，每个类别一行，像权重一样学出来。$D$ 回答的是：这是不是*一张真实的、属于类别 $y$ 的图像*？
#
# 提问的答案：那样的话，损失里就没有什么要求 $G$ 理会类别，随便哪件像真的服饰都能过关。**常见误解**：以为把要什么告诉生成器就够了。

# %%
from imgrec_course.models.conditional import check_classes, whole_numbers
from imgrec_course.models.gan import dcgan_discriminator, dcgan_generator  # lesson 10

check_classes(10)  # at least two classes
whole_numbers(latent=64)  # at least 1; otherwise an error names the argument
print("G₀ takes", dcgan_generator(64 + 32).input_shape[1:], "numbers: noise and class")
print(
    "D₀ takes", dcgan_discriminator((28, 28, 2)).input_shape[1:], "pixels: image and class"
)

# %% source="imgrec_course.models.conditional.conditional_generator" slide="subslide" show="code"

# %% source="imgrec_course.models.conditional.conditional_discriminator"

# %% [markdown] lang="en"
# Is that the formula? We take the embedding out of the network, put it beside the noise by hand, and give both to the inner network $G_0$. The course's `ConditionalGAN` is lesson 10's `GAN` with the label handed to both networks; steps and losses are inherited. Eighty steps of it, to see that it runs:

# %% [markdown] lang="zh"
# 这与公式相符吗？我们从网络里取出嵌入，亲手拼到噪声旁边，再一起交给里面的网络 $G_0$。课程自带的 `ConditionalGAN` 就是第 10 课的 `GAN`，只是把标签也交给两个网络；训练步骤和损失都沿用。先跑八十步，看它能不能动起来：

# %% slide="same" show="output" outputs="1"
generator = conditional_generator(latent=64, classes=10, embedding=32)
noise = np.random.default_rng(0).normal(size=(6, 64)).astype("float32")
asked = np.array([0, 3, 3, 7, 9, 1])
words = generator.get_layer("class_embedding").get_weights()[0]  # (10, 32)
by_hand = generator.get_layer("generator")(np.concatenate([noise, words[asked]], axis=1))
difference = np.abs(generator([noise, asked]) - by_hand).max()
claim("G(z | y) and its formula differ by", difference, at_most=1e-5)

gan = conditional.build_gan(steps=80)  # both networks, Adam, as in lesson 10
history = gan.fit(
    endless_batches(images[:20_000], labels[:20_000], 64), steps_per_epoch=80, verbose=0
).history
for name, values in history.items():
    print(f"{name:18s}", measured(values[-1]))

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Find $e_y$, the brackets $[z; e_y]$ and $G_0$ in the code. The claim: embedding taken out, joined to the noise by hand, given to the inner network: the same image. Short of time? Skip this slide.

# %% [markdown] lang="zh"
# **1.5 分钟。** 在代码里找出 $e_y$、方括号 $[z; e_y]$ 和 $G_0$。断言说的是：取出嵌入，亲手拼到噪声旁边，交给里面的网络，得到同样的图像。时间不够时，略去这一张。

# %% [markdown] lang="en"
# Eighty steps make no garments yet. The same code was trained for 6,000 steps of 64 images, drawn from all 60,000 (`imgrec train conditional`); the generator comes with the course. Each row below is **one noise vector**, each column one class. So what a row has in common comes from the noise, what a column has in common from the class.

# %% [markdown] lang="zh"
# 八十步还做不出服饰。同样的代码用全部 60000 张训练了 6000 步、每步 64 张（`imgrec train conditional`），得到的生成器随课程提供。下图每一行是**同一个噪声向量**，每一列是一个类别。所以一行的共同之处来自噪声，一列的共同之处来自类别。

# %% [markdown] lang="en" only="slides" slide="subslide"
# Each row is **one noise vector**, each column one class:

# %% [markdown] lang="zh"
# 每一行是**同一个噪声向量**，每一列是一个类别：

# %% slide="same"
generator = training.load(
    conditional.build("conditional_generator"), "conditional_generator"
)
noise = np.random.default_rng(5).normal(size=(4, 64)).astype("float32")
every_class = np.tile(np.arange(10), 4)
made = generator.predict([np.repeat(noise, 10, axis=0), every_class], verbose=0)
titles = [name.split("/")[0] for name in FASHION_CLASSES] + [""] * 30
show(
    plots.photo_grid(made[..., 0], titles, columns=10, size=0.8),
    "Forty generated garments in four rows of ten, one column for each class of Fashion-MNIST: nearly every picture shows what its column asks for.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** The same code after 6,000 steps. Follow a row, then a column: what a row has in common comes from the noise, what a column has in common from the class. Which pictures would you send back to the shop?

# %% [markdown] lang="zh"
# **1.5 分钟。** 同样的代码训练了 6000 步。先看一行，再看一列：一行的共同之处来自噪声，一列的共同之处来自类别。哪几张你会退货？

# %% [markdown] lang="en"
# Had $D$ not seen the class, nothing in the loss would ask $G$ to heed it: any garment that looks real would pass.
#
# **Does it deliver?** We ask for 200 images of each class and let the course's own classifier say what it sees. Of the images returned on the request “pullover”, what share *is* a pullover? That is a **precision**, one for each request.
#
# **Exercise ★ recognised_as_asked.** `asked` and `recognised` hold a class, 0 … `classes` − 1, for each of $n$ images. Return the share of each class's requests that were recognised as that class, (`classes`,); NaN for a class that nobody asked for.

# %% [markdown] lang="zh"
# 假如 $D$ 看不到类别，损失里就没有什么要求 $G$ 理会它：随便哪件像真的服饰都能过关。
#
# **给得对吗？** 每个类别要 200 张，让课程自己的分类器说它看到了什么。应“套头衫”的要求返回的图像里，有多大的比例*真是*套头衫？这就是**查准率**，每种要求一个。
#
# **练习 ★ recognised_as_asked。** `asked` 和 `recognised` 对 $n$ 张图像各有一个类别，0 … `classes` − 1。返回每个类别的要求中被识别为该类别的比例，形状 (`classes`,)；没有人要过的类别为 NaN。


# %% tags=["exercise"]
def recognised_as_asked(asked, recognised, classes):
    """Share of each class's requests that were recognised as that class, (classes,)."""
    ### BEGIN SOLUTION
    return np.array(
        [
            np.mean(recognised[asked == kind] == kind) if kind in asked else np.nan
            for kind in range(classes)
        ]
    )
    ### END SOLUTION


# %%
check("11.recognised_as_asked", recognised_as_asked)

# %% [markdown] lang="en"
# The classifier errs on real garments, too, so their share is the yardstick, and not 1. A generator that does not heed the request is the baseline that should fail: we hand out the same images with the requests shuffled.

# %% [markdown] lang="zh"
# 分类器看真实的服饰也会出错，所以标尺是真实图像的比例，而不是 1。本该失败的基线是不理会要求的生成器：还是这些图像，把要求打乱。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Does it deliver?
# Of what was sent on the request “pullover”, how much *is* a pullover, as the classifier sees it? A **precision**, one for each request.

# %% [markdown] lang="zh"
# ## 给得对吗？
# 应“套头衫”的要求送来的，在分类器看来有多少*真是*套头衫？这就是**查准率**，每种要求一个。

# %% slide="fragment" show="output" outputs="2 3 4"
rows = np.concatenate([np.flatnonzero(test_labels == kind)[:200] for kind in range(10)])
real_images, asked = test_images[rows], test_labels[rows]  # 200 of each class, in order
made = generate_as_asked(generator, asked, seed=1)
seen, seen_real = recognised_classes(made), recognised_classes(real_images)
shuffled = np.random.default_rng(0).permutation(asked)
right = (seen == asked).reshape(10, 200).mean(axis=1)
right_real = (seen_real == asked).reshape(10, 200).mean(axis=1)

print("recognised as asked: generated, real")
for kind, name in enumerate(FASHION_CLASSES):
    print(f"{name:12s}", measured(f"{right[kind]:.2f} {right_real[kind]:.2f}"))
claim("recognised as asked", right.mean(), at_least=0.83)
claim("real images recognised as their class", right_real.mean(), at_least=0.88)
claim("requests shuffled", np.mean(seen == shuffled), at_least=0.05, at_most=0.15)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** 200 requests for each class. The yardstick is not 1: the classifier errs on real garments, too (second line). The baseline that should fail hands out the same images with the requests shuffled (third line). Coats and shirts are worst: open the notebook at the table if somebody asks.

# %% [markdown] lang="zh"
# **1.5 分钟。** 每个类别要 200 张。标尺不是 1：分类器看真实的服饰也会出错（第二行）。本该失败的基线：还是这些图像，把要求打乱（第三行）。大衣和衬衫最差；有人问起，就打开笔记本看那张表。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## What this share hides
# The classifier asks of each image alone whether it is a shirt. It cannot notice that all shirts are the same shirt. **Predict first:** we shrink the noise as in lesson 10, $z \mapsto \psi z$ with $\psi = 1, 0.6, 0.3, 0.1$. What happens to the share recognised as asked, and what to the precision and recall of lesson 10, which compare *sets* of images?

# %% [markdown] lang="zh"
# ## 这个比例掩盖了什么
# 分类器只就每张图像问一句“是不是衬衫”，它不会发觉所有的衬衫都是同一件。**先预测**：像第 10 课那样把噪声缩小，$z \mapsto \psi z$，$\psi = 1, 0.6, 0.3, 0.1$。识别为所要类别的比例会怎样？第 10 课那种比较*两批*图像的查准率和查全率又会怎样？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** The noise shrinks, $z \mapsto \psi z$. What happens to the share recognised as asked? To precision and recall of the whole set?

# %% [markdown] lang="zh"
# **先预测。** 把噪声缩小，$z \mapsto \psi z$。识别为所要类别的比例会怎样？整批图像的查准率和查全率呢？

# %% slide="fragment" show="output" outputs="1 3 4 5"
real_features = sample_quality.features(real_images)
table = {}
print("  ψ | as asked | precision, recall | Fréchet distance")
for psi in (1, 0.6, 0.3, 0.1):
    narrow = made if psi == 1 else generate_as_asked(generator, asked, 1, psi)
    found = sample_quality.features(narrow)
    precision, recall = sample_quality.precision_recall(real_features, found)
    distance = sample_quality.frechet_distance(real_features, found)
    share = np.mean(recognised_classes(narrow) == asked)
    table[psi] = share, precision, recall, distance
    text = f"{share:.2f} | {precision:.2f} {recall:.2f} | {distance:.1f}"
    print(f"{psi:3.1f} |", measured(text))
claim("ψ = 0.1: recognised as asked, change", table[0.1][0] - table[1][0], at_least=0.05)
claim("ψ = 1: recall of the generator", table[1][2], at_least=0.45)
claim("ψ = 0.1: recall of the generator", table[0.1][2], at_most=0.05)
above = table[0.1][0] - right_real.mean()
claim("ψ = 0.1: recognised more often than real garments by", above, at_least=0.02)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Two predictions, then the key. The share rises, in the end above that of real garments, some of which look like another class; recall goes to nothing. Like every precision it can be had by returning only what one is sure of.
#
# **Misconception:** that a classifier notices collapse. It asks of each image alone whether it is a coat; it cannot see that all coats are the same coat.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先作两个预测，再按键。比例上升，最后高过真实服饰（真服饰里总有一些看着像别的类别）；查全率降到了零。凡是查准率，只返回有把握的就能拿高分。
#
# **常见误解**：以为分类器看得出崩溃。它只就每张图像问一句“是不是大衣”，不会发觉所有的大衣都是同一件。

# %% slide="subslide"
one_z = np.repeat(np.random.default_rng(5).normal(size=(1, 64)), 12, axis=0)
many_z = np.random.default_rng(6).normal(size=(12, 64))
coats = [
    generator.predict([z.astype("float32"), np.full(12, 4)], verbose=0)
    for z in (many_z, one_z + 0.1 * many_z)
]
show(
    plots.photo_grid(np.concatenate(coats)[..., 0], columns=12, size=0.7),
    "Two rows of twelve generated coats: the upper ones differ in length, shade and collar, the lower ones are nearly the same coat twelve times.",
    photographs=True,
)

# %% [markdown] lang="en" only="slides" slide="same"
# Above: full noise. Below: nearly the same coat twelve times. A conditional generator can collapse **inside each class**.

# %% [markdown] lang="zh"
# 上一行：完整的噪声。下一行：几乎是同一件大衣画了十二次。条件生成器可能在**每个类别内部**崩溃。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Which row would the classifier prefer? The lower one. Which one would you? Report both, always: the share and the recall.

# %% [markdown] lang="zh"
# **1 分钟。** 分类器更喜欢哪一行？下面那行。你呢？比例和查全率要一起报告，每次都要。

# %% [markdown] lang="en"
# The lower row looks like coats throughout, the upper one mostly. The smaller the noise, the *higher* the share recognised as asked: in the end higher than that of real garments, some of which look like another class. The recall goes to nothing. A share recognised is a precision, and like every precision it can be had by returning only what one is sure of. A conditional generator can collapse **inside each class** and still get full marks from a classifier; it takes a measure of the whole set to show it, such as recall or the Fréchet distance. So report both, share and recall, always.

# %% [markdown] lang="zh"
# 下面一行件件像大衣，上面一行大多也像。噪声越小，识别为所要类别的比例反而*越高*，最后高过真实服饰（真服饰里总有一些看着像别的类别）；查全率却降到了零。这个比例是一种查准率，而凡是查准率，只返回有把握的就能拿高分。条件生成器可能在**每个类别内部**崩溃，分类器却照样给满分；要看整批图像的指标，例如查全率或 Fréchet 距离，才看得出来。所以比例和查全率要一起报告，每次都要。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Generated pullovers for a recogniser
# - Lesson 05's rare class: **200** pullovers among 20,000 training images.
# - Oversampling: each place of a batch is a pullover by the toss of a coin.
# - One change: a second coin decides: one of the 200, or one of 2,000 **generated** ones.
# - Everything else to the letter: same network, steps, threshold, test set.

# %% [markdown] lang="zh"
# ## 为识别器生成套头衫
# - 第 05 课的稀有类别：20000 张训练图像中有 **200** 件套头衫。
# - 过采样：批量里的每个位置抛硬币决定放不放套头衫。
# - 只改一处：再抛一次硬币，是 200 件中的一件，还是 2000 件**生成的**中的一件。
# - 其余分毫不差：网络、步数、阈值的选法、测试集都相同。

# %% [markdown] lang="en" slide="notes"
# **2 min.** What differs from oversampling, differs because of the extras: that is the point of the design. The generator is a conditional GAN that learned from the same 20,000 images with the labels “pullover” and “other”. Ask for guesses: helps, hurts, cannot tell? Keep the count.

# %% [markdown] lang="zh"
# **2 分钟。** 与过采样的结果若有差别，只能是额外图像造成的，这正是这样设计的用意。生成器是条件 GAN，学的是同样的 20000 张图像，标签只有“套头衫”和“其他”。请大家猜：有用、有害，还是看不出？记下票数。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > A report uses a conditional GAN trained on all 60,000 training images to help a recogniser that has 200 pullovers. The test images were never touched. Is the comparison fair?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 一份报告用全部 60000 张训练图像训练条件 GAN，去帮助一个只有 200 件套头衫可学的识别器。测试图像没有碰过。这样比较公平吗？

# %% [markdown] lang="en" only="slides" slide="fragment"
# **No.** Its generator has seen 6,000 pullovers: the rare class was made artificially, and what helps comes in by the back door. We run it beside, marked *cheat*.

# %% [markdown] lang="zh"
# **不公平。** 它的生成器见过 6000 件套头衫：稀有类别是人为造出来的，帮忙的东西是从后门进来的。我们把它放在旁边一起跑，注明是*作弊*（cheat）。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute with a neighbour, then the key. Most say yes, because “the test set was not touched”. Then the general question: *what had the generator seen that the other remedies had not?* Five more cases are the exercise `fair_generators`.
#
# **Misconception:** that only the test set can leak.

# %% [markdown] lang="zh"
# **2 分钟。** 先与邻座讨论一分钟，再按键。多数人说公平，因为“没有碰测试集”。然后是一般的问题：*生成器见过什么是别的办法没见过的？* 另外五种情形见练习 `fair_generators`。
#
# **常见误解**：以为只有测试集会泄漏。

# %% [markdown] lang="en"
# ## Generated pullovers for a recogniser of pullovers
# Lesson 05 had one pullover in a hundred: 200 pullovers among 20,000 training images, and seven remedies against the plain network. Here is the eighth, which the article suggests (new data help, it says, and GANs make new images): **make more pullovers with a GAN**. The protocol is lesson 05's, to the letter: the same worlds, the same network with the same initial weights, 1,600 steps of 128 images, the threshold from 10,000 validation images, Fashion-MNIST's own test set; of its eight seeds we take five.
#
# The recipe is the remedy *oversampling* with one change. As there, every place in a batch is a pullover by the toss of a coin. Then a second coin decides: one of the 200 real pullovers, or one of 2,000 **extras**. Everything else in the batch stays where it was. So whatever differs from oversampling, differs because of the extras.
#
# What may the generator learn from? Here lies the trap of this whole field.
#
# **Exercise ★★ fair_generators.** Six ways to come by extra pullovers. For which is the comparison with lesson 05's remedies fair, because nothing was used that they had not, too, and nothing for another purpose than theirs? A tuple of six, `True` or `False`. (“This world” is its 20,000 training and 10,000 validation images, with the labels “pullover” and “other”.)
#
# 1. A GAN trained on the 200 pullovers of the training set, and on nothing else.
# 2. A conditional GAN trained on the 20,000 training images with their labels “pullover” and “other”.
# 3. A conditional GAN trained on all 60,000 training images of Fashion-MNIST; the test images are not touched.
# 4. As 2, but the validation images are learned from as well.
# 5. As 2, but of 10,000 generated images only those are kept which the course's classifier (trained on all 60,000) takes for pullovers.
# 6. As 2, five times with different seeds; kept is the GAN whose recogniser has the best F1 on the validation images.

# %% [markdown] lang="zh"
# ## 为套头衫识别器生成套头衫
# 第 05 课里一百件服饰中只有一件是套头衫：20000 张训练图像中有 200 件，七种办法与基线网络比较。现在来看第八种，它出自文章的思路（新数据有用，而 GAN 能造出新图像）：**用 GAN 多造些套头衫**。做法与第 05 课完全一致：同样的世界，同样的网络和初始权重，1600 步、每步 128 张，用 10000 张验证图像选阈值，测试用 Fashion-MNIST 自己的测试集；那里的八个种子取五个。
#
# 具体做法是“过采样”改动一处。与那里一样，批量里的每个位置抛硬币决定放不放套头衫；放的话，再抛一次硬币：是 200 件真套头衫中的一件，还是 2000 件**额外图像**中的一件。批量里的其他位置原封不动。所以与过采样的结果若有差别，只能是额外图像造成的。
#
# 生成器可以向什么学？这正是这个领域最大的陷阱。
#
# **练习 ★★ fair_generators。** 下面是弄到额外套头衫的六种做法。哪些与第 05 课的办法比较是公平的，即没有用到它们所没有的东西，也没有把它们有的东西挪作他用？写成六个 `True` 或 `False` 的元组。（“这个世界”指它的 20000 张训练图像和 10000 张验证图像，标签只有“套头衫”和“其他”。）
#
# 1. GAN 只用训练集里的 200 件套头衫训练，别的一概不用。
# 2. 条件 GAN 用 20000 张训练图像及其“套头衫”“其他”标签训练。
# 3. 条件 GAN 用 Fashion-MNIST 全部 60000 张训练图像训练；测试图像没有碰。
# 4. 同第 2 种，但验证图像也用来学习。
# 5. 同第 2 种，但在 10000 张生成图像中只保留课程的分类器（用全部 60000 张训练）认作套头衫的那些。
# 6. 同第 2 种，用不同种子做五次；保留的是其识别器在验证图像上 F1 最高的那个 GAN。

# %% tags=["exercise"]
### BEGIN SOLUTION
fair_generators = (True, True, False, False, False, True)
### END SOLUTION

# %%
check("11.fair_generators", fair_generators)

# %% [markdown] lang="en"
# We use number 2. Number 3 is the trap: a rare class is made artificially, and the “helpful” generator comes from the complete data set. We run it beside, **marked as a cheat**. And a third source: 2,000 *real* pullovers that this world holds back. No generator can be expected to beat those. What the generators make, and what they had to learn from:

# %% [markdown] lang="zh"
# 我们用第 2 种。第 3 种就是那个陷阱：人为造出一个稀有类别，“帮忙”的生成器却来自完整的数据集。我们把它放在旁边一起跑，并**注明是作弊**（cheat）。还有第三种来源：这个世界扣下的 2000 件*真*套头衫（more real）；不能指望哪个生成器胜过它们。先看各生成器造出了什么，以及有什么可学：

# %% [markdown] lang="en" only="slides" slide="slide"
# ## What the generators make

# %% [markdown] lang="zh"
# ## 各生成器造出了什么

# %% slide="same"
rows = rare_class.world(seed=0)["train"]
learned_from = garments[rows][is_pullover[rows]]  # (200, 28, 28, 1), 0 … 1
sources = {
    "generated": extras,
    "cheat": generated_rare_class.drawn(generator, kind=2, seed=0),
    "more real": generated_rare_class.more_real(seed=0),
}
shown = np.concatenate([part[:14] for part in (learned_from, *sources.values())])
figure = plots.photo_grid(shown[..., 0], columns=14, size=0.62)
for axis, name in zip(figure.axes[::14], ("learned from", *sources), strict=True):
    axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
show(
    figure,
    "Four rows of fourteen pullovers: of the 200 real ones, from the generator that saw only those, from the generator that saw all, and further real ones; the second row is the least varied.",
    photographs=True,
)

# %% [markdown] lang="en"
# **Does it copy?** A generator that has seen only 200 pullovers could learn them by heart. For each generated pullover we look for its nearest one among the 200, in the features of the classifier; and for comparison the same for pullovers of the test, which nobody can have copied.

# %% [markdown] lang="zh"
# **它在抄吗？** 只见过 200 件套头衫的生成器，有可能把它们背了下来。对每件生成的套头衫，在分类器的特征里找出 200 件中离它最近的一件；再对测试集的套头衫做同样的事作为对照，那些是谁也抄不到的。

# %%
base = sample_quality.features(learned_from * 2 - 1)
print("distance to the nearest of the 200: 1 in 100 below, median | between two of a kind")
closest, median, variety = {}, {}, {}
for name, pictures in (("test", test_garments[test_pullover]), *sources.items()):
    found = sample_quality.features(pictures[:1000] * 2 - 1)
    _, gaps = sample_quality.nearest(found, base)
    closest[name], median[name] = np.percentile(gaps, [1, 50])
    variety[name] = np.linalg.norm(found[:500] - found[500:], axis=1).mean()
    text = f"{closest[name]:.2f} {median[name]:.2f} | {variety[name]:.1f}"
    print(f"{name:10s}", measured(text))
claim(
    "closest generated pullovers: their distance, as a share of the test's",
    closest["generated"] / closest["test"],
    at_least=0.95,
)
claim(
    "median of the generated pullovers' distances, as a share of the test's",
    median["generated"] / median["test"],
    at_least=0.7,
    at_most=0.95,
)
claim(
    "variety of the generated, as a share of the test's",
    variety["generated"] / variety["test"],
    at_most=0.85,
)

# %% slide="same" show="output" outputs="1"
print("recognised as a pullover | precision, recall | Fréchet distance")
figures = {name: generated_rare_class.judged(part) for name, part in sources.items()}
for name, f in figures.items():
    text = f"{f['recognised']:.2f} | {f['precision']:.2f} {f['recall']:.2f}"
    print(f"{name:10s}", measured(f"{text} | {f['frechet_distance']:.1f}"))
claim(
    "generated: recognised as a pullover", figures["generated"]["recognised"], at_least=0.85
)
claim(
    "recall of the scarce generator is lower than of real pullovers by",
    figures["more real"]["recall"] - figures["generated"]["recall"],
    at_least=0.5,
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Rows from the top: the 200 that there were to learn from; the generator that saw only those; the cheat; further real ones that this world holds back. Look for stripes, hoods and prints in the second row. The table: nearly every image passes for a pullover, recall is next to nothing. It plays safe. Nothing shows that it copies; the lesson measures that.

# %% [markdown] lang="zh"
# **1.5 分钟。** 从上往下：可学的那 200 件；只见过它们的生成器；作弊的生成器；这个世界扣下的另一些真套头衫（more real）。在第二行里找一找条纹、帽兜和印花。看表：几乎每张都被认作套头衫，查全率几乎为零。它只求稳妥。看不出它在抄，课文里量过。

# %% [markdown] lang="en"
# Nothing shows that it copies: its closest images are no closer to the 200 than the closest pullovers of the test are. (The median is smaller than the test's; a set without unusual pullovers lies closer even if none is copied.) But it plays safe. Nearly every image passes for a pullover, and precision is high; yet two of them differ far less than two real ones, and recall is next to nothing. In the picture above there are no stripes and no hoods, and white blotches where a print might be. With 200 examples it was helped by a trick (Zhao et al. 2020): $D$ sees real and generated images shifted at random, which makes it harder to learn the 200 by heart.

# %% [markdown] lang="zh"
# 看不出它在抄：它最接近那 200 件的图像，并不比测试集里最接近的套头衫更接近。（中位数比测试集的小；可是一批图像里若没有不寻常的套头衫，一张不抄也会更接近。）但它只求稳妥。几乎每张都被认作套头衫，查准率很高；可是两张之间的差别比两件真的小得多，查全率几乎为零。上图里没有条纹，没有帽兜，该有印花的地方是白斑。只有 200 件可学，还得靠一个窍门（Zhao 等，2020）：$D$ 看到的真图和生成图都随机平移过，这样它较难把那 200 件背下来。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## What does it gain?

# %% [markdown] lang="zh"
# ## 到底有没有用？

# %% [markdown] lang="en" slide="same" take="predict"
# **Predict first.** Order the three sources, plain and oversampling by AP on the test.
#
# All five seeds with three sources each were trained by `imgrec experiment generated_rare_class`; the remedies are the stored ones of lesson 05, with the same seeds. One run we repeat here: seed 0 with the generated pullovers.

# %% [markdown] lang="zh"
# **先预测。** 把三种来源、基线和过采样按测试集上的 AP 排个名次。
#
# 五个种子、每个种子三种来源，由 `imgrec experiment generated_rare_class` 训练；用来比较的办法取自第 05 课存下的结果，种子相同。其中一次当场重做：种子 0，用生成的套头衫。

# %%
stored = load_result("generated_rare_class")
live = generated_rare_class.train(0, extras)
seeds = [f"seed {seed}" for seed in generated_rare_class.SEEDS]
runs = {
    part: {
        split: [rare_class.unpack(stored[seed][part][split]) for seed in seeds]
        for split in ("validation", "test")
    }
    for part in generated_rare_class.SOURCES
}
remedies = load_result("rare_class")
for part in ("plain", "class_weights", "oversampling", "focal", "mirror", "gentle"):
    runs[part] = {
        split: [rare_class.unpack(text) for text in remedies[part][split][: len(seeds)]]
        for split in ("validation", "test")
    }

truth = test_pullover.astype(int)
as_it_is = np.ones((1, len(truth)), dtype=int)
live_ap = measure(truth, live["test"][np.newaxis], [0.0], as_it_is, 0.01)["AP"][0, 0]
stored_ap = measure(truth, runs["generated"]["test"], [0.0] * 5, as_it_is, 0.01)["AP"]
print("AP of the stored runs:", measured(" ".join(f"{ap:.2f}" for ap in stored_ap[:, 0])))
print("trained here in", measured(live["seconds"], "s"))
claim(
    "the live run's AP differs from the stored one by",
    abs(live_ap - stored_ap[0, 0]),
    at_most=0.1,
)

# %% [markdown] lang="en"
# The verdict by lesson 05's rule: thresholds from validation, the difference in F1 and AP seed by seed and test by test, an interval that holds both kinds of chance. Once against plain, once against oversampling.

# %% [markdown] lang="zh"
# 按第 05 课的规则下结论：阈值由验证集选定，F1 和 AP 之差逐个种子、逐个测试集地求，区间包含两方面的偶然性。一次与基线比，一次与过采样比。

# %% slide="fragment" show="output"
tests = np.vstack([as_it_is, draw_tests(truth, resamples=500)])
validation_truth = [
    is_pullover[rare_class.world(seed)["validation"]] for seed in generated_rare_class.SEEDS
]
results = {}
for part, run in runs.items():
    thresholds = [
        best_f1_threshold(wanted.astype(int), scores)[0]
        for wanted, scores in zip(validation_truth, run["validation"], strict=True)
    ]
    results[part] = measure(truth, run["test"], thresholds, tests, prevalence=0.01)


def change(part, against, name):
    """Interval of the change in "F1" or "AP", and the verdict."""
    differences = results[part][name][:, 1:] - results[against][name][:, 1:]
    low, high = percentile_interval(mean_over_runs(differences))
    return low, high, verdict(low, high)


print("P | R | F1 | AP, each with its interval")
for part in runs:
    text = []
    for name in ("P", "R", "F1", "AP"):
        low, high = percentile_interval(mean_over_runs(results[part][name][:, 1:]))
        value = np.nanmean(results[part][name][:, 0])
        text.append(f"{value:.2f} [{low:.2f}, {high:.2f}]")
    print(f"{part:14s}", measured(" | ".join(text)))

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** The order on the board first, then the key. Precision, recall, F1 and average precision on a test with 1 % pullovers, means over five seeds, intervals over seeds and tests. Overlapping intervals do not show equality; the next slide takes the *differences*, seed by seed.
#
# **Question to expect:** “Plain is the most precise of all!” It returns less: look at its recall. That is what AP is for.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先把名次写到黑板上，再按键。在套头衫占 1% 的测试中的查准率、查全率、F1 和平均查准率，五个种子的平均，区间包含种子和测试集两方面的偶然性。区间重叠并不说明相等；下一张逐个种子求*差*。
#
# **可能的提问**：“基线（plain）的查准率不是最高吗？”它返回得少，请看它的查全率。所以要看 AP。

# %%
print("change in F1, in AP against plain | in F1, in AP against oversampling; verdicts")
for part in runs:
    text, words = [], []
    for against in ("plain", "oversampling"):
        for name in ("F1", "AP"):
            low, high, word = change(part, against, name)
            text.append(f"{low:+.2f} {high:+.2f}")
            words.append("–" if part == against else word)
    print(f"{part:14s}{measured(' | '.join(text))} {', '.join(words)}")

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The verdict

# %% [markdown] lang="zh"
# ## 结论

# %% slide="same" column="right"
figure, axes = subplots(size=(6.6, 3.6))
look = {"helps": (plots.PRECISION, "^"), "hurts": (plots.NEGATIVE, "v")}
parts = [part for part in runs if part != "plain"][::-1]
for place, part in enumerate(parts):
    for against, up, width in (("plain", 0.15, 3.0), ("oversampling", -0.15, 1.5)):
        if part == against:
            continue
        low, high, word = change(part, against, "AP")
        colour, marker = look.get(word, (plots.CHANCE, "o"))
        axes.plot([low, high], [place + up] * 2, color=colour, linewidth=width)
        axes.plot((low + high) / 2, place + up, marker, color=colour)
axes.axvline(0, color="black", linewidth=1)
axes.set_yticks(range(len(parts)), [part.replace("_", " ") for part in parts])
axes.set(xlabel="change in AP (thick: against plain, thin: against oversampling)")
axes.set_title("Green: helps. Orange: hurts. Grey: cannot tell")
show(
    figure,
    "Intervals of the change in average precision of eight ways to treat the rare class, against plain and against oversampling.",
)

# %% slide="same" show="output" outputs="1 3"
mean_ap = {part: results[part]["AP"][:, 0].mean() for part in runs}
low, high, _ = change("generated", "oversampling", "AP")
claim("generated against oversampling: the interval of AP contains 0", low <= 0 <= high)
claim(
    "generated against oversampling: half the width of that interval",
    (high - low) / 2,
    at_most=0.05,
)
low, high, _ = change("more_real", "oversampling", "AP")
claim("more real against oversampling: lower end in AP", low, at_least=0.03)
claim(
    "cheat: AP above generated by", mean_ap["cheat"] - mean_ap["generated"], at_least=0.005
)
claim(
    "more real: AP above cheat by", mean_ap["more_real"] - mean_ap["cheat"], at_least=0.02
)
spent = np.mean([stored[seed]["generator_seconds"] for seed in seeds])
print("training a generator took", measured(spent, "s"))

del garments, test_garments  # 220 MB that nothing below needs
rare_class.garments.cache_clear()

# %% [markdown] lang="en" only="slides" slide="same"
# It was **more pullovers** that helped. The generator knows the same 200.

# %% [markdown] lang="zh"
# 有用的是**更多的套头衫**。生成器知道的还是那 200 件。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Each bar is an interval of the *change* in AP, by lesson 05's rule. Read three: generated (grey, and narrow: if there is a gain, it is small), cheat (grey, too), more real (green). So there *was* something to be gained; as far as one can tell, the generators did not pass it on. Compare with the votes.
#
# **Misconception:** that grey means “no effect”. It means that one cannot tell. Nor is this a law: a generator that has learned from other sources brings in something new; then say so.

# %% [markdown] lang="zh"
# **2.5 分钟。** 每条横线是 AP 的*变化*的区间，按第 05 课的规则求得。念三条：generated（灰色，而且窄：就算有好处也很小）、cheat（也是灰色）、more real（绿色）。可见多些图像*确实*有好处，只是看不出那两个生成器把它带来了。与先前的票数对照。
#
# **常见误解**：以为灰色就是“没有作用”。它的意思是看不出。这也不是定律：从别的来源学过的生成器会带来新东西，不过那时就该直说。

# %% [markdown] lang="en"
# - **Generated pullovers:** cannot tell from oversampling, which costs nothing, and the interval is narrow: if there is a gain, it is small. Nor could one expect much. The generator knows the same 200 pullovers, and it left the unusual ones out. Training it took longer than training the recogniser.
# - **The cheat** lies higher, on average; by the rule one cannot tell even that. Suppose it had been enough. A report without the small print would then read: “A GAN raised average precision on a rare class”, and what raised it would be 5,800 pullovers that came in by the back door.
# - **More real pullovers** help clearly, by more than anything else in this table. So there *was* something to be gained from more images; as far as one can tell, the generators did not pass it on.
#
# Ravuri & Vinyals (2019) tried it on ImageNet with far better generators: a classifier that has learned from generated images alone is much worse than one that has learned from real ones, and generated images *added* to the real ones help at best a little. It is no law: a generator that has learned from other sources brings in something new, and so may augmentation that knows what may change. Then say so: what helped was *more data*, or more knowledge.
#
# (The article's sentence that a GAN “supplements” images is right in one sense: it can fill in what is missing *inside* an image. That comes next.)

# %% [markdown] lang="zh"
# - **生成的套头衫**：与不花代价的过采样相比，看不出差别；而且区间很窄，就算有好处也很小。本来也不能指望太多：生成器知道的还是那 200 件套头衫，还丢掉了其中不寻常的。训练它花的时间比训练识别器还长。
# - **作弊**的平均更高些，但按规则连这也看不出。假如差别够大，一份不写明细节的报告就会说：“GAN 提高了稀有类别的平均查准率”，而真正起作用的，是从后门进来的 5800 件套头衫。
# - **更多的真套头衫**明显有用，比表中别的办法都有用。可见多些图像*确实*有好处，只是看不出那两个生成器把它带来了。
#
# Ravuri 和 Vinyals（2019）在 ImageNet 上用好得多的生成器试过：只学生成图像的分类器比学真实图像的差得多，把生成图像*加*到真实图像里，至多有一点点用处。这不是定律：从别的来源学过的生成器会带来新东西，懂得什么可以变的数据增强也可能如此。不过那时就该直说：有用的是*更多的数据*，或者更多的知识。
#
# （文章说 GAN 能“补充”图像，在一种意义上是对的：它能补全一张图像*内部*缺失的部分。这就是下一节。）

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A hole in a garment
# The second job: **completion**, also called inpainting (补全, 修复). A square of 12 × 12 pixels is missing, at a random place. What stood there? We write $h_i = 1$ for a pixel in the hole and 0 elsewhere.
#
# Plain ways first; a network is worth its training only if it beats them:
#
# - **mean**: the mean of all training images, pixel by pixel;
# - **nearest**: among 60,000 training images the one that comes closest on the known pixels; its piece is sewn in;
# - **smoothest**: every unknown pixel is the mean of its neighbours above, below, left and right, $x_i = \frac14\sum_{j \sim i} x_j$. Heat that has come to rest is spread like this; mathematicians call such a surface harmonic. It is a system of linear equations, one for each unknown pixel.

# %% [markdown] lang="zh"
# ## 服饰上的一个缺口
# 第二件事：**图像补全**（inpainting，也叫修复）。随机位置上缺了一块 12 × 12 像素的正方形，那里原来是什么？缺口中的像素记 $h_i = 1$，其他为 0。
#
# 先看朴素的做法；网络要胜过它们，才不算白训练：
#
# - **平均**（mean）：所有训练图像逐像素的平均；
# - **最近**（nearest）：在 60000 张训练图像中找出已知像素上最接近的一张，把它的那一块缝进来；
# - **最平滑**（smoothest）：每个未知像素等于上下左右邻居的平均，$x_i = \frac14\sum_{j \sim i} x_j$。热量扩散到稳定时就是这样，数学上称为调和函数。这是一个线性方程组，每个未知像素一个方程。

# %% [markdown] lang="en"
# **With two unknown pixels**, in a single row where only left and right count: known 0, unknown $a$, unknown $b$, known 6. The two equations are $a = \tfrac12(0 + b)$ and $b = \tfrac12(a + 6)$; together they give $a = 2$, $b = 4$. The row goes on evenly from 0 to 6, 0, 2, 4, 6. Neither could be found without the other: that is why a whole system has to be solved.
#
# **Exercise ★★★ smoothest.** `image` is (height, width), `hole` is `True` where a pixel is not known. Return a copy in which every unknown pixel is the mean of its neighbours (the four, or those of them that lie inside the image), unknown neighbours included. *Solve the equations with `np.linalg.solve`, or repeat the averaging until nothing changes.*

# %% [markdown] lang="zh"
# **只有两个未知像素时**，设图像只有一行，只算左右邻居：已知 0，未知 $a$，未知 $b$，已知 6。两个方程是 $a = \tfrac12(0 + b)$ 和 $b = \tfrac12(a + 6)$，合起来得 $a = 2$、$b = 4$：这一行从 0 均匀地走到 6，即 0、2、4、6。单独一个是求不出来的，所以要解整个方程组。
#
# **练习 ★★★ smoothest。** `image` 的形状是（高，宽），`hole` 在像素未知处为 `True`。返回一个副本，其中每个未知像素等于邻居的平均（四个邻居，或其中在图像以内的那几个），未知的邻居也算在内。*可以用 `np.linalg.solve` 解方程，也可以反复取平均，直到不再变化。*


# %% tags=["exercise"]
def smoothest(image, hole):
    """A copy of the image whose unknown pixels are the means of their neighbours."""
    ### BEGIN SOLUTION
    height, width = image.shape
    number = {tuple(place): i for i, place in enumerate(np.argwhere(hole))}
    matrix, right = np.zeros((len(number), len(number))), np.zeros(len(number))
    for (row, column), i in number.items():
        for place in (
            (row - 1, column),
            (row + 1, column),
            (row, column - 1),
            (row, column + 1),
        ):
            if not (0 <= place[0] < height and 0 <= place[1] < width):
                continue
            matrix[i, i] += 1  # count · x − Σ unknown neighbours = Σ known neighbours
            if place in number:
                matrix[i, number[place]] -= 1
            else:
                right[i] += image[place]
    filled = image.copy()
    filled[hole] = np.linalg.solve(matrix, right)
    return filled
    ### END SOLUTION


# %%
check("11.smoothest", smoothest)

# %% [markdown] lang="en" slide="same" take="formula"
# **The measure.** Known pixels are right by themselves; so the error is taken in the hole alone, for image $k$ with completion $\hat x$
#
# $$e_k = \frac{\sum_i h_i\,|\hat x_i - x_i|}{\sum_i h_i}.$$
#
# **Exercise ★ hole_errors.** `images`, `completed` and `holes` (`True` in the hole) are $(n, \text{height}, \text{width})$. Return the $n$ mean absolute errors, each over its own hole. (The tables below have them in grey levels, 0 to 255: times 127.5.)

# %% [markdown] lang="zh"
# **怎么量。** 已知像素不用补就是对的，所以误差只在缺口里算。对第 $k$ 张图像和补全结果 $\hat x$，
#
# $$e_k = \frac{\sum_i h_i\,|\hat x_i - x_i|}{\sum_i h_i}.$$
#
# **练习 ★ hole_errors。** `images`、`completed` 和 `holes`（缺口处为 `True`）的形状都是 $(n, \text{高}, \text{宽})$。返回 $n$ 个平均绝对误差，各自只在自己的缺口上取平均。（下面的表以 0 到 255 的灰度级为单位：乘以 127.5。）


# %% [markdown] lang="en" only="slides" slide="same"
# - $h_i = 1$ in the hole, 0 elsewhere; $x$ the image, $\hat x$ the completion. The error counts **in the hole alone**.
# - Plain fillings first: the **mean** image; the **nearest** training image; the **smoothest** surface, each unknown pixel the mean of its neighbours.

# %% [markdown] lang="zh"
# - 缺口中 $h_i = 1$，其他为 0；$x$ 是原图，$\hat x$ 是补全的结果。误差**只在缺口里**算。
# - 先看朴素的填法：**平均**图像；**最近**的训练图像；**最平滑**的面，每个未知像素等于邻居的平均。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A square of 12 × 12 pixels is missing. Ask why the known pixels must not count: they are right by themselves and would make every method look good. A network is worth its training only if it beats the plain ways. The smoothest is a system of linear equations: 0, ?, ?, 6 in a row becomes 0, 2, 4, 6.

# %% [markdown] lang="zh"
# **2 分钟。** 缺了一块 12 × 12 像素的正方形。问一问为什么已知像素不该算进来：它们不用补就是对的，会让每种方法都显得很好。网络要胜过朴素的做法，才不算白训练。最平滑的填法是一个线性方程组：一行 0、?、?、6，补成 0、2、4、6。


# %% tags=["exercise"]
def hole_errors(images, completed, holes):
    """Mean absolute error of each image over its own hole, (n,)."""
    ### BEGIN SOLUTION
    wrong = np.where(holes, np.abs(images - completed), 0)
    return wrong.sum(axis=(1, 2)) / holes.sum(axis=(1, 2))
    ### END SOLUTION


# %%
check("11.hole_errors", hole_errors)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Right, or convincing?
# A network gets the image with 0 in the hole, and $h$ as a second channel (28, 28, 2). It draws a whole image; only what it draws in the hole is kept. What should it be trained for?
#
# - **Error alone**: the mean of $|\hat x - x|$ over all pixels (outside the hole it is 0).
# - **Error and adversary** (Pathak et al. 2016, with the squared error and a discriminator that does not get the image with the hole; in this form Isola et al. 2017): a discriminator $D$ looks at the completed image beside the one with the hole, and the network must also pass for real:
#
# $$L_G = -\frac1M \sum_{p=1}^{M} \ln D_p(\hat x) \;+\; \lambda \cdot \frac1N \sum_{i=1}^{N} |\hat x_i - x_i| .$$
#
# $N = 784$ pixels. $D$ does not answer once but for $M = 49$ overlapping **patches** of 18 × 18 pixels, one probability $D_p$ each: whether cloth looks like cloth can be judged from near. $D_p = \sigma(\ell_p)$ with a logit $\ell_p$, so $-\ln D_p = \ln(1 + e^{-\ell_p})$. `np.logaddexp(0, …)` computes it without overflow, as in lesson 10.

# %% [markdown] lang="zh"
# ## 要补得对，还是补得像？
# 网络得到的是缺口处填 0 的图像，以及作为第二个通道的 $h$，形状 (28, 28, 2)。它画出整张图像，只有画在缺口里的才保留。该拿什么训练它？
#
# - **只看误差**：所有像素上 $|\hat x - x|$ 的平均（缺口以外为 0）。
# - **误差加对手**（Pathak 等，2016，他们用平方误差，也不给判别器看带缺口的图像；这里的形式出自 Isola 等，2017）：判别器 $D$ 把补好的图像与带缺口的图像放在一起看，网络还必须让它信以为真：
#
# $$L_G = -\frac1M \sum_{p=1}^{M} \ln D_p(\hat x) \;+\; \lambda \cdot \frac1N \sum_{i=1}^{N} |\hat x_i - x_i| .$$
#
# $N = 784$ 个像素。$D$ 不是只答一次，而是对 $M = 49$ 个互相重叠的 18 × 18 像素的**小块**（patch）各答一个概率 $D_p$：布料像不像布料，凑近看就知道。$D_p = \sigma(\ell_p)$，$\ell_p$ 是 logit，所以 $-\ln D_p = \ln(1 + e^{-\ell_p})$；像第 10 课那样用 `np.logaddexp(0, …)` 计算，不会溢出。

# %% [markdown] lang="en" only="slides" slide="same"
# - First term: $D$ looks at $M = 49$ overlapping **patches** $p$; each shall pass for real.
# - Second term: mean absolute **error** over $N$ pixels, with weight $\lambda$.
#
# **Predict first.** With the adversary, or with error alone: which network makes the smaller error? Which looks more real?

# %% [markdown] lang="zh"
# - 第一项：$D$ 看 $M = 49$ 个互相重叠的**小块** $p$，每一块都要让它信以为真。
# - 第二项：$N$ 个像素上的平均绝对**误差**，权重为 $\lambda$。
#
# **先预测。** 有对手的，与只看误差的，哪个网络的误差小？哪个看上去更真？

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Whether cloth looks like cloth can be judged from near; that is why $D$ answers patch by patch. $D_p$ is the probability that the patch is real. With numbers: patches at 0.5 and 0.2 give a mean of 1.15; an error of 0.1 at $\lambda = 10$ gives 1; together 2.15. Then the prediction, on paper.
#
# **Misconception:** that an adversary can only improve things. It asks for another thing.

# %% [markdown] lang="zh"
# **2.5 分钟。** 布料像不像布料，凑近看就知道，所以 $D$ 逐块回答。$D_p$ 是这一小块为真的概率。代数字：两块的概率为 0.5 和 0.2，平均是 1.15；误差 0.1、$\lambda = 10$，得 1；合起来 2.15。然后请大家写下预测。
#
# **常见误解**：以为有了对手只会更好。它要求的是另一件事。

# %% [markdown] lang="en"
# **With numbers.** Two patches, with probabilities 0.5 and 0.2 of being real: $-\ln 0.5 = 0.69$ and $-\ln 0.2 = 1.61$, mean 1.15. The image is wrong by 0.1 on average, and $\lambda = 10$: $L_G = 1.15 + 10 \cdot 0.1 = 2.15$. To be more convincing by 0.1 in the first term is worth an error of 0.01.
#
# **Exercise ★★ translation_loss.** $L_G$ from `logits` (any shape), `generated`, `wanted` (of one shape) and `weight` $= \lambda$.

# %% [markdown] lang="zh"
# **用数字说。** 有两个小块，为真的概率是 0.5 和 0.2：$-\ln 0.5 = 0.69$，$-\ln 0.2 = 1.61$，平均 1.15。图像平均错 0.1，$\lambda = 10$：$L_G = 1.15 + 10 \cdot 0.1 = 2.15$。第一项减少 0.1（更像真的），抵得上误差 0.01。
#
# **练习 ★★ translation_loss。** 由 `logits`（任意形状）、`generated`、`wanted`（形状相同）和 `weight` $= \lambda$ 算出 $L_G$。


# %% tags=["exercise"]
def translation_loss(logits, generated, wanted, weight):
    """Adversarial loss plus weight times mean absolute error: one number."""
    ### BEGIN SOLUTION
    adversarial = np.logaddexp(0, -logits).mean()  # ln(e⁰ + e^−ℓ)
    return adversarial + weight * np.abs(generated - wanted).mean()
    ### END SOLUTION


# %%
check("11.translation_loss", translation_loss)

# %% [markdown] lang="en"
# **A trap.** In lesson 10 the generator ended in tanh. For a network that learns to draw whole images by the absolute error, as the one for drawings further down, this fails in silence: half of all pixels are background, exactly −1, so the single grey that has the least absolute error is (nearly) −1. A network finds it within its first steps; and there tanh is flat, so hardly any gradient leads out again. (In the holes only about a quarter is background.) Our U-Net, which does both jobs, ends in plain numbers, which are cut off at −1 and 1 in use only.

# %% [markdown] lang="zh"
# **一个陷阱。** 第 10 课的生成器以 tanh 结尾。要是网络按绝对误差学画整张图像，像后面由线稿画服饰那样，这就会悄无声息地失败：全部像素有一半是背景，恰好是 −1，所以绝对误差最小的那个单一灰度（几乎）就是 −1。网络头几步就会找到它；而 tanh 在那里是平的，几乎没有梯度引它出来。（缺口里只有约四分之一是背景。）我们的 U-Net 两件事都做，它以普通的数结尾，只在使用时才在 −1 和 1 处截断。

# %%
background = np.mean(images == -1)
greys = np.linspace(-1, 1, 41)
best_grey = greys[np.argmin([np.abs(images[:2000] - grey).mean() for grey in greys])]
claim("share of background pixels", background, at_least=0.45, at_most=0.55)
in_holes = np.mean(test_images[:2000][square_holes(2000, size=12, seed=1)] == -1)
claim("share of background pixels in the holes", in_holes, at_least=0.2, at_most=0.33)
claim("grey of the least absolute error", best_grey, at_most=-0.8)
claim("slope of tanh where it gives -0.999", 1 - 0.999**2, at_most=0.002)

# %% [markdown] lang="en"
# **The network as a picture.** A **U-Net** (Ronneberger et al. 2015) goes down to 7 × 7 places, where each number has seen most of the image, and up again. Follow the arrows: each step down halves height and width (a convolution of stride 2), each step up doubles them (lesson 10's transposed convolution). The last number counts the maps (in goes one, a drawing; for the hole it will be two). At each level what was seen on the way down is put beside (`Concatenate`: the dashed arrows, and the orange part of a box), so that fine lines need not squeeze through the coarse middle.

# %% [markdown] lang="zh"
# **先看网络的图。** **U-Net**（Ronneberger 等，2015）先下到 7 × 7 个位置，那里每个数都看过了大半张图像，然后再上来。顺着箭头看：每下一级，高和宽减半（步幅为 2 的卷积）；每上一级，高和宽加倍（第 10 课的转置卷积）。最后一个数是特征图的幅数（输入一幅，即线稿；补缺口时是两幅）。每一级都把下来时看到的拼在旁边（`Concatenate`：虚线箭头，以及方框的橙色部分），这样细线条不必挤过粗糙的中段。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The network: a U-Net

# %% [markdown] lang="zh"
# ## 网络：U-Net

# %% slide="same"
# Names of the network's layers from left to right; the shapes are read from the network.
path = ["given", "fine", "coarse", "middle1_relu", "middle2_relu"]
path += ["with_fine", "with_given", "image"]
network, level = u_net(), {28: 2.0, 14: 1.0, 7: 0.0}
shapes = [network.get_layer(name).output.shape[1:] for name in path]
handed = {5: 1, 6: 0}  # where two stand side by side: which one was handed across
figure, axes = subplots(size=(7.6, 2.7))
axes.grid(False)
axes.axis("off")
for place, (side, _, maps) in enumerate(shapes):
    across = shapes[handed[place]][2] if place in handed else 0
    wide, tall = 0.12 + maps / 250, 0.2 + side / 70
    left, low = place - wide / 2, level[side] - tall / 2
    axes.add_patch(Rectangle((left, low), wide, tall, color=plots.POSITIVE, lw=0))
    share = wide * across / maps
    axes.add_patch(
        Rectangle((left + wide - share, low), share, tall, color=plots.NEGATIVE, lw=0)
    )
    text = f"{side} × {side} × {maps}"
    axes.text(place, low - 0.04, text, ha="center", va="top", fontsize=7)
    if place:
        before = (place - 0.7, level[shapes[place - 1][0]])
        axes.annotate(
            "", (place - 0.3, level[side]), before, arrowprops={"arrowstyle": "->"}
        )
for place, source in handed.items():
    height = level[shapes[source][0]] + 0.12
    look = {"arrowstyle": "->", "linestyle": "--", "color": plots.NEGATIVE}
    axes.annotate("", (place - 0.3, height), (source + 0.3, height), arrowprops=look)
axes.set(xlim=(-0.5, 7.5), ylim=(-0.5, 2.5), title="Down, through the middle, and up again")
show(
    figure,
    "The U-Net as boxes in the shape of a U: from 28 × 28 down to 14 × 14 and 7 × 7 pixels, and up again; dashed arrows hand the boxes of the way down across to those of the same size on the way up.",
)

# %% [markdown] lang="en" slide="notes"
# **1 min.** Down to 7 × 7 places, where each number has seen most of the image, and up again. The dashed arrows hand across what was seen on the way down (the orange parts), so that fine lines need not squeeze through the coarse middle. Short of time? Skip this slide.

# %% [markdown] lang="zh"
# **1 分钟。** 先下到 7 × 7 个位置，那里每个数都看过了大半张图像，然后再上来。虚线箭头把下来时看到的递过去（橙色部分），这样细线条不必挤过粗糙的中段。时间不够时，略去这一张。

# %%
from imgrec_course.models.translation import ClippedInUse

layers, SIDE = keras.layers, 28  # images are 28 × 28
numbers = np.array([[-3.0, 0.5, 2.0]], dtype="float32")
print("in training", ClippedInUse()(numbers, training=True).numpy())
print("in use", ClippedInUse()(numbers).numpy())

# %% source="imgrec_course.models.translation.u_net"

# %% source="imgrec_course.models.translation.patch_discriminator"

# %% [markdown] lang="en"
# Compare the picture with the code: three layers `down1`, `down2`, `middle1` in place of three arrows, and so on to `drawn`. The discriminator is the way down alone: its last layer has one map of 7 × 7, one logit for each patch. Seventy steps of the U-Net on error alone, as a look at the loop (learning rate 0.001):

# %% [markdown] lang="zh"
# 把图与代码对照：`down1`、`down2`、`middle1` 三层就是前三个箭头，依次类推，直到 `drawn`。判别器只有往下的那一半：最后一层是一幅 7 × 7 的图，每个小块一个 logit。先只用误差训练 U-Net 七十步，看看这个循环（学习率 0.001）：

# %%
holed, holes = test_images[:2000], square_holes(2000, size=12, seed=1)
given = with_hole(holed, holes)
some = with_hole(images[:8000], square_holes(8000, size=12, seed=0))
keras.utils.set_random_seed(0)
beginner = completion.build("completion_error_only")
beginner.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), "mean_absolute_error")
beginner.fit(
    endless_batches(some, images[:8000], 64), steps_per_epoch=70, verbose=0, shuffle=False
)
begun = beginner.predict(given, batch_size=250, verbose=0)
print(
    "error in the hole after 70 steps, grey levels:",
    measured(hole_error(holed, begun, holes).mean()),
)

# %% [markdown] lang="en"
# Both networks with 1,600 steps each were trained by `imgrec train completion`: the same batches, the same initial weights, with and without the adversary. **Predict first**, a second time, now that you have seen the loss: which has the smaller error in the hole? Which the smaller Fréchet distance? On whose images does the classifier find the garment's class? (*Sharpness* in the table is the mean squared difference of neighbouring pixels of the whole image, as a share of the originals'.)

# %% [markdown] lang="zh"
# 两个网络各训练 1600 步，由 `imgrec train completion` 完成：批量相同，初始权重相同，差别只在有没有对手。看过损失之后，**再预测一次**：缺口里的误差谁小？Fréchet 距离谁小？在谁补的图像上，分类器认得出服饰的类别？（表中的*锐度*（sharpness）是整张图像上相邻像素之差的平方的平均，以原图的为 1。）

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Right, or convincing? The answer

# %% [markdown] lang="zh"
# ## 要补得对，还是补得像？结果

# %% slide="same" show="output"
filled = {
    "hole left grey": np.where(holes, 0, holed).astype("float32"),
    "mean": mean_fill(holed, holes, images),
    "smoothest": harmonic_fill(holed, holes),
    "nearest": nearest_fill(holed, holes, images),
}
for name in completion.NETWORKS:
    network = training.load(completion.build(name), name)
    title = name.removeprefix("completion_").replace("_", " ")
    filled[title] = network.predict(given, batch_size=250, verbose=0)
true_features = sample_quality.features(holed)
completed = {}
print("error in the hole | sharpness | Fréchet distance | class recognised")
for name, result in {**filled, "original": holed}.items():
    completed[name] = {
        "error": hole_error(holed, result, holes).mean(),
        "sharpness": sharpness(result).mean() / sharpness(holed).mean(),
        "distance": abs(
            sample_quality.frechet_distance(true_features, sample_quality.features(result))
        ),
        "recognised": np.mean(recognised_classes(result) == test_labels[:2000]),
    }
    numbers = "error {error:5.1f} | {sharpness:.2f} | {distance:6.2f} | {recognised:.3f}"
    print(f"{name:15s}", measured(numbers.format(**completed[name])))

# %% [markdown] lang="en" only="slides" slide="fragment"
# No filling wins everywhere. A distance between **sets** of images hardly sees that a sleeve belongs to another garment.

# %% [markdown] lang="zh"
# 没有哪种填法样样都赢。比较**两批**图像的距离，几乎看不出袖子是别人的。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** One column at a time, each with its winner among the fillings. Error: the network trained on error alone. Fréchet distance: *nearest*, by far, for it sews in real cloth; and its error is larger than that of either network. Recognised: everything that removes the grey square helps, and then little differs. Compare with the predictions: the adversary makes the error larger and the filling sharper.

# %% [markdown] lang="zh"
# **2.5 分钟。** 一次看一列，找出各列中最好的填法。误差：只看误差的网络（error only）。Fréchet 距离：*nearest*（最近），而且低得多，因为它缝进去的是真布料；误差却比两个网络都大。识别：凡是去掉灰色方块的都有用，此外差别很小。与预测对照：对手使误差变大，却使补上的部分更清晰。

# %%
plain = ("hole left grey", "mean", "smoothest", "nearest")
best_plain = min(completed[name]["error"] for name in plain)
claim(
    "error only: smaller error than the best plain filling, by",
    best_plain - completed["error only"]["error"],
    at_least=2,
)
claim(
    "smoothest: smaller error than the mean, by",
    completed["mean"]["error"] - completed["smoothest"]["error"],
    at_least=15,
)
gain = {
    key: completed["adversarial"][key] - completed["error only"][key]
    for key in ("error", "sharpness", "distance")
}
claim("the adversary raises the error by", gain["error"], at_least=0.0, at_most=4)
claim("it raises the sharpness by", gain["sharpness"], at_least=0.02)
claim("it changes the Fréchet distance by", gain["distance"], at_most=-0.4)
claim("nearest: Fréchet distance", completed["nearest"]["distance"], at_most=1)
claim(
    "nearest: larger error than the adversary's, by",
    completed["nearest"]["error"] - completed["adversarial"]["error"],
    at_least=0.3,
)
claim(
    "class recognised, with the hole left grey",
    completed["hole left grey"]["recognised"],
    at_most=0.85,
)
claim(
    "class recognised, completed by error alone",
    completed["error only"]["recognised"],
    at_least=0.89,
)

# %% slide="subslide"
shown = [4, 1, 0, 6, 7, 8, 13, 16, 18, 19]
names = ("hole left grey", "smoothest", "nearest", "error only", "adversarial")
rows = [filled[name][shown] for name in names] + [holed[shown]]
figure = plots.photo_grid(np.concatenate(rows)[..., 0], columns=10, size=0.66)
for axis, name in zip(figure.axes[::10], (*names, "original"), strict=True):
    axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
show(
    figure,
    "Ten garments with a grey square, filled in four ways, and as they were: smoothest blurs the square, nearest sews in a piece that often does not fit, both networks go on with outlines and sleeves.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Let the room look for a misfit in the row *nearest*, and for a smooth spot in patterned cloth in the row *error only*. Who wants the pixels back should not take the adversary; who wants a picture that looks whole may.
#
# **Misconception:** that a convincing completion shows what was there. A completed face, plate or X-ray shows what is *plausible*.

# %% [markdown] lang="zh"
# **1.5 分钟。** 请大家在 *nearest* 一行找出不合身的补丁，在 *error only* 一行找出花纹布料上的平滑斑块。想找回像素，就不该用对手；想要一张看上去完整的图，可以用。
#
# **常见误解**：以为补得像真的，就是原来的样子。补出来的人脸、车牌或 X 光片只显示*像有*什么。

# %% [markdown] lang="en"
# No way of filling wins everywhere, and that is the point (one training of each network):
#
# - **Error alone** has the smallest error in the hole, less than any plain filling. It goes on with outlines and sleeves. But in cloth with a pattern it leaves a smooth spot.
# - **The adversary** (here $\lambda = 10$) makes the error *larger*, and the filling sharper and closer to real images by the Fréchet distance. (Sharpness alone proves little: a grey square with its hard borders has as much.) Who wants the pixels back should not take it; who wants a picture that looks whole may.
# - **Nearest** has the lowest Fréchet distance by far, for it sews in real cloth; and its error is larger than that of either network. A distance between *sets* of images hardly sees that a sleeve belongs to another garment.
# - **The recogniser** gains most from anything that removes the grey square; between the better fillings it hardly sees a difference.
#
# How large $\lambda$ is decides between the two wishes: at $\lambda = 0$ nothing asks for these very pixels, and the larger it is, the less the adversary counts. In the translations below it is 100, as with Isola et al.

# %% [markdown] lang="zh"
# 没有哪种填法样样都赢，道理就在这里（两个网络都只训练了一次）：
#
# - **只看误差**的网络在缺口里误差最小，比任何朴素的填法都小。它把轮廓和袖子接着画下去。但在有花纹的布料上，它留下一块平滑的斑。
# - **对手**（这里 $\lambda = 10$）使误差*变大*，却使补上的部分更清晰，按 Fréchet 距离也更接近真实图像。（单凭锐度说明不了多少：边界生硬的灰色方块也有这么高。）想找回像素，就不该用它；想要一张看上去完整的图，可以用。
# - **最近**的填法 Fréchet 距离最低，而且低得多，因为它缝进去的是真布料；误差却比两个网络都大。比较*两批*图像的距离，几乎看不出袖子是别人的。
# - **识别器**的好处主要来自去掉那块灰色；在几种较好的填法之间，它几乎看不出差别。
#
# $\lambda$ 的大小决定偏向哪个愿望：$\lambda = 0$ 时，没有什么要求补回原来的像素；它越大，对手就越不算数。下面的翻译里取 100，与 Isola 等人相同。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## From a drawing to a garment
# The third job: **translation** of images. Given is a line drawing, wanted is the garment. Drawings we make ourselves, as many as there are garments: `edges` keeps the pixels where grey changes fast, and faster than on both sides of the line, the first steps of Canny's (1986) detector.
#
# Many garments fit one drawing: it does not say whether the cloth is light or dark. So there is no right answer; there are many. **Predict first:** what will a network draw that is trained on the mean absolute error alone, where the truth is light in half of the cases and dark in the other half?

# %% [markdown] lang="zh"
# ## 从线稿到服饰
# 第三件事：**图像翻译**（image-to-image translation）。给出的是线稿，想要的是服饰。线稿我们自己做，有多少服饰就有多少线稿：`edges` 保留灰度变化快、并且比线条两侧都快的像素，这是 Canny（1986）边缘检测的前几步。
#
# 一张线稿配得上许多服饰：它没说布料是深是浅。所以没有唯一的正确答案，正确答案有许多。**先预测**：只用平均绝对误差训练的网络，遇到一半情形是浅色、一半是深色时，会画成什么？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** One drawing, many garments: light in half of the cases, dark in the other half. What does a network draw that is trained on the mean absolute error alone?

# %% [markdown] lang="zh"
# **先预测。** 一张线稿，许多件服饰：一半是浅色，一半是深色。只用平均绝对误差训练的网络会画成什么？

# %% slide="same"
wanted, test_drawings = holed, edges(holed)  # the same 2,000 test images, whole
one_each = [np.flatnonzero(test_labels == kind)[0] for kind in range(10)]
pairs = np.concatenate([test_drawings[one_each] * 2 - 1, wanted[one_each]])
show(
    plots.photo_grid(pairs[..., 0], columns=10, size=0.8),
    "Ten line drawings in the upper row and the ten garments they were made from in the lower, one of each class.",
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** There is no right answer; there are many. Do the sum on the board: a pixel is $-a$ or $+a$ with equal probability; an answer $c$ between them costs $\frac12(c + a) + \frac12(a - c) = a$. Every grey is equally good! For stripes whose place the drawing does not tell, flat grey costs as little as stripes do: nothing asks for stripes. No single pixel is to blame; what is missing is a judgement of pixels *together*.

# %% [markdown] lang="zh"
# **2 分钟。** 没有唯一的正确答案，正确答案有许多。在黑板上算：某个像素以相等的概率取 $-a$ 或 $+a$，回答介于两者之间的 $c$，代价是 $\frac12(c + a) + \frac12(a - c) = a$。哪种灰都一样好！如果条纹的位置线稿没有说，一片灰的代价与条纹一样：没有什么要求画出条纹。这怪不得哪一个像素；缺少的是把像素*合在一起*来评判。

# %% [markdown] lang="en"
# A small calculation first. Let a pixel be $-a$ or $+a$ with equal probability, whatever the drawing says. The expected absolute error of an answer $c$ between them is $\tfrac12(c + a) + \tfrac12(a - c) = a$: **every grey is equally good**. (With $a = 0.8$: the answer 0 is wrong by 0.8 each time; the answer 0.5 by 1.3 or by 0.3, 0.8 on average.) With 50.1 % on one side the best answer jumps to that side, so the *median* is what the absolute error asks for. For a pattern of stripes whose place the drawing does not tell, one and the same grey is a best answer for every pixel: nothing asks for stripes. The squared error asks for the mean, that is, for flat grey and nothing else. No single pixel is to blame; what is missing is a judgement of pixels *together*. That is the adversary's part.

# %% [markdown] lang="zh"
# 先做一个小小的计算。设某个像素以相等的概率取 $-a$ 或 $+a$，线稿没有任何提示。回答介于两者之间的 $c$，绝对误差的期望是 $\tfrac12(c + a) + \tfrac12(a - c) = a$：**哪种灰都一样好**。（取 $a = 0.8$：答 0，每次都错 0.8；答 0.5，错 1.3 或 0.3，平均还是 0.8。）一边占到 50.1% 时，最好的回答就跳到那一边，可见绝对误差要的是*中位数*。如果条纹的位置线稿没有说，那么对每个像素，同一种灰都是最好的回答之一：没有什么要求画出条纹。平方误差要的是平均值，也就是只要一片灰，情况更糟。这怪不得哪一个像素；缺少的是把像素*合在一起*来评判。这正是对手的用处。

# %%
phase = np.random.default_rng(0).integers(6, size=(5000, 1))
stripes = np.where(
    (np.arange(24) + phase) % 6 < 3, -1.0, 1.0
)  # (5000, 24): 3 dark, 3 light
best = np.median(stripes, axis=0)
flat = np.abs(stripes - 0.0).mean()
claim("stripes: error of a flat grey", flat, equals=1)
claim(
    "of one of the stripe patterns, answered always",
    np.abs(stripes - stripes[0]).mean(),
    at_least=0.9,
)
claim("of the best answer", np.abs(stripes - best).mean(), at_least=0.9)

# %% [markdown] lang="en"
# So to answer with perfectly good stripes costs as much as a flat grey: the error cannot tell them apart. Now the network with the adversary, `ImageToImage`: lesson 10's `GAN` with a drawing in the place of the noise, and the loss of the exercise. Fifty steps:

# %% [markdown] lang="zh"
# 可见，回答一种完好的条纹，与回答一片灰，代价一样大：误差分不出两者。再看有对手的网络 `ImageToImage`：它就是第 10 课的 `GAN`，噪声换成了线稿，损失就是练习里的那个。跑五十步：

# %%
keras.utils.set_random_seed(0)
model = ImageToImage(u_net(), patch_discriminator(), reconstruction=100.0)
model.compile(keras.optimizers.Adam(1e-3, beta_1=0.5), default_optimizer())
drawings = edges(images[:8000])
history = model.fit(
    endless_batches(drawings, images[:8000], 64), steps_per_epoch=50, verbose=0
).history
for name, values in history.items():
    print(f"{name:18s}", measured(values[-1]))

logits = np.random.default_rng(0).normal(size=(4, 7, 7, 1)).astype("float32")
drawn = model.predict(drawings[:4], verbose=0)
ours = np.logaddexp(0, -logits).mean() + 100.0 * np.abs(drawn - images[:4]).mean()
from_the_model = float(model.generator_loss(logits, drawn, images[:4], None))
claim(
    "the loss by hand and the model's differ by", abs(ours - from_the_model), at_most=1e-4
)

# %% [markdown] lang="en"
# Again both networks were trained for 1,600 steps (`imgrec train translation`). Two baselines: the **mean garment** for every drawing, and the garment whose *drawing* comes nearest, among 20,000 (compared with lines blurred a little, so that a line one pixel aside is not a stranger).

# %% [markdown] lang="zh"
# 两个网络同样各训练了 1600 步（`imgrec train translation`）。两个基线：对每张线稿都给**平均服饰**；以及在 20000 件中取*线稿*最接近的那件服饰（比较前先把线条稍微模糊，免得错开一个像素就成了陌生人）。

# %%
from scipy.ndimage import gaussian_filter
from sklearn.metrics import pairwise_distances_argmin


def softened(drawings):
    """Blurred line drawings as rows of numbers: (n, 784)."""
    return gaussian_filter(drawings, (0, 1, 1, 0)).reshape(len(drawings), -1)


library = softened(edges(images[:20_000]))
asked_rows = softened(test_drawings)
nearest = pairwise_distances_argmin(asked_rows, library)
drawn = {
    "mean garment": np.repeat(images[:20_000].mean(axis=0, keepdims=True), 2000, axis=0),
    "nearest drawing": images[nearest],
}
for name in translation.NETWORKS:
    network = training.load(translation.build(name), name)
    title = name.removeprefix("translation_").replace("_", " ")
    drawn[title] = network.predict(test_drawings, batch_size=250, verbose=0)
translated = {}
print("error | sharpness | Fréchet distance | class recognised")
for name, result in {**drawn, "original": wanted}.items():
    found = sample_quality.features(result)
    translated[name] = {
        "error": 127.5 * np.abs(result - wanted).mean(),
        "sharpness": sharpness(result).mean() / sharpness(wanted).mean(),
        "distance": abs(sample_quality.frechet_distance(true_features, found)),
        "recognised": np.mean(recognised_classes(result) == test_labels[:2000]),
    }
    numbers = "error {error:5.1f} | {sharpness:.2f} | {distance:6.2f} | {recognised:.3f}"
    print(f"{name:16s}", measured(numbers.format(**translated[name])))

# %%
for name in ("mean garment", "nearest drawing"):
    claim(
        "a baseline's error is larger than the error-only network's by",
        translated[name]["error"] - translated["error only"]["error"],
        at_least=3,
    )
gain = {
    key: translated["adversarial"][key] - translated["error only"][key]
    for key in ("error", "sharpness", "distance")
}
claim("the adversary raises the error by", gain["error"], at_least=0.05, at_most=1.5)
claim("it raises the sharpness by", gain["sharpness"], at_least=0.08)
claim("it changes the Fréchet distance by", gain["distance"], at_most=-1)
claim(
    "sharpness of the error-only network",
    translated["error only"]["sharpness"],
    at_most=0.7,
)
described = training.describe("translation_adversarial")["figures"]
claim(
    "error measured when it was trained, and here, differ by",
    abs(described["absolute_error"] - translated["adversarial"]["error"]),
    at_most=0.2,
)

# %% slide="subslide"
shown = [4, 1, 0, 6, 7, 8, 13, 16, 18, 19]
names = ("nearest drawing", "error only", "adversarial")
rows = [test_drawings[shown] * 2 - 1] + [drawn[name][shown] for name in names]
figure = plots.photo_grid(
    np.concatenate([*rows, wanted[shown]])[..., 0], columns=10, size=0.66
)
titles = ("drawing", *names, "original")
for axis, name in zip(figure.axes[::10], titles, strict=True):
    axis.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
show(
    figure,
    "Ten line drawings and what was made of them: the nearest drawing's garment, the network trained on error alone, the one with an adversary, and the original.",
    photographs=True,
)

# %% [markdown] lang="en" only="slides" slide="same"
# The adversary's checks and knits are *some* checks and knits. It **made them up**, and that is what it is for.

# %% [markdown] lang="zh"
# 对手画的格纹和针织纹只是*某种*格纹和针织纹。那是它**编出来的**，而这正是它的本职。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Row by row against the original. Error alone: smooth, and closest in grey. The adversary costs very little error and gives back a part of the sharpness. The nearest drawing gives real garments, but others: a low Fréchet distance alone does not mean that the drawing was heeded.

# %% [markdown] lang="zh"
# **1.5 分钟。** 逐行与原件对照。只看误差：平滑，灰度最接近。对手只让误差多了一点点，却找回了一部分锐度。最近的线稿给出的是真服饰，但那是别的服饰：单凭 Fréchet 距离低，说明不了线稿有没有被理会。

# %% [markdown] lang="en"
# - **Error alone** wins on error, as one would expect: that is all it was trained for. Its garments are smooth, half as sharp as real ones.
# - **The adversary** costs very little error and gives back a part of the sharpness; the Fréchet distance falls. Look closely, though: the checks and knits are *some* checks and knits, not those of the original. It made them up, and that is what it is for.
# - **The nearest drawing** gives real garments, so its sharpness is right and its Fréchet distance the lowest by far; but they are other garments, and its error is large. A low Fréchet distance alone does not mean that the drawing was heeded.
#
# Isola et al. found the same on photographs: the absolute error alone gives blurred images, the adversary sharp ones. Their generator gets dropout as a kind of noise; ours gets none, so it gives one garment for each drawing where many would be right. In the language of lesson 10: whatever its precision, its recall for a given drawing is that of a single guess.

# %% [markdown] lang="zh"
# - **只看误差**的网络误差最小，不出所料：它只为这个受训。它画的服饰是平滑的，锐度只有真服饰的一半。
# - **对手**只让误差多了一点点，却找回了一部分锐度，Fréchet 距离也降了。不过请细看：那些格纹和针织纹只是*某种*格纹和针织纹，不是原件上的。那是它编出来的，而这正是它的本职。
# - **最近的线稿**给出的是真服饰，所以锐度正合适，Fréchet 距离也最低，而且低得多；但那是别的服饰，误差很大。单凭 Fréchet 距离低，说明不了线稿有没有被理会。
#
# Isola 等人在照片上得到的也是这样：只用绝对误差，图像模糊；加上对手，图像清晰。他们的生成器用暂退法当作一种噪声，我们的没有噪声，所以每张线稿只给一件服饰，尽管许多件都对。用第 10 课的话说：无论查准率如何，对一张给定的线稿，它的查全率只是一次猜测的查全率。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The scoreboard
# The generator as a shop: of what it sent on the request “pullover”, how much is one (precision), and of all pullovers that it sent, how many had been asked for (recall; judge is the classifier). Then the classifier looking for pullovers among garments with a hole, completed or not. Last the recogniser that learned from generated pullovers, in its rare world: all 9,000 other garments of the test and its first 91 pullovers.

# %% [markdown] lang="zh"
# ## 记分板
# 把生成器当作商店：应“套头衫”的要求送来的，有多少是套头衫（查准率）；送来的所有套头衫里，有多少是别人要的（查全率；由分类器裁判）。然后是分类器在带缺口的服饰里找套头衫，补与不补。最后是学过生成套头衫的识别器，在它的稀有世界里：测试集全部 9000 件其他服饰，加上最前面的 91 件套头衫。

# %% slide="same" show="output" outputs="1 2 4 5"
shop = scoreboard.record(
    "conditional generator", "2,000 requests, pullover or not", seen == 2, asked == 2
)
for name in ("hole left grey", "smoothest", "error only", "adversarial"):
    answered = recognised_classes(filled[name])
    scoreboard.record(
        f"classifier, {name}",
        "2,000 garments with a hole, pullover or not",
        test_labels[:2000] == 2,
        answered == 2,
    )
in_rare_world = np.sort(
    np.concatenate([np.flatnonzero(~test_pullover), np.flatnonzero(test_pullover)[:91]])
)
threshold, _ = best_f1_threshold(validation_truth[0].astype(int), live["validation"])
scores = live["test"][in_rare_world]
row = scoreboard.record(
    "small network, generated pullovers",
    "9,091 garments, 1 % pullovers",
    truth[in_rare_world],
    scores >= threshold,
    scores,
)
claim(
    "precision of the shop, at the lower end of its interval",
    shop["precision_interval"][0],
    at_least=0.5,
)
claim("F1 with generated pullovers", row["f1"], at_least=0.2, at_most=0.65)

# %% [markdown] lang="en" slide="notes"
# **1 min.** First row: the generator as a shop, asked for pullovers (the classifier judges). Three rows: the classifier before garments with a hole, left grey or filled by either network. Ask where two intervals are apart, and where nobody may say which is better.

# %% [markdown] lang="zh"
# **1 分钟。** 第一行：把生成器当作商店，向它要套头衫（由分类器裁判）。接着三行：分类器面对带缺口的服饰，缺口留灰，或由两个网络之一补上。请大家说：哪里两个区间分得开，哪里谁也不能说谁更好。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## What to take along
# 1. A conditional GAN shows the class to both players. Without $D$ seeing it, nothing makes $G$ heed the request.
# 2. “Recognised as asked” is a precision. It does not see that a class has collapsed; a measure of the whole set, such as recall, does.
# 3. Generated images bring no observation beyond the generator's own training images. Before you believe that they helped: what had the generator seen that the other remedies had not?
# 4. Measure a completion in the hole only, and beside it plain fillings: the smoothest, the nearest. Absolute error rewards what is right on average, an adversary what looks real.
# 5. The adversary's details are invented. That is welcome in a drawing and dangerous in evidence: a completed face, plate or X-ray shows what is *plausible*, not what was there.
#
# **A misconception to leave behind:** “Too few images of a class? Let a GAN make more.” A generator that has seen 200 pullovers knows 200 pullovers. First try what costs nothing: a threshold, oversampling – and ask whether more *real* ones can be had.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 条件生成对抗网络把类别给双方看。$D$ 看不到类别，就没有什么能使 $G$ 理会要求。
# 2. “识别为所要类别”是一种查准率。它看不出某个类别已经崩溃；整批图像的指标，如查全率，才看得出。
# 3. 生成的图像不带来新的观测，全部观测都在生成器自己的训练图像里。在相信它们有用之前先问：生成器见过什么是别的办法没见过的？
# 4. 补全只在缺口里衡量，旁边要放朴素的填法：最平滑的、最近的。绝对误差奖励平均而言对的，对手奖励看上去真的。
# 5. 对手补的细节是编出来的。用在画上，正合心意；用作证据，就很危险：补出来的人脸、车牌或 X 光片只显示*像有*什么，而不是原来有什么。
#
# **要纠正的误解**：“某一类图像太少？让 GAN 多造些。”见过 200 件套头衫的生成器，只知道 200 件套头衫。先试不花代价的办法：换阈值、过采样；再问一问能不能多弄些*真*图像。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Dwell on the fifth: invented details are welcome in a drawing and dangerous in evidence. Ask for an example from the news.

# %% [markdown] lang="zh"
# **1 分钟。** 在第五条上多停一会儿：编出来的细节用在画上正合心意，用作证据就很危险。请大家举一个新闻里的例子。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A misconception to leave behind
# > “Too few images of a class? Let a GAN make more.”

# %% [markdown] lang="zh"
# ## 要纠正的误解
# > “某一类图像太少？让 GAN 多造些。”

# %% [markdown] lang="en" only="slides" slide="fragment"
# A generator that has seen 200 pullovers **knows 200 pullovers**. First what costs nothing: a threshold, oversampling. And ask for more *real* ones.

# %% [markdown] lang="zh"
# 见过 200 件套头衫的生成器，**只知道 200 件套头衫**。先试不花代价的办法：换阈值、过采样；再问一问能不能多弄些*真*图像。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Let the room refute it before the key. Before next time: the exercises `fair_generators` and `hole_errors`. Next: image search, which of a million images look like this one?

# %% [markdown] lang="zh"
# **1 分钟。** 按键之前，先请大家来反驳。课后做练习 `fair_generators` 和 `hole_errors`。接下来是图像检索：一百万张图像里，哪些与这一张相像？

# %% [markdown] lang="en"
# ## References
# - [@mirza2014conditional]
# - [@zhao2020differentiable]
# - [@ravuri2019classification]
# - [@pathak2016context]
# - [@isola2017image]
# - [@ronneberger2015unet]
# - [@canny1986computational]
#
# **Next:** lesson 12 searches: which of a million images look like this one?

# %% [markdown] lang="zh"
# ## 参考文献
# - [@mirza2014conditional]
# - [@zhao2020differentiable]
# - [@ravuri2019classification]
# - [@pathak2016context]
# - [@isola2017image]
# - [@ronneberger2015unet]
# - [@canny1986computational]
#
# **下一课**：第 12 课做搜索：一百万张图像里，哪些与这一张相像？
