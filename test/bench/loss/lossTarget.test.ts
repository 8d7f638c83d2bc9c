import { expect, it, onTestFinished } from "vitest";
import { startLossTarget } from "../../../bench/loss/lossTarget.ts";
import { writePayload } from "../../../bench/payload.ts";

const aTarget = async () => {
  const target = await startLossTarget();
  onTestFinished(target.stop);
  const post = (seq: number, signal?: AbortSignal) =>
    fetch(target.url, { method: "POST", body: writePayload({ run: 0, seq, at: 0 }), signal });
  return { ...target, post };
};

it("counts what it answered", async () => {
  const { post, ledger } = await aTarget();
  expect((await post(1)).status).toBe(200);
  expect(ledger.arrivals()).toBe(1);
});

it("does not count what it answered with 503, and answers again afterwards", async () => {
  const { post, ledger, refuseFor } = await aTarget();
  const refusing = refuseFor(300);
  expect((await post(1)).status).toBe(503);
  await refusing;
  expect((await post(2)).status).toBe(200);
  expect(ledger.arrivals()).toBe(1);
});

it("counts what it took whole while it hangs, without an answer", async () => {
  const { post, ledger, hang, recover } = await aTarget();
  hang();
  const leaving = new AbortController();
  const hung = post(1, leaving.signal).catch(() => "no answer");
  await expect.poll(() => ledger.arrivals()).toBe(1);
  recover();
  expect((await post(2)).status).toBe(200);
  leaving.abort();
  expect(await hung).toBe("no answer");
});
