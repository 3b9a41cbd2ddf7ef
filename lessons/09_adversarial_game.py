# %% [markdown] lang="en" slide="slide" take="heading"
# # 09 · The adversarial game
#
# **After this lesson you can** write both players' losses from logits and say which of them saturates; derive the best discriminator and what is left of the game when it plays; train a generator against a discriminator in Keras; measure precision and recall of a generator whose modes are known; make a generator collapse, and compare cures fairly.
#
# **You need** lessons 01 (precision, recall), 02 (intervals, bootstrap), 03–04 (cross-entropy, sigmoid, Keras).
#
# **Time** 75 minutes, exercises included (a good place for a break: before “A game on the line”); the machine needs about a minute.

# %% [markdown] lang="zh"
# # 09 · 对抗博弈
#
# **学完本课，你能够**：由 logit 写出双方的损失，并说出哪一个会饱和；推导最优的判别器，以及判别器最优时这场博弈还剩下什么；用 Keras 让生成器与判别器对着训练；在模式已知时，测量生成器的查准率和查全率；故意让生成器崩溃，再公平地比较几种对策。
#
# **预备知识**：第 01 课（查准率、查全率）、第 02 课（置信区间、自助法）和第 03、04 课（交叉熵、sigmoid、Keras）。
#
# **时间**：75 分钟，含练习（适合中途休息的地方：“直线上的博弈”之前）；机器运行约一分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# A network that forges, a network that judges: what happens when both learn?

# %% [markdown] lang="zh"
# 一个网络造假，一个网络鉴定：双方都学习，会怎样？

# %% [markdown] lang="en" slide="notes"
# **1 min.** So far our networks said what they see. From today on they make something, and the two questions come along: of what it makes, how much could be real? Of what there is, how much does it make?
#
# This lecture covers the lesson without its five exercises; they take another half hour, alone or in a tutorial. Short of time? Leave out the slide on the flat divergence and the four ideas; keep both explorers.

# %% [markdown] lang="zh"
# **1 分钟。** 到目前为止，我们的网络都在说自己看到了什么。从今天起它们要造东西，而那两个问题依旧：造出来的，有多少能以假乱真？存在的，造出了多少？
#
# 本讲不包括五道练习；练习另需半小时，可以自己做，也可以放在习题课。时间不够时，可以略去“散度是平的”和“四种对策”两张；两个探索器要保留。

# %%
import warnings

import keras
import numpy as np
import tensorflow as tf
from scipy.stats import norm

from imgrec_course import games, plots
from imgrec_course.checks import check, claim, measured
from imgrec_course.experiments import load_result, mode_collapse
from imgrec_course.metrics import bootstrap, percentile_interval
from imgrec_course.plots import show, subplots
from imgrec_course.scratch import expect  # noqa: F401  (used by the functions shown below)
from imgrec_course.scratch.layers import sigmoid
from imgrec_course.widgets.game import GameExplorer

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Which forger is best?
# The real points of this lesson fall into eight small heaps on a ring. Three forgers try to make points like them, 800 each. **Predict first:** which one would you hire – and what is wrong with the other two?

# %% [markdown] lang="zh"
# ## 哪个造假者最高明？
# 本课的真实点落成圆环上的八个小堆。三个造假者想仿造这样的点，每人造了 800 个。**先预测**：你会雇哪一个？另外两个又差在哪里？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Three forgers imitate the points at the left, 800 each. Which one would you hire? What is wrong with the other two?

# %% [markdown] lang="zh"
# **先预测。** 三个造假者仿造最左边的点，每人造了 800 个。你会雇哪一个？另外两个又差在哪里？

# %% slide="same"
world = games.ring()  # eight normal heaps, σ = 0.05, on a circle of radius 2
generator = np.random.default_rng(0)
forged = {
    "real": world.draw(800, generator),
    "A": games.World(world.centres[:3], world.sigma).draw(800, generator),
    "B": games.World(world.centres, 4 * world.sigma).draw(800, generator),
    "C": games.World(world.centres, 1.5 * world.sigma).draw(800, generator),
}
figure, panels = subplots(1, 4, size=(9.6, 3.1), sharex=True, sharey=True)
for axes, (name, points) in zip(panels, forged.items(), strict=True):
    axes.plot(
        *points.T, ".", ms=1.5, color=plots.POSITIVE if name == "real" else plots.NEGATIVE
    )
    axes.set(
        title=name if name == "real" else f"forger {name}", aspect="equal", xlabel="$x_1$"
    )
panels[0].set(ylabel="$x_2$", xlim=(-3, 3), ylim=(-3, 3))
show(
    figure,
    "Four clouds of points: the real ones form eight small heaps on a ring; forger A fills three of them exactly, forger B all eight but far too wide, forger C all eight a little too wide.",
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Hands up for A, B, C; then let one voter for each say why. Collect the words they use: “exact”, “complete”, “blurred”. They are our two measures in other clothes.
#
# **Misconception:** that the best forger is the one whose points look most real. A's points are perfect, and five of eight heaps are missing.

# %% [markdown] lang="zh"
# **2 分钟。** 对 A、B、C 举手表决，再请每一方出一个人说理由。把他们用的词记下来：“准”“全”“糊”，这正是我们的两种度量换了说法。
#
# **常见误解**：以为最高明的造假者就是点最像真的那一个。A 的点无可挑剔，可是八堆里缺了五堆。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Counting what a forger knows
# $K$ heaps, the **modes**, each normal with standard deviation $\sigma$; $n$ samples of a generator:

# %% [markdown] lang="zh"
# ## 数一数造假者知道多少
# $K$ 个堆，即**模式**，都是标准差为 $\sigma$ 的正态分布；生成器造了 $n$ 个样本：

# %% [markdown] lang="en" slide="same" take="list"
# Our two questions again. Of what the forger *returned*, how much could be real? Of what there *is*, how much did he return? Here both can be counted, because we know where the heaps are; each heap is called a **mode** of the distribution. With $K$ modes with centres $c_1, \dots, c_K$, each normal with standard deviation $\sigma$, and $n$ samples $x$ of a generator:
#
# - a sample is **good** when it lies within $3\sigma$ of the nearest centre; **precision** is the share of good samples;
# - a mode is **covered** when at least a tenth of its fair share $n/K$ lies there in good samples; **recall** is the share of covered modes.
#
# The first rule is that of Srivastava et al. (2017) and Lin et al. (2018); they count a mode as soon as *one* good sample lies there. Ours is stricter, so that a sample that has strayed does not count as knowledge. **State the rule before the numbers.** (Lesson 10 measures the same two things where no centres are known.)

# %% [markdown] lang="zh"
# 还是那两个问题。造假者*交出*的东西里，有多少可以乱真？*存在*的东西里，他交出了多少？在这里两者都能数出来，因为我们知道各堆在哪里；每一堆叫做分布的一个**模式**（mode）。设有 $K$ 个模式，中心为 $c_1, \dots, c_K$，都是标准差为 $\sigma$ 的正态分布；生成器造了 $n$ 个样本 $x$：
#
# - 样本离最近的中心不超过 $3\sigma$，就算**好**样本；**查准率**是好样本所占的比例；
# - 一个模式应得 $n/K$ 个样本，那里至少有其十分之一的好样本，就算**覆盖**了；**查全率**是被覆盖的模式所占的比例。
#
# 第一条是 Srivastava 等（2017）和 Lin 等（2018）的规则；按他们的规则，只要有*一个*好样本，就算覆盖了那个模式。我们的更严，这样碰巧跑过去的样本不算本事。**先说规则，再报数字。**（第 10 课在不知道中心的情形下测量同样的两件事。）

# %% [markdown] lang="en"
# **With numbers.** 800 samples and 8 modes: the fair share of a mode is 100 samples, so 10 good ones cover it. A forger puts 300 good samples on each of two heaps, 6 on a third one, and the other 194 lie far from everything. His precision is $606/800 \approx 0.76$. His recall is $2/8 = 0.25$: the 6 samples are good, but too few to cover their heap.
#
# **Exercise ★ generator_precision_recall.** `samples` $(n, 2)$, `centres` $(K, 2)$, `sigma` a number; return precision, then recall.

# %% [markdown] lang="zh"
# **用数字说。** 800 个样本、8 个模式：一个模式应得 100 个样本，所以有 10 个好样本就算覆盖。某个造假者在两堆上各有 300 个好样本，第三堆上有 6 个，其余 194 个离哪里都远。他的查准率是 $606/800 \approx 0.76$；查全率是 $2/8 = 0.25$：那 6 个是好样本，但太少，盖不住那一堆。
#
# **练习 ★ generator_precision_recall。** `samples` 为 $(n, 2)$，`centres` 为 $(K, 2)$，`sigma` 是一个数；依次返回查准率和查全率。


# %% tags=["exercise"]
def generator_precision_recall(samples, centres, sigma):
    """Share of the samples within 3 σ of a centre; share of the centres with n / (10 K) of them."""
    ### BEGIN SOLUTION
    distances = np.linalg.norm(samples[:, np.newaxis] - centres, axis=-1)  # (n, K)
    good = distances.min(axis=1) <= 3 * sigma
    nearest = distances.argmin(axis=1)[good]
    counts = np.bincount(nearest, minlength=len(centres))
    return good.mean(), np.mean(counts >= 0.1 * len(samples) / len(centres))
    ### END SOLUTION


# %%
check("09.generator_precision_recall", generator_precision_recall)

# %% slide="fragment" show="output" outputs="1"
for name, points in forged.items():
    count = games.count_modes(points, world)  # the course's own function, the same rule
    print(f"{name:5s} precision {count.precision:.2f}  recall {count.recall:.2f}")
    if name == "real":
        claim(
            "precision of the real points themselves",
            count.precision,
            at_least=0.97,
            at_most=1,
        )

# %% [markdown] lang="en" slide="notes"
# **2 min.** Read the rule first, then press the key: *the rule before the numbers*. Point at A and B: each has one measure at its best and pays with the other. Real points do not reach 1 either: three standard deviations in the plane leave out about one point in a hundred.
#
# **Question to expect:** “Why a tenth of the fair share?” So that a stray sample does not count as knowledge. Published rules are laxer: one good sample covers a mode. The end of the lesson shows what that changes.

# %% [markdown] lang="zh"
# **2 分钟。** 先念规则，再按键：*先说规则，再报数字*。指出 A 和 B：各有一个度量最好，代价由另一个来付。真实的点自己也到不了 1：在平面上，大约每一百个点就有一个落在三倍标准差之外。
#
# **可能的提问**：“为什么是应得样本数的十分之一？”这样，碰巧跑过去的样本就不算本事。文献里的规则更宽：有一个好样本就算覆盖。本课后面会看到这有多大差别。

# %% [markdown] lang="en"
# A is precise and knows three modes in eight; B knows all and is right about one time in four; C is nearly right. Even the real points do not reach 1: in the plane a normal point lies further than $3\sigma$ from its centre with probability $e^{-4.5} \approx 0.011$. So a perfect copy scores about 0.989; only heaps that are too narrow score higher.
#
# How does one *train* a forger – without telling him where the heaps are?

# %% [markdown] lang="zh"
# A 很准，但八个模式只知道三个；B 全都知道，可是四次里只对一次左右；C 已经相当接近。真实的点自己也到不了 1：在平面上，正态分布的点离中心超过 $3\sigma$ 的概率是 $e^{-4.5} \approx 0.011$。所以，仿得完美时约为 0.989；只有把堆造得太窄，才会比它更高。
#
# 那么，怎样*训练*一个造假者，却不告诉他各堆在哪里？

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Two players
# Goodfellow et al. (2014) let two networks play against each other.
#
# - The **generator** $G_\theta$ with weights $\theta$ turns noise into a sample, $x = G_\theta(z)$. The noise $z$ is a row of numbers drawn from a standard normal distribution $p_z$. Samples made in this way have some density; we call it $q(x)$, and that of the real points $p(x)$.
# - The **discriminator** $D$ looks at *one* sample and says with what probability it is real, $D(x) = \sigma(f(x)) \in (0, 1)$; $f(x)$, any number, is its logit: 0 stands for one half, 3 for 0.95, −3 for 0.05. ($\sigma(\cdot)$ is the sigmoid of lesson 03; $\sigma$ alone is the width of a heap.) It has seen real and generated samples equally often.
#
# The discriminator learns to tell them apart; the generator learns to be taken for real. Neither is told what $p$ looks like; they only get samples.

# %% [markdown] lang="zh"
# ## 两名对手
# Goodfellow 等（2014）让两个网络互相对弈。
#
# - **生成器** $G_\theta$（权重为 $\theta$）把噪声变成样本，$x = G_\theta(z)$。噪声 $z$ 是从标准正态分布 $p_z$ 抽取的一串数。这样造出的样本有某个概率密度，记作 $q(x)$；真实点的密度记作 $p(x)$。
# - **判别器** $D$ 看*一个*样本，说出它是真的概率，$D(x) = \sigma(f(x)) \in (0, 1)$；$f(x)$ 可以是任何数，是它的 logit：0 相当于二分之一，3 相当于 0.95，−3 相当于 0.05。（$\sigma(\cdot)$ 是第 03 课的 sigmoid；单独的 $\sigma$ 是堆的宽度。）真样本和生成样本，它见到的一样多。
#
# 判别器学着分辨真假，生成器学着被当成真的。谁也没有被告知 $p$ 长什么样；他们只拿得到样本。

# %% [markdown] lang="en" only="slides" slide="same"
# $$x = G_\theta(z), \qquad D(x) = \sigma(f(x)) \in (0, 1)$$
#
# - **Generator** $G_\theta$, weights $\theta$: noise $z$ in, a sample $x$ out. Its samples have the density $q$, the real ones $p$.
# - **Discriminator** $D$: looks at *one* sample, says how probable it is that it is real. $f(x)$ is its logit, $\sigma(\cdot)$ the sigmoid.
# - Nobody is told what $p$ looks like. There are only samples.

# %% [markdown] lang="zh"
# $$x = G_\theta(z), \qquad D(x) = \sigma(f(x)) \in (0, 1)$$
#
# - **生成器** $G_\theta$，权重为 $\theta$：输入噪声 $z$，输出样本 $x$。它的样本密度为 $q$，真实样本的密度为 $p$。
# - **判别器** $D$：看*一个*样本，说出它是真的概率。$f(x)$ 是它的 logit，$\sigma(\cdot)$ 是 sigmoid。
# - 谁也没有被告知 $p$ 长什么样，手里只有样本。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** The noise is a row of numbers from a standard normal distribution; the generator is a function of it and nothing else. Logit 0 stands for one half, 3 for 0.95. (Two sigmas: with brackets the sigmoid, alone the width of a heap.)
#
# **Misconception:** that $D$ says whether two *distributions* are the same. It is shown one sample and answers for that one. Keep this in mind: it will be the weak spot.

# %% [markdown] lang="zh"
# **1.5 分钟。** 噪声是从标准正态分布抽取的一串数；生成器是它的函数，此外什么也不看。logit 为 0 相当于二分之一，为 3 相当于 0.95。（两个 σ：带括号的是 sigmoid，单独的是堆的宽度。）
#
# **常见误解**：以为 $D$ 判断的是两个*分布*是否相同。给它看的是一个样本，它只就这一个回答。请记住这一点，它会成为弱点。

# %% [markdown] lang="en"
# **What the article wrote instead.** The article that this course grew out of gives $G(z) = \tanh(W \cdot G(z-1) + W \cdot z + b)$ and the same for $D$. That is the recurrence of lesson 07 with the wrong letters: $t - 1$ is the time before, but what is “noise minus one”? Taken at its word it never ends. And a $\tanh$ lies in $(-1, 1)$, so about half of a new discriminator's answers are below 0 and have no logarithm. Our own miniatures of both. **Predict first:** what will 200 steps of training do to answers that begin below 0?

# %% [markdown] lang="zh"
# **文章写的却是另一回事。** 本课程由一篇文章发展而来，那篇文章给出 $G(z) = \tanh(W \cdot G(z-1) + W \cdot z + b)$，$D$ 也照样。这是第 07 课的循环式换错了字母：$t-1$ 是前一时刻，“噪声减一”又是什么？照字面去算，永远算不完。而且 $\tanh$ 的值在 $(-1, 1)$ 之间，新的判别器约有一半的回答小于 0，没有对数。下面是我们自己写的两个缩小版。**先预测**：训练 200 步以后，起初小于 0 的那些回答会变成什么样？


# %%
def article_generator(z, w=0.5, b=0.1):
    """What the article's formula says, word for word."""
    return np.tanh(w * article_generator(z - 1) + w * z + b)


try:
    article_generator(0.3)
except RecursionError as error:
    print("RecursionError:", str(error)[:32])

keras.utils.set_random_seed(0)
article_discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "tanh")])
optimizer = keras.optimizers.Adam(0.02)
weights = article_discriminator.trainable_variables
before = article_discriminator(forged["real"]).numpy()
for _ in range(200):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(tf.math.log(article_discriminator(forged["real"])))
    optimizer.apply(tape.gradient(loss, weights), weights)
