import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readIdentity } from "../../../device/credentials/readIdentity.ts";
import type { Asked } from "../support/fakeApi.ts";
import { runAgainst } from "../support/runAgainst.ts";
import { newFolder, type RunOptions } from "../support/runCommand.ts";

const device = (name: string, online = true) => ({
  id: "a".repeat(24),
  name,
  online,
  last_heard: "2026-01-31T12:00:00.000Z",
  firmware: "1.2.3",
  quarantined: false,
  notes: null,
});

const devices = (
  answers: Parameters<typeof runAgainst>[0],
  args: readonly string[],
  options: RunOptions = {},
) => runAgainst(answers, ["devices", ...args], options);

describe("devices list", () => {
  it("reads every page, and prints a table on a terminal and JSON lines in a pipe", async () => {
    const pages = {
      "GET /v1/devices": ({ query }: Asked) => ({
        body:
          query.cursor === undefined
            ? { devices: [device("one")], cursor: "next" }
            : { devices: [device("温度", false)] },
      }),
    };
    const piped = await devices(pages, ["list", "--online", "--search", "o"]);
    expect(
      piped.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).name),
    ).toEqual(["one", "温度"]);
    expect(piped.asked.map(({ query }) => query)).toEqual([
      { online: "true", search: "o", limit: "200" },
      { online: "true", search: "o", limit: "200", cursor: "next" },
    ]);
    const shown = await devices(pages, ["list"], { isTerminal: true });
    expect(shown.stdout.split("\n")[0]).toMatch(/^NAME +ID +STATE +LAST HEARD +FIRMWARE +NOTES$/);
    expect(shown.stdout).toContain("offline");
  });

  it("stops at the limit and says that there are more", async () => {
    const endless = { "GET /v1/devices": { body: { devices: [device("one")], cursor: "next" } } };
    const done = await devices(endless, ["list", "--limit", "2"], { isTerminal: true });
    expect(done.asked.map(({ query }) => query.limit)).toEqual(["2", "1"]);
    expect(done.stderr).toContain("the first 2");
  });

  it("keeps one line for a device with a hostile name", async () => {
    const done = await devices(
      { "GET /v1/devices": { body: { devices: [device("\u001b[2J\n\u202e")] } } },
      ["list"],
      { isTerminal: true },
    );
    expect(done.stdout.trim().split("\n")).toHaveLength(2);
    expect(done.stdout).not.toContain("\u001b");
    expect(done.stdout).not.toContain("\u202e");
  });

  it("lists the devices of a product", async () => {
    const done = await devices(
      { "GET /v1/products/7/devices": { body: { devices: [device("one")] } } },
      ["list", "--product", "7"],
    );
    expect(done.stdout).toContain('"one"');
    expect((await devices({}, ["list", "--product", "../x"])).exit).toBe(2);
  });
});

