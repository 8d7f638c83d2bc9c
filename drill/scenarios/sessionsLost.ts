import * as z from "zod";
import { exactly, within } from "../checks.ts";
import type { DrillContext, DrillIdentity } from "../context.ts";
import type { Drill } from "../drill.ts";
import { connectAll } from "../load/connectAll.ts";
import { createEventTracker } from "../load/eventTracker.ts";
import { countCallable, onlineStates, queryEach } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = { short: { devices: 25 }, long: { devices: 500 } } as const;

const table = "godwit-sessions";
const firmware = "2019.5";
/** From the first message of the last device. */
const recoveredMs = 30_000;

/** All sessions are gone while devices are connected that never say hello again by themselves. */
export const sessionsLost: Drill = {
  name: "2019-05-sessions-lost",
  incident:
    "2019-05: the cache of sessions crashed and lost everything; 500 sleepy devices went on with sessions that the cloud no longer knew, until somebody cut their power.",
  promise:
    "From a device's first message on its session is back and complete, and calls reach it. Nobody cuts power.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 600 },
  async run(context, form) {
    const { devices: count } = sizes[form];
    const event = `woke-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(count);
    const devices = identities.map((who) =>
      context.device(who, { firmware, functions: { echo: () => 5 }, wakeSeconds: 600 }),
    );
    await connectAll(devices);
    const knownMs = await waitFor(() => allKnown(context, identities), recoveredMs);

    await context.cloud.primary.control.wipe(table);
    const forgotten = (await known(context, identities)).filter((is) => !is).length;
    for (const device of devices) {
      const id = tracker.publish();
      await device.publish(event, id);
      tracker.recordAccepted(id);
    }
    const timeToRecoverMs = await waitFor(() => allKnown(context, identities), recoveredMs);
    const answered = await countCallable(context, identities);
    const online = (await onlineStates(context, identities)).filter((is) => is === true).length;
    const deliveredMs = await waitFor(() => tracker.missing() === 0, recoveredMs);
    const counts = tracker.counts();
    return {
      checks: [
        within("sessions are complete before", knownMs, recoveredMs),
        exactly("sessions that the cloud no longer knew", forgotten, count),
        within(
          "every session is back and complete after one message each",
          timeToRecoverMs,
          recoveredMs,
        ),
        exactly("devices that a call reaches", answered, count),
        exactly("devices that the API calls online", online, count),
        within("the messages are delivered", deliveredMs, recoveredMs),
        exactly("lost", counts.lost, 0),
      ],
      timeToRecoverMs,
      counts,
      details: { devices: count },
    };
  },
};

const shown = z.object({ firmware: z.string().nullable(), functions: z.array(z.string()) });

/** Whether the cloud knows of each device what it runs and what it offers. */
const known = (context: DrillContext, identities: readonly DrillIdentity[]): Promise<boolean[]> =>
  queryEach(identities, async ({ id }) => {
    const { status, body } = await context.api("GET", `/v1/devices/${id}`);
    if (status !== 200) return false;
    const said = shown.parse(body);
    return said.firmware === firmware && said.functions.includes("echo");
  });

const allKnown = async (
  context: DrillContext,
  identities: readonly DrillIdentity[],
): Promise<boolean> => (await known(context, identities)).every((is) => is);
