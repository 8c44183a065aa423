/** What a value looks like that tells of a person. */
export type PersonalKind = 'email' | 'phone' | 'iban';

/** Whole words of a field's name that mean a person, or what leads to one. */
const PERSONAL_WORDS = new Set([
  ...[
    'email',
    'mail',
    'phone',
    'mobile',
    'fax',
    'iban',
    'bic',
    'ssn',
    'passport',
    'birthdate',
    'birthday',
    'dob',
  ],
  ...['name', 'firstname', 'lastname', 'fullname', 'surname', 'forename', 'nickname', 'username'],
  ...['address', 'street', 'postcode', 'zipcode', 'zip', 'ip'],
]);
/** Words beside `name` that make it the name of a thing. */
const THINGS = new Set([
  'airport',
  'carrier',
  'airline',
  'city',
  'product',
  'model',
  'event',
  'file',
  'host',
  'column',
]);

const EMAIL = /[^\s@<>"',;]+@[^\s@<>"',;.]+(?:\.[^\s@<>"',;.]+)+/u;
/** International (`+41 44 668 18 00`), or national with separators (`(212) 555-0147`). A bare row of digits is no phone number. */
const PHONE =
  /(?:\+|\b00[ -])\d{1,3}(?:[ .()/-]{0,2}\d){6,12}(?!\d)|\(\d{2,5}\)[ -]?\d{2,4}(?:[ -]?\d{2,4}){1,3}|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b/u;
const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/gu;

/** Whether a field's name says that it holds something personal: `passenger_email`, `lastName`, `ip`. */
export function isPersonalName(field: string): boolean {
  const words = field
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  if (!words.some((word) => PERSONAL_WORDS.has(word))) return false;
  return !(
    words.some((word) => THINGS.has(word)) &&
    words.every((word) => word === 'name' || !PERSONAL_WORDS.has(word))
  );
}

/** What a text holds that tells of a person; undefined when nothing is recognised. */
export function personalKind(text: string): PersonalKind | undefined {
  if (hasEmail(text)) return 'email';
  if ([...text.matchAll(IBAN)].some(([found]) => isIban(found))) return 'iban';
  return PHONE.test(text) ? 'phone' : undefined;
}

/** Looks only round each `@`: over the whole of a long text the pattern would try every beginning. */
function hasEmail(text: string): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1))
    if (EMAIL.test(text.slice(Math.max(0, at - 64), at + 256))) return true;
  return false;
}

/** The check digits of ISO 13616: the country and they go to the end, letters count from 10, and the rest by 97 is 1. */
function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '');
  let rest = 0;
  for (const letter of compact.slice(4) + compact.slice(0, 4)) {
    const value = parseInt(letter, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
