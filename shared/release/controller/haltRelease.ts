import { randomBytes } from "node:crypto";
import { automatic } from "../model/fact.ts";
import type { Release } from "../model/release.ts";
import type { ControllerDeps } from "./deps.ts";

type Deps = Pick<ControllerDeps, "facts" | "region" | "now">;

/** Who halts or resumes a release, and why. */
export interface Decision {
  readonly by: string;
  readonly reason?: string | undefined;
}

/** Halts a release: no further device is offered the update until a person resumes it. */
export const haltRelease = async (
  release: Pick<Release, "id">,
  { by, reason }: Decision,
  { facts, region, now }: Deps,
): Promise<string> => {
  const halt = `${now().toString(36)}${randomBytes(4).toString("hex")}`;
  await facts.add({
    ...{ release: release.id, region, at: now(), kind: "halted", halt, by },
    ...(reason !== undefined && { reason }),
  });
  return halt;
};

/** Orders the devices of a release back. `to` is the release of the former version. */
export const orderRollback = async (
  release: Pick<Release, "id">,
  { by, reason, to }: Decision & { readonly to?: string | undefined },
  { facts, region, now }: Deps,
): Promise<void> =>
  facts.add({
    ...{ release: release.id, region, at: now(), kind: "rollback", by },
    ...(reason !== undefined && { reason }),
    ...(to !== undefined && { to }),
  });

/** The decision of the controller. */
export const byItself = (reason: string): Decision => ({ by: automatic, reason });
