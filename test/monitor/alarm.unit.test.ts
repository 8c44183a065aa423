/** Proves when an alarm is raised, repeated and cleared, and that an unresolved window is always said aloud. */
import { expect, test } from 'vitest';
import { stepAlarm, type AlarmState, type WindowVerdict } from '../../domain/drift/monitor/index.ts';

/** `D` drift, `n` no drift, `u` unresolved; the answer has a letter a window: `D`etected, `C`leared, `U`nresolved or `-`. */
function announced(windows: string, persistence: number): string {
  const verdicts: Record<string, WindowVerdict> = { D: 'drift', n: 'no_drift', u: 'unresolved' };
  let state: AlarmState = { situation: 'calm', breaches: 0 };
  return [...windows]
    .map((letter) => {
      const step = stepAlarm(state, verdicts[letter]!, persistence);
      state = step.state;
      return step.announce?.[0]?.toUpperCase() ?? '-';
    })
    .join('');
}

test.each([
  { persistence: 1, windows: 'nDnDD', expected: '-DCDD' },
  { persistence: 2, windows: 'DnDnDDDD', expected: '-----DDD' },
  { persistence: 2, windows: 'DDnDnn', expected: '-D-D-C' },
  { persistence: 3, windows: 'DDnDDDnnDnnnn', expected: '-----D--D--C-' },
  // An unresolved window neither adds to a row of windows nor breaks it.
  { persistence: 2, windows: 'DuDununu', expected: '-UDU-UCU' },
  { persistence: 2, windows: 'uuuu', expected: 'UUUU' },
])('persistence $persistence: $windows says $expected', ({ persistence, windows, expected }) => {
  expect(announced(windows, persistence)).toBe(expected);
});
