import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { newFolder } from "../support/newFolder.ts";
import { bodyOf, checkFolder, openQueues } from "./support.ts";

/** Sends messages from 50 senders and prints the number of each acknowledged one. */
const sendForever = `
  const { openQueues } = await import(process.argv[1]);
  const { engine, log } = openQueues(process.argv[2], { segmentBytes: 100_000 });
  const queue = engine.createQueue("q");
  let next = 0;
  const send = async () => {
    for (;;) {
      const body = String(next++);
      engine.send(queue, { body });
      await log.stored();
      process.stdout.write(body + "\\n");
    }
  };
  await Promise.all(Array.from({ length: 50 }, send));
`;

it("every acknowledged message survives kill -9", async () => {
  const parent = newFolder();
  const module = new URL("./support.ts", import.meta.url).href;
  const args = ["--input-type=module", "--eval", sendForever, module, parent];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const acknowledged = new Set<string>();
  for await (const line of createInterface(child.stdout)) {
    acknowledged.add(line);
    if (acknowledged.size === 5_000) child.kill("SIGKILL");
  }
  expect(checkFolder(parent)).toHaveProperty("count");
  const store = openQueues(parent);
  onTestFinished(store.close);
  for (const message of store.engine.queue("q").messages.values()) {
    acknowledged.delete(bodyOf(store, message));
  }
  expect([...acknowledged]).toEqual([]);
});
