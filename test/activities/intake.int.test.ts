/**
 * Proves that intake lets in the file that was trained and nothing else: other bytes under the same digest, files that are no
 * ONNX, models whose tensors lie elsewhere and models that do not load are findings, and nothing is started for the first three.
 */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intake } from '../../activities/stages/index.ts';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import type { Signature } from '../../contracts/plan.ts';
import { graph, model, tensor } from './onnx-bytes.ts';
import {
  checkOf,
  fullReport,
  isAlive,
  makeWorld,
  planOf,
  required,
  runStage,
  startStage,
  trainExample,
  type World,
} from './support.ts';

let world: World;
let files: Record<string, EvidenceRef>;
beforeAll(async () => {
  world = await makeWorld();
  files = await trainExample(world, 'clean');
});
afterAll(() => world.remove());

const store = (content: Buffer | string, name = 'model.onnx'): Promise<EvidenceRef> =>
  world.evidence.put(content, { name, mediaType: 'application/onnx' });
const examine = (more: Partial<Parameters<typeof planOf>[1]> = {}) =>
  runStage(world, intake(world.context), planOf('intake', { files, ...more }));

describe('intake of the trained model', () => {
  it('passes, says how long it took to load, and leaves no process', async () => {
    const { report, heartbeats } = await startStage(
      world,
      intake(world.context),
      planOf('intake', {
        files,
        checks: [{ name: 'quick', metric: 'load-seconds', max: 60, severity: 'blocking' }],
      }),
    );
    const { verdict, checks, metrics, evidence } = await report;
    expect(checks.filter((check) => check.verdict !== 'pass')).toEqual([]);
    expect(verdict).toBe('pass');
    expect(checks.map(({ name }) => name)).toEqual([
      'artifact-digest',
      'data-digests',
      'format',
      'external-data',
      'loads',
      'one-query',
      'interface',
      'quick',
    ]);
    expect(metrics['load-seconds']?.value).toBeGreaterThan(0);
    expect(evidence.map(({ name }) => name)).toEqual(['intake-report.json']);
    expect((await fullReport(world, await report)).details).toHaveProperty('onnx.operatorSet', 17);
    expect(heartbeats.length).toBeGreaterThanOrEqual(3);
    expect(world.servings.length).toBe(1);
    expect(isAlive(world.servings[0]?.pid ?? 0)).toBe(false);
  });
});

describe('intake of something else', () => {
  const refusesUnrun = async (artifact: EvidenceRef, check: string, reason: RegExp): Promise<void> => {
    const before = world.servings.length;
    const report = await examine({ artifact });
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, check)).toMatchObject({ verdict: 'fail', severity: 'blocking' });
    expect(checkOf(report, check).reason).toMatch(reason);
    expect(checkOf(report, 'loads')).toMatchObject({ verdict: 'error' });
    expect(report.summary).toMatch(reason);
    expect(world.servings.length).toBe(before);
  };

  it('refuses a pickle, a zip and a script, though they are called model.onnx', async () => {
    await refusesUnrun(
      await store(Buffer.from('80049503000000000000004e2e', 'hex')),
      'format',
      /Python pickle/,
    );
    await refusesUnrun(await store(Buffer.from('504b0304140000000800', 'hex')), 'format', /zip archive/);
    await refusesUnrun(await store('#!/bin/sh\necho served\n'), 'format', /script/);
  });

  it('refuses a model that was cut off', async () => {
    const whole = await world.evidence.get(required(files, 'model'));
    await refusesUnrun(await store(whole.subarray(0, whole.length / 2)), 'format', /only ONNX is served/);
  });

  it('refuses tensors outside of the folder, and files that the plan does not freeze', async () => {
    const at = (location: string) => store(model({ graphs: [graph({ initializers: [tensor(location)] })] }));
    await refusesUnrun(await at('../../etc/passwd'), 'external-data', /outside.*goes up/);
    await refusesUnrun(await at('/etc/passwd'), 'external-data', /outside.*absolute/);
    await refusesUnrun(await at('weights.bin'), 'external-data', /weights\.bin.*does not freeze/);
  });

  it('refuses other bytes in the place of the artifact, even when the store has looked before', async () => {
    const artifact = await store(await readFile('test/fixtures/tiny-b.onnx'));
    const path = await world.evidence.path(artifact);
    await chmod(path, 0o644);
    await writeFile(path, await readFile('test/fixtures/tiny-a.onnx'));
    await refusesUnrun(artifact, 'artifact-digest', new RegExp(`the plan says.*${artifact.sha256}`));
  });

  it('fails when onnxruntime refuses the model', async () => {
    const report = await examine({ artifact: await store(model({})) });
    expect(report.verdict).toBe('fail');
    expect(checkOf(report, 'format').verdict).toBe('pass');
    expect(checkOf(report, 'loads')).toMatchObject({ verdict: 'fail' });
    expect(isAlive(world.servings.at(-1)?.pid ?? 0)).toBe(false);
  });

  it('fails when the signature declares an input that the model lacks', async () => {
    const signature = await world.evidence.getJson<Signature>(required(files, 'signature'));
    const more = {
      ...signature,
      inputs: [...signature.inputs, { name: 'moon', datatype: 'FP32', kind: 'numeric' }],
    };
    const wrong = await store(JSON.stringify(more), 'signature.json');
    const report = await examine({ files: { ...files, signature: wrong } });
    expect(checkOf(report, 'loads')).toMatchObject({ verdict: 'fail' });
    expect(checkOf(report, 'loads').reason).toMatch(/no input "moon"/);
  });

  it('fails when loading takes longer than the plan allows', async () => {
    const report = await examine({ parameters: { loadSeconds: 0.001 } });
    expect(checkOf(report, 'loads')).toMatchObject({ verdict: 'fail' });
    expect(checkOf(report, 'loads').reason).toMatch(/0\.001 s/);
  });
});

describe('intake that cannot be made', () => {
  it('is a typed failure: no artifact, no data file, a parameter that nobody knows', async () => {
    const lost = { ...required(files, 'model'), sha256: '0'.repeat(64) };
    await expect(examine({ artifact: lost })).rejects.toMatchObject({
      type: 'ArtifactMissing',
      nonRetryable: true,
    });
    await expect(examine({ data: { golden: lost } })).rejects.toMatchObject({ type: 'ArtifactMissing' });
    await expect(examine({ parameters: { loadSecond: 5 } })).rejects.toMatchObject({
      type: 'PlanInvalid',
      message: expect.stringMatching(/loadSecond/) as string,
    });
  });

  it('is tried again when no serving process starts', async () => {
    const broken = { ...world.context, startServing: () => Promise.reject(new Error('no memory')) };
    await expect(runStage(world, intake(broken), planOf('intake', { files }))).rejects.toMatchObject({
      type: 'ServingUnavailable',
      nonRetryable: false,
      message: expect.stringMatching(/no memory/) as string,
    });
  });
});
