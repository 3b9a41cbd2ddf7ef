# %% [markdown] lang="en" slide="slide" take="heading"
# # 03 · Convolution by hand
#
# **After this lesson you can** compute a convolution layer, its output size and its number of parameters; say what it shares with mathematics' convolution and what not; write pooling, dense layers, softmax and cross-entropy in NumPy; derive the gradient of each and check it; train a small convolutional network with nothing but NumPy.
#
# **You need** lessons 00 and 01; NumPy slices and broadcasting; the product of matrices; what a derivative is, and the chain rule: the derivative of $f(g(x))$ is $f'(g(x))\cdot g'(x)$.
#
# **Time** 90 minutes, exercises included (a good place for a break: before “Backwards through one layer”); the machine needs about a minute.

# %% [markdown] lang="zh"
# # 03 · 动手写卷积
#
# **学完本课，你能够**：算出卷积层的结果、输出大小和参数个数；说清它与数学上的卷积有何异同；用 NumPy 写出汇聚层、全连接层、softmax 和交叉熵；推导它们各自的梯度并加以检验；只用 NumPy 训练一个小的卷积神经网络。
#
# **预备知识**：第 00、01 课；NumPy 的切片与广播；矩阵乘法；知道什么是导数，以及链式法则：$f(g(x))$ 的导数是 $f'(g(x))\cdot g'(x)$。
#
# **时间**：90 分钟，含练习（适合中途休息的地方：“倒着走过一层”之前）；机器运行约一分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# Nine numbers, laid on every window of a picture: what do they see, and how are they learned?

# %% [markdown] lang="zh"
# 九个数，盖在图像的每个窗口上：它们看见什么？又是怎样学出来的？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Lesson 01 used finders as black boxes. Today the box is opened: what a convolution layer computes, what a loss asks of it, how its gradient is found, and how one knows that the gradient is right.
#
# The lecture leaves out softmax's overflow, activations, dense layers' gradients and EfficientNet's kernels; they are in the notebook, with six exercises. If there are only 30 minutes, skip “Without loops”, “What sharing buys”, “Pooling”, both slides on squared error and the question for the room; of “Backwards through one layer” show the last line only, and give the explorer two minutes.

# %% [markdown] lang="zh"
# **1 分钟。** 第 01 课把查找器当黑箱用，今天把箱子打开：卷积层算的是什么，损失要它做什么，梯度怎样求，又怎样知道梯度没有求错。
#
# 本讲略去了 softmax 的溢出、激活函数、全连接层的梯度和 EfficientNet 的卷积核，它们都在笔记本里，另有六道练习。如果只有 30 分钟，就跳过“不用循环”、“共享权重的好处”、“汇聚”、均方误差的两张和课堂提问；“倒着走过一层”只讲最后一行，探索器讲两分钟。

# %%
import itertools
import time

import keras
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import signal
from sklearn.metrics import f1_score
from threadpoolctl import threadpool_limits

from imgrec_course import plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.plots import show, subplots
from imgrec_course.scratch.layers import conv2d, output_size, zeros_at_the_ends

# One thread for NumPy's matrix products: ours are small, and two would wait for each other.
_ = threadpool_limits(1, user_api="blas")

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## What can nine numbers see?
# A photograph, and three small tables of nine numbers each:
#
# $$A = \begin{pmatrix} -1 & 0 & 1\\ -2 & 0 & 2\\ -1 & 0 & 1\end{pmatrix}, \qquad
# B = \frac19\begin{pmatrix} 1 & 1 & 1\\ 1 & 1 & 1\\ 1 & 1 & 1\end{pmatrix}, \qquad
# C = \begin{pmatrix} 0 & -1 & 0\\ -1 & 5 & -1\\ 0 & -1 & 0\end{pmatrix}.$$
#
# Each table is laid on every 3 × 3 patch of the photograph; the nine numbers under it are multiplied by its nine numbers, and the products added up. That sum is one pixel of a new picture.
#
# **Predict first.** One table blurs, one sharpens, one shows only where the brightness changes from left to right. Which is which?

# %% [markdown] lang="zh"
# ## 九个数能看见什么？
# 一张照片，和三张各有九个数的小表：
#
# $$A = \begin{pmatrix} -1 & 0 & 1\\ -2 & 0 & 2\\ -1 & 0 & 1\end{pmatrix}, \qquad
# B = \frac19\begin{pmatrix} 1 & 1 & 1\\ 1 & 1 & 1\\ 1 & 1 & 1\end{pmatrix}, \qquad
# C = \begin{pmatrix} 0 & -1 & 0\\ -1 & 5 & -1\\ 0 & -1 & 0\end{pmatrix}.$$
#
# 把一张表依次盖在照片的每个 3 × 3 小块上：盖住的九个像素与表中的九个数对应相乘，再把九个乘积加起来，得到的和就是新图的一个像素。
#
# **先预测。** 三张表中，一张使照片变模糊，一张使它变清晰，一张只显示亮度从左到右有变化的地方。哪张表对应哪种效果？

# %% [markdown] lang="en" only="slides" slide="same"
# Lay a table on every 3 × 3 patch, multiply number by number, add up: **one pixel** of a new picture.
#
# **Predict first.** One table blurs, one sharpens, one shows only where the brightness changes from left to right. Which is which?

# %% [markdown] lang="zh"
# 把一张表盖在每个 3 × 3 小块上，对应相乘，再相加：得到新图的**一个像素**。
#
# **先预测。** 三张表中，一张使照片变模糊，一张使它变清晰，一张只显示亮度从左到右有变化的地方。哪张表对应哪种效果？

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let everybody write down three letters. Hint for those who are stuck: what does each table make of a wall that is grey all over? Add up its numbers. A gives 0 (its numbers cancel), B and C give back the grey, since their numbers sum to 1.

# %% [markdown] lang="zh"
# **2 分钟。** 请每个人写下三个字母。卡住的人可以这样想：一面处处同样灰的墙，每张表会得出什么？把表里的数加起来就知道：A 得 0（正负抵消），B 和 C 得回原来的灰度，因为它们各数之和为 1。

# %% slide="subslide" column="right"
from sklearn.datasets import load_sample_image

photo = load_sample_image("china.jpg")  # (427, 640, 3) uint8
grey = photo[25:145, 120:280].mean(axis=2)  # (120, 160), 0 black … 255 white
A = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
B = np.full((3, 3), 1 / 9)
C = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])

figure, axes = subplots(2, 2, size=(4.9, 4.1))
pictures = {"the photograph": grey}
for name, table in (("A", A), ("B", B), ("C", C)):
    pictures[name] = signal.correlate2d(grey, table, mode="valid")
for axis, (name, picture) in zip(axes.flat, pictures.items(), strict=True):
    axis.grid(False)
    axis.set(xticks=[], yticks=[], title=name)
    axis.spines[:].set_visible(False)
    low, high = (-400, 400) if name == "A" else (0, 255)
    axis.imshow(picture, cmap="gray", vmin=low, vmax=high)
show(
    figure,
    "A pagoda four times: the photograph; its vertical edges, dark or light on grey, by table A; blurred by B; sharpened by C.",
    photographs=True,
)

# %% [markdown] lang="en" only="slides" slide="same"
# - **A** finds vertical edges: equally bright left and right gives 0, grey in the picture.
# - **B** takes the mean of nine pixels.
# - **C** adds what sets a pixel apart from its four neighbours.
#
# People thought these up. A network **finds its own**.

# %% [markdown] lang="zh"
# - **A** 找竖直的边缘：左右一样亮，结果就是 0（图中的灰色）。
# - **B** 取九个像素的平均。
# - **C** 加上一个像素与上下左右四个邻居的差别。
#
# 这三个是人想出来的，网络会**自己找**。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Point at the tip of the tower in picture A: one side white, the other black; the even sky is grey. Such a table is called a kernel or filter.
#
# **Misconception:** that what comes out is always a picture to look at. A's answer has negative numbers; grey is 0 here.

# %% [markdown] lang="zh"
# **1.5 分钟。** 指着图 A 的塔尖看：一侧白，一侧黑；均匀的天空是灰的。这样的表叫做卷积核（滤波器）。
#
# **常见误解**：以为得到的总是一张可以看的图片。A 的结果有负数；这里灰色表示 0。

# %% [markdown] lang="en"
# A finds edges: where left and right are equally bright, its positive and negative numbers cancel, and the answer is 0 (grey in the picture). Horizontal edges leave it cold. B takes the mean of nine pixels. C adds to a pixel what sets it apart from its four neighbours. Such a table is called a **kernel** or **filter**. These three were thought up by people; a convolutional network finds its own. This lesson takes such a network apart, down to the last number.

# %% [markdown] lang="zh"
# A 找的是边缘：左右一样亮时，它的正数和负数互相抵消，结果为 0（图中的灰色）；对水平的边缘它无动于衷。B 取九个像素的平均。C 则把一个像素与上下左右四个邻居的差别加到它自己身上。这样的小表叫做**卷积核**（滤波器）。这三个是人想出来的；卷积神经网络会自己找。本课就把这样的网络拆开，一直拆到最后一个数。

# %%
flat = np.full((5, 5), 100.0)  # a wall, evenly grey
for name, table, answer in (("A", A, 0), ("B", B, 100), ("C", C, 100)):
    seen = signal.correlate2d(flat, table, mode="valid")
    print(
        f"{name}: the numbers sum to {table.sum():.0f}, an even 100 becomes {seen[0, 0]:.0f}"
    )
    assert np.allclose(seen, answer)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## One window, one number
# In symbols: $x$ is the image, shape $(H, W)$; $f$ the kernel, shape $(P, Q)$; $y$ the result, the **feature map**, shape $(H-P+1,\ W-Q+1)$:
#
# $$y[i, j] = \sum_{p=0}^{P-1} \sum_{q=0}^{Q-1} x[i+p,\ j+q]\; f[p, q].$$
#
# $(i, j)$ says where the window lies, $(p, q)$ where we are inside it. The article that this course grew out of has this formula, too. Three of its words need mending:
#
# - the numbers $f[p,q]$ are **weights**, not pixel values: they may be negative, and they are what is learned;
# - $y$ is a feature map, not an image of anything: its numbers say how well each place fits the kernel;
# - the formula is called **cross-correlation**. Convolution is something else, as we shall see.

# %% [markdown] lang="zh"
# ## 一个窗口，一个数
# 写成公式：$x$ 是图像，形状 $(H, W)$；$f$ 是卷积核，形状 $(P, Q)$；$y$ 是结果，叫做**特征图**，形状 $(H-P+1,\ W-Q+1)$：
#
# $$y[i, j] = \sum_{p=0}^{P-1} \sum_{q=0}^{Q-1} x[i+p,\ j+q]\; f[p, q].$$
#
# $(i, j)$ 是窗口的位置，$(p, q)$ 是窗口内部的位置。本课程由一篇文章发展而来，那篇文章里也有这个公式，但有三处说法需要更正：
#
# - $f[p,q]$ 是**权重**，不是像素值：它可以是负数，而且正是要学习的东西；
# - $y$ 是特征图，不是什么东西的图像：其中的数表示每个位置与卷积核有多相符；
# - 这个公式叫做**互相关**。卷积是另一回事，下面就会看到。


# %% [markdown] lang="en" only="slides" slide="same"
# - $x$: image, $(H, W)$
# - $f$: kernel, $(P, Q)$: **weights**, which may be negative and are what is learned
# - $y$: **feature map**, $(H-P+1,\ W-Q+1)$: how well each place fits the kernel

# %% [markdown] lang="zh"
# - $x$：图像，$(H, W)$
# - $f$：卷积核，$(P, Q)$：**权重**，可以是负数，正是要学习的东西
# - $y$：**特征图**，$(H-P+1,\ W-Q+1)$：每个位置与卷积核有多相符

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** $(i, j)$ says where the window lies, $(p, q)$ where we are inside it. Do one sum aloud. Ask why the feature map is smaller than the image.
#
# **Misconception:** that this is convolution. It is cross-correlation; what differs comes in two slides.

# %% [markdown] lang="zh"
# **1.5 分钟。** $(i, j)$ 是窗口的位置，$(p, q)$ 是窗口内部的位置。把一个和念出来算一遍。问一问：特征图为什么比图像小？
#
# **常见误解**：以为这就是卷积。它是互相关；区别在下一个话题。


# %% slide="subslide" show="both"
def cross_correlate(image, kernel):
    """The formula above, window by window: image (H, W), kernel (P, Q)."""
    height, width = image.shape
    rows, columns = kernel.shape
    feature_map = np.empty((height - rows + 1, width - columns + 1))
    for i in range(height - rows + 1):
        for j in range(width - columns + 1):
            window = image[i : i + rows, j : j + columns]
            feature_map[i, j] = np.sum(window * kernel)
    return feature_map


difference = cross_correlate(grey, A) - signal.correlate2d(grey, A, mode="valid")
claim("cross_correlate differs from SciPy's by", np.abs(difference).max(), at_most=1e-9)

# %% [markdown] lang="en" slide="notes"
# **1 min.** The formula, read from the code: two loops over the places, the product and the sum inside. The last two lines hold it against SciPy. Every formula of this course is followed by code like this, and by such a comparison.

# %% [markdown] lang="zh"
# **1 分钟。** 对照代码读公式：两层循环走遍各个位置，里面是相乘再相加。最后两行与 SciPy 核对。本课程的每个公式后面都有这样的代码，也都有这样的核对。

# %% [markdown] lang="en" slide="slide" take="heading formula predict"
# ## Convolution flips the kernel
# What mathematics and signal processing call **convolution** runs through the kernel backwards:
#
# $$(x * f)[i, j] = \sum_{p=0}^{P-1} \sum_{q=0}^{Q-1} x[i+P-1-p,\ j+Q-1-q]\; f[p, q].$$
#
# That is cross-correlation with the kernel turned by 180° (upside down *and* left to right). So a convolution layer of Keras computes no convolution. Does it matter?
#
# **Predict first.** Two machines are shown the photograph and the same wished-for feature map, and each must find the nine numbers that make the one from the other. The first machine correlates, the second convolves. How will their numbers differ?

# %% [markdown] lang="zh"
# ## 卷积要翻转卷积核
# 数学和信号处理中所说的**卷积**，是倒着走过卷积核的：
#
# $$(x * f)[i, j] = \sum_{p=0}^{P-1} \sum_{q=0}^{Q-1} x[i+P-1-p,\ j+Q-1-q]\; f[p, q].$$
#
# 这就等于把卷积核旋转 180°（上下颠倒，*并且*左右对调）再做互相关。所以 Keras 的卷积层算的并不是卷积。要紧吗？
#
# **先预测。** 给两台机器看同一张照片和同一张想要的特征图，让它们各自找出九个数，使照片变成特征图。第一台做互相关，第二台做卷积。它们找到的数会有什么不同？

# %% slide="fragment" show="output" outputs="2 3"
flipped = A[::-1, ::-1]
difference = cross_correlate(grey, flipped) - signal.convolve2d(grey, A, mode="valid")
claim(
    "convolution and correlation with the flipped kernel differ by",
    np.abs(difference).max(),
    at_most=1e-9,
)

corner = np.array([[3.0, -1, 0], [-1, 0, 0], [0, 0, -1]])  # no symmetry
wished = signal.correlate2d(grey, corner, mode="valid").ravel()
seen = sliding_window_view(grey, (3, 3)).reshape(-1, 9)  # one row for each window
# Least squares: the nine numbers whose sums come closest to the wish
correlating = np.linalg.lstsq(seen, wished)[0].reshape(3, 3)
# The convolving machine meets each window backwards.
convolving = np.linalg.lstsq(seen[:, ::-1], wished)[0].reshape(3, 3)
# + 0.0 turns a rounded −0.0 into 0.0
print("correlating machine:", (np.round(correlating, 6) + 0.0).ravel().tolist())
print("convolving machine: ", (np.round(convolving, 6) + 0.0).ravel().tolist())
error = np.abs(convolving - correlating[::-1, ::-1]).max()
claim("each machine's kernel is the other's flipped, up to", error, at_most=1e-6)

