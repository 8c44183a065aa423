"""The stage `crew-cost`: is it worth calling a gate crew when the model says so?

A late flight without a crew waiting costs `missed`, a crew that waits for nothing costs `needless`. The model's calls are priced
on the rows of `validation` and held against the cheaper of two rules that need no model: always call, never call. Delays come in waves
of days, so the interval of the saving is that of whole days drawn again and again (a block bootstrap).
"""

import json
import time

import duckdb
import numpy as np
import onnxruntime
from temporalio import activity

from parameters import Parameters
from seatrial_stage import Check, Evidence, Metric, StageInput, finish, progress

ROWS_A_CALL = 500
RESAMPLES_AT_ONCE = 1000


class CrewCost:
    def __init__(self, evidence: Evidence):
        self.evidence = evidence

    # A plain function: it runs in a thread, and a cancellation ends it there as an exception.
    @activity.defn(name="crew-cost")
    def run(self, raw: dict) -> dict:
        started = time.monotonic()
        given = StageInput.read(raw, self.evidence)
        wanted = Parameters.read(given.stage)
        signature = json.loads(self.evidence.path(given.signature).read_bytes())
        with progress("data", "score", "price") as bar:
            file = self.evidence.path(given.data(wanted.data))
            rows = read_rows(file, signature, wanted)
            bar.at("score")
            scores = score(self.evidence.path(given.artifact), signature, rows, bar)
            bar.at("price")
            threshold = given.plan["serving"]["threshold"]
            metrics = price(rows, scores, threshold, wanted, bar)
            bar.measured(metrics)
        checks = [check_saving(metrics["saving-per-flight"], len(set(rows["day"])), wanted), *check_ranges(rows, wanted)]
        cost = metrics["cost-per-flight"]
        headline = f"a flight costs {cost.value:.2f} {wanted.currency} with the model's calls at the threshold {threshold:g}"
        details = {"parameters": wanted.shown(), "threshold": threshold, "curve": curve(rows, scores, wanted)}
        return finish(self.evidence, given, started, headline, metrics, checks, details)


def read_rows(file, signature: dict, wanted: Parameters) -> dict:
    """Columns of the labelled rows as arrays: those of the model, `label`, and `day` as days since 1970."""
    names = list(dict.fromkeys([*(feature["name"] for feature in signature["inputs"]), *wanted.ranges]))
    connection = duckdb.connect(config={"threads": 1})
    try:
        found = connection.read_parquet(str(file))
        missing = [name for name in [*names, wanted.label, wanted.time] if name not in found.columns]
        if missing:
            raise wanted.wrong(f"the file {wanted.data} has no column {', '.join(missing)}")
        label, moment = f'CAST("{wanted.label}" AS INTEGER) AS label', f'CAST(floor(epoch("{wanted.time}") / 86400) AS INTEGER) AS day'
        columns = ", ".join([label, moment, *(f'"{name}"' for name in names)])
        rows = found.query("rows", f'SELECT {columns} FROM rows WHERE "{wanted.label}" IS NOT NULL').fetchnumpy()
    finally:
        connection.close()
    if len(rows["label"]) == 0:
        raise wanted.wrong(f"the file {wanted.data} has no row with a label in {wanted.label}")
    return rows


