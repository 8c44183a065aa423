/**
 * Proves that evidence cannot lie: what comes back is byte for byte what was put, a changed, cut or missing file is a
 * typed error, and writers of the same content at the same moment do not disturb each other.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEvidence } from '../../adapters/evidence/index.ts';

const label = { name: 'report.json', mediaType: 'application/json' };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'evidence-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const fileOf = (sha256: string): string => join(dir, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
const overwrite = async (sha256: string, text: string): Promise<void> => {
  await chmod(fileOf(sha256), 0o644);
  await writeFile(fileOf(sha256), text);
};

describe('putting and getting', () => {
  it('names content by its SHA-256, in two levels of folders', async () => {
    const ref = await openEvidence(dir).put('hello', label);
    expect(ref).toEqual({
      ...label,
      sha256: createHash('sha256').update('hello').digest('hex'),
      bytes: 5,
    });
    expect(await readFile(fileOf(ref.sha256), 'utf8')).toBe('hello');
  });

  it('gives back bytes by reference and by digest, and JSON as a value', async () => {
    const store = openEvidence(dir);
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    const ref = await store.put(bytes, label);
    expect((await store.get(ref)).equals(bytes)).toBe(true);
    expect((await openEvidence(dir).get(ref.sha256)).equals(bytes)).toBe(true);
    const json = await store.put(JSON.stringify({ auc: 0.7 }), label);
    expect(await store.getJson<{ auc: number }>(json)).toEqual({ auc: 0.7 });
  });

  it('streams a file of several chunks to the digest of its bytes', async () => {
    const source = join(dir, 'big.bin');
    const bytes = Buffer.alloc(300_000, 'flights ');
    await writeFile(source, bytes);
    const store = openEvidence(join(dir, 'store'));
    const ref = await store.putFile(source, { name: 'big.bin', mediaType: 'application/octet-stream' });
    expect(ref.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(ref.bytes).toBe(bytes.length);
    expect((await store.get(ref)).equals(bytes)).toBe(true);
    expect(await readFile(await store.path(ref))).toEqual(bytes);
  });

  it('lets many writers put the same content at once, and leaves one file and no temporary one', async () => {
    const stores = Array.from({ length: 8 }, () => openEvidence(dir));
    const refs = await Promise.all(stores.map((store) => store.put('same content', label)));
    expect(new Set(refs.map(({ sha256 }) => sha256)).size).toBe(1);
    expect((await stores[0]!.get(refs[0]!)).toString()).toBe('same content');
    expect(await readdir(join(dir, 'tmp'))).toEqual([]);
  });

  it('says whether content is there', async () => {
    const store = openEvidence(dir);
    const ref = await store.put('here', label);
    expect(await store.has(ref)).toBe(true);
    expect(await store.has('0'.repeat(64))).toBe(false);
  });
});

describe('what is wrong is said', () => {
  it.each([['get'], ['path'], ['getJson']] as const)('%s refuses a file that was changed', async (method) => {
    const ref = await openEvidence(dir).put('{"verdict":"fail"}', label);
    await overwrite(ref.sha256, '{"verdict":"pass"}');
    await expect(openEvidence(dir)[method](ref)).rejects.toMatchObject({
      code: 'EVIDENCE_CHANGED',
      sha256: ref.sha256,
    });
  });

  it('refuses a file that was cut short', async () => {
    const store = openEvidence(dir);
    const ref = await store.put('0123456789', label);
    await chmod(fileOf(ref.sha256), 0o644);
    await truncate(fileOf(ref.sha256), 4);
    await expect(store.get(ref)).rejects.toMatchObject({ code: 'EVIDENCE_CHANGED' });
  });

  it('mends a damaged file when the original is put again', async () => {
    const store = openEvidence(dir);
    const ref = await store.put('original', label);
    await overwrite(ref.sha256, 'damaged');
    await store.put('original', label);
    expect((await store.get(ref)).toString()).toBe('original');
  });

  it.each([['get'], ['path'], ['getJson']] as const)('%s names a missing file', async (method) => {
    const missing = 'ab'.repeat(32);
    await expect(openEvidence(dir)[method](missing)).rejects.toMatchObject({
      code: 'EVIDENCE_MISSING',
      sha256: missing,
    });
  });

  it('takes no path for a digest', async () => {
    const store = openEvidence(dir);
    for (const key of ['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(63)}/`]) {
      await expect(store.get(key)).rejects.toMatchObject({ code: 'EVIDENCE_DIGEST_INVALID' });
    }
  });

  it('says when content is not JSON', async () => {
    const store = openEvidence(dir);
    const ref = await store.put('not json', label);
    await expect(store.getJson(ref)).rejects.toMatchObject({ code: 'EVIDENCE_NOT_JSON' });
  });

  it('names the source file that cannot be stored', async () => {
    await expect(openEvidence(dir).putFile(join(dir, 'nowhere.bin'), label)).rejects.toMatchObject({
      code: 'EVIDENCE_MISSING',
      message: expect.stringContaining('nowhere.bin'),
    });
  });

  it('says that the store failed when its folder cannot be made', async () => {
    await writeFile(join(dir, 'taken'), '');
    await expect(openEvidence(join(dir, 'taken')).put('x', label)).rejects.toMatchObject({
      code: 'EVIDENCE_UNAVAILABLE',
    });
  });
});
