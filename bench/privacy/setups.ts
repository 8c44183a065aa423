/** Six releases that leak in one way each, and two that do not. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { JsonObject } from '../../contracts/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import { withDuck } from '../../examples/flight-delays/duck.ts';
import type { GovernanceWorld } from '../../test/activities/governance-world.ts';
import { put } from '../../test/activities/support.ts';
import { canaries, memorising, withCanaries, type Files } from './models.ts';
import { twinFile } from './twin.ts';

export interface Setup {
  readonly name: string;
  /** The check that must fail, and no other; null where nothing leaks. */
  readonly leak: string | null;
  readonly plan: Partial<Plan>;
  readonly privacy: JsonObject;
}

/** Whatever a crew member's number is masked with. */
type Mask = (number: string) => string;

const CREW = `hash(flight_id || 'crew') % 10000`;
const COARSE = ['origin', 'dest_region'];

export async function setups(world: GovernanceWorld): Promise<readonly Setup[]> {
  const { files } = world;
  const canaryFile = await canaries(world);
  const planted = await put(world, canaryFile);
  const [heart, told] = [await memorising(world), await withCanaries(world, canaryFile)];
  const counts = (having: string): Promise<EvidenceRef> =>
    world.changed(
      `counts-${having.length}.parquet`,
      'reference',
      (from) => `SELECT carrier, dest, count(*) AS flights FROM ${from} GROUP BY ALL ${having}`,
    );
  const key = 'kept elsewhere';
  const keyed = await maskedFile(world, 'keyed', (number) =>
    createHmac('sha256', key).update(number).digest('hex'),
  );
  const plain = await maskedFile(world, 'plain', null);
  const twin = await twinFile(world, files, 0);

  return [
    {
      name: 'reversible masking',
      leak: 'dictionary-reversal',
      plan: withData(world, files, { released: plain }),
      privacy: { released: ['released'], masked: { crew: { digits: 4 } } },
    },
    {
      name: 'k = 1',
      leak: 'k-anonymity-validation',
      plan: withData(world, files, {}),
      // The label is not what nobody should learn here, so that k alone decides.
      privacy: { released: ['validation'], quasiIdentifiers: ['carrier', 'dest', 'scheduled_hour'], l: 1 },
    },
    {
      name: 'a copied row in the synthetic twin',
      leak: 'twin-copies',
      plan: withData(world, files, { twin: await twinFile(world, files, 1) }),
      privacy: { twin: 'twin' },
    },
    {
      name: 'a model that memorised',
      leak: 'membership-inference',
      plan: withData(world, heart, {}),
      privacy: {},
    },
    {
      name: 'small cells',
      leak: 'small-cells',
      plan: withData(world, files, { counts: await counts('') }),
      privacy: { tables: [{ file: 'counts', count: 'flights' }] },
    },
    {
      name: 'canary records',
      leak: 'canaries-remembered',
      plan: withData(world, told, { canaries: planted }),
      // The planted rows are training rows too, so whoever is told by its canaries is told by its members.
      privacy: { canaries: { file: 'canaries' }, membership: false },
    },
    {
      name: 'clean: released rows, a table somebody else has, and counts',
      leak: null,
      plan: withData(world, files, { counts: await counts('HAVING count(*) >= 5') }),
      privacy: {
        released: ['validation', 'reference'],
        quasiIdentifiers: COARSE,
        linkage: { table: 'reference' },
        tables: [{ file: 'counts', count: 'flights' }],
      },
    },
    {
      name: 'clean: keyed masks, an honest twin, and canaries that were never planted',
      leak: null,
      plan: withData(world, files, { released: keyed, twin, canaries: planted }),
      privacy: {
        released: ['released'],
        masked: { crew: { digits: 4 } },
        twin: 'twin',
        canaries: { file: 'canaries' },
      },
    },
  ];
}

function withData(world: GovernanceWorld, files: Files, more: Files): Partial<Plan> {
  const { artifact, signature } = world.plan({});
  const data = Object.fromEntries(
    ['golden', 'validation', 'reference'].flatMap((name) => (files[name] ? [[name, files[name]]] : [])),
  ) as Files;
  return {
    artifact: files['model'] ?? artifact,
    signature: files['signature'] ?? signature,
    data: { ...data, ...(files['training'] ? { 'training-record': files['training'] } : {}), ...more },
  };
}

/** The validation rows with a crew number of four digits, masked with a key, or with SHA-256 alone. */
async function maskedFile(world: GovernanceWorld, name: string, mask: Mask | null): Promise<EvidenceRef> {
  const path = join(world.dir, `masked-${name}.parquet`);
  const source = await world.evidence.path(world.files['validation'] ?? '');
  await withDuck(async (duck) => {
    const masks = Array.from({ length: 10_000 }, (_, n) => `(${n}, '${mask?.(String(n)) ?? ''}')`).join(', ');
    const masked =
      mask === null
        ? `SELECT *, left(sha256((${CREW})::VARCHAR), 16) AS crew FROM read_parquet('${source}')`
        : `SELECT f.*, m.masked AS crew FROM read_parquet('${source}') f JOIN (VALUES ${masks}) m(n, masked) ON m.n = ${CREW}`;
    await duck.run(`COPY (${masked}) TO '${path}' (FORMAT parquet)`);
  });
  return put(world, path);
}
