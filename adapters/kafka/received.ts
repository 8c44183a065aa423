import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';
import type { ReceivedRecord } from './port.ts';

/** What kafkajs 2.2.4 keeps in a batch beside the `messages` of its type. */
interface BatchLists {
  readonly rawMessages?: unknown[];
  readonly messagesWithinOffset?: unknown[];
}

/**
 * The records of a batch, which has none afterwards. kafkajs keeps a batch as long as one of the functions that it gave with it, and
 * the one that commits is needed until all is settled: with slices of 8 MiB that was a third of the memory, and the collection of
 * what lived so long took a fifth of the time (`bench/drift-loop/throughput`).
 */
export function takeRecords(batch: Batch): ReceivedRecord[] {
  const { topic, partition } = batch;
  const records = batch.messages.map((message) => new Received(topic, partition, message));
  // Asked for once more when the last record is resolved, and made from the lists.
  const last = batch.lastOffset();
  batch.lastOffset = () => last;
  const { rawMessages, messagesWithinOffset } = batch as BatchLists;
  for (const list of [batch.messages, rawMessages, messagesWithinOffset]) list?.splice(0);
  return records;
}

/** A record whose headers become text when they are asked for, so that those of a large fetch are not all there at once. */
class Received implements ReceivedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  private readonly message: KafkaMessage;

  constructor(topic: string, partition: number, message: KafkaMessage) {
    this.topic = topic;
    this.partition = partition;
    this.offset = Number(message.offset);
    this.message = message;
  }

  get timestamp(): number {
    return Number(this.message.timestamp);
  }

  get key(): Buffer | null {
    return this.message.key;
  }

  get value(): Buffer | null {
    return this.message.value;
  }

  get headers(): Record<string, string> {
    return textHeaders(this.message.headers);
  }
}

function textHeaders(headers: IHeaders = {}): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last === undefined) continue;
    // A plain field like the others, where an assignment would replace the prototype.
    if (name === '__proto__') Object.defineProperty(texts, name, { ...plain, value: last.toString() });
    else texts[name] = last.toString();
  }
  return texts;
}

const plain = { writable: true, enumerable: true, configurable: true };
