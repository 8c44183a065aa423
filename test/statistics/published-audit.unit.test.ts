// Proves that what is published of a fairness audit tells nothing of a few people, and loses nothing of the rest.
import { describe, expect, test } from 'vitest';
import { auditFairness, publishedAudit } from '../../domain/fairness/index.ts';
import { createRandom } from '../../domain/statistics/index.ts';

const random = createRandom(17);
const sizes = { north: 80, south: 90, 'the-only-widow': 7 };
const groups = Object.entries(sizes).flatMap(([group, rows]) => Array.from({ length: rows }, () => group));
const scores = groups.map(() => random.next());
const labels = groups.map((_, row) => (random.next() < scores[row]! ? 1 : 0));
const learnt = { north: 500, south: 400, 'the-only-widow': 60 };
const audit = auditFairness({ of: 'place', labels, scores, groups, threshold: 0.5, learnt });

describe('of a published audit', () => {
  const published = publishedAudit(audit, 30);

  test('a group with few rows is gone by name and by number, and only counted', () => {
    expect(published.suppressed).toEqual({ groups: 1, fewerThanRows: 30 });
    expect(JSON.stringify({ ...published, representation: published.representation?.groups })).not.toContain(
      'widow',
    );
  });

  test('every other group and every difference stands as it was found', () => {
    expect(published.rates.groups).toEqual(
      audit.rates.groups.filter(({ group }) => group !== 'the-only-widow'),
    );
    expect(published.measures).toEqual(audit.measures);
    expect(published.calibration.pairs).toEqual(audit.calibration.pairs);
  });

  test('nothing is left out where every group has enough rows', () => {
    const { suppressed, ...rest } = publishedAudit(audit, 5);
    expect(suppressed.groups).toBe(0);
    expect(rest).toEqual(audit);
  });
});
