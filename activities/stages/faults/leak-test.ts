import { leakSlope, type MemorySample } from '../../../domain/resilience/index.ts';
import { makeCalls, type Target } from './load.ts';
import { residentMemory } from './memory.ts';

/** Memory of the serving process under steady load. */
export interface MemoryFacts {
  readonly samples: readonly MemorySample[];
  /** MiB for 1,000 requests; null when it could not be measured. */
  readonly leak: number | null;
}

const BLOCKS = 15;

/** Asks straight, block by block, and reads the process's memory after each. */
export async function testForLeaks(
  target: Target,
  pid: number,
  requests: number,
  concurrency: number,
  onShare: (share: number) => void,
): Promise<MemoryFacts> {
  const samples: MemorySample[] = [];
  const calls = Math.ceil(requests / BLOCKS);
  for (let block = 0; block < BLOCKS; block++) {
    await makeCalls(target, { name: `memory-${block}`, calls, concurrency });
    const mebibytes = await residentMemory(pid);
    if (mebibytes === null) break; // the process is gone, or this system does not say
    samples.push({ requests: (block + 1) * calls, mebibytes });
    onShare((block + 1) / BLOCKS);
  }
  return { samples, leak: samples.length < BLOCKS ? null : leakSlope(samples) };
}
