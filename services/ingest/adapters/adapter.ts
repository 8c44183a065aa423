import type { CloudEvent } from '../../../contracts/cloudevents.ts';
import type { DriftReported } from '../../../contracts/live-events.ts';

/** A canonical drift event, made from what a monitor wrote in its own words. */
export type AdaptedEvent = CloudEvent<DriftReported>;

/** What a monitor's body often leaves out, and how to make an id of it. */
export interface AdapterContext {
  /** From the operator's configuration or the call's address; used where the body names none. */
  readonly model?: string;
  readonly version?: string;
  readonly environment?: string;
  readonly monitorId?: string;
  /** ISO 8601 UTC. The end of the window when nothing else says it: a body sent twice is then two events. */
  readonly receivedAt: string;
  /** Key of the Kafka record, if it came by one: taken for the model's name as the last resort. */
  readonly key?: string;
  /** Names in lower case. `x-seatrial-*` fills what is missing; see `docs/monitors.md`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The operator's settings of this adapter. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Lower-case hex. */
  readonly sha256: (text: string) => string;
}

/** Why nothing was made of a body. Stable: callers of the intake see it. */
export type AdaptCode =
  | 'not-understood'
  | 'not-a-drift-event'
  | 'no-model'
  | 'no-version'
  | 'no-threshold'
  | 'too-many'
  | 'bad-data'
  | 'adapter-fault';

export type Adapted =
  | { readonly ok: true; readonly events: readonly AdaptedEvent[] }
  | { readonly ok: false; readonly code: AdaptCode; readonly reason: string };

export interface Adapter {
  readonly name: string;
  /** Raised whenever the same body would make another event. */
  readonly version: number;
  /** Whether the body has this monitor's shape. Never throws. */
  accepts(body: unknown, headers: Readonly<Record<string, string>>): boolean;
  /** All events of a body or none: a caller has one answer for both. Never throws. */
  adapt(body: unknown, context: AdapterContext): Adapted;
}

/** Ends the reading of a body; `defineAdapter` turns it into an answer. */
export class AdaptRefusal extends Error {
  override readonly name = 'AdaptRefusal';
  readonly code: AdaptCode;
  constructor(code: AdaptCode, reason: string) {
    super(reason);
    this.code = code;
  }
}
