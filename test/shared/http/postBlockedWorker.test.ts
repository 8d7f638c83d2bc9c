import { once } from "node:events";
import { createServer } from "node:http";
import { expect, it, onTestFinished, vi } from "vitest";
import { httpPost } from "#shared/http/post.ts";
import { targetTimeoutMs } from "#shared/target/limits.ts";

it("a reply that arrived while the worker was blocked is not too late", async () => {
  const realTimeout = setTimeout;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const server = createServer((_, response) => {
    response.end("ok", () => {
      // The next timers run before the client reads the reply, as after a long block.
      realTimeout(() => void vi.advanceTimersByTime(targetTimeoutMs), 1);
      const end = performance.now() + 5;
      while (performance.now() < end);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const reply = await httpPost({ targets: "any" })({
    method: "POST",
    url: `http://127.0.0.1:${port}/`,
    headers: { connection: "close" },
    rejectUnauthorized: true,
  });
  expect(reply).toMatchObject({ status: 200, body: "ok" });
});
