import { omitUndefined } from "../../platform/omitUndefined.ts";
import type { Devices } from "../device.ts";
import type { DeviceLink } from "../deviceLink.ts";
import type { CertificateStore, Realignment } from "../registry/certificate.ts";
import { alignRegion } from "../registry/changeCertificates.ts";
import { deadlinesPageMax } from "../registry/limits.ts";
import type { Registry } from "../registry/registry.ts";
import { pendingPageMax, pendingRecheckMs, replicationWaitMs } from "./limits.ts";

interface Deps {
  readonly certificates: CertificateStore;
  readonly devices: Pick<Devices, "find">;
  /** This region's. */
  readonly registry: Pick<Registry, "region" | "align">;
  readonly link: Pick<DeviceLink, "disconnect">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** How many devices this region brought in line, and how many it could not. */
export interface AlignCount {
  aligned: number;
  failed: number;
}

/**
 * Brings this region in line with changed records of certificates: those that it was told of, also while it was down, and
 * those that time has changed. One device after the other, because the registry takes about ten requests a second. Stops
 * at `deadline` (milliseconds since 1970); the next run goes on. A failure does not stop the others.
 */
export const applyPendingCertificates = async (
  deadline: number,
  deps: Deps,
): Promise<AlignCount> => {
  const count = { aligned: 0, failed: 0 };
  await addDueRealignments(deadline, deps);
  let after: string | undefined;
  do {
    const limit = pendingPageMax;
    const page = await deps.certificates.listPending({ limit, ...omitUndefined({ after }) });
    for (const pending of page.pending) {
      if (deps.now() >= deadline) return count;
      await alignOne(pending, count, deps);
    }
    after = page.next;
  } while (after !== undefined);
  return count;
};

/** Deadlines that have passed become realignments of this region before they are passed over: none is forgotten. */
const addDueRealignments = async (
  deadline: number,
  { certificates, registry, now }: Deps,
): Promise<void> => {
  while (now() < deadline) {
    const due = await certificates.listDue(now(), deadlinesPageMax);
    if (due.length === 0) return;
    for (const { device } of due) {
      const record = await certificates.find(device);
      if (record === undefined) continue;
      const { revision } = record;
      await certificates.addPending({ device, revision, cut: true, since: now() }, [
        registry.region,
      ]);
    }
    await certificates.completeDeadlines(due);
  }
};

const alignOne = async (pending: Realignment, count: AlignCount, deps: Deps): Promise<void> => {
  const { certificates, devices, registry, link, now } = deps;
  try {
    const ageMs = now() - pending.since;
    const record = await certificates.find(pending.device);
    // The record is on its way from its region, or was never written.
    const isMissing = (record?.revision ?? 0) < pending.revision;
    if (isMissing && ageMs < replicationWaitMs) return;
    const part = { align: registry.align, link, cut: pending.cut };
    if (!isMissing) await alignRegion(pending.device, part, { certificates, devices, now });
    count.aligned += 1;
    // A request of another region may be under way that read an earlier record: look once more.
    if (ageMs >= pendingRecheckMs) await certificates.completePending(pending);
  } catch (error) {
    count.failed += 1;
    deps.onError("a device's certificates are not in line", error);
  }
};
