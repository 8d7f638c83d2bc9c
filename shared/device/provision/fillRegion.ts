import * as z from "zod";
import { Failure } from "../../platform/failure.ts";
import type { Devices } from "../device.ts";
import type { CertificateStore } from "../registry/certificate.ts";
import type { Provisioning } from "../registry/registry.ts";
import { fillPageMax, fillPendingMax } from "./limits.ts";

/** A region that was added later, and where to go on. */
export const fillInput = z.object({ region: z.string(), after: z.string().optional() });

/** How far it is. */
export interface Filled {
  /** How many devices it was told of. */
  readonly told: number;
  /** It has enough to do, and was told of nothing. */
  readonly isFull: boolean;
  /** Devices whose certificate is not kept: they have to be provisioned anew. */
  readonly unknown: readonly string[];
  /** Where to go on, unless all devices were gone through. */
  readonly next?: string | undefined;
}

interface Deps {
  readonly devices: Pick<Devices, "page">;
  readonly provisioning: Pick<Provisioning, "countPending" | "addPending">;
  readonly certificates: Pick<CertificateStore, "find">;
  /** All of this deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
}

/**
 * Goes through a page of all devices, and owes each to a region that was added after they were made; the region takes
 * them in at its own pace. While it is owed `fillPendingMax` or more, nothing is done: what it is owed for another reason is
 * not to wait for long. May be repeated: a region that knows a device stays as it is.
 */
export const fillRegion = async (
  { region, after }: z.output<typeof fillInput>,
  { devices, provisioning, certificates, regions, now }: Deps,
): Promise<Filled> => {
  if (!regions.includes(region)) {
    throw new Failure(`region must be one of ${regions.join(", ")}`, { code: "invalid_request" });
  }
  const isFull = (await provisioning.countPending(region, fillPendingMax)) >= fillPendingMax;
  if (isFull) return { told: 0, isFull, unknown: [], next: after ?? "" };
  const page = await devices.page({ limit: fillPageMax, ...(after && { after }) });
  const unknown: string[] = [];
  for (const { id, fleet } of page.devices) {
    // Without it nothing could be done there, and the debt would stay for ever.
    if ((await certificates.find(id)) === undefined) unknown.push(id);
    else await provisioning.addPending({ device: id, fleet, since: now() }, [region]);
  }
  return { told: page.devices.length - unknown.length, isFull, unknown, next: page.next };
};
