import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { newFolder, runCommand, startCommand } from "../../cli/support/runCommand.ts";
import { type ApiResponse, apiClient, openStream } from "../support/client.ts";
import { connectRawDevice, type DeviceMessage } from "../support/rawDevice.ts";
import { target } from "../support/target.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

// Requests that Particle's documentation shows with curl. Neither client library sends them.

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;

beforeAll(async () => {
  cloud = await startTestCloud({ openSignUp: true });
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

/** Sends a request without additional headers. */
const bare = async (method: string, path: string, init: RequestInit = {}) => {
  const response = await fetch(`${cloud.api}${path}`, { method, ...init });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
};

const answer = ({ argument }: DeviceMessage) => ({ value: Number(argument) });

describe("a form", () => {
  it("creates and changes a user, a product, its team and clients", async () => {
    const made = await ask("POST", "/v1/users", "username=form@example.com&password=a+password+1");
    expect(made.body).toEqual({ ok: true });
    await ask("PUT", "/v1/user", "account_info[first_name]=Ann&account_info[last_name]=%C3%84");
    expect((await ask("GET", "/v1/user")).body.account_info).toEqual({
      first_name: "Ann",
      last_name: "Ä",
    });
    const flat = await ask("POST", "/v1/products", "name=Flat&platform_id=13");
    const nested = "product[name]=Nested&product[platform_id]=13";
    const { body } = await ask("POST", "/v1/user/products", nested);
    expect([flat.body.product.name, body.product.name]).toEqual(["Flat", "Nested"]);
    const path = `/v1/products/${body.product.slug}`;
    const member = await ask("POST", `${path}/team`, "friendly_name=f&scopes=devices:list");
    const { username } = member.body.created;
    const changed = await ask("PUT", `${path}/team/${username}`, "scopes=events:get,events:send");
    expect(changed.body.updated.scopes).toEqual(["events:get", "events:send"]);
    const client = await ask("POST", "/v1/clients", "name=c&type=installed");
    const { id } = client.body.client;
    const renamed = await ask("PUT", `/v1/clients/${id}`, "name=d");
    expect(renamed.body.client).toMatchObject({ id, name: "d" });
  });

  it("creates, claims, changes and calls a device, and publishes events", async () => {
    const { body: made } = await ask("POST", "/v1/devices", "provision=true&name=formed");
    await ask("DELETE", `/v1/devices/${made.id}`);
    expect((await ask("POST", "/v1/devices", `id=${made.id}`)).body.claimed).toBe(true);
    expect((await ask("PUT", `/v1/devices/${made.id}`, "name=formed")).body.name).toBe("formed");
    const { body: product } = await ask("POST", "/v1/products", "name=P&platform_id=13");
    const path = `/v1/products/${product.product.id}`;
    const { client } = await connectRawDevice(cloud, cloud.device, answer);
    const called = await ask("POST", `/v1/devices/${cloud.device.name}/f`, "arg=12");
    expect(called.body.return_value).toBe(12);
    client.end();
    const added = await ask("POST", `${path}/devices`, `ids=${made.id},${"f".repeat(24)}`);
    expect(added.body).toMatchObject({ updatedDeviceIds: [made.id] });
    const stream = await openStream(cloud, `${path}/events`, cloud.user.token);
    await until("the stream is open", () => stream.text().includes(":ok"));
    await ask("POST", `${path}/events`, "name=a%2Fb&data=%7B%22x%22%3A1%7D&ttl=3600&private=true");
    await until("the event is received", () => stream.events().length > 0);
    expect(stream.events()).toMatchObject([{ event: "a/b", data: { data: '{"x":1}', ttl: 60 } }]);
  });

  it("creates and replaces a webhook with bracketed fields", async () => {
    const form =
      "event=e&url=https://example.com/&requestType=PUT&json[v]={{v}}&headers[X-A]=1&noDefaults=true";
    const { status, body } = await ask("POST", "/v1/webhooks", form);
    expect(status).toBe(201);
    const path = `/v1/integrations/${body.id}`;
    expect((await ask("GET", path)).body.integration).toMatchObject({
      requestType: "PUT",
      json: { v: "{{v}}" },
      headers: { "X-A": "1" },
      noDefaults: true,
    });
    const replaced = await ask("PUT", path, "event=f&url=https://example.com/&disabled=true");
    expect(replaced.body).toMatchObject({ id: body.id, event: "f", disabled: true });
    expect((await ask("GET", `/v1/webhooks/${body.id}`)).body.integration).not.toHaveProperty(
      "headers",
    );
  });

  it("lists only integrations of the kind Webhook as webhooks", async () => {
    const queue = {
      event: "e",
      integration_type: "AwsSqs",
      queue_url: "https://sqs.eu-west-1.amazonaws.com/123456789012/q",
      access_key_id: "AKIAIOSFODNN7EXAMPLE",
      secret_access_key: "s".repeat(40),
    };
    const { id } = (await ask("POST", "/v1/integrations", queue)).body;
    const idsOf = async (path: string) =>
      (await ask("GET", path)).body.map((one: { id: string }) => one.id);
    expect(await idsOf("/v1/integrations")).toContain(id);
    expect(await idsOf("/v1/webhooks")).not.toContain(id);
    const hook = { event: "paged", url: "https://example.com/", name: "A hook to find" };
    const made = (await ask("POST", "/v1/webhooks", hook)).body;
    expect(await idsOf("/v1/webhooks?name=to%20find&event=pag&disabled=false")).toEqual([made.id]);
    expect(await idsOf("/v1/webhooks?event=paged&disabled=true")).toEqual([]);
    const { body } = await ask("GET", "/v1/webhooks?event=paged&per_page=1&page=1");
    expect(body).toMatchObject({ integrations: [{ id: made.id }], meta: { total: 1 } });
    expect((await ask("GET", "/v1/webhooks?evnt=x")).body.error_description).toContain("event");
  });
});

describe("the device field of a webhook", () => {
  it.each(["deviceid", "deviceId", "deviceID"])(
    "can be named %s, with an id or a name",
    async (key) => {
      const { id, name } = cloud.device;
      const making = [id.toUpperCase(), name, ""].map((device) =>
        ask("POST", "/v1/webhooks", { event: "e", url: "https://example.com/", [key]: device }),
      );
      const made = (await Promise.all(making)).map(({ body }) => body.deviceID);
      expect(made).toEqual([id, id, null]);
      const unknown = { event: "e", url: "https://example.com/", [key]: "nobody" };
      expect(await ask("POST", "/v1/webhooks", unknown)).toMatchObject({
        status: 404,
        body: { error_description: "Device not found" },
      });
    },
  );
});

describe("a token in the query", () => {
  it("is equivalent to a token in the header, for every method", async () => {
    const query = `?access_token=${cloud.user.token}`;
    expect((await bare("GET", `/v1/devices${query}`)).status).toBe(200);
    const hook = new URLSearchParams({ event: "q", url: "https://example.com/" });
    const made = await bare("POST", `/v1/webhooks${query}`, { body: hook });
    expect(made.status).toBe(201);
    const deleted = await bare("DELETE", `/v1/webhooks/${made.body.id}${query}`);
    expect(deleted.body).toEqual({ ok: true });
    const ping = await bare("PUT", `/v1/devices/${cloud.device.id}/ping${query}`);
    expect(ping.body).toEqual({ ok: true, online: false });
    const abort = new AbortController();
    const stream = await fetch(`${cloud.api}/v1/devices/events${query}`, { signal: abort.signal });
    expect(stream.status).toBe(200);
    abort.abort();
  });
});

describe("a DELETE with a body", () => {
  it("is processed, also with the token in the body", async () => {
    const { body: made } = await ask("POST", "/v1/devices", "provision=true&name=gone");
    const { body: product } = await ask("POST", "/v1/products", "name=D&platform_id=13");
    const path = `/v1/products/${product.product.id}/devices`;
    await ask("POST", path, `id=${made.id}`);
    const token = cloud.user.token;
    const denied = await bare("DELETE", `${path}/${made.id}`, {
      body: JSON.stringify({ deny: true }),
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    });
    expect(denied).toEqual({ status: 204, body: undefined });
    const body = new URLSearchParams({ access_token: token });
    expect((await bare("DELETE", `/v1/devices/${made.id}`, { body })).body).toEqual({ ok: true });
    const empty = await bare("DELETE", `/v1/devices/${made.id}`, { body: "{}" });
    expect(empty).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });
});

describe("a file of device ids", () => {
  it("is added to a product, sent by curl with a length or in chunks", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 2; i += 1) {
      ids.push((await ask("POST", "/v1/devices", "provision=true")).body.id);
    }
    const { body: product } = await ask("POST", "/v1/products", "name=U&platform_id=13");
    const path = `/v1/products/${product.product.id}/devices`;
    const headers = { authorization: `Bearer ${cloud.user.token}` };
    const form = new FormData();
    form.append("file", new File([`${ids[0]}\n`], "ids.txt", { type: "text/plain" }));
    const whole = await bare("POST", path, { headers, body: form });
    expect(whole.body).toMatchObject({ updated: 1, updatedDeviceIds: [ids[0]] });
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="ids.txt"\r\n';
    const text = `${head}Content-Type: application/octet-stream\r\n\r\n${ids.join("\n")}\r\n--b--\r\n`;
    const chunked = await bare("POST", path, {
      headers: { ...headers, "content-type": "multipart/form-data; boundary=b" },
      body: ReadableStream.from([text.slice(0, 50), text.slice(50)].map((x) => Buffer.from(x))),
      duplex: "half",
    });
    expect(chunked.body).toMatchObject({ updatedDeviceIds: [ids[1]], existingDeviceIds: [ids[0]] });
  });
});

