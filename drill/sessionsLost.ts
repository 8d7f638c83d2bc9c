import * as z from "zod";
import { answering, askEach, presence } from "./askDevices.ts";
import { openBooks } from "./books.ts";
import { connectAll } from "./connectAll.ts";
import type { Drill } from "./drill.ts";
import { exactly, within } from "./found.ts";
import type { DrillIdentity, Stage } from "./stage.ts";
import { waitFor } from "./waitFor.ts";

const sizes = { short: { devices: 25 }, long: { devices: 500 } } as const;

const table = "godwit-sessions";
const firmware = "2019.5";
/** From the first message of the last device. */
const healedMs = 30_000;

/** All sessions are gone while devices are connected that never say hello again by themselves. */
export const sessionsLost: Drill = {
  name: "2019-05-sessions-lost",
  happened:
    "2019-05: the cache of sessions crashed and lost everything; 500 sleepy devices went on with sessions that the cloud no longer knew, until somebody cut their power.",
  promise:
    "From a device's first message on its session is back and complete, and calls reach it. Nobody cuts power.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 600 },
  async run(stage, form) {
    const { devices: count } = sizes[form];
    const event = `woke-${stage.word}`;
    const books = openBooks(event);
    await stage.deliverInto(event, books);
    const identities = await stage.addDevices(count);
    const devices = identities.map((who) =>
      stage.device(who, { firmware, functions: { echo: () => 5 }, wakeSeconds: 600 }),
    );
    await connectAll(devices);
    const knownMs = await waitFor(() => allKnown(stage, identities), healedMs);

    await stage.cloud.near.control.wipe(table);
    const forgotten = (await known(stage, identities)).filter((is) => !is).length;
    for (const device of devices) {
      const id = books.publish();
      await device.publish(event, id);
      books.accept(id);
    }
    const recoverMs = await waitFor(() => allKnown(stage, identities), healedMs);
    const answered = await answering(stage, identities);
    const online = (await presence(stage, identities)).filter((is) => is === true).length;
    const deliveredMs = await waitFor(() => books.missing() === 0, healedMs);
    const ids = books.ids();
    return {
      checks: [
        within("sessions are complete before", knownMs, healedMs),
        exactly("sessions that the cloud no longer knew", forgotten, count),
        within("every session is back and complete after one message each", recoverMs, healedMs),
        exactly("devices that a call reaches", answered, count),
        exactly("devices that the API calls online", online, count),
        within("the messages are delivered", deliveredMs, healedMs),
        exactly("lost", ids.lost, 0),
      ],
      recoverMs,
      ids,
      facts: { devices: count },
    };
  },
};

const shown = z.object({ firmware: z.string().nullable(), functions: z.array(z.string()) });

/** Whether the cloud knows of each device what it runs and what it offers. */
const known = (stage: Stage, identities: readonly DrillIdentity[]): Promise<boolean[]> =>
  askEach(identities, async ({ id }) => {
    const { status, body } = await stage.api("GET", `/v1/devices/${id}`);
    if (status !== 200) return false;
    const said = shown.parse(body);
    return said.firmware === firmware && said.functions.includes("echo");
  });

const allKnown = async (stage: Stage, identities: readonly DrillIdentity[]): Promise<boolean> =>
  (await known(stage, identities)).every((is) => is);
