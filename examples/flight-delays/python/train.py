"""Trains the flight-delays model: the command that a team brings to Seatrial.

    python train.py --data FILE.parquet --out DIR --seed N [--iterations 150] [--holdout 0.1] [--shuffle-labels]
        [--checkpoint DIR]

Reads one Parquet file of flights (see README.md for its columns) and fits a gradient-boosted tree model on the earliest
rows. The latest rows, a tenth by default, are never shown to the model: they are the holdout that judges it. It writes

    model.onnx      one graph: each feature is an input of shape [n, 1]; outputs `label` [n] and `probabilities` [n, 2]
    signature.json  the graph's inputs, and the output and column that hold the chance of being late
    golden.json     rows of the holdout with what scikit-learn itself answers to them
    validation.parquet  the holdout, with all columns of the data
    reference.parquet   the rows that the model learnt from: what it knows of the world
    training.json   seed, parameters, versions, data, holdout metrics; written last, so a folder without it is unfinished

Progress goes to standard output, one JSON object a line. A mistake in the input ends with exit code 2 and one line on
standard error. The same seed, data and versions give the same predictions and the same bytes, also when a training was stopped
and another one went on from its checkpoint.
"""

import argparse
import hashlib
import json
import os
import pickle
import platform
import sys
from pathlib import Path

# One thread unless told otherwise. Beside other busy processes two threads wait for each other: measured on two loaded cores,
# they took 12 to 19 s for what one did in 6 s. The result is the same bytes either way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

CATEGORIES = ["carrier", "origin", "dest"]
NUMBERS = [
    "scheduled_hour",
    "scheduled_minute",
    "weekday",
    "distance",
    "temperature",
    "dew_point",
    "humidity",
    "wind_direction",
    "wind_speed",
    "wind_gust",
    "precipitation",
    "pressure",
    "visibility",
]
FEATURES = CATEGORIES + NUMBERS
GOLDEN_ROWS = 256
STEP = 10  # iterations between two lines of progress
MIN_ROWS = 1000


class BadInput(Exception):
    """What was given cannot be trained on. The message says what, where, and how to mend it."""


def arguments():
    parser = argparse.ArgumentParser(description="Train the flight-delays model and export it to ONNX.")
    parser.add_argument("--data", type=Path, required=True, help="Parquet file of flights")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model; made if it is not there")
    parser.add_argument("--seed", type=int, required=True, help="seed of everything random, 0 to 4294967295")
    parser.add_argument("--iterations", type=int, default=150, help="boosting iterations (default 150)")
    parser.add_argument("--holdout", type=float, default=0.1, help="latest part kept from training (default 0.1)")
    parser.add_argument("--shuffle-labels", action="store_true", help="spoil the model on purpose: train on shuffled labels")
    parser.add_argument("--checkpoint", type=Path, help="folder that keeps what is learnt; a training that was stopped goes on from it")
    given = parser.parse_args()
    if not 0 <= given.seed <= 2**32 - 1:
        raise BadInput(f"--seed {given.seed}: must lie between 0 and 4294967295")
    if given.iterations < 1:
        raise BadInput(f"--iterations {given.iterations}: must be 1 or more")
    if not 0.01 <= given.holdout <= 0.5:
        raise BadInput(f"--holdout {given.holdout}: must lie between 0.01 and 0.5")
    return given


def say(**message):
    print(json.dumps(message, allow_nan=False), flush=True)


def read(file):
    """Rows with a known label, earliest first; and the number of rows without one, which teach nothing."""
    import duckdb

    if not file.is_file():
        raise BadInput(f"--data {file}: no such file")
    con = duckdb.connect(config={"threads": 1})
    try:
        con.execute("SET TimeZone = 'UTC'")
        source = con.from_parquet(str(file))
        missing = [c for c in ["flight_id", "scheduled_at", "late", *FEATURES] if c not in source.columns]
        if missing:
            raise BadInput(f"--data {file}: lacks the column(s) {', '.join(missing)}; prepare it as README.md says")
        wrong = con.execute(
            "SELECT count(*) FILTER (late NOT IN (0, 1)), count(*) FILTER (late IS NULL) FROM read_parquet(?)", [str(file)]
        ).fetchone()
        if wrong[0]:
            raise BadInput(f"--data {file}: {wrong[0]} rows have a `late` that is neither 0, 1 nor null")
        columns = [f'coalesce(CAST("{c}" AS VARCHAR), \'\') AS "{c}"' for c in CATEGORIES]
        columns += [f'CAST("{c}" AS FLOAT) AS "{c}"' for c in NUMBERS]
        # Category codes and order of rows are part of the result, so both are fixed here.
        table = con.execute(
            f"SELECT flight_id, epoch_ms(scheduled_at) AS scheduled_ms, CAST(late AS INTEGER) AS late, {', '.join(columns)} "
            "FROM read_parquet(?) WHERE late IS NOT NULL ORDER BY scheduled_at, flight_id",
            [str(file)],
        ).df()
    except duckdb.Error as error:
        raise BadInput(f"--data {file}: cannot be read as a table of flights: {str(error).splitlines()[0]}") from error
    finally:
        con.close()
    if len(table) < MIN_ROWS:
        raise BadInput(f"--data {file}: {len(table)} rows have a label; at least {MIN_ROWS} are needed")
    return table, wrong[1]


