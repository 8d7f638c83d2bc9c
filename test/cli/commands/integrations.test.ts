import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runAgainst } from "../support/runAgainst.ts";
import { newFolder, type RunOptions } from "../support/runCommand.ts";

const hook = {
  id: "i1",
  name: "temp for example.com",
  event: "temp",
  url: "https://example.com/hook",
  disabled: false,
  state: "healthy",
  integration_type: "Webhook",
};
const request = {
  method: "POST",
  url: "https://example.com/hook",
  headers: { a: "b" },
  body: "line\n\u001b[2J",
};

const integrations = (
  answers: Parameters<typeof runAgainst>[0],
  args: readonly string[],
  options: RunOptions = {},
) => runAgainst(answers, ["integrations", ...args], options);

describe("integrations list", () => {
  it("shows the state of each one, also of one that cannot be read", async () => {
    const body = {
      integrations: [hook, { ...hook, id: "i2", state: "failing" }, { id: "i3", unreadable: true }],
    };
    const done = await integrations(
      { "GET /v1/integrations": { body } },
      ["list", "--state", "failing"],
      { isTerminal: true },
    );
    expect(done.asked[0]?.query).toEqual({ state: "failing", limit: "100" });
    expect(
      done.stdout
        .split("\n")
        .slice(1, 4)
        .map((line) => line.split(/ +/)[1]),
    ).toEqual(["healthy", "failing", "unreadable"]);
  });

  it("teaches the first step when there is none", async () => {
    const done = await integrations(
      { "GET /v1/integrations": { body: { integrations: [] } } },
      ["list"],
      { isTerminal: true },
    );
    expect(done.stdout).toContain("godwit integrations create");
  });
});

describe("integrations create", () => {
  const created = {
    "POST /v1/integrations": {
      status: 201,
      body: { ok: true, ...hook, signing_secret: "whsec_x" },
    },
  };

  it("sends the settings of a file, changed by the options, and prints the secret once", async () => {
    const file = join(newFolder(), "hook.json");
    await writeFile(
      file,
      JSON.stringify({ event: "other", url: "https://example.com", noDefaults: true }),
    );
    const done = await integrations(
      created,
      [
        "create",
        "--file",
        file,
        "--event",
        "temp",
        "--header",
        "x-key: a:b",
        "--template",
        '{"t":"{{t}}"}',
        "--disabled",
      ],
      { isTerminal: true },
    );
    expect(done.asked[0]?.body).toEqual({
      integration_type: "Webhook",
      event: "temp",
      url: "https://example.com",
      noDefaults: true,
      headers: { "x-key": "a:b" },
      json: '{"t":"{{t}}"}',
      disabled: true,
    });
    expect(done.stdout).toContain("shown only now: whsec_x");
  });

  it.each([
    [["create"], "Describe the integration"],
    [["create", "--header", "x"], "NAME:VALUE"],
    [["create", "--file", "/nowhere"], "does not exist"],
    [["create", "--file", "-"], "Standard input does not contain a JSON object"],
  ])("refuses %j", async (args, message) => {
    const done = await integrations(created, args, { typed: "[]" });
    expect(done).toMatchObject({ exit: 2, asked: [], stderr: expect.stringContaining(message) });
  });
});

