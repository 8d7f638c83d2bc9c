import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadDemoRecords } from "../../../local/demo/records.ts";
import { openAuthority } from "../../../local/iot/certificate/authority.ts";
import { openRegistry } from "../../../local/iot/registry.ts";

const tempFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "kept-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const damagedFile = (what: string) =>
  expect.objectContaining({
    name: "StartError",
    message: expect.stringContaining(`${what} is damaged`),
  });

describe("an error names a damaged file of the state folder:", () => {
  it.each(["", '{"user', "{}"])("a demo record with the content %j", async (text) => {
    const folder = await tempFolder();
    const file = join(folder, "user.json");
    await writeFile(file, text);
    const unasked = () => expect.unreachable();
    await expect(loadDemoRecords(folder, unasked)).rejects.toEqual(damagedFile(file));
  });

  it.each(["{", "null"])("a thing with the content %j", async (text) => {
    const folder = await tempFolder();
    await mkdir(join(folder, "things"));
    const file = join(folder, "things", "t.json");
    await writeFile(file, text);
    await expect(openRegistry(folder)).rejects.toEqual(damagedFile(file));
  });

  it.each(["ca.pem", "ca.key", "server.pem", "server.key"])("%s of the authority", async (name) => {
    const folder = await tempFolder();
    const first = await openAuthority(folder);
    expect(await openAuthority(folder)).toMatchObject({ caPem: first.caPem, server: first.server });
    await writeFile(join(folder, name), "rubbish");
    const [pair] = name.split(".");
    const either = `${join(folder, `${pair}.pem`)} or ${pair}.key`;
    await expect(openAuthority(folder)).rejects.toEqual(damagedFile(either));
  });
});
