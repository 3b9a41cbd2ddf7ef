# %% [markdown] lang="en" slide="slide" take="heading"
# # 00 · Start here
#
# **After this lesson you can** run a lesson and start it afresh; name the two questions of this course; compute precision and recall of a small search; have an answer checked.
#
# **You need** Python as you learned it in a first course: variables, functions, `return`. No mathematics beyond fractions.
#
# **Time** 20 minutes; the machine needs a quarter of a minute.

# %% [markdown] lang="zh"
# # 00 · 从这里开始
#
# **学完本课，你能够**：运行一课的代码，并从头重跑；说出本课程的两个问题；算出一次小规模检索的查准率和查全率；让检查器批改你的答案。
#
# **预备知识**：入门程度的 Python，会用变量、函数和 `return`；数学只用到分数。
#
# **时间**：20 分钟；机器运行约 15 秒。

# %% [markdown] lang="en" only="slides" slide="same"
# Two questions, one picture, your first answer

# %% [markdown] lang="zh"
# 两个问题，一幅图，第一次作答

# %% [markdown] lang="en" slide="notes"
# **1 min.** Say who the course is for: anybody who has written a function in Python. No mathematics beyond fractions today. Everybody has the lesson open beside the slides; whoever has not yet run `python3 course.py doctor` does it now.
#
# **Expect:** “Do I need a GPU?” No: everything runs on a laptop with two cores, without a network.

# %% [markdown] lang="zh"
# **1 分钟。** 说明课程面向谁：会用 Python 写函数就行，今天的数学只用到分数。请大家把本课的笔记本打开放在一旁；还没有运行过 `python3 course.py doctor` 的，现在运行。
#
# **常见问题**：“需要 GPU 吗？”不需要：双核笔记本电脑、不联网，就能跑完全部内容。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## How a lesson works
# A lesson is a row of **cells**: some hold text, some hold code. Click into the code cell below and press **Shift + Enter**: the code runs, its result appears under it, and the next cell is selected.
#
# Go from top to bottom. When something looks odd, choose **Kernel → Restart Kernel and Run All Cells**: it forgets everything and starts afresh. Nothing that you type can break the course: `imgrec reset 00` in a terminal brings a fresh copy of this lesson and keeps yours beside it.

# %% [markdown] lang="zh"
# ## 课程怎么用
# 一课由许多**单元格**组成，有的是文字，有的是代码。点进下面的代码单元格，按 **Shift + Enter**：代码随即运行，结果显示在它下方，并选中下一个单元格。
#
# 请从上往下依次运行。觉得哪里不对劲时，选择菜单**内核 → 重启内核 和 运行所有单元格…**：内核会忘掉一切，从头再运行一遍。无论输入什么，都弄不坏课程：在终端里输入 `imgrec reset 00`，会得到本课的一份新副本，你原来的那份也会保留在旁边。

# %% [markdown] lang="en" only="slides" slide="same"
# - A lesson is a row of **cells**. **Shift + Enter** runs one.
# - From top to bottom; when in doubt: **Restart Kernel and Run All Cells**.
# - **Predict first**, then run: a wrong guess teaches more than a right one.
# - ○ not attempted, ✗ what is wrong and a hint, ✓ right: every exercise answers.
# - `imgrec reset 00` brings a fresh copy; yours is kept beside it.

# %% [markdown] lang="zh"
# - 一课由许多**单元格**组成，按 **Shift + Enter** 运行一个。
# - 从上往下运行；觉得不对劲时：**重启内核 和 运行所有单元格…**。
# - **先预测**，再运行：猜错比猜对学到的更多。
# - ○ 尚未作答，✗ 指出错在哪里并给提示，✓ 正确：每道练习都有回应。
# - `imgrec reset 00` 会得到一份新副本，你原来的那份也会保留。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Show it live: click into a cell, press Shift + Enter, change something, run it again, restart the kernel. Ask them to do the same at once.
#
# **Misconception:** that a notebook remembers what it shows. It remembers what was *run*, in the order in which it was run; a result on the page may belong to code that has been changed since.

