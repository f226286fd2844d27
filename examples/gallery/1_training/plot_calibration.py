"""
Probabilities that can be believed
==================================

Of the rows to which a model assigns a probability of 80 %, four in five should be positive. Logistic regression is close to this by itself;
an SVM reaches it by Platt scaling.
"""

import matplotlib.pyplot as plt
import slimline as sl
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = make_classification(20_000, 20, n_informative=6, flip_y=0.01, class_sep=0.5, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=2000, random_state=0)

models = {
    "SGD, log_loss": sl.SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0),
    "SGD, modified_huber": sl.SGDClassifier(loss="modified_huber", alpha=1e-3, random_state=0),
    "LinearSVC, Platt scaling": sl.LinearSVC(loss="hinge", C=0.01, probability=True),
}

# %%
# Plot
# ----

fig, ax = plt.subplots(figsize=(5.5, 5), layout="constrained")
for name, model in models.items():
    pipeline = make_pipeline(StandardScaler(), model).fit(X_train, y_train)
    CalibrationDisplay.from_estimator(pipeline, X_test, y_test, n_bins=10, name=name, ax=ax)
ax.set(xlabel="predicted probability", ylabel="share of positive rows")
plt.show()
