import { setTimeout as wait } from "node:timers/promises";
import { newVersion } from "../../fleet/createFleet.ts";
import { startRelease } from "../../fleet/release.ts";
import { atMost, exactly, within } from "../checks.ts";
import type { DrillContext } from "../context.ts";
import type { Drill } from "../drill.ts";
import {
  addFirmwareFleet,
  type FirmwareFleet,
  fleetCloudOf,
  type ShownRelease,
  showRelease,
  unbalanced,
} from "../load/firmwareFleet.ts";
import { waitFor } from "../load/waitFor.ts";

/**
 * In the short form, the first window reaches all devices, and the drill does not wait until they
 * are assessed. In the long form, the other region goes on with one device at a time: most of the
 * window belongs to the lost region for ten minutes.
 */
const sizes = {
  short: { devices: 5, movedMs: 20_000, goneOnMs: 40_000, agreedMs: 30_000 },
  long: { devices: 40, movedMs: 30_000, goneOnMs: 1_200_000, agreedMs: 60_000 },
} as const;

/** The devices in the lost region: two of five. */
const isInLostRegion = (position: number): boolean => position % 5 < 2;
/** No download in the lost region ends: its bucket refuses signed URLs. */
const refusal = { status: 503, code: "SlowDown", operations: ["X-Amz-Signature="] };
const replicatedMs = 10_000;
const returnSeconds = 10;
const pollMs = 500;

/** One of two regions is lost while its devices download an update. */
export const firmwareRegionLost: Drill = {
  name: "firmware-region-lost",
  incident:
    "Any year: a region fails in the middle of a release, and half of the fleet is unknown.",
  promise:
    "The release goes on in the other region. Each device receives the offer once in each region that it is in. No device fails. Both regions then show every device in exactly one state.",
  cloud: { regions: 2 },
  secondsMax: { short: 200, long: 1_800 },
  async run(context, form) {
    const { devices: count, movedMs, goneOnMs, agreedMs } = sizes[form];
    const { primary } = context.cloud;
    const secondary = context.cloud.secondary();
    const fleet = await addFirmwareFleet(context, {
      ...{ devices: count, imageFault: undefined, intervalSeconds: 86_400, imageKilobytes: 64 },
      bootMs: 100,
      endpointsOf: (position) =>
        isInLostRegion(position) ? [primary.mqtt, secondary.mqtt] : [secondary.mqtt],
    });
    const lost = new Set(fleet.ids.filter((_, position) => isInLostRegion(position)));
    const { api } = fleetCloudOf(context);
    const release = await startRelease(api, fleet.product, newVersion, {
      ...{ waves: [100], soakSeconds: 0, rollback: "slot", returnSeconds },
      ...{ failureCount: 3, failurePercent: 1 },
    });
    const path = `/v1/products/${fleet.product}/releases/${release}/cancel`;
    if (form === "short") context.onCleanup(() => context.api("POST", path, {}));
    await primary.control.fault("buckets", { error: refusal });
    const isOffered = (id: string) =>
      fleet.messages.some(({ device, kind }) => device === id && kind === "accepted");
    const offeredMs = await waitFor(async () => {
      // Its schedule may run at the same time: then this does nothing.
      await primary.control.invoke("releases");
      await wait(pollMs);
      return [...lost].some(isOffered);
    }, replicatedMs);
    const knownMs = await waitFor(async () => {
      const { listed } = await show(context, fleet, release, "secondary");
      return listed.some(({ id, state }) => lost.has(id) && state === "downloading");
    }, replicatedMs);

    context.pages.begin();
    const lostAt = performance.now();
    await primary.control.stop();
    const truths = () => fleet.truths();
    const timeToDetectMs = await waitFor(() => truths().some((one) => !one.isConnected), movedMs);
    const movedMsTaken = await waitFor(() => truths().every((one) => one.isConnected), movedMs);
    const isUpdated = ({ version, isTrial }: ReturnType<typeof truths>[number]) =>
      version === newVersion && !isTrial;
    let latest: ShownRelease = { state: "", listed: [] };
    const goneOnMsTaken = await waitFor(async () => {
      await wait(pollMs);
      await secondary.control.invoke("releases");
      latest = await show(context, fleet, release, "secondary");
      const hasEnded = form === "short" || latest.state === "completed";
      return hasEnded && truths().every((one) => isUpdated(one) && one.isConnected);
    }, goneOnMs);
    await context.pages.beforeRecovery();

    await primary.control.start();
    await primary.control.fault("buckets");
    const agreeMs = await waitFor(async () => {
      await wait(pollMs);
      const [one, other] = [
        await show(context, fleet, release, "primary"),
        await show(context, fleet, release, "secondary"),
      ];
      return one.state === other.state && textOf(one) === textOf(other);
    }, agreedMs);
    const last = await show(context, fleet, release, "primary");
    const judgement = { imageFault: undefined, isFinished: form === "long" };
    const failed = fleet.messages.filter(({ kind }) => kind === "failed").length;
    const harmed = last.listed.filter(({ state }) => state === "failed").length;
    return {
      checks: [
        within("a device of the region accepts the update", offeredMs, replicatedMs),
        within("the other region knows it", knownMs, replicatedMs),
        within("all devices connected to the other region", movedMsTaken, movedMs),
        within("the release goes on there", goneOnMsTaken, goneOnMs),
        exactly("devices that run the new version", truths().filter(isUpdated).length, count),
        exactly("devices listed as failed", harmed, 0),
        exactly("failures that devices report", failed, 0),
        atMost(
          "offers to a device in a region, without those it requested",
          mostTold(fleet, lostAt),
          1,
        ),
        within("both regions show the same states", agreeMs, agreedMs),
        exactly("devices in the release", last.listed.length, count),
        exactly(
          "devices with a wrong state, or more than one",
          unbalanced(truths(), last, judgement).length,
          0,
        ),
      ],
      timeToDetectMs,
      timeToRecoverMs: goneOnMsTaken,
      details: {
        ...{ devices: count, "in the lost region": lost.size },
        "release while the region was lost": latest.state,
        "offers, requests of URLs": `${numberOf(fleet.commands, "update")}, ${fleet.messages.filter(({ kind }) => kind === "url").length}`,
      },
    };
  },
};

const show = (
  context: DrillContext,
  { product }: FirmwareFleet,
  release: string,
  region: "primary" | "secondary",
): Promise<ShownRelease> => {
  const { cloud } = context;
  return showRelease(
    context,
    product,
    release,
    region === "primary" ? cloud.primary : cloud.secondary(),
  );
};

const textOf = ({ listed }: ShownRelease): string =>
  listed
    .map(({ id, state }) => `${id} ${state}`)
    .toSorted()
    .join();

const numberOf = (commands: FirmwareFleet["commands"], name: string): number =>
  commands.filter(({ command }) => command === name).length;

/**
 * The most offers to one device in one region, without the fresh URLs that it requested. Devices
 * are in the lost region before its loss, and in the other one afterwards.
 */
const mostTold = ({ ids, commands, messages }: FirmwareFleet, lostAt: number): number =>
  Math.max(
    ...ids.flatMap((id) =>
      [true, false].map((isBefore) => {
        const isOfIt = ({ device, at }: { readonly device: string; readonly at: number }) =>
          device === id && at < lostAt === isBefore;
        const requests = messages.filter((one) => isOfIt(one) && one.kind === "url").length;
        return numberOf(commands.filter(isOfIt), "update") - requests;
      }),
    ),
  );
