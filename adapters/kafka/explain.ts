import { failures } from './errors.ts';
import type { KafkaSettings } from './settings.ts';

/** Why Kafka and our settings do not fit, in words that name the setting to mend. */
export interface Mismatch {
  /** False when the same may also be a broker that is just starting or ending. */
  readonly certain: boolean;
  readonly words: string;
}

/** Codes of Node's TLS for a broker's certificate that it does not believe. */
const NOT_TRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;
/** What the broker answers to ours: alerts of TLS, as OpenSSL names them. */
const OURS_REFUSED = /alert (bad certificate|certificate (unknown|required|expired|revoked)|unknown ca)/i;

/** Reads a failed connection as a mismatch of settings; undefined when it is none that we know. */
export function mismatch(error: unknown, settings: KafkaSettings): Mismatch | undefined {
  const links = failures(error);
  const message = links.map((link) => String(link.message)).join(' | ');
  const where = String(
    links.find(({ broker }) => broker !== undefined)?.broker ?? settings.brokers.join(','),
  );
  const why = String(links.at(-1)?.message ?? error)
    .replace(/^(Connection error|Failed to connect): /, '')
    .trim();
  const certain = (words: string): Mismatch => ({ certain: true, words: `${where} ${words}` });
  const perhaps = (words: string): Mismatch => ({ certain: false, words: `${where} ${words}` });

  const untrusted = links.find(({ code }) => typeof code === 'string' && NOT_TRUSTED.test(code));
  if (untrusted?.code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return certain(
      `shows a certificate of another name (${why}); write in KAFKA_BROKERS a name that the certificate has`,
    );
  if (untrusted !== undefined)
    return certain(
      `shows a certificate that is not trusted (${why}); KAFKA_SSL_CA must name the PEM file of the authority that issued it`,
    );
  if (OURS_REFUSED.test(message))
    return certain(
      'did not accept our certificate; KAFKA_SSL_CERT and KAFKA_SSL_KEY must name one that an authority of the broker issued',
    );
  const mechanism = settings.sasl?.mechanism;
  if (/mechanism is not supported|UNSUPPORTED_SASL_MECHANISM/i.test(message))
    return certain(`does not offer ${mechanism}; set KAFKA_SASL_MECHANISM to one that it does`);
  if (/current SASL state/i.test(message))
    return certain(
      'has no SASL on this port; name its SASL port in KAFKA_BROKERS, or unset KAFKA_SASL_MECHANISM',
    );
  if (/SASL .*authentication failed/i.test(message))
    return certain(
      settings.sasl?.mechanism === 'oauthbearer'
        ? `did not accept the token for '${settings.sasl.clientId}' (${why}); its issuer, audience and scope must be those that the broker expects: check KAFKA_SASL_OAUTH_TOKEN_URL and KAFKA_SASL_OAUTH_SCOPE`
        : `did not accept user '${settings.sasl?.username}' by ${mechanism} (${why}); check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`,
    );
  if (/disconnected before secure TLS|wrong version number|packet length too long/i.test(message))
    return perhaps(
      'does not answer by TLS; unset KAFKA_SSL and KAFKA_SSL_CA, or name its TLS port in KAFKA_BROKERS',
    );
  if (/Closed connection/i.test(message) && mechanism === undefined)
    return perhaps(
      settings.ssl === undefined
        ? 'closes the connection; if it expects TLS set KAFKA_SSL=true, if it expects SASL set KAFKA_SASL_MECHANISM'
        : 'closes the connection; if it expects SASL set KAFKA_SASL_MECHANISM',
    );
  return undefined;
}