after = article_discriminator(forged["real"]).numpy()
print("loss", float(loss))
claim("share of answers that begin below 0", np.mean(before < 0), at_least=0.3, at_most=0.7)
claim("the loss is no number", np.isnan(float(loss)))
print("these answers, mean before", measured(before[before < 0].mean()))
claim("and after training to say 1", after[before < 0].mean(), at_most=-0.7)

# %% [markdown] lang="en"
# A single negative answer makes the whole loss NaN. And yet the training goes on: the slope of $\ln a$ is $1/a$, which TensorFlow computes for a negative $a$, too, with the wrong sign. About half of the real points were pushed to $-1$, away from the 1 that they should get, and no loss curve could show it. So $D = \sigma(f)$, never $\tanh$; and a loss that is NaN must stop the training (`games.Match` below does).
#
# The article also lets $D$ judge whether two *distributions* are the same. It cannot: it is shown one sample and answers for that one, whoever stands beside it. (This will be a weakness – and the cure at the end of this lesson.)

# %% [markdown] lang="zh"
# 只要有一个负的回答，整个损失就成了 NaN。训练却照样进行：$\ln a$ 的斜率是 $1/a$，对负的 $a$，TensorFlow 也照算不误，只是符号反了。约有一半的真实点本该得 1，却被推向 $-1$，而损失曲线上什么也看不出来。所以要用 $D = \sigma(f)$，决不能用 $\tanh$；损失一旦是 NaN，就必须停止训练（后面的 `games.Match` 就这样做）。
#
# 文章还说 $D$ 判断两个*分布*是否相同。它办不到：给它看的是一个样本，它只就这一个回答，旁边站着谁都一样。（这会成为一个弱点，本课最后的对策正由此而来。）

# %%
discriminator = keras.Sequential(
    [keras.Input((2,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)]
)
alone = discriminator(forged["real"][:1])
among_others = discriminator(np.concatenate([forged["real"][:1], forged["A"]]))[:1]
difference = float(np.abs(alone - among_others).max())
claim("a sample's logit alone and among 800 forgeries differs by", difference, at_most=1e-5)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## One value, two wishes
# Both players look at the same number, the **value** of the game. With $\mathbb E$ for the mean and $\ln$ for the natural logarithm,
#
# $$V(D, G) = \mathbb E_{x \sim p}\big[\ln D(x)\big] + \mathbb E_{z \sim p_z}\big[\ln(1 - D(G(z)))\big].$$
#
# $D$ wants it high, $G$ wants it low – the **minimax** game $\min_G \max_D V(D, G)$. Its negative, $L_D = -V$, is the discriminator's loss: nothing but the binary cross-entropy of lesson 03 with label 1 for real and 0 for generated, the two means added. The article gives this one formula as “the loss of the GAN” and calls it 竞争损失; it is the loss of the *discriminator* only, and the term is **adversarial loss** (对抗损失). What the generator lowers we shall see.
#
# We write it with logits, since $\ln D = \ln\sigma(f)$ and $\ln(1 - D) = \ln\sigma(-f)$, and $\ln\sigma(f) = \min(f, 0) - \ln(1 + e^{-|f|})$ never overflows:

# %% [markdown] lang="zh"
# ## 同一个数，两种愿望
# 双方看的是同一个数，即博弈的**值**。用 $\mathbb E$ 表示平均，$\ln$ 表示自然对数，
#
# $$V(D, G) = \mathbb E_{x \sim p}\big[\ln D(x)\big] + \mathbb E_{z \sim p_z}\big[\ln(1 - D(G(z)))\big].$$
#
# $D$ 要它大，$G$ 要它小，这就是**极小极大**（minimax）博弈 $\min_G \max_D V(D, G)$。它的相反数 $L_D = -V$ 是判别器的损失：正是第 03 课的二元交叉熵，真样本标签为 1，生成样本标签为 0，两个平均值相加。文章把这一个公式当作“GAN 的损失”，还叫做“竞争损失”；其实它只是*判别器*的损失，术语应为**对抗损失**（adversarial loss）。生成器要降低的是什么，后面会看到。
#
# 我们用 logit 来写，因为 $\ln D = \ln\sigma(f)$，$\ln(1 - D) = \ln\sigma(-f)$，而 $\ln\sigma(f) = \min(f, 0) - \ln(1 + e^{-|f|})$ 永远不会溢出：

# %% [markdown] lang="en" only="slides" slide="same"
# - $\mathbb E$: mean, over real samples and over noise. $D$ wants $V$ **high**, $G$ wants it **low**: $\min_G \max_D V(D, G)$.
# - $L_D = -V$: the binary cross-entropy, label 1 for real, 0 for generated. Tossing a coin costs $2 \ln 2$.

# %% [markdown] lang="zh"
# - $\mathbb E$：对真实样本、对噪声取平均。$D$ 要 $V$ **大**，$G$ 要它**小**：$\min_G \max_D V(D, G)$。
# - $L_D = -V$：二元交叉熵，真样本标签为 1，生成样本标签为 0。抛硬币的代价是 $2 \ln 2$。

# %% source="imgrec_course.scratch.adversarial.log_sigmoid"

# %% source="imgrec_course.scratch.adversarial.discriminator_loss" slide="same" show="code"

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Nothing new in the formula: it is the cross-entropy of lesson 03, written with logits so that nothing overflows; the lesson holds the code against Keras. New is that two players pull at one number. Let the room compute the price of a coin: $-\ln\frac12 - \ln\frac12$. Write $2 \ln 2$ on the board; it stays there until the end.
#
# **Misconception:** that this is “the loss of the GAN”. It is the discriminator's loss; the generator's comes in a few minutes.

# %% [markdown] lang="zh"
# **2.5 分钟。** 公式里没有新东西：就是第 03 课的交叉熵，用 logit 来写，免得溢出；课文里与 Keras 核对过。新的是双方拉着同一个数。请大家算出抛硬币的代价：$-\ln\frac12 - \ln\frac12$。把 $2 \ln 2$ 写在黑板上，一直留到下课。
#
# **常见误解**：以为这就是“GAN 的损失”。它是判别器的损失；生成器的过几分钟再讲。

# %%
generator = np.random.default_rng(0)
on_real, on_fake = generator.normal(size=50), generator.normal(size=50)
keras_loss = keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64")
theirs = keras_loss(np.ones((1, 50)), on_real[np.newaxis])
theirs += keras_loss(np.zeros((1, 50)), on_fake[np.newaxis])
ours = discriminator_loss(on_real, on_fake)
claim("our loss and Keras's differ by", abs(ours - float(theirs)), at_most=1e-9)
undecided = discriminator_loss(np.zeros(50), np.zeros(50))
claim(
    "loss of a discriminator that always says one half",
    undecided,
    equals=1.3863,
    within=1e-4,
)

# %% [markdown] lang="en"
# Remember that number: $-\ln\tfrac12 - \ln\tfrac12 = 2\ln 2 \approx 1.386$. It is what tossing a coin costs.
#
# **Why logits.** In float32 the sigmoid of 20 *is* 1, and $\ln(1 - 1)$ is $-\infty$. And a trap that the article walks into: `from_logits=True` on a network that already ends in a sigmoid. Keras notices when it finds the sigmoid, warns, and uses the logits behind it. Given plain probabilities it cannot notice, takes them for logits, and even a perfect discriminator pays $-\ln\sigma(1) - \ln\sigma(-0) = 0.313 + 0.693$:

# %% [markdown] lang="zh"
# 记住这个数：$-\ln\tfrac12 - \ln\tfrac12 = 2\ln 2 \approx 1.386$。抛硬币的代价就是这么多。
#
# **为什么用 logit。** 在 float32 中，20 的 sigmoid 就*等于* 1，而 $\ln(1 - 1)$ 是 $-\infty$。文章还掉进了一个陷阱：网络末尾已经是 sigmoid，却又写 `from_logits=True`。Keras 若找得到那个 sigmoid，会发出警告，并改用它背后的 logit。给它的若是普通的概率，它就无从察觉，把概率当成 logit；这时连完美的判别器也要付 $-\ln\sigma(1) - \ln\sigma(-0) = 0.313 + 0.693$：

# %%
f = np.float32(20)
with np.errstate(divide="ignore"):
    naive = np.log(1 - 1 / (1 + np.exp(-f)))
print("ln(1 − σ(20)) in float32: naive", naive, "from the logit", log_sigmoid(-f))

loss_from_logits = keras.losses.BinaryCrossentropy(from_logits=True)
with_sigmoid = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
labels = np.ones((800, 1))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    through_layer = float(loss_from_logits(labels, with_sigmoid(forged["real"])))
logits = forged["real"] @ with_sigmoid.get_weights()[0]  # the bias is still 0
claim("Keras warns", any("from_logits" in str(one.message) for one in caught))
difference = abs(through_layer - float(loss_from_logits(labels, logits)))
claim("and uses the logits behind the sigmoid; difference", difference, at_most=1e-5)

ones, zeros = np.ones((1, 1)), np.zeros((1, 1))
perfect = float(loss_from_logits(ones, ones)) + float(loss_from_logits(zeros, zeros))
claim(
    "what perfect probabilities cost when taken for logits",
    perfect,
    equals=1.0064,
    within=1e-3,
)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The best discriminator
# **Predict first.** The generator stands still. At one place real samples fall three times as often as generated ones, $p = 0.3$ and $q = 0.1$. Which number $y$ should $D$ say there?

# %% [markdown] lang="zh"
# ## 最优判别器
# **先预测。** 生成器停着不动。某个位置上，真样本落到的次数是生成样本的三倍：$p = 0.3$，$q = 0.1$。$D$ 在那里该报哪个数 $y$？

# %% [markdown] lang="en" slide="fragment" take="table"
# ## The best discriminator
# Hold the generator still. What is the best $D$? First at one place, with numbers. Suppose that real samples fall there three times as often as generated ones, $p = 0.3$ and $q = 0.1$, and $D$ has to name one number $y$ for the place. What the place adds to the value is $0.3 \ln y + 0.1 \ln(1 - y)$:
#
# | $y$ | 0.5 | 0.75 | 0.9 |
# |---|---|---|---|
# | $0.3 \ln y + 0.1 \ln(1 - y)$ | −0.277 | **−0.225** | −0.262 |
#
# One half says too little, 0.9 pays too much for the one in four that is generated. It looks as if 0.75, the share of real ones among all that fall there, were best. It is; that is what we derive now.

# %% [markdown] lang="zh"
# ## 最优判别器
# 让生成器停着不动，最好的 $D$ 是什么？先看一个位置，代数字进去。设真样本落到那里的次数是生成样本的三倍，$p = 0.3$、$q = 0.1$，$D$ 要为这个位置报一个数 $y$。这个位置给博弈的值添上 $0.3 \ln y + 0.1 \ln(1 - y)$：
#
# | $y$ | 0.5 | 0.75 | 0.9 |
# |---|---|---|---|
# | $0.3 \ln y + 0.1 \ln(1 - y)$ | −0.277 | **−0.225** | −0.262 |
#
# 说二分之一，太保守；说 0.9，四个里那一个生成的要付的代价又太大。看来 0.75 最好，也就是落到那里的样本中真样本所占的比例。确实如此，下面来推导。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute alone, then three answers on the board; 1 will be among them (“it is more probably real”). Press the key: the second row is what the place adds to the value. One half says too little; 0.9 pays too much for the one in four that is generated.
#
# **Misconception:** that a good discriminator says 1 or 0. Where both kinds fall, certainty is wrong and costs.

# %% [markdown] lang="zh"
# **2 分钟。** 先各自想一分钟，再把三个回答写到黑板上；其中多半有 1（“更可能是真的”）。按键：第二行是这个位置给博弈的值添上的数。说二分之一太保守；说 0.9，四个里那一个生成的要付的代价太大。
#
# **常见误解**：以为好的判别器总是说 1 或 0。两种样本都会落到的地方，十足的把握是错的，要付代价。

# %% [markdown] lang="en" slide="subslide" take="formula"
# Write both means as integrals:
#
# $$V(D, G) = \int \big[\, p(x) \ln D(x) + q(x) \ln(1 - D(x)) \,\big]\, dx.$$
#
# Each place $x$ has its own term and its own number $y = D(x)$, so each can be maximised alone. With $a = p(x)$ and $b = q(x)$, not both 0, the term $a \ln y + b \ln(1 - y)$ has the slope $\frac ay - \frac b{1-y}$. It is zero where $a(1 - y) = b\,y$, and the curvature $-\frac a{y^2} - \frac b{(1-y)^2}$ is negative: a maximum. (If $a$ or $b$ is 0, the term rises all the way to $y = 0$ or $y = 1$; the formula below says so, too.) Hence
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}.$$
#
# This is Bayes' theorem: half of what it sees is real, so this is the probability that a sample found at $x$ is. Where neither ever falls, nothing decides.
#
# **Exercise ★ best_discriminator.** From densities `p` and `q` of one shape; say ½ where both are 0.

