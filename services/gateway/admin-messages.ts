import { z } from 'zod';
import type { LoadVersion, TrafficChange } from '../../contracts/gateway.ts';
import { isName, NAME_RULE } from '../../contracts/ids.ts';
import { FALLBACK_VERSION } from '../../contracts/gateway.ts';
import { GatewayError } from './errors.ts';

const evidence = z.object({
  name: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'give 64 lower-case hex characters'),
  bytes: z.int().min(0),
  mediaType: z.string().min(1),
});

const probability = z.number().min(0).max(1);

const loadVersion = z.object({
  artifact: evidence,
  signature: evidence,
  fallback: z.object({ score: probability }),
  threshold: probability,
});

const arm = z.object({
  arm: z.enum(['baseline', 'canary']),
  version: z.string().refine(isName, NAME_RULE),
  weight: z.number().min(0).max(100),
});

const trafficChange = z.object({
  changeId: z.string().min(1).max(256),
  fence: z.int().min(0),
  arms: z
    .array(arm)
    .min(1)
    .max(2)
    .refine((arms) => new Set(arms.map((one) => one.arm)).size === arms.length, 'name each arm once')
    .refine(
      (arms) => Math.abs(arms.reduce((sum, { weight }) => sum + weight, 0) - 100) < 1e-6,
      'the weights must add up to 100 per cent',
    ),
});

export const readLoadVersion = (body: unknown): LoadVersion => read(loadVersion, body);
export const readTrafficChange = (body: unknown): TrafficChange => read(trafficChange, body);

/** A model's or version's name from the URL. `fallback` is no version: it means that there is none. */
export function readName(text: string, what: 'model' | 'version'): string {
  if (!isName(text)) throw new GatewayError('INVALID_REQUEST', `"${text}" is no ${what} name: ${NAME_RULE}.`);
  if (what === 'version' && text === FALLBACK_VERSION) {
    throw new GatewayError('INVALID_REQUEST', `A version cannot be called "${FALLBACK_VERSION}".`);
  }
  return text;
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw new GatewayError('INVALID_REQUEST', `The body is wrong at ${issues.join('; ')}.`);
}
