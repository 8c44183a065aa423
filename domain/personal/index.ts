/** Finding what tells of a person in fields and in texts. Pure. */
export { isPersonalName, personalKind } from './detect.ts';
export type { PersonalKind } from './detect.ts';
export { leaksIn, SHORTEST } from './leaks.ts';
