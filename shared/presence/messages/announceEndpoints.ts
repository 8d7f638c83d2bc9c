import * as z from "zod/mini";
import { encodeControl } from "../../device/controlMessage.ts";
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
  /** All regions of this deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
  readonly onError: (what: string, error: unknown) => void;
}

/** Sends the endpoints to a device whose hello lacks one. Never fails. */
export type AnnounceEndpoints = (message: Pick<ReceivedEvent, "topic" | "data">) => Promise<void>;

/** The part of a hello that lists the endpoints that the device knows. */
export const endpointList = z.object({
  endpoints: z
    .array(z.string().check(z.maxLength(endpointCharsMax)))
    .check(z.maxLength(endpointsListedMax)),
});

/**
 * Compares the endpoints in a hello with those of the deployment's regions. If one is missing,
 * because its region was added after the device was provisioned, sends all of them on
 * `control/{device}`. A hello without a list is ignored, so devices that cannot store endpoints
 * cost nothing. A lost message is sent again after the next hello.
 *
 * The endpoints are cached for `endpointsFreshMs` (`endpointsIncompleteMs` while a new region has
 * not published its own). A deployment of one region never reads them.
 */
export const announceEndpoints = (deps: Deps): AnnounceEndpoints => {
  const endpointsNow = endpointCache(deps);
  return async ({ topic, data }) => {
    const device = helloDevice(topic);
    if (device === undefined || deps.regions.length < 2) return;
    const { data: payload } = z.safeParse(
      endpointList,
      parseJson(Buffer.from(data, "base64").toString()),
    );
    if (payload === undefined) return;
    try {
      const endpoints = await endpointsNow();
      if (endpoints.every((endpoint) => payload.endpoints.includes(endpoint))) return;
      const message = encodeControl({ command: "endpoints", endpoints: [...endpoints] });
      await deps.link.send(device, controlTopic(device), message);
    } catch (error) {
      deps.onError("sending a device the endpoints failed", error);
    }
  };
};

/** Caches the endpoints of all regions. A new region has none until it publishes it. */
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
