import type { NetworkFault } from '../../../contracts/schemas/faults.ts';

/** A fault of the proxy with its settings filled in. */
export interface ProxyFault {
  readonly kind: NetworkFault;
  /** Of the calls, more than 0 and up to 1. */
  readonly share: number;
  /** For `delay` every call's, for `jitter` the mean, in milliseconds. */
  readonly ms?: number;
  readonly bytesPerSecond?: number;
}
