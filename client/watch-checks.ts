import { readFile } from 'node:fs/promises';
import type { ReleaseFile } from '../contracts/schemas/release-file.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem, YamlPath } from './problem.ts';

/**
 * Groups and slices of the watch that the monitor could never see: it knows the inputs that the gateway logs, and nothing
 * else of a row. A signature that cannot be read is no matter of this check; the stage `intake` says what is wrong with it.
 */
export async function checkWatchedFeatures(
  { spec: { watch } }: ReleaseFile,
  signaturePath: string,
): Promise<Problem[]> {
  const fields = (['groups', 'slices'] as const).filter((field) => watch?.[field] !== undefined);
  if (watch === undefined || fields.length === 0) return [];
  const inputs = await inputsOf(signaturePath);
  return fields.flatMap((field) => {
    const names = watch[field] ?? [];
    return names.flatMap((name, index): Problem[] => {
      const path: YamlPath = ['spec', 'watch', field, index];
      if (names.indexOf(name) < index) {
        const what = `${name} stands in ${field} twice`;
        return [{ severity: 'error', path, what, mend: 'name each feature once' }];
      }
      if (inputs === undefined || inputs.includes(name)) return [];
      return [
        {
          severity: 'error',
          path,
          what: `${name} is no input of the signature, so the monitor cannot see it`,
          mend: `name one of its inputs: ${inputs.join(', ')}`,
          didYouMean: nearestName(name, inputs),
        },
      ];
    });
  });
}

async function inputsOf(path: string): Promise<string[] | undefined> {
  try {
    const signature = JSON.parse(await readFile(path, 'utf8')) as { inputs?: { name?: unknown }[] };
    return signature.inputs?.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  } catch {
    return undefined;
  }
}
