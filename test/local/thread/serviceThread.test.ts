import { expect, it, onTestFinished } from "vitest";
import { startServiceThread } from "../../../local/thread/serviceThread.ts";

/** A thread that posts the requested messages unchanged. */
const start = async () => {
  const code = `
    import { parentPort } from "node:worker_threads";
    parentPort.on("message", (told) => {
      if (told === "stop") process.exit(0);
      else if (told.message.end) process.exit(1);
      else for (const one of told.message.say) parentPort.postMessage({ ...one, ...(one.mine && { id: told.id }) });
    });
    parentPort.postMessage({ port: 1 });
  `;
  const deaths: Error[] = [];
  const thread = await startServiceThread({
    file: new URL(`data:text/javascript,${encodeURIComponent(code)}`),
    data: {},
    onFatalError: (error) => deaths.push(error),
  });
  onTestFinished(thread.stop);
  return { thread, deaths };
};

it("a failed request fails only its caller", async () => {
  const { thread, deaths } = await start();
  const failing = thread.ask({ say: [{ mine: true, failure: "no room" }] });
  await expect(failing).rejects.toThrow("no room");
  expect(await thread.ask({ say: [{ mine: true, answer: 3 }] })).toBe(3);
  expect(await thread.ask({ say: [{ mine: true }] })).toBeUndefined();
  expect(deaths).toEqual([]);
});

it("no message of a service terminates the cloud", async () => {
  const { thread, deaths } = await start();
  const odd = [{ id: "x" }, { id: 999, answer: 1 }, {}, { answer: null }, { failure: 4 }];
  expect(await thread.ask({ say: [...odd, { mine: true, answer: "well" }] })).toBe("well");
  expect(deaths).toEqual([]);
});

it("a request to an exited service fails", async () => {
  const { thread, deaths } = await start();
  await expect(thread.ask({ end: true })).rejects.toThrow();
  await expect(thread.ask({ say: [] })).rejects.toThrow();
  expect(deaths).toHaveLength(1);
});
