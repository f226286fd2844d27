"""
Learning rates
==============

The step size limits how close stochastic gradient descent comes to the optimum. With a constant step size it keeps moving around the optimum;
with a decaying step size it converges.
"""

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)
ALPHA = 1e-2

# %%
# The objective after each number of epochs
# -----------------------------------------


def objective(model):
    margins = np.where(y == 1, 1, -1) * model.decision_function(X)
    return np.logaddexp(0, -margins).mean() + ALPHA / 2 * (model.coef_**2).sum()


def fit(epochs, **options):
    model = sl.SGDClassifier(
        loss="log_loss", alpha=ALPHA, max_iter=epochs, tol=None, random_state=0, **options
    )
    return model.fit(X, y)


best = objective(fit(5000, batch_size="full", learning_rate="constant", eta0=0.5))
schedules = {
    "constant, 0.1": {"learning_rate": "constant", "eta0": 0.1},
    "constant, 0.01": {"learning_rate": "constant", "eta0": 0.01},
    "optimal": {"learning_rate": "optimal"},
    "linear, from 0.1": {"learning_rate": "linear", "eta0": 0.1},
}
epochs = [1, 2, 4, 8, 16, 32, 64]
curves = {
    name: [objective(fit(n, **options)) - best for n in epochs]
    for name, options in schedules.items()
}

# %%
# Plot
# ----

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name, curve in curves.items():
    ax.plot(epochs, curve, "o-", label=name)
ax.set(
    xscale="log", yscale="log", xlabel="epochs", ylabel="objective above the best", xticks=epochs
)
ax.set_xticklabels(map(str, epochs))
ax.legend()
plt.show()
