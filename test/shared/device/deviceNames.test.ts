import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Device } from "#shared/device/device.ts";
import { unclaimDevice } from "#shared/device/fleet/claimDevice.ts";
import { addToProduct } from "#shared/device/fleet/productDevices.ts";
import { nameReservationMs } from "#shared/device/limits.ts";
import { addDevice } from "#shared/device/provision/addDevice.ts";
import { updateDevice } from "#shared/device/updateDevice.ts";
import { memoryCertificates } from "../../memory/device/certificates.ts";
import { memoryDeviceNames } from "../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryProvisioning } from "../../memory/device/provisioning.ts";
import { memoryRegistry } from "../../memory/device/registry.ts";
import { stoppedClock } from "../../memory/samples.ts";
import { everyOrder, takeTurns } from "../../memory/turns.ts";

const fleet = "f1";
const device = (digit: string, name?: string, where = fleet): Device => ({
  id: digit.repeat(24),
  fleet: where,
  owner: "a@b.c",
  createdAt: "2025",
  ...(name !== undefined && { name }),
});
const product = {
  id: 1,
  name: "Thermostat",
  description: "",
  platformId: 0,
  owner: "a@b.c",
  fleet: "p1",
  createdAt: "",
};

const world = (...given: Device[]) => {
  const clock = stoppedClock();
  const turns = takeTurns();
  const devices = memoryDevices(given);
  const names = memoryDeviceNames();
  const registry = memoryRegistry();
  const plain = {
    devices,
    deviceNames: names,
    registries: [registry] as const,
    provisioning: memoryProvisioning(),
    certificates: memoryCertificates(),
    links: [],
    now: clock.now,
    onError: () => {},
  };
  const depsOf = (worker: string) => ({
    ...plain,
    devices: turns.wrap(worker, devices),
    deviceNames: turns.wrap(worker, names),
  });
  return { clock, turns, depsOf, plain };
};

type World = ReturnType<typeof world>;
type Work = (deps: ReturnType<World["depsOf"]>) => Promise<unknown>;

const rename =
  (id: string, name: string): Work =>
  async (deps) => {
    const found = await deps.devices.find(id);
    if (found) await updateDevice(found, { name }, deps);
  };
const add =
  (name: string): Work =>
  (deps) =>
    addDevice({ name }, { fleet, owner: "a@b.c" }, deps);
const release =
  (id: string): Work =>
  async (deps) => {
    const found = await deps.devices.find(id);
    if (found?.fleet === fleet) await unclaimDevice(found, deps);
  };
const toProduct =
  (id: string): Work =>
  (deps) =>
    addToProduct([id], { product, from: fleet, canClaim: async () => true }, deps);

/** Runs all at the same time. Returns how each ended. */
const race = async (
  here: World,
  works: readonly Work[],
  choose: (count: number) => number,
  onTurn?: (worker: string) => void,
): Promise<(string | undefined)[]> => {
  const outcomes: (string | undefined)[] = works.map(() => undefined);
  for (const [i, work] of works.entries()) {
    work(here.depsOf(String(i))).then(
      () => {
        outcomes[i] = "done";
      },
      (error) => {
        outcomes[i] = error.code ?? String(error);
      },
    );
  }
  await here.turns.run(choose, onTurn);
  return outcomes;
};

const namesIn = async ({ plain }: World, where = fleet): Promise<string[]> =>
  (await plain.devices.list(where, 100)).flatMap(({ name }) => name?.toLowerCase() ?? []);

const expectUnique = async (here: World): Promise<void> => {
  for (const where of [fleet, product.fleet]) {
    const names = await namesIn(here, where);
    expect(names).toEqual([...new Set(names)]);
  }
};

