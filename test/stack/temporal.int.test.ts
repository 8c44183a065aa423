// Proves that the embedded Temporal starts with our search attributes and its Web UI, and that a workflow and its search
// attribute are still there after kill -9 and a restart on the same folder.
import { Client, Connection } from '@temporalio/client';
import { expect, it, onTestFinished } from 'vitest';
import { searchAttributes } from '../../contracts/search-attributes.ts';
import type { Part } from '../../stack/part.ts';
import { startTemporal } from '../../stack/parts/temporal.ts';
import { temporaryFolder, until } from './support.ts';

async function clientOf(part: Part): Promise<Client> {
  const connection = await Connection.connect({ address: part.address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

it('starts, answers, shows its UI, and survives kill -9 with its data', async () => {
  const dataDir = await temporaryFolder();
  const first = await startTemporal({ dataDir });
  onTestFinished(() => first.stop());
  const client = await clientOf(first);
  await client.workflow.start('notRun', {
    workflowId: 'kept',
    taskQueue: 'nobody-listens',
    typedSearchAttributes: [{ key: searchAttributes.stage, value: 'sandbox' }],
  });
  const page = await fetch(`${first.extra['ui']}`);
  expect(page.status).toBe(200);

  first.kill('SIGKILL');
  await first.exited;
  const second = await startTemporal({ dataDir });
  onTestFinished(() => second.stop());
  const again = await clientOf(second);
  const described = await again.workflow.getHandle('kept').describe();
  expect(described.status.name).toBe('RUNNING');
  // Visibility is written a moment after the start; it must still arrive.
  await until(async () => (await again.workflow.count("ReleaseStage = 'sandbox'")).count === 1);
});

it('takes dynamic configuration and search attributes of its caller', async () => {
  const dataDir = await temporaryFolder();
  const part = await startTemporal({
    dataDir,
    searchAttributes: { OnlyThis: 'Keyword' },
    dynamicConfig: { 'limit.maxIDLength': 20 },
  });
  onTestFinished(() => part.stop());
  const client = await clientOf(part);
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  expect(Object.keys(customAttributes)).toContain('OnlyThis');
  expect(Object.keys(customAttributes)).not.toContain('ReleaseStage');
  const start = client.workflow.start('notRun', { workflowId: 'x'.repeat(21), taskQueue: 'nobody-listens' });
  await expect(start).rejects.toThrow();
});
