# %% [markdown] lang="en" slide="slide" take="heading"
# # 02 · Honest evaluation
#
# **After this lesson you can** put an interval around precision, recall, F1 and AP; say when that interval lies; compare two recognisers on the same images; choose a threshold without fooling yourself; measure and repair calibration; recognise leakage and a shortcut, and tell the two apart.
#
# **You need** lesson 01; square roots; what a probability is.
#
# **Time** 90 minutes, exercises included, in two halves: about 45 for intervals and the choice of a threshold, about 45 for comparing, calibration and leakage. The place for a break is before “Two recognisers, the same images”. The machine needs about a minute.

# %% [markdown] lang="zh"
# # 02 · 诚实的评估
#
# **学完本课，你能够**：给查准率、查全率、F1 和 AP 配上区间；说出这个区间何时不可信；用同一批图像比较两个识别器；不自欺地选定阈值；测量并修正校准；认出数据泄漏和捷径，并把两者分清。
#
# **预备知识**：第 01 课；平方根；概率的含义。
#
# **时间**：90 分钟，含练习，分两半：前半约 45 分钟，讲区间和阈值的选择；后半约 45 分钟，讲比较、校准和泄漏。中间休息的地方在“两个识别器，同一批图像”之前。机器运行约一分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# How sure is a figure? Who may choose? And what does “0.9” mean?

# %% [markdown] lang="zh"
# 一个数有多可信？谁可以做选择？“0.9”又是什么意思？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Lesson 01 counted. Today: how far may we believe a count, and what spoils it? For slide 3 bring five slips of paper, numbered 1 to 5, and a hat.
#
# One lecture, or two short ones with exercises after each: first intervals and the choice of a threshold (about 28 minutes), then, from “Two recognisers”, comparing, calibration and leakage (about 17). Not in the lecture: exercises, seeds, the proof of $F^*/2$, the shortcut.

# %% [markdown] lang="zh"
# **1 分钟。** 第 01 课教我们计数；今天问：数出来的数可以信到什么程度，什么会把它弄坏？讲第 3 张要用五张纸条（编号 1 到 5）和一顶帽子，请预先备好。
#
# 可以一次讲完，也可以分成两个短讲，各接练习：先讲区间和阈值的选择（约 28 分钟），再从“两个识别器”起讲比较、校准和泄漏（约 17 分钟）。本讲不包括练习、随机种子、$F^*/2$ 的证明和捷径。

# %%
import csv
import time

import numpy as np
import sklearn.metrics
from scipy import ndimage, stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from imgrec_course import metrics, plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.plots import show, subplots
from imgrec_course.scratch.counting import precision_recall_points

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Better, or lucky?
# The thumbnail finder of lesson 01 saw 14 × 14 coloured dots. Here it is again, and beside it a twin that sees the same dots in grey. Both learned from the same half of the photographs and are judged by the other half, 159 photographs with 59 animals.

# %% [markdown] lang="zh"
# ## 是更好，还是运气好？
# 第 01 课的缩略图查找器看到的是 14 × 14 个彩色点。这里再把它请出来，旁边放上它的“孪生兄弟”：看到同样的点，但只有灰度。两者从同一半照片中学习，都用另一半来评判：159 张照片，其中 59 张是动物。

# %% slide="same" show="output" outputs="2"
from imgrec_course.datasets.photos import load_photos

photos = load_photos()
train, unseen = photos.split == "train", photos.split != "train"
labels = photos.animal[unseen].astype(int)  # (159,)
# Each dot of a thumbnail is the mean of 16 × 16 pixels.
dots = photos.images.reshape(-1, 14, 16, 14, 16, 3).mean(axis=(2, 4)) / 255


def finder_scores(thumbnails):
    """Score of every unseen photograph, by a logistic regression on thumbnails (n, …)."""
    rows = thumbnails.reshape(len(thumbnails), -1)
    finder = LogisticRegression(C=0.1, max_iter=2000)
    return finder.fit(rows[train], photos.animal[train]).predict_proba(rows[unseen])[:, 1]


scores = {"colour": finder_scores(dots), "grey": finder_scores(dots.mean(axis=3))}
decisions = {name: (values >= 0.5).astype(int) for name, values in scores.items()}
f1 = {name: sklearn.metrics.f1_score(labels, d) for name, d in decisions.items()}
for name, decision in decisions.items():
    p = sklearn.metrics.precision_score(labels, decision)
    r = sklearn.metrics.recall_score(labels, decision)
    print(f"{name:7s}", measured(f"P {p:.3f}  R {r:.3f}  F1 {f1[name]:.3f}"))
gain = f1["colour"] - f1["grey"]
claim("colour gains in F1", gain, at_least=0.005, at_most=0.03)

# %% [markdown] lang="en" only="slides" slide="same"
# One finder sees 14 × 14 dots in **colour**, its twin the same dots in **grey**. Both are judged by the same 159 photographs. On these they disagree:

# %% [markdown] lang="zh"
# 一个查找器看**彩色**的 14 × 14 个点，另一个看同样的点，但只有**灰度**。两者都用同样的 159 张照片来评判。意见不一的是这几张：

# %% [markdown] lang="en"
# Colour leads by not quite two points. Does colour help? Or were these 159 photographs kind to it, and another 159 would have been kinder to grey? Look at the photographs on which the two disagree; nothing else makes the difference:

# %% [markdown] lang="zh"
# 彩色领先不到两个百分点。是颜色真的有用，还是这 159 张照片恰好偏袒它，换 159 张就会偏袒灰度？看看两者意见不一的照片：差别全在这里。

# %% slide="same" outputs="1"
apart = np.flatnonzero(decisions["colour"] != decisions["grey"])
right = ["colour" if decisions["colour"][i] == labels[i] else "grey" for i in apart]
show(
    plots.photo_grid(
        photos.images[unseen][apart],
        [f"{name} is right" for name in right],
        columns=6,
        size=1.3,
        edges=[plots.POSITIVE if name == "colour" else plots.CHANCE for name in right],
    ),
    "The photographs on which the two finders disagree, each marked with the finder that is right.",
    photographs=True,
)
claim("photographs on which they disagree", len(apart), at_least=4, at_most=30)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Blue frame: colour is right; grey frame: grey is right. All other photographs both have right, or both wrong: the whole lead comes from these few. Vote by hands: does colour help, or did this test happen to be kind to it? Write the vote on the board; slide 16 answers.
#
# **Misconception:** that a figure printed with three decimals is *known* to three decimals.

# %% [markdown] lang="zh"
# **2 分钟。** 蓝框：彩色判对；灰框：灰度判对。其余的照片，两者都对或都错，所以领先全凭这几张。举手表决：是颜色真的有用，还是这次测试恰好偏袒它？把票数写在黑板上，第 16 张揭晓。
#
# **常见误解**：以为一个数印出三位小数，就是*知道*到三位小数。

# %% [markdown] lang="en"
# A handful of photographs for one, a handful for the other. This lesson asks what may be concluded from that, and from much larger tests. Three questions run through it:
#
# 1. How far would the number move if *other images* had been drawn for the test?
# 2. Which part of the data may *decide* something, and which may only *judge*?
# 3. When a recogniser says “0.9”, is it right nine times in ten?
#
# | part | what it is for | what it must not be used for |
# | --- | --- | --- |
# | **training** set | the weights | any figure that you report |
# | **validation** set | whatever you choose: threshold, model, when to stop | the final figure |
# | **test** set | the final figure, once | any choice at all |
#
# In lesson 01 nothing was chosen, so validation and test photographs could judge together. Here, too, they do wherever nothing is chosen.

# %% [markdown] lang="zh"
# 有几张帮了这一个，有几张帮了那一个。由此能得出什么结论？测试集大得多时又如何？这就是本课要讨论的。三个问题贯穿始终：
#
# 1. 如果测试时抽到的是*另一批图像*，这个数会变动多少？
# 2. 哪部分数据可以用来*做决定*，哪部分只能用来*评判*？
# 3. 识别器说“0.9”，十次里真有九次是对的吗？
#
# | 部分 | 用来做什么 | 不得用来做什么 |
# | --- | --- | --- |
# | **训练集** | 学出权重 | 算任何要报告的数 |
# | **验证集** | 一切选择：阈值、模型、何时停止训练 | 算最终的数 |
# | **测试集** | 算最终的数，只用一次 | 任何选择 |
#
# 第 01 课什么也没有选，所以验证照片和测试照片可以一起用来评判。本课凡是什么也不选的地方，仍这样做。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A test that might have been: the bootstrap
# We want to know how much recall would vary over many tests of 159 photographs. We have one test. The **bootstrap** (Efron & Tibshirani 1993) lets it stand for the world: draw 159 photographs *from the 159, with replacement*, so that some appear twice and some not at all, and compute recall again.
#
# **With small numbers.** Five animals, numbered 1 to 5; all but number 4 were found: recall 4/5. Put five slips into a hat, draw one, note it, *put it back*, five times in all. Say we drew 3, 3, 4, 1, 4. Number 3 counts twice as found, number 4 twice as missed, 2 and 5 not at all: recall 3/5. Another five slips give another recall.
#
# Do it 2,000 times. The spread of the 2,000 values imitates the spread over tests that might have been drawn; their middle 95 % are the **percentile interval**.


# %% [markdown] lang="zh"
# ## 本来也可能抽到的测试：自助法
# 我们想知道，如果做许多次测试，每次 159 张照片，查全率会变动多少；可是测试只有一次。**自助法**（Efron & Tibshirani 1993）让这一次测试代表整个世界：从这 159 张中*有放回地*抽 159 张，有的会出现两次，有的一次也不出现，再算一遍查全率。
#
# **先用小数目。** 五只动物，编号 1 到 5，除 4 号外都找到了：查全率 4/5。把五张纸条放进帽子，抽一张，记下号码，*放回去*，一共抽五次。假设抽到 3、3、4、1、4：3 号算找到两次，4 号算漏掉两次，2 号和 5 号没有出现，查全率是 3/5。再抽五张，查全率又不同。
#
# 重复 2000 次。这 2000 个值的散布，模仿的是“本来也可能抽到的测试”之间的散布；取正中间的 95%，就是**百分位区间**。

# %% [markdown] lang="en" only="slides" slide="same"
# - **Wanted:** how recall varies over many tests of 159 photographs. **At hand:** one test.
# - **Bootstrap:** draw 159 *from the 159, with replacement*; compute recall; 2,000 times. The middle 95 % are the **percentile interval**.
# - Five animals, all found but number 4: $R = 4/5$. We draw 3, 3, 4, 1, 4: $R = 3/5$.

# %% [markdown] lang="zh"
# - **想知道**：做许多次测试，每次 159 张照片，查全率变动多少。**手头有**：一次测试。
# - **自助法**：从 159 张里*有放回地*抽 159 张，算查全率；重复 2000 次。正中间的 95% 就是**百分位区间**。
# - 五只动物，除 4 号外都找到了：$R = 4/5$。抽到 3、3、4、1、4：$R = 3/5$。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Draw five slips from the hat, *putting each back*; the room computes the recall of that draw; do it twice. Why put back? Without it every draw would be the same test again.
#
# **Misconception:** that 2,000 draws are 2,000 times as much data. They hold nothing that the 159 photographs do not hold; they only show how far a test *of this size* may move.

# %% [markdown] lang="zh"
# **2.5 分钟。** 从帽子里抽五次纸条，*每次都放回*，请大家算这次抽样的查全率；做两遍。为什么要放回？不放回，每次抽到的都是原来那个测试。
#
# **常见误解**：以为抽 2000 次，数据就多了 2000 倍。抽样里没有任何 159 张照片以外的东西，它只是显示*这么大的*测试会变动多少。

# %% [markdown] lang="en" slide="subslide" take="predict list"
# **Draw yourself.** Each token below is one photograph: round ones are animals, filled ones were returned. Press **Draw 1** a few times: which tokens fade, which carry a 2 or a 3, and where does the recall of that draw fall? Then **Draw 100**, and on to 2,000. (In the row of buttons, the slider and the keys →, Page Up and End do the same.)
#
# **Predict first.** Recall is about 0.7 on 59 animals.
#
# 1. How wide will its interval be: ± 1, ± 4 or ± 12 points?
# 2. Four times as many photographs: how wide then?
# 3. Back to 159 photographs, but only 8 of them animals: how wide is recall's interval now? Which of precision and recall suffers more?

# %% [markdown] lang="zh"
# **亲手抽。** 下面每个记号是一张照片：圆的是动物，实心的被返回。按几次**抽 1 次**：哪些记号变浅，哪些写着 2 或 3？这次抽样的查全率落在哪里？再按**抽 100 次**，一直到 2000 次。（按钮旁边的滑块，以及 →、Page Up、End 键，作用相同。）
#
# **先预测。** 在 59 只动物上，查全率约为 0.7。
#
# 1. 它的区间会有多宽：± 1、± 4，还是 ± 12 个百分点？
# 2. 照片增至四倍，又是多宽？
# 3. 回到 159 张，但其中只有 8 只动物：查全率的区间现在多宽？查准率和查全率，哪个更受影响？

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Everybody writes down three answers before the explorer moves. Most guess too narrow at the first, and think the third harmless: after all, 159 photographs are still 159 photographs.

# %% [markdown] lang="zh"
# **1.5 分钟。** 先请每个人写下三个答案，再动探索器。第一问多数人猜得太窄；第三问多数人觉得没关系：照片不还是 159 张吗？

# %% slide="subslide"
from imgrec_course.scratch.counting import confusion_counts
from imgrec_course.widgets.resampling import ResamplingExplorer

counts = confusion_counts(labels, decisions["colour"])
explorer = ResamplingExplorer(counts)
explorer

# %% [markdown] lang="en" slide="notes"
# **4 min.** Press “Draw 1” three or four times: faded tokens were not drawn, numbered ones several times; the mark on the axis is the recall of that draw. Then “Draw 100”, then all: the bar below is the middle 95 %. Read it: this answers question 1. Set the test to four times the images: question 2. Back, and reduce the animals to 8: question 3. Switch the measure to precision, with few animals and with all. Escape gives the keys back to the slides; Alt and a click enlarge a part for the last rows.
#
# Say what does *not* change: the number of draws makes the bar steadier, not shorter. Short of time: question 3 alone.

# %% [markdown] lang="zh"
# **4 分钟。** 按三四次“抽 1 次”：变浅的没有抽到，带数字的抽到几次；坐标轴上的记号是这次抽样的查全率。再“抽 100 次”，然后全部：下面的粗条是正中间的 95%。读出来，就是第 1 问的答案。把图像增至四倍：第 2 问。改回来，再把动物减到 8 只：第 3 问。把指标换成查准率，动物多时、少时各看一眼。按 Escape 把按键还给幻灯片；按住 Alt 点击，可以放大一处给后排看。
#
# 说明什么*不会*变：抽的次数多了，粗条更稳，但不会因此变短。时间不够：只做第 3 问。

# %% slide="subslide" show="output"
width = {times: np.diff(explorer.interval(times=times))[0] for times in (1, 4)}
claim(
    "four times the images: width of recall's interval, as a share of the width before",
    width[4] / width[1],
    equals=0.5,
    within=0.07,
)
width_of_few = np.diff(explorer.interval(positives=8))[0]
claim("8 animals instead of 59: width of recall's interval", width_of_few, at_least=0.5)

