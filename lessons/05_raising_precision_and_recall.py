# %% [markdown] lang="en" slide="slide" take="heading"
# # 05 · Raising precision and recall
#
# **After this lesson you can** put a remedy to the test against a baseline and reach a verdict; tell which augmentations keep a label; regularise, and reuse a pre-trained network; treat a rare class with weights, oversampling, focal loss or a threshold, and say which of these improve the *ranking* and which only move the *threshold*.
#
# **You need** lessons 01 (precision, recall, AP, prevalence), 02 (bootstrap, pairs, thresholds) and 04 (a network in Keras).
#
# **Time** 90 minutes, exercises included (a good place for a break: before “One pullover in a hundred”; the second half of “Focal loss, derived” is optional); the machine needs about a minute and a half.

# %% [markdown] lang="zh"
# # 05 · 提高查准率与查全率
#
# **学完本课，你能够**：把一种办法与基线对比，加以检验，得出结论；判断哪些数据增强不改变标签；做正则化，利用预训练网络；用类别权重、过采样、焦点损失或阈值来应对稀有类别，并说出其中哪些改善了*排序*，哪些只是挪动了*阈值*。
#
# **预备知识**：第 01 课（查准率、查全率、AP、正例占比）、第 02 课（自助法、成对比较、阈值）和第 04 课（Keras 中的网络）。
#
# **时间**：90 分钟，含练习（适合中途休息的地方：“一百件里有一件套头衫”之前；“焦点损失的推导”的后半部分可以不读）；机器运行约一分半钟。

# %% [markdown] lang="en" only="slides" slide="same"
# Three pieces of advice are repeated everywhere. Which of them survive an experiment?

# %% [markdown] lang="zh"
# 有三条建议人人都在说。经得起实验检验的是哪几条？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Lesson 04 ended with a network that finds animals moderately well from 159 photographs. Today every remedy in common use gets the same trial, and a verdict by a rule that was fixed beforehand. Say at once that most verdicts will be “cannot tell”.
#
# The lecture leaves out the details of the resampling, oversampling's trap and the focal loss's gradient; they are in the notebook, with six exercises. With only 30 minutes skip “Is the rule fair?”, regularisation, “Even fewer photographs”, the mean probability, focal loss, “The three pieces of advice, again” and the question for the room.

# %% [markdown] lang="zh"
# **1 分钟。** 第 04 课结束时，我们有了一个从 159 张照片学来的网络，找动物的本领不过尔尔。今天，常用的每一种办法都接受同样的检验，结论由事先定好的规则得出。先说明白：大多数结论会是“看不出”。
#
# 本讲略去了重抽样的细节、过采样的陷阱和焦点损失的梯度，它们都在笔记本里，另有六道练习。如果只有 30 分钟，就跳过“规则公道吗？”、正则化、“照片再少一些”、平均概率、焦点损失、“再看那三条建议”和课堂提问。

# %%
import keras
import numpy as np
import sklearn.metrics
from scipy.special import expit  # the sigmoid, 1 / (1 + exp(−z))

from imgrec_course import plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.experiments import load_result, rare_class, scarce_photos
from imgrec_course.metrics import best_f1_threshold, percentile_interval
from imgrec_course.models.augmentation import augmentation
from imgrec_course.models.pretrained import load_efficientnet_lite0
from imgrec_course.plots import show, subplots

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Three pieces of advice, and no experiment
# Your recogniser finds too little, or too much of the wrong. What now? The article that this course grew out of answers in three words: augment the data, optimise the model, use evaluation metrics. It also names a culprit: deep networks overfit and miss the global structure. It reports no experiment for any of this.
#
# We do the experiments, on the two problems for which such advice is usually given:
#
# - **scarce photographs**: animal or not, learned from 159 photographs;
# - **a rare class**: one garment in a hundred is a pullover. Here are a hundred garments from that world. Can you find the pullover?

# %% [markdown] lang="zh"
# ## 三条建议，没有一次实验
# 识别器找到的太少，或者找到的大多不对，怎么办？本课程由一篇文章发展而来，那篇文章给出三条建议：数据增强、模型优化、评估指标；还指出了“罪魁祸首”：深度网络容易过拟合，抓不住全局结构。可是文章没有为其中任何一条做过实验。
#
# 我们来做实验。人们给出这些建议，通常是为了对付两个问题：
#
# - **照片太少**：只有 159 张照片可学，要判断照片上是不是动物；
# - **类别稀有**：一百件服饰里只有一件是套头衫（pullover）。下面就是这样的一百件，你能找出那件套头衫吗？

# %% [markdown] lang="en" only="slides" slide="same"
# **Augment** the data, **optimise** the model, use **metrics**. Two problems: 159 photographs of animals and things – and a class that is one in a hundred. Where is the pullover?

# %% [markdown] lang="zh"
# **增强**数据，**优化**模型，使用**指标**。两个问题：只有 159 张照片；类别稀有，一百件里只有一件。套头衫在哪里？

# %% slide="same"
(garments, is_pullover), (test_garments, test_pullover) = rare_class.garments()
world = rare_class.world(seed=0)  # rows of a training and of a validation set
rows = world["validation"]
pullover = rows[is_pullover[rows]][:1]
hundred = np.concatenate([rows[~is_pullover[rows]][:99], pullover])
hundred = np.random.default_rng(1).permutation(hundred)
show(
    plots.photo_grid(garments[hundred, :, :, 0], columns=20, size=0.45),
    "A hundred small grey pictures of garments in five rows of twenty; one of them is a pullover.",
)

# %% slide="fragment" show="output"
row, column = divmod(int(np.flatnonzero(is_pullover[hundred])[0]), 20)
print(f"The pullover: row {row + 1}, column {column + 1}.")

# %% [markdown] lang="en" slide="notes"
# **2 min.** Give them half a minute. The advice is that of the article which the course grew out of; it is given everywhere, and the article reports no experiment for it. The key shows where the pullover is. Whoever calls nothing a pullover is right in 99 of 100 cases.

# %% [markdown] lang="zh"
# **2 分钟。** 给大家半分钟。这三条建议出自本课程所由来的那篇文章；人人都这么说，而文章没有为其中任何一条做过实验。按键显示套头衫在哪里。从来不说“套头衫”的人，一百次里有 99 次是对的。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Your sheet
# **Predict first.** Write “helps”, “hurts” or “cannot tell” beside each:
#
# - **photographs**: gentle transformations; any angle; brightness; dropout; weight decay; early stopping; a pre-trained network
# - **pullovers**: class weights; oversampling; focal loss; transformed pictures; another threshold

# %% [markdown] lang="zh"
# ## 你的那张纸
# **先预测。** 在每一项旁边写“有用”、“有害”或“看不出”：
#
# - **照片**：轻微变换；转任意角度；改变亮度；暂退法；权重衰减；早停；预训练网络
# - **套头衫**：类别权重；过采样；焦点损失；变换图片；换一个阈值

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** On paper, alone; we come back to it at the end. Do not explain the remedies yet: who does not know one leaves it blank.

# %% [markdown] lang="zh"
# **1.5 分钟。** 写在纸上，各写各的，最后再来对照。先不解释各种办法：不认识的就空着。

# %% [markdown] lang="en"
# **Predict first.** Take a sheet of paper and write down, for each of these, “helps”, “hurts” or “makes no difference that one could measure”. For the photographs: gentle transformations of the pictures; turning them by any angle; changing their brightness; dropout; weight decay; early stopping; a network that has learned from a million other photographs. For the pullovers: class weights; oversampling; focal loss; transformed pictures; another threshold. We come back to your sheet at the end.

# %% [markdown] lang="zh"
# **先预测。** 拿一张纸，对下面每一种办法写下“有用”“有害”或“测不出差别”。照片：轻微变换图片；把图片转任意角度；改变亮度；暂退法（dropout）；权重衰减；早停；用一个学过上百万张其他照片的网络。套头衫：类别权重；过采样；焦点损失；变换图片；换一个阈值。课末再来对照你的这张纸。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## When does a remedy help?
# “I tried it and the score went up” proves little: another seed, or another test, and the score goes down. Our rules, for every remedy alike:
#
# 1. **The same split and the same budget** as the plain network: the same images to learn from, the same number of steps. Where it is not the same, we say so.
# 2. **The threshold is chosen on validation images**, the one with the best F1 there (lesson 02). The test is for judging alone.
# 3. **Several runs.** Each remedy is trained with the seeds $s = 1, \dots, S$. A seed decides the initial weights, the order of the images and every random transformation.
# 4. **Pairs.** For each seed $s$ and each test $b$ – the real one, and $B = 1000$ that might have been drawn instead (positives among the positives, the others among the others) – we take the difference on the *same* images:
#
# $$D_{s,b} = \mathrm{F1}_{s,b}(\text{remedy}) - \mathrm{F1}_{s,b}(\text{plain}).$$
#
# 5. **A verdict by a rule.** For each $b$ we average $D_{s,b}$ over seeds that are themselves drawn at random. The middle 95 % of the $B$ means is an interval that holds both sources of chance, images and seeds. The same for AP.

# %% [markdown] lang="zh"
# ## 怎样才算有用？
# “我试了，分数涨了”说明不了什么：换一个随机种子，或者换一个测试集，分数又掉下来了。我们对每种办法一视同仁，规则如下：
#
# 1. **划分相同、预算相同**：与不加任何办法的网络学习同样的图像，训练同样多的步数。有例外就明说。
# 2. **阈值在验证集上选**，取那里 F1 最高的一个（第 02 课）；测试集只用来评判。
# 3. **训练多次。** 每种办法都用随机种子 $s = 1, \dots, S$ 各训练一次；种子决定初始权重、图像的顺序和每一次随机变换。
# 4. **成对比较。** 对每个种子 $s$ 和每个测试集 $b$（真实的那个，加上 $B = 1000$ 个“本来也可能抽到”的：正例从正例中重抽，反例从反例中重抽），在*同样的*图像上求差：
#
# $$D_{s,b} = \mathrm{F1}_{s,b}(\text{办法}) - \mathrm{F1}_{s,b}(\text{基线}).$$
#
# 5. **按规则下结论。** 对每个 $b$，在随机抽取的种子上求 $D_{s,b}$ 的平均；$B$ 个平均值中间的 95% 就是置信区间，图像和种子两方面的偶然性都在里面。AP 也照此办理。

# %% [markdown] lang="en" only="slides" slide="same"
# 1. The same images, the same number of steps
# 2. The **threshold** chosen on validation
# 3. Several seeds $s$; many tests $b$ that might have been drawn
# 4. **Pairs** on the same images; the middle 95 % is the interval
#
# $$D_{s,b} = \mathrm{F1}_{s,b}(\text{remedy}) - \mathrm{F1}_{s,b}(\text{plain})$$

# %% [markdown] lang="zh"
# 1. 图像相同，步数相同
# 2. **阈值**在验证集上选
# 3. 多个种子 $s$；许多“本来也可能抽到”的测试集 $b$
# 4. 在同样的图像上**成对比较**；中间的 95% 就是置信区间
#
# $$D_{s,b} = \mathrm{F1}_{s,b}(\text{办法}) - \mathrm{F1}_{s,b}(\text{基线})$$

# %% [markdown] lang="en" slide="notes"
# **3 min.** “I tried it and the score went up” proves little. $D_{s,b}$: the difference in F1 between remedy and plain network, both with seed $s$, both on test $b$. For each test we average over seeds that are themselves drawn at random; so the interval holds both sources of chance, images and seeds. The same for AP, which needs no threshold.
#
# **Misconception:** that one may compare two separate intervals. On the same images the two networks err together; only pairs use that (lesson 02).

# %% [markdown] lang="zh"
# **3 分钟。** “我试了，分数涨了”说明不了什么。$D_{s,b}$：办法与基线网络的 F1 之差，两者都用种子 $s$，都在测试集 $b$ 上。对每个测试集，在随机抽取的种子上求平均，所以区间里既有图像的偶然性，也有种子的偶然性。AP 也照此办理，它不需要阈值。
#
# **常见误解**：以为比较两个单独的区间就行了。在同样的图像上，两个网络往往一起错；只有成对比较用得上这一点（第 02 课）。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Is the rule fair?

# %% [markdown] lang="zh"
# ## 规则公道吗？

# %%
from imgrec_course.scratch.remedies import measure, positives_of

print(positives_of([1, 0, 1]))  # labels as True and False

# %% source="imgrec_course.scratch.remedies.draw_tests"

# %% source="imgrec_course.scratch.remedies.mean_over_runs"

# %% source="imgrec_course.scratch.remedies.verdict" slide="same" show="code"

# %% [markdown] lang="en" only="slides" slide="same"
# Two models of **equal** worth, compared 200 times: chance sits in the images, then in the runs.

# %% [markdown] lang="zh"
# 两个水平**相同**的模型，比较 200 回：偶然性先出在图像上，再出在训练上。

# %% [markdown] lang="en"
# Is the rule fair? We try it on “remedies” that do nothing: two models of the same worth, five runs each, on a test as small as ours. Whoever gets a verdict here was lucky or unlucky. Chance can sit in the *images* (each model has its own taste, the same in all its runs) or in the *runs* (some seeds go better than others):

# %% [markdown] lang="zh"
# 这条规则公道吗？拿什么也没改变的“办法”来试：两个水平相同的模型，各训练五次，测试集和我们的一样小。这时无论得出“有用”还是“有害”，都只是运气。偶然性可能出在*图像*上（每个模型各有偏好，它的各次训练都一样），也可能出在*训练*上（有的种子顺利，有的不顺利）：

# %% slide="same" show="output" outputs="2 3"
truth = np.repeat([1, 0], [36, 60])  # as many animals and things as in our test
tests = draw_tests(truth, resamples=300)


