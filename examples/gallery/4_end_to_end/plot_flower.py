"""
A photograph: 270,000 pixels classified
=======================================

Which pixels of a photograph belong to the flower? A few rectangles mark flower and background. A linear model of the colours and their squares is trained
on these, and an int8 model of a few hundred bytes then labels every pixel.
"""

from pathlib import Path
from tempfile import mkdtemp
from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_sample_image
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

image = load_sample_image("flower.jpg").astype(np.float32) / 255
height, width, _ = image.shape


def features(pixels):
    """Return colours, their squares and their products."""
    r, g, b = pixels.T
    return np.stack([r, g, b, r * r, g * g, b * b, r * g, r * b, g * b], axis=1)


# %%
# A few rectangles to learn from
# ------------------------------
# (top, bottom, left, right), chosen by hand.

flower = [(140, 200, 250, 330), (230, 280, 330, 380), (150, 190, 350, 400)]
background = [(0, 70, 0, 640), (360, 427, 0, 150), (100, 300, 560, 640)]


def pixels_in(rectangles):
    return np.concatenate([image[a:b, c:d].reshape(-1, 3) for a, b, c, d in rectangles])


positive, negative = pixels_in(flower), pixels_in(background)
X = features(np.concatenate([positive, negative]))
y = np.repeat([1, 0], [len(positive), len(negative)])
classifier = sl.SGDClassifier(
    loss="log_loss", class_weight="balanced", batch_size=32, random_state=0
)
pipeline = make_pipeline(StandardScaler(), classifier)
model = sl.convert(pipeline.fit(X, y))
path = Path(mkdtemp(), "flower.slimline")
sl.save(sl.quantize(model), path)

# %%
# Label every pixel
# -----------------

served = sl.load(path)
everything = features(image.reshape(-1, 3))
start = perf_counter()
probability = served.predict_proba(everything)[:, 1].reshape(height, width)
print(
    f"{len(everything):,} pixels in {perf_counter() - start:.3f} s, {served.nbytes} bytes of weights"
)
same = (served.predict(everything) == model.predict(everything)).mean()
print(f"{same:.2%} of the pixels as with float32 weights")

fig, axes = plt.subplots(1, 3, figsize=(11, 2.9), layout="constrained")
axes[0].imshow(image)
for rectangles, colour in ((flower, "yellow"), (background, "cyan")):
    for a, b, c, d in rectangles:
        axes[0].add_patch(plt.Rectangle((c, a), d - c, b - a, fill=False, color=colour))
axes[0].set_title("rectangles to learn from")
axes[1].imshow(probability, cmap="viridis")
axes[1].set_title("probability of flower")
axes[2].imshow(np.where(probability[..., None] > 0.5, image, 1))
axes[2].set_title("what is taken for flower")
for ax in axes:
    ax.axis("off")
plt.show()
