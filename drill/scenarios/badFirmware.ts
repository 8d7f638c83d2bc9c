import { setTimeout as wait } from "node:timers/promises";
import { newVersion } from "../../fleet/createFleet.ts";
import type { Fault } from "../../fleet/faults.ts";
import { startRelease } from "../../fleet/release.ts";
import { atMost, exactly, type Form, within } from "../checks.ts";
import type { DrillContext } from "../context.ts";
import type { Drill } from "../drill.ts";
import {
  addFirmwareFleet,
  type FirmwareFleet,
  fleetCloudOf,
  showRelease,
  unbalanced,
} from "../load/firmwareFleet.ts";
import { waitFor } from "../load/waitFor.ts";

/**
 * The image of the short form does not connect, and each device goes back by itself. That of the
 * long form connects, and then does nothing: only the cloud notices it, and brings devices back.
 */
const sizes = {
  short: {
    imageFault: "no-connect",
    ...{ devices: 40, intervalSeconds: 86_400, warmUpMs: 0 },
    ...{ haltedMs: 20_000, backMs: 10_000, pollMs: 500 },
  },
  long: {
    imageFault: "no-work",
    ...{ devices: 1_000, intervalSeconds: 30, warmUpMs: 240_000 },
    ...{ haltedMs: 600_000, backMs: 180_000, pollMs: 5_000 },
  },
} as const satisfies Record<Form, { imageFault: Fault } & Record<string, unknown>>;

/** The first window of a release. */
const harmedMax = 5;

/** A release whose image harms every device. */
export const badFirmware: Drill = {
  name: "bad-firmware",
  incident: "Any year: an update reaches all devices at once, and none of them works any more.",
  promise:
    "The release stops by itself after at most five devices, pages, and brings these devices back. Every device is in exactly one state.",
  pages: { required: ["a-release-has-halted"], allowed: [] },
  cloud: { regions: 1 },
  secondsMax: { short: 120, long: 1_500 },
  async run(context, form) {
    const {
      devices: count,
      imageFault,
      intervalSeconds,
      warmUpMs,
      haltedMs,
      backMs,
      pollMs,
    } = sizes[form];
    const fleet = await addFirmwareFleet(context, {
      devices: count,
      imageFault,
      intervalSeconds,
      imageKilobytes: 16,
      ...(form === "short" && { confirmMs: 2_000, bootMs: 100 }),
    });
    // The cloud learns the rhythm of the devices.
    await wait(warmUpMs);
    const { api } = fleetCloudOf(context);
    context.pages.begin();
    const begun = performance.now();
    const release = await startRelease(api, fleet.product, newVersion, {
      ...{ waves: [100], soakSeconds: 0, rollback: "slot", returnSeconds: 30 },
      ...{ failureCount: 3, failurePercent: 1 },
    });
    const name = `${release}, version ${newVersion} of product ${fleet.product}`;
    context.pages.expectName("a-release-has-halted", name);
    const look = () => goOn(context, fleet, { release, pollMs });
    const timeToDetectMs = await waitFor(
      async () => ["halted", "rolling_back", "rolled_back"].includes(await look()),
      haltedMs,
    );
    const haltedAt = performance.now();
    const timeToRecoverMs = await waitFor(
      async () => (await look()) === "rolled_back" && fleet.truths().every(isBack),
      backMs,
    );
    await context.pages.beforeRecovery();
    const truths = fleet.truths();
    const last = await showRelease(context, fleet.product, release);
    const harmed = truths.filter(({ newStarts }) => newStarts > 0).map(({ id }) => id);
    const told = new Set(
      fleet.commands.flatMap(({ device, command }) => (command === "update" ? device : [])),
    );
    const failed = last.listed.filter(({ state }) => state === "failed").map(({ id }) => id);
    const later = fleet.commands.filter(({ command, at }) => command === "update" && at > haltedAt);
    return {
      checks: [
        within("the release halts by itself", timeToDetectMs, haltedMs),
        atMost("devices that started the image", harmed.length, harmedMax),
        atMost("devices that were offered it", told.size, harmedMax),
        exactly("devices that were offered it after the halt", later.length, 0),
        exactly(
          "devices that started the image, and are not listed as failed",
          harmed.filter((id) => !failed.includes(id)).length,
          0,
        ),
        exactly(
          "devices listed as failed that did not start the image",
          failed.filter((id) => !harmed.includes(id)).length,
          0,
        ),
        within("all devices run the former version and are connected", timeToRecoverMs, backMs),
        exactly("devices in the release", last.listed.length, count),
        exactly(
          "devices with a wrong state, or more than one",
          unbalanced(truths, last, { imageFault, isFinished: true }).length,
          0,
        ),
      ],
      timeToDetectMs,
      timeToRecoverMs,
      details: {
        devices: count,
        image: imageFault,
        harmed: `${harmed.length} (${harmed.join(", ")})`,
        release: `${last.state}, ${Math.round((performance.now() - begun) / 1_000)} s`,
      },
    };
  },
};

const isBack = ({ version, isConnected }: ReturnType<FirmwareFleet["truths"]>[number]): boolean =>
  version < newVersion && isConnected;

/** Runs what a schedule runs once a minute, and returns the state of the release. */
const goOn = async (
  context: DrillContext,
  { product }: FirmwareFleet,
  { release, pollMs }: { readonly release: string; readonly pollMs: number },
): Promise<string> => {
  await wait(pollMs);
  await context.cloud.primary.control.invoke("releases");
  return (await showRelease(context, product, release)).state;
};
