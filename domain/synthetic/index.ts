/** Synthetic data: an anonymous twin of real rows, what it is worth, and ways of making data worse. Pure and seeded. */
export { anonymityOf, exactCopies, kAnonymous, rowKey } from './anonymise.ts';
export { drawRows, fitTwin } from './copula.ts';
export type { FitOptions, Twin, Value } from './copula.ts';
export { areaUnder, breakingPoint, standingOf } from './curve.ts';
export type { Bounded, CurvePoint, Floor, Standing } from './curve.ts';
export { fidelityOf, meanDistance } from './fidelity.ts';
export type { Distance, Fidelity } from './fidelity.ts';
export { perturb, perturbations, UNKNOWN_CATEGORY } from './perturb.ts';
export type { Chunk, Features, Perturbation, PerturbationKind, Perturbed } from './perturb.ts';
export { closestRecords } from './privacy.ts';
export type { ClosestOptions, ClosestRecords } from './privacy.ts';
export { columnsOf } from './rows.ts';
export type { ColumnName } from './rows.ts';
export { shapesOf } from './shape.ts';
export type { ColumnShape } from './shape.ts';