describe("devices provision", () => {
  const registered = {
    id: "a".repeat(24),
    name: "lamp",
    fleet: "f1",
    certificate: "CERTIFICATE\n",
    ca: "CA\n",
    endpoints: [{ region: "us-east-1", mqtt: "mqtts://127.0.0.1:8883" }],
    certificate_issued_at: "2026-01-31T12:00:00.000Z",
    certificate_expires_at: null,
  };

  it("keeps the private key on this machine, in files that the device client reads", async () => {
    const folder = join(newFolder(), "lamp");
    const done = await devices({ "POST /v1/devices": { status: 201, body: registered } }, [
      "provision",
      "lamp",
      "--out",
      folder,
    ]);
    expect(done.exit).toBe(0);
    expect(done.asked[0]?.body).toMatchObject({
      provision: true,
      name: "lamp",
      csr: expect.stringContaining("BEGIN CERTIFICATE REQUEST"),
      idempotency_key: expect.any(String),
    });
    for (const file of await readdir(folder)) {
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    }
    const identity = await readIdentity(folder);
    expect(identity).toMatchObject({
      id: registered.id,
      fleet: "f1",
      certificate: "CERTIFICATE\n",
    });
    expect(identity.privateKey).toContain("PRIVATE KEY");
    expect(JSON.stringify(done.asked)).not.toContain("PRIVATE KEY");
  });

  it("repeats the request with the same key when the answer is lost", async () => {
    let asked = 0;
    const done = await devices(
      {
        "POST /v1/devices": () =>
          ++asked === 1 ? { stream: (response) => response.destroy() } : { body: registered },
      },
      ["provision", "--out", join(newFolder(), "x")],
    );
    expect(done.exit).toBe(0);
    expect(done.asked[1]?.body).toEqual(done.asked[0]?.body);
  });

  it("leaves no key behind for a refused device, and keeps it when the device may exist", async () => {
    const folder = join(newFolder(), "x");
    const refused = { status: 409, body: { error: "already_exists", error_description: "exists" } };
    await devices({ "POST /v1/devices": refused }, ["provision", "--out", folder]);
    await expect(readdir(folder)).rejects.toThrow();
    await devices({ "POST /v1/devices": { stream: (response) => response.destroy() } }, [
      "provision",
      "--out",
      folder,
    ]);
    expect(await readdir(folder)).toEqual(["device-key.pem"]);
  });

  it("adds no device when the folder has files", async () => {
    const folder = join(newFolder(), "x");
    await mkdir(folder);
    await writeFile(join(folder, "device-key.pem"), "the only copy");
    const done = await devices({}, ["provision", "--out", folder]);
    expect([done.exit, done.asked]).toEqual([2, []]);
    expect(await readFile(join(folder, "device-key.pem"), "utf8")).toBe("the only copy");
  });

  it("sends the signing request of a file", async () => {
    const folder = join(newFolder(), "x");
    const done = await devices(
      { "POST /v1/devices": { body: registered } },
      ["provision", "--csr", "-", "--out", folder],
      { typed: "" },
    );
    expect(done.asked[0]?.body).toMatchObject({ csr: "" });
    expect(await readdir(folder)).toEqual(["ca.pem", "device-cert.pem", "device.json"]);
  });
});

describe("devices call, get and revoke", () => {
  it("prints the value for a person, and the reply for a program", async () => {
    const answers = {
      "POST /v1/devices/lamp/led": {
        body: { id: "a", name: "led", connected: true, return_value: 1 },
      },
      "GET /v1/devices/lamp/temperature": { body: { name: "temperature", result: "21\u001b" } },
    };
    const called = await devices(answers, ["call", "lamp", "led", "on"], { isTerminal: true });
    expect([called.stdout, called.asked[0]?.body]).toEqual(["1\n", { arg: "on" }]);
    const read = await devices(answers, ["get", "lamp", "temperature"], { isTerminal: true });
    expect(read.stdout).toBe("21\\u{1b}\n");
    expect(JSON.parse((await devices(answers, ["get", "lamp", "temperature"])).stdout).result).toBe(
      "21\u001b",
    );
  });

  it("ends with an error when the device does not answer", async () => {
    const offline = { status: 408, body: { ok: false, error: "The device is not connected." } };
    expect(
      await devices({ "POST /v1/devices/lamp/led": offline }, ["call", "lamp", "led"]),
    ).toMatchObject({
      exit: 1,
      stderr: "godwit: The device is not connected.\n",
    });
  });

  const plan = {
    plan: true,
    id: "a1",
    certificates: ["c1"],
    regions: ["us-east-1"],
    can_be_undone: false,
  };
  const revocable = {
    "POST /v1/devices/lamp/certificate/revoke": { body: plan },
    "POST /v1/devices/a1/certificate/revoke": {
      body: { ok: true, id: "a1", pending_regions: ["eu-west-1"] },
    },
  };

  it("shows the plan of a revocation, and asks", async () => {
    const planned = await devices(revocable, ["revoke", "lamp", "--plan"], { isTerminal: true });
    expect(planned.stdout).toContain("would revoke 1 certificate of device a1 in us-east-1");
    const declined = await devices(revocable, ["revoke", "lamp"], {
      isTerminal: true,
      typed: "n\r",
    });
    expect([declined.exit, declined.asked.length]).toEqual([1, 1]);
    const confirmed = await devices(revocable, ["revoke", "lamp"], {
      isTerminal: true,
      typed: "y\r",
    });
    expect(confirmed.stdout).toContain("Later, when they are available: eu-west-1");
  });

  it("revokes nothing in a pipe without --yes", async () => {
    const refused = await devices(revocable, ["revoke", "lamp"], { typed: "y\n" });
    expect([refused.exit, refused.asked.length]).toEqual([2, 1]);
    expect((await devices(revocable, ["revoke", "lamp", "--yes"])).asked).toHaveLength(2);
  });
});
