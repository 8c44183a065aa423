import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, open, readFile, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { EvidenceRef } from '../../contracts/evidence.ts';
import { digestOf, sha256Of, sha256OfFile } from './digest.ts';
import { EvidenceError, systemCode } from './errors.ts';
import type { EvidenceKey, EvidenceLabel, EvidenceStore } from './store.ts';

/**
 * Evidence in a local folder: `aa/bb/<sha256>`, and `tmp/` beside them for files that are being written. A reader sees
 * a whole file or none, because a file gets its name by rename only after its bytes are on the disk.
 */
export class EvidenceFolder implements EvidenceStore {
  readonly #root: string;
  readonly #verified = new Set<string>();

  constructor(dir: string) {
    this.#root = resolve(dir);
  }

  async put(content: Uint8Array | string, label: EvidenceLabel): Promise<EvidenceRef> {
    const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    const sha256 = sha256Of(bytes);
    if (!(await this.#isIntact(sha256))) {
      await this.#write(async (file) => {
        await file.writeFile(bytes);
        return sha256;
      });
    }
    return reference(label, sha256, bytes.length);
  }

  async putFile(path: string, label: EvidenceLabel): Promise<EvidenceRef> {
    let bytes = 0;
    // Hashed while it is copied: the digest is that of the bytes stored, even when the source changes meanwhile.
    const sha256 = await this.#write(async (file) => {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(path)) {
        const part = chunk as Buffer;
        hash.update(part);
        bytes += part.length;
        await file.writeFile(part);
      }
      return hash.digest('hex');
    }, path);
    return reference(label, sha256, bytes);
  }

  async get(key: EvidenceKey): Promise<Buffer> {
    const sha256 = digestOf(key);
    const content = await this.#reading(sha256, () => readFile(this.#file(sha256)));
    this.#require(sha256, sha256Of(content));
    return content;
  }

  async getJson<T>(key: EvidenceKey): Promise<T> {
    const content = await this.get(key);
    try {
      return JSON.parse(content.toString('utf8')) as T;
    } catch (cause) {
      const sha256 = digestOf(key);
      throw new EvidenceError(
        'EVIDENCE_NOT_JSON',
        `Evidence ${nameOf(key)} is not JSON (${cause instanceof Error ? cause.message : String(cause)}). Check that the plan names the right file.`,
        { sha256, cause },
      );
    }
  }

  async path(key: EvidenceKey): Promise<string> {
    const sha256 = digestOf(key);
    const file = this.#file(sha256);
    if (this.#verified.has(sha256)) {
      await this.#reading(sha256, () => access(file));
    } else {
      this.#require(sha256, (await this.#reading(sha256, () => sha256OfFile(file))).sha256);
      this.#verified.add(sha256);
    }
    return file;
  }

  async has(key: EvidenceKey): Promise<boolean> {
    const sha256 = digestOf(key);
    try {
      await access(this.#file(sha256));
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw unavailable(this.#root, error);
    }
  }

  #file(sha256: string): string {
    return join(this.#root, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  }

  /** True when the content is stored already and unchanged; a damaged copy is replaced by the next write. */
  async #isIntact(sha256: string): Promise<boolean> {
    if (!(await this.has(sha256))) return false;
    try {
      return (await sha256OfFile(this.#file(sha256))).sha256 === sha256;
    } catch (error) {
      throw unavailable(this.#root, error);
    }
  }

  /** Writes a temporary file, syncs it, names it by the digest that `fill` returns, and syncs the folder. */
  async #write(fill: (file: FileHandle) => Promise<string>, source?: string): Promise<string> {
    const temporary = join(this.#root, 'tmp', randomUUID());
    try {
      await mkdir(dirname(temporary), { recursive: true });
      let sha256: string;
      const file = await open(temporary, 'wx', 0o444);
      try {
        sha256 = await fill(file);
        await file.sync();
      } finally {
        await file.close();
      }
      const target = this.#file(sha256);
      await mkdir(dirname(target), { recursive: true });
      await rename(temporary, target);
      // The new folders' own names must survive a crash too, so the sync goes up to the root.
      for (const folder of [dirname(target), dirname(dirname(target)), this.#root]) await syncFolder(folder);
      return sha256;
    } catch (error) {
      await unlink(temporary).catch((cleanup: unknown) => {
        if (systemCode(cleanup) !== 'ENOENT') throw unavailable(this.#root, cleanup);
      });
      if (source !== undefined && error instanceof Error && 'path' in error && error.path === source) {
        throw new EvidenceError(
          systemCode(error) === 'ENOENT' ? 'EVIDENCE_MISSING' : 'EVIDENCE_UNAVAILABLE',
          `Cannot read ${source} to store it: ${error.message}.`,
          { cause: error },
        );
      }
      throw unavailable(this.#root, error);
    }
  }

  async #reading<T>(sha256: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT') throw unavailable(this.#root, cause);
      throw new EvidenceError(
        'EVIDENCE_MISSING',
        `Evidence ${sha256} is not in ${this.#root}. Put the file there, or point EVIDENCE_DIR at the folder that holds it.`,
        { sha256, cause },
      );
    }
  }

  #require(expected: string, actual: string): void {
    if (actual === expected) return;
    this.#verified.delete(expected);
    throw new EvidenceError(
      'EVIDENCE_CHANGED',
      `Evidence ${expected} has been changed: its bytes have the digest ${actual}. Put the original file again.`,
      { sha256: expected },
    );
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function reference(label: EvidenceLabel, sha256: string, bytes: number): EvidenceRef {
  return { name: label.name, sha256, bytes, mediaType: label.mediaType };
}

function nameOf(key: EvidenceKey): string {
  return typeof key === 'string' ? key : `${key.name} (${key.sha256})`;
}

function unavailable(root: string, cause: unknown): EvidenceError {
  if (cause instanceof EvidenceError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new EvidenceError('EVIDENCE_UNAVAILABLE', `The evidence folder ${root} failed: ${message}.`, {
    cause,
  });
}
