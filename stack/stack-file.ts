import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stack } from './stack.ts';

const file = join(fileURLToPath(new URL('../', import.meta.url)), '.seatrial/stack.json');

/** Says where the running stack is, for the CLI and scripts; `forget` takes it back when the stack ends. */
export function announceStack(stack: Stack, gatewayUrl: string): { forget(): void } {
  const { temporalAddress, temporalUi, kafkaBrokers, databaseUrl, evidenceDir } = stack;
  mkdirSync(join(file, '..'), { recursive: true });
  const text = JSON.stringify(
    { temporalAddress, temporalUi, kafkaBrokers, databaseUrl, evidenceDir, gatewayUrl },
    null,
    2,
  );
  writeFileSync(file, `${text}\n`);
  return { forget: () => rmSync(file, { force: true }) };
}
