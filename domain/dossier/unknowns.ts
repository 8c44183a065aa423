import type { Dossier } from './dossier.ts';

type Known = Pick<Dossier, 'trials' | 'story' | 'governance' | 'origin' | 'monitor' | 'dangling' | 'times'>;

/** What this dossier cannot say, in sentences: a reader must not take silence for good news. */
export function unknownsOf(dossier: Known): string[] {
  return [
    ...unmade(dossier),
    ...unmeasured(dossier),
    ...unproven(dossier),
    ...afterwards(dossier),
    ...named(dossier),
  ];
}

/** Stages that nobody ran, so that nothing of what they ask is answered. */
function unmade({ trials }: Known): string[] {
  return trials.flatMap(({ step, status, summary }) => {
    if (status === 'skipped') return [`What ${step} would have found: it was ${summary}.`];
    if (status === 'not reached') return [`What ${step} would have found: the release never came there.`];
    return status === 'under way' ? [`What ${step} finds: it is not finished.`] : [];
  });
}

/** Checks that had too few samples, or nothing at all, to go by. */
function unmeasured({ trials }: Known): string[] {
  return trials.flatMap(({ step, checks }) =>
    checks.flatMap(({ name, verdict, reason }) =>
      verdict === 'inconclusive' || verdict === 'error'
        ? [`Whether ${name} of ${step} holds (${verdict}): ${reason}`]
        : [],
    ),
  );
}

/** What governance itself says that it lacks. */
function unproven({ trials, governance, origin }: Known): string[] {
  const own = trials.find(({ stage, status }) => stage === 'governance' && status === 'done');
  const told = (name: string): string | undefined => own?.checks.find((check) => check.name === name)?.reason;
  const lineage = own?.checks.find(({ name, verdict }) => name === 'lineage-complete' && verdict !== 'pass');
  const attacks = told('privacy-attacks');
  const gaps = governance.packs.flatMap(({ title, answers }) => {
    const lines = answers.flatMap(({ line, answer }) => (answer === 'gap' ? [line] : []));
    return lines.length === 0 ? [] : [`${title} has nothing to show for ${lines.join(', ')}.`];
  });
  return [
    ...(lineage ? [`How to repeat the training in full: ${lineage.reason}.`] : []),
    ...(attacks?.includes('not made') ? [`What an attacker could learn beyond these: ${attacks}.`] : []),
    ...gaps,
    ...(origin.retraining === null
      ? ['How the version was trained: a person brought it, and only its own training record speaks of it.']
      : []),
  ];
}

/** What callers met after the last count. */
function afterwards({ times, monitor, trials }: Known): string[] {
  if (times.promoted === null) return [];
  const reviewed = trials.some(({ stage, status }) => stage === 'review' && status === 'done');
  return [
    ...(monitor.events === 0 ? ['How it did once it served: no monitor has said anything of it.'] : []),
    ...(reviewed
      ? []
      : ['Whether it was what was predicted: nobody has reviewed it against what was observed.']),
  ];
}

/** Who spoke, and what leads nowhere. */
function named({ story, dangling }: Known): string[] {
  const decisions = story.filter(({ kind }) => kind === 'decision');
  const claimed = decisions.filter(({ who }) => who.some(({ role }) => role?.endsWith('as claimed')));
  return [
    ...(claimed.length > 0
      ? [
          `Whether the people were who they said: ${claimed.length} of ${decisions.length} decisions carry a name that nobody authenticated.`,
        ]
      : []),
    ...dangling.map(({ from, to, what }) => `${from} names ${to}, and ${what}.`),
  ];
}
