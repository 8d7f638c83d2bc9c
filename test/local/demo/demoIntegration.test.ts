import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { removeWebhook } from "../../../local/demo/demoIntegration.ts";
import { summary } from "../../../local/demo/summary.ts";
import { closeHttp, listenHttp } from "../../../local/http/httpServer.ts";

/** An API that answers every DELETE with this status. */
const start = async (status: number) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(status).end("{}");
  });
  const api = await listenHttp(server);
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  onTestFinished(() => closeHttp(server));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const logged: string[] = [];
  const remove = () =>
    removeWebhook(join(folder, "webhook.json"), {
      api,
      token: "secret",
      log: (message) => void logged.push(message),
    });
  const keep = () =>
    writeFile(join(folder, "webhook.json"), '{"id":"w1","url":"http://127.0.0.1:9/"}');
  return { asked, folder, logged, remove, keep };
};

it.each([200, 204, 404])(
  "deletes the webhook of an earlier demo at a start without the demo (%i)",
  async (status) => {
    const { asked, folder, remove, keep } = await start(status);
    await keep();
    await remove();
    expect(asked).toEqual(["DELETE /v1/integrations/w1 Bearer secret"]);
    expect(await readdir(folder)).toEqual([]);
  },
);

it("sends no request when there was no demo", async () => {
  const { asked, remove } = await start(200);
  await remove();
  expect(asked).toEqual([]);
});

it("logs a warning when the webhook cannot be deleted, and retries at the next start", async () => {
  const { folder, logged, remove, keep } = await start(500);
  await keep();
  await remove();
  expect(logged).toHaveLength(1);
  expect(await readdir(folder)).toEqual(["webhook.json"]);
});

it("the summary states whether the state is temporary and how to keep it", () => {
  const device = { id: "1", fleet: "f", name: "n", certificate: "", privateKey: "" };
  const where = { api: "http://a", mqtt: "mqtts://b:1", state: "/s", device, regions: [] };
  const consoleUrl = "http://127.0.0.1:1/console/#code=1";
  const kept = summary(where, { demo: false, data: "/s", consoleUrl });
  const temporary = summary(where, { demo: false, data: undefined, consoleUrl });
  expect(temporary).toContain("deleted when this process stops");
  expect(temporary).toContain("--data DIR");
  expect(kept).not.toContain("temporary");
});
