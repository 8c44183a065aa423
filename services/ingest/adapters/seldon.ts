import { alibiVerdict, featureNames } from './alibi-verdict.ts';
import { defineAdapter } from './define-adapter.ts';
import { at, isObject, list, objects, text, time } from './read-json.ts';
import type { Json } from './read-json.ts';

/**
 * Seldon's drift detectors. Core 1: a CloudEvent (0.2 or 1.0) of type `io.seldon.serving.inference.drift` whose body is Alibi
 * Detect's JSON, by the server's source wrapped in a JSON string once more. Core 2: the Open Inference Protocol's answer with
 * outputs `is_drift`, `p_val`, `distance`, `threshold`.
 * Facts from docs.seldon.io, "Drift Detection in Seldon Core" and docs.seldon.ai/seldon-core-2, "Drift Detection".
 */
export const seldon = defineAdapter({
  name: 'seldon',
  version: 1,
  accepts: (body) => verdictData(body) !== undefined,
  read: (body, { config, headers }) => {
    const data = verdictData(body);
    const finding = data === undefined ? undefined : alibiVerdict(data, featureNames(config));
    if (finding === undefined) return [];
    const answer = unwrapped(body);
    return [
      {
        ...finding,
        model:
          text(headers['ce-inferenceservicename']) ??
          text(at(config, 'detectors', text(at(answer, 'model_name')) ?? '')),
        monitorId: text(at(answer, 'meta', 'name')) ?? text(at(answer, 'model_name')),
        toolVersion: text(at(answer, 'meta', 'version')),
        end: time(headers['ce-time']),
        identity: text(headers['ce-id']) ?? text(at(answer, 'id')),
      },
    ];
  },
});

/** A body that is a JSON string holds the real one. */
export function unwrapped(body: unknown): unknown {
  if (typeof body !== 'string' || body.length > 262_144) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** `is_drift` and its numbers, from Alibi's dictionary or from the outputs of an inference answer. */
export function verdictData(body: unknown): Json | undefined {
  const inner = unwrapped(body);
  const data = at(inner, 'data');
  if (isObject(data) && Object.hasOwn(data, 'is_drift')) return data;
  const outputs = objects(at(inner, 'outputs')).flatMap((output): [string, unknown][] => {
    const name = text(output['name']);
    const values = list(output['data']);
    return name === undefined ? [] : [[name, values.length === 1 ? values[0] : values]];
  });
  const found = Object.fromEntries(outputs);
  return Object.hasOwn(found, 'is_drift') ? found : undefined;
}
