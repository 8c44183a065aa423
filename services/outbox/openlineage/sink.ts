import { LineageUnavailable, type LineageTransport } from '../../../adapters/openlineage/index.ts';
import type { Ledger } from '../../../adapters/ledger/index.ts';
import type { LedgerEntry } from '../../../contracts/ledger.ts';
import type { RunEvent } from '../../../contracts/openlineage.ts';
import { modelOf } from '../../../domain/lineage/index.ts';
import type { ModelEvent } from '../../../domain/model/index.ts';
import type { ReleaseEvent } from '../../../domain/release/index.ts';
import type { RetrainingEvent } from '../../../domain/retraining/index.ts';
import { SinkAway, type Sink } from '../sink.ts';
import { eventsOfModel } from './of-model.ts';
import { eventsOfRelease } from './of-release.ts';
import { eventsOfRetraining } from './of-retraining.ts';
import { createSpeaker } from './speaker.ts';

/** Says in OpenLineage what the ledger says. The same fact gives the same events, so hearing one twice changes nothing. */
export function openLineageSink(transport: LineageTransport, ledger: Ledger, namespace: string): Sink {
  const speaker = createSpeaker(namespace);

  function eventsOf(before: readonly LedgerEntry[], entry: LedgerEntry): RunEvent[] {
    const { stream } = entry;
    // Our own workflows appended the entries, so their streams say what their data are.
    if (stream.startsWith('release/'))
      return eventsOfRelease(
        speaker,
        before as unknown as readonly ReleaseEvent[],
        entry as unknown as ReleaseEvent,
      );
    if (stream.startsWith('retraining/'))
      return eventsOfRetraining(
        speaker,
        before as unknown as readonly RetrainingEvent[],
        entry as unknown as RetrainingEvent,
      );
    if (stream.startsWith('model/'))
      return eventsOfModel(speaker, modelOf(stream), entry as unknown as ModelEvent);
    return [];
  }

  /** What came before in the stream; a model's facts stand alone, and there are many. */
  async function earlier(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const [first] = entries;
    if (!first || first.seq === 1 || first.stream.startsWith('model/')) return [];
    return ledger.read(first.stream, { limit: first.seq - 1 });
  }

  return {
    name: 'openlineage',
    place: transport.place,
    take: async (entries) => {
      const all = [...(await earlier(entries)), ...entries];
      const from = all.length - entries.length;
      const events = entries.flatMap((entry, index) => eventsOf(all.slice(0, from + index), entry));
      if (events.length === 0) return;
      try {
        await transport.send(events);
      } catch (error) {
        if (error instanceof LineageUnavailable) throw new SinkAway(error.message, { cause: error });
        throw error;
      }
    },
    close: () => transport.close(),
  };
}
