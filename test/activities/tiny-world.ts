/** A world with the tiny models of `test/fixtures`, their golden answers, and serving processes that may have a flaw. */
import { join } from 'node:path';
import { createStartServing } from '../../worker/serving.ts';
import type { ActivityContext, Serving } from '../../activities/context.ts';
import type { EventLog } from '../../adapters/kafka/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { SIGNATURE, tinyScore } from '../gateway/support.ts';
import { makeWorld, put, type World } from './support.ts';

export type Flaw = 'leak' | 'crash' | 'wedge' | 'errors' | 'stubborn';

export interface TinyWorld extends World {
  readonly files: Readonly<Record<'signature' | 'golden', EvidenceRef>>;
  model(name: 'tiny-a' | 'tiny-b' | 'tiny-brittle'): Promise<EvidenceRef>;
  /** The same world, served by a process with this flaw. */
  flawed(flaw: Flaw): ActivityContext;
}

const fixtures = join(import.meta.dirname, '../fixtures');
const ROWS = 40;

export async function makeTinyWorld(log?: EventLog): Promise<TinyWorld> {
  const world = await makeWorld();
  const json = (name: string, value: unknown): Promise<EvidenceRef> =>
    world.evidence.put(JSON.stringify(value), { name, mediaType: 'application/json' });
  const rows = Array.from({ length: ROWS }, (_, n) => {
    const [carrier, distance] = [n % 2 === 0 ? 'AA' : 'UA', 100 + 50 * n];
    const score = tinyScore('tiny-a', carrier, distance);
    return { features: { carrier, distance }, probabilities: [1 - score, score] };
  });
  const context = { ...world.context, ...(log === undefined ? {} : { log }) };
  const servings = world.servings as Serving[];
  return {
    ...world,
    context,
    files: {
      signature: await json('signature.json', SIGNATURE),
      golden: await json('golden.json', { rows }),
    },
    model: (name) => put(world, join(fixtures, `${name}.onnx`)),
    flawed: (flaw) => {
      const start = createStartServing({
        evidenceDir: join(world.dir, 'evidence'),
        scratchDir: world.context.scratchDir,
        file: join(fixtures, 'flawed-serving.ts'),
        env: { FLAW: flaw },
      });
      return {
        ...context,
        startServing: async (settings) => {
          const serving = await start(settings);
          servings.push(serving);
          return serving;
        },
      };
    },
  };
}