def metrics(truth, probability):
    """Log-loss in nats, area under the ROC curve, Brier score; the last two digits are noise, so they are cut."""
    from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

    return {
        "logLoss": round(float(log_loss(truth, probability, labels=[0, 1])), 6),
        "auc": round(float(roc_auc_score(truth, probability)), 6),
        "brier": round(float(brier_score_loss(truth, probability)), 6),
    }


def fit(train, truth, test, given):
    """The pipeline, fitted. It grows by STEP iterations at a time, and says after each how it does on the holdout."""
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    encode = ColumnTransformer(
        [
            ("category", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), CATEGORIES),
            ("number", "passthrough", NUMBERS),
        ]
    )
    encoded = encode.fit_transform(train[FEATURES])
    encoded_test = encode.transform(test[FEATURES])
    kept = checkpoint(given)
    boost, before = recall(kept, given) or (
        HistGradientBoostingClassifier(max_iter=STEP, early_stopping=False, warm_start=True, random_state=given.seed),
        0,
    )
    if before:
        say(resumed={"done": before, "from": str(kept)})
    for done in [*range(STEP, given.iterations, STEP), given.iterations]:
        if done <= before:
            continue
        boost.set_params(max_iter=done)
        boost.fit(encoded, truth)
        keep(kept, given, boost, done)
        scores = metrics(test["late"], boost.predict_proba(encoded_test)[:, 1])
        say(progress={"done": done, "total": given.iterations, "metrics": scores})
    return Pipeline([("encode", encode), ("boost", boost)])


def checkpoint(given):
    return None if given.checkpoint is None else given.checkpoint / "boost.pickle"


def learnt_from(given):
    """What a booster must have learnt from, to be gone on with."""
    import sklearn

    data = hashlib.sha256(given.data.read_bytes()).hexdigest()
    return [data, given.seed, given.holdout, given.shuffle_labels, sklearn.__version__]


def keep(file, given, boost, done):
    """Replaces the checkpoint whole: a training that is killed meanwhile leaves the one before."""
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_bytes(pickle.dumps({"of": learnt_from(given), "boost": boost, "done": done}))
    os.replace(partial, file)


def recall(file, given):
    """The booster that another attempt left and its iterations; nothing when there is none, or of something else, or too far on."""
    if file is None or not file.is_file():
        return None
    kept = pickle.loads(file.read_bytes())
    if kept["of"] != learnt_from(given) or kept["done"] > given.iterations:
        return None
    return kept["boost"], kept["done"]