def scores_of_a_model(seen, taste, luck, noise):
    """Scores (5, 96) of five runs: what is seen in an image, and three kinds of chance."""
    strength = 1 + luck * generator.normal(size=(5, 1))
    own = taste * generator.normal(size=96) + noise * generator.normal(size=(5, 96))
    return seen + 1.5 * truth * strength + own


for name, chance in (("images", (0.5, 0.0, 0.1)), ("runs", (0.3, 0.3, 0.3))):
    generator, verdicts = np.random.default_rng(0), []
    for _ in range(200):
        seen = generator.normal(size=96)
        f1 = [
            measure(truth, scores_of_a_model(seen, *chance), [0.75] * 5, tests)["F1"]
            for _ in range(2)
        ]
        verdicts.append(verdict(*percentile_interval(mean_over_runs(f1[1] - f1[0]))))
    print("chance in the", name)
    false_alarms = np.mean(np.array(verdicts) != "cannot tell")
    claim("false verdicts on remedies that do nothing", false_alarms, at_most=0.12)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Two models of the same worth, five runs each, compared 200 times; once the chance sits in the images, once in the runs. Whoever gets a verdict here was lucky or unlucky: about one case in twenty, a little more when chance sits in the runs. The lesson applies the rule some forty times: expect a few verdicts that chance alone has made. The interval does not hold other training photographs, nor another validation set.

# %% [markdown] lang="zh"
# **1.5 分钟。** 两个水平相同的模型，各训练五次，比较 200 回；一次偶然性出在图像上，一次出在训练上。这时无论得出什么结论都只是运气：二十次里大约一次，出在训练上时还要多一些。本课要用这条规则四十来次，其中会有几个结论纯属偶然。区间不包含换一批训练照片或换一个验证集的情形。

# %% [markdown] lang="en"
# So even a fair rule errs in about one of twenty such cases, and a little more often when chance sits in the runs: five seeds are few. This lesson applies the rule some forty times: expect a few verdicts that chance alone has made. And note what the interval does *not* hold: other training photographs, another validation set. It speaks about our training set.
#
# **Exercise ★★★ judge_remedy.** The same for one run each. `labels`, `plain` and `remedy` hold 0 or 1 for each of $n$ images: the truth and the two models' decisions. Each line of `rows` $(B, n)$ lists the images of one resampled test. Return `(low, high, word)`: the interval of the difference in F1, and `"helps"`, `"hurts"` or `"cannot tell"`.

# %% [markdown] lang="zh"
# 可见，再公道的规则，二十次这样的情形里也大约会错一次；偶然性出在训练上时还要更多一些，因为五个种子毕竟太少。本课要用这条规则四十来次，所以其中会有几个结论纯属偶然。还要注意这个区间*不*包含什么：换一批训练照片，或换一个验证集。它说的只是我们这个训练集。
#
# **练习 ★★★ judge_remedy。** 每个模型只训练一次，做同样的事。`labels`、`plain`、`remedy` 对 $n$ 张图像各有一个 0 或 1，分别是真实情况和两个模型的判断；`rows` 的形状为 $(B, n)$，每一行列出一个重抽样测试集所含图像的下标。返回 `(low, high, word)`：F1 之差的区间，以及 `"helps"`（有用）、`"hurts"`（有害）或 `"cannot tell"`（看不出）。


# %% tags=["exercise"]
def judge_remedy(labels, plain, remedy, rows):
    """Interval of F1(remedy) − F1(plain) over the resampled tests, and the verdict."""
    ### BEGIN SOLUTION
    differences = [
        sklearn.metrics.f1_score(labels[one], remedy[one])
        - sklearn.metrics.f1_score(labels[one], plain[one])
        for one in rows
    ]
    low, high = np.quantile(differences, [0.025, 0.975])
    word = "helps" if low > 0 else "hurts" if high < 0 else "cannot tell"
    return low, high, word
    ### END SOLUTION


# %%
check("05.judge_remedy", judge_remedy)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Scarce photographs: the plain network
# The course's photographs: 159 to learn from, 63 for validation, 96 for the test. Before any network learns, a baseline that should fail. The data's README warns of a shortcut: most things were stamped small, had to be enlarged and look soft. So let us rank the test photographs by **sharpness alone**: how much, on average, each pixel differs from the mean of its four neighbours. (That is another measure than lesson 02's, and a cruder one. There only the inside of the outline counted, and fine detail was compared with detail twice as coarse; here the whole picture counts, outline and paper included, so a picture with many edges looks sharp, too. And there the figure was the area under the ROC curve; here it is AP.) Guessing has an AP of about 0.375, the share of animals.

# %% [markdown] lang="zh"
# ## 照片太少：不加任何办法的网络
# 本课程的照片：训练 159 张，验证 63 张，测试 96 张。在训练任何网络之前，先立一个本该失败的基线。数据说明里提醒过一条捷径：物品的原图大多较小，放大后显得模糊。那就只凭**清晰度**给测试照片排序：每个像素与上下左右四个邻居的均值平均相差多少。（这与第 02 课的量法不同，也更粗糙：那里只看轮廓之内，并把最细的细节与粗一倍的细节相比；这里看整幅图，连轮廓和白纸也算在内，所以边缘多的图也会显得清晰。另外，那里给出的是 ROC 曲线下面积，这里是 AP。）瞎猜的 AP 约为 0.375，即动物所占的比例。

# %% [markdown] lang="en" only="slides" slide="same"
# - **Plain**: the repaired network of lesson 04; 159 photographs to learn from, 96 for the test
# - **A baseline that should fail**: rank by sharpness alone

# %% [markdown] lang="zh"
# - **基线网络**：第 04 课修补后的网络；159 张照片用来学，96 张用来考
# - **本该失败的基线**：只凭清晰度排序

# %% slide="same" show="output"
from scipy.ndimage import laplace

photos = scarce_photos.splits()  # {"train": (images 0–1, 1 for animals), …}
test_images, test_animal = photos["test"]
# Four times the difference from the neighbours' mean, which ranks alike
sharpness = np.abs(laplace(test_images.mean(axis=3), axes=(1, 2))).mean(axis=(1, 2))
shortcut_ap = sklearn.metrics.average_precision_score(test_animal, sharpness)
claim("AP of sharpness alone", shortcut_ap, at_least=0.5, at_most=0.6)

# %% [markdown] lang="en"
# Sharpness beats guessing, and it knows nothing of animals. A network may well use it: on *this* collection that is no mistake, on yours it would be one. Keep it in mind whenever a number below looks good. A network is worth its training only above this line.
#
# The **plain** network, against which every remedy is measured, is the repaired network of lesson 04. It sees half-size pictures in which white paper is 0:

# %% [markdown] lang="zh"
# 只看清晰度就胜过瞎猜，而它对动物一无所知。网络很可能也会利用它：在*这个*图库里这不算错，到了你的图库里就是错。下面每当一个数好看时，都请想起这一点。网络至少要超过这条线，才不算白训练。
#
# 所有办法都要与之比较的**基线网络**（plain），就是第 04 课修补后的网络。它看的是长宽减半的图片，白纸记为 0：

# %% source="imgrec_course.experiments.scarce_photos.prepare"

# %% source="imgrec_course.experiments.scarce_photos.build"

# %% [markdown] lang="en"
# It trains for 60 epochs (40 in lesson 04), that is 600 steps of 16 photographs, with a learning rate of 0.002. All remedies together, five seeds each, took the better part of an hour. They were trained once, by `imgrec experiment scarce_photos`; this lesson reads the stored scores. One run, the plain network with the first seed, we repeat now:

# %% [markdown] lang="zh"
# 它训练 60 轮（第 04 课是 40 轮），即 600 步，每步 16 张照片，学习率 0.002。所有办法各用五个种子，一共训练了大半个小时，所以由 `imgrec experiment scarce_photos` 事先训练一次，本课读取存下的得分。其中一次，即基线网络的第一个种子，现在当场重做：

# %% slide="same" show="output" outputs="3"
stored = load_result("scarce_photos")
live = scarce_photos.train(seed=0)
live_ap = sklearn.metrics.average_precision_score(test_animal, live["test"])
stored_ap = [
    sklearn.metrics.average_precision_score(test_animal, run)
    for run in stored["plain"]["test"]
]
print("AP of the five stored runs:", measured(" ".join(f"{ap:.2f}" for ap in stored_ap)))
print("trained here in", measured(live["seconds"], "s"))
claim(
    "the live run's AP differs from the stored runs' mean by",
    abs(live_ap - np.mean(stored_ap)),
    at_most=0.15,
)
claim(
    "the plain network beats sharpness by", np.mean(stored_ap) - shortcut_ap, at_least=0.1
)

# %% [markdown] lang="en"
# Now the machinery of the verdict, for all remedies at once. `measure` gives P, R, F1 and AP of every run (rows) on every test (columns); column 0 is the real test. (It equals scikit-learn's functions with sample weights; a test of the package holds it to that.)

# %% [markdown] lang="zh"
# 接下来是给所有办法一并下结论的程序。`measure` 算出每次训练（行）在每个测试集（列）上的 P、R、F1 和 AP；第 0 列是真实的测试集。（它与带样本权重的 scikit-learn 函数结果相同，程序包的测试保证这一点。）


# %%
def judged(test_labels, tests, validation, scores, prevalence=None):
    """P, R, F1, AP of every run on every test, thresholds chosen on validation.

    validation   (labels, scores) of every run's validation images
    scores       (runs, n) of the test images
    """
    thresholds = [best_f1_threshold(*pair)[0] for pair in validation]
    return measure(test_labels, scores, thresholds, tests, prevalence)


def compare(remedy, plain):
    """Means on the real test, intervals and verdicts; two results of measure()."""
    row = {name: np.nanmean(remedy[name][:, 0]) for name in remedy}
    for name in ("F1", "AP"):
        of_remedy, of_plain = remedy[name][:, 1:], plain[name][:, 1:]
        row[f"{name} interval"] = percentile_interval(mean_over_runs(of_remedy))
        row[f"{name} change"] = percentile_interval(mean_over_runs(of_remedy - of_plain))
        row[f"{name} verdict"] = verdict(*row[f"{name} change"])
    return row


def table(rows, names):
    """Means on the test, then the ends of the intervals of the change, then the verdicts."""
    print("P, R, F1, AP | change in F1 from, to | in AP from, to | verdict on F1, on AP")
    for name in names:
        row = rows[name]
        means = " ".join(f"{row[key]:.2f}" for key in ("P", "R", "F1", "AP"))
        changes = " | ".join(
            "{:+.2f} {:+.2f}".format(*row[f"{key} change"]) for key in ("F1", "AP")
        )
        verdicts = "–" if name == "plain" else f"{row['F1 verdict']}, {row['AP verdict']}"
        print(f"{name:19s} {measured(f'{means} | {changes}')} {verdicts}")


# %% slide="same" show="output" outputs="2"
validation_animal = photos["validation"][1]
animal_tests = np.vstack([np.ones((1, 96), dtype=int), draw_tests(test_animal)])
photo_results = {
    part: judged(
        test_animal,
        animal_tests,
        [(validation_animal, np.array(run)) for run in stored[part]["validation"]],
        np.array(stored[part]["test"]),
    )
    for part in stored
    if not part.startswith("few")
}
photo_rows = {
    part: compare(result, photo_results["plain"]) for part, result in photo_results.items()
}
table(photo_rows, ["plain", "article"])
for part in ("plain", "article"):
    print(f"{part}: largest training loss", measured(f"{max(stored[part]['loss']):.3f}"))
own = photo_rows["plain"]["F1 interval"]
claim("width of the interval of plain's own F1", own[1] - own[0], at_least=0.1)
gap = photo_rows["plain"]["AP"] - photo_rows["article"]["AP"]
claim("the small network ranks better than the article's, by", gap, at_least=0.05)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Guessing has an AP of about 0.375, the share of animals. Sharpness beats that and knows nothing of animals: most things were stamped small, had to be enlarged and look soft. A network may use it; on this collection that is no mistake, on yours it would be one. And look at the width of the interval for one and the same network: 96 photographs do not tell five points.
#
# **Misconception:** that a training loss near 0 is success. The plain network knows its photographs nearly by heart: that is overfitting.

# %% [markdown] lang="zh"
# **2 分钟。** 瞎猜的 AP 约为 0.375，即动物所占的比例。清晰度胜过瞎猜，却对动物一无所知：物品的原图大多较小，放大后显得模糊。网络很可能也会利用它；在这个图库里不算错，到了你的图库里就是错。再看同一个网络的区间有多宽：96 张照片分辨不出五个百分点。
#
# **常见误解**：以为训练损失接近 0 就是成功。基线网络差不多把照片背下来了：这就是过拟合。

# %% [markdown] lang="en"
# Both networks know their training photographs nearly by heart: the loss there is close to 0. That *is* overfitting. And look at how wide the interval of F1 is for one and the same network: 96 photographs, 36 of them animals, do not tell a difference of five points. That is why we need pairs, seeds and modesty.
#
# The article's network with its 25 million parameters *ranks* worse than the small one, which has 69,825 (lesson 04 takes it apart). Its budget is another one: 10 epochs, on full-size pictures as they are. Its F1 is not worse by an amount that one could tell. (Perhaps because 63 photographs chose the small network's thresholds badly: see the row *threshold* of the table at the end.)

