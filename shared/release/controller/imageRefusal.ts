import { findReleasable, type ReleasableDeps } from "../../firmware/releasable.ts";
import { Failure } from "../../platform/failure.ts";
import { offersEndMs } from "../limits.ts";
import type { Release } from "../model/release.ts";

/** Why devices refuse the image of a release now; `undefined` if they accept it. */
export type ImageRefusal = (
  release: Pick<Release, "product" | "version">,
) => Promise<string | undefined>;

/**
 * Returns a function that says why devices refuse the image of a release: its manifest expires
 * within `offersEndMs`, or has too few signatures of the current keys since a rotation, or the
 * version is gone. Offers pause then: each device would fail for a reason that is not its own.
 */
export const createImageRefusal =
  (deps: ReleasableDeps): ImageRefusal =>
  async ({ product, version }) => {
    try {
      await findReleasable({ product, version }, { ...deps, now: () => deps.now() + offersEndMs });
      return undefined;
    } catch (error) {
      if (!(error instanceof Failure) || error.code === "unavailable") throw error;
      const isMissing = error.code === "not_found";
      return isMissing ? error.message : `devices refuse version ${version}: ${error.message}`;
    }
  };