def export(pipeline):
    """The ONNX graph's bytes. Missing numbers are NaN; a category that training never saw, or '', is its own code."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    inputs = [(c, StringTensorType([None, 1])) for c in CATEGORIES] + [(c, FloatTensorType([None, 1])) for c in NUMBERS]
    graph = convert_sklearn(
        pipeline, name="flight-delays", initial_types=inputs, options={id(pipeline): {"zipmap": False}}, target_opset=17
    )
    names = [output.name for output in graph.graph.output]
    if names != ["label", "probabilities"]:
        raise RuntimeError(f"the converted graph has outputs {names}, not label and probabilities")
    # The converter lists its operator sets in the order of a Python set, which differs from run to run.
    operators = sorted((o.domain, o.version) for o in graph.opset_import)
    del graph.opset_import[:]
    for domain, version in operators:
        graph.opset_import.add(domain=domain, version=version)
    return graph.SerializeToString(deterministic=True)


def signature():
    return {
        "inputs": [
            *({"name": c, "datatype": "BYTES", "kind": "category"} for c in CATEGORIES),
            *({"name": c, "datatype": "FP32", "kind": "numeric"} for c in NUMBERS),
        ],
        "output": {"name": "probabilities", "positiveIndex": 1},
    }


def golden(pipeline, test):
    """Rows spread evenly over the holdout. A missing number is null, as JSON has no NaN."""
    import numpy as np

    rows = test.iloc[np.linspace(0, len(test) - 1, min(GOLDEN_ROWS, len(test))).astype(int)]
    answers = pipeline.predict_proba(rows[FEATURES])
    features = rows[FEATURES].astype(object).where(rows[FEATURES].notna(), None).to_dict("records")
    return {
        "rows": [
            {
                "flightId": flight,
                "features": {c: v if c in CATEGORIES or v is None else float(v) for c, v in row.items()},
                "label": int(answer.argmax()),
                "probabilities": [float(p) for p in answer],
            }
            for flight, row, answer in zip(rows["flight_id"], features, answers)
        ]
    }


def write(folder, name, content):
    """Whole or not at all: a killed training leaves no half file."""
    data = content if isinstance(content, bytes) else (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()
    partial = folder / f".{name}.{os.getpid()}"
    partial.write_bytes(data)
    partial.replace(folder / name)
    return hashlib.sha256(data).hexdigest()


def write_rows(folder, name, data, where):
    """Labelled rows of the data with all their columns, in order of departure; one thread, so the same bytes each time."""
    import duckdb

    partial = folder / f".{name}.{os.getpid()}"
    con = duckdb.connect(config={"threads": 1})
    try:
        con.execute("SET TimeZone = 'UTC'")
        source, target = (str(path).replace("'", "''") for path in (data, partial))
        con.execute(
            f"COPY (SELECT * FROM read_parquet('{source}') WHERE late IS NOT NULL AND {where} ORDER BY scheduled_at, flight_id) "
            f"TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
    finally:
        con.close()
    partial.replace(folder / name)
    return hashlib.sha256((folder / name).read_bytes()).hexdigest()


def main():
    given = arguments()
    table, unlabelled = read(given.data)

    # Slow imports come after the quick checks, so that a mistake is said at once.
    import numpy as np
    import onnx
    import skl2onnx
    import sklearn

    # The cut lies between two departure times, so that a reader can find the holdout again by time alone.
    departures = table["scheduled_ms"].to_numpy()
    cut = int(np.searchsorted(departures, departures[len(table) - max(1, round(len(table) * given.holdout))]))
    train, test = table.iloc[:cut], table.iloc[cut:]
    for part, rows in (("training", train), ("holdout", test)):
        if rows["late"].nunique() < 2:
            raise BadInput(f"--data {given.data}: the {part} rows have only one class; take a longer window")
    truth = train["late"].to_numpy()
    if given.shuffle_labels:
        truth = np.random.default_rng(given.seed).permutation(truth)

    pipeline = fit(train, truth, test, given)
    scores = metrics(test["late"], pipeline.predict_proba(test[FEATURES])[:, 1])
    model = export(pipeline)

    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "training.json").unlink(missing_ok=True)
    first_held = int(departures[cut])
    digests = {
        "validation.parquet": write_rows(
            given.out, "validation.parquet", given.data, f"epoch_ms(scheduled_at) >= {first_held}"
        ),
        "reference.parquet": write_rows(
            given.out, "reference.parquet", given.data, f"epoch_ms(scheduled_at) < {first_held}"
        ),
        "model.onnx": write(given.out, "model.onnx", model),
        "signature.json": write(given.out, "signature.json", signature()),
        "golden.json": write(given.out, "golden.json", golden(pipeline, test)),
    }
    span = lambda rows: {
        "rows": len(rows),
        "from": int(rows["scheduled_ms"].iloc[0]),
        "to": int(rows["scheduled_ms"].iloc[-1]),
        "lateRate": round(float(rows["late"].mean()), 6),
    }
    write(
        given.out,
        "training.json",
        {
            "seed": given.seed,
            "parameters": {
                "iterations": given.iterations,
                "holdout": given.holdout,
                "shuffleLabels": given.shuffle_labels,
                "boost": {k: v for k, v in sorted(pipeline["boost"].get_params().items()) if not callable(v)},
            },
            "data": {
                "sha256": hashlib.sha256(given.data.read_bytes()).hexdigest(),
                "rows": len(table) + unlabelled,
                "unlabelled": unlabelled,
            },
            "train": span(train),
            "holdout": {**span(test), "metrics": scores},
            "code": {"train.py": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()},
            "versions": {
                "python": platform.python_version(),
                "scikit-learn": sklearn.__version__,
                "skl2onnx": skl2onnx.__version__,
                "onnx": onnx.__version__,
                "numpy": np.__version__,
            },
            "files": digests,
        },
    )
    say(result={"model": digests["model.onnx"], "rows": len(train), "metrics": scores})


if __name__ == "__main__":
    try:
        main()
    except BadInput as problem:
        print(f"train.py: {problem}", file=sys.stderr)
        sys.exit(2)