# %% [markdown] lang="zh"
# 两个网络都差不多把训练照片背下来了：在那里损失接近 0。这*就是*过拟合。再看同一个网络的 F1 区间有多宽：96 张照片，其中 36 张动物，分辨不出五个百分点的差别。所以才需要成对比较、多个种子，还需要谦虚。
#
# 文章的网络有 2500 万个参数，*排序*却不如只有 69 825 个参数的小网络（第 04 课把它拆开看过）。它的预算不同：用原样的图片（原尺寸、不反相），训练 10 轮。它的 F1 则看不出更差。（也许是因为只用 63 张照片，没给小网络选好阈值：见后面总表的 *threshold* 一行。）

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Augmentation: which changes keep the label?
# Data augmentation shows the network changed copies of its pictures, new ones in every epoch. The claim behind it is: *whoever saw only the changed picture would give the old answer*. Then each copy is a new example for nothing. Whether the claim holds depends on the question.
#
# **Exercise ★ keeps_label.** For each of these six, `True` if the label is kept for *every* picture; a tuple of six.
#
# 1. *animal or not*; mirrored left to right
# 2. *animal or not*; turned upside down
# 3. *left shoe or right shoe*; mirrored left to right
# 4. *which digit, 0 to 9*; turned by half a turn
# 5. *tomato ripe or unripe*; all hues changed at random
# 6. *which of ten garments*; shifted by two pixels

# %% [markdown] lang="zh"
# ## 数据增强：哪些变换不改变标签？
# 数据增强给网络看图片的变样副本，每一轮都是新的。它背后的主张是：*只看到变换后的图片的人，会给出同样的答案*。这样，每个副本都是白得的新样本。这一主张成不成立，要看问的是什么。
#
# **练习 ★ keeps_label。** 下面六种情况，对*每一张*图片标签都不变的写 `True`；答案是六个值的元组。
#
# 1. *是不是动物*；左右镜像
# 2. *是不是动物*；上下颠倒
# 3. *左脚鞋还是右脚鞋*；左右镜像
# 4. *数字 0 到 9 中的哪一个*；转半圈
# 5. *番茄熟没熟*；随机改变所有色相
# 6. *十类服饰中的哪一类*；平移两个像素

# %% tags=["exercise"]
### BEGIN SOLUTION
keeps_label = (True, True, False, False, False, True)
### END SOLUTION

# %%
check("05.keeps_label", keeps_label)

# %% [markdown] lang="en"
# To keep the label is necessary. It is not enough: the changed picture should also be one that might come up in *use*. Our photographs stand upright on white paper, in training and in the test. Four recipes in Keras layers, on one training photograph:
#
# - **gentle**: mirrored left to right, turned by up to 18 degrees, up to 15 % larger or smaller, shifted by up to 10 %; what comes into view is paper
# - **any angle**: turned by any angle; heads may point down
# - **brightness**: brightness and contrast change; the paper with them
# - **black corners**: turned and shifted as in “gentle”, but what comes into view is black. Pictures on white get such corners from the fill value 0, the default of Keras's layers once you ask for a constant

# %% [markdown] lang="zh"
# 标签不变是必要条件，但还不够：变换后的图片还应当是*使用时*可能遇到的。我们的照片无论训练还是测试，都端端正正地立在白纸上。下面是用 Keras 层写的四套做法，用在同一张训练照片上：
#
# - **轻微**（gentle）：左右镜像，转动至多 18 度，放大或缩小至多 15%，平移至多 10%；新露出来的部分是白纸
# - **任意角度**（any angle）：转任意角度，头可能朝下
# - **亮度**（brightness）：改变亮度和对比度，白纸也跟着变
# - **黑角**（black corners）：像“轻微”那样转动和平移，但新露出来的部分是黑的。Keras 各层选用常数填充时，默认的填充值是 0，白底图片的角就这样变黑

# %% slide="same" column="right"
# As in training: half size, paper is 0; for the eye it is turned back, paper is 1 and white.
example = scarce_photos.prepare(photos["train"][0][129:130])  # (1, 112, 112, 3)
keras.utils.set_random_seed(4)
pictures, titles = [], []
for name in ("gentle", "any_angle", "brightness", "black_corners"):
    layers = keras.Sequential(augmentation(name, paper=0.0))
    changed = [layers(example, training=True) for _ in range(5)]
    pictures += [1 - np.asarray(picture)[0].clip(0, 1) for picture in [example, *changed]]
    titles += ["original", *[name.replace("_", " ")] * 5]
show(
    plots.photo_grid(np.array(pictures), titles, columns=6, size=1.3),
    "One photograph of an animal in four rows, each with five random versions: gentle, turned by any angle, brightness changed, and with black corners.",
    photographs=True,
)

# %% [markdown] lang="en"
# The layers change pictures in training only; in use they let them pass unchanged. To be sure:

# %% [markdown] lang="zh"
# 这些层只在训练时改变图片，使用时原样放行。验证一下：

# %%
gentle = keras.Sequential(augmentation("gentle", paper=0.0))
in_use = np.asarray(gentle(example, training=False))
claim("in use the layers change a picture by", np.abs(in_use - example).max(), at_most=0)

# %% [markdown] lang="en" slide="same" take="predict"
# **Predict first.** Each recipe keeps the label “animal or not”. Which of the four helps, which hurts?

# %% [markdown] lang="zh"
# **先预测。** 四套做法都不改变“是不是动物”的标签。哪套有用，哪套有害？

# %% [markdown] lang="en" slide="notes"
# **2 min.** Four rows, one recipe each: gentle, any angle, brightness, black corners (what comes into view is filled with 0). The claim behind augmentation: whoever saw only the changed picture would give the old answer. All four keep the label “animal or not”. Ask for questions where that would fail: which way does the arrow point (mirrored)? Is the leaf healthy (hues changed)?

# %% [markdown] lang="zh"
# **2 分钟。** 四行，一行一套做法：轻微、任意角度、亮度、黑角（新露出来的部分填 0）。数据增强背后的主张是：只看到变换后的图片的人，会给出同样的答案。四套都不改变“是不是动物”的标签。请大家举出不成立的问题：箭头指向哪边（镜像）？叶子健康吗（改变色相）？

