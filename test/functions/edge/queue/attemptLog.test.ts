import { expect, it } from "vitest";
import { batchRecord } from "#shared/delivery/batchRecord.ts";
import { attemptLogEveryMs, attemptLogIntegrationsMax } from "#shared/delivery/limits.ts";
import { openAttemptLog } from "../../../../functions/edge/queue/attemptLog.ts";
import { aDelivery, anIntegration, someTime, stoppedClock } from "../../../memory/samples.ts";

const open = () => {
  const clock = stoppedClock();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = openAttemptLog({ warn: (_, fields) => lines.push(fields), now: clock.now });
  const record = log(batchRecord({ now: clock.now, wanted: () => true }));
  const fail = (integration = anIntegration(), reason = "the target answered 503") =>
    record.recordAttempt(aDelivery(), integration, {
      begun: someTime,
      tookMs: 5,
      ok: false,
      reason,
    });
  return { clock, lines, record, fail };
};

it("logs the first failed attempt of an integration at once, with the reason", () => {
  const { lines, record, fail } = open();
  fail();
  expect(lines).toEqual([
    {
      integration: "integration-1",
      name: "temp for example.com",
      event: "temperature",
      device: aDelivery().event.device,
      attempt: 1,
      reason: "the target answered 503",
    },
  ]);
  expect(record.record().attempts).toHaveLength(1);
});

it("logs no attempt that succeeded", () => {
  const { lines, record } = open();
  const ending = { begun: someTime, tookMs: 5, ok: true, reason: "the target answered 200" };
  record.recordAttempt(aDelivery(), anIntegration(), ending);
  expect(lines).toEqual([]);
});

it("logs one line in a minute for an integration that keeps failing, and counts the others", () => {
  const { clock, lines, fail } = open();
  for (let i = 0; i < 5; i += 1) fail();
  fail(anIntegration({ id: "another" }));
  clock.ms += attemptLogEveryMs;
  fail();
  expect(lines.map(({ integration, failedSince }) => [integration, failedSince])).toEqual([
    ["integration-1", undefined],
    ["another", undefined],
    ["integration-1", 4],
  ]);
});

it("logs no secret of the integration", () => {
  const { lines, fail } = open();
  const auth = { username: "me", password: "correct horse" };
  fail(anIntegration({ auth }), "the target answered 401: correct horse is wrong");
  expect(JSON.stringify(lines)).not.toContain("correct horse");
});

it("tracks a bounded number of integrations", () => {
  const { lines, fail } = open();
  for (let i = 0; i <= attemptLogIntegrationsMax; i += 1) fail(anIntegration({ id: `i${i}` }));
  fail(anIntegration({ id: `i${attemptLogIntegrationsMax}` }));
  fail(anIntegration({ id: "i0" }));
  expect(lines).toHaveLength(attemptLogIntegrationsMax + 2);
});
