import { expect, it } from "vitest";
import { openBoundedPublishers } from "../../../bench/latency/boundedPublishers.ts";

it("publishes at most 100 unacknowledged events for each connection", () => {
  const acknowledge: (() => void)[] = [];
  const publishers = openBoundedPublishers(
    {
      readyFor: async () => {},
      publish: (_, how) => void acknowledge.push(how?.onAcknowledged ?? (() => {})),
      stop: async () => {},
    },
    200,
  );
  let acknowledged = 0;
  const publish = () => publishers.publish("{}", () => (acknowledged += 1));

  expect(Array.from({ length: 200 }, publish).every((isSent) => isSent)).toBe(true);
  expect(publish()).toBe(false);

  acknowledge[0]?.();
  expect([acknowledged, publishers.inFlight()]).toEqual([1, 199]);
  expect(publish()).toBe(true);
});
