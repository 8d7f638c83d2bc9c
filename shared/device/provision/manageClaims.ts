import * as z from "zod/mini";
import type { Product } from "../../account/product/product.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { deviceName } from "../device.ts";
import { certificateIdOf } from "../registry/certificate.ts";
import { signingRequest } from "../registry/checkSigningRequest.ts";
import type { Provisioning, Registries } from "../registry/registry.ts";
import type { ClaimCertificate, ClaimCertificates, ClaimRegistry } from "./claimCertificates.ts";
import { type Endpoint, findEndpoints } from "./endpoints.ts";
import {
  claimCertificatesListedMax,
  claimCertificatesPerProductMax,
  pendingPageMax,
  replicationWaitMs,
} from "./limits.ts";

/** A new claim certificate. The requester keeps the private key. */
export const claimInput = z.object({ csr: signingRequest, prefix: z.optional(deviceName) });

interface Deps {
  readonly claims: ClaimCertificates;
  readonly claimRegistries: readonly ClaimRegistry[];
  readonly registries: Registries<"issue" | "endpoint">;
  readonly provisioning: Pick<Provisioning, "endpoint">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** A claim certificate, and the regions that could not be updated. */
export interface ChangedClaim {
  readonly claim: ClaimCertificate;
  readonly pending: readonly string[];
}

/**
 * Creates a claim certificate of a product and registers it in every region. Fails with
 * `limit_reached`.
 */
export const addClaim = async (
  { csr, prefix }: z.output<typeof claimInput>,
  product: Pick<Product, "id">,
  deps: Deps,
): Promise<ChangedClaim & { endpoints: readonly Endpoint[] }> => {
  const known = await deps.claims.list(product.id, claimCertificatesListedMax);
  const valid = known.filter(({ endedAt }) => endedAt === undefined);
  if (
    valid.length >= claimCertificatesPerProductMax ||
    known.length >= claimCertificatesListedMax
  ) {
    throw new Failure(
      `A product has at most ${claimCertificatesPerProductMax} claim certificates at once. End one first.`,
      { code: "limit_reached" },
    );
  }
  const endpoints = await findEndpoints(deps.registries, deps);
  const { certificate: pem } = await deps.registries[0].issue(csr);
  const claim = {
    id: certificateIdOf(pem),
    pem,
    product: product.id,
    createdAt: deps.now(),
    ...omitUndefined({ prefix }),
  };
  // The record first: a registered certificate without a record could not be revoked.
  await deps.claims.put(claim);
  return { claim, pending: await align(claim, deps), endpoints };
};

/**
 * Ends a claim certificate for good. From then on no region provisions a device with it. A region
 * that cannot be reached revokes it within about a minute of its return. May be repeated. Fails
 * with `not_found`.
 */
export const endClaim = async (id: string, deps: Deps): Promise<ChangedClaim> => {
  const claim = await deps.claims.find(id);
  if (claim === undefined) {
    throw new Failure(`there is no claim certificate ${id}`, { code: "not_found" });
  }
  const regions = deps.claimRegistries.map(({ region }) => region);
  const ended = await endRecord(claim, { ...deps, regions });
  return { claim: ended, pending: await align(ended, deps) };
};

interface EndDeps {
  readonly claims: Pick<ClaimCertificates, "list" | "put" | "addPending">;
  /** All regions of this deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
}

/**
 * Ends the claim certificates of a product. Every region revokes them in its registry within about
 * a minute, or within about a minute of its return. May be repeated.
 */
export const endClaimsOf = async (product: number, deps: EndDeps): Promise<void> => {
  for (const claim of await deps.claims.list(product, claimCertificatesListedMax)) {
    if (claim.endedAt === undefined) await endRecord(claim, deps);
  }
};

/**
 * The pending work is written first: after a crash between the two writes, the record is still
 * valid and the call is repeated.
 */
const endRecord = async (
  claim: ClaimCertificate,
  {
    claims,
    regions,
    now,
  }: Pick<EndDeps, "regions" | "now"> & { claims: Pick<ClaimCertificates, "put" | "addPending"> },
): Promise<ClaimCertificate> => {
  await claims.addPending({ id: claim.id, since: now() }, regions);
  const ended = { ...claim, endedAt: claim.endedAt ?? now() };
  await claims.put(ended);
  return ended;
};

interface PendingDeps {
  readonly claims: Pick<ClaimCertificates, "find" | "listPending" | "completePending">;
  /** The registry of this region. */
  readonly claimRegistry: Pick<ClaimRegistry, "end">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** How many claim certificates this region revoked, and how many it could not revoke. */
export interface RevokeCount {
  revoked: number;
  failed: number;
}

/**
 * Revokes the claim certificates that were ended, in this region. Stops at `deadline` (milliseconds
 * since 1970); the next run continues. One that fails does not stop the others.
 */
export const applyPendingClaims = async (
  deadline: number,
  { claims, claimRegistry, now, onError }: PendingDeps,
): Promise<RevokeCount> => {
  const count = { revoked: 0, failed: 0 };
  for (const pending of await claims.listPending(pendingPageMax)) {
    if (now() >= deadline) return count;
    try {
      const claim = await claims.find(pending.id);
      const isEnded = claim?.endedAt !== undefined;
      // The record has not been replicated yet, or the request that was to write it crashed.
      if (!isEnded && now() - pending.since < replicationWaitMs) continue;
      if (isEnded) await claimRegistry.end(claim.pem);
      await claims.completePending(pending);
      if (isEnded) count.revoked += 1;
    } catch (error) {
      count.failed += 1;
      onError("revoking a claim certificate failed", error);
    }
  }
  return count;
};

/**
 * Updates every region again with the state of a product's claim certificates, for example a new
 * region.
 */
export const alignClaims = async (product: number, deps: Deps): Promise<ChangedClaim[]> => {
  const aligned: ChangedClaim[] = [];
  for (const claim of await deps.claims.list(product, claimCertificatesListedMax)) {
    aligned.push({ claim, pending: await align(claim, deps) });
  }
  return aligned;
};

/** Returns the regions that failed. */
const align = async (
  { pem, endedAt }: ClaimCertificate,
  { claimRegistries, onError }: Deps,
): Promise<string[]> => {
  const updated = claimRegistries.map(async (registry): Promise<string[]> => {
    try {
      await (endedAt === undefined ? registry.admit(pem) : registry.end(pem));
      return [];
    } catch (error) {
      onError(`updating a claim certificate in ${registry.region} failed`, error);
      return [registry.region];
    }
  });
  return (await Promise.all(updated)).flat();
};
