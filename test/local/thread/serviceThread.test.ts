import { expect, it, onTestFinished, vi } from "vitest";
import { openServiceHost } from "../../../local/thread/serviceHost.ts";
import { startServiceThread } from "../../../local/thread/serviceThread.ts";

/** A thread with a service that answers as requested, or ends the thread. */
const source = `
  import { serveThread } from "${new URL("../../../local/thread/serveThread.ts", import.meta.url)}";
  const service = async ({ fault }) => {
    if (fault) throw Object.assign(new Error(fault), { code: "ENOSPC" });
    return {
      port: 1,
      answer({ end, fail, value }) {
        if (end) process.exit(1);
        if (fail) throw new Error(fail);
        return value;
      },
      stop: async () => {},
    };
  };
  serveThread({ service });
`;
const file = new URL(`data:text/javascript,${encodeURIComponent(source)}`);

const start = async () => {
  const deaths: Error[] = [];
  const thread = await startServiceThread({
    host: openServiceHost(file),
    service: "service",
    data: {},
    onFatalError: (error) => deaths.push(error),
  });
  onTestFinished(thread.stop);
  return { thread, deaths };
};

it("a failed request fails only its caller", async () => {
  const { thread, deaths } = await start();
  await expect(thread.ask({ fail: "no room" })).rejects.toThrow("no room");
  expect(await thread.ask({ value: 3 })).toBe(3);
  expect(await thread.ask({})).toBeUndefined();
  expect(deaths).toEqual([]);
});

it("a request to an exited service fails", async () => {
  const { thread, deaths } = await start();
  await expect(thread.ask({ end: true })).rejects.toThrow();
  await expect(thread.ask({})).rejects.toThrow();
  expect(deaths).toHaveLength(1);
});

it("services share a thread, which ends with the last one", async () => {
  const host = openServiceHost(file);
  const onFatalError = vi.fn();
  const [one, other] = [
    await startServiceThread({ host, service: "service", data: {}, onFatalError }),
    await startServiceThread({ host, service: "service", data: {}, onFatalError }),
  ];
  await one.stop();
  expect(await other.ask({ value: 3 })).toBe(3);
  await other.stop();
  await host.ended;
  expect(onFatalError).not.toHaveBeenCalled();
});

it("a service that cannot start says why, and ends no other", async () => {
  const host = openServiceHost(file);
  const onFatalError = vi.fn();
  const one = await startServiceThread({ host, service: "service", data: {}, onFatalError });
  const failing = startServiceThread({
    host,
    service: "service",
    data: { fault: "no space" },
    onFatalError,
  });
  await expect(failing).rejects.toMatchObject({ message: "no space", code: "ENOSPC" });
  expect(await one.ask({ value: 3 })).toBe(3);
  await one.stop();
  await host.ended;
  expect(onFatalError).not.toHaveBeenCalled();
});
