import { alibiVerdict, featureNames } from './alibi-verdict.ts';
import { AdaptRefusal } from './adapter.ts';
import { defineAdapter } from './define-adapter.ts';
import { at, isObject, text, time } from './read-json.ts';
import { unwrapped, verdictData } from './seldon.ts';

/**
 * KServe's payload logger sends each inference request and response as a CloudEvent (`org.kubeflow.serving.inference.request`
 * and `.response`). That is traffic, and says nothing about drift: it is refused, because data of single callers must not reach
 * a workflow's history. The exception is the response of a drift detector that KServe itself serves.
 * Facts from kserve.github.io, "Inference Logger" and KServe's drift detection sample with Alibi Detect.
 */
export const kserve = defineAdapter({
  name: 'kserve',
  version: 1,
  accepts: (body, headers) =>
    /^org\.kubeflow\.serving\.inference\.(request|response)$/.test(headers['ce-type'] ?? '') &&
    isObject(unwrapped(body)),
  read: (body, { config, headers }) => {
    const data = verdictData(body);
    const finding = data === undefined ? undefined : alibiVerdict(data, featureNames(config));
    if (finding === undefined)
      throw new AdaptRefusal(
        'not-a-drift-event',
        'this is logged inference traffic without a verdict; send it to a drift detector, and what that says to here',
      );
    const service = text(headers['ce-inferenceservicename']);
    return [
      {
        ...finding,
        // The service is the detector; which model it watches is the operator's to say.
        model: service === undefined ? undefined : text(at(config, 'detectors', service)),
        monitorId: service,
        end: time(headers['ce-time']),
        identity: text(headers['ce-id']),
      },
    ];
  },
});
