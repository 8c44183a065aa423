import type { KafkaSasl } from './settings.ts';

type OauthSettings = Extract<KafkaSasl, { mechanism: 'oauthbearer' }>;

const TOKEN_TIMEOUT_MS = 10_000;
/** A token is renewed this long before it ends, so that none runs out on its way. */
const RENEW_BEFORE_MS = 30_000;

/** Fetches bearer tokens by OAuth 2 client credentials (RFC 6749, section 4.4) and keeps one while it lasts. */
export function tokenProvider(settings: OauthSettings): () => Promise<{ value: string }> {
  let kept: { value: string; until: number } | undefined;
  return async () => {
    if (kept === undefined || Date.now() >= kept.until) kept = await fetchToken(settings);
    return { value: kept.value };
  };
}

async function fetchToken(settings: OauthSettings): Promise<{ value: string; until: number }> {
  const credentials = `${encodeURIComponent(settings.clientId)}:${encodeURIComponent(settings.clientSecret)}`;
  const response = await fetch(settings.tokenUrl, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(settings.scope === undefined ? {} : { scope: settings.scope }),
    }).toString(),
    signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS),
  });
  if (!response.ok)
    throw new Error(
      `KAFKA_SASL_OAUTH_TOKEN_URL answered ${response.status}; check client id, secret and scope`,
    );
  const body = (await response.json()) as { access_token?: unknown; expires_in?: unknown };
  if (typeof body.access_token !== 'string')
    throw new Error('KAFKA_SASL_OAUTH_TOKEN_URL answered without an access_token');
  const seconds = typeof body.expires_in === 'number' ? body.expires_in : 60;
  return { value: body.access_token, until: Date.now() + Math.max(0, seconds * 1000 - RENEW_BEFORE_MS) };
}
