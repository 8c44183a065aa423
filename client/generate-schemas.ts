/** Writes the published JSON Schemas into `docs/schemas/`. Run it after a change of `contracts/schemas/`; a test holds them equal. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { releaseFileJsonSchema } from '../contracts/schemas/release-file.ts';

/** File name to text, as it must stand in `docs/schemas/`. */
export async function generateSchemas(): Promise<Readonly<Record<string, string>>> {
  const release = JSON.stringify(releaseFileJsonSchema());
  return { 'release.schema.json': await format(release, { parser: 'json', printWidth: 110 }) };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [name, text] of Object.entries(await generateSchemas())) {
    const file = new URL(`../docs/schemas/${name}`, import.meta.url);
    await writeFile(file, text);
    process.stdout.write(`wrote docs/schemas/${name}\n`);
  }
}
