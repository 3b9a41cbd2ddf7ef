# %% [markdown] lang="en" slide="slide" take="heading"
# # 10 · A generator of images
#
# **After this lesson you can** compute a transposed convolution by hand and say when it draws checkerboards; build a generator and a discriminator whose shapes meet; write the alternating step that trains both, save it, and go on later as if nothing had happened; measure a generator's distance from real images, its precision and its recall; tell a good generator from one that merely repeats itself, blurs or copies.
#
# **You need** lessons 01 (precision, recall), 03–04 (convolution, Keras) and 09 (the game between generator and discriminator).
#
# **Time** 80 minutes, exercises included (a good place for a break: before “How good is it?”); the machine needs about a minute.

# %% [markdown] lang="zh"
# # 10 · 会画图的生成器
#
# **学完本课，你能够**：动手算转置卷积，并说出它何时会画出棋盘格；搭建形状对得上的生成器和判别器；写出交替训练两者的一步，存盘，以后接着训练，就像从未中断；量出生成器与真实图像的距离，以及它的查准率和查全率；把好的生成器与只会重复、模糊或照抄的区分开来。
#
# **预备知识**：第 01 课（查准率、查全率）、第 03、04 课（卷积、Keras）和第 09 课（生成器与判别器的博弈）。
#
# **时间**：80 分钟，含练习（适合中途休息的地方：“它有多好？”之前）；机器运行约一分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# Of what it makes, how much could be real?
#
# Of what is real, how much could it make?

# %% [markdown] lang="zh"
# 它造出来的，有多少能以假乱真？
#
# 真实存在的，有多少它造得出来？

# %% [markdown] lang="en" slide="notes"
# **1 min.** The two questions of the course, for a network that makes images: the first is the precision of a generator, the second its recall. Half of the lecture builds one, half of it measures one.
#
# This lecture covers the lesson without its exercises; they take another 40 minutes, alone or in a tutorial. Short of time? Leave out the step in code and the distances to the training images; keep the table and the explorer.

# %% [markdown] lang="zh"
# **1 分钟。** 课程的两个问题，这次问的是会画图的网络：前一个是生成器的查准率，后一个是它的查全率。本讲一半用来搭一个，一半用来量一个。
#
# 本讲不包括练习；练习另需 40 分钟，可以自己做，也可以放在习题课。时间不够时，可以略去“一步的代码”和“到训练图像的距离”；那张表和探索器要保留。

# %%
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from matplotlib.patches import Circle
from sklearn import set_config

from imgrec_course import plots, training
from imgrec_course import sample_quality as quality
from imgrec_course.checks import check, claim, measured
from imgrec_course.datasets.fashion import load_fashion
from imgrec_course.models.gan import GAN, StopAtNaN, check_shapes_meet, endless_batches
from imgrec_course.plots import show, subplots
from imgrec_course.scratch import layers as by_hand
from imgrec_course.scratch import transposed
from imgrec_course.scratch.layers import conv2d
from imgrec_course.scratch.transposed import matrix_of, overlaps
from imgrec_course.training import dcgan as recipe
from imgrec_course.widgets.latent import LatentExplorer

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Which of these were never made?
# Sixteen garments. Half of them were photographed; the other half exist only as the output of a network, the one that this lesson builds. **Predict first:** write down the numbers of the eight that you take for generated.

# %% [markdown] lang="zh"
# ## 哪些从来没有存在过？
# 十六件服饰。一半是拍下来的；另一半只是一个网络的输出，就是本课要搭的这个网络。**先预测**：把你认为是生成的八张的编号写下来。

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Half of them were photographed, half are the output of a network. Write down the numbers of the eight generated ones.

# %% [markdown] lang="zh"
# **先预测。** 一半是拍下来的，一半是网络的输出。写下你认为是生成的八张的编号。

# %% slide="same"
(x_train, y_train), (x_test, y_test) = load_fashion()
shipped = training.load(recipe.build("dcgan_generator"), "dcgan_generator")
noise = np.random.default_rng(7).normal(size=(8, 64)).astype("float32")
generated = shipped.predict(noise, verbose=0)[..., 0]
mixed = np.concatenate([quality.to_signed(x_test[40:48])[..., 0], generated])
order = np.random.default_rng(5).permutation(16)
show(
    plots.photo_grid(-mixed[order], [str(number) for number in range(16)], size=0.95),
    "Sixteen grey pictures of garments, numbered 0 to 15; half of them real, half generated.",
    photographs=True,
)

# %% slide="fragment" show="output"
print("generated:", ", ".join(str(i) for i in np.flatnonzero(order >= 8)))

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** A minute alone, then the key. Who found all eight? Who accused a real one? Then ask what these sixteen pictures prove about the generator. Nothing: whoever chooses may leave out the bad ones, and nobody sees what is missing.
#
# **Misconception:** that looking is measuring. By eye one judges precision, on chosen pictures; recall shows in no picture.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先各自看一分钟，再按键。谁八张全找到了？谁冤枉了真的？再问：这十六张图能证明这个生成器什么？什么也证明不了：挑图的人可以把坏的去掉，而缺了什么，谁也看不见。
#
# **常见误解**：以为看就是量。用眼睛评的是查准率，而且是挑过的图；查全率在任何一张图上都看不出来。

# %% [markdown] lang="en"
# How many did you find, and did you accuse a real one? Judging by eye is how generators are usually praised. This course asks its two questions instead. **Of what it makes, how much could be real? Of what is real, how much could it make?** The first is the precision of a generator, the second its recall. Sixteen chosen pictures answer neither: whoever chooses may leave out the bad ones, and nobody sees what is missing.

# %% [markdown] lang="zh"
# 你找出了几张？有没有冤枉真的？平常称赞一个生成器，就是这样用眼睛看。本课程要问的仍是那两个问题：**它造出来的，有多少能以假乱真？真实存在的，有多少它造得出来？** 前一个是生成器的查准率，后一个是它的查全率。挑出来的十六张图，两个问题都回答不了：挑图的人可以把坏的去掉，而缺了什么，谁也看不见。

# %% [markdown] lang="en"
# ## Two networks that never meet
# The article that this course grew out of sketches such a generator. It ends in pictures of 16 × 16 × 3; its discriminator expects 224 × 224 × 3. Our own miniature of the two:

# %% [markdown] lang="zh"
# ## 永远碰不上面的两个网络
# 本课程由一篇文章发展而来，那篇文章也勾画了一个生成器。它最后给出 16 × 16 × 3 的图像，而它的判别器要的是 224 × 224 × 3。下面是我们自己写的缩小版：

# %%
layers = keras.layers
keras.utils.set_random_seed(0)
too_small = keras.Sequential(
    [
        keras.Input((100,)),
        layers.Dense(4 * 4 * 8),
        layers.Reshape((4, 4, 8)),
        layers.Conv2DTranspose(4, 3, 2, "same"),
        layers.Conv2DTranspose(3, 3, 2, "same"),  # tanh left out: see below
    ]
)
too_large = keras.Sequential(
    [
        keras.Input((224, 224, 3)),
        layers.Conv2D(4, 3, 4),
        layers.Flatten(),
        layers.Dense(1),
    ]
)
try:
    GAN(too_small, too_large)
except ValueError as error:
    print(error)

# %% [markdown] lang="en"
# That is what `check_shapes_meet` says, before anything is trained. The article's generator has a second flaw: between its transposed convolutions stands no ReLU, no function that bends. A chain of affine maps is one affine map (lesson 03), so three such layers can do no more than one. The article has one ReLU behind the dense layer and a tanh at the end; our miniature leaves both out, so that the flaw stands alone: it can only mix a fixed set of pictures. It shows in four predictions: for any affine $G$, $\;G(a + b) + G(0) = G(a) + G(b)$.

# %% [markdown] lang="zh"
# 这句话出自 `check_shapes_meet`，在训练之前就说清楚了。文章的生成器还有第二个毛病：几个转置卷积之间没有 ReLU，没有任何会“拐弯”的函数。一串仿射映射合起来还是一个仿射映射（第 03 课），所以这样的三层并不比一层更能干。文章在全连接层之后有一个 ReLU，末尾有一个 tanh；我们的缩小版把两者都去掉，好让这个毛病单独显出来：它只能把一组固定的图像混来混去。四次预测就看得出来：对任何仿射的 $G$，都有 $\;G(a + b) + G(0) = G(a) + G(b)$。

# %%
a, b = np.random.default_rng(0).normal(size=(2, 1, 100)).astype("float32")
outputs = too_small(np.concatenate([a + b, 0 * a, a, b])).numpy()
gap = np.abs(outputs[0] + outputs[1] - outputs[2] - outputs[3]).max()
claim("miniature: G(a + b) + G(0) and G(a) + G(b) differ by", gap, at_most=1e-4)
outputs = shipped.predict(
    np.concatenate([noise[:1] + noise[1:2], 0 * noise[:1], noise[:2]]), verbose=0
)
gap = np.abs(outputs[0] + outputs[1] - outputs[2] - outputs[3]).max()
claim("the shipped generator: they differ by", gap, at_least=0.5)

# %% [markdown] lang="en"
# The article's training has more such holes. Two can be shown in a few lines. First, it takes the generator's images from `predict`. **Predict first:** how many of the miniature's six arrays of weights get a gradient that way?

# %% [markdown] lang="zh"
# 那篇文章的训练还有更多漏洞，其中两个几行就能演示。第一，它用 `predict` 取生成器的图像。**先预测**：这样一来，缩小版的六个权重数组中，有几个能得到梯度？

# %%
meeting = keras.Sequential([keras.Input((16, 16, 3)), layers.Flatten(), layers.Dense(1)])
check_shapes_meet(too_small, meeting)
some = np.random.default_rng(1).normal(size=(4, 100)).astype("float32")


