import { CancellationScope, condition, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { modelWorkflowId } from '../contracts/ids.ts';
import type { DecisionAnswer, ModelInput } from '../contracts/messages.ts';
import { accountOf, decide, evolve, initialState, resumedState } from '../domain/model/index.ts';
import type { ModelCommand, ModelEvent, ModelState, OutboxMessage } from '../domain/model/index.ts';
import { LedgerWriter } from './ledger-writer.ts';
import { modelDrift, modelState } from './messages.ts';
import { detailsOfModel } from './model-details.ts';
import { listenToModel } from './model-inbox.ts';
import type { ModelLetter } from './model-inbox.ts';
import { deliver } from './model-outbox.ts';
import { moveOn, shouldMoveOn } from './move-on.ts';
import { WorkDesk } from './work-desk.ts';

/** What one run hands to the next. A newer reader must understand every older `schema`. */
export interface ModelCarry {
  readonly schema: 1;
  readonly state: ModelState;
}

/**
 * A model for ever, across its versions: which one serves, which release may touch traffic, and when drift becomes a
 * retraining. It never closes by itself, because closing would lose the watermarks that make redelivery harmless.
 */
export async function modelWorkflow(input: ModelInput | ModelCarry): Promise<void> {
  const model = new Model('schema' in input ? resumedState(input.state) : initialState(input.model));
  CancellationScope.current().cancelRequested.catch(() => model.refuseCancellation());
  return CancellationScope.nonCancellable(() => live(model));
}

async function live(model: Model): Promise<never> {
  for (;;) {
    model.decideAll();
    model.deliverAll();
    await model.news();
    if (model.mayMoveOn()) await moveOn<typeof modelWorkflow>({ schema: 1, state: model.state });
  }
}

type Delivery = OutboxMessage & { readonly key: string };

class Model {
  state: ModelState;
  private readonly inbox: ModelLetter[] = [];
  private readonly ledger: LedgerWriter;
  private readonly desk: WorkDesk<Delivery>;
  private fatal: unknown = undefined;

  constructor(state: ModelState) {
    this.state = state;
    this.ledger = new LedgerWriter(modelWorkflowId(state.model), state.entries);
    this.desk = new WorkDesk(
      (message) => deliver(message, this.state.model, (command) => void this.inbox.push({ command })),
      (error) => (this.fatal = error),
    );
    listenToModel(this.inbox);
    setHandler(modelState, () => this.state);
    setHandler(modelDrift, () => accountOf(this.state));
  }

  decideAll(): void {
    for (let letter = this.inbox.shift(); letter; letter = this.inbox.shift()) {
      const events = decide({ ...letter.command, at: new Date().toISOString() } as ModelCommand, this.state);
      this.state = events.reduce(evolve, this.state);
      letter.answer = answerOf(events);
      if (events.length > 0) {
        this.ledger
          .append(events)
          .catch((cause: unknown) => (this.fatal = new Error('the ledger refused an entry', { cause })));
      }
    }
    setCurrentDetails(detailsOfModel(this.state));
  }

  refuseCancellation(): void {
    const reason = 'a model is never over: its releases need its slot, and redelivered drift its watermarks';
    this.inbox.push({ command: { type: 'RefuseMessage', message: 'Request Cancellation', reason } });
  }

  deliverAll(): void {
    this.desk.reconcile(this.state.outbox.map((message) => ({ ...message, key: String(message.id) })));
  }

  async news(): Promise<void> {
    await condition(() => this.inbox.length > 0 || this.fatal !== undefined || this.mayMoveOn());
    if (this.fatal !== undefined) throw this.fatal;
  }

  mayMoveOn(): boolean {
    const quiet = this.inbox.length === 0 && this.state.outbox.length === 0 && this.ledger.flushed;
    return shouldMoveOn() && quiet;
  }
}

function answerOf(events: readonly ModelEvent[]): DecisionAnswer {
  for (const { type, data } of events) {
    if (type === 'MessageRefused') return { accepted: false, reason: data.reason };
    if (type === 'RetrainingDecided')
      return { accepted: true, reason: `retraining ${data.decision} has begun` };
    if (type === 'RetrainingDropped')
      return { accepted: true, reason: `retraining ${data.decision} was dropped` };
  }
  return { accepted: true, reason: 'nothing changed' };
}
