import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { describe, expect, it, onTestFinished } from "vitest";
import { until } from "../../flow/support/until.ts";
import { type Answer, fakeApi } from "../support/fakeApi.ts";
import { newFolder, startCommand } from "../support/runCommand.ts";

const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A local server that answers with one status after the other, then with 200. */
const localServer = async (...statuses: readonly number[]) => {
  const received: Received[] = [];
  const left = [...statuses];
  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    received.push({ method, url, headers, body: await text(request) });
    response.writeHead(left.shift() ?? 200).end("busy\u001b[2J");
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: String((server.address() as { port: number }).port), received };
};

const frame = (name: string, data: string, coreid = "api"): string =>
  `event: ${name}\ndata: ${JSON.stringify({ data, coreid, published_at: "2026-01-31T12:00:00.000Z" })}\nid: x\n\n`;

const listen = async (
  frames: string,
  args: readonly string[],
  {
    answers = {},
    ...options
  }: { answers?: Record<string, Answer> } & Parameters<typeof startCommand>[1] = {},
) => {
  const stream: Answer = { stream: (response) => response.write(frames) };
  const { api, asked } = await fakeApi({
    "GET /v1/devices/events": stream,
    "GET /v1/devices/events/temp": stream,
    ...answers,
  });
  const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret", XDG_CONFIG_HOME: newFolder() };
  const started = startCommand(["listen", ...args], { environment, isTerminal: true, ...options });
  return { ...started, asked, end: () => started.type("q") };
};