def reached(make):
    """Number of the generator's arrays of weights that a gradient reaches."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.nn.softplus(-meeting(make(some))))
    return sum(g is not None for g in tape.gradient(loss, too_small.trainable_variables))


by_predict = reached(lambda z: too_small.predict(z, verbose=0))
claim("reached through predict", by_predict, equals=0)
claim("reached by calling the generator", reached(too_small), equals=6)

# %% [markdown] lang="en"
# `predict` returns NumPy arrays; TensorFlow's tape, which records the computation for the gradients, does not know where they came from. Call the model instead. Asked for gradients, the tape answers `None`; the article's loop never asks, and its generator simply never learns.
#
# Second, the only *real image* in the article's program is called `z`, like the noise, and is used nowhere; and it is scaled to [0, 1], while a generator that ends in tanh gives numbers from −1 to 1. Were it used, a single negative number would give a generated image away, and the discriminator would not have to look at what is in the picture. The course's `GAN` refuses images so scaled:

# %% [markdown] lang="zh"
# `predict` 返回的是 NumPy 数组，梯度带（tape）不知道它们从哪里来。应当直接调用模型。向梯度带要梯度，它只回答 `None`；那篇文章的循环根本没有要，它的生成器就这样永远学不到东西。
#
# 第二，文章的程序里唯一的一张*真实图像*取了噪声的名字 `z`，之后再没有用到；而且它缩放到 [0, 1]，以 tanh 结尾的生成器给出的却是 −1 到 1 的数。真要用上它，只要有一个负数就暴露了生成的图像，判别器根本不必去看图上是什么。课程的 `GAN` 会拒绝这样的图像：

# %%
miniature = GAN(too_small, meeting)
miniature.compile()
for scale in (255, 1):
    wrong = np.random.default_rng(0).uniform(0, scale, (8, 16, 16, 3))
    try:
        miniature.fit(wrong)
    except ValueError as error:
        print("·", str(error).replace("these lie", "\n  these lie"))

# %% [markdown] lang="en"
# The rest of that loop can be read off without running it. Each line is repaired further below:
#
# | in the article's loop | what follows | in this lesson |
# |---|---|---|
# | the discriminator gets no real images and no targets | there is nothing to tell apart | both kinds, with targets, in every step |
# | the generator's weights are never changed | it stays as it was drawn at random | the second half of every step |
# | two loops, one after the other | neither can answer what the other has learned | the two updates alternate |
# | a batch of one image | every step follows the whim of one picture | batches of 64 |
# | the discriminator is compared with its own output | it agrees with itself, always | a judge that takes no part in the game |

# %% [markdown] lang="zh"
# 那个循环的其余毛病，不运行也看得出来。下文会逐条修好：
#
# | 文章的循环里 | 后果 | 本课的做法 |
# |---|---|---|
# | 判别器既没有真实图像，也没有目标 | 没有什么可区分的 | 每一步两种图像都有，并带目标 |
# | 生成器的权重从不更新 | 一直是当初随机抽的样子 | 每一步的后半步 |
# | 两个循环一先一后 | 一方学到的，另一方无从应对 | 两种更新交替进行 |
# | 每批只有一张图像 | 每一步都由一张图说了算 | 每批 64 张 |
# | 判别器与自己的输出相比 | 永远与自己一致 | 请一位不参加比赛的裁判 |

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## From small to large: the transposed convolution
# A discriminator halves height and width with convolutions of stride 2. A generator must go the other way. The layer that does it is the **transposed convolution**. In words: *every input pixel stamps the kernel onto the output, multiplied by the pixel's value; from one stamp to the next it is $s$ pixels; where stamps overlap they add up.*
#
# Along one axis: input $x_i$, $i = 0, \dots, h - 1$; kernel $k_a$, $a = 0, \dots, k - 1$; stride $s$:
#
# $$y_n = \sum_{i,\,a\,:\; i s + a = n} x_i\, k_a, \qquad n = 0, \dots, (h - 1)\,s + k - 1 .$$
#
# So the output has $(h - 1)\,s + k$ pixels (padding `"valid"`). With `"same"` the $k - s$ surplus pixels are cut off, $\lfloor (k - s)/2 \rfloor$ of them at the beginning and the rest at the end, and exactly $h\,s$ are left.

# %% [markdown] lang="zh"
# ## 从小到大：转置卷积
# 判别器用步幅为 2 的卷积，把高和宽减半。生成器要反过来走，用的层叫**转置卷积**。用话来说：*每个输入像素把卷积核乘以自己的值，像盖章一样盖到输出上；相邻两个章相隔 $s$ 个像素；重叠的地方相加。*
#
# 沿一个轴写出来：输入 $x_i$，$i = 0, \dots, h - 1$；卷积核 $k_a$，$a = 0, \dots, k - 1$；步幅 $s$：
#
# $$y_n = \sum_{i,\,a\,:\; i s + a = n} x_i\, k_a, \qquad n = 0, \dots, (h - 1)\,s + k - 1 .$$
#
# 所以输出有 $(h - 1)\,s + k$ 个像素（填充方式 `"valid"`）。用 `"same"` 时，多出的 $k - s$ 个像素被裁掉，开头裁 $\lfloor (k - s)/2 \rfloor$ 个，其余在末尾裁，恰好剩下 $h\,s$ 个。

# %% [markdown] lang="en" only="slides" slide="same"
# - Every input pixel $x_i$ **stamps** the kernel $k_a$ onto the output, times its value. $h$ input pixels, $k$ kernel pixels.
# - Stride $s$: from one stamp to the next. Where stamps overlap, they **add up**.
# - Padding `"same"` cuts the borders: exactly $h\,s$ pixels are left.

# %% [markdown] lang="zh"
# - 每个输入像素 $x_i$ 把卷积核 $k_a$ 乘以自己的值，像**盖章**一样盖到输出上。输入 $h$ 个像素，核 $k$ 个像素。
# - 步幅 $s$：相邻两个章的间隔。重叠的地方**相加**。
# - 填充方式 `"same"` 裁掉边缘，恰好剩下 $h\,s$ 个像素。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A discriminator halves height and width with convolutions of stride 2; a generator must go the other way. Read the sum aloud: output pixel $n$ collects from all pairs with $is + a = n$. Do not dwell on the indices; the picture follows.

# %% [markdown] lang="zh"
# **2 分钟。** 判别器用步幅为 2 的卷积把高和宽减半；生成器要反过来走。把求和式念一遍：输出像素 $n$ 收集所有满足 $is + a = n$ 的乘积。不必在下标上多停留，下一张就是图。

# %% slide="subslide"
values, kernel, stride = np.array([1.0, 3.0, 2.0]), np.array([1.0, 0.6, 0.3]), 2
figure, axes = subplots(size=(6.4, 2.6))
total = np.zeros((len(values) - 1) * stride + len(kernel))
for i, value in enumerate(values):
    places = np.arange(i * stride, i * stride + len(kernel))
    axes.bar(
        places,
        value * kernel,
        bottom=total[places],
        color=plots.PALETTE[i],
        width=0.8,
        edgecolor="white",
        hatch=("", "//", "..")[i],
        label=f"stamp of x{i} = {value:g}",
    )
    total[places] += value * kernel
axes.set(
    xlabel="output pixel",
    ylabel="value",
    title="Three pixels, kernel of 3, stride 2: stamps that overlap add up",
)
axes.legend(fontsize=8)
show(
    figure,
    "Bars for seven output pixels: each of three input pixels adds a stamp of three bars; pixels 2 and 4 get two stamps.",
)
print("y =", total)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Three input pixels 1, 3, 2 and the kernel (1, 0.6, 0.3). Let the room compute output pixel 2 before you point at it: $0.3 \cdot 1 + 1 \cdot 3 = 3.3$. Which pixels get two stamps? Every second one; that will matter in a minute.

# %% [markdown] lang="zh"
# **1.5 分钟。** 三个输入像素 1、3、2，卷积核 (1, 0.6, 0.3)。先请大家算输出像素 2，再指给他们看：$0.3 \cdot 1 + 1 \cdot 3 = 3.3$。哪些像素盖到两个章？每隔一个；过一会儿就要用到。

# %% [markdown] lang="en"
# **Exercise ★ output_size.** Number of output pixels along one axis. (Take $k \ge s$.)

# %% [markdown] lang="zh"
# **练习 ★ output_size。** 沿一个轴的输出像素数。（设 $k \ge s$。）


# %% tags=["exercise"]
def output_size(size, kernel_size, stride, padding):
    """Pixels after a transposed convolution; padding is "valid" or "same"."""
    ### BEGIN SOLUTION
    if padding == "same":
        return size * stride
    return (size - 1) * stride + kernel_size
    ### END SOLUTION


# %%
check("10.output_size", output_size)

# %% [markdown] lang="en"
# **Exercise ★★ stamp.** The formula along one axis, padding `"valid"`: `values` $(h,)$, `kernel` $(k,)$.

# %% [markdown] lang="zh"
# **练习 ★★ stamp。** 把上面的公式沿一个轴写出来，填充方式为 `"valid"`：`values` 是 $(h,)$，`kernel` 是 $(k,)$。


# %% tags=["exercise"]
def stamp(values, kernel, stride):
    """Transposed convolution of one row: ((h − 1)·stride + k,) numbers."""
    ### BEGIN SOLUTION
    row = np.zeros((len(values) - 1) * stride + len(kernel))
    for i, value in enumerate(values):
        row[i * stride : i * stride + len(kernel)] += value * kernel
    return row
    ### END SOLUTION


# %%
check("10.stamp", stamp)

# %% [markdown] lang="en"
# ### With two axes and channels
# Images $(\text{batch}, h, w, c_{in})$, kernels $(k_h, k_w, c_{out}, c_{in})$: a stamp of pixel $(i, j)$ has for each output channel $o$ the numbers $\sum_c x_{ijc}\, K_{aboc}$. Lesson 03 has already written the function that lays overlapping windows back onto an image and adds them up: `add_windows`, in the backward pass of `conv2d`. That is the whole layer:

# %% [markdown] lang="zh"
# ### 两个轴，多个通道
# 图像 $(\text{batch}, h, w, c_{in})$，卷积核 $(k_h, k_w, c_{out}, c_{in})$：像素 $(i, j)$ 盖的章，在每个输出通道 $o$ 上是 $\sum_c x_{ijc}\, K_{aboc}$。把互相重叠的窗口放回图像并相加，这个函数第 03 课已经写过，就是 `conv2d` 反向传播里的 `add_windows`。整个层就是这样：

# %%
add_windows = by_hand.add_windows  # lesson 03
fit = transposed.fit  # checks the arguments and works out the sizes

# %% source="imgrec_course.scratch.transposed.conv2d_transpose" slide="subslide" show="code"

# %% slide="same" show="output"
generator = np.random.default_rng(0)
images, kernels = generator.normal(size=(2, 5, 4, 3)), generator.normal(size=(4, 3, 2, 3))
worst = 0.0
for stride in (1, 2, 3):
    for padding in ("valid", "same"):
        layer = layers.Conv2DTranspose(
            2, (4, 3), stride, padding, use_bias=False, dtype="float64"
        )
        layer.build((None, None, None, 3))
        layer.set_weights([kernels])
        ours = conv2d_transpose(images, kernels, stride=stride, padding=padding)
        worst = max(worst, np.abs(ours - layer(images).numpy()).max())
claim("conv2d_transpose and Keras differ by", worst, at_most=1e-12)

# %% [markdown] lang="en"
# Why “transposed”? A convolution is linear: written as a matrix $C$, it maps the pixels of a large image to those of a small one. The transposed convolution with the same kernel has the matrix $C^\top$. Here both, for a 3 × 3 kernel of stride 2 between 7 × 7 and 3 × 3 pixels: $C$ is 9 × 49.

# %% [markdown] lang="zh"
# 为什么叫“转置”？卷积是线性的：写成矩阵 $C$，它把大图的像素变成小图的像素。用同一个卷积核的转置卷积，矩阵就是 $C^\top$。下面是两者的矩阵，卷积核 3 × 3，步幅 2，在 7 × 7 与 3 × 3 像素之间：$C$ 是 9 × 49 的。

# %% slide="same" show="output" outputs="2 3"
kernel = np.arange(1.0, 10).reshape(3, 3, 1, 1)
C = matrix_of(lambda x: conv2d(x, kernel, stride=2), (7, 7, 1))
back = matrix_of(lambda x: conv2d_transpose(x, kernel, stride=2), (3, 3, 1))
figure, axes = subplots(1, 2, size=(8.0, 2.8), width_ratios=[5, 2])
for axis, matrix, name in zip(
    axes, (C, back), ("convolution C", "its transpose"), strict=True
):
    axis.grid(False)
    axis.imshow(matrix, cmap="Blues", aspect="auto")
    axis.set(
        title=f"{name}: {matrix.shape[0]} × {matrix.shape[1]}",
        xlabel="input pixel",
        ylabel="output pixel",
    )
show(
    figure,
    "Two matrices with a few filled diagonal bands: the left one is wide, the right one is its mirror image, tall.",
)
claim(
    "the matrix of the transposed convolution is the transpose",
    bool(np.array_equal(back, C.T)),
)
claim(
    "but C after its transpose is not the identity; largest difference",
    np.abs(C @ back - np.eye(9)).max(),
    at_least=1,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Two lines do it: make all stamps, then lay them down and add. `add_windows` is the function that lesson 03 wrote for the *backward* pass of a convolution: gradients travel back by the transposed matrix. Hence the name, and the second claim.
#
# **Misconception:** that this layer undoes a convolution; the name “deconvolution” says so. It undoes nothing: the matrix times its transpose is not the identity (last claim).

# %% [markdown] lang="zh"
# **2 分钟。** 两行就够：先做出所有的章，再放回去相加。`add_windows` 是第 03 课为卷积的*反向*传播写的函数：梯度由转置矩阵往回传。名字由此而来，第二条断言说的就是这个。
#
# **常见误解**：以为这个层是卷积的逆运算，“反卷积”这个名字就是这么说的。它什么也没有还原：矩阵乘以它的转置并不是单位矩阵（最后一条断言）。

# %% [markdown] lang="en"
# The second claim is why the name “deconvolution” misleads: the layer undoes nothing. What it *is* you know from lesson 03: gradients travel back through a convolution by $C^\top$. And so its own gradients travel back by $(C^\top)^\top = C$, an ordinary convolution.

# %% [markdown] lang="zh"
# 第二条说明“反卷积”这个名字会误导人：这个层什么也没有还原。它*究竟是*什么，第 03 课已经见过：梯度正是由 $C^\top$ 穿过卷积往回传的。所以它自己的梯度由 $(C^\top)^\top = C$ 往回传，也就是一个普通的卷积。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Checkerboards
# How many stamps fall on a pixel? With a kernel of 3 and stride 2 along one axis: one, two, one, two, … In two dimensions the numbers multiply. A pixel that gets four stamps is built from four random contributions, its diagonal neighbour from one: before anything is learned, the picture has a pattern of the period of the stride (Odena, Dumoulin and Olah 2016). **Predict first:** does a larger kernel, 4 instead of 3, make it better or worse? And 5?

# %% [markdown] lang="zh"
# ## 棋盘格
# 一个像素上会盖到几个章？沿一个轴，卷积核为 3、步幅为 2：一个、两个、一个、两个……二维时两个方向的个数相乘。有的像素由四份随机的贡献相加而成，斜对角相邻的只有一份：还没有开始学习，图像上就有了周期等于步幅的花纹（Odena、Dumoulin 和 Olah 2016）。**先预测**：卷积核从 3 增大到 4，会变好还是变坏？增大到 5 呢？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Kernel 3, stride 2: some pixels get one stamp, some four. Does a kernel of 4 make it better or worse? And 5?

# %% [markdown] lang="zh"
# **先预测。** 卷积核为 3、步幅为 2：有的像素盖一个章，有的盖四个。核增大到 4，会变好还是变坏？增大到 5 呢？

# %% slide="fragment" outputs="2 3 4"
figure, axes = subplots(1, 3, size=(7.6, 2.7))
unevenness = {}
for axis, size in zip(axes, (3, 4, 5), strict=True):
    row = overlaps(8, size, 2)
    axis.grid(False)
    axis.imshow(np.outer(row, row), cmap="Blues", vmin=0, vmax=9)
    axis.set(xticks=[], yticks=[], title=f"kernel {size}, stride 2")
    # Variance of an untrained layer's output, for each of the four positions within a stride
    kernels = np.random.default_rng(0).normal(size=(size, size, 400, 1))
    flat = conv2d_transpose(np.ones((1, 8, 8, 1)), kernels, stride=2)[0, 6:-6, 6:-6]
    by_phase = [np.mean(flat[i::2, j::2] ** 2) for i in (0, 1) for j in (0, 1)]
    unevenness[size] = max(by_phase) / min(by_phase)
    print(
        f"kernel {size}: stamps along one axis {sorted(set(row[size:-size].tolist()))}, power",
        measured(" ".join(f"{value:.1f}" for value in by_phase)),
    )
show(
    figure,
    "Number of stamps for each pixel: with kernel 3 and 5 a checkerboard pattern, with kernel 4 an even field inside.",
)
claim("kernel 3: power differs by the factor", unevenness[3], at_least=3, at_most=5)
claim("kernel 4: power differs by the factor", unevenness[4], at_most=1.25)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Hands up for better and worse, then the key. In two dimensions the numbers along the axes multiply: 1, 2, 2, 4 for kernel 3. Before anything is learned, the picture has a pattern. Let the room find the rule: the stride must divide the kernel's size. That is why our generator uses 4 × 4.
#
# **Misconception:** that a larger kernel is smoother. 5 is uneven again.

# %% [markdown] lang="zh"
# **2 分钟。** 对“变好”“变坏”举手表决，再按键。二维时两个方向的章数相乘：卷积核为 3 时是 1、2、2、4。还没有开始学习，图像上就有了花纹。请大家找出规律：卷积核的大小必须能被步幅整除。所以我们的生成器用 4 × 4。
#
# **常见误解**：以为卷积核越大越均匀。5 又不均匀了。

# %% [markdown] lang="en"
# An output here is a sum of as many independent random weights, with mean 0, as it gets stamps, so its power (mean square) is proportional to that number: 1, 2, 2, 4 for kernel 3. Even fields need a kernel whose size the stride divides. That is why our generator uses 4 × 4. (Training can learn to balance uneven stamps, but it starts with a handicap; another cure is to enlarge first and convolve then.)
#
# **Exercise ★ even_stamps.** For which of these (kernel size, stride) do all pixels away from the border get equally many stamps? (3, 2), (4, 2), (5, 2), (6, 3), (2, 2), (5, 1). A tuple of six, `True` or `False`.

# %% [markdown] lang="zh"
# 这里每个输出是若干互相独立、均值为 0 的随机权重之和，盖了几个章就有几个，所以它的功率（均方值）与章数成正比：卷积核为 3 时是 1、2、2、4。要想均匀，卷积核的大小必须能被步幅整除。所以我们的生成器用 4 × 4。（训练可以学会平衡不均匀的章，但一开始就吃亏；另一种办法是先放大，再做卷积。）
#
# **练习 ★ even_stamps。** 下列（卷积核大小，步幅）中，哪些能使边缘以外的像素得到同样多的章？(3, 2)、(4, 2)、(5, 2)、(6, 3)、(2, 2)、(5, 1)。写成六个 `True` 或 `False` 的元组。

# %% tags=["exercise"]
### BEGIN SOLUTION
even_stamps = (False, True, False, True, True, True)
### END SOLUTION

# %%
check("10.even_stamps", even_stamps)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The two networks
# The generator, step by step. 64 numbers of **noise** $z$, drawn from the normal distribution; a dense layer makes 7 · 7 · 64 numbers of them, read as 64 maps of 7 × 7; a transposed convolution makes 32 maps of 14 × 14, another one the image of 28 × 28. ReLU between them, tanh at the end: numbers from −1 (black) to 1 (white). (The form is that of Radford, Metz and Chintala 2016, called DCGAN, in small; they also use batch normalisation, which comes below.)

# %% [markdown] lang="zh"
# ## 两个网络
# 先看生成器，一步一步来。64 个**噪声**数 $z$，从正态分布中抽取；一个全连接层把它们变成 7 · 7 · 64 个数，看作 64 幅 7 × 7 的特征图；一个转置卷积把它们变成 32 幅 14 × 14 的图，再一个变成 28 × 28 的图像。中间是 ReLU，最后是 tanh：数值从 −1（黑）到 1（白）。（这种形式来自 Radford、Metz 和 Chintala 2016，叫做 DCGAN，这里是缩小版；他们还用了批量归一化，见下文。）

# %% [markdown] lang="en" only="slides" slide="same"
# 64 numbers of noise in, an image of 28 × 28 out; and back again to one number, the **logit**:

# %% [markdown] lang="zh"
# 输入 64 个噪声数，输出 28 × 28 的图像；再变回一个数，即 **logit**：

# %% slide="same" show="output"
small_generator = keras.Sequential(
    [
        keras.Input((64,), name="noise"),
        layers.Dense(7 * 7 * 64, activation="relu"),
        layers.Reshape((7, 7, 64)),
        layers.Conv2DTranspose(32, 4, 2, "same", activation="relu"),
        layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh"),
    ]
)
small_discriminator = keras.Sequential(
    [
        keras.Input((28, 28, 1), name="image"),
        layers.Conv2D(32, 4, 2, "same"),
        layers.LeakyReLU(0.2),
        layers.Conv2D(64, 4, 2, "same"),
        layers.LeakyReLU(0.2),
        layers.Flatten(),
        layers.Dense(1),
    ]
)
for network in (small_generator, small_discriminator):
    for layer in network.layers:
        shape = " × ".join(str(size) for size in layer.output.shape[1:])
        print(
            f"{type(layer).__name__:16s} {shape:12s} {layer.count_params():8,d} parameters"
        )
check_shapes_meet(small_generator, small_discriminator)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Read the shapes down: 7 × 7, 14 × 14, 28 × 28, then the mirror image. ReLU between the generator's layers, tanh at its end: numbers from −1 (black) to 1 (white). In the discriminator *leaky* ReLU, so that a gradient always passes through to the generator. Ask: where must the two networks meet? In shape and in range: real images must be scaled to −1 … 1 as well, or a single negative number gives a fake away.

# %% [markdown] lang="zh"
# **2 分钟。** 从上往下念形状：7 × 7、14 × 14、28 × 28，然后是它的镜像。生成器各层之间是 ReLU，最后是 tanh：数值从 −1（黑）到 1（白）。判别器里用*带泄漏的* ReLU，这样总有梯度能传到生成器。问一问：两个网络要在哪里对得上？形状和取值范围：真实图像也要缩放到 −1 … 1，否则只要有一个负数就暴露了生成的图像。

# %% [markdown] lang="en"
# The discriminator mirrors it: two convolutions of stride 2, **leaky ReLU** (below zero the slope is 0.2 and not 0, so that a gradient can always pass through to the generator), and one number at the end, the **logit** $f(x)$. The probability that $x$ is real is $D(x) = \sigma(f(x))$; we never compute it, since losses are safer from logits (lessons 03 and 09). The course's builders make the same two networks:

# %% [markdown] lang="zh"
# 判别器与它对称：两个步幅为 2 的卷积，**带泄漏的 ReLU**（零以下的斜率是 0.2 而不是 0，这样总有梯度能传到生成器），最后一个数，即 **logit** $f(x)$。$x$ 为真的概率是 $D(x) = \sigma(f(x))$；我们从不去算它，因为由 logit 直接算损失更稳妥（第 03、09 课）。课程自带的函数搭出的就是这两个网络：

# %%
from imgrec_course.models.cnn import fast_dtype, garment_network
from imgrec_course.models.gan import dcgan_discriminator, dcgan_generator

claim(
    "parameters of the generator",
    dcgan_generator().count_params(),
    equals=small_generator.count_params(),
)
claim(
    "parameters of the discriminator",
    dcgan_discriminator().count_params(),
    equals=small_discriminator.count_params(),
)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ## One step of the game
# A batch of $m$ real images $x_j$ and as many noise vectors $z_j$. Cross-entropy of a logit $\ell$ with target $t$: $\;H(t, \ell) = \ln(1 + e^{\ell}) - t\,\ell$. The discriminator lowers
#
# $$L_D = \tfrac12 \Big[ \tfrac1m \sum_j H\big(1 - \varepsilon,\, f(x_j)\big) + \tfrac1m \sum_j H\big(0,\, f(G(z_j))\big) \Big],$$
#
# where $\varepsilon = 0.1$ keeps it from becoming too sure of itself (**one-sided label smoothing**; Salimans et al. 2016). In lesson 09 the two means were added; here half of that is taken, so a discriminator that cannot tell stands near $\ln 2 \approx 0.69$ (with this smoothing 0.688) and not at $2 \ln 2$. Then the generator lowers, against the discriminator *as it is now*,
#
# $$L_G = \tfrac1m \sum_j H\big(1,\, f(G(z_j))\big),$$
#
# the non-saturating loss of lesson 09, with the same noise vectors (there we drew new ones for it; both are done). Real images do not occur in it: all that the generator ever learns of them comes through the discriminator's gradient.
#
# **Exercise ★★ game_losses.** From the logits of a batch to $(L_D, L_G)$. (The logits are given; that $L_G$ is taken after the discriminator's step does not matter here.)

# %% [markdown] lang="zh"
# ## 博弈的一步
# 取 $m$ 张真实图像 $x_j$ 和同样多的噪声向量 $z_j$。logit $\ell$ 对目标 $t$ 的交叉熵是 $\;H(t, \ell) = \ln(1 + e^{\ell}) - t\,\ell$。判别器要降低
#
# $$L_D = \tfrac12 \Big[ \tfrac1m \sum_j H\big(1 - \varepsilon,\, f(x_j)\big) + \tfrac1m \sum_j H\big(0,\, f(G(z_j))\big) \Big],$$
#
# 其中 $\varepsilon = 0.1$，使它不至于过分自信（**单侧标签平滑**；Salimans 等 2016）。第 09 课是两个平均值相加，这里取其一半，所以分辨不出真假的判别器，损失在 $\ln 2 \approx 0.69$ 附近（在这样的平滑下是 0.688），而不是 $2 \ln 2$。然后生成器针对*刚刚更新过的*判别器，降低
#
# $$L_G = \tfrac1m \sum_j H\big(1,\, f(G(z_j))\big),$$
#
# 也就是第 09 课的非饱和损失，噪声向量沿用前面的（第 09 课为它另抽了一批；两种做法都有）。式中没有真实图像：生成器对它们的全部了解，都来自判别器传回的梯度。
#
# **练习 ★★ game_losses。** 由一个批量的 logit 算出 $(L_D, L_G)$。（logit 已给定；$L_G$ 本应在判别器更新之后再算，这里不必管。）


# %% [markdown] lang="en" only="slides" slide="same"
# - $x_j$ real images, $z_j$ noise, $m$ of each; $f$ the logit, $G$ the generator.
# - $H(t, \ell) = \ln(1 + e^{\ell}) - t\,\ell$: cross-entropy of a logit $\ell$ with target $t$.
# - $\varepsilon = 0.1$: one-sided **label smoothing**, lest $D$ become too sure.

# %% [markdown] lang="zh"
# - $x_j$ 是真实图像，$z_j$ 是噪声，各 $m$ 个；$f$ 是 logit，$G$ 是生成器。
# - $H(t, \ell) = \ln(1 + e^{\ell}) - t\,\ell$：logit $\ell$ 对目标 $t$ 的交叉熵。
# - $\varepsilon = 0.1$：单侧**标签平滑**，免得 $D$ 过分自信。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** First $L_D$, then $L_G$ against the discriminator *as it is now*. Two things differ from lesson 09: the mean of the two terms is halved, so a discriminator that cannot tell stands near $\ln 2$ and not at $2\ln 2$; and real samples get the label 0.9.
#
# Ask: where do real images occur in $L_G$? Nowhere. All that the generator ever learns of them comes through the discriminator's gradient. **Misconception:** that the generator is shown real images.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先看 $L_D$，再看 $L_G$，后者对付的是*刚刚更新过的*判别器。与第 09 课有两处不同：两项之和取一半，所以分辨不出真假的判别器，损失在 $\ln 2$ 附近，而不是 $2\ln 2$；真样本的标签是 0.9。
#
# 问一问：$L_G$ 里哪里有真实图像？哪里也没有。生成器对它们的全部了解，都来自判别器传回的梯度。**常见误解**：以为生成器看得到真实图像。


# %% tags=["exercise"]
def game_losses(real_logits, fake_logits, smoothing):
    """Losses of discriminator and generator, two numbers."""

    def cross_entropy(target, logits):
        return np.mean(np.logaddexp(0, logits) - target * logits)

    ### BEGIN SOLUTION
    discriminator = (
        cross_entropy(1 - smoothing, real_logits) + cross_entropy(0, fake_logits)
    ) / 2
    return discriminator, cross_entropy(1, fake_logits)
    ### END SOLUTION


# %%
check("10.game_losses", game_losses)

# %% [markdown] lang="en"
# The whole step with TensorFlow's `GradientTape`, which records what is computed and hands back gradients. Mind the order: the discriminator changes first, and the generator's tape is opened *afterwards*.

# %% [markdown] lang="zh"
# 完整的一步，用 TensorFlow 的 `GradientTape`（它记录计算过程，再交出梯度）。注意次序：判别器先更新，生成器的梯度带*之后*才打开。


# %% slide="subslide" show="code"
def cross_entropy(target, logits):
    return tf.reduce_mean(tf.nn.softplus(logits) - target * logits)


def descend(network, gradients, rate):
    for variable, gradient in zip(network.trainable_variables, gradients, strict=True):
        variable.assign_sub(rate * gradient)


def one_step(generator, discriminator, real, noise, rate=0.1):
    """The discriminator improves, then the generator against the improved one."""
    with tf.GradientTape() as tape:
        real_logits, fake_logits = discriminator(real), discriminator(generator(noise))
        loss = (cross_entropy(0.9, real_logits) + cross_entropy(0.0, fake_logits)) / 2
    descend(discriminator, tape.gradient(loss, discriminator.trainable_variables), rate)
    with tf.GradientTape() as tape:
        loss = cross_entropy(1.0, discriminator(generator(noise)))
    descend(generator, tape.gradient(loss, generator.trainable_variables), rate)


# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Mind the order: the discriminator changes first, and the generator's tape is opened *afterwards*. Gradients are taken for one player's variables each time. The course's `GAN` is a `keras.Model` whose `train_step` does the same; the lesson shows that the weights agree after one step. Short of time? Skip this slide.

# %% [markdown] lang="zh"
# **1.5 分钟。** 注意次序：判别器先更新，生成器的梯度带*之后*才打开。每次只对一方的变量求梯度。课程的 `GAN` 是一个 `keras.Model`，它的 `train_step` 做同样的事；课文里验证了走一步之后两者的权重一致。时间不够时，略去这一张。

# %% [markdown] lang="en"
# The course's `GAN` is a `keras.Model` whose `train_step` does the same, with any two optimisers, so that `fit`, callbacks and saving work as for every model. One step of both, from the same weights, the same images and the same noise:

# %% [markdown] lang="zh"
# 课程的 `GAN` 是一个 `keras.Model`，它的 `train_step` 做同样的事，两个优化器可以任选，于是 `fit`、回调和存盘都和别的模型一样。两者各走一步，权重、图像、噪声都相同：

# %%
x = quality.to_signed(x_train)
twins = [
    keras.models.clone_model(network) for network in (small_generator, small_discriminator)
]
for twin, network in zip(twins, (small_generator, small_discriminator), strict=True):
    twin.set_weights(network.get_weights())
gan = GAN(*twins, seed=3)
gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1), smoothing=0.1)

drawn = keras.random.normal((128, 64), seed=keras.random.SeedGenerator(3))
one_step(small_generator, small_discriminator, x[:128], drawn)
gan.fit(x[:128], batch_size=128, shuffle=False, verbose=0)
ours = small_generator.get_weights() + small_discriminator.get_weights()
theirs = twins[0].get_weights() + twins[1].get_weights()
gap = max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))
claim("after one step the weights differ by", gap, at_most=1e-5)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Half a minute of training
# Now in earnest: 60,000 images. A GAN trains or fails by its settings, so we tried six ways to train for the same 50 seconds, two runs each (`benchmarks/gan_quality.py`). Two changes helped, the first one most.
#
# - **Higher rates and smaller batches**, tried together, so that we cannot say how much is due to which: 0.002 for the generator and 0.001 for the discriminator in place of 0.0004 for both, and batches of 64 in place of 128, that is, more steps in the same time. (Adam with $\beta_1 = 0.5$ in all: less momentum, since the goal moves.)
# - **Batch normalisation** in the generator, as DCGAN's authors have it: before each ReLU, each channel is shifted and scaled so that over the batch and all places it has mean 0 and variance 1, and then gets a mean and a spread that are learned. No biases are needed then. (When the trained generator draws, running means from training take the place of the batch.)
#
# Half these rates, or batches of 32, made no difference that one run could show.
#
# One more thing costs nothing: the networks circle around each other, and so do their weights. The **running mean** of the generator's weights, $\bar w \leftarrow 0.99\,\bar w + 0.01\,w$ after each step, is calmer than any single state (Yazıcı et al. 2019). Keras's optimisers keep it with `use_ema=True`.
#
# **Predict first:** what will the pictures of one and the same eight noise vectors look like after 200 steps? Will either of the losses approach zero?

# %% [markdown] lang="zh"
# ## 训练半分钟
# 现在来真的：60,000 张图像。GAN 成败全在设置，所以我们把六种训练方法各试了两次，每次 50 秒（`benchmarks/gan_quality.py`）。有两处改动管用，第一处最管用。
#
# - **更高的学习率和更小的批量**，两者是一起试的，所以说不出各占多少功劳：生成器 0.002、判别器 0.001，原先都是 0.0004；每批 64 张，原先 128 张，同样的时间里步数更多。（各次都用 Adam 优化器，$\beta_1 = 0.5$：动量减小，因为目标在移动。）
# - 生成器里用**批量归一化**，DCGAN 的作者就是这样做的：在每个 ReLU 之前，把每个通道平移、缩放，使它在整个批量和所有位置上均值为 0、方差为 1，然后再给它一个学出来的均值和幅度。这样就不需要偏置了。（训练好的生成器画图时，用训练中记下的滑动平均代替整批的统计。）
#
# 学习率减半，或者每批 32 张，只试一次看不出差别。
#
# 还有一招几乎不费什么：两个网络互相绕着转，权重也跟着转。生成器权重的**滑动平均**，即每一步之后 $\bar w \leftarrow 0.99\,\bar w + 0.01\,w$，比任何一个瞬间的权重都稳定（Yazıcı 等 2019）。Keras 的优化器设 `use_ema=True` 就会记下它。
#
# **先预测**：同样的八个噪声向量，200 步之后画出的图是什么样？会不会有哪个损失趋近于零？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** One and the same eight noise vectors: what will be drawn from them after 200 steps? Will either loss approach zero?

# %% [markdown] lang="zh"
# **先预测。** 同样的八个噪声向量，200 步之后画出的图是什么样？会不会有哪个损失趋近于零？

# %%
keras.utils.set_random_seed(1)
DTYPE, BATCH, EPOCHS, STEPS = fast_dtype(), 64, 6, 200
gan = GAN(
    dcgan_generator(dtype=DTYPE, normalise=True), dcgan_discriminator(dtype=DTYPE), seed=1
)
gan.compile(
    keras.optimizers.Adam(2e-3, beta_1=0.5, use_ema=True, ema_momentum=0.99),
    keras.optimizers.Adam(1e-3, beta_1=0.5),
)
held = tf.constant(x)  # one copy for all batches below
snapshots = [gan.predict(noise, verbose=0)[..., 0]]


class Snapshots(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        snapshots.append(gan.averaged_generator().predict(noise, verbose=0)[..., 0])


started = time.perf_counter()
history = gan.fit(
    endless_batches(held, batch_size=BATCH, seed=1),
    steps_per_epoch=STEPS,
    epochs=EPOCHS,
    verbose=0,
    callbacks=[Snapshots(), StopAtNaN()],
).history
seconds = time.perf_counter() - started
print(
    "training",
    measured(seconds, "s"),
    "a step",
    measured(1000 * seconds / EPOCHS / STEPS, "ms"),
)

# %% slide="fragment" column="right"
steps = STEPS * np.arange(EPOCHS + 1)
figure, axes = subplots(len(snapshots), 1, size=(4.8, 4.5))
for axis, pictures, step in zip(axes, snapshots, steps, strict=True):
    axis.grid(False)
    axis.imshow(np.hstack(pictures), cmap="gray", vmin=-1, vmax=1)
    axis.set(xticks=[], yticks=[])
    axis.set_ylabel(f"{step}", rotation=0, ha="right", va="center")
axes[0].set_title("The same eight noise vectors after 0 to 1,200 steps")
show(
    figure,
    "Seven rows of eight pictures: grey noise at first, then blurred blobs, then more and more distinct garments.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Answers first, then the key. Each column is *one* noise vector; follow one of them down. Coarse shapes come first, then outlines, then cloth. A column may change its garment on the way: nothing ties a noise vector to a class.
#
# 60,000 images, batches of 64, Adam for both; the pictures are drawn with the running mean of the generator's weights, which is calmer than any single state.

# %% [markdown] lang="zh"
# **2 分钟。** 先收集回答，再按键。每一列是*同一个*噪声向量，请顺着一列往下看：先有大致的形状，再有轮廓，最后才有布料。一列在途中可能换成另一种服饰：没有什么把噪声向量和类别绑在一起。
#
# 60000 张图像，每批 64 张，双方都用 Adam；画图时用的是生成器权重的滑动平均，它比任何一个瞬间的权重都稳定。

# %% slide="subslide" outputs="1 2"
figure, axes = subplots(1, 2, size=(7.6, 2.8))
for name, colour, line in (
    ("discriminator_loss", plots.POSITIVE, "-"),
    ("generator_loss", plots.NEGATIVE, "--"),
):
    axes[0].plot(steps[1:], history[name], line, color=colour, label=name.replace("_", " "))
for name, colour, line in (
    ("real_passed", plots.POSITIVE, "-"),
    ("fake_passed", plots.NEGATIVE, "--"),
):
    axes[1].plot(steps[1:], history[name], line, color=colour, label=name.replace("_", " "))
axes[0].set(
    xlabel="step", ylabel="loss", ylim=(0, None), title="Neither loss approaches zero"
)
axes[1].set(xlabel="step", ylabel="share", ylim=(0, 1), title="What passes for real")
for axis in axes:
    axis.legend(fontsize=8)
show(
    figure,
    "Left: both losses over 1,200 steps stay well above zero. Right: a larger share of real than of generated images passes for real.",
)
claim(
    "lowest loss of either network",
    min(min(history["discriminator_loss"]), min(history["generator_loss"])),
    at_least=0.2,
)

# %% [markdown] lang="en" only="slides" slide="fragment"
# None of these four curves says how good the pictures are.

# %% [markdown] lang="zh"
# 这四条曲线都没有说图画得好不好。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** If the generator's loss falls, the generator may have become better, or the discriminator worse. At the right the shares that the discriminator takes for real. So we need a judge that takes no part in the game.
#
# **Misconception:** that one may stop training when a loss is low.

# %% [markdown] lang="zh"
# **1.5 分钟。** 生成器的损失下降，可能是生成器变好了，也可能是判别器变差了。右边是判别器当作真的比例。所以需要一个不参加比赛的裁判。
#
# **常见误解**：以为损失低了就可以停止训练。

# %% [markdown] lang="en"
# `real_passed` and `fake_passed` are the shares of real and of generated images that the discriminator takes for real; with its eyes, the first is a recall and the second a rate of false alarms. (Why so few pass: with smoothing the best answer is $(1 - \varepsilon)\, p / (p + q)$, by the derivation of lesson 09. Where generated images are as frequent as real ones, that is 0.45, and nothing passes.) None of these four curves says how good the pictures are. If the generator's loss falls, the generator may have become better, or the discriminator worse. For quality we need a judge that does not take part in the game. It comes in the next part.

# %% [markdown] lang="zh"
# `real_passed` 和 `fake_passed` 是真实图像和生成图像中被判别器当作真的比例；在判别器看来，前者是查全率，后者是误报的比例。（为什么通过的这么少：有平滑时，最优的回答是 $(1 - \varepsilon)\, p / (p + q)$，推导同第 09 课。生成图像与真实图像同样多的地方，它是 0.45，什么也通不过。）这四条曲线都没有说图画得好不好。生成器的损失下降，可能是生成器变好了，也可能是判别器变差了。要评质量，需要一个不参加比赛的裁判。下一部分就请它出场。

# %% [markdown] lang="en"
# ### Stop, save, go on
# A long training gets interrupted. What must be saved so that nothing is lost? Both networks, of course. Also both optimisers: Adam keeps two running means for each weight, and the averaged generator is a third. And the state of the random numbers, lest the same noise be drawn again. And the place in the data. `gan.save` writes all of it but the last, which is a number. **Predict first:** five steps in one go, and two steps, saving, loading and three more: by how much do the weights differ?

# %% [markdown] lang="zh"
# ### 停下、存盘、接着练
# 长时间的训练难免中断。要想什么也不丢，必须存下什么？两个网络当然要存。两个优化器也要：Adam 为每个权重记着两个滑动平均，平均后的生成器是第三个。还有随机数的状态，否则会把同样的噪声再抽一遍。还有数据取到了哪里。除了最后一项（它只是一个数），`gan.save` 全都写下来。**先预测**：一口气走五步，与走两步、存盘、读盘、再走三步，两者的权重相差多少？

# %%
with tempfile.TemporaryDirectory() as folder:
    gan.save(Path(folder) / "before.keras")
    weights = []
    for parts in ((5,), (2, 3)):
        runner = keras.saving.load_model(Path(folder) / "before.keras")
        done = STEPS * EPOCHS
        for part in parts:
            runner.fit(
                endless_batches(held, batch_size=BATCH, seed=1, first_step=done),
                steps_per_epoch=part,
                verbose=0,
            )
            done += part
            runner.save(Path(folder) / "now.keras")
            runner = keras.saving.load_model(Path(folder) / "now.keras")
        weights.append(runner.get_weights() + runner.averaged_generator().get_weights())
claim(
    "weights differ by",
    max(np.abs(a - b).max() for a, b in zip(*weights, strict=True)),
    at_most=1e-6,
)

# %% [markdown] lang="en"
# And when a loss becomes NaN, hours are spent on nothing: as a rule every weight is NaN one step later; or, as in lesson 09, they stay numbers and go the wrong way. The callback `StopAtNaN` ends such a training and says why. An easy way to get there is the article's formula of a discriminator, a tanh: the logarithm of a negative number.

# %% [markdown] lang="zh"
# 如果某个损失变成了 NaN，几个小时就白费了：通常再过一步所有权重都是 NaN；或者像第 09 课那样，权重还是数，却往错误的方向走。回调 `StopAtNaN` 会终止这样的训练并说明原因。要走到这一步很容易，照那篇文章的公式让判别器以 tanh 结尾就行：负数的对数。


# %%
def log_of_tanh(targets, logits):
    return -tf.reduce_mean(tf.math.log(tf.tanh(logits)), axis=-1)


keras.utils.set_random_seed(0)
broken = GAN(dcgan_generator(), dcgan_discriminator())
broken.compile(loss=log_of_tanh)
guard = StopAtNaN()
broken.fit(x[:512], batch_size=128, epochs=3, verbose=0, callbacks=[guard])
claim(
    "the training was stopped in its first epoch",
    guard.reason is not None and guard.reason["values"]["epoch"] == 1,
)

# %% [markdown] lang="en"
# ## How good is it?
# The judge is the course's own classifier of Fashion-MNIST, the network of lesson 04, trained once and stored. Its last layer but one gives 128 numbers for each image, the **features** $\varphi(x) \in \mathbb{R}^{128}$: mainly what matters for telling garments apart. We compare two clouds of points in that space: real images, and generated ones.

# %% [markdown] lang="zh"
# ## 它有多好？
# 裁判是课程自己的 Fashion-MNIST 分类器，也就是第 04 课的网络，训练一次后存了下来。它的倒数第二层对每张图像给出 128 个数，即**特征** $\varphi(x) \in \mathbb{R}^{128}$：其中主要是区分服饰所需要的东西。我们在这个空间里比较两团点：真实图像的，和生成图像的。

# %%
judge = training.describe("fashion_classifier")
print(
    "trained by",
    judge["command"],
    "· seed",
    judge["settings"]["seed"],
    "· seconds",
    judge["seconds"],
)
claim(
    "macro-F1 of the judge on the test images",
    judge["figures"]["test_macro_f1"],
    at_least=0.91,
)

N = 5000
set_config(working_memory=64)  # MB for a block of distances, in place of 1,024
real = quality.features(x[:N])  # training images
held_out = quality.features(quality.to_signed(x_test[:N]))
print("features", real.shape, held_out.shape)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# ### A distance
# Summarise each cloud by its mean $\mu \in \mathbb{R}^{d}$ and its covariance $\Sigma \in \mathbb{R}^{d \times d}$, $d = 128$, as if it were a normal distribution. The **Fréchet distance** of two normal distributions (Dowson and Landau 1982), squared, is
#
# $$F = |\mu_r - \mu_g|^2 + \operatorname{tr}\big(\Sigma_r + \Sigma_g - 2\,(\Sigma_r \Sigma_g)^{1/2}\big),$$
#
# $r$ for real, $g$ for generated. The first term asks whether the clouds have the same centre, the second whether they have the same shape. ($\operatorname{tr}$, the trace, adds up the diagonal of a matrix.) In one dimension it is $(\mu_r - \mu_g)^2 + (\sigma_r - \sigma_g)^2$: for means 0 and 3 and standard deviations 1 and 2, $9 + 1 = 10$. It is 0 for equal means and covariances, and only then. As is usual, what we call “distance” below is this $F$, the square.
#
# The root of the product need not be computed: $\Sigma_r \Sigma_g$ has the eigenvalues of $\Sigma_r^{1/2} \Sigma_g \Sigma_r^{1/2}$, none of them negative, and the trace of the root is the sum of their roots.

# %% [markdown] lang="zh"
# ### 一个距离
# 把每团点概括成均值 $\mu \in \mathbb{R}^{d}$ 和协方差 $\Sigma \in \mathbb{R}^{d \times d}$（$d = 128$），当它是正态分布。两个正态分布的 **Fréchet 距离**（Dowson 和 Landau 1982）的平方是
#
# $$F = |\mu_r - \mu_g|^2 + \operatorname{tr}\big(\Sigma_r + \Sigma_g - 2\,(\Sigma_r \Sigma_g)^{1/2}\big),$$
#
# $r$ 指真实，$g$ 指生成。第一项问两团点的中心是否相同，第二项问形状是否相同。（$\operatorname{tr}$ 是迹，即矩阵对角线上各数之和。）一维时就是 $(\mu_r - \mu_g)^2 + (\sigma_r - \sigma_g)^2$：均值为 0 和 3、标准差为 1 和 2 时，是 $9 + 1 = 10$。均值和协方差都相等时它是 0，也只有这时才是 0。下文按惯例所说的“距离”，就是这个平方 $F$。
#
# 乘积的平方根不必真算：$\Sigma_r \Sigma_g$ 与 $\Sigma_r^{1/2} \Sigma_g \Sigma_r^{1/2}$ 有同样的特征值，都不为负；平方根的迹，就是这些特征值的平方根之和。

# %% [markdown] lang="en" only="slides" slide="same"
# - The **judge**: the classifier of lesson 04. Its last layer but one makes 128 **features** of each image.
# - $\mu$, $\Sigma$: mean and covariance of the features, $r$ real, $g$ generated; $\operatorname{tr}$: sum of the diagonal.
# - The same on Inception's features is called FID. Ours is not; compare its values with each other only.

# %% [markdown] lang="zh"
# - **裁判**：第 04 课的分类器，它的倒数第二层对每张图像给出 128 个**特征**。
# - $\mu$、$\Sigma$：特征的均值和协方差，$r$ 指真实，$g$ 指生成；$\operatorname{tr}$：对角线上各数之和。
# - 用 Inception 的特征来算，就叫 FID。我们的不是 FID，数值只能互相比较。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** First term: have the two clouds the same centre? Second: the same shape? In one dimension it is $(\mu_r - \mu_g)^2 + (\sigma_r - \sigma_g)^2$: let the room compute it for means 0 and 3 and standard deviations 1 and 2 (10). We call $F$, the square, the Fréchet distance, as is usual.
#
# **Misconception:** that a distance can be compared with one from another paper. Other features, another number of images: another yardstick.

# %% [markdown] lang="zh"
# **2.5 分钟。** 第一项：两团点的中心相同吗？第二项：形状相同吗？一维时就是 $(\mu_r - \mu_g)^2 + (\sigma_r - \sigma_g)^2$，请大家算均值 0 和 3、标准差 1 和 2 的情形（10）。按惯例，我们把这个平方 $F$ 叫做 Fréchet 距离。
#
# **常见误解**：以为这个距离可以与别的论文里的比较。特征不同、图像数目不同，就是另一把尺子。

# %%
from scipy.linalg import sqrtm

alive = (real.std(axis=0) > 0) & (held_out.std(axis=0) > 0)  # SciPy's root needs it
covariances = [np.cov(rows[:, alive], rowvar=False) for rows in (real, held_out)]
by_root = np.trace(sum(covariances) - 2 * sqrtm(covariances[0] @ covariances[1]).real)
by_root += np.sum((real.mean(axis=0) - held_out.mean(axis=0)) ** 2)
floor = quality.frechet_distance(real, held_out)
claim("ours and SciPy's matrix root differ by", abs(floor - by_root), at_most=1e-3)
print("real training images and real test images:", measured(floor))

# %% [markdown] lang="en"
# This distance on the features of a network trained on ImageNet (Inception) is the famous **FID** (Heusel et al. 2017). Ours uses other features, so its numbers can be compared with each other and with nothing else: we do not call it FID.
#
# Two sets of *real* images do not have distance 0. That is the **floor**: nothing can be expected below it. And it depends on the number of images. **Predict first:** if each set has 500 images instead of 5,000, does the distance between real and real rise or fall?

# %% [markdown] lang="zh"
# 同样的距离，如果用 ImageNet 上训练的网络（Inception）的特征来算，就是有名的 **FID**（Heusel 等 2017）。我们用的是别的特征，数值只能互相比较，不能与任何别处的比：所以我们不叫它 FID。
#
# 两组*真实*图像之间的距离并不是 0。这就是**下限**：谁也别指望比它更低。它还与图像的数目有关。**先预测**：每组从 5,000 张减少到 500 张，真实与真实之间的距离是变大还是变小？

# %% [markdown] lang="en" only="slides" slide="subslide"
# **Predict first.** Two sets of *real* images, 500 each instead of 5,000. Does their distance rise or fall?

# %% [markdown] lang="zh"
# **先预测。** 两组*真实*图像，每组从 5000 张减少到 500 张，它们的距离变大还是变小？

# %% slide="fragment" outputs="1 3"
many = quality.features(x[:20_000])
numbers = [250, 500, 1000, 2000, 5000, 10_000]
distances = [quality.frechet_distance(many[:n], many[-n:]) for n in numbers]
figure, axes = subplots(size=(5.6, 3.0))
axes.loglog(numbers, distances, "o-", color=plots.POSITIVE)
axes.set(
    xlabel="images in each set",
    ylabel="distance, real to real",
    title="Few images look farther apart than they are",
)
axes.set_xticks(numbers, [f"{n:,}" for n in numbers])
axes.minorticks_off()
show(
    figure,
    "The distance between two sets of real images falls in a nearly straight line on logarithmic axes, from 250 to 10,000 images.",
)
print("distances", measured(" ".join(f"{value:.2f}" for value in distances)))
claim(
    "with 500 images the distance is larger than with 5,000 by the factor",
    distances[1] / distances[4],
    at_least=4,
)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Two sets of real images do not have distance 0: that is the floor, and nothing can be expected below it. It depends on the number of images: a covariance estimated from few points is wrong in all its directions, and each error adds to the distance. So compare equal numbers, and say how many; from here on 5,000.

# %% [markdown] lang="zh"
# **1.5 分钟。** 两组真实图像之间的距离不是 0：这就是下限，别指望比它更低。它与图像数目有关：由少量点估计的协方差，各个方向都有误差，每个误差都使距离变大。所以只在数目相同时比较，并说明是多少张；从这里起一律 5000 张。

# %% [markdown] lang="en"
# A covariance estimated from few points is wrong in all its directions, and each error adds to the distance. So: **compare distances only between equal numbers of images**, and say how many. From here on it is always 5,000.

# %% [markdown] lang="zh"
# 由少量点估计的协方差，各个方向都有误差，而每个误差都使距离变大。所以：**只在图像数目相同时比较距离**，并说明是多少张。从这里起，一律是 5,000 张。

# %% [markdown] lang="en" slide="slide" take="heading"
# ### Precision and recall of a generator
# One number cannot say *what* is wrong. Kynkäänniemi et al. (2019) ask this course's two questions. What is “could be real”? Around each real point lay a ball that reaches to its $k$-th nearest real neighbour; the union of the balls stands for the region where real images live. With points $r_1, \dots, r_n$ (real), $g_1, \dots, g_m$ (generated), and $\rho_k(r_i)$ the distance from $r_i$ to its $k$-th nearest neighbour among the *other* real points:
#
# $$\text{precision} = \frac{1}{m}\, \#\big\{ j : |g_j - r_i| \le \rho_k(r_i) \text{ for some } i \big\}, \qquad
# \text{recall} = \frac{1}{n}\, \#\big\{ i : |r_i - g_j| \le \rho_k(g_j) \text{ for some } j \big\}.$$
#
# Recall is the same with the roles exchanged: balls around the generated points, and how many real ones they catch. $k = 3$ in the paper and here.

# %% [markdown] lang="zh"
# ### 生成器的查准率和查全率
# 一个数说不出*哪里*不好。Kynkäänniemi 等（2019）问的正是本课程的两个问题。怎样算“能以假乱真”？给每个真实点画一个球，半径到它的第 $k$ 近的真实邻居为止；所有球的并集，就代表真实图像所在的区域。真实点 $r_1, \dots, r_n$，生成点 $g_1, \dots, g_m$，$\rho_k(r_i)$ 是 $r_i$ 到*其他*真实点中第 $k$ 近的那个的距离：
#
# $$\text{查准率} = \frac{1}{m}\, \#\big\{ j : \text{存在 } i \text{ 使 } |g_j - r_i| \le \rho_k(r_i) \big\}, \qquad
# \text{查全率} = \frac{1}{n}\, \#\big\{ i : \text{存在 } j \text{ 使 } |r_i - g_j| \le \rho_k(g_j) \big\}.$$
#
# 查全率只是角色对调：球画在生成点周围，看罩住了多少真实点。论文中 $k = 3$，这里也是。

# %% [markdown] lang="en" only="slides" slide="same"
# $$\text{precision} = \frac1m\, \#\big\{ j : |g_j - r_i| \le \rho_k(r_i) \text{ for some } i \big\}$$
#
# $$\text{recall} = \frac1n\, \#\big\{ i : |r_i - g_j| \le \rho_k(g_j) \text{ for some } j \big\}$$
#
# - $r_1, \dots, r_n$ real and $g_1, \dots, g_m$ generated points, in the space of features.
# - $\rho_k$: radius of a **ball** that reaches to the $k$-th nearest neighbour of its own kind; $k = 3$.
# - Precision: balls around the real points. Recall: around the generated ones.

# %% [markdown] lang="zh"
# $$\text{查准率} = \frac1m\, \#\big\{ j : \text{存在 } i \text{ 使 } |g_j - r_i| \le \rho_k(r_i) \big\}$$
#
# $$\text{查全率} = \frac1n\, \#\big\{ i : \text{存在 } j \text{ 使 } |r_i - g_j| \le \rho_k(g_j) \big\}$$
#
# - $r_1, \dots, r_n$ 是真实点，$g_1, \dots, g_m$ 是生成点，都在特征空间里。
# - $\rho_k$：**球**的半径，到同类点中第 $k$ 近的邻居为止；$k = 3$。
# - 查准率：球画在真实点周围。查全率：球画在生成点周围。

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** No centres are known here, unlike on the ring of lesson 09; the balls take their place. # counts. Read precision in words: the share of generated points that lie in the ball of some real point. Then let the room say recall. With numbers on the board if there is time: real points 0, 1, 3, generated ones 4 and 7, $k = 1$: precision one half, recall two thirds.

# %% [markdown] lang="zh"
# **2.5 分钟。** 这里不像第 09 课的圆环那样知道中心在哪里，于是用球来代替。# 表示个数。用话念查准率：落在某个真实点的球里的生成点所占的比例。再请大家说出查全率。有时间就在黑板上算一例：真实点 0、1、3，生成点 4、7，$k = 1$：查准率二分之一，查全率三分之二。

# %% [markdown] lang="en"
# **With numbers**, on a line and with $k = 1$. Real points at 0, 1 and 3: their nearest neighbours lie 1, 1 and 2 away, so the balls reach from −1 to 1, from 0 to 2, from 1 to 5. Generated points at 4 and 7: 4 lies in the last ball, 7 in none, precision $\tfrac12$. The two generated points lie 3 apart; their balls reach from 1 to 7 and from 4 to 10, and hold the real points 1 and 3 but not 0: recall $\tfrac23$. In the plane the balls are discs:

# %% [markdown] lang="zh"
# **用数字说**，在直线上，取 $k = 1$。真实点在 0、1、3：各自最近的邻居相距 1、1、2，所以三个球是 −1 到 1、0 到 2、1 到 5。生成点在 4 和 7：4 在最后一个球里，7 不在任何球里，查准率是 $\tfrac12$。两个生成点相距 3，球是 1 到 7 和 4 到 10，罩住了真实点 1 和 3，没有罩住 0：查全率是 $\tfrac23$。在平面上，球就是圆盘：

# %% slide="subslide"
plane = np.random.default_rng(3)
dots = plane.normal(size=(24, 2)) * [1.0, 0.7]
fakes = plane.normal(size=(12, 2)) * 0.2 + [0.5, 0.1]
figure, axes = subplots(1, 2, size=(8.0, 3.6), sharex=True, sharey=True)
for axis, centres, others, colours, title in (
    (axes[0], dots, fakes, (plots.POSITIVE, plots.NEGATIVE), "precision"),
    (axes[1], fakes, dots, (plots.NEGATIVE, plots.POSITIVE), "recall"),
):
    radii = quality.neighbour_distances(centres, 3)
    for centre, radius in zip(centres, radii, strict=True):
        axis.add_patch(Circle(centre, radius, color=colours[0], alpha=0.07))
    inside = quality.balls_around(others, centres, 3) > 0
    axis.plot(*centres.T, "o", color=colours[0], markersize=4)
    axis.plot(*others[inside].T, "s", color=colours[1], markersize=6)
    axis.plot(*others[~inside].T, "x", color=colours[1], markersize=7, markeredgewidth=2)
    axis.set(
        title=f"{title}: {inside.sum()} of {len(others)} inside",
        xlabel="feature 1",
        ylabel="feature 2",
        aspect="equal",
        xlim=(-3.4, 3.4),
        ylim=(-2.4, 2.4),
    )
show(
    figure,
    "Left: balls around the blue real points; all orange generated points lie inside. Right: small balls around the crowded generated points, which catch only a few of the real ones; the others are crosses.",
)

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** One more generated point, far away from everything. What becomes of recall?

# %% [markdown] lang="zh"
# **先预测。** 再添一个生成点，离什么都远。查全率会怎样？

# %% [markdown] lang="en"
# The generated points crowd in the middle of the real cloud: all of them could be real, but most of what is real they cannot make. **Predict first:** one more generated point, far away from everything. What becomes of recall?

# %% [markdown] lang="zh"
# 生成的点挤在真实点云的中间：个个都能以假乱真，但大部分真实的东西它们造不出来。**先预测**：再添一个生成点，离什么都远。查全率会怎样？

# %% slide="fragment" show="output"
stray = np.vstack([fakes, [[3.0, 2.0]]])
before, after = (quality.precision_recall(dots, points)[1] for points in (fakes, stray))
claim("recall gained by one stray point", after - before, at_least=0.1)

# %% [markdown] lang="en" slide="notes"
# **2 min.** First the picture: the generated points crowd in the middle; all of them could be real, most of what is real they cannot make. Then the question. The stray point has a wide ball, and catches what it has nothing to do with: recall *rises*.
#
# **Misconception:** that a measure with the name recall cannot be fooled. Outliers always have wide balls. (Density and coverage, in the lesson, trust real balls only.)

# %% [markdown] lang="zh"
# **2 分钟。** 先看图：生成的点挤在中间，个个都能以假乱真，但大部分真实的东西它们造不出来。然后提问。离群点的球很大，罩住了与它毫不相干的点：查全率反而*上升*。
#
# **常见误解**：以为名叫查全率的度量就骗不了。离群点的球总是很大。（课文里的密度和覆盖率只相信真实点的球。）

# %% [markdown] lang="en"
# The stray point has a wide ball, and catches what it has nothing to do with. That is the weakness of this measure; with thousands of points a single one matters less, but outliers always have wide balls.
#
# **Exercise ★★★ manifold_precision.** The formula for precision, from features `real` $(n, d)$ and `fake` $(m, d)$. `np.linalg.norm(a[:, None] - b[None], axis=-1)` gives all distances.

# %% [markdown] lang="zh"
# 离群点的球很大，罩住了与它毫不相干的点。这是这种度量的弱点；有几千个点时，单独一个没有那么要紧，但离群点的球总是很大。
#
# **练习 ★★★ manifold_precision。** 查准率的公式，由特征 `real` $(n, d)$ 和 `fake` $(m, d)$ 算出。`np.linalg.norm(a[:, None] - b[None], axis=-1)` 给出所有距离。


# %% tags=["exercise"]
def manifold_precision(real, fake, k):
    """Share of fake points within the ball of some real point."""
    ### BEGIN SOLUTION
    among_real = np.linalg.norm(real[:, None] - real[None], axis=-1)
    radii = np.sort(among_real, axis=1)[:, k]  # place 0 is the point itself
    distances = np.linalg.norm(fake[:, None] - real[None], axis=-1)
    return np.mean((distances <= radii).any(axis=1))
    ### END SOLUTION


# %%
check("10.manifold_precision", manifold_precision)

# %% [markdown] lang="en"
# Two later measures (Naeem et al. 2020) trust only the balls around *real* points. **Density** counts in how many real balls a generated point lies on average, divided by $k$: dense regions count for more than outliers, and values above 1 mean crowding. **Coverage** is the share of real points whose own ball holds at least one generated point. Both with $k = 5$.

# %% [markdown] lang="zh"
# 后来的两种度量（Naeem 等 2020）只相信*真实*点周围的球。**密度**：一个生成点平均落在多少个真实球里，再除以 $k$；稠密的区域比离群点更有分量，超过 1 说明挤在一起。**覆盖率**：有多少真实点，自己的球里至少有一个生成点。两者都取 $k = 5$。

# %% [markdown] lang="en"
# ## The shipped generator
# Half a minute is short. The same generator, trained longer and with rates that fall towards the end, lies in `data/weights`; `imgrec train dcgan` makes it again. Its figures were measured once, when it was stored. We measure them again, on images that it draws now:

# %% [markdown] lang="zh"
# ## 随课程附带的生成器
# 半分钟太短。同样的生成器，训练更久、学习率逐渐降低的，放在 `data/weights` 里；`imgrec train dcgan` 可以重新训练。存入时测过一次它的各项数值。现在用它当场画的图再测一遍：


# %%
def five_measures(features):
    """Distance, precision, recall, density, coverage against the same real images."""
    return (
        quality.frechet_distance(real, features),
        *quality.precision_recall(real, features),
        *quality.density_coverage(real, features),
    )


made = training.describe("dcgan_generator")
print(
    "made by",
    made["command"],
    "· steps",
    made["settings"]["steps"],
    "· seconds",
    made["seconds"],
)
z = np.random.default_rng(recipe.NOISE_SEED).normal(size=(N, 64)).astype("float32")
drawn = shipped.predict(z, batch_size=500, verbose=0)
table = {
    "real test images": five_measures(held_out),
    "shipped generator": five_measures(quality.features(drawn)),
    "live generator": five_measures(
        quality.features(gan.averaged_generator().predict(z, batch_size=500, verbose=0))
    ),
}
figures = made["figures"]
for place, name in enumerate(
    ("frechet_distance", "precision", "recall", "density", "coverage")
):
    gap = abs(table["shipped generator"][place] - figures[name])
    claim(
        f"{name} differs from the stored figure by",
        gap,
        at_most=0.2 if place == 0 else 0.01,
    )

# %% [markdown] lang="en" only="slides" slide="slide"
# ## What do the measures see?
# **Predict first.** Real images out of focus: precision? Recall? Nothing but noise? A copyist, who returns training images?

# %% [markdown] lang="zh"
# ## 这些度量看得见什么？
# **先预测。** 没有对准焦的真实图像：查准率如何？查全率呢？只有噪声的图呢？原样交出训练图像的抄袭者呢？

# %% [markdown] lang="en"
# To read the table we need others to compare with. **Predict first**, for each of them: is precision near that of the real test images, or far below? And recall?
#
# - *Half the classes*: real test images, but of five classes only.
# - *Noisy*: real test images with noise of standard deviation 0.6.
# - *Blurred*: real test images out of focus (Gaussian of 1 pixel).
# - *Pixels apart*: each pixel drawn by itself from what that pixel is in some training image. Every pixel has the right distribution, and nothing holds them together: the baseline that should fail.
# - *Nothing but noise*: each pixel any grey with equal probability; there is no garment at all.
# - *A copyist*: 5,000 other training images, as they are.

# %% [markdown] lang="zh"
# 要读懂这张表，需要一些对照。**先预测**，对每一个回答：查准率接近真实测试图像，还是远远低于它？查全率呢？
#
# - *半数类别*：真实的测试图像，但只有五个类别。
# - *带噪声*：真实的测试图像，加上标准差为 0.6 的噪声。
# - *模糊*：真实的测试图像，但没有对准焦（1 像素的高斯模糊）。
# - *像素各自为政*：每个像素单独抽取，取自某张训练图像的同一位置。每个像素的分布都对，但彼此毫无联系：本该失败的基线。
# - *只有噪声*：每个像素取任何灰度的机会都相等，根本没有服饰。
# - *抄袭者*：另外 5,000 张训练图像，原封不动。

# %% slide="fragment" show="output"
from scipy.ndimage import gaussian_filter

generator = np.random.default_rng(0)
signed_test = quality.to_signed(x_test)
noise_on_top = generator.normal(0, 0.6, (N, 28, 28, 1))
rows = generator.integers(60_000, size=(N, 784))
apart = x.reshape(60_000, 784)[rows, np.arange(784)].reshape(N, 28, 28, 1)
others = {
    "half the classes": signed_test[y_test < 5],
    "noisy": np.clip(signed_test[:N] + noise_on_top, -1, 1),
    "blurred": gaussian_filter(signed_test[:N], (0, 1, 1, 0)),
    "pixels apart": apart,
    "nothing but noise": generator.uniform(-1, 1, (N, 28, 28, 1)),
    "a copyist": x[-N:],
}
seen = {name: quality.features(pictures) for name, pictures in others.items()}
table |= {name: five_measures(found) for name, found in seen.items()}
print(f"{'':30s}distance precision    recall   density  coverage")
for name, (distance, *shares) in table.items():
    values = " ".join(f"{value:9.3f}" for value in shares)
    print(f"{name:20s}", measured(f"{distance:7.2f} {values}"))

# %% [markdown] lang="en" only="slides" slide="fragment"
# - Shares of 5,000 images: 95 % intervals reach at most 0.014 to either side.
# - **Never** report precision without recall, nor either without a look at what the judge cannot see.

# %% [markdown] lang="zh"
# - 5000 张图像中的比例：95% 置信区间向两侧最多各 0.014。
# - **绝不要**只报查准率而不报查全率；两者都报，也还要看一看裁判看不见的是什么。

# %% [markdown] lang="en" slide="notes"
# **3 min.** Go row by row, the first three last. *Half the classes*: recall shows it, precision cannot. *Blurred*: more precise than real images, for blur leaves the middle of the cloud; hardly any recall. *Pixels apart* and *noise*: precision is gullible, the judge has never seen a picture that is no garment. The *copyist* passes every test: no measure asks whether a picture is new. The interval says how exactly *these* networks were measured, not how another training would end; the scoreboard of the lesson has it row by row.
#
# **Misconception:** that a high precision means good pictures.

# %% [markdown] lang="zh"
# **3 分钟。** 逐行讲，前三行留到最后。*half the classes*（半数类别）：查全率看得出，查准率看不出。*blurred*（模糊）：比真实图像还准，因为模糊之后剩下的落在点云中间；查全率几乎没有。*pixels apart*（像素各自为政）和*噪声*：查准率容易受骗，裁判从没见过不是服饰的图。*copyist*（抄袭者）样样过关：没有一种度量在问图是不是新的。置信区间说明对*这几个*网络量得多准，而不是重新训练一次会怎样；课文的记分板逐行列出。
#
# **常见误解**：以为查准率高就是图画得好。

# %%
distance, precision, recall, density, coverage = range(5)
ceiling, ours, live = (
    table[name] for name in ("real test images", "shipped generator", "live generator")
)
half, noisy, blurred = (table[name] for name in ("half the classes", "noisy", "blurred"))
lone, copies = table["pixels apart"], table["a copyist"]
only_noise = table["nothing but noise"]
change = half[precision] - ceiling[precision]
claim("half the classes: precision changes by", change, at_least=-0.06, at_most=0.06)
claim("half the classes: recall lost", ceiling[recall] - half[recall], at_least=0.25)
claim("noise: precision lost", ceiling[precision] - noisy[precision], at_least=0.2)
claim("blurred: precision gained", blurred[precision] - ceiling[precision], at_least=0)
claim("blurred: recall", blurred[recall], at_most=0.15)
reach = [np.median(quality.neighbour_distances(one, 3)) for one in (seen["blurred"], real)]
claim(
    "blurred: radius of a ball, as a share of a real one's",
    reach[0] / reach[1],
    at_most=0.8,
)
claim("pixels apart: recall", lone[recall], at_most=0.05)
fooled = lone[precision] - ours[precision]
claim("pixels apart: precision above the shipped generator's, by", fooled, at_least=0.05)
claim(
    "pixels apart: distance, as a multiple of the floor",
    lone[distance] / ceiling[distance],
    at_least=50,
)
claim("nothing but noise: precision", only_noise[precision], at_least=0.35, at_most=0.65)
claim("nothing but noise: recall", only_noise[recall], at_most=0.01)
claim("nothing but noise: coverage", only_noise[coverage], at_most=0.05)
claim(
    "nothing but noise: distance, as a multiple of that of pixels apart",
    only_noise[distance] / lone[distance],
    at_least=1.05,
)
claim("a copyist: recall gained", copies[recall] - ceiling[recall], at_least=-0.03)
claim(
    "live generator: farther away than the shipped one, by the factor",
    live[distance] / ours[distance],
    at_least=1.3,
)

# %% [markdown] lang="en"
# Row by row. **Half the classes** could all be real, and half of reality is missing: recall shows it, precision cannot. **Noise** costs both. The **copyist** passes every test: no measure here asks whether a picture is *new*. We must look for that ourselves, below.
#
# Did the **blurred** pictures surprise you? Their precision is *higher* than that of real images. Blur takes away what is special; what is left lies in the middle of the cloud, where many balls overlap. Recall pays for it: the blurred points lie close together, their balls are small, and hardly any sharp image falls into one. And **pixels apart** fail where they should, in recall and in distance, but their precision is not near 0; it is even above that of the shipped generator. A likely reason: the judge has learned to tell garments apart; it has never seen a picture that is none and files it somewhere among them, and the ball of a real outlier is wide. It gets worse: of pictures with **nothing but noise** about half fall into a ball, nearly as many as of the shipped generator's. So precision is gullible, and the other measures are needed: recall and coverage are next to nothing there, and the distance is the largest in the table. **Never report precision without recall, nor either without a look at what the judge cannot see.**

# %% [markdown] lang="zh"
# 逐行来看。**半数类别**个个能以假乱真，而现实的一半缺失了：查全率看得出，查准率看不出。**噪声**使两者都受损。**抄袭者**样样过关：这里没有一种度量在问图是不是*新的*。这件事得我们自己去查，见下文。
#
# **模糊**的图让你意外吗？它的查准率比真实图像还*高*。模糊抹掉了特别之处，剩下的落在点云中间，那里许多球互相重叠。代价由查全率来付：模糊的点彼此靠得很近，它们的球很小，清晰的图像几乎没有一张落在里面。**像素各自为政**在该失败的地方失败了，即查全率和距离；但它的查准率并不接近 0，甚至高于随课程附带的生成器。原因多半是：裁判只学过怎样区分服饰，从没见过根本不是服饰的图，只好把它归到某处；而一个真实的离群点，球是很大的。更糟的是，**只有噪声**的图也有大约一半落在球里，几乎与随课程附带的生成器一样多。所以查准率容易受骗，必须有别的度量：在这里，查全率和覆盖率几乎为零，距离是全表最大的。**绝不要只报查准率而不报查全率；两者都报，也还要看一看裁判看不见的是什么。**

# %% [markdown] lang="en"
# **Exercise ★★ verdicts.** Four generators. (a) makes perfect trousers and nothing else. (b) makes all ten classes, but every picture is out of focus. (c) has stored the training images and returns them. (d) makes everything that real images show, and as many pictures again that fall into no ball of a real image. For each: is its precision at least near that of real images? Is its recall? Eight truth values: precision and recall of (a), then of (b), (c), (d).

# %% [markdown] lang="zh"
# **练习 ★★ verdicts。** 四个生成器。(a) 裤子画得完美，别的都不会。(b) 十个类别都会，但每张都没有对准焦。(c) 存下训练图像，原样返回。(d) 真实图像有的它都造得出来，但另外还造同样多的图，不落在任何真实图像的球里。对每一个回答：查准率至少接近真实图像吗？查全率呢？一共八个真假值：(a) 的查准率、查全率，然后是 (b)、(c)、(d)。

# %% tags=["exercise"]
### BEGIN SOLUTION
verdicts = (True, False, True, False, True, True, False, True)
### END SOLUTION

# %%
check("10.verdicts", verdicts)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## A dial between precision and recall
# A classifier has its threshold (lesson 01). A generator has **truncation**, here in its simplest form: draw noise as ever, and multiply it by $\psi$ before it goes in. With $\psi < 1$ the noise vectors lie closer together, and the pictures differ less. **Predict first:** which of precision and recall gains when $\psi$ falls?

# %% [markdown] lang="zh"
# ## 查准率与查全率之间的旋钮
# 分类器有阈值（第 01 课）。生成器有**截断**，这里用最简单的一种：照常抽取噪声，送进去之前乘以 $\psi$。$\psi < 1$ 时，噪声向量彼此更近，画出的图也就差别更小。**先预测**：$\psi$ 变小时，查准率和查全率中哪一个得益？

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Multiply the noise by $\psi < 1$ before it goes in. Which gains, precision or recall?

# %% [markdown] lang="zh"
# **先预测。** 噪声送进去之前乘以 $\psi < 1$。查准率和查全率，哪一个得益？

# %% slide="fragment" outputs="1" column="right"
dial = [0.4, 0.55, 0.7, 0.85, 1.0, 1.2]
curve = [
    quality.precision_recall(
        real, quality.features(shipped.predict(psi * z, batch_size=500, verbose=0))
    )
    for psi in dial
]
figure, axes = subplots(size=(5.2, 3.6))
axes.plot(*np.transpose(curve)[::-1], "o-", color=plots.POSITIVE, label="shipped generator")
for psi, (up, across) in zip(dial, curve, strict=True):
    axes.annotate(
        f"ψ = {psi}", (across, up), textcoords="offset points", xytext=(6, 3), fontsize=8
    )
axes.plot(
    ceiling[recall],
    ceiling[precision],
    "*",
    color=plots.NEGATIVE,
    markersize=12,
    label="real test images",
)
axes.set(
    xlabel="recall",
    ylabel="precision",
    xlim=(0, 1),
    ylim=(0, 1.02),
    title="Truncation trades recall for precision",
)
axes.legend(loc="lower left", fontsize=8)
show(
    figure,
    "A curve of six points: from small to large psi recall rises and precision falls; real test images lie above them and to the right.",
)
claim("precision gained from ψ = 1 to 0.55", curve[1][0] - curve[4][0], at_least=0.1)
claim("recall lost from ψ = 1 to 0.55", curve[4][1] - curve[1][1], at_least=0.15)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** A classifier has its threshold, a generator has truncation. Walk along the curve from ψ = 1.2 to 0.4: pictures get more alike, precision rises, recall falls. The star shows what real images reach. A threshold only trades; a better generator moves the whole curve.

# %% [markdown] lang="zh"
# **1.5 分钟。** 分类器有阈值，生成器有截断。沿曲线从 ψ = 1.2 走到 0.4：图越来越像，查准率上升，查全率下降。星号是真实图像所达到的。阈值只是取舍；更好的生成器才能让整条曲线移动。

# %% [markdown] lang="en"
# ## A walk in latent space
# Each noise vector is a point of the **latent space** $\mathbb{R}^{64}$, and the generator is continuous: near points give similar pictures. Four points at the corners of a square, and between them $9 \times 9$ mixtures; each mixture is stretched to the length $\sqrt{64} = 8$ that noise vectors have (nearly all of them: a normal distribution in many dimensions is a thin shell; a straight line between two of its points cuts through the empty inside).

# %% [markdown] lang="zh"
# ## 在潜在空间里散步
# 每个噪声向量是**潜在空间** $\mathbb{R}^{64}$ 中的一个点，而生成器是连续的：相近的点给出相似的图。取四个点作正方形的四角，中间有 $9 \times 9$ 种混合；每种混合都拉伸到长度 $\sqrt{64} = 8$，那是噪声向量的长度（几乎都是如此：高维的正态分布是一层薄壳，两点之间的直线会从空的内部穿过）。

# %%
lengths = np.linalg.norm(z, axis=1)
print("lengths of noise vectors", measured(f"{lengths.mean():.2f} ± {lengths.std():.2f}"))
judged = training.load(garment_network(), "fashion_classifier")
classes = judged.predict((drawn + 1) / 2, batch_size=500, verbose=0)
corners = [
    z[classes[:, kind].argmax()] for kind in (1, 3, 8, 9)
]  # the surest trouser, dress, bag and boot
across, down = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9))
weights = np.stack(
    [(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across],
    axis=-1,
)
latent = weights @ np.stack(corners)  # (9, 9, 64)
latent *= 8 / np.linalg.norm(latent, axis=-1, keepdims=True)
sheet = shipped.predict(latent.reshape(81, 64), verbose=0)

# %% [markdown] lang="en"
# Beside each picture the explorer shows the nearest of all 60,000 training images, pixel by pixel: $\text{distance} = \sqrt{\text{mean square difference}}$ in grey levels from 0 to 255. For comparison: how far is a real test image, which nobody can have copied, from its nearest training image?

# %% [markdown] lang="zh"
# 在每张图旁边，探索器显示 60,000 张训练图像中逐像素比较最近的一张：距离是灰度（0 到 255）之差的均方根。作为对照：真实的测试图像不可能是抄来的，它离最近的训练图像有多远？


# %% [markdown] lang="en" only="slides" slide="slide"
# ## A walk in latent space

# %% [markdown] lang="zh"
# ## 在潜在空间里散步


# %% slide="same" show="output"
def from_training(pictures):
    """Place and distance, in grey levels, of each picture's nearest training image."""
    flat = pictures.reshape(len(pictures), 784).astype("float32")
    place, far = quality.nearest(flat, x.reshape(60_000, 784))
    return place, 127.5 * far / 28


