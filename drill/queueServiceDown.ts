import { openBooks } from "./books.ts";
import type { Drill } from "./drill.ts";
import { exactly, within } from "./found.ts";
import { waitFor } from "./waitFor.ts";

const sizes = {
  short: { events: 300, withinMs: 30_000 },
  long: { events: 5_000, withinMs: 180_000 },
} as const;

const devices = 4;

/** SQS answers nothing but errors for a while. */
export const queueServiceDown: Drill = {
  name: "queue-service-down",
  happened:
    "2020-10: what was published while the queue's own service failed was lost before any queue.",
  promise:
    "The rule's error action keeps the events in S3; they come back by themselves, in a bounded time, each once per id.",
  cloud: { regions: 1 },
  secondsMax: { short: 240, long: 300 },
  async run(stage, form) {
    const { events, withinMs } = sizes[form];
    const { near } = stage.cloud;
    const event = `kept-${stage.word}`;
    const books = openBooks(event);
    await stage.deliverInto(event, books);
    const identities = await stage.addDevices(devices);
    const clients = identities.map((who) => stage.device(who));
    await Promise.all(clients.map((device) => device.connect()));

    await near.control.fault("queues", { error: { status: 503, code: "ServiceUnavailable" } });
    await Promise.all(
      Array.from({ length: events }, async (_, i) => {
        const id = books.publish();
        await clients[i % devices]?.publish(event, id, { durable: false });
        books.accept(id);
      }),
    );
    const accepted = books.ids().accepted;
    const keptInS3 = books.missing();
    await near.control.fault("queues");
    const begun = performance.now();
    // The template's schedule brings them back once a minute: the tests do not wait for it.
    if (form === "short") await stage.cloud.invoke("recover");
    const isAll = await waitFor(() => books.missing() === 0, withinMs);
    const recoverMs = isAll === undefined ? undefined : performance.now() - begun;
    // Once more: whoever died after the queue had them would bring them back again.
    await stage.cloud.invoke("recover");
    const ids = books.ids();
    return {
      checks: [
        exactly("accepted while the queues failed", accepted, events),
        exactly("kept aside", keptInS3, events),
        within("all are back and delivered", recoverMs, withinMs),
        exactly("lost", ids.lost, 0),
        exactly("repeated", ids.repeated, 0),
      ],
      recoverMs,
      ids,
      facts: {
        "brought back a second": Math.round(events / ((recoverMs ?? withinMs) / 1_000)),
      },
    };
  },
};