# %% [markdown] lang="zh"
# 把两个平均写成积分：
#
# $$V(D, G) = \int \big[\, p(x) \ln D(x) + q(x) \ln(1 - D(x)) \,\big]\, dx.$$
#
# 每个位置 $x$ 各有一项、各有一个数 $y = D(x)$，所以可以逐点求最大。设 $a = p(x)$、$b = q(x)$，不全为 0，则 $a \ln y + b \ln(1 - y)$ 的斜率是 $\frac ay - \frac b{1-y}$，在 $a(1 - y) = b\,y$ 处为零；二阶导数 $-\frac a{y^2} - \frac b{(1-y)^2}$ 为负，所以是最大值。（若 $a$、$b$ 中有一个为 0，这一项就一直升到 $y = 0$ 或 $y = 1$，与下式一致。）于是
#
# $$D^*(x) = \frac{p(x)}{p(x) + q(x)}.$$
#
# 这正是贝叶斯定理：它见到的有一半是真的，所以这就是“在 $x$ 处遇到的样本是真的”的概率。真假样本都落不到的地方，则没有任何依据。
#
# **练习 ★ best_discriminator。** 由形状相同的密度 `p` 和 `q` 算出；两者都为 0 的地方取 ½。


# %% [markdown] lang="en" only="slides" slide="same"
# - Each place $x$ has its own number $y = D(x)$: maximise $a \ln y + b \ln(1 - y)$ with $a = p(x)$, $b = q(x)$.
# - Its slope $\frac ay - \frac b{1-y}$ is 0 at $y = \frac a{a+b}$, and only there.
# - It is **Bayes' theorem**: half of what $D$ sees is real.

# %% [markdown] lang="zh"
# - 每个位置 $x$ 各有一个数 $y = D(x)$：使 $a \ln y + b \ln(1 - y)$ 最大，其中 $a = p(x)$，$b = q(x)$。
# - 斜率 $\frac ay - \frac b{1-y}$ 在 $y = \frac a{a+b}$ 处为 0，且仅在那里为 0。
# - 这正是**贝叶斯定理**：$D$ 见到的有一半是真的。

# %% [markdown] lang="en" slide="notes"
# **2 min.** First the integral: a sum over places, so each place can be maximised alone. Do the slope on the board; the curvature is negative, so it is a maximum. Then put 0.3 and 0.1 in: 0.75, the middle column of the table before.

# %% [markdown] lang="zh"
# **2 分钟。** 先看积分：它是对各个位置求和，所以可以逐点求最大。在黑板上求斜率；二阶导数为负，所以是最大值。再代入 0.3 和 0.1：得 0.75，正是上一张表的中间一列。


# %% tags=["exercise"]
def best_discriminator(p, q):
    """D* at every place, the shape of p and q; ½ where both are 0."""
    ### BEGIN SOLUTION
    both = p + q
    return np.where(both > 0, p / np.where(both > 0, both, 1), 0.5)
    ### END SOLUTION


# %%
check("09.best_discriminator", best_discriminator)

# %% [markdown] lang="en"
# Does training find it? The generator stands still here, so this is an ordinary classifier of lesson 04: real points with label 1, generated ones with label 0, and `fit`. The real density $p$ has two modes on a line, the generator is a fixed affine one, $x = 0.5 + z$, so that $q$ is known exactly. **Predict first:** what will the trained $D$ say at $x = -5$, where hardly a point of either kind ever falls?

# %% [markdown] lang="zh"
# 训练找得到它吗？这里生成器停着不动，所以就是第 04 课的普通分类器：真实点标签为 1，生成点标签为 0，然后 `fit`。真实密度 $p$ 在直线上有两个模式；生成器固定为仿射的 $x = 0.5 + z$，所以 $q$ 确切可知。**先预测**：在 $x = -5$，两种点几乎都不会落到的地方，训练好的 $D$ 会说什么？

# %%
line = games.World([[-1.5], [1.5]], 0.5)
places = np.linspace(-5, 5, 501)
width = places[1] - places[0]
p, q = line.density(places[:, np.newaxis]), norm(0.5, 1).pdf(places)

generator = np.random.default_rng(0)
real = line.draw(20_000, generator)
fake = 0.5 + generator.normal(size=(20_000, 1))
points, labels = np.concatenate([real, fake]), np.repeat([1, 0], 20_000)
keras.utils.set_random_seed(0)
learned = keras.Sequential(
    [keras.Input((1,))]
    + [keras.layers.Dense(32, "relu") for _ in range(2)]
    + [keras.layers.Dense(1)]
)
learned.compile(keras.optimizers.Adam(3e-3), loss_from_logits)
learned.fit(points, labels, batch_size=200, epochs=5, verbose=0)
logits = learned.predict(places[:, np.newaxis], verbose=0)[:, 0].astype(np.float64)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Does training find it?
# **Predict first.** An ordinary classifier learns on 20,000 points of each kind. What will it say at $x = -5$, where hardly a point falls?

# %% [markdown] lang="zh"
# ## 训练找得到它吗？
# **先预测。** 一个普通的分类器用两种点各 20000 个来学习。在 $x = -5$，几乎没有点落到的地方，它会说什么？

