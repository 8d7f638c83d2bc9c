import { setTimeout as wait } from "node:timers/promises";
import { percentile } from "../../bench/statistics.ts";
import { newVersion } from "../../fleet/createFleet.ts";
import { startRelease } from "../../fleet/release.ts";
import { atMost, exactly, formatSeconds, within } from "../checks.ts";
import type { DrillContext } from "../context.ts";
import type { Drill } from "../drill.ts";
import { atFixedRate } from "../load/atFixedRate.ts";
import { connectPublisher } from "../load/connectPublisher.ts";
import {
  addFirmwareFleet,
  type FirmwareFleet,
  fleetCloudOf,
  showRelease,
  unbalanced,
} from "../load/firmwareFleet.ts";
import { publishConfirmed } from "../load/publish.ts";
import { waitFor } from "../load/waitFor.ts";

/**
 * The window of a release begins at five devices, so many releases make a herd. The releases of one
 * product that are not finished are limited.
 */
const devicesPerRelease = 5;

/**
 * A worker spreads downloads to 10 per second on average. Devices choose a random time up to their
 * delay, so more begin in the first second: with `startsMax`, without a delay all of them do.
 */
const sizes = {
  short: { fleets: 1, releases: 8, startsMax: 30, refusedMs: 2_000, doneMs: 25_000 },
  long: { fleets: 4, releases: 20, startsMax: 50, refusedMs: 10_000, doneMs: 180_000 },
} as const;

const perSecond = 10;
const quietMs = 2_000;
const p99RatioMax = 5;
const p99MsFloor = 1_000;
const queryMs = 200;
const pollMs = 500;
const offeredMs = 10_000;

/** All devices are offered an update at once, while the image store refuses downloads. */
export const firmwareHerd: Drill = {
  name: "firmware-herd",
  incident: "Any year: a whole fleet downloads an update at once, and everything else waits.",
  promise:
    "Downloads are spread over time. Events and the API of others are not delayed. A refused download is repeated, and uses up no attempt.",
  pages: { required: [], allowed: [] },
  cloud: { regions: 1 },
  secondsMax: { short: 120, long: 900 },
  async run(context, form) {
    const {
      fleets: fleetCount,
      releases: releaseCount,
      startsMax,
      refusedMs,
      doneMs,
    } = sizes[form];
    const { control } = context.cloud.primary;
    const others = await startOthers(context);
    const fleets: FirmwareFleet[] = [];
    for (let i = 0; i < fleetCount; i += 1) {
      fleets.push(
        await addFirmwareFleet(context, {
          devices: releaseCount * devicesPerRelease,
          ...{ imageFault: undefined, intervalSeconds: 86_400, imageKilobytes: 64, bootMs: 100 },
        }),
      );
    }
    const before = performance.now();
    await wait(quietMs);
    const releases = await startReleases(context, fleets);
    context.pages.begin();
    const begun = performance.now();
    // URLs of images have a signature in their query.
    const error = { status: 503, code: "SlowDown", operations: ["X-Amz-Signature="] };
    await control.fault("buckets", { error });
    const refusals = () =>
      fleets.flatMap(({ messages }) => messages).filter(({ kind }) => kind === "unavailable")
        .length;
    await waitFor(async () => {
      // Its schedule may run at the same time: then this does nothing.
      await control.invoke("releases");
      await wait(pollMs);
      return refusals() > 0;
    }, offeredMs);
    await wait(refusedMs);
    await control.fault("buckets");
    const truths = () => fleets.flatMap((fleet) => fleet.truths());
    const isUpdated = () =>
      truths().every(
        ({ version, isTrial, isConnected }) => version === newVersion && !isTrial && isConnected,
      );
    const doneAfterMs = await waitFor(isUpdated, doneMs);
    const ended = performance.now();
    const problems = await problemsOf(context, releases);
    const measured = await others.stop({ before, begun, ended });
    await context.pages.beforeRecovery();
    const commands = fleets.flatMap((fleet) => fleet.commands);
    const messages = fleets.flatMap((fleet) => fleet.messages);
    const count = truths().length;
    const offers = commands.filter(({ command }) => command === "update");
    const requests = messages.filter(({ kind }) => kind === "url");
    const firsts = firstOf(messages.filter(({ kind }) => kind === "downloading"));
    const starts = mostInOneSecond([...firsts.values()]);
    const counts = measured.counts;
    return {
      checks: [
        within("all devices run the new version", doneAfterMs, doneMs),
        atMost("downloads that begin within one second", starts, startsMax),
        {
          promised: "the image store refuses some downloads",
          measured: `${refusals()} refused`,
          passed: refusals() > 0,
        },
        exactly(
          "failures that devices report",
          messages.filter(({ kind }) => kind === "failed").length,
          0,
        ),
        exactly("offers without a request of the device", offers.length - requests.length, count),
        exactly("devices with a wrong state, or more than one", problems.length, 0),
        ...(["events", "API"] as const).map((name) => ({
          promised: `p99 of ${name} at most ${p99RatioMax} times the p99 before, or ${formatSeconds(p99MsFloor)}`,
          measured: `${formatSeconds(measured[name].during)} after ${formatSeconds(measured[name].before)}`,
          passed:
            measured[name].during <= Math.max(p99RatioMax * measured[name].before, p99MsFloor),
          isTiming: true as const,
        })),
        exactly("lost", counts.lost, 0),
        exactly("repeated", counts.repeated, 0),
      ],
      ...(doneAfterMs !== undefined && { timeToRecoverMs: ended - begun }),
      counts,
      details: {
        devices: count,
        releases: releases.length,
        "all offers within": formatSeconds(spanOf([...firstOf(offers).values()])),
        "downloads begin within": formatSeconds(spanOf([...firsts.values()])),
        "most downloads in one second": starts,
        "refused downloads": refusals(),
      },
    };
  },
};

