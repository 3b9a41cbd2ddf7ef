# %% [markdown] lang="en" slide="slide" take="heading"
# # 01 · Precision and recall
#
# **After this lesson you can** count the four outcomes of a decision; compute precision, recall and F with and without a library; draw a precision–recall curve and say what its area means; tell how precision changes with prevalence; average over classes in three ways; measure a search by P@k, R@k and mAP.
#
# **You need** lesson 00; fractions; NumPy arrays (`array.sum()`, comparisons).
#
# **Time** 90 minutes, exercises included (a good place for a break: before “Ten classes, three averages”); the machine needs about half a minute.

# %% [markdown] lang="zh"
# # 01 · 查准率与查全率
#
# **学完本课，你能够**：数清一次判断的四种结果；用库或不用库算出查准率、查全率和 F 分数；画出查准率–查全率曲线，并说出曲线下面积的含义；说明正例占比如何左右查准率；用三种方式对多个类别求平均；用 P@k、R@k 和 mAP 衡量检索的好坏。
#
# **预备知识**：第 00 课；分数运算；NumPy 数组（`array.sum()`、比较运算）。
#
# **时间**：90 分钟，含练习（适合中途休息的地方：“十个类别，三种平均”之前）；机器运行约半分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# How precise is a finder, how complete – and what decides it?

# %% [markdown] lang="zh"
# 查找器有多准、多全？由什么决定？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Lesson 00 in one sentence each: of what it returned, how much was right; of what was right, how much did it return. Today: four outcomes, two measures, one curve, and the one thing about precision that surprises everybody.
#
# This lecture covers the lesson without its exercises; they take another hour, alone or in a tutorial.

# %% [markdown] lang="zh"
# **1 分钟。** 用两句话回顾第 00 课：返回的里面有多少是对的；该返回的返回了多少。今天讲四种结果、两个指标、一条曲线，以及查准率最出人意料的一点。
#
# 本讲不包括练习；练习另需一小时，可以自己做，也可以放在习题课。

# %%
import numpy as np
import sklearn.metrics
from sklearn.linear_model import LogisticRegression

from imgrec_course import metrics, plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.plots import show, subplots

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A finder that errs
# An archive of photographs: which ones show an animal? Our first **finder** is deliberately simple. It sees each photograph only as a thumbnail of 14 × 14 coloured dots and gives it a **score** between 0 and 1: the higher, the surer it is of an animal. (It is a logistic regression, a single layer of weights. Lesson 03 opens it up; here only its scores matter.)
#
# It has learned from one half of the photographs. We judge it by the other half, which it has never seen.

# %% [markdown] lang="zh"
# ## 一个会出错的查找器
# 有一个照片库，哪些照片上有动物？我们的第一个**查找器**故意做得很简单：每张照片在它眼里只是一幅由 14 × 14 个彩色点组成的缩略图。它给每张照片一个 0 到 1 之间的**得分**：得分越高，越确信有动物。（它是逻辑回归，只有一层权重；第 03 课会把它拆开来看，这里只关心它的得分。）
#
# 它从一半照片中学习；我们用它从未见过的另一半来评判它。

# %%
from imgrec_course.datasets.photos import load_photos

photos = load_photos()
train, unseen = photos.split == "train", photos.split != "train"
images, labels = photos.images[unseen], photos.animal[unseen]  # (n, 224, 224, 3), (n,)


def scores_from(features):
    """Score of every unseen photograph, by a logistic regression on rows of features (n, d)."""
    finder = LogisticRegression(C=0.1, max_iter=2000)
    finder.fit(features[train], photos.animal[train])
    return finder.predict_proba(features[unseen])[:, 1]


# Each dot of a thumbnail is the mean of 16 × 16 pixels.
thumbnails = photos.images.reshape(-1, 14, 16, 14, 16, 3).mean(axis=(2, 4)) / 255
scores = scores_from(thumbnails.reshape(len(thumbnails), -1))
print(
    f"{train.sum()} photographs to learn from, {unseen.sum()} to judge by, {labels.sum()} of them animals"
)

# %% [markdown] lang="en"
# A score is not yet a decision. A **threshold** makes it one: what scores at least 0.5 is *returned*. Here are the twelve photographs with the highest scores. A blue frame and ✓: it is an animal. An orange frame and ✗: it is not.

# %% [markdown] lang="zh"
# 有了得分还不等于作出判断，要靠**阈值**：得分不低于 0.5 的照片才*返回*。下面是得分最高的 12 张。蓝框加 ✓ 表示是动物，橙框加 ✗ 表示不是。

# %% [markdown] lang="en" only="slides" slide="same"
# It sees thumbnails of 14 × 14 dots and gives each photograph a **score**. What scores at least 0.5 is **returned**. The twelve highest:

# %% [markdown] lang="zh"
# 它只看 14 × 14 个彩色点的缩略图，给每张照片一个**得分**，得分不低于 0.5 的就**返回**。得分最高的 12 张：

