// What cannot be had, said once and whole.

/** EX_UNAVAILABLE of sysexits.h: something that the command needs is not there. */
export const EXIT_MISSING = 69;

/** A thing that is missing: what it is, why it is needed, and each way to get it. */
export class Missing extends Error {
  constructor(what, why, ways) {
    super(what);
    this.name = 'Missing';
    this.what = what;
    this.why = why;
    this.ways = ways;
  }
}

/** One block for all that is missing. */
export function missingBlock(command, all) {
  const lines = ['', `seatrial: "${command}" cannot go on, something is missing`, ''];
  for (const { what, why, ways } of all) {
    lines.push(`  missing:    ${what}`, `  needed for: ${why}`);
    ways.forEach((way, index) => lines.push(`  ${index === 0 ? 'get it by:  ' : 'or:         '}${way}`));
    lines.push('');
  }
  return lines.join('\n');
}
