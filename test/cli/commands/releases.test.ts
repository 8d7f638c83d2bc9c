import { describe, expect, it } from "vitest";
import type { Answer, Asked } from "../support/fakeApi.ts";
import { runAgainst } from "../support/runAgainst.ts";
import type { RunOptions } from "../support/runCommand.ts";

const id = "0123456789abcdef01234567";
const none = {
  current: 0,
  held: 0,
  waiting: 0,
  downloading: 0,
  installed: 0,
  failed: 0,
  excluded: 0,
};
const counts = { ...none, targeted: 10, held: 8, downloading: 2 };

const release = (state: string, change: object = {}) => ({
  id: "r1",
  version: 3,
  kind: "release",
  state,
  to: { all: true },
  rollback: "slot",
  rollback_version: null,
  halts: [],
  rolled_back: null,
  waves: [
    { percent: 20, soak: 3_600, opened_at: "2026-11-30T12:00:00.000Z", devices_by_state: counts },
    { percent: 100, soak: 0, opened_at: null, devices_by_state: counts },
  ],
  devices_by_state: counts,
  missing: 0,
  paused: null,
  under_way: 2,
  created_at: "2026-11-30T12:00:00.000Z",
  created_by: "ada@example.com",
  ...change,
});

const plan = (conflicts: readonly string[] = []) => ({
  plan: true,
  version: 3,
  targeted: 10,
  waves: [
    { percent: 20, soak: 3_600, count: 2, ids: [id] },
    { percent: 100, soak: 0, count: 6, ids: [] },
  ],
  not_reached: 0,
  excluded: { locked: 1 },
  current: 1,
  conflicts,
});

const path = "/v1/products/7/releases";

const releases = (
  answers: Parameters<typeof runAgainst>[0],
  args: readonly string[],
  options: RunOptions = {},
) => runAgainst(answers, ["releases", ...args, "--product", "7"], options);

const terminal = { isTerminal: true };

describe("releases create", () => {
  const answers = {
    [`POST ${path}/plan`]: { body: plan() },
    [`POST ${path}`]: { status: 201, body: { release: release("enrolling") } },
  };
  const wanted = ["create", "3", "--all", "--wave", "20%/1h", "--wave", "100%"];
  const body = {
    version: 3,
    to: { all: true },
    waves: [{ percent: 20, soak: 3_600 }, { percent: 100 }],
  };

  it("shows whom each wave reaches, then asks", async () => {
    const no = await releases(answers, wanted, { ...terminal, typed: "\r" });
    expect(no.stderr).toContain("wave 1  20%, then 1 h  2 devices");
    expect(no.stderr).toContain("excluded: 1 device (locked)");
    expect([no.exit, no.asked.map(({ path: to }) => to)]).toEqual([1, [`${path}/plan`]]);
    const yes = await releases(answers, wanted, { ...terminal, typed: "y\r" });
    expect(yes.stdout).toContain("godwit releases watch r1 --product 7");
    expect(yes.asked.map((each) => each.body)).toEqual([body, body]);
  });

  it("releases nothing in a pipe without --yes, and with --plan", async () => {
    const piped = await releases(answers, wanted);
    expect([piped.exit, piped.asked.length]).toEqual([2, 1]);
    const planned = await releases(answers, [...wanted, "--plan"]);
    expect(JSON.parse(planned.stdout)).toEqual(plan());
    expect(planned.asked).toHaveLength(1);
  });

  it("is refused while another release has some of the devices", async () => {
    const busy = { ...answers, [`POST ${path}/plan`]: { body: plan(["r0"]) } };
    const done = await releases(busy, [...wanted, "--yes"]);
    expect(done).toMatchObject({ exit: 1, stderr: expect.stringContaining("r0") });
    expect(done.asked).toHaveLength(1);
  });

  it("sends each option as its field", async () => {
    const done = await releases(answers, [
      ...["create", "3", "--group", "beta", "--group", "staff", "--plan"],
      ...["--wave", `devices:${id}/90s`, "--wave", "groups:beta,staff/1d"],
      ...["--failures", "5,2.5", "--window", "22:00-06:00", "--return-within", "15min"],
      ...["--forced", "--next-hello", "--rollback", "version", "--rollback-version", "2"],
    ]);
    expect(done.asked[0]?.body).toEqual({
      version: 3,
      to: { groups: ["beta", "staff"] },
      waves: [
        { devices: [id], soak: 90 },
        { groups: ["beta", "staff"], soak: 86_400 },
      ],
      failures: { count: 5, percent: 2.5 },
      window: { from: "22:00", to: "06:00" },
      return_within: 900,
      forced: true,
      immediate: false,
      rollback: "version",
      rollback_version: 2,
    });
  });

  it("takes the fields of a file, and options before them", async () => {
    const typed = JSON.stringify({ to: { devices: [id] }, forced: true, version: 9 });
    const done = await releases(answers, ["create", "3", "--file", "-", "--plan"], { typed });
    expect(done.asked[0]?.body).toEqual({ version: 3, to: { devices: [id] }, forced: true });
  });

  it.each([
    ["create", "3"],
    ["create", "3", "--all", "--group", "beta"],
    ["create", "x", "--all"],
    ["create", "3", "--all", "--wave", "5"],
    ["create", "3", "--all", "--wave", "5%/1w"],
    ["create", "3", "--all", "--wave", "5%/1d/1d"],
    ["create", "3", "--all", "--wave", "groups:"],
    ["create", "3", "--all", "--failures", "3"],
    ["create", "3", "--all", "--window", "22-6"],
    ["create", "3", "--all", "--rollback", "slots"],
  ])("sends nothing for %s %s %s %s %s", async (...args) => {
    expect(await releases(answers, args)).toMatchObject({ exit: 2, asked: [] });
  });
});

