import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { PlaybookChange } from '../contracts/playbook.ts';
import { releaseFile, type ReleaseFile } from '../contracts/schemas/release-file.ts';
import { changesOf, checkAsked, mergeRelease, weakened } from './playbook/merged-release.ts';
import type { Playbook } from './playbook/read-playbook.ts';
import type { LocatedProblem, Problem, YamlPath } from './problem.ts';
import { checkRelease } from './release-checks.ts';
import { checkWatchedFeatures } from './watch-checks.ts';
import { fieldName, schemaProblems } from './schema-problems.ts';
import { readYamlFile, ReleaseFileError } from './yaml-file.ts';

export { ReleaseFileError } from './yaml-file.ts';

/** A release file that holds, with the files it names found on the disk. */
export interface ReleaseSource {
  /** Absolute. */
  readonly path: string;
  /** With its playbook in it, where it names one. */
  readonly release: ReleaseFile;
  /** Its playbook, and what the file changes of it. */
  readonly playbook?: { readonly from: Playbook; readonly changes: readonly PlaybookChange[] };
  /** Absolute paths of what the file names. */
  readonly artifact: NamedFile;
  readonly signature: NamedFile;
  readonly data: Readonly<Record<string, NamedFile>>;
  readonly warnings: readonly LocatedProblem[];
}

export interface NamedFile {
  readonly path: string;
  /** Digest that the release file asks for. */
  readonly sha256?: string;
  /** Where the release file names it, for messages. */
  readonly field: string;
}

/** Reads and checks a release file, and looks whether the files that it names are there. Throws `ReleaseFileError`. */
export async function readReleaseFile(path: string): Promise<ReleaseSource> {
  const file = resolve(path);
  const written = await readYamlFile(file, 'a release file', START);
  const { data, playbook, placed } = await mergeRelease(written);
  const refuse = (problems: readonly Problem[]): ReleaseFileError =>
    new ReleaseFileError(written.located(problems.map(placed)));

  const asked = playbook ? checkAsked(data, playbook) : [];
  const parsed = releaseFile.safeParse(data);
  if (!parsed.success) throw refuse([...schemaProblems(parsed.error.issues, data), ...asked]);

  const release = parsed.data;
  const named = namedFiles(release, file);
  const signatureFile = named.find(({ key }) => key === 'signature')!.file.path;
  const changes = playbook ? changesOf(release, playbook) : [];
  const problems = [
    ...asked,
    ...checkRelease(release).filter(({ path: at }) => !asked.some((one) => isSame(one.path, at))),
    ...(await missingFiles(named)),
    ...(await checkWatchedFeatures(release, signatureFile)),
    ...weakened(changes, release),
  ];
  if (problems.some(({ severity }) => severity === 'error')) throw refuse(problems);

  const { artifact, signature, ...rest } = Object.fromEntries(named.map((entry) => [entry.key, entry.file]));
  return {
    path: file,
    release,
    ...(playbook ? { playbook: { from: playbook, changes } } : {}),
    artifact: artifact!,
    signature: signature!,
    data: Object.fromEntries(Object.entries(rest).map(([key, value]) => [key.slice('data.'.length), value])),
    warnings: refuse(problems).problems,
  };
}

const START = 'begin it with `apiVersion: seatrial/v1` and `kind: Release`';

/** Of a block that is missing, the schema speaks of the block, and the playbook perhaps of a field in it. */
const isSame = (asked: YamlPath, found: YamlPath): boolean =>
  found.length > 4 && found.every((key, i) => key === asked[i]);

interface Named {
  readonly key: string;
  readonly at: YamlPath;
  readonly file: NamedFile;
}

function namedFiles({ spec }: ReleaseFile, releasePath: string): readonly Named[] {
  const folder = dirname(releasePath);
  const named = (key: string, at: YamlPath, { path, sha256 }: WrittenFile, field = fieldName(at)): Named => ({
    key,
    at,
    file: { path: resolve(folder, path), field, ...(sha256 === undefined ? {} : { sha256 }) },
  });
  const artifact = ['spec', 'artifact', 'path'];
  const besideArtifact = { path: join(dirname(spec.artifact.path), 'signature.json') };
  return [
    named('artifact', artifact, spec.artifact),
    spec.signature
      ? named('signature', ['spec', 'signature', 'path'], spec.signature)
      : named('signature', artifact, besideArtifact, 'spec.signature, looked for beside the artifact'),
    ...Object.entries(spec.data).map(([name, file]) =>
      named(`data.${name}`, ['spec', 'data', name, 'path'], file),
    ),
  ];
}

interface WrittenFile {
  readonly path: string;
  readonly sha256?: string;
}

async function missingFiles(named: readonly Named[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { at, file } of named) {
    const found = await stat(file.path).catch(() => undefined);
    if (found?.isFile()) continue;
    const what = found ? `${file.path} is not a file` : `there is no file ${file.path}`;
    problems.push({
      severity: 'error',
      path: at,
      what: `${what} (${file.field})`,
      mend: 'make it, or correct the path; it is relative to the release file',
    });
  }
  return problems;
}
