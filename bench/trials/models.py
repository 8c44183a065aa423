"""Makes one model of the trials' bench: a good one, or one with one defect, from real flights.

    python models.py NAME --data FLIGHTS.parquet --out DIR [--iterations 60] [--seed N]

It leaves what the example's training command leaves, and `training.parquet`, what it was trained on; so it is a training command
itself, and the sandbox trains again with it. Most defects are put behind the good model in its ONNX graph: the model differs
in the defect and in nothing else, and its golden answers are those of a team that does not know of it.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import onnx
from onnx import TensorProto, helper

HERE = Path(__file__).resolve().parent
TRAIN = HERE.parent.parent / "examples/flight-delays/python"
sys.path.insert(0, str(TRAIN))
import train  # noqa: E402

FLOAT = TensorProto.FLOAT


def train_model(folder, data, iterations, *more):
    """The training command itself, as a team runs it."""
    command = [sys.executable, str(TRAIN / "train.py"), "--data", str(data), "--out", str(folder)]
    subprocess.run(
        [*command, "--seed", "20130601", "--iterations", str(iterations), *more], check=True, stdout=subprocess.DEVNULL
    )
    shutil.copyfile(data, folder / "training.parquet")


def node(operator, inputs, output, **more):
    return helper.make_node(operator, inputs, [output], name=f"defect_{output}", **more)


def number(name, value):
    return helper.make_tensor(name, FLOAT, [], [value])


class Behind:
    """What stands behind a good model's chance of being late: nodes from `p` [n, 1] to `q` [n, 1], and the same in numpy."""

    def __init__(self, nodes, constants, answer):
        self.nodes = nodes
        self.constants = constants
        # Of one row's features and the good model's chance; None where the team's own answer stays.
        self.answer = answer


def sharpened(power):
    """Log-odds times `power`: ranks stay, so AUC sees nothing."""

    def answer(_, p):
        return p**power / (p**power + (1 - p) ** power)

    nodes = [
        node("Pow", ["p", "power"], "late_power"),
        node("Sub", ["one", "p"], "on_time"),
        node("Pow", ["on_time", "power"], "on_time_power"),
        node("Add", ["late_power", "on_time_power"], "both"),
        node("Div", ["late_power", "both"], "q"),
    ]
    return Behind(nodes, [number("power", power), number("one", 1.0)], answer)


def turned_where(condition, constants, holds):
    """1 - p where the condition (a boolean [n, 1] called `turned`) holds."""
    nodes = [*condition, node("Sub", ["one", "p"], "other"), node("Where", ["turned", "other", "p"], "q")]
    return Behind(nodes, [*constants, number("one", 1.0)], lambda row, p: 1 - p if holds(row) else p)


def turned_for(column, value):
    """The wrong way round where a category has this value."""
    # ONNX compares no strings before operator set 19; an encoder of one category does.
    encode = helper.make_node(
        "LabelEncoder",
        [column],
        ["is_value"],
        domain="ai.onnx.ml",
        keys_strings=[value],
        values_int64s=[1],
        default_int64=0,
    )
    condition = [encode, node("Cast", ["is_value"], "turned", to=TensorProto.BOOL)]
    return turned_where(condition, [], lambda row: row[column] == value)


def exact_values():
    """Right only where the temperature has the two decimals of its source: it learnt values, not weather."""
    condition = [
        node("Mul", ["temperature", "hundred"], "in_hundredths"),
        node("Round", ["in_hundredths"], "whole"),
        node("Sub", ["in_hundredths", "whole"], "rest"),
        node("Abs", ["rest"], "off"),
        node("Greater", ["off", "slack"], "turned"),
    ]
    return turned_where(condition, [number("hundred", 100.0), number("slack", 0.02)], lambda row: False)


def opposite_where_missing():
    """The wrong way round as soon as one reading of the weather is missing."""
    readings = ["temperature", "dew_point", "humidity", "wind_speed", "visibility"]
    condition = [node("IsNaN", [name], f"no_{name}") for name in readings]
    last = "no_temperature"
    for name in readings[1:]:
        output = "turned" if name == readings[-1] else f"none_up_to_{name}"
        condition.append(node("Or", [last, f"no_{name}"], output))
        last = output
    return turned_where(condition, [], lambda row: any(row[name] is None for name in readings))


