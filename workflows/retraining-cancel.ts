import { ApplicationFailure, CancellationScope, defineUpdate, setHandler } from '@temporalio/workflow';
import { retrainingUpdates } from '../contracts/messages.ts';
import type { DecisionAnswer, RetrainingInput } from '../contracts/messages.ts';
import { CANCELLED } from '../domain/retraining/index.ts';
import { parseOperator } from './parse.ts';

const cancelTraining = defineUpdate<DecisionAnswer, [unknown]>(retrainingUpdates.cancel);

/** Lets a person end a retraining and say why. Temporal's own cancellation ends it as well, without a name. */
export class CancelDesk {
  private readonly scope = new CancellationScope();
  private over = false;
  private why: string = CANCELLED;

  constructor({ retraining }: RetrainingInput) {
    const { approvers } = retraining.policy;
    setHandler(
      cancelTraining,
      (raw) => {
        const parsed = parseOperator(raw);
        if (!parsed.ok) return { accepted: false, reason: parsed.reason };
        const { by, reason } = parsed.value;
        if (approvers && !approvers.includes(by))
          return { accepted: false, reason: `${by} may not: the policy names ${approvers.join(', ')}` };
        if (this.over) return { accepted: false, reason: 'the training is over' };
        this.why = `${CANCELLED} by ${by}: ${reason}`;
        this.scope.cancel();
        return { accepted: true, reason: 'the training is being ended' };
      },
      {
        validator: (raw) => {
          const parsed = parseOperator(raw);
          if (!parsed.ok) throw ApplicationFailure.nonRetryable(parsed.reason, 'MalformedDecision');
        },
      },
    );
  }

  /** What a cancelled retraining ends with. */
  get reason(): string {
    return this.why;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.scope.run(work);
    } finally {
      this.over = true;
    }
  }
}
