import { connectLog, kafkaSettings } from '../../adapters/kafka/index.ts';
import type { Ledger } from '../../adapters/ledger/index.ts';
import type { Logger } from '../../adapters/log.ts';
import {
  fileTransport,
  httpTransport,
  kafkaTransport,
  type LineageTransport,
} from '../../adapters/openlineage/index.ts';
import { openFileRegistry, openMlflowRegistry } from '../../adapters/registry/index.ts';
import { openLineageSink } from './openlineage/sink.ts';
import { registrySink } from './registry-sink.ts';
import type { LineageSettings, OutboxSettings } from './settings.ts';
import type { Sink } from './sink.ts';

/** Whoever the settings say is to be told. */
export async function openSinks(
  { registry, lineage }: OutboxSettings,
  ledger: Ledger,
  log: Logger,
): Promise<Sink[]> {
  const sinks: Sink[] = [];
  if (registry.kind === 'file') sinks.push(registrySink(openFileRegistry(registry.dir), ledger));
  if (registry.kind === 'mlflow') sinks.push(registrySink(openMlflowRegistry(registry.server), ledger));
  if (lineage.kind !== 'off')
    sinks.push(openLineageSink(await transportOf(lineage, log), ledger, lineage.namespace));
  return sinks;
}

async function transportOf(
  settings: Exclude<LineageSettings, { kind: 'off' }>,
  log: Logger,
): Promise<LineageTransport> {
  switch (settings.kind) {
    case 'file':
      return fileTransport(settings.path);
    case 'http':
      return httpTransport(settings.server);
    case 'kafka':
      return kafkaTransport(await connectLog(kafkaSettings(process.env), log), settings.topic);
  }
}
