import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Health } from '../../adapters/service.ts';
import type { Follower } from './follow.ts';

/** A sink may be restarted without anybody being called. */
const RED_AFTER_MS = 60_000;

export function outboxMetrics(followers: readonly Follower[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, value: (follower: Follower) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['sink'],
      registers: [registry],
      collect() {
        for (const follower of followers) this.set({ sink: follower.sink.name }, value(follower));
      },
    });
  };
  gauge('seatrial_outbox_told', 'Facts told since the start.', (one) => one.now().told);
  gauge('seatrial_outbox_caught_up', '1 when the last look found nothing to tell.', (one) =>
    one.now().caughtUp ? 1 : 0,
  );
  gauge('seatrial_outbox_away', '1 while the sink does not answer.', (one) => (one.now().away ? 1 : 0));
  gauge(
    'seatrial_outbox_set_aside',
    'Streams whose facts the sink would not take.',
    (one) => one.now().setAside.size,
  );
  return registry;
}

/** Red when a sink has been away for a minute, or will not take something. Releases go on either way. */
export function outboxHealth(followers: readonly Follower[], clock = performance.now()): Health {
  const told = followers.map((follower) => {
    const { away, setAside } = follower.now();
    const { name, place } = follower.sink;
    const [first] = setAside;
    if (away && clock - away.since >= RED_AFTER_MS)
      return { ok: false, detail: `${name} (${place}) is away: ${away.reason}` };
    if (first)
      return {
        ok: false,
        detail: `${name} (${place}) would not take ${first[0]}${setAside.size > 1 ? ` and ${setAside.size - 1} more` : ''}: ${first[1].reason}`,
      };
    return {
      ok: true,
      detail: `${name} (${place}) ${away ? 'is away, and waited for' : 'follows the ledger'}`,
    };
  });
  return {
    ok: told.every(({ ok }) => ok),
    detail: told.map(({ detail }) => detail).join('; ') || 'nobody is to be told',
  };
}
