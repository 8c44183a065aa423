import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir } from './installed.ts';

/**
 * Fills a new data folder from a template that is made once and kept in the cache: what Kafka's format and PostgreSQL's
 * initdb write costs seconds to make and a tenth of a second to copy. A folder that exists is left as it is.
 *
 * @param name names what the template was made by, with its version, so that another version makes another
 * @param adapt gives the copy what must be its own
 */
export async function fillFromTemplate(
  dataDir: string,
  name: string,
  make: (folder: string) => Promise<void>,
  adapt?: (folder: string) => void,
): Promise<void> {
  if (existsSync(dataDir)) return;
  const template = join(cacheDir, 'templates', name);
  if (!existsSync(template)) await makeWhole(template, make);
  await makeWhole(dataDir, async (folder) => {
    await cp(template, folder, { recursive: true });
    adapt?.(folder);
  });
}

/** Made aside and renamed, so that a folder of that name is always whole. Who comes second keeps the first one's. */
async function makeWhole(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const aside = await mkdtemp(`${target}.partial-`);
  try {
    await fill(aside);
    await rename(aside, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if ((code !== 'ENOTEMPTY' && code !== 'EEXIST') || !existsSync(target)) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
