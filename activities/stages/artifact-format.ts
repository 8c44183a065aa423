import { closeSync, openSync, readSync } from 'node:fs';

/** What a file is by its first bytes, for people; its name is never asked. Undefined when none of these. */
export function knownFormat(path: string): string | undefined {
  const head = headOf(path, 512);
  if (head.length === 0) return 'an empty file';
  const match = SIGNATURES.find(({ bytes, at = 0 }) => bytes.some((one) => startsWith(head, one, at)));
  if (match !== undefined) return match.name;
  if (/^[\t\n\r\x20-\x7e]+$/.test(head.toString('latin1'))) return 'text';
  return undefined;
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const hex = (value: string): Buffer => Buffer.from(value, 'hex');

const SIGNATURES: readonly { name: string; bytes: readonly Buffer[]; at?: number }[] = [
  // Protocols 2 to 5 say so; 0 and 1 begin with their first opcode, and loading any of them runs code.
  { name: 'a Python pickle', bytes: ['8002', '8003', '8004', '8005'].map(hex) },
  { name: 'a Python pickle', bytes: ['(lp', '(dp', 'ccopy_reg', 'c__builtin__', '}q', ']q', '(c'].map(text) },
  {
    name: 'a zip archive (as PyTorch, Keras and NumPy save)',
    bytes: ['504b0304', '504b0506', '504b0708'].map(hex),
  },
  { name: 'HDF5 (as Keras saves)', bytes: [hex('894844460d0a1a0a')] },
  { name: 'a gzip file', bytes: [hex('1f8b')] },
  { name: 'a bzip2 file', bytes: [text('BZh')] },
  { name: 'an xz file', bytes: [hex('fd377a585a00')] },
  { name: 'an lz4 file', bytes: [hex('04224d18')] },
  { name: 'a zstd file', bytes: [hex('28b52ffd')] },
  { name: 'zlib data (as joblib saves)', bytes: ['7801', '785e', '789c', '78da', '5a46'].map(hex) },
  { name: 'lzma data', bytes: [hex('5d0000')] },
  { name: 'a NumPy array', bytes: [hex('934e554d5059')] },
  { name: 'a script', bytes: [text('#!')] },
  { name: 'a program', bytes: ['7f454c46', '4d5a', 'cffaedfe', 'feedfacf', 'cafebabe'].map(hex) },
  { name: 'a Parquet table', bytes: [text('PAR1')] },
  { name: 'GGUF', bytes: [text('GGUF')] },
  { name: 'a TensorFlow Lite model', bytes: [text('TFL3')], at: 4 },
  { name: 'an ORT format model', bytes: [text('ORTM')], at: 4 },
  { name: 'safetensors', bytes: [text('{"')], at: 8 },
  { name: 'a tar archive', bytes: [text('ustar')], at: 257 },
  { name: 'a PDF', bytes: [text('%PDF')] },
  { name: 'a picture', bytes: ['89504e47', 'ffd8ff'].map(hex) },
];

function headOf(path: string, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(length);
    return head.subarray(0, readSync(file, head, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

function startsWith(head: Buffer, bytes: Buffer, at: number): boolean {
  return head.subarray(at, at + bytes.length).equals(bytes);
}
