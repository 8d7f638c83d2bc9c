import { describe, expect, it } from "vitest";
import type { Answer, Asked } from "../support/fakeApi.ts";
import { runAgainst } from "../support/runAgainst.ts";
import type { RunOptions } from "../support/runCommand.ts";

const letter = (id: string) => ({
  id,
  reason: "the target answered 500\u001b[2J",
  status: 500,
  attempts: 10,
  failed_at: "2026-01-31T12:00:00.000Z",
  event: {
    id: "e",
    name: "temp",
    data: "21",
    coreid: "lamp",
    published_at: "2026-01-31T12:00:00Z",
  },
});
const plan = {
  plan: true,
  count: 1240,
  at_least: true,
  bytes: 5,
  oldest: new Date(Date.now() - 7_200_000).toISOString(),
  newest: new Date(Date.now() - 60_000).toISOString(),
  per_second: 20,
  expected_seconds: 71,
  expected_dollars: 0.0053,
};
const job = (state: string, done: number) => ({
  id: "j1",
  state,
  stop_reason: state === "stopped" ? "the integration is disabled" : null,
  total: 10,
  at_least: false,
  done,
  failed: 0,
  left: 10 - done,
  rate: 5,
  estimated_end: null,
});

const deadLetters = (
  answers: Parameters<typeof runAgainst>[0],
  args: readonly string[],
  options: RunOptions = {},
) => runAgainst(answers, ["dead-letters", ...args], options);

const replayPath = "POST /v1/integrations/i1/dead-letters/replay";
const replayable = (states: readonly ReturnType<typeof job>[] = [job("done", 10)]) => {
  let polls = 0;
  return {
    [replayPath]: ({ body }: Asked): Answer =>
      (body as { plan?: boolean }).plan === true
        ? { body: plan }
        : { status: 202, body: { ok: true, job: job("running", 0) } },
    "GET /v1/integrations/i1/jobs/j1": (): Answer => ({
      body: { job: states[polls++] ?? states.at(-1) },
    }),
  };
};

describe("dead-letters list", () => {
  it("continues after an empty page", async () => {
    const pages: Record<string, object> = {
      first: { dead_letters: [letter("a")], unreadable: 1, next: "x", cursor: "x" },
      x: { dead_letters: [], unreadable: 0, next: "y", cursor: "y" },
      y: { dead_letters: [letter("b")], unreadable: 0, next: null },
    };
    const done = await deadLetters(
      {
        "GET /v1/integrations/i1/dead-letters": ({ query }) => ({
          body: pages[query.cursor ?? "first"],
        }),
      },
      ["list", "i1", "--status", "500"],
      { isTerminal: true },
    );
    expect(done.stdout).toMatch(/ a\n.* b\n/);
    expect(done.stdout).not.toContain("\u001b");
    expect(done.stderr).toContain("1 dead letter cannot be read");
    expect(done.asked.every(({ query }) => query.status === "500")).toBe(true);
  });
});

describe("dead-letters replay", () => {
  it("with --plan shows count, age and expected time, and starts nothing", async () => {
    const done = await deadLetters(replayable(), ["replay", "i1", "--plan", "--event", "temp"], {
      isTerminal: true,
    });
    expect(done.stdout).toContain("1,240 or more dead letters would be delivered again");
    expect(done.stdout).toMatch(/oldest .*\(2 h ago\)/);
    expect(done.stdout).toContain("at least 1 min 11 s, at 20 a second");
    expect(done.asked.map(({ body }) => body)).toEqual([{ event: "temp", plan: true }]);
  });

  it("shows the plan, asks, and shows the progress until the job is done", async () => {
    const done = await deadLetters(
      replayable([job("running", 4), job("done", 10)]),
      ["replay", "i1", "--id", "a", "--id", "b", "--per-second", "5"],
      { isTerminal: true, typed: "y\r" },
    );
    expect(done.asked[1]?.body).toEqual({ ids: ["a", "b"], perSecond: 5 });
    expect(done.stderr).toContain("would be delivered again");
    expect(done.stderr).toContain("4 of 10 queued");
    expect(done).toMatchObject({ exit: 0, stdout: "Job j1 is done: 10 queued.\n" });
  });

  it("starts nothing without an answer, or in a pipe without --yes", async () => {
    const declined = await deadLetters(replayable(), ["replay", "i1"], {
      isTerminal: true,
      typed: "\r",
    });
    expect([declined.exit, declined.asked.length]).toEqual([1, 1]);
    const piped = await deadLetters(replayable(), ["replay", "i1"], { typed: "y\n" });
    expect([piped.exit, piped.asked.length]).toEqual([2, 1]);
    const detached = await deadLetters(replayable(), ["replay", "i1", "--yes", "--detach"]);
    expect(JSON.parse(detached.stdout)).toMatchObject({ id: "j1", state: "running" });
  });

  it("leaves the job running on Ctrl+C, and says how to stop it", async () => {
    const stop = new AbortController();
    const done = await deadLetters(replayable(), ["replay", "i1", "--yes"], {
      signal: stop.signal,
      wait: async () => stop.abort(),
    });
    expect(done.exit).toBe(130);
    expect(done.stderr).toContain("godwit dead-letters stop i1 j1");
  });

  it("fails when the job was stopped, with the reason", async () => {
    const done = await deadLetters(replayable([job("stopped", 3)]), ["replay", "i1", "--yes"], {
      isTerminal: true,
    });
    expect(done).toMatchObject({
      exit: 1,
      stdout: expect.stringContaining("3 queued, 7 left. Reason: the integration is disabled."),
    });
  });
});
