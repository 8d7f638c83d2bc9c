import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Product } from "#shared/account/product/product.ts";
import type { Device } from "#shared/device/device.ts";
import { claimDevice, unclaimDevice } from "#shared/device/fleet/claimDevice.ts";
import { addToProduct, removeFromProduct } from "#shared/device/fleet/productDevices.ts";
import { applyPendingProvisions } from "#shared/device/provision/applyPendingProvisions.ts";
import { replicationWaitMs } from "#shared/device/provision/limits.ts";
import { newCertificate } from "#shared/device/registry/certificate.ts";
import { memoryAccounts } from "../../../memory/account/accounts.ts";
import { memoryCertificates } from "../../../memory/device/certificates.ts";
import { type MemoryLink, memoryLink } from "../../../memory/device/deviceLink.ts";
import { memoryDeviceNames } from "../../../memory/device/deviceNames.ts";
import { memoryDevices } from "../../../memory/device/devices.ts";
import { memoryProvisioning } from "../../../memory/device/provisioning.ts";
import { type MemoryRegistry, memoryRegistry } from "../../../memory/device/registry.ts";
import { testCertificate } from "../../../memory/device/testCertificate.ts";
import { deviceId, fleet, stoppedClock } from "../../../memory/samples.ts";
import { everyOrder, takeTurns } from "../../../memory/turns.ts";

const forever = Number.MAX_SAFE_INTEGER;
const unclaimed: Device = { id: deviceId, fleet: `u${deviceId}`, createdAt: "2025" };
const mine: Device = { ...unclaimed, fleet, owner: "a@b.c" };

const product = (fleetOfIt: string, id: number): Product => ({
  id,
  name: "Thermostat",
  description: "",
  platformId: 0,
  owner: "a@b.c",
  fleet: fleetOfIt,
  createdAt: "",
});

/**
 * A device that is connected all the time: it comes back at once whenever it is cut, with the
 * rights of the fleet that the registry of its region has then, as the broker gives them.
 */
const connect = (link: MemoryLink, registry: MemoryRegistry): (() => string | undefined) => {
  let rights = registry.things.get(deviceId);
  link.connected.set(deviceId, { connected: true });
  link.disconnect = async () => {
    rights = registry.things.get(deviceId);
  };
  return () => rights;
};

const pem = testCertificate("moved");
const current = newCertificate(pem, { now: 0, days: undefined });

const world = async (device: Device, regions: readonly string[]) => {
  const clock = stoppedClock();
  const devices = memoryDevices([device]);
  const names = memoryDeviceNames();
  const registries = regions.map((region) => memoryRegistry(region));
  const [home = memoryRegistry(), ...others] = registries;
  const links = regions.map((region) => memoryLink(region));
  const provisioning = memoryProvisioning(regions[0]);
  const certificates = memoryCertificates();
  await certificates.put({ device: deviceId, revision: 1, current });
  for (const registry of registries) {
    await registry.admit(deviceId, device.fleet, pem);
  }
  const rights = links.map((link, i) => connect(link, registries[i]!));
  const accounts = memoryAccounts();
  await accounts.addUser(
    { username: "a@b.c", passwordHash: "", fleet, createdAt: "" },
    { replace: false },
  );
  const turns = takeTurns();
  /**
   * The dependencies of one request, each call of which waits for its turn. Optionally only the
   * calls that affect a race within one region wait.
   */
  const depsOf = (worker: string, few = false) => ({
    accounts,
    devices: turns.wrap(worker, devices),
    deviceNames: names,
    registries: [
      turns.wrap(worker, home),
      ...others.map((registry) => turns.wrap(worker, registry)),
    ] as const,
    provisioning: few ? provisioning : turns.wrap(worker, provisioning),
    links: links.map((link) => {
      const turned = turns.wrap(worker, link);
      return few ? { ...link, disconnect: turned.disconnect } : turned;
    }),
    now: clock.now,
    onError: () => {},
  });
  /** The functions that every region runs each minute. */
  const provisionAll = async (): Promise<void> => {
    for (const [i, region] of regions.entries()) {
      await applyPendingProvisions(forever, {
        devices,
        certificates,
        provisioning: memoryProvisioning(region, provisioning.rows),
        registry: registries[i]!,
        link: links[i]!,
        now: clock.now,
        onError: () => {},
      });
    }
  };
  const fleets = async () => ({
    row: (await devices.find(deviceId))?.fleet,
    registries: registries.map(({ things }) => things.get(deviceId)),
    connections: rights.map((now) => now()),
  });
  return { clock, turns, depsOf, provisionAll, fleets, regions };
};