# %% [markdown] lang="en" slide="notes"
# **3 min.** The formula runs through the kernel backwards, that is, with the kernel turned by 180°. Collect the answers, then press the key: the same nine numbers, in reverse order. Where kernels are *learned* the flip does not matter: a layer that flips learns the flipped kernel and ends with the same feature map. It matters when a designed kernel moves from one library to another, and it comes back today, with the gradients.
#
# From here on we say “convolution”, as everybody does, and mean the formula without the flip.

# %% [markdown] lang="zh"
# **3 分钟。** 这个公式倒着走过卷积核，等于先把卷积核旋转 180°。先收集答案，再按键：还是那九个数，只是次序倒了过来。只要卷积核是*学*出来的，翻不翻转就无关紧要：会翻转的层学到翻转过的卷积核，得到的特征图一样。要紧的是把人设计的卷积核从一个库搬到另一个库；另外，今天讲到梯度时翻转还会回来。
#
# 从这里起，我们随大家的习惯说“卷积”，指的是不翻转的那个公式。

# %% [markdown] lang="en"
# **Where kernels are learned, it does not matter**: a layer that flips learns the flipped kernel and ends with the same feature map. It does matter when a kernel that was *designed* moves from one library to another, and it will come back when we compute gradients. From here on we say “convolution” as everybody does and mean the formula without the flip.

# %% [markdown] lang="zh"
# **只要卷积核是学出来的，翻不翻转就无关紧要**：会翻转的层学到的是翻转过的卷积核，得到的特征图一样。但把人*设计*的卷积核从一个库搬到另一个库时，就要紧了；后面求梯度时，翻转还会再出现。从这里起，我们随大家的习惯说“卷积”，指的是不翻转的那个公式。

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Stride, padding, dilation
# Three settings say where the windows lie:
#
# - **stride** $s$: the window moves on by $s$ pixels. With $s = 2$ the feature map is about half as high and half as wide.
# - **padding** $p$: $p$ rows and columns of zeros are put around the image, so that windows may stick out.
# - **dilation** $d$: the kernel's numbers lie $d$ pixels apart. A row of $k$ numbers then spans $d(k-1)+1$ pixels, with holes in between.
#
# How many places are there along an axis of $H$ pixels? The padded axis has $H + 2p$ pixels, the first window takes up $d(k-1)+1$ of them, and each further stride needs $s$ more of what is left:
#
# $$H_{\text{out}} = \left\lfloor \frac{H + 2p - d\,(k-1) - 1}{s} \right\rfloor + 1.$$
#
# $\lfloor\ \rfloor$ rounds down: a last stride that does not fit is not made, and the pixels beyond it are never looked at.

# %% [markdown] lang="zh"
# ## 步幅、填充、空洞
# 窗口放在哪些位置，由三个设置决定：
#
# - **步幅** $s$（stride）：窗口每次移动 $s$ 个像素。$s = 2$ 时，特征图的高和宽大约各减半。
# - **填充** $p$（padding）：在图像四周补上 $p$ 行、$p$ 列的零，使窗口可以伸出图像之外。
# - **空洞** $d$（dilation，膨胀）：卷积核中相邻的两个数隔 $d$ 个像素。这时一行 $k$ 个数横跨 $d(k-1)+1$ 个像素，中间是空的。
#
# 在长为 $H$ 个像素的轴上有多少个位置？填充后共有 $H + 2p$ 个像素，第一个窗口占去 $d(k-1)+1$ 个，此后每移动一步，要从剩下的像素里再用掉 $s$ 个：
#
# $$H_{\text{out}} = \left\lfloor \frac{H + 2p - d\,(k-1) - 1}{s} \right\rfloor + 1.$$
#
# $\lfloor\ \rfloor$ 表示向下取整：最后不足一步就不走了，剩下的像素永远不会被看到。

# %% [markdown] lang="en" only="slides" slide="same"
# - **stride** $s$: the window moves on by $s$ pixels
# - **padding** $p$: rows and columns of zeros around the image
# - **dilation** $d$: the kernel's $k$ numbers lie $d$ pixels apart
#
# > 7 pixels, kernel 3, stride 2, no padding: how many places? And 8 pixels?

# %% [markdown] lang="zh"
# - **步幅** $s$（stride）：窗口每次移动 $s$ 个像素
# - **填充** $p$（padding）：在图像四周补上若干行、列的零
# - **空洞** $d$（dilation）：卷积核一行的 $k$ 个数，相邻的隔 $d$ 个像素
#
# > 7 个像素，卷积核 3，步幅 2，无填充：有几个位置？8 个像素呢？

# %% [markdown] lang="en" slide="notes"
# **2 min.** $H$ is the number of pixels along the axis, $k$ the kernel's. The padded axis has $H + 2p$ pixels; the first window takes up $d(k-1)+1$ of them; each further stride needs $s$ more. Both answers are 3: with 8 pixels the last stride does not fit, and the last pixel is never looked at.
#
# **Misconception:** that stride 2 looks at every second pixel. It *places a window* at every second pixel; the windows still overlap when the kernel is larger than the stride.

# %% [markdown] lang="zh"
# **2 分钟。** $H$ 是这条轴上的像素数，$k$ 是卷积核的大小。填充后共有 $H + 2p$ 个像素；第一个窗口占去 $d(k-1)+1$ 个，此后每移动一步再用掉 $s$ 个。两个答案都是 3：8 个像素时最后不足一步，最后一个像素永远不会被看到。
#
# **常见误解**：以为步幅 2 就是隔一个像素看一个。它是每隔一个像素*放一个窗口*；卷积核大于步幅时，窗口之间仍有重叠。

# %% [markdown] lang="en"
# **Exercise ★ window_count.** The formula as a function. Before you write it, answer in your head: 7 pixels, kernel 3, stride 2, no padding. And 8 pixels?

# %% [markdown] lang="zh"
# **练习 ★ window_count。** 把公式写成函数。动笔之前先心算：7 个像素，卷积核 3，步幅 2，无填充，有几个位置？8 个像素呢？


# %% tags=["exercise"]
def window_count(size, kernel_size, stride, padding, dilation):
    """Number of places of a kernel along one axis; all arguments are whole numbers."""
    ### BEGIN SOLUTION
    reach = dilation * (kernel_size - 1) + 1
    return (size + 2 * padding - reach) // stride + 1
    ### END SOLUTION


# %%
check("03.window_count", window_count)

# %% [markdown] lang="en"
# Keras knows two paddings by name. **“valid”** is $p = 0$: what does not fill a window is dropped. **“same”** adds as many zeros as make $H_{\text{out}} = \lceil H/s \rceil$ (rounded up). The number of zeros may be odd; then Keras puts the extra zero at the *end*, below and to the right.

# %% [markdown] lang="zh"
# Keras 有两种按名称指定的填充。**“valid”**就是 $p = 0$：凑不满一个窗口的部分丢掉。**“same”**补上适当多的零，使 $H_{\text{out}} = \lceil H/s \rceil$（向上取整）。要补的零可能是奇数个；这时 Keras 把多出的一个放在*末尾*，也就是下边和右边。

# %%
agree = []
for size, kernel_size, stride, padding in itertools.product(
    range(5, 12), (1, 2, 3, 5), (1, 2, 3), ("valid", "same")
):
    layer = keras.layers.Conv2D(1, kernel_size, stride, padding)
    theirs = layer.compute_output_shape((None, size, size, 1))[1]
    agree.append(
        theirs
        == output_size(size, kernel_size, stride, 0 if padding == "valid" else "same")
    )
claim("settings in which our output size is Keras's", sum(agree), equals=168)

before, after = zeros_at_the_ends(6, 3, stride=2, padding="same")
print(f'6 pixels, kernel 3, stride 2, "same": {before} zeros before, {after} after')
six = np.arange(36.0).reshape(1, 6, 6, 1)
one = np.ones((3, 3, 1, 1))
lopsided, even = (
    conv2d(six, one, stride=2, padding="same"),
    conv2d(six, one, stride=2, padding=1),
)
claim(
    "with one zero on each side the output has the same shape", lopsided.shape == even.shape
)
claim("but its numbers differ by up to", np.abs(lopsided - even).max(), at_least=10)

# %% [markdown] lang="en"
# The last two claims are a trap for everyone who carries a network from one library to another: both outputs are 3 × 3, every shape fits, and every number is wrong, because all windows lie one pixel off.
#
# **Now move it yourself.** The explorer steps a kernel over the photograph, shrunk to 36 × 36 pixels. Step or play; point at a pixel of the feature map to see its window; type other numbers into the kernel; then raise stride, padding and dilation one at a time and watch the size. When you have found a kernel that you like, `explorer.kernel` in a new cell gives it back as an array.

# %% [markdown] lang="zh"
# 最后两条是给在库与库之间搬运网络的人设的陷阱：两种输出都是 3 × 3，形状处处吻合，数却全错了，因为所有窗口都偏了一个像素。
#
# **现在自己动手。** 下面的探索器让卷积核在缩小到 36 × 36 像素的照片上逐格移动。可以单步，也可以连续播放；指向特征图的一个像素，就能看到它对应的窗口；在卷积核里改几个数试试；再把步幅、填充、空洞逐一调大，看看大小怎样变化。找到喜欢的卷积核以后，在新单元格里输入 `explorer.kernel`，就能取回这个数组。

# %% slide="subslide"
from imgrec_course.widgets.kernel import KernelExplorer

# Each pixel is the mean of 8 × 8 pixels of the photograph.
small = photo[20:308, 60:348].mean(axis=2).reshape(36, 8, 36, 8).mean(axis=(1, 3)).round()
explorer = KernelExplorer(small, A)
explorer

# %% [markdown] lang="en" slide="notes"
# **3 min.** Step a few times and read one sum aloud; then point at a pixel of the feature map to see its window. Change the middle number of the kernel. Then one setting at a time: stride 2 (the map halves), padding 1 (windows stick out: the border looks at zeros), dilation 2 (holes). Let the room say the size before you change it.
#
# Escape gives the keys back to the slides.

# %% [markdown] lang="zh"
# **3 分钟。** 先单步走几格，把一个和念出来；再指向特征图的一个像素，看它对应的窗口。改一改卷积核中间的数。然后一次只改一个设置：步幅 2（特征图减半）、填充 1（窗口伸出去，边上看到的是零）、空洞 2（中间空开）。每次改之前，先请大家说出大小。
#
# 按 Escape 把按键还给幻灯片。

# %% [markdown] lang="en" slide="slide" take="heading formula table"
# ## Channels, many kernels, a bias
# A colour image has three numbers for each pixel, a feature map in the middle of a network may have hundreds: its **channels**. A layer's kernel therefore reaches through *all* channels, and it has many kernels, each of which makes one channel of the output. Finally each kernel has a **bias**, one number that is added everywhere. A whole batch of $N$ images goes through at once:
#
# $$y[n, i, j, o] = b[o] + \sum_{p}\sum_{q}\sum_{c}\ \tilde x[n,\ s\,i + d\,p,\ s\,j + d\,q,\ c]\; f[p, q, c, o].$$
#
# | symbol | shape | what |
# | --- | --- | --- |
# | $\tilde x$ | $(N,\ H + \text{padding},\ W + \text{padding},\ C)$ | images with their zeros around; $c$ counts channels |
# | $f$ | $(k, k, C, O)$ | kernels; $o$ counts output channels |
# | $b$ | $(O,)$ | biases |
# | $y$ | $(N, H_{\text{out}}, W_{\text{out}}, O)$ | feature maps |
#
# ($p$ and $q$ are places inside the window again; $p$ is not the padding here.) The article's formula is the case of one image, one channel, one kernel, $b = 0$, $s = d = 1$, no padding. **The sum over the channels is the part that is most often forgotten:** a 3 × 3 kernel on a colour image has 27 weights, not 9.

# %% [markdown] lang="zh"
# ## 通道、多个卷积核、偏置
# 彩色图像的每个像素有三个数，网络中间的特征图可以有几百个：这就是**通道**。因此一个卷积核要贯穿*所有*通道；一层又有许多卷积核，每个产生输出的一个通道。最后，每个卷积核还有一个**偏置**，即处处都加上的一个数。一个批量的 $N$ 张图像一起计算：
#
# $$y[n, i, j, o] = b[o] + \sum_{p}\sum_{q}\sum_{c}\ \tilde x[n,\ s\,i + d\,p,\ s\,j + d\,q,\ c]\; f[p, q, c, o].$$
#
# | 符号 | 形状 | 含义 |
# | --- | --- | --- |
# | $\tilde x$ | $(N,\ H + \text{填充},\ W + \text{填充},\ C)$ | 四周补了零的图像；$c$ 是通道的编号 |
# | $f$ | $(k, k, C, O)$ | 卷积核；$o$ 是输出通道的编号 |
# | $b$ | $(O,)$ | 偏置 |
# | $y$ | $(N, H_{\text{out}}, W_{\text{out}}, O)$ | 特征图 |
#
# （这里的 $p$、$q$ 又是窗口内部的位置，$p$ 不是填充。）那篇文章的公式是其中的一个特例：一张图像、一个通道、一个卷积核、$b = 0$、$s = d = 1$、无填充。**最容易忘记的是对通道求和**：彩色图像上的一个 3 × 3 卷积核有 27 个权重，而不是 9 个。

# %% [markdown] lang="en" only="slides" slide="fragment"
# > How many weights has one 3 × 3 kernel on a colour image?

# %% [markdown] lang="zh"
# > 彩色图像上的一个 3 × 3 卷积核有多少个权重？

# %% [markdown] lang="en" slide="notes"
# **2 min.** The same sum, and one more: over the channels $c$. Each of the $O$ kernels reaches through *all* channels and makes one channel of the output; $s$ is the stride, $d$ the dilation; $n$ counts the images of the batch; $p$ and $q$ are places inside the window again.
#
# **Misconception:** nine weights. A colour image has three channels, so 27, and a bias. The sum over the channels is the part most often forgotten.

# %% [markdown] lang="zh"
# **2 分钟。** 还是同样的求和，只多了一层：对通道 $c$ 求和。$O$ 个卷积核个个都贯穿*所有*通道，各产生输出的一个通道；$s$ 是步幅，$d$ 是空洞，$n$ 是图像在批量中的编号，$p$、$q$ 又是窗口内部的位置。
#
# **常见误解**：九个权重。彩色图像有三个通道，所以是 27 个，再加一个偏置。最容易忘记的就是对通道求和。

# %% [markdown] lang="en"
# **Exercise ★★ conv_layer.** The formula with stride, without padding and dilation. Loops over places are welcome: correctness first, speed next.

# %% [markdown] lang="zh"
# **练习 ★★ conv_layer。** 写出带步幅的公式，不考虑填充和空洞。可以对位置用循环：先求正确，再求速度。


# %% tags=["exercise"]
def conv_layer(images, kernels, bias, stride):
    """Feature maps (N, out, out, O) of images (N, H, W, C), kernels (k, k, C, O), bias (O,)."""
    ### BEGIN SOLUTION
    size = kernels.shape[0]
    rows = (images.shape[1] - size) // stride + 1
    columns = (images.shape[2] - size) // stride + 1
    outputs = np.empty((len(images), rows, columns, kernels.shape[3]))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            window = images[:, top : top + size, left : left + size]  # (N, k, k, C)
            outputs[:, i, j] = np.tensordot(window, kernels, axes=3) + bias
    return outputs
    ### END SOLUTION


# %%
check("03.conv_layer", conv_layer)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Without loops
# Python's loops are slow; NumPy's are not. The trick is to look at the formula as *one* multiplication of matrices. Every window, written out as a row of $k \cdot k \cdot C$ numbers, times every kernel, written out as a column:
#
# $$\underbrace{(N H_{\text{out}} W_{\text{out}},\ k k C)}_{\text{a row for each window}} \cdot \underbrace{(k k C,\ O)}_{\text{a column for each kernel}} = (N H_{\text{out}} W_{\text{out}},\ O).$$
#
# `sliding_window_view` shows all windows without copying a pixel; `[::stride]` and `[::dilation]` pick from them. (What begins with `expect.` only checks: it says in a sentence what does not fit, such as channels that differ.)

