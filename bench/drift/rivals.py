"""The rivals' side of the drift bench: one process, warm, that times what it is told on standard input.

Usage: rivals.py DIRECTORY ROWS COLUMNS. Reads a task a line, answers a line of JSON.
"""

import json
import sys
import time
import warnings
from importlib import metadata

import numpy as np
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
from river import drift
from scipy import stats
from scipy.spatial.distance import jensenshannon

warnings.simplefilter("ignore")
directory, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def load(name):
    return np.fromfile(f"{directory}/{name}.f64").reshape(columns, rows)


reference, current = load("reference"), load("current")
names = [f"f{i}" for i in range(columns)]
reference_frame = pd.DataFrame(reference.T.copy(), columns=names)
current_frame = pd.DataFrame(current.T.copy(), columns=names)
streams = {name: np.fromfile(f"{directory}/{name}.f64").tolist() for name in ("events", "values")}


def evidently():
    Report([DataDriftPreset()]).run(current_frame, reference_frame).dict()


def scipy():
    """Kolmogorov-Smirnov, Wasserstein, PSI on quantile bins, Jensen-Shannon on Sturges bins: column by column."""
    answers = []
    for a, b in zip(reference, current):
        test = stats.ks_2samp(a, b, method="asymp")  # what "auto" takes above 10,000 rows
        edges = np.quantile(a, np.arange(1, 10) / 10)
        p = np.bincount(np.searchsorted(edges, a), minlength=10) / rows
        q = np.bincount(np.searchsorted(edges, b), minlength=10) / rows
        p, q = np.where(p == 0, 1e-4, p), np.where(q == 0, 1e-4, q)
        bins = np.histogram_bin_edges(np.concatenate([a, b]), bins="sturges")
        answers.append(
            {
                "ks": test.statistic,
                "pValue": test.pvalue,
                "wasserstein": stats.wasserstein_distance(a, b),
                "psi": np.sum((p - q) * np.log(p / q)),
                "jensenShannonDistance": jensenshannon(np.histogram(a, bins)[0], np.histogram(b, bins)[0]),
            }
        )
    return answers


def river(make, stream):
    detector = make()
    update = detector.update
    for value in streams[stream]:
        update(value)


tasks = {
    "evidently": evidently,
    "scipy": scipy,
    "adwin": lambda: river(drift.ADWIN, "events"),
    "pageHinkley": lambda: river(drift.PageHinkley, "events"),
}
packages = ("evidently", "pandas", "numpy", "scipy", "river")
print(json.dumps({"python": sys.version.split()[0]} | {name: metadata.version(name) for name in packages}), flush=True)
for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = tasks[line.strip()]()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"wall": wall, "cpu": cpu, "answer": answer}, default=float), flush=True)
