import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { fakeApi } from "../support/fakeApi.ts";
import { runCommand, startCommand } from "../support/runCommand.ts";

const path = "GET /v1/devices/events/temp";
const frame = (name: string, data: string, id: string): string =>
  `event: ${name}\ndata: ${JSON.stringify({ data, coreid: "api", published_at: "2026-01-31T12:00:00.000Z" })}\nid: ${id}\n\n`;

/** An API whose streams do these things, one after the other. */
const streams = (...each: readonly ((response: ServerResponse) => void)[]) => {
  let opened = 0;
  return fakeApi({
    [path]: () => {
      const next = each[opened++];
      return next === undefined
        ? { status: 404, body: { error: "not_found", error_description: "over" } }
        : { stream: next };
    },
  });
};

const tail = (api: string, ...options: string[]) => [
  "events",
  "tail",
  "--filter",
  "temp",
  "--api",
  api,
  ...options,
];
const environment = { GODWIT_TOKEN: "secret" };

describe("events tail", () => {
  it("prints JSON lines, resumes after a lost connection by the last id, and says so", async () => {
    const { api, asked } = await streams(
      (response) => {
        response.write(":ok\n\n");
        response.write(frame("temperature", "1", "one"), () => response.destroy());
      },
      (response) => response.end(frame("temperature", "2", "two")),
      (response) => response.write(`id: later\n\n${frame("temperature", "3", "three")}`),
    );
    const done = await runCommand(tail(api, "--limit", "3"), { environment });
    const events = done.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ data, cursor }) => [data, cursor])).toEqual([
      ["1", "one"],
      ["2", "two"],
      ["3", "three"],
    ]);
    expect(asked.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "one", "two"]);
    expect(done.stderr).toMatch(/connection is lost.*\n?.*Next attempt in 1 s/);
    expect(done.stderr).toContain("Connected again.");
    expect(done.exit).toBe(0);
  });

  it("keeps the position of a quiet stream, by frames that only have an id", async () => {
    const { api, asked } = await streams(
      (response) => response.write("id: quiet\n\n", () => response.destroy()),
      (response) => response.write(frame("temperature", "1", "one")),
    );
    await runCommand(tail(api, "--limit", "1"), { environment });
    expect(asked[1]?.lastEventId).toBe("quiet");
  });

  it("says when events may be missing", async () => {
    const { api } = await streams((response) =>
      response.write(`: gap: a region\u001b did not answer\n\n${frame("temperature", "1", "one")}`),
    );
    const done = await runCommand(tail(api, "--limit", "1"), { environment });
    expect(done.stderr).toContain("Events may be missing here: a region\\u{1b} did not answer");
  });

  it("waits longer after each failure, and ends when the API refuses the stream", async () => {
    const waits: number[] = [];
    const { api } = await streams(
      (response) => response.write(":ok\n\n", () => response.destroy()),
      (response) => response.destroy(),
      (response) => response.destroy(),
    );
    const done = await runCommand(tail(api), {
      environment,
      wait: async (ms) => void waits.push(ms),
    });
    expect(waits).toHaveLength(3);
    expect(waits).toEqual(waits.toSorted((one, other) => one - other));
    expect(done).toMatchObject({ exit: 4, stderr: expect.stringContaining("over.") });
  });

  it("does not wait for an API that it has never reached", async () => {
    const { api, stop } = await fakeApi({});
    await stop();
    expect((await runCommand(tail(api), { environment })).exit).toBe(5);
  });

  it("ends on Ctrl+C without a stack", async () => {
    const stop = new AbortController();
    const { api } = await streams((response) => response.write(":ok\n\n", () => stop.abort()));
    const done = await startCommand(tail(api), { environment, signal: stop.signal });
    expect(await done.exit).toBe(130);
    expect(done.stderr()).not.toContain("godwit:");
  });

  it("shows hostile events on one line each", async () => {
    const { api } = await streams((response) =>
      response.write(
        frame("temp\u001b[2J", "a\n\u001b]0;x\u0007\u202e", "one") + frame("temp", "ok", "two"),
      ),
    );
    const done = await runCommand(tail(api, "--limit", "2"), { environment, isTerminal: true });
    expect(done.stdout.trim().split("\n")).toHaveLength(2);
    for (const char of ["\u001b", "\u0007", "\u202e"]) expect(done.stdout).not.toContain(char);
    expect(done.stdout).toContain("a\\n\\u{1b}]0;x\\u{7}\\u{202e}");
  });
});