# %% slide="same"
returned = scores >= 0.5
first = np.argsort(-scores, kind="stable")[:12]
titles = [f"{'✓' if labels[i] else '✗'} {scores[i]:.2f}" for i in first]
edges = [plots.POSITIVE if labels[i] else plots.NEGATIVE for i in first]
show(
    plots.photo_grid(images[first], titles, columns=6, edges=edges),
    "The twelve photographs with the highest scores, each marked as animal or not.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** A deliberately simple finder (logistic regression on 14 × 14 colours), because one that never errs teaches nothing. It learned from one half of the photographs and is judged by the other half. Blue and ✓: an animal; orange and ✗: none. Ask what fools it: it sees colours and rough shapes, nothing else.
#
# **Misconception:** that a score of 0.9 means “90 % sure”. So far it only means “higher than 0.8”; lesson 02 makes it a probability.

# %% [markdown] lang="zh"
# **2 分钟。** 故意用一个简单的查找器（对 14 × 14 个彩色点做逻辑回归）：从不出错的查找器什么也教不了我们。它从一半照片中学习，用另一半来评判。蓝框加 ✓ 是动物，橙框加 ✗ 不是。问一问：是什么骗过了它？它只看得到颜色和大致的形状。
#
# **常见误解**：以为得分 0.9 就是“有九成把握”。目前它只表示“比 0.8 高”；要成为概率，得等到第 02 课的校准。

# %% [markdown] lang="en" slide="slide" take="heading table"
# ## Four ways to end
# Every photograph is an animal or not, and was returned or not. That makes four outcomes:
#
# | | returned | not returned |
# | --- | --- | --- |
# | **is an animal** | true positive, $\mathrm{TP}$ | false negative, $\mathrm{FN}$: missed |
# | **is none** | false positive, $\mathrm{FP}$: false alarm | true negative, $\mathrm{TN}$ |
#
# *True* and *false* say whether the decision was right; *positive* and *negative* say what was decided. The table is the **confusion matrix**. This function counts it (`&` means *and*, `~` means *not*, for each photograph):

# %% [markdown] lang="zh"
# ## 四种结果
# 每张照片要么是动物、要么不是；要么被返回、要么没有。合起来有四种结果：
#
# | | 返回 | 未返回 |
# | --- | --- | --- |
# | **是动物** | 真正例 $\mathrm{TP}$ | 假反例 $\mathrm{FN}$：漏掉了 |
# | **不是动物** | 假正例 $\mathrm{FP}$：误报 | 真反例 $\mathrm{TN}$ |
#
# “真”“假”说的是判断对不对，“正”“反”说的是判成了什么。这张表就是**混淆矩阵**。下面的函数统计这四个数（`&` 表示“且”，`~` 表示“非”，逐张照片进行）：

# %% [markdown] lang="en" only="slides" slide="same"
# *True*, *false*: was the decision right? *Positive*, *negative*: what was decided?

# %% [markdown] lang="zh"
# “真”“假”：判断对不对？“正”“反”：判成了什么？

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let the room fill the table before you show it: two yes-or-no questions make four outcomes. Then one photograph for each cell; a missed animal is the one they get wrong.
#
# **Misconception:** that a false negative is “a negative that is wrong”, hence something that was returned. Read it backwards: it was *decided* negative, and that was *false*.

# %% [markdown] lang="zh"
# **2 分钟。** 先让大家自己填表再展示：两个“是或否”的问题，得到四种结果。然后每格举一张照片为例；最容易弄错的是漏掉的动物。
#
# **常见误解**：以为“假反例”是“不是动物却被返回的”。要倒过来读：它被*判为*反例，而这个判断是*假*的。

# %% source="imgrec_course.scratch.counting.confusion_counts" slide="subslide" show="code"

# %% slide="same" show="output"
true_positive, false_positive, false_negative, true_negative = confusion_counts(
    labels, returned
)
print(
    measured(
        f"TP {true_positive}, FP {false_positive}, FN {false_negative}, TN {true_negative}"
    )
)

# Rows: truth, columns: decision
by_scikit_learn = sklearn.metrics.confusion_matrix(labels, returned)
ours = [[true_negative, false_positive], [false_negative, true_positive]]
claim("our counts are scikit-learn's", np.array_equal(ours, by_scikit_learn))

# %% [markdown] lang="en" slide="notes"
# **1 min.** Four lines of counting, held against scikit-learn. Say the four numbers of this finder aloud; we use them on the next slide.

# %% [markdown] lang="zh"
# **1 分钟。** 四行计数，并与 scikit-learn 核对。把这个查找器的四个数念一遍，下一张要用。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Two questions
# Of what came back, how much is right? Of what is right, how much came back?
#
# $$P = \frac{\mathrm{TP}}{\mathrm{TP} + \mathrm{FP}}\quad\text{(precision)}, \qquad R = \frac{\mathrm{TP}}{\mathrm{TP} + \mathrm{FN}}\quad\text{(recall)}.$$
#
# Both have $\mathrm{TP}$ on top. They differ in what they divide by: precision by all that was *returned*, recall by all that was *wanted*. $\mathrm{TN}$ appears in neither: nobody praises a search engine for the billion pages that it rightly did not show.
#
# **When the denominator is 0** there is no answer: nothing was returned, so nothing can be said about how good it is. The honest value is “not a number”, `float('nan')`.

# %% [markdown] lang="zh"
# ## 两个问题
# 返回的里面有多少是对的？该返回的返回了多少？
#
# $$P = \frac{\mathrm{TP}}{\mathrm{TP} + \mathrm{FP}}\quad\text{（查准率）}, \qquad R = \frac{\mathrm{TP}}{\mathrm{TP} + \mathrm{FN}}\quad\text{（查全率）}.$$
#
# 两者的分子都是 $\mathrm{TP}$，区别在分母：查准率的分母是*返回的*总数，查全率的分母是*该返回的*总数。两者都不含 $\mathrm{TN}$：谁也不会因为搜索引擎没有显示那十亿个本不该显示的网页而夸奖它。
#
# **分母为 0 时**没有答案：什么都没返回，也就谈不上返回得好不好。如实的取值是“非数”（NaN），写作 `float('nan')`。

# %% [markdown] lang="en" only="slides" slide="fragment"
# - Both have $\mathrm{TP}$ on top. Precision divides by what was **returned**, recall by what was **wanted**.
# - Nothing to divide by: no value (NaN), not 0 and not 1.
#
# > Why does $\mathrm{TN}$ appear in neither?

# %% [markdown] lang="zh"
# - 两者的分子都是 $\mathrm{TP}$。查准率的分母是**返回的**总数，查全率的分母是**该返回的**总数。
# - 分母为 0：没有值（NaN），既不是 0，也不是 1。
#
# > 为什么两者都不含 $\mathrm{TN}$？

# %% [markdown] lang="en" slide="notes"
# **3 min.** Compute both with the four numbers of the slide before. Then the question: nobody praises a search engine for the billion pages that it rightly did not show; add a billion easy negatives to the archive, and neither measure may move.
#
# **Misconception:** that one can read recall off the list of results. One cannot: what was missed is not on it. Whoever states a recall must have looked at the rest as well.

# %% [markdown] lang="zh"
# **3 分钟。** 用上一张的四个数算出这两个值。然后提问：谁也不会因为搜索引擎没有显示那十亿个本不该显示的网页而夸奖它；往图库里加十亿张毫不相干的照片，两个指标都不该变。
#
# **常见误解**：以为从返回结果里就能看出查全率。看不出来：漏掉的不在其中。要报告查全率，就必须把其余的也看过。

# %% [markdown] lang="en"
# **Exercise ★ precision_and_recall.** Write the two formulas as a function. It returns a pair; where a denominator is 0, that value is `float('nan')`.

# %% [markdown] lang="zh"
# **练习 ★ precision_and_recall。** 把两个公式写成函数，返回一对值；哪个分母为 0，哪个值就取 `float('nan')`。


# %% tags=["exercise"]
def precision_and_recall(true_positive, false_positive, false_negative):
    """Precision and recall from three counts; NaN where there is nothing to divide by."""
    ### BEGIN SOLUTION
    returned = true_positive + false_positive
    wanted = true_positive + false_negative
    precision = true_positive / returned if returned else float("nan")
    recall = true_positive / wanted if wanted else float("nan")
    return precision, recall
    ### END SOLUTION


# %%
check("01.precision_and_recall", precision_and_recall)

# %%
precision = sklearn.metrics.precision_score(labels, returned)
recall = sklearn.metrics.recall_score(labels, returned)
claim("precision of the thumbnail finder", precision, at_least=0.62, at_most=0.76)
claim("recall of the thumbnail finder", recall, at_least=0.62, at_most=0.76)

# %% [markdown] lang="en"
# **Libraries choose a convention.** For a finder that returns nothing scikit-learn says 0 and warns; `zero_division` lets you choose. An average over many classes or queries depends on that choice, so say which one you made. Here three classes, one of which is never returned:

# %% [markdown] lang="zh"
# **库各有约定。** 查找器什么都没返回时，scikit-learn 给出 0 并发出警告；用 `zero_division` 可以自己选择。对许多类别或查询求平均时，结果取决于这一选择，所以报告时要说明。下面有三个类别，其中一个从未被返回：

# %%
truth, answer = [0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 0, 1]  # class 2 is never returned
zero, one, unknown = (
    sklearn.metrics.precision_score(
        truth, answer, average="macro", zero_division=convention
    )
    for convention in (0, 1, np.nan)
)
claim(
    "mean precision of three classes, counting the silent one as 0",
    zero,
    equals=0.444,
    within=0.001,
)
claim("counting it as 1", one, equals=0.778, within=0.001)
claim("leaving it out (NaN)", unknown, equals=0.667, within=0.001)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Accuracy is not precision
# **Accuracy** is the share of all decisions that are right: $A = (\mathrm{TP} + \mathrm{TN}) / n$, with $n$ photographs in all. Everyday English mixes the two words up, and so does the article that this course grew out of, which lists “精确率（accuracy）” among its measures (*jīngquèlǜ*, the word for precision), and elsewhere calls precision and recall “准确率和召回率”, accuracy and recall. They are different numbers. In Chinese: 查准率 (or 精确率) is precision; 准确率 is accuracy.
#
# Why it matters shows when what we look for is rare.
#
# **Predict first.** A “finder” of rodents (the collection counts rabbits among them) returns nothing at all, ever. What is its accuracy? Its recall?

# %% [markdown] lang="zh"
# ## 准确率不是查准率
# **准确率**（又叫精度）是全部判断中正确的比例：$A = (\mathrm{TP} + \mathrm{TN}) / n$，其中 $n$ 是照片总数。日常用语常把这两个词混为一谈；本课程由一篇文章发展而来，那篇文章也是如此，它列出的指标中有“精确率（accuracy）”，别处又把查准率和查全率称为“准确率和召回率”。它们是两个不同的量：查准率又叫精确率，英文是 precision；准确率的英文才是 accuracy。
#
# 要找的东西很稀少时，区别就要紧了。
#
# **先预测。** 有一个找啮齿动物的“查找器”（图库把兔子也归在其中），它从来什么都不返回。它的准确率是多少？查全率呢？

# %% [markdown] lang="en" only="slides" slide="same"
# $$A = \frac{\mathrm{TP} + \mathrm{TN}}{\mathrm{TP} + \mathrm{FP} + \mathrm{FN} + \mathrm{TN}} \quad\text{(accuracy)}$$
#
# **Predict first.** A “finder” of rodents returns nothing at all, ever. What is its accuracy? Its recall?

# %% [markdown] lang="zh"
# $$A = \frac{\mathrm{TP} + \mathrm{TN}}{\mathrm{TP} + \mathrm{FP} + \mathrm{FN} + \mathrm{TN}} \quad\text{（准确率）}$$
#
# **先预测。** 有一个找啮齿动物的“查找器”，它从来什么都不返回。它的准确率是多少？查全率呢？

# %% [markdown] lang="en" slide="notes"
# **2 min.** Everyday language mixes these words up, and so does the article that the course grew out of. In Chinese it is worse still: 准确率 is accuracy, 精确率 is precision; 查准率 cannot be mistaken, which is why the course uses it.
#
# Five of the 159 photographs show a rodent (rabbits included). Take guesses before you go on.

# %% [markdown] lang="zh"
# **2 分钟。** 日常用语常把这几个词混为一谈，本课程所由来的那篇文章也是如此。中文里尤其容易混：准确率是 accuracy，精确率是 precision；“查准率”不会弄错，所以本课程用它。
#
# 159 张照片里有 5 张是啮齿动物（包括兔子）。先收集猜测，再往下讲。

# %% slide="subslide" show="both"
is_rodent = photos.classes[unseen] == "rodent"  # beaver, marmot and three rabbits
nothing = np.zeros(len(is_rodent), dtype=bool)
claim(
    "accuracy of returning nothing",
    np.mean(nothing == is_rodent),
    equals=154 / 159,
    within=1e-9,
)
claim(
    "recall of returning nothing",
    sklearn.metrics.recall_score(is_rodent, nothing),
    equals=0,
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# Look at **precision and recall** whenever classes differ in size, or errors differ in cost.

# %% [markdown] lang="zh"
# 只要各类的数量不等，或两种错误的代价不同，就要看**查准率和查全率**。

# %% [markdown] lang="en" slide="notes"
# **1 min.** 154 of 159 decisions are right, and not one rodent is found. Its precision does not exist: nothing was returned. Ask for examples from their own field: fraud, tumours, faults in production, earthquakes.

# %% [markdown] lang="zh"
# **1 分钟。** 159 次判断有 154 次是对的，却一只啮齿动物也没找到。它的查准率不存在：什么都没返回。请大家从自己的领域举例：欺诈、肿瘤、次品、地震。

# %% [markdown] lang="en"
# More than nine decisions in ten are right, and not one rodent is found. Whoever looks at accuracy alone will call this a good recogniser. **Look at precision and recall whenever the classes differ in size, or when the two kinds of error differ in cost.**

# %% [markdown] lang="zh"
# 十次判断中有九次以上是对的，却一只啮齿动物也没找到。只看准确率，会把它当成好的识别器。**只要各类的数量不等，或两种错误的代价不同，就要看查准率和查全率。**

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## One number from two: F
# To rank models one wants one number. The arithmetic mean is too kind: return *everything*, and recall is 1, the mean at least ½. The **harmonic mean** is pulled towards the smaller of the two (and even so, returning everything is the baseline to beat, not 0):
#
# $$F_1 = \frac{2}{\frac1P + \frac1R} = \frac{2PR}{P + R} = \frac{2\,\mathrm{TP}}{2\,\mathrm{TP} + \mathrm{FP} + \mathrm{FN}}.$$
#
# When recall matters $\beta$ times as much as precision, weigh them (van Rijsbergen 1979):
#
# $$F_\beta = \frac{(1 + \beta^2)\,P R}{\beta^2 P + R} = \frac{(1+\beta^2)\,\mathrm{TP}}{(1+\beta^2)\,\mathrm{TP} + \beta^2 \mathrm{FN} + \mathrm{FP}}.$$
#
# The last form has no problem when $\mathrm{TP} = 0$: it is 0 as long as there is any error at all. $F_2$ suits a search for tumours, $F_{0.5}$ a filter that deletes mail.

# %% [markdown] lang="zh"
# ## 两个数合成一个：F
# 要给模型排名，就希望只有一个数。算术平均太宽容：*全部*返回，查全率就是 1，平均值至少是 ½。**调和平均**则偏向两者中较小的那个（即便如此，要超过的基线也是“全部返回”，而不是 0）：
#
# $$F_1 = \frac{2}{\frac1P + \frac1R} = \frac{2PR}{P + R} = \frac{2\,\mathrm{TP}}{2\,\mathrm{TP} + \mathrm{FP} + \mathrm{FN}}.$$
#
# 如果查全率的重要性是查准率的 $\beta$ 倍，就加权（van Rijsbergen 1979）：
#
# $$F_\beta = \frac{(1 + \beta^2)\,P R}{\beta^2 P + R} = \frac{(1+\beta^2)\,\mathrm{TP}}{(1+\beta^2)\,\mathrm{TP} + \beta^2 \mathrm{FN} + \mathrm{FP}}.$$
#
# 最后一种写法在 $\mathrm{TP} = 0$ 时也没有问题：只要有任何错误，它就是 0。找肿瘤适合用 $F_2$，自动删除邮件的过滤器适合用 $F_{0.5}$。

# %% [markdown] lang="en" only="slides" slide="same"
# - The **harmonic** mean is pulled towards the smaller of the two.
# - $\beta$: recall matters $\beta$ times as much as precision.

# %% [markdown] lang="zh"
# - **调和**平均偏向两者中较小的那个。
# - $\beta$：查全率的重要性是查准率的 $\beta$ 倍。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Why not the arithmetic mean? Return everything: recall is 1, the mean at least ½, for no work at all. Derive the form with counts if there is time; it survives $\mathrm{TP} = 0$, and an exercise asks for it. $F_2$ for tumours, $F_{0.5}$ for a filter that deletes mail.
#
# **Misconception:** that a high F1 is good in itself. Returning everything scores 0.54 here: that is the baseline to beat, not 0.

# %% [markdown] lang="zh"
# **2 分钟。** 为什么不用算术平均？全部返回，查全率就是 1，平均值至少是 ½，毫不费力。有时间就推导一下用计数表示的写法：$\mathrm{TP} = 0$ 时它也成立，有一道练习要用。找肿瘤用 $F_2$，自动删除邮件的过滤器用 $F_{0.5}$。
#
# **常见误解**：以为 F1 高就是好。在这里全部返回也有 0.54：要超过的基线是它，而不是 0。

# %%
everything = np.ones(len(labels), dtype=bool)
mean = (sklearn.metrics.precision_score(labels, everything) + 1) / 2
claim(
    "arithmetic mean of returning everything", mean, equals=(59 / 159 + 1) / 2, within=1e-9
)
claim(
    "F1 of returning everything", sklearn.metrics.f1_score(labels, everything), at_most=0.55
)

f1 = sklearn.metrics.f1_score(labels, returned)
harmonic_mean = 2 * precision * recall / (precision + recall)
claim("F1 differs from the harmonic mean by", abs(f1 - harmonic_mean), at_most=1e-12)

# %% [markdown] lang="en"
# **Exercise ★★ f_beta.** $F_\beta$ from the three counts. (Use the form with counts: it survives $\mathrm{TP} = 0$.)

# %% [markdown] lang="zh"
# **练习 ★★ f_beta。** 由三个计数算出 $F_\beta$。（请用由计数表示的那种写法：$\mathrm{TP} = 0$ 时它也成立。）


# %% tags=["exercise"]
def f_beta(true_positive, false_positive, false_negative, beta):
    """F of the counts; beta > 1 lets recall count more, beta < 1 precision."""
    ### BEGIN SOLUTION
    weight = beta**2
    found = (1 + weight) * true_positive
    return found / (found + weight * false_negative + false_positive)
    ### END SOLUTION


# %%
check("01.f_beta", f_beta)

# %% [markdown] lang="en" slide="slide" take="heading predict"
# ## The threshold decides
# Precision and recall belong to a *decision*, and the threshold makes the decision. The same scores give many pairs.
#
# **Predict first.** We raise the threshold from 0.5 to 0.8: fewer photographs come back. Must precision rise? Must recall fall?

# %% [markdown] lang="zh"
# ## 阈值说了算
# 查准率和查全率描述的是一次*判断*，而判断取决于阈值：同一组得分，换一个阈值，就得到另一对查准率和查全率。
#
# **先预测。** 把阈值从 0.5 提高到 0.8，返回的照片变少。查准率一定上升吗？查全率一定下降吗？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Let everybody write down two words: must, or need not. Most answer “must” twice.

# %% [markdown] lang="zh"
# **1 分钟。** 请每个人写下两个回答：一定，或不一定。多数人两次都答“一定”。

# %% slide="subslide" show="output"
for threshold in (0.2, 0.35, 0.5, 0.65, 0.8):
    decision = scores >= threshold
    values = [
        f"{name} {function(labels, decision, zero_division=0):.2f}"
        for name, function in (
            ("P", sklearn.metrics.precision_score),
            ("R", sklearn.metrics.recall_score),
            ("F1", sklearn.metrics.f1_score),
        )
    ]
    print(
        f"threshold {threshold:.2f}",
        measured("  ".join([f"returned {decision.sum():3d}", *values])),
    )

# %% [markdown] lang="en" only="slides" slide="fragment"
# - **Recall** can only fall or stay: whatever leaves can only take animals away.
# - **Precision** usually rises, but need not: it falls when the next to leave is an animal, as long as something wrong stays.

# %% [markdown] lang="zh"
# - **查全率**只会下降或不变：退出的照片只会使找到的动物变少，不会变多。
# - **查准率**通常上升，但不一定：只要返回的里面还有不是动物的，而下一张退出的恰好是动物，它就下降。

# %% [markdown] lang="en" slide="notes"
# **2 min.** In these five rows both go the usual way. The proof that precision *may* fall is one photograph long: let an animal be the next to leave. The explorer on the next slide shows it happening.

# %% [markdown] lang="zh"
# **2 分钟。** 这五行里两者都按常理变化。要证明查准率*可以*下降，一张照片就够：让下一张退出的是动物。下一张幻灯片的探索器会让大家亲眼看到。

# %% [markdown] lang="en"
# **Recall can only fall or stay** when the threshold rises: whatever leaves can only take animals away. **Precision usually rises, but need not**: as long as something wrong is among those returned, it falls when the next photograph to leave is an animal. Move the threshold yourself and watch which photographs change sides. The handle moves by mouse or, once you have clicked it, with the arrow keys.

# %% [markdown] lang="zh"
# 阈值升高时，**查全率只会下降或不变**：退出的照片只会使找到的动物变少，不会变多。**查准率通常上升，但不一定**：只要返回的里面还有不是动物的，而下一张退出的恰好是动物，它就会下降。请自己移动阈值，看看哪些照片换了边。可以用鼠标拖动，也可以点选之后用方向键移动。

# %% slide="subslide"
from imgrec_course.widgets.threshold import ThresholdExplorer

explorer = ThresholdExplorer(scores, labels, images, names=("animal", "other"))
explorer

# %% [markdown] lang="en" slide="notes"
# **4 min.** Click the threshold and use the arrow keys (Escape gives them back to the slides). Three things to show: go up slowly and watch the point on the curve climb in teeth, down at each animal that leaves; “best F1” jumps to the threshold of the highest F1; at the far right nothing is returned, and precision has no value.
#
# Then ask: which threshold would you choose for a vet's archive? For a shop that prints calendars? There is no answer without costs.

# %% [markdown] lang="zh"
# **4 分钟。** 点选阈值，再用方向键移动（按 Escape 把方向键还给幻灯片）。演示三件事：慢慢升高，看曲线上的点怎样呈锯齿状上升，每退出一只动物就降一下；“F1 最高处”跳到 F1 最高的阈值；移到最右端，什么都不返回，查准率没有值。
#
# 然后提问：兽医的图库该选哪个阈值？印年历的店呢？不谈代价，就没有答案。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## The whole curve
# Let the threshold pass over every score, from the strictest down. Each stop gives a point (recall, precision): the **precision–recall curve**. Two details are easily got wrong:
#
# - photographs with the *same* score come back *together*: there is no threshold between them;
# - no threshold leads to a point between two stops: we draw a staircase, and claim nothing in between.
#
# The function sorts by score, highest first. Going down the list, `cumsum` counts the animals so far; dividing by the number returned gives precision, by all animals recall. `last_of_its_score` keeps only the last photograph of each group of equal scores.

# %% [markdown] lang="zh"
# ## 整条曲线
# 让阈值从最严到最松依次经过每个得分，每个停点给出一个点（查全率，查准率）：这就是**查准率–查全率曲线**（P–R 曲线）。有两处容易出错：
#
# - 得分*相同*的照片*同时*返回：它们之间不存在阈值；
# - 没有哪个阈值能得到相邻两个停点之间的点：我们画成阶梯，对其间不作任何断言。
#
# 下面的函数先按得分从高到低排序。沿着名单往下，`cumsum` 数到目前为止有几只动物：除以返回的张数得到查准率，除以动物总数得到查全率。`last_of_its_score` 在每组得分相同的照片中只留最后一张。

# %% source="imgrec_course.scratch.counting.precision_recall_points" slide="same" show="code"

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let the threshold pass over every score, strictest first; each stop gives a point. Read the code from `cumsum` on: going down the sorted list it counts the animals so far; divided by the number returned that is precision, by all animals recall.
#
# **Misconception:** that the points may be joined by straight lines. Nothing is claimed between two stops.

# %% [markdown] lang="zh"
# **2 分钟。** 让阈值从最严到最松依次经过每个得分，每个停点给出一个点。代码从 `cumsum` 读起：沿着排好序的名单往下，它数到目前为止有几只动物；除以返回的张数是查准率，除以动物总数是查全率。
#
# **常见误解**：以为各点可以用直线连起来。相邻两个停点之间，不作任何断言。

# %%
differences = []
for tried in (scores, np.round(scores, 1)):  # rounded, many scores are equal
    thresholds, precisions, recalls = precision_recall_points(labels, tried)
    # scikit-learn goes from the loosest threshold to the strictest and adds a last point.
    theirs = sklearn.metrics.precision_recall_curve(labels, tried)
    differences += [precisions[::-1] - theirs[0][:-1], recalls[::-1] - theirs[1][:-1]]
claim(
    "the points differ from scikit-learn's by",
    np.abs(np.concatenate(differences)).max(),
    at_most=1e-12,
)

thresholds, precisions, recalls = precision_recall_points(labels, scores)
claim("recall never falls on the way down", bool(np.all(np.diff(recalls) >= 0)))
claim(
    "precision goes up and down",
    bool(np.diff(precisions).min() < 0 < np.diff(precisions).max()),
)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Average precision: the area under the staircase

# %% [markdown] lang="zh"
# ## 平均查准率：阶梯线下的面积

# %% [markdown] lang="en" slide="same" take="formula"
# **Average precision** (AP) is the area under that staircase: each step is as wide as recall has risen and as high as precision is at that stop.
#
# $$\mathrm{AP} = \sum_{i} (R_i - R_{i-1})\,P_i, \qquad R_0 = 0.$$
#
# $P_i$ and $R_i$ are precision and recall at stop $i = 1, 2, …$; $\sum$ adds up over all stops. AP answers: *draw an animal at random and return everything that scores at least as high; what share is right, on average?* A finder that guesses has an AP close to the share of animals (a little above it in a small collection), not close to ½ and not 0.

# %% [markdown] lang="zh"
# **平均查准率**（AP）是这条阶梯线下的面积：每级台阶的宽是查全率的增量，高是该停点处的查准率。
#
# $$\mathrm{AP} = \sum_{i} (R_i - R_{i-1})\,P_i, \qquad R_0 = 0.$$
#
# $P_i$、$R_i$ 是第 $i = 1, 2, …$ 个停点处的查准率和查全率，$\sum$ 表示对所有停点求和。AP 回答的是：*随机抽一只动物，返回所有得分不低于它的照片，平均有多大比例是动物？* 瞎猜的查找器，AP 接近动物所占的比例（图库小时略高一点），既不接近 ½，也不接近 0。

# %% [markdown] lang="en" only="slides" slide="same"
# - Each step: as wide as recall has **risen**, as high as **precision** is at that stop.
# - Draw an animal at random and return everything that scores at least as high: what share is right, on average?
# - Guessing gives about the **share of animals**, not ½ and not 0.

# %% [markdown] lang="zh"
# - 每级台阶：宽是查全率的**增量**，高是该停点处的**查准率**。
# - 随机抽一只动物，返回所有得分不低于它的照片：平均有多大比例是动物？
# - 瞎猜的 AP 约等于**动物所占的比例**，既不是 ½，也不是 0。

# %% slide="same" show="output"
# 200 finders that guess
guesses = np.random.default_rng(0).uniform(size=(200, len(labels)))
guessing = np.mean(
    [sklearn.metrics.average_precision_score(labels, guess) for guess in guesses]
)
excess = guessing - labels.mean()
claim("guessing: AP exceeds the share of animals by", excess, at_least=0, at_most=0.03)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Draw a staircase of three steps on the board and add up the rectangles. Then the second line, which is what AP *means*. Guessing: nearly four photographs in ten are animals, so an AP of 0.4 is worth nothing here; of 0.4 with one animal in a hundred it would be a feat.

# %% [markdown] lang="zh"
# **2 分钟。** 在黑板上画三级台阶，把各矩形的面积加起来。再看第二条，那才是 AP 的*含义*。关于瞎猜：这里近四成照片是动物，AP 0.4 一文不值；如果一百张里只有一张是动物，0.4 就很了不起。

# %% [markdown] lang="en"
# **Exercise ★★★ average_precision.** Labels and scores in, AP out. `precision_recall_points` above does half of the work; `np.diff(…, prepend=0)` may do another part.

# %% [markdown] lang="zh"
# **练习 ★★★ average_precision。** 输入标签和得分，输出 AP。上面的 `precision_recall_points` 已做了一半；`np.diff(…, prepend=0)` 也许能帮上忙。


# %% tags=["exercise"]
def average_precision(labels, scores):
    """Area under the staircase of the precision–recall curve."""
    ### BEGIN SOLUTION
    _, precisions, recalls = precision_recall_points(labels, scores)
    return float(np.sum(np.diff(recalls, prepend=0) * precisions))
    ### END SOLUTION


# %%
check("01.average_precision", average_precision)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A trap: straight lines

# %% [markdown] lang="zh"
# ## 陷阱：直线

# %% [markdown] lang="en" slide="same" take="predict"
# **A trap: straight lines.** Joining the points by straight lines (`sklearn.metrics.auc`, the trapezoid rule) looks harmless. But between two thresholds precision does not change linearly with recall (Davis & Goadrich 2006), and scikit-learn's curve ends in a point that no threshold reaches: recall 0, precision 1. With many different scores it hardly matters, and the error can have either sign. With few scores it misleads. Take the extreme: only the decisions, yes or no, as scores.
#
# **Predict first.** This finder has a single useful threshold. Can the area, which is an average height, be larger than the highest precision that it ever reaches?

# %% [markdown] lang="zh"
# **陷阱之一：直线。** 用直线连接各点（`sklearn.metrics.auc`，梯形法）看似无妨。但在两个阈值之间，查准率并不随查全率线性变化（Davis & Goadrich 2006）；而且 scikit-learn 的曲线末端有一个任何阈值都达不到的点：查全率 0、查准率 1。不同的得分很多时，影响甚微，误差可正可负；得分种类很少时，就会误导人。取一个极端：只把“是”“否”的判断当作得分。
#
# **先预测。** 这个查找器只有一个有用的阈值。曲线下的面积相当于平均高度，它会大于这个查找器所能达到的最高查准率吗？

# %% slide="fragment" show="output"
yes_no_precisions, yes_no_recalls, _ = sklearn.metrics.precision_recall_curve(
    labels, returned
)
straight = sklearn.metrics.auc(yes_no_recalls, yes_no_precisions)
best = yes_no_precisions[:-1].max()  # the last point is an addition, not a threshold
steps = sklearn.metrics.average_precision_score(labels, returned)
claim(
    "straight lines promise more than the best precision, by",
    straight - best,
    at_least=0.03,
)
claim("AP stays below the best precision, by", best - steps, at_least=0)

# %% [markdown] lang="en" slide="notes"
# **2 min.** The finder answers yes or no only, as many classifiers in the wild do. Hands up, then the key: joined by straight lines the area is *larger* than the best precision that was ever reached, because the library adds a point (recall 0, precision 1) which no threshold reaches. Never use `auc` on a precision–recall curve; use `average_precision_score`.
#
# Second trap, if there is time: many benchmarks *interpolate* AP, which can only raise it. Compare APs only when they were computed alike.

# %% [markdown] lang="zh"
# **2 分钟。** 这个查找器只回答“是”或“否”，现实中许多分类器也这样。先举手表决，再按键：用直线连接，面积竟*大于*它达到过的最高查准率，因为库加了一个任何阈值都达不到的点（查全率 0，查准率 1）。不要对 P–R 曲线用 `auc`，要用 `average_precision_score`。
#
# 有时间再讲第二个陷阱：许多评测对 AP 做*插值*，这只会使它变大。只有算法相同的 AP 才能比较。

# %% [markdown] lang="en"
# **A second trap: interpolated AP.** Many benchmarks first replace each precision by the highest precision at the same or a higher recall (Manning et al. 2008, section 8.4), some at 11 or 101 fixed recalls. Done at every stop, this can only raise the figure. Compare APs only when they were computed in the same way; ours is not interpolated.

# %% [markdown] lang="zh"
# **陷阱之二：插值的 AP。** 许多评测先把每个查准率换成“查全率不低于此处时的最高查准率”（Manning et al. 2008，第 8.4 节），有的还只取 11 个或 101 个固定的查全率。若在每个停点都这样做，结果只会变大。只有算法相同的 AP 才能比较；我们的 AP 不作插值。

# %%
highest_from_here = np.maximum.accumulate(precisions[::-1])[::-1]
interpolated = np.sum(np.diff(recalls, prepend=0) * highest_from_here)
plain = sklearn.metrics.average_precision_score(labels, scores)
claim("interpolation raises AP by", interpolated - plain, at_least=0.005)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A better finder
# The second finder does not look at dots. A network that has seen a million other photographs, EfficientNet-Lite0, turns each of ours into 1,280 numbers, its **embedding**; the same logistic regression then learns from those. (How this works is lesson 05's matter. About 400 of the thousand kinds of things that it has learned to name are animals, so do not be surprised at what follows.)

# %% [markdown] lang="zh"
# ## 更好的查找器
# 第二个查找器不看彩色点。EfficientNet-Lite0 是一个见过上百万张其他照片的网络，它把我们的每张照片变成 1280 个数，即**嵌入**；再由同样的逻辑回归从中学习。（其中的道理留到第 05 课。它学会辨认的一千类东西里约有 400 类是动物，所以下面的结果并不奇怪。）

# %% [markdown] lang="en" only="slides" slide="same"
# The same logistic regression, but on the **embedding** of a network that has seen a million other photographs: 1,280 numbers instead of coloured dots.

# %% [markdown] lang="zh"
# 同样的逻辑回归，换成一个网络的**嵌入**：这个网络见过上百万张其他照片，给出的是 1280 个数，而不是彩色点。

# %% slide="same" show="output"
from imgrec_course.models.pretrained import load_efficientnet_lite0

network = load_efficientnet_lite0(include_top=False)
# Shape (number of photographs, 1280)
embeddings = network.predict(photos.images, batch_size=32, verbose=0)
network_scores = scores_from(embeddings)

thumbnail_ap = sklearn.metrics.average_precision_score(labels, scores)
network_ap = sklearn.metrics.average_precision_score(labels, network_scores)
claim("AP of the thumbnail finder", thumbnail_ap, at_least=0.69, at_most=0.76)
claim("AP of the network finder", network_ap, at_least=0.98)

# %% slide="same" column="right"
figure, axes = subplots(size=(5.4, 4.0))
for name, values, colour, style in (
    ("network", network_scores, plots.POSITIVE, "-"),
    ("thumbnail", scores, plots.NEGATIVE, "--"),
):
    _, p, r = precision_recall_points(labels, values)
    plots.staircase(axes, r, p, color=colour, linestyle=style, label=name)
axes.axhline(labels.mean(), color=plots.CHANCE, linestyle=":", label="guessing")
axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.02), ylim=(0, 1.05))
axes.set_title("Better scores: never less precise")
axes.legend(loc="lower left")
show(
    figure,
    "Two precision-recall staircases; the network's is nowhere below the thumbnails'.",
)


