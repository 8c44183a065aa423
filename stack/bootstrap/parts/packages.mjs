import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, root } from '../places.mjs';
import { Missing } from '../missing.mjs';
import { hasStamp, removeStamp, sha256OfFiles, writeStamp } from '../install.mjs';
import { findOnPath, runTool } from '../run.mjs';
import { step } from '../say.mjs';

export const name = 'npm packages';

const lockFile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');
const stampFolder = join(cache, 'npm');

/** True when what npm left in node_modules is what the lock file wants: somebody ran `npm ci` or `npm install` before. */
function matchesLock() {
  const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    const found = present[path];
    // Packages for other platforms are optional and rightly absent.
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

export function isReady() {
  // npm writes its own lock file last, so without it the folder is not whole.
  if (!existsSync(installed)) return false;
  const stamp = sha256OfFiles(lockFile);
  if (hasStamp(stampFolder, stamp)) return true;
  if (!matchesLock()) return false;
  writeStamp(stampFolder, stamp);
  return true;
}

/** Inside `npm run`, npm says where it is itself; else it is on PATH. */
function npmCommand() {
  const own = process.env.npm_execpath;
  if (own !== undefined && /npm-cli\.c?js$/.test(own) && existsSync(own)) return [process.execPath, own];
  const [npm] = findOnPath('npm');
  return npm === undefined ? undefined : [npm];
}

export function checkTools() {
  if (npmCommand() !== undefined) return;
  throw new Missing('npm', 'it installs the locked Node packages', [
    'install Node.js with npm (https://nodejs.org), and see that `npm` is on PATH',
  ]);
}

export async function install() {
  const [command, ...first] = npmCommand();
  await step('installing npm packages', 'package-lock.json is new or has changed', async () => {
    removeStamp(stampFolder);
    // No install scripts: every native package here ships its binary in the package itself.
    await runTool('npm', command, [...first, 'ci', '--ignore-scripts', '--no-audit', '--no-fund']);
    writeStamp(stampFolder, sha256OfFiles(lockFile));
  });
}
