import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { queueProvider } from "../../../local/queue/queueProvider.ts";
import { startQueueServer } from "../../../local/queue/queueServer.ts";
import { sqsClient } from "../../../local/queue/sqsClient.ts";
import { credentials, signing } from "../support/signing.ts";

const serve = `
  const { startQueueServer } = await import(process.argv[1]);
  const { port } = await startQueueServer({ region: "us-east-1", folder: process.argv[2], credentials: JSON.parse(process.argv[3]) });
  console.log(port);
`;

/** The queue server in its own process, so that a test can kill it. */
const spawnServer = async (folder: string) => {
  const file = new URL("../../../local/queue/queueServer.ts", import.meta.url).href;
  const args = ["--input-type=module", "--eval", serve, file, folder, JSON.stringify(credentials)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [port] = await once(child.stdout, "data");
  return { child, url: `http://127.0.0.1:${Number(port)}` };
};

const makeQueue = async (url: string): Promise<string> => {
  const kind = queueProvider(url, signing("sqs"));
  const place = { logicalId: "Q", stack: "S", region: "us-east-1", account: "000000000000" };
  return (await kind.create(kind.properties.parse({}), place)).ref;
};

it("every acknowledged message survives kill -9", async () => {
  const folder = await mkdtemp(join(tmpdir(), "killed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { child, url } = await spawnServer(folder);
  const queueUrl = await makeQueue(url);
  const client = sqsClient(url, signing("sqs"));
  const answered = new Set<string>();
  let next = 0;
  const sendOn = async (): Promise<void> => {
    for (;;) {
      const body = `${next++}`;
      await client.send(queueUrl, body);
      answered.add(body);
      if (answered.size === 2_000) child.kill("SIGKILL");
    }
  };
  await Promise.allSettled(Array.from({ length: 50 }, sendOn));
  client.close();

  const server = await startQueueServer({ region: "us-east-1", credentials, folder });
  onTestFinished(server.stop);
  const again = sqsClient(`http://127.0.0.1:${server.port}`, signing("sqs"));
  onTestFinished(again.close);
  for (;;) {
    const messages = await again.receive(queueUrl, { max: 10, waitSeconds: 0 });
    if (messages.length === 0) break;
    for (const { body } of messages) answered.delete(body);
  }
  expect([...answered]).toEqual([]);
});