# %%
def precision_at(recall, values):
    """Precision at the first stop that reaches each of these recalls."""
    _, p, r = precision_recall_points(labels, values)
    return p[np.searchsorted(r, recall - 1e-9)]


every_recall = np.arange(1, labels.sum() + 1) / labels.sum()
nowhere_less = precision_at(every_recall, network_scores) >= precision_at(
    every_recall, scores
)
claim("the network is nowhere less precise", bool(nowhere_less.all()))

# %% [markdown] lang="en" slide="notes"
# **1 min.** A threshold only *trades*; better scores lift the whole curve. About 400 of the thousand kinds of things that this network has learned to name are animals, so do not be too impressed. Where such scores come from is the matter of lessons 03 to 05.

# %% [markdown] lang="zh"
# **1 分钟。** 阈值只是*取舍*；更好的得分把整条曲线抬高。这个网络学会辨认的一千类东西里约有 400 类是动物，所以不必太惊讶。这样的得分从何而来，是第 03 至 05 课的事。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## The same finder in a rarer world: prevalence
# Nearly four in ten of our photographs show animals. In a warehouse of a million pictures it may be one in a hundred. The share of positives is called **prevalence**, $\pi$. Does the finder stay as good?
#
# Two rates do not depend on $\pi$, because each looks at one kind of photograph only (as long as animals, and other things, still *look* the same where there are fewer of them): the **true positive rate**, the share of animals that is returned, $\mathrm{TPR} = \mathrm{TP}/(\mathrm{TP}+\mathrm{FN})$, which is recall; and the **false positive rate**, the share of *others* that is returned by mistake, $\mathrm{FPR} = \mathrm{FP}/(\mathrm{FP}+\mathrm{TN})$. Among $n$ photographs, $n\pi$ are animals, so $n\pi\,\mathrm{TPR}$ come back rightly and $n(1-\pi)\,\mathrm{FPR}$ wrongly:
#
# $$P = \frac{\mathrm{TPR}\cdot\pi}{\mathrm{TPR}\cdot\pi + \mathrm{FPR}\cdot(1-\pi)}.$$

