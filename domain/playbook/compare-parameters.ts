import type { JsonValue } from '../../contracts/json.ts';
import type { PlaybookChange } from '../../contracts/playbook.ts';
import { parameterDirection, type Direction } from './directions.ts';
import { effectOf, missing, said, same, type Effect, type Setting } from './effect.ts';
import { isRecord } from './merge.ts';
import { quoted, type Note } from './sentence.ts';

/**
 * Settings of a block, each by its path. What the playbook leaves to the release file to say is no change, unless it lets more
 * through. `subject` begins each sentence, such as `` `shadow` ``.
 */
export function compareSettings(
  was: Setting,
  is: Setting,
  path: string,
  subject: string,
  directionOf: (path: string, block: Setting) => Direction,
  note: Note,
  block: Setting = was,
): PlaybookChange[] {
  if (isRecord(was) && isRecord(is)) {
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) => {
      const inner = path === '' ? key : `${path}.${key}`;
      return compareSettings(was[key], is[key], inner, subject, directionOf, note, was);
    });
  }
  if (same(was, is)) return [];
  const direction = directionOf(path, block);
  const metric = isRecord(block as JsonValue) ? (block as { metric?: JsonValue }).metric : undefined;
  const effect = effectOf(direction, was, is, metric);
  const unsaid = was === undefined || (Array.isArray(was) && was.length === 0);
  if (unsaid && effect !== 'weaker') return [];
  return note(effect, path, was, is, sentence(subject, path, was, is, effect));
}

function sentence(
  subject: string,
  path: string,
  was: Setting,
  is: Setting,
  effect: Effect | null,
): (where: string) => string {
  if (Array.isArray(was) && Array.isArray(is)) {
    const gone = missing(was as JsonValue[], is as JsonValue[]);
    const come = missing(is as JsonValue[], was as JsonValue[]);
    const parts = [
      ...(gone.length > 0 ? [`leaves ${few(gone)} out of ${path}`] : []),
      ...(come.length > 0 ? [`adds ${few(come)} to ${path}`] : []),
    ];
    return (where) =>
      `${subject} ${parts.join(' and ') || `orders ${path} anew`}, ${where} has ${few(was as JsonValue[])}`;
  }
  if ((is === false || is === undefined) && effect === 'weaker')
    return (where) =>
      `${subject} does without ${path}, ${where} has ${isRecord(was) ? 'it' : `it as ${said(was)}`}`;
  if (was === undefined || was === false)
    return (where) => `${subject} sets ${path} to ${said(is)} ${where} has nothing`;
  return (where) => `${subject} sets ${path} to ${said(is)} ${where} has ${said(was)}`;
}

/** The first three of a list: the rest is in the plan. */
function few(list: readonly JsonValue[]): string {
  if (list.length <= 4) return said(list);
  return `${said(list.slice(0, 3))} and ${list.length - 3} more`;
}

export function compareParameters(
  name: string,
  stage: string,
  was: Setting,
  is: Setting,
  note: Note,
): PlaybookChange[] {
  const named: Note = (effect, field, ...rest) => note(effect, `parameters.${field}`, ...rest);
  const [before, after] = [was, is].map(withPlainChecklist);
  return compareSettings(before, after, '', quoted(name), (path) => parameterDirection(stage, path), named);
}

/** Who signs an item is for the release file to say; what shows it is not. */
function withPlainChecklist(parameters: Setting): Setting {
  if (!isRecord(parameters) || !Array.isArray(parameters['checklist'])) return parameters;
  const items = (parameters['checklist'] as readonly JsonValue[]).map((entry) => {
    const { item, check } = isRecord(entry) ? entry : {};
    return `"${String(item)}"${typeof check === 'string' ? ` by the check ${check}` : ''}`;
  });
  return { ...parameters, checklist: items };
}
