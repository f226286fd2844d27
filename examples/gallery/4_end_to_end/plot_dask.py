"""
Training on partitions, on a laptop
===================================

``slimline.dask`` trains on rows where they are stored: it sends weights between machines, not rows. Here a cluster inside this process stands for
several machines. On a real cluster only the client changes.
"""

import dask.array as da
import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from distributed import Client, LocalCluster
from slimline.dask import LinearSVC, SGDClassifier

cluster = LocalCluster(processes=False, n_workers=2, threads_per_worker=1, dashboard_address=":0")
client = Client(cluster)

# %%
# Data in eight partitions
# ------------------------
# They are generated on the workers, and are never gathered on one machine.

X = da.random.default_rng(0).standard_normal((80_000, 20), chunks=(10_000, 20))
noise = da.random.default_rng(1).standard_normal(80_000, chunks=10_000)
y = (X[:, :5].sum(axis=1) + noise > 0).astype(int)
X, y = client.persist((X, y))

# %%
# Rounds of local epochs
# ----------------------
# Every round starts all partitions from the same weights, and takes the mean of their results.

seen = {}
for epochs in (1, 4):
    seen[epochs] = []
    model = SGDClassifier(
        loss="log_loss",
        learning_rate="linear",
        local_epochs=epochs,
        max_iter=8,
        tol=None,
        random_state=0,
        callback=lambda _number, objective, _coef, to=seen[epochs]: to.append(objective),
    )
    model.fit(X, y)

exact = SGDClassifier(loss="log_loss", learning_rate="auto", tol=1e-6, random_state=0).fit(X, y)
print(f"exact: objective {exact.objective_:.5f}, within {exact.dual_gap_:.0e} of the best")

figure, axes = plt.subplots()
for epochs, objectives in seen.items():
    axes.plot(range(1, 9), objectives, "o-", label=f"{epochs} local epochs per round")
axes.axhline(exact.objective_, color="black", linestyle=":", label="the best, certified")
axes.set(xlabel="round", ylabel="objective, as seen while training")
axes.legend()
plt.show()

# %%
# A proof for all rows
# --------------------
# ``LinearSVC`` ends with a duality gap over all partitions, so that no fit on one machine is needed to know how close it is to the optimum.

svm = LinearSVC(C=0.001).fit(X, y)
print(f"{svm.n_iter_} rounds, gap {svm.dual_gap_:.1e}")

# %%
# Back to one machine
# -------------------
# The Model is an ordinary one: evaluate it where the rows are stored, save it, serve it.

model = sl.convert(svm)
report = sl.evaluate(model, X, y)
print(report)
print(np.round(model.layers[0].weight, 2))

client.close()
cluster.close()
