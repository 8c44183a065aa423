import type { Ledger } from '../../adapters/ledger/index.ts';
import { RegistryUnavailable, type ModelRegistry } from '../../adapters/registry/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { releaseWorkflowId } from '../../contracts/ids.ts';
import type { LedgerEntry } from '../../contracts/ledger.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ModelEvent } from '../../domain/model/index.ts';
import type { ReleaseEvent } from '../../domain/release/index.ts';
import { SinkAway, type Sink } from './sink.ts';
import { versionOf } from './version-tags.ts';

/** Keeps a registry of models in step: versions and tags from releases, `champion` from the model's own stream. */
export function registrySink(registry: ModelRegistry, ledger: Ledger): Sink {
  /** A model may be told to serve a version before the release's own facts are read. */
  async function register(model: string, version: string): Promise<void> {
    const stream = releaseWorkflowId(model, version);
    const [first] = (await ledger.read(stream, { limit: 1 })) as unknown as readonly ReleaseEvent[];
    if (first?.type !== 'ReleaseRequested') throw new Error(`the ledger has no beginning of ${stream} yet`);
    await put(stream, first.data.plan, first.data.planRef);
  }

  async function put(stream: string, plan: Plan, planRef: EvidenceRef): Promise<void> {
    await registry.putVersion(versionOf(stream, plan, planRef));
  }

  async function tellRelease(stream: string, event: ReleaseEvent): Promise<void> {
    const [, model = '', version = ''] = stream.split('/');
    const tags = (more: Record<string, string>): Promise<void> => registry.setTags(model, version, more);
    const noLongerChallenger = (): Promise<void> =>
      registry.setAlias({ model, alias: 'challenger', version: null, from: version, at: event.at });
    if (event.type === 'ReleaseRequested') {
      await put(stream, event.data.plan, event.data.planRef);
      await tags({ 'seatrial.state': 'in release', 'seatrial.requested_at': event.at });
      await registry.setAlias({ model, alias: 'challenger', version, at: event.at });
    }
    if (event.type === 'StageFinished') {
      const { stage, verdict } = event.data.report;
      await tags({ [`seatrial.stage.${stage}`]: verdict });
    }
    if (event.type === 'GateApproved')
      await tags({ [`seatrial.gate.${event.data.gate}`]: `approved by ${event.data.by}` });
    if (event.type === 'VersionPromoted') {
      await tags({ 'seatrial.state': 'live', 'seatrial.promoted_at': event.at });
      await noLongerChallenger();
    }
    if (event.type === 'ReleaseEnded') {
      await tags({ 'seatrial.state': event.data.outcome, 'seatrial.ended': event.data.reason });
      await noLongerChallenger();
    }
  }

  async function tellModel(stream: string, event: ModelEvent): Promise<void> {
    if (event.type !== 'ChampionChanged') return;
    const [, model = ''] = stream.split('/');
    const { version } = event.data;
    if (version !== null) await register(model, version);
    await registry.setAlias({ model, alias: 'champion', version, at: event.at });
  }

  return {
    name: 'registry',
    place: registry.place,
    take: async (entries: readonly LedgerEntry[]) => {
      try {
        for (const entry of entries) {
          const { stream } = entry;
          if (stream.startsWith('release/')) await tellRelease(stream, entry as unknown as ReleaseEvent);
          if (stream.startsWith('model/')) await tellModel(stream, entry as unknown as ModelEvent);
        }
      } catch (error) {
        if (error instanceof RegistryUnavailable) throw new SinkAway(error.message, { cause: error });
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}
