import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";
import {
  createKeyAndRequest,
  type KeyAndRequest,
} from "../../device/credentials/signingRequest.ts";
import { UsageError } from "../usageError.ts";
import { csvLine, readCsv } from "./csv.ts";
import { requestDigest, type WantedDevice } from "./deviceFile.ts";
import { appendDurably, readFileIfExists, readLines, syncFolder, writeDurably } from "./durable.ts";

const madeList = "devices.csv";
const failedList = "failures.csv";

/** Whether the tool itself writes a file in the folder under this path (both absolute). */
export const isOutput = (file: string, folder: string): boolean =>
  [madeList, failedList].some((name) => join(folder, name) === file);

const run = z.object({ id: z.string(), fleet: z.string() });
const keyAndRequest = z.object({ privateKey: z.string(), csr: z.string() });
const identity = z.looseObject({ id: z.string(), csr_sha256: z.string().optional() });

/** A device as the admin function returns it. Other members are stored unchanged. */
export type MadeDevice = z.output<typeof madeDevice>;
export const madeDevice = z.looseObject({ id: z.string(), certificate: z.string() });

/** The folder of one bulk run, which continues it after an interruption. */
export interface OutFolder {
  /** The id of the run, which is part of its idempotency keys. */
  readonly run: string;
  /**
   * Whether the identity of a device is complete. Fails with a `UsageError` when it belongs to
   * another signing request.
   */
  isMade(device: WantedDevice): Promise<boolean>;
  /**
   * The signing requests of devices, in their order. Keys that the tool generates are on disk
   * before this resolves.
   */
  requests(devices: readonly WantedDevice[]): Promise<string[]>;
  /** Writes the identities, then lists them in `devices.csv`. */
  keep(
    made: readonly { readonly wanted: WantedDevice; readonly device: MadeDevice }[],
    ca: string,
  ): Promise<void>;
  /** Writes the failed lines, and replaces those of an earlier run. */
  keepFailures(
    failures: readonly { line: number; name: string; code: string; message: string }[],
  ): Promise<void>;
  close(): Promise<void>;
}

const columns = csvLine(["name", "id", "file"]);

/**
 * Opens or creates the folder of a run with an exclusive lock. Fails with a `UsageError` when it
 * belongs to another fleet, or another process uses it. `pending/` has the keys of devices without
 * a certificate, `devices/` the complete identities. After a crash a device has one of the two: its
 * key is never lost after the cloud has its request.
 */
export const openOutFolder = async (folder: string, fleet: string): Promise<OutFolder> => {
  const pending = join(folder, "pending");
  const identities = join(folder, "devices");
  for (const each of [folder, pending, identities]) {
    await mkdir(each, { recursive: true, mode: 0o700 });
  }
  const unlock = await lock(join(folder, "lock"));
  try {
    const { id } = await openRun(join(folder, "run.json"), { folder, fleet });
    await removeUnfinished([folder, pending, identities]);
    const list = join(folder, madeList);
    const lines = await readLines(list);
    if (lines.length === 0) await appendDurably(list, columns);
    await syncFolder(folder);
    const { records } = readCsv(lines.join("\n"));
    const listed = new Set(records.map(({ fields }) => fields[2]));
    return {
      run: id,
      ...folderOf({ folder, pending, identities, list, listed }),
      close: unlock,
    };
  } catch (error) {
    await unlock();
    throw error;
  }
};

interface Paths {
  readonly folder: string;
  readonly pending: string;
  readonly identities: string;
  readonly list: string;
  /** The files that `devices.csv` names. */
  readonly listed: Set<string | undefined>;
}

const fileOf = ({ key }: WantedDevice): string => `${key}.json`;

