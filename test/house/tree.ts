import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** What git tracks, by path below the root, and is there. */
export function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

export function readTracked(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export interface Import {
  readonly file: string;
  /** As written in the source. */
  readonly specifier: string;
}

/** Every import of every tracked source file: static, dynamic and re-exports. */
export function importsOfTree(): Import[] {
  return trackedFiles()
    .filter((path) => /\.(ts|mts|mjs)$/.test(path))
    .flatMap((file) =>
      ts
        .preProcessFile(readTracked(file), true, true)
        .importedFiles.map(({ fileName }) => ({ file, specifier: fileName })),
    );
}
