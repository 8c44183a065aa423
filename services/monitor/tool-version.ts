import { createRequire } from 'node:module';

/** The project's version, as the drift events name it. */
export const toolVersion = (createRequire(import.meta.url)('../../package.json') as { version: string })
  .version;
