import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KAFKA_JVM, kafkaProgram } from '../../stack/parts/kafka.ts';
import { freePort } from '../../stack/ports.ts';
import { startProcess } from '../../stack/process.ts';
import { versions } from '../../stack/versions.ts';
import { createAuthority, pemValue } from './certificates.ts';
import type { Authority } from './certificates.ts';
import { startTokenServer } from './token-server.ts';
import type { TokenServer } from './token-server.ts';

export const USER = 'seatrial';
/** With characters that a badly quoted command or form would lose. */
export const PASSWORD = 'p&ss w=rd';
export const SCOPE = 'kafka.write';

/**
 * A broker as careful operators run one. `SASL_SSL` takes PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER, whose tokens the
 * broker checks against the identity provider's published keys; `MUTUAL` asks for a client certificate; `PLAINTEXT` is for itself.
 */
export interface SecureBroker {
  readonly saslSsl: string;
  readonly mutual: string;
  readonly plaintext: string;
  readonly authority: Authority;
  readonly tokens: TokenServer;
  readonly folder: string;
  /** How long the broker keeps a session of SASL_SSL that does not authenticate again. */
  readonly sessionMs: number;
  destroy(): Promise<void>;
}

const HOST = '127.0.0.1';
const LOGIN_MODULES = 'org.apache.kafka.common.security';
/** A session ends after this unless the client authenticates again, which kafkajs does 10 s before. */
const SESSION_MS = 12_000;

export async function startSecureBroker(): Promise<SecureBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-secure-'));
  const authority = createAuthority(folder, 'authority');
  const tokens = await startTokenServer({
    clientId: USER,
    clientSecret: PASSWORD,
    scope: SCOPE,
    seconds: 13,
  });
  const ports = { plaintext: await freePort(), saslSsl: await freePort(), mutual: await freePort() };
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, await serverProperties(folder, ports, authority, tokens));
  const { java, classPath } = kafkaProgram();
  mkdirSync(join(folder, 'log'));
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${USER},password=${PASSWORD}]`,
  ]);
  const format = ['-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.tools.StorageTool', 'format'];
  const clusterId = randomBytes(16).toString('base64url');
  execFileSync(java, [...format, '-t', clusterId, '-c', properties, ...users], { stdio: 'pipe' });
  const broker = await startProcess({
    name: 'Kafka',
    command: java,
    args: [
      ...KAFKA_JVM,
      // Since 4.0 the broker fetches keys only from addresses that its operator names.
      `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokens.url}/jwks`,
      '-cp',
      classPath,
      'kafka.Kafka',
      properties,
    ],
    log: join(folder, 'broker.log'),
    ready: () => accepts(ports.mutual),
  });
  const at = (port: number): string => `${HOST}:${port}`;
  return {
    saslSsl: at(ports.saslSsl),
    mutual: at(ports.mutual),
    plaintext: at(ports.plaintext),
    authority,
    tokens,
    folder,
    sessionMs: SESSION_MS,
    destroy: async () => {
      await broker.stop();
      await tokens.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serverProperties(
  folder: string,
  ports: { readonly plaintext: number; readonly saslSsl: number; readonly mutual: number },
  authority: Authority,
  tokens: TokenServer,
): Promise<string> {
  const server = authority.issue('broker');
  const controller = `${HOST}:${await freePort()}`;
  const ours = `PLAINTEXT://${HOST}:${ports.plaintext},SASL_SSL://${HOST}:${ports.saslSsl},MUTUAL://${HOST}:${ports.mutual}`;
  const sasl = (mechanism: string, setting: string): string =>
    `listener.name.sasl_ssl.${mechanism}.sasl.${setting}`;
  const validator = `${LOGIN_MODULES}.oauthbearer.OAuthBearerValidatorCallbackHandler`;
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `${ours},CONTROLLER://${controller}`,
    'advertised.listeners': ours,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
    'log.dirs': join(folder, 'log'),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': pemValue(server.cert, authority.cert),
    'ssl.keystore.key': pemValue(server.key),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': pemValue(authority.cert),
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.sasl_ssl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'listener.name.sasl_ssl.connections.max.reauth.ms': String(SESSION_MS),
    [sasl('plain', 'jaas.config')]:
      `${LOGIN_MODULES}.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`,
    [sasl('scram-sha-256', 'jaas.config')]: `${LOGIN_MODULES}.scram.ScramLoginModule required;`,
    [sasl('scram-sha-512', 'jaas.config')]: `${LOGIN_MODULES}.scram.ScramLoginModule required;`,
    [sasl('oauthbearer', 'jaas.config')]: `${LOGIN_MODULES}.oauthbearer.OAuthBearerLoginModule required;`,
    [sasl('oauthbearer', 'server.callback.handler.class')]: validator,
    [sasl('oauthbearer', 'oauthbearer.jwks.endpoint.url')]: `${tokens.url}/jwks`,
    [sasl('oauthbearer', 'oauthbearer.expected.audience')]: tokens.audience,
    [sasl('oauthbearer', 'oauthbearer.expected.issuer')]: tokens.issuer,
    ...versions.kafkaSettings,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
