import fc from "fast-check";
import { expect, it } from "vitest";
import { tombstoneMs } from "../../../../local/dynamodb/replication/limits.ts";
import { openReplica, type Replica } from "../../../../local/dynamodb/replication/replica.ts";
import { memoryRows } from "./memoryRows.ts";

const table = "t";
const names = ["a-1", "b-1", "c-1"];

/** A region with its own clock, whose process can restart. */
const region = async (name: string) => {
  const kept = memoryRows();
  const others = names.filter((other) => other !== name);
  let nowMs = 1_000;
  let replica: Replica;
  const open = async () => {
    replica = openReplica({ region: name, store: kept.store, now: () => nowMs });
    await replica.join(table, others);
  };
  await open();
  return {
    ...kept,
    open,
    replica: () => replica,
    move: (ms: number) => {
      nowMs += ms;
    },
    now: () => nowMs,
    write: async (key: string, item: object | undefined) => {
      const marks = replica.marksFor({ table, key }, item === undefined ? "deleted" : "put");
      kept.store.write({ table, key }, item, marks);
    },
  };
};

type Region = Awaited<ReturnType<typeof region>>;

const everything = { before: Number.POSITIVE_INFINITY, max: 100 };

/** Sends one batch. The network may lose the response. */
const send = async (from: Region, to: Region, target: string, isAnswered: boolean, max = 100) => {
  const changes = from.replica().pendingChanges(target, { ...everything, max });
  await to.replica().apply(changes);
  if (isAnswered) await from.replica().acknowledge(target, changes);
};

const where = fc.nat(names.length - 1);
const step = fc.oneof(
  fc.record({ do: fc.constant("write"), at: where, key: fc.nat(2), value: fc.nat(99) }),
  fc.record({ do: fc.constant("delete"), at: where, key: fc.nat(2) }),
  fc.record({ do: fc.constant("send"), at: where, to: where, max: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constant("send and hear nothing"), at: where, to: where }),
  fc.record({ do: fc.constant("restart"), at: where }),
  fc.record({
    do: fc.constant("move the clock"),
    at: where,
    ms: fc.integer({ min: -50, max: 50 }),
  }),
);

it("all regions converge after any writes, sends, repeats, losses and restarts", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const regions = await Promise.all(names.map(region));
      const at = (i: number) => regions[i]!;
      for (const one of steps) {
        const here = at(one.at);
        if (one.do === "write" && "value" in one) await here.write(`${one.key}`, { v: one.value });
        else if (one.do === "delete" && "key" in one) await here.write(`${one.key}`, undefined);
        else if ("to" in one && one.to !== one.at) {
          await send(
            here,
            at(one.to),
            names[one.to]!,
            one.do === "send",
            "max" in one ? one.max : 100,
          );
        } else if (one.do === "restart") await here.open();
        else if ("ms" in one) here.move(one.ms);
      }
      for (const from of regions) {
        for (const [i, to] of regions.entries()) {
          if (to !== from) await send(from, to, names[i]!, true);
        }
      }
      for (const { items, replica } of regions) {
        expect(new Map([...items].sort())).toEqual(new Map([...at(0).items].sort()));
        for (const name of names) expect(replica().backlog(name)).toBe(0);
      }
    }),
    { numRuns: 300 },
  );
});

const pair = async () => [await region("a-1"), await region("b-1")] as const;

it("the later write wins, also where the earlier one arrives later", async () => {
  const [one, two] = await pair();
  await one.write("k", { v: "early" });
  const early = one.replica().pendingChanges("b-1", everything);
  two.move(10);
  await two.write("k", { v: "late" });
  await send(two, one, "a-1", true);
  await two.replica().apply(early);
  expect([...one.items.values(), ...two.items.values()]).toEqual([{ v: "late" }, { v: "late" }]);
});

it("a write after another region's is later, even with a slow clock", async () => {
  const [one, two] = await pair();
  one.move(3_600_000);
  await one.write("k", { v: "first" });
  await send(one, two, "b-1", true);
  await two.open();
  await two.write("k", { v: "second" });
  await send(two, one, "a-1", true);
  expect([...one.items.values()]).toEqual([{ v: "second" }]);
});

it("a row that was deleted stays deleted when an earlier write of it arrives", async () => {
  const [one, two] = await pair();
  await one.write("k", { v: 1 });
  const early = one.replica().pendingChanges("b-1", everything);
  two.move(10);
  await two.write("k", undefined);
  await send(two, one, "a-1", true);
  await two.replica().apply(early);
  expect([one.items.size, two.items.size]).toEqual([0, 0]);
});

it("unapplied changes are sent after a restart, oldest first, and not before they are due", async () => {
  const [one] = await pair();
  for (const key of ["x", "y"]) {
    await one.write(key, { v: key });
    one.move(10);
  }
  // It changes again and keeps its position.
  await one.write("x", { v: "x again" });
  await one.open();
  const { pendingChanges } = one.replica();
  expect(pendingChanges("b-1", { before: 999, max: 9 })).toEqual([]);
  expect(pendingChanges("b-1", { before: 1_000, max: 9 })).toMatchObject([
    { item: { v: "x again" } },
  ]);
  expect(pendingChanges("b-1", { before: 1_010, max: 9 })).toMatchObject([
    { key: "x" },
    { key: "y" },
  ]);
});

it("a row that changes in transit is sent again", async () => {
  const [one, two] = await pair();
  await one.write("k", { v: 1 });
  const changes = one.replica().pendingChanges("b-1", everything);
  await one.write("k", { v: 2 });
  await two.replica().apply(changes);
  await one.replica().acknowledge("b-1", changes);
  expect(one.replica().backlog("b-1")).toBe(1);
  await send(one, two, "b-1", true);
  expect([...two.items.values()]).toEqual([{ v: 2 }]);
});

it("a new replica region receives the existing rows", async () => {
  const one = memoryRows();
  one.store.write({ table, key: "old" }, { v: 1 }, []);
  const replica = openReplica({ region: "a-1", store: one.store, now: () => 1_000 });
  await replica.join(table, ["b-1"]);
  const two = await region("b-1");
  await two.replica().apply(replica.pendingChanges("b-1", everything));
  expect([...two.items.values()]).toEqual([{ v: 1 }]);
});

it("removes expired tombstones", async () => {
  const [one] = await pair();
  await one.write("k", undefined);
  const stamps = () => [...one.marks.keys()].filter((key) => key.startsWith("godwit-stamp"));
  await one.open();
  expect(stamps()).toHaveLength(1);
  one.move(tombstoneMs + 1);
  await one.open();
  expect(stamps()).toHaveLength(0);
});
