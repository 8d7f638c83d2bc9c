import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asyncApi } from "#shared/contract/async/asyncApi.ts";
import { openApi } from "#shared/contract/openApi.ts";
import { ApiError, createGodwitClient, reply } from "../../../client/client.ts";
import { createKeyAndRequest } from "../../../device/credentials/signingRequest.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient, openStream } from "../support/client.ts";
import { provokedElsewhere, reasonFor } from "../support/errorReasons.ts";
import { payloadProblem } from "../support/messageProblem.ts";
import { unprovokedErrors } from "../support/provokeErrors.ts";
import { connectRawDevice, type DeviceMessage } from "../support/rawDevice.ts";
import { documentedOperations } from "../support/replyProblem.ts";
import { sampleOf } from "../support/sampleOf.ts";
import { type ExampleRequest, exampleRequests } from "../support/sendExample.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: ReturnType<typeof apiClient>;

beforeAll(async () => {
  cloud = await startTestCloud({ openSignUp: true });
  ask = apiClient(cloud, cloud.user.token);
});
afterAll(() => cloud.stop());

it("the cloud serves the documents without a token, with its own URL", async () => {
  const { status, body } = await apiClient(cloud)("GET", "/v1/openapi.json");
  expect(status).toBe(200);
  expect(body).toEqual(JSON.parse(JSON.stringify(openApi({ server: cloud.api }))));
  const messages = await apiClient(cloud)("GET", "/v1/asyncapi.json");
  expect(messages.body).toEqual(JSON.parse(JSON.stringify(asyncApi({ server: cloud.api }))));
});

it("the typed client reads replies and reports errors", async () => {
  const client = createGodwitClient({ url: cloud.api, token: () => cloud.user.token });
  const body = { provision: true, name: "typed" } as const;
  const made = await reply(client.POST("/v1/devices", { body }));
  expect(made).toMatchObject({ ok: true, name: "typed" });
  const devices = await reply(client.GET("/v1/devices"));
  expect(Array.isArray(devices)).toBe(true);
  const path = { device: "nobodys" };
  const failed = reply(client.GET("/v1/devices/{device}", { params: { path } }));
  await expect(failed).rejects.toThrow(ApiError);
  await expect(failed).rejects.toMatchObject({ status: 404, code: "not_found" });
  const signedOut = createGodwitClient({ url: cloud.api });
  await expect(reply(signedOut.GET("/v1/user"))).rejects.toMatchObject({ status: 401 });
});

/** A user of its own, for requests that end sessions and tokens. */
const newUserToken = async (name: string): Promise<string> => {
  const form = new URLSearchParams({ username: `${name}@example.com`, password: "a password 1" });
  await apiClient(cloud)("POST", "/v1/users", form.toString());
  form.set("grant_type", "password");
  const client = "client_id=particle&client_secret=particle";
  return (await apiClient(cloud)("POST", "/oauth/token", `${form}&${client}`)).body.access_token;
};

