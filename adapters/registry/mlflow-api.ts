import { RegistryRefused, RegistryUnavailable } from './port.ts';

/** How MLflow's server is reached. */
export interface MlflowSettings {
  /** `http://host:port`, of a tracking server with a model registry. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string;
  /** For MLflow's own basic authentication. */
  readonly user?: { readonly name: string; readonly password: string };
  readonly timeoutMs?: number;
}

/** One call of MLflow's REST API 2.0: `path` below `/api/2.0/mlflow/`. */
export type MlflowCall = (
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

/** MLflow's error codes that callers ask for. */
export class MlflowError extends RegistryRefused {
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.name = 'MlflowError';
    this.errorCode = errorCode;
  }
}

const TIMEOUT_MS = 20_000;
const SHOWN = 300;

/**
 * Calls an MLflow server. Throws `RegistryUnavailable` when it does not answer, is in trouble (5xx, 429) or does not let us
 * in, and `MlflowError` for what it refuses.
 */
export function mlflowCall({ url, token, user, timeoutMs = TIMEOUT_MS }: MlflowSettings): MlflowCall {
  const base = url.replace(/\/+$/, '');
  const where = new URL(base).host;
  const authorization =
    token !== undefined
      ? `Bearer ${token}`
      : user !== undefined
        ? `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`
        : undefined;
  return async (method, path, body) => {
    const query = method === 'GET' ? `?${new URLSearchParams(texts(body)).toString()}` : '';
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${base}/api/2.0/mlflow/${path}${query}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      throw new RegistryUnavailable(`MLflow at ${where} did not answer: ${reasonOf(cause)}`, { cause });
    }
    const { status } = response;
    if (status === 401 || status === 403)
      throw new RegistryUnavailable(
        `MLflow at ${where} does not let us in (${status}); look at REGISTRY_TOKEN, or REGISTRY_USERNAME and REGISTRY_PASSWORD`,
      );
    if (status === 429 || status >= 500)
      throw new RegistryUnavailable(`MLflow at ${where} is in trouble (${status}): ${text.slice(0, SHOWN)}`);
    const answer = parsed(text);
    if (answer === undefined)
      throw new RegistryUnavailable(
        `${where} is no MLflow server: ${path} answered ${status} with ${text.slice(0, SHOWN) || 'nothing'}`,
      );
    if (!response.ok) {
      const { error_code: code = String(status), message = text.slice(0, SHOWN) } = answer;
      throw new MlflowError(String(code), `MLflow at ${where} refused ${path}: ${String(message)}`);
    }
    return answer;
  };
}

function texts(body: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, String(value)]));
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // a proxy's page, for one
  }
}

/** What fetch says is "fetch failed"; the reason is its cause's. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