# %% [markdown] lang="en" only="slides" slide="fragment"
# - Of the three, ± 12 is nearest: at least 8 points either way.
# - The width shrinks like $1/\sqrt n$: a tenth of it costs a **hundred** times as many images.
# - For recall it is the **animals** that count, not the photographs.

# %% [markdown] lang="zh"
# - 三个之中，± 12 最接近：上下至少 8 个百分点。
# - 区间像 $1/\sqrt n$ 那样缩小：宽度要缩到十分之一，图像就要**一百倍**。
# - 对查全率来说，要紧的是**动物**有多少，不是照片有多少。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Compare with the guesses. Recall divides by the animals, so with 8 of them its interval takes more than half of everything between 0 and 1. And precision? It divides by the images *returned*; its interval suffers less. (But precision itself falls when animals become rare: lesson 01, prevalence.)
#
# Ask: “recall 0.9 on a rare disease, on 1,000 patients” – what would you want to know first? (How many were ill.)

# %% [markdown] lang="zh"
# **1.5 分钟。** 与各人的预测对照。查全率的分母是动物，只有 8 只时，区间就占去 0 到 1 的一半以上。查准率呢？它的分母是*返回的*张数，区间受的影响较小。（不过动物一少，查准率本身会下降：第 01 课的正例占比。）
#
# 提问：“某罕见病，1000 名受检者，查全率 0.9”，你首先想知道什么？（有多少人真的患病。）

# %% [markdown] lang="en"
# The interval shrinks like $1/\sqrt n$: four times as many images, half as wide; for a tenth of the width you need a hundred times as many. And for recall it is the *animals* that count, not the photographs: 8 animals leave an interval of more than half of everything between 0 and 1, however many other photographs there are.
#
# The same in code, for precision, recall and F1, and for AP:

# %% [markdown] lang="zh"
# 区间像 $1/\sqrt n$ 那样缩小：图像增至四倍，宽度减半；要缩到十分之一，就要一百倍的图像。而且对查全率来说，要紧的是*动物*有多少，不是照片有多少：只有 8 只动物时，不管另有多少照片，区间都要占去 0 到 1 的一半以上。
#
# 用代码再做一遍，不仅算查准率、查全率和 F1，也算 AP：

# %% source="imgrec_course.metrics.bootstrap" slide="subslide" show="code"


# %% slide="same" show="output" outputs="1"
def four_numbers(labels, scores):
    """P, R and F1 at threshold 0.5, and AP."""
    found = np.sum(labels[scores >= 0.5])
    returned, wanted = np.sum(scores >= 0.5), np.sum(labels)
    _, precisions, recalls = precision_recall_points(labels, scores)
    average_precision = np.sum(np.diff(recalls, prepend=0) * precisions)
    return (
        found / returned,
        found / wanted,
        2 * found / (returned + wanted),
        average_precision,
    )


values = bootstrap(four_numbers, labels, scores["colour"])  # (2000, 4)
lows, highs = np.quantile(values, [0.025, 0.975], axis=0)
seen = four_numbers(labels, scores["colour"])
for name, value, low, high in zip(("P", "R", "F1", "AP"), seen, lows, highs, strict=True):
    print(f"{name:2s}", measured(f"{value:.3f}, interval {low:.3f} to {high:.3f}"))
claim("half the width of recall's interval", (highs[1] - lows[1]) / 2, at_least=0.08)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Point at two lines only: `generator.integers` draws rows with replacement; the *same* rows are taken from every array, labels and scores together. Any statistic can be put in: here P, R, F1 and AP of the colour finder at once. Recall: at least 8 points either way. A lead of a few points is dust beside that.

# %% [markdown] lang="zh"
# **2 分钟。** 只指两行：`generator.integers` 有放回地抽下标；每个数组都取*同样的*下标，标签和得分一起抽。什么统计量都可以放进去：这里一次算出彩色查找器的 P、R、F1 和 AP。查全率上下至少 8 个百分点。与之相比，领先几个百分点微不足道。

# %%
figure, axes = subplots(1, 4, size=(9.6, 2.6), sharex=True, sharey=True)
names = ("precision", "recall", "F1", "AP")
colours = (plots.PRECISION, plots.RECALL, plots.F1, plots.CHANCE)
for column, axis in enumerate(axes):
    axis.hist(values[:, column], bins=30, color=colours[column])
    axis.axvline(seen[column], color="black", linewidth=1)
    axis.axvspan(lows[column], highs[column], ymax=0.06, color="black")
    axis.set(title=names[column], xlabel="value")
axes[0].set_ylabel("resamples of 2,000")
show(
    figure,
    "Four histograms of bootstrap values, each about a quarter wide; a thick bar marks the middle 95 percent.",
)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > We have a 95 % interval for this finder's recall. Does the recall lie in it with probability 0.95?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 我们有了这个查找器查全率的一个 95% 区间。查全率落在其中的概率是 0.95 吗？

# %% [markdown] lang="en" only="slides" slide="fragment"
# - **No.** The 95 % belong to the *procedure*: of 100 new tests about 95 give an interval that holds the long-run value.
# - That value is of **this** trained finder, on **such** photographs, drawn **independently**.

# %% [markdown] lang="zh"
# - **不是。** 95% 说的是*做法*：每 100 次新的测试，约有 95 次得到的区间包含长远来看的真值。
# - 这个真值属于**这一个**训练好的查找器，用的是**这一类**照片，而且是**独立**抽取的。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let them vote first; most say yes. Picture: a thrower of rings who hits the peg 95 times in 100. Once a ring lies there, it is round the peg or it is not.
#
# Nothing is said about another training, or about photographs of another kind. With ten pictures of each animal draw animals, not pictures.
#
# **Misconception:** the “yes” of the vote. For that one needs a prior distribution of the recall, which we have not stated.

# %% [markdown] lang="zh"
# **2 分钟。** 先表决，多数人会说“是”。打个比方：套圈的人扔 100 次套中 95 次；但圈一旦落地，就要么套中了，要么没有。
#
# 它没有说另训练一次会怎样，也没有说换一类照片会怎样。如果每只动物有十张照片，就要抽动物，而不是抽照片。
#
# **常见误解**：正是表决时的“是”。要那样说，得先给出查全率的先验分布，而我们并没有给。

# %% [markdown] lang="en"
# For recall more than ten points either way, for F1 a little less. With 159 photographs a lead of two points is dust. (The thin line is the value on the test itself, the thick bar the 95 % interval.)
#
# **What the interval says:** were the whole procedure repeated with new tests, about 95 of 100 such intervals would hold the long-run value. **What it does not say:** that this model's recall lies in *this* interval with probability 0.95; that another *training* would give the same; that photographs of another kind would. And it assumes that the images were drawn independently. If your test holds ten pictures of each animal, draw animals with replacement, not pictures.

# %% [markdown] lang="zh"
# 查全率上下各超过十个百分点，F1 略小一些。只有 159 张照片时，两个百分点的领先微不足道。（细线是在这次测试上的值，粗条是 95% 区间。）
#
# **区间说明了什么**：如果把整个过程用新的测试反复进行，每 100 个这样的区间约有 95 个包含长远来看的真值。**区间没有说明什么**：没有说这个模型的查全率以 0.95 的概率落在*这一个*区间里；没有说另*训练*一次会得到同样的结果；也没有说换一类照片还会如此。它还假定图像是相互独立抽取的：如果测试集中每只动物有十张照片，就应该有放回地抽动物，而不是抽照片。

# %% [markdown] lang="en"
# **Exercise ★★ f1_interval.** `rows` (m, n) holds m resamples, each a row of n places from 0 to n − 1. Return the lower and upper limit of the 95 % percentile interval of F1 (`np.quantile` as it comes). `labels[rows]` is an (m, n) array.

# %% [markdown] lang="zh"
# **练习 ★★ f1_interval。** `rows` 的形状为 (m, n)：m 次重抽样，每行是 n 个下标，取值 0 到 n − 1。返回 F1 的 95% 百分位区间的下限和上限（直接用 `np.quantile` 的默认设置）。`labels[rows]` 是形状为 (m, n) 的数组。


# %% tags=["exercise"]
def f1_interval(labels, returned, rows):
    """95 % percentile interval of F1; labels and returned (n,) hold 0 and 1, rows is (m, n)."""
    ### BEGIN SOLUTION
    labels, returned = labels[rows], returned[rows]
    found = (labels & returned).sum(axis=1)
    values = 2 * found / (labels.sum(axis=1) + returned.sum(axis=1))
    return tuple(np.quantile(values, [0.025, 0.975]))
    ### END SOLUTION


# %%
check("02.f1_interval", f1_interval)

# %% [markdown] lang="en"
# ## The same without the images
# A recogniser of garments answers 10,000 test images. Its precision, recall and F1 depend on the images only through the **confusion matrix** $C$, a table of $k \times k$ counts ($k = 10$ classes; rows: truth, columns: answer). So why draw images?
#
# **With small numbers.** Ten images, of which four stand in one cell of the table, three, two and one in the others. A slip drawn from the hat lands in the first cell with probability 4/10, in the others with 3/10, 2/10 and 1/10. Which of the four images it was does not matter; only the cell counts. So throw ten slips at the cells.
#
# In general each draw with replacement hits cell $(i, j)$ with probability $C_{ij}/n$, independently of the other draws. The counts of $n$ such draws have, by definition, the **multinomial distribution** with $n$ draws and these shares. We draw the *table* at once: a hundred numbers instead of ten thousand images.
#
# This works for every statistic that can be computed from the counts. AP cannot: it looks at the order of the scores, and the table has forgotten it.

# %% [markdown] lang="zh"
# ## 不用图像，也能做自助法
# 一个服饰识别器回答了 10 000 张测试图像。它的查准率、查全率和 F1 只通过**混淆矩阵** $C$ 依赖于这些图像：$C$ 是 $k \times k$ 的计数表（$k = 10$ 个类别；行：真实类别，列：预测类别）。那又何必去抽图像？
#
# **先用小数目。** 十张图像，表中一格有四张，其余三格各有三张、二张和一张。从帽子里抽一张纸条，落入第一格的概率是 4/10，落入其余各格的概率是 3/10、2/10 和 1/10。抽到的是四张中的哪一张无关紧要，只有格子要紧。所以，把十张纸条往格子里投就行。
#
# 一般地，有放回地抽一次，落入格子 $(i, j)$ 的概率是 $C_{ij}/n$，各次抽取相互独立。按定义，$n$ 次抽取的计数服从以这些比例为参数的**多项分布**。于是可以直接抽一整张*表*：只要一百个数，而不是一万张图像。
#
# 凡是能由这些计数算出的统计量都可以这样做。AP 不行：它要看得分的次序，而表里已经没有次序了。

# %% source="imgrec_course.metrics.precision_recall_f1"

# %% source="imgrec_course.metrics.resample_confusion"

# %%
from imgrec_course.datasets.fashion import FASHION_CLASSES, load_fashion

(x_train, y_train), (x_test, y_test) = load_fashion()
y_train, y_test = y_train.astype(int), y_test.astype(int)


def rows_of_dots(images):
    """(n, 28, 28) pixels → (n, 196) numbers in [0, 1]: means of 2 × 2 pixels."""
    return images.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196) / 255


x_train, x_test = rows_of_dots(x_train), rows_of_dots(x_test)


def answers_after(count):
    """What a linear model answers to the test (10000,) that learned from `count` garments."""
    # Linear like a logistic regression, but fitted by solving equations: the same on every machine
    recogniser = LinearDiscriminantAnalysis(solver="lsqr")
    return recogniser.fit(x_train[:count], y_train[:count]).predict(x_test)


answers = {count: answers_after(count) for count in (3_500, 10_000)}
confusion = sklearn.metrics.confusion_matrix(y_test, answers[10_000])  # (10, 10)

# %%
started = time.perf_counter()
resampled = resample_confusion(confusion)  # (10000, 10, 10)
class_f1 = precision_recall_f1(resampled)[2]  # (10000, 10)
seconds = time.perf_counter() - started
claim("seconds for 10,000 resamples", seconds, at_most=1)

low, high = np.quantile(class_f1.mean(axis=1), [0.025, 0.975])
print("macro F1", measured(f"interval {low:.4f} to {high:.4f}"))


def macro_f1(truth, answer):
    """Mean of the classes' F1, from the answers."""
    counts = np.bincount(10 * truth + answer, minlength=100).reshape(10, 10)
    return precision_recall_f1(counts)[2].mean()


by_images = bootstrap(macro_f1, y_test, answers[10_000])
ratio = class_f1.mean(axis=1).std() / by_images.std()
claim("spread by counts, divided by spread by images", ratio, at_least=0.93, at_most=1.07)

# %% [markdown] lang="en"
# Both bootstraps agree, as they must: they are one method. With 10,000 images the macro F1 is known to less than one point either way. But its classes are not known equally well:

# %% [markdown] lang="zh"
# 两种做法结果一致，也理应如此：它们本是同一种方法。有 10 000 张图像时，宏平均 F1 的误差上下不到一个百分点。但各个类别的把握并不相同：

# %%
lows, highs = np.quantile(class_f1, [0.025, 0.975], axis=0)
centres = precision_recall_f1(confusion)[2]
order = np.argsort(centres)
figure, axes = subplots(size=(7.0, 3.6))
errors = np.stack([centres - lows, highs - centres])[:, order]
axes.errorbar(
    centres[order], range(10), xerr=errors, fmt="o", color=plots.POSITIVE, capsize=3
)
axes.axvspan(low, high, color=plots.CHANCE, alpha=0.4, label="macro F1, 95 % interval")
axes.set_yticks(range(10), np.array(FASHION_CLASSES)[order])
axes.set(
    xlabel="F1 with 95 % interval", title="Shirts are hardest, and least surely measured"
)
axes.legend(loc="upper left")
show(
    figure,
    "F1 of ten classes with intervals; the shirt has the lowest F1 and the widest interval.",
)
widths = highs - lows
claim(
    "widest interval of a class, in widths of macro F1's",
    widths.max() / (high - low),
    at_least=2,
)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Do 95 % intervals hold the truth in 95 %?
# That can be tested, in a world where we know the truth. Let the shares of our confusion matrix *be* the truth. Draw 400 tests of 1,000 images from it, make a bootstrap interval from each, and count how many hold the true macro F1.

# %% [markdown] lang="zh"
# ## 95% 区间真有 95% 包含真值吗？
# 在一个我们知道真值的世界里，这可以检验。把我们的混淆矩阵的比例*当作*真值，从中抽 400 次测试，每次 1000 张图像，各做一个自助区间，数一数有多少个包含真正的宏平均 F1。

# %% [markdown] lang="en" only="slides" slide="same"
# Let a confusion matrix *be* the truth. Draw 400 tests of 1,000 garments from it, and an interval of macro F1 from each:

# %% [markdown] lang="zh"
# 把一个混淆矩阵*当作*真值，从中抽 400 次测试，每次 1000 张服饰图像，各做一个宏平均 F1 的区间：

# %% slide="same" show="output"
generator = np.random.default_rng(0)
truth = precision_recall_f1(confusion)[2].mean()
tests = generator.multinomial(1_000, confusion.ravel() / confusion.sum(), size=400)
held = 0
for number, test in enumerate(tests.reshape(-1, 10, 10)):
    f1_values = precision_recall_f1(resample_confusion(test, 400, seed=number))[2].mean(
        axis=1
    )
    low, high = np.quantile(f1_values, [0.025, 0.975])
    held += low <= truth <= high
