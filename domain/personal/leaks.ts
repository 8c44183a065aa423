import { personalKind } from './detect.ts';

/**
 * What a text that is to be stored still tells: secrets that it holds word for word, and lines that look personal. Secrets
 * shorter than `SHORTEST` are found in any long text by chance and are passed over. The answer names kinds and never a value.
 */
export function leaksIn(text: string, secrets: Iterable<string>): string[] {
  const leaks: string[] = [];
  let held = 0;
  for (const secret of secrets) {
    // As it is, and as JSON would write it.
    const written = JSON.stringify(secret).slice(1, -1);
    if (secret.length >= SHORTEST && (text.includes(secret) || text.includes(written))) held++;
  }
  if (held > 0) leaks.push(`${held} values that had to be masked are there word for word`);
  const kinds = new Map<string, number>();
  for (const [, string = ''] of text.matchAll(/"((?:[^"\\]|\\.)*)"/g)) {
    const kind = personalKind(string);
    if (kind !== undefined) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  for (const [kind, count] of kinds) leaks.push(`${count} texts look like ${NAMES[kind] ?? kind}`);
  return leaks;
}

export const SHORTEST = 5;

const NAMES: Readonly<Record<string, string>> = {
  email: 'an e-mail address',
  phone: 'a phone number',
  iban: 'a bank account (IBAN)',
};
