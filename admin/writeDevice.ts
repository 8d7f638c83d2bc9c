import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "./usageError.ts";

interface ProvisionCount {
  readonly certificate: string;
  /** Absent when the device created its own signing request. */
  readonly privateKey?: string | undefined;
  readonly ca: string;
}

/** Only its owner may read a private key. */
const ownerOnly = { file: 0o600, folder: 0o700 };

const names = {
  privateKey: "device-key.pem",
  certificate: "device-cert.pem",
  ca: "ca.pem",
  rest: "device.json",
} as const;

/**
 * Creates the folder. Fails when it contains a device's files, because they may be the only copy.
 */
export const prepareFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: ownerOnly.folder });
  const found = await readdir(folder);
  const taken = Object.values(names).find((name) => found.includes(name));
  if (taken === undefined) return;
  throw new UsageError(
    `${join(folder, taken)} already exists: use another folder for each device.`,
  );
};

/** Writes the files that a device needs to connect, and returns their names. */
export const writeDevice = async (folder: string, device: ProvisionCount): Promise<string[]> => {
  const { certificate, privateKey, ca, ...rest } = device;
  const files = [
    // The key first: there is no other copy.
    ...(privateKey === undefined ? [] : [[names.privateKey, privateKey] as const]),
    [names.certificate, certificate],
    [names.ca, ca],
    [names.rest, `${JSON.stringify(rest, null, 2)}\n`],
  ] as const;
  for (const [name, text] of files) {
    await writeFile(join(folder, name), text, { mode: ownerOnly.file, flag: "wx" });
  }
  return files.map(([name]) => join(folder, name));
};
