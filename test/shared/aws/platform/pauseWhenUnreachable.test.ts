import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { deviceLinks } from "#shared/aws/device/deviceLinks.ts";
import { isUnreachable, pauseWhenUnreachable } from "#shared/aws/platform/pauseWhenUnreachable.ts";
import { Failure } from "#shared/platform/failure.ts";
import { regionPauseMs } from "#shared/platform/limits.ts";
import { stoppedClock } from "../../../memory/samples.ts";

const answered = (status: number) =>
  Object.assign(new Error("no"), { $metadata: { httpStatusCode: status } });
const refused = Object.assign(new Error("no"), { code: "ECONNREFUSED" });

describe("another region", () => {
  it.each([
    [true, refused],
    [true, answered(500)],
    [true, Object.assign(new Error("slow"), { name: "TimeoutError", $metadata: {} })],
    [false, answered(400)],
    [false, answered(429)],
    [false, new TypeError("a bug")],
    [false, new Failure("left alone", { code: "unavailable" })],
  ])("is unavailable: %s for %s", (isIt, error) => {
    expect(isUnreachable(error)).toBe(isIt);
  });

  it("is not called for a while after it did not respond, and then again", async () => {
    const clock = stoppedClock();
    const asking = pauseWhenUnreachable("IoT Core in eu-west-1", clock.now);
    const ask = vi.fn(() => Promise.reject(refused));
    await expect(asking(ask)).rejects.toThrow(refused);
    clock.ms += regionPauseMs - 1;
    await expect(asking(ask)).rejects.toMatchObject({ code: "unavailable" });
    expect(ask).toHaveBeenCalledOnce();
    clock.ms += 1;
    expect(await asking(async () => "here")).toBe("here");
    await expect(asking(() => Promise.reject(answered(400)))).rejects.toThrow();
    expect(await asking(async () => "here")).toBe("here");
  });
});

describe("a message to a device in an unavailable region", () => {
  const links = (port: number) => {
    process.env.AWS_ACCESS_KEY_ID = "test";
    process.env.AWS_SECRET_ACCESS_KEY = "test";
    process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE = `http://127.0.0.1:${port}`;
    return deviceLinks({ region: "us-east-1", regions: ["us-east-1", "eu-west-1"] }, "replies");
  };
  const send = (link: ReturnType<typeof links>[number] | undefined) =>
    link?.send("d1", "calls/d1", Buffer.from("{}"));

  it("was not sent when the connection is refused", async () => {
    const [here, there] = links(1);
    expect(await send(there)).toBe("unreachable");
    expect(await send(here)).toBe("unreachable");
  });

  it("may have been sent when the connection was reset, and is not retried for a while", async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      socket.once("data", () => socket.resetAndDestroy());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const [, there] = links((server.address() as { port: number }).port);
    await expect(send(there)).rejects.toThrow();
    expect(await send(there)).toBe("unreachable");
    expect(connections).toBe(1);
  });

  it("is sent by a region that responds that the device is not connected", async () => {
    const server = createServer((_, response) => {
      response.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException" }).end("{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const [, there] = links((server.address() as { port: number }).port);
    expect(await send(there)).toBe("offline");
    expect(await send(there)).toBe("offline");
  });
});
