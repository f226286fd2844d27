"""
One row or many: what a prediction costs
========================================

For one row nearly all of the time is the call, not the arithmetic. slimline crosses from Python to C++ once per call. The figures were measured
on the machine that built this page, on one thread. They differ between machines; their order hardly does.
"""

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_digits(return_X_y=True)
X = X.astype(np.float32)
pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300)).fit(X, y)
model = sl.convert(pipeline)
small = sl.quantize(model)
contestants = {"scikit-learn": pipeline, "slimline, float32": model, "slimline, int8": small}

# %%
# Time
# ----
# Alternating, medians of many calls.

batches = [1, 4, 16, 64, 256, 1024]
medians = {name: [] for name in contestants}
for size in batches:
    rows = X[:size]
    times = {name: [] for name in contestants}
    for _ in range(max(20, 200 // size)):
        for name, contestant in contestants.items():
            start = perf_counter()
            contestant.predict(rows)
            times[name].append(perf_counter() - start)
    for name, values in times.items():
        medians[name].append(np.median(values) * 1e6)

# %%
# Plot
# ----

fig, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for name, values in medians.items():
    ax.plot(batches, values, "o-", label=name)
    print(f"{name:>18}: one row {values[0]:.1f} us, {batches[-1]} rows {values[-1]:.0f} us")
ax.set(
    xscale="log",
    yscale="log",
    xlabel="rows per call",
    ylabel="microseconds per call",
    xticks=batches,
)
ax.set_xticklabels(map(str, batches))
ax.legend()
plt.show()
