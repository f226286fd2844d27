"""
Losses, and what outliers do to them
====================================

The losses of ``SGDRegressor`` differ in how strongly rows far from the line influence it. Here one row in ten is an outlier.
"""

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl

random = np.random.default_rng(0)
x = random.uniform(-2, 2, 200)
y = 1.5 * x + 0.5 + 0.2 * random.standard_normal(200)
outliers = random.random(200) < 0.1
y[outliers] += random.uniform(4, 8, outliers.sum())

# %%
# Fit one line per loss
# ---------------------
# The squared loss follows the outliers; the others mostly do not.

losses = {
    "squared_error": {},
    "huber": {"epsilon": 0.3},
    "epsilon_insensitive": {"epsilon": 0.1},
}
models = {
    loss: sl.SGDRegressor(
        loss=loss,
        alpha=0.0,
        learning_rate="linear",
        eta0=0.05,
        max_iter=100,
        tol=None,
        random_state=0,
        **options,
    ).fit(x[:, None], y)
    for loss, options in losses.items()
}
for loss, model in models.items():
    print(
        f"{loss:>20}: y = {model.coef_[0]:.2f} x + {model.intercept_[0]:.2f}   (true: 1.50 x + 0.50)"
    )

# %%
# Plot
# ----

grid = np.linspace(-2, 2, 200)
residual = np.linspace(-3, 3, 301)
shapes = {
    "squared_error": residual**2 / 2,
    "huber": np.where(np.abs(residual) < 0.3, residual**2 / 2, 0.3 * np.abs(residual) - 0.045),
    "epsilon_insensitive": np.maximum(0, np.abs(residual) - 0.1),
}
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
for loss, values in shapes.items():
    left.plot(residual, values, label=loss)
left.set(xlabel="prediction - y", ylabel="loss", title="Loss of a row", ylim=(0, 3))
left.legend()
right.scatter(x, y, s=10, color="0.6")
for loss, model in models.items():
    right.plot(grid, model.predict(grid[:, None]), label=loss)
right.set(xlabel="x", ylabel="y", title="The fitted lines")
plt.show()
