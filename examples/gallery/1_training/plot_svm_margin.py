"""
The margin of a linear SVM, and what C does to it
=================================================

A small C makes the margin wide and allows many rows inside it; a large C penalises every row inside.
"""

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

X, y = load_iris(return_X_y=True)
X, y = StandardScaler().fit_transform(X[y > 0, 2:]), y[y > 0]

# %%
# Each fit proves how close to the optimum it is
# ----------------------------------------------

fig, axes = plt.subplots(1, 3, figsize=(10, 3.6), sharey=True, layout="constrained")
grid = np.linspace(-3, 3, 2)
for ax, C in zip(axes, (0.01, 1.0, 100.0), strict=True):
    model = sl.LinearSVC(loss="hinge", C=C, tol=1e-6).fit(X, y)
    print(f"C = {C:g}: {len(model.support_)} support vectors, gap {model.dual_gap_:.1e}")
    (a, b), c = model.coef_[0], model.intercept_[0]
    for level, style in ((-1, "--"), (0, "-"), (1, "--")):
        ax.plot(grid, (level - c - a * grid) / b, style, color="0.3", lw=1)
    ax.scatter(*X[model.support_].T, s=70, facecolors="none", edgecolors="0.5", label="support")
    ax.scatter(*X.T, c=y, s=14, cmap="coolwarm")
    ax.set(title=f"C = {C:g}", xlabel="petal length", xlim=(-2, 2), ylim=(-2.2, 2.2))
axes[0].set_ylabel("petal width")
axes[0].legend(loc="upper left")
plt.show()
