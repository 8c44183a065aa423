export interface HeldLock {
  release: () => void;
  holder?: undefined;
}

export interface RefusedLock {
  release?: undefined;
  /** Process id of the living process that has the lock. */
  holder: number;
}

export function tryLock(file: string): HeldLock | RefusedLock;
export function takeLock(file: string, onWait: (holder: number) => void): Promise<HeldLock>;
