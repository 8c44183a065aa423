/** A large sample that the committed cases describe by its making, so that Python and TypeScript follow it to the bit. */
export interface Recipe {
  readonly recipe: {
    readonly seed: number;
    readonly n: number;
    readonly shape: 'uniform' | 'bell' | 'heavy' | 'ties' | 'event';
    readonly scale: number;
    readonly shift: number;
  };
}

/** Murmur3's mixer on a counter: i-th uniform number of a seed, 32 bits. */
function uniform(seed: number, i: number): number {
  let z = (i + seed * 1000003) >>> 0;
  z = Math.imul(z, 0x9e3779b1);
  z ^= z >>> 16;
  z = Math.imul(z, 0x85ebca6b);
  z ^= z >>> 13;
  z = Math.imul(z, 0xc2b2ae35);
  z ^= z >>> 16;
  return (z >>> 0) / 4294967296;
}

const SHAPES: Record<Recipe['recipe']['shape'], (seed: number, i: number) => number> = {
  uniform: (seed, i) => uniform(seed, i),
  bell: (seed, i) => uniform(seed, i) + uniform(seed + 1, i) + uniform(seed + 2, i) - 1.5,
  heavy: (seed, i) => 1 / (1 - uniform(seed, i)) - 1,
  ties: (seed, i) => Math.floor(uniform(seed, i) * 12),
  event: (seed, i) => (uniform(seed, i) < 0.1 ? 1 : 0),
};

export function cook({ recipe: { seed, n, shape, scale, shift } }: Recipe): number[] {
  return Array.from({ length: n }, (_, i) => shift + scale * SHAPES[shape](seed, i));
}