place, far = from_training(sheet)
_, far_test = from_training(signed_test[:500])
_, far_drawn = from_training(drawn[:500])
LatentExplorer(
    (sheet.reshape(1, 9, 9, 28, 28) + 1) / 2,
    (x[place].reshape(1, 9, 9, 28, 28) + 1) / 2,
    far.reshape(1, 9, 9),
    measure="grey levels",
    reference=float(np.median(far_test)),
)

# %% [markdown] lang="en" slide="notes"
# **3.5 min.** Four noise vectors stand at the corners; between them lie mixtures, stretched to the length that noise vectors have. Walk from one corner to another with the arrow keys and watch where a garment turns into another. Then watch the picture at the right: the *nearest* training image and its distance. (Escape gives the arrow keys back to the slides.)
#
# **Misconception:** that a smooth walk proves that the generator does not copy. The distances do, as far as they go.

# %% [markdown] lang="zh"
# **3.5 分钟。** 四角是四个噪声向量，中间是它们的混合，都拉伸到噪声向量应有的长度。用方向键从一角走到另一角，看一种服饰在哪里变成另一种。再看右边的图：*最近*的训练图像和它的距离。（按 Escape 把方向键还给幻灯片。）
#
# **常见误解**：以为走得平滑就证明生成器没有抄。能作证的是距离，而且也只到一定程度。

