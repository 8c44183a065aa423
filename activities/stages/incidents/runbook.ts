import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plan } from '../../../contracts/plan.ts';
import type { RunbookFacts } from '../../../domain/incidents/index.ts';
import type { ActivityContext } from '../../context.ts';
import { evidenceFailures } from '../../plan.ts';

const watchdog = fileURLToPath(new URL('../../../adapters/command/watchdog.mjs', import.meta.url));
const KEPT_OUTPUT = 2000;

/** The commands of a runbook: its fenced blocks that begin with ` ```sh run `, in order. */
export function commandsIn(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh run[ \t]*\n([\s\S]*?)^```[ \t]*$/gm)].map(([, text = '']) => text);
}

/**
 * Runs a runbook of the plan in a folder of its own, each command by `sh -eu`, until one fails or the time is over. The file is
 * the one that the plan froze. What it shows is a finding; throws only `ArtifactMissing`, `DigestMismatch` and
 * `EvidenceUnavailable`.
 */
export async function runRunbook(
  context: ActivityContext,
  plan: Plan,
  name: string,
  env: Readonly<Record<string, string>>,
  limitSeconds: number,
  signal: AbortSignal,
): Promise<RunbookFacts> {
  const none = { sha256: null, commands: [], seconds: 0 };
  const ref = plan.data[name];
  if (ref === undefined) return { ...none, problem: `the plan has no file ${name}: add it to spec.data` };
  const path = await evidenceFailures(`the runbook ${name}`, () => context.evidence.path(ref));
  const commands = commandsIn(await readFile(path, 'utf8'));
  const facts = { sha256: ref.sha256, commands: commands.map((text) => text.trim().split('\n')[0] ?? '') };
  if (commands.length === 0)
    return { ...facts, seconds: 0, problem: `${ref.name} has no command: mark one with \`\`\`sh run` };
  const dir = await mkdtemp(join(context.scratchDir, 'runbook-'));
  const began = performance.now();
  const spent = (): number => (performance.now() - began) / 1000;
  try {
    for (const [n, text] of commands.entries()) {
      const { code, said } = await runShell(text, dir, env, limitSeconds - spent(), signal);
      signal.throwIfAborted();
      if (code === 0) continue;
      const why = code === null ? `was not over after ${limitSeconds} s` : `ended with exit code ${code}`;
      return {
        ...facts,
        seconds: spent(),
        problem: `command ${n + 1} of ${ref.name} ${why}: ${said.trim()}`,
      };
    }
    return { ...facts, seconds: spent() };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The exit code, or null when the time was over; and the end of what it said. */
async function runShell(
  text: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
  seconds: number,
  signal: AbortSignal,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [watchdog, 'sh', '-eu', '-c', text], {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A runbook sees staging and nothing of the worker's own settings.
    env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
  });
  let said = '';
  const keep = (chunk: string): void => {
    said = (said + chunk).slice(-KEPT_OUTPUT);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  child.stdin.on('error', () => undefined); // the watchdog may be gone already
  const limit = AbortSignal.timeout(Math.max(1, Math.round(seconds * 1000)));
  const stop = (): void => void child.stdin.end();
  const ending = AbortSignal.any([limit, signal]);
  ending.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 128));
    });
    return { code: limit.aborted ? null : code, said };
  } finally {
    ending.removeEventListener('abort', stop);
    stop();
  }
}
