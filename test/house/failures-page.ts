/** Writes docs/failures.md from `contracts/failures.ts`. Run it after a change there; a test holds the two equal. */
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { failures } from '../../contracts/failures.ts';

const introduction = `# Failures

A failed validation is a result: its report says \`fail\`, and the release ends or asks people. A failure is something else: a
check could not be made, or an effect could not be had. Activities throw failures of these types and no others, so the
type tells what happened, whether it is tried again, and what to do.

A failure that is not tried again ends its attempt at once. A stage whose failure remains holds the release: its page in the
Temporal Web UI shows the type and the message, and a person sends \`retry\` or \`abort\`.

This page is made from \`contracts/failures.ts\` by \`node --import tsx test/house/failures-page.ts\`.
`;

/** The page's text, formatted. */
export async function failuresPage(): Promise<string> {
  const rows = Object.entries(failures).map(
    ([type, { retryable, help }]) => `| \`${type}\` | ${retryable ? 'yes' : 'no'} | ${help} |`,
  );
  const table = ['| type | tried again | what it means |', '| --- | --- | --- |', ...rows].join('\n');
  return format(`${introduction}\n${table}\n`, { parser: 'markdown', printWidth: 110 });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile(new URL('../../docs/failures.md', import.meta.url), await failuresPage());
  process.stdout.write('wrote docs/failures.md\n');
}