# %% [markdown] lang="zh"
# ## 不用循环
# Python 的循环慢，NumPy 内部的循环快。诀窍是把整个公式看成*一次*矩阵乘法：每个窗口摊成一行，共 $k \cdot k \cdot C$ 个数；每个卷积核摊成一列；两者相乘：
#
# $$\underbrace{(N H_{\text{out}} W_{\text{out}},\ k k C)}_{\text{每个窗口一行}} \cdot \underbrace{(k k C,\ O)}_{\text{每个卷积核一列}} = (N H_{\text{out}} W_{\text{out}},\ O).$$
#
# `sliding_window_view` 不复制任何像素就能列出所有窗口，`[::stride]` 和 `[::dilation]` 从中挑选。（以 `expect.` 开头的函数只负责检查：有不相符的地方，例如通道数不同，就用一句话说明。）

# %%
from imgrec_course.scratch import expect  # noqa: F401 (the functions below call it)

# %% source="imgrec_course.scratch.layers.windows"

# %% source="imgrec_course.scratch.layers.conv2d" slide="same" show="code"

# %% slide="same" show="output"
keras.utils.set_random_seed(0)
generator = np.random.default_rng(0)
differences = []
for stride, padding, size in itertools.product((1, 2, 3), ("valid", "same"), (1, 2, 3, 5)):
    images = generator.normal(size=(2, 9, 12, 3))
    layer = keras.layers.Conv2D(
        4, size, stride, padding, bias_initializer="normal", dtype="float64"
    )
    theirs = layer(images).numpy()
    kernels, bias = layer.get_weights()
    ours = conv2d(images, kernels, bias, stride, 0 if padding == "valid" else "same")
    differences.append(np.abs(ours - theirs).max())
claim("conv2d differs from Keras, over 24 settings, by", max(differences), at_most=1e-12)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Every window written out as a row, every kernel as a column: the layer is *one* product of matrices. `windows` lists the windows without copying a pixel; the lines with `expect` only check. Held against Keras in 24 settings. On a small layer this is at least a hundred times as fast as the loops of before.
#
# Can be skipped: nothing later depends on it but the word “rows”.

# %% [markdown] lang="zh"
# **1.5 分钟。** 每个窗口摊成一行，每个卷积核摊成一列：整层就是*一次*矩阵乘法。`windows` 不复制像素就列出所有窗口；带 `expect` 的两行只负责检查。在 24 种设置下与 Keras 核对过。在一个小层上，它至少比前面的循环快一百倍。
#
# 这一张可以跳过，后面用不到细节。

# %% [markdown] lang="en"
# **Predict first.** Three ways to compute one layer, 64 images of 28 × 28 × 1, 32 kernels of 3 × 3: our loops, our matrix product, Keras. How many times faster is the second than the first? And Keras than the second?

# %% [markdown] lang="zh"
# **先预测。** 同一层用三种方法来算（64 张 28 × 28 × 1 的图像，32 个 3 × 3 的卷积核）：自己写的循环、自己写的矩阵乘法、Keras。第二种比第一种快多少倍？Keras 又比第二种快多少倍？

# %%
images = generator.normal(size=(64, 28, 28, 1)).astype("float32")
layer = keras.layers.Conv2D(32, 3)
layer(images)
kernels, bias = layer.get_weights()


def by_loops():
    """One image only; one call of the loop for each of the 32 kernels."""
    return [
        cross_correlate(images[0, :, :, 0], kernels[:, :, 0, o]) + bias[o]
        for o in range(32)
    ]


