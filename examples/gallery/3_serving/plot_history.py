"""
The life of a model, read from its file
=======================================

A saved model records its provenance: each step, its arguments, and the resulting size. The hash of the parent links each step to the
model before it.
"""

from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import slimline as sl
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MaxAbsScaler
from sklearn.pipeline import make_pipeline

X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
pipeline = make_pipeline(MaxAbsScaler(), sl.LinearSVC(multi_class="ovo"))
model = sl.convert(pipeline.fit(X_train, y_train))
for sparsity in (0.5, 0.8):
    model = sl.finetune(sl.prune(model, sparsity=sparsity), X_train, y_train)
model = sl.quantize(model)

path = Path(mkdtemp(), "digits.slimline")
sl.save(model, path)

# %%
# What the file says
# ------------------

loaded = sl.load(path)
for step in loaded.history:
    parent = step.parent[:8] if step.parent else "-"
    print(f"{step.action:>10}  parent {parent:8}  {dict(step.parameters)}")

# %%
# Plot
# ----

names = [step.action for step in loaded.history]
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.step(
    range(len(names)),
    [step.measured["nbytes"] for step in loaded.history],
    where="mid",
    label="bytes",
)
ax.step(
    range(len(names)),
    [step.measured["n_nonzero"] for step in loaded.history],
    where="mid",
    label="nonzero weights",
)
ax.set(xticks=range(len(names)), ylim=(0, None))
ax.set_xticklabels(names, rotation=20)
ax.legend()
plt.show()
