import { stringify } from 'yaml';
import type { PlaybookFile } from '../../contracts/schemas/playbook-file.ts';
import { nameOf } from '../plan-steps.ts';

/** A release file that follows a playbook, with what the playbook asks for, to fill in. YAML. */
export function releaseFileFor({ roles, needs, fill, steps }: PlaybookFile['spec'], named: string): string {
  const asked = steps.flatMap((step) => {
    if (!('stage' in step)) return [];
    const prefix = `${nameOf(step)}.`;
    const fields = Object.keys(fill).filter((field) => field.startsWith(prefix));
    if (fields.length === 0) return [];
    const parameters: Record<string, unknown> = {};
    for (const field of fields) put(parameters, field.slice(prefix.length).split('.'), 'TO FILL IN');
    return [{ stage: step.stage, ...(step.name === undefined ? {} : { name: step.name }), parameters }];
  });
  const file = {
    apiVersion: 'seatrial/v1',
    kind: 'Release',
    metadata: { model: 'my-model', version: 'v1' },
    spec: {
      playbook: named,
      requester: 'WHO ASKS FOR IT',
      people: Object.fromEntries(Object.keys(roles).map((role) => [role, ['WHO HOLDS IT']])),
      artifact: { path: 'model.onnx' },
      signature: { path: 'signature.json' },
      data: Object.fromEntries(Object.keys(needs).map((name) => [name, { path: 'FILE' }])),
      serving: { fallback: { score: 0.5 } },
      ...(asked.length > 0 ? { steps: asked } : {}),
    },
  };
  return stringify(file, { lineWidth: 0 });
}

function put(block: Record<string, unknown>, [key, ...rest]: readonly string[], value: unknown): void {
  if (key === undefined) return;
  if (rest.length === 0) block[key] = value;
  else put((block[key] ??= {}) as Record<string, unknown>, rest, value);
}
