import { LineageUnavailable, type LineageTransport } from './port.ts';

/** As OpenLineage's own clients are told: `OPENLINEAGE_URL`, `OPENLINEAGE_ENDPOINT`, `OPENLINEAGE_API_KEY`. */
export interface HttpSettings {
  readonly url: string;
  /** `api/v1/lineage` unless given. */
  readonly endpoint?: string;
  readonly apiKey?: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const SHOWN = 300;

/** Posts each event to an OpenLineage server, such as Marquez. */
export function httpTransport({
  url,
  endpoint = 'api/v1/lineage',
  apiKey,
  timeoutMs = TIMEOUT_MS,
}: HttpSettings): LineageTransport {
  const target = `${url.replace(/\/+$/, '')}/${endpoint.replace(/^\/+/, '')}`;
  const place = new URL(target).host;
  return {
    place: target,
    send: async (events) => {
      for (const event of events) {
        let status: number;
        let text: string;
        try {
          const response = await fetch(target, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
            },
            body: JSON.stringify(event),
            signal: AbortSignal.timeout(timeoutMs),
          });
          status = response.status;
          text = (await response.text()).slice(0, SHOWN);
        } catch (cause) {
          const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
          const reason = inner instanceof Error ? inner.message : String(inner);
          throw new LineageUnavailable(`${place} did not answer: ${reason}`, { cause });
        }
        if (status >= 200 && status < 300) continue;
        if (status >= 500 || [401, 403, 404, 408, 429].includes(status)) {
          const mend = status === 401 || status === 403 ? '; look at OPENLINEAGE_API_KEY' : '';
          throw new LineageUnavailable(`${target} answered ${status}${mend}: ${text}`);
        }
        throw new Error(`${target} refused an event of ${event.job.name} (${status}): ${text}`);
      }
    },
    close: () => Promise.resolve(),
  };
}