def seconds(function, repeats):
    """Median time of one call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return np.median(times)


loop = 64 * seconds(by_loops, 3)
product = seconds(lambda: conv2d(images, kernels, bias), 30)
peer = seconds(lambda: layer(images).numpy(), 30)
print("loops, one image × 64:", measured(1000 * loop, "ms"))
print("matrix product:       ", measured(1000 * product, "ms"))
print("Keras:                ", measured(1000 * peer, "ms"))
claim(
    "the matrix product is faster than the loops, by a factor", loop / product, at_least=100
)
claim("time of the matrix product, in times of Keras", product / peer, at_most=5)

# %% [markdown] lang="en"
# One line of linear algebra is worth a thousand loops. Keras computes the same sums in compiled code; with a layer as small as this one, a good part of its time goes into the call itself. (On large layers, many cores or a graphics card, Keras wins. Take along the formula, not the race.)

# %% [markdown] lang="zh"
# 一行线性代数抵得上上千次循环。Keras 求的是同样的和，只是用编译好的代码；这么小的一层，它的时间有不少花在调用本身。（层很大、核心很多或有显卡时，还是 Keras 快。要记住的是公式，不是输赢。）

# %% [markdown] lang="en" slide="slide" take="heading"
# ## What sharing buys: few parameters
# A dense layer connects every input with every output by a weight of its own. A convolution layer can be *written* as a dense layer: feed it images of a single white pixel, one for each place, and collect the answers as the rows of a matrix.

# %% [markdown] lang="zh"
# ## 共享权重的好处：参数少
# 全连接层的每个输入与每个输出之间都有一个单独的权重。卷积层也可以*写成*全连接层：逐个位置输入只有一个白点的图像，把结果排成矩阵的各行，就得到它的权重矩阵。

# %% slide="same" outputs="1" column="right"
points = np.eye(36).reshape(36, 6, 6, 1)  # 36 images, each with one white pixel
kernel = np.arange(1.0, 10).reshape(3, 3, 1, 1)  # 1 … 9, to tell the weights apart
matrix = conv2d(points, kernel).reshape(36, 16)

figure, axes = subplots(size=(6.4, 3.2))
axes.grid(False)
shown = np.where(matrix == 0, np.nan, matrix)  # what is 0 stays white
picture = axes.imshow(shown.T, cmap="viridis_r", aspect="auto")
axes.set(xlabel="input pixel (0 to 35)", ylabel="output pixel (0 to 15)")
axes.set_title("A convolution as a dense layer: mostly 0, nine values")
figure.colorbar(picture, label="weight (white: 0)")
show(
    figure,
    "A matrix of 16 by 36 weights: thin diagonal bands with the values 1 to 9, repeated from row to row; everything else is 0 and left white.",
)
claim("weights of the dense layer", matrix.size, equals=576)
claim("of these, not zero", np.count_nonzero(matrix), equals=144)
claim("different values among those", len(np.unique(matrix[matrix > 0])), equals=9)

# %% [markdown] lang="en" only="slides" slide="same"
# A 3 × 3 convolution of a 6 × 6 image, written as a dense layer: 576 weights,
#
# - 144 of them not 0: far pixels do not matter;
# - **nine** different numbers: an edge is an edge wherever it is.
#
# A layer: $k^2 C O + O$ parameters, **whatever the image's size**.

# %% [markdown] lang="zh"
# 6 × 6 图像上的 3 × 3 卷积，写成全连接层：576 个权重，
#
# - 其中 144 个不为 0：远处的像素无关；
# - 只有**九**个不同的数：边缘在哪里都是边缘。
#
# 一层有 $k^2 C O + O$ 个参数，**与图像大小无关**。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** $k$: the kernel's side, $C$ channels in, $O$ channels out. Follow one colour along its diagonal: it is the same weight at every place. A dense layer is the case $k = 1$.
#
# **Misconception:** that a network with convolutions has few parameters. The convolutions have; a dense layer behind them can still spend millions. Lesson 04 shows such a network.

# %% [markdown] lang="zh"
# **1.5 分钟。** $k$ 是卷积核的边长，$C$ 是输入通道数，$O$ 是输出通道数。沿着对角线跟住一种颜色：它在每个位置都是同一个权重。$k = 1$ 就是全连接层的情形。
#
# **常见误解**：以为用了卷积的网络参数就少。省的是卷积层；后面的全连接层照样能花掉上千万。第 04 课就有这样一个网络。

# %% [markdown] lang="en"
# Most connections are absent (a pixel far away does not matter), and the rest are copies of nine numbers (an edge is an edge wherever it is). The article says that convolution reduces the number of parameters. In principle, yes. Its own network is a different matter: photographs of 224 × 224 × 3, 32 kernels of 3 × 3, max pooling (below) that halves height and width, then a dense layer with 64 outputs, then one with 1.
#
# A convolution layer has $k^2 C O$ weights and $O$ biases. A dense layer with $C$ inputs and $O$ outputs has $C O + O$ parameters: the same formula with $k = 1$.
#
# **Predict first.** Of the network's parameters, what share is in the convolution?

# %% [markdown] lang="zh"
# 大部分连接不存在（远处的像素无关），其余的都是那九个数的副本（边缘无论在哪里都是边缘）。那篇文章说卷积能减少参数，原则上没错；可它自己的网络却是另一回事：输入 224 × 224 × 3 的照片，32 个 3 × 3 卷积核，最大汇聚（见下文）使高和宽减半，然后是 64 个输出的全连接层，最后是 1 个输出的全连接层。
#
# 卷积层有 $k^2 C O$ 个权重和 $O$ 个偏置。有 $C$ 个输入、$O$ 个输出的全连接层有 $C O + O$ 个参数：就是同一公式取 $k = 1$。
#
# **先预测。** 这个网络的参数中，卷积层占多大比例？

# %% source="imgrec_course.scratch.layers.parameter_count"

# %%
side = output_size(224, 3) // 2  # 222, halved by pooling: 111
convolution = parameter_count(3, 32, size=3)
hidden = parameter_count(side * side * 32, 64)
last = parameter_count(64, 1)
claim("parameters of the convolution", convolution, equals=896)
claim("parameters of the first dense layer", hidden, equals=25_233_472)
claim("parameters of the whole network", convolution + hidden + last, equals=25_234_433)
claim(
    "share of the first dense layer",
    hidden / (convolution + hidden + last),
    at_least=0.9999,
)

# %% [markdown] lang="en"
# Twenty-five million parameters, 896 of them in the convolution. It is not the convolution that saves here; it is the dense layer behind it that spends. Lesson 04 puts this network to the test and mends it.

# %% [markdown] lang="zh"
# 两千五百多万个参数，卷积层只占 896 个。卷积确实省，但后面的全连接层太能花。第 04 课会检验并改造这个网络。

# %% [markdown] lang="en"
# ## What sharing buys: what moves, moves
# Because the same kernel is used everywhere, an object that moves in the image moves in the feature map. This is **translation equivariance**: first shift, then convolve, or first convolve, then shift: the same. It has limits, and they are often left out:
#
# - with stride $s$ it holds for shifts by multiples of $s$ only;
# - near a border with padding it does not hold, since zeros move in instead of pixels;
# - it says that the answer moves *along*, not that the answer *stays* (that would be invariance).

# %% [markdown] lang="zh"
# ## 共享权重的好处：物动，特征也动
# 因为处处用同一个卷积核，物体在图像中移动，它的特征也在特征图中跟着移动。这叫**平移等变性**：先平移再卷积，与先卷积再平移，结果相同。它有几条限度，常常被略去不提：
#
# - 步幅为 $s$ 时，只对 $s$ 的整数倍的平移成立；
# - 有填充时，在边界附近不成立，因为移进来的是零而不是像素；
# - 它说的是结果*跟着动*，而不是结果*不变*（后者是不变性）。

# %%
scene = grey[np.newaxis, :, :, np.newaxis]  # (1, 120, 160, 1)
kernel = A[:, :, np.newaxis, np.newaxis]


def change(shift, stride, padding=0):
    """Largest difference between “shift, then convolve” and “convolve, then shift”."""
    moved = conv2d(scene[:, :, shift:], kernel, stride=stride, padding=padding)
    expected = conv2d(scene, kernel, stride=stride, padding=padding)[
        :, :, shift // stride :
    ]
    width = min(moved.shape[2], expected.shape[2])
    return np.abs(moved[:, :, :width] - expected[:, :, :width]).max()


claim("stride 1, shifted by 1 pixel: largest difference", change(1, stride=1), at_most=1e-9)
claim(
    "stride 2, shifted by 2 pixels: largest difference", change(2, stride=2), at_most=1e-9
)
claim("stride 2, shifted by 1 pixel: largest difference", change(1, stride=2), at_least=100)
claim(
    "stride 1 with padding, shifted by 1 pixel: largest difference",
    change(1, stride=1, padding=1),
    at_least=100,
)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Pooling
# **Pooling** makes feature maps smaller. It goes through them window by window, channel by channel, and keeps one number of each window: the largest (**max pooling**) or the mean (**average pooling**). With windows of $m \times m$ and stride $s$ (usually $s = m$):
#
# $$y[n, i, j, c] = \max_{0 \le p, q < m} x[n,\ s\,i + p,\ s\,j + q,\ c], \qquad
# \text{or}\quad \frac{1}{m^2}\sum_{p,\,q=0}^{m-1} x[n,\ s\,i + p,\ s\,j + q,\ c].$$
#
# There is **no weight** in it, nothing to learn, and no sum over channels. The article has another formula: weights inside, as in a convolution, and one maximum over *all* places of the image. It lets the minimum serve as well. Let us compute both on sixteen numbers.

# %% [markdown] lang="zh"
# ## 汇聚
# **汇聚**（池化）使特征图变小。它逐个窗口、逐个通道地走过特征图，每个窗口只留一个数：最大的（**最大汇聚**）或平均值（**平均汇聚**）。窗口为 $m \times m$、步幅为 $s$（通常 $s = m$）时：
#
# $$y[n, i, j, c] = \max_{0 \le p, q < m} x[n,\ s\,i + p,\ s\,j + q,\ c], \qquad
# \text{或}\quad \frac{1}{m^2}\sum_{p,\,q=0}^{m-1} x[n,\ s\,i + p,\ s\,j + q,\ c].$$
#
# 其中**没有权重**，没有要学的东西，也不对通道求和。那篇文章的公式却不同：里面像卷积一样带有权重，外面对图像的*所有*位置取一个最大值；还说取最小值也行。让我们用十六个数把两者都算一算。

# %% [markdown] lang="en" only="slides" slide="same"
# $$y[n, i, j, c] = \max_{0 \le p, q < m} x[n,\ s\,i + p,\ s\,j + q,\ c] \quad\text{(max pooling)}$$
#
# No weights, nothing to learn, no sum over channels. With $m = s = 2$ a 4 × 4 map becomes 2 × 2:

# %% [markdown] lang="zh"
# $$y[n, i, j, c] = \max_{0 \le p, q < m} x[n,\ s\,i + p,\ s\,j + q,\ c] \quad\text{（最大汇聚）}$$
#
# 没有权重，没有要学的东西，也不对通道求和。$m = s = 2$ 时，4 × 4 的特征图变成 2 × 2：

# %% slide="same" show="output" outputs="1"
x = np.array([[1.0, 3, 2, 0], [4, 2, 1, 1], [0, 1, 9, 8], [2, 1, 7, 6]])
blocks = x.reshape(2, 2, 2, 2).swapaxes(1, 2)  # blocks[i, j] is the window at place (i, j)
print("max pooling:    ", blocks.max(axis=(2, 3)).tolist())
print("average pooling:", blocks.mean(axis=(2, 3)).tolist())

# What the article calls pooling, with two choices of its weights
for weights in (np.full((2, 2), 1 / 4), np.array([[1.0, 0], [0, 0]])):
    value = cross_correlate(x, weights).max()
    print("the article's formula with weights", weights.tolist(), "gives", value)

doubled = blocks.max(axis=(2, 3)) + (-blocks).max(axis=(2, 3))
claim(
    "max pooling of x plus max pooling of −x",
    doubled.min(),
    at_least=1,
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# The article's formula gives **one** number: it cannot say where.

# %% [markdown] lang="zh"
# 那篇文章的公式只给出**一个**数：说不出在哪里。

# %% [markdown] lang="en" slide="notes"
# **2 min.** The map: [1, 3, 2, 0], [4, 2, 1, 1], [0, 1, 9, 8], [2, 1, 7, 6]; write it on the board. $m$ is the window's side, $s$ the stride, usually $s = m$. Compute one maximum and one mean by hand. Then the last two lines: what the article calls pooling has weights inside and one maximum over *all* places, so it answers with one number and cannot say where.
#
# **Misconception:** that a suitable weighted sum could do what the maximum does. Whatever the weights, the sums of $x$ and of $-x$ cancel; two maxima do not.

# %% [markdown] lang="zh"
# **2 分钟。** 特征图是 [1, 3, 2, 0]、[4, 2, 1, 1]、[0, 1, 9, 8]、[2, 1, 7, 6]，写到黑板上。$m$ 是窗口的边长，$s$ 是步幅，通常 $s = m$。请大家手算一个最大值、一个平均值。再看最后两行：那篇文章所说的“池化”里面带权重，外面对*所有*位置取一个最大值，所以只得出一个数，说不出在哪里。
#
# **常见误解**：以为加权和只要选对了权重，就能代替最大值。无论怎样选权重，$x$ 的加权和与 $-x$ 的加权和总会抵消，两个最大值却不会。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## From logits to a loss

# %% [markdown] lang="zh"
# ## 从 logit 到损失

# %% [markdown] lang="en"
# Pooling answers with a smaller map. The article's formula answers with *one* number: it is a convolution followed by a maximum over the whole map. That operation exists (global max pooling after a convolution), but it is not the pooling that makes maps smaller: it cannot say *where*. And the weighted sum by itself, window by window, is no max pooling either, whatever the weights: the sum of $x$ and the same sum of $-x$ cancel, two maxima do not. Nor is the minimum a usual choice: after ReLU (below) many windows hold a 0.
#
# **Exercise ★★ max_pool_image.** Max pooling of one image $(H, W, C)$ with any window and stride. Rows and columns that fill no window are dropped.

# %% [markdown] lang="zh"
# 汇聚的结果是一张小一些的图。那篇文章的公式却只给出*一个*数：它是一次卷积，再对整张图取最大值。这种运算是有的（卷积之后接全局最大汇聚），但它不是使特征图变小的那种汇聚：它说不出*在哪里*。就算去掉外面的最大值，逐个窗口只求加权和，无论怎样选权重，也变不成最大汇聚：$x$ 的加权和与 $-x$ 的加权和会抵消，两个最大值却不会。取最小值也不是通常的做法：经过 ReLU（见下文）之后，许多窗口里都有 0。
#
# **练习 ★★ max_pool_image。** 对一张图像 $(H, W, C)$ 做最大汇聚，窗口和步幅任意。凑不满一个窗口的行和列丢掉。


# %% tags=["exercise"]
def max_pool_image(image, size, stride):
    """The largest value of each size × size window, channel by channel: (out, out, C)."""
    ### BEGIN SOLUTION
    seen = sliding_window_view(image, (size, size), axis=(0, 1))[::stride, ::stride]
    return seen.max(axis=(3, 4))
    ### END SOLUTION


# %%
check("03.max_pool_image", max_pool_image)

# %%
from imgrec_course.scratch.layers import average_pool

# %% source="imgrec_course.scratch.layers.max_pool"

# %%
differences = []
for size, stride, height in itertools.product((2, 3), (1, 2, 3), (6, 7, 8)):
    images = generator.normal(size=(2, height, 9, 3))
    for ours, kind in ((max_pool, "MaxPooling2D"), (average_pool, "AveragePooling2D")):
        theirs = getattr(keras.layers, kind)(size, stride, dtype="float64")(images).numpy()
        differences.append(np.abs(ours(images, size, stride) - theirs).max())
claim("pooling differs from Keras, over 36 settings, by", max(differences), at_most=1e-12)

# %% [markdown] lang="en"
# ## Dense layers, and why they are not enough
# At the end of a network the feature maps are strung out to one long row (“flatten”: `reshape(N, -1)`) and go through a **dense** layer. The article writes $y = Wx + b$, with $x$ a column. Keras keeps each image in a *row*, because a batch is a table with a row for each image:
#
# $$Y = X W + b, \qquad X: (N, \text{inputs}), \quad W: (\text{inputs}, \text{outputs}), \quad b: (\text{outputs},).$$
#
# The same thing, transposed. What the article leaves out is more important: such a map is only **affine** (linear plus a constant), and a chain of affine maps is one affine map. So is a convolution. Stack a hundred of them, and you could have had a single one.

# %% [markdown] lang="zh"
# ## 全连接层，以及为什么只有它还不够
# 在网络的末尾，特征图摊成一长行（“展平”：`reshape(N, -1)`），再经过**全连接层**。那篇文章写作 $y = Wx + b$，$x$ 是一列。在 Keras 里每张图像是一*行*，因为一个批量就是每张图像占一行的表：
#
# $$Y = X W + b, \qquad X: (N, \text{输入数}), \quad W: (\text{输入数}, \text{输出数}), \quad b: (\text{输出数},).$$
#
# 两者是同一回事，只差一个转置。那篇文章没有说的更要紧：这样的映射只是**仿射**的（线性再加常数），而仿射映射连起来仍是一个仿射映射。卷积也是如此。叠上一百层，也只抵得上一层。

# %% source="imgrec_course.scratch.layers.dense"

# %%
first, second = generator.normal(size=(5, 8)), generator.normal(size=(8, 3))
bias_1, bias_2 = generator.normal(size=8), generator.normal(size=3)
rows = generator.normal(size=(100, 5))
two_layers = dense(dense(rows, first, bias_1), second, bias_2)
one_layer = dense(rows, first @ second, bias_1 @ second + bias_2)
claim(
    "two affine layers and one differ by",
    np.abs(two_layers - one_layer).max(),
    at_most=1e-12,
)

# %% [markdown] lang="en"
# So between two layers stands an **activation**, a function that is not linear, applied number by number:
#
# $$\mathrm{ReLU}(x) = \max(x, 0), \qquad \sigma(x) = \frac{1}{1 + e^{-x}}\ \text{(sigmoid)}, \qquad \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}.$$

# %% [markdown] lang="zh"
# 因此两层之间要放一个**激活函数**，它不是线性的，对每个数分别作用：
#
# $$\mathrm{ReLU}(x) = \max(x, 0), \qquad \sigma(x) = \frac{1}{1 + e^{-x}}\ \text{（sigmoid）}, \qquad \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}.$$

# %%
from imgrec_course.scratch import layers

x = np.linspace(-5, 5, 401)
figure, (left, right) = subplots(1, 2, size=(7.4, 2.8))
for name, colour, style in (
    ("relu", plots.POSITIVE, "-"),
    ("sigmoid", plots.NEGATIVE, "--"),
    ("tanh", plots.PRECISION, "-."),
):
    left.plot(x, getattr(layers, name)(x), color=colour, linestyle=style, label=name)
    slope = getattr(layers, f"{name}_backward")(x, np.ones_like(x))
    right.plot(x, slope, color=colour, linestyle=style, label=name)
left.set(xlabel="x", ylabel="activation", ylim=(-1.2, 3), title="Three activations")
right.set(xlabel="x", ylabel="slope", title="Their slopes: only ReLU's stays 1")
left.legend()
show(
    figure,
    "Left: ReLU, sigmoid and tanh. Right: their slopes; sigmoid's is at most a quarter, tanh's falls from 1 to 0 on both sides, ReLU's is 0 or 1.",
)
claim(
    "sigmoid's steepest slope",
    layers.sigmoid_backward(x, np.ones_like(x)).max(),
    equals=0.25,
    within=1e-12,
)
claim(
    "tanh's slope at 5", layers.tanh_backward(np.array([5.0]), np.ones(1))[0], at_most=2e-4
)

# %% [markdown] lang="en"
# Learning travels along slopes. Through ten sigmoids in a row, at most $(1/4)^{10} \approx 10^{-6}$ of it arrives (not counting the weights in between). ReLU lets it through whole or not at all: one reason why today's networks use it or its relatives (Nair & Hinton 2010).

# %% [markdown] lang="zh"
# 学习是沿着斜率传递的。经过十个首尾相接的 sigmoid，最多只剩 $(1/4)^{10} \approx 10^{-6}$（不计其间的权重）。ReLU 则要么全部通过，要么完全不通过：今天的网络常用它或它的变种，这是原因之一（Nair & Hinton 2010）。

# %% [markdown] lang="en" slide="same" take="formula"
# ## From numbers to probabilities
# The last layer gives ten numbers for an image, the **logits** $z$; the largest one is the answer. **Softmax** turns them into probabilities:
#
# $$p_j = \frac{e^{z_j}}{\sum_{m} e^{z_m}}, \qquad p_j > 0, \quad \sum_j p_j = 1.$$
#
# Right as it is, the formula breaks down in a computer: $e^{1000}$ is too large for any float.

# %% [markdown] lang="zh"
# ## 从数到概率
# 最后一层给每张图像十个数，叫做 **logit**，记作 $z$；最大的那个就是答案。**Softmax** 把它们变成概率：
#
# $$p_j = \frac{e^{z_j}}{\sum_{m} e^{z_m}}, \qquad p_j > 0, \quad \sum_j p_j = 1.$$
#
# 公式没有错，在计算机里却会失灵：$e^{1000}$ 大得任何浮点数都装不下。

# %%
logits = np.array([1000.0, 999.0, 0.0])
with np.errstate(over="ignore", invalid="ignore"):
    powers = np.exp(logits)
    naive = powers / powers.sum()
print("by the formula as it stands:", naive.tolist())
claim("the naive softmax is not a number", bool(np.isnan(naive).any()))

# %% [markdown] lang="en"
# The way out: adding the same number to all logits multiplies all $e^{z_j}$ by the same factor, and the factor cancels. So we may subtract the largest logit first; no power then exceeds $e^0 = 1$.
#
# **Exercise ★ stable_softmax.** One row of logits for each image; do not let anything overflow.

# %% [markdown] lang="zh"
# 出路在于：所有 logit 加上同一个数，所有 $e^{z_j}$ 就乘上同一个因子，相除时正好约去。所以可以先减去最大的 logit，这样任何一个幂都不超过 $e^0 = 1$。
#
# **练习 ★ stable_softmax。** 每张图像一行 logit；不要让任何数溢出。


# %% tags=["exercise"]
def stable_softmax(logits):
    """Probabilities (N, classes) from logits (N, classes); every row sums to 1."""
    ### BEGIN SOLUTION
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %%
check("03.stable_softmax", stable_softmax)

# %% [markdown] lang="en" slide="same" take="formula"
# ## A loss that can be lowered
# Precision, recall and F1 jump: move a weight a little, and mostly nothing happens. To learn we need a number that answers to *every* small change: a **loss**. For classes it is the **cross-entropy**, the mean of $-\ln$ (the natural logarithm, in NumPy `np.log`) of the probability that each image's own class $t_n$ was given:
#
# $$L = -\frac1N \sum_{n=1}^{N} \ln p_{n,\,t_n} = \frac1N \sum_{n=1}^{N} \Bigl(\ln\sum_m e^{z_{n,m}} - z_{n,\,t_n}\Bigr).$$
#
# The second form comes from putting softmax into the first. It takes logits and never computes a probability, so nothing can be rounded to 0 on the way. (The article names cross-entropy and mean squared error and gives no formula. A loss is also not the metric: it is what we *lower*, precision and recall are what we *want*, and a better loss need not mean a better F1.)

# %% [markdown] lang="zh"
# ## 能够逐步降低的损失
# 查准率、查全率和 F1 是跳变的：权重稍微动一动，它们大多毫无反应。要学习，就需要一个对*每个*微小变化都有反应的数：**损失**。分类用的是**交叉熵**，即对每张图像取“真实类别 $t_n$ 所得概率”的 $-\ln$（自然对数，NumPy 中写作 `np.log`），再求平均：
#
# $$L = -\frac1N \sum_{n=1}^{N} \ln p_{n,\,t_n} = \frac1N \sum_{n=1}^{N} \Bigl(\ln\sum_m e^{z_{n,m}} - z_{n,\,t_n}\Bigr).$$
#
# 把 softmax 代入第一种写法，就得到第二种。它直接用 logit，从不算出概率，途中也就不会有哪个数被舍入成 0。（那篇文章只提到交叉熵和均方误差的名字，没有给出公式。损失也不是指标：损失是我们要*降低*的，查准率和查全率才是我们*想要*的，损失更好不一定意味着 F1 更高。）

# %% [markdown] lang="en" only="slides" slide="same"
# $z$: **logits**, one for each class; $p$: probabilities (softmax); $t_n$: the true class of image $n$ of $N$; $L$: **cross-entropy**.

# %% [markdown] lang="zh"
# $z$：**logit**，每个类别一个；$p$：概率（softmax）；$t_n$：$N$ 张图像中第 $n$ 张的真实类别；$L$：**交叉熵**。

# %%
from imgrec_course.scratch.layers import relu, softmax

# %% source="imgrec_course.scratch.losses.cross_entropy_from_logits"

# %%
# Ten equally likely classes: the loss of knowing nothing is ln 10.
claim(
    "loss of knowing nothing",
    cross_entropy_from_logits(np.zeros((1, 10)), [3]),
    equals=np.log(10),
    within=1e-12,
)

# An image whose true class 1 got the probability e⁻²⁰⁰
logits, truth = np.array([[100.0, -100.0]]), np.array([1])
probabilities = softmax(logits)
ours = cross_entropy_from_logits(logits, truth)
expects_probabilities = keras.losses.SparseCategoricalCrossentropy()
expects_logits = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
claim("our loss from logits", ours, equals=200, within=1e-9)
claim("Keras's from logits", float(expects_logits(truth, logits)), equals=200, within=1e-3)
from_numbers = float(expects_probabilities(truth, probabilities))
claim("Keras's from an array of probabilities", from_numbers, at_most=16.2)
from_layer = float(expects_probabilities(truth, keras.layers.Softmax()(logits)))
claim("Keras's from its own softmax layer", from_layer, equals=200, within=1e-3)

# %% [markdown] lang="en"
# Keras protects itself from $\ln 0$ by raising every probability to at least $10^{-7}$; hence no loss from probabilities exceeds about $-\ln 10^{-7} \approx 16.1$, and where the limit is active the gradient is 0: the worst mistakes teach nothing. Behind a softmax layer of its own, Keras finds the logits again and uses them, as the last claim shows; behind any other way to the same probabilities it cannot. So be plain: **train from logits** (`from_logits=True`, no softmax in the last layer) and take the softmax afterwards if you want probabilities.

# %% [markdown] lang="zh"
# Keras 为了避开 $\ln 0$，把每个概率都抬到至少 $10^{-7}$；所以由概率算出的损失不会超过 $-\ln 10^{-7} \approx 16.1$ 左右，而且一旦碰到这个下限，梯度就是 0：错得最离谱的图像反而什么也教不了。概率若出自 Keras 自己的 softmax 层，它能找回背后的 logit 来用，最后一条就是这样；换别的办法得到同样的概率，它就无能为力了。所以还是直截了当：**训练时用 logit**（`from_logits=True`，最后一层不加 softmax），需要概率时再取 softmax。

# %% [markdown] lang="en" slide="fragment" take="formula"
# **The gradient of the loss.** Differentiate $\ln\sum_m e^{z_m} - z_t$ for a single $z_j$, while all others stay: the first part gives $e^{z_j} / \sum_m e^{z_m} = p_j$, the second $-1$ if $j = t$ and 0 otherwise. With the mean over $N$ images ($\partial$ marks the slope for one number alone; all these slopes together are the **gradient**):
#
# $$\frac{\partial L}{\partial z_{n,j}} = \frac{p_{n,j} - [\,j = t_n\,]}{N}, \qquad [\ldots] = 1 \text{ where it is true, else } 0.$$
#
# What was predicted minus what is true. It could not be simpler.
#
# **Exercise ★★ cross_entropy_gradient.** Logits $(N, \text{classes})$ and labels $(N,)$ in, this gradient out. `softmax` is imported above.

# %% [markdown] lang="zh"
# **损失的梯度。** 把 $\ln\sum_m e^{z_m} - z_t$ 对某一个 $z_j$ 求导（其余的都不动）：第一项得 $e^{z_j} / \sum_m e^{z_m} = p_j$，第二项在 $j = t$ 时得 $-1$，否则得 0。再对 $N$ 张图像取平均（$\partial$ 表示只动一个数时的斜率；所有这些斜率合起来就是**梯度**）：
#
# $$\frac{\partial L}{\partial z_{n,j}} = \frac{p_{n,j} - [\,j = t_n\,]}{N}, \qquad [\ldots]\text{：其中的式子成立时为 1，否则为 0。}$$
#
# 预测的减去真实的，简单得不能再简单。
#
# **练习 ★★ cross_entropy_gradient。** 输入 logit $(N, \text{类别数})$ 和标签 $(N,)$，输出这个梯度。`softmax` 已在上面导入。


# %% [markdown] lang="en" only="slides" slide="same"
# The gradient: what was **predicted** minus what is **true**.

# %% [markdown] lang="zh"
# 梯度就是**预测的**减去**真实的**。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Precision, recall and F1 jump: move a weight a little, and mostly nothing happens. Learning needs a number that answers to every small change. Knowing nothing, with ten classes, costs $\ln 10$. Derive the gradient for one logit if there is time: the first part gives $p_j$, the second $-1$ at the true class.
#
# **Misconception:** that the loss is the metric. The loss is what we lower; precision and recall are what we want; a better loss need not mean a better F1.

# %% [markdown] lang="zh"
# **2.5 分钟。** 查准率、查全率和 F1 是跳变的：权重稍微动一动，它们大多毫无反应。要学习，就需要一个对每个微小变化都有反应的数。十个类别、一无所知时，损失是 $\ln 10$。有时间就对一个 logit 求导：第一项得 $p_j$，第二项在真实类别处得 $-1$。
#
# **常见误解**：以为损失就是指标。损失是要降低的，查准率和查全率才是想要的；损失更好，F1 不一定更高。


# %% tags=["exercise"]
def cross_entropy_gradient(logits, labels):
    """Gradient of the mean cross-entropy with respect to the logits, (N, classes)."""
    ### BEGIN SOLUTION
    truth = np.eye(logits.shape[1])[labels]  # a row with one 1 for each image
    return (softmax(logits) - truth) / len(labels)
    ### END SOLUTION


# %%
check("03.cross_entropy_gradient", cross_entropy_gradient)

# %% [markdown] lang="en" slide="slide" take="heading formula predict"
# ## Why not squared error?
# One image, one yes/no question, the truth is yes ($y = 1$). The network says $\sigma(z)$. Two losses, and their slopes by the chain rule ($\sigma' = \sigma(1-\sigma)$):
#
# $$L_{\text{CE}} = -\ln \sigma(z), \qquad \frac{dL_{\text{CE}}}{dz} = \sigma(z) - 1;$$
#
# $$L_{\text{MSE}} = (\sigma(z) - 1)^2, \qquad \frac{dL_{\text{MSE}}}{dz} = 2\,(\sigma(z) - 1)\,\sigma(z)\,(1 - \sigma(z)).$$
#
# **Predict first.** The network is badly wrong: $z = -8$, so it is sure of “no”. Which loss pulls harder? How many steps $z \leftarrow z - \frac{dL}{dz}$ does each need to come round to $z > 0$?

# %% [markdown] lang="zh"
# ## 为什么不用均方误差？
# 一张图像，一个是非题，答案是“是”（$y = 1$）。网络给出 $\sigma(z)$。两种损失，用链式法则求出它们的斜率（$\sigma' = \sigma(1-\sigma)$）：
#
# $$L_{\text{CE}} = -\ln \sigma(z), \qquad \frac{dL_{\text{CE}}}{dz} = \sigma(z) - 1;$$
#
# $$L_{\text{MSE}} = (\sigma(z) - 1)^2, \qquad \frac{dL_{\text{MSE}}}{dz} = 2\,(\sigma(z) - 1)\,\sigma(z)\,(1 - \sigma(z)).$$
#
# **先预测。** 网络错得很厉害：$z = -8$，它确信答案是“否”。哪种损失拉得更用力？按 $z \leftarrow z - \frac{dL}{dz}$ 一步步走，各要多少步才能回到 $z > 0$？

# %% [markdown] lang="en" slide="notes"
# **2 min.** One image, a yes-or-no question, the truth is yes. $\sigma$ is the sigmoid, $z$ the logit. Both slopes by the chain rule, with $\sigma' = \sigma(1 - \sigma)$; do the second on the board. Then take guesses: ten steps? A hundred? A thousand?

# %% [markdown] lang="zh"
# **2 分钟。** 一张图像，一个是非题，答案是“是”。$\sigma$ 是 sigmoid，$z$ 是 logit。两个斜率都用链式法则，$\sigma' = \sigma(1 - \sigma)$；第二个在黑板上推一遍。然后收集猜测：十步？一百步？一千步？

# %% slide="subslide" show="output"
from imgrec_course.scratch.losses import (
    binary_cross_entropy_from_logits_backward,
    mean_squared_error_backward,
)


def slope_of_cross_entropy(z):
    return binary_cross_entropy_from_logits_backward(z, np.ones_like(z)) * z.size


def slope_of_squared_error(z):
    outer = mean_squared_error_backward(layers.sigmoid(z), np.ones_like(z)) * z.size
    return layers.sigmoid_backward(z, outer)


def steps_until_right(slope, z=-8.0):
    z, steps = np.array([z]), 0
    while z[0] <= 0:
        z, steps = z - slope(z), steps + 1
    return steps


quick, slow = (
    steps_until_right(slope_of_cross_entropy),
    steps_until_right(slope_of_squared_error),
)
claim("steps with cross-entropy", quick, at_most=12)
claim("steps with squared error", slow, at_least=1000)

# %% slide="same" column="right"
z = np.linspace(-10, 6, 321)
figure, axes = subplots(size=(5.8, 3.2))
axes.plot(z, slope_of_cross_entropy(z), color=plots.POSITIVE, label="cross-entropy")
axes.plot(
    z,
    slope_of_squared_error(z),
    color=plots.NEGATIVE,
    linestyle="--",
    label="squared error",
)
axes.set(
    xlabel="logit z (the truth is “yes”: right is to the right)", ylabel="slope of the loss"
)
axes.set_title("Squared error lets go where the network is most wrong")
axes.legend()
show(
    figure,
    "Slopes of two losses over the logit: cross-entropy's goes to minus one for very wrong logits, squared error's returns to zero there.",
)

# %% [markdown] lang="en" only="slides" slide="same"
# Its slope has a factor $\sigma(z)$, near 0 where the mistake is **largest**.

# %% [markdown] lang="zh"
# 它的斜率含因子 $\sigma(z)$，错得**最厉害**处趋于 0。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Follow the dashed curve to the left: the more wrong, the weaker the pull. That is saturation. In cross-entropy the factor cancels.
#
# **Misconception:** that squared error is always wrong. For predicting a *number* (an age, a position), with no sigmoid at the output, it is a sound choice.

# %% [markdown] lang="zh"
# **1.5 分钟。** 沿着虚线往左看：错得越厉害，拉得越轻，这就是饱和。在交叉熵里这个因子约掉了。
#
# **常见误解**：以为均方误差总是不好。要预测的是一个*数*（年龄、位置），输出端没有 sigmoid 时，它是合理的选择。

# %% [markdown] lang="en"
# Squared error **saturates**: its slope holds a factor $\sigma(z)$, which vanishes exactly where the mistake is largest. In cross-entropy that factor cancels. For predicting a *number* (an age, a position), where the output has no sigmoid, squared error is a sound choice.

# %% [markdown] lang="zh"
# 均方误差会**饱和**：它的斜率含有因子 $\sigma(z)$，恰恰在错得最厉害的地方趋于零；在交叉熵里这个因子约掉了。如果要预测的是一个*数*（年龄、位置），输出端没有 sigmoid，均方误差则是合理的选择。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Backwards through one layer
# A network has thousands of weights. Which way must each move to lower the loss? We need $\partial L/\partial w$ for every weight $w$: how fast $L$ changes when $w$ alone moves. The chain rule lets us go **backwards**, one layer at a time. Each layer is told the **gradient of its output**, $g = \partial L / \partial y$, an array shaped like its output $y$. It answers two questions: how does $L$ change with my weights? And how with my input $x$? The second answer is what the layer before is told.
#
# **Dense.** In $y_{n,o} = \sum_i x_{n,i}\, w_{i,o} + b_o$ the weight $w_{i,o}$ appears once for each image $n$, with the factor $x_{n,i}$. Each time it changes $y_{n,o}$, and $L$ changes $g_{n,o}$ times as much. All these effects add up; likewise for $b$ and $x$:
#
# $$\frac{\partial L}{\partial w_{i,o}} = \sum_n x_{n,i}\, g_{n,o}, \quad \frac{\partial L}{\partial b_o} = \sum_n g_{n,o}, \quad \frac{\partial L}{\partial x_{n,i}} = \sum_o g_{n,o}\, w_{i,o};$$
#
# in matrices $X^{\mathsf T} G$, the column sums of $G$, and $G\, W^{\mathsf T}$.

# %% [markdown] lang="zh"
# ## 倒着走过一层
# 一个网络有成千上万个权重。要降低损失，每个权重该往哪边动？我们需要对每个权重 $w$ 求 $\partial L/\partial w$：只动这一个 $w$ 时，$L$ 变化得多快。有了链式法则，就可以**倒着走**，一次一层。每一层先得知**输出的梯度** $g = \partial L / \partial y$，它是形状与输出 $y$ 相同的数组；然后回答两个问题：$L$ 随我的权重怎样变化？随我的输入 $x$ 又怎样变化？后一个答案，就是要告诉前一层的。
#
# **全连接层。** 在 $y_{n,o} = \sum_i x_{n,i}\, w_{i,o} + b_o$ 中，权重 $w_{i,o}$ 对每张图像 $n$ 出现一次，带着因子 $x_{n,i}$。每一次它都改变 $y_{n,o}$，而 $L$ 的变化是 $y_{n,o}$ 变化的 $g_{n,o}$ 倍。把这些影响全部加起来；对 $b$ 和 $x$ 也一样：
#
# $$\frac{\partial L}{\partial w_{i,o}} = \sum_n x_{n,i}\, g_{n,o}, \quad \frac{\partial L}{\partial b_o} = \sum_n g_{n,o}, \quad \frac{\partial L}{\partial x_{n,i}} = \sum_o g_{n,o}\, w_{i,o};$$
#
# 写成矩阵就是 $X^{\mathsf T} G$、$G$ 的各列之和，以及 $G\, W^{\mathsf T}$。

# %% [markdown] lang="en" only="slides" slide="same"
# Told $g = \partial L/\partial y$, a layer answers: how does $L$ change with my **weights** $f$? With my **input** $x$?

# %% [markdown] lang="zh"
# 一层先得知 $g = \partial L/\partial y$，再回答：$L$ 随我的**权重** $f$ 怎样变化？随我的**输入** $x$ 呢？

# %% source="imgrec_course.scratch.layers.dense_backward"

# %% source="imgrec_course.scratch.layers.relu_backward"

# %% [markdown] lang="en" slide="same" take="formula"
# **ReLU** passes the gradient on where its input was positive. **Max pooling** passes it on to the pixel that won: a small change of any other pixel changes nothing. (Among equals the first takes it all, as in Keras on a CPU.) **Average pooling** gives every pixel of the window an equal share.
#
# **Convolution.** In $y[n,i,j,o] = b[o] + \sum_{p,q,c} x[n,\ s i + p,\ s j + q,\ c]\, f[p,q,c,o]$ the weight $f[p,q,c,o]$ appears at every place $(i, j)$ of every image, with the pixel below it as factor:
#
# $$\frac{\partial L}{\partial f[p,q,c,o]} = \sum_{n}\sum_{i}\sum_{j} x[n,\ s i + p,\ s j + q,\ c]\; g[n,i,j,o].$$
#
# Look at it for $s = 1$: it is a cross-correlation of the *input* with the *gradient*, which now plays the kernel. And the input? For $s = 1$, pixel $x[u, v]$ lay under weight $f[p, q]$ when the window stood at $(u-p,\ v-q)$:
#
# $$\frac{\partial L}{\partial x[n,u,v,c]} = \sum_{o}\sum_{p}\sum_{q} g[n,\ u-p,\ v-q,\ o]\; f[p,q,c,o] \qquad (g = 0 \text{ outside}).$$
#
# The minus signs are the flip: this *is* a convolution, a true one. **The flip that we left out on the way forward returns on the way back.**

# %% [markdown] lang="zh"
# **ReLU** 在输入为正的地方把梯度传下去。**最大汇聚**把梯度传给胜出的那个像素：其余像素稍微变一变，什么也不会改变。（并列时由第一个全得，Keras 在 CPU 上也是如此。）**平均汇聚**让窗口内的每个像素各得一份，份份相等。
#
# **卷积。** 在 $y[n,i,j,o] = b[o] + \sum_{p,q,c} x[n,\ s i + p,\ s j + q,\ c]\, f[p,q,c,o]$ 中，权重 $f[p,q,c,o]$ 在每张图像的每个位置 $(i, j)$ 都出现一次，因子是它盖住的像素：
#
# $$\frac{\partial L}{\partial f[p,q,c,o]} = \sum_{n}\sum_{i}\sum_{j} x[n,\ s i + p,\ s j + q,\ c]\; g[n,i,j,o].$$
#
# 看 $s = 1$ 的情形：它就是*输入*与*梯度*的互相关，梯度当了卷积核。对输入呢？$s = 1$ 时，窗口位于 $(u-p,\ v-q)$，像素 $x[u, v]$ 就正好在权重 $f[p, q]$ 之下：
#
# $$\frac{\partial L}{\partial x[n,u,v,c]} = \sum_{o}\sum_{p}\sum_{q} g[n,\ u-p,\ v-q,\ o]\; f[p,q,c,o] \qquad (g \text{ 在界外取 } 0).$$
#
# 式中的减号就是翻转：这*正是*卷积，真正的卷积。**前向时省去的翻转，反向时又回来了。**

# %% [markdown] lang="en" only="slides" slide="fragment"
# The minus signs are the flip: this *is* a convolution, a true one. **What we left out on the way forward returns on the way back.**

# %% [markdown] lang="zh"
# 式中的减号就是翻转：这*正是*卷积，真正的卷积。**前向时省去的翻转，反向时又回来了。**

# %% [markdown] lang="en" slide="notes"
# **3 min.** First the idea: the chain rule backwards, one layer at a time; the answer for the input is what the layer before is told. Then the kernel: a weight is used at every place of every image, so its effects add up; for $s = 1$ the sum is a cross-correlation of the input with the gradient. Then the input, for $s = 1$: pixel $(u, v)$ lay under weight $(p, q)$ when the window stood at $(u - p, v - q)$. Draw that on the board.
#
# Dense layers, ReLU and pooling are in the notebook. When time is short, show the last line only.

# %% [markdown] lang="zh"
# **3 分钟。** 先讲想法：链式法则倒着走，一次一层；对输入的回答，就是要告诉前一层的。再看卷积核：一个权重在每张图像的每个位置都用到，所以影响要加起来；$s = 1$ 时，它就是输入与梯度的互相关。再看输入（$s = 1$）：窗口位于 $(u - p, v - q)$ 时，像素 $(u, v)$ 正好在权重 $(p, q)$ 之下。在黑板上画出来。
#
# 全连接层、ReLU 和汇聚见笔记本。时间不够就只讲最后一行。

# %% [markdown] lang="en"
# **Exercise ★★★ kernels_gradient.** The gradient with respect to the kernels, with stride, without padding. (A loop over the $k \times k$ cells of the kernel is enough: which pixels lay under cell $(p, q)$?)

# %% [markdown] lang="zh"
# **练习 ★★★ kernels_gradient。** 求对卷积核的梯度，带步幅，无填充。（只需对卷积核的 $k \times k$ 个格子循环：格子 $(p, q)$ 盖住过哪些像素？）


# %% tags=["exercise"]
def kernels_gradient(images, gradient, size, stride):
    """Gradient (size, size, C, O) from images (N, H, W, C) and the output's gradient (N, h, w, O)."""
    ### BEGIN SOLUTION
    _, rows, columns, channels_out = gradient.shape
    result = np.empty((size, size, images.shape[3], channels_out))
    for p in range(size):
        for q in range(size):
            # The pixels under cell (p, q), one for each place
            below = images[
                :, p : p + stride * rows : stride, q : q + stride * columns : stride
            ]
            result[p, q] = np.einsum("nijc,nijo->co", below, gradient)
    return result
    ### END SOLUTION