describe("an encoded slash in a path", () => {
  it("is a slash in a prefix, and selects no other route in a name", async () => {
    const stream = await openStream(cloud, "/v1/events/x%2Fy", cloud.user.token);
    await until("the stream is open", () => stream.text().includes(":ok"));
    for (const name of ["x/y/1", "xy"]) await ask("POST", "/v1/devices/events", { name });
    await until("the event is received", () => stream.events().length > 0);
    expect(stream.events().map(({ event }) => event)).toEqual(["x/y/1"]);
    const other = await ask("GET", `/v1/devices/${cloud.device.id}%2Fping`);
    expect(other).toMatchObject({ status: 404, body: { error_description: "Device not found" } });
  });
});

describe("the command line", () => {
  const environment = () => ({ GODWIT_API: cloud.api, GODWIT_TOKEN: cloud.user.token });
  const godwit = async (...args: string[]) => {
    const { exit, stdout, stderr } = await runCommand(args, { environment: environment() });
    expect([exit, stderr.includes("godwit:")], `${args.join(" ")}: ${stderr}`).toEqual([0, false]);
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  };

  it("signs in, and out, which revokes its token", async () => {
    const { username, password } = cloud.user;
    const options = { environment: { XDG_CONFIG_HOME: newFolder() } };
    const typed = `${username}\n${password}\n`;
    await runCommand(["login", "--api", cloud.api], { ...options, typed });
    const status = await runCommand(["status"], options);
    expect(JSON.parse(status.stdout)).toMatchObject({ ok: true, user: username });
    expect((await runCommand(["logout"], options)).stdout).toContain('"revoked":true');
  });

  it("provisions, lists, shows and revokes a device, also of a product", async () => {
    const { body } = await ask("POST", "/v1/products", "name=CLI&platform_id=13");
    for (const fleet of [[], ["--product", String(body.product.id)]]) {
      const name = `cli-${fleet.length}`;
      await godwit("devices", "provision", name, "--out", `${newFolder()}/x`, ...fleet);
      expect(await godwit("devices", "list", "--search", name, ...fleet)).toMatchObject([{ name }]);
      expect(await godwit("devices", "get", name, ...fleet)).toMatchObject([{ functions: [] }]);
      const [plan] = await godwit("devices", "revoke", name, "--plan", ...fleet);
      expect(plan.certificates).toHaveLength(1);
      await godwit("devices", "revoke", name, "--yes", ...fleet);
      expect(await godwit("devices", "get", name, ...fleet)).toMatchObject([
        { certificate: { status: "revoked" } },
      ]);
    }
  });

  it("forwards an event with the same request as the webhook", async () => {
    const [cloudTarget, localTarget] = [await target(), await target()];
    const create = ["--event", "cli/", "--url", `${cloudTarget.url}?n={{PARTICLE_EVENT_NAME}}`];
    const template = ["--template", '{"t":"{{t}}"}', "--header", "x-one:1", "--method", "PUT"];
    const [made] = await godwit("integrations", "create", ...create, ...template);
    const args = ["listen", new URL(localTarget.url).port, "--integration", made.id];
    const listening = startCommand(args, { environment: environment(), isTerminal: true });
    await until("listen runs", () => listening.stderr().includes("Forwarding"));
    await until("the event is forwarded", async () => {
      await godwit("publish", "cli/a", '{"t":21.5}');
      return localTarget.received.length > 0;
    });
    await until("the event is delivered", () => cloudTarget.received.length > 0);
    listening.type("q");
    expect(await listening.exit).toBe(0);
    const comparable = ({ headers, method, path, body }: (typeof localTarget.received)[number]) => {
      const { host, "webhook-id": id, "webhook-timestamp": at, ...rest } = headers;
      return {
        method,
        path,
        body,
        ...rest,
        "webhook-signature": headers["webhook-signature"]?.length,
      };
    };
    const [local] = localTarget.received.map(comparable);
    expect(local).toEqual(cloudTarget.received.map(comparable)[0]);
    expect(local?.body).toBe('{"t":"21.5"}');
  });

  it("tests, lists and disables an integration, and counts its deliveries", async () => {
    const { url } = await target();
    const [made] = await godwit("integrations", "create", "--event", "cli-b", "--url", url);
    const sample = ["--sample-event", "cli-b", "--data", "1"];
    expect(await godwit("integrations", "preview", made.id, ...sample)).toMatchObject([
      { events: [{ matches: true, request: { method: "POST" } }] },
    ]);
    await godwit("integrations", "preview", "--event", "cli-b", "--url", url, ...sample);
    expect(await godwit("integrations", "test", made.id)).toMatchObject([{ verdict: "delivered" }]);
    expect(await godwit("integrations", "logs", made.id)).toEqual([]);
    await godwit("integrations", "disable", made.id, "--yes");
    expect(await godwit("integrations", "list", "--state", "disabled")).toContainEqual(
      expect.objectContaining({ id: made.id, state: "disabled" }),
    );
    await godwit("integrations", "enable", made.id);
    expect(await godwit("dead-letters", "list", made.id)).toEqual([]);
    expect(await godwit("dead-letters", "replay", made.id, "--plan")).toMatchObject([{ count: 0 }]);
    expect((await godwit("usage")).at(-1)).toMatchObject({ name: "total" });
    expect((await godwit("usage", "--by", "hour", "--hours", "3")).length).toBeGreaterThan(2);
  });
});
