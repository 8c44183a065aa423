/**
 * The least that a consumer of drift events can do: kafkajs, batches, JSON.parse, offsets committed by kafkajs itself. Its
 * fetches are as large as ingest's, `FETCH_BYTES` of a partition.
 */
import { Kafka, logLevel } from 'kafkajs';

const [brokers = '', topic = '', group = ''] = process.argv.slice(2);
const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'bare', logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({
  groupId: group,
  maxBytesPerPartition: Number(process.env['FETCH_BYTES']),
  maxBytes: 8 * Number(process.env['FETCH_BYTES']),
});
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: 6,
  eachBatch: async ({ batch }) => {
    for (const { value } of batch.messages) if (value !== null) JSON.parse(value.toString());
  },
});
