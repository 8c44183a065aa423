import { Kafka, Partitioners, logLevel } from 'kafkajs';
import type {
  ConsumerConfig,
  ICustomPartitioner,
  KafkaConfig,
  Message,
  ProducerConfig,
  logCreator,
} from 'kafkajs';
import type { Logger } from '../log.ts';
import { oauthMechanism } from './oauth.ts';
import type { KafkaSasl, KafkaSettings } from './settings.ts';

/**
 * The settings of kafkajs 2.2.4, each with its reason. All retry fields are given, because kafkajs takes other defaults
 * when NODE_ENV is `test`.
 */

/** 0.3 s doubling to 5 s, 24 s in all: outlives a broker's restart, and ends before callers give up on us. */
const retry = { initialRetryTime: 300, factor: 0.2, multiplier: 2, maxRetryTime: 5_000, retries: 8 };

/** Fetched of one partition at a time, unless a reader says otherwise. */
export const PARTITION_BYTES = 1_048_576;

export const consumerTimes = {
  /** A member that died is noticed after this; its partitions are blind until then. Brokers refuse less than 6 s. */
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 2_000,
  /** Longest time that a rebalance waits for a member that is still busy with a slice. */
  rebalanceTimeoutMs: 60_000,
  /** Longest wait of one fetch, so also the longest delay until a resumed partition is asked for. */
  maxWaitMs: 500,
} as const;

export function createKafka(
  settings: KafkaSettings,
  log: Logger,
  { retries = retry.retries }: { readonly retries?: number } = {},
): Kafka {
  const config: KafkaConfig = {
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    // To a machine that is gone: its packets get no answer at all.
    connectionTimeout: 5_000,
    // An identity provider may have to be asked first.
    authenticationTimeout: 10_000,
    // A broker that is frozen keeps its connections open. Longer than any answer that it may rightly hold back: a fetch
    // waits half a second; only a join waits longer, and kafkajs gives that the rebalance timeout on top.
    requestTimeout: 30_000,
    retry: { ...retry, retries },
    logLevel: logLevel.INFO,
    logCreator: logThrough(log),
    ...(settings.ssl === undefined ? {} : { ssl: { ...settings.ssl } }),
    ...(settings.sasl === undefined ? {} : { sasl: sasl(settings.sasl) }),
  };
  return new Kafka(config);
}

export function producerConfig(): ProducerConfig {
  return {
    // The broker drops what we send twice after a lost answer. kafkajs keeps order only with one request in flight.
    idempotent: true,
    maxInFlightRequests: 1,
    // A mistyped topic is an error here, not a topic with the broker's defaults.
    allowAutoTopicCreation: false,
    createPartitioner: steadyPartitioner,
    // kafkajs warns that limited retries spoil idempotence: a later record could reuse a sequence number that the broker
    // has already seen. So the producer that gave up is thrown away (producer.ts).
    retry,
  };
}

export function consumerConfig(
  groupId: string,
  mayRestart: () => boolean,
  partitionBytes = PARTITION_BYTES,
): ConsumerConfig {
  return {
    groupId,
    sessionTimeout: consumerTimes.sessionTimeoutMs,
    heartbeatInterval: consumerTimes.heartbeatIntervalMs,
    rebalanceTimeout: consumerTimes.rebalanceTimeoutMs,
    maxWaitTimeInMs: consumerTimes.maxWaitMs,
    // What one partition and one fetch may hold in memory; a single larger record still comes through.
    maxBytesPerPartition: partitionBytes,
    maxBytes: 8 * partitionBytes,
    allowAutoTopicCreation: false,
    // What a producer wrote in a transaction and took back is not a drift event.
    readUncommitted: false,
    // Evaluated after a crash, when a stop may have come meanwhile: kafkajs would otherwise restart a stopped consumer.
    retry: { ...retry, restartOnFailure: () => Promise.resolve(mayRestart()) },
  };
}

/**
 * Java's murmur2, so that a key is in the same partition for every client. Records without a key are spread in turn, and
 * each keeps its partition when kafkajs tries again: otherwise a retry moves it, the sequence numbers of idempotence no
 * longer match, and the broker drops another record as a duplicate.
 */
const steadyPartitioner: ICustomPartitioner = () => {
  const byKey = Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<Message, number>();
  let turn = 0;
  return (args) => {
    const { message, partitionMetadata } = args;
    if (message.key !== null && message.key !== undefined) return byKey(args);
    const known = chosen.get(message);
    if (known !== undefined) return known;
    const partition = partitionMetadata[turn++ % partitionMetadata.length]!.partitionId;
    chosen.set(message, partition);
    return partition;
  };
};

function sasl(settings: KafkaSasl): NonNullable<KafkaConfig['sasl']> {
  if (settings.mechanism === 'oauthbearer') return oauthMechanism(settings);
  const { username, password } = settings;
  // One object literal for each, since the type of kafkajs ties the mechanism to its fields.
  if (settings.mechanism === 'plain') return { mechanism: 'plain', username, password };
  if (settings.mechanism === 'scram-sha-256') return { mechanism: 'scram-sha-256', username, password };
  return { mechanism: 'scram-sha-512', username, password };
}

/** kafkajs calls errors what it then retries, so its levels go down by one; what matters is logged by us. */
function logThrough(log: Logger): logCreator {
  return () =>
    ({ namespace, level, log: { message, ...rest } }) => {
      const { timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = rest;
      const entry = { kafkajs: namespace, ...fields };
      if (level === logLevel.ERROR) log.warn(entry, message);
      else if (level === logLevel.WARN) log.info(entry, message);
      else log.debug(entry, message);
    };
}