claim("share of intervals that hold the truth", held / 400, at_least=0.9, at_most=0.985)

# %% [markdown] lang="en" only="slides" slide="same"
# Now **10 animals**; the finder returns **all ten**: recall 1.

# %% [markdown] lang="zh"
# 再看只有 **10 只动物**的测试：**全都返回**了，查全率为 1。

# %% [markdown] lang="en" slide="same" take="predict"
# (400 tests leave an uncertainty of their own, about two points either way.) Good for many images. Now few: a test holds 10 animals, and the finder returns all ten. Recall is 1.
#
# **Predict first.** What is the bootstrap's 95 % interval?

# %% [markdown] lang="zh"
# （400 次测试本身也有误差，上下约两个百分点。）图像多时很好。再看少的时候：测试中有 10 只动物，查找器全都返回了，查全率为 1。
#
# **先预测。** 自助法给出的 95% 区间是什么？

# %% [markdown] lang="en" slide="notes"
# **2 min.** A method can be tested like a recogniser, in a world whose truth we know. Many images: the promise is kept, near enough (400 tests are themselves uncertain by about two points). How one draws *tables* instead of images (multinomial) is in the lesson: skip.
#
# Then the prediction: let somebody say the interval aloud before you go on.

# %% [markdown] lang="zh"
# **2 分钟。** 方法也可以像识别器一样受检验：在一个我们知道真值的世界里。图像多时，承诺大体兑现（400 次测试本身也有约两个百分点的误差）。怎样不抽图像而直接抽*计数表*（多项分布），课文里有，这里跳过。
#
# 然后预测：请一个人把区间大声说出来，再往下讲。

# %% slide="subslide" show="output"
ten_of_ten = np.ones(10)
low, high = np.quantile(bootstrap(np.mean, ten_of_ten), [0.025, 0.975])
wilson_low, _ = metrics.proportion_interval(10, 10)
exact_low, _ = metrics.proportion_interval(10, 10, method="exact")
claim("bootstrap, 10 of 10: lower limit", low, equals=1)
claim("Wilson, 10 of 10: lower limit", wilson_low, equals=0.722, within=0.001)
claim("Clopper–Pearson, 10 of 10: lower limit", exact_low, equals=0.692, within=0.001)

# %% [markdown] lang="en" only="slides" slide="fragment"
# - **The bootstrap cannot draw an error that it has never seen.**
# - Ask instead: for which true $p$ would ten of ten be *no surprise*? $0.9^{10} = 0.35$ is none, $0.6^{10} = 0.006$ is one; the line: $p^{10} = 0.025$.

# %% [markdown] lang="zh"
# - **没见过的错误，自助法抽不出来。**
# - 换个问法：真值 $p$ 取哪些值时，十只全中*并不意外*？$0.9^{10} = 0.35$：不意外；$0.6^{10} = 0.006$：意外。界线：$p^{10} = 0.025$。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** From 1 to 1: ten ones, drawn again in any way, are ten ones. Solve the last equation with the room: $p = 0.692$, the limit of Clopper and Pearson above.
#
# **Misconception:** that a narrow interval means a sure result. This one has no width at all, and is wrong unless the truth is exactly 1.

# %% [markdown] lang="zh"
# **1.5 分钟。** 从 1 到 1：十个 1 无论怎么重抽，还是十个 1。和大家一起解最后一个方程：$p = 0.692$，正是上面 Clopper–Pearson 区间的下限。
#
# **常见误解**：以为区间窄就是有把握。这个区间宽度为零；除非真值恰好是 1，否则就错了。

# %% [markdown] lang="en"
# From 1 to 1: ten ones, drawn again in any way, are ten ones. **The bootstrap cannot draw an error that it has never seen.** Two older methods know better. Recall is a share: $k$ of $n$ animals found, $\hat p = k/n$. (So is precision, among the images returned.) Both methods ask: *for which true values $p$ would our $k$ not be a surprise?*
#
# **With small numbers.** Ten of ten were found. If the true recall were 0.9, that would happen with probability $0.9^{10} = 0.35$: no surprise. At 0.8 it is 0.11, at 0.7 it is 0.028, at 0.6 only 0.006: that would be a surprise. Where do we draw the line? At 2.5 %: $p^{10} = 0.025$ gives $p = 0.692$, the limit of Clopper and Pearson printed above.

# %% [markdown] lang="zh"
# 从 1 到 1：十个 1 无论怎么重抽，还是十个 1。**没见过的错误，自助法抽不出来。** 两种更早的方法懂得这一点。查全率是一个比例：$n$ 只动物找到 $k$ 只，$\hat p = k/n$。（查准率也是比例，分母是返回的张数。）两种方法问的都是：*真值 $p$ 取哪些值时，观察到 $k$ 并不令人意外？*
#
# **先用小数目。** 十只动物全都找到了。如果真实的查全率是 0.9，这种情况的概率是 $0.9^{10} = 0.35$：不意外。是 0.8，概率为 0.11；是 0.7，概率为 0.028；是 0.6，只有 0.006：那就令人意外了。界线划在哪里？划在 2.5%：由 $p^{10} = 0.025$ 得 $p = 0.692$，正是上面打印的 Clopper–Pearson 下限。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Wilson's interval

# %% [markdown] lang="zh"
# ## Wilson 区间

# %% [markdown] lang="en" slide="same" take="formula"
# **Clopper and Pearson** (1934) do this for every $k$: they add up the **binomial** probabilities (of finding 0, 1, …, $n$ of $n$ animals when each is found with probability $p$), and exclude $p$ when $k$ or more (or $k$ or fewer) would have a probability below 2.5 %. That can never hold the truth less often than promised, and is therefore wider as a rule. “Exact” is its common name; 95 % is a lower bound of its coverage.
#
# **Wilson** (1927) needs no sum. The **standard error** is the standard deviation of $\hat p$ over many tests, $\sqrt{p(1-p)/n}$: for $p = 0.8$ and $n = 100$ it is $\sqrt{0.16/100} = 0.04$. He calls $k$ no surprise when $\hat p$ lies within $z = 1.96$ standard errors of $p$:
#
# $$|\hat p - p| \le z\sqrt{\frac{p\,(1-p)}{n}}.$$
#
# For ten of ten, $\hat p = 1$, this says $1 - p \le z\sqrt{p(1-p)/10}$; squared and divided by $1 - p$ it becomes $1 - p \le 0.384\,p$, or $p \ge 1/1.384 = 0.722$, as printed. In general the square is a quadratic inequality in $p$, and its two roots are the limits:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}.$$

# %% [markdown] lang="zh"
# **Clopper 和 Pearson**（1934）对每个 $k$ 都这样做：把**二项分布**的概率加起来（每只动物被找到的概率为 $p$ 时，$n$ 只中找到 0、1、……、$n$ 只的概率），如果出现 $k$ 个或更多（或者 $k$ 个或更少）的概率低于 2.5%，就排除这个 $p$。这样，包含真值的机会决不低于所承诺的，区间通常也就更宽。它通常被称为“精确”区间，而 95% 是覆盖率的下界。
#
# **Wilson**（1927）不必求和。**标准误**是许多次测试中 $\hat p$ 的标准差，即 $\sqrt{p(1-p)/n}$：$p = 0.8$、$n = 100$ 时，它是 $\sqrt{0.16/100} = 0.04$。他认为，只要 $\hat p$ 与 $p$ 相差不超过 $z = 1.96$ 个标准误，$k$ 就不算意外：
#
# $$|\hat p - p| \le z\sqrt{\frac{p\,(1-p)}{n}}.$$
#
# 十只全找到时 $\hat p = 1$，上式成为 $1 - p \le z\sqrt{p(1-p)/10}$；两边平方，再除以 $1 - p$，得 $1 - p \le 0.384\,p$，即 $p \ge 1/1.384 = 0.722$，与打印的相同。一般情形下，平方后是关于 $p$ 的二次不等式，两个根就是区间的两端：
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}.$$

# %% [markdown] lang="en" only="slides" slide="same"
# - $\hat p = k/n$: found $k$ of $n$ animals; $p$: the true recall; $z = 1.96$.
# - Squared, a quadratic inequality in $p$: its two roots are the limits.
# - **Clopper–Pearson** adds up binomial probabilities: coverage never below 95 %.

# %% [markdown] lang="zh"
# - $\hat p = k/n$：$n$ 只动物找到 $k$ 只；$p$：真实的查全率；$z = 1.96$。
# - 平方后是关于 $p$ 的二次不等式，两个根就是区间的两端。
# - **Clopper–Pearson** 把二项概率加起来：覆盖率决不低于 95%。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** The first line in words: a result is no surprise when it lies within $z$ standard errors of the truth. The trick is to use the standard error *at $p$*, not at $\hat p$: with $\hat p = 1$ the latter would be 0. Do ten of ten: $1 - p \le 0.384\,p$, hence $p \ge 0.722$.
#
# Precision is a share, too: $n$ is then the number of images returned. Short of time: show the first line only, and say that a function computes the rest.

# %% [markdown] lang="zh"
# **2.5 分钟。** 第一行用话来说：结果与真值相差不超过 $z$ 个标准误，就不意外。诀窍在于标准误用*真值 $p$* 算，不用 $\hat p$ 算：$\hat p = 1$ 时后者等于 0。算十只全中：$1 - p \le 0.384\,p$，所以 $p \ge 0.722$。
#
# 查准率也是比例，这时 $n$ 是返回的张数。时间不够：只讲第一行，其余交给函数去算。

# %% [markdown] lang="en"
# **Exercise ★★ wilson.** Both limits, with $z = 1.959964$ (`stats.norm.ppf(0.975)`).

# %% [markdown] lang="zh"
# **练习 ★★ wilson。** 算出区间的两端，取 $z = 1.959964$（`stats.norm.ppf(0.975)`）。


# %% tags=["exercise"]
def wilson(successes, trials):
    """Lower and upper limit of Wilson's 95 % interval for a proportion."""
    ### BEGIN SOLUTION
    share, z = successes / trials, stats.norm.ppf(0.975)
    centre = share + z**2 / (2 * trials)
    half = z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return (centre - half) / (1 + z**2 / trials), (centre + half) / (1 + z**2 / trials)
    ### END SOLUTION


# %%
check("02.wilson", wilson)

# %% [markdown] lang="en"
# For a share we need no simulation: there are only $n + 1$ possible results $k$, each with its binomial probability. Add up the probabilities of those whose interval holds the truth, and you have the coverage exactly. (The bootstrap of a share draws a binomial number with $\hat p$, so its limits are binomial quantiles.)

# %% [markdown] lang="zh"
# 对于比例不需要模拟：可能的结果只有 $n + 1$ 种，各有其二项概率。把区间包含真值的那些结果的概率加起来，就得到精确的覆盖率。（对比例做自助法，就是以 $\hat p$ 为参数抽二项分布的数，所以区间的两端是二项分布的分位数。）


# %%
def coverage(recall, positives, method):
    """Probability that the 95 % interval from `positives` animals holds the true recall."""
    found = np.arange(positives + 1)
    if method == "bootstrap":
        limits = (
            stats.binom.ppf([[0.025], [0.975]], positives, found / positives) / positives
        )
    else:
        pairs = [metrics.proportion_interval(k, positives, method=method) for k in found]
        limits = np.transpose(pairs)
    # 1e-9: a limit that equals the truth holds it, whatever the last digit says.
    holds = (limits[0] <= recall + 1e-9) & (recall <= limits[1] + 1e-9)
    return stats.binom.pmf(found, positives, recall)[holds].sum()


found = np.random.default_rng(1).binomial(20, 0.9, size=400)  # 400 tests with 20 animals
held = 0
for number, k in enumerate(found):
    resampled = resample_confusion([[0, 0], [20 - k, k]], 400, seed=number)
    low, high = np.quantile(resampled[:, 1, 1] / 20, [0.025, 0.975])
    held += low <= 0.9 <= high
difference = held / 400 - coverage(0.9, 20, "bootstrap")
claim("simulated minus exact coverage", difference, at_least=-0.06, at_most=0.06)
bootstrap_at_10, wilson_at_10, exact_at_10 = (
    coverage(0.9, 10, method) for method in ("bootstrap", "wilson", "exact")
)
claim("bootstrap, 10 animals", bootstrap_at_10, equals=0.65, within=0.001)
claim("Wilson, 10 animals", wilson_at_10, at_least=0.92)
claim("Clopper–Pearson, 10 animals", exact_at_10, at_least=0.95)
claim(
    "bootstrap, 50 animals, true recall 0.98",
    coverage(0.98, 50, "bootstrap"),
    at_most=0.7,
)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## How often does each hold the truth?

# %% [markdown] lang="zh"
# ## 各种区间有多少次包含真值？

# %% slide="same"
positives = (5, 10, 15, 20, 30, 40, 50, 70, 100)
figure, axes = subplots(1, 2, size=(9.4, 3.6), sharey=True)
for axis, recall in zip(axes, (0.9, 0.98), strict=True):
    for method, label, colour, marker in (
        ("bootstrap", "bootstrap", plots.NEGATIVE, "o"),
        ("wilson", "Wilson", plots.POSITIVE, "s"),
        ("exact", "Clopper–Pearson", plots.PRECISION, "^"),
    ):
        shares = [coverage(recall, n, method) for n in positives]
        axis.plot(positives, shares, color=colour, marker=marker, label=label)
    axis.axhline(0.95, color=plots.CHANCE, linestyle=":")
    axis.set(xlabel="positives in the test", title=f"True recall {recall}")
axes[0].set(ylabel="probability to hold the truth", ylim=(0, 1.03))
axes[0].legend(loc="lower right")
show(
    figure,
    "Coverage against the number of positives: the bootstrap falls far below 95 percent when positives are few, Wilson stays near it, Clopper-Pearson above it.",
)

# %% [markdown] lang="en" only="slides" slide="same"
# - **P or R alone**: Wilson, or Clopper–Pearson where the promise must be kept.
# - **F1, AP, differences**: the bootstrap; distrust it with few positives or few errors.

# %% [markdown] lang="zh"
# - **单独的查准率或查全率**：用 Wilson；承诺必须兑现时，用 Clopper–Pearson。
# - **F1、AP、差值**：用自助法；正例少或错误少时，不要太相信它。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Nothing is simulated here: $n + 1$ possible results, each with its binomial probability. Point at the left picture, 10 animals: the bootstrap's “95 %” hold the truth in 65 of 100 cases. Right, true recall 0.98: even 50 animals do not suffice. Wilson swings around the dotted line (it promises an average), Clopper–Pearson stays above.
#
# Why not Wilson for F1? It is no share of a fixed number of trials. Rule of thumb: distrust the bootstrap below thirty images of a class.

# %% [markdown] lang="zh"
# **2 分钟。** 这里没有模拟：可能的结果只有 $n + 1$ 种，各有其二项概率。指左图 10 只动物处：自助法的“95%”区间，100 次里只有 65 次包含真值。右图真实查全率 0.98：五十只动物也不够。Wilson 在虚线上下摆动（它承诺的是平均），Clopper–Pearson 始终在上面。
#
# F1 为什么不能用 Wilson？因为它不是固定次数试验中的比例。经验之谈：某一类不足三十张时，就不要太相信自助法。

