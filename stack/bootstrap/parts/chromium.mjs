import { existsSync } from 'node:fs';
import { Missing } from '../missing.mjs';
import { knownProgram, programEntry, readRecord, writeRecord } from '../record.mjs';
import { findOnPath, runTool } from '../run.mjs';
import { step } from '../say.mjs';

export const name = 'Chromium';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

function find() {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') return existsSync(named) ? named : undefined;
  return [...NAMES.flatMap(findOnPath), ...MAC.filter((path) => existsSync(path))][0];
}

const canUseApt = () => process.getuid?.() === 0 && findOnPath('apt-get').length > 0;

export function isReady() {
  const known = knownProgram(readRecord().chromium);
  const named = process.env.CHROMIUM_PATH;
  if (known !== undefined && (named === undefined || named === '' || named === known)) return true;
  const path = find();
  if (path === undefined) return false;
  writeRecord('chromium', programEntry(path, 'any', 'this machine'));
  return true;
}

export function checkTools() {
  if (canUseApt() && !process.env.CHROMIUM_PATH) return;
  throw new Missing('Chromium or Google Chrome', 'tests drive the Temporal Web UI as an approver does', [
    'Debian or Ubuntu: apt-get install chromium     macOS: brew install --cask chromium',
    'name the one that you have: CHROMIUM_PATH=/path/to/chrome and the same command',
  ]);
}

export async function install() {
  await step(
    'apt-get install chromium',
    'tests drive the Temporal Web UI, and no browser is here',
    async () => {
      const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
      await runTool('chromium-update', 'apt-get', ['update'], quiet);
      await runTool('chromium', 'apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], quiet);
    },
  );
  if (!isReady()) throw new Error('apt-get ended well, but no chromium is on PATH');
}
