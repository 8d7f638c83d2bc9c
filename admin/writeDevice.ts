import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "./usageError.ts";

interface Provisioned {
  readonly certificate: string;
  /** There is none when the device has made a signing request of its own. */
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

/** Makes the folder. Fails when a device's files are there already: they may be the only ones. */
export const prepareFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: ownerOnly.folder });
  const found = await readdir(folder);
  const taken = Object.values(names).find((name) => found.includes(name));
  if (taken === undefined) return;
  throw new UsageError(`${join(folder, taken)} is there already: give each device a folder.`);
};

/** Writes what a device needs to connect, and answers the names of the files. */
export const writeDevice = async (folder: string, device: Provisioned): Promise<string[]> => {
  const { certificate, privateKey, ca, ...rest } = device;
  const files = [
    // The key first: it is kept nowhere else.
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
