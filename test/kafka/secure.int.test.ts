// Proves, on a broker with TLS and SASL: each way in that README names works as users set it, by KAFKA_* variables; OAUTHBEARER tokens
// are renewed while a consumer goes on; and whoever is refused learns at once what, where, and which variable to mend.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectLog, kafkaSettings } from '../../adapters/kafka/index.ts';
import { newTopic, testLogger, until } from './broker.ts';
import { createAuthority } from './certificates.ts';
import type { Certificate } from './certificates.ts';
import { PASSWORD, SCOPE, USER, startSecureBroker } from './secure-broker.ts';
import type { SecureBroker } from './secure-broker.ts';

type Variables = Record<string, string>;

let broker: SecureBroker;
let client: Certificate;
let stranger: Certificate & { readonly authority: string };

beforeAll(async () => {
  broker = await startSecureBroker();
  client = broker.authority.issue('client');
  const other = createAuthority(broker.folder, 'other');
  stranger = { ...other.issue('stranger'), authority: other.cert };
});
afterAll(() => broker?.destroy());

const connect = (variables: Variables) => connectLog(kafkaSettings(variables), testLogger());

const password = (mechanism: string): Variables => ({
  KAFKA_BROKERS: broker.saslSsl,
  KAFKA_SSL_CA: broker.authority.cert,
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: USER,
  KAFKA_SASL_PASSWORD: PASSWORD,
});
const oauth = (): Variables => ({
  KAFKA_BROKERS: broker.saslSsl,
  KAFKA_SSL_CA: broker.authority.cert,
  KAFKA_SASL_MECHANISM: 'oauthbearer',
  KAFKA_SASL_OAUTH_TOKEN_URL: `${broker.tokens.url}/token`,
  KAFKA_SASL_OAUTH_CLIENT_ID: USER,
  KAFKA_SASL_OAUTH_CLIENT_SECRET: PASSWORD,
  KAFKA_SASL_OAUTH_SCOPE: SCOPE,
});
const certificate = (): Variables => ({
  KAFKA_BROKERS: broker.mutual,
  KAFKA_SSL_CA: broker.authority.cert,
  KAFKA_SSL_CERT: client.cert,
  KAFKA_SSL_KEY: client.key,
});

test.each([
  ['PLAIN', () => password('plain')],
  ['SCRAM-SHA-256', () => password('scram-sha-256')],
  ['SCRAM-SHA-512', () => password('SCRAM-SHA-512')],
  ['OAUTHBEARER', oauth],
  ['a client certificate', certificate],
])('%s: what is published comes back', async (_name, variables) => {
  const log = await connect(variables());
  const topic = await newTopic(log, 1);
  await log.publish(topic, [{ key: 'k', value: 'over TLS' }]);
  const values: string[] = [];
  await log.readRange({ topic, from: { 0: 0 } }, (records) => {
    values.push(...records.map(({ value }) => String(value)));
  });
  await log.close();
  expect(values).toEqual(['over TLS']);
});

test('a consumer outlives its token: both sides authenticate anew, and nothing is lost', async () => {
  const log = await connect(oauth());
  const topic = await newTopic(log, 1);
  const seen: string[] = [];
  const consumption = await log.consume({ group: randomUUID(), topics: [topic] }, async ({ records }) => {
    seen.push(...records.map(({ value }) => String(value)));
    return { kind: 'done' };
  });
  const before = broker.tokens.issued;
  const began = Date.now();
  let sent = 0;
  // Longer than the session that the first token opened; the broker would have closed it.
  await until('sessions have ended and begun again', async () => {
    await log.publish(topic, [{ key: 'k', value: String(sent++) }]);
    return Date.now() - began > broker.sessionMs && broker.tokens.issued > before;
  });
  await until('everything has come', () => seen.length === sent);
  expect(seen).toEqual(Array.from({ length: sent }, (_, one) => String(one)));
  expect(consumption.health()).toMatchObject({ ok: true });
  await log.close();
});

