import { connectLog } from '../../adapters/kafka/index.ts';
import { testLogger } from './broker.ts';
import type { MakeLog } from './conformance/world.ts';

/** Our adapter of kafkajs, as the conformance suite takes a client. */
export const makeLog: MakeLog = (brokers) =>
  connectLog({ brokers: [...brokers], clientId: 'conformance' }, testLogger());
