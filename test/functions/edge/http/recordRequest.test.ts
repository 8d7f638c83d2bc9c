import type { Context } from "aws-lambda";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { failedChangesMax } from "#shared/account/caller/limits.ts";
import { hashToken, type Token } from "#shared/account/token/token.ts";
import type { AuditEntry } from "#shared/audit/auditEntry.ts";
import { Failure } from "#shared/platform/failure.ts";
import { route } from "#shared/routes/route.ts";
import { announcing, api, signedIn } from "../../../../functions/edge/http/api.ts";
import { logger } from "../../../../functions/edge/logger.ts";
import { memoryAccounts } from "../../../memory/account/accounts.ts";
import { memoryFailedChanges } from "../../../memory/account/failedChanges.ts";
import { memoryTeams } from "../../../memory/account/teams.ts";
import { memoryAuditLog } from "../../../memory/audit/auditLog.ts";
import { httpEvent } from "./httpEvent.ts";

const base = {
  access: "token",
  input: z.object({ name: z.optional(z.string()), plan: z.optional(z.boolean()) }),
  replies: { 200: z.looseObject({}) },
  example: { input: {}, reply: {} },
  errors: [],
} as const;

const routes = {
  create: route({
    ...base,
    method: "POST",
    path: "/v1/things",
    audit: { action: "integration.create", created: "thing.id" },
    summary: "Create",
  }),
  change: route({
    ...base,
    method: "PUT",
    path: "/v1/things/{thing}",
    input: z.extend(base.input, { thing: z.string() }),
    example: { input: { thing: "t1" }, reply: {} },
    audit: { action: "integration.update", id: "thing" },
    summary: "Change",
  }),
  read: route({ ...base, method: "GET", path: "/v1/things", summary: "Read" }),
  ping: route({
    ...base,
    method: "PUT",
    path: "/v1/ping",
    audit: { none: "a test" },
    summary: "Ping",
  }),
  enter: route({
    ...base,
    access: "everyone",
    method: "POST",
    path: "/v1/enter",
    audit: { action: "token.create" },
    summary: "Enter",
  }),
};

const things = new Map<string, Record<string, unknown>>();

/** A function with these routes; `run` runs in place of each endpoint's work. */
const world = async (run: () => Promise<object> | object = () => ({ ok: true })) => {
  things.clear();
  const accounts = memoryAccounts();
  const token = { username: "ada@b.c", fleet: "f1", client: "x", createdAt: "" };
  const add = (text: string, given: Partial<Token> = {}) =>
    accounts.addToken({ ...token, ...given, hash: hashToken(text) });
  await add("good");
  await add("api-user", { username: "robot@api.lamp-1", product: 1 });
  const log = memoryAuditLog();
  const clock = { ms: 1_000 };
  const states = {
    integration: async (id: string) =>
      things.get(id) ?? [...things.values()].find(({ name }) => name === id),
  };
  const failedChanges = memoryFailedChanges(() => clock.ms);
  const auditor = { log, failedChanges, now: () => clock.ms, states };
  const withToken = signedIn(
    authenticateCaller({ accounts, teams: memoryTeams(), now: Date.now }),
    auditor,
  );
  const work = withToken(async () => ({ ...(await run()) }));
  const handler = api(routes, {
    create: work,
    change: work,
    read: work,
    ping: work,
    enter: announcing(auditor)(async (_, __, announce) => {
      await announce({ username: "eve@b.c", fleet: "f2" });
      return { ...(await run()) };
    }),
  });
  const ask = async (given: Parameters<typeof httpEvent>[0], text = "good") => {
    const headers = { authorization: `Bearer ${text}`, "user-agent": "curl/8" };
    const event = httpEvent({ headers, ...given });
    return (await handler(event, {} as Context)).statusCode;
  };
  const changeThing = (body: object = { name: "b" }, thing = "t1") =>
    ask({
      method: "PUT",
      resource: "/v1/things/{thing}",
      path: { thing },
      body: JSON.stringify(body),
    });
  const create = () => ask({ method: "POST", resource: "/v1/things" });
  return { log, auditor, ask, changeThing, create };
};