describe("integrations preview and test", () => {
  const event = {
    id: "e",
    name: "temp",
    data: "\u001b[2J21",
    coreid: "api",
    published_at: "2026-01-31T12:00:00Z",
  };

  it("previews changes of a stored integration, without its kind", async () => {
    const body = { from: "given", events: [{ event, matches: true, request }] };
    const done = await integrations(
      { "POST /v1/integrations/i1/preview": { body } },
      ["preview", "i1", "--url", "https://example.com/new", "--data", "21"],
      { isTerminal: true },
    );
    expect(done.asked[0]?.body).toEqual({
      template: { url: "https://example.com/new" },
      event: { data: "21" },
    });
    expect(done.stdout).toContain("POST https://example.com/hook");
    expect(done.stdout).not.toContain("\u001b");
  });

  it("previews a new integration, and fails when no request can be made", async () => {
    const events = [
      { event, matches: true, request: null, failure: "template error" },
      { event, matches: false, request: null },
    ];
    const done = await integrations(
      { "POST /v1/integrations/preview": { body: { from: "recent", events } } },
      ["preview", "--event", "temp", "--url", "https://example.com", "--limit", "2"],
      { isTerminal: true },
    );
    expect(done.asked[0]?.body).toMatchObject({ limit: 2, template: { event: "temp" } });
    expect(done).toMatchObject({ exit: 1, stdout: expect.stringContaining("template error") });
    expect(done.stdout).toContain("does not match");
  });

  it("fails unless the target accepts the test", async () => {
    const tried = (ok: boolean) => ({
      "POST /v1/integrations/i1/test": {
        body: {
          ok,
          verdict: ok ? "delivered" : "overloaded",
          took_ms: 12.3,
          request,
          reply: { status: ok ? 200 : 503, content_type: null, body: "busy\u0007" },
        },
      },
    });
    const failed = await integrations(tried(false), ["test", "i1", "--sample-event", "temp"], {
      isTerminal: true,
    });
    expect(failed.asked[0]?.body).toEqual({ event: { name: "temp", data: "" } });
    expect(failed).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining("overloaded after 12 ms"),
    });
    expect(failed.stdout).toContain("busy\\u{7}");
    expect((await integrations(tried(true), ["test", "i1"])).exit).toBe(0);
  });
});

describe("integrations logs", () => {
  const attempt = (number: number, ok = true) => ({
    delivery: "msg_1",
    attempt: number,
    ok,
    ...(!ok && { error: "the target answered 503" }),
    event: { id: "e", name: "temp", coreid: "api" },
    started_at: `2026-01-31T12:00:0${number}.000Z`,
    took_ms: 7,
    next_attempt_at: null,
    request,
    reply: { status: ok ? 200 : 503, content_type: null, retry_after: null, body: "busy" },
  });
  const path = "GET /v1/integrations/i1/attempts";

  it("lists attempts oldest first, by the filters, page by page", async () => {
    const done = await integrations(
      {
        [path]: ({ query }) => ({
          body:
            query.cursor === undefined
              ? { attempts: [attempt(3)], cursor: "c" }
              : { attempts: [attempt(2, false), attempt(1)] },
        }),
      },
      ["logs", "i1", "--failed", "--since", "2026-01-31", "--device", "lamp"],
    );
    expect(
      done.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).attempt),
    ).toEqual([1, 2, 3]);
    expect(done.asked[0]?.query).toEqual({
      outcome: "failed",
      since: "2026-01-31T00:00:00.000Z",
      device: "lamp",
      limit: "100",
    });
    expect((await integrations({}, ["logs", "i1", "--since", "yesterday"])).exit).toBe(2);
  });

  it("shows requests and replies on request", async () => {
    const done = await integrations(
      { [path]: { body: { attempts: [attempt(1, false)] } } },
      ["logs", "i1", "--full"],
      { isTerminal: true },
    );
    expect(done.stdout).toMatch(
      /attempt 1: the target answered 503\n {2}POST .*\n {2}a: b\n {4}line\n {4}\\u\{1b\}\[2J\n {2}→ 503\n {4}busy/,
    );
  });

  it("follows, and shows each attempt once", async () => {
    const stop = new AbortController();
    let polls = 0;
    const done = await integrations(
      {
        [path]: () => ({
          body: { attempts: [2, 1].slice(polls++ === 0 ? 1 : 0).map((number) => attempt(number)) },
        }),
      },
      ["logs", "i1", "--follow"],
      { signal: stop.signal, wait: async () => void (polls > 2 && stop.abort()) },
    );
    expect(done.exit).toBe(130);
    expect(
      done.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).attempt),
    ).toEqual([1, 2]);
  });
});

describe("integrations enable and disable", () => {
  it("asks before it disables", async () => {
    const answers = {
      "PATCH /v1/integrations/i1": { body: { ok: true, ...hook, disabled: true } },
      "POST /v1/integrations/i1/enable": { body: { ok: true, ...hook } },
    };
    const refused = await integrations(answers, ["disable", "i1"]);
    expect([refused.exit, refused.asked]).toEqual([2, []]);
    const done = await integrations(answers, ["disable", "i1"], {
      isTerminal: true,
      typed: "yes\r",
    });
    expect([done.asked[0]?.body, done.stdout]).toEqual([
      { disabled: true },
      expect.stringContaining("is disabled"),
    ]);
    expect((await integrations(answers, ["enable", "i1"], { isTerminal: true })).stdout).toContain(
      "is enabled",
    );
  });
});
