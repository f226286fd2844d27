"""
Tumours: a clinical table and a specification
=============================================

569 tumours, 30 measurements each, malignant or benign. The file of the model holds the specification that it must meet, and the model is checked against it.
"""

from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np
import slimline as sl
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import RocCurveDisplay
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)

# %%
# Train
# -----

pipeline = make_pipeline(
    StandardScaler(), sl.SGDClassifier(loss="log_loss", alpha=1e-2, random_state=0)
)
spec = sl.ModelSpec(
    task="classification", target="benign", metrics={"accuracy": 0.92, "roc_auc": 0.98}
)
model = sl.convert(pipeline.fit(X_train, y_train)).with_spec(spec)

# %%
# Half of the measurements are enough
# -----------------------------------

small = sl.quantize(sl.finetune(sl.prune(model, sparsity=0.5), X_train, y_train))
path = Path(mkdtemp(), "tumours.slimline")
sl.save(small, path)
served = sl.load(path)
report = sl.evaluate(served, X_test, y_test, baseline=model)
print(report)
print("passes:", report.passed)

# %%
# Which measurements, and how well
# --------------------------------

weight = served.layers[0].weight[0]
order = np.argsort(np.abs(weight))[::-1][: np.count_nonzero(weight)]
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.barh([X.columns[j] for j in order][::-1], weight[order][::-1])
left.set_xlabel("weight of the standardised measurement (> 0: benign)")
for name, stage in {"dense": model, "pruned, int8": served}.items():
    RocCurveDisplay.from_predictions(y_test, stage.predict_proba(X_test)[:, 1], name=name, ax=right)
right.set(
    xlim=(-0.01, 0.3), ylim=(0.7, 1.01), xlabel="false positive rate", ylabel="true positive rate"
)
plt.show()
