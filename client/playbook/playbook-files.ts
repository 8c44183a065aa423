import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import { isRecord } from '../../domain/playbook/index.ts';
import type { Problem, YamlPath } from '../problem.ts';

/** Files of a playbook's folder by their path in it, with `/`; hidden ones are none of its. Absolute paths. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []));
  const named = paths.map((path) => [relative(folder, path).split(sep).join('/'), path] as const);
  return Object.fromEntries(
    named.filter(([name]) => !/(^|\/)\./.test(name)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** The playbook's runbooks with absolute paths, and what is wrong with them: each is a file of the folder, and none outside it. */
export async function findRunbooks(
  spec: JsonObject,
  folder: string,
): Promise<{ runbooks: JsonObject; problems: readonly Problem[] }> {
  const written = spec['runbooks'];
  if (!isRecord(written)) return { runbooks: {}, problems: [] }; // the schema says what is wrong with it
  const problems: Problem[] = [];
  const runbooks: Record<string, JsonValue | undefined> = { ...written };
  for (const [name, path] of Object.entries(written)) {
    if (typeof path !== 'string') continue;
    const at: YamlPath = ['spec', 'runbooks', name];
    const found = resolve(folder, path);
    runbooks[name] = found;
    const file = await stat(found).catch(() => undefined);
    const inside = file === undefined ? found : await realpath(found);
    if (!isInside(inside, folder))
      problems.push({
        severity: 'error',
        path: at,
        what: `the runbook ${path} is outside the playbook's folder`,
        mend: 'put the file into the folder, so that the playbook is whole wherever it is',
      });
    else if (!file?.isFile())
      problems.push({
        severity: 'error',
        path: at,
        what: `there is no file ${found}`,
        mend: `write the runbook ${name}, or correct its path; it is relative to the playbook's folder`,
      });
  }
  return { runbooks, problems };
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !isAbsolute(way) && way.split(sep)[0] !== '..';
}