# %% slide="fragment" outputs="1 2"
best = p / (p + q)  # both positive everywhere here
figure, axes = subplots(size=(7.4, 3.8))
axes.plot(places, p, color=plots.POSITIVE, label="p, real")
axes.plot(places, q, "--", color=plots.NEGATIVE, label="q, generated")
axes.plot(places, best, color="black", linewidth=1, label="D*, optimal")
axes.plot(
    places, sigmoid(logits), ":", color=plots.PRECISION, linewidth=3, label="D, learned"
)
axes.set(xlabel="x", ylabel="density, probability", ylim=(0, 1.02))
axes.set_title("D alone learns p / (p + q) – where there are points")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(
    figure,
    "Densities of real points with two peaks and of generated points with one, the optimal discriminator and the learned one: the two discriminators agree where points fall and part at the edges.",
)
shares = (p + q) / 2 * width
claim(
    "mean distance of D from D*, over all points",
    shares @ abs(sigmoid(logits) - best),
    at_most=0.04,
)
rare = p + q < 1e-3
print(
    "largest distance where hardly a point falls",
    measured(abs(sigmoid(logits) - best)[rare].max()),
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Take two or three answers: “0”, “one half”, “whatever”. Press the key. In the middle the dotted line lies on the black one: training finds $p / (p + q)$. At the edges read the figure off together: no points, no loss, nobody corrects it.
#
# **Misconception:** that a network says “I do not know” where it has seen nothing. It says what its weights happen to say, and a generator that strays there is led by guesswork.

# %% [markdown] lang="zh"
# **2 分钟。** 请两三个人回答：“0”“二分之一”“不一定”。按键。中间部分，点线压在黑线上：训练找到了 $p / (p + q)$。两端请一起看图：没有点，就没有损失，也就没有谁去纠正它。
#
# **常见误解**：以为网络在没见过的地方会说“不知道”。权重碰巧给出什么，它就说什么；生成器跑到那里，就只能跟着瞎猜走。

# %% [markdown] lang="en"
# Where points fall, the learned $D$ lies close to $D^*$; where none do, it says what its weights happen to say. No loss corrects it there: at $x = -5$ the optimum is nearly 0; read off the figure what the learned $D$ says. A generator that strays there is led by guesswork.

# %% [markdown] lang="zh"
# 有点落到的地方，学到的 $D$ 与 $D^*$ 很接近；没有点的地方，权重碰巧给出什么，它就说什么，没有损失去纠正它：在 $x = -5$ 处最优值几乎为 0，学到的 $D$ 说的是多少，请看图。生成器若跑到那里，就只能跟着瞎猜走。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## What is left for the generator
# What remains is a measure of how different two distributions are. Two terms first, with numbers. One coin is fair, $p = (\tfrac12, \tfrac12)$; another has heads on both sides, $q = (1, 0)$. Their equal **mixture** is $m = \tfrac12 (p + q) = (\tfrac34, \tfrac14)$.
#
# The **Kullback–Leibler divergence** $\mathrm{KL}(p\,\|\,m)$ takes outcomes as $p$ gives them, and averages the logarithm of how much more probable each is under $p$ than under $m$: $\mathrm{KL}(p\,\|\,m) = \tfrac12 \ln\frac{1/2}{3/4} + \tfrac12 \ln\frac{1/2}{1/4} \approx 0.144$. For the other coin, $\mathrm{KL}(q\,\|\,m) = 1 \cdot \ln\frac{1}{3/4} \approx 0.288$. It is never negative, and 0 only when both are the same.
#
# Half the sum of the two, here 0.216, is the **Jensen–Shannon divergence**, JSD (Lin 1991). It is in nats, as are all logarithms to the base $e$ (lesson 08).

# %% [markdown] lang="zh"
# ## 留给生成器的是什么
# 剩下的是两个分布相差多少的一种度量。先用数字认识两个术语。一枚硬币是均匀的，$p = (\tfrac12, \tfrac12)$；另一枚两面都是正面，$q = (1, 0)$。两者各半的**混合**是 $m = \tfrac12 (p + q) = (\tfrac34, \tfrac14)$。
#
# **KL 散度**（Kullback–Leibler divergence）$\mathrm{KL}(p\,\|\,m)$ 按 $p$ 抽取结果，对每个结果看它在 $p$ 下的概率是在 $m$ 下的几倍，取对数再平均：$\mathrm{KL}(p\,\|\,m) = \tfrac12 \ln\frac{1/2}{3/4} + \tfrac12 \ln\frac{1/2}{1/4} \approx 0.144$。另一枚硬币是 $\mathrm{KL}(q\,\|\,m) = 1 \cdot \ln\frac{1}{3/4} \approx 0.288$。它从不为负，只有两个分布相同时才为 0。
#
# 两者之和的一半，这里是 0.216，就是 **JS 散度**（Jensen–Shannon divergence，JSD；Lin 1991）。单位是奈特（nat），凡用自然对数的都是如此（第 08 课）。

# %% [markdown] lang="en" only="slides" slide="same"
# $$V(D^*, G) = 2\,\mathrm{JSD}(p, q) - \ln 4$$
#
# $$\mathrm{JSD}(p, q) = \tfrac12\,\mathrm{KL}(p\,\|\,m) + \tfrac12\,\mathrm{KL}(q\,\|\,m), \qquad m = \tfrac12 (p + q)$$
#
# $\mathrm{KL}(p\,\|\,m)$: the mean, under $p$, of $\ln \frac pm$. So the generator lowers a measure of how **different** $p$ and $q$ are:

# %% [markdown] lang="zh"
# $$V(D^*, G) = 2\,\mathrm{JSD}(p, q) - \ln 4$$
#
# $$\mathrm{JSD}(p, q) = \tfrac12\,\mathrm{KL}(p\,\|\,m) + \tfrac12\,\mathrm{KL}(q\,\|\,m), \qquad m = \tfrac12 (p + q)$$
#
# $\mathrm{KL}(p\,\|\,m)$ 是 $\ln \frac pm$ 在 $p$ 下的平均。可见生成器降低的，是 $p$ 与 $q$ **相差多少**的一种度量：

# %% [markdown] lang="en" slide="fragment" take="list"
# Now put $D^*$ into the value. With the mixture $m = \tfrac12(p + q)$ we have $D^* = p/(2m)$ and $1 - D^* = q/(2m)$, so
#
# $$V(D^*, G) = \int p \ln\frac{p}{2m} + \int q \ln\frac{q}{2m} = -2\ln 2 + \underbrace{\int p \ln\frac pm}_{\mathrm{KL}(p\,\|\,m)} + \underbrace{\int q \ln\frac qm}_{\mathrm{KL}(q\,\|\,m)} = -\ln 4 + 2\,\mathrm{JSD}(p, q).$$
#
# The integrals are those averages, for densities. So against the best discriminator the generator lowers $\mathrm{JSD}(p, q)$, and the game ends where it should:
#
# - $q = p$: $\mathrm{JSD} = 0$, $D^* = \tfrac12$ everywhere, and the discriminator's loss is $2\ln 2 \approx 1.386$;
# - $p$ and $q$ nowhere meet: at each place one of $p/m$, $q/m$ is 2 and the other 0, so $\mathrm{JSD} = \ln 2$, and the discriminator's loss is 0.

# %% [markdown] lang="zh"
# 现在把 $D^*$ 代入博弈的值。记混合密度 $m = \tfrac12(p + q)$，则 $D^* = p/(2m)$、$1 - D^* = q/(2m)$，于是
#
# $$V(D^*, G) = \int p \ln\frac{p}{2m} + \int q \ln\frac{q}{2m} = -2\ln 2 + \underbrace{\int p \ln\frac pm}_{\mathrm{KL}(p\,\|\,m)} + \underbrace{\int q \ln\frac qm}_{\mathrm{KL}(q\,\|\,m)} = -\ln 4 + 2\,\mathrm{JSD}(p, q).$$
#
# 这些积分就是密度情形下的那种平均。所以面对最优判别器，生成器降低的是 $\mathrm{JSD}(p, q)$，博弈也就在该结束的地方结束：
#
# - $q = p$：$\mathrm{JSD} = 0$，处处 $D^* = \tfrac12$，判别器的损失为 $2\ln 2 \approx 1.386$；
# - $p$ 与 $q$ 处处不相遇：在每个位置，$p/m$ 与 $q/m$ 一个是 2、一个是 0，所以 $\mathrm{JSD} = \ln 2$，判别器的损失为 0。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Put $D^* = p/(2m)$ and $1 - D^* = q/(2m)$ into the value: twice $-\ln 2$ comes out, and two Kullback–Leibler divergences remain; the lesson has it line by line. Then the key: the two ends of the scale. Point at the number on the board: $2\ln 2$ is a *high* loss, and the one that the generator hopes for.
#
# **Misconception:** that falling losses are good news, as in lessons 03 to 08. Here two wishes pull at one number.

# %% [markdown] lang="zh"
# **2.5 分钟。** 把 $D^* = p/(2m)$ 和 $1 - D^* = q/(2m)$ 代入博弈的值：提出两个 $-\ln 2$，剩下两个 KL 散度；课文里有逐步推导。按键：标尺的两端。指一指黑板上的数：$2\ln 2$ 是个*高*的损失，却正是生成器所盼望的。
#
# **常见误解**：以为损失下降总是好消息，第 03 至 08 课确实如此。这里两种愿望拉着同一个数。

# %%
from imgrec_course.scratch.adversarial import jensen_shannon, optimal_logits, value

divergence = jensen_shannon(p, q, width)
at_best = value(p, q, optimal_logits(p, q), width)
claim(
    "V(D*, G) and 2 JSD − ln 4 differ by",
    abs(at_best - 2 * divergence + np.log(4)),
    at_most=1e-4,
)
lost = at_best - value(p, q, logits, width)
claim("what the learned D loses against D*", lost, at_least=0, at_most=0.02)
claim("JSD of p and p", jensen_shannon(p, p, width), equals=0, within=1e-9)
apart = [norm(centre, 0.1).pdf(places) for centre in (-2, 2)]
claim(
    "JSD of two that never meet",
    jensen_shannon(*apart, width),
    equals=np.log(2),
    within=1e-6,
)

# %% [markdown] lang="en" slide="subslide" take="predict"
# $2\ln 2$ is a *high* loss, and it is what the generator hopes for. In lessons 03 to 08 a falling loss was good news; here two wishes pull at one number, and **no curve tells by itself how good the samples are.**
#
# **Predict first.** A forger is 10 standard deviations away from the truth and comes one nearer. How much does the divergence fall?

# %% [markdown] lang="zh"
# $2\ln 2$ 是一个*高*的损失，却正是生成器所盼望的。在第 03 至 08 课，损失下降是好消息；这里两种愿望拉着同一个数，**单看曲线，说不出样本有多好。**
#
# **先预测。** 造假者离真实分布有 10 个标准差，现在靠近了一个标准差。散度会下降多少？

# %% slide="fragment" outputs="1 2"
wide = np.linspace(-20, 20, 4001)
cell = wide[1] - wide[0]
shifts = np.linspace(0, 12, 61)
divergences = np.array(
    [
        jensen_shannon(norm(-s / 2, 1).pdf(wide), norm(s / 2, 1).pdf(wide), cell)
        for s in shifts
    ]
)
figure, axes = subplots(size=(6.8, 3.4))
axes.plot(shifts, divergences, color=plots.POSITIVE, label="JSD")
axes.plot(
    shifts,
    2 * np.log(2) - 2 * divergences,
    "--",
    color=plots.NEGATIVE,
    label="loss of the best D",
)
for height, name in ((np.log(2), "ln 2"), (2 * np.log(2), "2 ln 2")):
    axes.axhline(height, color=plots.CHANCE, linewidth=1)
    axes.text(12.1, height, name, va="center", fontsize=9)
axes.set(xlabel="distance of two normal densities (standard deviations)", ylabel="nats")
axes.set(
    xlim=(0, 12), ylim=(0, 1.5), title="Far apart the divergence is flat: no way leads home"
)
axes.legend(loc="center", bbox_to_anchor=(0.75, 0.72))
show(
    figure,
    "Jensen–Shannon divergence of two normal densities over their distance: it rises from 0 and is flat at ln 2 from about six standard deviations; the best discriminator's loss falls from 2 ln 2 to 0.",
)
gain = np.interp(10, shifts, divergences) - np.interp(9, shifts, divergences)
claim(
    "what the step from 10 to 9 standard deviations gains", gain, at_least=0, at_most=1e-4
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let everybody write down a number (it can be at most $\ln 2$), then the key. Follow the solid curve to the right: from about six standard deviations on it is flat. A forger who is far off gets no hint from a perfect discriminator; he lives on its imperfection.
#
# **Misconception:** that a stronger discriminator always teaches more. Short of time? Show the figure and read out the claim.

# %% [markdown] lang="zh"
# **2 分钟。** 请每人写下一个数（最多是 $\ln 2$），再按键。沿实线往右看：大约从六个标准差起就平了。面对完美的判别器，离得远的造假者得不到任何提示；他靠的正是对手的不完美。
#
# **常见误解**：以为判别器越强，教得越多。时间不够时，只出示图，念一遍断言。

# %% [markdown] lang="en"
# Nothing, practically. Against a perfect discriminator a forger who is far away gets no hint (Arjovsky & Bottou 2017). A real discriminator is a rather smooth function with a few hundred updates behind it, and that imperfection is what the generator lives on. How much it gets out of it depends on its loss, next.

# %% [markdown] lang="zh"
# 几乎毫无所得。面对完美的判别器，离得远的造假者得不到任何提示（Arjovsky 和 Bottou 2017）。真实的判别器是个相当平滑的函数，只更新过几百步；生成器靠的正是它的不完美。能从中得到多少，还要看生成器的损失，见下一节。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## The generator's loss: how steep where it is bad?
# In the minimax game the generator lowers $\ln(1 - D)$ at its samples. In the logit $f$ of one sample, with $D = \sigma(f)$, this has the slope
#
# $$\frac{d}{df} \ln(1 - \sigma(f)) = -\sigma(f).$$
#
# Where the discriminator is sure of the fake, $f \ll 0$, that is almost 0: at $f = -5$, when $D$ says 0.7 %, the slope is $-0.007$, at $f = 0$ it is $-0.5$. So the loss **saturates** exactly where there is most to learn. So Goodfellow et al. proposed in the same paper to lower $-\ln D$ instead, the **non-saturating** loss: the cross-entropy with the *wrong* label, as if the fake were real.
#
# **Exercise ★★ generator_slopes.** For an array of logits return the slopes of both losses, that of $\ln(1 - \sigma(f))$ first. You have `sigmoid`.

# %% [markdown] lang="zh"
# ## 生成器的损失：差的时候够不够陡？
# 在极小极大博弈中，生成器在自己的样本处降低 $\ln(1 - D)$。对一个样本的 logit $f$（$D = \sigma(f)$），它的斜率是
#
# $$\frac{d}{df} \ln(1 - \sigma(f)) = -\sigma(f).$$
#
# 判别器确信是假的时候，$f \ll 0$，斜率几乎为 0：在 $f = -5$ 处，$D$ 说的是 0.7%，斜率是 $-0.007$；在 $f = 0$ 处则是 $-0.5$。恰恰在最该学的地方，损失**饱和**了。所以 Goodfellow 等在同一篇论文里提出改为降低 $-\ln D$，即**非饱和**损失：用*相反*的标签算交叉熵，好像假的是真的。
#
# **练习 ★★ generator_slopes。** 给定一组 logit，返回两种损失的斜率，先是 $\ln(1 - \sigma(f))$ 的。可以用 `sigmoid`。


# %% [markdown] lang="en" only="slides" slide="same"
# - Minimax: $G$ lowers $\ln(1 - D)$. Its slope is almost 0 where $D$ is **sure of the fake**.
# - Instead: lower $-\ln D$, slope $-(1 - \sigma(f))$: the **non-saturating** loss.

# %% [markdown] lang="zh"
# - 极小极大：$G$ 降低 $\ln(1 - D)$。$D$ **确信是假的**时，斜率几乎为 0。
# - 改为降低 $-\ln D$，斜率是 $-(1 - \sigma(f))$：**非饱和**损失。


# %% tags=["exercise"]
def generator_slopes(logits):
    """Slopes of ln(1 − σ(f)) and of −ln σ(f), each of the shape of the logits."""
    ### BEGIN SOLUTION
    return -sigmoid(logits), -(1 - sigmoid(logits))
    ### END SOLUTION


# %%
check("09.generator_slopes", generator_slopes)

# %% slide="same" show="output" outputs="2" column="right"
from imgrec_course.scratch.adversarial import (
    non_saturating_loss_backward,
    saturating_loss_backward,
)

f = np.linspace(-8, 8, 161)
slopes = {
    "saturating": saturating_loss_backward(f) * f.size,  # of each, not of the mean
    "non-saturating": non_saturating_loss_backward(f) * f.size,
}
variable = tf.constant(f)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(variable)
    saturating = tf.math.log(1 - tf.sigmoid(variable))
    non_saturating = -tf.math.log(tf.sigmoid(variable))
theirs = [tape.gradient(one, variable) for one in (saturating, non_saturating)]
difference = np.abs(np.subtract(theirs, list(slopes.values()))).max()
claim("our slopes and TensorFlow's differ by", difference, at_most=1e-9)

figure, axes = subplots(size=(6.8, 3.2))
axes.plot(f, slopes["saturating"], color=plots.NEGATIVE, label="saturating, −σ(f)")
axes.plot(
    f,
    slopes["non-saturating"],
    "--",
    color=plots.POSITIVE,
    label="non-saturating, −(1 − σ(f))",
)
axes.axvline(0, color=plots.CHANCE, linewidth=1)
axes.text(-7.8, -0.56, "D is sure of the fake", fontsize=9)
axes.text(4.2, -0.56, "D is taken in", fontsize=9)
axes.set(xlabel="logit f of a generated sample", ylabel="slope of the generator's loss")
axes.set_title("Caught out, only one of the two losses still pulls")
axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.68), fontsize=8)
show(
    figure,
    "Slopes of the two generator losses over the logit: for very negative logits the saturating one is 0 and the non-saturating one is minus 1; for very positive ones it is the other way round; at 0 both are minus one half.",
)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Cover the figure with your hand and ask: where does a generator need the steepest slope? Where it is bad, at the left. Then compare the two curves there. Both push the logit up; caught out, only one still pulls. It is the cross-entropy with the *wrong* label, as if the fake were real.
#
# **Misconception:** that this is still the minimax game. The two losses no longer add up to 0; the equilibrium is the same.

# %% [markdown] lang="zh"
# **2.5 分钟。** 用手遮住图，问：生成器在哪里最需要陡的斜率？在它差的地方，也就是左边。再比较两条曲线。两者都把 logit 往上推；被识破时，只有一种还在推。它就是用*相反*的标签算的交叉熵，好像假的是真的。
#
# **常见误解**：以为这仍是极小极大博弈。两种损失加起来不再为 0，但均衡点相同。

# %% [markdown] lang="en"
# Both have the same sign: both push the logit up. But caught out, only the second pushes. Here is a discriminator that has had time to become sure: real points around 2, generated ones around −2, both with standard deviation 0.5.

# %% [markdown] lang="zh"
# 两者符号相同，都把 logit 往上推；但被识破的时候，只有后一种还在推。下面的判别器有足够的时间变得很有把握：真实点在 2 附近，生成点在 −2 附近，标准差都是 0.5。

