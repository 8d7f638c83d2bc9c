import { mkdir, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { visible } from "../../shared/platform/visibleText.ts";
import type { Provisioned } from "../cloud/bodies.ts";
import { usageError } from "../line/commandError.ts";

/** Only its owner may read a private key. */
const ownerOnly = { file: 0o600, folder: 0o700 };

/**
 * Creates the folder for the files of a device, before the device exists. Without a name, it is
 * `device` in the current folder. Fails if there are files: they may be the only copy of a key.
 */
export const deviceFolder = async (
  given: string | undefined,
  name: string | undefined,
): Promise<string> => {
  const isPlain = name !== undefined && /^[\w-][\w.-]*$/.test(name);
  const folder = resolve(given ?? (isPlain ? name : "device"));
  await mkdir(folder, { recursive: true, mode: ownerOnly.folder });
  if ((await readdir(folder)).length > 0) {
    throw usageError(
      `The folder ${visible(folder)} is not empty. Choose a new one for each device: --out DIR.`,
    );
  }
  return folder;
};

/**
 * Writes the private key before the device exists: there is no other copy. Returns a function that
 * deletes it and the folder again when the device was not added.
 */
export const writeKey = async (
  folder: string,
  privateKey: string,
): Promise<() => Promise<void>> => {
  const file = join(folder, "device-key.pem");
  await writeFile(file, privateKey, { mode: ownerOnly.file, flag: "wx", flush: true });
  return async () => {
    await rm(file, { force: true });
    await rmdir(folder).catch(() => {});
  };
};

/** Writes the other files of a device, and returns the paths of all files of the folder. */
export const writeDeviceFiles = async (folder: string, device: Provisioned): Promise<string[]> => {
  const { certificate, private_key: _none, ca, ...rest } = device;
  const files = [
    ["device-cert.pem", certificate],
    ["ca.pem", ca],
    ["device.json", `${JSON.stringify(rest, null, 2)}\n`],
  ] as const;
  for (const [name, text] of files) {
    await writeFile(join(folder, name), text, { mode: ownerOnly.file, flag: "wx", flush: true });
  }
  return (await readdir(folder)).toSorted().map((name) => join(folder, name));
};
