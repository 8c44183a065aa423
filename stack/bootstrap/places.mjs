// Where things are, and the pinned versions.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/[/\\]$/, '');
/** Everything that is installed lands here; `SEATRIAL_CACHE` moves it, which the tests use. */
export const cache = process.env.SEATRIAL_CACHE ?? join(root, '.cache');
export const versions = JSON.parse(readFileSync(join(root, 'stack/versions.json'), 'utf8'));
