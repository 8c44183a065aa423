import type { JsonObject, JsonValue } from '../../contracts/json.ts';
import { objectOf } from './recipe.ts';

/** Parts of a training record that decide what a training gives. Times, rows and metrics follow from them. */
const DECISIVE = ['seed', 'parameters', 'data', 'code', 'versions'];

const names: Readonly<Record<string, string>> = {
  versions: 'environment',
  data: 'data',
  code: 'code',
  parameters: 'parameter',
};

/** Where two trainings differ by what they wrote down, one sentence each; empty when nowhere. */
export function recordDifferences(recorded: JsonObject, again: JsonObject): string[] {
  return DECISIVE.flatMap((part) => {
    const [before, now] = [leaves(recorded[part]), leaves(again[part])];
    const all = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return all
      .filter((name) => before[name] !== now[name])
      .map(
        (name) =>
          `${[names[part] ?? part, name].filter(Boolean).join(' ')} was ${said(before[name])} and is ${said(now[name])}`,
      );
  });
}

/** An object's leaves by their path, as JSON. */
function leaves(value: JsonValue | undefined, path = ''): Record<string, string> {
  if (value === undefined) return {};
  const inner = objectOf(value);
  if (Object.keys(inner).length === 0)
    return path === '' && typeof value === 'object' ? {} : { [path]: JSON.stringify(value) };
  const found = Object.entries(inner).map(([name, one]) =>
    leaves(one, path === '' ? name : `${path}.${name}`),
  );
  return Object.assign({}, ...found) as Record<string, string>;
}

const said = (text: string | undefined): string =>
  text === undefined ? 'not recorded' : text.replaceAll('"', '');