def score(artifact, signature: dict, rows: dict, bar) -> np.ndarray:
    """The chance of being late, by onnxruntime; as everywhere in Seatrial, a missing category is '' and a missing number NaN."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnxruntime.InferenceSession(str(artifact), options, providers=["CPUExecutionProvider"])
    feeds = {}
    for feature in signature["inputs"]:
        column = np.ma.asarray(rows[feature["name"]])
        filled = (
            column.astype(object).filled("") if feature["datatype"] == "BYTES" else column.astype(np.float32).filled(np.nan)
        )
        feeds[feature["name"]] = filled.reshape(-1, 1)
    output, count = signature["output"], len(rows["label"])
    scores = []
    for start in range(0, count, ROWS_A_CALL):
        part = {name: values[start : start + ROWS_A_CALL] for name, values in feeds.items()}
        scores.append(model.run([output["name"]], part)[0][:, output["positiveIndex"]])
        bar.at("score", (start + ROWS_A_CALL) / count)
    return np.concatenate(scores)


def costs(label: np.ndarray, called: np.ndarray, wanted: Parameters) -> np.ndarray:
    """Of each flight."""
    return np.where(label == 1, np.where(called, 0.0, wanted.missed), np.where(called, wanted.needless, 0.0))


def price(rows: dict, scores: np.ndarray, threshold: float, wanted: Parameters, bar) -> dict[str, Metric]:
    label = np.asarray(rows["label"])
    with_model = costs(label, scores >= threshold, wanted)
    rules = {"always": costs(label, np.full(len(label), True), wanted), "never": costs(label, np.full(len(label), False), wanted)}
    saving = min(rules.values(), key=np.mean) - with_model
    best = min(curve(rows, scores, wanted), key=lambda point: point["cost"])
    drawn = resample(rows["day"], [with_model, saving], wanted, bar)

    def metric(values: np.ndarray, means: np.ndarray) -> Metric:
        lower, upper = (float(one) for one in np.quantile(means, [0.025, 0.975]))
        return Metric(float(values.mean()), wanted.currency, len(label), lower, upper)

    return {
        "cost-per-flight": metric(with_model, drawn[0]),
        "saving-per-flight": metric(saving, drawn[1]),
        "threshold-regret": Metric(float(with_model.mean()) - best["cost"], wanted.currency, len(label)),
        "best-threshold": Metric(best["threshold"], "1", len(label)),
    }


def resample(days, columns: list[np.ndarray], wanted: Parameters, bar) -> np.ndarray:
    """Means per flight of each column over days drawn with replacement: one row a column, one column a resample."""
    _, day = np.unique(np.asarray(days), return_inverse=True)
    count = int(day.max()) + 1
    # Sums by day, so that drawing days costs next to nothing.
    *sums, flights = (np.bincount(day, weights=values) for values in [*columns, np.ones(len(day))])
    random = np.random.default_rng(wanted.seed)
    means = []
    for done in range(0, wanted.resamples, RESAMPLES_AT_ONCE):
        bar.at("price", done / wanted.resamples)
        drawn = random.integers(0, count, (min(RESAMPLES_AT_ONCE, wanted.resamples - done), count))
        means.append([one[drawn].sum(axis=1) / flights[drawn].sum(axis=1) for one in sums])
    return np.concatenate(means, axis=1)


def curve(rows: dict, scores: np.ndarray, wanted: Parameters) -> list[dict]:
    """Cost per flight by threshold, for the reader of the evidence."""
    label = np.asarray(rows["label"])
    steps = [round(float(one), 2) for one in np.arange(0, 1.005, 0.02)]
    return [{"threshold": one, "cost": float(costs(label, scores >= one, wanted).mean())} for one in steps]


def check_saving(saving: Metric, days: int, wanted: Parameters) -> Check:
    """The interval decides, and where it leaves both open, people do."""
    what = f"the model saves {saving.value:.2f} {wanted.currency} a flight ({saving.lower:.2f} to {saving.upper:.2f}) over the cheaper rule without a model"
    if days < wanted.min_days:
        return Check("saving", "saving-per-flight", "inconclusive", f"{what}, on {days} days; {wanted.min_days} are needed")
    verdict = "pass" if saving.lower > 0 else "fail" if saving.upper <= 0 else "inconclusive"
    return Check("saving", "saving-per-flight", verdict, f"{what}, on {days} days")


def check_ranges(rows: dict, wanted: Parameters) -> list[Check]:
    """The data contract: a number outside of its range was not delivered as agreed, and what was priced on it means little."""
    broken = []
    for name, (least, most) in wanted.ranges.items():
        values = np.ma.compressed(np.ma.masked_invalid(np.ma.asarray(rows[name], dtype=float)))
        outside = int(((values < least) | (values > most)).sum())
        if outside:
            broken.append(f"{outside} values of {name} are outside of {least:g} to {most:g}")
    reason = "; ".join(broken) or f"{len(wanted.ranges)} columns keep their ranges"
    return [Check("data-contract", "ranges", "fail" if broken else "pass", reason)] if wanted.ranges else []