# %%
generator = np.random.default_rng(1)
far_real, far_fake = (generator.normal(centre, 0.5, size=(20_000, 1)) for centre in (2, -2))
keras.utils.set_random_seed(0)
sure = keras.models.clone_model(learned)
sure.compile(keras.optimizers.Adam(3e-3), loss_from_logits)
sure.fit(np.concatenate([far_real, far_fake]), labels, batch_size=200, epochs=2, verbose=0)
caught_out = sure.predict(far_fake[:2000], batch_size=2000, verbose=0)
pull = {
    "saturating": np.abs(saturating_loss_backward(caught_out)).sum(),  # mean over the fakes
    "non-saturating": np.abs(non_saturating_loss_backward(caught_out)).sum(),
}
print("median logit of the fakes", measured(np.median(caught_out)))
claim("mean slope of the saturating loss", pull["saturating"], at_most=0.02)
claim("mean slope of the non-saturating loss", pull["non-saturating"], at_least=0.98)

# %% [markdown] lang="en"
# The price: with two losses that do not add up to 0 this is no longer a minimax game, and the generator no longer lowers the Jensen–Shannon divergence. The **equilibrium** is the same: at $q = p$ and $D = \tfrac12$ neither can gain, and the losses are $2\ln 2$ and $\ln 2$.

# %% [markdown] lang="zh"
# 代价是：两种损失加起来不再为 0，这就不再是极小极大博弈，生成器降低的也不再是 JS 散度。不过**均衡点**还是那一个：在 $q = p$、$D = \tfrac12$ 处，谁也占不到便宜，两个损失分别是 $2\ln 2$ 和 $\ln 2$。

# %% [markdown] lang="en"
# ## Labels that are not quite 1
# A discriminator that is sure gives large logits and steep slopes. **Label smoothing** asks it to say $\alpha$ (such as 0.9) of real samples and $\beta$ of generated ones, instead of 1 and 0. At one place the term to maximise is then
#
# $$p\,[\alpha \ln y + (1 - \alpha)\ln(1 - y)] + q\,[\beta \ln y + (1 - \beta) \ln(1 - y)].$$
#
# **Exercise ★★ smoothed_discriminator.** Collect what stands before $\ln y$ and before $\ln(1 - y)$, use what you know about $a \ln y + b \ln(1 - y)$, and return the best $y$ from `p`, `q` (never both 0), `alpha` and `beta`.

# %% [markdown] lang="zh"
# ## 不完全是 1 的标签
# 十分确信的判别器会给出很大的 logit 和很陡的斜率。**标签平滑**要求它对真样本说 $\alpha$（例如 0.9），对生成样本说 $\beta$，而不是 1 和 0。这时，某一处要最大化的就是
#
# $$p\,[\alpha \ln y + (1 - \alpha)\ln(1 - y)] + q\,[\beta \ln y + (1 - \beta) \ln(1 - y)].$$
#
# **练习 ★★ smoothed_discriminator。** 把 $\ln y$ 前面和 $\ln(1 - y)$ 前面的系数各自合并，利用关于 $a \ln y + b \ln(1 - y)$ 的结论，由 `p`、`q`（不全为 0）、`alpha` 和 `beta` 返回最好的 $y$。


# %% tags=["exercise"]
def smoothed_discriminator(p, q, alpha, beta):
    """The best D when real samples are labelled alpha and generated ones beta."""
    ### BEGIN SOLUTION
    return (alpha * p + beta * q) / (p + q)
    ### END SOLUTION


# %%
check("09.smoothed_discriminator", smoothed_discriminator)

# %% [markdown] lang="en"
# With $\beta = 0$ (**one-sided**) the optimum is $\alpha D^*$: its shape stays, only its height changes. (At the place with $p = 0.3$ and $q = 0.1$ it is $0.9 \cdot 0.75 = 0.675$.) With $\beta > 0$ the generator's own density $q$ stands in the numerator, and where $p$ is nearly 0 the answer is $\beta$ and no longer 0: generated samples that lie among other generated samples are told that they are not so bad. Hence one smooths on the real side only (Salimans et al. 2016; Goodfellow 2016). And mind the yardstick – with $\alpha = 0.9$ and $q = p$ the discriminator says 0.45, and its loss is no longer $2\ln 2$:

# %% [markdown] lang="zh"
# 取 $\beta = 0$（**单侧**平滑），最优解是 $\alpha D^*$：形状不变，只是高度变了。（在 $p = 0.3$、$q = 0.1$ 的那个位置，就是 $0.9 \cdot 0.75 = 0.675$。）若 $\beta > 0$，分子里就出现了生成器自己的密度 $q$；在 $p$ 几乎为 0 的地方，答案是 $\beta$ 而不再是 0：扎在生成样本堆里的生成样本，被告知自己还不算太差。所以只在真样本一侧平滑（Salimans 等 2016；Goodfellow 2016）。还要留意标尺：取 $\alpha = 0.9$，当 $q = p$ 时判别器说 0.45，损失也不再是 $2\ln 2$：

# %%
at_equality = np.log(0.45 / 0.55)  # the logit of 0.45
smoothed = discriminator_loss([at_equality], [at_equality], real_target=0.9)
claim("loss at equality with labels 0.9 and 0", smoothed, equals=1.3763, within=1e-4)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A round of the game, in Keras
# Now both learn, in turns: one update of $D$ on fresh real and fresh generated points, then one of $G$ against the new $D$. Four things are easily got wrong, and the article's loop gets them wrong:
#
# 1. **Real points** take part in the discriminator's update, with label 1.
# 2. The generator is called *inside* its **tape** (the `GradientTape` of lesson 03: it records what is computed within its block, and can then work out gradients); `predict` would return plain numbers and cut the gradient.
# 3. Each tape's gradient is taken for **one player's weights only**, with that player's own optimiser. (The article's second loop, “train the generator”, updates the discriminator again.)
# 4. The players **alternate**; training one to the end and then the other is no game.

# %% [markdown] lang="zh"
# ## 用 Keras 走一个回合
# 现在双方轮流学习：$D$ 用新的真实点和新的生成点更新一次，然后 $G$ 对着新的 $D$ 更新一次。有四处容易出错，文章的循环正好都错了：
#
# 1. 更新判别器时要有**真实点**，标签为 1。
# 2. 生成器要在自己的**梯度带**（tape）*之内*调用（就是第 03 课的 `GradientTape`：它记下代码块里的计算，然后才求得出梯度）；`predict` 返回的是普通的数，梯度就断了。
# 3. 每条梯度带只对**一方的权重**求梯度，并用这一方自己的优化器。（文章的第二个循环名为“训练生成器”，更新的却还是判别器。）
# 4. 双方**交替**进行；先把一方训练到底再训练另一方，算不上博弈。


# %% [markdown] lang="en" only="slides" slide="same"
# One update of $D$, then one of $G$ against the new $D$. Four traps:
#
# 1. **Real samples** take part in $D$'s update, with label 1.
# 2. $G$ is called **inside its tape**: `predict` would cut the gradient.
# 3. Each tape's gradient is for **one player's weights** only, with that player's own optimiser.
# 4. The players **alternate**.

# %% [markdown] lang="zh"
# $D$ 更新一次，然后 $G$ 对着新的 $D$ 更新一次。四个陷阱：
#
# 1. 更新 $D$ 时要有**真样本**，标签为 1。
# 2. $G$ 要在自己的**梯度带之内**调用：`predict` 会切断梯度。
# 3. 每条梯度带只对**一方的权重**求梯度，用这一方自己的优化器。
# 4. 双方**交替**进行。


# %%
def network(inputs, widths, outputs):
    layers = [keras.layers.Dense(width, "relu") for width in widths]
    return keras.Sequential([keras.Input((inputs,)), *layers, keras.layers.Dense(outputs)])


G, D = network(2, (64, 64), 2), network(2, (64, 64), 1)
adam_g, adam_d = (keras.optimizers.Adam(1e-3, beta_1=0.5) for _ in range(2))


def play_once(real, z_for_d, z_for_g):
    """One update of each player; both losses, as they were before."""
    with tf.GradientTape() as tape:
        on_real, on_fake = D(real), D(G(z_for_d))
        d_loss = loss_from_logits(tf.ones_like(on_real), on_real)
        d_loss += loss_from_logits(tf.zeros_like(on_fake), on_fake)
    weights = D.trainable_variables
    adam_d.apply(tape.gradient(d_loss, weights), weights)

    with tf.GradientTape() as tape:
        on_fake = D(G(z_for_g))
        g_loss = loss_from_logits(tf.ones_like(on_fake), on_fake)  # as if they were real
    weights = G.trainable_variables
    adam_g.apply(tape.gradient(g_loss, weights), weights)
    return float(d_loss), float(g_loss)


# %% [markdown] lang="en"
# A game takes thousands of such rounds, and we want several games, since one seed proves little. The course's `games.Match` plays many at once: every array of weights gets one more axis, for the games, and hundreds of rounds run in one compiled call. Losses and updates are those above:

# %% [markdown] lang="zh"
# 一局要下几千个这样的回合，而且我们要好几局，因为一个随机种子说明不了多少。课程自带的 `games.Match` 能同时下许多局：每个权重数组多一个轴，用来区分各局；几百个回合在一次编译好的调用里完成。损失和更新与上面的相同：

# %% slide="same" show="output"
match, twin = (games.Match(world, seeds=(0,)) for _ in range(2))  # alike in everything
for model, arrays in ((G, twin.generator), (D, twin.discriminator)):
    shapes = [weight.shape for weight in model.get_weights()]
    model.set_weights([a.numpy().reshape(s) for a, s in zip(arrays, shapes, strict=True)])
z, real = twin.chance(20)  # noise and real points of 20 rounds
ours = [play_once(real[i, 0, 0], z[i, 0, 0], z[i, 1, 0]) for i in range(20)]
difference = np.abs(match.play(20)[:, 0] - ours).max()
claim("losses of 20 rounds, Match and Keras by hand, differ by", difference, at_most=1e-4)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Open the notebook at `play_once` and point at the four places; the label of ones in the second half is the non-saturating loss. Trained one after the other, neither could answer what the other has learned. The last line: a game takes thousands of rounds, so the course plays many games at once, with the same losses.
#
# **Question to expect:** “The first tape runs through $G$ as well: does $G$ learn there?” No: the gradient is taken for $D$'s weights alone.

# %% [markdown] lang="zh"
# **2.5 分钟。** 打开笔记本里的 `play_once`，逐一指出这四处；后半段标签全取 1，就是非饱和损失。如果一先一后地训练，一方学到的，另一方就无从应对。最后一行：一局要下几千个回合，所以课程让许多局同时进行，损失与手写的相同。
#
# **可能的提问**：“第一条梯度带也经过 $G$，$G$ 会在那里学习吗？”不会：只对 $D$ 的权重求了梯度。

# %% [markdown] lang="en" slide="slide" take="heading predict"
# ## A game on the line
# First a game whose end we know. Real points are normal with mean 2 and standard deviation 0.6. The generator is affine, $x = wz + b$, with one number $z$: its density $q$ is normal, too, with mean $b$ and standard deviation $|w|$, so it *can* reach $q = p$. The discriminator has two layers of 32, and a fifth of the generator's learning rate (0.002 and 0.01).
#
# **Predict first.** Where do the two losses end? Do they fall? And on the way: does $q$ move straight to $p$?

# %% [markdown] lang="zh"
# ## 直线上的博弈
# 先来一局知道结局的。真实点服从均值 2、标准差 0.6 的正态分布。生成器是仿射的，$x = wz + b$，$z$ 只有一个数：它的密度 $q$ 也是正态的，均值 $b$、标准差 $|w|$，所以它*能够*达到 $q = p$。判别器有两层，各 32 个单元，学习率是生成器的五分之一（0.002 与 0.01）。
#
# **先预测。** 两个损失最后停在哪里？它们会下降吗？途中 $q$ 是径直走向 $p$ 的吗？

# %% [markdown] lang="en" only="slides" slide="same"
# Real points: normal, mean 2, standard deviation 0.6. Generator: $x = wz + b$ with one number $z$, so it **can** reach $q = p$.

# %% [markdown] lang="zh"
# 真实点：均值 2、标准差 0.6 的正态分布。生成器：$x = wz + b$，$z$ 只有一个数，所以它**能够**达到 $q = p$。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Everybody writes down two numbers for the two losses. Most write 0 for one of them. $2\ln 2$ is still on the board; do not point at it.

# %% [markdown] lang="zh"
# **1 分钟。** 请每人为两个损失各写一个数。多数人会给其中一个写 0。$2\ln 2$ 还在黑板上，先别指它。

# %% slide="subslide"
on_a_line = games.Match(
    games.World([[2.0]], 0.6),
    seeds=(0,),
    noise=1,
    generator=(),
    discriminator=(32, 32),
    rates=(2e-3, 1e-2),
)
line_record = on_a_line.record(600, moments=31, samples=60, places=120, reach=3)
GameExplorer(line_record)

# %% [markdown] lang="en" slide="notes"
# **3 min.** Step with the arrow keys, slowly at first. Stop three times: at the beginning ($D$ learns to tell the two apart), when $q$ has shrunk to almost one point and runs past the goal, and at the end, where $D$ is flat at one half. Compare the learned $D$ with $p/(p+q)$ at every stop: it chases something that moves away. (Escape gives the arrow keys back to the slides.)
#
# **Misconception:** that $q$ moves straight to $p$. Keep the one point in mind: in the plane it will stay.

# %% [markdown] lang="zh"
# **3 分钟。** 用方向键一步步走，开始时慢一些。停三次：开头（$D$ 学着分辨两者）；$q$ 几乎缩成一个点并冲过目标时；结尾，$D$ 平坦地停在二分之一。每次都把学到的 $D$ 与 $p/(p+q)$ 比一比：它追的东西自己在动。（按 Escape 把方向键还给幻灯片。）
#
# **常见误解**：以为 $q$ 会径直走向 $p$。请记住那一个点：到了平面上，它就散不开了。

