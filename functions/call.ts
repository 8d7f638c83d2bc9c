import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { requireCallSlot, slotOwner, withCallSlot } from "#shared/account/caller/acquireSlot.ts";
import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { apiTimeoutSeconds } from "#shared/api/limits.ts";
import { dynamoTraffic } from "#shared/aws/delivery/traffic.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { openTables, shortRetry } from "#shared/aws/platform/clients.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import type { CallRequest } from "#shared/call/call.ts";
import { type CallResult, callDevice } from "#shared/call/callDevice.ts";
import { recordOfCall, wasSent } from "#shared/call/meterCall.ts";
import type { Device } from "#shared/device/device.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { callRoutes } from "#shared/routes/callRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";
import { Raw } from "./edge/http/reply.ts";
import { openLinks } from "./edge/links.ts";
import { logger } from "./edge/logger.ts";
import { recordSender } from "./edge/queue/recordSender.ts";
import { openShares, openSlots } from "./edge/slots.ts";
import { calledView, variableView } from "./edge/views/callView.ts";

const names = env.call.parse(process.env);
const { globals, accounts, withToken } = openCallers(names);
const now = Date.now;
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const callDeps = {
  sessions: dynamoSessions(globals, names.SESSIONS_TABLE, {
    region: names.AWS_REGION,
    regions: names.REGIONS,
  }),
  ...openLinks(names),
  newId: () => randomUUID().replaceAll("-", ""),
  now,
};
const deps = openSlots(names, accounts);
const shares = openShares(names);
const place = { table: names.LEDGER_TABLE, region: names.AWS_REGION };
const traffic = dynamoTraffic(openTables(shortRetry), place, now);
const record = recordSender(names.RECORDS_QUEUE_URL);

/**
 * Finds the device of a call. Fails with `device_not_callable`, not with `not_found`: on a 404,
 * particle-cli reports that the device has no such function.
 */
const findCallable = async (fleet: string, idOrName: string): Promise<Device> => {
  try {
    return await findDevice(fleet, idOrName, { devices });
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== "not_found") throw cause;
    throw new Failure(cause.message, { code: "device_not_callable", cause });
  }
};

/** Sends a call in a call slot of the user: each waiting call occupies an execution. */
const call = async (
  { device: idOrName }: { device: string },
  question: CallRequest,
  caller: Caller,
): Promise<{ device: Device; answer: CallResult }> => {
  const begun = performance.now();
  const owner = slotOwner(caller, deps);
  const [device] = await Promise.all([
    findCallable(caller.fleet, idOrName),
    requireCallSlot(caller, deps),
    owner.then((user) => shares.require(user)),
  ]);
  const spend = async () => await shares.add(await owner, performance.now() - begun);
  const of = { fleet: caller.fleet, device: device.id };
  const metered = { ...of, id: callDeps.newId(), question, at: now() };
  try {
    const slot = { lifeMs: apiTimeoutSeconds * 1_000, deps };
    const answer = await withCallSlot(caller, slot, (signal) =>
      callDevice(device, question, { ...callDeps, wait: (ms) => wait(ms, undefined, { signal }) }),
    );
    await Promise.all([countCall(of, [1, 0]), record(recordOfCall(metered)), spend()]);
    return { device, answer };
  } catch (error) {
    const sent = wasSent(error) && record(recordOfCall(metered));
    await Promise.all([countCall(of, [0, 1]), sent, spend()]);
    throw error;
  }
};

/** Counts a call for its fleet and its device. No call fails because it is not counted. */
const countCall = async (
  { fleet, device }: { fleet: string; device: string },
  counts: readonly number[],
): Promise<void> => {
  const own = { fleet, metric: "calls", at: now(), counts } as const;
  await traffic
    .add([own, { ...own, device }])
    .catch((error: unknown) => logger.warn("counting a call failed", { error }));
};

const callFunction = withToken<typeof callRoutes.callFunction>(async (input, caller) => {
  const { name, argument, format } = input;
  const { device, answer } = await call(input, { function: name, argument }, caller);
  const { value } = answer;
  if (format === "raw") return new Raw(String(value));
  return calledView(device, { name, value });
});

const readVariable = withToken<typeof callRoutes.readVariable>(async (input, caller) => {
  const { name, format } = input;
  const { device, answer } = await call(input, { variable: name }, caller);
  const { value, sessions } = answer;
  if (format === "raw") return new Raw(String(value));
  return variableView({ device, sessions }, { name, value, now: now() });
});

export const handler = api(callRoutes, { callFunction, readVariable });
