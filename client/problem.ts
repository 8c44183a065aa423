import { relative, isAbsolute } from 'node:path';
import type { LineCounter, Document, Node } from 'yaml';
import { isCollection, isMap, isPair, isScalar } from 'yaml';

export type YamlPath = readonly (string | number)[];

/** Something wrong in a release file: what, where, how to mend it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** Where in the data; the position of a missing field is that of the block it belongs to. */
  readonly path: YamlPath;
  /** The key is wrong, not its value, so the key is pointed at. */
  readonly atKey?: boolean;
  readonly what: string;
  readonly mend?: string | undefined;
  readonly didYouMean?: string | undefined;
}

/** A problem with its place. Lines and columns count from 1. */
export interface LocatedProblem extends Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `release.yaml:12:5: what; how to mend; did you mean NAME?` */
export function problemText({
  file,
  line,
  column,
  severity,
  what,
  mend,
  didYouMean,
}: LocatedProblem): string {
  const said = [severity === 'warning' ? `warning: ${what}` : what];
  if (mend) said.push(mend);
  if (didYouMean) said.push(`did you mean ${didYouMean}?`);
  return `${shown(file)}:${line}:${column}: ${said.join('; ')}`;
}

/** A path below the working folder is shown relative to it, as compilers do. */
function shown(file: string): string {
  const short = relative(process.cwd(), file);
  return !isAbsolute(file) ? file : short.startsWith('..') || isAbsolute(short) ? file : short;
}

export function locate(
  problem: Problem,
  file: string,
  document: Document,
  lines: LineCounter,
): LocatedProblem {
  const offset = offsetOf(problem, document);
  const { line, col } = lines.linePos(offset);
  return { ...problem, file, line: Math.max(1, line), column: Math.max(1, col) };
}

/** Offset of the node at the path, or of the nearest one above it that exists. */
function offsetOf({ path, atKey }: Problem, document: Document): number {
  let node = document.contents as Node | null;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (!isCollection(node)) break;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (!pair) break;
      const keyOnly = atKey === true && depth === path.length - 1;
      node = pair.value as Node | null;
      offset =
        (keyOnly || isCollection(node) ? undefined : startOf(node)) ?? startOf(pair.key as Node) ?? offset;
    } else {
      node = (node.items[Number(step)] as Node | undefined) ?? null;
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function startOf(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}