# %% slide="subslide" show="output" outputs="2 3 4 5"
line_width = float(line_record.axes[0, 1] - line_record.axes[0, 0])
p_line, q_line = line_record.p.astype(np.float64), line_record.q.astype(np.float64)
way = [jensen_shannon(p_line, q, line_width) for q in q_line]
last = line_record.losses[-5:].mean(axis=0)
print("JSD at the beginning", measured(way[0]))
claim("JSD at the end", way[-1], at_most=0.02)
claim(
    "discriminator's loss at the end, distance from 2 ln 2",
    abs(last[0] - 2 * np.log(2)),
    at_most=0.05,
)
claim(
    "generator's loss at the end, distance from ln 2",
    abs(last[1] - np.log(2)),
    at_most=0.08,
)
lowest = line_record.losses[1:, 0].min()
claim("the discriminator's loss was once lower by", last[0] - lowest, at_least=0.05)
flat = np.abs(line_record.landscape[-1] - 0.5) @ (p_line / p_line.sum())
claim("mean distance of D from one half, over real points", flat, at_most=0.05)

# %% slide="same" show="output" outputs="2"
made = line_record.samples[..., 0]  # (moments, 60)
beyond, narrowest = made.mean(axis=1).max() - 2, made.std(axis=1).min()
claim("on the way the generated mean lay beyond 2 by", beyond, at_least=0.1)
claim(
    "and the generated standard deviation, at the end 0.6, was once", narrowest, at_most=0.3
)

# %% [markdown] lang="en" slide="notes"
# **1 min.** Compare with what was written down. The discriminator's loss fell, and then *rose* to $2\ln 2$: at the happy end nobody wins. The last line is the point that you saw: on the way the generated points were far too close together.

# %% [markdown] lang="zh"
# **1 分钟。** 与写下的数对照。判别器的损失先下降，然后*上升*到 $2\ln 2$：圆满的结局里没有赢家。最后一行就是刚才看到的那个点：途中，生成的点挤得太紧了。

# %% [markdown] lang="en"
# Press play, or step with the arrow keys. The learned $D$ chases $p/(p+q)$, which moves away as $q$ moves. $q$ follows the slope of $D$. The samples in front already look more real and are pushed less (slope $1 - D$), so that $q$ is drawn together to almost one point; it runs past the goal, spreads again, and comes back. (Keep that one point in mind.) The discriminator's loss falls while it learns, and then *rises* to $2\ln 2$. In the end $D$ is flat at ½ where points fall.

# %% [markdown] lang="zh"
# 按播放键，或用方向键一步步看。学到的 $D$ 追着 $p/(p+q)$，而 $q$ 一动，后者也跟着走。$q$ 顺着 $D$ 的坡走；跑在前面的样本已经更像真的，被推得较轻（斜率为 $1 - D$），于是 $q$ 收拢，几乎缩成一个点；它冲过目标，再散开，再折回来。（请记住这个点。）判别器的损失先随着学习下降，然后*上升*到 $2\ln 2$。最后，在有点落到的地方，$D$ 平坦地停在 ½。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A game in the plane – and a collapse
# Back to the ring. Our generator gets 32 numbers of noise and three layers of 128; the discriminator must do with two layers of 64. Both learn at the rate 0.001, as in our round by hand: a setting as anybody might choose it. **Predict first:** in which order will the generator find the eight heaps? How many will it hold after 2,000 updates? (The explorer shows the first 1,000 of one game.)

# %% [markdown] lang="zh"
# ## 平面上的博弈，以及一次崩溃
# 回到圆环。生成器有 32 个噪声数和三层 128 个单元，判别器只有两层 64 个单元。双方的学习率都是 0.001，与前面手工的那个回合相同；谁都可能这样设置。**先预测**：生成器会按什么顺序找到那八个堆？更新 2000 次之后，它守住几个？（探索器显示其中一局的前 1000 次。）

# %% [markdown] lang="en" only="slides" slide="same"
# Back to the ring of eight heaps. Generator: three layers of 128; discriminator: two layers of 64; one learning rate for both.
#
# **Predict first.** In which order will the generator find the heaps? How many will it hold after 2,000 updates?

# %% [markdown] lang="zh"
# 回到八个堆的圆环。生成器：三层，各 128 个单元；判别器：两层，各 64 个单元；双方学习率相同。
#
# **先预测。** 生成器会按什么顺序找到那八个堆？更新 2000 次之后，它守住几个？

# %% [markdown] lang="en" slide="notes"
# **1 min.** A setting as anybody might choose it: say so. Numbers on paper, then two or three of them aloud.

# %% [markdown] lang="zh"
# **1 分钟。** 说明谁都可能这样设置。请大家写下数字，再请两三个人说出来。

# %% slide="subslide"
plain = mode_collapse.match("ring", "plain")  # eight games, seeds 0 to 7
plain_record = plain.record(1000, moments=31, samples=120, places=28)
GameExplorer(plain_record)

# %% [markdown] lang="en" slide="notes"
# **3 min.** First play it through without a word. Then step: all points go to nearly one place; where $D$ has learned to say “generated”, the clump is no longer. Let somebody describe what $D$ does (“it comes too late”). The explorer shows the first 1,000 updates of one game.
#
# **Question to expect:** “Does it find a second heap if it waits?” It jumps, and leaves the first one.

# %% [markdown] lang="zh"
# **3 分钟。** 先从头到尾放一遍，什么也不说。再一步步看：所有的点几乎都去了同一个地方；$D$ 刚学会把一处判为“生成的”，那一团已经不在那里了。请一个人描述 $D$ 的表现（“总慢一拍”）。探索器显示一局的前 1000 次更新。
#
# **可能的提问**：“等下去会找到第二堆吗？”它会跳过去，同时丢下第一堆。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room

# %% [markdown] lang="zh"
# ## 课堂提问

# %% slide="same" show="output" outputs="2 3"
plain.play(1000)  # 2,000 updates in all
plain_counts = [games.count_modes(points, world) for points in plain.samples(2000)]
for seed, count in enumerate(plain_counts):
    values = f"precision {count.precision:.2f} modes {count.covered} of 8"
    print(f"seed {seed}", measured(values))
plain_losses = plain.play(100).mean(axis=(0, 1))
claim("recall, mean of eight games", np.mean([c.recall for c in plain_counts]), at_most=0.3)
claim("discriminator's loss, mean of eight games", plain_losses[0], at_least=1.1)

# %% [markdown] lang="en" only="slides" slide="same"
# > Mode collapse, and a discriminator's loss near $2\ln 2$, as at the happy end. Why does every sample go to **one** place?

# %% [markdown] lang="zh"
# > 模式崩溃了，而判别器的损失接近 $2\ln 2$，与圆满的结局一样。为什么所有样本都去了**同一个**地方？

# %% [markdown] lang="en" only="slides" slide="fragment"
# $D$ judges each sample **alone**. For a given $D$ the best answer is to put *every* sample where $D$ is highest: one point. Then $D$ rejects that place, its highest point moves, and all follow.

# %% [markdown] lang="zh"
# $D$ 对每个样本**单独**判断。对于给定的 $D$，最好的回答是把*所有*样本都放在 $D$ 最高的地方：一个点。于是 $D$ 否定这个地方，最高点挪走，所有样本也跟着去。

# %% [markdown] lang="en" slide="notes"
# **3 min.** A minute with a neighbour before the key. Whoever remembers “one sample at a time” has it. The theory needs $\min_G \max_D$, a generator that answers to the best $D$ for *its* $q$; a quick generator against a slow $D$ plays something closer to $\max_D \min_G$.
#
# **Misconception:** that the loss near $2\ln 2$ means success. It says that nobody is ahead; only counted samples say what was learned.

# %% [markdown] lang="zh"
# **3 分钟。** 先与邻座讨论一分钟，再按键。谁还记得“一次只看一个样本”，谁就答得出。理论要的是 $\min_G \max_D$，即生成器面对的是针对*它的* $q$ 的最优 $D$；生成器快而 $D$ 慢，实际进行的就更像 $\max_D \min_G$。
#
# **常见误解**：以为损失接近 $2\ln 2$ 就是成功。它只说明谁也没占上风；学到了什么，要把样本数一数才知道。

# %% [markdown] lang="en"
# This is **mode collapse**. All noise goes to nearly one place; the clump jumps from one side of the ring to another, and stays nowhere. And look at the losses: the discriminator's is close to $2\ln 2$, as at the happy end. Here it means something else. Step through the game: $D$ comes too late; where it has learned to say “generated”, the clump is no longer.
#
# Why? $D$ judges each sample alone. For a given $D$ the best answer is to put *every* sample where $D$ is highest, and that is a single point. Then $D$ learns to reject that place, its highest point moves elsewhere, and all samples follow it. In the formula: the theory needs $\min_G \max_D$, a generator that answers to the best $D$ for *its* $q$; a generator that is quick against a slow $D$ comes closer to $\max_D \min_G$ (Goodfellow 2016). (That the order matters, any child knows who plays scissors, paper, stone: whoever shows his hand second wins.)

# %% [markdown] lang="zh"
# 这就是**模式崩溃**。所有噪声几乎都去了同一个地方；这一团点在圆环各处跳来跳去，哪里也停不住。再看损失：判别器的损失接近 $2\ln 2$，与圆满的结局一样，意思却不同。一步步看这一局：$D$ 总是慢一拍，它刚学会把一处判为“生成的”，那一团已经不在那里了。
#
# 为什么？$D$ 对每个样本单独判断。对于给定的 $D$，最好的回答是把*所有*样本都放在 $D$ 最高的地方，而那只是一个点。于是 $D$ 学会否定这个地方，最高点挪到别处，所有样本也跟着去。用公式说：理论要的是 $\min_G \max_D$，即生成器面对的是针对*它的* $q$ 的最优 $D$；生成器太快而 $D$ 太慢，实际进行的就更像 $\max_D \min_G$（Goodfellow 2016）。（先后有多要紧，玩过“石头剪刀布”的孩子都知道：后出手的稳赢。）

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Four ideas against it
# 1. **A stronger expert.** Several updates of $D$ for each of $G$, or a larger $D$: closer to $\max_D$.
# 2. **A calmer expert.** The gradient penalty **R1** (Mescheder et al. 2018) adds $\frac\gamma2\, \mathbb E_{x\sim p} \|\nabla_x f(x)\|^2$ to the discriminator's loss: at real points the logit shall be flat, and then no place near them is far better than its neighbours. (Where the logit rises by 3 for a unit to the right and by 4 for a unit upwards, $\|\nabla_x f\|^2 = 3^2 + 4^2 = 25$.)
# 3. **An expert who sees several at once.** In **packing** (Lin et al. 2018) $D$ gets $m$ samples side by side, all real or all generated. Two real samples come from one and the same heap in one pack of eight; a forger who knows two heaps alike does it in every other pack.
# 4. **Looking ahead.** The generator learns against a discriminator several updates in the future (Metz et al. 2017, *unrolled*). We do not try it here.
#
# R1 and packing in code; $D$ is the one that we have trained by hand for 20 rounds:

# %% [markdown] lang="zh"
# ## 四种对策
# 1. **更强的鉴定者。** $G$ 每更新一次，$D$ 更新好几次，或者 $D$ 更大：更接近 $\max_D$。
# 2. **更平和的鉴定者。** 梯度惩罚 **R1**（Mescheder 等 2018）在判别器的损失上加 $\frac\gamma2\, \mathbb E_{x\sim p} \|\nabla_x f(x)\|^2$：在真实点处 logit 应当平坦，这样在它们附近就没有哪一处远远胜过周围。（若往右一个单位 logit 升 3，往上一个单位升 4，则 $\|\nabla_x f\|^2 = 3^2 + 4^2 = 25$。）
# 3. **一次看好几个的鉴定者。** **打包**（packing，Lin 等 2018）让 $D$ 同时看 $m$ 个并排的样本，要么全真，要么全是生成的。真样本的包，八包里有一包两个样本出自同一堆；只会两堆的造假者，每两包就有一包这样。
# 4. **看得更远。** 让生成器对着几次更新之后的判别器学习（Metz 等 2017，*unrolled*，展开）。这里不试。
#
# R1 和打包写成代码；$D$ 是前面手工训练了 20 个回合的那一个：

# %% [markdown] lang="en" only="slides" slide="same"
# 1. **A stronger expert**: several updates of $D$ for each of $G$, or a larger $D$.
# 2. **A calmer expert**: the penalty R1, $\frac\gamma2\, \mathbb E_{x\sim p} \|\nabla_x f(x)\|^2$, added to $L_D$ with a weight $\gamma$.
# 3. **An expert who sees several at once**: $D$ gets packs of $m$ samples, all real or all generated.
# 4. **Looking ahead**: $G$ learns against a future $D$ (not tried here).

# %% [markdown] lang="zh"
# 1. **更强的鉴定者**：$G$ 每更新一次，$D$ 更新好几次，或者 $D$ 更大。
# 2. **更平和的鉴定者**：在 $L_D$ 上加惩罚项 R1，$\frac\gamma2\, \mathbb E_{x\sim p} \|\nabla_x f(x)\|^2$，权重为 $\gamma$。
# 3. **一次看好几个的鉴定者**：$D$ 看的是 $m$ 个一包的样本，要么全真，要么全是生成的。
# 4. **看得更远**：$G$ 对着将来的 $D$ 学习（这里不试）。

# %% [markdown] lang="en" slide="notes"
# **2 min.** One sentence each. The third follows from the question before: two real samples come from one and the same heap in one pack of eight; a forger who knows two heaps alike does it in every other pack. So a pack gives away what a single sample cannot.
#
# Short of time? Only the third.