# %% [markdown] lang="zh"
# **2 分钟。** 现场演示：点进一个单元格，按 Shift + Enter，改一点，再运行，然后重启内核。请大家跟着做一遍。
#
# **常见误解**：以为笔记本记得的就是页面上显示的。它记得的是*运行过*的代码，以及运行的先后；页面上的结果可能属于后来已被改动的代码。

# %%
import numpy as np

from imgrec_course.checks import check, claim, measured
from imgrec_course.plots import CHANCE, NEGATIVE, photo_grid, show

print("It runs.")

# %% [markdown] lang="en"
# **Is everything in place?** The next cell lets Keras, the library that will do our arithmetic, compute something whose result we know. A line that begins with ✓ is a **claim**: a sentence of the lesson that the machine has just checked. After “measured” stands the value on your machine; its last digits may differ from ours. If the claim does not hold on your machine, you are told, and `imgrec doctor` in a terminal says what is wrong.

# %% [markdown] lang="zh"
# **一切就绪了吗？** 下一个单元格让 Keras（替我们做计算的库）做一道答案已知的计算。以 ✓ 开头的一行是一条**断言**：课文中的一句话，机器刚刚核实过。“实测”（measured）之后是在你的机器上得到的值，最后几位可能与我们的不同。如果断言在你的机器上不成立，程序会告诉你；在终端里运行 `imgrec doctor` 可以查出问题所在。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A sentence that the machine has checked

# %% [markdown] lang="zh"
# ## 机器核实过的一句话

# %% slide="same"
import keras

ones = keras.ops.ones((28, 28))
claim("Keras adds up 28 × 28 ones", keras.ops.sum(ones), equals=784)

# %% [markdown] lang="en" only="slides" slide="fragment"
# A line that begins with ✓ is a **claim**: if it did not hold on your machine, you would be told.

# %% [markdown] lang="zh"
# 以 ✓ 开头的一行是一条**断言**：如果它在你的机器上不成立，程序会告诉你。

# %% [markdown] lang="en" slide="notes"
# **1 min.** The course leans on no number that is not checked in this way. After “measured” stands the value on the machine in front of you; its last digits may differ from ours.
#
# Whose cell fails now has a problem with the installation: `imgrec doctor` says which.

# %% [markdown] lang="zh"
# **1 分钟。** 凡是本课程所依据的数，都经过这样的核实。“实测”之后是在眼前这台机器上得到的值，最后几位可能与我们的不同。
#
# 如果谁的这个单元格现在出错，就是安装有问题：`imgrec doctor` 会指出问题所在。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A question with a picture
# Here are 24 photographs from the course's collection. Suppose you want **all the animals and nothing but the animals**. You would manage without thinking. A machine has to be told how well it did, and *one* number is not enough to tell it.

# %% [markdown] lang="zh"
# ## 一幅图，一个问题
# 下面是课程图库中的 24 张照片。假设你想要**所有的动物，而且只要动物**。你不假思索就能做到。而机器做得怎么样，得有人告诉它；只用*一个*数是说不清的。

# %% [markdown] lang="en" only="slides" slide="same"
# You want **all the animals, and nothing but the animals**. How would you tell a machine how well it did?

# %% [markdown] lang="zh"
# 你想要**所有的动物，而且只要动物**。机器做得怎么样，你会怎样告诉它？

# %% slide="same"
from imgrec_course.datasets.photos import load_photos

