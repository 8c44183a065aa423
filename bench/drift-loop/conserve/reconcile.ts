import { modelWorkflowId } from '../../../contracts/ids.ts';
import { topics } from '../../../contracts/topics.ts';
import type { DriftAccount, ModelEvent } from '../../../domain/model/index.ts';
import { bucketNames, ReferenceModel } from '../reference.ts';
import type { Bucket } from '../reference.ts';
import { NUMBER_HEADER } from '../traffic.ts';
import type { Traffic, Truth } from '../traffic.ts';
import type { World } from '../world.ts';

type Event = Extract<Truth, { kind: 'event' }>;

/** The books of a run: what the topic holds, what the models and the dead letters say of it, and what the reference says. */
export interface Reconciliation {
  /** Records in the topic, by its offsets. */
  readonly produced: number;
  readonly buckets: Readonly<Record<Bucket, number>>;
  readonly deadLettered: number;
  /** Sum of all buckets and the dead letters. */
  readonly accounted: number;
  /** Records in no bucket, and in more than one: by model, and by offset for dead letters. */
  readonly lost: number;
  readonly doubled: number;
  /** Events that the reference has in another bucket. */
  readonly misplaced: number;
  readonly redelivered: number;
  readonly retrainings: number;
  /** Retraining workflows that the reference does not know, and the other way round. */
  readonly retrainingsUnexpected: number;
  readonly retrainingsMissing: number;
  /** Batches that took effect or came again: entries of the models' ledgers. */
  readonly signals: number;
  readonly finished: number;
}

export async function reconcile(world: World, { truths }: Traffic): Promise<Reconciliation> {
  const topic = await readTopic(world, truths);
  const letters = await readLetters(world);
  const books: Book[] = [];
  for (const [model, records] of topic.events) books.push(await bookOf(world, model, records));

  const letterCopies = [...letters.values()].reduce((sum, count) => sum + count - 1, 0);
  const lostLetters = [...topic.poison].filter((place) => !letters.has(place)).length;
  const wrongLetters = [...letters.keys()].filter((place) => !topic.poison.has(place)).length;
  const running = await retrainingsOf(world);
  const expected = new Set(books.flatMap(({ retrainings }) => retrainings));
  const total = (of: (book: Book) => number): number => books.reduce((sum, book) => sum + of(book), 0);
  const buckets = Object.fromEntries(
    bucketNames.map((name) => [name, total((book) => book.actual[name])]),
  ) as Record<Bucket, number>;
  return {
    produced: topic.produced,
    buckets,
    deadLettered: letters.size,
    accounted: letters.size + letterCopies + total(({ received }) => received),
    lost: lostLetters + total((book) => Math.max(0, book.expected - book.received)),
    doubled: letterCopies + wrongLetters + total((book) => Math.max(0, book.received - book.expected)),
    misplaced: total((book) => book.misplaced),
    redelivered: total((book) => book.redelivered),
    retrainings: running.size,
    retrainingsUnexpected: [...running].filter((id) => !expected.has(id)).length,
    retrainingsMissing: [...expected].filter((id) => !running.has(id)).length,
    signals: total((book) => book.signals),
    finished: total((book) => book.finished),
  };
}

interface Placed {
  readonly partition: number;
  readonly offset: number;
  readonly event: Event;
}

interface Topic {
  readonly produced: number;
  readonly events: ReadonlyMap<string, readonly Placed[]>;
  /** `partition/offset`. */
  readonly poison: ReadonlySet<string>;
}

async function readTopic({ log }: World, truths: readonly Truth[]): Promise<Topic> {
  const events = new Map<string, Placed[]>();
  const poison = new Set<string>();
  const offsets = await log.offsets(topics.drift);
  const from = Object.fromEntries(offsets.map(({ partition, low }) => [partition, low]));
  await log.readRange({ topic: topics.drift, from }, (records) => {
    for (const { partition, offset, headers } of records) {
      const truth = truths[Number(headers[NUMBER_HEADER])];
      if (truth === undefined) throw new Error('a record in the topic that nobody made');
      if (truth.kind === 'poison') poison.add(`${partition}/${offset}`);
      else events.set(truth.model, [...(events.get(truth.model) ?? []), { partition, offset, event: truth }]);
    }
  });
  return { produced: offsets.reduce((sum, { low, high }) => sum + high - low, 0), events, poison };
}

/** Place of the original to how often it was set aside. */
async function readLetters({ log }: World): Promise<Map<string, number>> {
  const letters = new Map<string, number>();
  const from = (await log.offsets(topics.driftDeadLetters)).map(({ partition, low }): [number, number] => [
    partition,
    low,
  ]);
  await log.readRange({ topic: topics.driftDeadLetters, from: Object.fromEntries(from) }, (records) => {
    for (const { headers } of records) {
      const place = `${headers['__connect.errors.partition']}/${headers['__connect.errors.offset']}`;
      letters.set(place, (letters.get(place) ?? 0) + 1);
    }
  });
  return letters;
}

interface Book {
  readonly expected: number;
  readonly received: number;
  readonly actual: Readonly<Record<Bucket, number>>;
  readonly misplaced: number;
  readonly redelivered: number;
  /** Workflow ids that the reference would have started. */
  readonly retrainings: readonly string[];
  readonly signals: number;
  readonly finished: number;
}

async function bookOf({ client, ledger }: World, model: string, records: readonly Placed[]): Promise<Book> {
  const id = modelWorkflowId(model);
  const account = await client.workflow.getHandle(id).query<DriftAccount>('drift');
  const facts = (await ledger.read(id)) as unknown as readonly ModelEvent[];
  const reference = new ReferenceModel();
  const heard = new Map<number, number>();
  for (const fact of facts) {
    if (fact.type === 'RetrainingFinished') reference.retrainingEnded();
    if (fact.type !== 'DriftReceived') continue;
    const { partition, to } = fact.data;
    const before = heard.get(partition) ?? -1;
    for (const record of records)
      if (record.partition === partition && record.offset > before && record.offset <= to)
        reference.hear(record.event, Date.parse(fact.at));
    heard.set(partition, Math.max(before, to));
  }
  const misplaced = bucketNames.map((name) => Math.max(0, account.buckets[name] - reference.counts[name]));
  return {
    expected: records.length,
    received: account.received,
    actual: account.buckets,
    misplaced: misplaced.reduce((sum, count) => sum + count, 0),
    redelivered: account.redelivered,
    retrainings: reference.decisions.map((decision) => `retraining/${model}/${decision}`),
    signals: facts.filter(({ type }) => type === 'DriftReceived').length,
    finished: facts.filter(({ type }) => type === 'RetrainingFinished').length,
  };
}

async function retrainingsOf({ client }: World): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'retrainingWorkflow'" }))
    ids.add(workflowId);
  return ids;
}
