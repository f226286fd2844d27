"""
How exact int8 is
=================

Quantization rounds each weight to one of 255 levels of its output channel, and each row to 128 levels. The outputs move a little. Predictions
change only where two classes were almost equal.
"""

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X_train, X_test, y_train, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
model = sl.convert(pipeline.fit(X_train, y_train))

errors = {}
for per in ("channel", "tensor"):
    small = sl.quantize(model, per=per)
    errors[per] = small.outputs(X_test) - model.outputs(X_test)
    report = sl.evaluate(small, X_test, y_test, baseline=model)
    print(
        f"per {per}: {report.agreement:.2%} of the rows as before, accuracy {report.metrics['accuracy']:.2%}"
    )

# %%
# Only predictions of rows whose two best classes are close can change.

small = sl.quantize(model)
outputs = np.sort(model.outputs(X_test), axis=1)
lead = outputs[:, -1] - outputs[:, -2]
changed = small.predict(X_test) != model.predict(X_test)
error = np.abs(small.outputs(X_test) - model.outputs(X_test)).max(axis=1)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
for per, values in errors.items():
    left.hist(values.ravel(), bins=60, histtype="step", label=f"per {per}")
left.set(xlabel="error of an output", ylabel="outputs")
left.legend()
right.scatter(lead[~changed], error[~changed], s=8, color="0.6", label="same prediction")
right.scatter(lead[changed], error[changed], s=30, color="C3", label="another prediction")
right.plot([0, lead.max()], [0, lead.max() / 2], color="0.3", lw=1)
right.set(
    xlabel="lead of the best class", ylabel="largest error of the row", ylim=(0, error.max() * 1.2)
)
right.legend()
plt.show()