# %% [markdown] lang="zh"
# **2 分钟。** 每条一句话。第三条正好接上一张的提问：真样本的包，八包里有一包两个样本出自同一堆；只会两堆的造假者，每两包就有一包这样。单个样本露不出的破绽，一包就露出来了。
#
# 时间不够时，只讲第三条。

# %%
points = tf.constant(forged["real"][:128])
with tf.GradientTape() as tape:
    tape.watch(points)
    on_points = D(points)
slopes = tape.gradient(on_points, points)  # (128, 2), of each logit in its own point
squared_length = float(tf.reduce_mean(tf.reduce_sum(slopes**2, axis=1)))
penalty = 10 / 2 * squared_length  # γ = 10
print("R1 penalty", measured(penalty))

steps = 0.01 * np.eye(2, dtype=np.float32)
by_differences = [(D(points + step) - D(points - step)) / 0.02 for step in steps]
numerical = np.mean(np.sum(np.square(by_differences), axis=0))
claim(
    "R1 by the tape and by differences, share",
    squared_length / numerical,
    equals=1,
    within=0.05,
)

pairs = tf.reshape(points, (64, 2 * 2))  # packs of 2: the discriminator gets four numbers
print("packs", pairs.shape)

# %% [markdown] lang="en"
# How much does packing see? Let real samples fall into $K$ heaps alike, and the forger's into $k$ of them alike. Of the $K^m$ ways in which $m$ real samples can fall, all are equally probable; the forger uses $k^m$.
#
# **Exercise ★★★ packed_divergence.** Return the Jensen–Shannon divergence between packs of $m$ real samples and packs of $m$ forged ones, for whole numbers $1 \le k \le K$ and $m$. *The share $r$ of real packs that the forger might have made is all you need: on those, $p$ has probability $r$ in all, $q$ has 1.* (Mind the letter: here $m$ counts the samples of a pack; where the checker says $p/m$, it means the mixture $\tfrac12(p + q)$, as before.)

# %% [markdown] lang="zh"
# 打包能看出多少？设真样本均匀地落进 $K$ 堆，造假者的样本均匀地落进其中 $k$ 堆。$m$ 个真样本有 $K^m$ 种等可能的落法，造假者只用到 $k^m$ 种。
#
# **练习 ★★★ packed_divergence。** 对整数 $1 \le k \le K$ 和 $m$，返回 $m$ 个一包的真样本与 $m$ 个一包的假样本之间的 JS 散度。*只要知道真样本包中造假者也可能造出的那一部分所占的比例 $r$ 就够了：在这一部分上，$p$ 的概率共为 $r$，$q$ 的概率为 1。*（注意字母：这里 $m$ 是一包的样本数；检查器说 $p/m$ 时，指的仍是前面的混合密度 $\tfrac12(p + q)$。）


# %% tags=["exercise"]
def packed_divergence(modes, covered, pack):
    """JSD, in nats, of packs of samples from all modes alike and from some of them alike."""
    ### BEGIN SOLUTION
    r = (covered / modes) ** pack
    to_mixture = r * np.log(2 * r / (1 + r)) + (1 - r) * np.log(2)  # KL(p ‖ m)
    return (to_mixture + np.log(2 / (1 + r))) / 2
    ### END SOLUTION


# %%
check("09.packed_divergence", packed_divergence)

# %% [markdown] lang="en"
# With more in a pack the divergence comes closer to $\ln 2$: the same forgery is easier to see. But does packing not magnify *every* fault? Compare two forgers who are equally wrong at $m = 1$ by one common measure, the **total variation**, half the sum of $|p - q|$ over the heaps: one leaves out two heaps of eight, the other serves all, four of them too often and four too seldom. (For the first: six heaps get $\tfrac16$ instead of $\tfrac18$, two get 0, so half the sum is $\tfrac12 (6 \cdot \tfrac1{24} + 2 \cdot \tfrac18) = \tfrac14$.) All $8^m$ packs, counted:

# %% [markdown] lang="zh"
# 包越大，散度越接近 $\ln 2$：同样的假货更容易看穿。可是，打包会不会把*所有*毛病都放大？来比较两个造假者，按一种常用的度量，即**全变差**（各堆上 $|p - q|$ 之和的一半），他们在 $m = 1$ 时错得一样多：一个漏掉八堆中的两堆；另一个八堆都有，只是四堆偏多、四堆偏少。（前者：六堆各得 $\tfrac16$ 而不是 $\tfrac18$，两堆得 0，所以和的一半是 $\tfrac12 (6 \cdot \tfrac1{24} + 2 \cdot \tfrac18) = \tfrac14$。）把 $8^m$ 种包全部数一遍：


# %%
def packs(shares, pack):
    """Probability of every way in which the samples of a pack can fall into the heaps."""
    probabilities = np.ones(1)
    for _ in range(pack):
        probabilities = np.outer(probabilities, shares).ravel()
    return probabilities


fair = np.full(8, 1 / 8)
leaves_out = np.repeat([1 / 6, 0], [6, 2])
uneven = np.repeat([1.5 / 8, 0.5 / 8], 4)
sizes, seen, variation = (1, 2, 3, 4), {}, {}
for name, shares in (("leaves out two", leaves_out), ("serves all unevenly", uneven)):
    pairs = [(packs(fair, m), packs(shares, m)) for m in sizes]
    seen[name] = [jensen_shannon(*pair, 1) for pair in pairs]
    variation[name] = [np.abs(a - b).sum() / 2 for a, b in pairs]
    print(f"{name:20s} m = 1 to 4: JSD", np.round(seen[name], 3))
    print(f"{'':20s} total variation", np.round(variation[name], 3))
growth = [row[3] / row[0] for row in seen.values()]
claim("packs of 4 multiply the one divergence by", growth[0], at_least=3, at_most=4)
claim("and the other by", growth[1], at_least=3, at_most=4)
of_four = [row[3] for row in variation.values()]
claim("total variation of packs of 4: collapse", of_four[0], equals=0.6836, within=1e-4)
claim("total variation of packs of 4: unevenness", of_four[1], equals=0.4258, within=1e-4)
grown = {name: row[3] - row[0] for name, row in seen.items()}
claim(
    "what packs of 4 add: collapse against unevenness",
    grown["leaves out two"] / grown["serves all unevenly"],
    at_least=2,
)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The cures compared
# Packs magnify both faults: the count above shows both Jensen–Shannon divergences growing, each to about three and a half times. But the collapse is the larger one from the start, and so it gains more. By the total variation, in which Lin et al. argue, the two are equal at $m = 1$ and part: with packs of 4 the collapse stands at 0.68, the unevenness at 0.43. Is that worth anything in training?

# %% [markdown] lang="zh"
# ## 比较几种对策
# 打包把两种毛病都放大了：上面数出的两个 JS 散度都在增长，各约为原来的三倍半。但崩溃的散度一开始就更大，所以增加得也更多。Lin 等人用的是全变差：按它，两者在 $m = 1$ 时相等，然后分开；四个一包时，崩溃是 0.68，不均匀是 0.43。这在训练中管用吗？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Eight games each. Which cure finds all eight heaps? Which is most precise?

# %% [markdown] lang="zh"
# **先预测。** 每种对策各下八局。哪一种能找全八个堆？哪一种最准？

# %% [markdown] lang="en"
# Each cure changes one thing; eight games each, 4,000 updates of the generator. That takes about four minutes, so it was done once (`imgrec experiment mode_collapse`); we read the counts and repeat one part below. **Predict first:** which of them finds all eight heaps? Which is most precise? Will the same one win at equal *time* as at equal updates?

# %% [markdown] lang="zh"
# 每种对策只改一处，各下八局，生成器更新 4000 次。全部做完约需四分钟，所以事先做了一次（`imgrec experiment mode_collapse`）；这里读取计数，并在后面当场重做其中一项。**先预测**：哪一种能找全八个堆？哪一种最准？按相同的*时间*比，与按相同的更新次数比，赢的会是同一种吗？

# %% slide="fragment" show="output"
stored = load_result("mode_collapse")
BLOCK = mode_collapse.EVERY  # 500 updates


def counts_after(part, blocks):
    """ModeCount of every seed after so many blocks of updates."""
    return [mode_collapse.as_mode_counts(row) for row in stored[part]["counts"][blocks - 1]]


def mean_of(counts, what):
    return np.mean([getattr(count, what) for count in counts])


def with_interval(counts, what):
    """Mean over the seeds and its 95 % interval, by a bootstrap over the seeds."""
    values = np.array([getattr(count, what) for count in counts])
    low, high = percentile_interval(bootstrap(np.mean, values))
    return f"{values.mean():.2f} [{low:.2f}, {high:.2f}]"


blocks = mode_collapse.UPDATES // BLOCK
needed = {part: min(one["seconds"]) for part, one in stored.items()}  # the fastest block
in_time = {}  # counts after as many seconds as plain needs for all its updates
print("P and R after 4,000 updates | seconds for 1,000 | P, R in the time that plain needs")
for cure in mode_collapse.CURES:
    part = f"ring, {cure}"
    counts = counts_after(part, blocks)
    text = f"P {with_interval(counts, 'precision')} R {with_interval(counts, 'recall')}"
    affordable = min(blocks, int(blocks * needed["ring, plain"] / needed[part] + 0.02))
    in_time[cure] = counts = counts_after(part, max(1, affordable))
    text += f" | {needed[part] * 1000 / BLOCK:.1f}"
    text += f" | P {mean_of(counts, 'precision'):.2f} R {mean_of(counts, 'recall'):.2f}"
    print(f"{cure:16s}", measured(text))

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Votes first, then the key. P and R are means over eight games, with a 95 % interval from a bootstrap over the *games*: the 2,000 samples of one generator are not 2,000 independent tries. Read three rows: plain, five steps of $D$, packs of 2. Then the last column: at equal *time* the costly cures have played fewer rounds.
#
# **Misconception:** that one game shows which cure is better. R1 with weight 10 holds all heaps in every game at 3,000 updates, and none in one of them at 4,000.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先表决，再按键。P 和 R 是八局的平均，附 95% 置信区间，用*各局*做自助法：一个生成器的 2000 个样本并不是 2000 次独立的尝试。念三行：plain（不加对策）、five steps of D（$D$ 更新五次）、packs of 2（两个一包）。再看最后一列：按相同的*时间*比，费时的对策下的回合就少。
#
# **常见误解**：以为下一局就能看出哪种对策更好。R1 权重为 10 时，到 3000 次各局都守住了所有的堆，到 4000 次有一局一个不剩。

# %%
for cure in mode_collapse.CURES:
    modes = [
        [c.covered for c in counts_after(f"ring, {cure}", b)] for b in (blocks - 2, blocks)
    ]
    print(
        f"{cure:16s} modes of each game",
        measured(f"at 3,000 {modes[0]}, at 4,000 {modes[1]}"),
    )
at_the_end = {cure: counts_after(f"ring, {cure}", blocks) for cure in mode_collapse.CURES}
claim("plain: recall", mean_of(at_the_end["plain"], "recall"), at_most=0.3)
packed = at_the_end["packs of 2"]
claim("packs of 2: recall", mean_of(packed, "recall"), at_least=0.9)
claim("packs of 2: precision", mean_of(packed, "precision"), at_least=0.6)
five = at_the_end["five steps of D"]
claim("five steps of D: precision", mean_of(five, "precision"), at_least=0.7)
claim(
    "five steps of D: recall below that of packs by",
    mean_of(packed, "recall") - mean_of(five, "recall"),
    at_least=0.2,
)
fewest = [
    min(count.covered for count in counts_after("ring, R1, weight 10", block))
    for block in (blocks - 2, blocks)
]
claim("R1, weight 10: fewest heaps of a game at 3,000 updates", fewest[0], equals=8)
claim("R1, weight 10: fewest heaps of a game at 4,000 updates", fewest[1], equals=0)
early = counts_after("ring, five steps of D", 1)
since = mean_of(five, "recall") - mean_of(early, "recall")
claim("five steps of D: recall gained since 500 updates", since, at_least=0, at_most=0.1)

larger = at_the_end["stronger D"]
one_is_enough = np.count_nonzero(stored["ring, stronger D"]["counts"][-1]) / (
    8 * len(larger)
)
print("stronger D: recall if one sample is enough", measured(one_is_enough))
claim(
    "stronger D: by our stricter rule it is lower by",
    one_is_enough - mean_of(larger, "recall"),
    at_least=0.1,
)

# %%
packed, five = in_time["packs of 2"], in_time["five steps of D"]
claim(
    "at equal time: precision of packs above that of five steps by",
    mean_of(packed, "precision") - mean_of(five, "precision"),
    at_least=-0.05,
    at_most=0.05,
)
claim(
    "at equal time: heaps that packs hold for one that five steps hold",
    mean_of(packed, "recall") / mean_of(five, "recall"),
    at_least=1.8,
)

# %%
figure, panels = subplots(2, 4, size=(9.6, 4.9), sharex=True, sharey=True)
for axes, cure in zip(panels.flat, ["real", *mode_collapse.CURES], strict=False):
    points = forged["real"][:200].T if cure == "real" else stored[f"ring, {cure}"]["points"]
    colour = plots.POSITIVE if cure == "real" else plots.NEGATIVE
    axes.plot(*points, ".", ms=2, color=colour)
    axes.set_title(cure, fontsize=10)
    axes.set_aspect("equal")
panels[0, 0].set(xlim=(-3, 3), ylim=(-3, 3))
show(
    figure,
    "Two hundred points each: the real ones, and those of the first of eight games for every cure.",
)