# %% [markdown] lang="en"
# With 10 animals and a true recall of 0.9 the bootstrap's “95 %” hold the truth in 65 of 100 cases; with a true recall of 0.98 even fifty animals do not suffice. Wilson's interval swings around 95 % (it promises an average, not a minimum), Clopper–Pearson's stays above. So:
#
# - **P or R alone**: Wilson, or Clopper–Pearson where the promise must be kept. Brown, Cai and DasGupta (2001) compare them. The course's scoreboard uses Wilson.
# - **F1, macro F1, AP, differences**: they are not shares of a fixed number of trials, so the bootstrap. As a rule of thumb, distrust it where a class has fewer than thirty images, or where the errors can be counted on one hand.

# %% [markdown] lang="zh"
# 只有 10 只动物、真实查全率为 0.9 时，自助法的“95%”区间在 100 次中只有 65 次包含真值；真实查全率为 0.98 时，五十只动物也不够。Wilson 区间在 95% 上下摆动（它承诺的是平均，不是下限），Clopper–Pearson 区间始终在 95% 以上。所以：
#
# - **单独的查准率或查全率**：用 Wilson 区间；承诺必须兑现时，用 Clopper–Pearson 区间。Brown、Cai 和 DasGupta（2001）作过比较。课程的记分板用 Wilson 区间。
# - **F1、宏平均 F1、AP，以及差值**：它们不是固定次数试验中的比例，用自助法。经验之谈：如果某一类不足三十张，或者错误屈指可数，就不要太相信它。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Which part of the data may decide?
# - A finder of shirts; a tenth of the garments are shirts.
# - Choose the threshold with the best F1 on $n$ images. Judge it **there**, and on $n$ **others**.
# - The mean difference over 200 draws is the **optimism**.

# %% [markdown] lang="zh"
# ## 哪部分数据可以做决定？
# - 一个衬衫查找器；衬衫占服饰的十分之一。
# - 在 $n$ 张图像上选 F1 最高的阈值；先**在这批上**评判，再**在另外 $n$ 张上**评判。
# - 200 次抽取的平均差，就是**乐观偏差**。

# %% [markdown] lang="en" slide="same" take="predict"
# ## Which part of the data may decide?
# Lesson 01 showed that precision and recall belong to a threshold. So somebody has to choose it. The best F1 over all thresholds *of the test* looks like a fair figure: “that is what the scores can do”. But the threshold has then seen the answers.
#
# We measure what that costs. A finder of shirts scores the 10,000 garments. Draw $n$ images, choose the best threshold on them, and note its F1 *there*; then draw $n$ other images and note its F1 on *those*. The mean difference over 200 draws is the **optimism**.
#
# **Predict first.** For $n$ = 100, 500, 2,000: is the optimism nearer to 0.001, 0.01 or 0.1?

# %% [markdown] lang="zh"
# ## 哪部分数据可以做决定？
# 第 01 课说明了查准率和查全率取决于阈值。所以总得有人来选阈值。*在测试集上*遍历所有阈值得到的最高 F1，看起来很公道：“得分的本事就是这么大。”可是这样选出的阈值已经看过答案了。
#
# 我们来测量代价有多大。一个衬衫查找器给 10 000 张服饰图像打分。抽 $n$ 张，在上面选出最好的阈值，记下它*在这批上*的 F1；再另抽 $n$ 张，记下它*在那批上*的 F1。200 次抽取的平均差，就是**乐观偏差**。
#
# **先预测。** $n$ = 100、500、2000 时，乐观偏差更接近 0.001、0.01，还是 0.1？

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** “The best F1 over all thresholds of the test: that is what the scores can do.” It sounds fair. But the threshold has then seen the answers. Collect a guess for each $n$.

# %% [markdown] lang="zh"
# **1.5 分钟。** “在测试集上遍历所有阈值得到的最高 F1，就是得分的本事。”听起来很公道，可这样选出的阈值已经看过答案了。对每个 $n$ 各收集一个猜测。

# %% slide="subslide" show="output" outputs="1 3"
is_shirt = y_test == FASHION_CLASSES.index("Shirt")
train_shirt = y_train == FASHION_CLASSES.index("Shirt")
shirt_finder = LogisticRegression(max_iter=300, tol=1e-3)
shirt_finder.fit(x_train[:10_000], train_shirt[:10_000])
shirt_scores = shirt_finder.predict_proba(x_test)[:, 1]


def f1_of(labels, returned):
    return 2 * np.sum(labels & returned) / (np.sum(labels) + np.sum(returned))


def own_and_fresh_f1(labels, scores, size, generator):
    """F1 of the threshold chosen on `size` images: on these, and on as many others."""
    order = generator.permutation(len(labels))
    own, fresh = order[:size], order[size : 2 * size]
    threshold, own_f1 = metrics.best_f1_threshold(labels[own], scores[own])
    return own_f1, f1_of(labels[fresh], scores[fresh] >= threshold)


sizes, means, errors = (100, 200, 500, 1_000, 2_000), [], []
for size in sizes:
    generator = np.random.default_rng(size)
    pairs = [own_and_fresh_f1(is_shirt, shirt_scores, size, generator) for _ in range(200)]
    optimism = np.subtract(*np.transpose(pairs))
    means.append(optimism.mean())
    errors.append(optimism.std() / np.sqrt(len(optimism)))
claim("optimism with 100 images", means[0], at_least=0.1)
claim("optimism with 2,000 images, in standard errors", means[-1] / errors[-1], at_least=3)
claim(
    "100 images against 2,000: optimism larger by a factor of",
    means[0] / means[-1],
    at_least=2,
)

