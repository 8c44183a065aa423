/**
 * Writes the JSON Schemas of live events and the AsyncAPI document of their topics into `docs/schemas/`. Run it after a change of
 * `contracts/schemas/live-events.ts` or `contracts/topics.ts`; a test holds them equal.
 */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { z } from 'zod';
import { eventTypes } from '../contracts/live-events.ts';
import {
  alertReported,
  driftReported,
  feedbackGiven,
  incidentRaised,
  labelObserved,
  predictionLogged,
  watchSet,
} from '../contracts/schemas/live-events.ts';
import { topicSettings, topics } from '../contracts/topics.ts';

type Json = Record<string, unknown>;

/** Schemas of the `data`, by file; `names` lists the fields that obey the rule of model names, which zod keeps in a function. */
const schemas = {
  'drift-report': { schema: driftReported, title: 'Drift report', names: ['model.name', 'model.version'] },
  prediction: { schema: predictionLogged, title: 'Prediction', names: ['model', 'version'] },
  label: { schema: labelObserved, title: 'Label', names: ['model'] },
  feedback: { schema: feedbackGiven, title: 'Feedback', names: ['model', 'version'] },
  incident: { schema: incidentRaised, title: 'Incident', names: ['model', 'version'] },
  alert: { schema: alertReported, title: 'Alert', names: [] },
  watch: { schema: watchSet, title: 'Watch', names: ['model', 'version'] },
} as const;

type SchemaName = keyof typeof schemas;

/** The rule of `isName` once more, because JSON Schema knows patterns and no functions. A test holds the two together. */
const NAME_PATTERN = '^[a-z0-9][a-z0-9._-]{0,127}$';

/** JSON Schema of an event's `data`. */
export function eventSchema(name: SchemaName, target: 'draft-2020-12' | 'draft-7' = 'draft-2020-12'): Json {
  const { schema, title, names } = schemas[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target }) as Json;
  for (const path of names) {
    let here: Json = rest;
    for (const key of path.split('.')) here = (here['properties'] as Record<string, Json>)[key]!;
    here['pattern'] = NAME_PATTERN;
  }
  return target === 'draft-7'
    ? { title, ...rest }
    : { $schema, $id: `urn:seatrial:schema:${name}:1`, title, ...rest };
}

const messages = {
  driftDetected: { type: eventTypes.driftDetected, schema: 'drift-report', key: 'the model’s name' },
  driftCleared: { type: eventTypes.driftCleared, schema: 'drift-report', key: 'the model’s name' },
  driftUnresolved: { type: eventTypes.driftUnresolved, schema: 'drift-report', key: 'the model’s name' },
  alertRaised: { type: eventTypes.alertRaised, schema: 'alert', key: 'environment and gateway' },
  alertResolved: { type: eventTypes.alertResolved, schema: 'alert', key: 'environment and gateway' },
  prediction: { type: eventTypes.prediction, schema: 'prediction', key: 'the prediction’s id' },
  label: { type: eventTypes.label, schema: 'label', key: 'the prediction’s id' },
  feedback: {
    type: eventTypes.feedback,
    schema: 'feedback',
    key: 'the prediction’s id, or the model’s name',
  },
  incident: { type: eventTypes.incidentRaised, schema: 'incident', key: 'the model’s name' },
  watch: { type: eventTypes.watch, schema: 'watch', key: 'the model’s name' },
} as const satisfies Record<string, { type: string; schema: SchemaName; key: string }>;

type MessageName = keyof typeof messages | 'deadLetter';

/** `action` is what Seatrial does with the channel. */
const channels: Readonly<
  Record<
    keyof typeof topics,
    {
      readonly about: string;
      readonly messages: readonly MessageName[];
      readonly actions: readonly ('send' | 'receive')[];
    }
  >
> = {
  drift: {
    about: 'What monitors found, one event a finding. Delivered at least once; an id counts once.',
    messages: ['driftDetected', 'driftCleared', 'driftUnresolved'],
    actions: ['receive', 'send'],
  },
  driftDeadLetters: {
    about:
      'Records of the drift topic that could not be taken, unchanged, with where and why in their headers.',
    messages: ['deadLetter'],
    actions: ['send'],
  },
  alerts: {
    about: 'What is wrong with serving, and when it is over. The same events go to the webhook.',
    messages: ['alertRaised', 'alertResolved'],
    actions: ['send'],
  },
  predictions: {
    about: 'What serving models answered.',
    messages: ['prediction'],
    actions: ['send', 'receive'],
  },
  labels: { about: 'What turned out to be true.', messages: ['label'], actions: ['receive'] },
  feedback: {
    about: 'What users say of answers: ratings and categories of complaints, no text.',
    messages: ['feedback'],
    actions: ['receive'],
  },
  incidents: {
    about: 'Live models that need people, because no retraining mends it. Told at least once, under one id.',
    messages: ['incident'],
    actions: ['send'],
  },
  watch: {
    about: 'Which version of a model is watched, against which profile. The last value for a model counts.',
    messages: ['watch'],
    actions: ['send', 'receive'],
  },
};

