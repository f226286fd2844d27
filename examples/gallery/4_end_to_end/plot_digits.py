"""
Digits: from images to a file of a few kilobytes
================================================

1797 images of handwritten digits, 8 by 8 pixels. Train, compress, save, load, and show images that are classified wrongly.
"""

from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X_train, X_test, y_train, y_test = train_test_split(
    *load_digits(return_X_y=True), random_state=0, test_size=0.4
)

# %%
# Train and compress
# ------------------

pipeline = make_pipeline(StandardScaler(), sl.LinearSVC(C=0.01, multi_class="ovo"))
dense = sl.convert(pipeline.fit(X_train, y_train))
tuned = sl.finetune(sl.prune(dense, sparsity=0.8), X_train, y_train)
small = sl.quantize(tuned)
path = Path(mkdtemp(), "digits.slimline")
sl.save(small, path)
served = sl.load(path)
print(sl.evaluate(served, X_test, y_test, baseline=dense))

# %%
# Wrong predictions
# -----------------

predicted = served.predict(X_test)
wrong = np.flatnonzero(predicted != y_test)[:10]
fig, axes = plt.subplots(2, 5, figsize=(8, 3.8), layout="constrained")
for ax, i in zip(axes.flat, wrong, strict=False):
    ax.imshow(X_test[i].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{y_test[i]}, taken for {predicted[i]}", fontsize=10)
for ax in axes.flat:
    ax.axis("off")
fig.suptitle(f"{(predicted == y_test).mean():.1%} right, {path.stat().st_size:,} bytes on disk")
plt.show()
