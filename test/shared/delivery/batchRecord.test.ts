import { describe, expect, it } from "vitest";
import { batchRecord } from "#shared/delivery/batchRecord.ts";
import { attemptBodyCharsMax } from "#shared/delivery/limits.ts";
import { renderRequest } from "#shared/integration/request/targetRequest.ts";
import { attemptSampleMs, attemptsSampledMax } from "#shared/ledger/limits.ts";
import { sampleAttempts } from "#shared/ledger/sampleAttempts.ts";
import { aDelivery, anIntegration, base64, someTime, stoppedClock } from "../../memory/samples.ts";

const clock = stoppedClock();
const open = () => batchRecord({ now: clock.now, wanted: () => true });
const ending = { begun: someTime, tookMs: 12, ok: true, reason: "the target answered 200" };

describe("the record of a batch", () => {
  it("has the last outcome of each delivery and the time of its next attempt", () => {
    const ledger = open();
    const delivery = aDelivery({ acceptedAt: someTime - 5, attempts: 2 });
    ledger.recordOutcome(delivery, "waiting", someTime + 9);
    ledger.recordOutcome({ ...delivery, id: "msg_2" }, "dead");
    ledger.recordOutcome({ ...delivery, id: "msg_2" }, "delivered");
    const known = {
      event: delivery.event.id,
      acceptedAt: someTime - 5,
      integration: delivery.integration,
      at: someTime,
      failed: 2,
    };
    expect(ledger.record().outcomes).toEqual([
      { ...known, state: "waiting", due: someTime + 9 },
      { ...known, state: "delivered" },
    ]);
  });

  it("omits deliveries from before the ledger", () => {
    const ledger = open();
    ledger.recordOutcome(aDelivery(), "delivered");
    expect(ledger.record().outcomes).toEqual([]);
  });

  it("shows an attempt with its request, reply, duration and the time of the next one", () => {
    const ledger = open();
    const delivery = aDelivery({ acceptedAt: someTime, attempts: 1 });
    const reply = { status: 503, body: "busy", contentType: "text/plain", retryAfter: "9" };
    const failed = { ...ending, ok: false, reply, reason: "the target answered 503" };
    const request = renderRequest(anIntegration(), delivery);
    ledger.recordAttempt(delivery, anIntegration(), { ...failed, request });
    ledger.recordOutcome({ ...delivery, attempts: 2 }, "waiting", someTime + 99);
    expect(ledger.record().attempts).toMatchObject([
      {
        delivery: "msg_1",
        number: 2,
        at: someTime,
        tookMs: 12,
        ok: false,
        reason: "the target answered 503",
        next: someTime + 99,
        request: { method: "POST", url: "https://example.com/hook" },
        reply,
      },
    ]);
  });

  it("masks secrets, also those that the target repeats", () => {
    const auth = { username: "someone", password: 'p"ss wörd' };
    const integration = anIntegration({
      auth,
      headers: { "x-key": "s3cretKey" },
      signing: { secret: "whsec_c2lnbmluZw==" },
    });
    const basic = base64(`${auth.username}:${auth.password}`);
    const echoed = JSON.stringify({
      authorization: `Basic ${basic}`,
      key: "s3cretKey",
      password: auth.password,
      url: `/?p=${encodeURIComponent(auth.password)}`,
    });
    const ledger = open();
    const request = renderRequest(integration, aDelivery());
    ledger.recordAttempt(aDelivery(), integration, {
      ...ending,
      request,
      reply: { status: 200, body: echoed },
    });
    const told = JSON.stringify(ledger.record());
    expect(told).toContain("x-key");
    for (const secret of ["s3cretKey", "p\\", "ss w", "ss%20w", basic, "c2lnbmluZw", "someone"]) {
      expect(told, secret).not.toContain(secret);
    }
  });

  it("truncates long texts", () => {
    const ledger = open();
    const body = "x".repeat(60_000);
    const integration = anIntegration({
      json: body,
      url: `https://example.com/${body}`.slice(0, 9_000),
    });
    const reply = { status: 200, body };
    const request = renderRequest(integration, aDelivery());
    ledger.recordAttempt(aDelivery(), integration, { ...ending, request, reply });
    expect(JSON.stringify(ledger.record()).length).toBeLessThan(4 * attemptBodyCharsMax);
  });

  it("shows an attempt without a request", () => {
    const ledger = open();
    const reason = "the URL cannot be used";
    const bad = anIntegration({ url: "https://{{{PARTICLE_EVENT_VALUE}}}:x" });
    ledger.recordAttempt(aDelivery(), bad, { ...ending, ok: false, reason });
    const [told] = ledger.record().attempts;
    expect(told).toMatchObject({ ok: false, reason });
    expect(told?.request).toBeUndefined();
  });
});

it("samples attempts per integration and time, failed ones separately", () => {
  const time = stoppedClock();
  const wanted = sampleAttempts({ now: time.now });
  const told = (ok: boolean) =>
    Array.from({ length: 100 }, () => wanted("a", ok)).filter(Boolean).length;
  expect([told(true), told(false), told(true)]).toEqual([
    attemptsSampledMax,
    attemptsSampledMax,
    0,
  ]);
  expect(wanted("b", true)).toBe(true);
  time.ms += attemptSampleMs;
  expect(told(true)).toBe(attemptsSampledMax);
});
