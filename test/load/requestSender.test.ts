import { createServer } from "node:http";
import { afterEach, expect, it } from "vitest";
import { stopAll } from "../../bench/system/cleanup.ts";
import { listen } from "../../bench/system/listen.ts";
import { openRequestSender, outcomeOf } from "../../load/process/requestSender.ts";

afterEach(stopAll);

const headers = { "retry-after": "5" };

it("takes a 429 and a 503 as refusals only if they say when to repeat", () => {
  const body = '{"error":"too_many_requests","error_description":"16 calls wait"}';
  expect(outcomeOf({ status: 429, body, headers })).toEqual({
    result: "refused",
    reason: "429 16 calls wait",
  });
  expect(outcomeOf({ status: 503, body: "busy", headers: {} })).toEqual({
    result: "failed",
    reason: "503 busy (without Retry-After)",
  });
  expect(outcomeOf({ status: 500, body: "", headers }).result).toBe("failed");
});

it("takes another reply than the expected one as a failure", () => {
  const answer = { status: 200, body: '{"return_value":7}', headers: {} };
  expect(outcomeOf(answer, '"return_value":7')).toEqual({ result: "accepted" });
  expect(outcomeOf(answer, '"return_value":8').result).toBe("failed");
});

it("sends the requests of a unit one after the other, with the cookies of the earlier ones", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.cookie ?? ""}`);
    response.setHeader("set-cookie", "session=abc; HttpOnly").end("ok");
  });
  const { url } = await listen(server);
  const sender = openRequestSender({
    kind: "request",
    base: url,
    sequences: [
      [
        { method: "POST", path: "/sign-in/{seq}", headers: {} },
        { method: "GET", path: "/devices", headers: {} },
      ],
    ],
  });
  const unit = { lane: 0, round: 0, seq: 3, dueAt: 0, onSent: () => {} };
  expect(await sender.send(unit)).toEqual({ result: "accepted" });
  await sender.stop();
  expect(seen).toEqual(["POST /sign-in/3 ", "GET /devices session=abc"]);
});

it("takes a refused connection as a refusal: nothing was executed", async () => {
  const server = createServer();
  const { url, stop } = await listen(server);
  await stop();
  const step = { method: "GET", path: "/", headers: {} };
  const sender = openRequestSender({ kind: "request", base: url, sequences: [[step]] });
  const unit = { lane: 0, round: 0, seq: 0, dueAt: 0, onSent: () => {} };
  expect(await sender.send(unit)).toMatchObject({ result: "refused" });
  await sender.stop();
});

it("has no answer from a server that closes the connection", async () => {
  const server = createServer((request) => request.socket.destroy());
  const { url } = await listen(server);
  const step = { method: "GET", path: "/", headers: {} };
  const sender = openRequestSender({ kind: "request", base: url, sequences: [[step]] });
  const unit = { lane: 0, round: 0, seq: 0, dueAt: 0, onSent: () => {} };
  expect(await sender.send(unit)).toMatchObject({ result: "unanswered" });
  await sender.stop();
});
