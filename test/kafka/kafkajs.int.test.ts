// Proves that our adapter of kafkajs keeps every promise of the port, on a real broker that is killed, frozen and left by its
// members: the conformance suite that any other client would have to pass.
import { conformance } from './conformance/index.ts';
import { makeLog } from './kafkajs-log.ts';

conformance(makeLog, new URL('./kafkajs-log.ts', import.meta.url).href);
