import type { Context } from "aws-lambda";
import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { authenticateCaller } from "#shared/account/caller/authenticateCaller.ts";
import { addSessionLink } from "#shared/account/session/sessionLink.ts";
import { createTokenCache } from "#shared/account/token/tokenCache.ts";
import { route } from "#shared/routes/route.ts";
import { sessionRoutes } from "#shared/routes/sessionRoutes.ts";
import { announcing, api, open, signedIn } from "../../../../functions/edge/http/api.ts";
import { sessionEndpoints } from "../../../../functions/edge/http/sessionEndpoints.ts";
import { memoryFailedChanges } from "../../../memory/account/failedChanges.ts";
import { memoryAuditLog } from "../../../memory/audit/auditLog.ts";
import { accountsWorld, password, username } from "../../../shared/account/world.ts";
import { httpEvent } from "./httpEvent.ts";

const anything = { 200: z.looseObject({}) };
const routes = {
  ...sessionRoutes,
  list: route({
    method: "GET",
    path: "/v1/devices",
    access: "devices:list",
    summary: "List",
    input: z.object({}),
    replies: anything,
    example: { input: {}, reply: {} },
    errors: [],
  }),
  change: route({
    method: "PUT",
    path: "/v1/devices",
    audit: { none: "a test" },
    access: "devices:update",
    summary: "Change",
    input: z.object({}),
    replies: anything,
    example: { input: {}, reply: {} },
    errors: [],
  }),
  welcome: route({
    method: "POST",
    path: "/v1/welcome",
    audit: { none: "a test" },
    access: "everyone",
    summary: "Welcome",
    input: z.object({}),
    replies: anything,
    example: { input: {}, reply: {} },
    errors: [],
  }),
};

type Asked = Parameters<typeof httpEvent>[0];

const domainName = "api.example.com";
const own = { "sec-fetch-site": "same-origin" };

const world = async () => {
  const { deps: found, enter: logIn } = await accountsWorld();
  const tokenCache = createTokenCache({ ...found, cacheMs: 0 });
  // A cookie has a Max-Age: the clock of these tests is that of the machine.
  const deps = { ...found, tokenCache, now: Date.now };
  const log = memoryAuditLog();
  const failedChanges = memoryFailedChanges(Date.now);
  const auditor = { log, failedChanges, now: Date.now, states: {} };
  const withToken = signedIn(authenticateCaller(deps), auditor);
  const callers = { withToken, announced: announcing(auditor) };
  const name = async (_: unknown, caller: { username: string }) => ({ name: caller.username });
  const handler = api(routes, {
    ...sessionEndpoints(callers, deps),
    list: withToken(name),
    change: withToken(name),
    welcome: open(async () => ({ welcome: true })),
  });
  const ask = async (given: Asked) => {
    const { statusCode, body, headers } = await handler(
      httpEvent({ domainName, ...given }),
      {} as Context,
    );
    const { "set-cookie": cookie, ...others } = { "set-cookie": undefined, ...headers };
    return { statusCode, body: JSON.parse(body), cookie: String(cookie ?? ""), headers: others };
  };
  const credentials = JSON.stringify({ username, password });
  const enter = async (given: Asked = {}) => {
    const reply = await ask({
      method: "POST",
      resource: "/v1/session",
      headers: own,
      body: credentials,
      ...given,
    });
    const [pair = ""] = reply.cookie.split(";");
    return { ...reply, pair, csrf: String(reply.body.csrf_token) };
  };
  const read = (given: Asked) => ask({ method: "GET", resource: "/v1/devices", ...given });
  const change = (given: Asked) => ask({ method: "PUT", resource: "/v1/devices", ...given });
  const show = (given: Asked) => ask({ method: "GET", resource: "/v1/session", ...given });
  return { deps, log, logIn, ask, enter, read, change, show };
};

const refusedAs = (error: string) => ({ statusCode: 403, body: { ok: false, error } });