def nothing_where_missing():
    """No number at all where the dew point is missing."""
    nodes = [node("IsNaN", ["dew_point"], "absent"), node("Where", ["absent", "no_number", "p"], "q")]
    return Behind(nodes, [number("no_number", float("nan"))], lambda row, p: p)




def random_answers():
    """Dropout left on: some noise in each answer."""
    nodes = [
        node("RandomUniformLike", ["p"], "noise", low=-0.01, high=0.01),
        node("Add", ["p", "noise"], "noisy"),
        node("Clip", ["noisy", "low", "high"], "q"),
    ]
    return Behind(nodes, [number("low", 0.0), number("high", 1.0)], lambda row, p: p)


def looks_at_its_batch():
    """Normalised over the rows that happen to come along, as a batch norm left in training does."""
    nodes = [
        node("ReduceMean", ["p"], "mean", axes=[0], keepdims=1),
        node("Sub", ["p", "mean"], "apart"),
        node("Mul", ["apart", "half"], "half_apart"),
        node("Add", ["half_apart", "base"], "moved"),
        node("Clip", ["moved", "low", "high"], "q"),
    ]
    constants = [number("half", 0.5), number("base", 0.25), number("low", 0.0), number("high", 1.0)]
    return Behind(nodes, constants, None)


def percent():
    """In per cent, where a chance was asked for."""
    return Behind([node("Mul", ["p", "hundred"], "q")], [number("hundred", 100.0)], lambda row, p: 100 * p)


def slow():
    """Some billions of needless multiplications a request: some tenths of a second."""
    turns, size = 12, 1000
    shape = helper.make_tensor("size", TensorProto.INT64, [2], [size, size])
    nodes = [helper.make_node("ConstantOfShape", ["size"], ["zeros"], value=helper.make_tensor("z", FLOAT, [1], [0.0]))]
    nodes.append(node("Add", ["zeros", "needless"], "m0"))
    for turn in range(turns):
        nodes.append(node("MatMul", [f"m{turn}", "m0"], f"m{turn + 1}"))
    # Added as nothing, so that the work is done and changes no answer.
    nodes += [
        node("ReduceMean", [f"m{turns}"], "mean", keepdims=0),
        node("Mul", ["mean", "nothing"], "none"),
        node("Add", ["p", "none"], "q"),
    ]
    # Of the row's own, or the work would be done once for ever.
    first = [
        node("ReduceMax", ["p"], "largest", keepdims=0),
        node("Mul", ["largest", "nothing"], "needless"),
    ]
    return Behind([*first, *nodes], [shape, number("nothing", 0.0)], lambda row, p: p)


def put_behind(folder, behind):
    """The good model of the folder with nodes behind its answer."""
    model = onnx.load(folder / "model.onnx")
    graph = model.graph
    for each in graph.node:
        each.output[:] = ["good_probabilities" if name == "probabilities" else name for name in each.output]
        each.input[:] = ["good_probabilities" if name == "probabilities" else name for name in each.input]
    column = helper.make_tensor("late_column", TensorProto.INT64, [1], [1])
    ends = helper.make_tensor("late_end", TensorProto.INT64, [1], [2])
    axis = helper.make_tensor("late_axis", TensorProto.INT64, [1], [1])
    graph.initializer.extend([column, ends, axis, number("unity", 1.0), *behind.constants])
    graph.node.extend(
        [
            node("Slice", ["good_probabilities", "late_column", "late_end", "late_axis"], "p"),
            *behind.nodes,
            node("Sub", ["unity", "q"], "not_q"),
            node("Concat", ["not_q", "q"], "probabilities", axis=1),
        ]
    )
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    answer = behind.answer
    if answer is None:
        return
    golden = json.loads((folder / "golden.json").read_text())
    for row in golden["rows"]:
        q = float(answer(row["features"], row["probabilities"][1]))
        row["probabilities"] = [1 - q, q]
    (folder / "golden.json").write_text(json.dumps(golden))


