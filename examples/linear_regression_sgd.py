"""Linear regression on 1000x10 random data, by plain and by stochastic gradient descent."""

from __future__ import annotations

import numpy as np
from slimline import SGDRegressor

random = np.random.default_rng(42)
X = random.standard_normal((1000, 10))
w = random.standard_normal((10, 1))
y = X @ w + 0.1 * random.standard_normal((1000, 1))  # one target in a column: fit says it ravels it

descents = {
    "gradient descent": SGDRegressor(
        batch_size="full", learning_rate="constant", eta0=0.1, alpha=0.0
    ),
    "stochastic gradient descent": SGDRegressor(
        learning_rate="power", eta0=0.01, alpha=0.0, random_state=42
    ),
}
print(f"{'true w':>28}: {np.round(w.ravel(), 3)}")
for name, descent in descents.items():
    descent.fit(X, y)
    print(f"{name:>28}: {np.round(descent.coef_.ravel(), 3)} after {descent.n_iter_} epochs")
    if not np.allclose(descent.coef_.ravel(), w.ravel(), atol=0.05):
        msg = f"{name} did not find w"
        raise SystemExit(msg)
