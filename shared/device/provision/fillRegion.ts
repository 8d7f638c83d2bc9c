import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import type { Devices } from "../device.ts";
import type { CertificateStore } from "../registry/certificate.ts";
import type { Provisioning } from "../registry/registry.ts";
import { fillPageMax, fillPendingMax } from "./limits.ts";

/** A region that was added later, and the start of the page. */
export const fillInput = z.object({ region: z.string(), after: z.optional(z.string()) });

/** The progress. */
export interface Filled {
  /** The number of devices for which pending work was added. */
  readonly queued: number;
  /** The region has enough pending work; none was added. */
  readonly isFull: boolean;
  /** Devices without a stored certificate: they have to be provisioned again. */
  readonly unknown: readonly string[];
  /** The start of the next page; absent after the last one. */
  readonly next?: string | undefined;
}

interface Deps {
  readonly devices: Pick<Devices, "page">;
  readonly provisioning: Pick<Provisioning, "countPending" | "addPending">;
  readonly certificates: Pick<CertificateStore, "find">;
  /** All regions of this deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
}

/**
 * Adds pending work for each device of a page to a region that was added after they were
 * provisioned. The region registers them at its own rate. If it has `fillPendingMax` entries or
 * more, nothing is added, so that its other pending work does not wait for long. Idempotent: a
 * registered device does not change.
 */
export const fillRegion = async (
  { region, after }: z.output<typeof fillInput>,
  { devices, provisioning, certificates, regions, now }: Deps,
): Promise<Filled> => {
  if (!regions.includes(region)) {
    throw new Failure(`region must be one of ${regions.join(", ")}`, { code: "invalid_request" });
  }
  const isFull = (await provisioning.countPending(region, fillPendingMax)) >= fillPendingMax;
  if (isFull) return { queued: 0, isFull, unknown: [], next: after ?? "" };
  const page = await devices.page({ limit: fillPageMax, ...(after && { after }) });
  const unknown: string[] = [];
  for (const { id, fleet } of page.devices) {
    // Without a certificate the region cannot register the device.
    if ((await certificates.find(id)) === undefined) unknown.push(id);
    else await provisioning.addPending({ device: id, fleet, since: now() }, [region]);
  }
  return { queued: page.devices.length - unknown.length, isFull, unknown, next: page.next };
};
