import { basename, join } from 'node:path';
import { sha256Of, sha256OfFile } from '../../adapters/evidence/index.ts';
import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import type { PlaybookChange, PlaybookId } from '../../contracts/playbook.ts';
import {
  playbookFile,
  playbookFileJsonSchema,
  type PlaybookFile,
} from '../../contracts/schemas/playbook-file.ts';
import { canonicalJson } from '../../domain/ledger/index.ts';
import { compareRules, isRecord, mergeSpecs, stepNameOf, type Merged } from '../../domain/playbook/index.ts';
import { nearestName } from '../nearest-name.ts';
import type { LocatedProblem, Problem } from '../problem.ts';
import { schemaProblems } from '../schema-problems.ts';
import { readYamlFile, ReleaseFileError } from '../yaml-file.ts';
import { checkPlaybook } from './check-playbook.ts';
import { findPlaybook, PLAYBOOK_FILE } from './find-playbook.ts';
import { filesOf, findRunbooks } from './playbook-files.ts';
import { inUpperFile } from './places.ts';
import { rulesOf } from './rules.ts';

/** A playbook that holds, with what it builds on in it. */
export interface Playbook extends PlaybookId {
  readonly folder: string;
  readonly summary: string;
  readonly spec: PlaybookFile['spec'];
  /** The same as it was written, before defaults: what a release file is merged over. */
  readonly written: JsonObject;
  /** Its files and those of the playbooks below it, by `PLAYBOOK/path`. Absolute paths. */
  readonly files: Readonly<Record<string, string>>;
  /** Playbooks that it builds on, the nearest first. */
  readonly builtOn: readonly PlaybookId[];
  /** What it changes of them. */
  readonly changes: readonly PlaybookChange[];
  readonly warnings: readonly LocatedProblem[];
}

const START = 'begin it with `apiVersion: seatrial/v1` and `kind: Playbook`';

/** Reads and checks the playbook of a folder. `trail`: folders of the playbooks that build on it. Throws `ReleaseFileError`. */
export async function readPlaybook(folder: string, trail: readonly string[] = []): Promise<Playbook> {
  const file = await readYamlFile(join(folder, PLAYBOOK_FILE), 'a playbook', START);
  const own = isRecord(file.data['spec'] as JsonValue) ? (file.data['spec'] as JsonObject) : {};
  const below = await playbookBelow(own['playbook'], folder, [...trail, folder], file.located);
  const { runbooks, problems: lost } = await findRunbooks(own, folder);
  const { lower, problems: unknown } = without(own['without'], below);
  const { playbook: _, without: __, ...said } = own;
  const merged: Merged = mergeSpecs(lower, { ...said, ...(isRecord(own['runbooks']) ? { runbooks } : {}) });
  const locate = (problems: readonly Problem[]): readonly LocatedProblem[] =>
    file.located(problems.map((problem) => (below ? inUpperFile(problem, merged, below.name) : problem)));

  const data = { ...file.data, spec: merged.value };
  const parsed = playbookFile.safeParse(data);
  if (!parsed.success)
    throw new ReleaseFileError(locate(schemaProblems(parsed.error.issues, data, playbookFileJsonSchema())));
  const { metadata, spec } = parsed.data;
  const found = [...lost, ...unknown, ...checkPlaybook(spec)];
  const problems = locate(found);
  if (found.some(({ severity }) => severity === 'error')) throw new ReleaseFileError(problems);

  const { name, version, summary } = metadata;
  const files = await filesOf(folder);
  const changes = below
    ? compareRules(rulesOf(below.spec, rulesOf(spec)), rulesOf(spec), { of: below.name, by: name })
    : [];
  return {
    name,
    version,
    sha256: await digestOf(files),
    folder,
    summary,
    spec,
    written: merged.value,
    files: { ...below?.files, ...prefixed(files, name) },
    builtOn: below ? [idOf(below), ...below.builtOn] : [],
    changes: [...changes, ...(below?.changes ?? [])],
    warnings: problems,
  };
}

export const idOf = ({ name, version, sha256 }: PlaybookId): PlaybookId => ({ name, version, sha256 });

async function playbookBelow(
  named: JsonValue | undefined,
  folder: string,
  trail: readonly string[],
  located: (problems: readonly Problem[]) => readonly LocatedProblem[],
): Promise<Playbook | undefined> {
  if (typeof named !== 'string') return undefined;
  const found = await findPlaybook(named, folder);
  if (typeof found !== 'string') throw new ReleaseFileError(located([found]));
  if (!trail.includes(found)) return readPlaybook(found, trail);
  const circle = [...trail.slice(trail.indexOf(found)), found].map((one) => basename(one)).join(' → ');
  const what = `the playbooks build on each other in a circle: ${circle}`;
  const mend = 'let one of them say all of its rules itself';
  throw new ReleaseFileError(located([{ severity: 'error', path: ['spec', 'playbook'], what, mend }]));
}

/** The playbook below, less the steps that this one does without. */
function without(
  named: JsonValue | undefined,
  below: Playbook | undefined,
): { lower: JsonObject; problems: readonly Problem[] } {
  const lower = below?.written ?? {};
  if (!Array.isArray(named)) return { lower, problems: [] };
  const steps = (lower['steps'] ?? []) as readonly JsonValue[];
  const names = steps.map((step) => stepNameOf(step) ?? '');
  const problems = (named as readonly JsonValue[]).flatMap((name, index): Problem[] => {
    if (typeof name !== 'string' || names.includes(name)) return [];
    const what = below ? `${below.name} has no step ${name}` : 'there is nothing to do without';
    const mend = below ? `name one of ${names.join(', ')}` : 'name in spec.playbook what this one builds on';
    return [
      {
        severity: 'error',
        path: ['spec', 'without', index],
        what,
        mend,
        didYouMean: nearestName(name, names),
      },
    ];
  });
  const kept = steps.filter((step) => !(named as readonly JsonValue[]).includes(stepNameOf(step) ?? ''));
  const gone = names.filter((name) => (named as readonly JsonValue[]).includes(name));
  return { lower: { ...lower, steps: kept, ...lessOf(lower, gone) }, problems };
}

/** What the playbook below says of the steps that are gone: what to fill in, and reasons. */
function lessOf(lower: JsonObject, gone: readonly string[]): JsonObject {
  const isGone = (of: string): boolean =>
    gone.some((name) => of === name || of.startsWith(`${name}.`) || of.startsWith(`${name}/`));
  const fill = Object.entries((lower['fill'] ?? {}) as JsonObject).filter(([of]) => !isGone(of));
  const criteria = ((lower['criteria'] ?? []) as readonly JsonObject[]).filter(
    ({ of }) => !isGone(String(of)),
  );
  return { fill: Object.fromEntries(fill), criteria };
}

/** Of the list of its files with their digests: whatever changes in the folder changes it. */
async function digestOf(files: Readonly<Record<string, string>>): Promise<string> {
  const digests: Record<string, string> = {};
  for (const [name, path] of Object.entries(files)) digests[name] = (await sha256OfFile(path)).sha256;
  return sha256Of(canonicalJson(digests));
}

function prefixed(files: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [`${name}/${path}`, file]));
}
