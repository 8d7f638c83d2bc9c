import type * as http from "node:http";
import type * as net from "node:net";
import { describe, expect, it, vi } from "vitest";
import { httpPost } from "#shared/http/post.ts";
import { targetSocketsKeptMax, targetSocketsMax } from "#shared/target/limits.ts";
import { request, target, unavailable } from "./support/targets.ts";

const post = httpPost({ targets: "any" });

describe("the connection of a request", () => {
  it("reuses a connection", async () => {
    const ports = new Set<number | undefined>();
    const url = await target((incoming, outgoing) => {
      ports.add(incoming.socket.remotePort);
      outgoing.end();
    });
    for (let i = 0; i < 5; i += 1) await post(request(url));
    expect(ports.size).toBe(1);
  });

  it("is repeated if an idle connection turns out to be closed", async () => {
    let asked = 0;
    const url = await target((incoming, outgoing) => {
      asked += 1;
      if (asked === 2) incoming.socket.destroy();
      else outgoing.end(`${asked}`);
    });
    await post(request(url));
    expect(await post(request(url))).toMatchObject({ status: 200, body: "3" });
  });

  it("is repeated at most once", async () => {
    let asked = 0;
    const url = await target((incoming, outgoing) => {
      asked += 1;
      if (asked > 1) incoming.socket.destroy();
      else outgoing.end();
    });
    await post(request(url));
    await expect(post(request(url))).rejects.toThrow(unavailable(/ECONNRESET/));
    expect(asked).toBe(3);
  });

  it("opens a bounded number of connections to one target", async () => {
    const open = { now: 0, most: 0 };
    const held: http.ServerResponse[] = [];
    const full = Promise.withResolvers<void>();
    const url = await target((_, outgoing) => {
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      outgoing.on("close", () => {
        open.now -= 1;
      });
      held.push(outgoing);
      if (held.length === targetSocketsMax) full.resolve();
      if (held.length > targetSocketsMax) outgoing.end();
    });
    const all = Array.from({ length: targetSocketsMax + 5 }, () => post(request(url)));
    await full.promise;
    for (const outgoing of held.slice(0, targetSocketsMax)) outgoing.end();
    await Promise.all(all);
    expect(open.most).toBe(targetSocketsMax);
  });

  it("keeps a bounded number of idle connections to all targets", async () => {
    const open = new Set<net.Socket>();
    const answer: http.RequestListener = ({ socket }, outgoing) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      outgoing.end("ok");
    };
    for (let i = 0; i < targetSocketsKeptMax * 2 + 5; i += 1) {
      expect(await post(request(await target(answer)))).toMatchObject({ body: "ok" });
    }
    await vi.waitFor(() => expect(open.size).toBe(targetSocketsKeptMax));
  });
});
