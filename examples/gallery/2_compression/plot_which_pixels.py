"""
What pruning leaves of a model
==============================

A linear model of digits has one image of weights per class. Pruning keeps the most important pixels.
"""

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
model = sl.convert(pipeline.fit(X_train, y_train))

# %%
# scikit-learn's estimators convert like slimline's own.

sparsities = (0.0, 0.5, 0.8, 0.9)
fig, axes = plt.subplots(len(sparsities), 10, figsize=(10, 4.6), layout="constrained")
limit = np.abs(model.layers[0].weight).max()
for row, sparsity in zip(axes, sparsities, strict=True):
    pruned = sl.prune(model, sparsity=sparsity)
    accuracy = (pruned.predict(X_test) == y_test).mean()
    for digit, ax in enumerate(row):
        picture = pruned.layers[0].weight[digit].reshape(8, 8)
        ax.imshow(picture, cmap="RdBu", vmin=-limit, vmax=limit)
        ax.set(xticks=[], yticks=[])
        if row is axes[0]:
            ax.set_title(digit)
    row[0].set_ylabel(f"{sparsity:.0%} zeros\n{accuracy:.1%}", rotation=0, ha="right", va="center")
plt.show()
