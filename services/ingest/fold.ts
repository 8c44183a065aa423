import { hash } from 'node:crypto';
import type { DriftFold, DriftStatement } from '../../contracts/messages.ts';
import type { Severity } from '../../contracts/live-events.ts';
import { headlineOf } from './drift-summary.ts';
import type { Said } from './drift-summary.ts';
import type { Accepted } from './read-event.ts';

/** A signal's payload warns at 256 KB and its history holds all of them, so signals stay well below. */
export const foldLimits = { events: 2_000, bytes: 98_304 } as const;

/** What a signal has beside its statements and columns. */
const ENVELOPE_BYTES = 512;
/** 12 bytes in base64url. */
const KEY_LENGTH = 16;
/** One row of the three columns: a distance, a key of 16 characters in quotes, an index, and their commas. */
const ROW_BYTES = 40;

/** One signal: events of one model and one partition, in offset order. */
export interface ModelFold {
  readonly model: string;
  readonly fold: DriftFold;
}

/**
 * Folds the events of a slice, one by one and in offset order, into as few signals as the limits allow. It keeps nothing of an event
 * but what the signal says, so that what was parsed of a slice is garbage while it is young.
 */
export class SliceFold {
  private readonly byModel = new Map<string, Folding[]>();

  add(one: Accepted): void {
    let folds = this.byModel.get(one.model);
    if (folds === undefined) this.byModel.set(one.model, (folds = [new Folding()]));
    if (folds.at(-1)!.add(one)) return;
    const next = new Folding();
    next.add(one);
    folds.push(next);
  }

  /**
   * The outer list has one entry a model; its signals are sent one after the other, because a later offset that arrives first
   * makes the workflow drop the earlier ones as old.
   */
  models(stream: string, partition: number): ModelFold[][] {
    return [...this.byModel].map(([model, folds]) =>
      folds.map((one) => ({ model, fold: one.fold(stream, partition) })),
    );
  }
}

const rank: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 };

/** A signal that grows event by event. */
class Folding {
  private readonly statements: DriftStatement[] = [];
  private readonly known = new Map<string, number>();
  private readonly offsets: number[] = [];
  private readonly keys: string[] = [];
  private readonly says: number[] = [];
  private last: Said | undefined;
  private bytes = ENVELOPE_BYTES;

  /** False when it has no room left, and then it is as before. The first event always fits. */
  add(one: Accepted): boolean {
    const { summary } = one;
    const again = this.last !== undefined && isSaidIn(this.last, summary);
    const name = again ? '' : whatIsSaid(summary);
    const index = again ? this.says.at(-1)! : (this.known.get(name) ?? this.statements.length);
    const statement = index === this.statements.length ? statementOf(one) : undefined;
    const bytes = ROW_BYTES + (statement ? Buffer.byteLength(JSON.stringify(statement)) + 1 : 0);
    const { length } = this.offsets;
    if (length > 0 && (length >= foldLimits.events || this.bytes + bytes > foldLimits.bytes)) return false;
    if (statement) {
      this.known.set(name, index);
      this.statements.push(statement);
    }
    this.bytes += bytes;
    this.last = summary;
    this.says.push(index);
    this.offsets.push(one.record.offset);
    this.keys.push(keyOf(summary));
    return true;
  }

  fold(stream: string, partition: number): DriftFold {
    const { offsets } = this;
    const [from = 0, to = 0] = [offsets[0], offsets.at(-1)];
    const severities = this.statements.flatMap(({ verdict, severity }) =>
      verdict === 'drift' && severity !== null ? [severity] : [],
    );
    return {
      v: 2,
      stream,
      partition,
      from,
      to,
      count: offsets.length,
      worst: severities.sort((a, b) => rank[b] - rank[a])[0] ?? null,
      statements: this.statements,
      events: {
        at: offsets.map((offset) => offset - from),
        key: this.keys,
        says: this.says,
      },
    };
  }
}

/** Whether two events say the same of one window: most say what the one before said, and then no name is put together for them. */
function isSaidIn(one: Said, other: Said): boolean {
  return (
    one.windowEnd === other.windowEnd &&
    one.windowStart === other.windowStart &&
    one.source === other.source &&
    one.version === other.version &&
    one.kind === other.kind &&
    one.verdict === other.verdict &&
    one.severity === other.severity
  );
}

/** Equal for events that say the same of one window. No part has line breaks: they are checked names, attributes and times. */
function whatIsSaid({ source, version, kind, verdict, severity, windowStart, windowEnd }: Said): string {
  return `${source}\n${version}\n${kind}\n${verdict}\n${severity}\n${windowStart}\n${windowEnd}`;
}

/** The headline is made here, because only the first event that says so needs one. */
function statementOf({ summary, measurements }: Accepted): DriftStatement {
  const { offset: _offset, ...statement } = summary;
  return { ...statement, headline: headlineOf(measurements) };
}

/** Source and id together name an event. */
function keyOf({ source, id }: Said): string {
  const name = `[${JSON.stringify(source)},${JSON.stringify(id)}]`;
  return hash('sha256', name, 'base64url').slice(0, KEY_LENGTH);
}
