// Proves that Kafka's settings are read from the environment as users set them, and that a wrong one is named.
import { expect, test } from 'vitest';
import { kafkaSettings } from '../../adapters/kafka/index.ts';
import { toLogError } from '../../adapters/kafka/errors.ts';

test('without an environment it is the broker of this machine', () => {
  expect(kafkaSettings({})).toEqual({ brokers: ['127.0.0.1:9092'], clientId: 'seatrial' });
});

test('brokers are a list, spaces allowed', () => {
  expect(kafkaSettings({ KAFKA_BROKERS: 'a:9092, b.example:9093,', KAFKA_CLIENT_ID: 'me' })).toEqual({
    brokers: ['a:9092', 'b.example:9093'],
    clientId: 'me',
  });
});

test('SCRAM over TLS with the system authorities', () => {
  const settings = kafkaSettings({
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: 'u',
    KAFKA_SASL_PASSWORD: 'p',
  });
  expect(settings.ssl).toEqual({});
  expect(settings.sasl).toEqual({ mechanism: 'scram-sha-512', username: 'u', password: 'p' });
});

test('OAUTHBEARER takes client credentials', () => {
  expect(
    kafkaSettings({
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_SASL_OAUTH_TOKEN_URL: 'https://idp.example/token',
      KAFKA_SASL_OAUTH_CLIENT_ID: 'id',
      KAFKA_SASL_OAUTH_CLIENT_SECRET: 'secret',
    }).sasl,
  ).toEqual({
    mechanism: 'oauthbearer',
    tokenUrl: 'https://idp.example/token',
    clientId: 'id',
    clientSecret: 'secret',
  });
});

test.each([
  ['KAFKA_BROKERS', { KAFKA_BROKERS: 'nonsense' }],
  ['KAFKA_BROKERS', { KAFKA_BROKERS: ',' }],
  ['KAFKA_SSL', { KAFKA_SSL: 'yes' }],
  ['KAFKA_SSL_CA', { KAFKA_SSL_CA: '/no/such/file.pem' }],
  ['KAFKA_SSL_CERT and KAFKA_SSL_KEY', { KAFKA_SSL: 'true', KAFKA_SSL_CERT: 'cert.pem' }],
  ['KAFKA_SASL_MECHANISM', { KAFKA_SASL_MECHANISM: 'kerberos' }],
  ['KAFKA_SASL_PASSWORD', { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' }],
])('names %s when it is wrong', (name, env) => {
  expect(() => kafkaSettings(env)).toThrow(name);
});

test.each([
  ['unavailable', { name: 'KafkaJSConnectionError', retriable: true }],
  ['unavailable', { name: 'Error', message: 'Broker not connected' }],
  [
    'unavailable',
    {
      name: 'KafkaJSNonRetriableError',
      retriable: false,
      cause: { name: 'KafkaJSConnectionError', retriable: true },
    },
  ],
  ['too-large', { name: 'KafkaJSNonRetriableError', cause: { type: 'MESSAGE_TOO_LARGE' } }],
  [
    'unknown-topic',
    {
      name: 'KafkaJSNumberOfRetriesExceeded',
      cause: { type: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: true },
    },
  ],
  ['refused', { name: 'KafkaJSProtocolError', type: 'TOPIC_AUTHORIZATION_FAILED', retriable: false }],
])('reads a failure of the library as %s', (code, failure) => {
  expect(toLogError(failure, 'test')).toMatchObject({ code, retryable: code === 'unavailable' });
});