interface RunningRelease {
  readonly fleet: FirmwareFleet;
  readonly release: string;
}

/** Releases for five devices each. They end with the drill. */
const startReleases = async (
  context: DrillContext,
  fleets: readonly FirmwareFleet[],
): Promise<readonly RunningRelease[]> => {
  const { api } = fleetCloudOf(context);
  const started: RunningRelease[] = [];
  for (const fleet of fleets) {
    for (let from = 0; from < fleet.ids.length; from += devicesPerRelease) {
      const release = await startRelease(api, fleet.product, newVersion, {
        to: fleet.ids.slice(from, from + devicesPerRelease),
        ...{ waves: [100], soakSeconds: 0, rollback: "none", returnSeconds: 30 },
        ...{ failureCount: 3, failurePercent: 1 },
      });
      const path = `/v1/products/${fleet.product}/releases/${release}/cancel`;
      context.onCleanup(() => context.api("POST", path, {}));
      started.push({ fleet, release });
    }
  }
  return started;
};

const problemsOf = async (
  context: DrillContext,
  releases: readonly RunningRelease[],
): Promise<string[]> => {
  const problems: string[] = [];
  for (const { fleet, release } of releases) {
    const shown = await showRelease(context, fleet.product, release);
    const of = new Set(shown.listed.map(({ id }) => id));
    if (of.size !== devicesPerRelease) problems.push(`${release} has ${of.size} devices`);
    const truths = fleet.truths().filter(({ id }) => of.has(id));
    problems.push(...unbalanced(truths, shown, { imageFault: undefined, isFinished: false }));
    problems.push(...shown.listed.flatMap(({ id, state }) => (state === "failed" ? [id] : [])));
  }
  return problems;
};

interface Times {
  readonly before: number;
  readonly begun: number;
  readonly ended: number;
}

/** Events of another device, and requests of the API, at a fixed rate. */
const startOthers = async (context: DrillContext) => {
  const event = `herd-${context.runId}`;
  const { device, identity, tracker } = await connectPublisher(context, event);
  const requests: { readonly at: number; readonly ms: number }[] = [];
  const load = atFixedRate(perSecond, publishConfirmed([device], event, tracker));
  const queries = atFixedRate(1_000 / queryMs, async () => {
    const at = performance.now();
    await context.api("GET", `/v1/devices/${identity.id}`);
    requests.push({ at, ms: performance.now() - at });
  });
  const end = () => {
    load.stop();
    queries.stop();
  };
  context.onCleanup(end);
  const p99Of = (from: number, to: number) =>
    percentile(
      requests.filter(({ at }) => at >= from && at < to).map(({ ms }) => ms),
      0.99,
    );
  return {
    async stop({ before, begun, ended }: Times) {
      end();
      await waitFor(() => tracker.missing() === 0, p99MsFloor * 10);
      const events = (from: number, to: number) => percentile(tracker.latenciesMs(from, to), 0.99);
      return {
        events: { before: events(before, begun), during: events(begun, ended) },
        API: { before: p99Of(before, begun), during: p99Of(begun, ended) },
        counts: tracker.counts(),
      };
    },
  };
};

/** The first time of each device. */
const firstOf = (
  seen: readonly { readonly device: string; readonly at: number }[],
): ReadonlyMap<string, number> => {
  const firsts = new Map<string, number>();
  for (const { device, at } of seen) firsts.set(device, Math.min(firsts.get(device) ?? at, at));
  return firsts;
};

const mostInOneSecond = (times: readonly number[]): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));

const spanOf = (times: readonly number[]): number =>
  times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