/** Requests that may end the tokens of their user. */
const endsTokens = ({ method, path }: ExampleRequest): boolean =>
  method !== "GET" && /^\/v1\/(user|access_tokens|sessions?)(\/|$)/.test(path);

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Sends a request. A stream is closed when its headers are there. */
const send = async (request: ExampleRequest) => {
  const { id, method, path, body } = request;
  const token = endsTokens(request) ? await newUserToken(id) : cloud.user.token;
  const response = await fetch(`${cloud.api}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    body,
  });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  if (isStream) await response.body?.cancel();
  return { status: response.status, text: isStream ? "" : await response.text() };
};

it("the API accepts every example request of the document", { timeout: 120_000 }, async () => {
  const { body: device } = await ask("POST", "/v1/devices", { provision: true, name: "lamp" });
  const { body: integration } = await ask("POST", "/v1/integrations", {
    event: "temperature",
    url: "http://127.0.0.1:9/",
  });
  const { body: product } = await ask("POST", "/v1/products", { name: "Thermostat" });
  const known = {
    device: device.id,
    integration: integration.id,
    product: String(product.product.id),
  };
  // A release needs a device.
  const inProduct = `/v1/products/${known.product}/devices`;
  await ask("POST", inProduct, { provision: true, name: "thermostat" });
  await ask("PUT", "/v1/archive", { enabled: true, days: 30 });
  const { body: document } = await ask("GET", "/v1/openapi.json");
  const requests = exampleRequests(document, known);
  expect(requests.length).toBeGreaterThan(150);
  const problems: string[] = [];
  let successes = 0;
  for (const method of methods) {
    const queue = requests.filter((each) => each.method === method);
    const worker = async (): Promise<void> => {
      for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
        const { status, text } = await send(request);
        if (status < 300) successes += 1;
        // No client can know the signature of a link in a message, and an example is not signed.
        const isLink = /must be the token of a link|"wrong_signature"|of a key document/.test(text);
        const isRefused = status === 400 && text.includes('"invalid_request"') && !isLink;
        if (status >= 500 || isRefused) {
          problems.push(`${request.id}: ${method} ${request.path} ${status} ${text.slice(0, 300)}`);
        }
      }
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
  }
  expect(problems).toEqual([]);
  expect(successes).toBeGreaterThan(80);
});

it("each documented error is provoked, or has a reason", { timeout: 120_000 }, async () => {
  const { body: product } = await ask("POST", "/v1/products", { name: "Errors" });
  const id: number = product.product.id;
  const robot = async (scope: string): Promise<string> => {
    const input = { friendly_name: scope, scopes: [scope] };
    const { body } = await ask("POST", `/v1/products/${id}/team`, input);
    return body.created.tokens[0].token;
  };
  const { username } = cloud.user;
  const operator = Object(await cloud.admin({ addToken: { username, operator: true } }));
  const hook = { event: "errors", url: "http://127.0.0.1:9/" };
  const made = async (path: string, body: object): Promise<string> =>
    (await ask("POST", path, body)).body.id;
  const inProduct = `/v1/products/${id}`;
  const limitOf = async (path: string): Promise<string> => {
    const limit = { scope: "fleet", period: "day", limit: 10, action: "notify" };
    return (await ask("POST", `${path}/usage/limits`, limit)).body.limit.id;
  };
  const world = {
    api: cloud.api,
    userToken: cloud.user.token,
    operatorToken: String(operator.token),
    limitedTokens: [await robot("devices:list"), await robot("events:send")],
    known: {
      product: String(id),
      device: cloud.device.id,
      integration: await made("/v1/integrations", hook),
      "device of the product": await made(`${inProduct}/devices`, { provision: true, name: "e" }),
      "integration of the product": await made(`${inProduct}/integrations`, hook),
      usage_limit: await limitOf("/v1"),
      "usage_limit of the product": await limitOf(inProduct),
    },
    missing: {
      product: "999999998",
      device: "f".repeat(24),
      integration: "00000000-0000-4000-8000-000000000000",
      username: "nobody@example.com",
      invitation: "999999998-000000000000",
      transfer: "999999998-000000000000",
      incident: "zzzzzzzzzzzz",
      usage_limit: "f".repeat(16),
    },
  };
  const left = await unprovokedErrors(documentedOperations, world);
  const unexplained = left.filter(({ op, code }) => reasonFor(op, code) === undefined);
  expect(unexplained.map(({ op, code }) => `${op.id} ${code}`)).toEqual([]);
});

it("each test that is said to provoke an error has its code", async () => {
  const named = new Set(documentedOperations.map(({ route }) => route.name));
  for (const [file, operations] of Object.entries(provokedElsewhere)) {
    const text = await readFile(file, "utf8");
    for (const [name = "", ...codes] of operations.map((each) => each.split(" "))) {
      expect([file, name, named.has(name)]).toEqual([file, name, true]);
      for (const code of codes) expect([file, text.includes(code)]).toEqual([file, true]);
    }
  }
});

describe("messages generated from the AsyncAPI document", () => {
  const { schemas } = asyncApi({ server: "http://127.0.0.1" }).components;
  const samples = (name: string, numRuns: number): unknown[] =>
    fc.sample(sampleOf(schemas[name]), { numRuns, seed: 18 });
  const base = () => `/v1/devices/${cloud.device.id}`;
  const device = async (answer: (asked: DeviceMessage) => object | undefined = () => undefined) => {
    const connected = await connectRawDevice(cloud, cloud.device, answer);
    const topics = ["acks", "calls", "control"].map((root) => `${root}/${cloud.device.id}`);
    await connected.client.subscribeAsync(topics, { qos: 1 });
    return connected;
  };

  it("as hello describe the device", async () => {
    const { hello } = await device();
    for (const [i, sample] of samples("HelloPayload", 12).entries()) {
      const sent = { functions: [], variables: {}, ...Object(sample), firmware: `v${i}` };
      await hello(sent);
      await until("the cloud knows this hello", async () => {
        const { body } = await ask("GET", base());
        return body.firmware === sent.firmware && body;
      }).then(({ functions, variables }) =>
        expect({ functions, variables: Object.keys(variables) }).toEqual({
          functions: sent.functions,
          variables: Object.keys(sent.variables),
        }),
      );
    }
  });

  it("as events are acknowledged and streamed", async () => {
    const { client, asked } = await device();
    const stream = await openStream(cloud, "/v1/devices/events/generated", cloud.user.token);
    const { fleet, id } = cloud.device;
    const topic = `events/${fleet}/${id}/generated`;
    const data = samples("EventPayload", 24).map(String);
    for (const [i, text] of data.entries()) {
      const to = [
        topic,
        `${topic}/?id=g${i}`,
        `$aws/rules/godwit_events/${topic}`,
        `$aws/rules/godwit_events/${topic}/?id=g${i}`,
      ][i % 4];
      await client.publishAsync(to ?? topic, text, { qos: 1 });
    }
    const acked = data.flatMap((_, i) => (i % 2 === 1 ? [`g${i}`] : []));
    await until("the events are acknowledged", () => {
      const ids = new Set(asked.flatMap(({ ids: some }) => (Array.isArray(some) ? some : [])));
      return acked.every((each) => ids.has(each));
    });
    const live = data.filter((_, i) => i % 4 < 2);
    await until("the events are streamed", () => stream.events().length >= live.length);
    expect(stream.events().map(({ data: shown }) => shown.data)).toEqual(live);
  });

  it("as replies to calls are values and errors of the API", async () => {
    let next: object = {};
    const { hello } = await device(() => next);
    await hello({ firmware: "r", functions: ["led"], variables: { temperature: "double" } });
    for (const { value } of samples("ReturnPayload", 12).map(Object)) {
      next = { value };
      const { status, body } = await ask("GET", `${base()}/temperature`);
      expect([status, body.result]).toEqual([200, JSON.parse(JSON.stringify(value))]);
    }
    for (const { error } of samples("CallErrorPayload", 4).map(Object)) {
      next = { error };
      expect(await ask("POST", `${base()}/led`, { args: "on" })).toMatchObject({ status: 400 });
    }
  });

  it("are answered with commands of the document", async () => {
    const { client, asked } = await device();
    const { csr } = await createKeyAndRequest();
    expect(payloadProblem(["certificateRequest"], { csr })).toBeUndefined();
    const rule = "$aws/rules/godwit_certificates";
    await client.publishAsync(`${rule}/certificates/${cloud.device.id}`, JSON.stringify({ csr }), {
      qos: 1,
    });
    await ask("PUT", base(), { signal: "1" });
    await ask("PUT", `${base()}/ping`);
    await cloud.admin({ reconnectDevices: { withinSeconds: 5 } });
    const commands = ["certificate", "signal", "ping", "reconnect"];
    await until("the commands arrive", () =>
      commands.every((name) => asked.some(({ command }) => command === name)),
    );
  });
});
