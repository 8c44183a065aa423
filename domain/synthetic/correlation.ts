/** Square matrices as arrays of rows. */
export type Matrix = readonly Float64Array[];

const square = (size: number): Float64Array[] => Array.from({ length: size }, () => new Float64Array(size));

const SMALLEST_EIGENVALUE = 1e-4;
const MOST_SWEEPS = 60;

/**
 * A matrix L with ones on the diagonal of L Lᵀ, which is the correlation matrix near to the symmetric `matrix`: its
 * eigenvalues below 0.0001 are raised to that, and the diagonal is scaled back to ones (Rousseeuw and Molenberghs 1993).
 * Pairwise estimates need not fit together, and columns that repeat each other make a matrix that has no root otherwise.
 */
export function rootOfCorrelation(matrix: Matrix): Matrix {
  const size = matrix.length;
  const { values, vectors } = eigen(matrix);
  const near = square(size);
  for (let k = 0; k < size; k++) {
    const value = Math.max(SMALLEST_EIGENVALUE, values[k]!);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) near[i]![j]! += value * vectors[i]![k]! * vectors[j]![k]!;
    }
  }
  const scale = near.map((row, i) => Math.sqrt(row[i]!));
  return cholesky(near.map((row, i) => row.map((value, j) => value / scale[i]! / scale[j]!)));
}

/** Lower triangle L with L Lᵀ = matrix, which is positive definite. */
function cholesky(matrix: Matrix): Matrix {
  const size = matrix.length;
  const lower = square(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]![j]!;
      for (let k = 0; k < j; k++) sum -= lower[i]![k]! * lower[j]![k]!;
      lower[i]![j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j]![j]!;
    }
  }
  return lower;
}

/** Eigenvalues and eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations. */
function eigen(matrix: Matrix): { values: Float64Array; vectors: Matrix } {
  const size = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = square(size);
  for (let i = 0; i < size; i++) vectors[i]![i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) off += a[i]![j]! ** 2;
    if (off < 1e-20) break;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, p, q);
  }
  return { values: Float64Array.from(a, (row, i) => row[i]!), vectors };
}

function rotate(a: readonly Float64Array[], vectors: readonly Float64Array[], p: number, q: number): void {
  const off = a[p]![q]!;
  if (Math.abs(off) < 1e-300) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * off);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(t * t + 1);
  const sine = t * cosine;
  for (const row of [...a, ...vectors]) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = cosine * x - sine * y;
    row[q] = sine * x + cosine * y;
  }
  const [rowP, rowQ] = [a[p]!, a[q]!];
  for (let k = 0; k < rowP.length; k++) {
    const [x, y] = [rowP[k]!, rowQ[k]!];
    rowP[k] = cosine * x - sine * y;
    rowQ[k] = sine * x + cosine * y;
  }
}
