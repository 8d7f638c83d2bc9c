import { expect, it, onTestFinished } from "vitest";
import { writePayload } from "../../../bench/latency/payload.ts";
import { startLossTarget } from "../../../bench/loss/lossTarget.ts";

const aTarget = async () => {
  const target = await startLossTarget();
  onTestFinished(target.stop);
  const post = (seq: number, signal?: AbortSignal) =>
    fetch(target.url, { method: "POST", body: writePayload({ run: 0, seq, at: 0 }), signal });
  return { ...target, post };
};

it("counts answered requests", async () => {
  const { post, tracker } = await aTarget();
  expect((await post(1)).status).toBe(200);
  expect(tracker.arrivals()).toBe(1);
});

it("does not count requests answered with 503, and answers again afterwards", async () => {
  const { post, tracker, refuseFor } = await aTarget();
  const refusing = refuseFor(300);
  expect((await post(1)).status).toBe(503);
  await refusing;
  expect((await post(2)).status).toBe(200);
  expect(tracker.arrivals()).toBe(1);
});

it("counts requests that it has read while it hangs", async () => {
  const { post, tracker, hang, recover } = await aTarget();
  hang();
  const leaving = new AbortController();
  const hung = post(1, leaving.signal).catch(() => "no answer");
  await expect.poll(() => tracker.arrivals()).toBe(1);
  recover();
  expect((await post(2)).status).toBe(200);
  leaving.abort();
  expect(await hung).toBe("no answer");
});
