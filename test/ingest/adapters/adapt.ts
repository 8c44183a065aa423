import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { driftReported } from '../../../contracts/schemas/live-events.ts';
import { adapters } from '../../../services/ingest/adapters/index.ts';
import type { Adapted, AdaptedEvent, AdapterContext } from '../../../services/ingest/adapters/index.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const context: AdapterContext = {
  model: 'churn',
  version: '7',
  monitorId: 'daily',
  receivedAt: '2026-11-23T10:00:00.000Z',
  headers: {},
  config: {},
  sha256,
};

export function adapt(name: string, body: unknown, changes: Partial<AdapterContext> = {}): Adapted {
  return adapters.get(name)!.adapt(body, { ...context, ...changes });
}

/** The events of a body that has to be understood; each passes the schema of the wire. */
export function events(
  name: string,
  body: unknown,
  changes: Partial<AdapterContext> = {},
): readonly AdaptedEvent[] {
  const adapted = adapt(name, body, changes);
  if (!adapted.ok) throw new Error(`${adapted.code}: ${adapted.reason}`);
  for (const event of adapted.events) expect(driftReported.parse(event.data)).toEqual(event.data);
  return adapted.events;
}

export function only(name: string, body: unknown, changes: Partial<AdapterContext> = {}): AdaptedEvent {
  const all = events(name, body, changes);
  expect(all).toHaveLength(1);
  return all[0]!;
}

export function refusal(name: string, body: unknown, changes: Partial<AdapterContext> = {}): string {
  const adapted = adapt(name, body, changes);
  return adapted.ok ? 'was adapted' : adapted.code;
}

/** A deep copy with one change. */
export function but<T>(body: T, change: (copy: T) => void): T {
  const copy = structuredClone(body);
  change(copy);
  return copy;
}
