import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { packNames } from '../../contracts/schemas/governance.ts';
import type { Pack } from '../../domain/governance/index.ts';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'write a day as 2026-11-26');

const packFile = z.strictObject({
  pack: z.enum(packNames),
  title: z.string().min(1),
  source: z.string().min(1),
  asOf: day,
  applies: z.string().min(1),
  lines: z
    .array(
      z.strictObject({
        line: z.string().min(1),
        asks: z.string().min(1),
        evidence: z.array(z.string().min(1)),
      }),
    )
    .min(1),
});

export type PackName = (typeof packNames)[number];

/** A regulatory pack of ours: data with the day on which somebody read its source. Throws zod's error for a file that is none. */
export async function readPack(name: PackName): Promise<Pack> {
  const text = await readFile(new URL(`${name}.yaml`, import.meta.url), 'utf8');
  return packFile.parse(parse(text));
}
