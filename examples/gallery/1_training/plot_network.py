"""
A small network, where a line is not enough
===========================================

``MLPClassifier`` has scikit-learn's names and defaults, and is trained by the core in float32.
"""

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import make_moons
from sklearn.model_selection import train_test_split

X, y = make_moons(2000, noise=0.25, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
models = {
    "SGDClassifier": sl.SGDClassifier(loss="log_loss", random_state=0),
    "MLP, 8 units": sl.MLPClassifier((8,), learning_rate_init=0.02, random_state=0),
    "MLP, 32 and 16 units": sl.MLPClassifier((32, 16), learning_rate_init=0.02, random_state=0),
}

# %%
# Train and plot the probability of the second class
# --------------------------------------------------

side = np.linspace(-1.8, 2.8, 200)
grid = np.stack(np.meshgrid(side, np.linspace(-1.4, 1.9, 200)), axis=-1).reshape(-1, 2)
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True, layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    start = perf_counter()
    model.fit(X_train, y_train)
    print(f"{name:>20}: {model.score(X_test, y_test):.1%}, {perf_counter() - start:.2f} s")
    probability = model.predict_proba(grid)[:, 1].reshape(200, 200)
    ax.imshow(
        probability, extent=(-1.8, 2.8, -1.4, 1.9), origin="lower", cmap="coolwarm", alpha=0.6
    )
    ax.scatter(*X_test.T, c=y_test, s=6, cmap="coolwarm")
    ax.set_title(f"{name}: {model.score(X_test, y_test):.1%}")
plt.show()
