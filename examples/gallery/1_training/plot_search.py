"""
Searching parameters inside a Pipeline
======================================

The estimators have scikit-learn's API: ``GridSearchCV`` searches over a pipeline, and ``convert`` takes the best one.
"""

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
grid = {"linearsvc__C": np.logspace(-4, 0, 5), "linearsvc__multi_class": ["ovr", "ovo"]}
search = GridSearchCV(make_pipeline(StandardScaler(), sl.LinearSVC()), grid, cv=4)
search.fit(X_train, y_train)
model = sl.convert(search.best_estimator_)
print(search.best_params_)
print(f"test accuracy {(model.predict(X_test) == y_test).mean():.1%}")

# %%
# Plot
# ----

results = search.cv_results_
fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for way in ("ovr", "ovo"):
    rows = [
        i for i, params in enumerate(results["params"]) if params["linearsvc__multi_class"] == way
    ]
    ax.errorbar(
        grid["linearsvc__C"],
        results["mean_test_score"][rows],
        results["std_test_score"][rows],
        fmt="o-",
        capsize=3,
        label={"ovr": "one class against the rest", "ovo": "pairs of classes"}[way],
    )
ax.set(xscale="log", xlabel="C", ylabel="accuracy, 4 folds")
ax.legend()
plt.show()
