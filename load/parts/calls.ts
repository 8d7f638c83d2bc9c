import { variableValue } from "../process/calleeObserver.ts";
import type { Step } from "../process/driverJob.ts";
import type { Part, PartContext, StartObserver, TenantLane } from "./part.ts";

/** Devices of a lane that answer, in turn: for so many units a second one more, up to 20. */
const ratePerCallee = 10;
const calleesMax = 20;

/** Calls of functions: a device executes each one at most once, and its result comes back. */
export const calls: Part = {
  does: "function calls, through the API to the device and back",
  units: "calls",
  documented: {
    perSecond: 200,
    source: "Streams and calls: 500 calls, one after the other, with a p50 of 5.0 ms",
  },
  seconds: 15,
  measured: "executions",
  prepare: (context, startObserver) =>
    prepareCallees(context, startObserver, ({ tenant }, device) => ({
      method: "POST",
      path: `/v1/products/${tenant.product}/devices/${device}/led`,
      headers: {
        authorization: `Bearer ${tenant.token}`,
        "content-type": "application/json",
      },
      body: '{"arg":"{seq}"}',
      expect: '"return_value":{seq}',
    })),
};

/** Reads of variables. A read changes nothing, so its reply is the only evidence. */
export const variables: Part = {
  does: "reads of a variable, through the API from the device",
  units: "reads",
  documented: { perSecond: 50, source: "Load at five times: reads of a variable" },
  seconds: 15,
  measured: "replies",
  prepare: (context, startObserver) =>
    prepareCallees(context, startObserver, ({ tenant }, device) => ({
      method: "GET",
      path: `/v1/products/${tenant.product}/devices/${device}/state`,
      headers: { authorization: `Bearer ${tenant.token}` },
      expect: `"result":${variableValue}`,
    })),
};

const prepareCallees = async (
  { ground, lanes }: PartContext,
  startObserver: StartObserver,
  stepOf: (lane: TenantLane, device: string) => Step,
) => {
  const devices = await Promise.all(
    lanes.map(({ tenant, lane }) =>
      ground.addDevices(tenant, Math.min(calleesMax, Math.ceil(lane.rate / ratePerCallee))),
    ),
  );
  await startObserver({ kind: "callees", mqtt: ground.mqtt, ca: ground.ca, lanes: devices });
  const drivers = lanes.map((lane, i) => ({
    kind: "request" as const,
    base: ground.api,
    sequences: (devices[i] ?? []).map(({ id }) => [stepOf(lane, id)]),
  }));
  return { drivers };
};
