import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryOutbox } from "../../../device/outbox/memoryOutbox.ts";
import { createSender } from "../../../device/outbox/sender.ts";
import { manualClock } from "../support/manualClock.ts";

const set = async (count = 0) => {
  const clock = manualClock();
  const outbox = memoryOutbox();
  const sent: string[] = [];
  const sender = createSender({ outbox, clock, send: ({ id }) => sent.push(id) });
  const add = async (id: string) => {
    await outbox.add({ id, name: "n", data: Buffer.from(id) });
    sender.sendDue();
  };
  for (let n = 0; n < count; n += 1) await add(String(n));
  return { clock, outbox, sent, sender, add };
};

const upTo = (count: number) => Array.from({ length: count }, (_, n) => String(n));

it("sends nothing while disconnected, then the oldest event first", async () => {
  const { sent, sender, add } = await set(3);
  expect(sent).toEqual([]);
  sender.start();
  expect(sent).toEqual(["0", "1", "2"]);
  await add("3");
  expect(sent).toEqual(["0", "1", "2", "3"]);
});

it("has at most 50 events in flight and sends the next ones as acks arrive", async () => {
  const { sent, sender } = await set(60);
  sender.start();
  expect(sent).toEqual(upTo(50));
  await sender.acknowledge(["7", "3"]);
  expect(sent).toEqual(upTo(52));
});

it("repeats an event with the same id 30 s after the last publish, not earlier", async () => {
  const { clock, sent, sender, add } = await set(1);
  sender.start();
  clock.advance(10_000);
  await add("1");
  clock.advance(19_999);
  expect(sent).toEqual(["0", "1"]);
  clock.advance(1);
  expect(sent).toEqual(["0", "1", "0"]);
  clock.advance(10_000);
  expect(sent).toEqual(["0", "1", "0", "1"]);
  await sender.acknowledge(["0", "1"]);
  clock.advance(100_000);
  expect(sent).toHaveLength(4);
});

it("repeats all unacknowledged events on a new connection, in order", async () => {
  const { clock, sent, sender } = await set(4);
  sender.start();
  await sender.acknowledge(["1"]);
  sender.stop();
  clock.advance(100_000);
  expect(sent.splice(0)).toHaveLength(4);
  sender.start();
  expect(sent).toEqual(["0", "2", "3"]);
});

it("resolves flush when all events of that moment are acknowledged", async () => {
  const { sender, add } = await set(2);
  let isFlushed = false;
  const flushing = sender.flush().then(() => {
    isFlushed = true;
  });
  sender.start();
  await add("later");
  await sender.acknowledge(["1"]);
  await sender.acknowledge(["later"]);
  await add("even later");
  expect(isFlushed).toBe(false);
  await sender.acknowledge(["0"]);
  await flushing;
  await (await set()).sender.flush();
});

it("delivers every event despite lost connections, publishes and acks", async () => {
  const step = fc.constantFrom("add", "lose", "connect", "wait", "store", "ack");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, outbox, sent, sender, add } = await set();
      const stored = new Set<string>();
      let added = 0;
      const store = () => sent.splice(0).forEach((id) => void stored.add(id));
      for (const each of steps) {
        if (each === "add") await add(String(added++));
        else if (each === "lose") {
          // Events in flight may be lost with the connection.
          sender.stop();
          sent.splice(0);
        } else if (each === "connect") sender.start();
        else if (each === "wait") clock.advance(7_000);
        else if (each === "store") store();
        else await sender.acknowledge([...stored].slice(-3));
        const waiting = new Set(outbox.first(outbox.size).map(({ id }) => id));
        const unstored = upTo(added).filter((id) => !stored.has(id));
        expect(unstored.every((id) => waiting.has(id))).toBe(true);
      }
      sender.start();
      while (outbox.size > 0) {
        clock.advance(30_000);
        store();
        await sender.acknowledge([...stored]);
      }
      expect([...stored].toSorted()).toEqual(upTo(added).toSorted());
    }),
  );
});

it("sets no timer when all events are acknowledged", async () => {
  const { clock, sender } = await set(2);
  sender.start();
  await sender.acknowledge(["0"]);
  expect(clock.nextMs()).toBe(30_000);
  await sender.acknowledge(["1"]);
  expect(clock.nextMs()).toBeUndefined();
});
