import { type CallPolicy, ServiceError } from "../call/call.ts";
import { endpointOf, givenEndpoint } from "../call/endpoint.ts";
import { openIotControl } from "../call/iotControl.ts";
import { openRestCaller, type RestCall } from "../call/restCaller.ts";
import { failFast, shortRetry } from "./clients.ts";
import { isUnreachable } from "./pauseWhenUnreachable.ts";

/** After the lookup has failed, the default endpoint is used for this time. */
const fallbackMs = 60_000;

interface Lookup {
  readonly endpoint: Promise<string>;
  /** When the lookup is repeated. */
  until: number;
}

/** The lookups of this worker, by region and control plane. A deployment has few regions. */
const lookups = new Map<string, Lookup>();

/**
 * Calls the data plane of IoT Core in this region, or in another one if given.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_Operations_AWS_IoT_Data_Plane.html
 */
export const openDataPlane = (
  policy: CallPolicy,
  options: { readonly region?: string; readonly keepAlive?: boolean } = {},
): RestCall => {
  const service = { name: "iotdata", endpoint: () => dataPlaneEndpoint(options.region) };
  return openRestCaller(service, policy, options);
};

/**
 * The endpoint of the data plane, such as `https://…-ats.iot.us-east-1.amazonaws.com`. A worker
 * asks IoT Core once for each region: production traffic uses the account's endpoint, and
 * `data-ats.iot.…` is meant for tests.
 *
 * If the control plane does not respond, or throttles, that default endpoint is used for a minute:
 * messages and calls do not depend on the control plane. Fails when this function may not ask.
 *
 * `AWS_ENDPOINT_URL_IOT_DATA_PLANE` replaces the endpoint, as in the SDK. If
 * `AWS_ENDPOINT_URL_IOT` is set as well, as in the local cloud, IoT Core is still asked: a role
 * without the permission fails there as on AWS.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-connect-devices.html#iot-connect-device-endpoints
 */
export const dataPlaneEndpoint = async (
  region = process.env.AWS_REGION ?? "",
  now: () => number = Date.now,
): Promise<string> => {
  const given = givenEndpoint("IOT_DATA_PLANE");
  const { AWS_ENDPOINT_URL_IOT: control } = process.env;
  if (given !== undefined && control === undefined) return given;
  const key = `${region} ${control ?? ""}`;
  const known = lookups.get(key);
  const lookup = known !== undefined && now() < known.until ? known : ask(region, { key, now });
  const endpoint = await lookup.endpoint;
  return given ?? endpoint;
};

const ask = (region: string, { key, now }: { key: string; now: () => number }): Lookup => {
  const isOwn = region === process.env.AWS_REGION;
  const control = openIotControl(isOwn ? shortRetry : failFast, isOwn ? undefined : region);
  const find = async (): Promise<string> => {
    try {
      return `https://${await control.describeEndpoint()}`;
    } catch (error) {
      const isTransient = isUnreachable(error) || isThrottled(error);
      // A failed lookup is not kept.
      lookup.until = isTransient ? now() + fallbackMs : 0;
      // Not the error itself: its status would be taken for that of the call.
      if (!isTransient) {
        throw new Error(`the endpoint of IoT Core in ${region} cannot be looked up`, {
          cause: error,
        });
      }
      return endpointOf("IOT_DATA_PLANE", "data-ats.iot", region);
    }
  };
  const lookup: Lookup = {
    endpoint: Promise.resolve().then(find),
    until: Number.POSITIVE_INFINITY,
  };
  lookups.set(key, lookup);
  return lookup;
};

const isThrottled = (error: unknown): boolean =>
  error instanceof ServiceError &&
  (error.$metadata.httpStatusCode === 429 || error.name === "ThrottlingException");
