import { versions } from '../places.mjs';
import { Missing } from '../missing.mjs';

export const name = 'node';

export function isReady() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [leastMajor, leastMinor] = versions.node.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

export function checkTools() {
  throw new Missing(
    `Node.js ${versions.node} or newer (this is ${process.versions.node})`,
    'everything here runs on it',
    ['install Node 22 from https://nodejs.org or with nvm, fnm or volta, then run the command again'],
  );
}

export async function install() {}