# %%
check("03.kernels_gradient", kernels_gradient)

# %% [markdown] lang="en"
# Now the whole of it, without a loop over places. Forwards we had `rows @ weights`; that is a dense layer, so its two gradients are `rows.T @ gradient` and `gradient @ weights.T`. The second gives every *window* its gradient; where windows overlap, a pixel collects from all of them. `add_windows` does the collecting, for any stride, padding and dilation.

# %% [markdown] lang="zh"
# 现在写出全部，对位置不用循环。前向是 `rows @ weights`，也就是一个全连接层，所以两个梯度是 `rows.T @ gradient` 和 `gradient @ weights.T`。后者给出每个*窗口*的梯度；窗口重叠的地方，像素要从各个窗口收集起来。`add_windows` 做的就是收集，步幅、填充、空洞任意。

# %% source="imgrec_course.scratch.layers.add_windows"

# %% source="imgrec_course.scratch.layers.conv2d_backward"

# %% [markdown] lang="en"
# Max pooling uses the same collecting. Cell by cell of the window, whoever equals the largest value takes what is left of the gradient; the first one leaves 0 to the others.

# %% [markdown] lang="zh"
# 最大汇聚也用同样的收集。依次看窗口的每个格子：谁等于最大值，谁就拿走剩下的梯度；第一个拿走后，留给其余的就是 0。