describe("releases watch", () => {
  const states = (...bodies: readonly (ReturnType<typeof release> | Answer)[]) => {
    let polls = 0;
    return {
      [`GET ${path}/r1`]: (): Answer => {
        const body = bodies[Math.min(polls++, bodies.length - 1)] ?? {};
        return "status" in body || "stream" in body ? body : { body: { release: body } };
      },
    };
  };
  const done = { devices_by_state: { ...none, targeted: 10, installed: 10 } };

  it("shows each change until the release is complete", async () => {
    const running = release("running");
    const shown = await releases(
      states(release("enrolling"), running, running, release("completed", done)),
      ["watch", "r1"],
      terminal,
    );
    expect(shown.exit).toBe(0);
    expect(shown.stdout.match(/running, wave 1 of 2/g)).toHaveLength(1);
    expect(shown.stdout).toContain("completed\n  10 devices: 10 installed");
    const piped = await releases(states(running, running, release("completed", done)), [
      "watch",
      "r1",
    ]);
    const lines = piped.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).state);
    expect(lines).toEqual(["running", "completed"]);
  });

  it("fails when the release needs a person, with the reason as text", async () => {
    const halt = { at: "2026-11-30T12:00:00.000Z", by: "godwit", id: "h1" };
    const halted = release("halted", { halts: [{ ...halt, reason: "3 failed\u001b[2J" }] });
    const shown = await releases(states(halted), ["watch", "r1"], terminal);
    expect(shown.exit).toBe(1);
    expect(shown.stdout).toContain("by godwit: 3 failed");
    expect(shown.stdout).not.toContain("\u001b");
    expect(shown.stderr).toContain("godwit releases resume r1 --product 7");
  });

  it("waits for a lost connection, and ends for a release that is not there", async () => {
    const lost = { status: 503, body: { ok: false, error: "unavailable" } };
    const shown = await releases(states(lost, lost, release("completed", done)), ["watch", "r1"]);
    expect(shown.exit).toBe(0);
    expect(shown.stderr.match(/Waiting for it/g)).toHaveLength(1);
    expect((await releases({}, ["watch", "r1"])).exit).toBe(4);
  });

  it("leaves the release running on Ctrl+C, and says how to halt it", async () => {
    const stop = new AbortController();
    const shown = await releases(states(release("running")), ["watch", "r1"], {
      signal: stop.signal,
      wait: async () => stop.abort(),
    });
    expect(shown.exit).toBe(130);
    expect(shown.stderr).toContain("godwit releases halt r1 --product 7");
  });
});

