import { CancellationScope, allHandlersFinished, condition, patched, setHandler } from '@temporalio/workflow';
import type { ReleaseInput } from '../contracts/messages.ts';
import { releaseWorkflowId } from '../contracts/ids.ts';
import type { ReleaseView } from '../contracts/release-view.ts';
import { decide, evolve, initialState, viewOf, workOf } from '../domain/release/index.ts';
import type { ReleaseCommand, ReleaseState, Work } from '../domain/release/index.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { releaseProgress, releaseState } from './messages.ts';
import { Presentation } from './presentation.ts';
import { listen } from './release-inbox.ts';
import type { Letter } from './release-inbox.ts';
import { performReleaseWork } from './release-work.ts';
import { moveOn, shouldMoveOn } from './move-on.ts';
import { WorkDesk } from './work-desk.ts';

/** What one run hands to the next. A newer reader must understand every older `schema`. */
export interface ReleaseCarry {
  readonly schema: 1;
  readonly state: ReleaseState;
}

/**
 * The whole life of one model version: its stages and gates, the canary, the release, the watch, until it is
 * superseded, rolled back, rejected or aborted. Answers with what it came to.
 */
export async function releaseWorkflow(input: ReleaseInput | ReleaseCarry): Promise<ReleaseView> {
  const release =
    'schema' in input
      ? new Release(input.state)
      : new Release(initialState(), {
          ...{ type: 'Start', plan: input.plan, planRef: input.planRef },
          ...(patched('dossier') ? { dossier: true } : {}),
        });

  // The Web UI's largest button. Callers must be taken back before the end, so a cancellation is a word to abort.
  CancellationScope.current().cancelRequested.catch(() =>
    release.send({ type: 'Abort', by: 'Request Cancellation', reason: 'cancellation was requested' }),
  );
  return CancellationScope.nonCancellable(() => sail(release));
}

async function sail(release: Release): Promise<ReleaseView> {
  do {
    release.decideAll();
    release.present();
    release.workOn();
    await release.news();
    if (release.mayMoveOn()) await moveOn<typeof releaseWorkflow>({ schema: 1, state: release.state });
  } while (!release.over);
  return viewOf(release.state);
}

/** The shell round the pure release: one loop reads the inbox, decides, records, and keeps work equal to `workOf(state)`. */
class Release {
  state: ReleaseState;
  private readonly inbox: Letter[] = [];
  private readonly desk: WorkDesk<Work>;
  private readonly presentation = new Presentation();
  private ledger: LedgerWriter | null = null;
  private fatal: unknown = undefined;

  constructor(state: ReleaseState, first?: Letter['command']) {
    this.state = state;
    // Before any handler: a signal that came before the first task is delivered as soon as its handler is there.
    if (first) this.send(first);
    this.desk = new WorkDesk(
      (work) => performReleaseWork(work, this.state, (command) => this.send(command)),
      (error) => (this.fatal = error),
    );
    listen(this.inbox);
    setHandler(releaseState, () => viewOf(this.state));
    setHandler(releaseProgress, () => progressOf(viewOf(this.state)));
  }

  get over(): boolean {
    return this.state.phase.name === 'ended' && this.quiet && workOf(this.state).length === 0;
  }

  send(command: Letter['command']): void {
    this.inbox.push({ command });
  }

  decideAll(): void {
    for (let letter = this.inbox.shift(); letter; letter = this.inbox.shift()) {
      const command = { ...letter.command, at: new Date().toISOString() } as ReleaseCommand;
      const events = decide(command, this.state);
      this.state = events.reduce(evolve, this.state);
      const refused = events.find(({ type }) => type === 'MessageRefused');
      letter.answer =
        refused?.type === 'MessageRefused'
          ? { accepted: false, reason: refused.data.reason }
          : { accepted: true, reason: viewOf(this.state).headline };
      this.record(events);
    }
  }

  present(): void {
    this.presentation.show(viewOf(this.state));
  }

  workOn(): void {
    this.desk.reconcile(workOf(this.state));
  }

  /** Waits until something came in, or something is due. An error of our own fails the workflow task and is tried again. */
  async news(): Promise<void> {
    await condition(() => this.inbox.length > 0 || this.fatal !== undefined || this.over || this.mayMoveOn());
    if (this.fatal !== undefined) throw this.fatal;
  }

  /**
   * A long history, or a newer deployment, and a quiet moment. Never while a gate is open: an approver's page would
   * then send its decision to a run that has closed.
   */
  mayMoveOn(): boolean {
    const { name } = this.state.phase;
    const calm = name === 'live' || name === 'awaiting-slot' || name === 'held';
    return shouldMoveOn() && calm && this.quiet && this.desk.idle;
  }

  private get quiet(): boolean {
    return this.inbox.length === 0 && (this.ledger?.flushed ?? true) && allHandlersFinished();
  }

  private record(events: readonly { type: string; data: unknown; at: string }[]): void {
    if (events.length === 0) return;
    const { plan, entries } = this.state;
    if (!plan) return;
    this.ledger ??= new LedgerWriter(releaseWorkflowId(plan.model, plan.version), entries - events.length);
    this.ledger
      .append(events)
      .catch((cause: unknown) => (this.fatal = new Error('the ledger refused an entry', { cause })));
  }
}

function progressOf(view: ReleaseView): {
  done: number;
  total: number;
  step: string | null;
  headline: string;
} {
  const done = view.steps.filter(({ status }) => status === 'done' || status === 'skipped').length;
  return { done, total: view.steps.length, step: view.step, headline: view.headline };
}
