import type { DeviceLink } from "../../device/deviceLink.ts";
import { brokerProbePauseMs, brokerProbes } from "./limits.ts";

/** No device has this id. */
const noDevice = "0".repeat(24);

interface ProbeDeps {
  readonly link: Pick<DeviceLink, "presence">;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly onError: (what: string, error: unknown) => void;
}

/**
 * Whether the broker of a region answers. It is asked for the connection of a device that does not
 * exist: without an answer, the presence of no device is known. A broker that fails only once, for
 * example while it restarts, answers: a person who was paged could do nothing.
 */
export const probeBroker = async ({ link, wait, onError }: ProbeDeps): Promise<boolean> => {
  for (let probes = 1; ; probes += 1) {
    try {
      await link.presence(noDevice);
      return true;
    } catch (error) {
      onError("the broker does not answer", error);
      if (probes === brokerProbes) return false;
    }
    await wait(brokerProbePauseMs);
  }
};