# %% [markdown] lang="zh"
# ## 同一个查找器，换到动物更稀少的地方：正例占比
# 我们的照片里近四成是动物；在一个存有一百万张图片的仓库里，也许一百张里才有一张。正例所占的比例 $\pi$ 叫做**正例占比**（流行率）。查找器还一样好吗？
#
# 有两个比率与 $\pi$ 无关，因为它们各自只在一类照片里计算（前提是动物和其他东西的*样子*不变，只是数量变了）：一是动物中被返回的比例，即真正例率 $\mathrm{TPR} = \mathrm{TP}/(\mathrm{TP}+\mathrm{FN})$，也就是查全率；二是*其他*照片中被误返回的比例，即假正例率 $\mathrm{FPR} = \mathrm{FP}/(\mathrm{FP}+\mathrm{TN})$。在 $n$ 张照片中有 $n\pi$ 张动物，于是正确返回 $n\pi\,\mathrm{TPR}$ 张，误返回 $n(1-\pi)\,\mathrm{FPR}$ 张：
#
# $$P = \frac{\mathrm{TPR}\cdot\pi}{\mathrm{TPR}\cdot\pi + \mathrm{FPR}\cdot(1-\pi)}.$$

# %% [markdown] lang="en" only="slides" slide="same"
# - $\pi$: **prevalence**, the share of positives in the archive.
# - $\mathrm{TPR}$ (recall) and $\mathrm{FPR}$ each look at one kind of photograph only: they do **not** depend on $\pi$. Precision does.

