import { z } from 'zod';
import { duration } from './duration.ts';
import { name, policy, releaseFileJsonSchema, retrainingGuard, steps, watch } from './release-file.ts';

/**
 * `playbook.yaml`: a test plan that many releases share, with the reason of each of its limits. What only a release can know
 * (model, files, people) it asks for; `client/playbook/` merges the two.
 */

const text = z.string().trim().min(1);
const path = z.string().min(1);

const criterion = z.strictObject({
  of: text.describe(
    'What is meant: STEP/CHECK, a field such as `shadow.maxFlipRate` or `canary.canary.steps`, `gate NAME`, `watch.psi`, `rollback`.',
  ),
  because: text.describe('Why this limit and no other.'),
  source: text.exactOptional().describe('Law, guidance or paper that the number is from, with its section.'),
});

export const playbookFile = z
  .strictObject({
    apiVersion: z.literal('seatrial/v1'),
    kind: z.literal('Playbook'),
    metadata: z.strictObject({
      name: name,
      version: name.describe('Of the playbook; change it with every change of its rules.'),
      summary: z.string().trim().min(1).max(200).describe('For what models it is, in one line.'),
    }),
    spec: z.strictObject({
      playbook: z
        .string()
        .min(1)
        .exactOptional()
        .describe('The playbook that this one builds on: a name, or a path such as ../standard.'),
      without: z
        .array(text)
        .exactOptional()
        .describe('Steps of that playbook which this one does without: STAGE or `gate NAME`.'),
      risk: z.enum(['low', 'medium', 'high']).default('medium'),
      skips: z
        .enum(['signed', 'refused'])
        .default('signed')
        .describe('Whether a stage may be left out when a second person signs for it, or not at all.'),
      roles: z
        .record(name, text)
        .describe('Role to what it answers for; the release file says who holds it.'),
      needs: z
        .record(name, text)
        .default({})
        .describe('Files that the release must give in spec.data: name to what the file holds.'),
      fill: z
        .record(z.string(), text)
        .default({})
        .describe('Parameters that the release must say, STEP.FIELD, and what to write there.'),
      steps: steps.describe('The test plan. A step may be of your own: `stage` and `taskQueue`.'),
      rollback: z.strictObject({ objective: duration.prefault('60s') }).prefault({}),
      watch: watch.exactOptional(),
      retraining: z
        .strictObject({
          policy: policy.exactOptional(),
          guard: retrainingGuard.exactOptional(),
          window: duration.exactOptional(),
        })
        .exactOptional()
        .describe('Counts where the release file has `retraining`, which says how to train.'),
      runbooks: z
        .record(name, path)
        .default({})
        .describe('Files of this folder that the release has in spec.data, by the name that steps use.'),
      criteria: z
        .array(criterion)
        .default([])
        .describe('The evaluation criteria: why each limit is as it is.'),
    }),
  })
  .meta({ title: 'Seatrial playbook', description: 'A test plan that many releases share.' });

export type PlaybookFile = z.output<typeof playbookFile>;

/** JSON Schema of `playbook.yaml` as people write it, with all of its rules in it. */
export function playbookFileJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(playbookFile, { io: 'input' });
}

/** The same for editors: on another playbook it says only what is different. */
export function publishedPlaybookSchema(): Record<string, unknown> {
  return withPlaybook(playbookFileJsonSchema(), ['roles', 'steps']);
}

/** The release file's, for editors: with a playbook, the file may leave out what the playbook says. */
export function publishedReleaseSchema(): Record<string, unknown> {
  return withPlaybook(releaseFileJsonSchema(), ['steps']);
}

type Schema = Record<string, unknown>;

/** Whether `spec.playbook` is there decides which of two forms of `spec` is meant. */
function withPlaybook(whole: Schema, spared: readonly string[]): Schema {
  const { $schema, title, description, properties, ...rest } = whole;
  const { spec, ...others } = properties as Record<string, Schema>;
  return {
    $schema,
    title,
    description,
    ...rest,
    properties: { ...others, spec: {} },
    if: { properties: { spec: { properties: { playbook: {} }, required: ['playbook'] } } },
    then: { properties: { spec: partOf(spec!, spared) } },
    else: { properties: { spec } },
  };
}

/** Steps in part: a step needs its name, and nothing else. `null` takes a field out. */
function partOf(spec: Schema, spared: readonly string[]): Schema {
  const properties = spec['properties'] as Record<string, Schema>;
  const loose = Object.fromEntries(
    Object.entries(properties).map(([key, one]) => [key, LOOSE.includes(key) ? loosened(one) : one]),
  );
  const required = (spec['required'] as string[]).filter((key) => !spared.includes(key));
  return { ...spec, properties: loose, required };
}

const LOOSE = ['steps', 'rollback', 'watch', 'retraining'];
const NAMES = ['stage', 'gate'];

function loosened(schema: unknown): Schema {
  const walk = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== 'object' || one === null) return one;
    const { required, properties, additionalProperties, ...rest } = one as Schema;
    const kept = Array.isArray(required) ? required.filter((key) => NAMES.includes(String(key))) : [];
    return {
      ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, walk(value)])),
      ...(properties === undefined
        ? {}
        : { properties: nullable(properties as Record<string, unknown>, walk) }),
      ...(additionalProperties === undefined
        ? {}
        : { additionalProperties: orNull(additionalProperties, walk) }),
      ...(kept.length > 0 ? { required: kept } : {}),
    };
  };
  return walk(schema) as Schema;
}

function nullable(properties: Record<string, unknown>, walk: (one: unknown) => unknown): Schema {
  return Object.fromEntries(
    Object.entries(properties).map(([key, one]) => [
      key,
      NAMES.includes(key) ? walk(one) : orNull(one, walk),
    ]),
  );
}

function orNull(one: unknown, walk: (one: unknown) => unknown): unknown {
  return typeof one === 'object' && Object.keys(one ?? {}).length > 0
    ? { anyOf: [walk(one), { type: 'null' }] }
    : one;
}
