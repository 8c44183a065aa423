import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import { releaseFile, type ReleaseFile } from '../contracts/schemas/release-file.ts';
import { locate, problemText, type LocatedProblem, type Problem, type YamlPath } from './problem.ts';
import { checkRelease } from './release-checks.ts';
import { checkWatchedFeatures } from './watch-checks.ts';
import { fieldName, schemaProblems } from './schema-problems.ts';

/** A release file that holds, with the files it names found on the disk. */
export interface ReleaseSource {
  /** Absolute. */
  readonly path: string;
  readonly release: ReleaseFile;
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

/** A release file with errors. The message has one line for each; `problems` has them with places, warnings included. */
export class ReleaseFileError extends Error {
  readonly code = 'RELEASE_FILE_INVALID';
  readonly problems: readonly LocatedProblem[];

  constructor(problems: readonly LocatedProblem[]) {
    super(problems.map(problemText).join('\n'));
    this.name = 'ReleaseFileError';
    this.problems = problems;
  }
}

/** Reads and checks a release file, and looks whether the files that it names are there. Throws `ReleaseFileError`. */
export async function readReleaseFile(path: string): Promise<ReleaseSource> {
  const file = resolve(path);
  const lines = new LineCounter();
  const document = parseDocument(await readText(file), { lineCounter: lines, prettyErrors: false });
  const refuse = (problems: readonly Problem[]): ReleaseFileError =>
    new ReleaseFileError(
      problems
        .map((problem) => locate(problem, file, document, lines))
        .sort((a, b) => a.line - b.line || a.column - b.column),
    );

  if (document.errors.length > 0) throw syntaxError(file, document, lines);
  if (!isMap(document.contents)) {
    throw refuse([{ severity: 'error', path: [], what: 'this is not a release file', mend: START }]);
  }

  const data: unknown = document.toJS();
  const parsed = releaseFile.safeParse(data);
  if (!parsed.success) throw refuse(schemaProblems(parsed.error.issues, data));

  const release = parsed.data;
  const named = namedFiles(release, file);
  const signatureFile = named.find(({ key }) => key === 'signature')!.file.path;
  const problems = [
    ...checkRelease(release),
    ...(await missingFiles(named)),
    ...(await checkWatchedFeatures(release, signatureFile)),
  ];
  if (problems.some(({ severity }) => severity === 'error')) throw refuse(problems);

  const { artifact, signature, ...rest } = Object.fromEntries(named.map((entry) => [entry.key, entry.file]));
  return {
    path: file,
    release,
    artifact: artifact!,
    signature: signature!,
    data: Object.fromEntries(Object.entries(rest).map(([key, value]) => [key.slice('data.'.length), value])),
    warnings: refuse(problems).problems,
  };
}

const START = 'begin it with `apiVersion: seatrial/v1` and `kind: Release`';

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const what = reason === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${reason})`;
    const problem = { severity: 'error', path: [], what, mend: 'give the path of a release file' } as const;
    throw new ReleaseFileError([{ ...problem, file, line: 1, column: 1 }]);
  }
}

function syntaxError(file: string, document: Document, lines: LineCounter): ReleaseFileError {
  return new ReleaseFileError(
    document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      const what = `this is not YAML: ${error.message.split('\n')[0]}`;
      return { severity: 'error', path: [], what, mend: syntaxMend[error.code], file, line, column: col };
    }),
  );
}

const syntaxMend: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'write each field once',
  TAB_AS_INDENT: 'indent with spaces',
  BAD_INDENT: 'indent the fields of one block alike',
};

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
