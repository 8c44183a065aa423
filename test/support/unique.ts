let given = 0;

/** A name that no other test uses, and no second try of the same test: a version is released once. */
export function unique(name: string): string {
  given += 1;
  return `${name}-${given}`;
}
