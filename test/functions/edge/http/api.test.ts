import type { Context } from "aws-lambda";
import { beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { hashToken } from "#shared/account/token/token.ts";
import { Failure } from "#shared/platform/failure.ts";
import { route } from "#shared/routes/route.ts";
import { api, open, signedIn } from "../../../../functions/edge/http/api.ts";
import { logger } from "../../../../functions/edge/logger.ts";
import { memoryAccounts } from "../../../memory/account/accounts.ts";
import { memoryTeams } from "../../../memory/account/teams.ts";
import { httpEvent } from "./httpEvent.ts";

const accounts = memoryAccounts();
await accounts.addToken({
  hash: hashToken("good"),
  username: "a@b.c",
  fleet: "f1",
  client: "x",
  createdAt: "",
});

const routes = {
  count: route({
    method: "POST",
    path: "/oauth/token",
    audit: { none: "a test" },
    access: "everyone",
    summary: "Count",
    input: z.object({ n: z.number() }),
    replies: { 200: z.looseObject({}) },
    example: { input: { n: 1 }, reply: {} },
    errors: [],
  }),
  show: route({
    method: "GET",
    path: "/v1/user",
    access: "token",
    summary: "Show",
    input: z.object({}),
    replies: { 201: z.looseObject({}) },
    example: { input: {}, reply: {} },
    errors: [],
  }),
};

/** An HTTP function with two routes. Both call `run`. */
const functionThat = (run: () => Promise<Record<string, unknown>>) => {
  const withToken = signedIn(authenticateCaller({ accounts, teams: memoryTeams(), now: Date.now }));
  const handler = api(routes, {
    count: open(run),
    show: withToken(async (_, { fleet }) => ({ fleet, ...(await run()) })),
  });
  return async (given: Parameters<typeof httpEvent>[0]) => {
    const { statusCode, body, headers } = await handler(httpEvent(given), {} as Context);
    expect(headers?.["content-type"]).toBe("application/json; charset=utf-8");
    return { statusCode, body: JSON.parse(body) };
  };
};

const user = { method: "GET", resource: "/v1/user" };
const logIn = { method: "POST", resource: "/oauth/token" };
const bearer = { headers: { Authorization: "Bearer good" } };

beforeEach(() => {
  vi.spyOn(logger, "error").mockReturnValue(undefined);
});

describe("an HTTP function", () => {
  it("answers with JSON to a caller with a token", async () => {
    const ask = functionThat(async () => ({ ok: true }));
    expect(await ask({ ...user, ...bearer })).toEqual({
      statusCode: 201,
      body: { fleet: "f1", ok: true },
    });
    const query = { access_token: "good" };
    expect(await ask({ ...user, query })).toMatchObject({ statusCode: 201 });
  });

  it.each([{}, { headers: { Authorization: "Bearer bad" } }, { query: { access_token: "" } }])(
    "answers 401 to an invalid or missing token (%o)",
    async (given) => {
      const run = vi.fn(async () => ({}));
      expect(await functionThat(run)({ ...user, ...given })).toEqual({
        statusCode: 401,
        body: {
          ok: false,
          error: "invalid_token",
          error_description: expect.stringMatching(/access token/),
        },
      });
      expect(run).not.toHaveBeenCalled();
    },
  );

  it.each([
    ["invalid_grant", 400],
    ["invalid_request", 400],
    ["not_found", 404],
    ["already_exists", 409],
    ["limit_reached", 409],
    ["too_large", 413],
    ["unavailable", 503],
  ] as const)(
    "answers the failure %s with %i and its code in every error field",
    async (code, status) => {
      const ask = functionThat(async () => {
        throw new Failure("this is why", { code });
      });
      expect(await ask({ ...user, ...bearer })).toEqual({
        statusCode: status,
        body: { ok: false, error: code, error_description: "this is why" },
      });
      expect(logger.error).not.toHaveBeenCalled();
    },
  );

  it("answers with Particle's error for a device that cannot be called, not with a 404", async () => {
    const ask = functionThat(async () => {
      throw new Failure("Device not found", { code: "device_not_callable" });
    });
    expect(await ask({ ...user, ...bearer })).toEqual({
      statusCode: 403,
      body: {
        ok: false,
        error: "Permission Denied",
        error_description: "Device not found",
        info: "Device not found",
      },
    });
  });

  it("answers 400 with a description of each invalid field, without the words of an invalid token", async () => {
    const answer = await functionThat(async () => ({}))({ ...logIn, body: '{"n":"x"}' });
    expect(answer).toMatchObject({ statusCode: 400, body: { error: "invalid_request" } });
    expect(answer.body.error_description).toMatch(/^n: /);
    expect(answer.body.error_description).not.toMatch(/access token/i);
  });

  it("answers 503 to a route that it lacks, because an update of the deployment is in progress", async () => {
    const ask = functionThat(async () => ({}));
    expect(await ask({ method: "GET", resource: "/oauth/token" })).toMatchObject({
      statusCode: 503,
      body: { ok: false, error: "unavailable" },
    });
  });

  it.each<[string, Error, boolean]>([
    ["an unexpected error", new Error("a bug"), true],
    ["a table that does not respond", new Failure("busy", { code: "unavailable" }), true],
    ["a target that does not respond", new Failure("no", { code: "target_unavailable" }), false],
    ["a device that is offline", new Failure("no", { code: "device_offline" }), false],
    ["an invalid request", new Failure("no", { code: "invalid_request" }), false],
  ])("counts a failed request of its route: %s", async (_, error, isCounted) => {
    vi.spyOn(logger, "error").mockReturnValue(undefined);
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const ask = functionThat(() => Promise.reject(error));
    await ask({ ...user, headers: { authorization: "Bearer good" } }).catch(() => {});
    const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
    write.mockRestore();
    expect(lines.map(({ route, RequestsFailed }) => [route, RequestsFailed])).toEqual(
      isCounted ? [["GET /v1/user", 1]] : [],
    );
  });

  it("logs an unexpected error and rejects with it", async () => {
    const ask = functionThat(async () => {
      throw new TypeError("a bug");
    });
    await expect(ask({ ...user, ...bearer })).rejects.toThrow("a bug");
    expect(logger.error).toHaveBeenCalledOnce();
  });
});
