/**
 * Proves that the monitor's fold puts each record where it belongs: windows by event time, late rows and labels counted,
 * memory bounded, and that below the minimum it says `unresolved`.
 */
import { describe, expect, test } from 'vitest';
import { brief, label, memoryLog, prediction, watchedAs, watching } from './core-fixture.ts';

const day = (
  log: ReturnType<typeof memoryLog>,
  from: number,
  count: number,
  name: string,
  score = 0.2,
): void => {
  for (let i = 0; i < count; i++) log.predict(prediction(`${name}${i}`, from + i, { score }));
};

describe('windows', () => {
  test('a window closes when event time has passed its end by the lateness, and not before', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching();
    day(log, 0, 4, 'a');
    log.predict(prediction('b', 25.99));
    feed(log.inputs);
    expect(closed).toEqual([]);
    log.predict(prediction('c', 26));
    feed(log.inputs.slice(-1));
    expect(closed.map(brief)).toEqual(['data 2013-02-28T00 4 no_drift']);
    expect(monitor.status()[0]).toMatchObject({ openWindows: 2, rows: 6 });
  });

  test('the start belongs to a window and the end to the next', () => {
    const log = memoryLog();
    const { closed, feed } = watching();
    for (const [id, hours] of Object.entries({ a: 0, b: 23.999, c: 24, d: 47.999, e: 48 })) {
      log.predict(prediction(id, hours));
    }
    log.predict(prediction('z', 80));
    feed(log.inputs);
    expect(closed.map((window) => [window.window.start, window.counts.rows])).toEqual([
      ['2013-02-28T00:00:00.000Z', 2],
      ['2013-03-01T00:00:00.000Z', 2],
      ['2013-03-02T00:00:00.000Z', 1],
    ]);
  });

  test('a row within the lateness counts, one beyond it is late', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching();
    day(log, 0, 4, 'a');
    log.predict(prediction('b', 25));
    log.predict(prediction('within', 12));
    log.predict(prediction('c', 27));
    log.predict(prediction('beyond', 13));
    feed(log.inputs);
    expect(closed.map(brief)).toEqual(['data 2013-02-28T00 5 no_drift']);
    expect(monitor.status()[0]?.tally).toMatchObject({ predictions: 8, counted: 7, late: 1 });
  });

  test('a row of a window that nobody opened is late too, once event time has passed it', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching();
    log.predict(prediction('a', 100));
    log.predict(prediction('b', 30));
    feed(log.inputs);
    expect(closed).toEqual([]);
    expect(monitor.status()[0]?.tally.late).toBe(1);
  });

  test('a window below the minimum is unresolved and says so', () => {
    const log = memoryLog();
    const { closed, feed } = watching();
    day(log, 0, 2, 'a', 0.9);
    log.predict(prediction('z', 30));
    feed(log.inputs);
    expect(closed[0]?.findings[0]).toMatchObject({
      verdict: 'unresolved',
      announce: 'unresolved',
      severity: null,
    });
  });

  test('only scored answers of the watched version are judged, of both arms; the others are counted apart', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching();
    day(log, 0, 3, 'a');
    log.predict(prediction('canary', 3, { arm: 'canary' }));
    log.predict(prediction('other', 3, { version: '2.0.0', score: 1 }));
    log.predict(prediction('fallback', 3, { version: 'fallback', status: 'fallback', score: 1 }));
    log.predict(prediction('error', 3, { status: 'error', score: null }));
    log.predict(prediction('empty', 3, { score: null }));
    log.predict(prediction('a0', 0));
    log.predict(prediction('z', 30));
    feed(log.inputs);
    expect(closed[0]?.counts).toEqual({
      rows: 4,
      fallback: 1,
      error: 1,
      unscored: 1,
      duplicates: 1,
      evicted: 0,
    });
    expect(monitor.status()[0]?.tally).toMatchObject({
      predictions: 10,
      counted: 8,
      otherVersions: 1,
      duplicates: 1,
    });
  });

  test('a time that is none is counted and harms nothing', () => {
    const log = memoryLog();
    const { feed, monitor } = watching();
    log.predict(prediction('a', 0, { time: 'yesterday' }));
    feed(log.inputs);
    expect(monitor.status()[0]?.tally).toMatchObject({ predictions: 1, invalid: 1, counted: 0 });
  });
});

