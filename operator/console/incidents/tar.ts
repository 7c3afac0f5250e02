const BLOCK = 512;
const NAME_MAX = 100;
const PREFIX_MAX = 155;

export interface TarFile {
  /** A plain file name, ASCII. */
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * One file of a POSIX ustar archive (IEEE 1003.1, pax, "ustar Interchange Format"), header and padding
 * included. `folder` goes into the prefix, cut to what fits. Read-only, of nobody.
 */
export function tarEntry(folder: string, { name, bytes }: TarFile, mtimeS: number): Buffer {
  if (Buffer.byteLength(name) > NAME_MAX) throw new Error(`"${name}" is too long for an archive`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o444, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(bytes.length, 12), 124);
  header.write(octal(mtimeS, 12), 136);
  header.write('        ', 148); // the checksum counts as blanks
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.write(folder.slice(0, PREFIX_MAX), 345);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, bytes, padding]);
}

/** What ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);
