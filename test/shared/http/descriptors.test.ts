import { execFile } from "node:child_process";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const servers: http.Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** A target that keeps connections open as long as its client does. */
const target = async (handle: http.RequestListener): Promise<string> => {
  const server = http.createServer({ keepAliveTimeout: 0 }, handle);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

const script = fileURLToPath(new URL("support/fewDescriptors.ts", import.meta.url));

/** Linux lists a process's own descriptors. */
it.runIf(process.platform === "linux")(
  "a worker with 256 descriptors reaches 400 targets that keep their connections open, while others hang",
  async () => {
    const hanging = await target(() => undefined);
    const targets = await Promise.all(
      Array.from({ length: 400 }, () => target((_, outgoing) => outgoing.end("ok"))),
    );
    const { stdout } = await promisify(execFile)("/bin/sh", [
      "-c",
      'ulimit -n 256 && exec "$0" "$@"',
      process.execPath,
      script,
      hanging,
      ...targets,
    ]);
    const { answered, descriptorsMax } = JSON.parse(stdout);
    expect(answered).toBe(targets.length);
    expect(descriptorsMax).toBeLessThan(256);
  },
);