type World = Awaited<ReturnType<typeof world>>;
type Move = (deps: ReturnType<World["depsOf"]>) => Promise<unknown>;

const claimFor =
  (name: string): Move =>
  (deps) =>
    claimDevice(deviceId, { username: name, fleet: `fleet of ${name}` }, deps);
const addTo =
  (fleetOfIt: string, id: number): Move =>
  (deps) =>
    addToProduct(
      [deviceId],
      { product: product(fleetOfIt, id), from: fleet, canClaim: async () => true },
      deps,
    );
const release: Move = async (deps) => {
  const device = await deps.devices.find(deviceId);
  if (device && device.fleet !== unclaimed.fleet) await unclaimDevice(device, deps);
};
const takeOut: Move = async (deps) => {
  const device = await deps.devices.find(deviceId);
  if (device?.product !== undefined) await removeFromProduct(device, deps);
};

const agreed = ({ regions }: World, row: string | undefined) => ({
  row,
  registries: regions.map(() => row),
  connections: regions.map(() => row),
});

/** Runs moves concurrently, and returns the result of each. */
const race = async (
  here: World,
  moves: readonly Move[],
  choose: (count: number) => number,
  onTurn?: (worker: string) => void,
): Promise<(string | undefined)[]> => {
  const outcomes: (string | undefined)[] = moves.map(() => undefined);
  for (const [i, move] of moves.entries()) {
    move(here.depsOf(String(i), here.regions.length === 1)).then(
      () => {
        outcomes[i] = "moved";
      },
      (error) => {
        outcomes[i] = error.code ?? String(error);
      },
    );
  }
  await here.turns.run(choose, onTurn);
  return outcomes;
};

const races: [string, Device, Move, Move][] = [
  ["two users claim one device", unclaimed, claimFor("x"), claimFor("y")],
  ["a device is given up and put into a product", mine, release, addTo("p1", 1)],
  ["a device is put into two products", mine, addTo("p1", 1), addTo("p2", 2)],
];

describe("two concurrent moves of one device", () => {
  it.each(races)(
    "%s: in every order the row, the registry and the connection agree at the end",
    async (_, device, first, second) => {
      const seen = new Set<string>();
      const runs = await everyOrder(async (choose) => {
        const here = await world(device, ["us-east-1"]);
        const outcomes = await race(here, [first, second], choose);
        const { row } = await here.fleets();
        expect(row).not.toBe(device.fleet);
        expect(await here.fleets()).toEqual(agreed(here, row));
        // Refused: it read the device after the other one had moved it.
        expect(outcomes).toContain("moved");
        for (const outcome of outcomes) {
          expect(["moved", "conflict", "device_not_claimable"]).toContain(outcome);
          seen.add(String(outcome));
        }
      });
      expect(runs).toBeGreaterThan(20);
      expect(seen).toContain("conflict");
    },
  );
});

describe("moves of one device in several regions, any of which may crash at any step", () => {
  const moves: Move[] = [claimFor("x"), claimFor("y"), release, addTo("p1", 1), takeOut];
  const regions = ["us-east-1", "eu-west-1"];

  it("converge to the row once every region has processed its pending work", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(unclaimed, mine, { ...mine, fleet: "p1", product: 1 }),
        fc.array(fc.constantFrom(...moves), { minLength: 1, maxLength: 3 }),
        fc.infiniteStream(fc.nat()),
        fc.array(fc.tuple(fc.nat(2), fc.nat(14)), { maxLength: 2 }),
        async (device, filterDevices, choices, deaths) => {
          const here = await world(device, regions);
          const turns = new Map<string, number>();
          await race(
            here,
            filterDevices,
            (count) => choices.next().value % count,
            (worker) => {
              const count = (turns.get(worker) ?? 0) + 1;
              turns.set(worker, count);
              if (deaths.some(([who, when]) => String(who) === worker && when === count)) {
                here.turns.kill(worker);
              }
            },
          );
          here.clock.ms += replicationWaitMs;
          await here.provisionAll();
          const { row } = await here.fleets();
          expect(await here.fleets()).toEqual(agreed(here, row));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it("converge within a minute after a crash, for any order of the writes", async () => {
    for (let death = 1; death <= 16; death += 1) {
      const here = await world(mine, regions);
      let turns = 0;
      await race(
        here,
        [addTo("p1", 1)],
        () => 0,
        () => {
          turns += 1;
          if (turns === death) here.turns.kill("0");
        },
      );
      const { row } = await here.fleets();
      here.clock.ms += 60_000;
      await here.provisionAll();
      expect([death, await here.fleets()]).toEqual([death, agreed(here, row)]);
    }
  });
});