# %% slide="same" column="right"
figure, axes = subplots(size=(6.8, 3.4))
axes.errorbar(
    sizes, means, yerr=2 * np.array(errors), fmt="o-", color=plots.NEGATIVE, capsize=3
)
axes.axhline(0, color=plots.CHANCE, linestyle=":")
axes.set(
    xscale="log", xlabel="images on which the threshold is chosen (a tenth are shirts)"
)
axes.set(ylabel="F1 there − F1 on other images")
axes.set_title("A threshold flatters the images that chose it")
axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
axes.minorticks_off()
show(
    figure,
    "Optimism of F1 against the number of images: above a tenth for 100 images, falling towards zero for 2,000, never zero.",
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# **Training** learns, **validation** chooses, the **test** judges, once.

# %% [markdown] lang="zh"
# **训练集**用来学，**验证集**用来选，**测试集**用来评，只评一次。

# %% [markdown] lang="en" slide="notes"
# **2 min.** With ten shirts among a hundred images the promise is at least 0.1 too high; with 2,000 images small, but not zero. Everything that is chosen belongs to validation: the threshold, the model, when to stop.
#
# Ask: does *measuring* improve a recogniser? The article from which this course grew lists measures among the ways to raise precision and recall. The lesson moves the threshold of this finder from 0.5 to the one that validation chose: on the test recall rises by at least 0.1, precision falls by at least 0.03, F1 rises by at least 0.02. The measure helped because it *chose* something; recall was bought with precision.
#
# Break here if the lecture is given in two halves.

# %% [markdown] lang="zh"
# **2 分钟。** 一百张图像里只有十件衬衫时，F1 至少虚高 0.1；有 2000 张时虚高很小，但不是零。凡是要选的，都归验证集管：阈值、模型、何时停止训练。
#
# 提问：*测量*能改进识别器吗？本课程所由来的那篇文章，把评价指标也列为提高查准率和查全率的办法。课文里把这个查找器的阈值从 0.5 改为验证集选出的值：测试集上查全率至少升 0.1，查准率至少降 0.03，F1 至少升 0.02。指标之所以有用，是因为它*选*了东西；查全率是用查准率换来的。
#
# 如果分两次讲，在这里休息。

# %% [markdown] lang="en"
# With ten shirts in a hundred images the self-chosen threshold promises an F1 that is more than 0.1 too high. Twenty times as many images make it small, but not zero. The cure costs nothing but images: **choose on validation, judge on the test.**
#
# **Exercise ★ honest_f1.** Choose among the validation scores the threshold with the best F1 on validation (an image is returned when score ≥ threshold; the package's `metrics.best_f1_threshold` may help), and return it together with its F1 on the test.

# %% [markdown] lang="zh"
# 一百张图像中只有十件衬衫时，自选阈值的 F1 虚高 0.1 以上。图像增至二十倍，虚高变小，但不会是零。补救办法只费图像，不费别的：**在验证集上选，在测试集上评。**
#
# **练习 ★ honest_f1。** 从验证得分中选出在验证集上 F1 最高的阈值（得分 ≥ 阈值就返回；可以用程序包里的 `metrics.best_f1_threshold`），把它连同它在测试集上的 F1 一起返回。


# %% tags=["exercise"]
def honest_f1(validation_labels, validation_scores, test_labels, test_scores):
    """Threshold chosen on validation, and its F1 on the test; labels hold 0 and 1."""
    ### BEGIN SOLUTION
    threshold, _ = metrics.best_f1_threshold(validation_labels, validation_scores)
    return threshold, sklearn.metrics.f1_score(test_labels, test_scores >= threshold)
    ### END SOLUTION


# %%
check("02.honest_f1", honest_f1)

# %% [markdown] lang="en"
# **Does measuring improve a recogniser?** The article that this course grew out of lists evaluation metrics among the ways to raise precision and recall, and never mentions a threshold. Let us see. The scores of the shirt finder stay as they are; only the threshold moves, from 0.5 to the one chosen on 5,000 validation garments, images that did not train it.

# %% [markdown] lang="zh"
# **测量能改进识别器吗？** 本课程由之发展而来的那篇文章，把评价指标也列为提高查准率和查全率的办法，却从头到尾没提阈值。我们来看看：衬衫查找器的得分原封不动，只把阈值从 0.5 改为在 5000 张验证图像上选出的值；这些图像没有参加训练。

# %%
validation = slice(50_000, 55_000)
validation_scores = shirt_finder.predict_proba(x_train[validation])[:, 1]
chosen, _ = metrics.best_f1_threshold(train_shirt[validation], validation_scores)
pairs = {}
for threshold, name in ((0.5, "0.5"), (chosen, "chosen")):
    returned = shirt_scores >= threshold
    p = sklearn.metrics.precision_score(is_shirt, returned)
    r = sklearn.metrics.recall_score(is_shirt, returned)
    pairs[name] = p, r, f1_of(is_shirt, returned)
    print(f"{name:7s}", measured(f"P {p:.3f}  R {r:.3f}  F1 {pairs[name][2]:.3f}"))
before, after = pairs["0.5"], pairs["chosen"]
claim("recall rises by", after[1] - before[1], at_least=0.1)
claim("precision falls by", before[0] - after[0], at_least=0.03)
claim("F1 on the test rises by", after[2] - before[2], at_least=0.02)

# %% [markdown] lang="en"
# Same model, same scores, same AP, two pairs (P, R): **precision and recall belong to an operating point**, and a sentence such as “the network reaches P and R” is incomplete without the threshold. The metric did not raise anything by being computed. It helped because it *chose* something, on validation data, and recall was bought with precision. That is all that a metric can do; the article's advice is right only in this sense.
#
# **A good place for a break.** So far one recogniser was judged: how sure its figures are, and who may choose its threshold. What follows compares two, asks what their probabilities mean, and looks for leaks.

# %% [markdown] lang="zh"
# 同一个模型，同样的得分，同样的 AP，却有两对（P，R）：**查准率和查全率属于一个工作点**；“这个网络的查准率、查全率达到多少”这样的话，不说明阈值就不完整。指标不会因为被算出来就提高什么。它之所以有用，是因为它在验证数据上*选*了东西，而查全率的提高是用查准率换来的。指标能做的仅此而已；文章的建议只有在这个意义上才成立。
#
# **适合休息的地方。** 到这里评判的是一个识别器：它的数有多可信，谁可以选它的阈值。接下来比较两个识别器，追问概率的含义，并寻找泄漏。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Two recognisers, the same images
# We trained a second recogniser of garments, from 3,500 images instead of 10,000. It gets almost one image in a hundred fewer right. With separate intervals the two overlap. Does that mean that we cannot tell?

# %% [markdown] lang="zh"
# ## 两个识别器，同一批图像
# 我们还训练了第二个服饰识别器，只用 3500 张图像而不是 10 000 张。每一百张，它差不多要少判对一张。各自的区间彼此重叠。这是不是说，我们无法分辨？

# %% [markdown] lang="en" only="slides" slide="same"
# > Two recognisers of garments, macro F1 $a$ and $b$ on the same 10,000 images. Their intervals overlap. Does that mean that we cannot tell?

# %% [markdown] lang="zh"
# > 两个服饰识别器，在同样的 10 000 张图像上，宏平均 F1 为 $a$ 和 $b$，各自的区间彼此重叠。这是不是说，我们无法分辨？

# %%
small, large = answers[3_500], answers[10_000]
accuracies = {name: np.mean(answer == y_test) for name, answer in answers.items()}
intervals = {
    name: metrics.proportion_interval(np.sum(answer == y_test), len(y_test))
    for name, answer in answers.items()
}
claim(
    "the larger training set gains",
    accuracies[10_000] - accuracies[3_500],
    at_least=0.004,
    at_most=0.012,
)
overlap = intervals[3_500][1] - intervals[10_000][0]
claim("the two intervals overlap by", overlap, at_least=0)
both_right_or_wrong = np.mean((small == y_test) == (large == y_test))
claim("images that both have right or both wrong", both_right_or_wrong, at_least=0.92)

# %% [markdown] lang="en" slide="fragment" take="formula"
# Each separate interval asks: what if *other images* had been drawn? An easy set lifts both recognisers, a hard one lowers both. What matters for the comparison is only the *difference on each image*, and that is 0 wherever both are right or both wrong.
#
# **With small numbers.** Of 100 images both have 80 right and 14 wrong; two only the first has right, four only the second. Accuracies: 0.82 and 0.84. The difference, 0.02, comes from six images alone; the other 94 may be hard or easy, they add nothing to it. Written with variances, $a$ and $b$ being the figures of the two (the covariance, Cov, is positive where they rise and fall together):
#
# $$\operatorname{Var}(a - b) = \operatorname{Var}(a) + \operatorname{Var}(b) - 2\operatorname{Cov}(a, b).$$
#
# Whoever compares separate intervals forgets the last term. The **paired bootstrap** does not: it draws each image with *both* answers.

# %% [markdown] lang="zh"
# 各自的区间问的是：如果抽到的是*另一批图像*会怎样？容易的一批会把两个识别器都抬高，难的一批会把两个都拉低。比较时要紧的只是*每张图像上的差*，而凡是两者都对或都错的图像，差都是 0。
#
# **先用小数目。** 100 张图像，两者都对的 80 张，都错的 14 张；只有第一个对的 2 张，只有第二个对的 4 张。准确率是 0.82 和 0.84。相差的 0.02 全部来自这六张；其余 94 张难也好，易也好，对差毫无影响。设 $a$、$b$ 是两者的数值，用方差来写（两者同升同降时，协方差 Cov 为正）：
#
# $$\operatorname{Var}(a - b) = \operatorname{Var}(a) + \operatorname{Var}(b) - 2\operatorname{Cov}(a, b).$$
#
# 拿各自的区间作比较，就把最后一项忘了。**成对自助法**没有忘：它抽每张图像时，把*两个*预测一起抽。

# %%
difference = bootstrap(
    lambda truth, one, other: macro_f1(truth, other) - macro_f1(truth, one),
    y_test,
    small,
    large,
)
paired = np.quantile(difference, [0.025, 0.975])
claim("paired interval of the gain in macro F1, lower limit", paired[0], at_least=0.001)

separate = [bootstrap(macro_f1, y_test, answer) for answer in (small, large)]
# Turned round, the resamples of the two have nothing to do with each other.
unpaired = np.quantile(separate[1] - separate[0][::-1], [0.025, 0.975])
claim("the unpaired interval holds 0", bool(unpaired[0] < 0 < unpaired[1]))
narrower = (paired[1] - paired[0]) / (unpaired[1] - unpaired[0])
claim("width in pairs, as a share of the width without", narrower, at_most=0.6)

# %% slide="fragment"
figure, (left, right) = subplots(1, 2, size=(9.4, 2.6), width_ratios=(3, 2))
for place, values in enumerate(separate):
    low, high = np.quantile(values, [0.025, 0.975])
    left.plot([low, high], [place] * 2, color=plots.POSITIVE, linewidth=3)
    left.plot(values.mean(), place, marker="o", color=plots.POSITIVE)
left.set_yticks([0, 1], ["3,500", "10,000"])
left.set(ylim=(-0.6, 1.6), xlabel="macro F1", ylabel="training images")
left.set_title("Apart: the intervals overlap")
for place, (low, high) in enumerate((unpaired, paired)):
    right.plot([low, high], [place] * 2, color=plots.NEGATIVE, linewidth=3)
    right.plot((low + high) / 2, place, marker="s", color=plots.NEGATIVE)
right.axvline(0, color="black", linewidth=1)
right.set_yticks([0, 1], ["unpaired", "paired"])
right.set(ylim=(-0.6, 1.6), xlabel="gain in macro F1", title="In pairs: clearly above 0")
show(
    figure,
    "Left: two overlapping intervals. Right: the interval of the difference, which holds zero when unpaired and lies above zero when paired.",
)

# %% [markdown] lang="en" slide="notes"
# **3 min.** One has learned from 3,500 images, one from 10,000; the second gains between 0.4 and 1.2 points of accuracy. Vote, then the formula: an easy test lifts both, a hard one lowers both, so Cov is positive, and whoever compares separate intervals forgets the last term. Then the picture: the **paired bootstrap** draws each image with *both* answers. On at least 92 % of the images both are right or both wrong: there the difference is 0, however hard the image.
#
# **Misconception:** “the intervals overlap, so the difference is not significant”. Overlap proves nothing when both answered the same images.

# %% [markdown] lang="zh"
# **3 分钟。** 一个用 3500 张图像训练，另一个用 10 000 张；后者的准确率高 0.4 到 1.2 个百分点。先表决，再看公式：容易的测试把两者都抬高，难的把两者都拉低，所以协方差为正；拿各自的区间作比较，就把最后一项忘了。再看图：**成对自助法**抽每张图像时，把*两个*预测一起抽。至少 92% 的图像两者都对或都错，那里的差是 0，图像再难也一样。
#
# **常见误解**：“区间重叠，所以差别不显著。”两者回答的是同一批图像时，重叠什么也证明不了。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## McNemar: only disagreement counts
# - $b$ images only the first has right, $c$ only the second. Were both equally good, each would fall like a coin.
# - **p-value**: the probability that $m$ tosses divide at least as unevenly.

# %% [markdown] lang="zh"
# ## McNemar：只看意见不一的图像
# - 只有第一个判对的 $b$ 张，只有第二个判对的 $c$ 张。两者若一样好，就像抛硬币。
# - **p 值**：抛 $m$ 次，两边至少这样悬殊的概率。

# %% [markdown] lang="en" slide="same" take="formula"
# **McNemar's test** (1947) says the same for accuracy in one line. Let $b$ be the number of images that only the first recogniser has right, $c$ those that only the second has right. If both were equally good, each of these $b + c$ images would have fallen to either side like a coin. The **p-value** is the probability that $b + c$ tosses divide at least as unevenly as ours.
#
# **With small numbers.** $b = 1$ and $c = 6$: seven tosses, $2^7 = 128$ equally likely sequences. All on one side: 1 sequence; all but one: 7. Both sides together: 16 of 128, $p = 0.125$. One against six is not yet surprising. In general ($\binom{m}{i}$ says in how many ways $i$ of $m$ tosses can fall to one side)
#
# $$p = \sum_{i\,:\,\binom{m}{i} \le \binom{m}{b}} \binom{m}{i}\, 2^{-m}, \qquad m = b + c.$$
#
# Images that both have right, or both wrong, do not enter. (Dietterich (1998) recommends the test where each model can be trained only once. The textbook form with $\chi^2$ approximates this sum.)

# %% [markdown] lang="zh"
# **McNemar 检验**（1947）用一行就能对准确率说出同样的话。设 $b$ 是只有第一个识别器判对的图像数，$c$ 是只有第二个判对的图像数。如果两者一样好，这 $b + c$ 张图像落在哪一边，就像抛硬币。**p 值**是抛 $b + c$ 次时，两边悬殊的程度不亚于我们所见的概率。
#
# **先用小数目。** $b = 1$、$c = 6$：抛七次，共有 $2^7 = 128$ 种同样可能的结果。全落在一边的有 1 种，只有一次例外的有 7 种；两边合起来是 128 种中的 16 种，$p = 0.125$。一比六还不算令人意外。一般地（$\binom{m}{i}$ 是 $m$ 次中恰有 $i$ 次落在同一边的方式数）
#
# $$p = \sum_{i\,:\,\binom{m}{i} \le \binom{m}{b}} \binom{m}{i}\, 2^{-m}, \qquad m = b + c.$$
#
# 两者都判对或都判错的图像不参与。（Dietterich（1998）推荐在每个模型只能训练一次时用它。教科书上带 $\chi^2$ 的形式是这个和的近似。）

# %% [markdown] lang="en"
# **Exercise ★★ mcnemar_p_value.** `stats.binomtest(b, b + c, 0.5).pvalue` does the sum. What should be returned when $b + c = 0$?

# %% [markdown] lang="zh"
# **练习 ★★ mcnemar_p_value。** `stats.binomtest(b, b + c, 0.5).pvalue` 会求这个和。$b + c = 0$ 时应该返回什么？


# %% tags=["exercise"]
def mcnemar_p_value(labels, first, second):
    """p-value of McNemar's exact test; all three arrays (n,) hold classes."""
    ### BEGIN SOLUTION
    only_first = int(np.sum((first == labels) & (second != labels)))
    only_second = int(np.sum((first != labels) & (second == labels)))
    if only_first + only_second == 0:
        return 1.0  # no difference at all is no surprise
    return stats.binomtest(only_first, only_first + only_second, 0.5).pvalue
    ### END SOLUTION


# %%
check("02.mcnemar_p_value", mcnemar_p_value)

# %% slide="fragment" show="output" outputs="2 3 4"
garments = metrics.mcnemar(y_test, small, large)
print(
    "garments", measured(f"only 3,500 right {garments[0]}, only 10,000 right {garments[1]}")
)
claim("p-value, garments", garments.p_value, at_most=0.01)

animals = metrics.mcnemar(labels, decisions["grey"], decisions["colour"])
print("animals", measured(f"only grey right {animals[0]}, only colour right {animals[1]}"))
claim("p-value, grey or colour", animals.p_value, at_least=0.1)


def gain_in_f1(labels, one, other):
    return sklearn.metrics.f1_score(labels, other) - sklearn.metrics.f1_score(labels, one)


f1_gains = bootstrap(
    gain_in_f1, labels, decisions["grey"], decisions["colour"], resamples=500
)
low, high = np.quantile(f1_gains, [0.025, 0.975])
print("gain by colour", measured(f"F1 interval {low:+.3f} to {high:+.3f}"))
claim("the interval of the gain holds 0", bool(low < 0 < high))

# %% [markdown] lang="en" only="slides" slide="fragment"
# Colour or grey: we **cannot tell**. That is not “they are equal”.

# %% [markdown] lang="zh"
# 彩色还是灰度：我们**无法分辨**。这不等于“两者相等”。

# %% [markdown] lang="en" slide="notes"
# **3 min.** Small numbers on the board: $b = 1$, $c = 6$, seven tosses, 128 sequences; all on one side or all but one: 16 of them, $p = 0.125$. One against six is not yet a surprise. Images that both have right, or both wrong, do not enter.
#
# Then the claims: garments first, then the question of slide 2, against the vote on the board.
#
# **Misconceptions:** a large p-value shows equality (it may be a small test); a small one shows a *large* difference (it shows that there is one). Twenty comparisons between equals give about one “p < 0.05”.

# %% [markdown] lang="zh"
# **3 分钟。** 在黑板上算小数目：$b = 1$、$c = 6$，抛七次，128 种结果；全在一边或只有一次例外的有 16 种，$p = 0.125$。一比六还不算意外。两者都对或都错的图像不参与。
#
# 然后看断言：先看服饰，再看第 2 张的问题，与黑板上的票数对照。
#
# **常见误解**：p 值大就是相等（也许只是测试太小）；p 值小就是差别*大*（它只说明有差别）。在同样好的识别器之间比二十次，大约会碰上一次“p < 0.05”。

# %% [markdown] lang="en"
# So our first question is answered: on the garments ten thousand images show a difference of less than one point; on the photographs we **cannot tell**. That is not “they are equal”: the interval allows for a gain of several points, and for a loss.
#
# Two cautions. A small p-value says that a difference *exists*, not that it is large. And whoever makes twenty comparisons between equals must expect about one “p < 0.05” by chance alone: the more you compare, the stricter you must be.

# %% [markdown] lang="zh"
# 开头的问题有了答案：在服饰上，一万张图像显示出不到一个百分点的差别；在照片上，我们**无法分辨**。这不等于“两者相等”：这个区间既容得下几个百分点的提高，也容得下几个百分点的下降。
#
# 有两点要小心。p 值小，说明差别*存在*，并不说明差别大。另外，在同样好的识别器之间比上二十次，单凭偶然就大约会碰上一次“p < 0.05”：比得越多，标准就要越严。

# %% [markdown] lang="en"
# ## Another seed
# All that was about the *test*. But training rolls dice, too: where the weights start, in which order the images come. Train a small network six times, with nothing changed but the seed. (Lesson 04 explains the network; here it is a box that turns 196 dots into ten numbers.)
#
# **Predict first.** Which is larger: the variation from six seeds, or the standard error $\sqrt{a(1-a)/n}$ of an accuracy $a$ measured on $n$ = 10,000 images?

# %% [markdown] lang="zh"
# ## 换一个随机种子
# 以上说的都是*测试*。训练也要掷骰子：权重从哪里出发，图像按什么次序到来。把一个小网络训练六次，除随机种子外一切不变。（网络在第 04 课讲解；这里只把它当作一个盒子，输入 196 个点，输出十个数。）
#
# **先预测。** 哪一个更大：六个种子之间的变动，还是在 $n$ = 10 000 张图像上测得的准确率 $a$ 的标准误 $\sqrt{a(1-a)/n}$？

# %%
import keras


def train_network(seed):
    """A network that has seen the first 2,000 garments 25 times: far too often, as we shall see."""
    keras.utils.set_random_seed(seed)
    network = keras.Sequential(
        [
            keras.Input((196,)),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    network.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=20,  # the same arithmetic, called less often
    )
    network.fit(x_train[:2_000], y_train[:2_000], batch_size=100, epochs=25, verbose=0)
    return network


seed_accuracies = []
for seed in range(6):
    network = train_network(seed)
    logits = network(x_test).numpy()  # (10000, 10)
    seed_accuracies.append(np.mean(logits.argmax(axis=1) == y_test))
accuracy, seed_spread = np.mean(seed_accuracies), np.std(seed_accuracies, ddof=1)
print(measured("six accuracies: " + "  ".join(f"{value:.3f}" for value in seed_accuracies)))
claim("standard deviation over seeds", seed_spread, at_least=0.001, at_most=0.02)
low, high = seed_spread * np.sqrt(5 / stats.chi2.ppf([0.975, 0.025], 5))
print("its 95 % interval", measured(f"{low:.4f} to {high:.4f}"))

# %%
sizes = np.geomspace(50, 20_000, 50)
standard_error = np.sqrt(accuracy * (1 - accuracy) / sizes)
figure, axes = subplots(size=(6.8, 3.4))
axes.loglog(sizes, standard_error, color=plots.POSITIVE, label="drawing of the test images")
axes.axhline(
    seed_spread, color=plots.NEGATIVE, linestyle="--", label="seed of the training"
)
axes.set(xlabel="images in the test", ylabel="standard deviation of accuracy")
axes.set_title("A larger test cures one variation, not the other")
axes.set_xticks([100, 1_000, 10_000], ["100", "1,000", "10,000"])
axes.set_yticks([0.003, 0.01, 0.03, 0.06], ["0.003", "0.01", "0.03", "0.06"])
axes.minorticks_off()
axes.legend()
show(
    figure,
    "The standard error of the test falls with the square root of its size; the variation over seeds is a horizontal line.",
)
at_159 = np.sqrt(accuracy * (1 - accuracy) / 159)
claim(
    "on 159 images: test variation over seed variation", at_159 / seed_spread, at_least=1.5
)

# %% [markdown] lang="en"
# On a small test the drawing of images dominates. On 10,000 images both are of one size, and more test images would not help: they cannot make six trainings alike. So there are two claims, and they need two kinds of evidence:
#
# - *This trained recogniser is better than that one*: paired bootstrap or McNemar, on one test.
# - *This way of training is better than that one*: several seeds of each (and, best, several training sets).
#
# Reporting the best of six seeds is choosing on the test. And a spread from six values is itself rough, as its interval, printed above, shows (for values that scatter like a bell).

# %% [markdown] lang="zh"
# 测试集小时，抽取图像带来的变动占主导。有 10 000 张图像时，两者大小相当，再增加测试图像也无济于事：它不能让六次训练变得一样。所以，有两种不同的断言，需要两种证据：
#
# - *这个训练好的识别器胜过那个*：在同一个测试集上用成对自助法或 McNemar 检验。
# - *这种训练方法胜过那种*：两种方法各用几个随机种子（最好还换几个训练集）。
#
# 报告六个种子中最好的一个，就是拿测试集做选择。另外，由六个值算出的标准差本身就很粗略，看看上面打印的它的区间便知（假定这些值呈钟形分布）。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Does 0.9 mean nine in ten?
# A recogniser is **calibrated** when, of all images to which it gives confidence 0.9, nine in ten are right; likewise for every other number. The network that we trained last turns its ten numbers, the **logits**, into probabilities by softmax (lesson 03 explains it); its **confidence** is the largest of them.
#
# A **reliability diagram** sorts the images into $B$ bins by confidence and compares, in each bin, the mean confidence with the share that is right. The **expected calibration error** is the mean gap.
#
# **With small numbers.** Ten images with confidence about 0.9, of which 8 are right: gap 0.1. Ten with confidence about 0.6, of which 6 are right: gap 0. Mean gap: $\frac{10}{20}\cdot 0.1 + \frac{10}{20}\cdot 0 = 0.05$. With $n_b$ of $n$ images in bin $b$ (Guo et al. 2017):
#
# $$\mathrm{ECE} = \sum_{b=1}^{B} \frac{n_b}{n}\,\bigl|\,\text{share right}_b - \text{mean confidence}_b\,\bigr|.$$

# %% [markdown] lang="zh"
# ## 0.9 真的是十次对九次吗？
# 如果在识别器给出置信度 0.9 的所有图像中，恰有九成是对的，其他数值也同样如此，就说它是**校准**的。我们最后训练的那个网络，用 softmax（第 03 课讲解）把它的十个数（**logit**）变成概率，其中最大的就是它的**置信度**。
#
# **可靠性图**按置信度把图像分进 $B$ 个箱，比较每个箱内的平均置信度与判对的比例。**期望校准误差**是差距的平均。
#
# **先用小数目。** 十张置信度约为 0.9，其中 8 张判对：差距 0.1。另外十张置信度约为 0.6，其中 6 张判对：差距 0。平均差距为 $\frac{10}{20}\cdot 0.1 + \frac{10}{20}\cdot 0 = 0.05$。设第 $b$ 箱有 $n_b$ 张（共 $n$ 张），则（Guo 等 2017）：
#
# $$\mathrm{ECE} = \sum_{b=1}^{B} \frac{n_b}{n}\,\bigl|\,\text{判对的比例}_b - \text{平均置信度}_b\,\bigr|.$$

# %% [markdown] lang="en" only="slides" slide="same"
# - **Calibrated:** of the images with confidence 0.9, nine in ten are right.
# - $n$ images in $B$ bins by confidence, $n_b$ of them in bin $b$.
# - Ten at 0.9, 8 right; ten at 0.6, 6 right: $\mathrm{ECE} = \frac{10}{20}\cdot 0.1 + \frac{10}{20}\cdot 0 = 0.05$.

# %% [markdown] lang="zh"
# - **校准**：置信度 0.9 的图像，恰有九成是对的。
# - $n$ 张图像按置信度分进 $B$ 个箱，第 $b$ 箱有 $n_b$ 张。
# - 十张 0.9，8 张对；十张 0.6，6 张对：$\mathrm{ECE} = \frac{10}{20}\cdot 0.1 + \frac{10}{20}\cdot 0 = 0.05$。

# %% slide="fragment" show="output" outputs="1"
probabilities = metrics.softmax_temperature(logits)  # (10000, 10), softmax in float64
confidence = probabilities.max(axis=1)
is_right = probabilities.argmax(axis=1) == y_test
claim(
    "mean confidence exceeds the share right by",
    confidence.mean() - is_right.mean(),
    at_least=0.04,
)
error = metrics.expected_calibration_error(confidence, is_right)
claim("expected calibration error, 15 bins", error, at_least=0.04)

# %% [markdown] lang="en" slide="notes"
# **2 min.** A new subject: not *how many* are right, but whether the recogniser knows how sure it may be. Confidence is the largest of ten probabilities. This network has seen its 2,000 training garments 25 times, and believes itself too much.
#
# ECE is the **expected calibration error**, the mean gap. It is not 0 even for a calibrated recogniser: chance deviations do not cancel in absolute values. So compare two ECEs only with the same bins and the same number of images.

# %% [markdown] lang="zh"
# **2 分钟。** 换个话题：不问*多少*是对的，而问识别器是否知道自己有几分把握。置信度是十个概率中最大的那个。这个网络把 2000 张训练图像看了 25 遍，过于自信。
#
# ECE 是**期望校准误差**，即差距的平均。即使识别器是校准的，它也不是 0：偶然的偏差取了绝对值，不会相互抵消。所以只有箱数相同、图像数相同，两个 ECE 才能比较。

# %% [markdown] lang="en"
# **Exercise ★★ calibration_error.** ECE with `bins` bins of equal width: bin $b = 1, \dots, B$ holds $(b-1)/B <$ probability $\le b/B$, and 0 belongs to the first. Empty bins count nothing. (`metrics.reliability(probabilities, correct, bins)` returns mean confidence, share right and number of images of every bin.)

# %% [markdown] lang="zh"
# **练习 ★★ calibration_error。** 用 `bins` 个等宽的箱算出 ECE：第 $b$ 箱（$b = 1, \dots, B$）收 $(b-1)/B <$ 概率 $\le b/B$ 的图像，0 归入第一箱；空箱不计。（`metrics.reliability(probabilities, correct, bins)` 返回每个箱的平均置信度、判对的比例和图像数。）


# %% tags=["exercise"]
def calibration_error(probabilities, correct, bins):
    """Expected calibration error; probabilities (n,), correct (n,) 1 where right, else 0."""
    ### BEGIN SOLUTION
    confidence, share, count = metrics.reliability(probabilities, correct, bins)
    filled = count > 0
    gaps = np.abs(share - confidence)[filled]
    return np.sum(count[filled] * gaps) / len(correct)
    ### END SOLUTION


# %%
check("02.calibration_error", calibration_error)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## One number repairs it
# Divide all logits $z_j$ by one number $T$, the **temperature**, before the softmax. $T > 1$: less sure. $T$ is chosen on **validation** images.

# %% [markdown] lang="zh"
# ## 一个数就能修好
# 在 softmax 之前，把所有 logit $z_j$ 除以同一个数 $T$（**温度**）。$T > 1$ 时不那么自信。$T$ 在**验证**图像上选。

# %% [markdown] lang="en" slide="same" take="formula predict"
# ## One number repairs it
# The network has seen its 2,000 garments too often and believes itself too much. **Temperature scaling** (Guo et al. 2017) divides all logits $z$ by one positive number $T$ before the softmax:
#
# $$q_j = \frac{e^{z_j/T}}{\sum_{i} e^{z_i/T}}.$$
#
# **With small numbers.** Two classes with logits 2 and 0: at $T = 1$ the first has probability $e^2/(e^2 + 1) = 0.88$, at $T = 2$ only $e/(e + 1) = 0.73$, at $T = \frac12$ even 0.98. So $T > 1$ makes it less sure, $T < 1$ surer; the largest stays the largest.
#
# $T$ is chosen on *validation* images such that the true classes become as probable as possible: it minimises the mean of $-\ln q_{\text{true class}}$, the **negative log-likelihood** (lesson 03 calls it cross-entropy). As a function of $1/T$ that mean is convex: a valley with one bottom.
#
# **Predict first.** Which of these change on the test: accuracy, precision and recall of each class, the negative log-likelihood, the ECE?

# %% [markdown] lang="zh"
# ## 一个数就能修好
# 这个网络把那 2000 张服饰看得太多遍，过于自信。**温度缩放**（Guo 等 2017）在 softmax 之前把所有 logit $z$ 除以同一个正数 $T$：
#
# $$q_j = \frac{e^{z_j/T}}{\sum_{i} e^{z_i/T}}.$$
#
# **先用小数目。** 两个类别，logit 为 2 和 0：$T = 1$ 时第一类的概率是 $e^2/(e^2 + 1) = 0.88$，$T = 2$ 时只有 $e/(e + 1) = 0.73$，$T = \frac12$ 时则为 0.98。可见 $T > 1$ 使它不那么自信，$T < 1$ 使它更自信；最大的仍是最大的。
#
# $T$ 在*验证*图像上选，使真实类别的概率尽可能大：让 $-\ln q_{\text{真实类别}}$ 的平均值（**负对数似然**，第 03 课称为交叉熵）最小。它是 $1/T$ 的凸函数：像山谷，谷底只有一个。
#
# **先预测。** 在测试集上，下面哪些会变：准确率、各类的查准率和查全率、负对数似然、ECE？

# %% [markdown] lang="en" slide="notes"
# **2 min.** Two classes with logits 2 and 0: at $T = 1$ the first has 0.88, at $T = 2$ only 0.73. Negative log-likelihood is the mean of $-\ln q_{\text{true class}}$; lesson 03 calls it cross-entropy. Go through the list, hands up for each.
#
# **Misconception:** that repairing the probabilities must repair some answers.

# %% [markdown] lang="zh"
# **2 分钟。** 两个类别，logit 为 2 和 0：$T = 1$ 时第一类是 0.88，$T = 2$ 时只有 0.73。负对数似然是 $-\ln q_{\text{真实类别}}$ 的平均值，第 03 课称为交叉熵。逐项请大家举手。
#
# **常见误解**：以为概率修好了，总有些预测也会跟着变对。

# %% slide="subslide" show="output" outputs="2 5"
validation_logits = network(x_train[validation]).numpy()  # (5000, 10)
temperature = metrics.fit_temperature(validation_logits, y_train[validation])
softened = metrics.softmax_temperature(logits, temperature)
claim("temperature", temperature, at_least=1.2)
changed = np.sum(softened.argmax(axis=1) != probabilities.argmax(axis=1))
claim("answers that change", changed, equals=0)

losses = [sklearn.metrics.log_loss(y_test, values) for values in (probabilities, softened)]
claim("negative log-likelihood falls by", losses[0] - losses[1], at_least=0.02)
repaired = metrics.expected_calibration_error(softened.max(axis=1), is_right)
print("ECE", measured(f"before {error:.3f}, after {repaired:.3f}"))
claim("ECE after, as a share of before", repaired / error, at_most=0.6)

# %% slide="same"
figure, axes = subplots(1, 2, size=(8.4, 3.8), sharey=True)
for axis, values, title in (
    (axes[0], probabilities, "Before: surer than right"),
    (axes[1], softened, "After one number: near the diagonal"),
):
    said, happened, count = metrics.reliability(values.max(axis=1), is_right, bins=10)
    enough = count >= 20  # fewer images say nothing
    axis.plot([0, 1], [0, 1], color=plots.CHANCE, linestyle=":", label="calibrated")
    axis.plot(said[enough], happened[enough], "o-", color=plots.POSITIVE, label="network")
    axis.bar(
        said[enough], count[enough] / count.sum(), width=0.05, color=plots.F1, alpha=0.6
    )
    axis.set(xlabel="mean confidence of the bin", xlim=(0, 1), ylim=(0, 1), title=title)
axes[0].set_ylabel("share right (line), of images (bars)")
axes[0].legend(loc="upper left")
show(
    figure,
    "Reliability diagrams before and after temperature scaling: first the line runs below the diagonal, then close to it.",
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** The largest logit stays the largest: accuracy, precision and recall do not move at all; negative log-likelihood and ECE do. Point at the line below the diagonal (surer than right), then at the bars: most images sat in the last bin.
#
# What for? As soon as a threshold, a cost or a person depends on the number. One gift: for calibrated probabilities F1's best threshold is half the best F1. Why: F1 is a ratio of the form $2\,\mathrm{TP}$ over (returned + wanted); one more image with probability $p$ adds $2p$ above and 1 below, which helps exactly when $2p > F$.

# %% [markdown] lang="zh"
# **1.5 分钟。** 最大的 logit 仍是最大的：准确率、查准率、查全率纹丝不动，变的是负对数似然和 ECE。指出对角线下方的折线（自信超过正确），再看柱子：多数图像原来都挤在最后一箱。
#
# 有什么用？一旦有阈值、代价或人要依据这个数，就有用。还有一个意外的好处：对校准的概率，F1 的最佳阈值是最高 F1 的一半。理由：F1 等于 $2\,\mathrm{TP}$ 除以（返回数 + 正例数）；再添一张概率为 $p$ 的图像，分子加 $2p$，分母加 1，当且仅当 $2p > F$ 时有好处。

# %% [markdown] lang="en"
# Accuracy, precision and recall do not move at all: every answer is the same. What improves is the *meaning of the numbers*, which is what you need as soon as a threshold, a cost or a person depends on them.
#
# **A caveat about ECE.** Take a recogniser that *is* calibrated (we draw “right” and “wrong” by the coin of its own confidence), and compute its ECE:

# %% [markdown] lang="zh"
# 准确率、查准率和查全率纹丝不动：每个预测都没变。改进的是*数字的含义*；一旦有阈值、代价或人要依据这些数字，需要的正是这个。
#
# **关于 ECE 要当心的一点。** 取一个*确实*校准的识别器（按它自己的置信度抛硬币，决定“对”还是“错”），算算它的 ECE：

# %%
generator = np.random.default_rng(0)
sure = softened.max(axis=1)
perfect = {}
for images, bins in ((100, 15), (1_000, 5), (1_000, 15), (1_000, 50), (10_000, 15)):
    errors = []
    for _ in range(50):
        drawn = generator.choice(sure, size=images)
        happened = generator.uniform(size=images) < drawn
        errors.append(metrics.expected_calibration_error(drawn, happened, bins))
    perfect[images, bins] = np.mean(errors)
    print(f"{images:6d} images, {bins:2d} bins", measured(f"ECE {np.mean(errors):.3f}"))
claim("ECE of a calibrated recogniser, 100 images", perfect[100, 15], at_least=0.04)
claim(
    "50 bins against 5, ECE larger by a factor of",
    perfect[1_000, 50] / perfect[1_000, 5],
    at_least=1.5,
)

# %% [markdown] lang="en"
# Not 0: absolute values of chance deviations do not cancel. So ECE needs many images, and two ECEs may be compared only with the same bins and the same number of images. ECE also looks at the winning class alone; the probability of one particular class may be badly off all the same, as the next section shows.

# %% [markdown] lang="zh"
# 不是 0：偶然的偏差取了绝对值，就不会相互抵消。所以 ECE 需要很多图像；两个 ECE 只有在箱数相同、图像数相同时才能比较。另外，ECE 只看得胜的那一类；某一个类别的概率可能仍然错得厉害，下一节就是一例。

# %% [markdown] lang="en"
# ## The best threshold for F1 is F*/2
# Suppose the probabilities are calibrated. Which images should be returned to make F1 as large as possible? Count with expectations: an image returned adds its probability to the true positives, on average.
#
# **With small numbers.** Three images with probabilities 0.9, 0.6 and 0.3: we expect $0.9 + 0.6 + 0.3 = 1.8$ positives. F1 is twice the true positives over images returned plus positives:
#
# | returned | F1 of the expected counts |
# | --- | --- |
# | the first | $2\cdot 0.9/(1 + 1.8) = 0.64$ |
# | the first two | $2\cdot 1.5/(2 + 1.8) = 0.79$ |
# | all three | $2\cdot 1.8/(3 + 1.8) = 0.75$ |
#
# Two is best, with 0.79. Half of that is 0.39: 0.6 lies above it and is in, 0.3 lies below and is out. That is no accident.

# %% [markdown] lang="zh"
# ## F1 的最佳阈值是 F*/2
# 假设概率是校准的。返回哪些图像，才能使 F1 最大？用期望来计数：每返回一张图像，真正例平均增加它的概率那么多。
#
# **先用小数目。** 三张图像，概率为 0.9、0.6 和 0.3：正例的期望个数是 $0.9 + 0.6 + 0.3 = 1.8$。F1 等于真正例的两倍除以返回数与正例数之和：
#
# | 返回 | 期望计数的 F1 |
# | --- | --- |
# | 第一张 | $2\cdot 0.9/(1 + 1.8) = 0.64$ |
# | 前两张 | $2\cdot 1.5/(2 + 1.8) = 0.79$ |
# | 三张全部 | $2\cdot 1.8/(3 + 1.8) = 0.75$ |
#
# 两张最好，为 0.79。它的一半是 0.39：0.6 在它之上，在内；0.3 在它之下，在外。这不是巧合。

# %% [markdown] lang="en"
# With $p_i$ the probability of image $i$, $S$ the set returned, $|S|$ its size, and $W = \sum_i p_i$ the expected number of positives among *all* images,
#
# $$F(S) = \frac{2\sum_{i\in S} p_i}{|S| + W}.$$
#
# Add one more image with probability $p$: the numerator grows by $2p$, the denominator by 1. A fraction $a/b$ grows when what is added has the larger ratio: $\frac{a + 2p}{b + 1} > \frac ab$ exactly when $2p > \frac ab$. So adding helps exactly when $p > F/2$. At the optimum, with value $F^*$, nothing helps any more: *everything above $F^*/2$ is in, everything below is out*. **The best threshold is half the best F1** (Lipton, Elkan & Narayanaswamy 2014), never above ½.
#
# What this is and is not: $F$ is a ratio of expected counts. The expected F1 of a small test is something slightly different; for a large population the two agree. And it needs calibrated $p$.

# %% [markdown] lang="zh"
# 设 $p_i$ 为图像 $i$ 的概率，$S$ 为返回的图像，$|S|$ 为其张数，$W = \sum_i p_i$ 为*全部*图像中正例的期望个数，则
#
# $$F(S) = \frac{2\sum_{i\in S} p_i}{|S| + W}.$$
#
# 再添一张概率为 $p$ 的图像：分子增加 $2p$，分母增加 1。要使分数 $a/b$ 变大，添上去的部分的比值必须更大：$\frac{a + 2p}{b + 1} > \frac ab$ 当且仅当 $2p > \frac ab$。所以，当且仅当 $p > F/2$ 时，添上才有好处。到了最优处，设其值为 $F^*$，再添再减都没有好处：*高于 $F^*/2$ 的都在内，低于的都在外*。**最佳阈值是最高 F1 的一半**（Lipton、Elkan & Narayanaswamy 2014），决不会超过 ½。
#
# 要说清楚它是什么、不是什么：$F$ 是期望计数之比。小测试的 F1 的期望与它略有不同；总体很大时，两者一致。而且，它要求 $p$ 是校准的。

# %% [markdown] lang="en"
# **Exercise ★★★ best_expected_f1.** From calibrated probabilities alone, without a single label: return $F^*$, the largest $F(S)$, and the threshold $F^*/2$. (Return the 1, 2, 3, … most probable images; `np.cumsum` helps.)

# %% [markdown] lang="zh"
# **练习 ★★★ best_expected_f1。** 只凭校准的概率，不用任何标签：返回最大的 $F(S)$，即 $F^*$，以及阈值 $F^*/2$。（依次返回概率最高的 1、2、3……张图像；`np.cumsum` 会有帮助。）


# %% tags=["exercise"]
def best_expected_f1(probabilities):
    """F* and the threshold F*/2 for calibrated probabilities (n,)."""
    ### BEGIN SOLUTION
    ranked = np.sort(probabilities)[::-1]
    returned = np.arange(1, len(ranked) + 1)
    best = np.max(2 * np.cumsum(ranked) / (returned + ranked.sum()))
    return best, best / 2
    ### END SOLUTION


# %%
check("02.best_expected_f1", best_expected_f1)

# %% [markdown] lang="en"
# Now on data. Shirts are one garment in ten. A common remedy lets each shirt count as nine others in training (`class_weight="balanced"`). That is useful, but the scores then live in a world where half of the garments are shirts: the odds $p/(1-p)$ are nine times too large (a true $p = 0.1$ has odds $\frac19$; nine times that is 1, which reads as $p = 0.5$), so the logit $z = \ln\frac{p}{1-p}$ too large by about $\ln 9 \approx 2.2$.
#
# A temperature alone cannot shift it back. **Platt scaling** (1999) has one number more: $q = \sigma(az + b)$, with the sigmoid $\sigma(t) = 1/(1+e^{-t})$; a logistic regression on the single number $z$, fitted on validation. (For two classes temperature scaling is the case $b = 0$, $a = 1/T$.)
#
# **Predict first.** What will $b$ be? Will the threshold $F^*/2$ be right before Platt scaling? After?

# %% [markdown] lang="zh"
# 现在用数据来看。衬衫占服饰的十分之一。一种常用的补救办法，是训练时让每件衬衫抵九件其他服饰（`class_weight="balanced"`）。这有用处，但得分就此活在一个“一半都是衬衫”的世界里：几率 $p/(1-p)$ 是应有值的九倍（真实的 $p = 0.1$，几率是 $\frac19$；九倍是 1，读出来就是 $p = 0.5$），于是 logit $z = \ln\frac{p}{1-p}$ 大了约 $\ln 9 \approx 2.2$。
#
# 单靠温度不能把它移回来。**Platt 缩放**（1999）多一个数：$q = \sigma(az + b)$，其中 $\sigma(t) = 1/(1+e^{-t})$ 是 sigmoid 函数；也就是以单个数 $z$ 为输入、在验证集上拟合的逻辑回归。（对于两个类别，温度缩放就是 $b = 0$、$a = 1/T$ 的情形。）
#
# **先预测。** $b$ 会是多少？Platt 缩放之前，$F^*/2$ 这个阈值对不对？之后呢？

# %%
balanced = LogisticRegression(class_weight="balanced", max_iter=300, tol=1e-3)
balanced.fit(x_train[:10_000], train_shirt[:10_000])
z_validation = balanced.decision_function(x_train[validation])[:, np.newaxis]  # (5000, 1)
z_test = balanced.decision_function(x_test)[:, np.newaxis]  # (10000, 1)
platt = LogisticRegression(C=1e6).fit(z_validation, train_shirt[validation])
shift = platt.intercept_[0]
claim("b of Platt scaling", shift, equals=-np.log(9), within=0.5)

before = balanced.predict_proba(x_test)[:, 1]
after = platt.predict_proba(z_test)[:, 1]
rules, losses, misses = {}, {}, {}
for name, values, judged in (
    ("before", balanced.predict_proba(x_train[validation])[:, 1], before),
    ("after", platt.predict_proba(z_validation)[:, 1], after),
):
    _, best_on_validation = metrics.best_f1_threshold(train_shirt[validation], values)
    rules[name] = best_on_validation / 2  # F*/2
    best_threshold, best_f1 = metrics.best_f1_threshold(is_shirt, judged)
    misses[name] = abs(best_threshold - rules[name])
    losses[name] = best_f1 - f1_of(is_shirt, judged >= rules[name])
claim("before: F*/2 misses the best threshold by", misses["before"], at_least=0.3)
claim("after: F*/2 misses it by", misses["after"], at_most=0.12)
claim("before: the rule costs in F1", losses["before"], at_least=0.08)
claim("after: the rule costs in F1", losses["after"], at_most=0.03)

# %%
thresholds = np.linspace(0.01, 0.99, 99)
figure, axes = subplots(size=(7.2, 3.8))
for name, values, colour, style in (
    ("before", before, plots.NEGATIVE, "--"),
    ("after", after, plots.POSITIVE, "-"),
):
    curve = [f1_of(is_shirt, values >= threshold) for threshold in thresholds]
    axes.plot(
        thresholds, curve, color=colour, linestyle=style, label=f"{name} Platt scaling"
    )
    best = int(np.argmax(curve))
    axes.plot(thresholds[best], curve[best], marker="v", markersize=10, color=colour)
axes.axvline(rules["after"], color="black", linewidth=1, label="F*/2")
axes.set(xlabel="threshold", ylabel="F1 on the test")
axes.set_title("F*/2 finds the top only where the scores are calibrated")
axes.legend(loc="lower left")
show(
    figure,
    "F1 against the threshold: before calibration the top lies far right of F*/2, after calibration close to it.",
)
expected = {
    name: metrics.expected_f1(v).max() for name, v in (("before", before), ("after", after))
}
actual = metrics.best_f1_threshold(is_shirt, after)[1]
claim(
    "before, the scores promise too much F1, by", expected["before"] - actual, at_least=0.1
)
claim("after, promise and truth differ by", abs(expected["after"] - actual), at_most=0.06)

# %% [markdown] lang="en"
# (Triangles mark the best thresholds. Platt scaling only stretches the threshold axis, since it keeps the order of the scores: the two tops are equally high.) Calibrated scores even promise the right F1 *without any label* – the sum of the formula above – while the uncalibrated promise far too much.

# %% [markdown] lang="zh"
# （三角标出最佳阈值。Platt 缩放保持得分的次序，只是拉伸了阈值轴，所以两条曲线的顶一样高。）校准过的得分甚至*不用任何标签*就能预告正确的 F1（用上面的公式求和），而未校准的得分预告的 F1 则高得离谱。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Leakage: the test has been seen
# - **copies**: mirrored and shifted first, split *afterwards*
# - **groups**: near-duplicates fall on both sides
# - **selection**: 20 of 5,000 columns of noise picked by *all* labels
# - **scaling**: mean and standard deviation of *all* photographs

# %% [markdown] lang="zh"
# ## 数据泄漏：测试已经被看过
# - **副本**（copies）：先翻转、平移，后划分
# - **组**（groups）：近似重复的照片分落两边
# - **选特征**（selection）：按全部标签从 5000 列噪声中挑 20 列
# - **标准化**（scaling）：用全部照片的均值和标准差

# %% [markdown] lang="en" slide="same" take="predict"
# ## Leakage: the test has been seen
# **Leakage** is when information about the test reaches the training, or the choice of anything (Kaufman et al. 2012). The figures then look splendid, and no one gets them again. Kapoor and Narayanan (2023) find it in the literature of seventeen fields. We build four leaks and measure each against its honest twin, on half of the photographs after learning from the other half:
#
# - **copies**: each photograph is mirrored and shifted by one dot (four versions), *then* all are split at random. Honest: split first.
# - **groups**: near-duplicates, such as two coins of a series, fall on both sides. Honest: a group stays together.
# - **selection**: 20 of 5,000 numbers are picked because they go with the labels, *of all photographs*. The numbers are pure noise. Honest: pick on the training half.
# - **scaling**: mean and standard deviation are taken from all photographs. Honest: from the training half.
#
# **Predict first.** Order the four by how much they add to precision and recall.

# %% [markdown] lang="zh"
# ## 数据泄漏：测试已经被看过
# **数据泄漏**，是指有关测试的信息传到了训练中，或者传到了任何一项选择中（Kaufman 等 2012）。于是数字很漂亮，却再也没人能重现。Kapoor 和 Narayanan（2023）在十七个领域的文献中都发现了它。我们造四处泄漏，各与诚实的做法对照；从一半照片中学习，在另一半上评判：
#
# - **副本**（copies）：每张照片左右翻转、平移一个点（共四个版本），*然后*全部随机划分。诚实的做法：先划分。
# - **组**（groups）：近似重复的照片，例如同一系列的两枚硬币，分落两边。诚实的做法：同组不分开。
# - **选特征**（selection）：从 5000 个数中挑 20 个，因为它们与*全部照片*的标签有关。这些数纯属噪声。诚实的做法：只用训练那一半来挑。
# - **标准化**（scaling）：用全部照片算均值和标准差。诚实的做法：只用训练那一半来算。
#
# **先预测。** 按给查准率和查全率添了多少水分，给这四种排个序。

# %%
from imgrec_course.paths import DATA

animal = photos.animal.astype(int)  # (318,)
with (DATA / "photos" / "selection.csv").open(encoding="utf-8", newline="") as file:
    group_of = {row["file"]: row["group"] for row in csv.DictReader(file)}
groups = np.array([group_of[name] for name in photos.files])
members = {group: np.sum(groups == group) for group in set(groups)}
claim(
    "photographs that have a near-duplicate",
    sum(count for count in members.values() if count > 1),
    equals=56,
)
flat = dots.reshape(len(dots), -1)  # (318, 588)


def judge(model, x, y, learn, test):
    """Precision and recall on the rows `test` of a model that learned from the rows `learn`."""
    answer = model.fit(x[learn], y[learn]).predict(x[test])
    p = sklearn.metrics.precision_score(y[test], answer, zero_division=0)
    return p, sklearn.metrics.recall_score(y[test], answer)


def halves(splitter, **arguments):
    """Twenty random splits in two halves."""
    return splitter(20, test_size=0.5, random_state=0).split(animal, **arguments)


nearest = KNeighborsClassifier(1)  # answers with the label of the most similar photograph
versions = np.stack(
    [dots, dots[:, :, ::-1], np.roll(dots, 1, axis=1), np.roll(dots, 1, axis=2)],
    axis=1,
).reshape(4 * len(dots), -1)  # rows 4 i to 4 i + 3 belong to photograph i
owner = np.repeat(np.arange(len(dots)), 4)

# %%
cheating, honest = {}, {}
any_rows = ShuffleSplit(20, test_size=0.5, random_state=0).split(owner)
cheating["copies"] = [judge(nearest, versions, animal[owner], *rows) for rows in any_rows]
honest["copies"] = [
    judge(nearest, versions, animal[owner], np.isin(owner, learn), np.isin(owner, test))
    for learn, test in halves(GroupShuffleSplit, groups=groups)
]
cheating["groups"] = [judge(nearest, flat, animal, *rows) for rows in halves(ShuffleSplit)]
honest["groups"] = [
    judge(nearest, flat, animal, *rows) for rows in halves(GroupShuffleSplit, groups=groups)
]

for name in ("selection", "scaling"):
    cheating[name], honest[name] = [], []
    for seed, (learn, test) in enumerate(halves(GroupShuffleSplit, groups=groups)):
        if name == "selection":
            x = np.random.default_rng(seed).normal(size=(len(animal), 5_000))
            step, finder = SelectKBest(k=20), LogisticRegression()
        else:
            x, step, finder = (
                flat,
                StandardScaler(),
                LogisticRegression(C=0.01, max_iter=2000),
            )
        # The leak: the step sees all rows of x and of `animal`, those of the test as well.
        seen_by_all = step.fit_transform(x, animal)
        cheating[name].append(judge(finder, seen_by_all, animal, learn, test))
        honest[name].append(judge(make_pipeline(step, finder), x, animal, learn, test))

# %% slide="fragment" outputs="1"
mean = {
    name: (np.mean(honest[name], axis=0), np.mean(cheating[name], axis=0))
    for name in honest
}
figure, axes = subplots(1, 2, size=(9.0, 3.0), sharey=True)
for column, (axis, quantity) in enumerate(zip(axes, ("precision", "recall"), strict=True)):
    for place, (truthful, leaky) in enumerate(mean.values()):
        pair = truthful[column], leaky[column]
        axis.plot(pair, [place] * 2, color=plots.CHANCE, linewidth=1)
        axis.plot(
            pair[0], place, "o", color=plots.POSITIVE, label="honest" if not place else None
        )
        axis.plot(
            pair[1], place, "X", color=plots.NEGATIVE, label="leak" if not place else None
        )
    axis.axvline(animal.mean(), color=plots.CHANCE, linestyle=":", label="share of animals")
    axis.set(ylim=(3.5, -0.5), xlabel=f"{quantity}, mean of 20 splits", xlim=(0.2, 1))
axes[0].set_yticks(range(4), list(mean), fontsize=10)
axes[0].set_title("Copies and selection deceive; scaling does not")
axes[1].legend(loc="lower right", fontsize=8)
show(
    figure,
    "Precision and recall with and without four leaks: large gaps for copies and for selection on noise, almost none for groups and scaling.",
)
inflation = {name: leaky - truthful for name, (truthful, leaky) in mean.items()}
claim("copies add to precision", inflation["copies"][0], at_least=0.07)
claim("copies add to recall", inflation["copies"][1], at_least=0.04)
claim(
    "selection finds animals in noise, with precision",
    mean["selection"][1][0],
    at_least=0.55,
)
claim("honest selection from noise, precision", mean["selection"][0][0], at_most=0.45)
claim("scaling adds to P or R", np.abs(inflation["scaling"]).max(), at_most=0.03)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Let them order the four; then the picture (circle: honest, cross: with the leak). *Copies*: the nearest neighbour of a test photograph is another version of itself, at least 0.07 of precision for nothing; augmentation belongs after the split. *Selection* finds animals in pure noise with precision of at least 0.55; honestly at most 0.45, about the share of animals. *Groups* matter little here, because only 56 of 318 photographs have a near-duplicate; *scaling* adds at most 0.03. Still wrong, and a pipeline makes it right at no cost.
#
# **Misconception:** that only training on test images is leakage. Every step that looks at labels is training. (And a *shortcut* in the pictures, such as sharpness, is no leak: no honest split removes it. The lesson's last part shows one.)

# %% [markdown] lang="zh"
# **2.5 分钟。** 请大家排序，再出图（圆点：诚实；叉：有泄漏）。*副本*：测试照片的最近邻是它自己的另一个版本，查准率白白多出至少 0.07；数据增强要放在划分之后。*选特征*在纯噪声里“找到”动物，查准率至少 0.55；诚实的做法至多 0.45，接近动物的占比。*组*在这里影响很小，因为 318 张照片中只有 56 张有近似重复；*标准化*至多差 0.03，但仍是错的，用流水线（pipeline）就能做对，毫不费事。
#
# **常见误解**：以为只有拿测试图像来训练才算泄漏。凡是看标签的步骤都是训练。（图像里的*捷径*，例如清晰度，则不是泄漏：怎样诚实地划分也去不掉。课文最后一部分有一例。）

# %% [markdown] lang="en"
# - **Copies** turn a mediocre finder into a good one: the nearest neighbour of a test photograph is another version of itself. Augmentation (lesson 05) belongs *after* the split, into the training part.
# - **Selection** conjures precision out of noise. Among 5,000 random columns some go with the labels by chance, with those of the test as well; a step that looks at labels is training.
# - **Groups** change little *here*: only 56 of 318 photographs have a near-duplicate. That is a fact about this collection, not a licence.
# - **Scaling** on everything made no difference that we could measure. It is still wrong, and a pipeline makes it right at no cost. Not every leak hurts; you know which only after measuring.

# %% [markdown] lang="zh"
# - **副本**把平庸的查找器变成了好的：测试照片的最近邻，就是它自己的另一个版本。数据增强（第 05 课）应该在划分*之后*进行，只用在训练部分。
# - **选特征**从噪声里变出了查准率。5000 列随机数中，总有一些碰巧与标签有关，与测试的标签也有关；凡是看标签的步骤，都是训练。
# - **组**在*这里*影响很小：318 张照片中只有 56 张有近似重复。这是这个图库的情况，不等于可以放任。
# - **标准化**用上全部数据，没有造成我们测得出的差别。它仍然是错的，而用流水线（pipeline）就能做对，毫不费事。并非每处泄漏都有害；是哪一处，测过才知道。

# %% [markdown] lang="en"
# ## A shortcut is not a leak
# Our photographs hold another trap. The things were stamped smaller than the animals and had to be enlarged for this collection, so they look softer (the data's README says so). Sharpness alone should then tell animals from things. We measure **relative sharpness**: the finest detail inside the outline *divided by* detail twice as coarse (its logarithm). Enlarging takes away the finest detail first, while a picture rich in detail of every size gains nothing from it. (Lesson 05 has a simpler measure: fine detail alone, divided by nothing.)

# %% [markdown] lang="zh"
# ## 捷径不是泄漏
# 我们的照片里还藏着另一个陷阱。物品的原图比动物的小，收进图库时放大过，所以看起来更模糊（数据的 README 有说明）。那么，单凭清晰度就应该能分辨动物和物品。我们测量的是**相对清晰度**：轮廓之内最细的细节*除以*粗一倍的细节（再取对数）。放大首先丢掉最细的细节；而各种粗细的细节都丰富的图像，并不因此占便宜。（第 05 课的量法更简单：只看细的细节，不除以什么。）

# %%
greys = photos.images.astype(np.float32).mean(axis=3)  # (318, 224, 224)
# Well inside the outline: nothing white within six pixels
inside = ndimage.maximum_filter(greys, size=(1, 13, 13)) < 245


def detail(pictures, mask):
    """Mean of |4 · pixel − the sum of its four neighbours| inside the mask."""
    centre = 4 * pictures[:, 1:-1, 1:-1]
    around = pictures[:, :-2, 1:-1] + pictures[:, 2:, 1:-1]
    around = around + pictures[:, 1:-1, :-2] + pictures[:, 1:-1, 2:]
    total = (np.abs(centre - around) * mask[:, 1:-1, 1:-1]).sum(axis=(1, 2))
    return total / np.maximum(mask.sum(axis=(1, 2)), 1)


def relative_sharpness(pictures):
    """(n,) logarithm of fine detail over detail of the picture at half size."""
    half = pictures.reshape(-1, 112, 2, 112, 2).mean(axis=(2, 4))
    return np.log(
        (detail(pictures, inside) + 0.01) / (detail(half, inside[:, ::2, ::2]) + 0.01)
    )


sharp = relative_sharpness(greys)
area = sklearn.metrics.roc_auc_score(animal, sharp)
claim("ROC area of relative sharpness alone", area, equals=0.76, within=0.02)

# %% [markdown] lang="en"
# A single number that knows nothing about animals ranks them far better than chance (0.5). Is it a leak? Ask two questions of each:
#
# 1. *Split honestly, by groups, again and again.* A leak shrinks. Does this?
# 2. *Change the pictures*: blur them all a little, so that all are equally soft; the animals stay recognisable. Does the area fall?

# %% [markdown] lang="zh"
# 一个对动物一无所知的数，排起序来却比瞎猜（0.5）好得多。这是泄漏吗？对两者各问两个问题：
#
# 1. *按组诚实地划分，一遍又一遍*。泄漏的水分会挤掉，这个呢？
# 2. *改动图像*：把所有照片都稍稍模糊，使它们同样柔和，而动物仍然认得出来。曲线下面积会下降吗？

# %%
areas = [
    sklearn.metrics.roc_auc_score(animal[test], sharp[test])
    for _, test in halves(GroupShuffleSplit, groups=groups)
]
claim("mean area over honest splits", np.mean(areas), at_least=0.7)

blurred = ndimage.gaussian_filter(photos.images.astype(np.float32), (0, 2, 2, 0))
blurred_area = sklearn.metrics.roc_auc_score(
    animal, relative_sharpness(blurred.mean(axis=3))
)
claim("area after blurring all alike", blurred_area, at_least=0.42, at_most=0.6)

# Does the thumbnail finder take this shortcut? Blur what it has to judge.
rows = blurred.reshape(-1, 14, 16, 14, 16, 3).mean(axis=(2, 4)).reshape(len(flat), -1) / 255
finder = LogisticRegression(C=0.1, max_iter=2000).fit(flat[train], animal[train])
ap_sharp, ap_soft = (
    sklearn.metrics.average_precision_score(labels, finder.predict_proba(x[unseen])[:, 1])
    for x in (flat, rows)
)
claim("blurring moves the thumbnail finder's AP by", abs(ap_sharp - ap_soft), at_most=0.03)

# %%
by_sharpness = np.argsort(sharp)
ends = np.concatenate([by_sharpness[:6], by_sharpness[-6:]])
show(
    plots.photo_grid(
        photos.images[ends],
        ["soft"] * 6 + ["sharp"] * 6,
        columns=6,
        edges=[plots.POSITIVE if animal[i] else plots.NEGATIVE for i in ends],
    ),
    "Six of the softest photographs and the six sharpest; most of the soft ones show things, most of the sharp ones animals.",
    photographs=True,
)

# %% [markdown] lang="en"
# | | leak | shortcut |
# | --- | --- | --- |
# | where it sits | in the *split* or the procedure | in the *pictures*, training and test alike |
# | an honest split of the same data | lowers the figure | changes nothing |
# | changing the pictures | – | lowers the figure |
# | what it breaks | the figure is wrong even for this kind of picture | the figure is right here, and wrong for pictures from elsewhere |
#
# So no test from the same collection can expose a shortcut; you need to *change* something, or to test on pictures of another origin. And that a shortcut *exists* does not mean that a model *takes* it: the thumbnail finder, which averages over 16 × 16 pixels, cannot. (Nor can we say how much of the 0.76 is enlargement, and how much is fur and feathers. Lesson 06 looks into models with a cue that we plant ourselves.)

# %% [markdown] lang="zh"
# | | 泄漏 | 捷径 |
# | --- | --- | --- |
# | 在哪里 | 在*划分*或流程里 | 在*图像*里，训练和测试都有 |
# | 对同样的数据诚实地划分 | 数字下降 | 毫无变化 |
# | 改动图像 | – | 数字下降 |
# | 坏在哪里 | 即使对这一类图像，数字也是错的 | 数字在这里是对的，换了来源就错了 |
#
# 所以，出自同一图库的测试揭不穿捷径；必须*改动*什么，或者用另一来源的图像来测试。而且，捷径*存在*不等于模型*走*了捷径：缩略图查找器把 16 × 16 个像素平均掉了，想走也走不了。（我们也说不清，这 0.76 有多少来自放大，有多少来自毛皮和羽毛。第 06 课会用我们自己埋下的线索，看看模型里面。）

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The scoreboard
# Now done properly: the thumbnail finder's threshold is chosen on the 63 validation photographs and judged by the 96 test photographs alone. The shirt finder is calibrated on validation and uses its $F^*/2$ from there. Compare the F1 that the validation photographs promise with that of the test.

# %% [markdown] lang="zh"
# ## 记分板
# 现在按规矩来：缩略图查找器的阈值在 63 张验证照片上选，只用 96 张测试照片评判。衬衫查找器在验证集上校准，并使用在那里得到的 $F^*/2$。请比较：验证照片预告的 F1，与测试的 F1。

# %% [markdown] lang="en" only="slides" slide="same"
# Threshold chosen on **63 validation** photographs, judged by **96 test** photographs alone:

# %% [markdown] lang="zh"
# 阈值在 **63 张验证**照片上选，只用 **96 张测试**照片评判：

# %% slide="same" show="output" outputs="1 2 3 4"
in_validation = photos.split[unseen] == "validation"
chosen, promised = metrics.best_f1_threshold(
    labels[in_validation], scores["colour"][in_validation]
)
test_labels, test_scores = labels[~in_validation], scores["colour"][~in_validation]
finder_row = scoreboard.record(
    "thumbnail finder, threshold from validation",
    "96 photographs, animal or not",
    test_labels,
    test_scores >= chosen,
    test_scores,
)
shirt_row = scoreboard.record(
    "shirt finder, calibrated, threshold F*/2",
    "10,000 garments, shirt or not",
    is_shirt,
    after >= rules["after"],
    after,
)
print("F1", measured(f"promised by validation {promised:.3f}, test {finder_row['f1']:.3f}"))
width = {
    name: row["recall_interval"][1] - row["recall_interval"][0]
    for name, row in (("photographs", finder_row), ("garments", shirt_row))
}
claim(
    "recall's interval: photographs over garments",
    width["photographs"] / width["garments"],
    at_least=2.5,
)

# %% [markdown] lang="en" slide="notes"
# **1 min.** Compare the F1 that validation promised with the F1 of the test: optimism, and luck. In the table: precision and recall, each with Wilson's interval. The last line: recall's interval on the photographs is at least 2.5 times as wide as on the 10,000 garments. A figure without its interval hides that.

# %% [markdown] lang="zh"
# **1 分钟。** 比较验证照片预告的 F1 与测试的 F1：其中有乐观偏差，也有运气。表中是查准率和查全率，各带 Wilson 区间。最后一行：照片上查全率的区间，至少是一万张服饰图像上的 2.5 倍宽。不给区间，就把这一点藏起来了。

# %% [markdown] lang="en" slide="slide"
# ## What to take along
# 1. A figure without an interval is an anecdote: Wilson for P and R, the bootstrap for F1 and AP; with few positives or few errors distrust the bootstrap.
# 2. Two recognisers on the same images are compared in pairs. Overlapping intervals prove nothing; another seed is another question.
# 3. Training learns, validation chooses, the test judges, once. A threshold chosen on the test flatters, the more the smaller it is.
# 4. Calibration changes no answer, only what the numbers mean. For calibrated scores F1's best threshold is F*/2.
# 5. Leakage is cured by an honest split, a shortcut is not: change the pictures, or take others.
#
# **A misconception to leave behind:** “The 95 % interval is right in 95 of 100 cases, whatever I put in.” With ten positives and no error the bootstrap says “from 1 to 1”, and is wrong unless the truth is exactly 1.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 没有区间的数只能算孤例：P 和 R 用 Wilson 区间，F1 和 AP 用自助法；正例少或错误少时，不要相信自助法。
# 2. 在同一批图像上比较两个识别器，要成对地比。区间重叠什么也证明不了；换随机种子是另一个问题。
# 3. 训练集用来学，验证集用来选，测试集用来评，只评一次。在测试集上选阈值会虚高，测试集越小，虚高越多。
# 4. 校准不改变任何预测，只改变数字的含义。对校准的得分，F1 的最佳阈值是 F*/2。
# 5. 泄漏靠诚实的划分来治；捷径治不了：要改动图像，或者换别的图像。
#
# **要纠正的误解**：“95% 区间，不管拿什么去算，100 次里总有 95 次是对的。”只有十个正例、一个错误也没有时，自助法说“从 1 到 1”；除非真值恰好是 1，否则就错了。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Read the misconception first and let the room say what is wrong with it; then one line each. Lines 2 (seeds) and 5 (shortcut) go further than this lecture: they are in the lesson, as are six exercises. Back to the vote of slide 2: an honest answer is “with 159 photographs nobody can know”.

# %% [markdown] lang="zh"
# **1.5 分钟。** 先读误解，请大家说它错在哪里；再一行一句。第 2 行（随机种子）和第 5 行（捷径）比本讲走得更远，课文里有，还有六道练习。回到第 2 张的表决，诚实的回答是：“只有 159 张照片，谁也无从知道。”

# %% [markdown] lang="en"
# ## References
# - [@wilson1927probable]
# - [@clopper1934use]
# - [@mcnemar1947note]
# - [@efron1993introduction]
# - [@dietterich1998approximate]
# - [@platt1999probabilistic]
# - [@brown2001interval]
# - [@kaufman2012leakage]
# - [@lipton2014thresholding]
# - [@guo2017calibration]
# - [@kapoor2023leakage]
#
# **Next:** lesson 03 takes the network apart: convolution, pooling, softmax and loss, by hand.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@wilson1927probable]
# - [@clopper1934use]
# - [@mcnemar1947note]
# - [@efron1993introduction]
# - [@dietterich1998approximate]
# - [@platt1999probabilistic]
# - [@brown2001interval]
# - [@kaufman2012leakage]
# - [@lipton2014thresholding]
# - [@guo2017calibration]
# - [@kapoor2023leakage]
#
# **下一课**：第 03 课把网络拆开，亲手做一遍卷积、汇聚、softmax 和损失。
