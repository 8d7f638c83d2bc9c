import * as z from "zod/mini";
import type { DeviceLink } from "../../device/deviceLink.ts";
import type { Provisioning } from "../../device/registry/registry.ts";
import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { controlTopic, helloDevice } from "../../platform/topic.ts";
import {
  endpointCharsMax,
  endpointsFreshMs,
  endpointsIncompleteMs,
  endpointsListedMax,
} from "./limits.ts";

interface Deps {
  readonly provisioning: Pick<Provisioning, "endpoint">;
  readonly link: Pick<DeviceLink, "send">;
  /** All of this deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** Tells the device of a hello the endpoints that it lacks. Never fails. */
export type AnnounceEndpoints = (message: Pick<ReceivedEvent, "topic" | "data">) => Promise<void>;

const saying = z.object({
  endpoints: z
    .array(z.string().check(z.maxLength(endpointCharsMax)))
    .check(z.maxLength(endpointsListedMax)),
});

/**
 * Compares the endpoints that a device lists in its hello with those of the deployment's regions, and sends it all of them on
 * `control/{device}` when it lacks one: its region was added after the device was made. A hello without a list is left alone, so devices
 * that cannot learn endpoints cost nothing. A message that is lost is sent again after the next hello.
 *
 * The regions' endpoints are read once in `endpointsFreshMs` (`endpointsIncompleteMs` while a new region has not said its own), and never
 * in a deployment of one region.
 */
export const announceEndpoints = (deps: Deps): AnnounceEndpoints => {
  const endpointsNow = endpointCache(deps);
  return async ({ topic, data }) => {
    const device = helloDevice(topic);
    if (device === undefined || deps.regions.length < 2) return;
    const { data: said } = z.safeParse(saying, parseJson(Buffer.from(data, "base64").toString()));
    if (said === undefined) return;
    try {
      const endpoints = await endpointsNow();
      if (endpoints.every((endpoint) => said.endpoints.includes(endpoint))) return;
      const message = JSON.stringify({ command: "endpoints", endpoints });
      await deps.link.send(device, controlTopic(device), Buffer.from(message));
    } catch (error) {
      deps.onError("device not told of endpoints", error);
    }
  };
};

/** A region that never said where its devices connect has none yet. */
const endpointCache = ({ provisioning, regions, now }: Deps) => {
  let known: { endpoints: Promise<readonly string[]>; until: number } | undefined;
  const read = async (): Promise<readonly string[]> => {
    const all = await Promise.all(regions.map((region) => provisioning.endpoint(region)));
    return all.flatMap((endpoint) => endpoint ?? []);
  };
  return (): Promise<readonly string[]> => {
    if (known !== undefined && isUnexpired(known.until, { now: now(), ms: endpointsFreshMs })) {
      return known.endpoints;
    }
    const reading = { endpoints: read(), until: now() + endpointsFreshMs };
    known = reading;
    reading.endpoints.then(
      ({ length }) => {
        if (length < regions.length) reading.until = now() + endpointsIncompleteMs;
      },
      () => {
        if (known === reading) known = undefined;
      },
    );
    return reading.endpoints;
  };
};
