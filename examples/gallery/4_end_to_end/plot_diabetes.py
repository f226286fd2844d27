"""
Diabetes: a regression, and how few numbers it needs
====================================================

The data are 442 patients, ten measurements of each, and the progress of the disease a year later. With so little data a robust linear model is suitable.
How many of the ten measurements does it need?
"""

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_diabetes(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
pipeline = make_pipeline(StandardScaler(), sl.LinearSVR(C=1.0, epsilon=10.0))
model = sl.convert(pipeline.fit(X_train, y_train))

# %%
# Remove one measurement after the other
# --------------------------------------

kept, scores = [], {"train": [], "test": []}
for n in range(10, 0, -1):
    stage = sl.finetune(sl.prune(model, sparsity=1 - n / 10), X_train, y_train)
    kept.append(stage.n_nonzero)
    scores["train"].append(sl.evaluate(stage, X_train, y_train).metrics["mae"])
    scores["test"].append(sl.evaluate(stage, X_test, y_test).metrics["mae"])
four = sl.prune(model, sparsity=0.6)
names = [X.columns[j] for j in np.flatnonzero(four.layers[0].weight[0])]
print("the last four:", ", ".join(names))

# %%
# Plot
# ----

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
for name, values in scores.items():
    left.plot(kept, values, "o-", label=name)
left.set(xlabel="measurements kept", ylabel="mean absolute error")
left.legend()
right.scatter(y_test, model.predict(X_test), s=14)
right.axline((150, 150), slope=1, color="0.5", lw=1)
right.set(xlabel="true progress", ylabel="predicted")
plt.show()
