import { chmod, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findAccess, findApi } from "../../../cli/settings/access.ts";
import { apiAddress, isUnencrypted } from "../../../cli/settings/apiAddress.ts";
import { fileSettings, settingsFolder } from "../../../cli/settings/settings.ts";
import { newFolder } from "../support/runCommand.ts";

const login = { token: "secret", isOwn: true };

describe("stored token", () => {
  it("is in a file that only its owner can read, in a folder that only its owner can open", async () => {
    const folder = join(newFolder(), "godwit");
    const settings = fileSettings(folder);
    await settings.change((before) => ({ ...before, logins: { "https://a.example": login } }));
    expect((await stat(settings.file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(["credentials.json"]);
    await writeFile(settings.file, JSON.stringify(await settings.read()), { mode: 0o666 });
    await settings.change((before) => before);
    expect((await stat(settings.file)).mode & 0o777).toBe(0o600);
  });

  it("is closed to other users again when the file was opened to them", async () => {
    const settings = fileSettings(newFolder());
    await settings.change((before) => ({ ...before, logins: { "https://a.example": login } }));
    await chmod(settings.file, 0o644);
    expect((await settings.read()).logins).toEqual({ "https://a.example": login });
    expect((await stat(settings.file)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["a list", "[]"],
    ["another version", '{"version":2,"logins":{}}'],
    ["no text", Buffer.from([0xff, 0x00])],
    ["nothing", ""],
  ])("is refused with the next step if the file has %s", async (_, content) => {
    const folder = newFolder();
    await writeFile(join(folder, "credentials.json"), content);
    await expect(fileSettings(folder).read()).rejects.toThrow(/damaged.*godwit login/);
  });

  it("is sent only to the cloud that has issued it", async () => {
    const settings = fileSettings(newFolder());
    await settings.change((before) => ({
      ...before,
      api: "https://a.example",
      logins: { "https://a.example": login },
    }));
    const access = (api: string | undefined, environment = {}) =>
      findAccess({ api, environment, settings });
    expect(await access(undefined)).toMatchObject({ api: "https://a.example", token: "secret" });
    await expect(access("https://b.example")).rejects.toMatchObject({ exit: 3 });
    await expect(access(undefined, { GODWIT_API: "https://b.example" })).rejects.toMatchObject({
      exit: 3,
    });
    expect(await access("https://b.example", { GODWIT_TOKEN: "other" })).toMatchObject({
      token: "other",
    });
    await expect(access("https://__proto__")).rejects.toMatchObject({ exit: 3 });
  });

  it("is in the folder of XDG, whose relative paths do not count", () => {
    expect(settingsFolder({ XDG_CONFIG_HOME: "/etc/x" })).toBe("/etc/x/godwit");
    expect(settingsFolder({ XDG_CONFIG_HOME: "x" })).toMatch(/\/\.config\/godwit$/);
    expect(settingsFolder({})).toMatch(/\/\.config\/godwit$/);
  });

  it("is never overwritten when the file is damaged", async () => {
    const folder = newFolder();
    await writeFile(join(folder, "credentials.json"), '{"version":');
    await expect(fileSettings(folder).change((before) => before)).rejects.toThrow(
      /damaged.*godwit login/,
    );
  });
});

describe("address of the API", () => {
  it("is an origin with a path, whatever the slashes", async () => {
    expect(apiAddress("https://x.example/live/")).toBe("https://x.example/live");
    expect(apiAddress("https://x.example/v1/")).toBe("https://x.example");
    expect(apiAddress("api.example.com")).toBe("https://api.example.com");
    const settings = fileSettings(newFolder());
    expect(await findApi({ api: undefined, environment: {}, settings })).toBe(
      "http://127.0.0.1:8080",
    );
  });

  it.each([
    "ftp://x",
    "https://user:pass@x.example",
    "https://x.example?q=1",
    "http://",
    "file:///etc",
  ])("is not %s", (text) => expect(() => apiAddress(text)).toThrow(/address of the API/));

  it("is unencrypted only beyond this machine", () => {
    expect(isUnencrypted("http://127.0.0.1:8080")).toBe(false);
    expect(isUnencrypted("http://localhost:8080")).toBe(false);
    expect(isUnencrypted("http://[::1]:8080")).toBe(false);
    expect(isUnencrypted("http://192.168.1.2")).toBe(true);
    expect(isUnencrypted("http://127.example.com")).toBe(true);
    expect(isUnencrypted("https://x.example")).toBe(false);
  });
});