# %% slide="subslide" outputs="1 3"
_, far_copy = from_training(
    np.clip(x[:200] + generator.normal(0, 0.02, (200, 28, 28, 1)), -1, 1)
)
figure, axes = subplots(size=(6.2, 3.0))
edges = np.arange(0, 70, 2.5)
for values, colour, line, name in (
    (far_test, plots.POSITIVE, "-", "real test images"),
    (far_drawn, plots.NEGATIVE, "--", "generated"),
    (far_copy, plots.CHANCE, ":", "copies with a little noise"),
):
    heights, _ = np.histogram(values, edges, weights=np.full(len(values), 1 / len(values)))
    axes.stairs(heights, edges, color=colour, linestyle=line, linewidth=2, label=name)
axes.set(
    xlabel="distance to the nearest training image in grey levels",
    ylabel="share of images",
    ylim=(0, 0.3),
    title="Generated images are no copies",
)
axes.legend(fontsize=8)
show(
    figure,
    "Three histograms of distances: copies lie near zero; real test images lie farther away, and generated ones farther still.",
)
claim(
    "distance from the training images, generated against test: ratio of medians",
    np.median(far_drawn) / np.median(far_test),
    at_least=0.9,
)
claim("the closest of 500 generated images, in grey levels", far_drawn.min(), at_least=10)
claim("the farthest of the copies, in grey levels", far_copy.max(), at_most=5)
claim(
    "copies are not: ratio of medians",
    np.median(far_copy) / np.median(far_test),
    at_most=0.3,
)