# %% source="imgrec_course.scratch.layers.max_pool_backward"

# %%
x, f = generator.normal(size=(9, 11)), generator.normal(size=(3, 4))
g = generator.normal(size=(7, 8))  # the gradient of the output, 9 − 3 + 1 by 11 − 4 + 1
to_x, to_f, to_b = conv2d_backward(
    x[None, :, :, None], f[:, :, None, None], g[None, :, :, None]
)

by_scipy = signal.correlate2d(x, g, mode="valid")
claim(
    "kernel's gradient and SciPy's correlation differ by",
    np.abs(to_f[:, :, 0, 0] - by_scipy).max(),
    at_most=1e-12,
)
by_scipy = signal.convolve2d(g, f, mode="full")
claim(
    "input's gradient and SciPy's convolution differ by",
    np.abs(to_x[0, :, :, 0] - by_scipy).max(),
    at_most=1e-12,
)

# %% [markdown] lang="en"
# ## A network of our own
# Put together what we have: two rounds of convolution, ReLU and max pooling, then a dense layer. $n$ is the number of images in a batch (in the formulas $N$).
#
# | layer | output | parameters |
# | --- | --- | --- |
# | images | $(n, 28, 28, 1)$ | |
# | convolution 3 × 3, 8 kernels; ReLU | $(n, 26, 26, 8)$ | 80 |
# | max pooling 2 × 2 | $(n, 13, 13, 8)$ | 0 |
# | convolution 3 × 3, 16 kernels; ReLU | $(n, 11, 11, 16)$ | 1,168 |
# | max pooling 2 × 2 (row and column 11 are dropped) | $(n, 5, 5, 16)$ | 0 |
# | flatten, dense | $(n, 10)$ | 4,010 |
#
# `forward` remembers what went into each layer, because `backward` needs it.

# %% [markdown] lang="zh"
# ## 自己的网络
# 把已有的东西拼起来：两轮“卷积、ReLU、最大汇聚”，再加一个全连接层。$n$ 是一个批量中的图像数（公式里的 $N$）。
#
# | 层 | 输出 | 参数 |
# | --- | --- | --- |
# | 图像 | $(n, 28, 28, 1)$ | |
# | 卷积 3 × 3，8 个卷积核；ReLU | $(n, 26, 26, 8)$ | 80 |
# | 最大汇聚 2 × 2 | $(n, 13, 13, 8)$ | 0 |
# | 卷积 3 × 3，16 个卷积核；ReLU | $(n, 11, 11, 16)$ | 1168 |
# | 最大汇聚 2 × 2（第 11 行、第 11 列丢掉） | $(n, 5, 5, 16)$ | 0 |
# | 展平，全连接 | $(n, 10)$ | 4010 |
#
# `forward` 记下每一层的输入，因为 `backward` 要用。

# %%
from imgrec_course.scratch.losses import cross_entropy_from_logits_backward


def forward(parameters, images):
    """Logits (n, 10) of images (n, 28, 28, 1), and what backward() needs to remember."""
    kernels_1, bias_1, kernels_2, bias_2, weights, bias_3 = parameters
    maps_1 = conv2d(images, kernels_1, bias_1)
    active_1 = relu(maps_1)
    pooled_1 = max_pool(active_1)
    maps_2 = conv2d(pooled_1, kernels_2, bias_2)
    active_2 = relu(maps_2)
    pooled_2 = max_pool(active_2)
    row = pooled_2.reshape(len(images), -1)  # (n, 400)
    remembered = images, maps_1, active_1, pooled_1, maps_2, active_2, pooled_2, row
    return dense(row, weights, bias_3), remembered


def backward(parameters, remembered, gradient):
    """Gradients of all parameters from the gradient of the logits (n, 10)."""
    images, maps_1, active_1, pooled_1, maps_2, active_2, pooled_2, row = remembered
    kernels_1, _, kernels_2, _, weights, _ = parameters
    gradient, to_weights, to_bias_3 = dense_backward(row, weights, gradient)
    gradient = max_pool_backward(active_2, gradient.reshape(pooled_2.shape))
    gradient = relu_backward(maps_2, gradient)
    gradient, to_kernels_2, to_bias_2 = conv2d_backward(pooled_1, kernels_2, gradient)
    gradient = max_pool_backward(active_1, gradient)
    gradient = relu_backward(maps_1, gradient)
    _, to_kernels_1, to_bias_1 = conv2d_backward(images, kernels_1, gradient)
    return [to_kernels_1, to_bias_1, to_kernels_2, to_bias_2, to_weights, to_bias_3]


# %% [markdown] lang="en"
# The twin in Keras, and some data: Fashion-MNIST, brought to mean 0 and standard deviation 1 (measured on the training images; learning goes faster so). Keras draws the first weights at random from $\pm\sqrt{6/(\text{inputs}+\text{outputs})}$ (for a convolution $k^2 C$ and $k^2 O$), a width that keeps the signal about as large from layer to layer (Glorot & Bengio 2010). We copy them.

# %% [markdown] lang="zh"
# 再来一个用 Keras 写的孪生网络，以及数据：Fashion-MNIST，归一化为均值 0、标准差 1（用训练图像算出；这样学得更快）。Keras 在 $\pm\sqrt{6/(\text{输入数}+\text{输出数})}$（对卷积层是 $k^2 C$ 和 $k^2 O$）的范围内随机抽取初始权重，这个宽度使信号从一层到下一层大小相近（Glorot & Bengio 2010）。我们照抄它的初始权重。

# %%
from imgrec_course.datasets.fashion import FASHION_CLASSES, load_fashion

(x_train, y_train), (x_test, y_test) = load_fashion()
mean, deviation = x_train.mean(), x_train.std()


def prepared(images):
    """uint8 images (n, 28, 28) as float32 (n, 28, 28, 1) with mean about 0, deviation about 1."""
    return ((images[..., np.newaxis] - mean) / deviation).astype("float32")


def keras_twin(dtype):
    """The same network in Keras, without softmax: it answers with logits."""
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype=dtype),
            keras.layers.Conv2D(8, 3, activation="relu", dtype=dtype),
            keras.layers.MaxPooling2D(dtype=dtype),
            keras.layers.Conv2D(16, 3, activation="relu", dtype=dtype),
            keras.layers.MaxPooling2D(dtype=dtype),
            keras.layers.Flatten(dtype=dtype),
            keras.layers.Dense(10, dtype=dtype),
        ]
    )


images_train, images_test = prepared(x_train), prepared(x_test)
claim("parameters of the network", keras_twin("float32").count_params(), equals=5258)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## Is it right? The gradient check
# A wrong gradient does not crash, and often the network even learns. So check it against the definition. A derivative is the limit of a difference quotient; move one number by $\pm h$ and see what the loss does:
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w - h)}{2h}.$$
#
# Far too slow to train with (two passes for *each* weight), but it knows nothing of our derivation. We compare by the **relative error**, the largest difference over the largest entry, for each array of parameters by itself:

# %% [markdown] lang="zh"
# ## 对不对？梯度检验
# 梯度写错了，程序并不会崩溃，网络往往还照样在学。所以要拿定义来检验。导数是差商的极限：把一个数移动 $\pm h$，看损失怎样变：
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w - h)}{2h}.$$
#
# 用它来训练太慢（*每个*权重都要算两遍），但它与我们的推导毫无关系。比较时用**相对误差**，即最大的差除以最大的分量，每个参数数组分别计算：

# %% source="imgrec_course.scratch.layers.numerical_gradient"

# %% source="imgrec_course.scratch.layers.relative_error"

# %%
generator = np.random.default_rng(3)
few = generator.normal(size=(2, 7, 7, 2))
labels = np.array([0, 2])
kernels, weights = (
    generator.normal(size=(3, 3, 2, 4)) / 3,
    generator.normal(size=(100, 3)) / 5,
)


def smooth_loss(kernels):
    """Convolution, tanh, dense, cross-entropy: no corner anywhere."""
    row = layers.tanh(conv2d(few, kernels)).reshape(2, -1)
    return cross_entropy_from_logits(dense(row, weights), labels)


def smooth_gradient(kernels):
    """Its gradient by our backward functions."""
    maps = conv2d(few, kernels)
    row = layers.tanh(maps).reshape(2, -1)
    gradient = cross_entropy_from_logits_backward(dense(row, weights), labels)
    gradient, _, _ = dense_backward(row, weights, gradient)
    gradient = layers.tanh_backward(maps, gradient.reshape(maps.shape))
    return conv2d_backward(few, kernels, gradient)[1]


exact = smooth_gradient(kernels)
error = relative_error(numerical_gradient(smooth_loss, kernels), exact)
claim("relative error of convolution, tanh, dense and cross-entropy", error, at_most=1e-7)

# %% [markdown] lang="en"
# How small should $h$ be? **Predict first:** does the check become better and better as $h$ shrinks?

# %% [markdown] lang="zh"
# $h$ 该取多小？**先预测**：$h$ 越小，检验就越准吗？

# %%
steps = 10.0 ** -np.arange(1, 13)
central = [
    relative_error(numerical_gradient(smooth_loss, kernels, h), exact) for h in steps
]


def one_sided(h):
    """(L(w + h) − L(w)) / h: the central difference of half the step, seen from w + h/2."""
    base = smooth_loss(kernels)
    moved = np.empty_like(kernels)
    for place in np.ndindex(kernels.shape):
        shifted = kernels.copy()
        shifted[place] += h
        moved[place] = (smooth_loss(shifted) - base) / h
    return moved


lopsided = [relative_error(one_sided(h), exact) for h in steps]
figure, axes = subplots(size=(6.0, 3.5))
axes.loglog(
    steps, central, "o-", color=plots.POSITIVE, label="central, (L(w+h) − L(w−h)) / 2h"
)
axes.loglog(
    steps, lopsided, "s--", color=plots.NEGATIVE, label="one-sided, (L(w+h) − L(w)) / h"
)
axes.set(
    xlabel="step h",
    ylabel="relative error",
    title="Too small a step is as bad as too large a one",
)
axes.legend(loc="upper center")
show(
    figure,
    "Relative error over the step h, both axes logarithmic: two valleys; the central difference reaches about one in ten billion near h = 1e-5, the one-sided stays far above.",
)
claim("the best central difference", min(central), at_most=1e-8)
claim("the central difference with h = 1e-12", central[-1], at_least=1e-6)
claim(
    "the best one-sided difference is worse by a factor",
    min(lopsided) / min(central),
    at_least=10,
)

# %% [markdown] lang="en" slide="same" take="table"
# From the right: the formula's own error falls with $h^2$ (the one-sided with $h$). From the left: two nearly equal losses are subtracted, their common digits cancel, and the rounding error, about $10^{-16}/h$, is left over. The valley lies near $h = 10^{-5}$. Float32 has 7 digits instead of 16; after the subtraction hardly any would be left. **Check gradients in float64.** What the number means (after Stanford's CS231n, which compares entry by entry):
#
# | relative error | means |
# | --- | --- |
# | about $10^{-9}$ | right |
# | about $10^{-5}$ | probably right where there are corners (ReLU, max); suspicious where everything is smooth |
# | $10^{-2}$ and more | wrong |
#
# **Predict first.** Four mistakes that people make. Which of them would you have noticed by watching the loss fall?

# %% [markdown] lang="zh"
# 从右往左看：公式本身的误差按 $h^2$ 下降（单侧差商按 $h$ 下降）。从左往右看：两个几乎相等的损失相减，共同的数位抵消了，剩下的是大小约为 $10^{-16}/h$ 的舍入误差。谷底在 $h = 10^{-5}$ 附近。float32 只有约 7 位有效数字，而 float64 有 16 位；相减之后，float32 就所剩无几了。**检验梯度要用 float64。** 这个数的含义（参照斯坦福大学 CS231n，那里是逐个分量比较）：
#
# | 相对误差 | 含义 |
# | --- | --- |
# | $10^{-9}$ 左右 | 正确 |
# | $10^{-5}$ 左右 | 有折角（ReLU、max）时多半正确；处处光滑时可疑 |
# | $10^{-2}$ 或更大 | 错了 |
#
# **先预测。** 下面是四个常见的错误。只看损失在下降，你会发现其中的哪几个？

# %% [markdown] lang="en" only="slides" slide="same"
# Relative error: largest difference over largest entry. In **float64**, $h$ near $10^{-5}$.

# %% [markdown] lang="zh"
# 相对误差：最大的差除以最大的分量。用 **float64**，$h$ 取 $10^{-5}$ 左右。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A wrong gradient does not crash, and often the network even learns. The difference quotient knows nothing of our derivation; it is far too slow to train with. Why not $h = 10^{-12}$? Two nearly equal losses are subtracted, their common digits cancel, and the rounding is left. The table follows Stanford's CS231n, which compares entry by entry.

# %% [markdown] lang="zh"
# **2 分钟。** 梯度写错了，程序并不会崩溃，网络往往还照样在学。差商与我们的推导毫无关系；用它来训练则太慢。为什么不取 $h = 10^{-12}$？两个几乎相等的损失相减，共同的数位抵消，剩下的只是舍入误差。这张表参照斯坦福大学 CS231n，那里是逐个分量比较。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Two mistakes in one layer
# - **Without the flip**: what the second convolution hands to the first
# - **Sign turned**: the second convolution's kernels go uphill

# %% [markdown] lang="zh"
# ## 同一层的两个错误
# - **没有翻转**：第二个卷积层传给第一层的梯度
# - **符号反了**：第二个卷积层的卷积核往上坡走

# %%
f, g = generator.normal(size=(3, 3, 2, 4)), generator.normal(size=(2, 5, 5, 4))
to_images, to_kernels, to_bias = conv2d_backward(few, f, g)
true_images = numerical_gradient(lambda x: (conv2d(x, f) * g).sum(), few)
true_kernels = numerical_gradient(lambda k: (conv2d(few, k) * g).sum(), f)
true_bias = numerical_gradient(lambda b: (conv2d(few, f, b) * g).sum(), np.zeros(4))
right = [
    relative_error(to_images, true_images),
    relative_error(to_kernels, true_kernels),
    relative_error(to_bias, true_bias),
]
claim("the largest of the three errors when all is right", max(right), at_most=1e-8)

