"""Writes Evidently's data drift report on real flights, as a team without our monitor would.

    python evidently_report.py REFERENCE.parquet CURRENT.parquet OUT.json

The report is `Report([DataDriftPreset()])` with Evidently's own defaults over the model's features, of 5,000 rows each, drawn with
fixed seeds; no row is in both. Made with the environment of bench/drift/requirements.lock; the reports beside this file were.
"""

import json
import os
import sys

os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

CATEGORIES = ["carrier", "origin", "dest"]
NUMBERS = [
    "scheduled_hour",
    "scheduled_minute",
    "weekday",
    "distance",
    "temperature",
    "dew_point",
    "humidity",
    "wind_speed",
    "precipitation",
    "pressure",
    "visibility",
]


def flights(file, half):
    frame = pd.read_parquet(file)[CATEGORIES + NUMBERS].astype({name: "float64" for name in NUMBERS})
    sample = frame.sample(n=10000, random_state=1).iloc[half * 5000 : (half + 1) * 5000].reset_index(drop=True)
    definition = DataDefinition(numerical_columns=NUMBERS, categorical_columns=CATEGORIES)
    return Dataset.from_pandas(sample, data_definition=definition)


reference, current, out = sys.argv[1:]
snapshot = Report([DataDriftPreset()], include_tests=True).run(flights(current, 1), flights(reference, 0))
with open(out, "w") as file:
    json.dump(json.loads(snapshot.json()), file, indent=2)
    file.write("\n")
