# %% [markdown] lang="en" slide="slide" take="heading"
# # 08 · Image sequences
#
# **After this lesson you can** bring image files into a network as (batch, time, height, width, channels), without the mistakes that are usually made; prove that a network sees no order, and test whether another one does; put a recurrent layer on a convolutional network, or let convolutions run over time; explain why a gated network may learn nothing for a long while (optional); find events in a long film and measure precision and recall over events.
#
# **You need** lessons 01 (precision, recall), 02 (intervals, thresholds), 03–04 (convolution, Keras) and 07 (recurrence, LSTM, GRU).
#
# **Time** 100 minutes, exercises included (a good place for a break: before “Events in a long film”; “The long wait, and two stairs” is optional, a quarter of an hour); the machine needs about a minute and a half.

# %% [markdown] lang="zh"
# # 08 · 图像序列
#
# **学完本课，你能够**：把图像文件读成网络要的（批量，时间，高，宽，通道），避开常见的错误；证明某个网络看不见顺序，并检验另一个网络看不看得见；把循环层接在卷积神经网络后面，或者让卷积也沿时间进行；解释门控网络为什么可能很久什么也学不到（选读）；在长片中找出事件，并按事件计算查准率和查全率。
#
# **预备知识**：第 01 课（查准率、查全率）、第 02 课（置信区间、阈值）、第 03、04 课（卷积、Keras）和第 07 课（循环、LSTM、GRU）。
#
# **时间**：100 分钟，含练习（适合中途休息的地方：“长片中的事件”之前；“漫长的等待和两级台阶”一节可以不读，约一刻钟）；机器运行约一分半钟。

# %% [markdown] lang="en" only="slides" slide="same"
# Which networks see the order of the frames – and which only seem to?

# %% [markdown] lang="zh"
# 哪些网络看得见帧的先后？哪些只是看上去如此？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Lesson 07 built a memory; today it gets something to do. Two things to take home: how to *prove* that a network sees no order, and what precision and recall mean when nobody has cut the film into clips. Exercises are left out; so are the stress tests and the delay of reports. When time is short, skip the slide on the long wait.

# %% [markdown] lang="zh"
# **1 分钟。** 第 07 课造出了记忆，今天让它派上用场。要带走两件事：怎样*证明*一个网络看不见顺序；没人把影片剪成片段时，查准率和查全率是什么意思。练习不讲，“走出熟悉的世界”和报告的延迟也不讲。时间紧就跳过“漫长的等待”那一张。

# %%
import re
import tempfile
import time
from collections import Counter
from itertools import combinations
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image

from imgrec_course import plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.datasets.clips import DIRECTIONS, STEPS, as_batch, draw_moving
from imgrec_course.datasets.clips import load_clips, make_film, windows
from imgrec_course.experiments import image_sequences, load_result
from imgrec_course.metrics import percentile_interval, precision_recall_f1
from imgrec_course.metrics import resample_confusion
from imgrec_course.models import rnn
from imgrec_course.plots import show, subplots
from imgrec_course.widgets.player import ClipPlayer

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Which way does it move?
# Eight pictures, each taken from the middle of a short clip. In every clip a garment moves in one of eight directions; what leaves the picture on one side comes in on the other. A grey bar stands in front, a fainter second garment moves behind, in a direction of its own, and there is noise. **Predict first:** which of the eight garments moves to the right?

# %% [markdown] lang="zh"
# ## 它往哪边动？
# 下面八张图，各取自一个片段的中间。每个片段里有一件服饰朝八个方向之一移动；从一边移出画面，就从对边移进来。前面挡着一根灰条，后面还有一件较淡的服饰朝它自己的方向移动，此外还有噪声。**先预测**：八件服饰中，哪一件在向右移动？

# %% [markdown] lang="en" only="slides" slide="same"
# Each picture is one frame of a clip in which a garment moves in one of eight directions.
#
# **Predict first.** Which of the eight moves to the right?

# %% [markdown] lang="zh"
# 每张图是某个片段中的一帧；片段里有一件服饰，朝八个方向之一移动。
#
# **先预测。** 八件服饰中，哪一件在向右移动？

# %% slide="same" outputs="2"
(x_train, y_train), (x_test, y_test) = load_clips()
print("clips", x_train.shape, x_train.dtype, "directions", y_train.shape)
print(", ".join(f"{kind} {name}" for kind, name in enumerate(DIRECTIONS)))