describe('partitions', () => {
  test('a partition that lags behind holds the window open', () => {
    const log = memoryLog();
    const { closed, feed } = watching({ partitions: [0, 1] });
    log.predict(prediction('a', 1), 1);
    day(log, 0, 3, 'b');
    log.predict(prediction('c', 40));
    log.predict(prediction('d', 5), 1);
    feed(log.inputs);
    expect(closed).toEqual([]);
    log.predict(prediction('e', 30), 1);
    feed(log.inputs.slice(-1));
    expect(closed.map(brief)).toEqual(['data 2013-02-28T00 5 no_drift']);
  });

  test('a quiet one does not, when it was read to its end', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching({ partitions: [0, 1] });
    day(log, 0, 3, 'a');
    log.predict(prediction('b', 40));
    feed(log.inputs);
    expect(closed).toEqual([]);
    feed([{ type: 'caughtUp', stream: 'predictions', partition: 1, progress: monitor.progress() }]);
    expect(closed.map(brief)).toEqual(['data 2013-02-28T00 3 no_drift']);
  });
});

describe('labels', () => {
  test('performance is judged when labels have come to the stated lateness; rows without one are counted', () => {
    const log = memoryLog();
    const { closed, feed } = watching();
    day(log, 0, 4, 'a');
    log.predict(prediction('z', 30));
    for (const id of ['a0', 'a1', 'a2']) log.label(label(id, 12, 1));
    log.label(label('z', 31.99));
    feed(log.inputs);
    expect(closed.map((window) => window.part)).toEqual(['data']);
    log.label(label('y', 32));
    feed(log.inputs.slice(-1));
    expect(closed.map(brief).at(-1)).toBe('performance 2013-02-28T00 4 drift');
    expect(closed.at(-1)?.labels).toEqual({ labelled: 3, unlabelled: 1, positive: 3 });
    expect(closed.at(-1)?.findings[0]?.severity).toBe('critical');
  });

  test('when every row has its label nobody waits', () => {
    const log = memoryLog();
    const { closed, feed } = watching();
    day(log, 0, 3, 'a');
    for (const id of ['a0', 'a1', 'a2']) log.label(label(id, 12));
    log.predict(prediction('z', 30));
    feed(log.inputs);
    expect(closed.map((window) => window.part)).toEqual(['data', 'performance']);
  });

  test('a label that is read before its prediction waits for it; one whose prediction never comes is let go', () => {
    const log = memoryLog();
    const { feed, monitor } = watching();
    log.predict(prediction('first', 0));
    log.label(label('a', 1, 1));
    log.label(label('nobody', 1, 1));
    feed(log.inputs);
    expect(monitor.status()[0]).toMatchObject({ pendingLabels: 2, tally: { pending: 2, joined: 0 } });
    log.predict(prediction('a', 0.5));
    log.predict(prediction('z', 10));
    feed(log.inputs.slice(-2));
    expect(monitor.status()[0]).toMatchObject({
      pendingLabels: 0,
      tally: { pending: 0, joined: 1, unmatched: 1, labels: 2 },
    });
  });

  test('of two labels the later truth counts, whatever their order in the log', () => {
    for (const order of [0, 1]) {
      const log = memoryLog();
      const { closed, feed } = watching();
      day(log, 0, 3, 'a');
      const corrections = [label('a0', 10, 1), label('a0', 20, 0)];
      for (const observed of order === 0 ? corrections : corrections.reverse()) log.label(observed);
      log.label(label('a1', 10, 1));
      log.label(label('a2', 10, 1));
      log.predict(prediction('z', 30));
      feed(log.inputs);
      expect(closed.at(-1)?.labels).toEqual({ labelled: 3, unlabelled: 0, positive: 2 });
    }
  });

  test('labels that stop are not waited for beyond the deadline: the window is unresolved', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching({ timing: { labelDeadlineHours: 48 } });
    day(log, 0, 4, 'a');
    log.predict(prediction('b', 71.9));
    feed(log.inputs);
    const caughtUp = { type: 'caughtUp', stream: 'labels', partition: 0 } as const;
    feed([{ ...caughtUp, progress: monitor.progress() }]);
    expect(closed.map((window) => window.part)).toEqual(['data']);
    log.predict(prediction('c', 72));
    feed(log.inputs.slice(-1));
    feed([{ ...caughtUp, progress: monitor.progress() }]);
    expect(closed.map(brief).at(-1)).toBe('performance 2013-02-28T00 4 unresolved');
  });

  test('performance is judged in the order of the windows, even when a later one is complete first', () => {
    const log = memoryLog();
    const { closed, feed } = watching();
    day(log, 0, 3, 'a');
    day(log, 24, 3, 'b');
    for (const id of ['b0', 'b1', 'b2']) log.label(label(id, 29));
    log.predict(prediction('z', 60));
    feed(log.inputs);
    expect(closed.map((window) => window.part)).toEqual(['data', 'data']);
    log.label(label('z', 61));
    feed(log.inputs.slice(-1));
    expect(closed.slice(2).map(brief)).toEqual([
      'performance 2013-02-28T00 3 unresolved',
      'performance 2013-03-01T00 3 no_drift',
    ]);
  });
});

