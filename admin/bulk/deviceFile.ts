import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { deviceName } from "#shared/device/device.ts";
import { provisionFileBytesMax, provisionFileLinesMax } from "#shared/device/provision/limits.ts";
import { checkSigningRequest } from "#shared/device/registry/checkSigningRequest.ts";
import { signingRequestBytesMax } from "#shared/device/registry/limits.ts";
import { closestName } from "#shared/input/closestName.ts";
import { UsageError } from "../usageError.ts";
import { type BadLine, type CsvRecord, readCsv } from "./csv.ts";

/** A device of one line of the file. */
export interface WantedDevice {
  readonly line: number;
  /**
   * Unique in the file, and safe as the name of a file: the device's name in small letters, or the
   * digest of its request.
   */
  readonly key: string;
  readonly name?: string;
  /** PEM. If absent, the tool generates the device's key. */
  readonly csr?: string;
}

/** The devices of a file, and its faulty lines. */
export interface DeviceFile {
  readonly devices: readonly WantedDevice[];
  readonly bad: readonly BadLine[];
}

const columns = ["name", "csr"] as const;

/**
 * Reads a CSV file of devices: a header with the columns `name` and `csr`, one of them at least,
 * then a device on each line. `csr` holds a request in PEM (quoted), or the path of a file relative
 * to this one. Fails with a `UsageError` when the file as a whole cannot be read.
 */
export const readDeviceFile = async (file: string): Promise<DeviceFile> => {
  const { records, bad } = readCsv(await readText(file));
  const [header, ...lines] = records;
  if (header === undefined) {
    const first = bad[0] === undefined ? "is empty" : `has an error in line ${bad[0].line}`;
    throw new UsageError(`${file} ${first}: it begins with a header, name,csr.`);
  }
  const at = readHeader(header, file);
  if (lines.length > provisionFileLinesMax) {
    throw new UsageError(
      `${file} has ${lines.length} devices; one file has ${provisionFileLinesMax} at most.`,
    );
  }
  const faults = [...bad];
  const devices: WantedDevice[] = [];
  for (const record of lines) {
    const read = await readLine(record, { width: header.fields.length, at, file });
    if ("error" in read) faults.push({ line: record.line, error: read.error });
    else devices.push(read);
  }
  faults.push(...repeatsOf(devices));
  return { devices, bad: faults.sort((a, b) => a.line - b.line) };
};

const readText = async (file: string): Promise<string> => {
  const bytes = await readBounded(file, provisionFileBytesMax);
  if (typeof bytes === "string") throw new UsageError(`${file} ${bytes}.`);
  try {
    // TextDecoder removes a byte order mark.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`${file} is not UTF-8: save it as "CSV UTF-8".`, { cause });
  }
};

/** The bytes, or the reason why the file cannot be read. */
const readBounded = async (file: string, bytesMax: number): Promise<Buffer | string> => {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) return `has ${size} bytes; the maximum is ${bytesMax}`;
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    return code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
  }
};

type Column = (typeof columns)[number];

const readHeader = ({ fields }: CsvRecord, file: string): ReadonlyMap<Column, number> => {
  const at = new Map<Column, number>();
  for (const [index, field] of fields.entries()) {
    const name = field.trim().toLowerCase();
    const column = columns.find((known) => known === name);
    if (column === undefined) throw unknownColumn(field, file);
    if (at.has(column)) throw new UsageError(`${file} has the column ${column} twice.`);
    at.set(column, index);
  }
  return at;
};

const unknownColumn = (field: string, file: string): UsageError => {
  if (/[;\t]/.test(field)) {
    return new UsageError(`${file} separates its columns with ; or tabs: use commas.`);
  }
  const close = closestName(field.trim(), columns);
  const meant = close === undefined ? "" : ` Did you mean '${close}'?`;
  return new UsageError(
    `${file} begins with a header of the columns name and csr; '${field.slice(0, 80)}' is not one of them.${meant}`,
  );
};

interface Place {
  readonly width: number;
  readonly at: ReadonlyMap<Column, number>;
  readonly file: string;
}

const readLine = async (
  { line, fields }: CsvRecord,
  { width, at, file }: Place,
): Promise<WantedDevice | { error: string }> => {
  if (fields.length !== width) {
    return { error: `has ${fields.length} fields; the header has ${width}` };
  }
  const field = (column: Column): string => fields[at.get(column) ?? width]?.trim() ?? "";
  const name = field("name");
  const given = field("csr");
  if (name === "" && given === "") return { error: "has no name and no csr" };
  if (name !== "") {
    const { error } = deviceName.safeParse(name);
    if (error) return { error: `name '${name.slice(0, 80)}' ${nameError(error.issues[0])}` };
  }
  if (given === "") return { line, key: name.toLowerCase(), name };
  const request = await readRequest(given, file);
  if ("error" in request) return request;
  const key = name === "" ? `_${requestDigest(request.csr)}` : name.toLowerCase();
  return { line, key, csr: request.csr, ...(name !== "" && { name }) };
};

const nameError = (issue: { code?: string | undefined; message: string } | undefined): string =>
  issue?.code === "too_big" ? "is too long" : (issue?.message ?? "is invalid");

/** Identifies a request, whatever its line breaks. */
export const requestDigest = (csr: string): string =>
  createHash("sha256").update(csr.replace(/\s+/g, "")).digest("hex");

const readRequest = async (
  given: string,
  file: string,
): Promise<{ csr: string } | { error: string }> => {
  const csr = given.startsWith("-----BEGIN") ? given : await readRequestFile(given, file);
  if (typeof csr !== "string") return csr;
  if (Buffer.byteLength(csr) > signingRequestBytesMax) {
    return { error: `csr is larger than ${signingRequestBytesMax} bytes` };
  }
  const error = checkSigningRequest(csr);
  return error === undefined ? { csr } : { error: `csr ${error}` };
};

const readRequestFile = async (path: string, file: string): Promise<string | { error: string }> => {
  const bytes = await readBounded(resolve(dirname(file), path), signingRequestBytesMax);
  if (typeof bytes !== "string") return bytes.toString();
  return {
    error: `csr is not a signing request in PEM or its file: '${path.slice(0, 80)}' ${bytes}`,
  };
};

/** Lines that repeat the name or the request of an earlier one. */
const repeatsOf = (devices: readonly WantedDevice[]): BadLine[] => {
  const first = new Map<string, number>();
  const repeats: BadLine[] = [];
  const note = (key: string, line: number, error: (earlier: number) => string): void => {
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, line);
    else repeats.push({ line, error: error(earlier) });
  };
  for (const { line, name, csr } of devices) {
    if (name !== undefined) {
      const description = (earlier: number) =>
        `name '${name}' is already in line ${earlier} (case does not matter)`;
      note(name.toLowerCase(), line, description);
    }
    if (csr !== undefined) {
      note(`_${requestDigest(csr)}`, line, (earlier) => `csr is the same as in line ${earlier}`);
    }
  }
  return repeats;
};