describe("listen", () => {
  it("forwards an event as a webhook does, signed by Standard Webhooks", async () => {
    const { port, received } = await localServer();
    const { exit, end, stdout } = await listen(frame("temperature", "21.5", "a1"), [
      port,
      "--secret",
      secret,
    ]);
    const [one] = await until("a request", () => received.length > 0 && received);
    await until("the result", () => stdout().includes("→ 200"));
    end();
    expect(await exit).toBe(0);
    expect(one).toMatchObject({
      method: "POST",
      url: "/",
      body: "event=temperature&data=21.5&published_at=2026-01-31T12%3A00%3A00.000Z&coreid=a1",
    });
    const { body = "", headers = {} } = one ?? {};
    expect(headers).toMatchObject({
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": "Godwit/1",
      "godwit-hops": "1",
    });
    const timestamp = new Date(Number(headers["webhook-timestamp"]) * 1_000);
    expect(new Webhook(secret).sign(String(headers["webhook-id"]), timestamp, body)).toBe(
      headers["webhook-signature"],
    );
    expect(stdout()).toMatch(/#1 temperature 21\.5 → 200 in \d+ ms/);
  });

  it("repeats the last event with r, and one by its number, with the same webhook-id", async () => {
    const { port, received } = await localServer(503);
    const { exit, type, stdout, stderr } = await listen(frame("temp", "1") + frame("temp", "2"), [
      port,
    ]);
    await until("two requests", () => received.length === 2);
    type("r");
    await until("a repeat", () => received.length === 3);
    type("1\r");
    await until("another repeat", () => received.length === 4);
    await until("the result", () => stdout().includes("#1 attempt 2"));
    type("9\r");
    type("x");
    type("q");
    expect(await exit).toBe(0);
    const ids = received.map(({ headers }) => headers["webhook-id"]);
    const [first, second] = ids.slice(0, 2);
    expect(first).not.toBe(second);
    expect(new Set(ids).size).toBe(2);
    expect(stdout()).toMatch(
      /503 in \d+ ms \(busy\\u\{1b\}\[2J; the cloud would try again after 5 s\)/,
    );
    expect(stderr()).toContain("There is no event 9");
    expect(stderr()).toContain("x is no key");
    expect(stderr()).toContain("4 attempts, 3 delivered.");
  });

  it("reads the same keys as lines of a pipe, and prints attempts as JSON lines", async () => {
    const { port, received } = await localServer();
    const stop = new AbortController();
    const { exit, stdout, stderr } = await listen(frame("temp", "1"), [port], {
      isTerminal: false,
      typed: "7\nwhat\n",
      signal: stop.signal,
    });
    await until("a request", () => received.length > 0);
    await until("the result", () => stdout().includes("\n"));
    expect(JSON.parse(stdout().trim())).toMatchObject({
      number: 1,
      attempt: 1,
      ok: true,
      event: { name: "temp", data: "1" },
      request: { method: "POST", headers: { "webhook-signature": expect.stringMatching(/^v1,/) } },
      reply: { status: 200 },
    });
    stop.abort();
    expect(await exit).toBe(130);
    expect(stderr()).toContain("There is no event 7");
    expect(stderr()).toContain("what is no key");
  });

  it("builds the requests of an integration, at its path, with what the cloud would do on failure", async () => {
    const { port, received } = await localServer(410);
    const integration = {
      id: "i1",
      integration_type: "Webhook",
      name: "hook",
      event: "temp",
      url: "https://example.com/hooks/{{PARTICLE_EVENT_NAME}}?a=1",
      requestType: "PUT",
      json: '{"t":"{{t}}","v":"{{PRODUCT_VERSION}}"}',
      headers: { "x-key": "********" },
      deviceID: "a1",
      noDefaults: false,
      rejectUnauthorized: true,
      disabled: true,
      signed: true,
      created_at: "2026-01-31T12:00:00.000Z",
      counters: [],
      logs: [],
      errors: [],
    };
    const { exit, end, stdout } = await listen(
      frame("temp/x", '{"t":7}', "b2") +
        frame("temp/x", '{"t":7}', "a1") +
        frame("hook-sent/temp/x", "", "a1"),
      [port, "--integration", "i1"],
      {
        answers: {
          "GET /v1/integrations/i1": { body: { integration } },
          "GET /v1/devices/a1": {
            body: { id: "a1", firmware: "1.2.3", functions: [], variables: {} },
          },
        },
      },
    );
    await until("the result", () => stdout().includes("410"));
    end();
    expect(await exit).toBe(0);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      method: "PUT",
      url: "/hooks/temp/x?a=1",
      body: '{"t":"7","v":"1.2.3"}',
    });
    expect(received[0]?.headers["x-key"]).toBe("********");
    expect(stdout()).toContain("the cloud would disable the webhook");
  });

  it("says that the port is closed, and that the cloud would try again", async () => {
    const { port } = await localServer();
    const { exit, end, stdout } = await listen(frame("temp", "1"), [
      "1",
      "--path",
      "/x",
      "--filter",
      "temp",
    ]);
    void port;
    await until("the result", () => stdout().includes("would try again"));
    end();
    expect(await exit).toBe(0);
  });

  it("keeps its signing secret, so that a server can be configured once", async () => {
    const environment = { XDG_CONFIG_HOME: newFolder() };
    const shown: string[] = [];
    for (let i = 0; i < 2; i++) {
      const { api } = await fakeApi({
        "GET /v1/devices/events": { stream: (response) => response.write(":ok\n\n") },
      });
      const { exit, type, stderr } = startCommand(["listen", "1", "--api", api], {
        environment: { ...environment, GODWIT_TOKEN: "secret" },
        isTerminal: true,
      });
      await until("the secret", () => stderr().includes("whsec_"));
      type("q");
      await exit;
      shown.push(/whsec_\S+/.exec(stderr())?.[0] ?? "");
    }
    expect(shown[0]).toBe(shown[1]);
  });

  it.each([
    [["0"], "PORT must be a number"],
    [["70000"], "PORT must be a number"],
    [["x"], "PORT must be a number"],
    [["1", "--secret", "short"], "--secret must be whsec_"],
    [["1", "--integration", "i", "--method", "PUT"], "cannot be combined"],
    [["1", "--method", "FETCH"], "requestType"],
    [["1", "--integration", "sqs"], "listen forwards webhooks"],
  ])("refuses %j", async (args, message) => {
    const { exit, stderr } = await listen("", args, {
      answers: {
        "GET /v1/integrations/sqs": {
          body: { integration: { id: "sqs", integration_type: "AwsSqs", event: "x" } },
        },
      },
    });
    expect(await exit).toBe(2);
    expect(stderr()).toContain(message);
  });
});
