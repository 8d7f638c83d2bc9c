import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { commands } from "../../admin/commands.ts";
import { messageOf } from "../../admin/messageOf.ts";
import { run } from "../../admin/run.ts";

interface Answer {
  readonly body: unknown;
  readonly failed?: true;
}

const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), "godwit-admin-"));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
};

/** A Lambda that answers invocations, and a state folder with its address. */
const fakeLambda = async (answer: Answer | (() => Answer)) => {
  const asked: { url: string; signed: boolean; request: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const signed = /^AWS4-HMAC-SHA256 Credential=KEY\//.test(request.headers.authorization ?? "");
    const { body, failed } = typeof answer === "function" ? answer() : answer;
    asked.push({ url: request.url ?? "", signed, request: JSON.parse(await text(request)) });
    if (failed) response.setHeader("x-amz-function-error", "Unhandled");
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const state = await folder();
  const place = {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    function: "godwit-admin",
    accessKeyId: "KEY",
    secretAccessKey: "secret",
  };
  await writeFile(join(state, "admin.json"), JSON.stringify(place));
  const said: string[] = [];
  const waited: number[] = [];
  const admin = async (args: string[], environment: Record<string, string> = { STATE: state }) =>
    run(args, {
      environment,
      askPassword: async () => "typed password",
      wait: async (ms) => void waited.push(ms),
      say: (line) => void said.push(line),
    });
  return { asked, admin, said, waited, state };
};

describe("a command of the admin tool", () => {
  it("asks for the password of a new user", async () => {
    const { admin, asked } = await fakeLambda({ body: { username: "ada", fleet: "f1" } });
    expect(JSON.parse(await admin(["user", "add", "ada"]))).toEqual({
      username: "ada",
      fleet: "f1",
    });
    expect(asked).toEqual([
      {
        url: "/2015-03-31/functions/godwit-admin/invocations",
        signed: true,
        request: { addUser: { username: "ada", password: "typed password", replace: false } },
      },
    ]);
  });

  it("generates a password and shows it once", async () => {
    const { admin, asked } = await fakeLambda({ body: { username: "ada" } });
    const printed = JSON.parse(await admin(["user", "add", "ada", "--generate", "--replace"]));
    expect(printed.password).toMatch(/^[\w-]{24}$/);
    expect(asked[0]?.request).toEqual({
      addUser: { username: "ada", password: printed.password, replace: true },
    });
  });

  it.each([
    [
      ["token", "add", "ada", "--days", "2"],
      { addToken: { username: "ada", expiresInSeconds: 172_800 } },
    ],
    [["token", "add", "ada"], { addToken: { username: "ada", expiresInSeconds: 0 } }],
    [
      ["user", "add", "ada", "--password=long enough"],
      { addUser: { username: "ada", password: "long enough", replace: false } },
    ],
    [
      ["product", "add", "ada", "--name", "Lamp", "--platform", "13"],
      { addProduct: { username: "ada", product: { name: "Lamp", platform_id: 13 } } },
    ],
  ])("sends the request of %j", async (args, request) => {
    const { admin, asked, state } = await fakeLambda({ body: {} });
    await admin([...args, "--state", state], {});
    expect(asked[0]?.request).toEqual(request);
  });

  it("writes the files of a device, readable by the owner only, and prints no key", async () => {
    const made = { id: "d1", name: "lamp", certificate: "CERT", privateKey: "KEY", ca: "CA" };
    const { admin, said, state } = await fakeLambda({ body: made });
    const csr = join(state, "request.pem");
    await writeFile(csr, "-----BEGIN");
    const out = join(state, "devices", "lamp");
    const args = ["device", "provision", "ada", "--name", "lamp", "--csr", csr, "--out", out];
    expect(JSON.parse(await admin(args))).toEqual({ id: "d1", name: "lamp" });
    expect((await readdir(out)).sort()).toEqual([
      "ca.pem",
      "device-cert.pem",
      "device-key.pem",
      "device.json",
    ]);
    for (const file of await readdir(out)) {
      expect((await stat(join(out, file))).mode & 0o777).toBe(0o600);
    }
    expect(await readFile(join(out, "device-key.pem"), "utf8")).toBe("KEY");
    expect(said).toHaveLength(4);
  });

  it("does not overwrite another device's key, and creates no device whose files it cannot write", async () => {
    const made = { id: "d1", certificate: "CERT", privateKey: "KEY", ca: "CA" };
    const { admin, state, asked } = await fakeLambda({ body: made });
    await writeFile(join(state, "device-key.pem"), "another");
    const provisioned = admin(["device", "provision", "ada", "--out", state]);
    await expect(provisioned).rejects.toMatchObject({ name: "UsageError" });
    expect(asked).toEqual([]);
    expect(await readFile(join(state, "device-key.pem"), "utf8")).toBe("another");
  });

  it("prints all pages of a list as a table, and as JSON with --json", async () => {
    const users = [
      { username: "ada", disabled: false },
      { username: "eve", disabled: true },
    ];
    const answers = [
      { rows: users.slice(0, 1), next: "p" },
      { rows: users.slice(1) },
      { rows: users },
      { rows: [] },
    ];
    const { admin, asked } = await fakeLambda(() => ({ body: answers.shift() }));
    expect(await admin(["user", "list"])).toBe(
      ["USERNAME  DISABLED", "ada       false", "eve       true"].join("\n"),
    );
    expect(asked[1]?.request).toEqual({ listUsers: { after: "p" } });
    expect(JSON.parse(await admin(["user", "list", "--json"]))).toEqual(users);
    expect(await admin(["user", "list"])).toBe("(none)");
  });

  it("prints its version, with and without a command", async () => {
    const { admin } = await fakeLambda({ body: {} });
    for (const args of [["--version"], ["user", "list", "--version"]]) {
      expect(await admin(args, {})).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it("has help for the tool and for each command", async () => {
    const { admin } = await fakeLambda({ body: {} });
    const all = await admin(["--help"]);
    expect(await admin([])).toBe(all);
    for (const { words, summary, dangerous } of commands) {
      expect(all).toContain(words);
      const one = await admin([...words.split(" "), "--help"]);
      for (const option of ["--state", "--region", "--function", "--json", summary]) {
        expect(one).toContain(option);
      }
      expect(one.includes("--yes")).toBe(dangerous === true);
    }
    expect(await admin(["device", "provision", "--help"])).toContain("--csr");
  });

  it("has help for the commands with the same first word", async () => {
    const { admin } = await fakeLambda({ body: {} });
    const text = await admin(["incident", "--help"]);
    expect(text).toContain("incident open TITLE");
    expect(text).not.toContain("user add");
  });

  it("has no option of its own with the name of an option of every command", () => {
    const common = ["state", "region", "function", "json", "help", "version", "yes"];
    const names = commands.flatMap(({ options }) => Object.keys(options));
    expect(names.filter((name) => common.includes(name))).toEqual([]);
  });
});

describe("a command that invokes the function page by page", () => {
  it("encrypts all secrets for a new region and queues all devices, and continues an earlier run", async () => {
    const answers = [
      { sealed: 2, incomplete: [], next: "s" },
      { sealed: 1, incomplete: ["i1"] },
      { sealed: 0, incomplete: [], next: "mfa#f1" },
      { sealed: 4, incomplete: ["f9"] },
      { queued: 0, isFull: true, unknown: [], next: "a" },
      { queued: 60, isFull: false, unknown: ["d1"], next: "b" },
      { queued: 7, isFull: false, unknown: [] },
    ];
    const { admin, asked, said, waited } = await fakeLambda(() => ({ body: answers.shift() }));
    const done = JSON.parse(await admin(["region", "fill", "eu-west-1", "--after", "a"]));
    const region = "eu-west-1";
    const integrations = { secrets: 3, incomplete: ["i1"] };
    const factors = { second_factors: 4, incomplete_second_factors: ["f9"] };
    expect(done).toEqual({ region, queued: 67, unknown: ["d1"], ...integrations, ...factors });
    expect(asked.map(({ request }) => request)).toEqual([
      { fillSecrets: { region } },
      { fillSecrets: { region, after: "s" } },
      { fillSecondFactors: { region } },
      { fillSecondFactors: { region, after: "mfa#f1" } },
      ...["a", "a", "b"].map((after) => ({ fillRegion: { region, after } })),
    ]);
    expect(waited).toHaveLength(1);
    expect(said.at(-1)).toContain("--after 'b'");
  });

  it("requests a reconnection of all devices within a time, page by page", async () => {
    const answers = [{ published: 200, next: "a" }, { published: 7 }];
    const { admin, asked, said } = await fakeLambda(() => ({ body: answers.shift() }));
    expect(JSON.parse(await admin(["devices", "reconnect", "30"]))).toEqual({ published: 207 });
    expect(asked.map(({ request }) => request)).toEqual([
      { reconnectDevices: { withinSeconds: 1_800 } },
      { reconnectDevices: { withinSeconds: 1_800, after: "a" } },
    ]);
    expect(said.at(-1)).toContain("--after 'a'");
  });
});

describe("a dangerous command", () => {
  it("plans the removal of a product, and with --yes repeats the removal until nothing is left", async () => {
    const answers = [{ product: 7, devices: 3 }, { left: 2 }, { left: 0 }];
    const { admin, asked } = await fakeLambda(() => ({ body: answers.shift() }));
    const shown = JSON.parse(await admin(["product", "remove", "7"]));
    expect(shown).toEqual({ plan: { product: 7, devices: 3 } });
    const done = JSON.parse(await admin(["product", "remove", "7", "--yes"]));
    expect(done).toEqual({ product: "7", removed: true });
    expect(asked.map(({ request }) => request)).toEqual([
      { planProductRemoval: { product: "7" } },
      ...[1, 2].map(() => ({ removeProduct: { product: "7" } })),
    ]);
  });

  it.each([
    [{ products: [1], devices: 0 }, "refused"],
    [{ products: [], devices: 2 }, "refused"],
    [{ products: [], devices: 0 }, "Repeat the command with --yes"],
  ])("says with the plan of a removal whether it is possible: %j", async (body, said) => {
    const cloud = await fakeLambda({ body });
    await cloud.admin(["user", "remove", "ada"]);
    expect(cloud.said.join()).toContain(said);
  });

  it.each([
    [["user", "disable", "ada"], "switchUser"],
    [["user", "remove", "ada"], "removeUser"],
    [["token", "revoke", "ada"], "revokeTokens"],
    [["device", "disable", "d1"], "switchDevice"],
    [["device", "revoke", "d1"], "revokeDevice"],
    [["device", "remove", "d1"], "removeDevice"],
  ])("shows the plan of %j, and executes it with --yes only", async (args, request) => {
    const { admin, asked, said } = await fakeLambda({ body: { rows: [], devices: 3 } });
    expect(JSON.parse(await admin(args))).toHaveProperty("plan");
    expect(asked.map((each) => Object.keys(each.request as object)[0])).not.toContain(request);
    expect(said.join()).toContain("--yes");
    await admin([...args, "--yes"]);
    expect(asked.at(-1)?.request).toHaveProperty(request);
  });
});

describe("the options of a command", () => {
  it.each([
    [["--state", "DIR", "user", "list"], { listUsers: {} }],
    [["user", "list", "--state", "DIR"], { listUsers: {} }],
    [
      ["user", "--state=DIR", "enable", "ada"],
      { switchUser: { username: "ada", disabled: false } },
    ],
    [["--yes", "user", "remove", "ada", "--state", "DIR"], { removeUser: { username: "ada" } }],
    [
      ["device", "provision", "ada", "--product", "100000001", "--state", "DIR"],
      { addDevice: { username: "ada", product: "100000001" } },
    ],
  ])("reads options before, in and after the command: %j", async (args, request) => {
    const body = { rows: [], id: "d1", certificate: "C", ca: "CA" };
    const { admin, asked, state } = await fakeLambda({ body });
    await admin(
      args.map((arg) => arg.replace("DIR", state)),
      {},
    );
    expect(asked.map((each) => each.request)).toEqual([request]);
  });

  it.each([
    [["usr", "list"], "'user list'"],
    [["user", "lst"], "'user list'"],
    [["user", "add", "ada", "--pasword", "x"], "--password"],
    [["user", "remove", "ada", "--yess"], "--yes"],
    [["--stat", "x", "user", "list"], "--state"],
    [["user", "list", "--all"], "--all"],
    [["user", "list", "ada"], "'ada'"],
    [["user", "add", "ada", "--password"], "--password"],
    [["user", "add", "ada", "--password", "--generate"], "--password"],
    [["user", "list", "--json=yes"], "--json"],
    [["user", "add", "ada", "--yes"], "--yes"],
  ])("refuses %j, and suggests the correct name", async (args, named) => {
    const { admin, asked } = await fakeLambda({ body: {} });
    await expect(admin(args)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(new RegExp(`^[^\n]*${named}[^\n]*$`)),
    });
    expect(asked).toEqual([]);
  });

  it.each([
    [["user", "delete", "ada"], "user delete"],
    [["user", "add"], "NAME"],
    [["incident"], "one of incident open, incident list"],
    [["user", "add", "ada", "eve"], "one NAME"],
    [["user", "add", "ada", "--days", "1"], "--days"],
    [["user", "add", "ada", "--password", "x", "--generate"], "--generate"],
    [["token", "add", "ada", "--days", "soon"], "soon"],
    [["product", "add", "ada"], "--name"],
    [["user", "add", "ada", "--state", "/nowhere"], "/nowhere"],
    [["user", "add", "ada", "--state", "x", "--function", "f"], "--state"],
  ])("refuses %j in one line that names the fault", async (args, named) => {
    const { admin, asked } = await fakeLambda({ body: {} });
    await expect(admin(args)).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(new RegExp(`^[^\n]*${named}[^\n]*$`)),
    });
    expect(asked).toEqual([]);
  });
});

describe("a failure of the admin tool", () => {
  it.each([
    [{ errorType: "Failure", errorMessage: "there is no user ada" }, "there is no user ada"],
    [
      {
        errorType: "ZodError",
        errorMessage: JSON.stringify([{ path: ["addUser", "password"], message: "Too small" }]),
      },
      "addUser.password: Too small",
    ],
    [{ errorType: "TypeError", errorMessage: "a bug" }, "TypeError: a bug"],
    ["strange", "the admin function failed"],
  ])("reports in one line why the function failed: %j", async (body, message) => {
    const { admin } = await fakeLambda({ body, failed: true });
    await expect(admin(["token", "add", "ada"])).rejects.toMatchObject({
      name: "InvocationError",
      message,
    });
  });

  it("reports in one line why the request is refused", async () => {
    const failure = { code: "not_found", message: "there is no user ada" };
    const { admin } = await fakeLambda({ body: { failure } });
    await expect(admin(["token", "add", "ada"])).rejects.toMatchObject({
      name: "InvocationError",
      message: "there is no user ada",
    });
  });

  it.each([
    [Object.assign(new Error("Could not load credentials"), { name: "CredentialsProviderError" })],
    [new Error("Region is missing")],
  ])("explains in one line how to select a cloud: %s", (error) => {
    const reason = messageOf(error);
    expect(reason).toMatch(/--state DIR.*AWS credentials and --region/);
    expect(reason).not.toContain("\n");
  });

  it.each([
    [Object.assign(new Error(""), { code: "ECONNREFUSED" }), /is not running/],
    [new TypeError("x is not a function\n    at y"), /^TypeError: x is not a function$/],
    [Object.assign(new Error("no function"), { name: "ResourceNotFoundException" }), /no function/],
  ])("shows no stack trace: %s", (error, said) => {
    expect(messageOf(error)).toMatch(said);
    expect(messageOf(error)).not.toContain("\n");
  });
});

describe("a command about an incident", () => {
  it("opens one with components, and refuses a component without a region", async () => {
    const { admin, asked } = await fakeLambda({ body: { id: "i1" } });
    const args = ["incident", "open", "Webhooks are late", "--body", "We look."];
    await admin([...args, "--components", "events:us-east-1:partial_outage,api:eu-west-1"]);
    expect(asked[0]?.request).toMatchObject({
      openIncident: {
        name: "Webhooks are late",
        body: "We look.",
        affected: [
          { component: "events", region: "us-east-1", status: "partial_outage" },
          { component: "api", region: "eu-west-1" },
        ],
      },
    });
    await expect(admin([...args, "--components", "events"])).rejects.toThrow("COMPONENT:REGION");
    await expect(admin(["incident", "open", "x"])).rejects.toThrow("needs --body");
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["resolve", ["--body", "Over."], { updateIncident: { incident: "i1", status: "resolved" } }],
    ["merge", ["--into", "i2"], { mergeIncident: { incident: "i1", merged_into: "i2" } }],
  ])("that would %s it shows it first", async (name, options, request) => {
    const { admin, asked, said } = await fakeLambda({ body: { id: "i1", status: "monitoring" } });
    await admin(["incident", name, "i1", ...options]);
    expect(asked.map((one) => one.request)).toEqual([{ showIncident: { incident: "i1" } }]);
    expect(said.join()).toContain("--yes");
    await admin(["incident", name, "i1", ...options, "--yes"]);
    expect(asked[1]?.request).toMatchObject(request);
  });

  it("changes it only in the version that the operator has read", async () => {
    const { admin, asked } = await fakeLambda({ body: { id: "i1" } });
    await admin(["incident", "update", "i1", "--body", "Better.", "--if-version", "v7"]);
    expect(asked[0]?.request).toMatchObject({ updateIncident: { incident: "i1", version: "v7" } });
  });

  it("publishes a postmortem from a file", async () => {
    const { admin, asked, state } = await fakeLambda({ body: { id: "i1" } });
    await writeFile(join(state, "report.md"), "# Why");
    await admin(["incident", "postmortem", "i1", "--file", join(state, "report.md")]);
    expect(asked[0]?.request).toEqual({
      writePostmortem: { incident: "i1", postmortem: "# Why" },
    });
  });
});

describe("text of users", () => {
  const hostile = "\u001b]0;x\u0007\u009b2J\u202eab\r\nc";

  it("does not control the terminal of an operator", async () => {
    const rows = [{ username: hostile, state: { name: hostile } }];
    const { admin } = await fakeLambda({ body: { rows } });
    for (const options of [[], ["--json"]]) {
      const shown = await admin(["user", "list", ...options]);
      expect(shown).not.toMatch(/[^\n -~]/);
      expect(shown).toContain("2J");
    }
    expect(JSON.parse(await admin(["user", "list", "--json"]))).toEqual(rows);
  });
});