one_of_each = [np.flatnonzero(y_test == kind)[1] for kind in (3, 6, 0, 5, 2, 7, 4, 1)]
show(
    plots.photo_grid(255 - x_test[one_of_each, 5], [f"clip {i}" for i in range(8)]),
    "Eight noisy pictures of 24 by 24 pixels, each with a bright garment, a grey bar and a faint second garment; nothing shows which way they move.",
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Bright: the garment. Grey: a bar in front. Faint: a second garment behind, with a direction of its own; and noise. What leaves the picture on one side comes in on the other. Take votes. (Clip 2 is the answer; nobody can know.)

# %% [markdown] lang="zh"
# **1.5 分钟。** 亮的是服饰；灰的是挡在前面的灰条；淡的是后面的第二件服饰，有它自己的方向；此外还有噪声。从一边移出画面，就从对边移进来。请大家投票。（答案是 2 号片段；谁也不可能知道。）

# %% [markdown] lang="en"
# Nobody can tell. Now the film strips of three of them, all ten frames from left to right, and a player for all eight. For the eye the noise is left out here; the networks will have to bear it.

# %% [markdown] lang="zh"
# 谁也说不出来。下面是其中三个片段的胶片条，十帧从左到右排列；再下面的播放器能放全部八个。为了看得清楚，这里去掉了噪声；网络可没有这样的优待。

# %%
_, (clear, _) = load_clips(train=1, noise=0)  # the same test clips without noise
strips = clear[one_of_each[:3]].reshape(30, 24, 24)
show(
    plots.photo_grid(255 - strips, columns=10, size=0.65),
    "Three film strips of ten frames: in the first the garment moves down and to the left, in the second up, in the third to the right.",
)
print([DIRECTIONS[y_test[clip]] for clip in one_of_each[:3]])

# %% slide="subslide"
ClipPlayer(clear[one_of_each], [DIRECTIONS[y_test[clip]] for clip in one_of_each])

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let it play: now everybody sees it (the noise is left out here, for the eye; the networks have to bear it). Then step by hand: two frames are enough. Ask what exactly told them: no picture, but the *difference* of two. Escape gives the arrow keys back to the slides.

# %% [markdown] lang="zh"
# **2 分钟。** 播放：现在人人都看得出（为了看得清楚，这里去掉了噪声；网络可没有这样的优待）。再一帧一帧地走：两帧就够了。问一问：凭的究竟是什么？不是哪一张图，而是两张之*差*。按 Escape 把方向键还给幻灯片。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## One frame tells nothing – exactly nothing
# That no single frame helps is not a matter of skill. A picture has $S \times S$ places. The first place $p_0$ of the garment is drawn uniformly from all of them, and from frame to frame the garment moves by the same step $v$ (two whole numbers, pixels down and pixels to the right; 1 or 2 pixels a frame, which is drawn, too). Since what leaves on one side comes in on the other, both numbers of the place count modulo $S$; such a picture is called a **torus**:
#
# $$p_t = (p_0 + t\,v) \bmod S, \qquad t = 0, 1, \dots, T - 1.$$
#
# ($T$ is the number of frames. Time is counted from 0 here, like the places in an array, so the last frame is $T - 1$. Lesson 07 counted from 1 to $T$, because its 0 was the state before the first step.)
#
# For fixed $t$ and $v$ the map $p_0 \mapsto p_t$ only shifts the torus: every place is reached from exactly one $p_0$. So **$p_t$ is uniform again, whatever $v$ is**. Garment, bar, second garment and noise are drawn without looking at $v$. Hence each single frame has the same distribution in all eight classes. What differs is the *pair*: $(p_{t+1} - p_t) \bmod S = v \bmod S$.
#
# “The same” can be counted. A tiny “garment” without symmetry, on a torus of 8 × 8 pixels, with *all* 64 first places:

# %% [markdown] lang="zh"
# ## 一帧什么也说明不了——一点也不
# 单独一帧没有用，这与本领高低无关。画面有 $S \times S$ 个位置，服饰的第一个位置 $p_0$ 从所有位置中均匀抽取，以后每一帧都移动同样的步子 $v$（两个整数：向下、向右各多少像素；每帧走 1 像素还是 2 像素，也是抽出来的）。从一边移出就从对边移进，所以位置的两个数都对 $S$ 取模；这样的画面叫做**环面**（torus）：
#
# $$p_t = (p_0 + t\,v) \bmod S, \qquad t = 0, 1, \dots, T - 1.$$
#
# （$T$ 是帧数。这里的时间从 0 数起，与数组的下标一样，所以最后一帧是 $T - 1$。第 07 课从 1 数到 $T$，因为那里的 0 留给了第一步之前的状态。）
#
# 固定 $t$ 和 $v$，映射 $p_0 \mapsto p_t$ 只是把环面平移：每个位置恰好由一个 $p_0$ 到达。所以**无论 $v$ 是什么，$p_t$ 仍然均匀分布**。服饰、灰条、第二件服饰和噪声的抽取都与 $v$ 无关。因此在八个类别中，每个单独的帧分布都相同。不同的是*两帧之间*：$(p_{t+1} - p_t) \bmod S = v \bmod S$。
#
# “相同”是可以数出来的。取一件没有对称性的微型“服饰”，放在 8 × 8 像素的环面上，把 64 个起点*全部*试一遍：

# %% [markdown] lang="en" only="slides" slide="same"
# - $p_t$: place in frame $t$; $v$: step from frame to frame; $T$ frames of $S \times S$ pixels.
# - $p_0$ is drawn **uniformly**. For fixed $t$ and $v$ the map $p_0 \mapsto p_t$ only shifts: $p_t$ is uniform again, **whatever $v$ is**.
# - What differs is the **pair**: $(p_{t+1} - p_t) \bmod S = v \bmod S$.

# %% [markdown] lang="zh"
# - $p_t$：第 $t$ 帧中的位置；$v$：每帧移动的步子；共 $T$ 帧，每帧 $S \times S$ 像素。
# - $p_0$ **均匀**抽取。固定 $t$ 和 $v$，映射 $p_0 \mapsto p_t$ 只是平移：**无论 $v$ 是什么**，$p_t$ 仍然均匀分布。
# - 不同的是**两帧之间**：$(p_{t+1} - p_t) \bmod S = v \bmod S$。

# %% slide="fragment" show="output" outputs="1 2"
picture = np.arange(1, 7).reshape(1, 3, 2)
starts = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(64, 1, 2)


def all_clips(step, frames=6):
    """One clip for every first place: (64, frames, 8, 8)."""
    times = np.arange(frames)[:, np.newaxis]
    return draw_moving(np.repeat(picture, 64, axis=0), (starts + times * step) % 8, 8)


def counted(frames):
    return Counter(frame.tobytes() for frame in frames)


worlds = [all_clips(np.array(step)) for step in STEPS]
first = counted(worlds[0][:, 0])
same = all(counted(world[:, time]) == first for world in worlds for time in range(6))
claim("at every time every class shows the same frames equally often", same)

pairs = [{clip.tobytes() for clip in world[:, :2]} for world in worlds]
shared = sum(len(one & other) for one, other in combinations(pairs, 2))
claim("pairs of neighbouring frames that two classes share", shared, equals=0)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** This is why the data are made and not filmed: here one *knows* that a single frame tells nothing, so whoever is right has put frames together. Draw a line of eight places, bent into a ring, and shift it. The claims count it out: a tiny garment on 8 × 8 pixels, all 64 first places, all eight directions.
#
# **Misconception:** that “hardly anything” is meant. It is nothing at all, and can be counted.

# %% [markdown] lang="zh"
# **2.5 分钟。** 数据自己造而不去拍，原因就在这里：这里可以*肯定*，单独一帧什么也说明不了，所以谁答对了，谁就把几帧合起来看过。画一排八个位置，弯成一圈，再转动它。两条断言是逐个数出来的：8 × 8 像素上的一件微型服饰，64 个起点、八个方向全部试遍。
#
# **常见误解**：以为意思是“几乎说明不了什么”。是一点也说明不了，而且数得出来。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > A network tells films of swimming from films of skiing, nearly without a mistake. Has it seen a movement?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 一个网络分辨游泳和滑雪的影片，几乎从不出错。它看见动作了吗？

# %% [markdown] lang="en" only="slides" slide="fragment"
# Perhaps only the **pool**. Ask what it says to a single frame – and to the same frames in another order.

# %% [markdown] lang="zh"
# 也许只看见了**泳池**。问问它：只给一帧，它怎么说？同样的帧换个次序，它又怎么说？

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let them find the tests themselves before the key. In many collections of real films a single frame gives much away, and a network that is praised for its memory may have none.

# %% [markdown] lang="zh"
# **2 分钟。** 按键之前，先让大家自己想出检验的办法。许多真实影片的数据集里，单独一帧就泄露了许多，一个因记忆力而受称赞的网络，也许根本没有记忆。

# %% [markdown] lang="en"
# This is why we made the data ourselves. In many collections of real films a single frame gives much away (a swimming pool is enough to guess “swimming”), and then a network that is praised for its memory may have none. Here, whoever is right on new clips more often than luck allows has put several frames together.
#
# **Exercise ★★ hides_motion.** Six other worlds, 24 × 24 pixels, eight directions as classes. For each: does every *single* frame have the same distribution in all classes? A tuple of six, `True` or `False`.
#
# 1. A torus. The place in the *fifth* frame is drawn uniformly; the frames before and after follow by steps of $v$.
# 2. A torus. Every garment starts in the middle of the picture.
# 3. No torus. Start uniform; a garment that reaches the edge stops there.
# 4. A torus, start uniform. Garments that move to the right take 2 pixels a frame, all others 1.
# 5. A torus. The start is drawn from the places whose row and column are both even; 1 pixel a frame.
# 6. A torus, start uniform. Garments that move up are a little brighter.

# %% [markdown] lang="zh"
# 我们自己造数据，正是为了这一点。在许多真实影片的数据集里，单独一帧就泄露了许多（看见泳池就猜“游泳”），于是一个因记忆力而受称赞的网络，也许根本没有记忆。而在这里，谁在新片段上答对的次数超出了运气所能解释的范围，谁就一定把几帧合起来看过。
#
# **练习 ★★ hides_motion。** 另外六个世界，都是 24 × 24 像素，八个方向为八个类别。对每一个回答：每个*单独的*帧在所有类别中分布都相同吗？写成六个 `True` 或 `False` 的元组。
#
# 1. 环面。*第五帧*的位置均匀抽取，前后各帧按步子 $v$ 推出。
# 2. 环面。每件服饰都从画面正中出发。
# 3. 不是环面。起点均匀；服饰到了边缘就停住。
# 4. 环面，起点均匀。向右移动的服饰每帧走 2 像素，其余的走 1 像素。
# 5. 环面。起点只从行号和列号都是偶数的位置中抽取；每帧走 1 像素。
# 6. 环面，起点均匀。向上移动的服饰稍亮一些。

# %% tags=["exercise"]
### BEGIN SOLUTION
hides_motion = (True, False, False, True, False, False)
### END SOLUTION

# %%
check("08.hides_motion", hides_motion)

# %% [markdown] lang="en"
# ## From files to an array
# Real sequences come as files. We make some: a camera that pans over a photograph from left to right, twelve pictures, saved as JPEG. Then we read the folder as everybody does at first:

# %% [markdown] lang="zh"
# ## 从文件到数组
# 真实的序列往往是一批文件。我们先造一批：镜头从左到右扫过一张照片，拍下十二幅，存成 JPEG。然后像大家起初都会做的那样读这个文件夹：

# %%
photo = load_sample_image("china.jpg")  # (427, 640, 3)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
for number in range(12):
    left = 32 * number
    view = Image.fromarray(photo[60:252, left : left + 256])
    view.resize((64, 48)).save(folder / f"frame{number}.jpg", quality=90)

names = sorted(path.name for path in folder.glob("*.jpg"))
print(" ".join(names))
as_read = np.stack([np.array(Image.open(folder / name)) for name in names])
show(
    plots.photo_grid(as_read, [re.sub(r"\D", "", name) for name in names], 12, 0.8),
    "Twelve views of a pagoda numbered 0, 1, 10, 11, 2, 3 and so on: the camera jumps to the right after view 1, and back after view 11.",
    photographs=True,
)

# %% [markdown] lang="en"
# The camera jumps. `sorted` compares texts letter by letter, and “1” comes before “2”; `glob` alone promises no order at all. No program complains, and the labels still fit: such a mistake shows only in the results.
#
# **Exercise ★ frame_order.** Put file names in the order of their frames: by the whole number that stands before the dot. Each name has exactly one there.

# %% [markdown] lang="zh"
# 镜头乱跳。`sorted` 逐个字符地比较文本，“1”排在“2”前面；而单用 `glob`，根本不保证任何顺序。程序不会报错，标签也照样对得上：这种错误只会在结果里露出来。
#
# **练习 ★ frame_order。** 按帧的先后排列文件名：依据的是点号之前的那个整数；每个文件名的点号之前都有且只有一个整数。


# %% tags=["exercise"]
def frame_order(names):
    """The names as a list, frame 9 before frame 10."""
    ### BEGIN SOLUTION
    return sorted(names, key=lambda name: int(re.search(r"\d+", Path(name).stem).group()))
    ### END SOLUTION


# %%
check("08.frame_order", frame_order)

# %% [markdown] lang="en"
# The course's `frame_paths` does the same for a folder and refuses names without a number; `read_clip` reads, resizes if asked, and scales to floats from 0 to 1:

# %% [markdown] lang="zh"
# 课程自带的 `frame_paths` 对文件夹做同样的事，遇到没有数字的文件名会拒绝；`read_clip` 负责读取、按需缩放，并换算成 0 到 1 的浮点数：

# %%
from imgrec_course.datasets.clips import frame_paths, read_clip

paths = frame_paths(folder, "*.jpg")
pan = read_clip(paths, shape=(24, 32))
print(" ".join(path.name for path in paths))
print("one clip:", pan.shape, pan.dtype, "as a batch:", as_batch([pan]).shape)
temporary.cleanup()

# %% [markdown] lang="en"
# Five axes: **(batch, time, height, width, channels)**. Each is easy to lose.
#
# **Exercise ★ clip_batch.** Make the batch by hand, without `as_batch`: a list of $T$ grey frames, each $(H, W)$ with whole numbers from 0 to 255, becomes an array of shape $(1, T, H, W, 1)$ with floats from 0 to 1.

# %% [markdown] lang="zh"
# 五个轴：**（批量，时间，高，宽，通道）**，哪一个都容易丢。
#
# **练习 ★ clip_batch。** 不用 `as_batch`，动手做出这个批量：$T$ 帧灰度图的列表，每帧 $(H, W)$，值为 0 到 255 的整数；变成形状 $(1, T, H, W, 1)$、值为 0 到 1 的浮点数组。


# %% tags=["exercise"]
def clip_batch(frames):
    """A list of T arrays (H, W), 0 to 255, as one clip: (1, T, H, W, 1), 0 to 1."""
    ### BEGIN SOLUTION
    return np.stack(frames)[np.newaxis, ..., np.newaxis] / 255
    ### END SOLUTION


# %%
check("08.clip_batch", clip_batch)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Three ways to hand it over wrongly
# The article that this course grew out of collects ten frames in a Python list and hands the list to `fit`, with labels of which it says nothing. Our own miniature of that, with twelve frames and a network that answers for each frame. **Predict first:** what does Keras take the list for?

# %% [markdown] lang="zh"
# ## 三种错误的传入方式
# 本课程由一篇文章发展而来。那篇文章把十帧图像收在一个 Python 列表里，直接把列表交给 `fit`；至于标签是什么，只字未提。下面是我们自己写的缩小版：十二帧，网络对每一帧各给一个答案。**先预测**：Keras 会把这个列表当成什么？

# %% [markdown] lang="en" only="slides" slide="same"
# A batch of clips has five axes: **(batch, time, height, width, channels)**.
#
# **Predict first.** Somebody hands a Python list of twelve frames to `fit`. What does Keras take it for?

# %% [markdown] lang="zh"
# 一批片段有五个轴：**（批量，时间，高，宽，通道）**。
#
# **先预测。** 有人把装着十二帧的 Python 列表交给 `fit`。Keras 会把它当成什么？


# %%
def try_to_fit(clips, labels):
    """A new network that answers for each frame; the first sentence of any complaint."""
    network = rnn.article_sequence_network((12, 24, 32, 3), outputs=8)
    network.compile("adam", "sparse_categorical_crossentropy")
    try:
        network.fit(clips, labels, verbose=0)
    except ValueError as error:
        text = re.sub(r"\x1b\[\d+m", "", str(error))  # Keras writes in bold
        sentences = [line for line in text.split("\n") if line and "Exception" not in line]
        print("refused:", sentences[0][:150])
    else:
        print("accepted")


try_to_fit(list(pan), np.array([3]))  # a list of frames
try_to_fit(pan, np.array([3] * 12))  # no batch axis
try_to_fit(pan[np.newaxis], np.array([3]))  # one label a clip, twelve answers

# %% [markdown] lang="en" slide="fragment" take="list"
# 1. **A list** is taken for twelve *inputs* of the network, each with 24 samples (the rows of the picture!): its length is no axis. Make an array of it.
# 2. **Without the batch axis** each frame is taken for a clip.
# 3. **One label a clip** does not fit a network that gives twelve answers. Either the network must end in one answer, or each frame needs a label of its own.
#
# Keras complains, but in its own terms. `as_batch` says it in ours, before any network is built. And it insists on one label a clip, whereas the network above takes twelve labels for one clip without a word:

# %% [markdown] lang="zh"
# 1. **列表**被当成网络的十二个*输入*，每个有 24 个样本（图像的行！）：列表的长度不是一个轴。要先变成数组。
# 2. **没有批量轴**，每一帧就被当成一个片段。
# 3. **每个片段一个标签**，与给出十二个答案的网络对不上。要么让网络最后只给一个答案，要么每一帧都有自己的标签。
#
# Keras 会报错，只是用它自己的话。`as_batch` 用我们的话来说，而且不必等到网络建好。它还坚持每个片段只有一个标签；而给上面的网络一个片段、十二个标签，它会一声不响地照收：

# %% [markdown] lang="en" slide="notes"
# **2 min.** The article that the course grew out of does exactly the first. Keras complains, but in its own terms (“cardinality”). A fourth mistake is silent: `sorted` puts `frame10.jpg` before `frame2.jpg`; sort by number.
#
# **Misconception:** that a label belongs to a clip by itself. A network that answers for each frame takes twelve labels for one clip without a word.

# %% [markdown] lang="zh"
# **2 分钟。** 本课程由一篇文章发展而来，第一种错误正是那篇文章犯的。Keras 会报错，只是用它自己的话（“cardinality”）。第四种错误不出声：`sorted` 把 `frame10.jpg` 排在 `frame2.jpg` 前面；要按数字排序。
#
# **常见误解**：以为标签自然属于整个片段。对每一帧各给一个答案的网络，给一个片段十二个标签，它会一声不响地照收。

# %%
for clips, labels, frames in (
    ([pan, pan[:9]], None, None),  # ragged
    ([pan[:0]], None, None),  # no frame at all
    ([pan], None, 10),  # the network was built for ten
    (pan, None, None),  # no batch axis
    ([pan], np.full((1, 12), 3), None),  # a label for each frame
):
    try:
        as_batch(clips, labels, frames)
    except ValueError as error:
        print("·", error)

batch, labels = as_batch([pan, pan[::-1]], [0, 4], frames=12)
print("accepted:", batch.shape, labels)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## A “recurrent” network without recurrence
# The article calls its network an RNN. Its layers, in order: convolution, pooling and flattening, each wrapped in `TimeDistributed`, then two dense layers. `TimeDistributed` applies one and the same layer to each frame *alone*, and a dense layer works on the last axis only. So there is no $h_{t-1}$ anywhere. In symbols, with one function $f$ for all frames:
#
# $$(y_0, \dots, y_{T-1}) = (f(x_0), \dots, f(x_{T-1})).$$
#
# Two consequences that can be tested. **Predict first:** what happens to the outputs when the frames change places? And when only frame 7 is replaced (counted from 0)?

# %% [markdown] lang="zh"
# ## 没有循环的“循环”网络
# 那篇文章把它的网络称为 RNN。它的各层依次是：卷积、汇聚、展平，都套着 `TimeDistributed`；然后是两个全连接层。`TimeDistributed` 把同一个层*分别*用于每一帧，全连接层只对最后一个轴起作用。所以哪里都没有 $h_{t-1}$。写成公式，所有帧共用一个函数 $f$：
#
# $$(y_0, \dots, y_{T-1}) = (f(x_0), \dots, f(x_{T-1})).$$
#
# 由此有两个可以检验的推论。**先预测**：把各帧换个次序，输出会怎样？只替换 7 号帧（从 0 数起）呢？

# %% [markdown] lang="en" only="slides" slide="same"
# - `TimeDistributed` applies one and the same layer to each frame **alone**, a dense layer works on the last axis only: one function $f$ for all frames.
#
# **Predict first.** What happens to the outputs when the frames change places? When only frame 7 is replaced?

# %% [markdown] lang="zh"
# - `TimeDistributed` 把同一个层**分别**用于每一帧，全连接层只对最后一个轴起作用：所有帧共用一个函数 $f$。
#
# **先预测。** 把各帧换个次序，输出会怎样？只替换 7 号帧呢？

# %% [markdown] lang="en" slide="notes"
# **2 min.** The article calls this network an RNN: convolution, pooling and flattening in `TimeDistributed`, then two dense layers. Ask where the $h_{t-1}$ of lesson 07 is. There is none.

# %% [markdown] lang="zh"
# **2 分钟。** 那篇文章把这个网络称为 RNN：卷积、汇聚、展平，都套着 `TimeDistributed`，然后是两个全连接层。问一问：第 07 课的 $h_{t-1}$ 在哪里？哪里都没有。

# %% slide="subslide" show="output" outputs="1 2"
keras.utils.set_random_seed(0)
article = rnn.article_sequence_network((12, 24, 32, 3), outputs=8)
order = np.random.default_rng(0).permutation(12)
given = article.predict(batch, verbose=0)  # (2, 12, 8)
permuted = article.predict(batch[:, order], verbose=0)
difference = np.abs(permuted - given[:, order]).max()
claim(
    "permute the frames, and the outputs are permuted; difference", difference, at_most=1e-6
)

changed = batch.copy()
changed[:, 7] = 0
moved = np.abs(article.predict(changed, verbose=0) - given).max(axis=(0, 2))  # (12,)
print("outputs that change with frame 7:", np.flatnonzero(moved > 1e-6).tolist())
claim(
    "largest change of the other frames' outputs", np.delete(moved, 7).max(), at_most=1e-6
)

# %% slide="same" show="output" outputs="1"
whole = rnn.article_sequence_network()  # 10 frames of 224 × 224 × 3
recurrent = [layer for layer in whole.layers if isinstance(layer, keras.layers.RNN)]
claim("recurrent layers in the article's network", len(recurrent), equals=0)
claim("its parameters", whole.count_params(), equals=25_235_018)

# %% [markdown] lang="en" only="slides" slide="fragment"
# Recognisers of **single pictures**, side by side: no memory.

# %% [markdown] lang="zh"
# 识别**单张图片**的网络并排放着：没有记忆。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Permute the frames, and the outputs are permuted, nothing else; frame 7 moves output 7 alone. Three lines of test, for any network that claims to see time.
#
# **Misconception:** “it takes ten frames as input, so it is a model of time”.

# %% [markdown] lang="zh"
# **1.5 分钟。** 帧换个次序，输出也跟着换个次序，此外什么也没变；7 号帧只影响 7 号输出。检验只要三行，凡是自称看得见时间的网络都可以用。
#
# **常见误解**：“它输入十帧，所以是处理时间的模型。”

# %% [markdown] lang="en"
# Ten recognisers of single pictures side by side, with the same 25 million weights: not a recurrent network and not a memory. Nor does an RNN as such capture “space and time”, as the article says (lesson 07). A plain recurrent layer takes each $x_t$ as a row of numbers; shuffle the pixels of all frames in one and the same way, and only its weights change places. *Space* comes from convolutions in front of it or inside it; *time* from the recurrence. We shall build both.

# %% [markdown] lang="zh"
# 这只是十个识别单张图片的网络并排放着，共用那 2500 万个权重：不是循环网络，也没有记忆。循环神经网络本身也并不像文章说的那样能捕捉“空间和时间关系”（第 07 课）。普通的循环层把每个 $x_t$ 当成一行数；把所有帧的像素用同一种方式打乱，无非是它的权重也换个次序。*空间*要靠它前面或里面的卷积，*时间*才靠循环。这两样我们都会搭建。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Two networks that cannot see order
# Baselines first, such as should fail. **Frame votes:** each frame $x_t$ gets logits $g_k(x_t)$ for the $K = 8$ directions, from two convolutions and two dense layers; the votes are averaged, $s_k = \frac1T \sum_t g_k(x_t)$, and a softmax follows. How good can that be, whatever the weights?
#
# The cross-entropy of a clip of class $c$ is $\ln \sum_k e^{s_k} - s_c$ (lesson 03). The logarithm of a mean is at least the mean of the logarithms; for the $K$ numbers $e^{s_k}$ this says $\ln\big(\frac1K \sum_k e^{s_k}\big) \ge \frac1K \sum_k s_k$, or $\ln \sum_k e^{s_k} \ge \ln K + \frac1K \sum_k s_k$. Hence, with $\mathbb E$ for the mean over all clips that might be drawn,
#
# $$\mathbb E[\text{loss}] \;\ge\; \ln K + \mathbb E\Big[\frac1K \sum_k s_k\Big] - \mathbb E[s_c].$$
#
# Every frame has the same distribution in every class, so the mean $m_k = \mathbb E[s_k]$ does not depend on the class. All classes are equally frequent, so $\mathbb E[s_c] = \frac1K\sum_k m_k$ – the same as the term before it. They cancel:
#
# $$\mathbb E[\text{loss}] \;\ge\; \ln 8 \approx 2.079, \quad\text{what guessing gives.}$$
#
# On the *training* clips the loss can fall below that: 6,400 clips can be learned by heart. On new clips it cannot, except by luck: there the mean over very many is at least $\ln 8$.

# %% [markdown] lang="zh"
# ## 两个看不见顺序的网络
# 先立基线，而且是本该失败的基线。**逐帧投票**（frame votes）：每一帧 $x_t$ 经过两个卷积层和两个全连接层，对 $K = 8$ 个方向各得一个 logit $g_k(x_t)$；把各帧的票取平均，$s_k = \frac1T \sum_t g_k(x_t)$，再接 softmax。无论权重如何，它最好能有多好？
#
# 类别为 $c$ 的片段，交叉熵是 $\ln \sum_k e^{s_k} - s_c$（第 03 课）。平均值的对数不小于对数的平均值；用于 $K$ 个数 $e^{s_k}$，就是 $\ln\big(\frac1K \sum_k e^{s_k}\big) \ge \frac1K \sum_k s_k$，即 $\ln \sum_k e^{s_k} \ge \ln K + \frac1K \sum_k s_k$。于是，用 $\mathbb E$ 表示对所有可能抽到的片段取平均，
#
# $$\mathbb E[\text{损失}] \;\ge\; \ln K + \mathbb E\Big[\frac1K \sum_k s_k\Big] - \mathbb E[s_c].$$
#
# 每一帧在所有类别中分布都相同，所以平均值 $m_k = \mathbb E[s_k]$ 与类别无关；各类别出现得一样多，所以 $\mathbb E[s_c] = \frac1K\sum_k m_k$，与前一项相等。两者抵消：
#
# $$\mathbb E[\text{损失}] \;\ge\; \ln 8 \approx 2.079\text{，这正是瞎猜的损失。}$$
#
# 在*训练*片段上，损失可以低于它：6400 个片段是背得下来的。在新片段上则不行，除非碰巧：新片段足够多时，平均损失不小于 $\ln 8$。

# %% [markdown] lang="en" only="slides" slide="same"
# **Frame votes**: each frame $x_t$ votes, $g_k(x_t)$, for the $K = 8$ directions $k$; the mean decides:
#
# $$s_k = \frac1T \sum_t g_k(x_t), \qquad \mathbb E[\text{loss}] \;\ge\; \ln 8 \approx 2.079$$
#
# With **any** weights no lower a loss than guessing, as a mean $\mathbb E$ over all clips that might be drawn.

# %% [markdown] lang="zh"
# **逐帧投票**：每一帧 $x_t$ 对 $K = 8$ 个方向 $k$ 各投一票 $g_k(x_t)$，由平均值决定：
#
# $$s_k = \frac1T \sum_t g_k(x_t), \qquad \mathbb E[\text{损失}] \;\ge\; \ln 8 \approx 2.079$$
#
# **无论什么权重**，对所有可能抽到的片段取平均 $\mathbb E$，损失都不会比瞎猜低。

# %% slide="fragment" show="output" outputs="2 3"
(x_seen, _), (x_new, _) = image_sequences.clips()  # the same clips as floats from 0 to 1
votes = rnn.frame_votes(x_seen.shape[1:])
keras.utils.set_random_seed(0)
votes.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
history = votes.fit(x_seen, y_train, batch_size=32, epochs=3, verbose=0).history["loss"]
new_loss = votes.evaluate(x_new, y_test, verbose=0)
right = np.mean(image_sequences.answers(votes, x_new) == y_test)
print(
    "loss on the clips it trains on:", measured(" ".join(f"{loss:.3f}" for loss in history))
)
claim("loss on new clips, above ln 8", new_loss - np.log(8), at_least=-0.01)
claim("share of right answers; chance is 0.125", right, at_least=0.07, at_most=0.2)

# %% [markdown] lang="en" slide="notes"
# **3 min.** The proof in three sentences, on the board: the logarithm of a mean is at least the mean of the logarithms; every frame has the same distribution in every class, so the mean vote for a class does not depend on the class; with equally frequent classes the two terms cancel and $\ln K$ stays. On the clips of the *training* the loss can fall below: they can be learned by heart.
#
# The bound is about the *loss*: contrived votes can be right about half the time, and are as loudly wrong as often (in the lesson).
#
# **Misconception:** that more layers or more data would help. No weights do.

# %% [markdown] lang="zh"
# **3 分钟。** 证明只有三句话，写在黑板上：平均值的对数不小于对数的平均值；每一帧在所有类别中分布相同，所以某一类得票的平均值与类别无关；各类一样多，两项抵消，剩下 $\ln K$。在*训练*片段上，损失可以低于它：那是背下来的。
#
# 这个界限说的是*损失*：特意设计的投票能答对一半左右，可是答错时也同样言之凿凿（见课文）。
#
# **常见误解**：以为加几层、加些数据就会好。无论什么权重都不行。

# %% [markdown] lang="en"
# **Loss, not right answers.** The bound is about the loss; it does not forbid votes that are often right. Let $g_k$ be a wave across the picture, such as a cosine of the garment's row. Over a clip that moves along the crests the wave does not average out, over any other it nearly does. Eight such votes, plus and minus for each of four axes, find the axis, and with it are right about half the time. But they are wrong as often, and just as loudly: their loss stays above $\ln 8$, as it must, however strongly or weakly they speak. Training, which follows the loss, has no reason to look for them.

# %% [markdown] lang="zh"
# **损失，不是答对的次数。** 这个界限说的是损失，它并不禁止常常答对的投票。设 $g_k$ 是横贯画面的一道波，例如服饰所在行号的余弦。片段若沿着波峰移动，波取平均之后仍在；若朝别的方向移动，就几乎抵消。四条轴线各用一正一负，共八张这样的票，就能找出轴线，从而答对一半左右。可是它们答错也有那么多次，而且同样言之凿凿：无论说得响还是轻，损失都高于 $\ln 8$，而且必然如此。训练只看损失，没有理由去找这样的投票。

# %%
generator = np.random.default_rng(0)
kinds, speeds = np.arange(8000) % 8, generator.integers(1, 3, size=(8000, 1))
steps = np.array(STEPS)[kinds] * speeds  # (8000, 2)
starts = generator.integers(24, size=(8000, 1, 2))
place = starts + np.arange(10)[:, np.newaxis] * steps[:, np.newaxis]  # (8000, 10, 2)
row, column = place[..., 0], place[..., 1]
along = (row, row - column, column, row + column)  # stays as it is along one of the axes
waves = np.stack([np.cos(2 * np.pi * 4 / 24 * one) for one in along], axis=-1)
contrived = np.concatenate([waves, -waves], axis=-1).mean(axis=1)  # (8000, 8) votes
claim(
    "contrived votes: right answers",
    (contrived.argmax(axis=1) == kinds).mean(),
    at_least=0.45,
)
for loudness in (0.1, 1, 5):
    logits = loudness * contrived
    loss = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(8000), kinds]
    claim("contrived votes: loss above ln 8", loss.mean() - np.log(8), at_least=0)

