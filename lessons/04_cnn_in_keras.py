# %% [markdown] lang="en" slide="slide" take="heading"
# # 04 · A convolutional network in Keras
#
# **After this lesson you can** turn a photograph file into what a network takes; build, compile, train, validate and test a convolutional network; read its learning curves; say for each class how precise and how complete it is, and how sure you are; compute and measure what one place of a feature map sees; find the layer that holds nearly all parameters, and replace it.
#
# **You need** lessons 01 to 03: precision, recall, F1; train, validation, test; what a convolution computes.
#
# **Time** 75 minutes, exercises included (a good place for a break: before “Class by class”); the machine needs under two minutes.

# %% [markdown] lang="zh"
# # 04 · 用 Keras 搭建卷积神经网络
#
# **学完本课，你能够**：把一张照片文件变成网络能接受的输入；搭建、编译、训练、验证并测试一个卷积神经网络；读懂它的学习曲线；逐类说出它查得有多准、多全，以及这些数有多可信；算出并测出特征图上的一个位置能看到多大范围；找出几乎占去全部参数的那一层，并把它换掉。
#
# **预备知识**：第 01 至 03 课：查准率、查全率、F1；训练集、验证集、测试集；卷积算的是什么。
#
# **时间**：75 分钟，含练习（适合中途休息的地方：“逐类来看”之前）；机器运行不到两分钟。

# %% [markdown] lang="en" only="slides" slide="same"
# From a photograph file to ten probabilities – and to the one layer that holds nearly all parameters.

# %% [markdown] lang="zh"
# 从一张照片文件到十个概率，再到几乎占去全部参数的那一层。

# %% [markdown] lang="en" slide="notes"
# **1 min.** Lesson 03 built a network from its formulas; today Keras builds it, and we spend our time on what a library does not do: prepare images, split, choose, measure, look at errors.
#
# The lecture leaves out the learning rate's formula, the stopwatch and the feature maps; they are in the notebook, with six exercises. With only 30 minutes skip “From a file to numbers”, “One image is a batch of one”, “The receptive field”, “More data” and the question for the room.

# %% [markdown] lang="zh"
# **1 分钟。** 第 03 课由公式搭起了网络；今天由 Keras 来搭，我们把时间花在库不会替你做的事上：准备图像、划分数据、作选择、测量、看错误。
#
# 本讲略去了学习率的公式、掐表计时和特征图，它们都在笔记本里，另有六道练习。如果只有 30 分钟，就跳过“从文件到数”、“一张图像也是一个批量”、“感受野”、“更多的数据”和课堂提问。

# %%
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import sklearn.datasets
from keras import layers
from sklearn.metrics import f1_score, precision_score, recall_score

from imgrec_course import metrics, plots, scoreboard
from imgrec_course.checks import check, claim, measured
from imgrec_course.plots import show, subplots

keras.utils.set_random_seed(0)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Which of these are shirts?
# Twelve pictures from Fashion-MNIST (Xiao, Rasul & Vollgraf 2017). Some are shirts; the others are T-shirts, pullovers and coats.
#
# **Predict first.** Write down the numbers of those that you take for shirts. Later in the lesson you may compare yourself with the labels, and with a network that has seen 55,000 such pictures.

# %% [markdown] lang="zh"
# ## 哪些是衬衫？
# 下面是 Fashion-MNIST（Xiao, Rasul & Vollgraf 2017）中的 12 张图像。其中有几张是衬衫，其余是 T 恤、套头衫和大衣。
#
# **先预测。** 把你认为是衬衫的编号写下来。本课后面，你可以拿自己的答案与标签比一比，也与一个看过 55 000 张这类图像的网络比一比。

# %% [markdown] lang="en" only="slides" slide="same"
# **Predict first.** Which of the twelve are shirts? Write down their numbers.

# %% [markdown] lang="zh"
# **先预测。** 这 12 张中哪几张是衬衫？把编号写下来。

# %% slide="same"
from imgrec_course.datasets.fashion import FASHION_CLASSES, load_fashion

