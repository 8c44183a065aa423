/** Writes the published JSON Schemas into `docs/schemas/`. Run it after a change of `contracts/schemas/`; a test holds them equal. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { publishedPlaybookSchema, publishedReleaseSchema } from '../contracts/schemas/playbook-file.ts';

/** File name to text, as it must stand in `docs/schemas/`. */
export async function generateSchemas(): Promise<Readonly<Record<string, string>>> {
  const text = (schema: unknown): Promise<string> =>
    format(JSON.stringify(schema), { parser: 'json', printWidth: 110 });
  return {
    'release.schema.json': await text(publishedReleaseSchema()),
    'playbook.schema.json': await text(publishedPlaybookSchema()),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [name, text] of Object.entries(await generateSchemas())) {
    const file = new URL(`../docs/schemas/${name}`, import.meta.url);
    await writeFile(file, text);
    process.stdout.write(`wrote docs/schemas/${name}\n`);
  }
}
