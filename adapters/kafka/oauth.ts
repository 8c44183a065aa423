import type { Mechanism } from 'kafkajs';
import { LogError } from './port.ts';
import type { LogErrorCode } from './port.ts';
import type { KafkaSasl } from './settings.ts';

type OauthSettings = Extract<KafkaSasl, { mechanism: 'oauthbearer' }>;

const TOKEN_TIMEOUT_MS = 10_000;
/**
 * A token is renewed this long before it ends, so that none runs out on its way. kafkajs authenticates again 10 s before a session
 * ends, so brokers with `connections.max.reauth.ms` must leave sessions clearly longer than that.
 */
const RENEW_BEFORE_MS = 30_000;

/**
 * SASL OAUTHBEARER (RFC 7628) for kafkajs, in place of its own, which does not read what the broker answers: a token that was not
 * believed then looks like a broker that goes away.
 */
export function oauthMechanism(settings: OauthSettings): Mechanism {
  const token = tokenProvider(settings);
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      authenticate: async () => {
        const message = Buffer.from(`n,,\u0001auth=Bearer ${await token()}\u0001\u0001`);
        const challenge = await saslAuthenticate<string>({
          request: { encode: () => Buffer.concat([lengthOf(message), message]) },
          // An empty answer is a yes; a no is a challenge with the reason as JSON. Both come behind their length.
          response: { decode: (raw) => raw.subarray(4), parse: (raw) => raw.toString() },
        });
        if (challenge)
          throw Object.assign(
            new LogError('refused', `SASL OAUTHBEARER authentication failed: ${challenge}`),
            { retriable: false },
          );
      },
    }),
  };
}

function lengthOf(message: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(message.length);
  return length;
}

/** Fetches bearer tokens by OAuth 2 client credentials (RFC 6749, section 4.4) and keeps one while it lasts. */
function tokenProvider(settings: OauthSettings): () => Promise<string> {
  let kept: { value: string; until: number } | undefined;
  return async () => {
    if (kept === undefined || Date.now() >= kept.until) kept = await fetchToken(settings);
    return kept.value;
  };
}

async function fetchToken(settings: OauthSettings): Promise<{ value: string; until: number }> {
  const credentials = `${encodeURIComponent(settings.clientId)}:${encodeURIComponent(settings.clientSecret)}`;
  const form = {
    grant_type: 'client_credentials',
    ...(settings.scope === undefined ? {} : { scope: settings.scope }),
  };
  let response: Response;
  try {
    response = await fetch(settings.tokenUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
    });
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw noToken('unavailable', settings, `cannot be reached (${why})`, error);
  }
  if (!response.ok)
    throw noToken(
      response.status >= 500 || response.status === 429 ? 'unavailable' : 'refused',
      settings,
      `answered ${response.status}; check KAFKA_SASL_OAUTH_CLIENT_ID, KAFKA_SASL_OAUTH_CLIENT_SECRET and KAFKA_SASL_OAUTH_SCOPE`,
    );
  const body: unknown = await response.json().catch(() => undefined);
  const { access_token: token, expires_in: expiresIn } = Object(body) as Record<string, unknown>;
  if (typeof token !== 'string' || token === '')
    throw noToken(
      'refused',
      settings,
      'answered without an access_token: is it the address of a token endpoint?',
    );
  const seconds = typeof expiresIn === 'number' ? expiresIn : 60;
  return { value: token, until: Date.now() + Math.max(0, seconds * 1000 - RENEW_BEFORE_MS) };
}

/**
 * `retriable` is what kafkajs looks at. It would try again on the same connection, whose SASL state the broker then finds illegal;
 * we try again with a new one.
 */
function noToken(code: LogErrorCode, { tokenUrl }: OauthSettings, what: string, cause?: unknown): LogError {
  const error = new LogError(code, `KAFKA_SASL_OAUTH_TOKEN_URL: ${tokenUrl} ${what}`, cause);
  return Object.assign(error, { retriable: false });
}