wrong = {
    "input's gradient without the flip": relative_error(
        conv2d(g, f.swapaxes(2, 3), padding=2), true_images
    ),
    "kernel's gradient of the first image alone": relative_error(
        conv2d_backward(few[:1], f, g[:1])[1], true_kernels
    ),
    "bias's gradient as a mean instead of a sum": relative_error(
        g.mean(axis=(0, 1, 2)), true_bias
    ),
    "kernel's gradient with a sign turned": relative_error(-to_kernels, true_kernels),
}
for name, error in wrong.items():
    print(f"{name:45s}", measured(f"relative error {error:.2g}"))
claim("the least of the four errors", min(wrong.values()), at_least=0.1)
without_flip = wrong["input's gradient without the flip"]
claim("the error without the flip", without_flip, at_least=1)

# A corner: ReLU at 1e-6, where a step of 1e-5 reaches across it
across = numerical_gradient(lambda x: relu(x).sum(), np.array([1e-6]), step=1e-5)[0]
claim(
    "slope of ReLU measured across its corner (right would be 1)",
    across,
    equals=0.55,
    within=1e-6,
)

# %% [markdown] lang="en"
# A mean instead of a sum still points downhill, and one image of two does so roughly. The missing flip, and the turned sign that sends a layer uphill, we shall try out as soon as we can train. The last claim is a false alarm: the gradient is right, but the step reached across a corner. Then take a smaller $h$, or other numbers.
#
# Now the whole network, all 5,258 parameters, against Keras's automatic differentiation. (`tf.GradientTape` is TensorFlow's own; another backend of Keras would need another line here.)

# %% [markdown] lang="zh"
# 用平均代替求和，方向仍是下坡；两张图像只算一张，大致也是下坡。少了翻转会怎样，符号反了、让一层往上坡走又会怎样，等能训练了就来试。最后一条是误报：梯度是对的，只是步子跨过了折角。这时换小一点的 $h$，或换一组数。
#
# 现在拿整个网络的 5258 个参数与 Keras 的自动微分比较。（`tf.GradientTape` 是 TensorFlow 自己的；Keras 换用别的后端时，这里要换一种写法。）

# %%
import tensorflow as tf

loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def keras_gradients(model, images, labels):
    """Loss and gradients of all weights, by automatic differentiation."""
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(loss.call(labels, model(images, training=True)))
    return value, tape.gradient(value, model.trainable_variables)


twin = keras_twin("float64")
parameters = [np.array(weight) for weight in twin.get_weights()]
batch, labels = images_train[:32].astype("float64"), y_train[:32]
logits, remembered = forward(parameters, batch)
ours = backward(parameters, remembered, cross_entropy_from_logits_backward(logits, labels))
_, theirs = keras_gradients(twin, batch, labels)
errors = [relative_error(a, b) for a, b in zip(ours, theirs, strict=True)]
claim("our gradients differ from Keras's (relative error) by", max(errors), at_most=1e-10)

# %% [markdown] lang="en"
# ## Training
# One step of **stochastic gradient descent with momentum**: take a batch, compute the gradient $g$ of each parameter $w$, and go a little way downhill, keeping a share $\mu$ of the last step, so that zigzags cancel and steady descents gather speed:
#
# $$v \leftarrow \mu\, v - \eta\, g, \qquad w \leftarrow w + v.$$
#
# $\eta$ is the **learning rate**, $v$ starts at 0. First twenty steps in float64 beside Keras, from the same weights, on the same batches. If anything were different, however small, it would show here.

# %% [markdown] lang="zh"
# ## 训练
# **带动量的随机梯度下降**的一步：取一个批量，对每个参数 $w$ 算出梯度 $g$，往下坡方向走一小步，同时保留上一步的一部分 $\mu$，使来回摆动互相抵消、一路下坡则越走越快：
#
# $$v \leftarrow \mu\, v - \eta\, g, \qquad w \leftarrow w + v.$$
#
# $\eta$ 是**学习率**，$v$ 从 0 开始。先用 float64 走二十步，与 Keras 并排：相同的初始权重，相同的批量。哪怕有一丁点不同，也会在这里显出来。

# %% source="imgrec_course.scratch.losses.sgd_step"


# %%
# Keras keeps momentum and rate as float32; a number like 7/8 loses nothing there.
MOMENTUM = 7 / 8


def our_losses(parameters, batches, rates, backward=backward):
    """Train on batches of (images, labels); returns the parameters and the loss of every step."""
    velocities = [np.zeros_like(parameter) for parameter in parameters]
    history = []
    for (images, labels), rate in zip(batches, rates, strict=True):
        logits, remembered = forward(parameters, images)
        history.append(cross_entropy_from_logits(logits, labels))
        gradient = cross_entropy_from_logits_backward(logits, labels)
        gradients = backward(parameters, remembered, gradient)
        parameters, velocities = sgd_step(parameters, gradients, velocities, rate, MOMENTUM)
    return parameters, np.array(history)


def keras_losses(model, batches, rates):
    """The same by Keras: its layers, its loss, its optimiser."""
    optimizer = keras.optimizers.SGD(momentum=MOMENTUM)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(images, labels):
        value, gradients = keras_gradients(model, images, labels)
        optimizer.apply(gradients)
        return value

    history = []
    for (images, labels), rate in zip(batches, rates, strict=True):
        optimizer.learning_rate = rate
        history.append(step(images, labels))
    return np.array(history)


def batches_of(order, size, dtype="float32"):
    """Batches of training images and labels in this order; an incomplete last one is left out."""
    for start in range(0, len(order) - size + 1, size):
        rows = order[start : start + size]
        yield images_train[rows].astype(dtype, copy=False), y_train[rows]


# %%
order = np.random.default_rng(0).permutation(60_000)[:640]
rates = [1 / 64] * 20
_, ours = our_losses(parameters, batches_of(order, 32, "float64"), rates)
theirs = keras_losses(twin, batches_of(order, 32, "float64"), rates)
print(
    "loss at the first step", measured(ours[0]), "and at the twentieth", measured(ours[-1])
)
claim(
    "twenty steps in float64: losses differ by", np.abs(ours - theirs).max(), at_most=1e-11
)

# %% [markdown] lang="en" slide="same" take="predict"
# Equal to the last digits. And now the two mistakes that we put off: the gradient that the second convolution hands to the first, *without the flip* (the gradient check gave it an error above 1); and the gradient of the second convolution's kernels with *the sign turned*, so that this layer goes uphill.
#
# **Predict first.** In which of the two will the loss fall?

# %% [markdown] lang="zh"
# 直到最后几位都相等。现在来试刚才留下的两个错误：一个是第二个卷积层传给第一层的梯度*没有翻转*（梯度检验给出的误差大于 1）；另一个是第二个卷积层的卷积核梯度*符号反了*，于是这一层往上坡走。
#
# **先预测。** 哪一个的损失会下降？


# %% slide="fragment" show="output"
def backward_without_flip(parameters, remembered, gradient):
    """backward(), but the second layer's kernels are turned when they hand the gradient on."""
    kernels_1, bias_1, kernels_2, *rest = parameters
    turned = [kernels_1, bias_1, kernels_2[::-1, ::-1], *rest]
    return backward(turned, remembered, gradient)


def backward_with_sign_turned(parameters, remembered, gradient):
    """backward(), but the second layer's kernels are told to go uphill."""
    gradients = backward(parameters, remembered, gradient)
    return [*gradients[:2], -gradients[2], *gradients[3:]]


order = np.random.default_rng(1).permutation(60_000)[: 32 * 400]
start = [parameter.astype("float32") for parameter in parameters]
last = {}
for name, way in (
    ("right", backward),
    ("without the flip", backward_without_flip),
    ("sign turned", backward_with_sign_turned),
):
    _, history = our_losses(start, batches_of(order, 32), [1 / 64] * 400, way)
    last[name] = history[-100:].mean()
    print(
        f"{name:16s}",
        measured(f"loss {history[0]:.2f} at first, {last[name]:.3f} after 300 steps"),
    )
claim(
    "without the flip: the loss, divided by the right one's",
    last["without the flip"] / last["right"],
    at_most=1.3,
)
claim(
    "sign turned: the loss after 300 steps", last["sign turned"], at_least=0.6, at_most=1.5
)

# %% [markdown] lang="en" only="slides" slide="same"
# In **both**. A falling loss proves nothing about a gradient; only the check does.

# %% [markdown] lang="zh"
# **两个都会。** 损失下降证明不了梯度是对的，只有检验才能证明。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** The network: two rounds of convolution, ReLU and max pooling, then a dense layer; 5,258 parameters, written in NumPy alone. The gradient check gives both mistakes a relative error above 0.1, so it would have caught them at once. Ask for votes, then press the key. The layers behind the mistake learn properly and make the best of what is led astray.
#
# **Misconception:** “It learns, so it is right.”

# %% [markdown] lang="zh"
# **2.5 分钟。** 网络是两轮“卷积、ReLU、最大汇聚”，再加一个全连接层，共 5258 个参数，只用 NumPy 写成。梯度检验对这两个错误给出的相对误差都大于 0.1，一查便知。先表决，再按键。出错处之后的各层学得好好的，尽力弥补被带偏的那一层。
#
# **常见误解**：“它在学，所以没写错。”

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Training, in earnest

# %% [markdown] lang="zh"
# ## 正式训练

# %% [markdown] lang="en"
# In both. Without the flip it falls nearly as if nothing were wrong: the layers behind the mistake learn properly and make the best of a first layer that is led astray. Even with the sign turned it falls, only not as far: the other layers pull along the one that goes uphill. **A falling loss proves nothing about a gradient.** Only the check does.

# %% [markdown] lang="zh"
# 两个都会。没有翻转时，损失照样下降，几乎看不出有什么不对：出错处之后的各层学得好好的，尽力弥补被带偏的第一层。就连符号反了，损失也在下降，只是降得不如正确的低：其余各层拖着往上坡走的那一层前进。**损失下降证明不了梯度是对的。** 只有检验才能证明。

# %% [markdown] lang="en"
# Now in earnest, in float32: every training image twice, 32 at a time, with a learning rate that falls from 0.025 to 0.
#
# **Predict first.** (1) A linear classifier, that is our dense layer alone on the 784 pixels (with softmax and cross-entropy it is lesson 01's logistic regression): what macro-F1 on the test images? And the network? (2) The two networks compute the same in float32, with 7 digits. Will their losses still agree after 3,750 steps?

# %% [markdown] lang="zh"
# 现在用 float32 正式训练：每张训练图像用两遍，每批 32 张，学习率从 0.025 降到 0。
#
# **先预测。**（1）线性分类器，也就是直接在 784 个像素上只用一个全连接层（配上 softmax 和交叉熵，就是第 01 课的逻辑回归），测试图像上的宏平均 F1 是多少？这个网络呢？（2）两个网络用 float32 算的是同一件事，约 7 位有效数字。走完 3750 步，两者的损失还会一致吗？

# %%
generator = np.random.default_rng(0)
order = np.concatenate([generator.permutation(60_000), generator.permutation(60_000)])
rates = 0.025 * (1 - np.arange(3750) / 3750)

twin = keras_twin("float32")
initial = [np.array(weight) for weight in twin.get_weights()]
start = time.perf_counter()
parameters, ours = our_losses(initial, batches_of(order, 32), rates)
middle = time.perf_counter()
theirs = keras_losses(twin, batches_of(order, 32), rates)
print("our network ", measured(middle - start, "s"))
print("Keras's twin", measured(time.perf_counter() - middle, "s"))
gap = np.abs(ours - theirs)
claim("float32: the first ten losses differ by", gap[:10].max(), at_most=1e-5)


# %%
def logits_of(parameters, images):
    """Logits of many images, 500 at a time."""
    parts = range(0, len(images), 500)
    return np.concatenate([forward(parameters, images[i : i + 500])[0] for i in parts])


def trained_linear(rate=0.01, epochs=3):
    """A dense layer on the pixels, trained in the same way; returns weights and biases."""
    parameters = [np.zeros((784, 10), "float32"), np.zeros(10, "float32")]
    velocities = [np.zeros_like(parameter) for parameter in parameters]
    order = np.concatenate(
        [np.random.default_rng(e).permutation(60_000) for e in range(epochs)]
    )
    steps = len(order) // 64
    for step, (images, labels) in enumerate(batches_of(order, 64)):
        row = images.reshape(len(images), -1)
        gradient = cross_entropy_from_logits_backward(dense(row, *parameters), labels)
        _, *gradients = dense_backward(row, parameters[0], gradient)
        now = rate * (1 - step / steps)
        parameters, velocities = sgd_step(
            parameters, gradients, velocities, now, momentum=0.9
        )
    return parameters


# %% slide="same" show="output" outputs="1 2"
linear = trained_linear()
logits = {
    "linear": dense(images_test.reshape(10_000, -1), *linear),
    "ours": logits_of(parameters, images_test),
    "Keras": twin.predict(images_test, batch_size=500, verbose=0),
}
f1 = {
    name: f1_score(y_test, values.argmax(axis=1), average="macro")
    for name, values in logits.items()
}
claim("macro-F1 of the linear classifier", f1["linear"], at_least=0.82, at_most=0.85)
claim("macro-F1 of our network", f1["ours"], at_least=0.86)
claim(
    "our network is ahead of the linear classifier by",
    f1["ours"] - f1["linear"],
    at_least=0.015,
)
claim(
    "our network and Keras's twin: macro-F1 differs by",
    abs(f1["ours"] - f1["Keras"]),
    at_most=0.02,
)

# %% slide="same"
figure, (left, right) = subplots(1, 2, size=(8.4, 3.2))
smooth = np.ones(200) / 200  # mean of 200 steps
for name, history, colour, style in (
    ("ours", ours, plots.POSITIVE, "-"),
    ("Keras", theirs, plots.NEGATIVE, "--"),
):
    left.plot(
        np.convolve(history, smooth, mode="valid"),
        color=colour,
        linestyle=style,
        label=name,
    )
