import { once } from "node:events";
import { mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  runCloud,
  type SpawnedCloud,
  spawnCloud,
  startCloudProcess,
} from "../../flow/support/spawnCloud.ts";
import { until } from "../../flow/support/until.ts";

const tempFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "cloud-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

/** A cloud for the tests of one block, one of which stops it. */
const cloudOf = (args: () => Promise<string[]>): (() => SpawnedCloud) => {
  let cloud: SpawnedCloud;
  let kill: (() => void) | undefined;
  beforeAll(async () => {
    const started = startCloudProcess(await args());
    kill = started.kill;
    cloud = await started.ready;
  });
  afterAll(() => kill?.());
  return () => cloud;
};

/** Fails when the process has not exited after a time that only a hanging process exceeds. */
const stop = async ({ process }: SpawnedCloud, signal: NodeJS.Signals) => {
  process.kill(signal);
  const [code] = await once(process, "exit", { signal: AbortSignal.timeout(15_000) });
  return { code };
};

describe("a cloud", () => {
  const cloud = cloudOf(async () => []);

  it("writes credentials and addresses to its state folder, readable by the owner only", async () => {
    const { api, read, state } = cloud();
    const user = JSON.parse(await read("demo/user.json"));
    expect(user).toEqual({
      username: expect.any(String),
      password: expect.any(String),
      token: expect.any(String),
    });
    const device = JSON.parse(await read("demo/device.json"));
    expect(device).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      fleet: expect.any(String),
      name: expect.any(String),
      certificate: expect.stringContaining("BEGIN CERTIFICATE"),
      privateKey: expect.stringContaining("PRIVATE KEY"),
      ca: await read("ca.pem"),
      endpoints: [expect.stringMatching(/^mqtts:/)],
    });
    expect(await read("ca.pem")).toContain("BEGIN CERTIFICATE");
    for (const file of ["demo/user.json", "demo/operator.json", "demo/device.json"]) {
      expect((await stat(join(state, file))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(state)).mode & 0o777).toBe(0o700);

    const headers = { authorization: `Bearer ${user.token}` };
    const devices = await fetch(`${api}/v1/devices`, { headers });
    expect(await devices.json()).toEqual([expect.objectContaining({ id: device.id })]);
  });

  it.skipIf(process.platform !== "linux")("listens on 127.0.0.1 only", async () => {
    const addresses = await listenersOf(cloud().process.pid!);
    expect(addresses.length).toBeGreaterThan(3);
    expect(addresses.filter((address) => address !== "0100007F")).toEqual([]);
  });

  it("prints a link that signs the demo user in to the console", async () => {
    const { api, read, stderr } = cloud();
    const { username } = JSON.parse(await read("demo/user.json"));
    // Printed after the ready line.
    await until("the link", () => stderr().includes("Stop it with Ctrl+C"));
    const [, page, code] = /Console (\S+\/console\/)#code=(\S+)/.exec(stderr()) ?? [];
    expect(page).toBe(`${api}/console/`);
    expect((await fetch(`${page}`)).headers.get("content-type")).toContain("text/html");
    const signedIn = await fetch(`${api}/v1/session/link`, {
      method: "POST",
      headers: { origin: api, "content-type": "application/json" },
      body: JSON.stringify({ code }),
    });
    expect(await signedIn.json()).toMatchObject({ signed_in: true, username });
  });

  it("exits with code 0 on SIGINT and deletes its temporary folder", async () => {
    const { code } = await stop(cloud(), "SIGINT");
    expect(code).toBe(0);
    await expect(stat(cloud().state)).rejects.toThrow("ENOENT");
  });
});

describe("a cloud with --data", () => {
  let data: string;
  const first = cloudOf(async () => {
    data = await mkdtemp(join(tmpdir(), "cloud-"));
    return ["--no-demo", "--data", data];
  });
  afterAll(() => rm(data, { recursive: true, force: true }));

  it("writes how to invoke the admin function", async () => {
    const {
      endpoint,
      region,
      function: FunctionName,
      ...credentials
    } = JSON.parse(await first().read("admin.json"));
    expect((await stat(join(data, "admin.json"))).mode & 0o777).toBe(0o600);
    const lambda = new LambdaClient({ endpoint, region, credentials, maxAttempts: 1 });
    const Payload = JSON.stringify({
      addUser: { username: "x@example.com", password: "long enough", replace: false },
    });
    const added = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
    lambda.destroy();
    expect(added.FunctionError).toBeUndefined();
  });

  it("locks its folder: a second cloud exits with one line and code 1", async () => {
    const another = await runCloud("--data", data, "--api-port", "0", "--mqtt-port", "0");
    expect(another).toEqual(failed(RegExp(data)));
  });

  it("continues after kill -9 with the same user, device and authority, and stops on SIGTERM", async () => {
    const files = ["ca.pem", "demo/user.json"];
    const before = await Promise.all(files.map(first().read));
    // The endpoints are those of this start.
    const device = async (cloud: { read(file: string): Promise<string> }) => {
      const { endpoints: _, ...identity } = JSON.parse(await cloud.read("demo/device.json"));
      return identity;
    };
    const deviceBefore = await device(first());
    await first().kill();

    const second = await spawnCloud("--no-demo", "--data", data);
    expect(await Promise.all(files.map(second.read))).toEqual(before);
    expect(await device(second)).toEqual(deviceBefore);
    const headers = { authorization: `Bearer ${JSON.parse(before[1]!).token}` };
    expect((await fetch(`${second.api}/v1/user`, { headers })).status).toBe(200);

    const { code } = await stop(second, "SIGTERM");
    expect(code).toBe(0);
    await expect(stat(join(data, "admin.json"))).rejects.toThrow("ENOENT");
  });
});

const failed = (line: RegExp) => ({
  code: 1,
  stdout: "",
  stderr: expect.stringMatching(new RegExp(`^godwit: [^\n]*${line.source}[^\n]*\n$`)),
});

describe("an impossible start exits with one line and code 1", () => {
  it("when an option is unknown", async () => {
    expect(await runCloud("--prot", "1")).toEqual(failed(/--prot/));
  });

  it("when a port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    expect(await runCloud("--api-port", `${port}`)).toEqual(failed(RegExp(`--api-port ${port}`)));
    const mqtt = ["--api-port", "0", "--mqtt-port", `${port}`];
    expect(await runCloud(...mqtt)).toEqual(failed(RegExp(`--mqtt-port ${port}`)));
  });

  it("when the state folder is not writable", async () => {
    const file = join(await tempFolder(), "file");
    await writeFile(file, "");
    expect(await runCloud("--data", file)).toEqual(failed(RegExp(file)));
  });
});

it("prints only the options with --help", async () => {
  const { code, stdout } = await runCloud("--help");
  expect(code).toBe(0);
  expect(stdout).toContain("--mqtt-port");
});

/**
 * The addresses, in hex, that a process listens on:
 * https://docs.kernel.org/networking/proc_net_tcp.html
 */
const listenersOf = async (pid: number): Promise<string[]> => {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) =>
      readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""),
    ),
  );
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((table) => readFile(`/proc/${pid}/net/${table}`, "utf8").catch(() => "")),
  );
  return tables
    .flatMap((table) => table.trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, ...rest]) => state === "0A" && links.includes(`socket:[${rest[5]}]`))
    .map(([, address = ""]) => address.split(":")[0] ?? "");
};
