/** Attacks on privacy, as far as they are arithmetic. Pure and seeded. */
export { anonymityOfCells, linkageOf } from './cells.ts';
export type { Anonymity, Cell, Linkage } from './cells.ts';
export { detectionAt } from './detection.ts';
export type { Detection } from './detection.ts';
export { neighbourOf, spreads, surety } from './neighbours.ts';
