import type { PlanPlaybook } from '../../contracts/playbook.ts';
import type { PlaybookView } from '../../contracts/release-view.ts';

/** What people are shown of a plan's playbook: its name, and each change in a sentence. */
export function playbookView({ name, version, changes }: PlanPlaybook): PlaybookView {
  const sentences = (effect: 'weaker' | 'stricter' | 'other'): string[] =>
    changes
      .filter((change) => change.effect === effect)
      .map(({ text, by }) => (by === undefined ? text : `${text} (the playbook \`${by}\` says so)`));
  return {
    name,
    version,
    weaker: sentences('weaker'),
    stricter: sentences('stricter'),
    other: sentences('other'),
  };
}

/** `Playbook standard 1.0.0, weaker in 2 points`. */
export function playbookLine({ name, version, weaker, stricter }: PlaybookView): string {
  const points = (count: number): string => `${count} ${count === 1 ? 'point' : 'points'}`;
  const changed = [
    ...(weaker.length > 0 ? [`weaker in ${points(weaker.length)}`] : []),
    ...(stricter.length > 0 ? [`stricter in ${points(stricter.length)}`] : []),
  ];
  return [
    `Playbook ${name} ${version}`,
    changed.length > 0 ? changed.join(' and ') : 'weaker in nothing',
  ].join(', ');
}