const folderOf = (paths: Paths): Omit<OutFolder, "run" | "close"> => ({
  async isMade(device) {
    const file = join(paths.identities, fileOf(device));
    const text = await readFileIfExists(file);
    if (text === undefined) return false;
    const made = identity.safeParse(parseJson(text)).data;
    if (made === undefined) throw new UsageError(`${file} is damaged: restore it, or remove it.`);
    const digest = device.csr === undefined ? undefined : requestDigest(device.csr);
    if (made.csr_sha256 !== digest) {
      throw new UsageError(
        `Line ${device.line} has another csr than the device of ${file}. Give it another name, or correct the line.`,
      );
    }
    await listDevices([{ wanted: device, id: made.id }], paths);
    return true;
  },

  async requests(devices) {
    const asked = await Promise.all(devices.map((device) => requestOf(device, paths)));
    await syncFolder(paths.pending);
    return asked;
  },

  async keep(made, ca) {
    await Promise.all(
      made.map(({ wanted, device }) => keepIdentity(wanted, { ...device, ca }, paths)),
    );
    await syncFolder(paths.identities);
    await listDevices(
      made.map(({ wanted, device }) => ({ wanted, id: device.id })),
      paths,
    );
    for (const { wanted } of made) await rm(join(paths.pending, fileOf(wanted)), { force: true });
  },

  async keepFailures(failures) {
    const lines = failures.map(({ line, name, code, message }) =>
      csvLine([line, name, code, message]),
    );
    const file = join(paths.folder, failedList);
    if (lines.length === 0) await rm(file, { force: true });
    else
      await writeDurably(file, [csvLine(["line", "name", "code", "message"]), ...lines].join(""));
  },
});

const pendingOf = async (file: string): Promise<KeyAndRequest | undefined> => {
  const text = await readFileIfExists(file);
  if (text === undefined) return undefined;
  const known = keyAndRequest.safeParse(parseJson(text)).data;
  if (known === undefined) throw new UsageError(`${file} is damaged: restore it, or remove it.`);
  return known;
};

const requestOf = async (device: WantedDevice, { pending }: Paths): Promise<string> => {
  if (device.csr !== undefined) return device.csr;
  const file = join(pending, fileOf(device));
  const known = await pendingOf(file);
  if (known !== undefined) return known.csr;
  const made = await createKeyAndRequest();
  await writeDurably(file, JSON.stringify(made));
  return made.csr;
};

const keepIdentity = async (
  wanted: WantedDevice,
  device: MadeDevice & { readonly ca: string },
  { pending, identities }: Paths,
): Promise<void> => {
  const own = wanted.csr === undefined ? await pendingOf(join(pending, fileOf(wanted))) : undefined;
  const { isRepeat: _, ...rest } = device;
  const whole = {
    ...rest,
    ...(own && { privateKey: own.privateKey }),
    ...(wanted.csr !== undefined && { csr_sha256: requestDigest(wanted.csr) }),
  };
  await writeDurably(join(identities, fileOf(wanted)), `${JSON.stringify(whole, null, 2)}\n`);
};

const listDevices = async (
  made: readonly { wanted: WantedDevice; id: string }[],
  { list, listed }: Paths,
): Promise<void> => {
  const files = made.map(({ wanted, id }) => ({ wanted, id, file: `devices/${fileOf(wanted)}` }));
  const fresh = files.filter(({ file }) => !listed.has(file));
  if (fresh.length === 0) return;
  const lines = fresh.map(({ wanted, id, file }) => csvLine([wanted.name ?? "", id, file]));
  await appendDurably(list, lines.join(""));
  for (const { file } of fresh) listed.add(file);
};

const openRun = async (
  file: string,
  { folder, fleet }: { folder: string; fleet: string },
): Promise<z.output<typeof run>> => {
  const text = await readFileIfExists(file);
  if (text === undefined) {
    const made = { id: randomUUID(), fleet };
    await writeDurably(file, JSON.stringify(made));
    return made;
  }
  const known = run.safeParse(parseJson(text)).data;
  if (known === undefined) throw new UsageError(`${file} is damaged: restore it.`);
  if (known.fleet !== fleet) {
    throw new UsageError(
      `${folder} contains devices of another product, user or cloud: use another folder.`,
    );
  }
  return known;
};

const removeUnfinished = async (folders: readonly string[]): Promise<void> => {
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      if (name.endsWith(".tmp")) await rm(join(folder, name), { force: true });
    }
  }
};

/** Locks the folder. Replaces the lock of a process that has ended. */
const lock = async (file: string): Promise<() => Promise<void>> => {
  const holder = Number(await readFileIfExists(file));
  if (Number.isInteger(holder) && holder > 0 && isRunning(holder)) {
    throw new UsageError(
      `Process ${holder} uses the folder. Wait until it ends; if it is another program, remove ${file}.`,
    );
  }
  await rm(file, { force: true });
  try {
    await writeFile(file, String(process.pid), { flag: "wx", mode: 0o600 });
  } catch (cause) {
    throw new UsageError(`Another process uses the folder: ${file}`, { cause });
  }
  return () => rm(file, { force: true });
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};
