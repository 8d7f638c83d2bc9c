import { visible } from "../../../shared/platform/visibleText.ts";
import type { ReleaseDevice, ReleaseExplanation } from "../../cloud/bodies.ts";
import type { ProductCloud } from "../../cloud/cloud.ts";
import { CloudError } from "../../cloud/cloudError.ts";
import { pageRows } from "../../cloud/limits.ts";
import { readPages } from "../../cloud/readPages.ts";
import type { Command } from "../../line/command.ts";
import { CommandError } from "../../line/commandError.ts";
import { exits } from "../../line/exit.ts";
import type { Column } from "../../terminal/table.ts";
import { localTime } from "../../terminal/time.ts";
import { ofProduct } from "../ofProduct.ts";
import { deviceStates } from "./releaseText.ts";

const deviceColumns: readonly Column<ReleaseDevice>[] = [
  { title: "DEVICE", of: ({ id }) => id },
  { title: "WAVE", of: ({ wave }) => wave, align: "right" },
  {
    title: "STATE",
    of: ({ state }) => state,
    color: ({ state }) =>
      state === "failed" ? "red" : state === "installed" ? "green" : undefined,
  },
  { title: "REASON", of: ({ reason }) => reason },
  { title: "BEFORE", of: ({ before }) => before.version, align: "right" },
  { title: "OFFERED", of: ({ offered_at: at }) => localTime(at) },
  { title: "BACK", of: ({ returned_at: at }) => localTime(at) },
  { title: "ASSESSED", of: ({ assessed_at: at }) => localTime(at) },
];

const devicesMax = 100_000;

const devices: Command = {
  words: "releases devices",
  summary: "list the devices of a release",
  arguments: [{ name: "RELEASE" }],
  needsProduct: true,
  options: {
    state: { value: "STATE", summary: "only devices in this state", choices: deviceStates },
    wave: { value: "N", summary: "only devices of this wave" },
    limit: { value: "N", summary: "the first N devices (default: all)" },
  },
  async run(input, deps) {
    const limit = input.number("limit", { min: 1, max: devicesMax }) ?? devicesMax;
    const state = deviceStates.find((one) => one === input.text("state"));
    const wave = input.number("wave", { min: 1, max: 20 });
    const query = { ...(state && { state }), ...(wave && { wave }) };
    const product = await ofProduct(input, deps);
    const { items, isComplete } = await readPages({ limit, pageMax: pageRows }, async (page) => {
      const read = await product.listReleaseDevices(input.needed("RELEASE"), { ...query, ...page });
      return { items: read.devices, cursor: read.cursor };
    });
    deps.out.rows(items, deviceColumns, "The release has no such devices.");
    if (!deps.out.isJson && !isComplete) deps.out.note(`These are the first ${items.length}.`);
    return undefined;
  },
};

const pageReleasesMax = 50;
/** The latest releases in which `why` looks for a device. */
const searchedReleasesMax = 200;

const why: Command = {
  words: "releases why",
  summary: "say in one sentence why a device has not updated",
  arguments: [{ name: "DEVICE" }],
  needsProduct: true,
  options: {
    release: { value: "RELEASE", summary: "in this release (default: the latest with the device)" },
  },
  notes: "DEVICE is an id or a name.",
  async run(input, deps) {
    const api = await deps.cloud();
    const product = await ofProduct(input, deps);
    const { id } = await api.showDevice(input.needed("DEVICE"));
    const release = input.text("release");
    const found =
      release === undefined
        ? await findExplanation(product, id)
        : { release, ...(await product.explainDevice(release, id)) };
    const { state } = found.device;
    deps.out.result(
      found,
      `${visible(id)} in release ${visible(found.release)} is ${state}: ${visible(found.sentence)}`,
    );
    return undefined;
  },
};

type Found = { readonly release: string } & ReleaseExplanation;

/** The latest release that a device is part of, and what it says about it. */
const findExplanation = async (
  product: Pick<ProductCloud, "listReleases" | "explainDevice">,
  device: string,
): Promise<Found> => {
  const limits = { limit: searchedReleasesMax, pageMax: pageReleasesMax };
  let found: Found | undefined;
  let enrolling: string | undefined;
  await readPages(limits, async (page) => {
    const { releases, cursor } = await product.listReleases(page);
    for (const { id, state } of releases) {
      if (state === "enrolling") enrolling ??= id;
      const explained = await explainIn(product, id, device);
      if (explained === undefined) continue;
      found = { release: id, ...explained };
      return { items: releases, cursor: undefined };
    }
    return { items: releases, cursor };
  });
  if (found !== undefined) return found;
  const why =
    enrolling === undefined
      ? `None of the latest ${searchedReleasesMax} releases of the product is for device ${visible(device)}.`
      : `Release ${visible(enrolling)} enrols its devices at the moment: ask again in a minute.`;
  throw new CommandError(why, { exit: exits.notFound });
};

const explainIn = async (
  product: Pick<ProductCloud, "explainDevice">,
  release: string,
  device: string,
): Promise<ReleaseExplanation | undefined> => {
  try {
    return await product.explainDevice(release, device);
  } catch (error) {
    if (error instanceof CloudError && error.status === 404) return undefined;
    throw error;
  }
};

/** The commands on the devices of a release. */
export const releaseDeviceCommands: readonly Command[] = [devices, why];
