import * as z from "zod/mini";
import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import type { Product } from "#shared/account/product/product.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { dynamoKeyDocuments } from "#shared/aws/firmware/keyDocuments.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { dynamoEnrolments } from "#shared/aws/release/enrolments.ts";
import { dynamoPaceRows } from "#shared/aws/release/paceRows.ts";
import { dynamoProgressRows } from "#shared/aws/release/progressRows.ts";
import { dynamoReleaseFacts } from "#shared/aws/release/releaseFacts.ts";
import { dynamoReleases } from "#shared/aws/release/releases.ts";
import { readCursor, writeCursor } from "#shared/input/cursor.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { readCensus } from "#shared/release/controller/census.ts";
import { placeOf } from "#shared/release/controller/place.ts";
import { createRelease } from "#shared/release/createRelease.ts";
import { type Decision, decideRelease, findRelease } from "#shared/release/decideRelease.ts";
import { explainAbsence, explainStatus } from "#shared/release/explainStatus.ts";
import { exportedDevicesMax } from "#shared/release/limits.ts";
import { listReleaseDevices } from "#shared/release/listDevices.ts";
import { deviceStatus } from "#shared/release/model/deviceStatus.ts";
import type { Release } from "#shared/release/model/release.ts";
import { foldFacts } from "#shared/release/model/releaseStatus.ts";
import { planRelease } from "#shared/release/planRelease.ts";
import { releaseChoice } from "#shared/release/releaseInput.ts";
import { readSituation } from "#shared/release/situation.ts";
import { releaseRoutes } from "#shared/routes/releaseRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";
import { Csv } from "./edge/http/csv.ts";
import { Status } from "./edge/http/reply.ts";
import {
  listedReleaseView,
  pauseOf,
  releaseDeviceView,
  releasePlanView,
  releaseTable,
  releaseView,
} from "./edge/views/releaseView.ts";

const names = env.releaseApi.parse(process.env);
const { AWS_REGION: region, REGIONS: regions, FIRMWARE_TABLE: table } = names;
const { globals, withToken } = openCallers(names, {
  states: {
    release: async (id, caller) => {
      const release = await releases.find({ product: productOf(caller).id, id });
      return release && listedReleaseView(release, foldFacts(await deps.facts.list(id)));
    },
  },
});
const releases = dynamoReleases(globals, table);
const deps = {
  releases,
  facts: dynamoReleaseFacts(globals, table),
  enrolments: dynamoEnrolments(globals, table),
  progress: dynamoProgressRows(globals, table, region),
  pace: dynamoPaceRows(globals, table, region),
  versions: dynamoFirmwareVersions(globals, table),
  keyDocuments: dynamoKeyDocuments(globals, table),
  devices: dynamoDevices(globals, names.DEVICES_TABLE),
  sessions: dynamoSessions(globals, names.SESSIONS_TABLE, { region, regions }),
  region,
  now: Date.now,
};

/** The product that the path names: `authenticateCaller` has found it. */
const productOf = ({ product }: Caller): Product => {
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  return product;
};

const keyOf = (caller: Caller, id: string) => ({ product: productOf(caller).id, id });

const listed = async (release: Release) =>
  listedReleaseView(release, foldFacts(await deps.facts.list(release.id)));

const shown = async (release: Release) => {
  const [census, paces] = await Promise.all([
    readCensus(release, deps),
    deps.pace.list(release.id),
  ]);
  return releaseView(census, paces);
};

const decide = (decision: Decision) =>
  withToken<typeof releaseRoutes.haltRelease>(async ({ release: id, reason }, caller) => {
    const who = { by: caller.username, reason };
    const { release } = await decideRelease(keyOf(caller, id), decision, who, deps);
    return { release: await shown(release) };
  });

export const handler = api(releaseRoutes, {
  createRelease: withToken(async (input, caller) => {
    const of = { product: productOf(caller), by: caller.username };
    const release = await createRelease(releaseChoice(input), of, deps);
    return new Status(201, { release: await listed(release) });
  }),
  planRelease: withToken(async (input, caller) => {
    const of = { product: productOf(caller), by: caller.username };
    return releasePlanView(await planRelease(releaseChoice(input), of, deps));
  }),
  listReleases: withToken(async ({ limit, cursor }, caller) => {
    const product = productOf(caller).id;
    const list = { product };
    const after = cursor === undefined ? undefined : readCursor(list, cursor, z.string());
    const page = await releases.page(product, { limit, after });
    const last = page.releases.at(-1)?.id;
    return {
      releases: await Promise.all(page.releases.map(listed)),
      ...(page.hasMore && last !== undefined && { cursor: writeCursor(list, last) }),
    };
  }),
  showRelease: withToken(async ({ release: id }, caller) => ({
    release: await shown(await findRelease(keyOf(caller, id), deps)),
  })),
  listReleaseDevices: withToken(async ({ release: id, ...query }, caller) => {
    const release = await findRelease(keyOf(caller, id), deps);
    const { items, cursor } = listReleaseDevices(await readCensus(release, deps), query);
    return { devices: items.map(releaseDeviceView), ...(cursor !== undefined && { cursor }) };
  }),
  showReleaseDevice: withToken(async ({ release: id, device }, caller) => {
    const release = await findRelease(keyOf(caller, id), deps);
    const situation = await readSituation(release, device, deps);
    if (situation === undefined) {
      const isEnrolling = foldFacts(await deps.facts.list(id)).phase === "enrolling";
      throw new Failure(explainAbsence(release, { isEnrolling }), { code: "not_found" });
    }
    const { enrolment, seen } = situation;
    const status = deviceStatus(situation);
    const place = placeOf(await deps.sessions.list([device]));
    const sentence = explainStatus(status, {
      release,
      wave: enrolment.wave,
      isConnected: place.isConnected,
      wakeSeconds: place.session?.hello?.wake,
      pause: pauseOf(await deps.pace.list(release.id)),
    });
    return { device: releaseDeviceView({ enrolment, seen, status }), sentence };
  }),
  haltRelease: decide("halt"),
  resumeRelease: decide("resume"),
  rollBackRelease: decide("rollback"),
  cancelRelease: decide("cancel"),
  exportRelease: withToken(async ({ release: id, format }, caller) => {
    const found = await findRelease(keyOf(caller, id), deps);
    const census = await readCensus(found, deps);
    if (census.devices.size > exportedDevicesMax) {
      const message = `the release has more than ${exportedDevicesMax} devices: read its list of devices in pages`;
      throw new Failure(message, { code: "invalid_request" });
    }
    const release = releaseView(census, await deps.pace.list(found.id));
    const devices = [...census.devices.values()].map(releaseDeviceView);
    if (format === "csv") {
      return new Csv(releaseTable(release, devices), { fileName: `release-${id}.csv` });
    }
    return { release, devices };
  }),
});
