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
  /** The registry of this region. */
  readonly registry: Pick<Registry, "region" | "align">;
  readonly link: Pick<DeviceLink, "disconnect">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** The number of devices that this region aligned, and of failures. */
export interface AlignCount {
  aligned: number;
  failed: number;
}

/**
 * Aligns this region's registry with the changed records of certificates: with pending
 * realignments, also from the time when the region was unavailable, and with deadlines that have
 * passed. Devices are processed in sequence, because the registry accepts about ten requests a
 * second. Stops at `deadline` (milliseconds since 1970); the next run continues. A failure does not
 * stop the others.
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

/**
 * Turns deadlines that have passed into realignments of this region, then completes them: a crash
 * loses none.
 */
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
    // The record is not replicated yet, or was never written.
    const isMissing = (record?.revision ?? 0) < pending.revision;
    if (isMissing && ageMs < replicationWaitMs) return;
    const part = { align: registry.align, link, cut: pending.cut };
    if (!isMissing) await alignRegion(pending.device, part, { certificates, devices, now });
    count.aligned += 1;
    // A concurrent request of another region may have read an earlier record: check once more.
    if (ageMs >= pendingRecheckMs) await certificates.completePending(pending);
  } catch (error) {
    count.failed += 1;
    deps.onError("aligning a device's certificates failed", error);
  }
};
