import type { ReleaseEvent } from '../release/index.ts';
import type { NamedFile } from './dossier.ts';

/** Every file that a release's ledger names, in the order in which it names them, each digest once. */
export function filesOf(events: readonly ReleaseEvent[]): NamedFile[] {
  const files = new Map<string, NamedFile>();
  for (const file of events.flatMap(namedIn)) if (!files.has(file.sha256)) files.set(file.sha256, file);
  return [...files.values()];
}

function namedIn({ type, data }: ReleaseEvent): NamedFile[] {
  switch (type) {
    case 'ReleaseRequested': {
      const { plan, planRef } = data;
      const files = [planRef, plan.artifact, plan.signature, ...Object.values(plan.data)];
      const playbook = Object.values(plan.playbook?.files ?? {});
      return [
        ...files.map((ref) => ({ ...ref, from: 'plan' })),
        ...playbook.map((ref) => ({ ...ref, from: 'playbook' })),
      ];
    }
    case 'StageFinished':
    case 'CanaryStepFinished':
    case 'GuardBroken':
      return data.report.evidence.map((ref) => ({ ...ref, from: data.report.stage }));
    case 'DossierWritten':
      return data.files.map((ref) => ({ ...ref, from: `dossier (${data.occasion})` }));
    case 'GateOpened':
      return [{ ...data.evidence, from: `gate ${data.gate}` }];
    default:
      return [];
  }
}