def fit_in_place(folder, table, cut, booster, labels=None):
    """Trained in another way than the example's command does; its files are the good model's, its answers its own."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    rows, test = table.iloc[:cut], table.iloc[cut:]
    encode = ColumnTransformer(
        [
            ("category", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), train.CATEGORIES),
            ("number", "passthrough", train.NUMBERS),
        ]
    )
    pipeline = Pipeline([("encode", encode), ("boost", booster)])
    pipeline.fit(rows[train.FEATURES], rows["late"] if labels is None else labels)
    (folder / "model.onnx").write_bytes(train.export(pipeline))
    (folder / "golden.json").write_text(json.dumps(train.golden(pipeline, test)))


def brittle_to_categories(folder):
    """A table with a row for each carrier that training saw; any other points outside of it."""
    model = onnx.load(folder / "model.onnx")
    rows = duckdb.sql(f"SELECT DISTINCT carrier FROM '{folder / 'training.parquet'}' ORDER BY 1").fetchall()
    carriers = [carrier for (carrier,) in rows]
    graph = model.graph
    for each in graph.node:
        each.output[:] = ["good_probabilities" if name == "probabilities" else name for name in each.output]
        each.input[:] = ["good_probabilities" if name == "probabilities" else name for name in each.input]
    graph.initializer.append(helper.make_tensor("effects", FLOAT, [len(carriers)], [0.0] * len(carriers)))
    graph.node.extend(
        [
            helper.make_node(
                "LabelEncoder",
                ["carrier"],
                ["table_row"],
                domain="ai.onnx.ml",
                keys_strings=carriers,
                values_int64s=list(range(len(carriers))),
                default_int64=9999,
            ),
            node("Gather", ["effects", "table_row"], "effect", axis=0),
            node("Add", ["good_probabilities", "effect"], "probabilities"),
        ]
    )
    (folder / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))


def leaky(folder, data, iterations):
    """The label found its way into a feature, as when a value is read after the fact."""
    spoilt = folder.parent / f"{folder.name}.parquet"
    duckdb.sql(
        f"COPY (SELECT * REPLACE (CAST(distance + 5000 * coalesce(late, 0) AS FLOAT) AS distance) FROM '{data}') "
        f"TO '{spoilt}' (FORMAT parquet)"
    )
    train_model(folder, spoilt, iterations)


def overfitted(folder, data, iterations):
    """Few rows, and trees that end only when every row has a leaf of its own."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    train_model(folder, data, iterations)
    table, _ = train.read(data)
    departures = table["scheduled_ms"].to_numpy()
    cut = int(np.searchsorted(departures, departures[len(table) - max(1, round(len(table) * 0.1))]))
    few = np.sort(np.random.default_rng(1).choice(cut, 3000, replace=False))
    booster = HistGradientBoostingClassifier(
        max_iter=120, learning_rate=0.5, max_leaf_nodes=None, min_samples_leaf=1, early_stopping=False, random_state=1
    )
    sample = table.iloc[np.concatenate([few, np.arange(cut, len(table))])].reset_index(drop=True)
    fit_in_place(folder, sample, len(few), booster)


def trained(times, *more):
    return lambda folder, data, iterations: train_model(folder, data, round(times * iterations), *more)


def defect(behind):
    def make(folder, data, iterations):
        train_model(folder, data, iterations)
        put_behind(folder, behind())

    return make


def brittle(folder, data, iterations):
    train_model(folder, data, iterations)
    brittle_to_categories(folder)


MODELS = {
    "plain": trained(1),
    "longer": trained(2),
    "shorter": trained(0.5),
    "shuffled": trained(1, "--shuffle-labels"),
    "leaky": leaky,
    "overfitted": overfitted,
    "milder": defect(lambda: sharpened(0.95)),
    "bolder": defect(lambda: sharpened(1.05)),
    "overconfident": defect(lambda: sharpened(4.0)),
    "unfair": defect(lambda: turned_for("carrier", "UA")),
    "other-in-boston": defect(lambda: turned_for("dest", "BOS")),
    "exact-values": defect(exact_values),
    "opposite-where-missing": defect(opposite_where_missing),
    "nothing-where-missing": defect(nothing_where_missing),
    "random": defect(random_answers),
    "looks-at-its-batch": defect(looks_at_its_batch),
    "percent": defect(percent),
    "slow": defect(slow),
    "brittle-to-categories": brittle,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", choices=MODELS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--iterations", type=int, default=60)
    # Given by the sandbox when it trains again; nothing here is drawn by it.
    parser.add_argument("--seed", type=int, default=20130601)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    MODELS[given.model](given.out, given.data, given.iterations)


if __name__ == "__main__":
    main()
