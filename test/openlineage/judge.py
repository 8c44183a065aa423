"""Holds OpenLineage run events, one a line on standard input, to the classes that openlineage-python generates from the
specification: every field must be known, every value valid, and each standard facet of the version that the client has. What the client would
then write must be what was read. Prints one JSON line for each event: "ok", or what is wrong."""

import importlib
import json
import pkgutil
import sys

import attr
from openlineage.client import generated
from openlineage.client.generated import base
from openlineage.client.serde import Serde

FACETS = {}
for module in pkgutil.iter_modules(generated.__path__):
    for value in vars(importlib.import_module(f"{generated.__name__}.{module.name}")).values():
        if isinstance(value, type) and issubclass(value, base.BaseFacet):
            FACETS[value._get_schema()] = value

KINDS = {"run": base.RunFacet, "job": base.JobFacet, "dataset": base.DatasetFacet}
KINDS |= {"input": base.InputDatasetFacet, "output": base.OutputDatasetFacet}


def facets(found, kind):
    made = {}
    for name, fields in found.items():
        own = {k: v for k, v in fields.items() if k not in ("_producer", "_schemaURL")}
        schema = fields["_schemaURL"]
        if schema.startswith("https://openlineage.io/"):
            if schema not in FACETS:
                raise ValueError(f"{name}: no facet of this client has {schema}")
            if not issubclass(FACETS[schema], KINDS[kind]):
                raise ValueError(f"{name} is no facet of a {kind}")
            one = FACETS[schema](**{k: nested(v) for k, v in own.items()}, producer=fields["_producer"])
        else:
            if not name.startswith("seatrial_"):
                raise ValueError(f"{name}: a custom facet needs our prefix")
            one = KINDS[kind](producer=fields["_producer"]).with_additional_properties(**own)
            one._schemaURL = schema
        made[name] = one
    return made


def nested(value):
    """Classes inside a facet are checked by name: runs and jobs have validators of their own."""
    if isinstance(value, dict) and "runId" in value:
        base.Run(runId=value["runId"])
    if isinstance(value, dict) and "run" in value and "job" in value:
        nested(value["run"])
        base.Job(**value["job"])
    if isinstance(value, list):
        return [nested(one) for one in value]
    return value


def dataset(found, kind, own):
    made = dict(found, facets=facets(found["facets"], "dataset"))
    if own in found:
        made[own] = facets(found[own], kind)
    return (base.InputDataset if kind == "input" else base.OutputDataset)(**made)


def judge(found):
    run = base.Run(runId=found["run"]["runId"], facets=facets(found["run"]["facets"], "run"))
    job = base.Job(**dict(found["job"], facets=facets(found["job"]["facets"], "job")))
    event = base.RunEvent(
        eventType=base.EventType(found["eventType"]),
        eventTime=found["eventTime"],
        run=run,
        job=job,
        inputs=[dataset(one, "input", "inputFacets") for one in found["inputs"]],
        outputs=[dataset(one, "output", "outputFacets") for one in found["outputs"]],
        producer=found["producer"],
    )
    known = {"eventType", "eventTime", "run", "job", "inputs", "outputs", "producer", "schemaURL"}
    if set(found) != known:
        raise ValueError(f"fields {sorted(set(found) ^ known)}")
    written = json.loads(Serde.to_json(event))
    difference = unlike(found, written, "event")
    if difference:
        raise ValueError(f"the client would write another {difference}")


def unlike(ours, theirs, path):
    """Where two values differ; empty containers and nulls are left out by the client."""
    empty = (None, {}, [])
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            found = unlike(ours.get(key), theirs.get(key), f"{path}.{key}")
            if found:
                return found
        return None
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return next((u for i, (a, b) in enumerate(zip(ours, theirs)) if (u := unlike(a, b, f"{path}[{i}]"))), None)
    if ours == theirs or (ours in empty and theirs in empty):
        return None
    return f"{path}: {ours!r}, not {theirs!r}"


for line in sys.stdin:
    try:
        judge(json.loads(line))
        print(json.dumps("ok"))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"))
