import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An identity provider as small as OAuth 2 client credentials allow: `/token` issues signed JWTs, `/jwks` has the public
 * key, and `/forged` issues JWTs that another key signed.
 */
export interface TokenServer {
  readonly url: string;
  readonly issuer: string;
  readonly audience: string;
  /** Tokens issued so far. */
  readonly issued: number;
  close(): Promise<void>;
}

export interface TokenServerOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string;
  /** How long a token holds. */
  readonly seconds: number;
}

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const forger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const kid = randomUUID();
  const [issuer, audience] = ['https://issuer.example', 'kafka'];
  let issued = 0;
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.url === '/jwks') {
      const jwk = publicKey.export({ format: 'jwk' });
      return answer(200, { keys: [{ ...jwk, kid, use: 'sig', alg: 'RS256' }] });
    }
    let form = '';
    request.on('data', (part: Buffer) => (form += part.toString()));
    request.on('end', () => {
      const words = new URLSearchParams(form);
      // RFC 6749, 2.3.1: both are form-encoded before they become Basic credentials.
      const basic = Buffer.from((request.headers.authorization ?? '').slice('Basic '.length), 'base64');
      const [id, secret] = basic.toString().split(':').map(decodeURIComponent);
      if (id !== options.clientId || secret !== options.clientSecret)
        return answer(401, { error: 'invalid_client' });
      if (words.get('grant_type') !== 'client_credentials' || words.get('scope') !== options.scope)
        return answer(400, { error: 'invalid_scope' });
      issued++;
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: issuer,
        aud: audience,
        sub: options.clientId,
        scope: options.scope,
        iat: now,
        exp: now + options.seconds,
      };
      const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const unsigned = `${part({ alg: 'RS256', typ: 'JWT', kid })}.${part(claims)}`;
      const signature = createSign('RSA-SHA256')
        .update(unsigned)
        .sign(request.url === '/forged' ? forger : privateKey)
        .toString('base64url');
      answer(200, {
        access_token: `${unsigned}.${signature}`,
        token_type: 'Bearer',
        expires_in: options.seconds,
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    issuer,
    audience,
    get issued() {
      return issued;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
