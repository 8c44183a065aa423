import type { Signature } from '../../../contracts/plan.ts';
import type { FeatureRow } from '../model-client.ts';
import { masked, type Mask } from './mask.ts';

/** One for each kind that is recognised by value. The domain is reserved for examples, the number for fiction, the bank is none. */
const BY_VALUE = ['kanarie.vogel@example.org', '(212) 555-0147', 'CH93 0076 2011 6238 5295 7'];
const BY_FIELD = 'Kanarie Vogelsang';

export interface Planted {
  readonly rows: readonly FeatureRow[];
  readonly secrets: readonly string[];
}

/**
 * Rows that nobody sent, with strings that must not be stored: they go the way of every stored row, and whatever of them is found
 * in the end shows that the mask does not hold. Each text input gets each kind; each personal input gets a name.
 */
export function plantedRows({ inputs }: Signature, mask: Mask): Planted {
  const texts = inputs.filter(({ datatype }) => datatype === 'BYTES').map(({ name }) => name);
  const rows: FeatureRow[] = BY_VALUE.map((secret) =>
    Object.fromEntries(texts.map((name) => [name, secret])),
  );
  const personal = inputs.filter(({ name }) => mask.fields.includes(name));
  if (personal.length > 0)
    rows.push(
      Object.fromEntries(
        personal.map(({ name, datatype }) => [name, datatype === 'BYTES' ? BY_FIELD : 867_530_991]),
      ),
    );
  return {
    rows: rows.map((row) => masked(mask, row)),
    secrets: texts.length > 0 ? [...BY_VALUE, BY_FIELD, '867530991'] : [BY_FIELD, '867530991'],
  };
}