describe("the cookie of a session", () => {
  it("is only for this host, for no script and for no other site", async () => {
    const { enter } = await world();
    const { statusCode, cookie, body, headers } = await enter();
    expect({ statusCode, body }).toMatchObject({
      statusCode: 200,
      body: { signed_in: true, username, operator: false },
    });
    expect(cookie).toMatch(
      /^__Host-godwit=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/,
    );
    expect(body.csrf_token).toMatch(/^[\w-]{43}$/);
    expect(Date.parse(body.expires_at)).toBeGreaterThan(Date.now());
    expect(headers).not.toHaveProperty("access-control-allow-origin");
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
    expect(headers).toMatchObject({ "cache-control": "no-store" });
  });

  it("has no prefix and no HTTPS on one machine", async () => {
    const { enter, read } = await world();
    const here = { domainName: "", headers: { host: "127.0.0.1:8080", ...own } };
    const { cookie, pair } = await enter(here);
    expect(cookie).toMatch(/^godwit=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    expect(await read({ ...here, cookies: [pair] })).toMatchObject({ statusCode: 200 });
    // Over HTTPS, another host of the domain can set a cookie without the prefix.
    expect(await read({ cookies: [pair] })).toMatchObject({ statusCode: 401 });
  });

  it("reads without a token, and changes with the CSRF token", async () => {
    const { enter, read, change } = await world();
    const { pair, csrf } = await enter();
    expect(await read({ cookies: [pair] })).toMatchObject({
      statusCode: 200,
      body: { name: username },
    });
    const headers = { ...own, "X-CSRF-Token": csrf };
    expect(await change({ cookies: [pair], headers })).toMatchObject({
      statusCode: 200,
      body: { name: username },
    });
  });

  it("is found among others, and in repeated headers", async () => {
    const { enter, read } = await world();
    const { pair } = await enter();
    const lines = [[`a=1; ${pair}; b=2`], ["a=1", pair], [pair, "b=2"], [`a=1;${pair};b=2`]];
    for (const cookies of lines) expect(await read({ cookies })).toMatchObject({ statusCode: 200 });
  });

  it.each([
    ["a second one that was planted", (pair: string) => [`${pair}; __Host-godwit=planted`]],
    ["one that was planted first", (pair: string) => [`__Host-godwit=planted; ${pair}`]],
    ["one in another header", (pair: string) => ["__Host-godwit=planted", pair]],
    ["another text", (pair: string) => [`${pair}x`]],
    ["a shorter text", (pair: string) => [pair.slice(0, -1)]],
    ["quotes", (pair: string) => [pair.replace("=", '="').concat('"')]],
    ["the name without a prefix", (pair: string) => [pair.replace("__Host-", "")]],
    ["another case of its name", (pair: string) => [pair.replace("__Host-", "__host-")]],
    ["no text", () => ["__Host-godwit="]],
    ["no name", (pair: string) => [pair.split("=")[1] ?? ""]],
  ])("is refused with %s", async (_, change) => {
    const { enter, read } = await world();
    const { pair } = await enter();
    expect(await read({ cookies: change(pair) })).toMatchObject({
      statusCode: 401,
      body: { error: "invalid_token" },
    });
  });

  it.each([
    ["a bad bearer token", { headers: { Authorization: "Bearer bad" } }],
    ["HTTP Basic", { headers: { Authorization: "Basic YTpi" } }],
    ["an empty header Authorization", { headers: { Authorization: "" } }],
    ["a bad token in the query", { query: { access_token: "bad" } }],
    ["an empty token in the query", { query: { access_token: "" } }],
    ["a bad token in the body", { body: '{"access_token":"bad"}', method: "PUT" }],
  ])("is ignored beside %s", async (_, given) => {
    const { enter, ask } = await world();
    const { pair } = await enter();
    const asked = { resource: "/v1/devices", cookies: [pair], ...given };
    expect(await ask(asked)).toMatchObject({ statusCode: 401 });
  });

  it("does not disturb a request with a good token, wherever it comes from", async () => {
    const { enter, change, logIn } = await world();
    const { pair } = await enter();
    const { access_token: token } = await logIn();
    const headers = { Authorization: `Bearer ${token}`, "sec-fetch-site": "cross-site" };
    expect(await change({ cookies: [pair], headers })).toMatchObject({ statusCode: 200 });
  });

  it("does not disturb a route that needs no caller", async () => {
    const { ask } = await world();
    const cookies = ["__Host-godwit=bad"];
    const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    const asked = { method: "POST", resource: "/v1/welcome", cookies, headers };
    expect(await ask(asked)).toMatchObject({ statusCode: 200 });
  });
});

/** Requests of pages of other origins, as browsers send them. */
const foreign: [string, Record<string, string>][] = [
  ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.example" }],
  ["another site, without Origin", { "sec-fetch-site": "cross-site" }],
  ["another site, in an old browser", { origin: "https://evil.example" }],
  [
    "another host of the domain",
    { "sec-fetch-site": "same-site", origin: "https://a.example.com" },
  ],
  ["another host of the domain, in an old browser", { origin: "https://a.example.com" }],
  ["another port", { "sec-fetch-site": "same-site", origin: `https://${domainName}:8443` }],
  ["another port, in an old browser", { origin: `https://${domainName}:8443` }],
  ["the same host without HTTPS", { origin: `http://${domainName}` }],
  ["a host that begins with ours", { origin: `https://${domainName}.evil.example` }],
  ["a host that ends with ours", { origin: `https://evil${domainName}` }],
  ["a host with our name as a user", { origin: `https://${domainName}@evil.example` }],
  ["a sandboxed frame or a file", { origin: "null" }],
  ["a frame of another site", { "sec-fetch-site": "cross-site", origin: "null" }],
  [
    "a page of another origin, with the API's Host",
    { host: domainName, origin: "https://evil.example" },
  ],
  ["contradictory headers", { "sec-fetch-site": "same-origin", origin: "https://evil.example" }],
  [
    "contradictory headers, reversed",
    { "sec-fetch-site": "cross-site", origin: `https://${domainName}` },
  ],
  ["an unknown kind of site", { "sec-fetch-site": "same-planet" }],
  ["empty headers", { "sec-fetch-site": "", origin: "" }],
];

describe.each(foreign)("a page of %s", (_, headers) => {
  it("reads nothing with the cookie, and does not renew it", async () => {
    const { enter, read, show } = await world();
    const { pair } = await enter();
    expect(await read({ cookies: [pair], headers })).toMatchObject(refusedAs("cross_origin"));
    const shown = await show({ cookies: [pair], headers });
    expect(shown).toMatchObject({ ...refusedAs("cross_origin"), cookie: "" });
    expect(shown.body).not.toHaveProperty("csrf_token");
  });

  it("changes nothing with the cookie, even with the CSRF token", async () => {
    const { enter, change, ask, read } = await world();
    const { pair, csrf } = await enter();
    const all = { cookies: [pair], headers: { ...headers, "x-csrf-token": csrf } };
    expect(await change(all)).toMatchObject(refusedAs("cross_origin"));
    for (const resource of ["/v1/session", "/v1/sessions"]) {
      const ended = await ask({ method: "DELETE", resource, ...all });
      expect(ended).toMatchObject({ ...refusedAs("cross_origin"), cookie: "" });
    }
    expect(await read({ cookies: [pair] })).toMatchObject({ statusCode: 200 });
  });

  it("signs nobody in", async () => {
    const { enter, ask, deps } = await world();
    expect(await enter({ headers })).toMatchObject({ ...refusedAs("cross_origin"), cookie: "" });
    const { code } = await addSessionLink({ username, operator: false }, deps);
    const link = { method: "POST", resource: "/v1/session/link", body: JSON.stringify({ code }) };
    expect(await ask({ ...link, headers })).toMatchObject(refusedAs("cross_origin"));
    expect(await ask({ ...link, headers: own })).toMatchObject({ statusCode: 200 });
  });
});

describe("a request that changes something", () => {
  it.each([
    ["its origin", { origin: `https://${domainName}` }],
    ["its origin in capitals", { origin: `https://${domainName.toUpperCase()}` }],
    ["both", { ...own, origin: `https://${domainName}` }],
  ])("is accepted from our page with %s", async (_, headers) => {
    const { enter, change } = await world();
    const { pair, csrf } = await enter();
    const all = { cookies: [pair], headers: { ...headers, "x-csrf-token": csrf } };
    expect(await change(all)).toMatchObject({ statusCode: 200 });
  });

  it.each([
    ["without a CSRF token", own],
    ["with an empty one", { ...own, "x-csrf-token": "" }],
    ["with the text of the cookie", "cookie"],
    ["with the CSRF token of another session", "other"],
  ])("is refused %s", async (_, given) => {
    const { enter, change } = await world();
    const { pair } = await enter();
    const other = await enter();
    const forged = given === "cookie" ? (pair.split("=")[1] ?? "") : other.csrf;
    const headers = typeof given === "string" ? { ...own, "x-csrf-token": forged } : given;
    expect(await change({ cookies: [pair], headers })).toMatchObject(
      refusedAs("invalid_csrf_token"),
    );
  });

  it("is refused without a proof of its origin, and when a person has entered its address", async () => {
    const { enter, change, read } = await world();
    const { pair, csrf } = await enter();
    const token: Record<string, string> = { "x-csrf-token": csrf };
    for (const headers of [token, { ...token, "sec-fetch-site": "none" }]) {
      const all = { cookies: [pair], headers };
      expect(await change(all)).toMatchObject(refusedAs("cross_origin"));
      expect(await read(all)).toMatchObject({ statusCode: 200 });
    }
  });
});

describe("the routes of a session", () => {
  it("say that a browser without a cookie is not signed in", async () => {
    const { show } = await world();
    const expected = { statusCode: 200, body: { signed_in: false }, cookie: "" };
    expect(await show({})).toMatchObject(expected);
    const bearer = { headers: { Authorization: "Bearer bad" }, cookies: ["__Host-godwit=bad"] };
    expect(await show(bearer)).toMatchObject(expected);
  });

  it("show and renew a session", async () => {
    const { enter, show } = await world();
    const { pair, body } = await enter();
    const shown = await show({ cookies: [pair] });
    expect(shown).toMatchObject({ statusCode: 200, body });
    expect(shown.cookie.startsWith(`${pair}; Path=/; Max-Age=`)).toBe(true);
  });

  it("remove an invalid cookie, and only then answer 401", async () => {
    const { show } = await world();
    expect(await show({ cookies: ["__Host-godwit=bad"] })).toMatchObject({
      statusCode: 401,
      body: { ok: false, error: "invalid_token" },
      cookie: "__Host-godwit=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure",
    });
  });

  it("sign out, also twice and without a cookie", async () => {
    const { enter, ask, read } = await world();
    const { pair, csrf } = await enter();
    const headers = { ...own, "x-csrf-token": csrf };
    const asked = { method: "DELETE", resource: "/v1/session", headers };
    for (const cookies of [[pair], [pair], []]) {
      expect(await ask({ ...asked, cookies })).toMatchObject({
        statusCode: 200,
        body: { ok: true },
        cookie: expect.stringMatching(/^__Host-godwit=; .*Max-Age=0;/),
      });
    }
    expect(await read({ cookies: [pair] })).toMatchObject({ statusCode: 401 });
  });

  it("sign out everywhere", async () => {
    const { enter, ask, read } = await world();
    const [one, other] = [await enter(), await enter()];
    const headers = { ...own, "x-csrf-token": one.csrf };
    const asked = { method: "DELETE", resource: "/v1/sessions", headers, cookies: [one.pair] };
    expect(await ask(asked)).toMatchObject({ statusCode: 200, body: { ok: true } });
    for (const { pair } of [one, other]) {
      expect(await read({ cookies: [pair] })).toMatchObject({ statusCode: 401 });
    }
  });

  it("never take a session's text from a browser, and end the one that it had", async () => {
    const { enter, read } = await world();
    const fixed = `__Host-godwit=${"A".repeat(43)}`;
    const first = await enter({ cookies: [fixed] });
    expect(first.pair).not.toBe(fixed);
    expect(await read({ cookies: [fixed] })).toMatchObject({ statusCode: 401 });
    const second = await enter({ cookies: [first.pair] });
    expect(second.pair).not.toBe(first.pair);
    expect(await read({ cookies: [first.pair] })).toMatchObject({ statusCode: 401 });
    expect(await read({ cookies: [second.pair] })).toMatchObject({ statusCode: 200 });
  });

  it("record a sign-in and a sign-out in the audit log, and nothing else", async () => {
    const { enter, ask, show, log } = await world();
    await enter({ body: JSON.stringify({ username, password: "wrong horse" }) });
    const { pair, csrf } = await enter();
    await show({ cookies: [pair] });
    const headers = { ...own, "x-csrf-token": csrf };
    await ask({ method: "DELETE", resource: "/v1/session", headers, cookies: [pair] });
    await ask({ method: "DELETE", resource: "/v1/session" });
    // Both may be of the same millisecond.
    const recorded = log.entries().map(({ action, outcome, actor }) => [action, outcome, actor]);
    const actor = { kind: "user", name: username };
    expect(recorded.toSorted()).toEqual([
      ["session.create", "done", actor],
      ["session.remove", "done", actor],
    ]);
    expect(JSON.stringify(log.entries())).not.toContain(pair.split("=")[1]);
    expect(JSON.stringify(log.entries())).not.toContain(password);
  });

  it("keep the session that a browser had when a sign-in fails", async () => {
    const { enter, read } = await world();
    const { pair } = await enter();
    const body = JSON.stringify({ username, password: "wrong horse" });
    expect(await enter({ cookies: [pair], body })).toMatchObject({ statusCode: 400, cookie: "" });
    expect(await read({ cookies: [pair] })).toMatchObject({ statusCode: 200 });
  });

  it("sign a program in that sends neither Origin nor Sec-Fetch-Site", async () => {
    const { enter } = await world();
    expect(await enter({ headers: {} })).toMatchObject({ statusCode: 200 });
  });
});