/** AsyncAPI 3.0 of all topics, in CloudEvents' binary content mode. */
export function asyncApi(): Json {
  const text = { type: 'string', minLength: 1, maxLength: 1024 };
  const ceHeaders = (type: string): Json => ({
    type: 'object',
    required: ['content-type', 'ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_time'],
    properties: {
      'content-type': { const: 'application/json' },
      ce_specversion: { const: '1.0' },
      ce_id: text,
      ce_source: text,
      ce_type: { const: type },
      ce_time: { type: 'string', format: 'date-time' },
      ce_subject: text,
      ce_partitionkey: text,
      ce_dataschema: text,
    },
  });
  const connect = ['topic', 'partition', 'offset', 'stage', 'exception.class.name', 'exception.message'].map(
    (name) => `__connect.errors.${name}`,
  );
  const deadLetterHeaders = [...connect, 'x-seatrial-error-code', 'x-seatrial-failed-at'];
  const bindingVersion = '0.5.0';
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Seatrial live events',
      version: '1.0.0',
      description:
        'Events about serving models, as CloudEvents 1.0 over Kafka. Readers take both content modes; Seatrial writes the binary one.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, channel]) => {
        const address = topics[name as keyof typeof topics];
        const settings = topicSettings.find(({ topic }) => topic === address)!;
        const { 'retention.ms': retention, 'cleanup.policy': policy } = settings.config;
        const topicConfiguration = {
          ...(retention === undefined ? {} : { 'retention.ms': Number(retention) }),
          ...(policy === undefined ? {} : { 'cleanup.policy': [policy] }),
        };
        return [
          name,
          {
            address,
            description: channel.about,
            messages: Object.fromEntries(
              channel.messages.map((message) => [message, { $ref: `#/components/messages/${message}` }]),
            ),
            bindings: {
              kafka: { topic: address, partitions: settings.partitions, topicConfiguration, bindingVersion },
            },
          },
        ];
      }),
    ),
    operations: Object.fromEntries(
      Object.entries(channels).flatMap(([name, { actions }]) =>
        actions.map((action) => [
          `${action}${name[0]!.toUpperCase()}${name.slice(1)}`,
          { action, channel: { $ref: `#/channels/${name}` } },
        ]),
      ),
    ),
    components: {
      messages: {
        ...Object.fromEntries(
          Object.entries(messages).map(([name, { type, schema, key }]) => [
            name,
            {
              name: type,
              contentType: 'application/json',
              headers: ceHeaders(type),
              payload: { $ref: `#/components/schemas/${schema}` },
              bindings: { kafka: { key: { type: 'string', description: key }, bindingVersion } },
            },
          ]),
        ),
        deadLetter: {
          name: 'dead letter',
          contentType: 'application/octet-stream',
          headers: {
            type: 'object',
            required: deadLetterHeaders,
            properties: Object.fromEntries(deadLetterHeaders.map((name) => [name, { type: 'string' }])),
          },
          payload: { description: 'The value as it came, or none where it was too large.' },
        },
      },
      schemas: Object.fromEntries(
        Object.keys(schemas).map((name) => [name, eventSchema(name as SchemaName, 'draft-7')]),
      ),
    },
  };
}

/** File name to text, as it must stand in `docs/schemas/`. */
export async function generateEventSchemas(): Promise<Readonly<Record<string, string>>> {
  const files: [string, Json][] = [
    ...Object.keys(schemas).map((name): [string, Json] => [
      `${name}.schema.json`,
      eventSchema(name as SchemaName),
    ]),
    ['events.asyncapi.json', asyncApi()],
  ];
  const texts = files.map(async ([name, value]): Promise<[string, string]> => [
    name,
    await format(JSON.stringify(value), { parser: 'json', printWidth: 110 }),
  ]);
  return Object.fromEntries(await Promise.all(texts));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [name, text] of Object.entries(await generateEventSchemas())) {
    await writeFile(new URL(`../docs/schemas/${name}`, import.meta.url), text);
    process.stdout.write(`wrote docs/schemas/${name}\n`);
  }
}
