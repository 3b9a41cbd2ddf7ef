# %% [markdown] lang="en" slide="slide" take="heading"
# # 07 · Recurrence by hand
#
# **After this lesson you can** tell recurrent from recursive; write one step of a recurrent network and unroll it; derive and code back-propagation through time, whole and truncated; measure how fast gradients vanish or explode; write LSTM and GRU with the gate order of Keras, forward and backward; say how much a network can still know of what it saw long ago.
#
# **You need** lesson 03 (backward passes, the gradient check), 04 (a network in Keras) and the product of matrices.
#
# **Time** 90 minutes, exercises included (a good place for a break: before “What is left of a gradient?”); the machine needs under two minutes.

# %% [markdown] lang="zh"
# # 07 · 动手写循环
#
# **学完本课，你能够**：分清循环与递归；写出循环神经网络的一步，并把它展开；推导并实现随时间反向传播，包括完整的和截断的；测出梯度消失或爆炸得有多快；按 Keras 的门的次序写出 LSTM 和 GRU，前向和反向都写；说出一个网络对很久以前看到的东西还能记得多少。
#
# **预备知识**：第 03 课（反向传播、梯度检验）、第 04 课（Keras 中的网络），以及矩阵的乘法。
#
# **时间**：90 分钟，含练习（适合中途休息的地方：“梯度还剩多少？”之前）；机器运行不到两分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# A network reads a picture row by row. What does it still know of the first row when it comes to the last?

# %% [markdown] lang="zh"
# 网络一行一行地读图。读到最后一行时，它对第一行还记得多少？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Lesson 03 went backwards along a chain of layers, lesson 04 saw a picture at one glance. Today the picture comes in pieces, and what came before must be remembered. Three things to take home: one formula with a loop; why its gradient vanishes; what a gate does about it.
#
# The lecture leaves out truncation, the equations of the GRU and all exercises; they take another hour, alone or in a tutorial.

# %% [markdown] lang="zh"
# **1 分钟。** 第 03 课沿着一条层的链往回走，第 04 课一眼看完整张图。今天图像分成一段一段到来，前面的必须记住。要带走三件事：一个带环的公式；它的梯度为什么会消失；门怎样对付这件事。
#
# 本讲不讲截断、GRU 的公式和全部练习；练习另需一小时，可以自己做，也可以放在习题课。

# %%
import time

import keras
import numpy as np
import tensorflow as tf
from sklearn.metrics import f1_score, precision_score, recall_score

from imgrec_course import plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.plots import show, subplots
from imgrec_course.scratch import layers, losses
from imgrec_course.scratch.layers import sigmoid

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A picture through a slit
# A garment passes behind a slit that is one pixel high. All you ever see is one row of 28 pixels. Here are four rows, the fifteenth of four garments:

# %% [markdown] lang="zh"
# ## 隔着一道缝看图
# 一件衣服从一道只有一个像素高的缝后面经过。你每次只能看到一行，28 个像素。下面是四件衣服各自的第十五行：

# %% [markdown] lang="en" only="slides" slide="same"
# Four garments pass behind a slit that is one pixel high. Of each you see one row of 28 pixels at a time.

# %% [markdown] lang="zh"
# 四件衣服从一道只有一个像素高的缝后面经过。每件每次只看得到一行，28 个像素。

# %%
from imgrec_course.datasets.fashion import FASHION_CLASSES, load_fashion

(images, labels), (test_images, test_labels) = load_fashion()
four = [int(np.flatnonzero(test_labels == name)[0]) for name in (3, 4, 6, 0)]

figure, axes = subplots(1, 4, size=(8.0, 0.8))
for axis, index in zip(axes, four, strict=True):
    axis.grid(False)
    axis.imshow(test_images[index, 14:15], cmap="gray_r", vmin=0, vmax=255, aspect=3)
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
show(figure, "Four strips of grey, one pixel high: the middle rows of four garments.")

# %% [markdown] lang="en" slide="same" take="predict"
# **Predict first.** One is a dress, one a coat, one a shirt, one a T-shirt. Which is which? And how many rows would you need before you were sure?

# %% [markdown] lang="zh"
# **先预测。** 其中有一件连衣裙、一件大衣、一件衬衫、一件 T 恤。哪一条是哪一件？要看到多少行，你才有把握？

