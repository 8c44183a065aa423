import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LoadVersion, TrafficStatus } from '../../contracts/gateway.ts';
import type { Signature } from '../../contracts/plan.ts';

/** What is served for a model when no model can answer; taken from the version that was loaded last. */
export interface DeclaredAnswer {
  readonly score: number;
  readonly threshold: number;
  readonly signature: Signature;
}

/** A change that was applied, so that it is known when it comes again. */
export interface AppliedChange {
  readonly changeId: string;
  /** SHA-256 of what it asked for: one id can never mean two things. */
  readonly sha256: string;
}

export interface ModelState {
  readonly versions: Readonly<Record<string, LoadVersion>>;
  readonly declared: DeclaredAnswer;
  readonly traffic: TrafficStatus;
  readonly applied: readonly AppliedChange[];
}

/** Everything that must survive a crash of the gateway. */
export interface GatewayState {
  readonly schema: 1;
  readonly models: Readonly<Record<string, ModelState>>;
}

export const EMPTY_STATE: GatewayState = { schema: 1, models: {} };

/** Reads the state; a file that is not there is the empty state, and one that cannot be understood is an error. */
export async function readState(path: string): Promise<GatewayState> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return EMPTY_STATE;
    throw error;
  }
  const state = JSON.parse(text) as Partial<GatewayState>;
  if (state.schema !== 1 || typeof state.models !== 'object') {
    throw new Error(
      `${path} is not a gateway's state of schema 1. Move it away to start empty, or run the release that wrote it.`,
    );
  }
  return state as GatewayState;
}

/** Replaces the state in one step: after a crash there is the old one or the new one, whole. One writer at a time. */
export async function writeState(path: string, state: GatewayState): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.next`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(`${JSON.stringify(state, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