# %% [markdown] lang="en"
# **A long exposure:** the mean of the ten frames as one picture, as if the shutter had stayed open, and a small convolutional network that looks at it. Here the frames meet *before* anything is computed. A streak shows the axis of the motion. But in which sense was it run through?
#
# Play a clip backwards. The same pictures, the opposite direction, and just as probable a clip as the other: its last place is uniform, too, and bar, noise and second garment are as probable backwards as forwards. So for *any* heap of frames without order, two opposite directions are equally probable. **Whatever ignores order is right at most half the time**, luck aside. This holds for the cleverest network; and it holds for every network at all, once the frames of the clips are shuffled.

# %% [markdown] lang="zh"
# **长曝光**（long exposure）：把十帧取平均，得到一张图，就像快门一直开着；再让一个小卷积神经网络来看它。这里各帧在计算*之前*就叠在了一起，拖影显示出运动沿着哪条轴线。但它是朝哪一头走的呢？
#
# 把一个片段倒着放：同样的画面，相反的方向，而且这个倒放的片段出现的可能性与原来的一样大，因为最后一个位置也是均匀的，灰条、噪声和第二件服饰倒过来也同样可能。所以对*任何*一堆没有次序的帧，两个相反的方向可能性相等。**凡是不看顺序的，至多只能答对一半**（碰巧不算）。再聪明的网络也不例外；而一旦把片段中的帧打乱，任何网络都不例外。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A long exposure
# The mean of the ten frames as one picture. The streak shows the **axis** – but in which sense was it run through?

# %% [markdown] lang="zh"
# ## 长曝光
# 把十帧取平均，得到一张图。拖影显示出**轴线**，可它是朝哪一头走的？