# %% slide="fragment"
show(
    plots.photo_grid(
        test_images[four],
        [FASHION_CLASSES[i] for i in test_labels[four]],
        columns=4,
        size=1.6,
    ),
    "The four garments whole: a dress, a coat, a shirt and a T-shirt.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Open the notebook here and show its four strips (they are too flat for a slide); collect guesses, then press the key. Ask *how* they decided: by the width, perhaps, which coat and shirt share. Whoever looks through the slit must keep the rows before: where the sleeves ended, how wide the shoulders were. That is what we build: a few dozen numbers which every row changes a little.

# %% [markdown] lang="zh"
# **2 分钟。** 打开笔记本，展示这里的四条（太扁，放不上幻灯片）；收集猜测，再按键。问一问他们*凭什么*判断：也许凭宽度，可是大衣和衬衫一样宽。隔着缝看的人必须记住前面的各行：袖子到哪里为止，肩有多宽。我们要造的就是这样的东西：几十个数，每来一行就改变一点。

# %% [markdown] lang="en"
# One row says little. Whoever looks through the slit must *remember* the rows before: where the sleeves ended, how wide the shoulders were. A network that takes one row at a time needs a memory, too. This lesson builds it: a **state**, a few dozen numbers, that every row changes a little.

# %% [markdown] lang="zh"
# 单独一行说明不了什么。隔着缝看的人必须*记住*前面的各行：袖子到哪里为止，肩有多宽。一次只看一行的网络也需要记忆。本课就来造这种记忆：一个**状态**，也就是几十个数，每来一行就改变一点。

# %% [markdown] lang="en" slide="slide" take="heading formula table"
# ## Recurrent, not recursive
# Let $x_1, x_2, \dots, x_T$ be the rows. A **recurrent** network keeps a **hidden state** $h_t$, and uses at every step the *same* weights:
#
# $$h_t = \tanh\bigl(x_t\, W_{xh} + h_{t-1}\, W_{hh} + b_h\bigr), \qquad y_t = h_t\, W_{hy} + b_y.$$
#
# | symbol | shape | what |
# | --- | --- | --- |
# | $x_t$ | $(N, I)$ | input of step $t$, a row for each of $N$ sequences |
# | $h_t$ | $(N, U)$ | hidden state: $U$ **units**; $h_0 = 0$ |
# | $W_{xh}$, $W_{hh}$, $b_h$ | $(I, U)$, $(U, U)$, $(U,)$ | kernel, recurrent kernel, bias |
# | $y_t$ | $(N, K)$ | logits of the $K$ classes: what the network would answer after $t$ rows |
# | $W_{hy}$, $b_y$ | $(U, K)$, $(K,)$ | an ordinary dense layer |
#
# The article that this course grew out of has these two formulas (with columns instead of rows). Three of its words need mending:
#
# - it calls the network 递归神经网络. That is the *recursive* network, which joins parts to a whole along a **tree** (Socher et al. 2011); ours runs along a **chain** and is called *recurrent*, 循环神经网络;
# - it calls $y_t$ an “output state”. It is no state: nothing of it comes back. It is a row of logits, and a softmax makes probabilities of it (lesson 03);
# - it says that $h_t$ keeps the “long-term memory”. We shall measure how long.

# %% [markdown] lang="zh"
# ## 是循环，不是递归
# 设 $x_1, x_2, \dots, x_T$ 为各行。**循环**神经网络保持一个**隐状态** $h_t$，每一步都用*同样的*权重：
#
# $$h_t = \tanh\bigl(x_t\, W_{xh} + h_{t-1}\, W_{hh} + b_h\bigr), \qquad y_t = h_t\, W_{hy} + b_y.$$
#
# | 符号 | 形状 | 含义 |
# | --- | --- | --- |
# | $x_t$ | $(N, I)$ | 第 $t$ 步的输入，$N$ 个序列各占一行 |
# | $h_t$ | $(N, U)$ | 隐状态：$U$ 个**隐藏单元**；$h_0 = 0$ |
# | $W_{xh}$、$W_{hh}$、$b_h$ | $(I, U)$、$(U, U)$、$(U,)$ | 输入权重（kernel）、循环权重（recurrent kernel）、偏置（bias） |
# | $y_t$ | $(N, K)$ | $K$ 个类别的 logit：看过 $t$ 行之后网络的回答 |
# | $W_{hy}$、$b_y$ | $(U, K)$、$(K,)$ | 一个普通的全连接层 |
#
# 本课程由一篇文章发展而来，那篇文章里也有这两个公式（只是用列而不用行）。有三处说法需要更正：
#
# - 它把这种网络叫做“递归神经网络”。递归（recursive）网络是沿着一棵**树**把部分合成整体（Socher 等 2011）；我们这种沿着一条**链**走，叫做循环（recurrent）神经网络；
# - 它把 $y_t$ 叫做“输出状态”。$y_t$ 不是状态，它不会再回到网络里；它是一行 logit，要经过 softmax 才成为概率（第 03 课）；
# - 它说 $h_t$ 存储“长期记忆”。到底有多长，我们来测。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Read the first formula from left to right: the new row, the old state, one bend. Point at $t-1$: this is the only new thing. The *same* three arrays at every step, so a longer sequence has no more weights.
#
# The article that the course grew out of has these two formulas and gets three words wrong: recursive for recurrent; “output state” for $y_t$, to which nothing comes back; “long-term memory” for $h_t$, which we shall measure.
#
# **Misconception:** that $y_t$ is a part of the memory. It is read off, and forgotten.

# %% [markdown] lang="zh"
# **2.5 分钟。** 从左到右念第一个公式：新来的一行、旧的状态、弯折一次。指着 $t-1$：只有这里是新的。每一步用*同样的*三个数组，所以序列再长，权重也不增多。
#
# 本课程由一篇文章发展而来，那篇文章里也有这两个公式，却用错了三处说法：把“循环”写成“递归”；把 $y_t$ 叫做“输出状态”，可它不会再回到网络里；说 $h_t$ 是“长期记忆”，有多长我们来测。
#
# **常见误解**：以为 $y_t$ 也是记忆的一部分。它只是读出来的，读完就忘。


# %%
def draw_nodes(axes, places, edges, colour):
    """Circles with a letter at (x, y), and arrows between them."""
    for start, end, curve in edges:
        axes.annotate(
            "",
            places[end],
            places[start],
            arrowprops={
                "arrowstyle": "-|>",
                "shrinkA": 12,
                "shrinkB": 12,
                "connectionstyle": f"arc3,rad={curve}",
                "color": "black",
            },
        )
    for name, (x, y) in places.items():
        axes.plot(x, y, "o", markersize=23, color="white", markeredgecolor=colour[name[0]])
        axes.text(x, y, f"${name}$", ha="center", va="center", fontsize=10)
    axes.axis("off")


# %% slide="subslide"
colour = {"x": plots.CHANCE, "h": plots.POSITIVE, "y": plots.NEGATIVE, "p": plots.PRECISION}
figure, axes = subplots(1, 3, size=(9.6, 3.0), width_ratios=(1, 3, 2.4))
draw_nodes(
    axes[0],
    {"x_t": (0, 0), "h_t": (0, 1), "y_t": (0, 2)},
    [("x_t", "h_t", 0), ("h_t", "y_t", 0)],
    colour,
)
loop = {
    "arrowstyle": "-|>",
    "connectionstyle": "arc3,rad=-1.6",
    "shrinkA": 10,
    "shrinkB": 10,
}
axes[0].annotate("", (0.1, 1.25), (0.1, 0.75), arrowprops=loop)
axes[0].set(xlim=(-0.6, 1.0), ylim=(-0.5, 2.5), title="A loop …")
places = {f"{v}_{t}": (t, row) for row, v in enumerate("xhy") for t in (1, 2, 3, 4)}
edges = [(f"x_{t}", f"h_{t}", 0) for t in (1, 2, 3, 4)]
edges += [(f"h_{t}", f"y_{t}", 0) for t in (1, 2, 3, 4)]
edges += [(f"h_{t}", f"h_{t + 1}", 0) for t in (1, 2, 3)]
draw_nodes(axes[1], places, edges, colour)
axes[1].set(xlim=(0.5, 4.5), ylim=(-0.5, 2.5), title="… unrolled: recurrent")
leaves = {f"x_{t}": (t, 0) for t in (1, 2, 3, 4)}
inner = {"p_1": (1.5, 1), "p_2": (3.5, 1), "p_3": (2.5, 2)}
joins = (("x_1", "p_1"), ("x_2", "p_1"), ("x_3", "p_2"), ("x_4", "p_2"), ("p_1", "p_3"))
edges = [(*join, 0) for join in (*joins, ("p_2", "p_3"))]
draw_nodes(axes[2], {**leaves, **inner}, edges, colour)
axes[2].set(xlim=(0.5, 4.5), ylim=(-0.5, 2.5), title="A tree: recursive")
show(
    figure,
    "Left: input, hidden state with an arrow to itself, output. Middle: the same unrolled over four steps, an arrow from each hidden state to the next. Right: a tree that joins four inputs in pairs.",
)

# %% [markdown] lang="en" only="slides" slide="same"
# **Unrolled:** as many layers as steps, all with the same weights. No loop is left.

# %% [markdown] lang="zh"
# **展开**：有多少步就有多少层，各层权重相同。环不见了。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Left the loop, in the middle the same over four steps, right the *other* network with the similar name: recursive networks join parts to a whole along a tree (Socher et al. 2011). The middle picture is a deep network without any loop: everything from lesson 03 applies. That is all the magic.
#
# **Misconception:** that unrolling copies the weights. It copies the *layer*; the weights stay one.

# %% [markdown] lang="zh"
# **2 分钟。** 左边是环，中间是同一个网络展开成四步，右边是*另一种*名字相近的网络：递归网络沿着一棵树把部分合成整体（Socher 等 2011）。中间的图是一个没有环的深层网络：第 03 课的一切都用得上。奥妙就这么多。
#
# **常见误解**：以为展开时权重复制了许多份。复制的是*层*，权重始终只有一份。

# %% [markdown] lang="en"
# **Unrolled**, the loop is a deep network without any loop: as many layers as there are steps, all with the same weights. That is all the magic; everything from lesson 03 applies.

# %% [markdown] lang="zh"
# **展开**之后，循环就成了一个没有循环的深层网络：有多少步就有多少层，各层的权重完全相同。奥妙就这么多；第 03 课的一切都用得上。

# %% [markdown] lang="en"
# **Exercise ★ hidden_states.** One sequence `inputs` $(T, I)$ in, all its states $(T, U)$ out, starting from $h_0 = 0$.

# %% [markdown] lang="zh"
# **练习 ★ hidden_states。** 输入一个序列 `inputs`，形状 $(T, I)$；从 $h_0 = 0$ 出发，返回它的全部状态，形状 $(T, U)$。


# %% tags=["exercise"]
def hidden_states(inputs, kernel, recurrent_kernel, bias):
    """States (T, U) of one sequence (T, I); kernel (I, U), recurrent_kernel (U, U), bias (U,)."""
    ### BEGIN SOLUTION
    hidden, states = np.zeros(len(recurrent_kernel)), []
    for x in inputs:
        hidden = np.tanh(x @ kernel + hidden @ recurrent_kernel + bias)
        states.append(hidden)
    return np.array(states)
    ### END SOLUTION


# %%
check("07.hidden_states", hidden_states)

# %% [markdown] lang="en"
# The package's version takes a batch of sequences and any kind of **cell**, that is, any rule for one step. (`expected` only says in a sentence what does not fit; `CELLS` is the table of the cells.)

# %% [markdown] lang="zh"
# 程序包里的版本接受一批序列，也接受任何一种**循环单元**（cell），即任何一种“走一步”的规则。（`expected` 只负责用一句话说出什么不相符；`CELLS` 是各种循环单元的表。）

# %%
from imgrec_course.scratch import expect  # noqa: F401 (the functions below call these three)
from imgrec_course.scratch.recurrent import CELLS, expected  # noqa: F401

# %% [markdown] lang="en" only="slides" slide="slide"
# ## One step, and the walk through time

# %% [markdown] lang="zh"
# ## 走一步，再走完全程

# %% source="imgrec_course.scratch.recurrent.rnn_step" slide="same" show="code"

# %% source="imgrec_course.scratch.recurrent.recurrent" slide="same" show="code"


# %% slide="same" show="output"
def rows_of(pictures):
    """Pictures (n, 28, 28) of uint8 as sequences (n, 28, 28) of rows, from 0 to 1, in float64."""
    return pictures / 255.0


keras.utils.set_random_seed(0)
layer = keras.layers.SimpleRNN(
    16, return_sequences=True, bias_initializer="normal", dtype="float64"
)
few = rows_of(test_images[:8])
theirs = layer(few).numpy()  # (8, 28, 16)
ours = recurrent("rnn", few, layer.get_weights())
claim(
    "our states differ from Keras's SimpleRNN by",
    np.abs(ours - theirs).max(),
    at_most=1e-12,
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Top: the formula, in one line. Below: the loop, which knows nothing of tanh; the same loop will walk for the LSTM. The claim: with the weights of Keras's layer our states are Keras's, to rounding.

# %% [markdown] lang="zh"
# **1.5 分钟。** 上面：公式，一行。下面：循环，它与 tanh 毫无关系，以后 LSTM 也由它来走。断言说：用 Keras 那一层的权重，算出的状态与 Keras 的相同，只差舍入误差。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Time, or space?
# - (1) The 28 **columns** are shuffled, in every row in the same way.
# - (2) The 28 **rows** are shuffled.

# %% [markdown] lang="zh"
# ## 时间，还是空间？
# - （1）打乱 28 **列**，每一行都用同一种打乱法。
# - （2）打乱 28 **行**。

# %% [markdown] lang="en" slide="same" take="predict"
# **What has it to do with images?** The formula knows rows, not pictures: the 28 numbers of a row go into one matrix product, in which no pixel has neighbours. The article says that such a network captures “relations of space and time”. Let us see which of the two. We shuffle (1) the 28 *columns*, the same way in every row; (2) the 28 *rows*.
#
# **Predict first.** In which case can a network with other weights still reach exactly the same last state?

# %% [markdown] lang="zh"
# **这与图像有什么关系？** 公式只认得行，不认得图：一行的 28 个数进入一次矩阵乘法，其中没有哪个像素有邻居。那篇文章说，这种网络能捕捉“空间和时间关系”。到底是哪一种，我们来看。（1）打乱 28 *列*，每一行都用同一种打乱法；（2）打乱 28 *行*。
#
# **先预测。** 哪一种情形下，换一组权重的网络还能得到完全相同的最后状态？

# %% slide="fragment" show="output" outputs="1 2"
kernel, recurrent_kernel, bias = layer.get_weights()
generator = np.random.default_rng(0)
shuffle = generator.permutation(28)

# (1) Shuffled columns: shuffle the rows of the kernel in the same way.
columns = recurrent("rnn", few[:, :, shuffle], (kernel[shuffle], recurrent_kernel, bias))
claim(
    "columns shuffled, kernel too: states differ by",
    np.abs(columns - ours).max(),
    at_most=1e-12,
)

# (2) Shuffled rows: other states, and no shuffling of the weights undoes it.
other = recurrent("rnn", few[:, shuffle], (kernel, recurrent_kernel, bias))
claim(
    "rows shuffled: last states differ by", np.abs(other - ours)[:, -1].max(), at_least=0.1
)
mean_of_rows = np.abs(few[:, shuffle].mean(axis=1) - few.mean(axis=1)).max()
claim("rows shuffled: the mean of the rows differs by", mean_of_rows, at_most=1e-12)

# %% [markdown] lang="en" only="slides" slide="fragment"
# Built in is **time**, the order of the steps. Of **space** it knows nothing.

# %% [markdown] lang="zh"
# 生来就有的是**时间**，即各步的先后；对**空间**一无所知。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** The article says “space and time”: let the room decide which of the two. First key: shuffle the columns *and* the rows of the kernel, and nothing has changed; shuffle the rows of the picture, and the state is another. Draw $x_t W_{xh}$ on the board: a sum over pixels, in which no pixel has neighbours.
#
# **Misconception:** that a network which reads images row by row knows what stands side by side. Whatever it can learn from garments, it can learn from garments whose columns are all shuffled alike. Who wants both puts a CNN in front: lesson 08.

# %% [markdown] lang="zh"
# **2.5 分钟。** 那篇文章说“空间和时间”：让大家判断到底是哪一种。按第一次键：打乱列，*同时*打乱输入权重的行，什么也没变；打乱图的行，状态就变了。在黑板上写 $x_t W_{xh}$：它是对像素求和，哪个像素都没有邻居。
#
# **常见误解**：以为一行一行读图的网络知道谁挨着谁。能从衣服上学到的，从列全按同一种方式打乱的衣服上也同样学得到。两者都想要，就在前面放一个 CNN：第 08 课。

# %% [markdown] lang="en"
# So it is *time*, the order of the steps, that a recurrent network has built in. Of *space* it knows nothing: whatever it can learn from garments, it can learn as well from garments whose columns are all shuffled in one and the same way. (A convolutional network cannot learn it as well from those: its small windows need neighbours.) Who wants both puts a CNN in front, or convolutions inside; lesson 08 does.

# %% [markdown] lang="zh"
# 可见，循环网络生来就有的是*时间*，即各步的先后。对*空间*它一无所知：能从衣服上学到的，从列全按同一种方式打乱的衣服上也同样学得到。（卷积网络从打乱的衣服上就学不到那么好：它的小窗口需要邻居。）两者都想要，就在前面放一个 CNN，或者把卷积放进里面；第 08 课就这么做。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Backwards through time
# Unrolled, the network is a chain, and we know how to go backwards along a chain: one layer at a time (lesson 03). Only two things are new.
#
# **A state is seen twice**: by the loss of its own step (if there is one), and by the next state. Let $g_t$ be the part of the gradient that reaches $h_t$ directly, through $y_t$, and $\delta_t = \partial L/\partial h_t$ all of it. Write $a_t$ for what stands inside tanh, $h_t = \tanh a_t$; the slope of tanh is $1 - \tanh^2$, that is, $1 - h_t^2$:
#
# $$\alpha_t = \frac{\partial L}{\partial a_t} = \delta_t \odot (1 - h_t^2), \qquad \delta_t = g_t + \alpha_{t+1}\, W_{hh}^{\mathsf T}, \qquad \alpha_{T+1} = 0.$$
#
# ($\odot$ multiplies number by number; $W_{hh}^{\mathsf T}$ leads back as in a dense layer, lesson 03.) So we begin at the last step and walk back.
#
# **A weight is used at every step**, and its effects add up:
#
# $$\frac{\partial L}{\partial W_{xh}} = \sum_{t=1}^{T} x_t^{\mathsf T} \alpha_t, \qquad \frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} h_{t-1}^{\mathsf T} \alpha_t, \qquad \frac{\partial L}{\partial b_h} = \sum_{t=1}^{T} \sum_{n} \alpha_{t,n}, \qquad \frac{\partial L}{\partial x_t} = \alpha_t\, W_{xh}^{\mathsf T}.$$
#
# (A product such as $x_t^{\mathsf T}\alpha_t$ adds up over the $N$ sequences of the batch by itself; for the bias that sum, over $n$, is written out.)
#
# This is **back-propagation through time** (Werbos 1990): nothing but back-propagation, in the unrolled network. Where the loss looks only at the last state, as when we ask once at the end what the garment is, $g_t = 0$ for all $t < T$. Where it looks at every step (a label for each frame of a film), each $g_t$ brings its own share.

# %% [markdown] lang="zh"
# ## 沿时间倒着走
# 展开以后，网络是一条链，而沿着链倒着走我们已经会了：一次一层（第 03 课）。只有两点是新的。
#
# **一个状态有两处用到**：一处是它自己这一步的损失（如果有的话），一处是下一个状态。设 $g_t$ 为经由 $y_t$ 直接到达 $h_t$ 的那部分梯度，$\delta_t = \partial L/\partial h_t$ 为全部梯度。用 $a_t$ 表示 tanh 里面的部分，即 $h_t = \tanh a_t$；tanh 的斜率是 $1 - \tanh^2$，也就是 $1 - h_t^2$，于是
#
# $$\alpha_t = \frac{\partial L}{\partial a_t} = \delta_t \odot (1 - h_t^2), \qquad \delta_t = g_t + \alpha_{t+1}\, W_{hh}^{\mathsf T}, \qquad \alpha_{T+1} = 0.$$
#
# （$\odot$ 表示逐个数相乘；$W_{hh}^{\mathsf T}$ 带着梯度往回走，同第 03 课的全连接层一样。）所以从最后一步开始，往回走。
#
# **一个权重每一步都用到**，各步的影响要加起来：
#
# $$\frac{\partial L}{\partial W_{xh}} = \sum_{t=1}^{T} x_t^{\mathsf T} \alpha_t, \qquad \frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} h_{t-1}^{\mathsf T} \alpha_t, \qquad \frac{\partial L}{\partial b_h} = \sum_{t=1}^{T} \sum_{n} \alpha_{t,n}, \qquad \frac{\partial L}{\partial x_t} = \alpha_t\, W_{xh}^{\mathsf T}.$$
#
# （像 $x_t^{\mathsf T}\alpha_t$ 这样的乘积，已经把批量中的 $N$ 个序列加在一起；对偏置，则把这个对 $n$ 的和写了出来。）
#
# 这就是**随时间反向传播**（Werbos 1990）：无非是在展开的网络里做反向传播。如果损失只看最后的状态，例如到最后才问一次“这是什么衣服”，那么 $t < T$ 时 $g_t = 0$；如果每一步都看（给影片的每一帧一个标签），每个 $g_t$ 都带来自己的一份。

# %% [markdown] lang="en" only="slides" slide="same"
# $$\alpha_t = \delta_t \odot (1 - h_t^2), \qquad \delta_t = g_t + \alpha_{t+1}\, W_{hh}^{\mathsf T}, \qquad \alpha_{T+1} = 0$$
#
# $$\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} h_{t-1}^{\mathsf T}\, \alpha_t$$
#
# - $\delta_t$: gradient of the loss $L$ for $h_t$; $\alpha_t$: for what stands inside tanh; $g_t$: the part of $\delta_t$ that comes through $y_t$.
# - A state is **seen twice**: by its own step's loss, and by the next state.
# - A weight is **used at every step**: its effects add up.

# %% [markdown] lang="zh"
# $$\alpha_t = \delta_t \odot (1 - h_t^2), \qquad \delta_t = g_t + \alpha_{t+1}\, W_{hh}^{\mathsf T}, \qquad \alpha_{T+1} = 0$$
#
# $$\frac{\partial L}{\partial W_{hh}} = \sum_{t=1}^{T} h_{t-1}^{\mathsf T}\, \alpha_t$$
#
# - $\delta_t$：损失 $L$ 对 $h_t$ 的梯度；$\alpha_t$：对 tanh 里面那部分的梯度；$g_t$：$\delta_t$ 中经由 $y_t$ 到达的部分。
# - 一个状态**有两处用到**：本步的损失，以及下一个状态。
# - 一个权重**每一步都用到**：各步的影响要加起来。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Begin on the board with the unrolled picture and walk back with the chalk: at the last step only $g_T$; then always through tanh ($1 - h^2$), back through $W_{hh}^{\mathsf T}$, and $g$ of that step on top. The other gradients ($W_{xh}$, $b_h$, $x_t$) are in the lesson and go the same way. This is back-propagation through time (Werbos 1990); the lesson holds ours against Keras's automatic differentiation and against differences.
#
# **Misconception:** that it is a new algorithm. It is ordinary back-propagation in the unrolled network.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先在黑板上画展开图，用粉笔往回走：最后一步只有 $g_T$；然后每次都穿过 tanh（$1 - h^2$），经过 $W_{hh}^{\mathsf T}$ 往回，再加上那一步的 $g$。其余的梯度（$W_{xh}$、$b_h$、$x_t$）课文里有，走法相同。这就是随时间反向传播（Werbos 1990）；课文把我们的结果与 Keras 的自动微分、与差商都核对过。
#
# **常见误解**：以为这是一种新算法。它就是展开的网络里的普通反向传播。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > A film becomes twice as long. What doubles: the weights, the unrolled layers, the numbers that must be kept for the way back?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 影片变成原来的两倍长。什么会加倍：权重、展开后的层、为往回走而必须保留的数？

# %% [markdown] lang="en" only="slides" slide="fragment"
# The **weights** stay as they are. Layers and kept **states** double – which is why long sequences are cut into chunks (*truncated* back-propagation).

# %% [markdown] lang="zh"
# **权重**不变。层数和要保留的**状态**加倍，所以很长的序列要切成段（*截断的*反向传播）。

# %% [markdown] lang="en" slide="notes"
# **2 min.** One minute with the neighbour, then hands up for each of the three. At the seams of the chunks the state is handed on, the gradient stops: less memory, but no longer the gradient. Skip this slide when time is short.

# %% [markdown] lang="zh"
# **2 分钟。** 与邻座讨论一分钟，再对三样分别举手。在各段的接缝处，状态传下去，梯度停下来：省了内存，但已不是原来的梯度。时间紧就跳过这一张。

# %% source="imgrec_course.scratch.recurrent.rnn_step_backward"

# %% source="imgrec_course.scratch.recurrent.recurrent_backward"

# %% [markdown] lang="en"
# `recurrent_backward` holds nothing that belongs to tanh. It walks, and adds up; what happens within a step is the cell's business. It will serve for LSTM and GRU as it is. First the proof, for `rnn`: against Keras, and against differences (lesson 03).

# %% [markdown] lang="zh"
# `recurrent_backward` 里没有任何专属于 tanh 的东西。它只管往回走、往上加；一步之内怎么算，是循环单元的事。以后换成 LSTM 和 GRU，它原样可用。先对 `rnn` 作证明：与 Keras 比，与差商比（第 03 课）。


# %%
def gradients_by_keras(layer, inputs, gradient):
    """Gradients of Σ gradient · states, by automatic differentiation (TensorFlow's own)."""
    x = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(layer(x) * gradient)
    return [part.numpy() for part in tape.gradient(total, [x, *layer.trainable_variables])]


gradient = generator.normal(size=theirs.shape)  # as if the loss looked at every step
to_inputs, to_parameters, _ = recurrent_backward("rnn", few, layer.get_weights(), gradient)
pairs = zip(
    [to_inputs, *to_parameters], gradients_by_keras(layer, few, gradient), strict=True
)
worst = max(layers.relative_error(a, b) for a, b in pairs)
claim(
    "gradients through 28 steps differ from Keras's (relative error) by",
    worst,
    at_most=1e-12,
)

small, weight = few[:2, :9, 10:16], gradient[:2, :9, :5]
parameters = [kernel[10:16, :5].copy(), recurrent_kernel[:5, :5].copy(), bias[:5].copy()]


def total_of(recurrent_kernel):
    changed = [parameters[0], recurrent_kernel, parameters[2]]
    return (recurrent("rnn", small, changed) * weight).sum()


differences = layers.numerical_gradient(total_of, parameters[1])
_, analytic, _ = recurrent_backward("rnn", small, parameters, weight)
error = layers.relative_error(differences, analytic[1])
claim("recurrent kernel's gradient and differences: relative error", error, at_most=1e-8)

# %% [markdown] lang="en"
# **Exercise ★★★ recurrent_gradient.** One sequence. Given are its states `states` $(T, U)$, the recurrent kernel, and `gradient` $(U,)$, that of the loss with respect to the *last* state; the loss looks at no other. Return $\partial L/\partial W_{hh}$. ($h_0 = 0$.)

# %% [markdown] lang="zh"
# **练习 ★★★ recurrent_gradient。** 只有一个序列。已知它的状态 `states`（形状 $(T, U)$）、循环权重，以及损失对*最后*状态的梯度 `gradient`（形状 $(U,)$）；损失不看别的状态。返回 $\partial L/\partial W_{hh}$。（$h_0 = 0$。）


# %% tags=["exercise"]
def recurrent_gradient(states, recurrent_kernel, gradient):
    """Gradient (U, U) of the recurrent kernel; states (T, U), gradient (U,) of the last state."""
    ### BEGIN SOLUTION
    result, delta = np.zeros_like(recurrent_kernel), gradient
    for t in reversed(range(len(states))):
        alpha = delta * (1 - states[t] ** 2)
        if t > 0:
            result += np.outer(states[t - 1], alpha)
        delta = alpha @ recurrent_kernel.T
    return result
    ### END SOLUTION


# %%
check("07.recurrent_gradient", recurrent_gradient)

# %% [markdown] lang="en"
# ## Two brakes
# **Truncation.** Whoever reads a film of ten thousand frames cannot keep all states for the way back. *Truncated* back-propagation (Williams & Peng 1990) cuts the sequence into chunks: the *state* is handed on from chunk to chunk, the *gradient* stops at the seam. It costs less memory, and it is no longer the gradient: what happened before the seam gets no blame. The table after the exercise shows how far off it is, for chunks of several sizes: the length of the truncated gradient against that of the true one, and the cosine of the angle between the two (1: the same direction).
#
# **Clipping.** Sometimes a gradient is a thousand times larger than ever before (we shall see why), and one step ruins what a thousand have learned. Clip it (Pascanu, Mikolov & Bengio 2013): with $\lVert g\rVert$ the length of all gradients taken together and $c$ the limit,
#
# $$g \leftarrow g \cdot \min\!\Bigl(1,\ \frac{c}{\lVert g\rVert}\Bigr).$$
#
# The direction stays, the length is at most $c$.
#
# **Exercise ★ clip.** One array in, the clipped array out. What if the gradient is 0?

# %% [markdown] lang="zh"
# ## 两道刹车
# **截断。** 一万帧的影片，没法把全部状态都留到往回走的时候。*截断的*随时间反向传播（Williams & Peng 1990）把序列切成段：*状态*一段一段传下去，*梯度*到接缝处就停。这样省内存，但已经不是原来的梯度了：接缝之前发生的事，不用负任何责任。练习后面的表按不同的段长给出它偏了多少：截断的梯度与真正的梯度长度之比，以及两者夹角的余弦（1 表示方向相同）。
#
# **裁剪。** 有时梯度会比以往大一千倍（原因见下文），一步就毁掉一千步学来的东西。那就裁剪它（Pascanu, Mikolov & Bengio 2013）：设 $\lVert g\rVert$ 为全部梯度合在一起的长度，$c$ 为上限，
#
# $$g \leftarrow g \cdot \min\!\Bigl(1,\ \frac{c}{\lVert g\rVert}\Bigr).$$
#
# 方向不变，长度至多为 $c$。
#
# **练习 ★ clip。** 输入一个数组，返回裁剪后的数组。梯度为 0 时怎么办？


# %% tags=["exercise"]
def clip(gradient, limit):
    """The gradient, shortened to the length `limit` where it is longer."""
    ### BEGIN SOLUTION
    length = np.sqrt(np.sum(gradient**2))
    return gradient * (limit / length) if length > limit else gradient
    ### END SOLUTION


# %%
check("07.clip", clip)

# %%
# The loss looks at the last state alone: how much of the true gradient is left?
last_only = np.zeros_like(gradient)
last_only[:, -1] = gradient[:, -1]
_, whole, _ = recurrent_backward("rnn", few, layer.get_weights(), last_only)
print("chunk   length against the true one, and cosine of the angle")
for chunk in (1, 2, 4, 7, 14, 28):
    _, part, _ = recurrent_backward("rnn", few, layer.get_weights(), last_only, chunk=chunk)
    a, b = part[1].ravel(), whole[1].ravel()
    length = np.linalg.norm(a) / np.linalg.norm(b)
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    print(f"{chunk:5d}  ", measured(f"{length:.3f}   {cosine:.3f}"))
    if chunk == 7:
        claim("chunks of 7: cosine of the angle", cosine, at_least=0.9)
claim("one chunk of 28 is the whole", bool(np.allclose(a, b)))

# %% [markdown] lang="en"
# Seven steps give nearly the whole gradient. That is no praise of truncation: what should have come from further back has all but vanished on the way. We shall see why.

# %% [markdown] lang="zh"
# 七步就差不多是全部梯度了。这不是说截断好：本该从更早处传来的，在路上几乎已经消失。原因见下文。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Reading garments row by row
# Twenty steps of training beside Keras, as in lesson 03: a recurrent layer of 32 units, a dense layer on its last state, cross-entropy, gradient descent; the same first weights, the same batches, in float64. If anything differed, it would show.

# %% [markdown] lang="zh"
# ## 一行一行读衣服
# 像第 03 课那样，先与 Keras 并排训练二十步：32 个隐藏单元的循环层，接在最后状态上的全连接层，交叉熵，梯度下降；同样的初始权重，同样的批量，都用 float64。只要有一点不同，就会显出来。

# %%
keras.utils.set_random_seed(1)
twin = keras.Sequential(
    [
        keras.Input((28, 28), dtype="float64"),
        keras.layers.SimpleRNN(32, dtype="float64"),
        keras.layers.Dense(10, dtype="float64"),
    ]
)
twin.compile(
    keras.optimizers.SGD(0.125),  # a power of two: float32 holds it exactly
    keras.losses.SparseCategoricalCrossentropy(from_logits=True),
)
weights = [np.array(weight) for weight in twin.get_weights()]
our_losses, their_losses = [], []
for step in range(20):
    batch = slice(32 * step, 32 * (step + 1))
    x, y = rows_of(images[batch]), labels[batch].astype(int)
    states = recurrent("rnn", x, weights[:3])
    logits = layers.dense(states[:, -1], *weights[3:])
    our_losses.append(losses.cross_entropy_from_logits(logits, y))
    to_logits = losses.cross_entropy_from_logits_backward(logits, y)
    to_last, *to_dense = layers.dense_backward(states[:, -1], weights[3], to_logits)
    to_states = np.zeros_like(states)
    to_states[:, -1] = to_last
    _, to_cell, _ = recurrent_backward("rnn", x, weights[:3], to_states)
    weights = [w - 0.125 * g for w, g in zip(weights, [*to_cell, *to_dense], strict=True)]
    their_losses.append(twin.train_on_batch(x, y))
gap = np.abs(np.array(our_losses) - their_losses).max()
claim("twenty steps beside Keras: losses differ by", gap, at_most=1e-6)
fallen = np.mean(our_losses[:3]) - np.mean(our_losses[-3:])
claim("the loss falls by", fallen, at_least=0.1)

# %% [markdown] lang="en" slide="same" take="predict"
# (`train_on_batch` hands the loss back in float32, hence seven digits.) Now in earnest, and in Keras, whose compiled loops are faster than ours: all 60,000 garments, three kinds of cells (two of them are taken apart only further down), and beside them lesson 04's convolutional network with the same number of epochs.
#
# **Predict first.** A convolutional network sees all rows at once and knows neighbours. By how much will it be ahead in macro-F1? And a network that reads every row with a dense layer and takes the *mean*, a bag of rows without any order: how far will it stay behind the simple RNN?

# %% [markdown] lang="zh"
# （`train_on_batch` 返回的损失是 float32，所以只有约七位有效数字。）现在正式训练，改用 Keras，它编译过的循环比我们的快：60 000 件衣服全部用上，三种循环单元（其中两种还没有拆开来看），旁边放上第 04 课的卷积网络，轮数相同。
#
# **先预测。** 卷积网络一眼看到所有的行，还认得邻居。它的宏平均 F1 会领先多少？还有一个网络，用全连接层读每一行，再取*平均*，好比把各行装进一个袋子，没有先后：它会比简单 RNN 落后多少？

# %% [markdown] lang="en" slide="notes"
# **1 min.** All 60,000 garments, the same number of epochs for everybody. The bag of rows reads every row with one dense layer and takes the mean: it cannot know any order. Let everybody write down two differences in macro-F1.

# %% [markdown] lang="zh"
# **1 分钟。** 60 000 件衣服全部用上，各网络轮数相同。“一袋行”用同一个全连接层读每一行，再取平均，不可能知道先后。请每个人写下宏平均 F1 的两个差。

# %%
from imgrec_course.models.cnn import garment_network, one_cycle

EPOCHS, BATCH = 2, 256
x_train, x_test = (part / np.float32(255) for part in (images, test_images))
cells = {
    "mean of the rows": lambda: keras.layers.GlobalAveragePooling1D(),
    "bag of rows": lambda: keras.Sequential(
        [keras.layers.Dense(64, activation="relu"), keras.layers.GlobalAveragePooling1D()]
    ),
    "simple RNN": lambda: keras.layers.SimpleRNN(64),
    "GRU": lambda: keras.layers.GRU(64),
    "LSTM": lambda: keras.layers.LSTM(64),
}


def trained(model, peak):
    """The model after EPOCHS epochs with a rate that rises to the peak and falls, and its seconds."""
    steps = EPOCHS * -(-len(x_train) // BATCH)
    rate = one_cycle(peak, steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    begun = time.perf_counter()
    model.fit(x_train, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return model, time.perf_counter() - begun


models, answers = {}, {}
for name, cell in cells.items():
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [keras.Input((28, 28)), cell(), keras.layers.Dense(10, activation="softmax")]
    )
    models[name] = trained(network, 0.01)
keras.utils.set_random_seed(0)
cnn = keras.Sequential([keras.layers.Reshape((28, 28, 1)), *garment_network().layers])
models["CNN of lesson 04"] = trained(cnn, 0.006)

# %% slide="subslide" show="output" outputs="1 4 5 6"
f1 = {}
del x_train  # 188 MB, seen enough
for name, (model, seconds) in models.items():
    answers[name] = model.predict(x_test, batch_size=1000, verbose=0)  # (10000, 10)
    said = answers[name].argmax(axis=1)
    p = precision_score(test_labels, said, average="macro", zero_division=0)
    r = recall_score(test_labels, said, average="macro")
    f1[name] = f1_score(test_labels, said, average="macro")
    numbers = measured(f"P {p:.3f}  R {r:.3f}  F1 {f1[name]:.3f}  {seconds:.0f} s")
    print(f"{name:17s} {model.count_params():8,d} parameters {numbers}")
claim("macro-F1 of the simple RNN", f1["simple RNN"], at_least=0.65)
claim("macro-F1 of the LSTM", f1["LSTM"], at_least=0.8)
gated = max(f1["GRU"], f1["LSTM"])
ahead = f1["CNN of lesson 04"] - gated
claim("the CNN is ahead of GRU and LSTM by", ahead, at_least=0.005)
claim(
    "GRU and LSTM are ahead of the bag of rows by", gated - f1["bag of rows"], at_least=0.05
)
near = abs(f1["simple RNN"] - f1["bag of rows"])
claim("simple RNN and bag of rows differ by", near, at_most=0.08)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Read three rows. *Bag of rows* and *simple RNN* are about level: the one knows no order, the other has it built in and gains next to nothing. *GRU and LSTM* are well ahead: to profit from order takes a memory that **lasts**. *CNN*: neighbours (and many times as many weights; no duel of equals).
#
# **Misconception:** that a recurrent network uses the order because it could. From here on the question is why the simple one does not.

# %% [markdown] lang="zh"
# **2 分钟。** 看三行。*bag of rows*（一袋行）与 *simple RNN* 不相上下：前者不知道先后，后者生来就有，却几乎没有得益。*GRU 和 LSTM* 明显领先：要从先后中得益，需要**能持久的**记忆。*CNN*：有邻居（参数也多出许多倍，并非势均力敌）。
#
# **常见误解**：以为循环网络能用上先后，就一定用上了。接下来的问题是：简单网络为什么没用上？

# %% [markdown] lang="en"
# Three things to read from the table. *Order*: the bag of rows reads every row with one dense layer and takes the mean; it knows no order, and the simple RNN is about level with it. GRU and LSTM are well ahead: to profit from order takes a memory that lasts. *Capacity*: the mean of the rows knows no order either and stays far behind the bag, since it has only 28 numbers to go by. *Neighbourhood*: the convolutional network is ahead of all. (It also has many times as many parameters; these are no duels of equals, but each as one would use it.)
#
# A photograph is not a sequence, and to read it row by row is an exercise, not advice. What recurrence is for comes in lesson 08: pictures that follow each other.

# %% [markdown] lang="zh"
# 从表里可以读出三点。*先后*：“一袋行”（bag of rows）用同一个全连接层读每一行，再取平均；它不知道先后，简单 RNN 却与它不相上下。GRU 和 LSTM 则明显领先：要从先后中得益，需要能持久的记忆。*容量*：各行的平均（mean of the rows）同样不知道先后，却比“一袋行”落后一大截，因为它手里只有 28 个数。*邻居*：卷积网络领先于所有网络。（它的参数也多出许多倍；这些都不是势均力敌的比赛，而是各按通常的用法。）
#
# 一张照片并不是序列，一行一行地读它只是练习，不是建议。循环的用处在第 08 课：一张接一张的图像。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## What is left of a gradient?
# Let $W_{hh} = \rho\,Q$ with $Q$ orthogonal, $J_{T,t}$ the product, $\lVert\cdot\rVert$ its spectral norm. “Exactly”: where the state is 0.

# %% [markdown] lang="zh"
# ## 梯度还剩多少？
# 设 $W_{hh} = \rho\,Q$，$Q$ 是正交矩阵；$J_{T,t}$ 是这个连乘积，$\lVert\cdot\rVert$ 是谱范数。“精确成立”：在状态为 0 处。

# %% [markdown] lang="en" slide="same" take="formula predict"
# ## What is left of a gradient?
# How much does the last state still depend on a state long before? By the chain rule $\partial h_T/\partial h_t$ is a product, with one factor for each step between. In rows ($\mathrm{d}h$, a small change, is a row and is multiplied from the right, so the earliest step's factor stands first; $\operatorname{diag}(v)$ is a matrix with $v$ on its diagonal and 0 elsewhere):
#
# $$\mathrm{d}h_T = \mathrm{d}h_t \prod_{k=t+1}^{T} W_{hh}\, \operatorname{diag}(1 - h_k^2).$$
#
# Let $J_{T,t}$ be that product, a $U \times U$ matrix, and $\lVert J\rVert$ its **spectral norm**: how many times as long it makes the most favoured small change. A product of many factors seldom stays near 1. Let $W_{hh} = \rho\, Q$ with an **orthogonal** matrix $Q$: it rotates, or rotates and mirrors, and keeps every length. Then $\rho$ is the norm of $W_{hh}$ and also its **spectral radius**, the largest absolute value of an eigenvalue (a factor by which the matrix stretches a direction without turning it; it may be a complex number). Where the state is 0, $1 - h^2 = 1$, and
#
# $$\lVert J_{T,t}\rVert = \rho^{\,T-t} \quad \text{exactly}; \qquad \text{elsewhere } \lVert J_{T,t}\rVert \le \rho^{\,T-t}, \text{ since } 1 - h^2 \le 1.$$
#
# (For other matrices the norm may be larger than the radius. The norm limits each single step; over many steps at state 0 it is the radius that decides.)
#
# **Predict first.** $\rho = 0.8$, 28 steps at state 0: which share of a small change is left? And with $\rho = 1.25$?

# %% [markdown] lang="zh"
# ## 梯度还剩多少？
# 最后的状态还在多大程度上取决于很久以前的状态？按链式法则，$\partial h_T/\partial h_t$ 是一个连乘积，中间每一步一个因子。用行来写（微小变化 $\mathrm{d}h$ 是一行，矩阵从右边乘，所以最早一步的因子写在最前；$\operatorname{diag}(v)$ 是对角线上为 $v$、其余为 0 的矩阵）：
#
# $$\mathrm{d}h_T = \mathrm{d}h_t \prod_{k=t+1}^{T} W_{hh}\, \operatorname{diag}(1 - h_k^2).$$
#
# 记这个乘积为 $J_{T,t}$，它是 $U \times U$ 的矩阵；$\lVert J\rVert$ 是它的**谱范数**：它最多能把一个微小变化变成原来的多少倍长。许多因子连乘，很少能停在 1 附近。设 $W_{hh} = \rho\, Q$，其中 $Q$ 是**正交矩阵**：它只做旋转，或旋转加镜面反射，不改变任何长度。那么 $\rho$ 是 $W_{hh}$ 的范数，也是它的**谱半径**，即特征值绝对值的最大者（特征值就是矩阵把某个方向只伸缩、不转向时的倍数，可以是复数）。状态为 0 处 $1 - h^2 = 1$，于是
#
# $$\lVert J_{T,t}\rVert = \rho^{\,T-t} \quad \text{（精确成立）}; \qquad \text{别处 } \lVert J_{T,t}\rVert \le \rho^{\,T-t}\text{，因为 } 1 - h^2 \le 1.$$
#
# （对别的矩阵，范数可能大于谱半径。范数限制的是每一步；在状态 0 处走很多步，起决定作用的是谱半径。）
#
# **先预测。** $\rho = 0.8$，在状态 0 处走 28 步：微小的变化还剩多少？$\rho = 1.25$ 呢？

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** One factor for each step between $t$ and $T$: the recurrent kernel, and the slope of tanh. $\lVert J_{T,t}\rVert$ is the spectral norm of that product: how many times as long it makes the most favoured small change. $W_{hh} = \rho\,Q$ with $Q$ orthogonal: it turns, and keeps every length; so only $\rho$ counts. Let them estimate without a calculator: $0.8^{28}$, $1.25^{28}$.

# %% [markdown] lang="zh"
# **2.5 分钟。** 从 $t$ 到 $T$ 每一步一个因子：循环权重，以及 tanh 的斜率。$\lVert J_{T,t}\rVert$ 是这个乘积的谱范数：它最多能把一个微小变化变成原来的多少倍长。设 $W_{hh} = \rho\,Q$，$Q$ 是正交矩阵，只转动、不改变长度；所以只剩 $\rho$ 起作用。请大家不用计算器估一估：$0.8^{28}$、$1.25^{28}$。


# %% slide="subslide" show="output" outputs="3"
def jacobians(cell, inputs, parameters):
    """∂ last state / ∂ state t, for every t: (T, size, size); inputs (T, I) of one sequence."""
    states = recurrent(cell, inputs[np.newaxis], parameters)[0]  # (T, size)
    size = states.shape[1]
    back = [np.eye(size)]  # the last state with respect to itself
    step_backward = CELLS[cell][1]
    for t in reversed(range(1, len(states))):
        # A batch of `size` equal sequences; row i carries the gradient of the last state's number i.
        x, before = (
            np.repeat(one[np.newaxis], size, axis=0) for one in (inputs[t], states[t - 1])
        )
        back.append(step_backward(x, before, *parameters, back[-1])[1])
    return np.array(back[::-1])  # the transposes of the J above; their norms are the same


def norms(cell, inputs, parameters):
    """Spectral norm of each of the jacobians, (T,)."""
    return np.linalg.norm(jacobians(cell, inputs, parameters), ord=2, axis=(1, 2))


UNITS = 24
keras.utils.set_random_seed(2)
plain = keras.layers.SimpleRNN(UNITS, dtype="float64")
plain.build((None, 28, 28))
kernel, orthogonal, bias = (
    plain.get_weights()
)  # Keras begins with an orthogonal recurrent kernel
claim(
    "Keras's first recurrent kernel: differs from an orthogonal one by",
    np.abs(orthogonal @ orthogonal.T - np.eye(UNITS)).max(),
    at_most=1e-6,
)
nothing = np.zeros((29, 28))  # 28 steps between the first state and the last
for radius in (0.8, 1.25):
    left = norms("rnn", nothing, (kernel, radius * orthogonal, bias))[0]
    claim(
        "norm over 28 steps with state 0, divided by ρ²⁸",
        left / radius**28,
        equals=1,
        within=1e-4,
    )
    print(f"ρ = {radius}: ρ²⁸ = {radius**28:.3g}")

# %% [markdown] lang="en" only="slides" slide="fragment"
# - It is **compound interest**, nothing more: a five-hundredth, or five hundred times.
# - What explodes can be **clipped**, with $g$ all gradients together and $c$ the limit:
#
# $$g \leftarrow g \cdot \min\!\Bigl(1,\ \frac{c}{\lVert g\rVert}\Bigr)$$
#
# - What has **vanished**, no clipping brings back.

# %% [markdown] lang="zh"
# - 不过是**利滚利**：剩下五百分之一，或变成五百倍。
# - 爆炸了可以**裁剪**；$g$ 是合在一起的全部梯度，$c$ 是上限：
#
# $$g \leftarrow g \cdot \min\!\Bigl(1,\ \frac{c}{\lVert g\rVert}\Bigr)$$
#
# - **消失**了的，裁剪也找不回来。

# %% [markdown] lang="en" slide="notes"
# **2 min.** The lesson measures both norms with our own matrices: they are exactly these powers as long as the state is 0. With real input the slope of tanh is below 1, and still less comes back.
#
# **Misconception:** that clipping helps against vanishing gradients, or that a larger learning rate does. A larger rate enlarges what comes from the *late* steps, too; the ratio stays.

# %% [markdown] lang="zh"
# **2 分钟。** 课文用我们自己的矩阵测了这两个范数：状态为 0 时，恰好就是这两个幂。输入真实图像时，tanh 的斜率小于 1，回来的还要少。
#
# **常见误解**：以为裁剪、或者加大学习率，能对付梯度消失。加大学习率，来自*后面*各步的那份也跟着变大，比例不变。

# %% [markdown] lang="en"
# From 0.8 a five-hundredth is left; at 1.25 it is five hundred times as much. It is compound interest, nothing more. Now with a garment as input, where the state is not 0; and first the proof that our matrices are right, by automatic differentiation and by differences:

# %% [markdown] lang="zh"
# $\rho = 0.8$ 时剩下五百分之一；$\rho = 1.25$ 时变成五百倍。不过是利滚利，没有别的。下面输入一件衣服，状态不再是 0；先用自动微分和差商证明我们的矩阵是对的：

# %%
garment = rows_of(test_images[four[1]])  # (28, 28): the coat
worst = {}
for cell, kind in (("rnn", "SimpleRNN"), ("lstm", "LSTM"), ("gru", "GRU")):
    layer = getattr(keras.layers, kind)(UNITS, dtype="float64")
    layer.build((None, 28, 28))
    parameters = layer.get_weights()
    ours = jacobians(cell, garment, parameters)[3]  # ∂ state 27 / ∂ state 3
    state = recurrent(cell, garment[np.newaxis], parameters)[:, 3]  # (1, size)

    with tf.GradientTape() as tape:
        start = tf.constant(state)
        tape.watch(start)
        parts = tf.split(start, state.shape[1] // UNITS, axis=1)
        for x in garment[4:]:
            _, parts = layer.cell(tf.constant(x[np.newaxis]), parts)
        last = tf.concat(parts, axis=1)
    automatic = tape.jacobian(last, start).numpy()[0, :, 0]

    size = state.shape[1]
    moved = np.concatenate([state + 1e-5 * np.eye(size), state - 1e-5 * np.eye(size)])
    after = recurrent(
        cell, np.repeat(garment[np.newaxis, 4:], 2 * size, axis=0), parameters, moved
    )
    numeric = ((after[:size, -1] - after[size:, -1]) / 2e-5).T
    worst[cell] = [layers.relative_error(ours, other) for other in (automatic, numeric)]
for cell, (by_tape, by_difference) in worst.items():
    print(cell)
    claim("against automatic differentiation: relative error", by_tape, at_most=1e-10)
    claim("against differences: relative error", by_difference, at_most=1e-6)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A state that meets no matrix
# The product of matrices is the trouble: so let the way from state to state go through *no* matrix. The **long short-term memory** (LSTM; Hochreiter & Schmidhuber 1997) has a second state, the **cell state** $c_t$. From step to step it is multiplied by no matrix, only by a **gate** (a number between 0 and 1 for each unit), and something is added to it:
#
# $$\begin{aligned}
# i_t &= \sigma(x_t W_i + h_{t-1} U_i + b_i) & &\text{input gate: how much is written}\\
# f_t &= \sigma(x_t W_f + h_{t-1} U_f + b_f) & &\text{forget gate: how much is kept}\\
# \hat c_t &= \tanh(x_t W_c + h_{t-1} U_c + b_c) & &\text{candidate: what is written}\\
# o_t &= \sigma(x_t W_o + h_{t-1} U_o + b_o) & &\text{output gate: how much is shown}\\
# c_t &= f_t \odot c_{t-1} + i_t \odot \hat c_t, & h_t &= o_t \odot \tanh(c_t).
# \end{aligned}$$
#
# $\sigma$ is the sigmoid of lesson 03. From here on $W$ and $U$ with an index are the kernel and the recurrent kernel of a gate; $U$ alone still counts the units. Keras keeps the four kernels side by side in one array, likewise the four recurrent kernels and the four biases, in the order $i, f, c, o$. (The forget gate was added by Gers, Schmidhuber & Cummins 2000; before, $f_t$ was always 1.)
#
# Going back, $c_t$ is seen twice: by $h_t$ and by $c_{t+1}$. With $\delta^{h}_t$ and $\delta^{c}_t$ for the whole gradients with respect to $h_t$ and $c_t$:
#
# $$\delta^{c}_t = \delta^{h}_t \odot o_t \odot (1 - \tanh^2 c_t) + \delta^{c}_{t+1} \odot f_{t+1}.$$
#
# The last term is the point: along the cell state the gradient meets only forget gates. Where they stand at 1, all of it arrives.

# %% [markdown] lang="zh"
# ## 不经过矩阵的状态
# 麻烦出在矩阵的连乘上：那就让状态到状态的路*不*经过矩阵。**长短期记忆**（LSTM；Hochreiter & Schmidhuber 1997）另有一个状态，叫**单元状态** $c_t$。它从一步到下一步不与矩阵相乘，只乘一个**门**（每个隐藏单元一个 0 到 1 之间的数），再加上一些东西：
#
# $$\begin{aligned}
# i_t &= \sigma(x_t W_i + h_{t-1} U_i + b_i) & &\text{输入门：写入多少}\\
# f_t &= \sigma(x_t W_f + h_{t-1} U_f + b_f) & &\text{遗忘门：保留多少}\\
# \hat c_t &= \tanh(x_t W_c + h_{t-1} U_c + b_c) & &\text{候选值：写入什么}\\
# o_t &= \sigma(x_t W_o + h_{t-1} U_o + b_o) & &\text{输出门：露出多少}\\
# c_t &= f_t \odot c_{t-1} + i_t \odot \hat c_t, & h_t &= o_t \odot \tanh(c_t).
# \end{aligned}$$
#
# $\sigma$ 是第 03 课的 sigmoid。从这里起，带下标的 $W$ 和 $U$ 是某个门的输入权重和循环权重；单独的 $U$ 仍是隐藏单元的个数。Keras 把四组输入权重并排放在一个数组里，四组循环权重、四个偏置也各放在一个数组里，次序都是 $i, f, c, o$。（遗忘门是 Gers、Schmidhuber 和 Cummins 2000 年加上的；在那之前 $f_t$ 恒为 1。）
#
# 往回走时，$c_t$ 有两处用到：一处是 $h_t$，一处是 $c_{t+1}$。用 $\delta^{h}_t$ 和 $\delta^{c}_t$ 表示对 $h_t$ 和 $c_t$ 的全部梯度：
#
# $$\delta^{c}_t = \delta^{h}_t \odot o_t \odot (1 - \tanh^2 c_t) + \delta^{c}_{t+1} \odot f_{t+1}.$$
#
# 关键是最后一项：沿着单元状态，梯度只会遇到遗忘门。门开到 1 的地方，梯度原样到达。

# %% [markdown] lang="en" only="slides" slide="same"
# $$\begin{aligned}
# i_t &= \sigma(x_t W_i + h_{t-1} U_i + b_i) & &\text{input gate: how much is written}\\
# f_t &= \sigma(x_t W_f + h_{t-1} U_f + b_f) & &\text{forget gate: how much is kept}\\
# \hat c_t &= \tanh(x_t W_c + h_{t-1} U_c + b_c) & &\text{candidate: what is written}\\
# o_t &= \sigma(x_t W_o + h_{t-1} U_o + b_o) & &\text{output gate: how much is shown}\\
# c_t &= f_t \odot c_{t-1} + i_t \odot \hat c_t, & &h_t = o_t \odot \tanh(c_t)
# \end{aligned}$$
#
# - $c_t$: the **cell state**; $W$, $U$, $b$ with an index: kernel, recurrent kernel and bias of a gate.
# - Along $c$ the gradient meets only **forget gates**.

# %% [markdown] lang="zh"
# $$\begin{aligned}
# i_t &= \sigma(x_t W_i + h_{t-1} U_i + b_i) & &\text{输入门：写入多少}\\
# f_t &= \sigma(x_t W_f + h_{t-1} U_f + b_f) & &\text{遗忘门：保留多少}\\
# \hat c_t &= \tanh(x_t W_c + h_{t-1} U_c + b_c) & &\text{候选值：写入什么}\\
# o_t &= \sigma(x_t W_o + h_{t-1} U_o + b_o) & &\text{输出门：露出多少}\\
# c_t &= f_t \odot c_{t-1} + i_t \odot \hat c_t, & &h_t = o_t \odot \tanh(c_t)
# \end{aligned}$$
#
# - $c_t$：**单元状态**；带下标的 $W$、$U$、$b$：某个门的输入权重、循环权重、偏置。
# - 沿着 $c$，梯度只会遇到**遗忘门**。

# %% [markdown] lang="en" slide="notes"
# **3 min.** Start at the last line, on the left: the old cell state times a number between 0 and 1, plus something. No matrix stands on the way from $c_{t-1}$ to $c_t$. Then the gates, which are all alike: a little recurrent layer with a sigmoid. Where the forget gate stands at 1, all of the gradient along $c$ arrives. (Hochreiter & Schmidhuber 1997; the forget gate: Gers et al. 2000.)
#
# The GRU (Cho et al. 2014) does with one state and two gates, $h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \hat h_t$; say no more of it than this.
#
# **Misconception:** that the gates are switched by hand. They are learned, unit by unit, and stand elsewhere at every step.

# %% [markdown] lang="zh"
# **3 分钟。** 从最后一行的左边讲起：旧的单元状态乘以一个 0 到 1 之间的数，再加上一些东西。从 $c_{t-1}$ 到 $c_t$ 的路上没有矩阵。再讲各个门，它们都一样：带 sigmoid 的小循环层。遗忘门开到 1 的地方，沿着 $c$ 的梯度原样到达。（Hochreiter & Schmidhuber 1997；遗忘门出自 Gers 等 2000。）
#
# GRU（Cho 等 2014）只用一个状态、两个门，$h_t = z_t \odot h_{t-1} + (1 - z_t) \odot \hat h_t$；关于它就说到这里。
#
# **常见误解**：以为门是人来开关的。门是学出来的，每个隐藏单元各不相同，每一步也不同。

# %% [markdown] lang="en"
# **Exercise ★★ lstm_cell.** Given what stands *inside* the four functions, `i`, `f`, `c`, `o`, $(U,)$ each, and the old cell state, return the new $(h, c)$. (`sigmoid` helps.)

# %% [markdown] lang="zh"
# **练习 ★★ lstm_cell。** 已知四个函数*里面*的部分 `i`、`f`、`c`、`o`（形状都是 $(U,)$）和旧的单元状态，返回新的 $(h, c)$。（可以用 `sigmoid`。）


# %% tags=["exercise"]
def lstm_cell(i, f, c, o, cell_state):
    """(new h, new c) of an LSTM from what stands inside its gates; all (U,)."""
    ### BEGIN SOLUTION
    new = sigmoid(f) * cell_state + sigmoid(i) * np.tanh(c)
    return sigmoid(o) * np.tanh(new), new
    ### END SOLUTION


# %%
check("07.lstm_cell", lstm_cell)

# %% source="imgrec_course.scratch.recurrent.lstm_gates" slide="subslide" show="code"

# %% source="imgrec_course.scratch.recurrent.lstm_step" slide="same" show="code"

# %% source="imgrec_course.scratch.recurrent.lstm_step_backward"

# %% [markdown] lang="en"
# **The gated recurrent unit** (GRU; Cho et al. 2014) does with one state and two gates. One gate divides between old and new:
#
# $$\begin{aligned}
# z_t &= \sigma(x_t W_z + b_z + h_{t-1} U_z + b'_z) & &\text{update gate}\\
# r_t &= \sigma(x_t W_r + b_r + h_{t-1} U_r + b'_r) & &\text{reset gate}\\
# \hat h_t &= \tanh\bigl(x_t W_h + b_h + r_t \odot (h_{t-1} U_h + b'_h)\bigr) & &\text{candidate}\\
# h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot \hat h_t.
# \end{aligned}$$
#
# Where $z_t$ is 1, the old state stays: $z$ is the gate that keeps.
#
# Three traps for whoever moves weights from one place to another. In Keras the order is $z, r, h$. There are two biases, because by default the reset gate multiplies *after* the recurrent kernel (`reset_after=True`). The paper has it *before*: $\hat h_t = \tanh(x_t W_h + b_h + (r_t \odot h_{t-1})\, U_h)$. And some authors let $z$ and $1 - z$ change places. The shapes of the matrices fit in every case (only a second bias that is missing would show); the numbers do not.

# %% [markdown] lang="zh"
# **门控循环单元**（GRU；Cho 等 2014）只用一个状态、两个门。一个门在新旧之间分配：
#
# $$\begin{aligned}
# z_t &= \sigma(x_t W_z + b_z + h_{t-1} U_z + b'_z) & &\text{更新门}\\
# r_t &= \sigma(x_t W_r + b_r + h_{t-1} U_r + b'_r) & &\text{重置门}\\
# \hat h_t &= \tanh\bigl(x_t W_h + b_h + r_t \odot (h_{t-1} U_h + b'_h)\bigr) & &\text{候选值}\\
# h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot \hat h_t.
# \end{aligned}$$
#
# $z_t$ 为 1 的地方，旧状态原样留下：负责保留的门是 $z$。
#
# 搬运权重的人要当心三个陷阱。Keras 里的次序是 $z, r, h$。偏置有两个，因为默认情况下重置门乘在循环权重*之后*（`reset_after=True`）；论文里则在*之前*：$\hat h_t = \tanh(x_t W_h + b_h + (r_t \odot h_{t-1})\, U_h)$。还有，有些作者把 $z$ 和 $1 - z$ 对调。无论哪种写法，矩阵的形状都吻合（只有少了第二个偏置才看得出来），数却不同。

# %% source="imgrec_course.scratch.recurrent.gru_gates"

# %% source="imgrec_course.scratch.recurrent.gru_step"

# %% source="imgrec_course.scratch.recurrent.gru_step_backward"

# %% [markdown] lang="en"
# Both against Keras, states and gradients, on sizes drawn at random:

# %% [markdown] lang="zh"
# 两者都与 Keras 比较，状态和梯度都比，大小随机抽取：

# %% slide="same" show="output"
errors = []
for _ in range(10):
    n, steps, size, units = (int(k) for k in generator.integers(1, 8, size=4))
    x = generator.normal(size=(n, steps, size))
    for cell, kind in (("lstm", "LSTM"), ("gru", "GRU")):
        layer = getattr(keras.layers, kind)(
            units, return_sequences=True, bias_initializer="normal", dtype="float64"
        )
        hidden = layer(x).numpy()
        states = recurrent(cell, x, layer.get_weights())
        errors.append(np.abs(states[:, :, :units] - hidden).max())
        gradient = generator.normal(size=hidden.shape)
        to_states = np.zeros_like(states)
        to_states[:, :, :units] = gradient
        to_x, to_weights, _ = recurrent_backward(cell, x, layer.get_weights(), to_states)
        pairs = zip(
            [to_x, *to_weights], gradients_by_keras(layer, x, gradient), strict=True
        )
        errors += [np.abs(a - b).max() for a, b in pairs]
claim("LSTM and GRU, states and gradients: largest difference", max(errors), at_most=1e-10)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Keras keeps the four kernels side by side in one array, in the order $i, f, c, o$: hence one product and one `split`. A trap for whoever moves weights from one place to another: in another order all shapes still fit, and the numbers are wrong. Check against numbers, as the claim does.

# %% [markdown] lang="zh"
# **1.5 分钟。** Keras 把四组权重并排放在一个数组里，次序是 $i, f, c, o$：所以只要一次乘法、一次 `split`。搬运权重的人要当心：次序换了，形状照样吻合，数却错了。要像这条断言那样，用数来核对。

# %% [markdown] lang="en"
# **Exercise ★ parameters_of.** How many numbers does a layer of $U$ units on $I$ inputs learn: as simple RNN, as LSTM, as GRU with Keras's two biases? Return the three counts.

# %% [markdown] lang="zh"
# **练习 ★ parameters_of。** 输入 $I$ 个数、有 $U$ 个隐藏单元的一层，要学多少个数？分简单 RNN、LSTM 和 GRU（带 Keras 的两个偏置）三种情形，返回三个个数。


# %% tags=["exercise"]
def parameters_of(inputs, units):
    """(simple RNN, LSTM, GRU): parameters of a recurrent layer in Keras."""
    ### BEGIN SOLUTION
    matrices = inputs * units + units * units
    return matrices + units, 4 * (matrices + units), 3 * (matrices + 2 * units)
    ### END SOLUTION


# %%
check("07.parameters_of", parameters_of)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Vanish, explode, or keep
# The norms of $J_{T,t}$ once more, while the three cells read the coat: the simple network with three spectral radii; the LSTM with forget gates whose bias is 0, 1 (Keras's own choice) and 5; the GRU with update gates likewise. All weights as Keras draws them, untrained.
#
# **Predict first.** Which curves reach the first row with something left?

# %% [markdown] lang="zh"
# ## 消失、爆炸，还是保留
# 再看 $J_{T,t}$ 的范数，这次让三种循环单元读那件大衣：简单网络取三个谱半径；LSTM 的遗忘门偏置取 0、1（Keras 的默认值）和 5；GRU 的更新门也同样。所有权重都是 Keras 抽的初始值，没有训练过。
#
# **先预测。** 哪几条曲线到第一行时还剩下些什么？

# %% [markdown] lang="en" only="slides" slide="same"
# Three cells read a coat of 28 rows, untrained:
#
# - simple RNN with spectral radius 0.8, 1, 1.6
# - LSTM with forget bias 0, 1, 5; GRU with update bias 0, 1, 5
#
# **Predict first.** For which is something of the gradient left at the first row?

# %% [markdown] lang="zh"
# 三种循环单元读一件 28 行的大衣，都没有训练过：
#
# - 简单 RNN，谱半径 0.8、1、1.6
# - LSTM，遗忘门偏置 0、1、5；GRU，更新门偏置 0、1、5
#
# **先预测。** 哪几种到第一行时梯度还剩下些什么？

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Help with one number: a gate with bias $b$ stands near $\sigma(b)$, so $\sigma(b)^{27}$ is what it keeps. $\sigma(0) = 0.5$, $\sigma(1) = 0.73$ (Keras's own choice), $\sigma(5) = 0.993$. Hands up for each of the nine curves.

# %% [markdown] lang="zh"
# **1.5 分钟。** 给一个提示：偏置为 $b$ 的门大约开在 $\sigma(b)$，保留的就是 $\sigma(b)^{27}$。$\sigma(0) = 0.5$，$\sigma(1) = 0.73$（Keras 的默认值），$\sigma(5) = 0.993$。对九条曲线逐一举手。


# %%
def with_gate_bias(cell, parameters, value):
    """The parameters with that bias on the gate that keeps: LSTM's f, GRU's z."""
    kernel, recurrent_kernel, bias = (array.copy() for array in parameters)
    if cell == "lstm":
        bias[UNITS : 2 * UNITS] = value
    else:
        bias[0, :UNITS] = value
    return kernel, recurrent_kernel, bias


first_weights = {}
for cell, kind in (("lstm", "LSTM"), ("gru", "GRU")):
    keras.utils.set_random_seed(2)
    layer = getattr(keras.layers, kind)(UNITS, dtype="float64")
    layer.build((None, 28, 28))
    first_weights[cell] = layer.get_weights()
curves = {"rnn": {}, "lstm": {}, "gru": {}}
for radius in (0.8, 1.0, 1.6):
    curves["rnn"][radius] = norms("rnn", garment, (kernel, radius * orthogonal, bias))
for cell in ("lstm", "gru"):
    for value in (0, 1, 5):
        weights = with_gate_bias(cell, first_weights[cell], value)
        curves[cell][value] = norms(cell, garment, weights)

# %% slide="subslide"
figure, panels = subplots(1, 3, size=(9.8, 3.4), sharey=True)
steps_back = 27 - np.arange(28)
for axis, (cell, title, name) in zip(
    panels,
    (
        ("rnn", "Simple RNN: vanish or explode", "spectral radius {}"),
        ("lstm", "LSTM: as its gate says", "forget bias {}"),
        ("gru", "GRU: likewise", "update bias {}"),
    ),
    strict=True,
):
    for (value, curve), colour, style in zip(
        curves[cell].items(),
        (plots.NEGATIVE, plots.POSITIVE, plots.PRECISION),
        ("--", "-", "-."),
        strict=True,
    ):
        axis.semilogy(steps_back, curve, style, color=colour, label=name.format(value))
    axis.set(xlabel="steps back, T − t", title=title)
    axis.legend(fontsize=8, loc="lower left")
panels[0].set(ylabel="‖∂ last state / ∂ state t‖", ylim=(1e-6, 100))
show(
    figure,
    "Norm of the derivative of the last state against the number of steps back, logarithmic, for simple RNN, LSTM and GRU: a spectral radius of 1.6 makes it grow, large gate biases keep it near 1 or above, everything else falls, mostly by orders of magnitude.",
)

# %% slide="fragment" show="output" outputs="3 6"
claim(
    "simple RNN, ρ = 0.8: left after 27 steps",
    curves["rnn"][0.8][0],
    equals=5e-4,
    within=1e-4,
)
claim(
    "simple RNN, ρ = 1: left after 27 steps", curves["rnn"][1.0][0], equals=0.1, within=0.02
)
many = [
    norms("rnn", rows_of(one), (kernel, orthogonal, bias))[0] for one in test_images[:100]
]
claim(
    "ρ = 1, a hundred garments: left, in the middle of them", np.median(many), at_most=0.01
)
claim(
    "simple RNN, ρ = 1.6: grown after 27 steps to",
    curves["rnn"][1.6][0],
    equals=50,
    within=5,
)
claim("LSTM, forget bias 1: left after 27 steps", curves["lstm"][1][0], at_most=0.05)
claim("LSTM, forget bias 5: left after 27 steps", curves["lstm"][5][0], at_least=2)
claim("GRU, update bias 5: left after 27 steps", curves["gru"][5][0], at_least=0.5)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** The axis is logarithmic: a straight line is interest. Left: no middle way to rely on; at 1 a hundred garments keep, in the middle of them, a hundredth at most (first claim). A radius tuned to keep all of it for this narrow, dim coat would still let it vanish for most others. Middle and right: the gate decides, and it does *not* keep by itself; Keras's bias of 1 is not much. With 5 it is all there; in the LSTM even several times as much, since a kept $c$ also changes what is written later.
#
# **Misconception:** “an LSTM has no vanishing gradients”. It has, unless its gates stand open; what it can do is *learn* where they should stand.

# %% [markdown] lang="zh"
# **2.5 分钟。** 纵轴是对数的：直线就是利滚利。左图：没有靠得住的中间道路；谱半径为 1 时，一百件衣服里居中的那件至多剩百分之一（第一条断言）；就算调到恰好能让这件又窄又暗的大衣全部留下，换成多数别的衣服，梯度照样消失。中图和右图：由门决定，而门本身并*不*保留什么；Keras 的偏置 1 留下的不多。偏置为 5 时全都在；LSTM 里甚至有好几倍，因为留住的 $c$ 还会改变以后写入的东西。
#
# **常见误解**：“LSTM 没有梯度消失。”有的，除非门开着；它能做的，是*学会*门该开多大。

# %% [markdown] lang="en"
# - **The simple network has no middle way to rely on.** At $\rho = 0.8$ a two-thousandth is left. At 1.6 the derivative has grown fiftyfold: a small change of the first state, in the most favoured direction, comes out fifty times as large; that is the explosion, and the reason for clipping. At 1.0, where Keras begins, a tenth is left after 27 steps, and this with a narrow, dim coat that leaves a good part of every row empty: larger inputs drive tanh to where it is flat, and flat means a slope near 0. With most garments less than a hundredth is left. Some $\rho$ between 1.0 and 1.6 would leave just all of it, but it would be tuned to this coat: with most other garments the gradient would vanish still.
# - **The gates do not keep by themselves.** A forget gate at about $\sigma(0) = 0.5$ halves the cell state at every step; what is left after 27 steps has mostly come by way of $h$. Keras starts it at $\sigma(1) = 0.73$ (as Jozefowicz, Zaremba & Sutskever 2015 advise), which is better and still not much. At $\sigma(5) = 0.993$ it is all there. (In the LSTM it is even several times as much: a kept $c$ shows in every $h$, and through $h$ it changes what is written, step after step, and all of this adds up.)
# - What an LSTM can do, and the simple network cannot, is to *learn* where the gates should stand, unit by unit and step by step.
#
# So the article's “long-term memory” is just what $h_t = \tanh(\ldots)$ lacks. (Bengio, Simard & Frasconi (1994) show why: a state that stores something reliably, against noise, must lie where gradients vanish.)
#
# **Exercise ★★ steps_until.** A cell state is multiplied by $\sigma(b)$ at every step. After how many steps is only the share `share` left? (A real number; no rounding.) Guess first: how many steps until half of it is left, with $b = 0$, 1 and 5?

# %% [markdown] lang="zh"
# - **简单网络没有靠得住的中间道路。** $\rho = 0.8$ 时只剩两千分之一。1.6 时导数增大到五十倍：第一个状态沿放大得最厉害的方向稍有变化，到最后就变成五十倍；这就是爆炸，也是要裁剪的原因。1.0（Keras 的起点）时，27 步之后还剩十分之一，而且这还是一件又窄又暗的大衣，每行都有不少地方是空的：输入再大些，就会把 tanh 推到平的地方，平了斜率就接近 0。大多数衣服剩下不到百分之一。1.0 与 1.6 之间虽有某个 $\rho$ 恰好能让它全部留下，却是专为这件大衣调的：换成别的衣服，梯度大多照样消失。
# - **门本身并不保留什么。** 遗忘门在 $\sigma(0) = 0.5$ 左右时，单元状态每步减半；27 步之后剩下的，主要是绕道 $h$ 来的。Keras 从 $\sigma(1) = 0.73$ 开始（Jozefowicz、Zaremba 和 Sutskever 2015 的建议），好一些，仍然不多。$\sigma(5) = 0.993$ 时，全都还在。（在 LSTM 里甚至有好几倍：留住的 $c$ 每一步都露在 $h$ 里，又通过 $h$ 改变以后写入的东西，这些都累加起来。）
# - LSTM 能做而简单网络做不到的，是*学会*门该开多大，逐个隐藏单元、逐步地学。
#
# 所以，那篇文章所说的“长期记忆”，恰恰是 $h_t = \tanh(\ldots)$ 所没有的。（Bengio、Simard 和 Frasconi（1994）说明了原因：要在噪声中可靠地存住一件事，状态就必须落在梯度消失的地方。）
#
# **练习 ★★ steps_until。** 单元状态每一步都乘以 $\sigma(b)$。多少步之后只剩下 `share` 这么多？（返回实数，不取整。）先猜一猜：$b = 0$、1、5 时，各要多少步才剩一半？


# %% tags=["exercise"]
def steps_until(share, bias):
    """Number of steps after which a factor sigmoid(bias) at each step leaves only this share."""
    ### BEGIN SOLUTION
    return np.log(share) / np.log(sigmoid(bias))
    ### END SOLUTION


# %%
check("07.steps_until", steps_until)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Move it yourself: the memory meter
# A camera pans over the pagoda of lesson 03, forty frames. Two films differ in their **first frame alone** (in the second it is a negative); from then on they are the same. A recurrent network with random weights sees both. What is left of the difference, step by step, relative to the difference after the first frame?
#
# Choose the cell (“tanh RNN” is our simple network); move the scale of the recurrent weights and of the input, the bias of the gate, the length. Can you make a simple network remember for forty frames? How narrow is the range of the scale in which it does, and does it still when the input is stronger? (A difference that has *grown* need not be memory: in a chaotic network noise grows more than it does.) And what must an LSTM have for it?

# %% [markdown] lang="zh"
# ## 自己动手：记忆计
# 镜头扫过第 03 课的那座楼阁，共四十帧。两段影片只有**第一帧**不同（第二段的第一帧是负片），此后完全一样。一个权重随机的循环网络看这两段影片。第一帧之后的差别算作 1，以后每一步还剩多少？
#
# 选一种循环单元（“tanh 循环网络”就是我们的简单网络）；移动循环权重的倍数、输入的倍数、门的偏置和长度。你能让简单网络记住四十帧吗？循环权重的倍数要落在多窄的范围里才行？输入变强以后还行吗？（差别*变大*了未必是记住：在混沌的网络里，噪声变大得更多。）LSTM 又需要什么？

# %% slide="same"
from sklearn.datasets import load_sample_image

from imgrec_course.widgets.memory import MemoryMeter

photo = load_sample_image("china.jpg").mean(axis=2)  # (427, 640)
pan = np.array([photo[100:324, 10 * t : 10 * t + 224] for t in range(40)])
# Each pixel of a frame is the mean of 16 × 16 pixels of the photograph.
frames = pan.reshape(40, 14, 16, 14, 16).mean(axis=(2, 4)) / 255
meter = MemoryMeter(frames, other_first=1 - frames[0])
meter

# %% [markdown] lang="en" slide="notes"
# **3.5 min.** Two films that differ in their first frame alone; the curve is what is left of the difference. (1) tanh RNN, scale of the recurrent weights from 1 upwards: how far until something is left? (2) There, double the scale of the input: gone again. (3) LSTM, bias of the gate from 0 upwards. Escape gives the arrow keys back to the slides.
#
# **Misconception:** that a difference which has *grown* is memory. In a chaotic network noise grows more than it does. When time is short show (1) and (3) only.

# %% [markdown] lang="zh"
# **3.5 分钟。** 两段影片只有第一帧不同；曲线是差别还剩多少。（1）tanh 循环网络，循环权重的倍数从 1 往上调：调到多大才留得下一些？（2）停在那里，把输入的倍数加倍：又没了。（3）LSTM，门的偏置从 0 往上调。按 Escape 把方向键还给幻灯片。
#
# **常见误解**：以为差别*变大*了就是记住了。在混沌的网络里，噪声变大得更多。时间紧就只演示（1）和（3）。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## What was in the first frame?
# - The first frame shows a garment; all others are **noise**. Only at the end: which of the ten kinds was it?
# - Films of 5 and of 25 frames; four networks of 64 units, trained alike.

# %% [markdown] lang="zh"
# ## 第一帧是什么？
# - 第一帧是一件衣服，其余全是**噪声**；到最后才问：是十类中的哪一类？
# - 影片有 5 帧的和 25 帧的；四个各有 64 个隐藏单元的网络，训练方式相同。

# %% [markdown] lang="en" slide="same" take="predict"
# ## What was in the first frame?
# Untrained networks keep or forget as their first weights happen to be. Does *training* help? A task in which memory is all: the first frame shows a garment (shrunk to 14 × 14), the others are noise. Only at the end are we asked: which of the ten kinds was it? Films of 5 and of 25 frames; four networks of 64 units, the same 6,000 films, the same steps, clipped gradients.
#
# **Predict first.** Put them in order for 25 frames: simple RNN, GRU, LSTM with a forget bias of 1, LSTM with a forget bias of 4. Which of them will be no better than guessing, a macro-F1 of about 0.1?

# %% [markdown] lang="zh"
# ## 第一帧是什么？
# 没训练过的网络记得住记不住，要看初始权重碰巧是什么样。*训练*有用吗？来做一道只考记忆的题：第一帧是一件衣服（缩到 14 × 14），其余各帧全是噪声。到最后才问：是十类中的哪一类？影片有 5 帧的和 25 帧的；四个各有 64 个隐藏单元的网络，同样的 6000 段影片，同样的步数，梯度都裁剪。
#
# **先预测。** 对 25 帧的影片，给它们排个序：简单 RNN、GRU、遗忘门偏置为 1 的 LSTM、偏置为 4 的 LSTM。哪些会停在瞎猜的水平，即宏平均 F1 约为 0.1？

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** So far nothing was trained: untrained networks keep or forget as their first weights happen to be. This task needs memory and nothing else. Write the four names on the board and let the room vote on the order for 25 frames.

# %% [markdown] lang="zh"
# **1.5 分钟。** 到目前为止什么都没有训练：没训练过的网络记得住记不住，要看初始权重碰巧是什么样。这道题只考记忆。把四个名字写在黑板上，请大家对 25 帧的影片投票排序。


# %%
def films(pictures, length, generator):
    """Films (n, length, 196): a garment of 14 × 14 pixels, then frames of noise from 0 to 1."""
    frames = generator.random((len(pictures), length, 196), dtype="float32")
    dots = pictures.reshape(-1, 14, 2, 14, 2).mean(
        axis=(2, 4)
    )  # each the mean of 2 × 2 pixels
    frames[:, 0] = dots.reshape(-1, 196) / 255
    return frames


def lstm_with_forget_bias(value):
    """An LSTM of 64 units whose forget gates begin with that bias, all others with 0."""
    layer = keras.layers.LSTM(64)
    layer.build((None, None, 196))
    kernel, recurrent_kernel, bias = layer.get_weights()
    bias[64:128] = value
    layer.set_weights([kernel, recurrent_kernel, bias])
    return layer


# %%
memories = {
    "simple RNN": lambda: keras.layers.SimpleRNN(64),
    "GRU": lambda: keras.layers.GRU(64),
    "LSTM, forget bias 1": lambda: lstm_with_forget_bias(1),
    "LSTM, forget bias 4": lambda: lstm_with_forget_bias(4),
}


def taught(cell, seen, unseen, seed):
    """Macro-F1 on the unseen films after 8 epochs on those seen, and the loss of each epoch."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input(seen.shape[1:]), cell(), keras.layers.Dense(10)])
    rate = one_cycle(0.005, 8 * 47)  # 8 epochs of 47 batches
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=1.0),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    history = model.fit(seen, labels[:6_000], batch_size=128, epochs=8, verbose=0)
    said = model.predict(unseen, batch_size=500, verbose=0).argmax(axis=1)
    return f1_score(test_labels[:2_000], said, average="macro"), history.history["loss"]


remembered, learning = {}, {}
for length in (5, 25):
    generator = np.random.default_rng([length, 1])
    seen, unseen = (
        films(part, length, generator) for part in (images[:6_000], test_images[:2_000])
    )
    for name, cell in memories.items():
        remembered[name, length], learning[name, length] = taught(
            cell, seen, unseen, seed=1
        )
# Other first weights and another order of the films: is it the bias, or the seed?
second_seed = {
    name: taught(memories[name], seen, unseen, seed=2)[0]
    for name in ("LSTM, forget bias 1", "LSTM, forget bias 4")
}

# %% slide="subslide" show="output" outputs="3 5 6 7"
for name in memories:
    five, long = remembered[name, 5], remembered[name, 25]
    print(f"{name:20s}", measured(f"macro-F1 {five:.2f} with 5 frames, {long:.2f} with 25"))
worst = min(remembered[name, 5] for name in memories)
claim("5 frames: the worst of the four", worst, at_least=0.65)
claim("25 frames: simple RNN", remembered["simple RNN", 25], at_most=0.3)
claim("25 frames: LSTM, forget bias 1", remembered["LSTM, forget bias 1", 25], at_most=0.55)
claim("25 frames: GRU", remembered["GRU", 25], at_least=0.6)
ahead = remembered["LSTM, forget bias 4", 25] - remembered["LSTM, forget bias 1", 25]
claim("25 frames: forget bias 4 is ahead of 1 by", ahead, at_least=0.2)
ahead = second_seed["LSTM, forget bias 4"] - second_seed["LSTM, forget bias 1"]
claim("the same with a second seed", ahead, at_least=0.2)

# How much of the gradient comes back to the first frame, before any training?
left, left_of_hidden = {}, {}
for name, cell in memories.items():
    keras.utils.set_random_seed(0)
    layer = cell()
    layer(seen[:1])
    kind = {"simple RNN": "rnn", "GRU": "gru"}.get(name, "lstm")
    weights = [weight.astype("float64") for weight in layer.get_weights()]
    back = jacobians(kind, seen[0].astype("float64"), weights)[0]
    left[name] = np.linalg.norm(back, ord=2)
    left_of_hidden[name] = np.linalg.norm(back[:64], ord=2)  # of h alone, without c
    print(f"{name:20s}", measured(f"‖∂ last state / ∂ first state‖ {left[name]:.1e}"))
claim("simple RNN: left of the gradient over 24 frames", left["simple RNN"], at_most=0.01)
times = left["LSTM, forget bias 1"] / left["GRU"]
claim("more is left by the LSTM with bias 1 than by the GRU, times", times, at_least=5)
times = left_of_hidden["LSTM, forget bias 1"] / left_of_hidden["GRU"]
claim("the same for h alone, times", times, at_least=5)

# %% slide="same" column="right"
figure, axes = subplots(size=(6.4, 3.4))
for (name, length), curve in learning.items():
    if length == 25:
        place = list(memories).index(name)
        axes.plot(
            range(1, 9),
            curve,
            marker=plots.MARKERS[place],
            color=plots.PALETTE[place],
            label=name,
        )
axes.axhline(np.log(10), color=plots.CHANCE, linestyle=":", label="knowing nothing, ln 10")
axes.set(
    xlabel="epoch",
    ylabel="loss on the training films",
    title="25 frames: who learns at all?",
)
axes.legend(fontsize=8)
show(
    figure,
    "Training loss over eight epochs for films of 25 frames: the simple RNN and the LSTM with forget bias 1 stay near the level of knowing nothing, GRU and the LSTM with forget bias 4 fall.",
)

# %% [markdown] lang="en" slide="notes"
# **3 min.** With five frames all four remember. With 25 the simple network learns next to nothing; and the **same LSTM** learns or does not, depending on where its forget gates *begin*. Point at the dotted line: knowing nothing. (Two seeds: still few. With others, or on another processor, the bias of 1 may learn a little.)
#
# What this does not say: that GRU beats LSTM, or that a large bias is always right; whoever keeps everything must learn to forget. Nor does the norm of the gradient foretell all: the lesson measures that far more comes back to the LSTM with bias 1 than to the GRU, and yet it is the GRU that learns.
#
# **Misconception:** “use an LSTM, and memory is solved”. The third and fourth claim are the answer: the same LSTM, twice.

# %% [markdown] lang="zh"
# **3 分钟。** 只有五帧时，四个都记得住。到 25 帧，简单网络几乎什么也没学到；而**同一个 LSTM** 学得会学不会，要看遗忘门*从哪里开始*。指着虚线：那是一无所知。（两个种子仍然很少；换别的种子，或换一种处理器，偏置为 1 的网络也可能学到一点。）
#
# 这里没有说明什么：没有说 GRU 胜过 LSTM，也没有说偏置大总是对的；什么都留着的网络，还得学会忘。梯度的范数也不能预言一切：课文测出，偏置为 1 的 LSTM 回来的梯度比 GRU 多得多，学会的却是 GRU。
#
# **常见误解**：“用上 LSTM，记忆问题就解决了。”第三、第四条断言就是回答：同一个 LSTM，两种结局。

# %% [markdown] lang="en"
# With five frames all four remember. With 25 the simple network learns *nothing*: on the way back over 24 frames of noise its gradient has all but vanished. The **same LSTM** learns or does not, depending on where its forget gates *begin*. (So it was with a second seed as well. Two seeds are few, and with others, or on another processor, the bias of 1 may learn a little, too: who tries one seed only, learns one seed.)
#
# But look at the last four lines: the norm does not foretell everything. From an LSTM that begins with a bias of 1 far more of the gradient comes back than from the GRU; yet here the LSTM learns nothing, or far less, and the GRU learns well. (In the LSTM the norm takes $h$ and $c$ together; for $h$ alone, which is what the loss sees, it is still far more.) The norm says how much *can* come back, along the most favoured direction and with the first weights; not whether it stands out from what 24 frames of noise have to say, nor how quickly training moves the gates. (One difference: in the GRU a single gate both keeps the old and shuts out the new; the LSTM has to learn two things. Whether that is the reason we have not tested.)
#
# What this does not say: that GRU is better than LSTM (with another bias, rate or number of steps the order may turn; both have to be tuned), or that a large bias is always right: whoever keeps everything must also learn to forget.

# %% [markdown] lang="zh"
# 只有五帧时，四个网络都记得住。到 25 帧，简单网络*什么也没学到*：往回走过 24 帧噪声，它的梯度几乎全消失了。**同一个 LSTM** 学得会学不会，要看遗忘门*从哪里开始*。（换第二个随机种子，结果也是如此。两个种子仍然很少；换别的种子，或换一种处理器，偏置为 1 的网络也可能学到一点：只试一个种子，知道的也就只是这一个种子。）
#
# 可是看看最后四行：范数并不能预言一切。偏置从 1 开始的 LSTM，回来的梯度比 GRU 多得多；可在这里，LSTM 什么也没学到，或者学到的少得多，GRU 却学得很好。（LSTM 的范数把 $h$ 和 $c$ 合在一起算；只算损失看得到的 $h$，也仍然多得多。）范数说的是：用初始权重，沿着最有利的方向，*最多*能回来多少；它没有说，这些梯度能不能从 24 帧噪声里显出来，也没有说训练会多快地挪动那些门。（有一点不同：GRU 用同一个门既保留旧的、又挡住新的，而 LSTM 要分别学会这两件事。原因是不是在这里，我们没有检验。）
#
# 这里没有说明什么：没有说 GRU 胜过 LSTM（换一个偏置、学习率或步数，次序可能颠倒；两者都需要调），也没有说偏置大总是对的：什么都留着的网络，还得学会忘。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The scoreboard
# “Is this a shirt?”, read row by row:

# %% [markdown] lang="zh"
# ## 记分板
# 一行一行地读，“这是不是衬衫？”：

# %% slide="same" show="output"
shirt = FASHION_CLASSES.index("Shirt")
rows = {}
for name in ("simple RNN", "GRU", "LSTM"):
    model, seconds = models[name]
    rows[name] = scoreboard.record(
        f"{name}, row by row",
        "10,000 garments, shirt or not",
        test_labels == shirt,
        answers[name].argmax(axis=1) == shirt,
        answers[name][:, shirt],
        seconds=round(seconds),
        parameters=model.count_params(),
    )
gain = rows["LSTM"]["average_precision"] - rows["simple RNN"]["average_precision"]
claim("AP for shirts: the LSTM is ahead of the simple RNN by", gain, at_least=0.02)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Precision: of what was called a shirt, how much is one? Recall: of the shirts, how many were found? In brackets the 95 % intervals (lesson 02). Ask which rows differ beyond chance: where two intervals overlap, nothing is said about which network is better; the claim below compares the *rankings*, over all thresholds.

# %% [markdown] lang="zh"
# **1.5 分钟。** 查准率：判为衬衫的里面，有多少是衬衫？查全率：衬衫里，找到了多少？方括号里是 95% 置信区间（第 02 课）。问一问：哪几行的差别超出了偶然？区间重叠，就说不出哪个网络更好；下面的断言比较的是所有阈值下的*排序*。

# %% [markdown] lang="en" slide="slide"
# ## What to take along
# 1. A recurrent network (循环) uses one set of weights at every step of a chain; recursive (递归) networks run along trees. Unrolled it is a deep network, and back-propagation through time is ordinary back-propagation in it.
# 2. It has the order of steps built in, and knows nothing of space.
# 3. Gradients through $k$ steps are products of $k$ factors: they vanish or explode like interest. Clipping cures the explosion, not the vanishing.
# 4. LSTM and GRU let the state pass through a gate instead of a matrix; a gate $\sigma(b)$ keeps $\sigma(b)^k$. Where it begins can decide whether anything is learned.
# 5. Gate orders, biases and `reset_after` are conventions: check them against numbers, since the shapes of the matrices fit in any case.
#
# **A misconception to leave behind:** “The hidden state of an RNN is its long-term memory.” It is a memory; how long it is has to be measured. The simple network's did not last for 25 frames, and our training could not make it.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 循环（recurrent）网络沿着一条链走，每一步用同一组权重；递归（recursive）网络沿着树走。展开之后它就是一个深层网络，随时间反向传播就是其中的普通反向传播。
# 2. 它生来就有各步的先后，对空间却一无所知。
# 3. 经过 $k$ 步的梯度是 $k$ 个因子的乘积：像利滚利一样，或消失，或爆炸。裁剪治得了爆炸，治不了消失。
# 4. LSTM 和 GRU 让状态通过门而不是矩阵；$\sigma(b)$ 的门保留 $\sigma(b)^k$。门从哪里开始，可能决定学不学得到东西。
# 5. 门的次序、偏置和 `reset_after` 都只是约定：矩阵的形状怎么都吻合，要用数来核对。
#
# **要纠正的误解**：“RNN 的隐状态就是它的长期记忆。”它是记忆；有多长，要测过才知道。简单网络的记忆没能撑过 25 帧，我们的训练也无济于事。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Read only the bold line; let the room say which slide each of the five points came from. To do: the exercises `hidden_states`, `clip` and `steps_until` first, `recurrent_gradient` for whoever wants to have derived it once. Next: lesson 08, where only the order of the frames tells.

# %% [markdown] lang="zh"
# **2 分钟。** 只念最后那条误解；请大家说出五点各来自哪一张幻灯片。课后：先做练习 `hidden_states`、`clip`、`steps_until`；想亲手推导一遍的，再做 `recurrent_gradient`。下一课是第 08 课，那里只有帧的先后才分得清类别。

# %% [markdown] lang="en"
# ## References
# - [@elman1990finding]
# - [@werbos1990backpropagation]
# - [@williams1990efficient]
# - [@bengio1994learning]
# - [@hochreiter1997long]
# - [@gers2000learning]
# - [@socher2011parsing]
# - [@pascanu2013difficulty]
# - [@cho2014learning]
# - [@jozefowicz2015empirical]
#
# **Next:** lesson 08 gives the memory something to do: garments in motion, where only the order of frames tells the classes apart.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@elman1990finding]
# - [@werbos1990backpropagation]
# - [@williams1990efficient]
# - [@bengio1994learning]
# - [@hochreiter1997long]
# - [@gers2000learning]
# - [@socher2011parsing]
# - [@pascanu2013difficulty]
# - [@cho2014learning]
# - [@jozefowicz2015empirical]
#
# **下一课**：第 08 课让记忆派上用场：衣服动起来，只有帧的先后才分得清类别。
