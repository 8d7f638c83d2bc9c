import { describe, expect, it } from "vitest";
import { replicationWaitMs } from "#shared/device/provision/limits.ts";
import { applyPendingClaims, endClaimsOf } from "#shared/device/provision/manageClaims.ts";
import { memoryClaimCertificates } from "../../../memory/device/claimCertificates.ts";
import { stoppedClock } from "../../../memory/samples.ts";

const world = async () => {
  const clock = stoppedClock();
  const claims = memoryClaimCertificates("r1");
  await claims.put({ id: "c", pem: "PEM", product: 7, createdAt: 0 });
  const revoked: string[] = [];
  const errors: string[] = [];
  const deps = {
    claims,
    claimRegistry: {
      async end(pem: string) {
        revoked.push(pem);
      },
    },
    regions: ["r1", "r2"],
    now: clock.now,
    onError: (what: string) => errors.push(what),
  };
  const apply = () => applyPendingClaims(clock.ms + 1_000, deps);
  return { clock, claims, revoked, errors, deps, apply };
};

describe("ended claim certificates", () => {
  it("are revoked by the next run of each region, once", async () => {
    const { deps, revoked, apply } = await world();
    await endClaimsOf(7, deps);
    expect(await apply()).toEqual({ revoked: 1, failed: 0 });
    expect(await apply()).toEqual({ revoked: 0, failed: 0 });
    expect(revoked).toEqual(["PEM"]);
  });

  it("stay pending while the registry fails", async () => {
    const { deps, errors, revoked, apply } = await world();
    await endClaimsOf(7, deps);
    const { end } = deps.claimRegistry;
    deps.claimRegistry.end = async () => {
      throw new Error("down");
    };
    expect(await apply()).toEqual({ revoked: 0, failed: 1 });
    expect(errors).toHaveLength(1);
    deps.claimRegistry.end = end;
    expect(await apply()).toEqual({ revoked: 1, failed: 0 });
    expect(revoked).toEqual(["PEM"]);
  });

  it("stay pending until their record is replicated, and a certificate without an end stays valid", async () => {
    const { clock, claims, revoked, apply } = await world();
    await claims.addPending({ id: "c", since: clock.ms }, ["r1"]);
    await apply();
    expect(await claims.listPending(9)).toHaveLength(1);
    clock.ms += replicationWaitMs;
    await apply();
    expect(await claims.listPending(9)).toEqual([]);
    expect(revoked).toEqual([]);
  });
});