# %% slide="same"
exposures = x_test[one_of_each].mean(axis=1)  # (8, 24, 24)
show(
    plots.photo_grid(255 - exposures, [DIRECTIONS[y_test[i]] for i in one_of_each]),
    "Eight long exposures: each garment has become a streak along its axis of motion; its sense cannot be seen.",
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# Whatever ignores order is right **at most half the time**.

# %% [markdown] lang="zh"
# 凡是不看顺序的，**至多只能答对一半**。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Play a clip backwards: the same pictures, the opposite direction, just as probable. So any heap of frames without order leaves two directions equally probable. The titles give the truth; cover them and ask.
#
# **Misconception:** that to be far above chance proves a memory. Here 1/8 is chance, but **one half** is the line.

# %% [markdown] lang="zh"
# **2 分钟。** 把片段倒着放：同样的画面，相反的方向，可能性一样大。所以一堆没有次序的帧，总有两个方向可能性相等。标题是正确答案；遮住它再提问。
#
# **常见误解**：以为远高于瞎猜就证明有记忆。这里瞎猜是 1/8，界线却是**一半**。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Networks that can: memory, and kernels in time
# The recurrent networks begin with two convolutions of each frame, as frame votes did; the ConvLSTM with the first of them. A convolution over time whose kernel is *one* frame deep is just that: `Conv3D` with a kernel of (1, 5, 5) is `TimeDistributed(Conv2D)` with one of 5 × 5. It computes the same, and on our processors training is faster with it:

# %% [markdown] lang="zh"
# ## 能看见顺序的网络：记忆，以及沿时间的卷积核
# 各个循环网络开头都是两个逐帧卷积层，与逐帧投票相同；ConvLSTM 只用其中的第一个。沿时间只有*一帧*深的卷积正是逐帧卷积：卷积核为 (1, 5, 5) 的 `Conv3D`，就是卷积核为 5 × 5 的 `TimeDistributed(Conv2D)`。算的是同一回事，在我们的处理器上训练起来更快：

# %% [markdown] lang="en" only="slides" slide="same"
# - **A recurrent layer** on a CNN (code)
# - **ConvLSTM**: the gates of lesson 07, every matrix product a convolution
# - **Conv3D**: kernels three frames deep, no memory

# %% [markdown] lang="zh"
# - **循环层**接在 CNN 后面（见代码）
# - **ConvLSTM**：第 07 课的门，矩阵乘法都换成卷积
# - **Conv3D**：卷积核有三帧深，没有记忆

# %%
layers = keras.layers
together = layers.Conv3D(16, (1, 5, 5), (1, 2, 2), "same")
one_by_one = layers.TimeDistributed(layers.Conv2D(16, 5, 2, "same"))
together(x_new[:2]), one_by_one(x_new[:2])  # the first call makes the weights
kernel, bias = together.get_weights()
one_by_one.set_weights([kernel[0], bias])
difference = np.abs(together(x_new[:50]) - one_by_one(x_new[:50])).max()
claim("Conv3D of one frame and TimeDistributed(Conv2D) differ by", difference, at_most=1e-5)

# %% [markdown] lang="en"
# **A recurrent layer on top** (Donahue et al. 2015): $x_t$ are the 64 features of frame $t$, and `SimpleRNN`, `GRU` or `LSTM` of lesson 07 runs over the ten of them; a softmax reads the last state. `LayerNormalization` brings the 64 features of each frame, taken together, to mean 0 and variance 1 (then it gives each a scale and a shift, which are learned); why it is there we shall see. The course's `recurrent_network` makes all variants; its option `places=False` averages each feature map over all places before the dense layer. **Predict first:** what does the memory then still know of the motion?

# %% [markdown] lang="zh"
# **在卷积网络上接循环层**（Donahue 等，2015）：$x_t$ 是第 $t$ 帧的 64 个特征，第 07 课的 `SimpleRNN`、`GRU` 或 `LSTM` 依次走过这十帧，最后的状态交给 softmax。`LayerNormalization` 把每一帧的 64 个特征合在一起归一化，使其均值为 0、方差为 1（然后每个特征再乘上一个系数、加上一个偏移，都是学出来的）；为什么要它，后面就会看到。课程自带的 `recurrent_network` 能造出各种变体；它的选项 `places=False` 会在全连接层之前把每张特征图在所有位置上取平均。**先预测**：那样一来，关于运动，记忆还能知道什么？

# %% slide="same" show="code"
with_memory = keras.Sequential(
    [
        keras.Input((10, 24, 24, 1)),
        layers.Conv3D(16, (1, 5, 5), (1, 2, 2), "same", activation="relu"),
        layers.Conv3D(32, (1, 3, 3), (1, 2, 2), "same", activation="relu"),
        layers.Reshape((10, -1)),  # (10, 6 · 6 · 32): the places stay apart
        layers.Dense(64),  # features of each frame alone
        layers.LayerNormalization(),
        layers.GRU(64),
        layers.Dense(8, activation="softmax"),
    ]
)
from_package = rnn.recurrent_network((10, 24, 24, 1), 8, cell="GRU")
same = with_memory.count_params() == from_package.count_params()
claim("recurrent_network() of the course has the same parameters", same)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Read the code from the bottom: a softmax of the last state; the GRU over ten rows of 64 features; above it everything looks at one frame alone (a `Conv3D` whose kernel is one frame deep is a `TimeDistributed(Conv2D)`). *Space* comes from the convolutions, *time* from the recurrence. `Reshape` keeps the places apart: average over the places before the memory, and it has little left to remember.
#
# (Donahue et al. 2015; Shi et al. 2015; Tran et al. 2015.)

# %% [markdown] lang="zh"
# **2.5 分钟。** 代码从下往上读：最后状态交给 softmax；GRU 依次走过十行，每行 64 个特征；再往上，全都只看一帧（只有一帧深的 `Conv3D` 就是 `TimeDistributed(Conv2D)`）。*空间*靠卷积，*时间*靠循环。`Reshape` 让各个位置分开：如果在记忆之前就对位置取平均，记忆就没有多少东西可记了。
#
# （Donahue 等 2015；Shi 等 2015；Tran 等 2015。）

# %% [markdown] lang="en"
# **ConvLSTM** (Shi et al. 2015) keeps the picture a picture. The gates are those of lesson 07, but $X_t$, the hidden state $H_t$ and the cell state $C_t$ are feature maps, and each matrix product has become a convolution ($*$):
#
# $$I = \sigma(W_{xi} * X_t + W_{hi} * H_{t-1} + b_i), \qquad F = \sigma(W_{xf} * X_t + W_{hf} * H_{t-1} + b_f),$$
# $$C_t = F \odot C_{t-1} + I \odot \tanh(W_{xc} * X_t + W_{hc} * H_{t-1} + b_c),$$
# $$O = \sigma(W_{xo} * X_t + W_{ho} * H_{t-1} + b_o), \qquad H_t = O \odot \tanh(C_t).$$
#
# (The paper adds “peephole” terms with $C$ inside the gates; Keras leaves them out.) A kernel knows no place: what it learns about motion in one corner holds in all corners, but for the very edges. Our network has one convolution of each frame, then such a layer with 16 maps and kernels of 5 × 5 (those over $X_t$ step 2 pixels); each map of the last state is averaged over all places, and a softmax follows.
#
# **Exercise ★★ conv_lstm_parameters.** How many parameters has such a layer? Kernels of `size` × `size`, `channels` maps in $X_t$, `filters` maps in $H_t$ and in $C_t$; each $b$ above has one number for each filter.

# %% [markdown] lang="zh"
# **ConvLSTM**（Shi 等，2015）让图像始终是图像。门与第 07 课的相同，只是 $X_t$、隐状态 $H_t$ 和单元状态 $C_t$ 都是特征图，每个矩阵乘法都换成了卷积（$*$）：
#
# $$I = \sigma(W_{xi} * X_t + W_{hi} * H_{t-1} + b_i), \qquad F = \sigma(W_{xf} * X_t + W_{hf} * H_{t-1} + b_f),$$
# $$C_t = F \odot C_{t-1} + I \odot \tanh(W_{xc} * X_t + W_{hc} * H_{t-1} + b_c),$$
# $$O = \sigma(W_{xo} * X_t + W_{ho} * H_{t-1} + b_o), \qquad H_t = O \odot \tanh(C_t).$$
#
# （论文里的门还带有含 $C$ 的“窥孔”项，Keras 没有。）卷积核不认位置：在一个角落里学到的运动，除了紧靠边缘处，在所有角落都管用。我们的网络先对每帧做一次卷积，然后是这样的一层，有 16 张图，卷积核为 5 × 5（作用于 $X_t$ 的步幅为 2）；最后状态的每张图在所有位置上取平均，再接 softmax。
#
# **练习 ★★ conv_lstm_parameters。** 这样的一层有多少参数？卷积核为 `size` × `size`，$X_t$ 有 `channels` 张图，$H_t$ 和 $C_t$ 各有 `filters` 张图；上面每个 $b$ 都是每个滤波器一个数。


# %% tags=["exercise"]
def conv_lstm_parameters(size, channels, filters):
    """Number of parameters of keras.layers.ConvLSTM2D(filters, size)."""
    ### BEGIN SOLUTION
    return 4 * filters * (size * size * (channels + filters) + 1)
    ### END SOLUTION


# %%
check("08.conv_lstm_parameters", conv_lstm_parameters)

# %%
conv_lstm = rnn.conv_lstm_network(x_seen.shape[1:])
with_kernels = conv_lstm.get_layer("memory").count_params()
inputs, state = 12 * 12 * 16, 6 * 6 * 16  # the same maps, strung out
dense_lstm = layers.LSTM(state)
dense_lstm.build((None, 10, inputs))
claim("parameters of the ConvLSTM layer", with_kernels, equals=51_264)
claim("of a dense LSTM between the same maps", dense_lstm.count_params(), equals=6_637_824)

# %% [markdown] lang="en"
# **Convolution over time** (Tran et al. 2015): kernels three frames deep. No state, no memory: each number looks at a few neighbouring frames, after one layer at three, after two at five, after three at seven. For a motion that is the same all along, that is enough. (Carreira & Zisserman 2017 compare a recurrent layer on a convolutional network with convolution over time on real films.)

# %% [markdown] lang="zh"
# **沿时间的卷积**（Tran 等，2015）：卷积核有三帧深。没有状态，没有记忆：每个数只看相邻的几帧，过一层看三帧，两层看五帧，三层看七帧。对自始至终不变的运动，这就够了。（Carreira 和 Zisserman 2017 在真实影片上比较了两种做法：卷积网络上接循环层，以及沿时间卷积。）

# %%
in_time = keras.Sequential(
    [
        keras.Input((10, 24, 24, 1)),
        layers.Conv3D(16, (3, 5, 5), (1, 2, 2), "same", activation="relu"),
        layers.Conv3D(32, (3, 3, 3), (1, 2, 2), "same", activation="relu"),
        layers.Conv3D(64, (3, 3, 3), (2, 2, 2), "same", activation="relu"),
        layers.GlobalAveragePooling3D(),
        layers.Dense(8, activation="softmax"),
    ]
)
same = in_time.count_params() == rnn.conv3d_network((10, 24, 24, 1), 8).count_params()
claim("conv3d_network() of the course has the same parameters", same)

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Side by side
# - “Normalised”: with `LayerNormalization` before the memory.
# - “No places”: normalised, and averaged over all places before that.

# %% [markdown] lang="zh"
# ## 并排比较
# - “归一化”（normalised）：在记忆之前有 `LayerNormalization`。
# - “没有位置”（no places）：归一化的，而且在此之前先对所有位置取平均。

# %% [markdown] lang="en" slide="same" take="predict"
# ## Side by side
# Eleven networks, the same 6,400 clips, the same 2,000 steps of 32 clips, Adam at a rate of 0.002, three seeds each. With the further trials below that takes about half an hour, so it was done once (`imgrec experiment image_sequences`). We read their answers to 1,000 test clips and repeat one run here. “Normalised” are the networks as written above. The plain “GRU” and “LSTM” lack `LayerNormalization` and have a ReLU after the dense layer instead, as one would write them without much thought. “No places” is normalised, with `places=False`.
#
# **Predict first.** Put in order: the article's network, frame votes, long exposure, no places, GRU and LSTM (with and without “normalised”), SimpleRNN (normalised), ConvLSTM, Conv3D. And what will a good network say when the test clips are (a) shuffled, (b) played backwards?

# %% [markdown] lang="zh"
# ## 并排比较
# 十一个网络，同样的 6400 个片段，同样 2000 步、每步 32 个片段，Adam，学习率 0.002，各用三个随机种子。连同后面的其他试验，全部做完约需半小时，所以事先做了一次（`imgrec experiment image_sequences`）。这里读取它们对 1000 个测试片段的回答，并当场重做其中一次训练。“normalised”（归一化）就是上面写出的那种网络；单写“GRU”和“LSTM”的没有 `LayerNormalization`，而在全连接层之后用 ReLU，不多想的话大家都会这样写。“no places”（没有位置）是归一化而 `places=False` 的网络。
#
# **先预测。** 排个名次：文章的网络、逐帧投票、长曝光、没有位置、GRU 和 LSTM（有或没有归一化）、SimpleRNN（归一化）、ConvLSTM、Conv3D。再想一想：把测试片段（a）打乱，（b）倒放，好的网络会怎么回答？

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Eleven networks, the same 6,400 clips, the same 2,000 steps, three seeds each. Let everybody write the list in three groups: chance, better than chance, good. And the two questions at the end: shuffled, backwards.

# %% [markdown] lang="zh"
# **1.5 分钟。** 十一个网络，同样的 6400 个片段，同样 2000 步，各用三个随机种子。请每个人把它们分成三组：瞎猜、好于瞎猜、好。还有最后两个问题：打乱、倒放。

# %%
gru, gru_losses, seconds = image_sequences.train("GRU normalised", seed=0)
gru_answers = gru.predict(x_new, batch_size=250, verbose=0)
print("trained here in", measured(seconds, "s"))
print(
    "loss, every 200 steps:",
    measured(" ".join(f"{v:.2f}" for v in gru_losses.reshape(10, -1).mean(axis=1))),
)

# %% slide="subslide" show="output"
stored = load_result("image_sequences")


def macro(confusions):
    """(runs, 3) mean precision, recall and F1 over the classes; confusions (runs, 8, 8)."""
    return np.nan_to_num(precision_recall_f1(confusions)).mean(axis=-1).T


def share(confusions, turned=0):
    """Share of answers that lie so many eighths of a turn from the truth."""
    confusions, rows = np.asarray(confusions), np.arange(8)
    return confusions[..., rows, (rows + turned) % 8].sum() / confusions.sum()


print("P, R, F1, mean of three seeds | F1 of each | shuffled: right | backwards: opposite")
for name in image_sequences.NETWORKS:
    part = stored[name]
    runs = macro(part["test"])
    text = " ".join(f"{value:.2f}" for value in runs.mean(axis=0))
    text += " | " + " ".join(f"{value:.2f}" for value in runs[:, 2])
    text += f" | {share(part['shuffled']):.2f} | {share(part['backwards'], 4):.2f}"
    print(f"{name:20s} {part['parameters']:7d} parameters {measured(text)}")

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** From the top: article and votes guess, as proved. Long exposure lies between 1/8 and 1/2, as proved. “No places” has the same memory as “GRU normalised”, and little to remember. Then the second block of numbers: F1 of each seed. Plain GRU and LSTM depend on luck; with one seed one would have concluded anything. The last two columns come on the next slide.
#
# **Misconception:** that a poor row shows a poor kind of network. It may speak of the learning rate: all were trained at the same one.

# %% [markdown] lang="zh"
# **2.5 分钟。** 从上往下看：文章的网络和逐帧投票在瞎猜，已经证明过。长曝光在 1/8 与 1/2 之间，也证明过。“no places”（没有位置）与“GRU normalised”（归一化）用同样的记忆，却没有多少东西可记。再看第二组数：每个种子的 F1。没有归一化的 GRU 和 LSTM 要碰运气；只用一个种子，什么结论都可能得出。最后两列留到下一张。
#
# **常见误解**：以为某一行差，就说明那种网络差。也许只是学习率的缘故：它们都用同一个学习率。

# %% slide="subslide" show="output" outputs="4 6 7 8"
live_f1 = macro([image_sequences.confusion(y_test, gru_answers.argmax(axis=1))])[0, 2]
stored_f1 = macro(stored["GRU normalised"]["test"])[:, 2].mean()
claim(
    "F1 of the live network and of its stored runs differ by",
    abs(live_f1 - stored_f1),
    at_most=0.08,
)
guessing = {name: share(stored[name]["test"]) for name in ("article", "frame votes")}
claim(
    "right answers of the article's network; chance is 0.125",
    guessing["article"],
    at_most=0.17,
)
claim(
    "right answers of frame votes; chance is 0.125", guessing["frame votes"], at_most=0.17
)
claim("long exposure: right answers", share(stored["long exposure"]["test"]), at_most=0.5)
without_places = macro(stored["no places"]["test"])[:, 2].mean() / stored_f1
claim("no places: F1 as a share of GRU normalised's", without_places, at_most=0.5)
good = ("GRU normalised", "LSTM normalised", "ConvLSTM", "Conv3D")
claim(
    "lowest F1 of the four good ones",
    min(macro(stored[name]["test"])[:, 2].min() for name in good),
    at_least=0.8,
)
claim(
    "shuffled: most right answers of the four",
    max(share(stored[name]["shuffled"]) for name in good),
    at_most=0.5,
)
claim(
    "backwards: fewest opposite answers",
    min(share(stored[name]["backwards"], 4) for name in good),
    at_least=0.8,
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# To beat 1/8 is no proof of memory: **one half** is the line. What the good ones answer to is the **sense** of the motion.

# %% [markdown] lang="zh"
# 高于 1/8 并不证明有记忆：**一半**才是界线。好的网络依据的，正是运动**朝哪一头**走。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Shuffled, even the best falls below one half: the proof holds for every network once its frames are shuffled. Backwards, the good ones answer the *opposite* direction. Two tests of a few lines each, for any network and any films.

# %% [markdown] lang="zh"
# **2 分钟。** 打乱以后，最好的也落到一半以下：帧一打乱，那个证明对任何网络都成立。倒放时，好的网络回答*相反*的方向。两个检验，各只要几行，适用于任何网络、任何影片。

# %% [markdown] lang="en"
# What the table says:
#
# - **The article's network and frame votes guess.** The proof says that no weights give them a better loss on new clips.
# - **Long exposure** is far above chance without any order, and below one half, as the other proof says. So to beat 1/8 is no proof of memory: one half is the line.
# - **Where the features have forgotten the place, memory has little to remember.** “No places” has the same recurrent layer as “GRU normalised” and in 2,000 steps it reached less than half of its score. (Something is left: convolutions with stride 2, the edges of the picture and the bar can leave traces of the place in the means.) ConvLSTM and Conv3D average over all places, too, but at the end, when the frames have been compared. A recurrent network is at best as good as what it is given.
# - Shuffled, all fall below one half. Backwards, the good ones answer **the opposite direction**: what they answer to is the sense of the motion.
# - SimpleRNN stays at chance, though ten steps are not long. (Is that its fault, or the rate's? We shall see.) Plain GRU and LSTM depend on luck: look at the single seeds. Why?

# %% [markdown] lang="zh"
# 这张表说明：
#
# - **文章的网络和逐帧投票都在瞎猜。** 证明已经说了，无论什么权重，在新片段上的损失都不会比瞎猜更低。
# - **长曝光**完全不看顺序，却远高于瞎猜，又低于一半，正如另一个证明所说。所以答对的比 1/8 多，并不能证明有记忆：一半才是界线。
# - **特征若忘了位置，记忆就没有多少东西可记。** “没有位置”的网络与“GRU normalised”用的是同样的循环层，训练 2000 步，成绩却不到后者的一半。（还剩下一些：步幅为 2 的卷积、画面的边缘和灰条，都可能在平均值里留下位置的痕迹。）ConvLSTM 和 Conv3D 也在所有位置上取平均，不过是在最后，各帧已经比较过了。循环网络再好，也好不过交给它的东西。
# - 打乱以后，全都落到一半以下。倒放时，好的网络回答的是**相反的方向**：它们依据的，正是运动朝哪一头走。
# - SimpleRNN 停在瞎猜的水平，尽管十步并不算长。（怪它自己，还是怪学习率？后面会看到。）没有归一化的 GRU 和 LSTM 则要碰运气：看看各个种子。为什么？

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The long wait, and two stairs
# *Optional reading, as far as “Class by class”. In short: a network whose loss stands still has not failed yet. Wait longer, lower the rate, normalise what goes into the memory, use several seeds.*
#
# The loss of the plain GRU networks stands still at $\ln 8$ for many hundred steps, as if there were nothing to learn; then it drops, rests, and in two of the three runs drops again. (Two of the three plain LSTMs never left $\ln 8$ in 2,000 steps.) Whoever stops after three epochs, 600 steps, reports that a GRU cannot do it. Losses are in **nats**: cross-entropy with natural logarithms.
#
# **Predict first.** At what height is the second stair? A hint: a direction has two parts, rows (up, down, neither) and columns (left, right, neither).

# %% [markdown] lang="zh"
# ## 漫长的等待和两级台阶
# *选读，到“逐类来看”为止。简而言之：损失停着不动，不等于网络已经失败。多等一等，调低学习率，把送进记忆的东西归一化，多用几个种子。*
#
# 没有归一化的 GRU 网络，损失在 $\ln 8$ 处停了好几百步，好像没有什么可学；然后骤降，停一停，三次训练中有两次再骤降。（没有归一化的 LSTM，三个中有两个在 2000 步里始终没有离开 $\ln 8$。）三轮（600 步）之后就停手的人，会报告说 GRU 学不会。损失的单位是**奈特**（nat）：用自然对数计算的交叉熵。
#
# **先预测。** 第二级台阶有多高？提示：一个方向由两部分组成，行（上、下、不动）和列（左、右、不动）。

# %% slide="same" outputs="1"
figure, axes = subplots(size=(8.6, 3.8))
steps = 10 + 20 * np.arange(100)
for seed, curve in enumerate(stored["GRU"]["loss"]):
    label = "GRU, three seeds" if seed == 0 else None
    axes.plot(steps, curve, color=plots.POSITIVE, linewidth=1.5, label=label)
axes.plot(
    steps,
    stored["GRU normalised"]["loss"][0],
    "--",
    color=plots.NEGATIVE,
    label="GRU normalised",
)
axes.plot(steps, stored["Conv3D"]["loss"][0], ":", color=plots.PRECISION, label="Conv3D")
one_part = 3 / 4 * np.log(3) + 1 / 4 * np.log(2)
for height, name in (
    (np.log(8), "ln 8: knows nothing"),
    (one_part, "knows rows or columns"),
):
    axes.axhline(height, color=plots.CHANCE, linewidth=1)
    axes.text(2010, height, f" {name}", va="center", fontsize=9)
axes.set(
    xlabel="step of 32 clips", ylabel="training loss (nats)", xlim=(0, 2000), ylim=(0, 2.25)
)
axes.set_title("A GRU network waits at ln 8, then goes down two stairs")
axes.legend(loc="lower left", bbox_to_anchor=(1.0, 0.0))
show(
    figure,
    "Training loss over 2,000 steps: three GRU networks stay at 2.08 for many hundred steps, fall to about one, rest there, and two of them fall again; with normalised features the first fall comes soon, and Conv3D falls at once.",
)
waits = [np.mean(np.array(curve) > 2.0) for curve in stored["GRU"]["loss"]]
print(
    "share of the training spent above 2.0:",
    measured(" ".join(f"{wait:.2f}" for wait in waits)),
)
claim("shortest wait of a GRU, as a share of the training", min(waits), at_least=0.25)
woken = max(np.mean(np.array(curve) > 2.0) for curve in stored["GRU normalised"]["loss"])
claim("longest wait with normalised features", woken, at_most=0.2)

# %% [markdown] lang="en" only="slides" slide="same"
# A loss that stands still has not failed yet: **wait**, **lower** the rate, **normalise**, use several **seeds**.

# %% [markdown] lang="zh"
# 损失停着不动，不等于已经失败：**多等等**，把学习率**调低**，做**归一化**，多用几个**种子**。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Optional: skip it when time is short. At $\ln 8$ the plain GRU hardly does more than add up votes of frames, and for such sums the bound of the proof holds. The second stair lies at $\tfrac34 \ln 3 + \tfrac14 \ln 2 \approx 0.997$: rows known, columns not, or the other way round. Ask who would have stopped after 600 steps, and what the report would have said.

# %% [markdown] lang="zh"
# **2 分钟。** 选讲，时间紧就跳过。停在 $\ln 8$ 时，没有归一化的 GRU 几乎只是把各帧的票加起来，而对这样的和，那个证明的界限同样成立。第二级台阶的高度是 $\tfrac34 \ln 3 + \tfrac14 \ln 2 \approx 0.997$：行知道、列不知道，或者反过来。问一问：谁会在 600 步时停手？报告里会怎么写？

# %% [markdown] lang="en"
# **The second stair** lies at $\tfrac34 \ln 3 + \tfrac14 \ln 2 \approx 0.997$. A network that knows the rows and nothing of the columns must choose among 3 directions in 6 of 8 cases (up or down) and among 2 in the other 2 cases (neither). It has learned half of the problem. The confusion matrix of the stored run that was still there at the end says the same:

# %% [markdown] lang="zh"
# **第二级台阶**的高度是 $\tfrac34 \ln 3 + \tfrac14 \ln 2 \approx 0.997$。行已知道、列一无所知的网络，在 8 种情形的 6 种中（上或下）要在 3 个方向里选，其余 2 种中（不动）要在 2 个方向里选：它学会了问题的一半。有一次训练到结束时还停在那里，存下的混淆矩阵说的也是这件事：

# %%
half_done = int(np.argmin(macro(stored["GRU"]["test"])[:, 2]))
confusion = np.array(stored["GRU"]["test"][half_done])
right = {}
for part, name in enumerate(("rows", "columns")):
    of_kind = np.array(STEPS)[:, part]  # −1, 0 or 1 for each direction
    right[name] = confusion[of_kind[:, np.newaxis] == of_kind].sum() / confusion.sum()
    print(f"right in its {name}:", measured(right[name]))
claim("the part that it knows", max(right.values()), at_least=0.9)
claim("the other part", min(right.values()), at_most=0.55)

# %% [markdown] lang="en"
# **And the first?** Near the beginning, what goes into the plain recurrent layer is small. There $\tanh$ is almost a straight line, and the gates hardly move from one value. So a state is almost a *sum* of what the single frames contribute – votes of frames, with a weight for each place in time. The proof about votes covers that, too (it never used that all frames have the same $g$ and the same weight): as long as the network only adds, its mean loss cannot fall below $\ln 8$, wherever the weights go. What pulls at the weights is then nearly all chance. That can be measured: take the gradients of 24 batches at one moment and ask what share of their squared length they have in common. (One plain GRU, trained for this with another order of the clips, and so with another wait.)

# %% [markdown] lang="zh"
# **那么第一级呢？** 训练之初，送进循环层的数（没有归一化）都很小。在那里，$\tanh$ 几乎是直线，各个门也几乎停在一个值上不动。所以状态几乎就是各帧贡献之*和*，也就是逐帧投票，只是每个时刻各有一个权重。关于投票的证明对此同样成立（它从未用到各帧的 $g$ 相同、权重相等）：只要网络只会相加，无论权重怎样改，平均损失都不可能低于 $\ln 8$。这时拉动权重的，几乎全是偶然。这可以测量：在某一时刻取 24 个批量的梯度，看它们长度的平方中，有多大一部分是共同的。（这是为此另外训练的一个没有归一化的 GRU，片段的次序不同，等待的长短也就不同。）

# %%
signal = {name: np.array(values) for name, values in stored["signal"].items()}
figure, (left, right) = subplots(1, 2, size=(9.6, 3.6))
left.plot(signal["step"], signal["share"], "o-", color=plots.POSITIVE, markersize=4)
left.set(xlabel="step", ylabel="share of the gradient in common", ylim=(0, None))
left.set_title("While it waits, batches agree on little")
right.plot(signal["step"], signal["loss"], "s--", color=plots.NEGATIVE, markersize=4)
right.axhline(np.log(8), color=plots.CHANCE, linewidth=1)
right.set(
    xlabel="step", ylabel="loss (nats)", ylim=(0, 2.25), title="The same network's loss"
)
show(
    figure,
    "Left: the share of the gradient that 24 batches have in common is small, but for one spike, while the loss, on the right, stays at 2.08; it is larger once the loss falls.",
)
waiting = signal["loss"] > 2.05
claim(
    "share in common once the loss falls, median",
    np.median(signal["share"][~waiting]),
    at_least=0.05,
)
claim(
    "share in common while it waits, median",
    np.median(signal["share"][waiting]),
    at_most=0.02,
)

# %% [markdown] lang="en"
# (The single spike while it waits comes when the loss has strayed a little above $\ln 8$: to go back there is something the batches do agree on.)
#
# So one waits until chance, or a pull too weak to be seen among it, has brought the weights out of the region of mere adding. And what does chance do in the meantime? It pushes at the *eyes*, too, the layers that look at a frame. How much a feature still differs from frame to frame is its standard deviation over many frames, its **spread**; we take it before any normalisation. Four ways to hand the 64 features to the GRU, three seeds each, 1,000 steps:

# %% [markdown] lang="zh"
# （等待期间唯一的尖峰，出现在损失略高于 $\ln 8$ 的时候：退回到那里，各批量倒是意见一致的。）
#
# 所以只能等，等到偶然，或者淹没在偶然之中的一点微弱的拉力，把权重带出只会相加的区域。可是在此期间，偶然还做了什么？它也在推*眼睛*，也就是看单帧的那些层。一个特征在各帧之间还有多大差别，可以用它在许多帧上的标准差来衡量；下面量的是归一化之前的特征。把 64 个特征交给 GRU 有四种方式，各用三个种子，训练 1000 步：

# %%
probes, rates = stored["probes"], stored["rates"]
figure, panels = subplots(1, 4, size=(9.8, 3.0), sharey=True)
for axes, (way, part) in zip(panels, probes.items(), strict=True):
    for curve, line in zip(part["loss"], ("-", "--", ":"), strict=True):
        axes.plot(
            10 + 20 * np.arange(len(curve)),
            curve,
            line,
            color=plots.POSITIVE,
            linewidth=1.5,
        )
    axes.set(xlabel="step", ylim=(0, 2.25), title=way)
    ends = " ".join(f"{spread:.4f}" for spread in part["end"])
    begin = np.mean(part["begin"])
    print(
        f"{way:18s} spread of a feature",
        measured(f"{begin:.3f} at first, {ends} at the end"),
    )
panels[0].set_ylabel("training loss (nats)")
show(
    figure,
    "Loss curves of four ways to hand features to a GRU, three seeds each: with a ReLU alone the loss stays at 2.08; linear alone, or ReLU and normalised, it depends on the seed; linear and normalised, it falls within 400 steps each time.",
)
last = {
    way: np.mean([curve[-5:] for curve in part["loss"]]) for way, part in probes.items()
}
claim(
    "loss after 1,000 steps, linear and normalised", last["linear, normalised"], at_most=0.6
)
claim("loss after 1,000 steps, ReLU", last["ReLU"], at_least=1.2)

# %% [markdown] lang="en"
# The spread tells part of the story. While the loss stands still, features may *fade*: in one run all frames came to look alike to the memory, with a hundredth of the spread they began with, and then there is nothing left to add, let alone to compare. Another ended at 0 to four decimals: its ReLUs had died. Not all runs that waited had faded. If all features of a frame shrink alike, normalisation undoes it; without the ReLU they cannot die. In 1,000 steps neither remedy alone was enough for all three seeds, both together were. **With a single seed we should have concluded otherwise**: the second alone would have made ReLU with normalisation look like the cure. Is it perhaps only the learning rate? **Predict first:** larger or smaller? The plain GRU, seed 0:

# %% [markdown] lang="zh"
# 标准差说明了一部分。损失停着不动时，特征可能*褪色*：有一次训练，在记忆看来所有的帧越来越像，标准差只剩起初的百分之一，这时连可加的都没有了，更不用说比较。另一次结束时，四位小数都是 0：它的 ReLU 死了。不过，停着等待的并非次次都褪了色。一帧的所有特征若一同缩小，归一化能使之复原；去掉 ReLU，特征就死不了。在 1000 步之内，单用一种办法都不能让三个种子全部醒来，两种合用才行。**如果只试一个种子，我们会得出别的结论**：单看第二个种子，ReLU 加归一化就像是对症的药。会不会只是学习率的问题呢？**先预测**：该大些还是小些？没有归一化的 GRU，种子 0：

# %%
plain = {**rates, f"{image_sequences.RATE:g}": stored["GRU"]["loss"][0]}
for rate in sorted(plain, key=float):
    curve = np.array(plain[rate])
    awake = np.flatnonzero(curve < 1.8)
    when = f"below 1.8 from step {20 * awake[0]}" if len(awake) else "never below 1.8"
    print(f"rate {rate:7s}", measured(f"{when}, at the end {curve[-5:].mean():.2f}"))
below = {rate: np.flatnonzero(np.array(curve) < 1.8) for rate, curve in plain.items()}
claim(
    "with a quarter of our rate the first step below 1.8",
    20 * below["0.0005"][0],
    at_most=1000,
)
claim(
    "rates above ours at which it never wakes",
    sum(len(below[r]) == 0 for r in rates),
    equals=2,
)

# %% [markdown] lang="en"
# Smaller! But that was one seed, and you know now what one seed is worth. So once more with three, a quarter and twice our rate, and for each the spread of the features before and after (`imgrec experiment memory_rates`). The SimpleRNN, which stayed at chance, gets the same chance, and clipped gradients (lesson 07) as well. For every network: right answers to clips that it has *seen* in training, and to new ones.

# %% [markdown] lang="zh"
# 该小些！不过那只是一个种子，而一个种子有多大分量，你已经知道了。所以再用三个种子做一遍，学习率取四分之一和两倍，并记下训练前后特征的标准差（`imgrec experiment memory_rates`）。停在瞎猜水平的 SimpleRNN 也给同样的机会，外加梯度裁剪（第 07 课）。每个网络都看两样：对训练时*见过*的片段答对多少，对新片段又答对多少。

# %%
waking = load_result("memory_rates")


def rights(name, kind="test"):
    """Share of right answers of each seed."""
    return [share([confusion]) for confusion in waking[name][kind]]


print("right of clips seen, mean | of new ones | spread at first, mean | at the end")
for name, part in waking.items():
    new = " ".join(f"{value:.2f}" for value in rights(name))
    ends = " ".join(f"{spread:.3f}" for spread in part["end"])
    seen, begin = np.mean(rights(name, "seen")), np.mean(part["begin"])
    values = f"{seen:.2f} | {new} | {begin:.3f} | {ends}"
    print(f"{name:17s}", measured(values))
claim(
    "GRU, a quarter of our rate: fewest right answers",
    min(rights("GRU 0.0005")),
    at_least=0.9,
)
claim("GRU, twice our rate: most right answers", max(rights("GRU 0.004")), at_most=0.17)
claim(
    "GRU, twice our rate: largest spread at the end",
    max(waking["GRU 0.004"]["end"]),
    at_most=0.002,
)
claim(
    "SimpleRNN, clipped: most right answers", max(rights("SimpleRNN clipped")), at_most=0.2
)
by_heart = np.mean(rights("SimpleRNN 0.0005", "seen"))
claim("SimpleRNN, a quarter of our rate: right of those seen", by_heart, at_least=0.6)
claim("and of new clips", np.mean(rights("SimpleRNN 0.0005")), at_least=0.25, at_most=0.5)

# %% [markdown] lang="en"
# With a quarter of the rate the plain GRU is as good as the normalised one, from every seed; with twice the rate it dies from every seed, and its features with it: their spread ends at 0. Large steps in directions that are nearly all chance would explain it; we have not tested that. (The small steps did not do away with the wait: 600 steps and more without anything to see.) So our table above compares networks *at one rate*, and a poor row may speak of the rate.
#
# The SimpleRNN wakes at the small rate, too, and then goes another way: of the clips that it has seen it knows most, of new ones about as many as the long exposure. It has learned them largely by heart. Clipping did not help it at our rate, so the length of its gradients was not the trouble, or not all of it.
#
# So before you call a network unfit: wait longer, *lower* the rate, normalise what goes into the memory, look at the spread of its features, use more than one seed – and look at new clips.

# %% [markdown] lang="zh"
# 学习率取四分之一，没有归一化的 GRU 就与归一化的一样好，三个种子都是；取两倍，三个种子下网络全都死了，特征也跟着死了：标准差最后是 0。原因可能是沿着几乎全凭偶然的方向迈大步；这一点我们没有检验。（小步子并没有省掉等待：仍有六百多步什么动静也没有。）所以前面的表比较的是*同一种学习率*下的网络，成绩差的一行说明的也许只是学习率。
#
# SimpleRNN 在小学习率下也醒了，走的却是另一条路：见过的片段大多认得，新片段答对的却只与长曝光差不多。它主要是把片段背了下来。在我们的学习率下，裁剪帮不了它：可见毛病不在于梯度太长，至少不全在于此。
#
# 所以在断言一个网络不行之前：多等一等，把学习率*调低*，把送进记忆的东西归一化，看看特征的标准差，不要只用一个种子，而且要看新片段。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Class by class
# One number for eight classes hides which of them suffer. Precision and recall of each direction for the network trained above, each with a 95 % interval from 2,000 tests that might have been drawn instead (lesson 02). Where nothing at all went wrong there is nothing to redraw, and the point stands without a line: that is no certainty. **Predict first:** which directions will be confused – opposite ones, or neighbours?

# %% [markdown] lang="zh"
# ## 逐类来看
# 八个类别只用一个数，就看不出吃亏的是哪几类。下面是上面训练的网络在每个方向上的查准率和查全率，各带一个 95% 置信区间，来自 2000 个“本来也可能抽到”的测试集（第 02 课）。一个错也没有的地方，重抽也抽不出错来，只剩一个点，没有线：那并不等于确定无疑。**先预测**：会混淆的是相反的方向，还是相邻的方向？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Which directions will be confused: opposite ones, or neighbours?

# %% [markdown] lang="zh"
# **先预测。** 会混淆的是相反的方向，还是相邻的方向？

# %% slide="fragment" outputs="1"
confusion = np.array(image_sequences.confusion(y_test, gru_answers.argmax(axis=1)))
resampled = resample_confusion(confusion, resamples=2000)
figure, axes = subplots(size=(8.0, 3.4))
for shift, (name, colour, marker) in enumerate(
    (("precision", plots.PRECISION, "o"), ("recall", plots.RECALL, "s"))
):
    value = precision_recall_f1(confusion)[shift]
    low, high = percentile_interval(precision_recall_f1(resampled)[shift])
    places = np.arange(8) + 0.2 * shift
    axes.plot(places, value, marker, color=colour, label=name)
    axes.vlines(places, low, high, color=colour)
axes.set_xticks(np.arange(8) + 0.1, DIRECTIONS, fontsize=9)
axes.set(xlabel="direction", ylabel="precision, recall", ylim=(0.8, 1.005))
axes.set_title("Eight directions, nearly alike; intervals of a few hundredths")
axes.legend(loc="lower right")
show(
    figure,
    "Precision and recall of each of the eight directions with intervals; all lie close to 1, the intervals are a few hundredths wide.",
)
beside, across = share(confusion, 1) + share(confusion, 7), share(confusion, 4)
print(
    "confused with a neighbour:", measured(beside), "with the opposite:", measured(across)
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Precision and recall of each direction for the network trained in the lesson, with 95 % intervals from 2,000 tests that might have been drawn instead (lesson 02). Look at the axis: it begins at 0.8. Hardly anything is confused; the notebook prints the shares for neighbours and opposites.
#
# **Misconception:** that a point without a line is certain. Where nothing went wrong there is nothing to redraw.

# %% [markdown] lang="zh"
# **2 分钟。** 课文中训练的网络在每个方向上的查准率和查全率，带 95% 置信区间，来自 2000 个“本来也可能抽到”的测试集（第 02 课）。注意纵轴从 0.8 开始。几乎没有混淆；笔记本里印出了与相邻、与相反方向混淆的比例。
#
# **常见误解**：以为只有点、没有线就是确定无疑。一个错也没有的地方，重抽也抽不出错来。

# %% [markdown] lang="en"
# ## Out of its world
# All networks learned in one world: noise of 20 grey levels, a bar of 4 pixels, a second garment of brightness 0.3. In use the light is poorer and more stands in the way. Nothing is trained again; only the test changes. **Predict first:** noise up to 80 grey levels, a bar of up to half the picture, a second garment as bright as the first: which hurts most?

# %% [markdown] lang="zh"
# ## 走出熟悉的世界
# 所有网络都在同一个世界里学习：噪声 20 个灰阶，灰条宽 4 像素，第二件服饰亮度 0.3。真正使用时，光线更差，遮挡更多。网络不再训练，只改变测试。**先预测**：噪声强到 80 个灰阶，灰条宽到画面的一半，第二件服饰亮到与第一件一样：哪一样伤害最大？

# %%
units = {
    "noise": "noise (grey levels)",
    "occlusion": "bar (pixels)",
    "distractor": "second garment (brightness)",
}
curves = {
    (kind, name): [
        macro(stored[name][f"{kind} {value:g}"])[:, 2].mean()
        for value in image_sequences.STRENGTHS[kind]
    ]
    for kind in units
    for name in good
}
f1_at_most = {kind: np.mean([curves[kind, name][-1] for name in good]) for kind in units}
claim(
    "F1 beside a second garment as bright as the first",
    f1_at_most["distractor"],
    at_most=0.6,
)
claim(
    "F1 lost more by it than by four times the noise",
    f1_at_most["noise"] - f1_at_most["distractor"],
    at_least=0.1,
)

# %%
figure, panels = subplots(1, 3, size=(9.8, 3.5), sharey=True)
for axes, (kind, unit) in zip(panels, units.items(), strict=True):
    for number, name in enumerate(good):
        look = {"color": plots.PALETTE[number], "marker": plots.MARKERS[number], "ms": 4}
        axes.plot(image_sequences.STRENGTHS[kind], curves[kind, name], label=name, **look)
    axes.axvline(image_sequences.WORLD[kind], color=plots.CHANCE, linestyle=":")
    axes.axhline(1 / 8, color=plots.CHANCE, linewidth=1)
    axes.set(xlabel=unit, ylim=(0, 1.02))
panels[0].set(ylabel="macro-F1, mean of three seeds", title="More noise: they bear it long")
panels[1].set(title="A wider bar: less")
panels[2].set(title="A rival: least")
panels[0].legend(fontsize=8, loc=(0.02, 0.18))
show(
    figure,
    "Macro-F1 of four networks over the strength of noise, width of the bar and brightness of the second garment; dotted lines mark the world of training. On average noise costs least, a second garment as bright as the first costs most.",
)

# %% [markdown] lang="en"
# A second garment as bright as the first is no fault of the networks: then nobody can say which of the two is meant. Ask of each failure first whether the question still has an answer.

# %% [markdown] lang="zh"
# 第二件服饰与第一件一样亮时，不能怪网络：谁也说不出问的是哪一件。每次失败，都应先问：这个问题还有答案吗？

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Events in a long film
# So far somebody has cut the film into clips for us. In use nobody does: a camera runs, and once in a while something happens. Our film has scenes of 60 frames with one garment each (of 32 in the training film, where we want more events). The garment changes direction after one or two steps, again and again; in half of the scenes it moves straight for 15 frames, once. That is an **event**: its kind (the direction), its first and its last frame. We want to be told of each event, and of nothing else.

# %% [markdown] lang="zh"
# ## 长片中的事件
# 到目前为止，影片都是有人替我们剪成片段的。实际使用时没人来剪：摄像机一直开着，偶尔才发生点什么。我们的长片由许多场景组成，每个场景 60 帧、一件服饰（训练长片每场景 32 帧，好让事件多一些）。服饰每走一两步就换方向；其中一半的场景里，它有一次会笔直地走 15 帧。这就是一个**事件**：它有种类（方向）、首帧和末帧。我们希望每个事件都得到报告，此外什么也别报。

# %% [markdown] lang="en" only="slides" slide="same"
# Nobody cuts the film into clips. An **event**: its kind, its first and its last frame. A window of ten frames slides along.

# %% [markdown] lang="zh"
# 没人替我们把影片剪成片段。一个**事件**：种类、首帧、末帧。十帧的窗口沿着长片滑动。

# %% slide="same" outputs="2"
films = {
    "train": make_film(scenes=2400, scene=32, seed=1),
    "validation": make_film(scenes=120, seed=2),
    "test": make_film(scenes=160, seed=3, test=True),
}
for name, (film, events) in films.items():
    part = 15 * len(events) / len(film)
    print(f"{name}: {len(film)} frames, {len(events)} events, {part:.0%} of the frames")

film, events = films["test"]
# One with some frames of its own scene before it and after it.
event = next(one for one in events if one.first % 60 >= 4 and one.last % 60 <= 54)
print(f"{DIRECTIONS[event.kind]}, frames {event.first} to {event.last}")
shown = np.arange(event.first - 4, event.last + 6)
clear, _ = make_film(scenes=160, seed=3, test=True, noise=0)  # for the eye
inside = (shown >= event.first) & (shown <= event.last)
show(
    plots.photo_grid(
        255 - clear[shown],
        [str(frame) for frame in shown],
        columns=12,
        size=0.65,
        edges=np.where(inside, plots.F1, "white"),
    ),
    "Twenty-four frames of the film; in the fifteen with a blue frame the garment moves straight, before and after it changes direction.",
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Blue frames: the garment moves straight for fifteen frames; before and after it changes direction after one or two steps. We want to be told of each event, and of nothing else: the course's two questions once more. At every frame the detector gives scores for eight directions and “background”.

# %% [markdown] lang="zh"
# **2 分钟。** 蓝框里，服饰笔直地走十五帧；在此前后，它每走一两步就换方向。我们希望每个事件都得到报告，此外什么也别报：又是本课程的两个问题。每一帧，检测器给出八个方向和“背景”的得分。

# %% [markdown] lang="en"
# **A sliding window.** At frame $t$ the detector sees the ten frames up to $t$ and gives nine probabilities: eight directions and “background”. It is the normalised GRU network from above with a new head; all other layers begin with what they have learned from the clips (lesson 05: reuse features). It learns from windows of the training film: one that holds at least 8 frames of an event has its kind, one that holds at most 5 is background, and those in between are left out.

# %% [markdown] lang="zh"
# **滑动窗口。** 在第 $t$ 帧，检测器看到截至 $t$ 的十帧，给出九个概率：八个方向和“背景”。它就是上面那个归一化的 GRU 网络，换了一个头；其余各层都从片段上学到的权重出发（第 05 课：利用现成的特征）。它从训练长片的窗口学习：窗口里至少有某个事件的 8 帧，就标为该事件的种类；至多 5 帧，就标为背景；介于两者之间的不用。


# %%
def window_labels(events, frames, length=10):
    """For windows that end at frames 9, 10, …: 0–7 an event's kind, 8 background, −1 neither."""
    last = np.arange(length - 1, frames)
    labels = np.full(len(last), 8)
    for event in events:
        overlap = (
            np.minimum(last, event.last) - np.maximum(last - length + 1, event.first) + 1
        )
        labels[overlap > 5] = -1
        labels[overlap >= 8] = event.kind
    return labels


film, events = films["train"]
labels = window_labels(events, len(film))
generator = np.random.default_rng(0)
eventful, background = (
    np.flatnonzero((labels >= 0) & (labels < 8)),
    np.flatnonzero(labels == 8),
)
chosen = np.concatenate(
    [
        generator.choice(eventful, 6000, replace=False),
        generator.choice(background, 8000, replace=False),
    ]
)
generator.shuffle(chosen)

keras.utils.set_random_seed(0)
detector = rnn.recurrent_network(x_seen.shape[1:], outputs=9)
for layer in gru.layers[:-1]:
    detector.get_layer(layer.name).set_weights(layer.get_weights())
detector.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
started = time.monotonic()
for rows in np.array_split(np.tile(chosen, 2), 8):  # two epochs, in parts to save memory
    pictures = image_sequences.as_floats(windows(film, 10)[rows])
    detector.fit(pictures, labels[rows], batch_size=32, verbose=0)
print("windows:", len(chosen), measured(time.monotonic() - started, "s"))

# %% [markdown] lang="en"
# A single window can be fooled by noise. An event fills several windows in a row, a mistake less often; so we average the scores of five frames, this one and the four before it. (Never of later ones: the detector must not see the future.)

# %% [markdown] lang="zh"
# 单独一个窗口容易被噪声骗过。事件会连续占满好几个窗口，失误却不大会这样；所以把五帧的得分取平均：当前这一帧和前面的四帧。（决不能用后面的：检测器不能看见未来。）


# %%
def scores_of(film):
    """(windows, 8) probabilities of the eight directions; row i belongs to frame i + 9."""
    whole = windows(film, 10)
    parts = [
        detector.predict(
            image_sequences.as_floats(whole[i : i + 2000]), batch_size=250, verbose=0
        )
        for i in range(0, len(whole), 2000)
    ]
    return np.concatenate(parts)[:, :8]


raw = {name: scores_of(films[name][0]) for name in ("validation", "test")}


def smooth(scores):
    """Mean of each frame's scores and those of the four frames before it."""
    padded = np.vstack([np.zeros((4, 8)), scores])
    return windows(padded, 5).mean(axis=1)


scores = {name: smooth(of_film) for name, of_film in raw.items()}
# %% slide="subslide"
film, events = films["validation"]
figure, axes = subplots(size=(9.0, 3.2))
shown = slice(0, 360)
frames = np.arange(9, len(film))[shown]
best = scores["validation"][shown].argmax(axis=1)
height = scores["validation"][shown].max(axis=1)
for event in events:
    if event.last < frames[-1]:
        axes.axvspan(event.first, event.last, color=plots.F1, alpha=0.35)
        axes.text(event.first, 1.04, DIRECTIONS[event.kind], fontsize=8)
axes.plot(frames, height, color=plots.CHANCE, linewidth=1)
for kind in range(8):
    rows = (best == kind) & (height > 0.3)
    axes.plot(
        frames[rows], height[rows], plots.MARKERS[kind], color=plots.PALETTE[kind], ms=4
    )
    axes.plot(
        [], [], plots.MARKERS[kind], color=plots.PALETTE[kind], label=DIRECTIONS[kind]
    )
axes.set(xlabel="frame", ylabel="highest score", ylim=(0, 1.12))
axes.set_title("Scores rise late in events (shaded), and sometimes elsewhere", pad=16)
axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5))
show(
    figure,
    "The highest of eight scores over 360 frames of film; it rises in the second half of each shaded event, with the marker of its direction, and a few times without an event.",
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Each event makes a *hill* of scores, several frames wide, so several reports of one thing. Non-maximum suppression: keep the best report, drop those nearby, keep the best of what is left. Point at a hill outside of the shaded parts: a false alarm, if the threshold is low enough.

# %% [markdown] lang="zh"
# **1.5 分钟。** 每个事件在得分曲线上形成一个几帧宽的*小丘*，同一件事会报好几次。非极大值抑制：留下得分最高的报告，去掉附近的，再从剩下的里留下最高的。指一指阴影之外的小丘：阈值够低，它就是误报。

# %% [markdown] lang="en"
# ## One report an event
# Each event makes a hill of scores, several frames wide: several reports of the same thing. **Non-maximum suppression:** keep the best report of all; drop those at most `radius` frames away; keep the best of what is left; and so on. All kinds compete here, since a garment moves one way at a time; where two things can happen at once, suppress each kind by itself.
#
# **Exercise ★★ best_times.** `times` and `scores` are arrays $(n,)$, all scores different. Return the times that are kept, in order of time.

# %% [markdown] lang="zh"
# ## 一个事件只报一次
# 每个事件在得分曲线上形成一个几帧宽的小丘，同一件事会报好几次。**非极大值抑制**：留下得分最高的报告，去掉离它不超过 `radius` 帧的；再从剩下的里留下最高的，如此继续。这里所有种类一起竞争，因为一件服饰同一时刻只朝一个方向动；如果两件事可能同时发生，就应按种类分别抑制。
#
# **练习 ★★ best_times。** `times` 和 `scores` 是 $(n,)$ 的数组，得分各不相同。返回留下的时刻，按时间排列。


# %% tags=["exercise"]
def best_times(times, scores, radius):
    """Times of the reports that non-maximum suppression keeps, in order of time."""
    ### BEGIN SOLUTION
    kept = []
    for place in np.argsort(-scores):
        if all(abs(times[place] - other) > radius for other in kept):
            kept.append(times[place])
    return np.sort(kept)
    ### END SOLUTION


# %%
check("08.best_times", best_times)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Precision and recall over events
# What is a hit? The rule must be stated before anything is counted. Ours:
#
# - A report (kind, time) **fits** an event when it names the same kind and comes at first ≤ time ≤ last + `tolerance`. Whoever reports before the first frame has guessed.
# - **One report counts for one event at most, one event for one report at most.** Reports and events are paired so that there are as many pairs as possible.
# - Pairs are true positives, reports without an event false positives, events without a report misses (false negatives). $P = \mathrm{TP}/(\mathrm{TP}+\mathrm{FP})$ and $R = \mathrm{TP}/(\mathrm{TP}+\mathrm{FN})$ as ever; there are no true negatives, since nobody can count the things that did not happen.
#
# Another rule gives other numbers: a precision over events means nothing without its rule.
#
# **Exercise ★★★ event_counts.** `events` is a list of (kind, first, last), `reports` one of (kind, time). Return (TP, FP, FN). Mind events that overlap: a report may fit two of them. *Going by time helps: give each report, of the free events that it fits, the one that ends first.*

# %% [markdown] lang="zh"
# ## 按事件计算查准率和查全率
# 怎样才算报中？规则必须在数数之前说清。我们的规则是：
#
# - 报告（种类，时刻）与事件**相符**，当且仅当种类相同，且首帧 ≤ 时刻 ≤ 末帧 + `tolerance`（容许的延迟）。首帧之前就报的，只是瞎蒙。
# - **一个报告至多算给一个事件，一个事件至多算上一个报告。** 报告与事件配对，要使对数尽可能多。
# - 配成的对是真正例，没有配上事件的报告是假正例，没有配上报告的事件是漏报（假反例）。$P = \mathrm{TP}/(\mathrm{TP}+\mathrm{FP})$、$R = \mathrm{TP}/(\mathrm{TP}+\mathrm{FN})$，一如既往；这里没有真反例，因为没有发生的事谁也数不清。
#
# 换一条规则，数字就不同：不说明规则，按事件算的查准率毫无意义。
#
# **练习 ★★★ event_counts。** `events` 是（种类，首帧，末帧）的列表，`reports` 是（种类，时刻）的列表。返回 (TP, FP, FN)。留意互相重叠的事件：一个报告可能与其中两个都相符。*按时间先后处理会有帮助：在与报告相符、尚未配对的事件中，选最早结束的那个。*

# %% [markdown] lang="en" only="slides" slide="same"
# - A report **fits** an event: the same kind, and in time (first frame to last frame + tolerance).
# - **One report for one event**, one event for one report.
# - Pairs: $\mathrm{TP}$; reports left over: $\mathrm{FP}$; events left over: $\mathrm{FN}$. No $\mathrm{TN}$.
#
# $$P = \frac{\mathrm{TP}}{\mathrm{TP}+\mathrm{FP}}, \qquad R = \frac{\mathrm{TP}}{\mathrm{TP}+\mathrm{FN}}$$

# %% [markdown] lang="zh"
# - 报告与事件**相符**：种类相同，时间也对（首帧到末帧 + 容许的延迟）。
# - **一报对一事**，一事对一报。
# - 配成的对是 $\mathrm{TP}$，剩下的报告是 $\mathrm{FP}$，剩下的事件是 $\mathrm{FN}$。没有 $\mathrm{TN}$。
#
# $$P = \frac{\mathrm{TP}}{\mathrm{TP}+\mathrm{FP}}, \qquad R = \frac{\mathrm{TP}}{\mathrm{TP}+\mathrm{FN}}$$

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Another rule gives other numbers: a precision over events means nothing without its rule. Ask why there are no true negatives: nobody can count the things that did not happen. And why one report for one event: else five reports of one event would be five hits.
#
# **Misconception:** that the rule may be settled after the counting.

# %% [markdown] lang="zh"
# **2.5 分钟。** 换一条规则，数字就不同：不说明规则，按事件算的查准率毫无意义。问一问：为什么没有真反例？没有发生的事谁也数不清。为什么一报对一事？不然同一件事报五次，就成了报中五次。
#
# **常见误解**：以为可以先数数、后定规则。


# %% tags=["exercise"]
def event_counts(events, reports, tolerance):
    """True positives, false positives and misses of the matching with the most pairs."""
    ### BEGIN SOLUTION
    free = list(events)
    for kind, when in sorted(reports, key=lambda report: report[1]):
        fitting = [
            event
            for event in free
            if event[0] == kind and event[1] <= when <= event[2] + tolerance
        ]
        if fitting:
            free.remove(min(fitting, key=lambda event: event[2]))
    found = len(events) - len(free)
    return found, len(reports) - found, len(free)
    ### END SOLUTION


# %%
check("08.event_counts", event_counts)

# %% [markdown] lang="en"
# The course's own functions use SciPy's optimal assignment for the pairing, and are tested against all possible pairings. `match_events` also says who was paired with whom, and of all largest pairings takes the earliest.

# %% [markdown] lang="zh"
# 课程自带的函数用 SciPy 的最优指派来配对，并与穷举所有配法的结果核对过。`match_events` 还给出谁与谁配对；配对数同样最多时，取报告最早的那一种。

# %%
from imgrec_course.events import Detection, best_detections, best_event_threshold
from imgrec_course.events import count_events, event_curve, event_delays, report_at_once
from imgrec_course.events import suppress_neighbours

# %% [markdown] lang="en"
# Now the whole way: the best direction at every frame; suppression with radius 15, the length of an event; the threshold with the best F1 on the *validation* film; and only then the test film. Beside it the same without suppression, and without smoothing. **Predict first:** which of P and R suffers without suppression?

# %% [markdown] lang="zh"
# 现在走完全程：每一帧取得分最高的方向；以半径 15（一个事件的长度）做抑制；在*验证*长片上选 F1 最高的阈值；最后才看测试长片。旁边放上不做抑制的，以及不做平滑的。**先预测**：不做抑制，吃亏的是 P 还是 R？

# %% [markdown] lang="en" only="slides" slide="slide"
# ## One report an event
# **Predict first.** Without suppression, which of the two suffers: $P$ or $R$?

# %% [markdown] lang="zh"
# ## 一个事件只报一次
# **先预测。** 不做抑制，吃亏的是 $P$ 还是 $R$？

# %% slide="fragment" show="output" outputs="2 3 4"
TOLERANCE, RADIUS = 3, 15
every, kept, kept_raw = {}, {}, {}
for name in scores:
    every[name] = best_detections(scores[name], first_time=9)
    kept[name] = suppress_neighbours(every[name], RADIUS)
    kept_raw[name] = suppress_neighbours(best_detections(raw[name], first_time=9), RADIUS)

counts = {}
for name, all_reports in (
    ("smooth, suppressed", kept),
    ("smooth, all reports", every),
    ("raw, suppressed", kept_raw),
):
    chooser = all_reports if all_reports is kept_raw else kept
    threshold, validation_f1 = best_event_threshold(
        films["validation"][1], chooser["validation"], TOLERANCE
    )
    above = [report for report in all_reports["test"] if report.score >= threshold]
    counts[name] = count_events(films["test"][1], above, TOLERANCE)
    right, wrong, missed = counts[name]
    values = f"threshold {threshold:.2f} TP {right} FP {wrong} FN {missed}"
    values += f"  P {counts[name].precision:.2f} R {counts[name].recall:.2f}"
    values += f" F1 {counts[name].f1:.2f}, on validation {validation_f1:.2f}"
    print(f"{name:20s}", measured(values))
found = counts["smooth, suppressed"]
claim("precision over events", found.precision, at_least=0.65)
claim("recall over events", found.recall, at_least=0.65)
claim(
    "precision without suppression", counts["smooth, all reports"].precision, at_most=0.35
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Every event is reported many times, and only one of the reports counts as right: precision collapses; recall can only stay or rise. The threshold was chosen on the *validation* film, the numbers are of the test film. A baseline that should fail stands in the lesson: random reports, as many, have a precision of 0.05 at most. The suppression has a price: that a score is the best nearby is known only 15 frames later.

# %% [markdown] lang="zh"
# **2 分钟。** 每个事件都报了许多次，只有一次算对：查准率垮掉；查全率只会不变或上升。阈值是在*验证*长片上选的，数字是测试长片的。课文里还有一个本该失败的基线：随机报告得一样多，查准率不超过 0.05。抑制有代价：某个得分是不是附近最高的，要再等 15 帧才知道。

# %% [markdown] lang="en"
# And a baseline that should fail: reports at random times of random kinds, as many as the detector gave. By the rule, a report is right with a chance of about s × 1/8, where s is the share of all frames that lie between the first of an event and 3 frames after its last.

# %% [markdown] lang="zh"
# 再来一个本该失败的基线：与检测器报告得一样多，但时刻和种类都随机。按这条规则，一个报告碰对的机会约为 s × 1/8，其中 s 是落在某个事件的首帧与末帧之后 3 帧之间的帧，在全片中所占的比例。

# %%
film, events = films["test"]
generator = np.random.default_rng(0)
number = found.true_positive + found.false_positive
at_random = [
    count_events(
        events,
        [
            Detection(
                int(generator.integers(8)), int(generator.integers(9, len(film))), 0.0
            )
            for _ in range(number)
        ],
        TOLERANCE,
    ).precision
    for _ in range(20)
]
expected = (15 + TOLERANCE) * len(events) / len(film) / 8
print(f"expected {expected:.4f}")
claim("precision of random reports, mean of 20", np.mean(at_random), at_most=0.05)

# %%
figure, axes = subplots(size=(5.6, 3.8))
for name, colour, line in (
    ("validation", plots.CHANCE, "--"),
    ("test", plots.POSITIVE, "-"),
):
    _, curve = event_curve(films[name][1], kept[name], TOLERANCE)
    recall, precision = [one.recall for one in curve], [one.precision for one in curve]
    axes.plot(recall, precision, line, color=colour, label=f"{name} film")
axes.plot(
    found.recall, found.precision, "o", color=plots.POSITIVE, label="chosen threshold"
)
axes.set(xlabel="recall over events", ylabel="precision over events", ylim=(0, 1.05))
axes.set_title("Events: precision falls when the last ones are wanted")
axes.legend(loc="lower left")
show(
    figure,
    "Precision against recall over events for the validation and the test film: high at first, then falling; the chosen threshold lies near the bend.",
)

# %% [markdown] lang="en"
# ## How soon?
# A report that comes late may be useless. Suppression has a hidden price: that a score is the highest within 15 frames is known only 15 frames later. A detector that must speak at once can do this instead: **report as soon as a score reaches the threshold, then be silent for 15 frames.** The lower the threshold, the sooner it speaks, and the more often in vain. And there is a limit: the background moves straight for up to 2 steps, that is 3 frames; whoever reports before the fourth frame of an event, 3 frames after its first, cannot know.

# %% [markdown] lang="zh"
# ## 多快能报？
# 报得太晚也许就没用了。抑制有一笔隐藏的代价：某个得分是不是前后 15 帧里最高的，要再等 15 帧才知道。必须当场开口的检测器可以换一种做法：**得分一到阈值就报，然后沉默 15 帧。** 阈值越低，开口越早，落空也越多。而且有一个极限：背景也会笔直地走至多 2 步，也就是 3 帧；在事件的第四帧（首帧之后 3 帧）之前就报，是不可能有把握的。

# %%
film, events = films["test"]
figure, axes = subplots(size=(6.6, 3.8))
for level, colour, line in (
    (0.6, plots.NEGATIVE, "--"),
    (0.8, plots.PRECISION, "-."),
    (0.9, plots.POSITIVE, "-"),
):
    reports = report_at_once(every["test"], level, pause=RADIUS)
    at_once = count_events(events, reports, TOLERANCE)
    delays = event_delays(events, reports, TOLERANCE)
    after = np.arange(19)
    within = [np.sum(delays <= delay) / len(events) for delay in after]
    label = f"threshold {level}: precision {at_once.precision:.2f}"
    axes.step(after, within, line, where="post", color=colour, label=label)
    values = f"P {at_once.precision:.3f} R {at_once.recall:.3f}"
    print(
        f"at once, {level}:", measured(f"{values} median delay {np.nanmedian(delays):.0f}")
    )
    if level == 0.6:
        early, soon = np.nanmedian(delays), at_once.precision
axes.axvspan(0, 3, color=plots.CHANCE, alpha=0.2)
axes.set_xticks(range(0, 19, 3))
axes.text(0.2, 0.92, "too early to know", fontsize=9)
axes.set(xlabel="frames after the event's first", ylabel="recall so far", ylim=(0, 1))
axes.set_title("Sooner or surer: a lower threshold finds events earlier")
axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(0, 0.55))
show(
    figure,
    "Recall of events within so many frames of their beginning, for three thresholds: the lowest rises first, but its precision is lowest.",
)
last_delay, last_precision = np.nanmedian(delays), at_once.precision
claim("frames by which the low threshold is earlier", last_delay - early, at_least=0.5)
claim("precision that it loses", last_precision - soon, at_least=0.05)

# %% [markdown] lang="en"
# ## The scoreboard
# Networks of this lesson, asked for one class (is it “to the right”?), and the detector over events. Should “frame votes” reach a recall near 1 or near 0 here, look at its precision: whoever gives every clip the same answer finds all of one class, or none.

# %% [markdown] lang="zh"
# ## 记分板
# 本课的几个网络，只问一类（是不是“向右”？）；以及按事件计算的检测器。如果“逐帧投票”的查全率接近 1 或接近 0，请看它的查准率：对每个片段都给同一个答案，某一类就全找到了，或者一个也没找到。

# %% slide="fragment" show="output" outputs="6 7"
for title, answered, network in (
    ("frame votes", votes.predict(x_new, verbose=0), votes),
    ("GRU over a CNN", gru_answers, gru),
):
    scoreboard.record(
        title,
        "1,000 clips, to the right or not",
        y_test == 0,
        answered.argmax(axis=1) == 0,
        answered[:, 0],
        parameters=network.count_params(),
    )
for name in ("long exposure", "ConvLSTM", "Conv3D"):  # stored, first seed
    truth, answered = np.repeat(
        np.indices((8, 8)).reshape(2, -1), np.ravel(stored[name]["test"][0]), axis=1
    )
    scoreboard.record(
        name,
        "1,000 clips, to the right or not",
        truth == 0,
        answered == 0,
        parameters=stored[name]["parameters"],
    )
pairs_and_rest = np.repeat([[1, 1], [0, 1], [1, 0]], found, axis=0)  # TP, FP, FN
event_row = scoreboard.record(
    "sliding GRU", f"film, {len(events)} events", pairs_and_rest[:, 0], pairs_and_rest[:, 1]
)
low, _ = event_row["recall_interval"]
claim("recall of the detector, at the lower end of its interval", low, at_least=0.5)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## What to take along
# 1. A clip is (batch, time, height, width, channels). Sort frames by number, put a single clip into a batch of one, and settle whether a label belongs to a clip or to a frame.
# 2. `TimeDistributed` layers treat each frame alone: permute the frames, and the outputs are permuted. That test takes three lines; so does shuffling the frames of the test clips.
# 3. Where single frames have the same distribution in every class, no votes of frames have a better loss than guessing. Where a clip played backwards is as probable and has another label, whatever ignores order is right at most half the time.
# 4. Memory (GRU, LSTM), memory of pictures (ConvLSTM) and kernels in time (Conv3D) all see the order. A plateau of the loss need not be the end: on it, batches agree on almost nothing.
# 5. Over events, precision and recall need a rule: which kind, when, one report for one event. Suppress neighbours, choose the threshold on validation, and say how late the reports come.
#
# **A misconception to leave behind:** “It takes ten frames as input, so it is a model of time.” Only if the answers themselves change, and not merely their places, when the frames come in another order.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 一个片段是（批量，时间，高，宽，通道）。帧按数字排序；单个片段放进大小为一的批量；还要定下标签是属于片段还是属于帧。
# 2. `TimeDistributed` 的各层对每一帧单独处理：把帧换个次序，输出也跟着换个次序。这个检验只要三行；打乱测试片段的帧也只要三行。
# 3. 单独的帧在所有类别中分布相同时，逐帧投票的损失不会比瞎猜低；片段倒放同样可能、标签却不同时，凡是不看顺序的，至多答对一半。
# 4. 记忆（GRU、LSTM）、图像的记忆（ConvLSTM）和沿时间的卷积核（Conv3D）都能看见顺序。损失停在平台上未必就到了头：在那里，各批量几乎没有共同的方向。
# 5. 按事件算查准率和查全率，需要一条规则：什么种类、什么时刻、一报对一事。抑制相邻的报告，在验证集上选阈值，并说明报告来得多晚。
#
# **要纠正的误解**：“它输入十帧，所以是处理时间的模型。”这十帧换个次序时，只有答案本身随之改变，而不只是答案换了位置，才算得上。

# %% [markdown] lang="en" only="slides" slide="same"
# 1. A clip is (batch, time, height, width, channels); sort its frames by **number**.
# 2. `TimeDistributed` treats each frame alone. **Permute** the frames, and you see it.
# 3. Votes of frames that look alike in every class have no better loss than guessing. Where a clip backwards is as probable, and has another label: without order at most **half** right.
# 4. Memory (GRU, LSTM), memory of pictures (ConvLSTM), kernels in time (Conv3D): all see the **order**.
# 5. Over events $P$ and $R$ need a **rule**, and a threshold from validation.
#
# **A misconception to leave behind:** “It takes ten frames as input, so it is a model of time.” Only if the answers themselves change, not merely their places, when the frames come in another order.

# %% [markdown] lang="zh"
# 1. 一个片段是（批量，时间，高，宽，通道）；帧要按**数字**排序。
# 2. `TimeDistributed` 对每一帧单独处理：**换个次序**就看得出来。
# 3. 单独的帧在各类中分布相同时，逐帧投票的损失不会比瞎猜低；片段倒放同样可能、标签却不同时，不看顺序的至多答对**一半**。
# 4. 记忆（GRU、LSTM）、图像的记忆（ConvLSTM）、沿时间的卷积核（Conv3D）：都能看见**顺序**。
# 5. 按事件算 $P$ 和 $R$，需要一条**规则**，阈值在验证集上选。
#
# **要纠正的误解**：“它输入十帧，所以是处理时间的模型。”这十帧换个次序时，只有答案本身随之改变，而不只是答案换了位置，才算得上。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Read the misconception at the end, and let the room name the two tests that answer it (other order, backwards). To do: `hides_motion` first, then `event_counts`. Next: lesson 09 lets two networks play against each other.

# %% [markdown] lang="zh"
# **2 分钟。** 念最后那条误解，请大家说出用来回答它的两个检验（换次序、倒放）。课后：先做 `hides_motion`，再做 `event_counts`。下一课是第 09 课，两个网络互相对弈。

# %% [markdown] lang="en"
# ## References
# - [@donahue2015long]
# - [@shi2015convolutional]
# - [@tran2015learning]
# - [@carreira2017quo]
# - [@hochreiter1997long]
# - [@cho2014learning]
#
# **Next:** lesson 09 lets two networks play against each other.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@donahue2015long]
# - [@shi2015convolutional]
# - [@tran2015learning]
# - [@carreira2017quo]
# - [@hochreiter1997long]
# - [@cho2014learning]
#
# **下一课**：第 09 课让两个网络互相对弈。