# %% slide="subslide" show="output" outputs="1 2"
table(photo_rows, ["plain", "gentle", "gentle_longer"])
table(photo_rows, ["any_angle", "brightness", "black_corners"])
hurt = [
    photo_rows[part]["AP change"][1]
    for part in ("any_angle", "brightness", "black_corners")
]
claim("the other three: upper end of the change in AP", max(hurt), at_most=0)
claim(
    "gentle: upper end of the change in AP",
    photo_rows["gentle"]["AP change"][1],
    at_least=0,
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# To keep the label is necessary, not enough: the picture must also be one that comes up **in use**.

# %% [markdown] lang="zh"
# 标签不变是必要的，但还不够：变换后的图片还应当是**使用时**会遇到的。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Read a row: P, R, F1 and AP on the test; the interval of the change in F1, then in AP; the verdicts. Three recipes hurt the ranking. What is up and what is down was information; white paper is the one thing that all photographs share. Gentle: cannot tell, also with twice the steps.
#
# **Misconception:** “So augmentation does not work.” On 159 photographs cut out on white, with this network and this budget, no gain could be measured; further down the same recipe helps.

# %% [markdown] lang="zh"
# **2.5 分钟。** 念一行：测试集上的 P、R、F1 和 AP；F1 变化的区间，AP 变化的区间；最后是结论（helps 有用，hurts 有害，cannot tell 看不出）。三套做法损害了排序：上下本来是信息，白纸是所有照片唯一的共同点。轻微：看不出，步数加倍也一样。
#
# **常见误解**：“可见数据增强没用。”只能说：对这 159 张白底抠图的照片、这个网络和这份预算，没能测出好处；下文里同一套做法就有用。

# %% [markdown] lang="en"
# Not one of the four improved the ranking. **Three hurt it**, though all four keep the label:
#
# - *Any angle*: animals stand, and so do things. What is up and what is down was information; we threw it away, and the small network had to learn every animal in every position, in the same 600 steps.
# - *Brightness*: white paper is the one thing that all these photographs share. The network sees it as 0; now it is grey in about half of the pictures.
# - *Black corners*: the same, drastically. It comes from a default value.
#
# *Gentle* is the recipe that the textbooks recommend. Its interval holds losses and gains: **cannot tell**. Its training loss is still about 0.2 at the end: the task has become harder, and 600 steps are few. With twice the steps (*gentle longer*, twice the budget!) its means rise to those of the plain network or a little above; the verdict stays the same. That is not “augmentation does not work”. It is: on 159 photographs cut out on white, with this network and this budget, we could not measure a gain. Further down the same recipe does help, in another place.

# %% [markdown] lang="zh"
# 四套做法没有一套改善了排序。**三套损害了排序**，尽管它们都不改变标签：
#
# - *任意角度*：动物站着，物品也立着。上下本来是信息；我们把它扔了，小网络不得不用同样的 600 步学会每种动物的各种姿态。
# - *亮度*：白纸是所有这些照片唯一的共同点。网络看到的白纸是 0；现在约有一半的图片里它成了灰色。
# - *黑角*：同样的毛病，更严重，而祸根只是一个默认值。
#
# *轻微*是教科书推荐的做法。它的区间里有得有失：**看不出**。训练结束时它的损失仍在 0.2 左右：题目变难了，而 600 步不算多。步数加倍（*gentle longer*，预算也加倍！），平均值回升到与基线持平或略高；结论不变。这并不等于“数据增强没用”，而是：对这 159 张白底抠图的照片、这个网络和这份预算，我们没能测出好处。下文里同一套做法换个地方就有用了。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Model optimisation, first part: regularisation
# “Optimise the model by adjusting its parameters”, says the article. But *parameters* are what every training adjusts. What we choose ourselves – the rate of dropout, a penalty, when to stop – are hyper-parameters. Three classical remedies against overfitting:
#
# - **Dropout** (Srivastava et al. 2014): in training each of the 64 pooled features is set to 0 with probability $r = 0.5$, and the survivors are multiplied by $1/(1-r)$, so that their expected sum stays. In use nothing happens.
# - **Weight decay** (Loshchilov & Hutter 2019): beside the step of the optimiser each weight shrinks a little, $\theta \leftarrow \theta - \eta\lambda\theta$, with the learning rate $\eta = 0.002$ and $\lambda = 0.1$.
# - **Early stopping** (Prechelt 1998): watch the loss on the validation photographs, stop when it has not fallen for 10 epochs, and go back to the best weights. It saves time; and it uses the validation set twice, for stopping and for the threshold.

# %% [markdown] lang="zh"
# ## 模型优化之一：正则化
# 文章说，模型优化就是“调整参数”。可是*参数*正是每次训练都在调的东西；由我们自己选定的，即暂退的比例、惩罚的强弱、何时停止，叫超参数。对付过拟合有三种经典办法：
#
# - **暂退法**（dropout，Srivastava 等 2014）：训练时，64 个汇聚后的特征各以概率 $r = 0.5$ 置为 0，留下的乘以 $1/(1-r)$，使总和的期望不变；使用时什么也不做。
# - **权重衰减**（Loshchilov & Hutter 2019）：除优化器的一步之外，每个权重再缩小一点，$\theta \leftarrow \theta - \eta\lambda\theta$，学习率 $\eta = 0.002$，$\lambda = 0.1$。
# - **早停**（Prechelt 1998）：盯住验证照片上的损失，连续 10 轮没有下降就停，并退回到最好的权重。它省时间；但验证集用了两次，一次决定何时停，一次决定阈值。

# %%
features = np.ones((1, 10_000), dtype="float32")
keras.utils.set_random_seed(0)
dropped = np.asarray(keras.layers.Dropout(0.5)(features, training=True))
claim("values that dropout leaves", set(dropped.ravel()) == {0.0, 2.0})
claim("their mean", dropped.mean(), equals=1, within=0.05)

theta = keras.Variable([1.0])
decay = keras.optimizers.AdamW(learning_rate=0.002, weight_decay=0.1)
decay.apply([keras.ops.zeros(1)], [theta])  # no gradient: what is left is the decay
claim("a weight of 1 becomes", float(theta[0]), equals=1 - 0.002 * 0.1, within=1e-7)

# %% slide="same" show="output" outputs="1 2 4 5"
table(photo_rows, ["plain", "dropout", "weight_decay", "early_stopping"])
print(
    "epochs until early stopping",
    measured(" ".join(f"{n:.0f}" for n in stored["early_stopping"]["epochs"])),
)


def mean_loss(part):
    """Cross-entropy on the test, mean over photographs and seeds, from logits."""
    sign = np.where(test_animal == 1, 1, -1)
    return np.mean(np.logaddexp(0, -sign * np.array(stored[part]["test"])))


loss_fell = mean_loss("plain") - mean_loss("early_stopping")
claim("early stopping lowers the loss on the test by", loss_fell, at_least=0.1)
epochs = np.mean(stored["early_stopping"]["epochs"])
claim("epochs until early stopping, on average", epochs, at_most=50)
claim(
    "early stopping: upper end of the change in AP",
    photo_rows["early_stopping"]["AP change"][1],
    at_most=0,
)
same = photo_rows["weight_decay"]["AP"] - photo_rows["plain"]["AP"]
claim("weight decay moves AP by", abs(same), at_most=0.02)

# %% [markdown] lang="en" only="slides" slide="fragment"
# Early stopping watched the **loss**, and lowered it. The **ranking** came out worse.

# %% [markdown] lang="zh"
# 早停盯着**损失**，损失也降了；**排序**却变差了。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Dropout: half of the features set to 0 at each training step. Weight decay: each weight shrinks a little at each step. Early stopping: stop when the loss on validation has not fallen for ten epochs. Three stories: no difference that one could measure; the same AP, so only decisions at thresholds chosen on 63 photographs came out better, and the interval only just leaves out 0; the *loss* on the test lower, the *ranking* worse.
#
# **Misconception:** that early stopping cannot hurt. A remedy does what it is told to watch.

# %% [markdown] lang="zh"
# **2.5 分钟。** 暂退法：每个训练步把一半特征置为 0。权重衰减：每一步把每个权重缩小一点。早停：验证损失连续 10 轮没有下降就停。三个不同的故事：没有测得出的差别；AP 与原来一样，变好的只是用 63 张照片选出的阈值所作的判断，而且区间刚刚不含 0；测试集上的*损失*更低，*排序*却更差。
#
# **常见误解**：以为早停总不会有害。你让一种办法盯着什么，它就只管什么。

# %% [markdown] lang="en"
# **Read slowly.** Three different stories.
#
# - *Dropout* makes no difference that one could measure here.
# - *Early stopping* was told to watch the loss on the validation photographs, and did: its loss is much lower, on the test as well. Its *probabilities* are better, for the plain network is far too sure of itself. But its *ranking* of the test is worse: by the measure of this lesson it **hurts**. A remedy does what it is told to watch. (The AP on validation, the same for both, gave no warning: 63 photographs are few.)
# - *Weight decay* has the same AP as before, so its ranking is no better; yet its F1 gets a “helps”. Then only the decisions at thresholds chosen on 63 photographs came out better. Perhaps decay makes scores steadier; perhaps this is one of the verdicts that chance alone makes (its interval only just leaves out 0). We would not build on it before a second experiment.

# %% [markdown] lang="zh"
# **慢慢读。** 这是三个不同的故事。
#
# - *暂退法*在这里没有测得出的差别。
# - *早停*奉命盯着验证照片上的损失，它也做到了：损失低得多，测试集上也是如此。它的*概率*更好，因为基线网络过于自信。可是它对测试照片的*排序*更差：按本课的尺度，它**有害**。你让一种办法盯着什么，它就只管什么。（验证集上的 AP 两者一样，没有给出警告：63 张照片太少了。）
# - *权重衰减*的 AP 与原来一样，可见排序并没有更好；F1 却得了“有用”。那么变好的只是用 63 张照片选出的阈值所作的判断。也许衰减使得分更稳定；也许这正是纯属偶然的结论之一（它的区间刚刚不含 0）。没有第二次实验之前，我们不会依赖它。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Model optimisation, second part: what others have learned
# **Transfer learning.** EfficientNet-Lite0 has learned a thousand kinds of things from more than a million photographs. We cut off its last layer and keep the 1,280 features before it. Two ways to go on:
#
# - **frozen**: the network stays as it is; only a new head learns, a logistic regression (lesson 01's finder). It has one best solution: all seeds agree.
# - **fine-tuned**: the upper part learns on with a small rate (Yosinski et al. 2014 measured how far up features are general). Here the last block and everything above it; 15 epochs. What lies below is frozen, so its output is computed once. The network's layers of batch normalisation, which bring each channel to about mean 0 and deviation 1, keep the means and deviations of ImageNet.

# %% [markdown] lang="zh"
# ## 模型优化之二：别人学到的东西
# **迁移学习。** EfficientNet-Lite0 从一百多万张照片里学会了一千类东西。去掉它的最后一层，留下前面的 1280 个特征，然后有两条路：
#
# - **冻结**（frozen）：网络原样不动，只学一个新的头，即逻辑回归（第 01 课的查找器）。它只有一个最优解，所以各个种子的结果相同。
# - **微调**（fine-tuned）：上面一部分以很小的学习率接着学（Yosinski 等 2014 测量过特征到哪一层还通用）。这里是最后一个块及其以上，共 15 轮。其余部分冻结，它们的输出只需算一次。网络里的批归一化层把每个通道归一化到均值 0、标准差 1 左右，均值和标准差沿用 ImageNet 的。

# %% [markdown] lang="en" only="slides" slide="same"
# - **frozen**: the pre-trained network stays; only a new head learns
# - **fine-tuned**: its upper part learns on, with a small rate

# %% [markdown] lang="zh"
# - **冻结**（frozen）：预训练网络原样不动，只学一个新的头
# - **微调**（fine-tuned）：上面一部分以很小的学习率接着学

# %% slide="same" show="output" outputs="2 3 5"
network = load_efficientnet_lite0(include_top=False)
embeddings = {  # (n, 1280) each; the network takes pixel values from 0 to 255
    split: network.predict(images * 255, batch_size=8, verbose=0)
    for split, (images, _) in photos.items()
}
head = scarce_photos.head(embeddings["train"], photos["train"][1])
frozen_scores = head.decision_function(embeddings["test"])
claim(
    "the head trained here differs from the stored scores by",
    np.abs(frozen_scores - stored["frozen"]["test"][0]).max(),
    at_most=0.05,
)
table(photo_rows, ["plain", "frozen", "fine_tuned"])
claim("F1 of the frozen network", photo_rows["frozen"]["F1"], at_least=0.95)
claim("F1 of the fine-tuned network", photo_rows["fine_tuned"]["F1"], at_least=0.95)
claim(
    "frozen: lower end of the change in F1",
    photo_rows["frozen"]["F1 change"][0],
    at_least=0.1,
)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** EfficientNet-Lite0 has learned a thousand kinds of things from more than a million photographs; we keep the 1,280 features before its last layer. Frozen: a logistic regression of 1,281 numbers on top (lesson 01's finder). That settles it: practically every animal of the test is found. Which of the two is better this test cannot say: there is no room left above 1.
#
# **Misconception:** that this is magic. About 400 of the thousand kinds are animals: the network had met the question before.

# %% [markdown] lang="zh"
# **2.5 分钟。** EfficientNet-Lite0 从一百多万张照片里学会了一千类东西；我们留下最后一层之前的 1280 个特征。冻结：上面加一个 1281 个数的逻辑回归（第 01 课的查找器）。胜负已分：测试集里的动物几乎全找到了。两者谁更好，这个测试集说不出来：1 之上已没有余地。
#
# **常见误解**：以为这是魔法。一千类里约有 400 类是动物：这道题网络早就见过。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Even fewer photographs

# %% [markdown] lang="zh"
# ## 照片再少一些

# %% [markdown] lang="en"
# That settles it. A head of 1,281 numbers on features that others have learned finds practically every animal of the test. Fine-tuning gets there, too; which of the two is better, this test cannot say: there is no room left above 1. (Do not be dazzled: about 400 of ImageNet's thousand kinds of things are animals, so the network had met the question before.)

# %% [markdown] lang="zh"
# 胜负已分。在别人学好的特征上加一个只有 1281 个数的头，几乎找出了测试集里的每一只动物。微调也达到了；两者谁更好，这个测试集说不出来：1 之上已没有余地。（别被晃花了眼：ImageNet 的一千类东西里约有 400 类是动物，这道题网络早就见过。）

# %% [markdown] lang="en"
# **Even fewer photographs.** To see differences again we take away most of the training photographs: 40, 20 or 10 are left, drawn anew for each run (20 draws where training takes no time, 5 otherwise), 300 steps from scratch, 150 for fine-tuning. “Frozen, augmented” shows the head each photograph as it is and in eight gentle versions. Measured by AP, which needs no threshold: with 10 photographs to learn from nobody has 63 to choose a threshold on.

# %% [markdown] lang="zh"
# **照片再少一些。** 为了重新看出差别，我们拿走大部分训练照片，只剩 40、20 或 10 张，每次训练重新抽取（几乎不花时间的办法抽 20 次，其余 5 次）；从头训练 300 步，微调 150 步。“冻结＋增强”把每张照片连同 8 个轻微变换的版本一起给新的头学习。这里用不需要阈值的 AP 来衡量：只有 10 张照片可学的人，不会有 63 张来选阈值。

# %% slide="same" show="output" outputs="4 5"
few = {
    "from scratch": stored["few_from_scratch"],
    "fine-tuned": stored["few_fine_tuned"],
    "frozen": stored["few_frozen"]["plain"],
    "frozen, augmented": stored["few_frozen"]["augmented"],
}
few_ap = {}  # method → {size: AP of every draw (rows) on every test}
for name, by_size in few.items():
    few_ap[name] = {}
    for size, runs in by_size.items():
        no_threshold = np.zeros(len(runs))  # AP needs none
        result = measure(test_animal, np.array(runs), no_threshold, animal_tests)
        few_ap[name][int(size)] = result["AP"]
    means = "  ".join(f"{size}: {ap[:, 0].mean():.2f}" for size, ap in few_ap[name].items())
    print(f"{name:18s}", measured(f"AP {means}"))

for name in ("frozen, augmented", "fine-tuned"):
    for size, ap in few_ap[name].items():
        change = ap - few_ap["frozen"][size][: len(ap)]  # pairs: the same draws
        low, high = percentile_interval(mean_over_runs(change[:, 1:]))
        numbers = measured(f"{low:+.3f} {high:+.3f}")
        print(f"{name} against frozen, {size} photographs {numbers} {verdict(low, high)}")
        if size == 10:
            claim("with 10 photographs: lower end of the change in AP", low, at_least=0)
scratch_of_ten = few_ap["from scratch"][10][:, 0].mean()
claim("AP from scratch, 10 photographs", scratch_of_ten, at_most=0.65)
claim("AP frozen, 10 photographs", few_ap["frozen"][10][:, 0].mean(), at_least=0.85)

# %% slide="same" column="right"
figure, axes = subplots(size=(7.0, 4.2))
for (name, by_size), marker, style, offset in zip(
    few_ap.items(),
    plots.MARKERS,
    ("-", "--", "-.", ":"),
    (-0.03, -0.01, 0.01, 0.03),
    strict=False,
):
    sizes = np.array(list(by_size)) * (1 + offset)
    aps = np.array([[ap[:, 0].mean(), ap[:, 0].std()] for ap in by_size.values()])
    look = {"marker": marker, "linestyle": style, "capsize": 3, "label": name}
    axes.errorbar(sizes, aps[:, 0], aps[:, 1], **look)
axes.axhline(shortcut_ap, color=plots.CHANCE, linestyle=":", linewidth=1)
axes.text(10, shortcut_ap + 0.01, "sharpness alone", fontsize=8)
axes.set_xscale("log")
axes.set_xticks([10, 20, 40], ["10", "20", "40"])
axes.minorticks_off()
axes.set(xlabel="photographs to learn from", ylabel="AP on the test", ylim=(0.3, 1.02))
axes.set_title("The fewer photographs, the more a pre-trained network is worth")
axes.legend(loc="lower right", ncols=2)
show(
    figure,
    "Average precision over the number of training photographs, 10 to 40: the frozen and the fine-tuned pre-trained network lie far above the network trained from scratch.",
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# With ten, **gentle** pictures help the frozen head, and **fine-tuning** beats it.

# %% [markdown] lang="zh"
# 只有十张时，**轻微**变换对冻结的网络有用，**微调**又胜过它。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Most training photographs are taken away: 40, 20 or 10 are left, drawn anew for each run. From scratch, ten photographs give no more than sharpness alone. And where there is room above, verdicts appear that the full set could not give: the same gentle recipe now helps a little. “Does it help?” has no answer without “where?”.
#
# **Misconception:** that fine-tuning always wins with few photographs. It has many more weights to spoil; a small rate, few steps and frozen batch normalisation kept it from doing so.

# %% [markdown] lang="zh"
# **2.5 分钟。** 拿走大部分训练照片，只剩 40、20 或 10 张，每次训练重新抽取。从头训练，十张照片的结果不比只看清晰度强。在还有余地的地方，出现了用全部照片时得不到的结论：同一套轻微变换，现在略有帮助。不问“在哪里”，“有没有用”就没有答案。
#
# **常见误解**：以为照片少时微调必胜。它能弄坏的权重要多得多；靠小学习率、少量步数和冻结的批归一化，才没有弄坏。

# %% [markdown] lang="en"
# With ten photographs, four of them animals, a network from scratch is no better than looking at sharpness. The pre-trained one ranks most animals before most things. And here, where there is room, two verdicts appear that the full set could not give: the **gentle** recipe helps the frozen head a little, and **fine-tuning** helps it more. Same recipes, another place: “does it help?” has no answer without “where?”.
#
# It is not a law that fine-tuning wins with few photographs; it has many more weights to spoil. Here a small rate, 150 steps and frozen batch normalisation kept it from spoiling them. The differences at 20 and 40 photographs are smaller than what this test can tell, or nearly so.

# %% [markdown] lang="zh"
# 只有十张照片（其中四张动物）时，从头训练的网络不比只看清晰度强；预训练的网络却能把大多数动物排在大多数物品前面。在这里，在还有余地的地方，出现了全部照片时得不到的两个结论：**轻微**的数据增强对冻结网络的头略有帮助，**微调**的帮助更大。同样的办法，换了地方：不问“在哪里”，“有没有用”就没有答案。
#
# 照片少时微调必胜，并不是规律；它能弄坏的权重要多得多。这里靠小学习率、150 步和冻结的批归一化，才没有弄坏。照片有 20 张和 40 张时，差别已接近或低于这个测试集的分辨能力。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## One pullover in a hundred
# Now the second problem. Each seed draws a world of its own: 20,000 training images, 200 of them pullovers, and 10,000 for validation, 100 of them pullovers. A small network (26,433 parameters) learns to say *pullover or not*, 1,600 steps of 128 images. A batch holds 1.28 pullovers on average, and more than a quarter of the batches, $0.99^{128} \approx 28\,\%$, hold none.
#
# **The test** is Fashion-MNIST's own with 1,000 pullovers among 10,000 garments: ten per cent, not one. Precision depends on that (lesson 01). We keep all 1,000, so that recall is known well, and weight the images until pullovers make up $\pi = 1\,\%$: $P = \mathrm{TPR}\,\pi/(\mathrm{TPR}\,\pi + \mathrm{FPR}(1-\pi))$. All P, F1 and AP below are those of the rare world.
#
# **Predict first.** A network that never says “pullover”: how often is it right?

# %% [markdown] lang="zh"
# ## 一百件里有一件套头衫
# 现在来看第二个问题。每个种子各抽一个自己的“世界”：训练图像 20 000 张，其中套头衫 200 张；验证图像 10 000 张，其中套头衫 100 张。一个小网络（26 433 个参数）学习回答*是不是套头衫*，共 1600 步，每步 128 张。一个批量平均有 1.28 件套头衫，而超过四分之一的批量（$0.99^{128} \approx 28\,\%$）一件也没有。
#
# **测试集**用 Fashion-MNIST 自带的：10 000 件服饰里有 1000 件套头衫，占 10%，而不是 1%。查准率受它影响（第 01 课）。我们保留全部 1000 件，好把查全率测准；再给图像加权，使套头衫恰好占 $\pi = 1\,\%$：$P = \mathrm{TPR}\,\pi/(\mathrm{TPR}\,\pi + \mathrm{FPR}(1-\pi))$。下面的查准率、F1 和 AP 都是稀有世界里的值。
#
# **先预测。** 一个从不说“套头衫”的网络，有多少次是对的？

# %% [markdown] lang="en" only="slides" slide="same"
# - 20,000 garments to learn from, 200 of them pullovers; eight such worlds
# - the test weighted until pullovers make up 1 %
#
# **Predict first.** A network that never says “pullover”: how often is it right? How many batches of 128 hold no pullover at all?

# %% [markdown] lang="zh"
# - 20 000 件服饰用来学，其中套头衫 200 件；这样的“世界”有八个
# - 给测试集加权，使套头衫恰好占 1%
#
# **先预测。** 一个从不说“套头衫”的网络，有多少次是对的？每批 128 件，有多大比例的批量里一件套头衫也没有？

# %% slide="fragment" show="output" outputs="1 2 5"
rare_validation = is_pullover[world["validation"]]  # (10000,)
claim("accuracy of never saying pullover", np.mean(~rare_validation), equals=0.99)
train_labels = is_pullover[world["train"]]  # (20000,)
order = rare_class.order_of_images(train_labels, oversampled=False, seed=0)
in_batch = train_labels[order].reshape(-1, rare_class.BATCH).sum(axis=1)  # (1600,)
claim(
    "share of batches without a pullover",
    np.mean(in_batch == 0),
    at_least=0.25,
    at_most=0.31,
)

rare_stored = load_result("rare_class")
rare_live = rare_class.train(seed=0)
rare_weight = np.where(test_pullover, 0.01 / 1000, 0.99 / 9000)


def rare_ap(logits):
    """AP in the world where one garment in a hundred is a pullover; logits (10000,)."""
    return sklearn.metrics.average_precision_score(
        test_pullover, logits, sample_weight=rare_weight
    )


plain_ap = [rare_ap(rare_class.unpack(text)) for text in rare_stored["plain"]["test"]]
print("AP of the eight stored runs:", measured(" ".join(f"{ap:.2f}" for ap in plain_ap)))
print("trained here in", measured(rare_live["seconds"], "s"))
claim(
    "the live pullover network's AP differs from the stored run's by",
    abs(rare_ap(rare_live["test"]) - plain_ap[0]),
    at_most=0.1,
)
claim("AP of the plain pullover network", np.mean(plain_ap), at_least=0.3, at_most=0.55)

# %% [markdown] lang="en" slide="notes"
# **2 min.** $0.99^{128} \approx 28\,\%$. The test has 1,000 pullovers among 10,000 garments; precision depends on that share (lesson 01), so the images are weighted to 1 %. The AP of the plain network is far from 1: here there is room for remedies.
#
# **Misconception:** that 99 % accuracy is a good result. Its recall is 0.

# %% [markdown] lang="zh"
# **2 分钟。** $0.99^{128} \approx 28\,\%$。测试集 10 000 件里有 1000 件套头衫；查准率取决于这个比例（第 01 课），所以给图像加权到 1%。基线网络的 AP 离 1 还远：这里有余地可以改进。
#
# **常见误解**：以为 99% 的准确率是好成绩。它的查全率是 0。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Class weights: what they do
# Let a positive count $w_1$ times and a negative $w_0$ times. “Balanced” weights give both classes the same say, and let the weights of all $n$ images add up to $n$: with $n_0$ negatives and $n_1$ positives
#
# $$w_0 = \frac{n}{2\,n_0}, \qquad w_1 = \frac{n}{2\,n_1}.$$
#
# **Exercise ★ class_weights.** From the two counts to the two weights.

# %% [markdown] lang="zh"
# ## 类别权重做了什么
# 让一个正例算 $w_1$ 份，一个反例算 $w_0$ 份。“平衡”的权重使两类的话语权相等，并使全部 $n$ 张图像的权重之和仍为 $n$：设反例 $n_0$ 张、正例 $n_1$ 张，则
#
# $$w_0 = \frac{n}{2\,n_0}, \qquad w_1 = \frac{n}{2\,n_1}.$$
#
# **练习 ★ class_weights。** 由两个计数算出两个权重。


# %% tags=["exercise"]
def class_weights(negatives, positives):
    """(w0, w1): balanced weights of the two classes."""
    ### BEGIN SOLUTION
    images = negatives + positives
    return images / (2 * negatives), images / (2 * positives)
    ### END SOLUTION


# %%
check("05.class_weights", class_weights)

# %% [markdown] lang="en" slide="same" take="formula"
# What does such a loss ask for? Take images that all look the same to the network, a share $\rho$ of them pullovers, and let it answer $p$. The weighted cross-entropy is $-w_1 \rho \ln p - w_0 (1-\rho) \ln(1-p)$. Its derivative is 0 where
#
# $$\frac{p}{1-p} = \frac{w_1}{w_0}\cdot\frac{\rho}{1-\rho}, \qquad\text{that is}\qquad z = \ln\frac{\rho}{1-\rho} + \ln\frac{w_1}{w_0},$$
#
# with $z = \ln\frac{p}{1-p}$ the logit, the score before the sigmoid. So the best that a weighted network can do is to add the same number, here $\ln 99 \approx 4.6$, to *every* logit. That changes no order. **The ranking, the precision–recall curve and AP stay; probabilities are inflated; the threshold 0.5 sits elsewhere on the same curve.** Whoever lowers the threshold of the plain network to 0.01 gets the same decisions for nothing.
#
# This holds for the ideal network. A real one stops before the ideal, so its ranking may come out better or worse: that is what has to be measured.

# %% [markdown] lang="zh"
# 这样的损失要的是什么？设想一批在网络眼里完全一样的图像，其中套头衫的比例是 $\rho$，网络对它们都回答 $p$。加权的交叉熵是 $-w_1 \rho \ln p - w_0 (1-\rho) \ln(1-p)$，它的导数在下式成立时为 0：
#
# $$\frac{p}{1-p} = \frac{w_1}{w_0}\cdot\frac{\rho}{1-\rho}, \qquad\text{即}\qquad z = \ln\frac{\rho}{1-\rho} + \ln\frac{w_1}{w_0},$$
#
# 其中 $z = \ln\frac{p}{1-p}$ 是 logit，即 sigmoid 之前的得分。所以加权网络最好的做法，无非是给*每个* logit 加上同一个数，这里是 $\ln 99 \approx 4.6$；次序一点也不变。**排序、查准率–查全率曲线和 AP 都不变；概率被抬高；阈值 0.5 落到了同一条曲线的另一处。** 把基线网络的阈值降到 0.01，不花任何代价就能得到同样的判断。
#
# 这说的是理想的网络。真实的网络到不了理想状态，排序可能变好，也可能变坏：这就要靠测量了。

# %% [markdown] lang="en" only="slides" slide="fragment"
# - $n_0$, $n_1$: negatives, positives, together $n$; $\rho$: share of pullovers among images that look the same; $p$: the answer; $z$: its logit
# - The ideal network adds **the same number** to every logit: no order changes.

# %% [markdown] lang="zh"
# - $n_0$、$n_1$：反例数、正例数，共 $n$；$\rho$：看上去完全一样的图像中套头衫的比例；$p$：网络的回答；$z$：它的 logit
# - 理想的网络给每个 logit 加上**同一个数**：次序不变。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Balanced weights give both classes the same say. Set the derivative of $-w_1 \rho \ln p - w_0 (1-\rho) \ln(1-p)$ to 0: the odds are multiplied by $w_1/w_0$, here by 99, so every logit moves by $\ln 99 \approx 4.6$. Ranking, curve and AP stay; probabilities are inflated; the threshold 0.5 sits elsewhere on the same curve. Lowering the plain network's threshold to 0.01 gives the same decisions for nothing.
#
# A real network stops before the ideal; so it has to be measured.

# %% [markdown] lang="zh"
# **2.5 分钟。** 平衡的权重使两类的话语权相等。令 $-w_1 \rho \ln p - w_0 (1-\rho) \ln(1-p)$ 的导数为 0：几率乘上 $w_1/w_0$，这里是 99，所以每个 logit 移动 $\ln 99 \approx 4.6$。排序、曲线和 AP 都不变；概率被抬高；阈值 0.5 落到了同一条曲线的另一处。把基线网络的阈值降到 0.01，不花任何代价就能得到同样的判断。
#
# 真实的网络到不了理想状态，所以要靠测量。

# %% [markdown] lang="en" slide="subslide" take="predict"
# **Predict first.** What is the mean probability that the network gives over 10,000 garments of which one in a hundred is a pullover: without weights, with weights, and with weights after subtracting $\ln 99$ from every logit?

# %% [markdown] lang="zh"
# **先预测。** 一万件服饰里有百分之一是套头衫，网络给出的概率平均是多少？不加权时、加权时，以及加权后再从每个 logit 减去 $\ln 99$ 时，各是多少？


# %% slide="fragment" show="output" outputs="2 4 5"
def mean_probability(part, shift=0.0):
    """Mean over all validation images and seeds of the probability, logits lowered by shift."""
    logits = [rare_class.unpack(text) for text in rare_stored[part]["validation"]]
    return np.mean(expit(np.array(logits) - shift))


shift = np.log(99)
claim("the shift", shift, equals=4.595, within=0.001)
claim("mean probability, plain", mean_probability("plain"), at_least=0.007, at_most=0.013)
for part in ("class_weights", "oversampling"):
    before, after = mean_probability(part), mean_probability(part, shift)
    print(
        f"{part:15s}",
        measured(f"mean probability {before:.4f}, logits lowered: {after:.4f}"),
    )
claim("mean probability, class weights", mean_probability("class_weights"), at_least=0.05)
claim(
    "mean probability, class weights, logits lowered",
    mean_probability("class_weights", shift),
    at_least=0.005,
    at_most=0.02,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** The theory, measured: without weights the mean is near one per cent, with weights many times too high; subtracting $\ln 99$ brings it back. Oversampling asks for the same and moves the real network less far. Whoever shows such “probabilities” to a person has to calibrate them first (lesson 02).

# %% [markdown] lang="zh"
# **2 分钟。** 理论得到了测量的印证：不加权时平均接近百分之一，加权后高出许多倍，减去 $\ln 99$ 又回来了。过采样要的是同样的结果，对真实网络的推动却没有那么大。要把这种“概率”给人看，得先校准（第 02 课）。

# %% [markdown] lang="en"
# ## Oversampling: the same loss by other means
# Show each pullover more often instead: every place in a batch is a pullover or another garment by the toss of a coin. On average over many batches that is the weighted loss again, so its ideal is the same: all logits move by $\ln 99$. What differs is the way there. Now *every* batch holds about 64 pullovers, so that its gradient varies less; but the same 200 pullovers come back about 500 times each and may be learned by heart.
#
# **The trap** is the order of two steps. Whoever repeats first and splits afterwards has copies of one and the same pullover in training *and* validation: the validation score rises, and means nothing (lesson 02: leakage).

# %% [markdown] lang="zh"
# ## 过采样：换一种办法得到同样的损失
# 也可以让每件套头衫多出现几次：批量里的每个位置，抛硬币决定放套头衫还是别的服饰。对许多批量平均下来，这又是那个加权损失，所以理想结果也一样：所有 logit 都移动 $\ln 99$。不同的是走的路：现在*每个*批量都有约 64 件套头衫，梯度的波动小了；但同样的 200 件套头衫每件要出现约 500 次，可能被死记硬背下来。
#
# **陷阱**在于两步的先后。先重复、后划分，同一件套头衫的副本就会*既*在训练集*又*在验证集里：验证分数上升，却毫无意义（第 02 课：泄漏）。

# %% [markdown] lang="en"
# **Exercise ★★ oversampled_rows.** `labels` holds 0 or 1 for each of $n$ images; `validation` is `True` where an image belongs to the validation set. Return the row numbers to train on, in ascending order: each negative once, each positive `times` times, nothing of the validation set.

# %% [markdown] lang="zh"
# **练习 ★★ oversampled_rows。** `labels` 对 $n$ 张图像各有一个 0 或 1；图像属于验证集时，`validation` 为 `True`。返回用于训练的行号，按升序：每个反例一次，每个正例 `times` 次，验证集的一个也不要。


# %% tags=["exercise"]
def oversampled_rows(labels, validation, times):
    """Row numbers to train on, positives repeated, validation images left out."""
    ### BEGIN SOLUTION
    rows = np.flatnonzero(~validation)  # split first
    return np.repeat(rows, np.where(labels[rows] == 1, times, 1))
    ### END SOLUTION


# %%
check("05.oversampled_rows", oversampled_rows)

# %% [markdown] lang="en"
# (The experiment draws at random instead of repeating a fixed number of times. What counts is the same: only rows of the training set.)

# %% [markdown] lang="zh"
# （实验里用的是随机抽取，而不是重复固定的次数。要紧的是同一点：只从训练集的行里取。）

# %%
order = rare_class.order_of_images(train_labels, oversampled=True, seed=0)
drawn = train_labels[order].reshape(-1, rare_class.BATCH).sum(axis=1)  # (1600,)
times = np.bincount(order, minlength=len(train_labels))[train_labels]  # (200,)
claim("pullovers in a batch, on average", drawn.mean(), at_least=63, at_most=65)
claim("pullovers in the poorest batch", drawn.min(), at_least=35)
claim("times that a pullover is shown, on average", times.mean(), at_least=500, at_most=525)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Focal loss, derived
# Most garments are easy: a trouser is no pullover, and the network soon knows it. But there are 19,800 others, and thousands of tiny losses may outweigh two hundred large ones. Lin et al. (2017) turn the easy ones down. Let $p_t$ be the probability that the network gives to the *truth*: $p_t = p$ for a positive, $1 - p$ for a negative. Cross-entropy is $-\ln p_t$. The focal loss is
#
# $$\mathrm{FL} = -\alpha_t\,(1 - p_t)^{\gamma}\,\ln p_t .$$
#
# - $\gamma \ge 0$ focuses: at $\gamma = 2$ an image with $p_t = 0.9$ keeps a hundredth of its loss, for $(1 - 0.9)^2 = 0.01$. At $\gamma = 0$ it is cross-entropy.
# - $\alpha_t$ is a class weight, $\alpha$ for positives, $1 - \alpha$ for negatives. Lin et al. recommend $\gamma = 2$, $\alpha = 0.25$; that weighs the *rare* class down, because the factor $(1-p_t)^\gamma$ has already taken so much from the many easy negatives. Without $\alpha$ both weigh 1.
#
# **Exercise ★★ focal.** The focal loss of every image without $\alpha$, from probabilities.

# %% [markdown] lang="zh"
# ## 焦点损失的推导
# 大多数服饰很容易判断：长裤不是套头衫，网络很快就知道了。但“别的”有 19 800 件，成千上万个微小的损失加起来，可能压过两百个大的。Lin 等人（2017）的办法是把容易的那些调低。记 $p_t$ 为网络给*真实情况*的概率：正例 $p_t = p$，反例 $p_t = 1 - p$。交叉熵是 $-\ln p_t$，焦点损失（focal loss）则是
#
# $$\mathrm{FL} = -\alpha_t\,(1 - p_t)^{\gamma}\,\ln p_t .$$
#
# - $\gamma \ge 0$ 起聚焦作用：$\gamma = 2$ 时，$p_t = 0.9$ 的图像的损失只剩原来的百分之一，因为 $(1 - 0.9)^2 = 0.01$；$\gamma = 0$ 时就是交叉熵。
# - $\alpha_t$ 是类别权重：正例 $\alpha$，反例 $1 - \alpha$。Lin 等人推荐 $\gamma = 2$、$\alpha = 0.25$；这反而调低了*稀有*类的权重，因为因子 $(1-p_t)^\gamma$ 已经从众多容易的反例那里拿走了太多。不用 $\alpha$ 时，两类的权重都是 1。
#
# **练习 ★★ focal。** 由概率算出每张图像的焦点损失，不含 $\alpha$。


# %% [markdown] lang="en" only="slides" slide="same"
# $p_t$: the probability given to the **truth**; $\gamma \ge 0$ turns easy images down; $\alpha_t$: a class weight.

# %% [markdown] lang="zh"
# $p_t$：给**真实情况**的概率；$\gamma \ge 0$ 调低容易的图像；$\alpha_t$：类别权重。


# %% tags=["exercise"]
def focal(labels, probabilities, gamma):
    """Focal loss of every image, (n,); labels 0 or 1, probabilities those of a positive."""
    ### BEGIN SOLUTION
    of_the_truth = np.where(labels == 1, probabilities, 1 - probabilities)
    return -((1 - of_the_truth) ** gamma) * np.log(of_the_truth)
    ### END SOLUTION


# %%
check("05.focal", focal)

# %% [markdown] lang="en"
# *Optional reading, as far as the next heading: how the focal loss pulls, and that our code is right.*
#
# What training feels is the *gradient*. For a positive, $p_t = \sigma(z)$ and $\sigma' = p_t (1 - p_t)$. The product rule on $-(1-p_t)^\gamma \ln p_t$, times $\sigma'$, gives
#
# $$\frac{\partial\,\mathrm{FL}}{\partial z} = \alpha_t\,(1-p_t)^{\gamma}\bigl(\gamma\,p_t \ln p_t + p_t - 1\bigr);$$
#
# for a negative, $p_t = \sigma(-z)$ and the sign turns. At $\gamma = 0$ this is the familiar $p - y$. Both functions, from logits and without overflow:

# %% [markdown] lang="zh"
# *选读，到下一个标题为止：焦点损失怎样拉动 logit，以及我们的代码是否正确。*
#
# 训练感受到的是*梯度*。对正例，$p_t = \sigma(z)$，$\sigma' = p_t (1 - p_t)$。对 $-(1-p_t)^\gamma \ln p_t$ 用乘积法则求导，再乘以 $\sigma'$，得
#
# $$\frac{\partial\,\mathrm{FL}}{\partial z} = \alpha_t\,(1-p_t)^{\gamma}\bigl(\gamma\,p_t \ln p_t + p_t - 1\bigr);$$
#
# 对反例，$p_t = \sigma(-z)$，符号相反。$\gamma = 0$ 时就是熟悉的 $p - y$。下面两个函数从 logit 出发计算，不会溢出：

# %%
from imgrec_course.scratch.focal import sign_and_weight

# ±1 for a positive or a negative, the class weight α_t, and the logits themselves
sign, weight, _ = sign_and_weight(np.array([1, 0]), np.zeros(2), gamma=2.0, alpha=0.25)
print("sign", sign, "weight", weight)

# %% source="imgrec_course.scratch.focal.focal_loss"

# %% source="imgrec_course.scratch.focal.focal_gradient"

# %%
generator = np.random.default_rng(0)
some_labels, some_logits = generator.integers(0, 2, 1000), generator.normal(0, 3, 1000)
by_keras = keras.losses.BinaryFocalCrossentropy(
    apply_class_balancing=True, alpha=0.25, gamma=2.0, from_logits=True
)(some_labels.reshape(-1, 1), some_logits.reshape(-1, 1).astype("float32"))
ours = focal_loss(some_labels, some_logits, gamma=2.0, alpha=0.25).mean()
claim("our focal loss differs from Keras's by", abs(ours - float(by_keras)), at_most=1e-6)

step = 1e-5
slope = (
    focal_loss(some_labels, some_logits + step)
    - focal_loss(some_labels, some_logits - step)
) / (2 * step)
worst = np.abs(focal_gradient(some_labels, some_logits) - slope).max()
claim("the gradient differs from the measured slope by", worst, at_most=1e-8)
cross_entropy_slope = expit(some_logits) - some_labels
claim(
    "at gamma 0 it differs from p − y by",
    np.abs(focal_gradient(some_labels, some_logits, gamma=0) - cross_entropy_slope).max(),
    at_most=1e-12,
)

# %% slide="same"
logits = np.linspace(-6, 6, 200)
figure, (left, right) = subplots(1, 2, size=(9.0, 3.6))
for gamma, style in zip((0, 0.5, 2, 5), ("-", "--", "-.", ":"), strict=True):
    positives = np.ones(len(logits), dtype=int)
    label = f"γ = {gamma}" + (" (cross-entropy)" if gamma == 0 else "")
    left.plot(logits, focal_loss(positives, logits, gamma), linestyle=style, label=label)
    right.plot(logits, -focal_gradient(positives, logits, gamma), linestyle=style)
left.set(xlabel="logit z of a positive", ylabel="loss", title="Easy images: loss near 0")
right.set(xlabel="logit z of a positive", ylabel="pull on the logit, −∂FL/∂z")
right.set_title("… and almost no pull")
for axes in (left, right):
    axes.axvline(np.log(9), color=plots.CHANCE, linewidth=1)
    axes.text(np.log(9) + 0.15, 0.3 * axes.get_ylim()[1], "p = 0.9", fontsize=8)
left.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="white")
show(
    figure,
    "Focal loss and the size of its gradient over the logit of a positive image, for gamma 0, 0.5, 2 and 5: the larger gamma, the sooner both vanish.",
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Thousands of tiny losses may outweigh two hundred large ones. At $\gamma = 2$ an image with $p_t = 0.9$ keeps a hundredth of its loss: $(1 - 0.9)^2 = 0.01$. At $\gamma = 0$ it is cross-entropy. It was made for detectors, with about a thousand pieces of background to each object. Notice the recommended $\alpha = 0.25$: it weighs the *rare* class down.
#
# Can be skipped when time is short.

# %% [markdown] lang="zh"
# **2 分钟。** 成千上万个微小的损失加起来，可能压过两百个大的。$\gamma = 2$ 时，$p_t = 0.9$ 的图像的损失只剩百分之一：$(1 - 0.9)^2 = 0.01$；$\gamma = 0$ 时就是交叉熵。它本是为目标检测设计的，那里一个目标对着上千块背景。注意推荐的 $\alpha = 0.25$：它调低的是*稀有*类。
#
# 时间不够可以跳过。

# %%
easy, hard = np.log(9), -np.log(9)  # logits of positives with p_t = 0.9 and p_t = 0.1
pulls = {
    gamma: -focal_gradient(np.array([1, 1]), np.array([easy, hard]), gamma)
    for gamma in (0.0, 2.0)
}
claim(
    "cross-entropy: the hard image pulls harder, times",
    pulls[0.0][1] / pulls[0.0][0],
    equals=9,
    within=1e-9,
)
claim("gamma 2: times", pulls[2.0][1] / pulls[2.0][0], equals=380.5, within=0.1)
claim("the easy image's pull shrinks to", pulls[2.0][0] / pulls[0.0][0], at_most=0.03)

# %% [markdown] lang="en" slide="slide" take="heading predict"
# ## The verdicts on the pullovers
# Seven remedies against the plain network (class weights, oversampling, focal loss without and with $\alpha = 0.25$, mirrored pictures, oversampling with mirrored pictures, gentle pictures): same worlds, same initial weights, same 1,600 steps, eight seeds. (Adam makes steps of the same size whatever the scale of the loss, so a loss that is smaller throughout, like the focal one, is not at a disadvantage.) First all at the threshold that a careless user takes, a probability of 0.5, that is, a logit of 0.
#
# **Predict first.** What do class weights and oversampling do to P and to R here?

# %% [markdown] lang="zh"
# ## 套头衫一题的结论
# 七种办法（类别权重、过采样、不带和带 $\alpha = 0.25$ 的焦点损失、镜像、过采样加镜像、轻微变换）对比基线网络：同样的世界、同样的初始权重、同样的 1600 步、八个种子。（无论损失的尺度多大，Adam 的步长都差不多，所以像焦点损失那样整体偏小的损失并不吃亏。）先看粗心的使用者会用的阈值：概率 0.5，即 logit 为 0。
#
# **先预测。** 类别权重和过采样在这里会使 P 和 R 怎样变化？

# %% slide="fragment" show="output"
rare_tests = np.vstack(
    [np.ones((1, 10_000), dtype=int), draw_tests(test_pullover.astype(int))]
)
validation_pullover = [
    is_pullover[rare_class.world(seed)["validation"]].astype(int)
    for seed in rare_class.SEEDS
]
test_logits, validation_logits = (
    {
        part: np.array([rare_class.unpack(text) for text in result[split]])
        for part, result in rare_stored.items()
    }
    for split in ("test", "validation")
)
pullover_labels = test_pullover.astype(int)
at_half = {
    part: measure(pullover_labels, logits, np.zeros(8), rare_tests[:1], prevalence=0.01)
    for part, logits in test_logits.items()
}
for part, result in at_half.items():
    numbers = "  ".join(
        f"{name} {np.nanmean(result[name]):.2f}" for name in ("P", "R", "F1")
    )
    print(f"{part:20s}", measured(numbers))

# %% [markdown] lang="en" slide="notes"
# **2 min.** All at a probability of 0.5, the threshold that a careless user takes. The networks seem to differ enormously: weights and oversampling shout “pullover” far more often. That is the shift of the logits, as foretold. Ask whether class weights have made the network *better*. Nothing on this slide can tell.

# %% [markdown] lang="zh"
# **2 分钟。** 全部用概率 0.5，粗心的使用者会用的阈值。各网络看上去差别极大：加权和过采样的网络动不动就喊“套头衫”。这正是前面推导的 logit 移动。问一问：类别权重使网络变*好*了吗？从这一张上看不出来。

# %% [markdown] lang="en"
# Now each remedy at its own threshold, chosen on its own validation images:

# %% [markdown] lang="zh"
# 再看每种办法各用自己的阈值，都在各自的验证图像上选：

# %% slide="subslide" show="output" outputs="4 5 9"
rare_results = {
    part: judged(
        pullover_labels,
        rare_tests,
        list(zip(validation_pullover, validation_logits[part], strict=True)),
        logits,
        prevalence=0.01,
    )
    for part, logits in test_logits.items()
}
rare_rows = {
    part: compare(result, rare_results["plain"]) for part, result in rare_results.items()
}
table(rare_rows, rare_rows)
claim("class weights at 0.5: recall", np.mean(at_half["class_weights"]["R"]), at_least=0.75)
claim(
    "class weights at 0.5: precision", np.mean(at_half["class_weights"]["P"]), at_most=0.2
)
claim(
    "class weights: upper end of the change in AP",
    rare_rows["class_weights"]["AP change"][1],
    at_most=0,
)
against_weights = compare(rare_results["oversampling"], rare_results["class_weights"])
claim(
    "oversampling against class weights: lower end of the change in AP",
    against_weights["AP change"][0],
    at_least=0,
)
for part in ("focal", "focal_alpha"):
    low, high = rare_rows[part]["AP change"]
    claim("focal loss: the interval of the change in AP contains 0", low <= 0 <= high)
claim(
    "gentle pictures: upper end of the change in AP",
    rare_rows["gentle"]["AP change"][1],
    at_most=-0.05,
)
claim(
    "threshold from validation: lower end of the change in F1",
    compare(
        rare_results["plain"],
        measure(pullover_labels, test_logits["plain"], np.zeros(8), rare_tests, 0.01),
    )["F1 change"][0],
    at_least=0,
)

# %% [markdown] lang="en"
# At 0.5 the networks seem to differ enormously: weights and oversampling shout “pullover” far more often, the plain network and the focal one hardly dare to. That is the shift of the logits, as foretold. At their own thresholds most of it is gone.
#
# What is left is the ranking, and there:
#
# - **Class weights hurt.** The ideal network would keep its ranking; ours lost some. A likely reason: a single pullover weighs as much as 99 other garments, and more than a quarter of the batches hold none. So the steps jump about.
# - **Oversampling** asks for the same, without these jumps: it beats the weights clearly. Against plain one cannot tell. (Buda et al. (2018) found oversampling the best remedy in almost all of their scenarios; our result does not contradict them, it is just not large enough to be seen.)
# - **Focal loss**, with or without $\alpha$: cannot tell. It was made for detectors, with about a thousand pieces of background to each object.
# - **Mirrored** pictures, alone or with oversampling: cannot tell; a pullover mirrored looks like a pullover, and nothing new is learned. **Gentle** pictures (mirrored, turned by at most 7 degrees, at most 15 % larger or smaller, shifted by at most two pixels), a recipe that sounds harmless, *hurt* badly. A likely reason: garments in this collection are all centred and all of one size, in training and in the test, and the network had no time to learn to do without that.
#
# **Calibration** is lost with weights and oversampling: the mean probability was about ten times too high with weights, and subtracting $\ln 99$ brought it back near one per cent. Oversampling moved the real network less far than the ideal one, about two times too high; subtracting the whole of $\ln 99$ overshoots. (Perhaps because it knows its 200 pullovers by heart; we have not tested that.) Whoever shows such “probabilities” to a person has to calibrate them first (lesson 02; for weights Elkan 2001 has the general formula).

# %% [markdown] lang="zh"
# 在 0.5 处，各网络看上去差别极大：加权和过采样的网络动不动就喊“套头衫”，基线和焦点损失的网络却不大敢说。这正是前面推导的 logit 移动。改用各自的阈值，差别大多消失。
#
# 剩下的是排序，在这里：
#
# - **类别权重有害。** 理想的网络会保持排序，我们的却变差了。可能的原因：一件套头衫抵得上 99 件其他服饰，而超过四分之一的批量里一件也没有，于是每一步忽大忽小。
# - **过采样**要的是同样的结果，却没有这种跳动：它明显胜过加权。与基线相比则看不出。（Buda 等（2018）发现，在他们几乎所有的情形里过采样都是最好的办法；我们的结果并不与之矛盾，只是差别没有大到看得出来。）
# - **焦点损失**，无论有没有 $\alpha$：看不出。它本是为目标检测设计的，那里一个目标对着上千块背景。
# - **镜像**，单用或与过采样合用：看不出；套头衫的镜像还像原来那件，没学到什么新东西。**轻微**变换（镜像，转动至多 7 度，放大或缩小至多 15%，平移至多两个像素）听起来无害，却*危害*很大。可能的原因：这个数据集里的服饰不论训练还是测试都居中、大小一致，网络来不及学会不依赖这一点。
#
# 加权和过采样都丢掉了**校准**：加权后平均概率高了约十倍，减去 $\ln 99$ 才回到百分之一附近。过采样对真实网络的推动不如理想情形那么大，平均概率只高了一倍左右；把 $\ln 99$ 全部减掉反而过头。（也许是因为它把那 200 件套头衫背熟了；我们没有检验。）要把这种“概率”给人看，得先校准（第 02 课；对权重，一般公式见 Elkan 2001）。

# %% slide="same" column="right"
figure, axes = subplots(size=(7.0, 4.6))
for part, colour, style, marker in (
    ("plain", plots.POSITIVE, "-", "o"),
    ("class_weights", plots.NEGATIVE, "--", "s"),
    ("oversampling", plots.PRECISION, "-.", "^"),
    ("gentle", plots.CHANCE, ":", "D"),
):
    logits = test_logits[part][0]
    p, r, stops = sklearn.metrics.precision_recall_curve(
        test_pullover, logits, sample_weight=rare_weight
    )
    look = {"color": colour, "linestyle": style, "label": part.replace("_", " ")}
    plots.staircase(axes, r[-2::-1], p[-2::-1], **look)  # from the strictest threshold
    own = best_f1_threshold(validation_pullover[0], validation_logits[part][0])[0]
    for threshold, fill in ((0.0, "white"), (own, colour)):
        # Where all that scores at least the threshold is returned; none: nothing to draw
        if threshold <= stops[-1]:
            stop = np.searchsorted(stops, threshold)
            look = {"color": colour, "markerfacecolor": fill, "markersize": 9}
            axes.plot(r[stop], p[stop], marker, **look)
axes.set(xlabel="recall", ylabel="precision, one garment in a hundred a pullover")
axes.set(xlim=(0, 1.02), ylim=(0, 1.02))
axes.set_title("Hollow: probability 0.5. Filled: threshold from validation")
axes.legend()
show(
    figure,
    "Precision-recall curves of four pullover networks with two thresholds marked on each: at probability 0.5 they sit at opposite ends, at their own thresholds three of them lie close together.",
)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Hollow marks: probability 0.5; filled: each network's own threshold from validation. Most of the difference is gone; what is left is the ranking. Class weights hurt it (a likely reason: one pullover weighs as much as 99 garments, and many batches hold none); oversampling asks for the same without these jumps. Gentle pictures hurt badly: garments in this collection are all centred and of one size.
#
# **Misconception:** “My classes are imbalanced, so I need class weights.” First ask whether the ranking is bad or only the threshold.

# %% [markdown] lang="zh"
# **2.5 分钟。** 空心标记：概率 0.5；实心标记：各网络用验证集选出的阈值。差别大多消失了，剩下的是排序。类别权重损害了它（可能的原因：一件套头衫抵得上 99 件其他服饰，而许多批量里一件也没有）；过采样要的是同样的结果，却没有这种跳动。轻微变换危害很大：这个数据集里的服饰都居中、大小一致。
#
# **常见误解**：“类别不平衡，所以必须用类别权重。”先问一问：差的是排序，还是只是阈值？

# %% [markdown] lang="en"
# **Exercise ★★ threshold_for_precision.** Often a precision is promised: “nine in ten of what we return are right”. Write the function that finds, on validation images, the *lowest* threshold whose precision is at least `target`: it has the highest recall of all that keep the promise. An image is returned when its score is at least the threshold; candidates are the scores that occur. Where none keeps the promise, return `float('nan')`. (Precision can fall and rise again: do not stop at the first failure.)

# %% [markdown] lang="zh"
# **练习 ★★ threshold_for_precision。** 常常要承诺一个查准率：“返回的东西里十个有九个是对的”。写一个函数，在验证图像上找出查准率不低于 `target` 的*最低*阈值：在所有守得住承诺的阈值中，它的查全率最高。得分不低于阈值的图像才返回；候选阈值是出现过的各个得分。一个也守不住时，返回 `float('nan')`。（查准率可能先降后升：别在第一次不达标时就停下。）


# %% tags=["exercise"]
def threshold_for_precision(labels, scores, target):
    """The lowest threshold with a precision of at least target on these images, or NaN."""
    ### BEGIN SOLUTION
    precision, _, thresholds = sklearn.metrics.precision_recall_curve(labels, scores)
    enough = thresholds[precision[:-1] >= target]  # the last precision has no threshold
    return enough.min() if len(enough) else float("nan")
    ### END SOLUTION


# %%
check("05.threshold_for_precision", threshold_for_precision)

# %% [markdown] lang="en"
# **Is the promise kept?** We promise a precision of 0.7 on the 10,000 validation images of each seed, with the plain network, and look at the test. **Predict first:** above 0.7 or below, on average?

# %% [markdown] lang="zh"
# **承诺守住了吗？** 用基线网络，在每个种子的 10 000 张验证图像上承诺查准率 0.7，再看测试集。**先预测**：平均下来高于 0.7 还是低于 0.7？

# %%
promised = []
for labels_of_run, logits in zip(
    validation_pullover, validation_logits["plain"], strict=True
):
    p, _, stops = sklearn.metrics.precision_recall_curve(labels_of_run, logits)
    promised.append(stops[p[:-1] >= 0.7].min())
kept = measure(
    pullover_labels, test_logits["plain"], promised, rare_tests[:1], prevalence=0.01
)
print(
    "precision of the eight runs:", measured(" ".join(f"{p:.2f}" for p in kept["P"][:, 0]))
)
claim("runs that keep the promise", int(np.sum(kept["P"] >= 0.7)), at_most=3)
claim("mean precision on the test", np.nanmean(kept["P"]), at_most=0.7)

# %% [markdown] lang="en"
# Most runs break their promise. Of all thresholds that reach 0.7 on validation we took the one that barely does, and with about thirty pullovers found there, luck helped it over the line (lesson 02: what was chosen looks better than it is). Whoever has promised 0.7 should choose for more, or have more positives for validation.

# %% [markdown] lang="zh"
# 多数都没守住承诺。在验证集上达到 0.7 的所有阈值中，我们取了刚好够格的那个；而那里找到的套头衫只有三十件左右，是运气帮它过了线（第 02 课：被选中的看上去总比实际好）。承诺了 0.7，选阈值时就该留出余量，或者准备更多的验证正例。

# %% [markdown] lang="en"
# ## One table
# All remedies, thresholds from validation. The verdict follows from the rule alone: “helps” or “hurts” when the 95 % interval of the paired change against plain leaves out 0. Seconds are those of one training, on two cores that were busy with other work at times: take them as orders of magnitude. (The frozen head includes computing the features.) One row is new: *threshold*, the plain network with a validated threshold against the same network at a probability of 0.5.

# %% [markdown] lang="zh"
# ## 一张总表
# 所有办法，阈值都由验证集选定。结论只由规则得出：与基线成对比较，变化量的 95% 区间不含 0，才说“有用”（helps）或“有害”（hurts），否则就是“看不出”（cannot tell）。秒数是训练一次的时间，在有时还忙着别的工作的双核上测得，只看数量级即可。（“冻结”一行包含计算特征的时间。）有一行是新的：*threshold*（阈值），同一个基线网络，用验证集选定的阈值对比概率 0.5。


# %% [markdown] lang="en" only="slides" slide="slide"
# ## All verdicts

# %% [markdown] lang="zh"
# ## 全部结论


# %%
def with_half(labels, scores, own, tests, prevalence=None):
    """The row "threshold": the same scores, validated threshold against probability 0.5."""
    zero = measure(labels, scores, np.zeros(len(scores)), tests, prevalence)
    return compare(own, zero)


photo_rows["threshold"] = with_half(
    test_animal, np.array(stored["plain"]["test"]), photo_results["plain"], animal_tests
)
rare_rows["threshold"] = with_half(
    pullover_labels, test_logits["plain"], rare_results["plain"], rare_tests, 0.01
)
for rows, source in ((photo_rows, stored), (rare_rows, rare_stored)):
    for part in rows:
        trained = source[part if part in source else "plain"]  # "threshold": the plain runs
        rows[part]["seconds"] = np.mean(trained["seconds"])


def interval(pair):
    return f"[{pair[0]:.2f}, {pair[1]:.2f}]"


for title, rows in (("PHOTOGRAPHS", photo_rows), ("PULLOVERS", rare_rows)):
    print(f"{title}: P, R, F1 and AP with their intervals, seconds; verdict on F1, on AP")
    for part, row in rows.items():
        numbers = (
            f"{row['P']:.2f} {row['R']:.2f}  {row['F1']:.2f} {interval(row['F1 interval'])}"
        )
        numbers += (
            f"  {row['AP']:.2f} {interval(row['AP interval'])} {row['seconds']:4.0f} s"
        )
        same = part == "threshold"  # the same ranking, another threshold
        verdicts = f"{row['F1 verdict']}, {'–' if same else row['AP verdict']}"
        verdicts = "–" if part == "plain" else verdicts
        print(f"{part:20s}{measured(numbers)} {verdicts}")
    print()

# %% slide="same"
figure, panels = subplots(1, 2, size=(9.6, 5.0))
look = {
    "helps": (plots.PRECISION, "^"),
    "hurts": (plots.NEGATIVE, "v"),
    "cannot tell": (plots.CHANCE, "o"),
}
for axes, (title, rows) in zip(
    panels,
    (
        ("Animals: change against plain", photo_rows),
        ("Pullovers: change against plain", rare_rows),
    ),
    strict=True,
):
    names = [name for name in rows if name != "plain"][::-1]
    for place, name in enumerate(names):
        for measure_name, shift_up, width in (("F1", 0.15, 1.5), ("AP", -0.15, 3.0)):
            if name == "threshold" and measure_name == "AP":
                continue  # the same ranking
            low, high = rows[name][f"{measure_name} change"]
            colour, marker = look[rows[name][f"{measure_name} verdict"]]
            axes.plot([low, high], [place + shift_up] * 2, color=colour, linewidth=width)
            axes.plot(
                (low + high) / 2, place + shift_up, marker, color=colour, markersize=6
            )
    axes.axvline(0, color="black", linewidth=1)
    axes.set_yticks(
        range(len(names)), [name.replace("_", " ") for name in names], fontsize=8
    )
    axes.set(xlabel="change (thin: F1, thick: AP)", title=title)
for word, (colour, marker) in look.items():
    panels[1].plot([], [], marker, color=colour, label=word)
panels[1].legend(loc="upper right", fontsize=8)
show(
    figure,
    "Intervals of the change in F1 and in AP of every remedy, for animals on the left and pullovers on the right; green triangles lie above 0, orange ones below, grey circles contain it.",
)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Now take out your sheet. How many of your entries stand here? Thin lines: F1, thick: AP; triangles up help, triangles down hurt, grey circles: cannot tell. Two cautions: the rule errs in about one of twenty cases in which nothing has changed, and there are about forty verdicts here; and *threshold* shows two faces: chosen on 100 pullovers it helps, chosen on 23 animals it does not.
#
# Precision, recall, F1 and AP of every remedy, with intervals, stand in the notebook's table just above this figure.

# %% [markdown] lang="zh"
# **2.5 分钟。** 现在拿出你那张纸：有多少条与这里一致？细线是 F1，粗线是 AP；三角朝上是有用，朝下是有害，灰色圆点是看不出。两点提醒：在什么也没改变的情形里，这条规则大约每二十次错一次，而这里有四十来个结论；另外，*threshold*（阈值）有两副面孔：用 100 件套头衫选出的有用，用 23 只动物选出的没有用。
#
# 每种办法的查准率、查全率、F1 和 AP 及其区间，见笔记本中紧靠这幅图之前的总表。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The three pieces of advice, again
# | the advice | the experiments |
# | --- | --- |
# | augment the data | no gain that one could tell on 159 photographs; one with ten |
# | optimise the model | features learned **elsewhere**: by far; most others moved the operating point |
# | use metrics | a metric changes no answer; **choosing** by it does |

# %% [markdown] lang="zh"
# ## 再看那三条建议
# | 建议 | 实验 |
# | --- | --- |
# | 数据增强 | 用 159 张照片看不出好处；只有十张时有一套有用 |
# | 优化模型 | **别处**学来的特征遥遥领先；其余大多只是挪动工作点 |
# | 评估指标 | 指标不改变任何一个回答；凭它作**选择**才会 |

# %% [markdown] lang="en" slide="notes"
# **2 min.** Ask for each line what would have to be measured on *their* data. Hyper-parameters gained no AP here, and one choice lost some; a threshold raises recall at the cost of precision, not both. And the article's culprit, overfitting: the plain network does overfit, but what is meant to cure it brought no better ranking here. Causes differ from case to case: measure them.

# %% [markdown] lang="zh"
# **2 分钟。** 每一行都问一问：换成*你们的*数据，该测什么？超参数在这里没有带来 AP，有一种选择还赔了一些；阈值以查准率换查全率，并不是两者都升。至于文章所说的罪魁祸首过拟合：基线网络确实过拟合，但治它的办法在这里没有使排序变好。原因因题而异：要去测。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > On 100 validation pullovers you choose the lowest threshold that reaches a precision of 0.7. On new garments of the same kind: above 0.7 or below?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 你用 100 件验证套头衫选出查准率达到 0.7 的最低阈值。换成同类的新服饰，查准率会高于 0.7 还是低于 0.7？

# %% [markdown] lang="en" only="slides" slide="fragment"
# **Below, mostly**: of eight networks at most three kept the promise. What was chosen looks better than it is. Choose for more, or have more positives.

# %% [markdown] lang="zh"
# **多半低于**：八个网络里守住承诺的至多三个。被选中的看上去总比实际好。要留出余量，或者准备更多的正例。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute with a neighbour. Of all thresholds that reach 0.7 on validation we took the one that barely does; with about thirty pullovers found there, luck helped it over the line. It is lesson 02's rule once more. The notebook has the eight precisions and an exercise, threshold_for_precision.

# %% [markdown] lang="zh"
# **2 分钟。** 与邻座讨论一分钟。在验证集上达到 0.7 的所有阈值中，我们取了刚好够格的那个；那里找到的套头衫只有三十件左右，是运气帮它过了线。这又是第 02 课的规律。笔记本里有八个网络的查准率，还有练习 threshold_for_precision。

# %% [markdown] lang="en"
# **Now take out your sheet.** How many of your entries stand here?
#
# Two cautions. The rule errs in about one of twenty cases in which nothing has changed, and there are about forty verdicts here: single ones that only just leave out 0 deserve a second experiment. And *threshold* shows both of its faces: chosen on 100 pullovers it helps, chosen on 23 animals it is no better than 0.5 and may be worse.

# %% [markdown] lang="zh"
# **现在拿出你那张纸。** 有多少条与这里一致？
#
# 两点提醒。在什么也没改变的情形里，这条规则大约每二十次错一次，而这里有四十来个结论：刚刚不含 0 的个别结论，值得再做一次实验。另外，*threshold*（阈值）一行有两副面孔：用 100 件套头衫选出的阈值有用；用 23 只动物选出的并不比 0.5 好，也许还更差。

# %% [markdown] lang="en"
# ## The article's advice, line by line
# | the article says, in our words | the experiments say |
# | --- | --- |
# | Augmentation makes new data and so raises precision and recall. | Not as it stands. All recipes kept the label; on the full set none raised AP by an amount that one could tell, and several lowered it. With ten photographs and a pre-trained network one of them helped. The changes must be such as come up in use, and the gain must be measured. |
# | Optimising the model by adjusting its parameters raises both. | This mixes five things. *Parameters* are adjusted by every training. *Hyper-parameters* (dropout, decay, when to stop) gained no AP here, and one choice lost some. *Loss and sampling* (weights, focal loss, oversampling) mostly moved the operating point. *The threshold* does that for nothing; it raises recall at the cost of precision, not both. *Features learned elsewhere* raised both, and by far. |
# | Metrics (it lists precision under the English name “accuracy”, then recall and F1) are a third way to raise them. | A metric changes no answer of a network. It helps where something is *chosen* by it on validation data: the threshold, the recipe, the moment to stop. And it must be the right one: to stop by the loss gave better probabilities and a worse ranking. |
# | Deep networks do badly because they overfit and miss the global structure. | The plain network does overfit. But what is meant to cure overfitting brought no better ranking here; other features did, and for the pullovers a large part of the trouble at 0.5 was the threshold. Whether “global structure” is missed we have not tested; neither has the article. Causes differ from case to case: measure them. |

# %% [markdown] lang="zh"
# ## 逐条评判文章的建议
# | 文章的说法（用我们的话转述） | 实验的结论 |
# | --- | --- |
# | 数据增强产生新数据，从而提高查准和查全。 | 不能一概而论。所有做法都不改变标签；用全部照片时，没有一套看得出提高了 AP，有几套还降低了。只有十张照片、又用预训练网络时，其中一套有用。变换必须是使用时会遇到的，好处必须测出来。 |
# | 通过调整参数来优化模型，两者都会提高。 | 这句话把五件事混在了一起。*参数*是每次训练都在调的。*超参数*（暂退、衰减、何时停）在这里没有带来 AP，有一种选择还赔了一些。*损失和抽样*（权重、焦点损失、过采样）主要是挪动工作点。*阈值*不花代价就能做到这一点；它以查准率换查全率，并不是两者都升。*别处学来的特征*让两者都升了，而且幅度大得多。 |
# | 评估指标（文章列出精确率、召回率和 F1，却把精确率的英文写成了 accuracy，那是准确率）是第三种提高的办法。 | 指标不改变网络的任何一个回答。只有在验证数据上用它来*选择*什么时才有用：选阈值、选做法、选何时停。而且要用对指标：按损失来停，概率变好了，排序却变差了。 |
# | 深度模型表现不佳，是因为容易过拟合、抓不住全局结构。 | 基线网络确实过拟合。但治过拟合的办法在这里没有使排序变好，换特征才行；套头衫一题在 0.5 处的毛病，很大一部分出在阈值。至于有没有抓住“全局结构”，我们没有检验，文章也没有。原因因题而异：要去测。 |

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The scoreboard
# The three networks trained in this notebook, each at its threshold from validation. The pullover network is recorded in its rare world: all 9,000 other garments of the test and its first 91 pullovers, one in a hundred.

# %% [markdown] lang="zh"
# ## 记分板
# 本课当场训练的三个网络，各用验证集选定的阈值。套头衫网络记录的是它在稀有世界里的成绩：测试集里全部 9000 件其他服饰，加上最前面的 91 件套头衫，即百分之一。

# %% slide="same" show="output" outputs="1 2 3"
animals = "96 photographs, animal or not"
threshold, _ = best_f1_threshold(validation_animal, live["validation"])
scoreboard.record(
    "small network", animals, test_animal, live["test"] >= threshold, live["test"]
)
threshold, _ = best_f1_threshold(
    validation_animal, head.decision_function(embeddings["validation"])
)
frozen_row = scoreboard.record(
    "frozen EfficientNet-Lite0",
    animals,
    test_animal,
    frozen_scores >= threshold,
    frozen_scores,
)

rare_rows_of_test = np.sort(
    np.concatenate([np.flatnonzero(~test_pullover), np.flatnonzero(test_pullover)[:91]])
)
scores, truth = rare_live["test"][rare_rows_of_test], pullover_labels[rare_rows_of_test]
threshold, _ = best_f1_threshold(validation_pullover[0], rare_live["validation"])
rare_row = scoreboard.record(
    "small network", "9,091 garments, 1 % pullovers", truth, scores >= threshold, scores
)
claim("recall of the frozen network", frozen_row["recall"], at_least=0.9)
claim("F1 of the pullover network", rare_row["f1"], at_least=0.25, at_most=0.65)

# %% [markdown] lang="en" slide="notes"
# **0.5 min.** The networks trained today, each at its threshold from validation. Point at one interval of 96 photographs: this wide, and no wider, is what such a test can say.

# %% [markdown] lang="zh"
# **0.5 分钟。** 今天当场训练的网络，各用验证集选定的阈值。指着 96 张照片的一个区间说：这样的测试，能说的就是这么宽的一段。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## What to take along
# 1. A remedy helps when it beats the plain network on the same images, over several seeds, by more than chance. Everything else is an anecdote.
# 2. Augmentation must keep the label *and* look like what comes up in use. Keeping the label alone is not enough: all four of our recipes for the photographs did, and three of them hurt.
# 3. Weights, oversampling and thresholds move a recogniser along its curve; weights do it by adding about $\ln(w_1/w_0)$ to every logit. Only AP, or the curve, tells whether the ranking became better.
# 4. The greatest gain came from what others had learned: a frozen pre-trained network and a new head.
# 5. Choose thresholds on validation, with enough positives there. What was chosen as the best looks better than it is.
#
# **A misconception to leave behind:** “My classes are imbalanced, so I need class weights.” First ask whether the *ranking* is bad or only the *threshold*. A threshold costs nothing.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 在同样的图像上、用多个种子、超过基线的幅度大于偶然，才算办法有用；其余都只是个别经历。
# 2. 数据增强既要不改变标签，*又*要像使用时会遇到的图片。只做到不改变标签还不够：我们给照片用的四套做法都做到了，其中三套却有害。
# 3. 权重、过采样和阈值让识别器沿着曲线移动，权重的办法是给每个 logit 加上约 $\ln(w_1/w_0)$；排序是否变好，只有 AP 或整条曲线说得清。
# 4. 最大的收获来自别人学到的东西：冻结的预训练网络加一个新的头。
# 5. 阈值要在验证集上选，那里要有足够多的正例。被选为最好的，看上去总比实际好。
#
# **要纠正的误解**：“类别不平衡，所以必须用类别权重。”先问一问：差的是*排序*，还是只是*阈值*？换一个阈值不花任何代价。

# %% [markdown] lang="en" only="slides" slide="same"
# **A misconception to leave behind:** “Imbalanced classes need class weights.”

# %% [markdown] lang="zh"
# **要纠正的误解**：“类别不平衡，就必须用类别权重。”

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let the room complete: “A remedy helps when …”, “Augmentation must …”, “The greatest gain came from …”. Then the misconception: first ask whether the *ranking* is bad or only the *threshold*; a threshold costs nothing. Before next time: the exercises judge_remedy, class_weights and threshold_for_precision at least.

# %% [markdown] lang="zh"
# **2 分钟。** 请大家补全：“一种办法有用，是指……”，“数据增强要……”，“最大的收获来自……”。再看要纠正的误解：先问一问，差的是*排序*，还是只是*阈值*；换一个阈值不花任何代价。课后至少做 judge_remedy、class_weights 和 threshold_for_precision 三道练习。

# %% [markdown] lang="en"
# ## References
# - [@shorten2019survey]
# - [@srivastava2014dropout]
# - [@loshchilov2019decoupled]
# - [@prechelt1998early]
# - [@yosinski2014transferable]
# - [@tan2019efficientnet]
# - [@elkan2001foundations]
# - [@buda2018systematic]
# - [@lin2017focal]
#
# **Next:** lesson 06 asks what the network looks at when it decides, and whether it is the animal or the sharpness.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@shorten2019survey]
# - [@srivastava2014dropout]
# - [@loshchilov2019decoupled]
# - [@prechelt1998early]
# - [@yosinski2014transferable]
# - [@tan2019efficientnet]
# - [@elkan2001foundations]
# - [@buda2018systematic]
# - [@lin2017focal]
#
# **下一课**：第 06 课要问，网络作判断时究竟在看什么，是动物，还是清晰度。