describe("a device's name", () => {
  it("is given to one of two devices by concurrent requests, in every order", async () => {
    const [a, b] = [device("a", "old"), device("b")];
    const seen = new Set<string>();
    await everyOrder(async (choose) => {
      const here = world(a, b);
      const outcomes = await race(here, [rename(a.id, "Lamp"), rename(b.id, "lamp")], choose);
      expect(outcomes.toSorted()).toEqual(["already_exists", "done"]);
      expect((await namesIn(here)).filter((name) => name === "lamp")).toHaveLength(1);
      seen.add(String(outcomes[0]));
    });
    expect([...seen].sort()).toEqual(["already_exists", "done"]);
  });

  it("stays reserved when two requests give it to the same device and one of them crashes at any step", async () => {
    const a = device("a", "old");
    for (let death = 1; death <= 12; death += 1) {
      await everyOrder(async (choose) => {
        const here = world(a);
        let turns = 0;
        await race(here, [rename(a.id, "lamp"), rename(a.id, "Lamp")], choose, (worker) => {
          if (worker === "0") turns += 1;
          if (turns === death) here.turns.kill("0");
        });
        const held = [...here.plain.deviceNames.rows.values()].map(({ name }) => name);
        const isNamed = (await namesIn(here)).includes("lamp");
        if (isNamed) expect(held).toEqual(["lamp"]);
      });
    }
  });

  it("stays reserved when a request is repeated after its response was lost", async () => {
    const a = device("a", "old");
    const here = world(a);
    const devices = {
      ...here.plain.devices,
      async replace(after: Device, before: Device) {
        await here.plain.devices.replace(after, before);
        return here.plain.devices.replace(after, before);
      },
    };
    await updateDevice(a, { name: "lamp" }, { ...here.plain, devices }).catch(() => {});
    expect((await here.plain.devices.find(a.id))?.name).toBe("lamp");
    expect(await here.plain.deviceNames.find(fleet, "lamp")).toMatchObject({ device: a.id });
  });

  it("stays unique for any concurrent requests and any crashes", async () => {
    const [a, b, c] = [device("a", "one"), device("b"), device("c", "one", product.fleet)];
    const works = [
      rename(a.id, "lamp"),
      rename(a.id, "two"),
      rename(a.id, ""),
      rename(b.id, "lamp"),
      rename(b.id, "one"),
      rename(c.id, "two"),
      add("lamp"),
      add("ONE"),
      release(a.id),
      toProduct(a.id),
      toProduct(b.id),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...works), { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 12 })), { maxLength: 2 }),
        fc.boolean(),
        async (filterDevices, choices, deaths, isLater) => {
          const here = world(a, b, c);
          const counts = new Map<string, number>();
          await race(
            here,
            filterDevices,
            (count) => choices.next().value % count,
            (worker) => {
              const count = (counts.get(worker) ?? 0) + 1;
              counts.set(worker, count);
              if (deaths.some(([who, when]) => worker === String(who) && when === count)) {
                here.turns.kill(worker);
              }
            },
          );
          await expectUnique(here);
          if (isLater) here.clock.ms += nameReservationMs;
          for (const name of ["lamp", "one"]) {
            await addDevice({ name }, { fleet, owner: "a@b.c" }, here.plain).catch(() => {});
          }
          await expectUnique(here);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is available at once after the device is renamed or removed", async () => {
    const a = device("a");
    const here = world(a, device("b"));
    await rename(a.id, "lamp")(here.plain);
    await rename(a.id, "desk")(here.plain);
    await rename("b".repeat(24), "lamp")(here.plain);
    await release(a.id)(here.plain);
    await rename("b".repeat(24), "desk")(here.plain);
    expect(await namesIn(here)).toEqual(["desk"]);
    expect([...here.plain.deviceNames.rows.values()].map(({ name }) => name)).toEqual(["desk"]);
  });

  it("is available a minute after the crash of a request that reserved it", async () => {
    const a = device("a");
    for (let death = 1; death <= 3; death += 1) {
      const here = world(a, device("b"));
      let turns = 0;
      const crash = () => {
        turns += 1;
        if (turns === 2 + death) here.turns.kill("0");
      };
      await race(here, [rename(a.id, "lamp")], () => 0, crash);
      here.clock.ms += nameReservationMs;
      const isNamed = (await here.plain.devices.find(a.id))?.name === "lamp";
      const second = rename(
        "b".repeat(24),
        "lamp",
      )(here.plain).then(
        () => "done",
        ({ code }) => code,
      );
      expect([death, await second]).toEqual([death, isNamed ? "already_exists" : "done"]);
    }
  });

  it("of a device without a reservation is in use, too", async () => {
    const here = world(device("a", "Lamp"), device("b"));
    await expect(rename("b".repeat(24), "lamp")(here.plain)).rejects.toMatchObject({
      code: "already_exists",
    });
  });

  it("changes independently of the notes: concurrent requests do not undo each other", async () => {
    const a = device("a");
    await everyOrder(async (choose) => {
      const here = world(a);
      const works: Work[] = [
        (deps) => updateDevice(a, { name: "lamp" }, deps),
        (deps) => updateDevice(a, { notes: "by the door" }, deps),
      ];
      expect(await race(here, works, choose)).toEqual(["done", "done"]);
      expect(await here.plain.devices.find(a.id)).toMatchObject({
        name: "lamp",
        notes: "by the door",
      });
    });
  });
});
