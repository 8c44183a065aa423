/** What OpenLineage's own Python client says of run events. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { RunEvent } from '../../contracts/openlineage.ts';
import { installedProgram } from '../../stack/installed.ts';

/** For each event `ok`, or what is wrong with it. */
export async function judged(events: readonly unknown[]): Promise<string[]> {
  const python = installedProgram('mlflowPython').path;
  const child = spawn(python, ['-I', join(import.meta.dirname, 'judge.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [said, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  child.stdin.end(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`judge.py ended with ${code}: ${errors}`);
  return said
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string);
}

/** `job TYPE`, in order. */
export const heard = (events: readonly RunEvent[]): string[] =>
  events.map(({ job, eventType }) => `${job.name} ${eventType}`);
