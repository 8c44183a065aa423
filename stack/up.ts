/** Starts the whole embedded stack and stays. `--parts` leaves our own services out, `--data DIR` keeps the data elsewhere. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serviceFiles, stackEnv, startServices } from './services.ts';
import type { Services, ServiceName } from './services.ts';
import { defaultPorts, startStack } from './stack.ts';
import type { Stack } from './stack.ts';
import { announceStack } from './stack-file.ts';
import { table } from './table.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: join(root, '.seatrial') },
    parts: { type: 'boolean', default: false },
  },
});
const started = Date.now();
const say = (line: string): void => void process.stdout.write(`${line}\n`);

// npm, a terminal and a process group can each pass on one Ctrl-C: signals this close together are one.
const SAME_SIGNAL_MS = 1_000;

let endingSince: number | undefined;
let stack: Stack | undefined;
let services: Services | undefined;
let announced: { forget(): void } | undefined;

async function end(code: number): Promise<void> {
  if (endingSince !== undefined) {
    // A second signal does not wait: our children notice that we are gone and end by themselves.
    if (Date.now() - endingSince > SAME_SIGNAL_MS) process.exit(1);
    return;
  }
  endingSince = Date.now();
  say('ending ...');
  announced?.forget();
  await services?.stop();
  await stack?.stop();
  say(`ended; the data stays in ${values.data}`);
  process.exit(code);
}

function endOrDie(code: number): void {
  end(code).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => endOrDie(0));

/** A process that ends by itself takes the rest with it: half a stack is harder to understand than none. */
function watch(name: string, exited: Promise<unknown>, log: string): void {
  void exited.then(() => {
    if (endingSince !== undefined) return;
    process.stderr.write(`${name} ended by itself; see ${log}\n`);
    endOrDie(1);
  });
}

function describe(stack: Stack, services: Services | undefined): string {
  const place = (path: string): string => {
    const near = relative(process.cwd(), path);
    return near === '' || near.startsWith('..') ? path : near;
  };
  const health = (services?.names ?? []).map((name) => [name, services?.get(name).health ?? '']);
  return table([
    ['Temporal UI', stack.temporalUi || '(TEMPORAL_UI_URL names it)'],
    ['Temporal gRPC', stack.temporalAddress],
    ...(services === undefined ? [] : [['gateway', services.gatewayUrl]]),
    ['Kafka', stack.kafkaBrokers],
    ['database', stack.databaseUrl],
    ['evidence', place(stack.evidenceDir)],
    ...(services?.names.includes('outbox')
      ? [
          ['registry', place(stackEnv(stack)['REGISTRY_DIR'] ?? '')],
          ['OpenLineage', place(stackEnv(stack)['OPENLINEAGE_FILE'] ?? '')],
        ]
      : []),
    ['logs', place(stack.logDir)],
    ...health.map(([name = '', url = '']) => [`${name} health`, url]),
  ]);
}

try {
  say('starting Temporal, Kafka and the database ...');
  stack = await startStack({ dataDir: values.data, ports: defaultPorts, say });
  const names = Object.keys(serviceFiles) as ServiceName[];
  const there = names.filter((name) => existsSync(join(root, serviceFiles[name])));
  if (!values.parts && there.length > 0) {
    say(`starting ${there.join(', ')} ...`);
    services = await startServices(stack, { only: there, gatewayPort: defaultPorts.gateway, say });
    announced = announceStack(stack, services.gatewayUrl);
  }
  say(`\n${describe(stack, services)}\n`);
  say(`up in ${((Date.now() - started) / 1000).toFixed(1)} s. Ctrl-C ends everything, the data stays.`);
  for (const [name, part] of Object.entries(stack.parts)) {
    watch(name, part.exited, join(stack.logDir, `${name}.log`));
  }
  for (const name of services?.names ?? []) {
    const service = services?.get(name);
    if (service !== undefined) watch(name, service.exited, service.log);
  }
} catch (error) {
  if (endingSince === undefined) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    endOrDie(1);
  }
}
