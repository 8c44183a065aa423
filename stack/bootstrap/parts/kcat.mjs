import { findOnPath, runTool } from '../run.mjs';
import { knownProgram, programEntry, readRecord, writeRecord } from '../record.mjs';
import { say, step } from '../say.mjs';

export const name = 'kcat';

const ABSENT = { absent: true };
const canUseApt = () => process.getuid?.() === 0 && findOnPath('apt-get').length > 0;

function recordFound() {
  const [path] = findOnPath('kcat');
  if (path === undefined) return false;
  writeRecord('kcat', programEntry(path, 'any', 'this machine'));
  return true;
}

/** One test of a few needs it, so a machine that cannot have it goes on without, and says so once. */
export function isReady() {
  const { kcat } = readRecord();
  if (kcat?.absent === true) return findOnPath('kcat').length === 0 || recordFound();
  return knownProgram(kcat) !== undefined || recordFound();
}

export async function install() {
  if (canUseApt()) {
    await step('apt-get install kcat', 'a test produces drift events with it', async () => {
      const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
      await runTool('kcat-update', 'apt-get', ['update'], quiet);
      await runTool('kcat', 'apt-get', ['install', '-y', '--no-install-recommends', 'kcat'], quiet);
    }).catch((error) => say(`no kcat: ${error.message}`));
  }
  if (recordFound()) return;
  writeRecord('kcat', ABSENT);
  say(
    'kcat is not on PATH; the test that produces with it is skipped (Debian: apt-get install kcat, macOS: brew install kcat)',
  );
}