# %% [markdown] lang="en" slide="notes"
# **1 min.** A median could hide a single copy, so the claim looks at the closest of 500. What it does not rule out: a copy shifted by a pixel or made lighter looks new to such a distance. Short of time? Skip this slide.

# %% [markdown] lang="zh"
# **1 分钟。** 中位数可能掩盖个别抄来的图，所以断言看的是 500 张里最近的一张。这还排除不了的是：平移了一个像素的、调亮了一些的复制品，在这种距离看来是新的。时间不够时，略去这一张。

# %% [markdown] lang="en"
# A median could hide a single copy, so we look at the smallest distance, too: even the closest of 500 generated images lies farther from all training images than any of the copies. What this does not rule out: a copy that is shifted by a pixel or lighter than its model looks new to such a distance, and 500 images are not all that the generator can make.

# %% [markdown] lang="zh"
# 中位数可能掩盖个别抄来的图，所以也看最小的距离：500 张生成图像里最近的一张，离全部训练图像也比任何一张复制的图远。这还排除不了的是：平移了一个像素的、调亮了一些的复制品，在这种距离看来是新的；500 张也不是生成器能造出的全部。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > A colleague shows sixteen faultless pictures from her generator. What do you ask for?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 一位同事拿出她的生成器画的十六张图，张张无可挑剔。你会要求她再提供什么？

