import * as z from "zod";
import type { Product } from "../../account/product.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { deviceName } from "../device.ts";
import { certificateIdOf } from "../registry/certificate.ts";
import type { Provisioning, Registries } from "../registry/registry.ts";
import { signingRequest } from "../registry/signingRequest.ts";
import type { ClaimCertificate, ClaimCertificates, ClaimRegistry } from "./claimCertificates.ts";
import { type Endpoint, findEndpoints } from "./findEndpoints.ts";
import { claimCertificatesListedMax, claimCertificatesPerProductMax } from "./limits.ts";

/** A new claim certificate. The key stays with whoever made the request. */
export const claimInput = z.object({ csr: signingRequest, prefix: z.optional(deviceName) });

interface Deps {
  readonly claims: ClaimCertificates;
  readonly claimRegistries: readonly ClaimRegistry[];
  readonly registries: Registries<"issue" | "endpoint">;
  readonly provisioning: Pick<Provisioning, "endpoint">;
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** A claim certificate, and the regions that could not be told of its state. */
export interface ChangedClaim {
  readonly claim: ClaimCertificate;
  readonly pending: readonly string[];
}

/** Makes a claim certificate of a product, and admits it in every region. Fails with `limit_reached`. */
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
  // The record first: a certificate that a broker admits and that is not recorded could not be ended.
  await deps.claims.put(claim);
  return { claim, pending: await align(claim, deps), endpoints };
};

/** Ends a claim certificate for good. From then on no region provisions a device with it. May be repeated. */
export const endClaim = async (id: string, deps: Deps): Promise<ChangedClaim> => {
  const claim = await deps.claims.find(id);
  if (claim === undefined) {
    throw new Failure(`there is no claim certificate ${id}`, { code: "not_found" });
  }
  const ended = { ...claim, endedAt: claim.endedAt ?? deps.now() };
  await deps.claims.put(ended);
  return { claim: ended, pending: await align(ended, deps) };
};

/** Tells every region again of the state of a product's claim certificates, for example one that was down. */
export const alignClaims = async (product: number, deps: Deps): Promise<ChangedClaim[]> => {
  const aligned: ChangedClaim[] = [];
  for (const claim of await deps.claims.list(product, claimCertificatesListedMax)) {
    aligned.push({ claim, pending: await align(claim, deps) });
  }
  return aligned;
};

/** Resolves to the regions that failed. */
const align = async (
  { pem, endedAt }: ClaimCertificate,
  { claimRegistries, onError }: Deps,
): Promise<string[]> => {
  const told = claimRegistries.map(async (registry): Promise<string[]> => {
    try {
      await (endedAt === undefined ? registry.admit(pem) : registry.end(pem));
      return [];
    } catch (error) {
      onError(`a claim certificate is not in line in ${registry.region}`, error);
      return [registry.region];
    }
  });
  return (await Promise.all(told)).flat();
};
