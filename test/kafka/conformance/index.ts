import { afterAll, beforeAll, describe } from 'vitest';
import { absence } from './absence.ts';
import { ahead } from './ahead.ts';
import { consuming } from './consuming.ts';
import { publishing } from './publishing.ts';
import { reading } from './reading.ts';
import { rebalancing } from './rebalancing.ts';
import { createWorld } from './world.ts';
import type { MakeLog } from './world.ts';

/**
 * Judges a client by what the port promises (`adapters/kafka/port.ts`), on a real broker that is killed and frozen meanwhile. Knows
 * nothing of the client but `makeLog`; `module` is the URL of a module that exports it too, for members that are killed in
 * processes of their own. A client that passes can take the place of the one we have.
 */
export function conformance(makeLog: MakeLog, module: string): void {
  const world = createWorld(makeLog, module);
  beforeAll(world.start);
  afterAll(world.end);
  describe('publishing', () => publishing(world));
  describe('reading', () => reading(world));
  describe('consuming', () => consuming(world));
  describe('reading ahead', () => ahead(world));
  describe('rebalancing', () => rebalancing(world));
  describe('absence', () => absence(world));
}
