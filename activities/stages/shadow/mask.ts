import { createHmac, randomBytes } from 'node:crypto';
import type { Signature } from '../../../contracts/plan.ts';
import { isPersonalName, personalKind, SHORTEST } from '../../../domain/personal/index.ts';
import type { FeatureRow } from '../model-client.ts';

type Value = string | number | null;

export interface Mask {
  /** Inputs that are masked whatever they hold. */
  readonly fields: readonly string[];
  /** The value as it may be stored; null when it is dropped. */
  value(field: string, value: Value): Value;
  /** An identifier that leads to a caller, such as a request's id. */
  identifier(text: string): string;
  /** What was masked, word for word, to look for afterwards; the oldest are forgotten first. */
  secrets(): Iterable<string>;
}

export interface MaskSettings {
  readonly personal: readonly string[];
  readonly notPersonal: readonly string[];
  readonly masking: 'hash' | 'drop';
}

/** Longer texts are free text, in which anything may stand. */
const LONGEST = 500;
const REMEMBERED = 50_000;

/**
 * Masks what tells of a person. The same value of the same field becomes the same mark within one stage, so that groups stay
 * groups. The key is drawn here and stored nowhere: without it a mark cannot be undone by trying all names, as a plain hash
 * of them can.
 */
export function keyedMask({ inputs }: Signature, { personal, notPersonal, masking }: MaskSettings): Mask {
  const key = randomBytes(32);
  const fields = inputs
    .map(({ name }) => name)
    .filter((name) => personal.includes(name) || (isPersonalName(name) && !notPersonal.includes(name)));
  const secrets = new Bounded();
  const shown = new Bounded();
  const mark = (field: string, text: string): string => {
    // The letter and the line keep a mark from looking like a number of any kind.
    return `m_${createHmac('sha256', key).update(`${field}\0${text}`).digest('hex').slice(0, 16)}`;
  };
  const mustHide = (field: string, value: Value): boolean =>
    fields.includes(field) ||
    (typeof value === 'string' && (value.length > LONGEST || personalKind(value) !== undefined));
  return {
    fields,
    value(field, value) {
      if (value === null || value === '') return value;
      const text = String(value);
      if (!mustHide(field, value)) {
        shown.add(text);
        return value;
      }
      // Few digits stand in any long text by chance.
      if (typeof value === 'string' || text.length >= 7) secrets.add(text);
      const marked = mark(field, text);
      return masking === 'hash' ? marked : null;
    },
    identifier: (text) => mark('', text),
    // Somebody may be called as a place is: what another field shows rightly is no leak.
    secrets: () => [...secrets.values].filter((secret) => !shown.values.has(secret)),
  };
}

class Bounded {
  readonly values = new Set<string>();

  add(text: string): void {
    if (text.length < SHORTEST) return;
    this.values.add(text);
    if (this.values.size > REMEMBERED) this.values.delete(this.values.values().next().value ?? '');
  }
}

/** All of a row's values as they may be stored. */
export function masked(mask: Mask, row: FeatureRow): FeatureRow {
  return Object.fromEntries(Object.entries(row).map(([field, value]) => [field, mask.value(field, value)]));
}
