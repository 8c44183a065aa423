import { readFile } from 'node:fs/promises';
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import { locate, problemText, type LocatedProblem, type Problem } from './problem.ts';

/** A release file or a playbook with errors. The message has one line for each; `problems` has them with places, warnings included. */
export class ReleaseFileError extends Error {
  readonly code = 'RELEASE_FILE_INVALID';
  readonly problems: readonly LocatedProblem[];

  constructor(problems: readonly LocatedProblem[]) {
    super(problems.map(problemText).join('\n'));
    this.name = 'ReleaseFileError';
    this.problems = problems;
  }
}

/** A YAML file that is a block of fields, as data. */
export interface YamlFile {
  /** Absolute. */
  readonly path: string;
  readonly document: Document;
  readonly data: Readonly<Record<string, unknown>>;
  /** Problems with their places, in the order of the file. */
  readonly located: (problems: readonly Problem[]) => readonly LocatedProblem[];
}

/** Throws `ReleaseFileError` when it cannot be read, is no YAML, or is no block of fields. `noun`: `a release file`. */
export async function readYamlFile(path: string, noun: string, start: string): Promise<YamlFile> {
  const lines = new LineCounter();
  const document = parseDocument(await readText(path, noun), { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) throw syntaxError(path, document, lines);
  const located = (problems: readonly Problem[]): readonly LocatedProblem[] =>
    problems
      .map((problem) => locate(problem, path, document, lines))
      .sort((a, b) => a.line - b.line || a.column - b.column);
  if (!isMap(document.contents)) {
    const what = `this is not ${noun}`;
    throw new ReleaseFileError(located([{ severity: 'error', path: [], what, mend: start }]));
  }
  return { path, document, data: document.toJS() as Record<string, unknown>, located };
}

async function readText(file: string, noun: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const what = reason === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${reason})`;
    const problem = { severity: 'error', path: [], what, mend: `give the path of ${noun}` } as const;
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
