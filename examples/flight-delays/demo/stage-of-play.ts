import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Services } from '../../../stack/services.ts';
import type { ClosedWindow } from '../../../domain/drift/monitor/index.ts';
import type { ModelState } from '../../../domain/model/index.ts';
import { modelWorkflowId } from '../../../contracts/ids.ts';

/** Asks again and again until there is an answer; fails with what it waited for. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | null | undefined>,
  seconds = 120,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`);
    await sleep(200);
  }
}

export function modelStateOf(client: Client, model: string): Promise<ModelState> {
  return client.workflow.getHandle(modelWorkflowId(model)).query<ModelState>('state');
}

/** Performance windows that the monitor has closed so far. */
export async function closedWindows(services: Services, model: string): Promise<ClosedWindow[]> {
  const { health } = services.get('monitor');
  const response = await fetch(health.replace(/\/health$/, `/windows?model=${model}`));
  const { windows } = (await response.json()) as { windows: ClosedWindow[] };
  return windows.filter(({ part }) => part === 'performance');
}
