import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { readDossier } from '../adapters/dossier/index.ts';
import { EvidenceError } from '../adapters/evidence/index.ts';
import { LedgerUnavailable } from '../adapters/ledger/index.ts';
import { renderPage } from '../adapters/pages/index.ts';
import type { DossierInput } from '../contracts/activities.ts';
import type { EvidenceRef } from '../contracts/evidence.ts';
import { releaseWorkflowId } from '../contracts/ids.ts';
import { dossierPage } from '../domain/dossier/index.ts';
import type { ActivityContext } from './context.ts';
import { failure } from './failure.ts';

/** Looks at the ledger so often, so long, until it has what the release knows. Its entries are written behind the work. */
const LOOKS = 60;
const BETWEEN_MS = 250;

/** Writes what a release leaves behind for people. Nothing waits for it, and it judges nothing. */
export function dossierActivities({ evidence, ledger }: Pick<ActivityContext, 'evidence' | 'ledger'>): {
  writeDossier: (input: DossierInput) => Promise<readonly EvidenceRef[]>;
} {
  return {
    async writeDossier({ model, version, until }) {
      const release = releaseWorkflowId(model, version);
      const { cancellationSignal: signal, heartbeat } = Context.current();
      const put = (ending: string, mediaType: string, text: string): Promise<EvidenceRef> =>
        evidence.put(text, { name: `dossier.${ending}`, mediaType });
      try {
        for (let look = 1; (await ledger.head(release)).seq < until && look < LOOKS; look++) {
          heartbeat();
          await sleep(BETWEEN_MS, undefined, { signal });
        }
        const dossier = await readDossier({ ledger, evidence }, release);
        if (!dossier || dossier.ledger.head.seq < until)
          throw failure('LedgerUnavailable', `the ledger of ${release} does not have entry ${until} yet`);
        heartbeat();
        const { html, markdown } = await renderPage(dossierPage(dossier), signal);
        return [
          await put('html', 'text/html', html),
          await put('md', 'text/markdown', markdown),
          await put('json', 'application/json', `${JSON.stringify(dossier, null, 1)}\n`),
        ];
      } catch (error) {
        if (error instanceof LedgerUnavailable) throw failure('LedgerUnavailable', error.message, error);
        if (error instanceof EvidenceError) throw failure('EvidenceUnavailable', error.message, error);
        throw error;
      }
    },
  };
}
