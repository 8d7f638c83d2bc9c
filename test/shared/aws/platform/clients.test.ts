import { describe, expect, it } from "vitest";
import { failFast, standardRetry } from "#shared/aws/platform/clients.ts";
import { deliverTimeoutSeconds, responsesWaitMs } from "#shared/delivery/limits.ts";
import { seenLeaseSeconds } from "#shared/event/limits.ts";
import { furtherRequestMs } from "#shared/integration/request/limits.ts";
import { routeTimeoutSeconds } from "#shared/routing/limits.ts";
import { targetTimeoutMs } from "#shared/target/limits.ts";

/** How long a call to a service takes that never answers. */
const hangMs = standardRetry.maxAttempts * standardRetry.requestHandler.requestTimeout;

// A function that exceeds its timeout loses its cache, and returns events to the queue whose
// deliveries are already queued.
describe("the timeout of a worker exceeds the sum of its calls to services that hang", () => {
  it("route: the seen events, the integrations, and the queue or the broker", () => {
    expect(routeTimeoutSeconds * 1_000).toBeGreaterThan(3 * hangMs);
    expect(routeTimeoutSeconds).toBeLessThan(seenLeaseSeconds);
  });

  it("deliver: the integrations, keys, the target, the table and the queue or the dead letters, and the broker", () => {
    const { maxAttempts, requestHandler } = failFast;
    const keysMs = 2 * maxAttempts * requestHandler.requestTimeout;
    const targetMs = furtherRequestMs + targetTimeoutMs;
    const allMs = 3 * hangMs + keysMs + targetMs + responsesWaitMs;
    expect(deliverTimeoutSeconds * 1_000).toBeGreaterThan(allMs);
  });
});
