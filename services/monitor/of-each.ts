import { streams, type Stream } from '../../domain/drift/monitor/index.ts';

/** Something for each stream that the monitor joins. */
export const ofEach = <T>(make: (stream: Stream) => T): Record<Stream, T> =>
  Object.fromEntries(streams.map((stream) => [stream, make(stream)])) as Record<Stream, T>;