# %% [markdown] lang="en" only="slides" slide="fragment"
# - How were they **chosen**? From how many?
# - **Recall**: what does it never make?
# - The distance for **equal numbers** of images, and beside it real against real.
# - The **nearest training image** of each: are they copies?

# %% [markdown] lang="zh"
# - 是怎样**挑**出来的？从多少张里挑的？
# - **查全率**：有什么是它从来造不出的？
# - **图像数目相同**时的距离，旁边放上真实对真实的。
# - 每张图**最近的训练图像**：是不是抄来的？

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute with a neighbour; collect, then the key. Most name copies first and recall last. Whoever says “train a classifier on them” anticipates lesson 11.

# %% [markdown] lang="zh"
# **2 分钟。** 先与邻座讨论一分钟，收集回答，再按键。多数人最先想到抄袭，最后才想到查全率。有人说“用它们训练一个分类器”，那正是第 11 课要做的。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The scoreboard
# For generators, precision and recall are those of the balls, with an interval for a share of 5,000 images. (It takes the balls as given, and says how exactly *these* networks are measured, not how another training would end.)

# %% [markdown] lang="zh"
# ## 记分板
# 对生成器来说，查准率和查全率是用球算出来的，区间是 5,000 张图像中某个比例的区间。（它把球当作给定的，说明对*这几个*网络量得多准，而不是重新训练一次会怎样。）

