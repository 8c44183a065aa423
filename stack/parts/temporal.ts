import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { searchAttributeTypes } from '../../contracts/search-attributes.ts';
import { installedProgram } from '../installed.ts';
import { sayToStderr } from '../part.ts';
import type { Part, PartOptions } from '../part.ts';
import { HOST, choosePort } from '../ports.ts';
import { startProcess } from '../process.ts';

const NAMESPACE = 'default';

export interface TemporalOptions extends PartOptions {
  readonly uiPort?: number;
  /** Name to CLI type; those of `contracts` when absent. */
  readonly searchAttributes?: Readonly<Record<string, string>>;
  /** Dynamic configuration, key to JSON value: `{ 'frontend.WorkflowTimeSkippingEnabled': true }`. */
  readonly dynamicConfig?: Readonly<Record<string, unknown>>;
}

/** The Temporal CLI's development server, on a database file, with its Web UI (`extra.ui`). */
export async function startTemporal(options: TemporalOptions): Promise<Part> {
  const say = options.say ?? sayToStderr;
  const cli = installedProgram('temporal');
  const port = await choosePort('Temporal', options.port, say);
  const uiPort = await choosePort('the Temporal UI', options.uiPort, say);
  const attributes = options.searchAttributes ?? searchAttributeTypes;
  const address = `${HOST}:${port}`;
  mkdirSync(options.dataDir, { recursive: true });
  const running = await startProcess({
    name: 'Temporal',
    command: cli.path,
    args: [
      ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', join(options.dataDir, 'temporal.db'), '--log-level', 'warn'],
      ...Object.entries(attributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ...Object.entries(options.dynamicConfig ?? {}).flatMap(([key, value]) => [
        '--dynamic-config-value',
        `${key}=${JSON.stringify(value)}`,
      ]),
    ],
    log: options.log ?? `${options.dataDir}.log`,
    ready: () => hasAttributes(address, Object.keys(attributes)),
  });
  return { ...running, address, extra: { ui: `http://${HOST}:${uiPort}` } };
}

/** The server answers some time before its search attributes are registered; only then can a release start. */
async function hasAttributes(address: string, names: readonly string[]): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: NAMESPACE,
    });
    return names.every((name) => Object.hasOwn(customAttributes, name));
  } finally {
    await connection.close();
  }
}
