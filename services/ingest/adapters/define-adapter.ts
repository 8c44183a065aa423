import { AdaptRefusal } from './adapter.ts';
import type { Adapter, AdapterContext } from './adapter.ts';
import type { Finding } from './finding.ts';
import { makeEvent } from './make-event.ts';

/** Most events of one body. */
export const MAX_EVENTS = 200;

export interface AdapterSpec {
  readonly name: string;
  readonly version: number;
  accepts(body: unknown, headers: Readonly<Record<string, string>>): boolean;
  /** Every verdict in the body. Throws AdaptRefusal. */
  read(body: unknown, context: AdapterContext): readonly Finding[];
}

export function defineAdapter(spec: AdapterSpec): Adapter {
  return {
    name: spec.name,
    version: spec.version,
    accepts: (body, headers) => spec.accepts(body, headers),
    adapt: (body, context) => {
      try {
        if (!spec.accepts(body, context.headers))
          throw new AdaptRefusal('not-understood', `the body is not what ${spec.name} writes`);
        const findings = spec.read(body, context);
        if (findings.length === 0)
          throw new AdaptRefusal('not-a-drift-event', 'the body holds no verdict and no measurement');
        if (findings.length > MAX_EVENTS)
          throw new AdaptRefusal(
            'too-many',
            `the body holds ${findings.length} verdicts, at most ${MAX_EVENTS}`,
          );
        return { ok: true, events: findings.map((finding) => makeEvent(spec.name, finding, context)) };
      } catch (error) {
        if (error instanceof AdaptRefusal) return { ok: false, code: error.code, reason: error.message };
        return {
          ok: false,
          code: 'adapter-fault',
          reason: `the adapter ${spec.name} failed: ${String(error)}`,
        };
      }
    },
  };
}
