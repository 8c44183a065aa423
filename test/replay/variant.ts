/** The workflows of another folder as one file, as a worker would bundle them. */
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

export async function bundleOf(folder: string): Promise<string> {
  const silent = (): void => undefined;
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(folder, 'workflows/index.ts'),
    payloadConverterPath: join(folder, 'workflows/payload-converter.ts'),
    logger: { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent },
  });
  return code;
}
