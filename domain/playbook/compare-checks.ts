import type { CheckSpec } from '../../contracts/plan.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import { effectOf } from './effect.ts';
import { quoted, type Note } from './sentence.ts';

/** Checks of a stage, by name. A new check is stricter, one that is gone weaker. */
export function compareChecks(
  step: string,
  was: readonly CheckSpec[],
  is: readonly CheckSpec[],
  note: Note,
): PlaybookChange[] {
  const gone = was.filter(({ name }) => !is.some((one) => one.name === name));
  const come = is.filter(({ name }) => !was.some((one) => one.name === name));
  return [
    ...gone.flatMap(({ name, metric }) =>
      note(
        'weaker',
        `checks.${name}`,
        metric,
        null,
        (where) => `${quoted(step)} does without the check ${name}, ${where} has it`,
      ),
    ),
    ...was.flatMap((before) => {
      const after = is.find(({ name }) => name === before.name);
      return after ? compareCheck(step, before, after, note) : [];
    }),
    ...come.flatMap((check) => {
      // A warning that nobody asked for stops nothing, and is not worth a line.
      if (check.severity === 'warning') return [];
      const { name, metric } = check;
      return note(
        'stricter',
        `checks.${name}`,
        null,
        metric,
        (where) => `${quoted(step)} has the check ${name} too, ${where} has none`,
      );
    }),
  ];
}

function compareCheck(step: string, was: CheckSpec, is: CheckSpec, note: Note): PlaybookChange[] {
  const at = (field: string): string => `checks.${was.name}.${field}`;
  const subject = `${quoted(step)} lets ${was.name}`;
  const limit = (side: 'min' | 'max', words: string): PlaybookChange[] =>
    note(
      effectOf(side === 'min' ? 'least' : 'most', was[side], is[side]),
      at(side),
      was[side],
      is[side],
      (where) =>
        is[side] === undefined
          ? `${subject} be anything, ${where} asks for ${words} ${was[side]}`
          : `${quoted(step)} asks ${was.name} to be ${words} ${is[side]} ${where} asks for ${was[side] === undefined ? 'nothing' : `${words} ${was[side]}`}`,
    );
  return [
    ...note(
      was.metric === is.metric ? null : 'other',
      at('metric'),
      was.metric,
      is.metric,
      (where) =>
        `the check ${was.name} of ${quoted(step)} looks at ${is.metric} ${where} looks at ${was.metric}`,
    ),
    ...limit('min', 'at least'),
    ...limit('max', 'at most'),
    ...note(
      effectOf('choice', was.severity, is.severity),
      at('severity'),
      was.severity,
      is.severity,
      (where) =>
        is.severity === 'warning'
          ? `the check ${was.name} of ${quoted(step)} only warns ${where} lets it stop the release`
          : `the check ${was.name} of ${quoted(step)} stops the release ${where} only warns`,
    ),
    ...note(
      effectOf('least', was.minSamples, is.minSamples),
      at('minSamples'),
      was.minSamples,
      is.minSamples,
      (where) =>
        `the check ${was.name} of ${quoted(step)} is believed from ${is.minSamples ?? 'any number of'} samples on ${where} wants ${was.minSamples ?? 'no number'}`,
    ),
  ];
}
