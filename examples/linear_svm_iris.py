"""A linear SVM on iris: exactly scikit-learn's SVC(kernel="linear", C=1.0), in linear form."""

from __future__ import annotations

from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from slimline import LinearSVC

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)

model = LinearSVC(loss="hinge", C=1.0, multi_class="ovo")
model.fit(X_train, y_train)
y_pred = model.predict(X_test)
print(f"accuracy: {accuracy_score(y_test, y_pred):.4f}")

svc = SVC(kernel="linear", C=1.0).fit(X_train, y_train)
same = (y_pred == svc.predict(X_test)).all() and (model.predict(X) == svc.predict(X)).all()
print(f"predicts every row of iris as SVC does: {same}")
if not same:
    raise SystemExit(1)
