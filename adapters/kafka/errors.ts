import { LogError } from './port.ts';
import type { LogErrorCode } from './port.ts';

/** What errors of kafkajs have, read without trusting that they have it. */
interface KafkaFailure {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly message?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
  /** `host:port`, and the code of Node's socket, in errors about connections. */
  readonly broker?: unknown;
  readonly code?: unknown;
}

const CODES: Readonly<Record<string, LogErrorCode>> = {
  MESSAGE_TOO_LARGE: 'too-large',
  RECORD_LIST_TOO_LARGE: 'too-large',
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown-topic',
  INVALID_TOPIC_EXCEPTION: 'unknown-topic',
  OFFSET_OUT_OF_RANGE: 'out-of-range',
};

/** The group is forming anew, or has done so without us: what is in hand will come again, perhaps to somebody else. */
const MEMBERSHIP_LOST = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
]);

export function isMembershipLost(error: unknown): boolean {
  return failures(error).some(({ type }) => typeof type === 'string' && MEMBERSHIP_LOST.has(type));
}

/** kafkajs wraps the error that matters in errors about retries, so the whole chain is looked at. */
export function toLogError(error: unknown, doing: string): LogError {
  if (error instanceof LogError) return error;
  const links = failures(error);
  const ours = links.find((link): link is LogError => link instanceof LogError);
  if (ours !== undefined) return new LogError(ours.code, `${doing}: ${ours.message}`, error);
  const known = links.find(({ type }) => typeof type === 'string' && type in CODES);
  const code =
    known !== undefined
      ? CODES[known.type as string]!
      : links.some((link) => link.retriable === true || isConnectionTrouble(link))
        ? 'unavailable'
        : 'refused';
  const message = String(links.at(-1)?.message ?? error);
  return new LogError(code, `${doing}: ${message}`, error);
}

function isConnectionTrouble({ name, message }: KafkaFailure): boolean {
  const byName =
    /^KafkaJS(NumberOfRetriesExceeded|Connection|RequestTimeout|Timeout|BrokerNotFound|NoBrokerAvailable|LockTimeout)/;
  // Some of kafkajs' errors about lost connections are plain ones, known by their text only.
  return byName.test(String(name)) || /not connected|disconnected|connection not/i.test(String(message));
}

/** The error and what caused it, outermost first. */
export function failures(error: unknown): KafkaFailure[] {
  const links: KafkaFailure[] = [];
  let link: unknown = error;
  while (typeof link === 'object' && link !== null && links.length < 10) {
    links.push(link);
    const { cause, errors } = link as KafkaFailure;
    link = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return links;
}
