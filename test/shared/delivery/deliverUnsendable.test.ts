import { describe, expect, it } from "vitest";
import { deliver } from "#shared/delivery/deliver.ts";
import { aDelivery, anEvent, anIntegration, base64 } from "../../memory/samples.ts";
import { createDeps, deadLettersOf } from "./deliverDeps.ts";

describe("a delivery for which no request can be made", () => {
  const unsendable = [
    anIntegration({ body: "{{#open}}" }),
    anIntegration({ url: "https://{{{PARTICLE_EVENT_VALUE}}} x/" }),
    anIntegration({ headers: { "x-v": "a{{{n}}}b" } }),
    anIntegration({ headers: { "x {{n}}": "1" } }),
  ];
  const event = anEvent({ data: base64('{"n":"\\n"}') });

  it.each(unsendable)("is dead-lettered at once with the reason: %o", async (broken) => {
    const deps = createDeps(200, broken);
    expect(await deliver(aDelivery({ event }), deps)).toBe("deadLettered");
    expect(deps.requests).toEqual([]);
    expect(deps.attempted).toMatchObject([{ failure: expect.any(String) }]);
    expect(deps.ledger.record()).toMatchObject({ attempts: [{ ok: false, number: 1 }] });
    expect(await deadLettersOf(deps)).toMatchObject([
      {
        reason: expect.stringMatching(/^(no request can be made|a template cannot be used): /),
        delivery: { attempts: 0 },
      },
    ]);
  });

  it("does not affect the circuit, however many there are", async () => {
    const deps = createDeps(200, unsendable[2]);
    for (let i = 0; i < 100; i += 1) {
      const bad = { id: `msg_${i}`, event };
      expect(await deliver(aDelivery({ ...bad, attempts: i % 10 }), deps)).toBe("deadLettered");
    }
    expect(await deps.circuitBreaker.tryAcquire("integration-1", deps.now())).toBeUndefined();
    expect(deps.healthRecords.size).toBe(0);
    expect(deps.slowLane.queued).toEqual([]);
    const good = anEvent({ data: base64('{"n":"fine"}') });
    expect(await deliver(aDelivery({ event: good }), deps)).toBe("delivered");
    expect(deps.requests).toMatchObject([{ headers: { "x-v": "afineb" } }]);
  });

  it("is not held while the circuit is open, and uses up no probe", async () => {
    const deps = createDeps(500, unsendable[2]);
    const good = () => aDelivery({ event: anEvent({ data: base64('{"n":"x"}') }) });
    while ((await deliver(good(), deps)) === "retried");
    const until = await deps.circuitBreaker.tryAcquire("integration-1", deps.now());
    expect(await deliver(aDelivery({ event }), deps)).toBe("deadLettered");
    deps.clock.ms = until ?? 0;
    expect(await deliver(aDelivery({ event }), deps)).toBe("deadLettered");
    expect(await deps.circuitBreaker.tryAcquire("integration-1", deps.now())).toBeUndefined();
  });
});
