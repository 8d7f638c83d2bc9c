import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { type ApiResponse, apiClient, connectDevice, openStream } from "../support/client.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: ReturnType<typeof apiClient>;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

const open = async (path: string) => {
  const stream = await openStream(cloud, path, cloud.user.token);
  await until("the stream is open", () => stream.text().includes(":ok"));
  return stream;
};

describe("a log-in", () => {
  const form = (more: Record<string, string>) =>
    new URLSearchParams({
      grant_type: "password",
      client_id: "particle-api",
      client_secret: "particle-api",
      username: cloud.user.username,
      password: cloud.user.password,
      ...more,
    }).toString();

  it("returns a valid token", async () => {
    const { status, body } = await apiClient(cloud)("POST", "/oauth/token", form({}));
    expect(status).toBe(200);
    expect(body).toEqual({
      token_type: "bearer",
      access_token: expect.stringMatching(/^[0-9a-f]{40}$/),
      expires_in: 7_776_000,
      refresh_token: expect.any(String),
    });
    const me = await apiClient(cloud, body.access_token)("GET", "/v1/user");
    expect(me.body.username).toBe(cloud.user.username);
  });

  it.each([
    ["a wrong password", { password: "wrong password" }, "invalid_grant"],
    ["an unknown user", { username: "nobody" }, "invalid_grant"],
    ["an unknown client", { client_id: "x" }, "invalid_client"],
    ["another grant", { grant_type: "magic" }, "unsupported_grant_type"],
  ])(
    "is refused for %s with a 400 that clients do not treat as an invalid token",
    async (_, more, error) => {
      const { status, body } = await apiClient(cloud)("POST", "/oauth/token", form(more));
      expect(status).toBe(400);
      expect(body.error).toBe(error);
      expect(JSON.stringify(body)).not.toMatch(/access token/i);
    },
  );

  it("accepts the token in the query and in the body", async () => {
    const { token } = cloud.user;
    const anonymous = apiClient(cloud);
    expect((await anonymous("GET", `/v1/user?access_token=${token}`)).status).toBe(200);
    const published = await anonymous(
      "POST",
      "/v1/devices/events",
      `name=x&data=y&access_token=${token}`,
    );
    expect(published.body).toEqual({ ok: true });
  });
});