# %% slide="subslide"
figure, (left, right) = subplots(1, 2, size=(9.6, 3.4), sharey=True)
updates = BLOCK * np.arange(1, blocks + 1)
for number, cure in enumerate(
    ("plain", "five steps of D", "stronger D", "R1, weight 10", "packs of 2")
):
    counts = [counts_after(f"ring, {cure}", block) for block in range(1, blocks + 1)]
    look = {
        "color": plots.PALETTE[number],
        "marker": plots.MARKERS[number],
        "ms": 4,
        "label": cure,
    }
    left.plot(updates, [mean_of(c, "precision") for c in counts], **look)
    right.plot(updates, [mean_of(c, "recall") for c in counts], **look)
left.set(
    xlabel="updates of the generator", ylabel="mean of eight games", ylim=(-0.03, 1.03)
)
left.set_title("Precision: fast with a busy expert")
right.set(xlabel="updates of the generator", title="Recall: high with packs, and with R1")
right.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
show(
    figure,
    "Precision and recall over the updates of the generator for five settings: plain stays low in both; five steps of the discriminator soon reach a high precision and keep a middling recall; packs of two and R1 reach nearly full recall early, and packs keep it and become precise later.",
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# By precision alone, the busy expert would be called the best cure.

# %% [markdown] lang="zh"
# 只看查准率的人，会宣布“更忙的鉴定者”是最好的对策。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Left precision, right recall, the same five lines. Five steps of $D$ rise fastest at the left and stay in the middle at the right: the generator settles on some heaps and seldom finds another. Packs of 2 hold nearly all heaps early and become precise later. None of this is a law; the method is: several games, both measures, equal cost.

# %% [markdown] lang="zh"
# **1 分钟。** 左边是查准率，右边是查全率，五条线相同。$D$ 更新五次，左边升得最快，右边停在中间：生成器停在几个堆上，很少再找到新的。两个一包很早就守住几乎所有的堆，后来才变准。这些都不是定律；值得保留的是方法：多下几局、两种度量、相同的代价。

# %% [markdown] lang="en"
# What the table and the curves say, in the course's two words:
#
# - **More steps of $D$** make the generator precise and leave its recall nearly where it was after 500 updates, a little below half of the heaps then, half of them in the end: it no longer jumps about, settles on some heaps, and seldom finds another. Whoever looks at precision alone would call this the best cure.
# - **A larger $D$** leads to more heaps, and shows what a rule is worth: if one stray sample is enough, it has found nearly all of them; by our rule, far fewer, for it serves some heaps with a handful of samples.
# - **Packs of 2** find all heaps, or nearly all. They change nothing but what the discriminator sees, and cost hardly more time.
# - **Packs of 4** would be the stronger medicine by the calculation above, but at equal updates they are slow, perhaps because there are only a quarter as many packs in a batch, each with four times the numbers.
# - **R1** depends on its weight: with a weight of 1 it seldom helps here; with 10 the games find the heaps soon and become precise slowly. But look at the single games: one held all heaps at 3,000 updates and none at 4,000.
# - At equal time instead of equal updates the costly cures have played fewer rounds, and are less precise than they will be; in the time that plain needs, packs of 2 are about as precise as five steps of $D$ and hold about twice as many heaps. A table that compares “epochs” would hide that.
#
# None of this is a law. It holds for these players, rates and updates; another ratio of the two learning rates, or a stronger discriminator, shifts it. What is worth keeping is the method: several seeds, both measures, equal cost.

# %% [markdown] lang="zh"
# 用本课程的两个词来说，表和曲线告诉我们：
#
# - **$D$ 多更新几次**，生成器变得很准，查全率却几乎停在更新 500 次时的水平，那时略少于半数的堆，最后恰为半数：它不再跳来跳去，而是停在几个堆上，很少再找到新的。只看查准率的人，会宣布这是最好的对策。
# - **更大的 $D$** 能走到更多的堆，也显出一条规则有多重要：只要碰巧有一个样本就算，它几乎全都找到了；按我们的规则则少得多，因为有些堆它只给了寥寥几个样本。
# - **两个一包**全部找到，或者几乎全部找到。它只改变判别器看到的东西，时间也几乎没有多花。
# - **四个一包**按前面的计算本应更有力，可是在相同的更新次数下它很慢；也许是因为一个批量里的包数只有四分之一，每包却有四倍的数。
# - **R1** 取决于权重：权重为 1 时在这里很少见效；为 10 时各局很快找到各堆，慢慢变准。但要看单独的每一局：有一局在 3000 次时守住了所有的堆，到 4000 次时却一个不剩。
# - 按相同的时间而不是相同的更新次数来比，费时的对策下的回合就少，还没有达到后来的查准率；在 plain 所需的时间里，两个一包与 $D$ 更新五次差不多一样准，守住的堆却约为两倍。只比“轮次”的表格会把这一点藏起来。
#
# 这些都不是定律，只对这样的双方、学习率和更新次数成立；两个学习率的比例换一换，或者判别器再强一些，结果就会移动。值得保留的是方法：多个种子、两种度量、相同的代价。

# %% [markdown] lang="en"
# ## Play it yourself
# One part of the stored experiment, repeated here with four of its seeds for 2,000 updates: packs of 2. Set `look = True` to see the first game in the explorer; change `mine` and run the cell again – for instance `{"penalty": 10.0}`, `{"discriminator_updates": 5}`, `{"loss": "saturating"}`, `{"rates": (1e-3, 1e-4)}` (the discriminator's rate first) or `{}` for the collapse. (Where the discriminator judges packs, the picture shows what it says of a point among generated companions.)

# %% [markdown] lang="zh"
# ## 自己来下
# 把存下的实验中的一项在这里重做：两个一包，用其中四个种子，更新 2000 次。把 `look` 改成 `True`，就能在探索器里看第一局；改动 `mine` 再运行这个单元格，例如 `{"penalty": 10.0}`、`{"discriminator_updates": 5}`、`{"loss": "saturating"}`、`{"rates": (1e-3, 1e-4)}`（判别器的学习率在前），或者用 `{}` 看崩溃。（判别器若判断的是包，图中显示的是它对“混在生成样本中的一个点”的判断。）

# %%
mine, look = {"pack": 2}, False
my_match = games.Match(world, seeds=(0, 1, 2, 3), **(mode_collapse.SETTINGS | mine))
my_record = my_match.record(2000, moments=31, samples=120, places=28)
GameExplorer(my_record) if look else None

# %%
my_counts = [games.count_modes(points, world) for points in my_match.samples(2000)]
then = counts_after("ring, packs of 2", 2000 // BLOCK)[:4]
for name, counts in (("here", my_counts), ("stored", then)):
    values = " ".join(f"P {c.precision:.2f} R {c.recall:.2f}" for c in counts)
    print(f"{name:7s}", measured(values))
if mine == {"pack": 2}:  # with other settings there is nothing to compare
    claim(
        "recall here and in the stored games differ by",
        abs(mean_of(my_counts, "recall") - mean_of(then, "recall")),
        at_most=0.15,
    )

# %% [markdown] lang="en"
# **A harder world:** a grid of 25 heaps, the same players and settings, stored in the same experiment. Beside them a baseline that should fail: points strewn over the square at random. The discs of $3\sigma$ around the 25 centres cover $25 \pi (3\sigma)^2 / 5^2 \approx 7\,\%$ of it. **Predict first:** does what cured the ring cure the grid?

# %% [markdown] lang="zh"
# **更难的世界**：5 × 5 网格上的 25 个堆，同样的双方和设置，存在同一个实验里。旁边放一个本该失败的基线：在正方形里随意撒点。25 个中心周围半径 $3\sigma$ 的圆盘，占正方形面积的 $25 \pi (3\sigma)^2 / 5^2 \approx 7\,\%$。**先预测**：治好了圆环的办法，治得好网格吗？

# %%
generator = np.random.default_rng(0)
grid_counts = {
    cure: counts_after(f"grid, {cure}", blocks) for cure in ("plain", "packs of 2")
}
grid_counts["strewn"] = [
    games.count_modes(generator.uniform(-2.5, 2.5, size=(2000, 2)), games.grid())
    for _ in mode_collapse.SEEDS
]
for name, counts in grid_counts.items():
    values = f"P {with_interval(counts, 'precision')} R {with_interval(counts, 'recall')}"
    print(f"grid, {name:11s}", measured(values))
gain = mean_of(grid_counts["packs of 2"], "recall") - mean_of(
    grid_counts["plain"], "recall"
)
claim("grid: what packs add to recall", gain, at_least=0.1)
better = {
    what: mean_of(grid_counts["packs of 2"], what) - mean_of(grid_counts["strewn"], what)
    for what in ("precision", "recall")
}
claim(
    "grid: precision of packs above that of strewn points",
    better["precision"],
    at_most=0.05,
)
claim("grid: recall of packs above that of strewn points", better["recall"], at_most=0.2)

# %% [markdown] lang="en"
# It does not. With packs the generator no longer collapses, but what it makes instead is hardly better than strewn points: it has spread over the square and found hardly more heaps than chance does. In 4,000 updates this discriminator has not learned to draw 25 discs. A cure against collapse is not yet a good generator – and without the baseline the higher recall would have looked like success. (What would you change first? Try it above, with `games.grid()` in place of `world`; do not expect to win at once.)

# %% [markdown] lang="zh"
# 治不好。打包之后，生成器不再崩溃，可是造出来的东西比随意撒的点好不了多少：它铺满了正方形，找到的堆几乎不比碰运气的多。更新 4000 次，这个判别器还没有学会画出 25 个圆盘。防住了崩溃，还不等于有了好的生成器；而若没有那个基线，查全率的提高看上去倒像是成功。（你会先改什么？在上面用 `games.grid()` 代替 `world` 试试；别指望一次就成。）

# %% [markdown] lang="en"
# ## The scoreboard
# Precision and recall of the generators, means over eight seeds; the intervals are of those means, by a bootstrap over the *seeds*. (The 2,000 samples of one generator are not 2,000 independent tries: a collapsed generator gives them all from one place.)

# %% [markdown] lang="zh"
# ## 记分板
# 各个生成器的查准率和查全率，取八个种子的平均；区间是这个平均值的区间，用*种子*做自助法得到。（一个生成器的 2000 个样本并不是 2000 次独立的尝试：崩溃的生成器，样本全出自一处。）

# %%
for cure in ("plain", "five steps of D", "R1, weight 10", "packs of 2"):
    games.score_row(f"GAN, {cure}", "ring of 8 modes", at_the_end[cure])

# %% [markdown] lang="en" slide="slide"
# ## What to take along
# 1. $x = G_\theta(z)$ makes samples with density $q$; $D(x) = \sigma(f(x))$ says how probable it is that one sample is real. Write both losses from logits.
# 2. Against a still generator the best discriminator is $p/(p+q)$; what is left of the value is $2\,\mathrm{JSD} - \ln 4$. At $q = p$ the discriminator's loss is $2\ln 2$, a high one.
# 3. $\ln(1 - D)$ has no slope where the generator is caught out; $-\ln D$ has. The game then is no longer minimax, but has the same equilibrium.
# 4. A generator has precision (good samples) and recall (covered modes). Collapse costs recall; a discriminator that sees packs notices it.
# 5. Compare cures over several seeds, by both measures, at equal updates *and* equal time.
#
# **A misconception to leave behind:** “The discriminator's loss is near $2\ln 2$, so the generator has learned the distribution.” The collapsed games had nearly that loss. The losses tell who is ahead; only samples, counted, tell what was learned.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. $x = G_\theta(z)$ 造出密度为 $q$ 的样本；$D(x) = \sigma(f(x))$ 说出一个样本为真的概率。两种损失都由 logit 来写。
# 2. 面对停着不动的生成器，最优判别器是 $p/(p+q)$；博弈的值还剩下 $2\,\mathrm{JSD} - \ln 4$。当 $q = p$ 时，判别器的损失是 $2\ln 2$，是个高的数。
# 3. 生成器被识破的地方，$\ln(1 - D)$ 没有坡度，$-\ln D$ 有。改用后者就不再是极小极大博弈，但均衡点相同。
# 4. 生成器有查准率（好样本）和查全率（覆盖的模式）。崩溃损失的是查全率；成包地看样本的判别器能察觉它。
# 5. 比较对策，要用多个种子、两种度量，既按相同的更新次数，*也*按相同的时间。
#
# **要纠正的误解**：“判别器的损失接近 $2\ln 2$，说明生成器学会了这个分布。”崩溃了的那几局，损失也差不多是这个数。损失只说明谁占上风；学到了什么，要把样本数一数才知道。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Read the misconception aloud and let the room refute it with what they saw in the second explorer. Before next time: the exercises up to the packs. Next: the same game with images, where no centres are known and precision and recall need another way of counting.

# %% [markdown] lang="zh"
# **1.5 分钟。** 念出要纠正的那句话，请大家用第二个探索器里看到的来反驳。课后做练习，至少做到打包之前。下一课：用图像来下这盘棋；那里不知道中心在哪里，查准率和查全率要换一种数法。

# %% [markdown] lang="en"
# ## References
# - [@goodfellow2014generative]
# - [@goodfellow2016tutorial]
# - [@salimans2016improved]
# - [@lin1991divergence]
# - [@arjovsky2017towards]
# - [@metz2017unrolled]
# - [@srivastava2017veegan]
# - [@lin2018pacgan]
# - [@mescheder2018which]
#
# **Next:** lesson 10 plays the game with images.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@goodfellow2014generative]
# - [@goodfellow2016tutorial]
# - [@salimans2016improved]
# - [@lin1991divergence]
# - [@arjovsky2017towards]
# - [@metz2017unrolled]
# - [@srivastava2017veegan]
# - [@lin2018pacgan]
# - [@mescheder2018which]
#
# **下一课**：第 10 课用图像来下这盘棋。
