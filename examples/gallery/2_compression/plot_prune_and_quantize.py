"""
Prune and quantize: size against accuracy
=========================================

How far can a linear model of handwritten digits be pruned before it loses accuracy? And how much more does int8 cost?
"""

# %%
# Train
# -----
# One-vs-one linear SVMs on standardised pixels; ``convert`` turns the pipeline into a Model.

import matplotlib.pyplot as plt
import slimline as sl
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
pipeline = make_pipeline(StandardScaler(), sl.LinearSVC(C=0.01, multi_class="ovo"))
model = sl.convert(pipeline.fit(X_train, y_train))
print(model.summary())

# %%
# Prune to more and more zeros
# ----------------------------
# ``finetune`` continues training with the zeros kept, and recovers most of the accuracy. ``quantize`` then stores each weight in one
# byte.

sparsities = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95]
stages = {"pruned": [], "fine-tuned": [], "fine-tuned, int8": []}
for sparsity in sparsities:
    pruned = sl.prune(model, sparsity=sparsity)
    tuned = sl.finetune(pruned, X_train, y_train)
    for name, stage in zip(stages, (pruned, tuned, sl.quantize(tuned)), strict=True):
        stages[name].append((stage.nbytes, (stage.predict(X_test) == y_test).mean()))

# %%
# Plot
# ----

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, layout="constrained")
for name, points in stages.items():
    nbytes, accuracy = zip(*points, strict=True)
    left.plot(sparsities, accuracy, "o-", label=name)
    right.plot(nbytes, accuracy, "o", label=name)
left.set(xlabel="share of zeros", ylabel="accuracy on test images")
right.set_xscale("log", base=2)
right.set_xticks([1024, 2048, 4096, 8192, 16384], ["1", "2", "4", "8", "16"])
right.set(xlabel="kilobytes in memory")
left.legend()
plt.show()
