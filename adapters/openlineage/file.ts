import { mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineageUnavailable, type LineageTransport } from './port.ts';

/** Appends to a file, one event a line (NDJSON). Lines are on the disk before `send` resolves. */
export function fileTransport(path: string): LineageTransport {
  const place = resolve(path);
  return {
    place,
    send: async (events) => {
      const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      try {
        await mkdir(dirname(place), { recursive: true });
        const file = await open(place, 'a+');
        try {
          // A process that was killed may have left half a line; a new one must not be glued to it.
          await file.appendFile((await endsInALine(file)) ? lines : `\n${lines}`);
          await file.sync();
        } finally {
          await file.close();
        }
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new LineageUnavailable(`${place} cannot be written: ${reason}`, { cause });
      }
    },
    close: () => Promise.resolve(),
  };
}

async function endsInALine(file: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