describe('memory', () => {
  test('the oldest rows are let go, and counted', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching({ timing: { maxRows: 20 } });
    for (let i = 0; i < 100; i++) log.predict(prediction(`a${i}`, i / 10));
    feed(log.inputs);
    expect(monitor.status()[0]!.rows).toBeLessThanOrEqual(20);
    log.predict(prediction('z', 30));
    feed(log.inputs.slice(-1));
    const { rows, evicted } = closed[0]!.counts;
    expect(rows + evicted).toBe(100);
    expect(evicted).toBe(monitor.status()[0]!.tally.rowsEvicted);
  });

  test('the oldest waiting labels are let go, and counted', () => {
    const log = memoryLog();
    const { feed, monitor } = watching({ timing: { maxPendingLabels: 10 } });
    for (let i = 0; i < 100; i++) log.label(label(`a${i}`, i));
    feed(log.inputs);
    const { pendingLabels, tally } = monitor.status()[0]!;
    expect(pendingLabels).toBeLessThanOrEqual(10);
    expect(tally.labelsEvicted + pendingLabels).toBe(100);
  });
});

describe('which version is watched', () => {
  test('another version takes over with windows of its own; the old ones are left', () => {
    const log = memoryLog();
    const { closed, feed } = watching();
    day(log, 0, 4, 'a');
    feed(log.inputs);
    feed([{ type: 'watch', model: 'flights', watched: watchedAs('2.0.0') }]);
    feed(
      [1, 2, 3, 40].map((hours, i) => ({
        type: 'prediction',
        place: { partition: 0, offset: 4 + i },
        prediction: prediction(`b${hours}`, hours, { version: '2.0.0' }),
      })),
    );
    expect(closed.map((window) => [window.version, window.counts.rows])).toEqual([['2.0.0', 3]]);
  });

  test('new settings for the same version keep its open windows', () => {
    const log = memoryLog();
    const { closed, feed } = watching();
    day(log, 0, 4, 'a');
    feed(log.inputs);
    feed([{ type: 'watch', model: 'flights', watched: watchedAs('1.0.0', { minRows: 5 }) }]);
    log.predict(prediction('z', 30));
    feed(log.inputs.slice(-1));
    expect(closed.map(brief)).toEqual(['data 2013-02-28T00 4 unresolved']);
  });

  test('a model that is watched no more closes nothing', () => {
    const log = memoryLog();
    const { closed, feed, monitor } = watching();
    day(log, 0, 4, 'a');
    log.predict(prediction('z', 30));
    feed([{ type: 'watch', model: 'flights', watched: null }, ...log.inputs]);
    expect(closed).toEqual([]);
    expect(monitor.commitPoints('predictions').get(0)).toBe(5);
  });
});