(images, labels), (test_images, test_labels) = load_fashion()
tops = np.flatnonzero(np.isin(labels, [0, 2, 4, 6]))  # T-shirt, pullover, coat, shirt
puzzle = np.random.default_rng(4).choice(tops, 12, replace=False)
show(
    plots.photo_grid(images[puzzle], [str(number) for number in range(1, 13)], columns=6),
    "Twelve small grey pictures of garments for the upper body, numbered, without their names.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** All twelve are garments for the upper body: shirts, T-shirts, pullovers, coats. One minute, alone; then compare with a neighbour: how many agree on all twelve? By the labels, the shirts are 6, 7, 11 and 12. So people disagree here, too: the class is hard in itself.

# %% [markdown] lang="zh"
# **2 分钟。** 12 张都是上装：衬衫、T 恤、套头衫、大衣。先独自看一分钟，再与邻座对照：有几个人 12 张全都一致？按标签，衬衫是 6、7、11、12 号。可见人也会意见不一：这个类别本身就难。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## From a file to numbers
# A network does not take files. It takes one array of shape (batch, height, width, channels), all images of one size. `keras.utils.load_img` reads a file, `img_to_array` makes an array of it. (The article that this course grew out of imports them from `keras.preprocessing.image`. That still works; their home is `keras.utils`.)

# %% [markdown] lang="zh"
# ## 从文件到数
# 网络不接受文件，只接受形状为（批量，高，宽，通道）的数组，而且所有图像大小相同。`keras.utils.load_img` 读入文件，`img_to_array` 把它变成数组。（本课程由一篇文章发展而来，那篇文章从 `keras.preprocessing.image` 导入它们。这样写至今可用，但它们现在归在 `keras.utils` 里。）

# %% [markdown] lang="en" only="slides" slide="same"
# - **resize**: nothing is lost, every shape changes
# - **crop**: shapes stay, the margins are lost
# - **pad**: shapes and margins stay, part of the input is empty

# %% [markdown] lang="zh"
# - **缩放**（resize）：什么都没丢，形状都变了
# - **裁剪**（crop）：形状不变，两边丢了
# - **填充**（pad）：形状和两边都在，输入有一部分是空的

# %%
file = Path(sklearn.datasets.__file__).parent / "images" / "china.jpg"
photograph = keras.utils.img_to_array(keras.utils.load_img(file))
print(photograph.shape, photograph.dtype, "from", photograph.min(), "to", photograph.max())
claim(
    "the article's import leads to the same function",
    keras.preprocessing.image.load_img is keras.utils.load_img,
)

# %% [markdown] lang="en"
# The photograph is wider than high: 427 × 640. The network wants 224 × 224. There are three ways, and each has its price:
#
# - **resize**: squeeze the longer side more than the shorter one. No part is lost, everything changes its shape.
# - **crop**: cut out the largest central square, then shrink it. Shapes stay, the margins are lost.
# - **pad**: shrink the whole and fill up with a constant. Shapes and margins stay, part of the input is empty.
#
# The article announces cropping, but its code only resizes. To see what that does, we first draw a round ring into the photograph.
#
# **Predict first.** In which of the three pictures is the ring still round? By what factor is it squeezed in the other?

# %% [markdown] lang="zh"
# 这张照片宽大于高：427 × 640，而网络要的是 224 × 224。有三种办法，各有代价：
#
# - **缩放**（resize）：长边压得多，短边压得少。哪一部分都没丢，形状却都变了。
# - **裁剪**（crop）：切出中间最大的正方形再缩小。形状不变，两边丢了。
# - **填充**（pad）：整幅缩小，空处补上常数。形状和两边都在，但输入有一部分是空的。
#
# 那篇文章说要裁剪，代码里却只有缩放。为了看清后果，我们先在照片上画一个圆环。
#
# **先预测。** 三幅图中，哪几幅里的环还是圆的？另一幅里它的宽被压到了几分之几？

# %% slide="same"
row, column = np.indices(photograph.shape[:2])
distance = np.hypot(row - 213, column - 320)  # from the middle, in pixels
marked = photograph.copy()
marked[(distance > 110) & (distance < 130)] = (213, 94, 0)

ways = {
    "resize": layers.Resizing(224, 224),
    "crop": layers.Resizing(224, 224, crop_to_aspect_ratio=True),
    "pad": layers.Resizing(224, 224, pad_to_aspect_ratio=True, fill_value=255),
}
squares = {name: np.asarray(layer(marked)) for name, layer in ways.items()}
figure, axes = subplots(1, 4, size=(9.6, 2.8), width_ratios=[640 / 427, 1, 1, 1])
for axis, (name, picture) in zip(
    axes, {"original": marked, **squares}.items(), strict=True
):
    axis.imshow(picture.clip(0, 255).astype("uint8"))
    axis.set(title=name, xticks=[], yticks=[])
    axis.spines[["top", "right"]].set_visible(True)
show(
    figure,
    "A photograph with a round ring: resized to a square the ring is an ellipse, "
    "cropped and padded it stays round.",
    photographs=True,
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** The photograph has 427 × 640 pixels, the network wants 224 × 224. Point at the ring: drawn round, squeezed by resizing to two thirds of its width; cropping keeps it round and loses a third of the photograph. Ask for a task for which each way is wrong: wheels, X-rays, text at the margin.
#
# **Misconception:** that one of the three is right in general. What counts most: the same way in training and afterwards.

# %% [markdown] lang="zh"
# **2 分钟。** 照片是 427 × 640 像素，网络要的是 224 × 224。指着圆环看：画上去是圆的，缩放之后宽度被压到三分之二；裁剪使它保持圆形，却丢掉了三分之一的照片。请大家为每种办法举一个不能用它的任务：车轮、X 光片、边上的文字。
#
# **常见误解**：以为三种办法里有一种总是对的。最要紧的是：训练时怎么做，使用时也怎么做。

# %%
ring_alone = np.where((distance > 110) & (distance < 130), 0.0, 255.0)[..., np.newaxis]
ring = {}
for name, layer in ways.items():
    # Resizing blurs the edge of the ring: what is darker than two thirds of white counts.
    dark = np.asarray(layer(ring_alone))[..., 0] < 170
    width, height = (np.ptp(np.flatnonzero(dark.any(axis=axis))) + 1 for axis in (0, 1))
    ring[name] = width / height
claim(
    "resized: width over height of the ring", ring["resize"], equals=427 / 640, within=0.03
)
claim("cropped: width over height of the ring", ring["crop"], equals=1, within=0.03)
claim("padded: width over height of the ring", ring["pad"], equals=1, within=0.03)
claim(
    "share of the photograph that cropping loses",
    1 - 427 / 640,
    at_least=0.33,
    at_most=0.34,
)

# %% [markdown] lang="en"
# None of the three is right in general. Crop when what matters stands in the middle; pad when margins matter; resize when the shape carries nothing, or when all images come in one shape anyway. What counts most: **use the same way in training and afterwards.** The course's own photographs were shrunk with their proportions kept, then padded with white.
#
# **Exercise ★ crop_to_square.** Cut out the largest central square of an image, without resizing it. If the number of rows or columns to remove is odd, one more goes from the end than from the beginning.

# %% [markdown] lang="zh"
# 三种办法没有哪一种总是对的。要紧的东西在中间，就裁剪；边上的东西也要紧，就填充；形状不带信息，或者所有图像本来就是同一个形状，就缩放。最要紧的是：**训练时怎么做，使用时也怎么做。** 本课程自带的照片是先按比例缩小，再用白色填充的。
#
# **练习 ★ crop_to_square。** 切出一幅图像中间最大的正方形，不要缩放。如果要去掉的行数或列数是奇数，末尾比开头多去一行（列）。


# %% tags=["exercise"]
def crop_to_square(image):
    """Largest central square of an image (height, width, channels)."""
    ### BEGIN SOLUTION
    height, width = image.shape[:2]
    size = min(height, width)
    top, left = (height - size) // 2, (width - size) // 2
    return image[top : top + size, left : left + size]
    ### END SOLUTION


# %%
check("04.crop_to_square", crop_to_square)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## One image is a batch of one
# The photograph is an array of shape (224, 224, 3). The network expects a fourth axis in front, the **batch**: how many images there are. A single image must be packed into a batch of one. The article leaves that out and hands `fit` one image as it is; here is what Keras says to such an image, asked by `predict`:

# %% [markdown] lang="zh"
# ## 一张图像也是一个批量
# 照片是形状为 (224, 224, 3) 的数组，网络却要求前面还有第四个轴，即**批量**：一共有几张图像。单独一张图像也要装进大小为 1 的批量里。那篇文章漏了这一步，把一张图像原样交给 `fit`；这样的图像交给 `predict`，Keras 的回答是：

# %% [markdown] lang="en" only="slides" slide="same"
# > One photograph, (224, 224, 3), is handed to `predict`. Keras refuses. **Where does the 32 come from?**

# %% [markdown] lang="zh"
# > 把一张照片 (224, 224, 3) 直接交给 `predict`，Keras 拒绝了。**其中的 32 是从哪里来的？**

# %% slide="same" show="output" outputs="1"
from imgrec_course.models.cnn import small_network

untrained = small_network(shape=(224, 224, 3), outputs=1)
single = squares["pad"] / 255  # (224, 224, 3)
try:
    untrained.predict(single, verbose=0)
except ValueError as error:
    refusal = str(error)
print(refusal[refusal.index("Expected shape") :].partition("\x1b")[0])
answer = untrained.predict(single[np.newaxis], verbose=0)  # (1, 224, 224, 3) → (1, 1)
claim("with a batch axis: number of answers", answer.size, equals=1)

# %% [markdown] lang="en" only="slides" slide="fragment"
# Keras takes the first axis for the **batch**: 224 “images” of shape (224, 3), 32 at a time. Pack it: `image[np.newaxis]`, (1, 224, 224, 3).

# %% [markdown] lang="zh"
# Keras 把第一个轴当成**批量**：224 张形状为 (224, 3) 的“图像”，一次取 32 张。要装成 `image[np.newaxis]`，即 (1, 224, 224, 3)。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Half a minute with a neighbour, then the key. Only the missing axis gave the mistake away; with a grey image of (28, 28) and a network that takes anything, it might have gone through. The article that the course grew out of makes this mistake.

# %% [markdown] lang="zh"
# **1.5 分钟。** 与邻座讨论半分钟，再按键。只因为还缺一个轴，错误才暴露出来；要是换成 (28, 28) 的灰度图像，网络又什么都收，也许就蒙混过去了。本课程所由来的那篇文章就犯了这个错。

# %% [markdown] lang="en"
# Keras took the first axis for the batch, so it saw 224 “images” of shape (224, 3) and began with 32 of them. Only the missing axis gave the mistake away.
#
# ## Numbers from 0 to 1
# Pixels are whole numbers from 0 to 255. The usual initial weights and learning rates are made for inputs of about 1, so we divide by 255. (Lesson 03 went one step further, to mean 0 and deviation 1.) Grey images also need their channel axis: (n, 28, 28) becomes (n, 28, 28, 1).
#
# **Exercise ★ prepare.** Turn uint8 images (n, 28, 28) into what the network takes: float32, from 0 to 1, with the channel axis. It must also be right for a single dark image: think about what you divide by.

# %% [markdown] lang="zh"
# Keras 把第一个轴当成了批量，于是它看到的是 224 张形状为 (224, 3) 的“图像”，并先取了其中 32 张。只因为还缺一个轴，错误才暴露出来。
#
# ## 从 0 到 1 的数
# 像素是 0 到 255 的整数。通常的初始权重和学习率是为大小在 1 左右的输入准备的，所以我们除以 255。（第 03 课更进一步，归一化为均值 0、标准差 1。）灰度图像还需要通道轴：(n, 28, 28) 变成 (n, 28, 28, 1)。
#
# **练习 ★ prepare。** 把 uint8 图像 (n, 28, 28) 变成网络接受的形式：float32，从 0 到 1，带通道轴。只有一张很暗的图像时也要正确：想一想应该除以什么。


# %% tags=["exercise"]
def prepare(images):
    """Images (n, 28, 28) of uint8 as the network takes them: (n, 28, 28, 1) float32 from 0 to 1."""
    ### BEGIN SOLUTION
    return images[..., np.newaxis].astype("float32") / 255
    ### END SOLUTION


# %%
check("04.prepare", prepare)

# %% [markdown] lang="en"
# **Arrays or `tf.data`?** All 60,000 images as float32 fit into the memory of any laptop, so plain arrays are the simplest that works, and the fastest. When the images do not fit, or must be decoded and changed while training runs, `keras.utils.image_dataset_from_directory` reads them from folders piece by piece as a `tf.data.Dataset`; `fit` takes either.

# %% [markdown] lang="zh"
# **用数组还是 `tf.data`？** 60 000 张图像存成 float32，任何笔记本电脑的内存都放得下，所以普通数组是能用的办法里最简单、也最快的。如果内存放不下，或者要一边训练一边解码、变换图像，就用 `keras.utils.image_dataset_from_directory`，它以 `tf.data.Dataset` 的形式从文件夹里一批批地读；两者 `fit` 都接受。


# %%
def scaled(pictures):
    """Pictures (n, 28, 28) of uint8 as (n, 28, 28, 1) float32 from 0 to 1."""
    return pictures[..., np.newaxis] / np.float32(255)


x_test = scaled(test_images)
megabytes = images.size * x_test.itemsize / 1e6
claim("megabytes of all training images in float32", megabytes, equals=188.16)

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## Three parts, three purposes
# - **Training**: 55,000 images, from which the weights are learned.
# - **Validation**: 5,000 images split off the training set, on which we watch and choose.
# - **Test**: 10,000 images by which nothing is chosen.
#
# `stratify` keeps the share of each class the same in both parts. (The article trains on one image with labels that it never defines, and has neither validation nor test: it could not have known how precise its network is.)

# %% [markdown] lang="zh"
# ## 三个部分，三种用途
# - **训练集**：55 000 张，从中学习权重。
# - **验证集**：从训练集中分出的 5000 张，我们看着它、凭它作选择。
# - **测试集**：10 000 张，不凭它做任何选择。
#
# `stratify` 使各类的占比在两部分中保持一致。（那篇文章用一张图像训练，标签从未定义，既没有验证集也没有测试集：它无从知道自己的网络有多准。）

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** `stratify` keeps the share of each class the same: 500 validation images of each. The network of this lesson was chosen on validation images alone.
#
# **Misconception:** that validation and test are two words for one thing. Whatever was chosen by some images looks better on them than it is (lesson 02).

# %% [markdown] lang="zh"
# **1.5 分钟。** `stratify` 使各类的占比保持一致：验证集每类 500 张。本课的网络就是只凭验证集选出来的。
#
# **常见误解**：以为验证集和测试集是一回事。凭哪些图像作了选择，在那些图像上看起来就比实际好（第 02 课）。

# %%
from sklearn.model_selection import train_test_split

x_train, x_validation, y_train, y_validation = train_test_split(
    scaled(images), labels, test_size=5_000, stratify=labels, random_state=0
)
(each,) = np.unique(np.bincount(y_validation))  # one number, the same for every class
claim("validation images of each class", each, equals=500)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Build
# The network of this lesson comes from a small search, in which networks of this form were compared on validation images alone. (Convolutions that shrink the image, dense layers behind them: this form goes back to LeNet; LeCun, Bottou, Bengio & Haffner 1998.) Three things stand out.
#
# - **Stride instead of pooling.** Each convolution steps two pixels at a time, so that height and width halve without a pooling layer.
# - **ReLU** after each convolution, softmax at the end: ten probabilities that sum to 1. (Lesson 03 advised to train from logits; behind its own softmax Keras finds them again, as that lesson showed.)
# - **Dropout** sets about 40 % of the features, drawn at random, to 0 at each training step and enlarges the others to make up for it, so that no single one can be relied on; it is off when the network is used.

# %% [markdown] lang="zh"
# ## 搭建
# 本课的网络来自一次小小的搜索：把若干个这种形式的网络放在一起，只凭验证集来比较。（先用卷积缩小图像，后面接全连接层：这种形式始于 LeNet；LeCun、Bottou、Bengio 和 Haffner 1998。）有三点值得注意。
#
# - **用步幅代替汇聚。** 每个卷积一次走两个像素，高和宽不靠汇聚层就减半。
# - 每个卷积之后是 **ReLU**，最后是 softmax：十个概率，和为 1。（第 03 课主张训练时用 logit；接的是 Keras 自己的 softmax 时，它能找回 logit，那里已经看到。）
# - **暂退法**（dropout）在每个训练步随机把大约 40% 的特征置为 0，其余的相应放大，使网络不能只依赖其中某一个；使用网络时它是关闭的。

# %%
from imgrec_course.models import cnn

check_network = cnn.check_network  # says what is wrong with arguments; called below

# %% source="imgrec_course.models.cnn.garment_network"

# %% slide="same" show="output"
network = garment_network()
for layer in network.layers:
    shape = " × ".join(str(size) for size in layer.output.shape[1:])
    print(f"{layer.name:13s} {shape:14s} {layer.count_params():8,d} parameters")

# %% [markdown] lang="en" slide="same" take="formula"
# Where do these numbers come from? With `padding="same"` and stride $s$, a layer of height and width $h \times w$ becomes $\lceil h/s \rceil \times \lceil w/s \rceil$ (rounded up). As in lesson 03, a kernel of $k \times k$ over $C$ input channels has $k^2 C$ weights and one bias, for each of the $O$ output channels:
#
# $$\text{parameters} = (k^2 C + 1)\, O.$$
#
# The size of the image does not occur in it: a convolution has the same parameters for every size.
#
# **Exercise ★ layer_size.** How large is such a layer? Give height, width, channels and parameters.

# %% [markdown] lang="zh"
# 这些数从哪里来？`padding="same"`、步幅为 $s$ 时，高宽为 $h \times w$ 的一层变成 $\lceil h/s \rceil \times \lceil w/s \rceil$（向上取整）。同第 03 课一样，输入有 $C$ 个通道时，一个 $k \times k$ 的卷积核有 $k^2 C$ 个权重和一个偏置；输出有 $O$ 个通道，每个通道各有一份：
#
# $$\text{参数个数} = (k^2 C + 1)\, O.$$
#
# 式子里没有图像的大小：无论图像多大，卷积层的参数都一样多。
#
# **练习 ★ layer_size。** 这样一层有多大？给出它的高、宽、通道数和参数个数。


# %% [markdown] lang="en" only="slides" slide="same"
# $k$: side of the kernel; $C$: channels in; $O$: channels out; 1: the bias. The size of the image **does not occur**.

# %% [markdown] lang="zh"
# $k$：卷积核的边长；$C$：输入通道数；$O$：输出通道数；1：偏置。式子里**没有图像的大小**。

# %% [markdown] lang="en" slide="notes"
# **3 min.** Read it from the top: two convolutions that step two pixels, so that height and width halve without a pooling layer; flatten; dropout; two dense layers. Dropout sets about 40 % of the features to 0 at each training step, drawn at random; it is off when the network is used. Softmax at the end: ten probabilities that sum to 1.
#
# Why stride and not pooling? It was measured: in this network pooling takes at least 1.2 times as long, and validation did not prefer it.
#
# Check the first line together: a 5 × 5 kernel, one channel in, 32 out: $(25 + 1) \cdot 32 = 832$. Then the second: $(9 \cdot 32 + 1) \cdot 64$. Ask which layer holds most: the dense one behind the flattening. A dense layer is the case $k = 1$ with $C$ numbers in. Keep that in mind for the article's network.

# %% [markdown] lang="zh"
# **3 分钟。** 从上往下读：两个步幅为 2 的卷积，高和宽不靠汇聚层就减半；展平；暂退法；两个全连接层。暂退法在每个训练步随机把大约 40% 的特征置为 0，使用网络时是关闭的。最后是 softmax：十个概率，和为 1。
#
# 为什么用步幅而不用汇聚？因为测过：在这个网络里，汇聚至少要花 1.2 倍的时间，验证集也并不偏爱它。
#
# 一起核对第一行：5 × 5 的卷积核，输入 1 个通道，输出 32 个：$(25 + 1) \cdot 32 = 832$。再算第二行：$(9 \cdot 32 + 1) \cdot 64$。问一问哪一层参数最多：展平之后的全连接层。全连接层就是 $k = 1$、输入 $C$ 个数的情形。记住这一点，后面讲那篇文章的网络时要用。


# %% tags=["exercise"]
def layer_size(height, width, channels, filters, kernel, stride):
    """(height, width, channels, parameters) after a kernel × kernel convolution, padding "same"."""
    ### BEGIN SOLUTION
    rows, columns = -(-height // stride), -(-width // stride)  # rounded up
    return rows, columns, filters, (kernel**2 * channels + 1) * filters
    ### END SOLUTION


# %%
check("04.layer_size", layer_size)

# %% [markdown] lang="en"
# ## A learning rate that changes
# The optimiser (Adam; Kingma & Ba 2014) moves each weight at every step, by about as much as the **learning rate** says. Large steps get far, but do not settle; small steps settle, but never get far. So: start small, while the weights are still raw; rise to a peak; then fall towards 0. Smith & Topin (2017) call it one cycle, and report trainings that it makes several times shorter. Let $\eta_t$ be the rate at step $t$, $T$ the number of all steps, $p$ the peak and $w$ the steps of the warm-up (below, a quarter of $T$):
#
# $$\eta_t = \begin{cases} p\left(\frac1{20} + \frac{19}{20}\,\frac{t}{w}\right) & t < w, \\[4pt] p\left(\frac1{500} + \frac{499}{500}\cdot\frac{1 + \cos\left(\pi\,\frac{t - w}{T - w}\right)}{2}\right) & t \ge w. \end{cases}$$
#
# (They rise and fall in straight lines; falling along a cosine has become usual. Keras has it as `CosineDecay`.)
#
# **Exercise ★★ one_cycle_rate.** The rate at one step, as a number.

# %% [markdown] lang="zh"
# ## 会变的学习率
# 优化器（Adam；Kingma & Ba 2014）每一步都移动每个权重，移动多少大致由**学习率**决定。步子大，走得远却停不稳；步子小，停得稳却走不远。所以：权重还没有成形的时候从小步开始，升到峰值，再向 0 降下去。Smith & Topin（2017）称之为“一个周期”（one cycle），并报告说它能使一些训练缩短到几分之一。设 $\eta_t$ 为第 $t$ 步的学习率，$T$ 为总步数，$p$ 为峰值，$w$ 为预热的步数（下面取 $T$ 的四分之一）：
#
# $$\eta_t = \begin{cases} p\left(\frac1{20} + \frac{19}{20}\,\frac{t}{w}\right) & t < w, \\[4pt] p\left(\frac1{500} + \frac{499}{500}\cdot\frac{1 + \cos\left(\pi\,\frac{t - w}{T - w}\right)}{2}\right) & t \ge w. \end{cases}$$
#
# （原文的升降都是直线；如今常用余弦曲线下降。Keras 中的 `CosineDecay` 就是它。）
#
# **练习 ★★ one_cycle_rate。** 算出某一步的学习率，返回一个数。


# %% tags=["exercise"]
def one_cycle_rate(step, steps, peak, warmup_steps):
    """Learning rate at a step (0, 1, 2, …) of a training with this many steps."""
    ### BEGIN SOLUTION
    if step < warmup_steps:
        return peak * (1 / 20 + 19 / 20 * step / warmup_steps)
    progress = (step - warmup_steps) / (steps - warmup_steps)
    return peak * (1 / 500 + 499 / 500 * (1 + np.cos(np.pi * progress)) / 2)
    ### END SOLUTION


# %%
check("04.one_cycle_rate", one_cycle_rate)

# %% [markdown] lang="en" slide="slide" take="heading predict"
# ## Compile and train
# `compile` joins three things to the network: the optimiser, the **loss** that it makes small (cross-entropy; “sparse” because the labels are numbers 0 to 9), and what should be reported. `fit` goes through the training images epoch by epoch (an **epoch** is one pass through all of them), in batches of 256. The curves below are drawn while it does so.
#
# **Predict first.** How large will macro-F1 be after the first epoch? And will training or validation be higher at the end?

# %% [markdown] lang="zh"
# ## 编译与训练
# `compile` 给网络配上三样东西：优化器、要使之变小的**损失**（交叉熵；名字里的 sparse 是因为标签是 0 到 9 的数），以及要报告的指标。`fit` 以 256 张为一批，一轮一轮地走遍训练图像（走完一遍叫一个**轮次**，epoch）。下面的曲线随着训练实时画出。
#
# **先预测。** 第一轮之后宏平均 F1 会有多高？到最后，训练集和验证集哪个更高？

# %%
from imgrec_course.widgets.training import TrainingCurves

EPOCHS, BATCH, PEAK = 8, 256, 0.006
curves = TrainingCurves(epochs=EPOCHS)
curves

# %%
batches = -(-len(x_train) // BATCH)  # in an epoch, rounded up: the last one is smaller
steps = EPOCHS * batches
network.compile(
    optimizer=keras.optimizers.Adam(cnn.one_cycle(PEAK, steps)),
    loss="sparse_categorical_crossentropy",
)
begun, processor = time.perf_counter(), time.process_time()
network.fit(
    x_train,
    y_train,
    batch_size=BATCH,
    epochs=EPOCHS,
    verbose=0,
    callbacks=[
        curves.callback((x_train[:5_000], y_train[:5_000]), (x_validation, y_validation))
    ],
)
seconds = time.perf_counter() - begun
print("by the clock", measured(seconds, "s"))
# Half of the processor's time: what two cores take when nothing else runs on them.
two_cores = min(seconds, (time.process_time() - processor) / 2)
claim("seconds of training on two cores", two_cores, at_most=60)
claim("macro-F1 on validation", curves.rows[-1][3], at_least=0.91)

# %% [markdown] lang="en"
# The same curves as a picture, for wherever nothing moves:

# %% [markdown] lang="zh"
# 同样的曲线再存成一幅图，供无法动态显示的地方查看：

# %% slide="fragment"
show(
    curves.figure(),
    "Three curves over the epochs: the learning rate rises and falls, the loss falls, macro-F1 rises; "
    "at the end training is a little better than validation.",
)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Collect two guesses, then the key. Read from left to right: the *rate* rises, then falls; the *loss* of single batches is noisy, and the noise shrinks with the rate: small steps settle; *macro-F1* of both rises, at the end training is ahead. That gap is overfitting in a small dose: no reason to stop as long as validation still rises.
#
# **Misconception:** that a training loss above the validation loss is a fault. Keras's training loss is a mean over batches, with dropout on, while the network still changes.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先收集两个猜测，再按键。从左往右看：*学习率*先升后降；单个批量的*损失*起伏不定，学习率下降后起伏随之变小，步子小了就停得稳；两条*宏平均 F1* 一起上升，到最后训练集领先。这个差距就是少量的过拟合：只要验证集还在上升，就不必停。
#
# **常见误解**：以为训练损失高于验证损失就是出了错。Keras 的训练损失是各批量的平均，其间暂退法开着，网络也还在变。

# %% [markdown] lang="en"
# Read them from left to right. The **rate** rises, then falls. The **loss** of single batches is noisy, and the noise shrinks as the rate falls: small steps settle. **Macro-F1** of training and validation rise together; at the end training is ahead. That gap is what the network knows of its training images alone: **overfitting**, in a small dose. It is no reason to stop as long as validation still rises; when validation gets worse while training gets better, it is.
#
# (Both values of an epoch are measured on 5,000 images each, with the network as it is at the end of the epoch. Keras's own training loss is a mean over batches during which the network was still changing, with dropout on: in the first epoch it usually lies *above* the validation loss, which surprises many.)

# %% [markdown] lang="zh"
# 从左往右看。**学习率**先升后降。单个批量的**损失**起伏不定，学习率下降后起伏随之变小：步子小了，就停得稳。训练集和验证集的**宏平均 F1** 一起上升，到最后训练集领先。这个差距，就是网络只对训练图像才懂的那一部分，也就是少量的**过拟合**。只要验证集还在上升，就不必停；训练集变好而验证集变差时，才该停。
#
# （每一轮的两个值都用该轮结束时的网络、各在 5000 张图像上测得。Keras 自己报告的训练损失则是各批量的平均，其间网络一直在变，暂退法也开着：所以第一轮它往往*高于*验证损失，许多人为此感到意外。）

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The exam, once
# Everything has been chosen; now the test images. `predict` gives ten probabilities for each; the answer is the class with the highest one. Macro-F1 is the plain mean over the ten classes (lesson 01), its interval comes from resampling the confusion matrix (lesson 02).

# %% [markdown] lang="zh"
# ## 只考一次
# 一切都已选定，现在轮到测试图像。`predict` 为每张图像给出十个概率，概率最高的类别就是预测。宏平均 F1 是十个类别的直接平均（第 01 课），它的区间来自对混淆矩阵的重抽样（第 02 课）。

# %% slide="same" show="output"
from sklearn.metrics import confusion_matrix

probabilities = network.predict(x_test, batch_size=1000, verbose=0)  # (10000, 10)
answers = probabilities.argmax(axis=1)
confusion = confusion_matrix(test_labels, answers)
macro_f1 = f1_score(test_labels, answers, average="macro")
claim("macro-F1 on the test", macro_f1, at_least=0.91)

_, _, resampled_f1 = metrics.precision_recall_f1(metrics.resample_confusion(confusion))
low, high = metrics.percentile_interval(resampled_f1.mean(axis=1))
print("95 % interval of the test macro-F1", measured(f"{low:.3f} to {high:.3f}"))
claim("width of that interval", high - low, at_most=0.015)
claim("validation and test differ by", abs(curves.rows[-1][3] - macro_f1), at_most=0.015)

# %% [markdown] lang="en" only="slides" slide="same"
# Everything was chosen before. The interval: the confusion matrix, resampled.

# %% [markdown] lang="zh"
# 一切都在此之前选定。区间来自对混淆矩阵的重抽样。

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Macro-F1 is the plain mean over the ten classes (lesson 01); with 10,000 images its interval is narrow, at most 0.015 wide. Keep that width in mind: at the end of the lecture there are 96 photographs. The interval is about other test images, not about another training.

# %% [markdown] lang="zh"
# **1.5 分钟。** 宏平均 F1 是十个类别的直接平均（第 01 课）；有 10 000 张图像，它的区间很窄，宽度不超过 0.015。记住这个宽度：本讲末尾只有 96 张照片。这个区间说的是换一批测试图像会怎样，不是换一次训练会怎样。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The same numbers in use as in training
# The network learned from pixels between 0 and 1. What if whoever uses it later prepares the images in another way? Three mistakes that are really made: forgetting to divide by 255; dividing twice; feeding dark garments on white, as photographs have them.
#
# **Predict first.** Which mistake hurts most, which least? (Think of what ReLU does to an image that is 255 times as bright, and of the biases.) Beside precision and recall we print the mean **confidence**; that of one image is the highest of its ten probabilities (lesson 02).

# %% [markdown] lang="zh"
# ## 使用时的数要与训练时一样
# 网络是从 0 到 1 的像素中学来的。后来使用它的人如果用别的方式准备图像，会怎样？三种真有人犯的错：忘了除以 255；除了两次；像普通照片那样，白底上放深色的衣服。
#
# **先预测。** 哪种错最伤，哪种最轻？（想一想图像亮 255 倍时 ReLU 会怎样，偏置又会怎样。）除了查准率和查全率，还打印平均**置信度**（confidence），即十个概率中最大的那个（第 02 课）的平均值。

# %% [markdown] lang="en" only="slides" slide="same"
# The network learned from pixels between 0 and 1. Three mistakes of those who use it:
#
# - the pixels are **not divided** by 255
# - they are **divided twice**
# - the garments are **dark on white**, as in photographs
#
# **Predict first.** Which mistake hurts precision and recall most, which least?

# %% [markdown] lang="zh"
# 网络是从 0 到 1 的像素中学来的。使用它的人常犯三种错：
#
# - **忘了除**以 255
# - **除了两次**
# - **白底深色**，像普通照片那样
#
# **先预测。** 哪种错对查准率和查全率伤害最大，哪种最轻？

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Let them order the three. Hint: what does ReLU do to an input that is 255 times as large? And what is left of the image after dividing twice?

# %% [markdown] lang="zh"
# **1.5 分钟。** 请大家给三种错排个次序。提示：输入大到 255 倍时，ReLU 会怎样？除了两次之后，图像还剩下什么？

# %% slide="subslide" show="output" outputs="1 2 3"
recalls, confidences = {}, {}
for name, pixels in {
    "as in training": x_test,
    "not divided": x_test * 255,
    "divided twice": x_test / 255,
    "dark on white": 1 - x_test,
}.items():
    given = network.predict(pixels, batch_size=1000, verbose=0)
    precision = precision_score(
        test_labels, given.argmax(axis=1), average="macro", zero_division=0
    )
    recalls[name] = recall_score(test_labels, given.argmax(axis=1), average="macro")
    confidences[name] = given.max(axis=1).mean()
    numbers = (
        f"P {precision:.3f}  R {recalls[name]:.3f}  confidence {confidences[name]:.3f}"
    )
    print(f"{name:15s}", measured(numbers))
lost = recalls["as in training"] - recalls["not divided"]
claim("not divided: recall lost", lost, at_most=0.05)
claim("not divided: mean confidence", confidences["not divided"], at_least=0.99)
claim("divided twice: recall", recalls["divided twice"], at_most=0.3)
claim("dark on white: recall", recalls["dark on white"], at_most=0.4)

# %% [markdown] lang="en" only="slides" slide="fragment"
# The cure: put the preparation **into** the network.

# %% [markdown] lang="zh"
# 对策：把预处理放进网络**里面**。

# %% [markdown] lang="en"
# **Dividing twice** leaves next to nothing of the image: only the biases are left to decide, and they say nearly the same of every image (always the same answer would have a macro recall of 0.1). **Dark on white** has bright pixels where the network has only ever seen empty ones.
#
# **Not dividing** is the treacherous one: precision and recall change little! Apart from the biases, a ReLU network returns 255 times as much for an input 255 times as large, so the largest of the ten values stays the largest. But softmax makes a confidence of nearly 1 out of such values, in the errors, too. Whoever checks only the answers hardly notices, until a threshold, a ranking or a calibrated probability is needed, and cannot be trusted.
#
# **The cure:** put the preparation into the network, so that nobody can forget it.

# %% [markdown] lang="zh"
# **除了两次**，图像几乎什么也没剩下，只有偏置在作决定，而偏置对每张图像说的几乎一样（永远给同一个答案，宏平均查全率是 0.1）。**白底深色**则是在网络只见过空白的地方出现了亮像素。
#
# **忘了除**最阴险：查准率和查全率变化不大！撇开偏置不谈，输入大到 255 倍，ReLU 网络的输出也大到 255 倍，所以十个值中最大的仍是最大的。但 softmax 会把这样的值变成将近 1 的置信度，判错的图像也不例外。只核对答案的人几乎察觉不到；等到需要阈值、需要排序、需要校准的概率时，才发现靠不住。
#
# **对策**：把预处理放进网络里，谁也忘不掉。

# %% slide="same" show="code"
# Takes pixels as they are, 0 to 255.
recogniser = keras.Sequential([layers.Rescaling(1 / 255), network])
few = test_images[:500, ..., np.newaxis]
difference = np.asarray(recogniser(few)) - probabilities[:500]
claim("scaling inside changes the probabilities by", np.abs(difference).max(), at_most=1e-3)

# %% [markdown] lang="en" slide="notes"
# **2 min.** *Divided twice*: only the biases are left to decide, and they say nearly the same of every image. *Dark on white*: bright pixels where the network has only seen empty ones. *Not divided* is the treacherous one: the largest of the ten values stays the largest, but softmax makes a confidence of nearly 1 out of it, in the errors, too.
#
# **Misconception:** “The answers are right, so the input is right.” Wait until somebody needs a threshold, a ranking or a probability.

# %% [markdown] lang="zh"
# **2 分钟。** *除了两次*：只有偏置在作决定，而偏置对每张图像说的几乎一样。*白底深色*：在网络只见过空白的地方出现了亮像素。*忘了除*最阴险：十个值中最大的仍是最大的，但 softmax 会把它变成将近 1 的置信度，判错的图像也不例外。
#
# **常见误解**：“答案对了，输入就没问题。”等到有人要用阈值、排序或概率时就知道了。

# %% [markdown] lang="en"
# ## Where the seconds go
# Why no pooling? Because it was measured. Here is one training step for 256 images: a network with the same channels and maximum pooling; ours; ours in **bfloat16**, numbers of 16 bits with the range of float32 but only 8 significant bits, which some processors multiply twice as fast. `fast_dtype()` says whether yours is one of them.

# %% [markdown] lang="zh"
# ## 时间花在哪里
# 为什么不用汇聚？因为测过。下面是 256 张图像的一个训练步要花的时间：通道数相同、使用最大汇聚的网络；我们的网络；使用 **bfloat16** 的我们的网络。bfloat16 是 16 位的数，范围与 float32 相同，但有效的二进制位只有 8 个；有些处理器做这种乘法快一倍。`fast_dtype()` 会告诉你，你的处理器是不是这样。


# %%
def pooled_network():
    """The channels of ours, with maximum pooling instead of strides."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            *garment_network().layers[2:],
        ]
    )


def step_milliseconds(model, batches=30):
    """Median time of one training step of 256 images, after three steps to warm up."""
    model.compile("adam", "sparse_categorical_crossentropy")
    times = []
    for _ in range(batches + 3):
        begun = time.perf_counter()
        model.train_on_batch(x_train[:BATCH], y_train[:BATCH])
        times.append(time.perf_counter() - begun)
    return 1000 * float(np.median(times[3:]))


pooled = step_milliseconds(pooled_network())
strided = step_milliseconds(garment_network())
print("maximum pooling         ", measured(pooled, "ms"))
print("stride                  ", measured(strided, "ms"))
print(
    "stride, fastest arithmetic",
    measured(step_milliseconds(garment_network(dtype=cnn.fast_dtype())), "ms"),
)
claim("pooling takes longer than stride, times", pooled / strided, at_least=1.2)

# %% [markdown] lang="en"
# With pooling, a convolution is computed at every place, and three of four results are thrown away; a stride computes only the fourth. And without a GPU the backward pass of maximum pooling, which must find out where each maximum came from, is slow, too. In the search (which this lesson does not repeat) stride was no worse, so the stopwatch decided. (Whether bfloat16 pays depends on the processor; the weights stay in float32. On a GPU the balance is another. Measure where you train.)

# %% [markdown] lang="zh"
# 用汇聚时，卷积在每个位置都要算，四个结果中扔掉三个；用步幅则只算第四个。而且没有 GPU 时，最大汇聚的反向传播很慢，因为要查出每个最大值来自哪里。搜索中（本课不重做）步幅并不比汇聚差，于是由秒表来决定。（bfloat16 划不划算取决于处理器；权重始终保持 float32。在 GPU 上情形又不同。在哪里训练，就在哪里测。）

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Class by class
# One number hides ten. Precision and recall of each class, with 95 % intervals from the resampled confusion matrix:

# %% [markdown] lang="zh"
# ## 逐类来看
# 一个数掩盖了十个数。下面是每个类别的查准率和查全率，95% 置信区间来自重抽样的混淆矩阵：

# %% slide="same"
resampled = metrics.precision_recall_f1(metrics.resample_confusion(confusion))
precisions, recalls_of, f1_of = metrics.precision_recall_f1(confusion)  # (10,) each
order = np.argsort(f1_of)
figure, axes = subplots(size=(8.0, 4.2))
for value, sampled, shift, colour, marker, name in (
    (precisions, resampled[0], 0.13, plots.PRECISION, "o", "precision"),
    (recalls_of, resampled[1], -0.13, plots.RECALL, "s", "recall"),
):
    low, high = metrics.percentile_interval(sampled)
    error = np.maximum(0, [value - low, high - value])[:, order]
    axes.errorbar(
        value[order],
        np.arange(10) + shift,
        xerr=error,
        fmt=marker,
        color=colour,
        label=name,
    )
axes.set_yticks(range(10), [FASHION_CLASSES[i] for i in order])
axes.set(
    xlabel="share (95 % interval)",
    title="The shirt is hardest; five classes are nearly solved",
)
axes.legend(loc="upper left")
show(
    figure,
    "Precision and recall of ten classes with intervals: shirt lowest, trouser, bag and sandal near 1.",
)

# %% slide="same" show="output" outputs="2"
worst, shirt = int(order[0]), FASHION_CLASSES.index("Shirt")
claim("the shirt has the lowest F1", worst == shirt)
claim("F1 of the shirt below the mean by", f1_of.mean() - f1_of[shirt], at_least=0.1)
claim("classes with F1 of 0.95 and more", int((f1_of >= 0.95).sum()), at_least=5)

# %% [markdown] lang="en" slide="notes"
# **2 min.** One number hides ten. Each class has a precision and a recall with its 95 % interval. Read the shirt aloud: of what was called a shirt, how much is one; of the shirts, how many were found. Ask which classes differ between precision and recall by more than their intervals.
#
# **Misconception:** that a macro-F1 of 0.91 means “every class about 0.91”.

# %% [markdown] lang="zh"
# **2 分钟。** 一个数掩盖了十个数。每个类别各有查准率和查全率，附 95% 置信区间。把衬衫念一遍：判为衬衫的有多少真是衬衫，衬衫中找到了多少。问一问：哪些类别的查准率与查全率之差超出了区间？
#
# **常见误解**：以为宏平均 F1 是 0.91，就是“每一类都在 0.91 左右”。

# %%
figure = plots.confusion_matrix(
    confusion, FASHION_CLASSES, "What is taken for what: mostly tops for other tops"
)
show(
    figure,
    "Confusion matrix of the test: high counts on the diagonal, "
    "confusions among shirt, T-shirt, pullover, coat and dress.",
)
among = np.ix_([0, 2, 3, 4, 6], [0, 2, 3, 4, 6])
errors = confusion.sum() - np.trace(confusion)
errors_among = confusion[among].sum() - np.trace(confusion[among])
claim(
    "share of all errors that lie among the five tops and dresses",
    errors_among / errors,
    at_least=0.7,
)

# %% [markdown] lang="en" slide="slide" take="heading"
# ## Looking at the errors
# Numbers say how many, pictures say why. Here are the twelve **surest errors**: wrong by the label, with the highest probability. First line: the network's answer and its probability; second line: the label.

# %% [markdown] lang="zh"
# ## 看看错在哪里
# 数字说明有多少，图像说明为什么。下面是**最有把握的 12 个错误**：与标签不符，而概率最高。第一行是网络的预测及其概率，第二行是标签。

# %% slide="same"
confidence = probabilities.max(axis=1)
wrong = np.flatnonzero(answers != test_labels)
surest = wrong[np.argsort(-confidence[wrong], kind="stable")[:12]]
titles = [
    f"{FASHION_CLASSES[answers[i]]} {confidence[i]:.2f}\nlabel: {FASHION_CLASSES[test_labels[i]]}"
    for i in surest
]
show(
    plots.photo_grid(test_images[surest], titles, columns=6, size=1.5),
    "The twelve wrong answers with the highest probability, each with the network's answer and the label.",
)

# %% [markdown] lang="en" slide="notes"
# **2 min.** The twelve errors of which the network is surest: first line its answer and probability, second line the label. Cover the labels and let the room decide. Some of these labels are at least doubtful; Northcutt, Athalye and Mueller (2021) found wrong labels in the test sets of ten much-used benchmarks (this one was not among them). The pictures may be others than in the notebook of your own machine.
#
# **Misconception:** that an F1 of 1 is the goal. It would mean to have learned the slips as well. And whoever corrects labels must not look only where the network disagrees.

# %% [markdown] lang="zh"
# **2 分钟。** 网络最有把握的 12 个错误：第一行是它的预测和概率，第二行是标签。遮住标签，请大家来判断。其中有一些至少标签本身就可疑；Northcutt、Athalye 和 Mueller（2021）在十个常用基准的测试集里都找到了错误标签（这个数据集不在其中）。在你自己的机器上，看到的可能是另外几张。
#
# **常见误解**：以为目标是 F1 等于 1。那等于连标错的也学会了。另外，修正标签时不能只看网络不同意的地方。

# %% [markdown] lang="en"
# Look at them once without reading the labels. In our run there were an open shoe labelled ankle boot, long narrow garments labelled T-shirt, a high boot labelled sneaker. (Yours may be others: training differs a little from processor to processor.) Some of these “errors” are at least doubtful labels. That is nothing special: Northcutt, Athalye & Mueller (2021) found wrong labels in the test sets of ten much-used benchmarks of images, text and sound; Fashion-MNIST was not among the ten.
#
# Two conclusions. An F1 of 1 is neither to be reached here nor to be wished for: it would mean to have learned the slips as well. And whoever corrects labels must not look only where the network disagrees, or the test will flatter it.

# %% [markdown] lang="zh"
# 先不看标签，把它们看一遍。在我们这次运行中，有一只露脚的鞋标成了短靴，有几件细长的衣服标成了 T 恤，有一只高帮靴标成了运动鞋。（你看到的可能是另外几张：不同处理器上的训练略有差别。）这些“错误”里，有一些至少标签本身就可疑。这并不稀奇：Northcutt、Athalye 和 Mueller（2021）在图像、文本和声音的十个常用基准的测试集里都找到了错误标签；Fashion-MNIST 不在这十个之中。
#
# 由此得出两点。F1 等于 1 在这里既达不到，也不值得追求：那等于连标错的也学会了。此外，修正标签时不能只看网络不同意的地方，否则测试就会偏袒它。

# %% [markdown] lang="en"
# And the puzzle of the beginning? The labels, and what the network says. (These twelve belong to the training set: it has seen nearly all of them with their labels. You have not.)

# %% [markdown] lang="zh"
# 开头的谜题呢？这里是标签和网络的预测。（这 12 张属于训练集：其中几乎每一张，网络都连同标签一起见过，而你没有。）

# %%
guesses = network.predict(scaled(images[puzzle]), verbose=0).argmax(axis=1)
titles = [
    f"{number} {FASHION_CLASSES[labels[i]]}{' ✓' if labels[i] == guess else ' ✗'}"
    for number, (i, guess) in enumerate(zip(puzzle, guesses, strict=True), start=1)
]
show(
    plots.photo_grid(images[puzzle], titles, columns=6, size=1.3),
    "The twelve garments of the beginning with their labels and whether the network agrees.",
)
print("shirts:", [int(number) for number in np.flatnonzero(labels[puzzle] == 6) + 1])

# %% [markdown] lang="en"
# ## What the layers hold
# A **feature map** is the output of one channel: a map of where its kernel found what it responds to. A `keras.Model` from the same input to inner layers gives them. Below: one garment, and of each convolution the eight channels that respond most.

# %% [markdown] lang="zh"
# ## 各层里有什么
# **特征图**是一个通道的输出：它像一张地图，标出该卷积核所响应的东西出现在哪里。用同一个输入和中间各层组成一个 `keras.Model`，就能得到它们。下面是一件服饰，以及每个卷积层中响应最强的 8 个通道。

# %%
convolutions = ["convolution1", "convolution2"]
outputs = [network.get_layer(name).output for name in convolutions]
inside = keras.Model(network.inputs[0], outputs)
# (height, width, channels) of each layer, for the first test image
maps = [np.asarray(one)[0] for one in inside(x_test[:1])]
figure, axes = subplots(len(maps), 9, size=(9.4, 1.15 * len(maps)))
for row, (name, one) in enumerate(zip(convolutions, maps, strict=True)):
    strongest = np.argsort(-one.mean(axis=(0, 1)))[:8]
    pictures = [x_test[0, ..., 0], *(one[..., channel] for channel in strongest)]
    for axis, picture in zip(axes[row], pictures, strict=True):
        axis.imshow(picture, cmap="gray_r")
        axis.set(xticks=[], yticks=[])
        axis.grid(False)
    axes[row, 1].set_title(f"{name}, {one.shape[0]} × {one.shape[1]}", fontsize=9)
    axes[row, 0].set_title("input", fontsize=9)
show(
    figure,
    "An ankle boot and feature maps of each convolution: first outlines and edges, then coarser patches.",
)

# %% [markdown] lang="en" slide="slide" take="heading formula"
# The first layer still shows the boot: edges, surfaces, outlines. Deeper maps are smaller and harder to read: each place stands for a larger part of the image. How large?
#
# ## The receptive field
# One place of a layer depends on a square of pixels, its **receptive field**. Let $r$ be the side of that square, and $j$ how far apart the squares of neighbouring places lie. A single pixel has $r_0 = j_0 = 1$. A layer $l$ with kernel size $k_l$ and stride $s_l$ makes of it
#
# $$r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad j_l = j_{l-1}\, s_l.$$
#
# In words: the kernel spans $k_l - 1$ steps, and each step is worth $j_{l-1}$ pixels. Pooling counts like a convolution. Padding moves the square; it does not enlarge it.
#
# **Exercise ★★ field_size.** Kernel sizes and strides of all layers in; side of the receptive field out.

# %% [markdown] lang="zh"
# 第一层还看得出是靴子：边缘、表面、轮廓。越深的特征图越小，也越难看懂：其中每个位置都代表图像上更大的一块。有多大？
#
# ## 感受野
# 某一层的一个位置取决于一个正方形里的像素，这个正方形就是它的**感受野**。设 $r$ 为正方形的边长，$j$ 为相邻两个位置的正方形相距几个像素。单个像素有 $r_0 = j_0 = 1$。卷积核大小为 $k_l$、步幅为 $s_l$ 的第 $l$ 层使它变成
#
# $$r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad j_l = j_{l-1}\, s_l.$$
#
# 也就是说：卷积核跨过 $k_l - 1$ 步，每步相当于 $j_{l-1}$ 个像素。汇聚层的算法与卷积层相同。填充只会移动这个正方形，不会使它变大。
#
# **练习 ★★ field_size。** 输入各层的卷积核大小和步幅，输出感受野的边长。


# %% [markdown] lang="en" only="slides" slide="same"
# $r_l$: side of the square that one place of layer $l$ sees; $j_l$: pixels between neighbouring places; $k_l$, $s_l$: kernel and stride; $r_0 = j_0 = 1$.

# %% [markdown] lang="zh"
# $r_l$：第 $l$ 层的一个位置所见正方形的边长；$j_l$：相邻位置相距的像素数；$k_l$、$s_l$：卷积核大小和步幅；$r_0 = j_0 = 1$。


# %% tags=["exercise"]
def field_size(kernels, strides):
    """Side of the receptive field, in pixels, after layers with these kernels and strides."""
    ### BEGIN SOLUTION
    size, step = 1, 1
    for kernel, stride in zip(kernels, strides, strict=True):
        size += (kernel - 1) * step
        step *= stride
    return size
    ### END SOLUTION


# %%
check("04.field_size", field_size)

# %% [markdown] lang="en"
# **Measured, not only computed.** Change one pixel at a time, and watch one place in the middle of the last convolution. Whatever pixel changes it belongs to its receptive field. First in a network whose weights are all 1 and whose biases are all 0 (there, the change counts on how many paths a pixel reaches that place); then in ours, averaged over 20 images.

# %% [markdown] lang="zh"
# **不仅要算，还要测。** 每次改变一个像素，观察最后一个卷积层正中的一个位置。凡是能改变它的像素，都属于它的感受野。先用一个权重全为 1、偏置全为 0 的网络（这时变化量就是该像素到达那个位置的路径条数），再用我们的网络，对 20 张图像求平均。


# %%
def centre_response(until, pictures):
    """What the middle place of a network's last layer says of each picture, (n, channels)."""
    maps = np.asarray(until(pictures), np.float64)  # (n, 7, 7, channels)
    return maps[:, 3, 3]


def until_last_convolution(model):
    return keras.Model(model.inputs[0], model.get_layer(convolutions[-1]).output)


# Image i: pixel i alone is bright.
bright = np.eye(784, dtype="float32").reshape(784, 28, 28, 1)
ones = garment_network()
for layer in ones.layers:
    kernels_and_biases = layer.get_weights()
    layer.set_weights([np.full(w.shape, float(w.ndim > 1)) for w in kernels_and_biases])
paths = centre_response(until_last_convolution(ones), bright)[:, 0].reshape(28, 28)

ours, change = until_last_convolution(network), np.zeros(784)
for picture in x_test[:20]:
    # The picture as it is, then with one pixel brighter: (785, 28, 28, 1)
    variants = np.concatenate([picture[np.newaxis], picture + 0.2 * bright])
    response = centre_response(ours, variants)
    change += np.abs(response[1:] - response[0]).mean(axis=1) / 20
change = change.reshape(28, 28)

# %% slide="same" show="output" outputs="7"
computed, step = cnn.receptive_field(network, convolutions[-1])
rows, columns = np.flatnonzero(paths.any(axis=1)), np.flatnonzero(paths.any(axis=0))
claim("receptive field by the formula, pixels", computed, equals=9)
claim("measured height equals the formula's", int(np.ptp(rows)) + 1 == computed)
claim("measured width equals the formula's", int(np.ptp(columns)) + 1 == computed)
outside = change[paths == 0].max()
claim("in our network, pixels outside change the place by", outside, at_most=1e-5)
middle = slice(rows[0] + 2, rows[0] + 7), slice(columns[0] + 2, columns[0] + 7)
claim(
    "share of the paths that lead from its middle 5 × 5",
    paths[middle].sum() / paths.sum(),
    equals=(11 / 15) ** 2,
    within=1e-9,
)
claim(
    "share of the influence in its middle 5 × 5",
    change[middle].sum() / change.sum(),
    at_least=0.4,
)

figure, axes = subplots(1, 2, size=(7.4, 3.4))
for axis, picture, title in zip(
    axes,
    (paths, change),
    ("Number of paths (weights 1)", "Influence in our network"),
    strict=True,
):
    shown = axis.imshow(picture, cmap="Blues")
    axis.grid(False)
    axis.set(title=title, xlabel="pixel column", ylabel="pixel row")
    axis.add_patch(
        plt.Rectangle((columns[0] - 0.5, rows[0] - 0.5), computed, computed, fill=False)
    )
    figure.colorbar(shown, shrink=0.8)
show(
    figure,
    "Two pictures of the receptive field, a square of 9 by 9 pixels: "
    "the influence is strong in its middle and faint at its margin.",
)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Compute it for our network on the board: a 5 × 5 kernel with stride 2 gives $r = 5$, $j = 2$; then 3 × 3: $r = 5 + 2 \cdot 2 = 9$. The picture is measured, not computed: one pixel is changed at a time. Left, the number of paths; right, the influence in our network. The square is exactly 9 × 9, and its middle 5 × 5 has at least 0.4 of the influence.
#
# **Misconception:** that “the field covers the object” means that the network looks at all of it.

# %% [markdown] lang="zh"
# **2.5 分钟。** 在黑板上算我们的网络：5 × 5 的卷积核，步幅 2，得 $r = 5$、$j = 2$；再来 3 × 3：$r = 5 + 2 \cdot 2 = 9$。图是测出来的，不是算出来的：每次改变一个像素。左边是路径的条数，右边是在我们的网络里的影响。正方形正好是 9 × 9，而正中的 5 × 5 至少占影响的 0.4。
#
# **常见误解**：以为“感受野覆盖了物体”就等于网络把它全看进去了。

# %% [markdown] lang="en"
# The square is as large as the formula says. But its pixels do not count alike: many paths lead from the middle, few from the corners. Luo et al. (2016) call the part that counts the *effective* receptive field. So “the field covers the object” does not yet mean that the network looks at all of it.

# %% [markdown] lang="zh"
# 正方形的大小与公式一致，但其中的像素分量不同：从中间出发的路径多，从角上出发的少。Luo 等人（2016）把真正起作用的部分称为*有效*感受野。所以“感受野覆盖了物体”还不等于网络把它全看进去了。

# %% [markdown] lang="en" slide="slide" take="heading predict"
# ## More data
# The article says that training on large amounts of data improves a model. By how much? The experiment `learning_curve` trained this network on 1,000, 5,000, 20,000 and 60,000 images, five times each with other images (at 60,000 always all of them) and other initial weights; the fewer images, the more epochs (`imgrec experiment learning_curve`; stored in `data/results`, with the machine that made it). We load its result and repeat one point of it here.
#
# **Predict first.** Twice as many images: what share of the error, 1 − F1, goes away? The same share each time?

# %% [markdown] lang="zh"
# ## 更多的数据
# 那篇文章说，用大量数据训练能提高模型的性能。能提高多少？实验 `learning_curve` 用 1000、5000、20 000、60 000 张图像训练这个网络，各做五次，每次图像（60 000 张时总是全部）和初始权重都不同；图像越少，轮数越多（命令 `imgrec experiment learning_curve`；结果存在 `data/results`，并注明由什么机器得出）。我们读入结果，并在这里重做其中一个点。
#
# **先预测。** 图像翻一倍，误差（1 − F1）减少几分之几？每次翻倍都一样吗？

# %%
from imgrec_course.experiments import learning_curve, load_result

stored = load_result("learning_curve")
sizes = [int(name) for name in stored]
mean_f1 = np.array([np.mean(part["f1"]) for part in stored.values()])
repeated = learning_curve.point(1_000, seed=0)
claim(
    "repeated here and stored differ in F1 by",
    abs(repeated["f1"] - stored["1000"]["f1"][0]),
    at_most=0.03,
)
claim("F1 rises with every step of data", bool(np.all(np.diff(mean_f1) > 0)))
claim("from 1,000 to 60,000 images macro-F1 gains", mean_f1[-1] - mean_f1[0], at_least=0.07)

# %% slide="fragment" column="right"
figure, axes = subplots(size=(6.4, 3.8))
for size, part in zip(sizes, stored.values(), strict=True):
    axes.plot(
        [size] * len(part["f1"]),
        1 - np.array(part["f1"]),
        "o",
        color=plots.POSITIVE,
        alpha=0.5,
    )
axes.plot(sizes, 1 - mean_f1, color=plots.POSITIVE, label="mean of five trainings")
axes.plot(
    1_000,
    1 - repeated["f1"],
    "X",
    color=plots.NEGATIVE,
    markersize=10,
    label="repeated here",
)
axes.set(xscale="log", yscale="log", xlabel="training images", ylabel="1 − macro-F1")
axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
axes.set_yticks([0.08, 0.1, 0.15, 0.2], ["0.08", "0.10", "0.15", "0.20"])
axes.minorticks_off()
axes.set_title("Each doubling of the data takes away an eighth of the error")
axes.legend()
show(
    figure,
    "Error, one minus macro-F1, against the number of training images on two logarithmic axes: "
    "nearly a falling straight line.",
)

# %% slide="fragment" show="output" outputs="4"
error = 1 - mean_f1
doublings = np.diff(np.log2(sizes))
left = (error[1:] / error[:-1]) ** (1 / doublings)  # share of the error after each doubling
for size, share in zip(sizes[1:], left, strict=True):
    print(f"up to {size:6,d} images, a doubling leaves of the error", measured(share))
claim("share of the error left by a doubling, smallest", left.min(), at_least=0.86)
claim("share of the error left by a doubling, largest", left.max(), at_most=0.9)
to_halve = np.log(0.5) / np.log(left.mean())
claim("doublings that halve the error", to_halve, at_least=5, at_most=6)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Take guesses before the key. On two logarithmic axes the points lie nearly on a straight line: each doubling takes away about an eighth of the error, early and late alike. To halve the error takes between five and six doublings, about forty times as many images. Stored are five trainings a point; the cross is one of them, repeated in the notebook.
#
# **Misconception:** that the line goes on for ever, or holds for other data. No number of images teaches a network to guess which labels are wrong.

# %% [markdown] lang="zh"
# **2.5 分钟。** 先收集猜测，再按键。两轴都取对数时，各点几乎在一条直线上：每翻一倍，误差减少约八分之一，前面如此，后面也如此。要使误差减半，得翻五到六番，也就是大约四十倍的图像。每个点存有五次训练；叉号是在笔记本里重做的一次。
#
# **常见误解**：以为这条线能一直延伸下去，换了数据也成立。哪些标签标错了，图像再多，网络也猜不出来。

# %% [markdown] lang="en"
# On two logarithmic axes the points lie nearly on a straight line: **each doubling of the data takes away about an eighth of the error**, early and late alike. To halve the error takes between five and six doublings, about forty times as many images. More data help here, at a price that can be read off in advance. The line says nothing about other data, about wrong labels, or about how far it goes on. Not for ever: no number of images teaches a network to guess which labels are wrong.

# %% [markdown] lang="zh"
# 在两轴都取对数的图上，各点几乎在一条直线上：**数据每翻一倍，误差就减少约八分之一**，前面如此，后面也如此。要使误差减半，得翻五到六番，也就是大约四十倍的图像。更多的数据在这里确实有用，而且代价可以事先读出来。这条线不能说明别的数据会怎样，不能说明标签有错时会怎样，也不能说明它能延伸多远。总有尽头：哪些标签标错了，图像再多，网络也猜不出来。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The article's network, taken apart
# Now to photographs: animal or not, 224 × 224 pixels in colour, 159 of them to learn from. The article's network for such photographs has one convolution, maximum pooling, a dense layer of 64 **units** (outputs), and one sigmoid unit. (One such unit answers one yes-or-no question. For ten kinds of garment it takes ten outputs and a softmax, as above; and the article's only measure, accuracy, is neither precision nor recall.) It says, rightly, that convolution saves parameters.
#
# **Do you remember?** Lesson 03 counted them. How many parameters has the network? How many of them are in the convolution?

# %% [markdown] lang="zh"
# ## 拆开那篇文章的网络
# 现在轮到照片：是不是动物，彩色，224 × 224 像素，供学习的有 159 张。那篇文章给这类照片用的网络有一个卷积层、最大汇聚、一个有 64 个**单元**（即输出）的全连接层，最后是一个 sigmoid 单元。（一个这样的单元只能回答一个是非题；要分十种服饰，就得像上面那样有十个输出和 softmax。文章唯一的指标是准确率，它既不是查准率，也不是查全率。）文章说卷积能减少参数，这话没错。
#
# **还记得吗？** 第 03 课数过。这个网络有多少参数？其中有多少在卷积层里？

# %% [markdown] lang="en" only="slides" slide="same"
# > Photographs of 224 × 224 × 3, 32 kernels of 3 × 3, max pooling, a dense layer of 64, one sigmoid. Where are its parameters?

# %% [markdown] lang="zh"
# > 输入 224 × 224 × 3 的照片，32 个 3 × 3 卷积核，最大汇聚，64 个单元的全连接层，一个 sigmoid。它的参数在哪里？

# %% slide="fragment" show="output" outputs="1 4"
article = cnn.article_network()
for layer in article.layers:
    shape = " × ".join(str(size) for size in layer.output.shape[1:])
    print(f"{layer.name:12s} {shape:16s} {layer.count_params():11,d} parameters")
parameters = int(article.count_params())
claim("parameters of the article's network", parameters, equals=25_234_433)
dense_parameters = int(article.get_layer("dense").count_params())
claim("parameters of its dense layer", dense_parameters, equals=25_233_472)
claim("parameters of everything else", parameters - dense_parameters, equals=961)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let the room compute: $(9 \cdot 3 + 1) \cdot 32 = 896$ in the convolution. Flattening gives 394,272 numbers, and each of 64 units has a weight for each: $(394{,}272 + 1) \cdot 64$. Convolution saved parameters, and the next layer spent them 28,000 times over. Each of those weights belongs to *one place*: what it learns about an ear at the top left is of no use elsewhere.
#
# **Misconception:** “It is convolutional, so it is small.”

# %% [markdown] lang="zh"
# **2 分钟。** 请大家来算：卷积层 $(9 \cdot 3 + 1) \cdot 32 = 896$。展平得到 394 272 个数，64 个单元中的每一个对每个数都有一个权重：$(394\,272 + 1) \cdot 64$。卷积省下了参数，下一层又以 28 000 倍花了出去。而且每个权重只属于*一个位置*：它在左上角学会了认耳朵，到了别处就用不上。
#
# **常见误解**：“用了卷积，网络就小。”

# %% [markdown] lang="en" only="slides" slide="slide"
# ## The repair: global average pooling

# %% [markdown] lang="zh"
# ## 修补办法：全局平均汇聚

# %% [markdown] lang="en" slide="same" take="formula"
# The convolution has 896. Flattening turns 111 × 111 places of 32 channels into 394,272 numbers, and each of the 64 units has a weight for each of them: $(394{,}272 + 1)\cdot 64 = 25{,}233{,}472$. Convolution saved parameters, and the next layer spent them 28,000 times over. While Adam trains, each parameter takes four numbers of four bytes (weight, gradient, two running means): over 400 megabytes. And each of those weights belongs to *one place*: what it learns about an ear at the top left is of no use for an ear elsewhere.
#
# **The repair: global average pooling** (Lin, Chen & Yan 2013). Do not flatten; average each channel over all places. A channel then says “how much of this is in the image?”, wherever it is. Each unit of the layer behind needs one weight a channel, for images of any size. With $x_{ijc}$ for the value of channel $c$ at place $(i, j)$ of an $h \times w$ feature map:
#
# $$g_c = \frac{1}{h\,w}\sum_{i=1}^{h}\sum_{j=1}^{w} x_{ijc}, \qquad c = 1, \dots, C.$$
#
# **Exercise ★ head_parameters.** How many parameters has a dense layer after flattening, and after global average pooling?

# %% [markdown] lang="zh"
# 卷积层只有 896 个。展平把 111 × 111 个位置、32 个通道变成 394 272 个数，而 64 个单元中的每一个对其中每个数都有一个权重：$(394\,272 + 1)\cdot 64 = 25\,233\,472$。卷积省下了参数，下一层又以 28 000 倍花了出去。用 Adam 训练时，每个参数要占四个数，每个数四字节（权重、梯度、两个滑动平均）：超过 400 兆字节。而且每个权重只属于*一个位置*：它在左上角学会了认耳朵，耳朵到了别处就用不上。
#
# **修补办法：全局平均汇聚**（Lin, Chen & Yan 2013）。不展平，而是把每个通道在所有位置上求平均。这样一个通道说的是“图像里有多少这样的东西”，不管它在哪里。后面一层的每个单元对每个通道只需一个权重，图像多大都可以。设 $x_{ijc}$ 为 $h \times w$ 的特征图上通道 $c$ 在位置 $(i, j)$ 的值：
#
# $$g_c = \frac{1}{h\,w}\sum_{i=1}^{h}\sum_{j=1}^{w} x_{ijc}, \qquad c = 1, \dots, C.$$
#
# **练习 ★ head_parameters。** 展平之后的全连接层有多少参数？全局平均汇聚之后的呢？


# %% [markdown] lang="en" only="slides" slide="same"
# $x_{ijc}$: channel $c$ at place $(i, j)$ of an $h \times w$ map; $g_c$: **how much** of it is in the image, wherever it is. One weight a channel, for images of any size.

# %% [markdown] lang="zh"
# $x_{ijc}$：$h \times w$ 的特征图上通道 $c$ 在位置 $(i, j)$ 的值；$g_c$：图像里**有多少**这样的东西，不管它在哪里。每个通道一个权重，图像多大都可以。


# %% tags=["exercise"]
def head_parameters(height, width, channels, units):
    """(parameters after flattening, parameters after global average pooling) of a dense layer."""
    ### BEGIN SOLUTION
    return (height * width * channels + 1) * units, (channels + 1) * units
    ### END SOLUTION


# %%
check("04.head_parameters", head_parameters)

# %% [markdown] lang="en"
# **Three networks, five trainings each.** The article's; the same with global pooling instead of flattening (“averaged”); and a repaired one, which also has five convolutions. Before anything is trained: what does one place see, just before the average is taken?

# %% [markdown] lang="zh"
# **三个网络，各训练五次。** 文章的网络；用全局汇聚代替展平、其余不变的网络（“averaged”）；以及修补后的网络，它还有五个卷积层。训练之前先看：在求平均之前，一个位置看得到多大？

# %% slide="fragment" show="output" outputs="1 2 3"
from imgrec_course.experiments import article_network as trial

averaged, repaired = trial.build("averaged"), trial.build("repaired")
sizes_of = {"article": article, "averaged": averaged, "repaired": repaired}
for name, model in sizes_of.items():
    megabytes = model.count_params() * 16 / 1e6
    print(f"{name:9s} {model.count_params():10,d} parameters {megabytes:6.1f} MB for Adam")
claim(
    "averaged: pixels that a place sees",
    cnn.receptive_field(averaged, "pooling")[0],
    equals=4,
)
seen = cnn.receptive_field(repaired, "convolution5")[0]
claim("repaired: pixels that a place sees, of 112", seen, equals=78)
smaller = article.count_params() / repaired.count_params()
claim("times fewer parameters than the article's", smaller, at_least=361, at_most=362)

# %% [markdown] lang="en" slide="notes"
# **2 min.** Lin, Chen and Yan (2013). Three networks: the article's; the same with averaging instead of flattening; a repaired one that also has five convolutions. Before anything is trained: what does one place see, just before the average is taken? 4 × 4 pixels in one, 78 of 112 in the other. Ask what 4 × 4 pixels can show of an animal.

# %% [markdown] lang="zh"
# **2 分钟。** Lin、Chen 和 Yan（2013）。三个网络：文章的；用求平均代替展平、其余不变的；修补后的，还有五个卷积层。训练之前先看：在求平均之前，一个位置看得到多大？一个是 4 × 4 像素，另一个是 112 像素中的 78。问一问：4 × 4 像素里能看到动物的什么？

# %% [markdown] lang="en" only="slides" slide="slide"
# ## Three networks, 159 photographs

# %% [markdown] lang="zh"
# ## 三个网络，159 张照片

# %% [markdown] lang="en" slide="same" take="predict"
# All get the same 159 photographs, with settings fixed beforehand: the article's network its own batch of 32 and 10 epochs, the others batches of 16 and 40 epochs, at half the size (a network without a flattened layer takes any). What scores 0.5 or more counts as an animal. The photographs are things on white; we invert them, so that the empty background is 0: the zeros with which a convolution pads then continue the background instead of framing it in black.
#
# The experiment `article_network` trained each of them from five seeds. We load its result, with all scores, and repeat the first training of the repaired network here. (`trial.train("article", seed=0)` does it for the article's; it takes as long, and three gigabytes of memory.)
#
# **Predict first.** 25 million parameters, 159 photographs: how well does the article's network know the photographs that it has learned from? And which of the three finds the animals among the 96 of the test best?

# %% [markdown] lang="zh"
# 三者用同样的 159 张照片，设置事先定好：文章的网络按文章的做法，每批 32 张，10 轮；另外两个每批 16 张，40 轮，尺寸减半（没有展平层的网络，什么尺寸都能接受）。得分不低于 0.5 的判为动物。照片是白底上的物体，我们把它们反相，使空白的背景为 0：卷积填充的 0 就成了背景的延伸，而不是一圈黑框。
#
# 实验 `article_network` 用五个随机种子各训练了一次。我们读入它的结果（含全部得分），并在这里重做修补后网络的第一次训练。（`trial.train("article", seed=0)` 可以重做文章的网络；时间差不多，但要 3 GB 内存。）
#
# **先预测。** 2500 万个参数，159 张照片：文章的网络对学过的照片记得多牢？三个网络中，哪个最会在 96 张测试照片里找出动物？

# %% [markdown] lang="en" slide="notes"
# **1 min.** Animal or not, five trainings each, settings fixed beforehand: 10 epochs for the article's network, as its author has it, 40 for the others at half the size. What scores 0.5 or more counts as an animal. Collect a vote: article, averaged, repaired?

# %% [markdown] lang="zh"
# **1 分钟。** 判断是不是动物，各训练五次，设置事先定好：文章的网络按文章的做法训练 10 轮，另外两个尺寸减半，训练 40 轮。得分不低于 0.5 的判为动物。请大家表决：文章的、只求平均的、修补后的？

# %%
trials = load_result("article_network")
_, seen_scores, live_scores, taken = trial.train("repaired", seed=0)
here = trial.measure(seen_scores, live_scores)["average_precision"]
for name, part in trials.items():
    ranges = [
        f"{label} {min(part[key]):.2f} to {max(part[key]):.2f}"
        for label, key in (
            ("training F1", "training_f1"),
            ("P", "precision"),
            ("R", "recall"),
            ("F1", "f1"),
            ("AP", "average_precision"),
        )
    ]
    print(f"{name:9s}", measured("  ".join(ranges)))
print("repaired  trained here in", measured(taken, "s"))
difference = abs(here - trials["repaired"]["average_precision"][0])
claim("repaired, repeated here and stored: AP differs by", difference, at_most=0.2)

# %% slide="subslide" column="right"
figure, axes = subplots(size=(6.0, 4.4))
for (name, part), colour, marker in zip(
    trials.items(), (plots.NEGATIVE, plots.CHANCE, plots.POSITIVE), "osD", strict=True
):
    axes.plot(
        part["recall"], part["precision"], marker, color=colour, markersize=8, label=name
    )
recall_axis = np.linspace(0.5, 1, 100)
for f1 in (0.7, 0.8, 0.9):
    curve = f1 * recall_axis / (2 * recall_axis - f1)  # from F1 = 2PR / (P + R)
    axes.plot(recall_axis, curve, ":", color=plots.CHANCE, linewidth=1)
    axes.text(1.005, curve[-1], f"F1 {f1}", fontsize=8, va="center", color=plots.CHANCE)
axes.set(xlim=(0.5, 1), ylim=(0.5, 1), xlabel="recall", ylabel="precision")
axes.set_title("Five trainings each: one alone could tell any story")
axes.legend(loc="upper right")
show(
    figure,
    "Precision against recall of three networks, five points each: the averaged one lowest, "
    "the other two overlap, the repaired one reaches highest.",
)

# %% slide="same" show="output" outputs="1 2 3 4"
article_run, averaged_run, repaired_run = trials.values()
claim(
    "article: F1 on its training photographs",
    min(article_run["training_f1"]),
    at_least=0.99,
)
claim("article: best F1 on the test", max(article_run["f1"]), at_most=0.75)
claim(
    "averaged: best F1 on its training photographs",
    max(averaged_run["training_f1"]),
    at_most=0.75,
)
lead = min(repaired_run["average_precision"]) - max(article_run["average_precision"])
claim("lowest AP of the repaired above the highest of the article's by", lead, at_least=0)
overlap = max(article_run["f1"]) - min(repaired_run["f1"])
claim("the ranges of F1 overlap by", overlap, at_least=0)
everything = 2 * 36 / (36 + 96)
claim("F1 of calling everything an animal", everything, equals=0.545, within=0.001)

# %% [markdown] lang="en" slide="notes"
# **2.5 min.** Each mark is one training. The article's network knows its training photographs by heart and finds the new ones badly. Averaging alone is the worst: it cannot even learn its training photographs. The repaired one *ranks* better from each of five seeds; but at 0.5 the marks overlap: a single training of each could have told any story. Calling everything an animal has an F1 of 0.545.
#
# **Misconception:** “Fewer parameters, therefore less overfitting, therefore better.” The smallest network is the worst.

# %% [markdown] lang="zh"
# **2.5 分钟。** 每个标记是一次训练。文章的网络把训练照片背得滚瓜烂熟，遇到新照片却找不好。光求平均的最差：连训练照片都学不会。修补后的*排序*更好，五个种子个个如此；但阈值为 0.5 时，标记互相重叠：各只训练一次，什么故事都讲得出来。把一切都判为动物，F1 是 0.545。
#
# **常见误解**：“参数少，过拟合就少，效果就好。”最小的网络恰恰最差。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## How sure are we?
# The repaired network against the article's: mean AP over five seeds, the same 96 photographs drawn again and again for both.

# %% [markdown] lang="zh"
# ## 有多大把握？
# 修补后的网络对文章的网络：五个种子上的平均 AP；反复重抽这 96 张照片，两个网络用同样的一批。

# %% [markdown] lang="en"
# And the other uncertainty: other photographs. The bootstrap (lesson 02) draws the 96 again and again, the same ones for both networks, and compares their mean AP over the five seeds:

# %% [markdown] lang="zh"
# 还有另一种不确定：换一批照片会怎样。自助法（第 02 课）反复重抽这 96 张，两个网络用同样的一批，比较它们在五个种子上的平均 AP：

# %% slide="same" show="output"
from sklearn.metrics import average_precision_score

from imgrec_course.datasets.photos import load_photos

y_exam = load_photos("test").animal  # (96,) 1 for an animal
scores = {name: np.array(part["scores"]).T for name, part in trials.items()}  # (96, 5)


def mean_ap(truth, of_seeds):
    """Mean average precision over the seeds; scores (photographs, seeds)."""
    return np.mean([average_precision_score(truth, one) for one in of_seeds.T])


def ap_gain(truth, first, second):
    return mean_ap(truth, second) - mean_ap(truth, first)


gain = ap_gain(y_exam, scores["article"], scores["repaired"])
gains = metrics.bootstrap(
    ap_gain, y_exam, scores["article"], scores["repaired"], resamples=500
)
low, high = metrics.percentile_interval(gains)
print(
    "gain in mean AP, with 95 % interval",
    measured(f"{gain:+.2f}, {low:+.2f} to {high:+.2f}"),
)
claim("lower end of the interval of the gain", low, at_least=0, at_most=0.05)
claim("width of the interval of the gain", high - low, at_least=0.1)

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** The interval begins just above 0 and is at least 0.1 wide: better, yes; by how much, 96 photographs can hardly say. Depth, size and number of steps changed together: what each contributed, this comparison does not say. And sharpness alone gives some of the answer away in these photographs (lesson 02): P and R would not show it. The notebook's scoreboard has precision and recall of each finder with intervals.

# %% [markdown] lang="zh"
# **1.5 分钟。** 区间刚刚高于 0，宽度至少 0.1：更好，没错；好多少，96 张照片很难说清。深度、尺寸和步数是一起改的：各占多少功劳，这个比较说不出来。另外，这些照片单凭清晰度就能猜中一部分（第 02 课），从查准率和查全率里看不出来。笔记本的记分板列出了各查找器的查准率和查全率，附区间。

# %% [markdown] lang="en" only="slides" slide="slide"
# ## A question for the room
# > One place of the last convolution sees 9 × 9 pixels of a 28 × 28 picture. How can the network tell a dress from a coat?

# %% [markdown] lang="zh"
# ## 课堂提问
# > 最后一个卷积层的一个位置只看得到 28 × 28 图像中的 9 × 9 个像素。网络怎么能分清连衣裙和大衣？

# %% [markdown] lang="en" only="slides" slide="fragment"
# - The dense layer behind joins all 7 × 7 places, **each with weights of its own**.
# - Averaging throws the *where* away: then the field itself must be **large enough** to see the thing.

# %% [markdown] lang="zh"
# - 后面的全连接层把 7 × 7 个位置合在一起，**每个位置各有权重**。
# - 求平均会丢掉*在哪里*：这时感受野本身就要**大到**看得见那样东西。

# %% [markdown] lang="en" slide="notes"
# **2 min.** A minute with a neighbour. The answer joins the two halves of the lecture: flattening keeps places apart and pays with parameters, and with shifts (lesson 03); averaging forgets places and needs depth. That is why the averaged network of one convolution failed.

# %% [markdown] lang="zh"
# **2 分钟。** 与邻座讨论一分钟。答案把本讲的两半连在一起：展平把各个位置分开，代价是参数多、怕平移（第 03 课）；求平均忘掉位置，因而需要深度。只有一个卷积层的 averaged 网络就败在这里。

# %% [markdown] lang="en"
# What can be concluded, and what not:
#
# - **The article's network overfits.** It knows its training photographs by heart, from every seed; of the new ones, a good part of what it reports as animals are none, and a good part of the animals stays behind.
# - **Averaging alone is no repair.** The averaged network has the fewest parameters of all and is the worst: it cannot even learn its training photographs. It averages over squares of 4 × 4 pixels, which show an edge or a colour, never an animal. Pooling needs depth in front of it.
# - **The repaired network ranks better**, from each of five seeds, with 1/361 of the parameters. By how much, 96 photographs can hardly say: the interval of the gain begins just above 0 and is wide. And precision and recall at 0.5 scatter so much that a single training of each could have told any story.
# - Depth, size and number of steps changed together: how much each of them contributed, this comparison does not say.
#
# A warning about these photographs: the things had to be enlarged more than the animals, so sharpness alone gives some of the answer away (lesson 02; `data/photos/README.md`). A network may use it, and we would not see it in P and R.

# %% [markdown] lang="zh"
# 可以下什么结论，不可以下什么结论：
#
# - **文章的网络过拟合。** 无论哪个种子，它都把训练照片背得滚瓜烂熟；遇到新照片，它报告的动物里有不少并不是动物，真正的动物也漏掉不少。
# - **光求平均不算修补。** averaged 网络的参数最少，却最差：连训练照片都学不会。它是对 4 × 4 像素的小方块求平均，里面看得到一条边、一种颜色，却看不到一只动物。汇聚之前要有深度。
# - **修补后的网络排序更好**，五个种子个个如此，而参数只有 1/361。好多少，96 张照片很难说清：差值的区间刚刚高于 0，而且很宽。阈值为 0.5 时，查准率和查全率又相当分散，如果各只训练一次，什么故事都讲得出来。
# - 深度、尺寸和步数是一起改的：各占多少功劳，这个比较说不出来。
#
# 关于这些照片有一点要提醒：物品的图比动物的图放大得更多，所以单凭清晰度就能猜中一部分（见第 02 课和 `data/photos/README.md`）。网络可能用上了这一点，而从查准率和查全率里看不出来。

# %% [markdown] lang="en" slide="slide" take="heading"
# ## The scoreboard
# Three rows more. The garment network, asked about its hardest class, the shirt: is it one or not? And the two finders of animals.

# %% [markdown] lang="zh"
# ## 记分板
# 再添三行：服饰网络，问它最难的一类（是不是衬衫）；以及两个动物查找器。

# %% slide="same" show="output"
garments = scoreboard.record(
    "garment network",
    "10,000 garments, shirt or not",
    test_labels == shirt,
    answers == shirt,
    probabilities[:, shirt],
    seconds=round(seconds),
    parameters=network.count_params(),
)
for title, model, of_photographs, took in (
    ("article's net", article, scores["article"][:, 0], trials["article"]["seconds"][0]),
    ("global pooling", repaired, live_scores, taken),
):
    scoreboard.record(
        title,
        "96 photographs, animal or not",
        y_exam,
        of_photographs >= 0.5,
        of_photographs,
        seconds=round(took),
        parameters=model.count_params(),
    )

# %% [markdown] lang="en" slide="notes"
# **1.5 min.** Let the room read the widths in brackets before the values: 10,000 garments against 96 photographs. For the two finders of animals they overlap; what the lesson claims is that the *ranking* is better, over five seeds.

# %% [markdown] lang="zh"
# **1.5 分钟。** 让大家先看方括号里的宽度，再看数值：10,000 件服饰，对 96 张照片。两个动物查找器的区间有重叠；本课断言的是：五个种子个个如此，*排序*更好。

# %% [markdown] lang="en" slide="slide" take="heading list"
# ## What to take along
# 1. An image becomes (batch, height, width, channels), floats of the size that training had. Resize, crop or pad: choose one, and keep it.
# 2. Training learns, validation chooses; by the test nothing is chosen. Then macro-F1, each class's precision and recall, and intervals.
# 3. A rate that rises and falls, and layers chosen by a stopwatch, save time: the garment network is trained in less than a minute.
# 4. The receptive field grows by $(k-1)\,j$ a layer; what counts within it is mostly its middle.
# 5. Nearly all parameters of the article's network sit in one dense layer after flattening. Global average pooling removes them; it needs convolutions deep enough to see something, and it does not replace data.
#
# **A misconception to leave behind:** “Fewer parameters, therefore less overfitting, therefore better.” The smallest of our three networks was the worst. And one training on a small test says little about any of them: train several times, and give an interval.

# %% [markdown] lang="zh"
# ## 本课要点
# 1. 图像变成（批量，高，宽，通道），数的大小与训练时一致。缩放、裁剪或填充：选定一种，一直用下去。
# 2. 训练集用来学，验证集用来选，测试集不用来做任何选择。然后看宏平均 F1、每个类别的查准率和查全率，以及区间。
# 3. 先升后降的学习率，加上掐着表选出的层，能省时间：服饰网络不到一分钟就训练好了。
# 4. 感受野每层增大 $(k-1)\,j$；其中真正起作用的主要是中间部分。
# 5. 那篇文章的网络，几乎全部参数都在展平之后的那一个全连接层里。全局平均汇聚去掉了它们；但它前面的卷积要足够深，看得见东西，而且它代替不了数据。
#
# **要纠正的误解**：“参数少，过拟合就少，效果就好。”我们的三个网络里，最小的那个恰恰最差。而且只训练一次、测试集又小，对哪个网络都说明不了什么：要多训练几次，并给出区间。

# %% [markdown] lang="en" only="slides" slide="same"
# **A misconception to leave behind:** “Fewer parameters, therefore less overfitting, therefore better.” The smallest of our three networks was the worst.

# %% [markdown] lang="zh"
# **要纠正的误解**：“参数少，过拟合就少，效果就好。”我们的三个网络里，最小的那个恰恰最差。

# %% [markdown] lang="en" slide="notes"
# **2 min.** Let the room complete: “Resize, crop or pad: …”, “By the test …”, “Global average pooling needs …”. Then the misconception. Before next time: the exercises prepare, layer_size and field_size at least. Next: remedies for scarce photographs and rare classes, put to the test.

# %% [markdown] lang="zh"
# **2 分钟。** 请大家补全：“缩放、裁剪或填充：……”，“测试集……”，“全局平均汇聚需要……”。再看要纠正的误解。课后至少做 prepare、layer_size 和 field_size 三道练习。下一课：照片太少、类别稀有，各种办法一一检验。

# %% [markdown] lang="en"
# ## References
# - [@lecun1998gradient]
# - [@lin2013network]
# - [@kingma2014adam]
# - [@luo2016understanding]
# - [@smith2017super]
# - [@xiao2017fashion]
# - [@northcutt2021pervasive]
#
# **Next:** lesson 05 puts the remedies to the test: augmentation, regularisation, class weights, a threshold, and a network that has already seen a million photographs.

# %% [markdown] lang="zh"
# ## 参考文献
# - [@lecun1998gradient]
# - [@lin2013network]
# - [@kingma2014adam]
# - [@luo2016understanding]
# - [@smith2017super]
# - [@xiao2017fashion]
# - [@northcutt2021pervasive]
#
# **下一课**：第 05 课检验各种补救办法：数据增强、正则化、类别权重、阈值，以及一个已经看过上百万张照片的网络。
