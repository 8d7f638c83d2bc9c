import { setTimeout as wait } from "node:timers/promises";
import type { Device } from "../../device/device.ts";
import { exactly, formatSeconds, within } from "../checks.ts";
import type { DrillContext, DrillIdentity } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { createEventTracker } from "../load/eventTracker.ts";
import { publishDurably } from "../load/publish.ts";
import { countCallable, onlineStates } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = {
  short: { devices: 10, perSecond: 40, downMs: 3_000 },
  long: { devices: 100, perSecond: 200, downMs: 20_000 },
} as const;

/** Backoff doubles, so the last wait is about as long as the outage. */
const reconnectedMs = (downMs: number): number => 2 * downMs + 15_000;
const detectedMsMax = 5_000;
const onlineMsMax = 15_000;

/** The broker crashes and restarts after a while. */
export const brokerDies: Drill = {
  name: "2018-03-broker-dies",
  incident:
    "2018-03: the only device broker failed with its server; connected devices were unreachable and reported offline.",
  promise:
    "Devices reconnect by themselves and their outboxes lose no event. The API reports no device as offline while it cannot query the broker.",
  pages: {
    required: ["the-broker-does-not-answer"],
    // The state of a device is not known meanwhile: its requests fail.
    allowed: [
      "a-function-fails",
      "a-route-of-the-api-fails",
      "the-api-answers-with-errors",
      "the-api-does-not-work",
    ],
  },
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 240 },
  async run(context, form) {
    const { devices: count, perSecond, downMs } = sizes[form];
    const { primary } = context.cloud;
    const event = `dies-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(count);
    const devices = identities.map((identity) => callableDevice(context, identity));
    await Promise.all(devices.map((device) => device.connect()));
    const load = atFixedRate(perSecond, publishDurably(devices, event, tracker));
    context.onCleanup(load.stop);
    await waitFor(() => tracker.counts().delivered > perSecond, onlineMsMax);
    context.ageConnections();

    context.pages.begin();
    await primary.control.stop("broker");
    const timeToDetectMs = await waitFor(
      () => devices.every(({ connected }) => !connected),
      detectedMsMax,
    );
    const downSince = performance.now();
    const [reported] = await Promise.all([onlineStates(context, identities), wait(downMs)]);
    // The schedule runs `watch` once a minute. The short form does not wait for it.
    if (form === "short") await context.cloud.invoke("Watchwatch").catch(() => {});
    await context.pages.beforeRecovery();
    await primary.control.start("broker");
    const outageMs = performance.now() - downSince;
    const reconnectedMsMax = reconnectedMs(outageMs);
    const timeToRecoverMs = await waitFor(
      () => devices.every(({ connected }) => connected),
      reconnectedMsMax,
    );
    load.stop();
    const onlineMs = await waitFor(
      async () => (await onlineStates(context, identities)).every((is) => is === true),
      onlineMsMax,
    );
    const callable = await countCallable(context, identities);
    const deliveredMs = await waitFor(() => tracker.missing() === 0, reconnectedMsMax);
    await Promise.all(devices.map((device) => device.flush()));
    const counts = tracker.counts();
    return {
      checks: [
        within("every device detects the outage", timeToDetectMs, detectedMsMax),
        exactly(
          "devices reported offline while the broker is down",
          reported.filter((is) => is === false).length,
          0,
        ),
        within("every device reconnects", timeToRecoverMs, reconnectedMsMax),
        within("the API reports all devices online", onlineMs, onlineMsMax),
        exactly("devices reachable by a call", callable, count),
        within("events of the outboxes delivered", deliveredMs, reconnectedMsMax),
        exactly("lost", counts.lost, 0),
        exactly("repeated", counts.repeated, 0),
      ],
      timeToDetectMs,
      timeToRecoverMs,
      counts,
      details: { devices: count, "broker down for": formatSeconds(outageMs) },
    };
  },
};

const callableDevice = (context: DrillContext, identity: DrillIdentity): Device =>
  context.device(identity, { outbox: context.outbox(identity), functions: { echo: () => 7 } });
