import { crc32 } from "node:zlib";

/** A ZIP archive with one stored file, as `CreateFunction` requires. */
export const zip = (name: string, text: string): Buffer => {
  const file = Buffer.from(text);
  const fileName = Buffer.from(name);
  // Version, flags, method (stored), time, date, CRC, sizes, length of the name, of extra fields.
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(crc32(file), 10);
  fields.writeUInt32LE(file.length, 14);
  fields.writeUInt32LE(file.length, 18);
  fields.writeUInt16LE(fileName.length, 22);
  const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, fileName, file]);
  // Comment, disk and attributes (a file that all can read), and the position of the file: 0.
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(0o100644 * 0x10000, 6);
  const version = Buffer.from([20, 3]);
  const entry = Buffer.concat([
    Buffer.from("PK\x01\x02", "latin1"),
    version,
    fields,
    rest,
    fileName,
  ]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(entry.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, entry, Buffer.from("PK\x05\x06", "latin1"), end]);
};