describe("decisions about a release", () => {
  const answers = {
    [`GET ${path}/r1`]: { body: { release: release("halted") } },
    ...Object.fromEntries(
      ["halt", "resume", "rollback", "cancel"].map((word) => [
        `POST ${path}/r1/${word}`,
        { body: { release: release("halted") } },
      ]),
    ),
  };

  it("halt at once, with the reason", async () => {
    const done = await releases(answers, ["halt", "r1", "--reason", "devices are dark"]);
    expect(done.asked).toMatchObject([{ body: { reason: "devices are dark" } }]);
    expect(JSON.parse(done.stdout)).toMatchObject({ id: "r1", state: "halted" });
  });

  it.each([
    ["resume", "8 devices may be offered version 3 again"],
    ["rollback", "Up to 2 devices that began or finished the update boot their other slot"],
    ["cancel", "8 devices will keep their firmware"],
  ])("%s after saying what it changes", async (word, text) => {
    const no = await releases(answers, [word, "r1"], { ...terminal, typed: "\r" });
    expect(no.stderr).toContain(text);
    expect([no.exit, no.asked.length]).toEqual([1, 1]);
    const yes = await releases(answers, [word, "r1", "--yes"]);
    expect([yes.exit, yes.asked[1]?.path]).toEqual([0, `${path}/r1/${word}`]);
    expect((await releases(answers, [word, "r1"])).exit).toBe(2);
  });
});

describe("the devices of a release", () => {
  const device = {
    id,
    wave: 1,
    state: "held",
    reason: "window",
    before: { version: "2", sha256: null },
    offered_at: null,
    returned_at: null,
    assessed_at: null,
  };

  it("are listed by state and wave, page by page", async () => {
    const pages = {
      [`GET ${path}/r1/devices`]: ({ query }: Asked) => ({
        body: { devices: [device], ...(query.cursor === undefined && { cursor: "next" }) },
      }),
    };
    const args = ["devices", "r1", "--state", "held", "--wave", "1"];
    const done = await releases(pages, args);
    expect(done.stdout.trim().split("\n")).toHaveLength(2);
    expect(done.asked[1]?.query).toEqual({
      state: "held",
      wave: "1",
      limit: "200",
      cursor: "next",
    });
    expect((await releases(pages, ["devices", "r1", "--state", "gone"])).exit).toBe(2);
  });

  const explained = {
    "GET /v1/products/7/devices/lamp": { body: { id, functions: [], variables: {} } },
    [`GET ${path}`]: {
      body: { releases: [{ ...release("running"), id: "r2" }, release("completed")] },
    },
    [`GET ${path}/r1/devices/${id}`]: {
      body: { device, sentence: "Its window is closed." },
    },
  };

  it("are explained in one sentence, in the latest release that has them", async () => {
    const done = await releases(explained, ["why", "lamp"], terminal);
    expect(done.stdout).toBe(`${id} in release r1 is held: Its window is closed.\n`);
    expect(done.asked.map(({ path: to }) => to)).toContain(`${path}/r2/devices/${id}`);
    const named = await releases(explained, ["why", "lamp", "--release", "r1"]);
    expect(JSON.parse(named.stdout)).toMatchObject({ release: "r1", device: { state: "held" } });
  });

  it("that no release has are not found", async () => {
    const empty = { ...explained, [`GET ${path}`]: { body: { releases: [] } } };
    expect((await releases(empty, ["why", "lamp"])).exit).toBe(4);
    expect((await releases(explained, ["why", "nobody"])).exit).toBe(4);
    const enrolling = {
      ...explained,
      [`GET ${path}`]: { body: { releases: [release("enrolling")] } },
    };
    const { [`GET ${path}/r1/devices/${id}`]: _, ...early } = enrolling;
    expect((await releases(early, ["why", "lamp"])).stderr).toContain("ask again in a minute");
  });
});

describe("releases list and get", () => {
  it("show the releases of the product", async () => {
    const answers = {
      [`GET ${path}`]: { body: { releases: [release("running")], cursor: "next" } },
      [`GET ${path}/r1`]: { body: { release: release("running") } },
    };
    const listed = await releases(answers, ["list", "--limit", "1"], terminal);
    expect(listed.stdout).toMatch(/r1 +3 +running +release +all +1\/2 /);
    expect(listed.stderr).toContain("There are more");
    const shown = await releases(answers, ["get", "r1"], terminal);
    expect(shown.stdout).toContain("10 devices: 8 held, 2 downloading");
  });
});
