import { FALLBACK_VERSION } from '../../contracts/gateway.ts';
import type { TrafficArm, TrafficChange } from '../../contracts/gateway.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Verdict } from '../../contracts/report.ts';
import * as model from '../../domain/model/index.ts';
import * as release from '../../domain/release/index.ts';
import { evidence, plan, report } from '../support/plans.ts';

/**
 * A model, its releases and a gateway, with everything between them that can be late, lost, repeated or reordered.
 * Effects are deliveries that wait until somebody picks them, so a sequence of picks is a schedule of the real system.
 */
export class World {
  readonly releases = new Map<string, { state: release.ReleaseState; events: release.ReleaseEvent[] }>();
  modelState = model.initialState('flight-delays');
  modelEvents: model.ModelEvent[] = [];
  gateway: { arms: readonly TrafficArm[]; fence: number; applied: string[] } = {
    arms: [],
    fence: 0,
    applied: [],
  };
  private clock = Date.parse('2013-03-01T00:00:00Z');
  private delivered = new Set<string>();

  tick(seconds = 1): string {
    this.clock += seconds * 1000;
    return new Date(this.clock).toISOString();
  }

  start(version: string, more: Partial<Plan> = {}): void {
    if (this.releases.has(version)) return;
    this.releases.set(version, { state: release.initialState(), events: [] });
    this.tell(version, {
      type: 'Start',
      plan: plan({ version, ...more }),
      planRef: evidence('plan.json', 'd'),
      dossier: true,
      at: this.tick(),
    });
  }

  tell(version: string, command: release.ReleaseCommand): void {
    const held = this.releases.get(version);
    if (!held) return;
    const events = release.decide(command, held.state);
    held.events.push(...events);
    held.state = events.reduce(release.evolve, held.state);
  }

  tellModel(command: model.ModelCommand): void {
    const events = model.decide(command, this.modelState);
    this.modelEvents.push(...events);
    this.modelState = events.reduce(model.evolve, this.modelState);
  }

  /** All effects that somebody could carry out now. */
  pending(): { id: string; run: (verdict: Verdict) => void }[] {
    const effects: { id: string; run: (verdict: Verdict) => void }[] = [];
    for (const [version, { state }] of this.releases) {
      for (const work of release.workOf(state)) {
        const id = `${version}/${work.key}`;
        if (work.kind === 'tell-model' && this.delivered.has(id)) continue;
        effects.push({ id, run: (verdict) => this.perform(version, work, id, verdict) });
      }
    }
    for (const message of this.modelState.outbox) {
      effects.push({ id: `model/${message.id}`, run: () => this.post(message) });
    }
    return effects;
  }

  private perform(version: string, work: release.Work, id: string, verdict: Verdict): void {
    const at = this.tick();
    switch (work.kind) {
      case 'stage':
        return this.tell(version, {
          type: 'FinishStage',
          step: work.step,
          attempt: work.attempt,
          report: report(verdict),
          at,
        });
      case 'gate-brief':
        return this.tell(version, {
          type: 'OpenGate',
          step: work.step,
          gate: work.gate,
          evidence: evidence('brief', 'e'),
          at,
        });
      case 'deadline':
        return this.tell(version, { type: 'ExpireGate', step: work.step, gate: work.gate, at: work.dueAt });
      case 'review-deadline':
        return this.tell(version, { type: 'ExpireReview', dueAt: work.dueAt, at: work.dueAt });
      case 'shift': {
        const { changeId } = work.change;
        if (!this.shift(work.change)) {
          return this.tell(version, {
            type: 'FailShift',
            changeId,
            failure: { type: 'StaleFence', message: 'stale' },
            at,
          });
        }
        return this.tell(version, {
          type: 'ConfirmShift',
          changeId,
          counted: {},
          seconds: 1,
          position: {},
          at,
        });
      }
      case 'observe':
        return this.tell(version, {
          type: 'FinishObservation',
          changeId: work.changeId,
          report: report(verdict, 'canary'),
          at,
        });
      case 'guard':
        if (verdict === 'fail')
          this.tell(version, {
            type: 'BreakGuard',
            changeId: work.changeId,
            report: report('fail', 'canary'),
            at,
          });
        return;
      case 'dossier': {
        const { occasion } = work;
        const failure = { type: 'EvidenceUnavailable', message: 'the disk is full' };
        return verdict === 'fail'
          ? this.tell(version, { type: 'FailDossier', occasion, failure, at })
          : this.tell(version, { type: 'FinishDossier', occasion, files: [], at });
      }
      case 'watch':
        return this.tell(version, { type: 'ConfirmInformed', of: 'watch', at });
      case 'tell-model': {
        this.delivered.add(id);
        return this.hear(version, work.message, at);
      }
    }
  }

  private hear(version: string, message: release.ModelMessage, at: string): void {
    const fence = this.releases.get(version)?.state.traffic.fence ?? 0;
    switch (message.type) {
      case 'slotRequested':
        return this.tellModel({ type: 'RequestSlot', version, purpose: message.purpose, at });
      case 'promoted':
        this.tellModel({ type: 'Promote', version, fence, planRef: evidence('plan.json', 'd'), at });
        return this.tell(version, { type: 'ConfirmInformed', of: 'promotion', at });
      case 'rolledBack':
        this.tellModel({ type: 'RollBack', version, to: message.to || null, fence, at });
        return this.tell(version, { type: 'ConfirmInformed', of: 'end', at });
      case 'reviewNoted': {
        const of = message.overdueSince === null ? 'review-done' : 'review-overdue';
        this.tellModel({ type: 'NoteReview', version, overdueSince: message.overdueSince, at });
        return this.tell(version, { type: 'ConfirmInformed', of, at });
      }
      case 'slotReleased':
        this.tellModel({ type: 'ReleaseSlot', version, at });
        return this.tell(version, { type: 'ConfirmInformed', of: 'end', at });
    }
  }

  private post(message: model.OutboxMessage): void {
    const at = this.tick();
    switch (message.type) {
      case 'grant-slot':
        this.tell(message.version, { type: 'GrantSlot', ...message.grant, at });
        break;
      case 'revoke-slot':
        this.tell(message.version, {
          type: 'RevokeSlot',
          reason: `version ${message.by} is being rolled back`,
          at,
        });
        break;
      case 'supersede':
        this.tell(message.version, { type: 'Supersede', by: message.by, at });
        break;
      case 'start-retraining':
      case 'raise-incident':
        break;
    }
    this.tellModel({ type: 'ConfirmDelivery', id: message.id, at });
  }

  /** The gateway's rules: a repeated change is a no-op, an older fence is refused. */
  shift({ changeId, fence, arms }: TrafficChange): boolean {
    if (this.gateway.applied.includes(changeId)) return fence >= this.gateway.fence;
    if (fence < this.gateway.fence) return false;
    this.gateway = { arms, fence, applied: [...this.gateway.applied, changeId] };
    return true;
  }

  /** Versions that serve anybody now. */
  serving(): string[] {
    return this.gateway.arms
      .filter(({ weight, version }) => weight > 0 && version !== FALLBACK_VERSION)
      .map(({ version }) => version);
  }
}
