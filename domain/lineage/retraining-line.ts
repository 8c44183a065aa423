import type { RetrainingDecision } from '../model/index.ts';
import type { RetrainingEvent } from '../retraining/index.ts';
import type { Books, RetrainingLine, TrainingLine } from './lineage.ts';
import { decisionsOf, modelEvents, modelOf, retrainingEvents } from './streams.ts';

type Fact<Type extends RetrainingEvent['type']> = Extract<RetrainingEvent, { type: Type }>;

/**
 * A retraining as its own stream has it, and as its model decided it: what was held or queued and never began has no stream.
 * Undefined when neither knows it.
 */
export function retrainingLine(books: Books, retraining: string): RetrainingLine | undefined {
  const model = modelOf(retraining);
  const decision = retraining.slice(`retraining/${model}/`.length);
  const events = retrainingEvents(books, retraining);
  const find = <Type extends RetrainingEvent['type']>(type: Type): Fact<Type>['data'] | undefined =>
    events.find((event) => event.type === type)?.data as Fact<Type>['data'] | undefined;

  const words = decisionsOf(books, model).filter(({ data }) => data.decision === decision);
  const started = find('RetrainingStarted');
  const why: RetrainingDecision | undefined = words.at(-1)?.data ?? started;
  const at = words[0]?.at ?? events[0]?.at;
  if (!why || at === undefined) return undefined;
  const { version, reason, driftEvents, windowEnd, approval = null } = why;

  const data = find('DataMaterialised');
  const compared = find('TrainingCompared');
  const registered = find('VersionRegistered');
  return {
    ...{ retraining, decision, version, at, reason, driftEvents, windowEnd, approval },
    ...stateOf(books, model, decision, events),
    data: data ? { file: data.data, from: data.from, to: data.to, rows: data.rows } : null,
    training: started && data ? trainingOf(started, find('ModelTrained'), find('RetrainingEnded')) : null,
    comparison: compared ?? null,
    registered: registered ? { version: registered.version, plan: registered.planRef } : null,
  };
}

function trainingOf(
  { command, arguments: args, seed }: Fact<'RetrainingStarted'>['data'],
  trained: Fact<'ModelTrained'>['data'] | undefined,
  ended: Fact<'RetrainingEnded'>['data'] | undefined,
): TrainingLine {
  const { files = {}, seconds = null, log = ended?.log ?? null } = trained ?? {};
  return { command, arguments: args, seed, seconds, files, log };
}

/** The last word counts, whoever said it: the retraining of itself, or its model. */
function stateOf(
  books: Books,
  model: string,
  decision: string,
  events: readonly RetrainingEvent[],
): Pick<RetrainingLine, 'state' | 'detail'> {
  const ended = events.findLast((event) => event.type === 'RetrainingEnded');
  let said: Pick<RetrainingLine, 'state' | 'detail'> = { state: 'running', detail: '' };
  for (const event of modelEvents(books, model)) {
    if (!('decision' in event.data) || event.data.decision !== decision) continue;
    if (event.type === 'RetrainingHeld') said = { state: 'held', detail: event.data.why };
    if (event.type === 'RetrainingQueued') said = { state: 'queued', detail: event.data.reason };
    if (event.type === 'RetrainingDecided') said = { state: 'running', detail: '' };
    if (event.type === 'RetrainingDropped') said = { state: 'dropped', detail: event.data.reason };
    if (event.type === 'RetrainingFinished') said = { state: event.data.outcome, detail: event.data.detail };
  }
  if (ended && said.state === 'running') return { state: ended.data.outcome, detail: ended.data.detail };
  return said;
}
