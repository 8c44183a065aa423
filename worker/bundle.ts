import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { createLogger } from '../adapters/log.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const sources = ['workflows', 'domain', 'contracts'];

/** Given to bundler and worker alike: the sandbox and the main thread must read payloads the same way. */
export const payloadConverterPath = join(root, 'workflows/payload-converter.ts');

export interface NamedBundle {
  readonly bundle: WorkflowBundle;
  /** Changes with any source that workflows can import, and with the SDK: names this build of the workflows. */
  readonly buildId: string;
}

/** The workflows as one file. Bundling takes seconds and its result depends on sources alone, so it is kept beside them. */
export async function workflowBundle(cacheDir = join(root, '.cache/workflows')): Promise<NamedBundle> {
  const buildId = await digestOfSources();
  const file = join(cacheDir, `${buildId}.js`);
  const kept = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (kept !== null) return { bundle: { code: kept }, buildId };

  const log = createLogger('bundle');
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(root, 'workflows/index.ts'),
    payloadConverterPath,
    logger: {
      log: () => undefined,
      trace: () => undefined,
      debug: () => undefined,
      info: (message) => log.debug(message),
      warn: (message) => log.warn(message),
      error: (message) => log.error(message),
    },
  });
  await mkdir(cacheDir, { recursive: true });
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, bundle.code);
  await rename(partial, file);
  return { bundle, buildId };
}

async function digestOfSources(): Promise<string> {
  const hash = createHash('sha256');
  const { version } = JSON.parse(
    await readFile(join(root, 'node_modules/@temporalio/worker/package.json'), 'utf8'),
  ) as { version: string };
  hash.update(version);
  for (const room of sources) {
    const entries = await readdir(join(root, room), { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of files.sort())
      hash
        .update(relative(root, file))
        .update('\0')
        .update(await readFile(file))
        .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}
