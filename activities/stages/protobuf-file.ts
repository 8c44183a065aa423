import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export type WireType = 0 | 1 | 2 | 5;

/** A field of a protobuf message. `start` and `end` bound the content of a length-delimited one in the file. */
export interface Field {
  readonly number: number;
  readonly wire: WireType;
  /** Of a varint; a size beyond 2^53 is never exact and never needed. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export class NotProtobuf extends Error {}

const WINDOW = 64 * 1024;

/**
 * Walks a protobuf file field by field without a schema. It reads through a small window and skips what is not asked for,
 * so that a model of gigabytes costs no more than its structure. Every method throws `NotProtobuf` at the first byte that cannot be.
 */
export class ProtobufFile {
  readonly #file: number;
  readonly #size: number;
  readonly #window = Buffer.alloc(WINDOW);
  #from = 0;
  #filled = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#size = fstatSync(this.#file).size;
  }

  close(): void {
    closeSync(this.#file);
  }

  get whole(): Span {
    return { start: 0, end: this.#size };
  }

  /** The fields of a message, which must fill its span to the last byte. */
  *fields({ start, end }: Span): Generator<Field> {
    let at = start;
    while (at < end) {
      const tag = this.#varint(at, end);
      const number = Math.floor(tag.value / 8);
      const wire = tag.value % 8;
      if (number < 1 || number > 0x1fffffff) throw new NotProtobuf(`field number ${number} at byte ${at}`);
      at = tag.next;
      if (wire === 0) {
        const { value, next } = this.#varint(at, end);
        yield { number, wire, value, start: at, end: next };
        at = next;
      } else if (wire === 1 || wire === 5 || wire === 2) {
        const length = wire === 2 ? this.#varint(at, end) : { value: wire === 1 ? 8 : 4, next: at };
        const last = length.next + length.value;
        if (last > end) {
          throw new NotProtobuf(
            `field ${number} at byte ${at} should go on to byte ${last}, and the ${end === this.#size ? 'file' : 'message'} ends at ${end}`,
          );
        }
        yield { number, wire, value: 0, start: length.next, end: last };
        at = last;
      } else throw new NotProtobuf(`wire type ${wire} at byte ${at}`);
    }
  }

  text({ start, end }: Span, limit = 4096): string {
    const bytes = Buffer.alloc(Math.min(limit, end - start));
    const read = readSync(this.#file, bytes, 0, bytes.length, start);
    return bytes.toString('utf8', 0, read);
  }

  #varint(at: number, end: number): { value: number; next: number } {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      const byte = at + shift < end ? this.#byte(at + shift) : undefined;
      if (byte === undefined) throw new NotProtobuf(`a number is cut off at byte ${at + shift}`);
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return { value, next: at + shift + 1 };
    }
    throw new NotProtobuf(`a number at byte ${at} is longer than ten bytes`);
  }

  #byte(at: number): number | undefined {
    if (at < this.#from || at >= this.#from + this.#filled) {
      this.#from = at;
      this.#filled = readSync(this.#file, this.#window, 0, WINDOW, at);
    }
    return at - this.#from < this.#filled ? this.#window[at - this.#from] : undefined;
  }
}