# %% [markdown] lang="zh"
# - $\pi$：**正例占比**（流行率），即图库中正例所占的比例。
# - $\mathrm{TPR}$（查全率）和 $\mathrm{FPR}$ 各自只看一类照片，都**与 $\pi$ 无关**；查准率则有关。

# %% [markdown] lang="en" slide="notes"
# **3 min.** Count it out for 1,000 photographs with TPR 0.9 and FPR 0.1. Half of them animals: 450 right, 50 wrong, precision 0.9. One in a hundred: 9 right, 99 wrong, precision 0.08. The finder is the same; the false alarms stay while the animals vanish.
#
# **Misconception:** that precision is a property of the model. It also holds only as long as animals, and other things, *look* the same where there are fewer of them.

# %% [markdown] lang="zh"
# **3 分钟。** 用 1000 张照片算一遍，TPR 为 0.9，FPR 为 0.1。一半是动物：450 张正确，50 张误报，查准率 0.9。一百张里一张：9 张正确，99 张误报，查准率 0.08。查找器没变；误报还是那么多，动物却没了。
#
# **常见误解**：以为查准率是模型自身的性质。另外，这个公式的前提是动物和其他东西的*样子*不变，只是数量变了。

# %% [markdown] lang="en"
# **Exercise ★★ precision_at_prevalence.** Three numbers in, the precision out.

# %% [markdown] lang="zh"
# **练习 ★★ precision_at_prevalence。** 输入三个数，输出查准率。


# %% tags=["exercise"]
def precision_at_prevalence(true_positive_rate, false_positive_rate, prevalence):
    """Precision of a recogniser with these two rates where this share of the images is positive."""
    ### BEGIN SOLUTION
    right = true_positive_rate * prevalence
    wrong = false_positive_rate * (1 - prevalence)
    return right / (right + wrong)
    ### END SOLUTION


# %%
check("01.precision_at_prevalence", precision_at_prevalence)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Nine shirts in ten taken away
# 10,000 garments, one in ten a **shirt**; a logistic regression scores them. Then nine shirts in ten are removed, at random.
#
# **Predict first.** Finder and threshold stay. What happens to precision, to recall, to the area under the ROC curve?

