import { modelWorkflowId, releaseWorkflowId, retrainingWorkflowId } from '../../contracts/ids.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ModelEvent, RetrainingDecision } from '../model/index.ts';
import type { ReleaseEvent } from '../release/index.ts';
import type { RetrainingEvent } from '../retraining/index.ts';
import type { Books } from './lineage.ts';

/** The model of a stream: `flight-delays` of `retraining/flight-delays/v1.2013-06-16`. */
export function modelOf(stream: string): string {
  return stream.split('/')[1] ?? '';
}

// Entries are the events that our own workflows appended, so their types say what their data are.
export const releaseEvents = (books: Books, stream: string): readonly ReleaseEvent[] =>
  (books.get(stream) ?? []) as unknown as readonly ReleaseEvent[];
export const retrainingEvents = (books: Books, stream: string): readonly RetrainingEvent[] =>
  (books.get(stream) ?? []) as unknown as readonly RetrainingEvent[];
export const modelEvents = (books: Books, model: string): readonly ModelEvent[] =>
  (books.get(modelWorkflowId(model)) ?? []) as unknown as readonly ModelEvent[];

/** Where a plan says that it came from, in streams; undefined for a version that a person brought. */
export function originOf({ model, lineage }: Plan): { retraining: string; previous: string } | undefined {
  const [decision, previous] = [lineage?.['decision'], lineage?.['previousVersion']];
  if (typeof decision !== 'string' || typeof previous !== 'string') return undefined;
  return {
    retraining: retrainingWorkflowId(model, decision),
    previous: releaseWorkflowId(model, previous),
  };
}

export function planIn(books: Books, release: string): Plan | undefined {
  const requested = releaseEvents(books, release).find(({ type }) => type === 'ReleaseRequested');
  return requested?.type === 'ReleaseRequested' ? requested.data.plan : undefined;
}

/** A decision as its model said it. */
interface DecisionWord {
  readonly type: 'RetrainingDecided' | 'RetrainingHeld' | 'RetrainingQueued';
  readonly at: string;
  readonly data: RetrainingDecision;
}

/** What the model said of each decision, in order: the last word about one is its state before it began. */
export function decisionsOf(books: Books, model: string): DecisionWord[] {
  return modelEvents(books, model).flatMap((event) =>
    event.type === 'RetrainingDecided' || event.type === 'RetrainingHeld' || event.type === 'RetrainingQueued'
      ? [{ type: event.type, at: event.at, data: event.data }]
      : [],
  );
}

/**
 * Streams that what has been read names and that have not been read: asked again with their entries until it is empty, this
 * walks from any stream of a model up to the first release and down to the last.
 */
export function unreadStreams(books: Books): string[] {
  const named = new Set<string>();
  for (const stream of books.keys()) {
    const model = modelOf(stream);
    named.add(modelWorkflowId(model));
    for (const other of namedBy(books, stream)) named.add(other);
  }
  return [...named].filter((stream) => !books.has(stream)).sort();
}

function namedBy(books: Books, stream: string): string[] {
  const model = modelOf(stream);
  if (stream.startsWith('release/')) {
    const plan = planIn(books, stream);
    const origin = plan && originOf(plan);
    const version = stream.split('/')[2] ?? '';
    const after = decisionsOf(books, model).filter(({ data }) => data.version === version);
    return [
      ...(origin ? [origin.retraining, origin.previous] : []),
      ...after.map(({ data }) => retrainingWorkflowId(model, data.decision)),
    ];
  }
  if (stream.startsWith('retraining/')) {
    const versions = retrainingEvents(books, stream).flatMap((event) =>
      event.type === 'RetrainingStarted' || event.type === 'VersionRegistered' ? [event.data.version] : [],
    );
    const decision = stream.slice(`retraining/${model}/`.length);
    for (const { data } of decisionsOf(books, model))
      if (data.decision === decision) versions.push(data.version);
    return versions.map((version) => releaseWorkflowId(model, version));
  }
  return [];
}
