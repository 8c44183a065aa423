import type { Ledger } from '../../adapters/ledger/index.ts';
import { openFileRegistry } from '../../adapters/registry/index.ts';
import { registrySink } from './registry-sink.ts';
import type { OutboxSettings } from './settings.ts';
import type { Sink } from './sink.ts';

/** Whoever the settings say is to be told. */
export function openSinks({ registry }: OutboxSettings, ledger: Ledger): Sink[] {
  const sinks: Sink[] = [];
  if (registry.kind === 'file') sinks.push(registrySink(openFileRegistry(registry.dir), ledger));
  return sinks;
}