# %% [markdown] lang="zh"
# ## 拿走九成衬衫
# 1 万件服饰，十分之一是**衬衫**，由逻辑回归打分。然后随机拿走九成衬衫。
#
# **先预测。** 查找器和阈值都不变。查准率、查全率以及 ROC 曲线下的面积各会怎样？

# %% [markdown] lang="en" slide="notes"
# **1 min.** The ROC curve draws TPR over FPR at every threshold; its area is the chance that a random shirt scores higher than a random other garment, ½ for guessing. Everybody commits to three words: rises, falls, stays.

# %% [markdown] lang="zh"
# **1 分钟。** ROC 曲线在每个阈值处以 FPR 为横轴、TPR 为纵轴描点；其下的面积是随机一件衬衫的得分高于随机一件其他服饰的概率，瞎猜得 ½。请每个人写下三个回答：上升、下降、不变。

# %% [markdown] lang="en"
# To see it happen we need many images: Fashion-MNIST, 70,000 small grey pictures of garments in ten classes. A logistic regression learns the ten classes from 5,000 of them in a few seconds; its probability for “Shirt” is our score, 10,000 images are our archive. One in ten is a shirt. Then we remove nine shirts in ten at random, so that about one image in a hundred is one.
#
# **Predict first.** The finder and the threshold stay the same. What happens to precision, to recall, and to the area under the ROC curve? (The receiver operating characteristic draws TPR over FPR at every threshold. Its area is the chance that a random shirt scores higher than a random other garment; guessing gives ½.)

# %% [markdown] lang="zh"
# 要亲眼看到这一点，需要大量图像。这里用 Fashion-MNIST：7 万张灰度小图，共十类服饰。逻辑回归用其中 5000 张，几秒钟就学会了这十类；它给出的“Shirt”（衬衫）的概率就是得分，另外 1 万张图像是我们的图库，其中十分之一是衬衫。然后随机拿走九成衬衫，使大约每一百张里才有一张。
#
# **先预测。** 查找器和阈值都不变。查准率、查全率以及 ROC 曲线下的面积各会怎样？（ROC 曲线即受试者工作特征曲线，在每个阈值处以 FPR 为横轴、TPR 为纵轴描点。其下的面积等于：随机取一件衬衫和一件其他服饰，前者得分更高的概率；瞎猜得 ½。）

# %%
from imgrec_course.datasets.fashion import FASHION_CLASSES, load_fashion

(x_train, y_train), (x_test, y_test) = load_fashion()


def halved(x):
    """Rows of 14 × 14 means in [0, 1] from images (n, 28, 28)."""
    return x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196) / 255


garments = LogisticRegression(C=0.05, max_iter=1000).fit(
    halved(x_train[:5000]), y_train[:5000]
)
probabilities = garments.predict_proba(halved(x_test))  # (10000, 10)

is_shirt = y_test == FASHION_CLASSES.index("Shirt")
shirt_scores = probabilities[:, FASHION_CLASSES.index("Shirt")]
# One shirt in ten stays
rarer = ~is_shirt | (np.random.default_rng(0).uniform(size=len(is_shirt)) < 0.1)


# A threshold of 0.3, because among ten classes few probabilities reach 0.5
def describe(kept, threshold=0.3):
    """Precision, recall, ROC area and AP of the shirt finder on part of the archive."""
    decision = shirt_scores[kept] >= threshold
    return {
        "P": sklearn.metrics.precision_score(is_shirt[kept], decision),
        "R": sklearn.metrics.recall_score(is_shirt[kept], decision),
        "ROC area": sklearn.metrics.roc_auc_score(is_shirt[kept], shirt_scores[kept]),
        "AP": sklearn.metrics.average_precision_score(is_shirt[kept], shirt_scores[kept]),
    }


common, rare = describe(np.ones(len(is_shirt), dtype=bool)), describe(rarer)
for name in common:
    print(
        f"{name:9s}",
        measured(f"one in ten {common[name]:.3f}, one in a hundred {rare[name]:.3f}"),
    )
claim("recall moves by", abs(common["R"] - rare["R"]), at_most=0.12)
claim("precision falls to a fraction of", rare["P"] / common["P"], at_most=0.35)
claim("the ROC area moves by", abs(common["ROC area"] - rare["ROC area"]), at_most=0.03)
claim("AP falls to a fraction of", rare["AP"] / common["AP"], at_most=0.35)

# %% [markdown] lang="en"
# Recall and the ROC area stay (up to chance: few shirts are left). Precision collapses, because the same false alarms now face a tenth of the shirts. And the formula foretells it from the two rates measured in the *common* world:

# %% [markdown] lang="zh"
# 查全率和 ROC 面积基本不变（剩下的衬衫很少，会有些波动）。查准率则急剧下跌：误报还是那么多，衬衫却只剩十分之一。而且，只凭衬衫*常见*时测得的两个比率，公式就能预先算出这个查准率：

# %%
false_alarm_rate = np.mean(shirt_scores[~is_shirt] >= 0.3)
foretold = metrics.precision_at_prevalence(
    common["R"], false_alarm_rate, is_shirt[rarer].mean()
)
claim(
    "the formula misses the measured precision by", abs(foretold - rare["P"]), at_most=0.02
)

# %% [markdown] lang="en"
# (The package has the function that you have just written, so that this cell runs in any case.) The picture: the ROC curve is blind to prevalence, the precision–recall curve is not (Saito & Rehmsmeier 2015).

# %% [markdown] lang="zh"
# （你刚写的函数，程序包里也有一份，所以这个单元格总能运行。）看图：ROC 曲线对正例占比视而不见，查准率–查全率曲线则不然（Saito & Rehmsmeier 2015）。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The same scores, a rarer world

# %% [markdown] lang="zh"
# ## 同样的得分，更稀少的衬衫

# %% slide="same"
figure, (left, right) = subplots(1, 2, size=(9.0, 3.8))
for name, kept, colour, style in (
    ("1 in 10", np.ones(len(is_shirt), dtype=bool), plots.POSITIVE, "-"),
    ("1 in 100", rarer, plots.NEGATIVE, "--"),
):
    fpr, tpr, _ = sklearn.metrics.roc_curve(is_shirt[kept], shirt_scores[kept])
    left.plot(fpr, tpr, color=colour, linestyle=style, label=name)
    _, p, r = precision_recall_points(is_shirt[kept], shirt_scores[kept])
    plots.staircase(right, r, p, color=colour, linestyle=style, label=name)