const refusals: [what: string, variables: () => Variables, words: RegExp][] = [
  [
    'a wrong password for PLAIN',
    () => ({ ...password('plain'), KAFKA_SASL_PASSWORD: 'wrong' }),
    /127\.0\.0\.1:\d+ did not accept user 'seatrial' by plain .*check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD/,
  ],
  [
    'a wrong password for SCRAM',
    () => ({ ...password('scram-sha-256'), KAFKA_SASL_PASSWORD: 'wrong' }),
    /did not accept user 'seatrial' by scram-sha-256 .*KAFKA_SASL_PASSWORD/,
  ],
  [
    'an unknown user',
    () => ({ ...password('scram-sha-512'), KAFKA_SASL_USERNAME: 'nobody' }),
    /did not accept user 'nobody' by scram-sha-512 .*KAFKA_SASL_USERNAME/,
  ],
  [
    'a wrong client secret',
    () => ({ ...oauth(), KAFKA_SASL_OAUTH_CLIENT_SECRET: 'wrong' }),
    /KAFKA_SASL_OAUTH_TOKEN_URL: http:\S+ answered 401; check KAFKA_SASL_OAUTH_CLIENT_ID/,
  ],
  [
    'an address that issues no tokens',
    () => ({ ...oauth(), KAFKA_SASL_OAUTH_TOKEN_URL: `${broker.tokens.url}/jwks` }),
    /KAFKA_SASL_OAUTH_TOKEN_URL: http:\S+ answered without an access_token/,
  ],
  [
    'a token that the broker does not believe',
    () => ({ ...oauth(), KAFKA_SASL_OAUTH_TOKEN_URL: `${broker.tokens.url}/forged` }),
    /did not accept the token for 'seatrial' .*check KAFKA_SASL_OAUTH_TOKEN_URL/,
  ],
  [
    'another authority',
    () => ({ ...password('plain'), KAFKA_SSL_CA: stranger.authority }),
    /127\.0\.0\.1:\d+ shows a certificate that is not trusted .*KAFKA_SSL_CA must name/,
  ],
  [
    'no authority',
    () => ({ ...password('plain'), KAFKA_SSL_CA: '', KAFKA_SSL: 'true' }),
    /not trusted .*KAFKA_SSL_CA must name/,
  ],
  [
    'a client certificate of another authority',
    () => ({ ...certificate(), KAFKA_SSL_CERT: stranger.cert, KAFKA_SSL_KEY: stranger.key }),
    /did not accept our certificate; KAFKA_SSL_CERT and KAFKA_SSL_KEY must name/,
  ],
  [
    'no client certificate where one is asked for',
    () => ({ KAFKA_BROKERS: broker.mutual, KAFKA_SSL_CA: broker.authority.cert }),
    /did not accept our certificate; KAFKA_SSL_CERT/,
  ],
  [
    'SASL at a port without it',
    () => ({
      ...certificate(),
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
    }),
    /has no SASL on this port; .*KAFKA_SASL_MECHANISM/,
  ],
];

test.each(refusals)('%s is refused in words that say what to mend', async (_what, variables, words) => {
  const refused = connect(variables());
  await expect(refused).rejects.toMatchObject({ name: 'LogError', code: 'refused', retryable: false });
  await expect(refused).rejects.toThrow(words);
});

test('no SASL where it is expected looks like a broker that is away, and the error says both', async () => {
  const refused = connect({ KAFKA_BROKERS: broker.saslSsl, KAFKA_SSL_CA: broker.authority.cert });
  await expect(refused).rejects.toThrow(/closes the connection; if it expects SASL set KAFKA_SASL_MECHANISM/);
});

test('files that are no certificates, or do not belong together, are named before anything is asked', () => {
  const noPem = join(broker.folder, 'server.properties');
  expect(() => kafkaSettings({ ...certificate(), KAFKA_SSL_CA: noPem })).toThrow(
    /KAFKA_SSL_CA: '\S+' holds no certificate/,
  );
  expect(() => kafkaSettings({ ...certificate(), KAFKA_SSL_KEY: stranger.key })).toThrow(
    /KAFKA_SSL_CERT and KAFKA_SSL_KEY: .* do not belong together/,
  );
});
