// Proves that a lineage is one chain that is found from each of its links, and that a link which is named and not there is said.
import { describe, expect, test } from 'vitest';
import { lineageTree } from '../../client/cli/lineage-text.ts';
import type { DomainEvent, LedgerEntry } from '../../contracts/ledger.ts';
import {
  evidenceOf,
  ledTo,
  lineageOf,
  roots,
  unreadStreams,
  type Lineage,
} from '../../domain/lineage/index.ts';
import { DECISION, files, MODEL, RETRAINING, story } from './books.ts';

const [v1, r2, model] = [`release/${MODEL}/v1`, `release/${MODEL}/r2`, `model/${MODEL}`];

/** What a reader finds who begins at one stream and reads all that is named. */
function read(from: string, ledger = story()): Map<string, readonly LedgerEntry[]> {
  const books = new Map<string, readonly LedgerEntry[]>();
  for (let next = [from]; next.length > 0; next = unreadStreams(books))
    for (const stream of next) books.set(stream, (ledger[stream] ?? []) as unknown as readonly LedgerEntry[]);
  return books;
}
const of = (from: string, ledger?: Record<string, DomainEvent[]>): Lineage =>
  lineageOf(read(from, ledger), MODEL);

describe('a lineage', () => {
  test.each([v1, r2, RETRAINING])('is the same whole chain when asked for %s', (stream) => {
    expect([...read(stream).keys()].sort()).toEqual([model, v1, r2, RETRAINING].sort());
    expect(of(stream)).toEqual(of(v1));
  });

  test('goes from drift events to data, training, version, release, traffic and the monitor', () => {
    const lineage = of(r2);
    expect(lineage.dangling).toEqual([]);
    expect(lineage.releases.map(({ version, state, cameFrom }) => [version, state, cameFrom])).toEqual([
      ['v1', 'live', null],
      ['r2', 'observing', RETRAINING],
    ]);
    const [retraining] = lineage.retrainings;
    expect(retraining).toMatchObject({
      decision: DECISION,
      version: 'v1',
      state: 'released',
      data: { file: files.data, rows: 50_123 },
      training: { command: ['python', 'train.py'], seed: 7, seconds: 12.5, log: files.log },
      registered: { version: 'r2', plan: files.plan2 },
      driftEvents: ['live/performance/w24'],
    });
    expect(lineage.driftEvents).toMatchObject([
      {
        id: 'live/performance/w24',
        place: 'c1/seatrial.drift/2/41',
        source: '/monitors/live',
        bucket: 'started',
      },
    ]);
    expect(lineage.releases[1]?.traffic).toMatchObject([
      {
        purpose: 'canary',
        arms: [
          { version: 'v1', weight: 90 },
          { version: 'r2', weight: 10 },
        ],
      },
    ]);
    // What the monitor said last of each: nothing yet of the new one.
    expect(lineage.releases.map(({ monitor }) => [monitor.events, monitor.last?.id ?? null])).toEqual([
      [2, 'live/performance/w24'],
      [0, null],
    ]);
    expect(roots(lineage).map(({ version }) => version)).toEqual(['v1']);
    expect(ledTo(lineage, v1).map(({ retraining: one }) => one)).toEqual([RETRAINING]);
    expect(evidenceOf(lineage).map(({ sha256 }) => sha256)).toEqual(
      expect.arrayContaining(Object.values(files).map(({ sha256 }) => sha256)),
    );
  });

  test('knows a retraining that was held and never began from its model alone', () => {
    const ledger = story();
    const held = {
      type: 'RetrainingHeld',
      data: {
        decision: 'v1.later',
        version: 'v1',
        reason: 'log-loss',
        driftEvents: [],
        windowEnd: '2013-07-01T00:00:00.000Z',
        why: 'a third in 30 days',
      },
      at: '2026-03-20T12:00:00.000Z',
    };
    ledger[model] = [...(ledger[model] ?? []), held];
    const lineage = of(v1, ledger);
    expect(lineage.retrainings.at(-1)).toMatchObject({
      decision: 'v1.later',
      state: 'held',
      detail: 'a third in 30 days',
      training: null,
    });
    expect(lineage.dangling).toEqual([]);
    expect(of(`retraining/${MODEL}/v1.later`, ledger)).toEqual(lineage);
  });
});

describe('what is named and not there', () => {
  const without = (...streams: string[]): Record<string, DomainEvent[]> =>
    Object.fromEntries(Object.entries(story()).filter(([stream]) => !streams.includes(stream)));

  test.each<[string, string[], string, [string, string][]]>([
    [
      'the retraining',
      [RETRAINING],
      r2,
      [
        [r2, RETRAINING],
        [model, RETRAINING],
      ],
    ],
    [
      'the release that drifted',
      [v1],
      r2,
      [
        [r2, v1],
        [RETRAINING, v1],
      ],
    ],
    ['the next release', [r2], v1, [[RETRAINING, r2]]],
    ['the model, which heard of the drift', [model], r2, [[RETRAINING, 'live/performance/w24']]],
  ])('is said of %s', (_what, gone, from, pairs) => {
    const { dangling } = of(from, without(...gone));
    expect(dangling.map(({ from: one, to }) => [one, to])).toEqual(pairs);
  });

  test('is also a plan that is another one', () => {
    const ledger = story();
    ledger[v1] = (ledger[v1] ?? []).map((event) =>
      event.type === 'ReleaseRequested'
        ? { ...event, data: { ...event.data, planRef: { ...files.plan1, sha256: '7'.repeat(64) } } }
        : event,
    );
    expect(of(r2, ledger).dangling).toEqual([
      { from: r2, to: files.plan1.sha256, what: `${v1} has another plan, ${'7'.repeat(64)}` },
    ]);
  });
});

test('the tree shows both ways, marks what was asked for, and names what dangles', () => {
  const lineage = { ...of(r2), asked: { stream: r2, named: [] } };
  const lines = lineageTree(lineage).split('\n');
  const depth = (text: string): number => {
    const line = lines.find((one) => one.includes(text)) ?? '';
    expect(line, `${text} in\n${lines.join('\n')}`).not.toBe('');
    return line.indexOf(text);
  };
  expect(depth('model flight-delays')).toBeLessThan(depth('release v1'));
  expect(depth('release v1')).toBeLessThan(depth(`retraining ${DECISION}`));
  expect(depth(`retraining ${DECISION}`)).toBeLessThan(depth('release r2'));
  expect(lines.filter((line) => line.includes('<- asked for'))).toEqual([
    expect.stringContaining('release r2'),
  ]);
  expect(lineageTree(lineage)).toContain(`data ${'d'.repeat(12)}: 50123 rows`);
  expect(lineageTree(lineage)).not.toContain('dangling');
  const cut = { ...lineage, dangling: [{ from: r2, to: RETRAINING, what: 'it is gone' }] };
  expect(lineageTree(cut)).toMatch(new RegExp(`dangling\n {2}${r2} names ${RETRAINING}: it is gone$`));
});
