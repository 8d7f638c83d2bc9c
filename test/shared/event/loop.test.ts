import { expect, it } from "vitest";
import { hopsMax } from "#shared/delivery/limits.ts";
import { acceptEvent } from "#shared/event/deviceEvent.ts";
import { publishEvent } from "#shared/event/publishEvent.ts";
import { hopsHeader, readHops } from "#shared/integration/kind/hops.ts";
import { renderRequest } from "#shared/integration/request/targetRequest.ts";
import { memoryBroker } from "../../memory/platform/broker.ts";
import { anIntegration, someTime } from "../../memory/samples.ts";

it("a loop ends if its targets return the hops header, for any number of targets", async () => {
  const hooks = ["a", "b", "c"].map((id) => anIntegration({ id, headers: { "Godwit-Hops": "0" } }));
  const events = [{ topic: "events/f1/device/n", hops: 0 }];
  let requests = 0;
  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    const received = { topic: event.topic, receivedAt: someTime, id: "uuid", data: "" };
    const accepted = acceptEvent(received)!.event;
    expect(accepted.hops ?? 0).toBe(event.hops);
    if (event.hops >= hopsMax) continue;
    for (const hook of hooks) {
      requests += 1;
      const { headers } = renderRequest(hook, { id: "msg_1", event: accepted });
      const broker = memoryBroker();
      const hops = readHops(headers[hopsHeader]);
      await publishEvent("f1", { name: "n", data: "" }, { broker, now: () => someTime, hops });
      events.push({ topic: broker.published[0]!.topic, hops: event.hops + 1 });
    }
  }
  expect(requests).toBe(3 + 9 + 27);
});

it.each([undefined, "", "x", "-1", "1.5", "100", "1, 2"])(
  "ignores a hops header of %j",
  (given) => {
    expect(readHops(given)).toBe(0);
  },
);
