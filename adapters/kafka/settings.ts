import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

export type KafkaSasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | {
      readonly mechanism: 'oauthbearer';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope?: string;
    };

export interface KafkaSsl {
  /** PEM texts. Without `ca` the system's authorities are trusted. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: KafkaSsl;
  readonly sasl?: KafkaSasl;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads how to reach Kafka: `KAFKA_BROKERS` (`host:port,host:port`; 127.0.0.1:9092 when not set), `KAFKA_CLIENT_ID`;
 * `KAFKA_SSL=true` with `KAFKA_SSL_CA`, `KAFKA_SSL_CERT`, `KAFKA_SSL_KEY` (paths of PEM files);
 * `KAFKA_SASL_MECHANISM` (`plain`, `scram-sha-256`, `scram-sha-512`) with `KAFKA_SASL_USERNAME` and `KAFKA_SASL_PASSWORD`, or
 * `oauthbearer` with `KAFKA_SASL_OAUTH_TOKEN_URL`, `KAFKA_SASL_OAUTH_CLIENT_ID`, `KAFKA_SASL_OAUTH_CLIENT_SECRET` and, if
 * wanted, `KAFKA_SASL_OAUTH_SCOPE` (OAuth 2 client credentials). Throws an Error that names the variable to mend.
 */
export function kafkaSettings(env: Environment): KafkaSettings {
  const brokers = (env['KAFKA_BROKERS'] ?? '127.0.0.1:9092')
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '');
  const wrong = brokers.find((broker) => !/^.+:\d{1,5}$/.test(broker));
  if (brokers.length === 0 || wrong !== undefined)
    throw new Error(`KAFKA_BROKERS: '${wrong ?? ''}' is not host:port; write host:port,host:port`);
  const ssl = sslSettings(env);
  const sasl = saslSettings(env);
  return {
    brokers,
    clientId: env['KAFKA_CLIENT_ID'] ?? 'seatrial',
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function sslSettings(env: Environment): KafkaSsl | undefined {
  const files = { ca: env['KAFKA_SSL_CA'], cert: env['KAFKA_SSL_CERT'], key: env['KAFKA_SSL_KEY'] };
  const named = Object.entries(files).filter((entry): entry is [string, string] => !!entry[1]);
  const wanted = env['KAFKA_SSL'];
  if (wanted !== undefined && !['true', 'false', ''].includes(wanted))
    throw new Error(`KAFKA_SSL: '${wanted}' is neither true nor false`);
  if (wanted !== 'true') {
    if (named.length === 0 || wanted === 'false') return undefined;
  }
  if (!files.cert !== !files.key)
    throw new Error('KAFKA_SSL_CERT and KAFKA_SSL_KEY come together: set both or none');
  const ssl: KafkaSsl = Object.fromEntries(
    named.map(([name, path]) => [name, readPem(`KAFKA_SSL_${name.toUpperCase()}`, path)]),
  );
  // Node would ignore an authority that is no certificate, and kafkajs would try a key that does not fit again and again.
  requireCertificate('KAFKA_SSL_CA', files.ca, ssl.ca);
  requireCertificate('KAFKA_SSL_CERT', files.cert, ssl.cert);
  try {
    createSecureContext(ssl);
  } catch (error) {
    throw new Error(
      `KAFKA_SSL_CERT and KAFKA_SSL_KEY: '${files.cert}' and '${files.key}' do not belong together, or the key is not an unencrypted PEM key`,
      { cause: error },
    );
  }
  return ssl;
}

function requireCertificate(variable: string, path: string | undefined, pem: string | undefined): void {
  if (pem === undefined) return;
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new Error(`${variable}: '${path}' holds no certificate; give the path of a PEM file`, {
      cause: error,
    });
  }
}

function readPem(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${variable}: cannot read '${path}'; give the path of a PEM file`, { cause: error });
  }
}

function saslSettings(env: Environment): KafkaSasl | undefined {
  const mechanism = env['KAFKA_SASL_MECHANISM']?.toLowerCase();
  const required = (name: string): string => {
    const value = env[name];
    if (!value) throw new Error(`${name} is missing; KAFKA_SASL_MECHANISM=${mechanism} needs it`);
    return value;
  };
  switch (mechanism) {
    case undefined:
    case '':
      return undefined;
    case 'plain':
    case 'scram-sha-256':
    case 'scram-sha-512':
      return {
        mechanism,
        username: required('KAFKA_SASL_USERNAME'),
        password: required('KAFKA_SASL_PASSWORD'),
      };
    case 'oauthbearer': {
      const scope = env['KAFKA_SASL_OAUTH_SCOPE'];
      return {
        mechanism,
        tokenUrl: required('KAFKA_SASL_OAUTH_TOKEN_URL'),
        clientId: required('KAFKA_SASL_OAUTH_CLIENT_ID'),
        clientSecret: required('KAFKA_SASL_OAUTH_CLIENT_SECRET'),
        ...(scope ? { scope } : {}),
      };
    }
    default:
      throw new Error(
        `KAFKA_SASL_MECHANISM: '${mechanism}' is not known; use plain, scram-sha-256, scram-sha-512 or oauthbearer`,
      );
  }
}
