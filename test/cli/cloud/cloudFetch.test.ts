import { describe, expect, it } from "vitest";
import { pathInProduct } from "../../../cli/cloud/cloudFetch.ts";
import { fakeApi } from "../support/fakeApi.ts";
import { runCommand } from "../support/runCommand.ts";

const environment = (api: string) => ({ GODWIT_API: api, GODWIT_TOKEN: "secret" });

describe("requests", () => {
  it("have the paths of a product", () => {
    expect(pathInProduct("/v1/devices/lamp/led", "7")).toBe("/v1/products/7/devices/lamp/led");
    expect(pathInProduct("/v1/devices/events", "7")).toBe("/v1/products/7/events");
    expect(pathInProduct("/v1/devices/events/temp?x=1", "7")).toBe(
      "/v1/products/7/events/temp?x=1",
    );
    expect(pathInProduct("/v1/devices/events-box", "7")).toBe("/v1/products/7/devices/events-box");
    expect(pathInProduct("/v1/devices/lamp/events/a%2Fb", "7")).toBe(
      "/v1/products/7/devices/lamp/events/a%2Fb",
    );
    expect(pathInProduct("/v1/integrations", "my-slug")).toBe("/v1/products/my-slug/integrations");
  });

  it("carry the token to the API, and never follow a redirect with it", async () => {
    const elsewhere = await fakeApi({ "GET /v1/integrations": { body: [] } });
    const { api, asked } = await fakeApi({
      "GET /v1/integrations": {
        status: 302,
        headers: { location: `${elsewhere.api}/v1/integrations` },
      },
    });
    const { exit, stderr } = await runCommand(["integrations", "list"], {
      environment: environment(api),
    });
    expect(asked[0]?.token).toBe("secret");
    expect(elsewhere.asked).toEqual([]);
    expect([exit, stderr]).toEqual([1, expect.stringContaining("it redirects to")]);
  });

  it.each([
    ["a page", "<!doctype html><p>Sign in</p>"],
    ["no body", ""],
    ["a text", '"ok"'],
    ["nothing", "null"],
    ["half of a reply", '{"devices":['],
  ])("say so if the server answers with %s", async (_, body) => {
    const { api } = await fakeApi({ "GET /v1/integrations": { body } });
    const { exit, stderr } = await runCommand(["integrations", "list"], {
      environment: environment(api),
    });
    expect([exit, stderr]).toEqual([
      1,
      `godwit: ${api} answered without JSON. Is this the address of the API?\n`,
    ]);
  });

  it("have no internal error as their message if the reply has another form", async () => {
    const { api } = await fakeApi({ "GET /v1/integrations": { body: { other: [] } } });
    const { exit, stderr } = await runCommand(["integrations", "list"], {
      environment: environment(api),
    });
    expect(exit).toBe(1);
    expect(stderr).toContain("in a form that this version of godwit does not know");
  });

  it.each([
    [
      401,
      { error: "invalid_token", error_description: "The token is not valid" },
      3,
      "Sign in: godwit login",
    ],
    [
      403,
      { error: "unauthorized", error_description: "needs devices:list" },
      1,
      "needs devices:list.",
    ],
    [404, { error: "not_found", error_description: "No such thing" }, 4, "No such thing."],
    [
      403,
      { error: "Permission Denied", info: "I didn't recognize it" },
      1,
      "I didn't recognize it.",
    ],
    [
      429,
      { error: "too_many_requests", error_description: "Too many" },
      5,
      "Too many. Try again in 7 s.",
    ],
    [503, { error: "unavailable", error_description: "\u001b[2Jno" }, 5, "\\u{1b}[2Jno."],
    [502, "<html>", 5, "without the API's error"],
    [500, "", 5, "without the API's error"],
  ])(
    "that are refused with %i end with the status of their cause",
    async (status, body, exit, text) => {
      const { api } = await fakeApi({
        "GET /v1/integrations": { status, body, headers: { "retry-after": "7" } },
      });
      const done = await runCommand(["integrations", "list"], { environment: environment(api) });
      expect(done.exit).toBe(exit);
      expect(done.stderr).toContain(text);
      expect(done.stderr).not.toContain("\u001b");
      expect(done.stderr.trim().split("\n")).toHaveLength(1);
    },
  );

  it("say what to do when nothing answers", async () => {
    const { api, stop } = await fakeApi({});
    await stop();
    const done = await runCommand(["integrations", "list"], { environment: environment(api) });
    expect(done).toMatchObject({
      exit: 5,
      stderr: expect.stringContaining("connection was refused"),
    });
    expect(done.stderr).toContain("GODWIT_API");
  });

  it("end at once and silently on Ctrl+C", async () => {
    const stop = new AbortController();
    const { api } = await fakeApi({
      "GET /v1/integrations": () => ({ stream: () => stop.abort() }),
    });
    const done = await runCommand(["integrations", "list"], {
      environment: environment(api),
      signal: stop.signal,
    });
    expect(done).toEqual({ exit: 130, stdout: "", stderr: "" });
  });

  it("print no stack when the reply is not what the API documents", async () => {
    const { api } = await fakeApi({ "GET /v1/integrations": { body: { unexpected: true } } });
    const done = await runCommand(["integrations", "list"], { environment: environment(api) });
    expect(done.exit).toBe(1);
    expect(done.stderr).not.toMatch(/\bat .*\.ts/);
  });

  it("refuse names that would change the path", async () => {
    const { api, asked } = await fakeApi({});
    for (const name of ["..", ".", ""]) {
      const done = await runCommand(["devices", "get", name], { environment: environment(api) });
      expect(done.exit).toBe(2);
    }
    expect(asked).toEqual([]);
    await runCommand(["devices", "get", "a/../../x?y#z"], { environment: environment(api) });
    expect(asked[0]?.path).toBe("/v1/devices/a%2F..%2F..%2Fx%3Fy%23z");
  });
});