left.set(
    xlabel="step", ylabel="loss (mean of 200 steps)", title="One curve, computed twice"
)
left.legend()
blocks = np.median(np.maximum(gap, 1e-8).reshape(-1, 25), axis=1)  # of 25 steps each
right.semilogy(25 * np.arange(150) + 12, blocks, color=plots.CHANCE)
right.set(xlabel="step", ylabel="difference (median of 25 steps)")
right.set_title("Rounding grows, then levels off")
show(
    figure,
    "Left: the loss of our network and of its Keras twin fall along one curve. Right: their difference grows from about 1e-7 at first and then levels off.",
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Every training image of Fashion-MNIST twice. Left in the figure: one curve, computed twice, by us and by Keras from the same weights. Right: in float32 the two differ in the seventh digit at first; training magnifies that, until they are two networks, equally good. That is why this course claims no measured result to the last digit.
#
# The notebook's scoreboard has precision and recall for the hardest class, the shirt, each with its 95 % interval; show that cell if there is time.

# %% [markdown] lang="zh"
# **1.5 分钟。** Fashion-MNIST 的每张训练图像用两遍。图左：同一条曲线算了两遍，我们和 Keras 从同样的权重出发。图右：float32 下，起初第七位就有差别，训练把它放大，最后成了两个不同的网络，只是同样好。正因如此，本课程从不断言实测结果的最后一位数字。
#
# 笔记本的记分板列出了最难的一类（衬衫）的查准率和查全率，各附 95% 置信区间；有时间就打开那个单元格看看。

# %% [markdown] lang="en"
# In float64 the two agree to the last digits; in float32 they begin to differ in the seventh digit, and training magnifies it: a pixel that is barely the largest of its window becomes barely the second largest. After some hundred steps they are two networks, equally good. **That is why this course claims no measured result to the last digit**, and why a single run is no proof that one setting beats another (lesson 02).

# %% [markdown] lang="zh"
# float64 下两者一致到最后几位；float32 下，它们从第七位起就有差别，训练又把差别放大：某个像素本来勉强是窗口里最大的，现在勉强成了第二大的。几百步之后，它们已是两个不同的网络，只是同样好。**正因如此，本课程从不断言实测结果的最后一位数字**；也正因如此，单独跑一次不能证明一种设置胜过另一种（第 02 课）。

# %% [markdown] lang="en" slide="slide" take="heading predict"
# ## Does it care where things are?
# The convolutions are equivariant, pooling looks at neighbourhoods: should our network not recognise a garment just as well when it lies 3 pixels further right? It is often said so.
#
# **Predict first.** We shift 3,000 test images by 1, 2, 3 and 4 pixels to the right. What happens to the macro-F1 of the network? Of the linear classifier?

# %% [markdown] lang="zh"
# ## 它在乎东西放在哪里吗？
# 卷积是平移等变的，汇聚看的是邻域：那么，一件衣服往右挪 3 个像素，我们的网络应该照样认得吧？人们常这么说。
#
# **先预测。** 把 3000 张测试图像向右平移 1、2、3、4 个像素。网络的宏平均 F1 会怎样？线性分类器呢？


# %% slide="fragment" show="output"
def shifted(images, pixels):
    """Images (n, 28, 28) moved to the right; black moves in, what leaves is lost."""
    return np.pad(images, ((0, 0), (0, 0), (pixels, 0)))[:, :, :28]


fallen = {}
some, truth = x_test[:3000], y_test[:3000]
for pixels in (0, 1, 2, 3, 4):
    moved = prepared(shifted(some, pixels))
    answers = {
        "network": logits_of(parameters, moved).argmax(axis=1),
        "linear": dense(moved.reshape(3000, -1), *linear).argmax(axis=1),
    }
    scores = {
        name: f1_score(truth, answer, average="macro") for name, answer in answers.items()
    }
    fallen[pixels] = scores
    print(
        f"shifted by {pixels}:",
        measured("  ".join(f"{name} {score:.3f}" for name, score in scores.items())),
    )
claim(
    "the network's macro-F1 falls, at 3 pixels, by",
    fallen[0]["network"] - fallen[3]["network"],
    at_least=0.2,
)
claim(
    "at 1 pixel it stays ahead of the linear classifier by",
    fallen[1]["network"] - fallen[1]["linear"],
    at_least=0.02,
)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Convolutions are equivariant: shift, then convolve, or convolve, then shift, is the same (with stride $s$ for multiples of $s$, away from padded borders). So it is often said that the network must not care. Take votes, then press the key.
#
# **Misconception:** that equivariant means invariant. The convolutions say *where* something was found, and the dense layer behind has a weight of its own for each place. Remedies: learn from shifted images (lesson 05), or average the places away (lesson 04).

# %% [markdown] lang="zh"
# **2.5 分钟。** 卷积是平移等变的：先平移再卷积，与先卷积再平移，结果相同（步幅为 $s$ 时只对 $s$ 的整数倍成立，填充的边界附近除外）。所以人们常说网络不会在乎位置。先表决，再按键。
#
# **常见误解**：以为等变就是不变。卷积会说出在*哪里*发现了什么，后面的全连接层对每个位置各有一个权重。对策：用平移过的图像来学（第 05 课），或者对各个位置取平均（第 04 课）。

# %% [markdown] lang="en"
# Equivariant layers say *where* something was found, and the dense layer at the end has learned to expect it there: it has a weight of its own for each of the 5 × 5 places. Either such a network learns from shifted images (lesson 05 puts that to the test), or the places are averaged away at the end (as in a network of lesson 04).

# %% [markdown] lang="zh"
# 等变的层会说出在*哪里*发现了什么，而末尾的全连接层学会了在那里等着它：5 × 5 个位置，每个位置都有各自的权重。要应对平移，要么用平移过的图像来学（第 05 课加以检验），要么在末尾对各个位置取平均（第 04 课有这样一个网络）。

# %% [markdown] lang="en"
# ## What did the kernels learn?
# Nobody told the eight kernels of the first layer what to look for. Here they are, with what they make of an ankle boot. (Where the boot is not, a map shows the kernel's answer to even black; it is 0 only if the kernel's numbers cancel.)

# %% [markdown] lang="zh"
# ## 卷积核学到了什么？
# 没有人告诉第一层的八个卷积核该找什么。下面是它们的样子，以及它们从一只短靴（Ankle boot）上看到的东西。（靴子以外的地方，显示的是卷积核对一片纯黑的回答；只有当卷积核的各数互相抵消时，它才是 0。）

# %%
kernels = parameters[0][:, :, 0]  # (3, 3, 8)
boot = int(np.flatnonzero(y_test == FASHION_CLASSES.index("Ankle boot"))[0])
maps = relu(conv2d(images_test[boot : boot + 1], parameters[0], parameters[1]))[0]

figure, axes = subplots(2, 8, size=(9.6, 2.7))
for index in range(8):
    limit = np.abs(kernels).max()
    axes[0, index].imshow(kernels[:, :, index], cmap="RdBu", vmin=-limit, vmax=limit)
    for (row, column), weight in np.ndenumerate(kernels[:, :, index]):
        colour = "white" if abs(weight) > 0.6 * limit else "black"
        axes[0, index].text(
            column, row, f"{weight:.1f}", ha="center", va="center", fontsize=6, color=colour
        )
    axes[1, index].imshow(maps[:, :, index], cmap="gray_r")
for axis in axes.flat:
    axis.grid(False)
    axis.set(xticks=[], yticks=[])
figure.suptitle(
    "Eight learned kernels, and an ankle boot through each of them", fontsize=11
)
show(
    figure,
    "Above, eight kernels of 3 by 3 learned weights, positive blue, negative red; below, the feature map of an ankle boot for each, showing different edges and surfaces.",
)

# %% [markdown] lang="en"
# A network that has seen a million colour photographs has more to choose from. EfficientNet-Lite0 begins with 32 kernels of $3 \times 3 \times 3$ and stride 2. Our `conv2d` computes its first layer on the pagoda:

# %% [markdown] lang="zh"
# 看过上百万张彩色照片的网络，选择就更多了。EfficientNet-Lite0 的第一层是 32 个 $3 \times 3 \times 3$ 的卷积核，步幅为 2。用我们的 `conv2d` 对那座楼阁计算它的第一层：

# %%
from imgrec_course.models.pretrained import load_efficientnet_lite0

network = load_efficientnet_lite0(include_top=False)
stem = network.get_layer("stem_conv")
(stem_kernels,) = stem.get_weights()  # (3, 3, 3, 32), no bias
scene = (
    photo[np.newaxis, 10:234, 90:314].astype("float32") - 127
) / 128  # (1, 224, 224, 3)
answers = conv2d(scene, stem_kernels, stride=2, padding="same")  # (1, 112, 112, 32)
claim(
    "our first layer of EfficientNet-Lite0 differs from Keras's by",
    np.abs(answers - stem(scene).numpy()).max(),
    at_most=1e-4,
)

# Each kernel as a tiny picture: grey is 0, its largest weight black, white or a full colour
largest = np.abs(stem_kernels).max(axis=(0, 1, 2))
tiny = 0.5 + stem_kernels / (2 * np.maximum(largest, 1e-3))
show(
    plots.photo_grid(np.moveaxis(tiny, 3, 0), columns=16, size=0.58),
    "The 32 kernels of EfficientNet-Lite0's first layer as tiny colour pictures: stripes and edges in several directions, single colours, and four that are all grey.",
)
share = np.abs(stem_kernels.sum(axis=(0, 1, 2))) / np.maximum(
    np.abs(stem_kernels).sum(axis=(0, 1, 2)), 1e-3
)
claim(
    "kernels whose 27 numbers all but cancel, as in table A",
    sum((share < 0.03) & (largest > 0.1)),
    at_least=10,
)
claim("kernels that have died: every weight below 0.001", sum(largest < 1e-3), equals=4)

# %% [markdown] lang="en"
# Edge finders like our table A, in several directions; others that weigh the colours against each other; and four kernels with next to no weight, dead since their training. Nobody designed a single one. Three of them on the pagoda (grey is 0):

# %% [markdown] lang="zh"
# 有像表 A 那样的边缘查找器，朝着不同方向；有的拿一种颜色与另一种颜色相比；还有四个几乎没有任何权重，训练之后就是“死”的。没有一个是人设计的。下面是其中三个对楼阁的回答（灰色为 0）：

# %%
chosen = ((1, "2: darkness"), (15, "16: vertical edges"), (3, "4: blue against red"))
figure, axes = subplots(1, 3, size=(5.4, 2.1))
for axis, (index, name) in zip(axes, chosen, strict=True):
    axis.grid(False)
    limit = np.quantile(np.abs(answers[0, :, :, index]), 0.99)
    axis.imshow(answers[0, :, :, index], cmap="gray", vmin=-limit, vmax=limit)
    axis.set(xticks=[], yticks=[])
    axis.set_title(name, fontsize=9)
red, green, blue = stem_kernels[:, :, :, 3].sum(axis=(0, 1))
print(f"kernel 4, sum of weights: red {red:.1f}, green {green:.1f}, blue {blue:.1f}")
show(
    figure,
    "Three feature maps of the pagoda: one is light where the photograph is dark, one shows vertical edges, one sets blue against red.",
    photographs=True,
)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The scoreboard
# Shirts are the hardest class: they look like T-shirts, pullovers and coats. Precision and recall of “this is a shirt”, each with its 95 % interval:

# %% [markdown] lang="zh"
# ## 记分板
# 衬衫（Shirt）是最难的一类：它像 T 恤，像套头衫，也像大衣。下面是“这是衬衫”这一判断的查准率和查全率，各附 95% 置信区间：

# %% slide="same" show="output"
shirt = FASHION_CLASSES.index("Shirt")
rows = {}
for model, name in (
    ("linear classifier", "linear"),
    ("NumPy CNN, 5,258 parameters", "ours"),
):
    probability = softmax(logits[name])[:, shirt]
    rows[name] = scoreboard.record(
        model,
        "Fashion-MNIST, shirts",
        y_test == shirt,
        logits[name].argmax(axis=1) == shirt,
        probability,
    )
gain = rows["ours"]["average_precision"] - rows["linear"]["average_precision"]
claim("AP for shirts: the network is ahead by", gain, at_least=0.02)

# %% [markdown] lang="en" slide="notes"
# **1 min.** “This is a shirt”: of what was called a shirt, how much is one; of the shirts, how many were found. In brackets the 95 % intervals, which lesson 02 explains. The shirt is the hardest class: say so before somebody compares with the macro-F1.

# %% [markdown] lang="zh"
# **1 分钟。** “这是衬衫”：判为衬衫的里面有多少是衬衫；衬衫里找到了多少。方括号里是 95% 置信区间，第 02 课讲过。衬衫是最难的一类：先说明这一点，免得有人拿它与宏平均 F1 相比。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > You carry a trained network from one library to another. Every shape fits, nothing complains, and the answers are nonsense. Where do you look?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 你把一个训练好的网络从一个库搬到另一个库。形状处处吻合，没有任何报错，结果却一塌糊涂。你从哪里查起？

# %% [markdown] lang="en" only="slides" slide="fragment"
# - **Where the windows lie**: “same” with stride 2 may pad one side only; one library takes the end, another both.
# - **Whether the kernel is flipped**, and the order of its axes.
# - How the **pixels** were prepared.

# %% [markdown] lang="zh"
# - **窗口放在哪里**：步幅为 2 的“same”可能只在一侧补零，有的库补在末尾，有的库两侧都补。
# - **卷积核翻没翻转**，各轴按什么次序排列。
# - **像素**是怎样预处理的。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute with a neighbour. The notebook has the trap in numbers: with six pixels, kernel 3 and stride 2, Keras's “same” puts its one zero at the end; one zero on each side gives an output of the same shape, and the numbers differ by at least 10. The only sure way: compare the first layer's output on one image, number by number.

# %% [markdown] lang="zh"
# **2 分钟。** 与邻座讨论一分钟。笔记本里有这个陷阱的实例：六个像素、卷积核 3、步幅 2 时，Keras 的“same”把唯一的零补在末尾；两侧各补一个，输出形状一样，数值却至少差 10。唯一稳妥的办法：拿一张图像，把第一层的输出逐个数地比较。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## What to take along
# 1. A convolution layer lays a small table of weights on every window, through all channels, and adds up the products: cross-correlation, not mathematics' convolution. Output size: $\lfloor (H + 2p - d(k-1) - 1)/s \rfloor + 1$.
# 2. Sharing weights makes it small ($k^2 C O + O$ parameters) and equivariant to shifts by multiples of the stride, away from the borders. Dense layers behind it can still be huge.
# 3. Pooling has no weights. Layers without a nonlinearity between them are one layer.
# 4. Cross-entropy from logits has the gradient “predicted minus true”; squared error behind a sigmoid lets go where the network is most wrong.
# 5. Backwards, a layer turns the gradient of its output into those of its weights and its input; for a convolution the flip returns. Check every gradient in float64.
#
# **A misconception to leave behind:** “A convolutional network does not care where things are.” Its convolutions answer *where*; whether the end of the network cares depends on what stands there and on what it was trained with. Ours lost a good part of its F1 to a shift by three pixels.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 卷积层把一张小小的权重表盖在每个窗口上，贯穿所有通道，把乘积加起来：这是互相关，不是数学上的卷积。输出大小为 $\lfloor (H + 2p - d(k-1) - 1)/s \rfloor + 1$。
# 2. 共享权重使它参数少（$k^2 C O + O$ 个），而且离开边界时，对步幅整数倍的平移是等变的。但后面的全连接层仍可能极其庞大。
# 3. 汇聚没有权重。中间没有非线性的若干层，只抵得上一层。
# 4. 由 logit 算出的交叉熵，梯度是“预测减真实”；sigmoid 之后用均方误差，恰恰在网络错得最厉害的地方松了手。
# 5. 反向时，一层把输出的梯度变成权重的梯度和输入的梯度；对卷积来说，翻转又回来了。每个梯度都要用 float64 检验。
#
# **要纠正的误解**：“卷积神经网络不在乎东西放在哪里。”它的卷积回答的正是*在哪里*；网络的末端在不在乎，取决于那里放的是什么、是用什么训练的。我们的网络只因平移三个像素，F1 就掉了一大截。

# %% [markdown] lang="en" only="slides" slide="same"
# **A misconception to leave behind:** “A convolutional network does not care where things are.” Ours lost a good part of its F1 to a shift by three pixels.

# %% [markdown] lang="zh"
# **要纠正的误解**：“卷积神经网络不在乎东西放在哪里。”我们的网络只因平移三个像素，F1 就掉了一大截。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let the room complete the sentences: “A convolution layer is …”, “Sharing weights buys …”, “A falling loss shows …”. Then the misconception: which part of our network cared where things are?
#
# Before next time: the exercises window_count, conv_layer and cross_entropy_gradient at least. Next: such networks in Keras, and what they get wrong.

# %% [markdown] lang="zh"
# **2 分钟。** 请大家补全句子：“卷积层就是……”，“共享权重换来的是……”，“损失下降说明……”。再看要纠正的误解：我们的网络里，是哪一部分在乎位置？
#
# 课后至少做 window_count、conv_layer 和 cross_entropy_gradient 三道练习。下一课：用 Keras 搭建这样的网络，看看它们错在哪里。

# %% [markdown] lang="en"
# ## References
# - [@goodfellow2016deep, chapters 6 and 9]
# - [@dumoulin2016guide]
# - [@lecun1998gradient]
# - [@glorot2010understanding]
# - [@nair2010rectified]
# - [@cs231n2015neural, gradient checks]
# - [@tan2019efficientnet]
# - [@xiao2017fashion]
# - The photograph is `china.jpg` by danielbuechele, CC BY 2.0, as it comes with scikit-learn.
#
# **Next:** lesson 04 builds and trains such networks in Keras, and looks at what they get wrong.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@goodfellow2016deep，第 6、9 章]
# - [@dumoulin2016guide]
# - [@lecun1998gradient]
# - [@glorot2010understanding]
# - [@nair2010rectified]
# - [@cs231n2015neural，梯度检验]
# - [@tan2019efficientnet]
# - [@xiao2017fashion]
# - 照片为 danielbuechele 的 `china.jpg`，CC BY 2.0，随 scikit-learn 提供。
#
# **下一课**：第 04 课用 Keras 搭建并训练这样的网络，再看看它们错在哪里。
