import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Seatrial } from '../../../client/index.ts';
import type { EvidenceStore } from '../../../adapters/evidence/index.ts';
import type { EvidenceRef } from '../../../contracts/evidence.ts';
import type { Dossier } from '../../../domain/dossier/index.ts';
import { waitFor } from './stage-of-play.ts';

/** Where a person finds a release's dossier after the demo. */
export interface DossierOutcome {
  readonly release: string;
  /** What it was written for: `promotion`, `review` or `end`. */
  readonly occasion: string;
  /** Paths of the copies. */
  readonly html: string;
  readonly markdown: string;
  /** Of the HTML in the evidence store. */
  readonly sha256: string;
  readonly state: string;
  /** Names in it that lead nowhere. */
  readonly dangling: number;
}

/** Copies each release's newest dossier out of the evidence store, to `folder`. Waits for those that are being written. */
export async function copyDossiers(
  seatrial: Seatrial,
  evidence: EvidenceStore,
  releases: readonly string[],
  folder: string,
): Promise<DossierOutcome[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(
    releases.map(async (release) => {
      const { occasion, files } = await newestDossier(seatrial, release);
      const file = (ending: string): EvidenceRef => {
        const found = files.find(({ name }) => name === `dossier.${ending}`);
        if (!found) throw new Error(`the dossier of ${release} has no ${ending}`);
        return found;
      };
      const path = join(folder, release.replace(/^release\//, '').replaceAll('/', '-'));
      await writeFile(`${path}.html`, await evidence.get(file('html')));
      await writeFile(`${path}.md`, await evidence.get(file('md')));
      const { state, dangling } = await evidence.getJson<Dossier>(file('json'));
      return {
        ...{ release: release.replace(/^release\//, ''), occasion },
        ...{ html: `${path}.html`, markdown: `${path}.md`, sha256: file('html').sha256 },
        ...{ state, dangling: dangling.length },
      };
    }),
  );
}

/** Of a release that is over, the one of its end. */
async function newestDossier(
  seatrial: Seatrial,
  release: string,
): Promise<{ occasion: string; files: readonly EvidenceRef[] }> {
  return waitFor(`the dossier of ${release}`, async () => {
    const { entries } = await seatrial.history(release);
    const given = entries.findLast(({ type }) => type === 'DossierNotWritten');
    if (given)
      throw new Error(`the dossier of ${release} could not be written: ${JSON.stringify(given.data)}`);
    const ended = entries.some(({ type }) => type === 'ReleaseEnded');
    const written = entries.findLast(({ type }) => type === 'DossierWritten');
    const occasion = String(written?.data['occasion']);
    if (!written || (ended && occasion !== 'end')) return null;
    return { occasion, files: written.data['files'] as unknown as readonly EvidenceRef[] };
  });
}