describe("a browser session", () => {
  const browser = async (method: string, path: string, headers: object, body?: object) => {
    const response = await fetch(`${cloud.api}${path}`, {
      method,
      headers: { ...(body && { "content-type": "application/json" }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { response, cookie: response.headers.getSetCookie()[0] ?? "" };
  };

  it("begins with a link of the operator, is the user on every route, and ends with a sign-out", async () => {
    const { username } = cloud.user;
    const { code } = Object(await cloud.admin({ addSessionLink: { username } }));
    const origin = { origin: cloud.api };
    const entered = await browser("POST", "/v1/session/link", origin, { code });
    const { csrf_token: csrf, ...session } = Object(await entered.response.json());
    expect(session).toMatchObject({ signed_in: true, username });
    const [cookie = "", ...attributes] = entered.cookie.split("; ");
    expect(attributes).toEqual(["Path=/", expect.anything(), "HttpOnly", "SameSite=Strict"]);

    const change = (headers: object) =>
      browser("PUT", "/v1/user", { cookie, ...headers }, { account_info: { first_name: "Ada" } });
    const refused = await change(origin);
    expect(await refused.response.json()).toMatchObject({ error: "invalid_csrf_token" });
    const foreign = { origin: "http://127.0.0.1:1", "x-csrf-token": csrf };
    expect((await change(foreign)).response.status).toBe(403);
    expect((await change({ ...origin, "x-csrf-token": csrf })).response.status).toBe(200);
    const stream = await browser("GET", "/v1/devices/events", { cookie });
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    await stream.response.body?.cancel();

    const headers = { cookie, ...origin, "x-csrf-token": csrf };
    const ended = await browser("DELETE", "/v1/session", headers);
    expect(ended.response.status).toBe(200);
    expect(ended.cookie).toContain("Max-Age=0");
    const { response } = await browser("GET", "/v1/session", { cookie });
    expect(response.status).toBe(401);
  });

  it("cannot be opened or read by a page of another origin", async () => {
    const preflight = await fetch(`${cloud.api}/v1/session`, { method: "OPTIONS" });
    expect(preflight.headers.get("access-control-allow-credentials")).toBeNull();
    expect(preflight.headers.get("access-control-allow-headers")).not.toMatch(/csrf/i);
    const { username, password } = cloud.user;
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const { response, cookie } = await browser("POST", "/v1/session", foreign, {
      username,
      password,
    });
    expect({ status: response.status, cookie }).toEqual({ status: 403, cookie: "" });
  });
});

describe("the audit log", () => {
  const entries = async (query: string) => (await ask("GET", `/v1/audit?${query}`)).body.entries;

  it("has the changes of an integration, with its states and without its secrets", async () => {
    const secret = "s3cr3t-of-the-target";
    const hook = {
      event: "audited",
      url: "https://example.com/",
      headers: { "X-Api-Key": secret },
    };
    const { id } = (await ask("POST", "/v1/integrations", hook)).body;
    await ask("PATCH", `/v1/integrations/${id}`, { url: "https://example.com/new" });
    await ask("PATCH", `/v1/integrations/${id}`, { url: "no URL" });
    await ask("DELETE", `/v1/integrations/${id}`);
    const found = await entries(`subject=${id}`);
    expect(found).toMatchObject([
      { action: "integration.remove", outcome: "done", before: { id } },
      { action: "integration.update", outcome: "failed", failure: "invalid_request" },
      {
        action: "integration.update",
        outcome: "done",
        actor: { kind: "user", name: cloud.user.username, token_id: expect.any(String) },
        subject: { kind: "integration", id },
        fields: ["url"],
        before: { url: "https://example.com/" },
        after: { url: "https://example.com/new" },
        origin: { address: "127.0.0.1" },
      },
      { action: "integration.create", outcome: "done", after: { id } },
    ]);
    expect(JSON.stringify(found)).not.toContain(secret);
    expect(await entries("action=integration&limit=1")).toHaveLength(1);
  });

  it("has log-ins and the changes of the operator, and can be paged", async () => {
    const { username, password } = cloud.user;
    const client = { client_id: "particle", client_secret: "particle" };
    const grant = { grant_type: "password", username, password, ...client };
    await apiClient(cloud)("POST", "/oauth/token", new URLSearchParams(grant).toString());
    await cloud.admin({ switchDevice: { device: cloud.device.id, disabled: true } });
    await cloud.admin({ switchDevice: { device: cloud.device.id, disabled: false } });
    const { body } = await ask("GET", "/v1/audit?limit=2");
    expect(body.entries).toMatchObject([
      { action: "device.enable", actor: { kind: "operator" }, subject: { id: cloud.device.id } },
      { action: "device.disable", actor: { kind: "operator" } },
    ]);
    const next = await ask("GET", `/v1/audit?limit=2&cursor=${body.cursor}`);
    expect(next.body.entries[0]).toMatchObject({ action: "token.create", outcome: "done" });
    const other = await ask("GET", `/v1/audit?actor=nobody&cursor=${body.cursor}`);
    expect(other).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    const { rows } = Object(await cloud.admin({ listAudit: { user: username, limit: 200 } }));
    expect(rows).toEqual(expect.arrayContaining(body.entries));
    expect(JSON.stringify(rows)).not.toContain(password);
  });
});

describe("an event stream", () => {
  it("sends :ok first, then the events of devices and the API as they arrive", async () => {
    const stream = await open("/v1/devices/events");
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.text().startsWith(":ok\n\n")).toBe(true);
    const device = await connectDevice(cloud, cloud.device);
    await device.publishAsync(
      `events/${cloud.device.fleet}/${cloud.device.id}/grüße/heute`,
      "schön 🌍",
      { qos: 1 },
    );
    await ask("POST", "/v1/devices/events", { name: "mine", data: "2" });
    // The stream has no filter: it also shows the statuses of devices, when they are published.
    const published = () => stream.events().filter(({ event }) => !event.startsWith("spark/"));
    await until("both events are received", () => published().length >= 2);
    expect(published()).toMatchObject([
      { event: "grüße/heute", data: { data: "schön 🌍", ttl: 60, coreid: cloud.device.id } },
      { event: "mine", data: { data: "2", coreid: "api" } },
    ]);
  });

  it("shows the events of one device, by id or name, and of one prefix, encoded or not", async () => {
    const { id, fleet, name } = cloud.device;
    const streams = await Promise.all([
      open(`/v1/devices/${id}/events/a%2Fb`),
      open(`/v1/devices/${name}/events/a/b`),
      open("/v1/devices/events/a%2Fb"),
      open("/v1/devices/events/a/b?nonce=0.5"),
    ]);
    const device = await connectDevice(cloud, cloud.device);
    await ask("POST", "/v1/devices/events", { name: "a/b/api", data: "" });
    for (const event of ["a/x", "A/b", "a/b/c"]) {
      await device.publishAsync(`events/${fleet}/${id}/${event}`, "", { qos: 1 });
    }
    const seen = () => streams.map((stream) => stream.events().map(({ event }) => event));
    await until("all streams receive the last event", () =>
      seen().every((names) => names.includes("a/b/c")),
    );
    const all = ["a/b/api", "a/b/c"];
    expect(seen()).toEqual([["a/b/c"], ["a/b/c"], all, all]);
  });

  it("answers with a JSON error for an invalid token and for an unknown device", async () => {
    const bad = await apiClient(cloud, "0".repeat(40))("GET", "/v1/devices/events");
    expect(bad).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    const unknown = await ask("GET", "/v1/devices/nobody/events");
    expect(unknown).toMatchObject({ status: 404, body: { error: "not_found" } });
  });
});

describe("versions of resources", () => {
  const stale = { status: 412, body: { ok: false, error: "precondition_failed" } };

  it("a change with If-Match is made once, and not after another change", async () => {
    const hook = { event: "versioned", url: "https://example.com/hook" };
    const { body: made } = await ask("POST", "/v1/integrations", hook);
    const { body: rack } = await ask("POST", "/v1/products", { product: { name: "Versioned" } });
    const { body: lamp } = await ask("POST", "/v1/devices", { provision: true, name: "ver" });
    const cases = [
      { path: `/v1/integrations/${made.id}`, method: "PUT", body: { ...hook, event: "v2" } },
      { path: `/v1/integrations/${made.id}`, method: "PATCH", body: { event: "v3" } },
      { path: `/v1/devices/${lamp.id}`, method: "PUT", body: { notes: "roof" } },
      { path: `/v1/products/${rack.product.id}`, method: "PUT", body: { description: "new" } },
      { path: "/v1/archive", method: "PUT", body: { enabled: false, days: 3 } },
    ];
    for (const { path, method, body } of cases) {
      const read = await ask("GET", path);
      const etag = read.headers.get("etag") ?? "";
      expect(etag).toMatch(/^"[\w-]+"$/);
      const changed = await ask(method, path, body, { "If-Match": etag });
      expect([path, changed.status]).toEqual([path, 200]);
      expect(changed.headers.get("etag")).toBe((await ask("GET", path)).headers.get("etag"));
      expect(await ask(method, path, body, { "If-Match": etag })).toMatchObject(stale);
      expect(await ask(method, path, body, { "If-Match": "nonsense" })).toMatchObject({
        status: 400,
        body: { error: "invalid_request" },
      });
      expect((await ask(method, path, body, { "If-Match": "*" })).status).toBe(200);
    }
    const removed = [`/v1/integrations/${made.id}`, `/v1/devices/${lamp.id}`];
    for (const path of removed) {
      const etag = (await ask("GET", path)).headers.get("etag") ?? "";
      expect(await ask("DELETE", path, undefined, { "If-Match": '"r0"' })).toMatchObject(stale);
      expect((await ask("DELETE", path, undefined, { "If-Match": etag })).status).toBe(200);
    }
    const enable = `/v1/integrations/${made.id}/enable`;
    expect(await ask("POST", enable, {}, { "If-Match": '"r0"' })).toMatchObject({ status: 400 });
    const product = `/v1/products/${rack.product.id}?confirm=${rack.product.slug}`;
    expect(await ask("DELETE", product, undefined, { "If-Match": '"x"' })).toMatchObject(stale);
    expect((await ask("DELETE", product)).status).toBe(200);
  });
});

describe("integrations", () => {
  it("are created, listed, shown without secrets, and deleted", async () => {
    const made = await ask("POST", "/v1/integrations", {
      event: "e",
      url: "https://example.com/hook",
      integration_type: "Webhook",
      deviceid: cloud.device.id,
      auth: { username: "u", password: "p4ssw0rd" },
      headers: { "X-Key": "k3y" },
    });
    expect(made.status).toBe(201);
    const { id } = made.body;
    expect(made.body).toMatchObject({
      ok: true,
      event: "e",
      url: "https://example.com/hook",
      name: "e for example.com",
      deviceID: cloud.device.id,
      integration_type: "Webhook",
    });
    expect((await ask("GET", "/v1/integrations")).body.map((x: { id: string }) => x.id)).toContain(
      id,
    );
    const shown = await ask("GET", `/v1/integrations/${id}`);
    expect(shown.body.integration).toMatchObject({ id, event: "e", auth: { username: "u" } });
    expect(JSON.stringify(shown.body)).not.toMatch(/p4ssw0rd|k3y/);
    expect((await ask("DELETE", `/v1/integrations/${id}`)).body).toEqual({ ok: true });
    expect((await ask("GET", `/v1/integrations/${id}`)).status).toBe(404);
    expect((await ask("DELETE", `/v1/integrations/${id}`)).status).toBe(404);
  });

  it("are changed partially, cloned, filtered and paged", async () => {
    const auth = { username: "u", password: "p4ssw0rd" };
    const hook = { event: "part", url: "https://example.com/hook", auth, name: "Part one" };
    const { id } = (await ask("POST", "/v1/integrations", hook)).body;
    const path = `/v1/integrations/${id}`;
    const renamed = await ask("PATCH", path, { name: "Part two", deviceID: cloud.device.name });
    expect(renamed).toMatchObject({ status: 200, body: { id, name: "Part two", event: "part" } });
    expect(renamed.body.deviceID).toBe(cloud.device.id);
    expect((await ask("PATCH", path, { deviceID: null })).body.deviceID).toBeNull();
    expect((await ask("PATCH", path, { nmae: "x" })).body.error_description).toMatch(/name\?/);
    expect((await ask("PATCH", path, {})).status).toBe(400);
    const copy = await ask("POST", `${path}/clone`, { event: "parts" });
    expect(copy).toMatchObject({
      status: 201,
      body: { name: "Part two (copy)", event: "parts", disabled: true },
    });
    expect(copy.body.id).not.toBe(id);
    const shown = await ask("GET", `/v1/integrations/${copy.body.id}`);
    expect(shown.body.integration.auth).toMatchObject({ username: "u" });
    const names = async (query: string) =>
      (await ask("GET", `/v1/integrations?${query}`)).body.map((one: { name: string }) => one.name);
    expect(await names("name=PART")).toEqual(["Part two", "Part two (copy)"]);
    expect(await names("event=part&disabled=true")).toEqual(["Part two (copy)"]);
    expect((await ask("GET", "/v1/integrations?event=part&page=2&per_page=1")).body).toMatchObject({
      integrations: [{ name: "Part two (copy)" }],
      meta: { total: 2, total_pages: 2 },
    });
    const letters = `${path}/dead-letters`;
    expect((await ask("GET", `${letters}?status=500`)).body.dead_letters).toEqual([]);
    expect((await ask("GET", `${letters}/nothing`)).status).toBe(404);
    expect((await ask("DELETE", letters, {})).status).toBe(400);
    expect((await ask("DELETE", letters, { plan: true })).body).toMatchObject({ count: 0 });
    expect((await ask("DELETE", letters, { all: true })).body).toEqual({
      ok: true,
      removed: 0,
      more: false,
    });
    for (const one of [id, copy.body.id]) await ask("DELETE", `/v1/integrations/${one}`);
  });

  it("are listed even if one is unreadable; its id is listed and it can be deleted", async () => {
    const webhook = { event: "temp", url: "https://example.com/hook" };
    const { id } = (await ask("POST", "/v1/integrations", webhook)).body;
    const db = DynamoDBDocumentClient.from(
      new DynamoDBClient({
        region: "us-east-1",
        endpoint: cloud.services.tables.url,
        credentials: cloud.services.invocation,
      }),
    );
    const key = { pk: `fleet#${cloud.device.fleet}`, sk: "integration#broken" };
    const Item = { ...key, settings: "{" };
    await db.send(new PutCommand({ TableName: "godwit-integrations", Item }));
    for (const path of ["/v1/integrations", "/v1/webhooks"]) {
      const { status, body } = await ask("GET", path);
      expect(status).toBe(200);
      expect(body).toContainEqual(expect.objectContaining({ id, event: "temp" }));
      expect(body).toContainEqual({ id: "broken", unreadable: true });
    }
    const another = await ask("POST", "/v1/integrations", webhook);
    expect(another.status).toBe(201);
    for (const one of ["broken", id, another.body.id]) {
      expect((await ask("DELETE", `/v1/integrations/${one}`)).body).toEqual({ ok: true });
    }
    expect((await ask("GET", "/v1/integrations")).body).not.toContainEqual(
      expect.objectContaining({ unreadable: true }),
    );
  });

  it.each([
    ["no event", { url: "http://a/" }],
    ["no URL", { event: "e" }],
    ["a URL of another kind", { event: "e", url: "ftp://a/" }],
    ["an unknown kind", { event: "e", url: "http://a/", integration_type: "Fax" }],
    ["two bodies", { event: "e", url: "http://a/", json: { a: "1" }, body: "b" }],
  ])("are refused with a 400 for %s", async (_, body) => {
    const { status, body: answer } = await ask("POST", "/v1/integrations", body);
    expect(status).toBe(400);
    expect(answer).toMatchObject({ ok: false, error: "invalid_request" });
  });
});

describe("an invalid request", () => {
  it.each([
    ["malformed JSON", 400, () => post("/v1/devices/events", '{"name":')],
    [
      "a name that is too long",
      400,
      () => ask("POST", "/v1/devices/events", { name: "n".repeat(65) }),
    ],
    ["a name with a wildcard", 400, () => ask("POST", "/v1/devices/events", { name: "a/#" })],
    [
      "a body over the limit",
      413,
      () => post("/v1/devices/events", `{"data":"${"x".repeat(300_000)}"}`),
    ],
    [
      "data over the limit",
      413,
      () => post("/v1/devices/events", `{"name":"x","data":"${"x".repeat(140_000)}"}`),
    ],
    ["an unknown route", 404, () => ask("GET", "/v2/nothing")],
    ["an unknown method", 404, () => ask("PATCH", "/v1/user")],
  ])("with %s receives a %i in JSON", async (_, status, send) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(answer.body.ok).toBe(false);
    expect(JSON.stringify(answer.body)).not.toMatch(/access token/i);
  });

  const post = async (path: string, body: string): Promise<ApiResponse> => {
    const response = await fetch(`${cloud.api}${path}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${cloud.user.token}`,
        "content-type": "application/json",
      },
      body,
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
});
