import { LedgerConflict, LedgerUnavailable } from '../adapters/ledger/index.ts';
import type { AppendInput, LedgerHead } from '../contracts/activities.ts';
import type { ActivityContext } from './context.ts';
import { failure } from './failure.ts';

export function ledgerActivities({ ledger, onAppended }: Pick<ActivityContext, 'ledger' | 'onAppended'>): {
  appendToLedger: (input: AppendInput) => Promise<LedgerHead>;
} {
  return {
    async appendToLedger(input) {
      try {
        const { head, added } = await ledger.append(input);
        if (added > 0) onAppended?.(input.stream, input.events.slice(-added));
        return head;
      } catch (error) {
        if (error instanceof LedgerConflict) throw failure('LedgerConflict', error.message, error);
        if (error instanceof LedgerUnavailable) throw failure('LedgerUnavailable', error.message, error);
        throw error;
      }
    },
  };
}
