/** The promises of the port, which every registry of models must keep. */
import { beforeEach, describe, expect, test } from 'vitest';
import { RegistryRefused, type ModelRegistry } from '../../adapters/registry/index.ts';
import type { AliasChange, RegisteredVersion } from '../../contracts/registry.ts';
import { evidence } from '../support/plans.ts';
import { unique } from '../support/unique.ts';

export function conformance(name: string, open: () => ModelRegistry): void {
  describe(`${name} keeps the promises of a registry`, () => {
    let registry: ModelRegistry;
    let model: string;
    beforeEach(() => {
      registry = open();
      model = unique('model');
    });

    const version = (
      name: string,
      digit: string,
      more: Partial<RegisteredVersion> = {},
    ): RegisteredVersion => ({
      model,
      version: name,
      summary: `version ${name}`,
      artifact: evidence('model.onnx', digit),
      tags: { 'seatrial.release': `release/${model}/${name}` },
      ...more,
    });
    const alias = (change: Omit<AliasChange, 'model' | 'at'> & { hour: number }): Promise<void> => {
      const { hour, ...rest } = change;
      return registry.setAlias({
        model,
        at: `2026-03-01T${String(hour).padStart(2, '0')}:00:00.000Z`,
        ...rest,
      });
    };
    const aliases = async () => (await registry.view(model))?.aliases;

    test('a model that was never put is not known', async () => {
      expect(await registry.view(model)).toBeUndefined();
    });

    test('a version that is put twice is there once, with its digest and its tags', async () => {
      for (let time = 0; time < 2; time += 1) await registry.putVersion(version('v1', 'a'));
      await registry.putVersion(version('r-2013-06-16-3fa2c1', 'b'));
      expect((await registry.view(model))?.versions).toMatchObject({
        v1: { sha256: 'a'.repeat(64), tags: { 'seatrial.release': `release/${model}/v1` } },
        'r-2013-06-16-3fa2c1': { sha256: 'b'.repeat(64) },
      });
      expect(Object.keys((await registry.view(model))?.versions ?? {})).toHaveLength(2);
    });

    test('tags are set one by one, and a version put again keeps the others', async () => {
      await registry.putVersion(version('v1', 'a'));
      await registry.setTags(model, 'v1', {
        'seatrial.state': 'in release',
        'seatrial.stage.sandbox': 'pass',
      });
      await registry.setTags(model, 'v1', { 'seatrial.state': 'live' });
      await registry.putVersion(version('v1', 'a', { tags: { 'seatrial.more': 'späte Flüge' } }));
      expect((await registry.view(model))?.versions['v1']?.tags).toMatchObject({
        'seatrial.state': 'live',
        'seatrial.stage.sandbox': 'pass',
        'seatrial.more': 'späte Flüge',
        'seatrial.release': `release/${model}/v1`,
      });
    });

    test('a text that is longer than a registry allows is cut, not refused', async () => {
      await registry.putVersion(
        version('v1', 'a', { summary: 's'.repeat(200_000), tags: { 'seatrial.long': 'x'.repeat(200_000) } }),
      );
      expect((await registry.view(model))?.versions['v1']?.tags['seatrial.long']).toMatch(/^x{1000,}/);
    });

    test('an alias is moved, moved back, and taken away', async () => {
      for (const name of ['v1', 'v2']) await registry.putVersion(version(name, name.slice(1)));
      await alias({ alias: 'challenger', version: 'v1', hour: 1 });
      await alias({ alias: 'champion', version: 'v1', hour: 2 });
      await alias({ alias: 'challenger', version: null, from: 'v1', hour: 2 });
      expect(await aliases()).toEqual({ champion: 'v1' });
      await alias({ alias: 'champion', version: 'v2', hour: 3 });
      expect(await aliases()).toEqual({ champion: 'v2' });
      await alias({ alias: 'champion', version: 'v1', hour: 4 });
      expect(await aliases()).toEqual({ champion: 'v1' });
      await alias({ alias: 'champion', version: null, hour: 5 });
      expect(await aliases()).toEqual({});
    });

    test('news that comes again, or late, moves no alias back', async () => {
      for (const name of ['v1', 'v2']) await registry.putVersion(version(name, name.slice(1)));
      await alias({ alias: 'champion', version: 'v1', hour: 1 });
      await alias({ alias: 'champion', version: 'v2', hour: 2 });
      await alias({ alias: 'champion', version: 'v1', hour: 1 });
      expect(await aliases()).toEqual({ champion: 'v2' });
      await alias({ alias: 'champion', version: null, hour: 3 });
      await alias({ alias: 'champion', version: 'v2', hour: 2 });
      expect(await aliases()).toEqual({});
    });

    test('an alias that another version has by now is not taken away', async () => {
      for (const name of ['v1', 'v2']) await registry.putVersion(version(name, name.slice(1)));
      await alias({ alias: 'challenger', version: 'v1', hour: 1 });
      await alias({ alias: 'challenger', version: 'v2', hour: 2 });
      await alias({ alias: 'challenger', version: null, from: 'v1', hour: 3 });
      expect(await aliases()).toEqual({ challenger: 'v2' });
    });

    test('what it does not know is refused', async () => {
      await expect(registry.setTags(model, 'v1', { a: 'b' })).rejects.toBeInstanceOf(RegistryRefused);
      await registry.putVersion(version('v1', 'a'));
      await expect(registry.setTags(model, 'v9', { a: 'b' })).rejects.toBeInstanceOf(RegistryRefused);
      await expect(alias({ alias: 'champion', version: 'v9', hour: 1 })).rejects.toBeInstanceOf(
        RegistryRefused,
      );
    });
  });
}
