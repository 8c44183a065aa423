import type { ReleaseCommandOf } from './commands.ts';
import type { DossierOccasion, ReleaseEvent } from './events.ts';
import type { ReleaseState } from './state.ts';
import type { Work } from './work.ts';

/** The release's dossier was written. It decides nothing, so it changes no phase. */
export function finishDossier(
  { occasion, files, at }: ReleaseCommandOf<'FinishDossier'>,
  state: ReleaseState,
): ReleaseEvent[] {
  return dueDossier(state) === occasion ? [{ type: 'DossierWritten', data: { occasion, files }, at }] : [];
}

/** It could not be written, in all the tries that it had. The release goes on; the dossier can be made up from the ledger at any time. */
export function failDossier(
  { occasion, failure, at }: ReleaseCommandOf<'FailDossier'>,
  state: ReleaseState,
): ReleaseEvent[] {
  return dueDossier(state) === occasion
    ? [{ type: 'DossierNotWritten', data: { occasion, failure }, at }]
    : [];
}

/** `until` is the ledger's entry that the dossier must know of. */
export function dossierWork(state: ReleaseState): Work[] {
  const occasion = dueDossier(state);
  return occasion === null
    ? []
    : [{ kind: 'dossier', key: `dossier/${occasion}`, occasion, until: state.entries }];
}

/** What a dossier is due for: that this version serves, that all of its plan is done after that, or that the release is over. */
function dueDossier({ dossiers, phase, promoted, plan, steps }: ReleaseState): DossierOccasion | null {
  // A release that began before there were dossiers leaves none by itself.
  if (dossiers === undefined) return null;
  const due = (occasion: DossierOccasion): DossierOccasion | null =>
    dossiers.includes(occasion) ? null : occasion;
  if (phase.name === 'ended') return due('end');
  if (!promoted || phase.name === 'rolling-back') return null;
  const after = (plan?.steps ?? []).findLastIndex(
    (step) => step.kind === 'stage' && step.stage === 'production',
  );
  return due('promotion') ?? (phase.name === 'live' && after + 1 < steps.length ? due('review') : null);
}
