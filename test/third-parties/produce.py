"""Produces drift events as a monitor in Python does: with the `cloudevents` package and a Kafka client that is not ours.

    python produce.py BROKERS TOPIC < EVENTS

A line of standard input is one event: {"mode": "binary" or "structured", "attributes": {...}, "data": {...}}. The key is the
event's `partitionkey`, as the package's Kafka binding has it.
"""

import json
import sys
from datetime import datetime

from cloudevents.core.bindings.kafka import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from kafka import KafkaProducer

brokers, topic = sys.argv[1:]
producer = KafkaProducer(bootstrap_servers=brokers.split(","), acks="all")
for line in sys.stdin:
    given = json.loads(line)
    attributes = {**given["attributes"], "time": datetime.fromisoformat(given["attributes"]["time"])}
    event = CloudEvent(attributes=attributes, data=given["data"])
    message = (to_binary if given["mode"] == "binary" else to_structured)(event, JSONFormat())
    key = message.key.encode() if isinstance(message.key, str) else message.key
    producer.send(topic, value=message.value, key=key, headers=list(message.headers.items())).get(timeout=30)
producer.close()
