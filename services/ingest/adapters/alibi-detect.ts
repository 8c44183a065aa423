import { alibiVerdict, featureNames } from './alibi-verdict.ts';
import { defineAdapter } from './define-adapter.ts';
import { at, flag, isObject, text } from './read-json.ts';

/**
 * The dictionary that Alibi Detect's drift detectors return, as JSON: `{ "data": {...}, "meta": {...} }`. It names neither model
 * nor time. Facts from docs.seldon.ai/alibi-detect, "Kolmogorov-Smirnov", "Output".
 */
export const alibiDetect = defineAdapter({
  name: 'alibi-detect',
  version: 1,
  accepts: (body) => isObject(at(body, 'data')) && flag(at(body, 'data', 'is_drift')) !== undefined,
  read: (body, { config }) => {
    const data = at(body, 'data');
    const finding = isObject(data) ? alibiVerdict(data, featureNames(config)) : undefined;
    if (finding === undefined) return [];
    return [
      {
        ...finding,
        monitorId: text(at(body, 'meta', 'name')),
        toolVersion: text(at(body, 'meta', 'version')),
      },
    ];
  },
});
