import * as z from "zod";
import { exactly, within } from "../checks.ts";
import type { DrillContext, DrillIdentity } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { connectAll } from "../load/connectAll.ts";
import { connectPublisher } from "../load/connectPublisher.ts";
import { createEventTracker } from "../load/eventTracker.ts";
import { publishConfirmed } from "../load/publish.ts";
import { countCallable, onlineStates, queryEach } from "../load/queryDevices.ts";
import { waitFor } from "../load/waitFor.ts";

const sizes = { short: { devices: 25 }, long: { devices: 500 } } as const;

const table = "godwit-sessions";
const firmware = "2019.5";
/** Bound after the first message of the last device. */
const recoveredMs = 30_000;

/** The table of sessions is wiped while sleepy devices are connected, which send no hello again. */
export const sessionsLost: Drill = {
  name: "2019-05-sessions-lost",
  incident:
    "2019-05: the session cache crashed and lost all sessions; 500 sleepy devices kept connections that the cloud no longer knew, until they were power-cycled.",
  promise:
    "After a device's first message its session is complete again and calls reach it. No device is power-cycled.",
  pages: { required: ["the-sessions-of-devices-were-lost"], allowed: [] },
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 600 },
  async run(context, form) {
    const { devices: count } = sizes[form];
    const event = `woke-${context.runId}`;
    const tracker = createEventTracker(event);
    await context.trackDeliveries(event, tracker);
    const identities = await context.addDevices(count);
    const devices = identities.map((identity) =>
      context.device(identity, { firmware, functions: { echo: () => 5 }, wakeSeconds: 600 }),
    );
    await connectAll(devices);
    const awake = await publishAllTheTime(context);
    const completeMs = await waitFor(() => areAllComplete(context, identities), recoveredMs);

    context.pages.begin();
    await context.cloud.primary.control.wipe(table);
    const lostSessions = (await completeSessions(context, identities)).filter((is) => !is).length;
    for (const device of devices) {
      const id = tracker.publish();
      await device.publish(event, id);
      tracker.recordAccepted(id);
    }
    const timeToRecoverMs = await waitFor(() => areAllComplete(context, identities), recoveredMs);
    await context.pages.beforeRecovery();
    awake.stop();
    const callable = await countCallable(context, identities);
    const online = (await onlineStates(context, identities)).filter((is) => is === true).length;
    const deliveredMs = await waitFor(() => tracker.missing() === 0, recoveredMs);
    const counts = tracker.counts();
    return {
      checks: [
        within("sessions complete before the failure", completeMs, recoveredMs),
        exactly("sessions lost", lostSessions, count),
        within("every session complete after one message", timeToRecoverMs, recoveredMs),
        exactly("devices reachable by a call", callable, count),
        exactly("devices that the API reports online", online, count),
        within("messages delivered", deliveredMs, recoveredMs),
        exactly("lost", counts.lost, 0),
      ],
      timeToRecoverMs,
      counts,
      details: { devices: count },
    };
  },
};

const awakePerSecond = 5;

/** A device that is awake publishes: workers know the table of sessions before it is lost. */
const publishAllTheTime = async (context: DrillContext) => {
  const event = `awake-${context.runId}`;
  const { device, tracker } = await connectPublisher(context, event);
  const load = atFixedRate(awakePerSecond, publishConfirmed([device], event, tracker));
  context.onCleanup(load.stop);
  await waitFor(() => tracker.counts().delivered > awakePerSecond, recoveredMs);
  return load;
};

const deviceView = z.object({ firmware: z.string().nullable(), functions: z.array(z.string()) });

/** Returns for each device whether the cloud knows its firmware and functions. */
const completeSessions = (
  context: DrillContext,
  identities: readonly DrillIdentity[],
): Promise<boolean[]> =>
  queryEach(identities, async ({ id }) => {
    const { status, body } = await context.api("GET", `/v1/devices/${id}`);
    if (status !== 200) return false;
    const view = deviceView.parse(body);
    return view.firmware === firmware && view.functions.includes("echo");
  });

const areAllComplete = async (
  context: DrillContext,
  identities: readonly DrillIdentity[],
): Promise<boolean> => (await completeSessions(context, identities)).every((is) => is);
