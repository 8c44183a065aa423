import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { isName } from '../../contracts/ids.ts';
import type { AliasChange, RegistryAlias, RegistryTags, RegistryView } from '../../contracts/registry.ts';
import { RegistryRefused, RegistryUnavailable, type ModelRegistry } from './port.ts';

/** One file a model, `<model>.json`. People and scripts may read it; only one process writes it. */
interface ModelFile {
  readonly schema: 1;
  readonly model: string;
  readonly versions: Readonly<Record<string, VersionEntry>>;
  readonly aliases: Readonly<Partial<Record<RegistryAlias, AliasEntry>>>;
}

interface VersionEntry {
  readonly summary: string;
  readonly artifact: EvidenceRef;
  readonly tags: RegistryTags;
}

/** A null version is kept with its time, so that older news cannot bring an alias back. */
interface AliasEntry {
  readonly version: string | null;
  readonly at: string;
}

/** The registry in a local folder. A file is replaced whole, so a reader never sees half of one. */
export function openFileRegistry(folder: string): ModelRegistry {
  const dir = resolve(folder);
  const fileOf = (model: string): string => {
    if (isName(model)) return join(dir, `${model}.json`);
    throw new RegistryRefused(`${JSON.stringify(model)} cannot be a model's name`);
  };

  async function read(model: string): Promise<ModelFile | undefined> {
    const path = fileOf(model);
    try {
      return JSON.parse(await readFile(path, 'utf8')) as ModelFile;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      if (error instanceof SyntaxError)
        throw new RegistryRefused(`${path} is not JSON (${error.message}); mend it, or move it away`, {
          cause: error,
        });
      throw unavailable(dir, error);
    }
  }

  async function change(model: string, edit: (file: ModelFile) => ModelFile): Promise<void> {
    const before = (await read(model)) ?? { schema: 1, model, versions: {}, aliases: {} };
    const text = `${JSON.stringify(edit(before), null, 2)}\n`;
    if (text === `${JSON.stringify(before, null, 2)}\n`) return;
    await replace(dir, fileOf(model), text);
  }

  return {
    place: dir,

    putVersion: ({ model, version, summary, artifact, tags }) =>
      change(model, (file) => {
        const merged = { ...file.versions[version]?.tags, ...tags };
        return { ...file, versions: { ...file.versions, [version]: { summary, artifact, tags: merged } } };
      }),

    setTags: (model, version, tags) =>
      change(model, (file) => {
        const entry = entryOf(file, version);
        const changed = { ...entry, tags: { ...entry.tags, ...tags } };
        return { ...file, versions: { ...file.versions, [version]: changed } };
      }),

    setAlias: (wanted) => change(wanted.model, (file) => withAlias(file, wanted)),

    async view(model) {
      const file = await read(model);
      return file && viewOf(file);
    },
  };
}

function withAlias(file: ModelFile, { alias, version, from, at }: AliasChange): ModelFile {
  if (version !== null) entryOf(file, version);
  const now = file.aliases[alias];
  if (now && now.at > at) return file;
  if (from !== undefined && now?.version !== from) return file;
  return { ...file, aliases: { ...file.aliases, [alias]: { version, at } } };
}

function entryOf({ model, versions }: ModelFile, version: string): VersionEntry {
  const entry = Object.hasOwn(versions, version) ? versions[version] : undefined;
  if (entry) return entry;
  throw new RegistryRefused(`the registry has no version ${version} of ${model}`);
}

function viewOf({ versions, aliases }: ModelFile): RegistryView {
  return {
    versions: Object.fromEntries(
      Object.entries(versions).map(([version, { artifact, tags }]) => [
        version,
        { sha256: artifact.sha256, tags },
      ]),
    ),
    aliases: Object.fromEntries(
      Object.entries(aliases).flatMap(([alias, { version }]) => (version === null ? [] : [[alias, version]])),
    ),
  };
}

async function replace(dir: string, path: string, text: string): Promise<void> {
  const temporary = join(dir, `.${randomUUID()}.partial`);
  try {
    await mkdir(dir, { recursive: true });
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const folder = await open(dir, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw unavailable(dir, error);
  }
}

function unavailable(dir: string, cause: unknown): RegistryUnavailable {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RegistryUnavailable(`the registry's folder ${dir} failed: ${reason}`, { cause });
}
