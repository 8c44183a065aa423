import { connect } from 'node:net';
import type { Part } from './part.ts';

const TIMEOUT_MS = 5_000;

/**
 * A real part that an environment variable names. It is not ours: it is neither started nor stopped, only knocked at, so
 * that a wrong address is named here and not as a puzzle later.
 *
 * @throws when none of the addresses (`host:port`, comma-separated) accepts a connection
 */
export async function externalPart(
  name: string,
  variable: string,
  addresses: string,
  extra: Record<string, string>,
): Promise<Part> {
  const answers = await Promise.all(addresses.split(',').map((address) => accepts(address.trim())));
  if (!answers.includes(true)) {
    throw new Error(
      `${variable} names ${addresses}, and nothing accepts a connection there within ${TIMEOUT_MS / 1000} s. ` +
        `Start ${name} there, or unset ${variable} to use the embedded one.`,
    );
  }
  return {
    name,
    address: addresses,
    extra,
    pid: undefined,
    exited: new Promise(() => undefined),
    stop: () => Promise.resolve(),
    kill: (signal) => {
      throw new Error(`${name} at ${addresses} is not ours, it cannot be sent ${signal}`);
    },
  };
}

function accepts(address: string): Promise<boolean> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '');
  const port = Number(address.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