photos = load_photos()
some = np.random.default_rng(3).permutation(len(photos.images))[:24]
show(
    photo_grid(photos.images[some], columns=8),
    "Twenty-four photographs on white: animals, fruit, tools, vehicles and other things.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let the room find the animals aloud; it takes seconds. Then the question on the slide; collect answers without judging them. Most people propose “how many it got right”, which is accuracy. Write it down: lesson 01 takes it apart.
#
# **Misconception:** that one number is enough to say it.

# %% [markdown] lang="zh"
# **2 分钟。** 请全班一起指出哪些是动物，几秒钟就够。然后提出幻灯片上的问题，先收集回答，不作评判。多数人会说“看它对了多少”，那就是准确率。先记下来，第 01 课再拆开来看。
#
# **常见误解**：以为一个数就能说清楚。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Find the animals
# Our finder has two parts. A network called EfficientNet-Lite0, trained by others on a million photographs, turns each of ours into 1,280 numbers. A small model then learns from half of our photographs which numbers mean *animal*. For each photograph of the other half it gives a **score** between 0 and 1; what scores at least 0.5 comes back.
#
# Do not worry about how: lessons 03 to 05 explain it, and you need not read the code of this lesson. Run it and look at the results. (`&` means *and*, `~` means *not*, for each photograph.)

# %% [markdown] lang="zh"
# ## 找动物
# 我们的查找器由两部分组成。一个名为 EfficientNet-Lite0 的网络（由别人用上百万张照片训练）把我们的每张照片变成 1280 个数；再由一个小模型从一半照片中学会哪些数意味着*动物*。它为另一半的每张照片给出一个 0 到 1 之间的**得分**，得分不低于 0.5 的就返回。
#
# 不必操心这是怎么做到的：第 03 至 05 课会讲清楚，本课的代码也不必细读，运行后看结果就好。（`&` 表示“且”，`~` 表示“非”，逐张照片进行。）

# %% [markdown] lang="en" only="slides" slide="same"
# 1. A **network**, trained by others on a million photographs, turns each photograph into 1,280 numbers.
# 2. A **small model** learns from half of our photographs which numbers mean *animal*.
# 3. Each photograph of the other half gets a **score** between 0 and 1.
# 4. What scores at least **0.5** comes back.

# %% [markdown] lang="zh"
# 1. 一个**网络**（由别人用上百万张照片训练）把每张照片变成 1280 个数。
# 2. 一个**小模型**从我们的一半照片中学会哪些数意味着*动物*。
# 3. 另一半的每张照片得到一个 0 到 1 之间的**得分**。
# 4. 得分不低于 **0.5** 的就返回。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Four sentences, no detail: lessons 03 to 05 open each of the boxes. What matters today is the difference between a *score* and a *decision*, and that the finder is judged by photographs it has never seen.
#
# **Question to expect:** “Why 0.5?” Nobody said that it must be. That is where we are going.

# %% [markdown] lang="zh"
# **2 分钟。** 四句话，不讲细节：第 03 至 05 课会逐一打开这些黑箱。今天要紧的是*得分*与*判断*的区别，以及要用查找器从未见过的照片来评判它。
#
# **可能的提问**：“为什么是 0.5？”谁也没说必须是 0.5，后面就要讲到这一点。

# %% slide="subslide" show="both"
from sklearn.linear_model import LogisticRegression

from imgrec_course.models.pretrained import load_efficientnet_lite0

network = load_efficientnet_lite0(include_top=False)
# Shape (number of photographs, 1280)
numbers = network.predict(photos.images, batch_size=32, verbose=0)

train, unseen = photos.split == "train", photos.split != "train"
finder = LogisticRegression(C=0.1, max_iter=2000).fit(numbers[train], photos.animal[train])
scores = finder.predict_proba(numbers[unseen])[:, 1]

images, is_animal = photos.images[unseen], photos.animal[unseen] == 1
returned = scores >= 0.5
print(
    f"{len(scores)} photographs, {is_animal.sum()} animals;",
    measured(f"{returned.sum()} came back"),
)

# %% [markdown] lang="en" slide="notes"
# **1 min.** Do not read the code out. Point at two lines: the one in which the model learns (`fit`, on `train`), and the last comparison, in which scores become a decision.

# %% [markdown] lang="zh"
# **1 分钟。** 不要逐行念代码。只指出两行：模型学习的那一行（`fit`，用的是 `train`），以及最后那个比较，得分在那里变成判断。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## Two questions
# The finder can go wrong in two ways: it returns something that is no animal, or it leaves an animal behind. So we ask two questions:
#
# - **Precision**: of what it returned, how much is right?
# - **Recall**: of what is right, how much did it return?

# %% [markdown] lang="zh"
# ## 两个问题
# 查找器会犯两种错：返回了不是动物的东西，或漏掉了动物。所以要问两个问题：
#
# - **查准率**（精确率，precision）：返回的里面，有多少是对的？
# - **查全率**（召回率，recall）：该返回的，返回了多少？

# %% [markdown] lang="en" only="slides" slide="fragment"
# > Which of the two does a spam filter need most? Which one a search for tumours?

# %% [markdown] lang="zh"
# > 垃圾邮件过滤器更需要哪一个？筛查肿瘤呢？

# %% [markdown] lang="en" slide="notes"
# **3 min.** The most important slide of the day. Let everybody say both sentences aloud in their own words. In the fragment: a filter that deletes mail must be precise, for a lost letter is worse than an advertisement; a search for tumours must be complete, for a second examination is better than a missed tumour. There are good arguments against both answers; what matters is that the *costs* decide.
#
# **Misconception:** that precision and recall are two words for “good”. They have the same numerator and different denominators.

# %% [markdown] lang="zh"
# **3 分钟。** 今天最重要的一张。请每个人用自己的话把两个问题各说一遍。出现下面的提问后：自动删除邮件的过滤器要查准，丢一封信比多看一则广告更糟；筛查肿瘤要查全，多查一次总比漏掉好。两个回答都可以反驳，关键在于由*代价*决定。
#
# **常见误解**：以为查准率和查全率不过是“好”的两种说法。它们分子相同，分母不同。

# %% slide="subslide"
right = np.sum(returned & is_animal)
wrong = np.sum(returned & ~is_animal)
missed = np.sum(~returned & is_animal)
claim("precision", right / (right + wrong), at_least=0.93)
claim("recall", right / (right + missed), at_least=0.93)

# %% [markdown] lang="en" slide="notes"
# **1 min.** Each line of code is one outcome; `right` stands above both fractions. Ask which photographs are in none of the three counts: other things that were rightly left behind. They play no part.

# %% [markdown] lang="zh"
# **1 分钟。** 每行代码对应一种结果；两个分数的分子都是 `right`。问一问：哪些照片不在这三个数里？是那些本来就不该返回、也没有返回的照片，它们不起作用。

# %% [markdown] lang="en"
# Very good on both counts, but not perfect. It always pays to *look* at the errors. First every photograph that came back wrongly, then every animal that was left behind, each with its score:

# %% [markdown] lang="zh"
# 两方面都很好，但并不完美。看一看错在哪里，总是值得的。先是所有误返回的照片，再是所有漏掉的动物，各附得分（图中 returned 为误返回，missed 为漏掉）：

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Look at the errors

# %% [markdown] lang="zh"
# ## 看一看错在哪里

# %% slide="same"
errors = np.concatenate(
    [np.flatnonzero(returned & ~is_animal), np.flatnonzero(~returned & is_animal)]
)
show(
    photo_grid(
        images[errors],
        [f"{'returned' if returned[i] else 'missed'} {scores[i]:.2f}" for i in errors],
        columns=6,
        size=1.5,
        edges=[NEGATIVE if returned[i] else CHANCE for i in errors],
    ),
    "The finder's few errors: photographs returned that show no animal, and animals that were missed.",
    photographs=True,
)
files = list(photos.files[unseen])
claim("the clownfish is missed", bool(~returned[files.index("clownfish.jpg")]))

# %% [markdown] lang="en" slide="notes"
# **1 min.** First what came back wrongly, then what was missed, each with its score. Let the room guess why. We see *that* it is wrong; *why* is another question, and guesses are cheap: an explanation has to be tested like any other claim.

# %% [markdown] lang="zh"
# **1 分钟。** 先是误返回的，再是漏掉的，各附得分。让大家猜猜原因。我们看得出它*错了*；*为什么*错是另一个问题，而猜测很容易：解释也要像其他断言一样经过检验。

# %% [markdown] lang="en"
# A clownfish with its colours off (blue stripes instead of white ones, and no orange anywhere) was left behind; on most machines a Boeing 747 comes back. We can see *that* they are wrong; *why* is another question, which lesson 06 takes up.

# %% [markdown] lang="zh"
# 一条颜色反常的小丑鱼（白色的条纹成了蓝色，也看不到一点橙色）被漏掉了；在多数机器上还会返回一架波音 747。我们看得出它们*错了*；*为什么*错，是另一个问题，留到第 06 课。

# %% [markdown] lang="en" slide="slide" take="heading predict"
# ## Move the threshold
# The line at 0.5 is our choice. This picture is an **explorer**: it moves. Drag the threshold, or click it and use the arrow keys. (A small broken chain beside it means no more than: this cell has not run since you opened the lesson. Run it, and the chain is gone.) It shows more than you need today: watch precision, recall and the photographs; lesson 01 explains the rest.
#
# **Predict first.** How far down must the threshold go until the clownfish comes back? And what will come along with it?

# %% [markdown] lang="zh"
# ## 移动阈值
# 0.5 这条线是我们自己选的。下面的图是一个**探索器**，可以动手操作：拖动阈值，或点选之后用方向键移动。（图旁若有一个断开的链条标记，只表示：打开本课以来，这个单元格还没有运行过；运行一次，标记就消失。）它显示的比今天需要的多：只看查准率、查全率和照片就好，其余的第 01 课会解释。
#
# **先预测。** 阈值要降到多低，小丑鱼才会被返回？还有什么会跟着一起被返回？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Everybody writes a number down before you go on. Ask for two or three of them.

# %% [markdown] lang="zh"
# **1 分钟。** 请每个人先写下一个数，再往下讲。请两三个人说出来。

# %% slide="subslide"
from imgrec_course.widgets.threshold import ThresholdExplorer

ThresholdExplorer(scores, is_animal, images, names=("animal", "other"))

# %% [markdown] lang="en" slide="notes"
# **3 min.** Click the threshold, then the arrow keys (Escape gives the arrow keys back to the slides, Page Down goes on at once). Go down slowly to 0.12 and watch the group “returned and wrong” fill. Then up to 0.9: what leaves? Only precision, recall and the photographs matter today; curve and counts are for lesson 01.
#
# **Misconception:** that there is a right threshold which one only has to find.

# %% [markdown] lang="zh"
# **3 分钟。** 点选阈值，再用方向键移动（按 Escape 把方向键还给幻灯片，按 Page Down 直接翻页）。慢慢降到 0.12，看“返回但错误”一组怎样变满。再升到 0.9：哪些退出了？今天只看查准率、查全率和照片，曲线和计数留到第 01 课。
#
# **常见误解**：以为存在一个正确的阈值，只要找到它就行。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The price of the clownfish

# %% [markdown] lang="zh"
# ## 小丑鱼的代价

# %% slide="same" show="output"
clownfish = scores[files.index("clownfish.jpg")]
company = int(np.sum(scores[~is_animal] >= clownfish))
claim("score of the clownfish", clownfish, equals=0.12, within=0.03)
claim("other things that come along with it", company, at_least=15, at_most=28)

# %% [markdown] lang="en" only="slides" slide="fragment"
# - To have **every** animal, we must take other things along.
# - To have **nothing but** animals, we must leave some behind.
# - The course looks for ways to improve **both** answers at once.

# %% [markdown] lang="zh"
# - 要**所有的**动物，就得容忍别的东西混进来。
# - **只要**动物，就得舍下几只。
# - 本课程要寻找让**两个**答案同时变好的办法。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Compare with the guesses. This is the thread of the whole course: a threshold only *trades*; better scores, from a better network, better data, improve both.

# %% [markdown] lang="zh"
# **1 分钟。** 与大家的猜测对照。这就是贯穿全课程的主线：阈值只是*取舍*；更好的得分（来自更好的网络、更好的数据）才能让两者都变好。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > A finder returns **40** photographs, **30** of them animals. The archive holds **60** animals. Precision? Recall?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 查找器返回了 **40** 张照片，其中 **30** 张是动物。图库里一共有 **60** 张动物照片。查准率是多少？查全率呢？

# %% [markdown] lang="en" only="slides" slide="fragment"
# $$P = \frac{30}{40} = 0.75, \qquad R = \frac{30}{60} = 0.5$$

# %% [markdown] lang="zh"
# $$P = \frac{30}{40} = 0.75, \qquad R = \frac{30}{60} = 0.5$$

# %% [markdown] lang="en" slide="notes"
# **2 min.** Half a minute alone, a minute with a neighbour, then hands: who has 0.75 and 0.5? The usual wrong answer is a recall of 30/40 again, or 40/60: ask its owner what was *wanted*. The lesson's first exercise asks for the same with other numbers, and gives what was *missed* instead of the total.

# %% [markdown] lang="zh"
# **2 分钟。** 先各自想半分钟，再与邻座讨论一分钟，然后举手：谁算出 0.75 和 0.5？常见的错误是查全率又写成 30/40，或写成 40/60：请他说说*该返回的*是多少。本课第一道练习换了数字，给出的是*漏掉*多少，而不是总数。

# %% [markdown] lang="en"
# To get the clownfish you must go down to about 0.12, and some twenty things that are no animals come along. To have *every* animal, you must accept other things with them; to have *nothing but* animals, you must leave at least the clownfish behind. This is the thread of the whole course: whatever we build, we ask these two questions, and we look for ways to improve both answers at once.
#
# ## Your first exercises
# In an exercise you replace `...`, or the lines `# YOUR CODE HERE` and `raise NotImplementedError`, by your answer. Run the cell, then the `check` below it. ○ means not attempted, ✗ says what is wrong, ✓ that it is right. Stars tell how hard it is: ★ takes minutes, ★★★ is a challenge. The solutions are in the folder `solutions` beside this lesson.
#
# **Exercise ★ recall_of_the_example.** Another finder returns 12 photographs. 9 of them show animals, 3 do not; 11 more animals stay behind. What is its recall? Type it as a fraction, such as `1 / 2`.

# %% [markdown] lang="zh"
# 要找回小丑鱼，阈值得降到 0.12 左右，同时会有二十来样不是动物的东西一起返回。要*所有的*动物，就得容忍一些别的东西混进来；*只要*动物，就至少得舍下那条小丑鱼。这就是贯穿全课程的主线：无论做出什么，我们都问这两个问题，并设法让两个答案同时变好。
#
# ## 第一批练习
# 做练习时，把 `...`，或把 `# YOUR CODE HERE` 和 `raise NotImplementedError` 这两行，换成你的答案。先运行该单元格，再运行下面的 `check`。○ 表示尚未作答，✗ 会说明错在哪里，✓ 表示正确。星号表示难度：★ 几分钟即可，★★★ 是挑战。答案在本课旁边的 `solutions` 文件夹里。
#
# **练习 ★ recall_of_the_example。** 另一个查找器返回了 12 张照片，其中 9 张是动物，3 张不是；还有 11 张动物照片没有返回。它的查全率是多少？请写成分数，如 `1 / 2`。

# %% tags=["exercise"]
### BEGIN SOLUTION
recall_of_the_example = 9 / (9 + 11)
### END SOLUTION

# %%
check("00.recall_of_the_example", recall_of_the_example)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Your turn

# %% [markdown] lang="zh"
# ## 轮到你了

# %% [markdown] lang="en" slide="same"
# **Exercise ★ precision.** A function this time. `right` and `wrong` count the photographs that came back.

# %% [markdown] lang="zh"
# **练习 ★ precision。** 这次写一个函数。`right` 和 `wrong` 是返回的照片中对的和错的张数。


# %% tags=["exercise"] slide="same" show="code"
def precision(right, wrong):
    """Share of right ones among all that came back."""
    ### BEGIN SOLUTION
    return right / (right + wrong)
    ### END SOLUTION


# %%
check("00.precision", precision)

# %% [markdown] lang="en" slide="notes"
# **3 min.** Everybody types it into the notebook, runs the cell and the `check` under it. Let one wrong answer be shown, for example `right / wrong`: the checker names a case and gives a hint. Whoever is ready helps a neighbour.

# %% [markdown] lang="zh"
# **3 分钟。** 请大家在笔记本里写出答案，运行该单元格和下面的 `check`。找一个错误答案展示一下，例如 `right / wrong`：检查器会指出是哪个例子不对，并给出提示。先做完的帮帮邻座。

# %% [markdown] lang="en"
# What you have solved is remembered in your working copy of the course. `imgrec progress` in a terminal shows it, and so does the next cell.

# %% [markdown] lang="zh"
# 做对的练习会记在你的工作副本里。在终端里输入 `imgrec progress` 可以查看，下面的单元格也可以。

# %%
from imgrec_course.progress import show_progress

show_progress()

# %% [markdown] lang="en"
# ## The words of the course
# One term, one translation, in every lesson.

# %% [markdown] lang="zh"
# ## 本课程的术语
# 一个术语只有一种译法，全课程一致。

# %% [markdown]
# | English | 中文 |
# | --- | --- |
# | precision | 查准率（精确率） |
# | recall | 查全率（召回率） |
# | F1 score | F1 分数 |
# | accuracy | 准确率（精度） |
# | true / false positive, true / false negative | 真正例／假正例、真反例／假反例 |
# | confusion matrix | 混淆矩阵 |
# | score; threshold | 得分；阈值 |
# | precision–recall curve; average precision (AP) | 查准率–查全率曲线；平均查准率（AP） |
# | mean average precision (mAP) | 平均查准率均值（mAP） |
# | prevalence; class imbalance | 正例占比（流行率）；类别不平衡 |
# | training / validation / test set | 训练集／验证集／测试集 |
# | confidence interval | 置信区间 |
# | embedding; image retrieval | 嵌入；图像检索 |
# | convolutional neural network (CNN) | 卷积神经网络（CNN） |
# | recurrent neural network (RNN) | 循环神经网络（RNN） |
# | generative adversarial network (GAN) | 生成对抗网络（GAN） |
# | generator, discriminator | 生成器、判别器 |

# %% [markdown] lang="en" slide="slide"
# ## What to take along
# 1. Shift + Enter runs a cell; *Restart Kernel and Run All Cells* starts afresh.
# 2. ✓ is a sentence that the machine has checked; ○, ✗, ✓ answer your exercises.
# 3. Precision: of what came back, how much is right. Recall: of what is right, how much came back.
# 4. The threshold trades one for the other.
# 5. Always look at the errors.
#
# **A misconception to leave behind:** that one number says how good a recogniser is.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. Shift + Enter 运行一个单元格；“重启内核 和 运行所有单元格…”会从头再运行一遍。
# 2. ✓ 是机器核实过的一句话；○、✗、✓ 是对练习的批改。
# 3. 查准率：返回的里面有多少是对的。查全率：该返回的返回了多少。
# 4. 阈值在两者之间取舍。
# 5. 永远要看一看错在哪里。
#
# **要纠正的误解**：一个数就能说明识别器有多好。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Let them say the two questions once more with the book closed. Next time the questions are taken apart: four outcomes, a curve, and why the same finder looks worse in a rarer world.

# %% [markdown] lang="zh"
# **1 分钟。** 请大家不看屏幕，再说一遍那两个问题。下一课把它们拆开：四种结果，一条曲线，以及为什么同一个查找器到了正例更稀少的地方会显得更差。

# %% [markdown] lang="en"
# ## References
# - [@tan2019efficientnet]
# - The photographs are stamps of the drawing program Tux Paint (GPL-2); `data/photos/README.md` says more.
#
# **Next:** lesson 01 takes the two questions apart. Open it from the file list on the left, or [here](01_precision_and_recall.ipynb).

# %% [markdown] lang="zh"
# ## 参考文献
# - [@tan2019efficientnet]
# - 照片取自绘画程序 Tux Paint 的图章（GPL-2），详见 `data/photos/README.md`。
#
# **下一课**：第 01 课把这两个问题细细拆开。可从左侧的文件列表打开，或点[这里](01_precision_and_recall.ipynb)。