# %% slide="same" show="output"
for name, parameters in (
    ("real test images", None),
    ("live generator", gan.generator.count_params()),
    ("shipped generator", shipped.count_params()),
    ("blurred", None),
):
    quality.record(name, "5,000 images of garments", table[name], N, parameters=parameters)

# %% [markdown] lang="en" slide="notes"
# **1 min.** The intervals are those of a share of 5,000 images; they take the balls as given, and say nothing about another training. Then the last row: what blur does to each of the two.

# %% [markdown] lang="zh"
# **1 分钟。** 区间是 5,000 张图像中某个比例的区间；它把球当作给定的，不说明重新训练一次会怎样。再看最后一行：模糊对这两个数各有什么影响。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## What to take along
# 1. A transposed convolution stamps the kernel once for each input pixel and adds up; its matrix is the transpose of a convolution's, and it undoes nothing. Let the stride divide the kernel's size, or there will be checkerboards.
# 2. Generator and discriminator must meet: same shape, same range (tanh: −1 to 1), a logit at the end, and a gradient that gets through (`predict` cuts it).
# 3. A step alternates: the discriminator first, then the generator against the improved one. Losses say who is ahead, not how good the pictures are.
# 4. The Fréchet distance is one number for everything that is wrong; it falls with the number of images, so compare equal numbers, on the same features. Precision and recall say *what* is wrong.
# 5. Measure others beside it: real images as the ceiling, half the classes, noise, a copyist. What passes for excellent may be a copy; ours is none: its pictures are about as far from the training images as real test images are, or farther.
#
# **A misconception to leave behind:** “The pictures look real, so the generator is good.” That is precision, judged on a few chosen pictures. What it never makes, no picture shows.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 转置卷积对每个输入像素盖一次卷积核并相加；它的矩阵是卷积矩阵的转置，它什么也没有还原。卷积核的大小要能被步幅整除，否则会出现棋盘格。
# 2. 生成器和判别器必须碰得上面：形状相同，取值范围相同（tanh：−1 到 1），以 logit 结尾，梯度传得过去（`predict` 会切断它）。
# 3. 每一步是交替的：先判别器，再由生成器对付更新过的判别器。损失说明谁占上风，不说明图画得好不好。
# 4. Fréchet 距离用一个数概括一切毛病；图像越多它越小，所以要用同样多的图像、同样的特征来比。查准率和查全率说明毛病*在哪里*。
# 5. 对照也要量：作为上限的真实图像、半数类别、噪声、抄袭者。看上去出类拔萃的，可能是抄来的；我们的不是：它的图离训练图像，与真实测试图像差不多一样远，甚至更远。
#
# **要纠正的误解**：“图看起来很真，所以生成器很好。”这只是查准率，而且只凭几张挑出来的图。它从来造不出的东西，哪张图上都看不到。

