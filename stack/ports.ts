import { createServer } from 'node:net';

export const HOST = '127.0.0.1';

/** Tries to listen, on 0 for any free port; undefined when somebody else has the port. */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
      server.close(() => resolve(address.port));
    });
  });
}

// Given out by this process lately: two parts that start at the same time must not get the same port.
const given = new Set<number>();

export async function freePort(): Promise<number> {
  for (;;) {
    const port = await tryPort(0);
    if (port === undefined || given.has(port)) continue;
    given.add(port);
    return port;
  }
}

/** The wished port, or a free one when it is taken, which is said. Without a wish any free port. */
export async function choosePort(
  what: string,
  wished: number | undefined,
  say: (line: string) => void,
): Promise<number> {
  if (wished === undefined) return freePort();
  if ((await tryPort(wished)) !== undefined) return wished;
  const port = await freePort();
  say(`port ${wished} for ${what} is taken, using ${port}`);
  return port;
}
