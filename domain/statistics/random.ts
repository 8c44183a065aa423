import { requireFiniteNumber, requireInRange } from './error.ts';
import { logGamma } from './special.ts';

/** A seeded stream of random numbers. The same seed gives the same stream on every machine. */
export interface Random {
  /** Uniform on [0, 1), 53 bits. */
  next(): number;
  /** Uniform on 0 .. n - 1. */
  integer(n: number): number;
  /** Standard normal. */
  normal(): number;
  /** Exponential with mean 1. */
  exponential(): number;
  /** Poisson count with mean `lambda` >= 0. */
  poisson(lambda: number): number;
  /** Gamma with this shape > 0 and scale 1. */
  gamma(shape: number): number;
}

const TWO_POW_32 = 4294967296;

/** One step of a 32-bit mixer (Murmur3's finaliser on a Weyl sequence); fills the generator's state from a seed. */
function mixer(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/**
 * The generator xoshiro128** (Blackman and Vigna 2018), period 2^128 - 1. Normals by Marsaglia's polar method, gamma
 * by Marsaglia and Tsang 2000, Poisson by products below 10 and by Hörmann's PTRS 1993 above.
 * `seed` is any finite number; its integer part counts, up to 2^53.
 */
export function createRandom(seed: number): Random {
  requireFiniteNumber(seed, 'seed');
  const whole = Math.trunc(seed);
  const low = mixer(whole);
  const high = mixer(Math.floor(whole / TWO_POW_32) ^ 0x5bd1e995);
  let a = low() ^ high();
  let b = low() ^ high();
  let c = low() ^ high();
  let d = (low() ^ high()) | 1;
  let spare: number | undefined;

  function bits(): number {
    const fived = Math.imul(b, 5);
    const result = Math.imul((fived << 7) | (fived >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  }

  const next = (): number => ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992;
  /** Uniform on (0, 1): for logarithms. */
  const open = (): number => next() + 5.551115123125783e-17;

  function normal(): number {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * next() - 1;
      const v = 2 * next() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * scale;
        return u * scale;
      }
    }
  }

  function gamma(shape: number): number {
    requireInRange(shape, 'shape', Number.MIN_VALUE, Number.MAX_VALUE);
    if (shape < 1) return gamma(shape + 1) * open() ** (1 / shape);
    const base = shape - 1 / 3;
    const width = 1 / Math.sqrt(9 * base);
    for (;;) {
      const x = normal();
      const v = (1 + width * x) ** 3;
      if (v > 0 && Math.log(open()) < 0.5 * x * x + base - base * v + base * Math.log(v)) return base * v;
    }
  }

  function poisson(lambda: number): number {
    requireInRange(lambda, 'lambda', 0, 1e15);
    if (lambda < 10) {
      const limit = Math.exp(-lambda);
      let product = next();
      let count = 0;
      while (product > limit) {
        product *= next();
        count++;
      }
      return count;
    }
    const slope = 0.931 + 2.53 * Math.sqrt(lambda);
    const shift = -0.059 + 0.02483 * slope;
    const inverse = 1.1239 + 1.1328 / (slope - 3.4);
    const logLambda = Math.log(lambda);
    for (;;) {
      const u = next() - 0.5;
      const v = open();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * shift) / us + slope) * u + lambda + 0.43);
      if (us >= 0.07 && v <= 0.9277 - 3.6224 / (slope - 2)) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      const accept = Math.log((v * inverse) / (shift / (us * us) + slope));
      if (accept <= k * logLambda - lambda - logGamma(k + 1)) return k;
    }
  }

  return {
    next,
    integer(n) {
      requireInRange(n, 'n', 1, Number.MAX_SAFE_INTEGER);
      return Math.floor(next() * n);
    },
    normal,
    exponential: () => -Math.log(open()),
    poisson,
    gamma,
  };
}
