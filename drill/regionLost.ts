import { setTimeout as wait } from "node:timers/promises";
import { answering, presence } from "./askDevices.ts";
import { openBooks, together } from "./books.ts";
import type { Drill } from "./drill.ts";
import { atMost, exactly, within } from "./found.ts";
import { publishDurably } from "./publishDurably.ts";
import type { Stage } from "./stage.ts";
import { steadily } from "./steadily.ts";
import { waitFor } from "./waitFor.ts";

const sizes = {
  short: { devices: 5, perSecond: 20, awayMs: 6_000 },
  long: { devices: 50, perSecond: 100, awayMs: 60_000 },
} as const;

/** A device waits at random for up to a second, then two, and goes to the next endpoint after each failure. */
const movedMs = 20_000;
const deliveredMs = 40_000;
const agreedMs = 60_000;

/** One of two regions is gone at once, with messages in its queues, and comes back. */
export const regionLost: Drill = {
  name: "region-lost",
  happened: "Any year: a whole region is gone, with what lies in its queues.",
  promise:
    "Devices and users of the API carry on in the other region; what lay in the lost one is delivered when it is back, and both say the same of who is online.",
  cloud: { regions: 2 },
  secondsMax: { short: 240, long: 400 },
  async run(stage, form) {
    const { devices: count, perSecond, awayMs } = sizes[form];
    const { near } = stage.cloud;
    const far = stage.cloud.far();
    const event = `lost-${stage.word}`;
    const books = openBooks(event);
    await stage.deliverInto(event, books);
    const identities = await stage.addDevices(count);
    const devices = identities.map((who) =>
      stage.device(who, { outbox: stage.outbox(who), functions: { echo: () => 4 } }),
    );
    await Promise.all(devices.map((device) => device.connect()));
    const load = steadily(perSecond, publishDurably(devices, event, books));
    stage.atEnd(load.stop);
    await waitFor(() => books.ids().delivered > 2 * perSecond, deliveredMs);
    stage.age();

    // So that something lies in its queues, durable and not delivered, when it goes.
    const stuck = await fillQueues(stage, event);
    await near.control.stop();
    const detectMs = await waitFor(() => devices.every(({ connected }) => !connected), movedMs);
    const movedAfterMs = await waitFor(() => devices.every(({ connected }) => connected), movedMs);
    const movedAt = performance.now();
    const [online, answered] = [
      (await presence(stage, identities, far)).filter((is) => is === true).length,
      await answering(stage, identities, far),
    ];
    await wait(awayMs);
    load.stop();
    // What was acknowledged before may lie in the lost region's queues.
    const carriedOnMs = await waitFor(() => books.missing(movedAt) === 0, deliveredMs);
    const before = { far: books.ids(), stuck: stuck.books.ids() };

    await near.control.start();
    const recoverMs = await waitFor(
      () => stuck.books.missing() + books.missing() === 0,
      deliveredMs,
    );
    const agreeMs = await waitFor(async () => {
      const said = await Promise.all(
        [near, far].map((place) => presence(stage, identities, place)),
      );
      return said.flat().every((is) => is === true);
    }, agreedMs);
    const [ids, stuckIds] = [books.ids(), stuck.books.ids()];
    return {
      checks: [
        within("devices are in the other region by themselves", movedAfterMs, movedMs),
        exactly("devices that its API calls online", online, count),
        exactly("devices that a call through it reaches", answered, count),
        within("their events are delivered there", carriedOnMs, deliveredMs),
        exactly("missing while the region is away", before.stuck.lost, stuckIds.accepted),
        within("what lay in the lost region's queues is delivered", recoverMs, deliveredMs),
        exactly("lost", ids.lost + stuckIds.lost, 0),
        // Whoever moves publishes again what has no ack yet, and the other region has not seen it.
        atMost("repeated", ids.repeated, count * perSecond),
        within("both regions call all devices online", agreeMs, agreedMs),
      ],
      detectMs,
      recoverMs,
      ids: together(ids, stuckIds),
      facts: {
        devices: count,
        "the region was away for": `${awayMs / 1_000} s`,
        "in its queues when it went": stuckIds.accepted,
      },
    };
  },
};

const stuckEvents = 50;

/** Events that the broker has confirmed and no function has taken: they lie in the queue. */
const fillQueues = async (stage: Stage, event: string) => {
  const { near } = stage.cloud;
  const name = `stuck-${event}`;
  const books = openBooks(name);
  await stage.deliverInto(name, books);
  const [who] = await stage.addDevices(1);
  if (who === undefined) throw new Error("no device");
  const device = stage.device(who, { endpoints: [near.mqtt] });
  await device.connect();
  await near.control.stop("functions");
  for (let i = 0; i < stuckEvents; i += 1) {
    const id = books.publish();
    await device.publish(name, id, { durable: false });
    books.accept(id);
  }
  return { books };
};