left.set(xlabel="false positive rate", ylabel="true positive rate (recall)")
left.set_title("ROC: the same curve twice")
right.set(xlabel="recall", ylabel="precision", ylim=(0, 1.05))
right.set_title("Precision–recall: another world")
left.legend(title="shirts", loc="lower right")
right.legend(title="shirts")
show(
    figure,
    "Left: two ROC curves that nearly coincide. Right: precision-recall curves, the rare one far lower.",
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# Recall and ROC stay, **precision and AP collapse**: the ROC curve is blind to prevalence.

# %% [markdown] lang="zh"
# 查全率和 ROC 基本不变，**查准率和 AP 急剧下跌**：ROC 曲线对正例占比视而不见。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Left: the same curve twice. Right: another world. Precision falls from about 0.5 to 0.1, as the formula foretells from the two rates measured in the *common* world; recall moves only by chance, for few shirts are left.
#
# **Misconception:** “an ROC area of 0.9 is excellent”. With one shirt in a hundred, nine out of ten of its findings are wrong.

# %% [markdown] lang="zh"
# **2 分钟。** 左图：两条曲线几乎重合。右图：天差地别。查准率从约 0.5 跌到 0.1，正如公式用衬衫*常见*时的两个比率所预言；查全率只有偶然的波动，因为剩下的衬衫很少。
#
# **常见误解**：“ROC 面积有 0.9，好得很。”一百件里只有一件衬衫时，它找到的十件里有九件是错的。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Ten classes, three averages
# A recogniser of garments has a precision and a recall *for each class*: “is it a shirt?”, “is it a bag?” … Its confusion matrix has a row for each true class and a column for each answer. Real assortments are uneven, so we keep fewer and fewer of the later classes:

# %% [markdown] lang="zh"
# ## 十个类别，三种平均
# 识别服饰的模型，*每个类别*都有一个查准率和一个查全率：“是衬衫吗？”“是包吗？”……它的混淆矩阵每行对应一个真实类别，每列对应一个预测类别。现实中各类货品有多有少，所以我们让越靠后的类别保留得越少：

# %% slide="same"
# All T-shirts, 60 % of the trousers, 36 % of the pullovers, …
kept_share = 0.6 ** np.arange(10)
kept = np.random.default_rng(1).uniform(size=len(y_test)) < kept_share[y_test]
truth, answer = y_test[kept], probabilities.argmax(axis=1)[kept]
confusion = sklearn.metrics.confusion_matrix(truth, answer)  # (10, 10)

figure = plots.confusion_matrix(
    confusion, FASHION_CLASSES, "T-shirts and pullovers pass for shirts"
)
show(
    figure,
    "Confusion matrix of ten garment classes; most counts lie on the diagonal, many T-shirts and pullovers are taken for shirts.",
)

# %% [markdown] lang="en"
# Down a column: precision. Along a row: recall. The precision of the rare “Shirt” is about a tenth: the prevalence effect of the last section, inside one table. To sum ten pairs up in one:
#
# - **macro**: the plain mean over the classes. Every class counts once, however rare.
# - **weighted**: the mean weighted by the number of images in each class. Common classes dominate; weighted recall is the accuracy, since recall × class size is the number right in the class.
# - **micro**: add up $\mathrm{TP}$, $\mathrm{FP}$, $\mathrm{FN}$ over all classes, then divide. Where each image has exactly one class and gets exactly one answer, every false positive of one class is a false negative of another; so micro precision, micro recall, micro F1 and accuracy are one number.

# %% [markdown] lang="zh"
# 沿列看是查准率，沿行看是查全率。稀少的“Shirt”（衬衫）查准率只有一成左右：上一节的正例占比效应，在一张表里又出现了。要把十组查准率和查全率概括成一组，有三种办法：
#
# - **宏平均**（macro）：各类直接求平均。再稀有的类别也算一份。
# - **加权平均**（weighted）：按各类的图像数加权。常见类别起主导作用；加权平均的查全率就是准确率，因为“查全率 × 该类的图像数”正是该类中判对的张数。
# - **微平均**（micro）：先把各类的 $\mathrm{TP}$、$\mathrm{FP}$、$\mathrm{FN}$ 分别加总，再相除。如果每张图像恰好属于一类、也恰好得到一个预测，那么某一类的假正例必是另一类的假反例；于是微平均的查准率、查全率、F1 与准确率是同一个数。

# %% [markdown] lang="en" only="slides" slide="same" column="right"
# Down a column: precision. Along a row: recall.
#
# - **Macro**: the mean over classes; each counts once.
# - **Weighted**: by the number of images.
# - **Micro**: add up the counts, then divide; with one answer an image, it is the accuracy.

# %% [markdown] lang="zh"
# 沿列看是查准率，沿行看是查全率。
#
# - **宏平均**：各类直接平均，每类一份。
# - **加权平均**：按各类的图像数加权。
# - **微平均**：先把计数加总，再相除；每张图像恰有一个预测时，就是准确率。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Find the worst column together: “Shirt”, which is rare here and catches what spills over from T-shirts and pullovers; its precision is about a tenth, the prevalence effect inside one table. Which average is right depends on the question: do we care for classes alike, or for images alike?
#
# **Misconception:** that “the F1” of a recogniser of ten classes is one number. There are three at least; say which one you report.

# %% [markdown] lang="zh"
# **2 分钟。** 一起找出最差的一列：“Shirt”（衬衫）。它在这里很稀少，T 恤和套衫却常被误判成它，查准率只有一成左右：正例占比效应在一张表里又出现了。该用哪种平均，取决于问题：是把各类同等看待，还是把各张图像同等看待？
#
# **常见误解**：以为十类识别器的“F1”是一个数。至少有三个，报告时要说明是哪一个。

# %% slide="subslide" show="output" outputs="1 2 4"
for average in ("macro", "weighted", "micro"):
    p, r, f, _ = sklearn.metrics.precision_recall_fscore_support(
        truth, answer, average=average
    )
    print(f"{average:9s}", measured(f"P {p:.3f}  R {r:.3f}  F1 {f:.3f}"))

macro = sklearn.metrics.f1_score(truth, answer, average="macro")
weighted = sklearn.metrics.f1_score(truth, answer, average="weighted")
micro = sklearn.metrics.f1_score(truth, answer, average="micro")
accuracy = sklearn.metrics.accuracy_score(truth, answer)
shirt = FASHION_CLASSES.index("Shirt")
claim(
    "precision of the rare shirt",
    confusion[shirt, shirt] / confusion[:, shirt].sum(),
    at_most=0.2,
)
claim("micro F1 differs from the accuracy by", abs(micro - accuracy), at_most=1e-12)
claim("rare classes pull macro F1 below weighted F1 by", weighted - macro, at_least=0.05)

# %% [markdown] lang="en" slide="notes"
# **1 min.** One confusion matrix, three summaries. Rare classes pull macro F1 down; micro P, R, F1 and the accuracy are one number. The gap between macro and weighted tells that rare classes do badly.

# %% [markdown] lang="zh"
# **1 分钟。** 同一个混淆矩阵，三种概括。稀有类别把宏平均 F1 拉低；微平均的 P、R、F1 与准确率是同一个数。宏平均与加权平均相差多少，就看得出稀有类别有多差。

# %% [markdown] lang="en"
# There are even two macro F1's in use: the mean of the classes' F1, and the F1 of mean precision and mean recall. They differ, and can rank two models differently (Opitz & Burst 2019). scikit-learn's is the first; say which one you report.
#
# **Exercise ★★ macro_f1.** The first kind, from a confusion matrix. Every class has at least one image; a class that is never predicted has $\mathrm{TP} = 0$, hence F1 = 0.

# %% [markdown] lang="zh"
# “宏平均 F1”甚至有两种定义：一种是各类 F1 的平均值，另一种是由各类查准率的均值与各类查全率的均值算出的 F1。两者不同，连模型的名次都可能颠倒（Opitz & Burst 2019）。scikit-learn 用的是前一种；报告时请说明用的是哪一种。
#
# **练习 ★★ macro_f1。** 由混淆矩阵算出前一种。每个类别至少有一张图像；从未被预测的类别 $\mathrm{TP} = 0$，所以 F1 = 0。


# %% tags=["exercise"]
def macro_f1(confusion):
    """Mean of the classes' F1; rows of the (k, k) matrix are true classes, columns answers."""
    ### BEGIN SOLUTION
    true_positive = np.diag(confusion)
    false_positive = confusion.sum(axis=0) - true_positive
    false_negative = confusion.sum(axis=1) - true_positive
    return float(
        np.mean(2 * true_positive / (2 * true_positive + false_positive + false_negative))
    )
    ### END SOLUTION


# %%
check("01.macro_f1", macro_f1)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Search: a ranking instead of a decision
# A search engine does not decide, it *ranks*. Give it a photograph; it orders all others by how similar their embeddings are (the cosine of the angle between them: 1 for the same direction, 0 for a right angle). What counts as **relevant** here: photographs of the same class as the query. Only the first page will be looked at, so:
#
# $$P@k = \frac{\text{relevant among the first } k}{k}, \qquad R@k = \frac{\text{relevant among the first } k}{\text{all relevant}}.$$
#
# If only 3 photographs are relevant, $P@10$ cannot exceed 0.3; if 40 are, $R@10$ cannot exceed 0.25. Neither number makes sense without knowing how many were to be found.

# %% [markdown] lang="zh"
# ## 检索：不是判断，而是排序
# 搜索引擎不作判断，只作*排序*。给它一张照片，它把其余所有照片按嵌入的相似程度（两个嵌入向量夹角的余弦：方向相同为 1，垂直为 0）从高到低排好。这里的**相关**是指：与查询照片同属一类。人们只看第一页，所以：
#
# $$P@k = \frac{\text{前 } k \text{ 个中相关的个数}}{k}, \qquad R@k = \frac{\text{前 } k \text{ 个中相关的个数}}{\text{全部相关的个数}}.$$
#
# 如果只有 3 张相关，$P@10$ 不可能超过 0.3；如果有 40 张相关，$R@10$ 不可能超过 0.25。不知道一共该找到多少，这两个数都没有意义。

# %% slide="same"
# Row i: all other photographs, the most similar first
ranking = metrics.rank_by_cosine(embeddings)
query = int(np.flatnonzero(photos.classes == "rodent")[0])
answers = ranking[query][:7]
# Shape (n − 1,), in the order of the ranking
relevant = photos.classes[ranking[query]] == photos.classes[query]
show(
    plots.photo_grid(
        photos.images[[query, *answers]],
        [
            "query",
            *(
                f"{'✓' if hit else '✗'} {rank}"
                for rank, hit in enumerate(relevant[:7], start=1)
            ),
        ],
        edges=[
            plots.CHANCE,
            *(plots.POSITIVE if hit else plots.NEGATIVE for hit in relevant[:7]),
        ],
    ),
    "A photograph of a rodent as query and the seven most similar photographs, each marked relevant or not.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** A search engine does not decide, it ranks; only the first page is looked at. Relevant here: of the same class as the query. Compute P@5 from the picture. Then ask: if only 3 photographs are relevant, how high can P@10 be? If 40 are, how high R@10? (0.3 and 0.25.) Neither number makes sense without knowing how many were to be found.

# %% [markdown] lang="zh"
# **2 分钟。** 搜索引擎不作判断，只作排序；人们只看第一页。这里的“相关”是指与查询照片同属一类。请大家看图算出 P@5。再问：如果只有 3 张相关，P@10 最高是多少？如果有 40 张相关，R@10 最高是多少？（0.3 和 0.25。）不知道一共该找到多少，这两个数都没有意义。

# %% [markdown] lang="en"
# **Exercise ★★ precision_and_recall_at_k.** `relevant` holds 1 or 0 for every rank, best first, down to the last photograph of the collection.

# %% [markdown] lang="zh"
# **练习 ★★ precision_and_recall_at_k。** `relevant` 中每个名次对应一个 1 或 0，最相似的在前，直到图库的最后一张。


# %% tags=["exercise"]
def precision_and_recall_at_k(relevant, k):
    """P@k and R@k of one ranking."""
    ### BEGIN SOLUTION
    found = relevant[:k].sum()
    return found / k, found / relevant.sum()
    ### END SOLUTION


# %%
check("01.precision_and_recall_at_k", precision_and_recall_at_k)

# %% [markdown] lang="en"
# A ranking has a precision–recall curve too (the “threshold” moves down the ranks), hence an average precision: the mean of P@k over the ranks $k$ at which something relevant stands. The mean of AP over many queries is **mAP**, the figure by which image search is usually compared. Every photograph is a query once; thumbnails against the network:

# %% [markdown] lang="zh"
# 排序同样有查准率–查全率曲线（“阈值”沿名次下移），因而也有平均查准率：对每个相关图像所在的名次 $k$，取 P@k 求平均。对许多查询的 AP 求平均就是**平均查准率均值**（mAP），比较图像检索方法时通常用它。让每张照片各当一次查询，比一比缩略图和网络：

# %% slide="subslide" show="output" outputs="1 4"
for name, ranks in (
    ("thumbnail", metrics.rank_by_cosine(thumbnails.reshape(len(thumbnails), -1))),
    ("network", ranking),
):
    hits = photos.classes[ranks] == photos.classes[:, np.newaxis]  # (n, n − 1)
    p_at_5 = np.mean([metrics.precision_at_k(row, 5) for row in hits])
    r_at_5 = np.mean([metrics.recall_at_k(row, 5) for row in hits])
    map_value = metrics.mean_average_precision(ranks, photos.classes)
    print(
        f"{name:10s}", measured(f"mAP {map_value:.3f}  P@5 {p_at_5:.3f}  R@5 {r_at_5:.3f}")
    )
ceiling = np.mean(np.minimum(5, hits.sum(axis=1)) / hits.sum(axis=1))
claim("mAP of the network", map_value, at_least=0.45)
claim("P@5 of the network", p_at_5, at_least=0.55)
claim("the best R@5 that any ranking could have", ceiling, equals=0.341, within=0.001)
claim(
    "part of that ceiling reached by the network",
    r_at_5 / ceiling,
    at_least=0.5,
    at_most=0.65,
)
claim("other birds", int(np.sum(photos.classes == "bird")) - 1, equals=34)

# %% [markdown] lang="en" slide="notes"
# **1 min.** mAP: the mean over all queries of each ranking's AP; the figure by which image search is usually compared. The first page is mostly right and cannot be complete: five places do not hold thirty-four other birds, and even a perfect ranking would reach an R@5 of 0.34 only.

# %% [markdown] lang="zh"
# **1 分钟。** mAP：对所有查询的 AP 求平均，比较图像检索方法时通常用它。第一页大多是对的，却不可能齐全：五个位置装不下另外 34 只鸟，就算排序完美，R@5 也只能到 0.34。

# %% [markdown] lang="en"
# The first page is mostly right and cannot be complete: five places do not hold thirty-four other birds, and even perfect rankings would reach an R@5 of 0.34 only, on average over all queries. So judge R@k against the best that is possible, or choose k larger; mAP looks at the whole ranking. Lesson 12 asks what a better embedding gains.

# %% [markdown] lang="zh"
# 第一页大多是对的，却不可能齐全：五个位置装不下另外 34 只鸟，就算排序完美，所有查询平均下来，R@5 也只能到 0.34。所以要拿可能达到的最好值来衡量 R@k，或者取更大的 k；mAP 则着眼于整个排序。第 12 课要看更好的嵌入能带来多少改进。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > A supplier: “Our recogniser of cracks has a precision of 0.95, measured on a test set in which every second part is cracked.” In your plant one part in a thousand is. What do you ask for?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 供应商说：“我们的裂纹识别器查准率为 0.95，所用的测试集里每两个零件就有一个有裂纹。”而在你的工厂里，一千个零件才有一个有裂纹。你会要求他提供什么？

# %% [markdown] lang="en" only="slides" slide="fragment"
# Its **TPR and FPR** at the threshold that will be used, and on how many parts they were measured. If TPR is 0.95, then FPR is 0.05, and with $\pi = 0.001$: $P \approx 0.02$.

# %% [markdown] lang="zh"
# 将要使用的阈值下的 **TPR 和 FPR**，以及它们是在多少个零件上测得的。假如 TPR 为 0.95，则 FPR 为 0.05；当 $\pi = 0.001$ 时，$P \approx 0.02$。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute with a neighbour, then the key. The sum: at $\pi = 0.5$ a precision of 0.95 means FPR = TPR/19, that is 0.05 when TPR is 0.95. In the plant: $0.95 \cdot 0.001 / (0.95 \cdot 0.001 + 0.05 \cdot 0.999) = 0.019$: about 49 false alarms out of 50. It may still be worth having: looking at 51 parts in a thousand is less than looking at all.

# %% [markdown] lang="zh"
# **2 分钟。** 先与邻座讨论一分钟，再按键。计算：$\pi = 0.5$ 时，查准率 0.95 意味着 FPR = TPR/19，TPR 为 0.95 时就是 0.05。在工厂里：$0.95 \cdot 0.001 / (0.95 \cdot 0.001 + 0.05 \cdot 0.999) = 0.019$，也就是说，50 次报警约有 49 次是误报。它也许仍然值得用：一千个零件里复查 51 个，总比全部检查省事。

# %% [markdown] lang="en"
# ## The scoreboard
# Every model that we measure goes on the course's scoreboard, with a 95 % interval behind precision and recall: if we could draw new photographs of the same kind again and again, about 95 of 100 such intervals would contain the long-run value. (Wilson 1927; lesson 02 explains it.) Intervals that do not overlap show a difference; overlapping ones would not show equality.

# %% [markdown] lang="zh"
# ## 记分板
# 我们测过的每个模型都记到课程的记分板上，查准率和查全率后面附上 95% 置信区间：假如能一次又一次地另抽同类的照片，每 100 个这样的区间大约有 95 个包含长远来看的真值。（Wilson 1927；第 02 课会解释。）区间不重叠，说明有差别；重叠却并不说明相等。

# %%
photographs = f"{len(labels)} photographs, animal or not"
thumbnail_row = scoreboard.record(
    "thumbnail finder", photographs, labels, scores >= 0.5, scores
)
network_row = scoreboard.record(
    "network finder", photographs, labels, network_scores >= 0.5, network_scores
)
gap = network_row["precision_interval"][0] - thumbnail_row["precision_interval"][1]
claim(
    "the network's lower limit lies above the thumbnails' upper limit by", gap, at_least=0
)

# %% [markdown] lang="en" slide="slide"
# ## What to take along
# 1. Precision divides by what was returned, recall by what was wanted; neither looks at true negatives. Where the denominator is 0, there is no value.
# 2. Both belong to a threshold. The curve shows all thresholds, AP sums it up, by steps and not by straight lines.
# 3. F1 is pulled to the smaller of the two; β says how many times as much recall counts.
# 4. Precision depends on prevalence; recall and ROC do not, while each class looks the same: $P = \mathrm{TPR}\,\pi/(\mathrm{TPR}\,\pi + \mathrm{FPR}(1-\pi))$.
# 5. Averages answer different questions: macro treats classes alike, micro treats images alike, weighted lets large classes count more; mAP averages over queries.
#
# **A misconception to leave behind:** “This model has a precision of 0.9.” No model has. A model, a threshold and a population together have one.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 查准率的分母是返回的总数，查全率的分母是该返回的总数；两者都不看真反例。分母为 0 时没有值。
# 2. 两者都取决于阈值。曲线展示所有阈值，AP 把它概括成一个数：按阶梯求和，而不是连直线。
# 3. F1 偏向两者中较小的一个；β 表示查全率的重要性是查准率的几倍。
# 4. 查准率取决于正例占比；只要各类的样子不变，查全率和 ROC 就与它无关：$P = \mathrm{TPR}\,\pi/(\mathrm{TPR}\,\pi + \mathrm{FPR}(1-\pi))$。
# 5. 不同的平均回答不同的问题：宏平均一视同仁地对待类别，微平均一视同仁地对待图像，加权平均让大类占更大的分量；mAP 是对查询求平均。
#
# **要纠正的误解**：“这个模型的查准率是 0.9。”没有哪个模型自带查准率；模型、阈值和所面对的总体合在一起才有。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Read the misconception aloud and let the room mend the sentence: a model, *at this threshold*, *on this population*. Before next time: the exercises, at least the first four. Next: how sure are we of such a number?

# %% [markdown] lang="zh"
# **2 分钟。** 念出要纠正的那句话，请大家把它改对：某个模型，*在这个阈值下*，*面对这个总体*。课后做练习，至少做前四道。下一课：这样一个数有多可信？

# %% [markdown] lang="en"
# ## References
# - [@rijsbergen1979information, chapter 7]
# - [@manning2008introduction, chapter 8]
# - [@davis2006relationship]
# - [@saito2015precision]
# - [@wilson1927probable]
# - [@opitz2019macro]
# - [@xiao2017fashion]
# - [@tan2019efficientnet]
#
# **Next:** lesson 02 asks how sure we can be of such numbers, and how to choose a threshold honestly.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@rijsbergen1979information，第 7 章]
# - [@manning2008introduction，第 8 章]
# - [@davis2006relationship]
# - [@saito2015precision]
# - [@wilson1927probable]
# - [@opitz2019macro]
# - [@xiao2017fashion]
# - [@tan2019efficientnet]
#
# **下一课**：第 02 课要问，这些数有多可信，以及怎样选阈值才不自欺。