describe("a request that changes something", () => {
  it("is recorded with its actor, its origin, and the fields that differ", async () => {
    const { log, changeThing } = await world(() => {
      things.set("t1", { id: "t1", name: "b", url: "https://a.example" });
      return { ok: true };
    });
    things.set("t1", { id: "t1", name: "a", url: "https://a.example" });
    expect(await changeThing()).toBe(200);
    const expected: Partial<AuditEntry> = {
      fleet: "f1",
      at: 1_000,
      actor: { kind: "user", name: "ada@b.c", token: hashToken("good").slice(0, 12) },
      action: "integration.update",
      subject: { kind: "integration", id: "t1", name: "b" },
      fields: ["name"],
      origin: { address: "192.0.2.1", userAgent: "curl/8" },
      outcome: "done",
      before: { name: "a" },
      after: { name: "b" },
    };
    expect(log.entries()).toMatchObject([expected]);
  });

  it("is recorded with the id of what it has created", async () => {
    const { log, create } = await world(() => {
      things.set("t9", { id: "t9", name: "new" });
      return { ok: true, thing: { id: "t9" } };
    });
    await create();
    expect(log.entries()).toMatchObject([
      { subject: { kind: "integration", id: "t9" }, after: { name: "new" }, outcome: "done" },
    ]);
  });

  it("is recorded with the id of its subject, also if the request names it otherwise", async () => {
    const { log, changeThing } = await world(() => {
      things.set("t1", { id: "t1", name: "b" });
      return { ok: true };
    });
    things.set("t1", { id: "t1", name: "a" });
    await changeThing({ name: "b" }, "a");
    expect(log.entries()).toMatchObject([
      { subject: { id: "t1", name: "b" }, before: { name: "a" }, after: { name: "b" } },
    ]);
  });

  it("is recorded with the reply if it has created several things", async () => {
    const { log, create } = await world(() => ({ ok: true, added: ["t1", "t2"] }));
    await create();
    expect(log.entries()).toMatchObject([{ after: { added: ["t1", "t2"] } }]);
  });

  it("does not happen if it cannot be recorded", async () => {
    const run = vi.fn(() => ({ ok: true }));
    const { auditor, changeThing } = await world(run);
    auditor.log.begin = async () => {
      throw new Error("the table does not respond");
    };
    expect(await changeThing()).toBe(503);
    expect(run).not.toHaveBeenCalled();
  });

  it("is recorded before it happens, so a crash leaves an entry with an unknown outcome", async () => {
    const seen: string[] = [];
    const { log, changeThing } = await world(() => {
      seen.push(...log.entries().map(({ outcome }) => outcome));
      return { ok: true };
    });
    await changeThing();
    expect(seen).toEqual(["unknown"]);
  });

  it("succeeds although its outcome cannot be stored", async () => {
    vi.spyOn(logger, "error").mockReturnValue(undefined);
    const { auditor, log, changeThing } = await world();
    auditor.log.end = async () => {
      throw new Error("the table does not respond");
    };
    expect(await changeThing()).toBe(200);
    expect(log.entries()).toMatchObject([{ outcome: "unknown" }]);
    expect(logger.error).toHaveBeenCalledOnce();
  });

  it.each([
    [new Failure("no", { code: "conflict" }), "conflict"],
    [new Error("a bug"), "error"],
  ])("is recorded as failed (%s)", async (error, failure) => {
    vi.spyOn(logger, "error").mockReturnValue(undefined);
    const { log, changeThing } = await world(() => {
      throw error;
    });
    await changeThing().catch(() => undefined);
    expect(log.entries()).toMatchObject([{ outcome: "failed", failure }]);
  });

  it("is recorded when its state cannot be read", async () => {
    const { auditor, log, changeThing } = await world();
    auditor.states.integration = async () => {
      throw new Error("no");
    };
    expect(await changeThing()).toBe(200);
    expect(log.entries()).toMatchObject([{ outcome: "done" }]);
  });

  it("is recorded as that of a program of a product", async () => {
    const { log, ask } = await world();
    await ask({ method: "POST", resource: "/v1/things" }, "api-user");
    expect(log.entries()).toMatchObject([{ actor: { kind: "client" } }]);
  });

  it("without a token is recorded when its user is known", async () => {
    const { log, ask } = await world();
    expect(await ask({ method: "POST", resource: "/v1/enter" })).toBe(200);
    expect(log.entries()).toMatchObject([
      { fleet: "f2", actor: { kind: "user", name: "eve@b.c" }, outcome: "done" },
    ]);
  });
});

describe("nothing is recorded", () => {
  it("for a plan, for an invalid request, for a reader, and for a route that says so", async () => {
    const { log, changeThing, ask } = await world();
    expect(await changeThing({ plan: true })).toBe(200);
    expect(await changeThing({ name: 1 })).toBe(400);
    expect(await ask({ method: "GET", resource: "/v1/things" })).toBe(200);
    expect(await ask({ method: "PUT", resource: "/v1/ping" })).toBe(200);
    expect(await ask({ method: "POST", resource: "/v1/things" }, "bad")).toBe(401);
    expect(log.entries()).toEqual([]);
  });

  it("while too many changes of the actor have failed, so that they hide no others", async () => {
    const { log, changeThing } = await world(() => {
      throw new Failure("no", { code: "conflict" });
    });
    const statuses = new Set<number>();
    for (let i = 0; i < failedChangesMax + 100; i += 1) statuses.add(await changeThing());
    expect([...statuses]).toEqual([409, 429]);
    expect(log.entries().length).toBeLessThan(failedChangesMax + 3);
  });
});
