import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAgainst } from "../support/runAgainst.ts";
import { newFolder, type RunOptions } from "../support/runCommand.ts";

const bytes = Buffer.from([0, 1, 255, 128, 13, 10, 65]);

const version = (number: number) => ({
  version: number,
  title: `v${number}\u001b[2J`,
  description: "",
  name: "app.bin",
  size: bytes.length,
  product_default: number === 2,
  uploaded_on: "2026-11-30T12:00:00.000Z",
  uploaded_by: { username: "ada@example.com" },
  groups: number === 2 ? ["beta"] : [],
  device_count: 4,
  mandatory: false,
  sha256: createHash("sha256").update(bytes).digest("hex"),
  signed: true,
  released_at: null,
});

const firmware = (
  answers: Parameters<typeof runAgainst>[0],
  args: readonly string[],
  options: RunOptions = {},
) => runAgainst(answers, ["firmware", ...args], options);

const path = "/v1/products/7/firmware";
const ofProduct = ["--product", "7"];

describe("firmware list", () => {
  const answers = { [`GET ${path}`]: { body: [version(2), version(1)] } };

  it("prints a table on a terminal, and JSON lines in a pipe", async () => {
    const shown = await firmware(answers, ["list", ...ofProduct], { isTerminal: true });
    expect(shown.stdout.split("\n")[0]).toMatch(/^VERSION +TITLE +SIZE +SIGNED/);
    expect(shown.stdout).toContain("product, beta");
    expect(shown.stdout).not.toContain("\u001b");
    const piped = await firmware(answers, ["list", ...ofProduct]);
    const versions = piped.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).version);
    expect(versions).toEqual([2, 1]);
  });

  it("needs a product, and says how to find it", async () => {
    const done = await firmware(answers, ["list"]);
    expect(done).toMatchObject({ exit: 2, asked: [] });
    expect(done.stderr).toContain("godwit products list");
  });
});

describe("firmware upload", () => {
  it("sends every byte of the file as a form", async () => {
    const file = join(newFolder(), "app.bin.signed");
    await writeFile(file, bytes);
    const answers = { [`POST ${path}`]: { status: 201, body: { ...version(3), current: false } } };
    const args = ["upload", file, "3", "--description", "für", ...ofProduct];
    const done = await firmware(answers, args, { isTerminal: true });
    expect(done.stdout).toContain("Version 3 is stored: 7 bytes, signed");
    const form = String(done.asked[0]?.body);
    expect(form).toContain('name="file"; filename="app.bin.signed"');
    expect(form).toContain(`\r\n\r\n${bytes.toString("latin1")}\r\n`);
    expect(form).toMatch(/name="version"\r\n\r\n3\r\n/);
    expect(form).toMatch(/name="title"\r\n\r\napp.bin.signed\r\n/);
  });

  it("shows why the cloud refuses an image", async () => {
    const file = join(newFolder(), "app.bin");
    await writeFile(file, bytes);
    const refusal = {
      status: 400,
      body: { ok: false, error: "invalid_request", error_description: "the image is unsigned" },
    };
    const done = await firmware({ [`POST ${path}`]: refusal }, ["upload", file, "3", ...ofProduct]);
    expect(done).toMatchObject({ exit: 1, stderr: "godwit: the image is unsigned.\n" });
  });

  it("sends nothing for a missing file or a wrong version", async () => {
    for (const args of [
      ["upload", join(newFolder(), "none"), "3"],
      ["upload", "-", "0"],
      ["upload", "-", "65536"],
    ]) {
      expect(await firmware({}, [...args, ...ofProduct])).toMatchObject({ exit: 2, asked: [] });
    }
  });
});

describe("firmware get", () => {
  const answers = (image: Buffer) => ({
    [`GET ${path}/2`]: { body: version(2) },
    [`GET ${path}/2/binary`]: { body: image },
  });

  it("writes the image into a new file", async () => {
    const file = join(newFolder(), "app.bin");
    const args = ["get", "2", "--out", file, ...ofProduct];
    expect((await firmware(answers(bytes), args)).exit).toBe(0);
    expect(await readFile(file)).toEqual(bytes);
    const again = await firmware(answers(bytes), args);
    expect(again).toMatchObject({ exit: 2, stderr: expect.stringContaining("exists already") });
  });

  it("writes nothing when the download ended early", async () => {
    const folder = newFolder();
    const args = ["get", "2", "--out", join(folder, "app.bin"), ...ofProduct];
    const done = await firmware(answers(bytes.subarray(1)), args);
    expect(done).toMatchObject({ exit: 1, stderr: expect.stringContaining("another hash") });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("firmware delete", () => {
  const answers = {
    [`GET ${path}/2`]: { body: version(2) },
    [`DELETE ${path}/2`]: { status: 204, body: "" },
  };

  it("names what is lost, and asks", async () => {
    const no = await firmware(answers, ["delete", "2", ...ofProduct], {
      isTerminal: true,
      typed: "n\r",
    });
    expect(no.stderr).toContain("deletes version 2 (v2");
    expect([no.exit, no.asked.length]).toEqual([1, 1]);
    const yes = await firmware(answers, ["delete", "2", "--yes", ...ofProduct]);
    expect(JSON.parse(yes.stdout)).toEqual({ ok: true, version: 2 });
    expect(yes.asked[1]?.method).toBe("DELETE");
  });
});