# %% [markdown] lang="en" slide="notes"
# **1 min.** One sentence for each. Let the room finish the third: losses say who is ahead, not …

# %% [markdown] lang="zh"
# **1 分钟。** 每条一句话。第三条请大家接下去：损失说明谁占上风，不说明……

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A misconception to leave behind
# > “The pictures look real, so the generator is good.”

# %% [markdown] lang="zh"
# ## 要纠正的误解
# > “图看起来很真，所以生成器很好。”

# %% [markdown] lang="en" only="slides" slide="fragment"
# That is **precision**, judged on a few chosen pictures. What it never makes, no picture shows.

# %% [markdown] lang="zh"
# 这只是**查准率**，而且只凭几张挑出来的图。它从来造不出的东西，哪张图上都看不到。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Let the room refute it before the key, with a row of the table. Before next time: the exercises `stamp` and `manifold_precision`. Next: do such images help a recogniser?

# %% [markdown] lang="zh"
# **1 分钟。** 按键之前，先请大家用表中的一行来反驳它。课后做练习 `stamp` 和 `manifold_precision`。下一课：这样的图像对识别器有没有用？

# %% [markdown] lang="en"
# ## References
# - [@radford2016unsupervised]
# - [@goodfellow2014generative]
# - [@dumoulin2016guide]
# - [@odena2016deconvolution]
# - [@salimans2016improved]
# - [@yazici2019unusual]
# - [@dowson1982frechet]
# - [@heusel2017gans]
# - [@kynkaanniemi2019improved]
# - [@naeem2020reliable]
#
# **Next:** lesson 11 puts generators to work, and asks whether it helps.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@radford2016unsupervised]
# - [@goodfellow2014generative]
# - [@dumoulin2016guide]
# - [@odena2016deconvolution]
# - [@salimans2016improved]
# - [@yazici2019unusual]
# - [@dowson1982frechet]
# - [@heusel2017gans]
# - [@kynkaanniemi2019improved]
# - [@naeem2020reliable]
#
# **下一课**：第 11 课让生成器去干活，并问一问这有没有用。
