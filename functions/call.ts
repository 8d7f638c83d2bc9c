import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod";
import { knowCaller } from "#shared/account/knowCaller.ts";
import { dynamoAccounts } from "#shared/aws/accounts.ts";
import { dynamoDevices } from "#shared/aws/devices.ts";
import { dynamoSessions } from "#shared/aws/sessions.ts";
import { dynamoTeams } from "#shared/aws/teams.ts";
import { functionInput, variableInput } from "#shared/call/call.ts";
import { callDevice } from "#shared/call/callDevice.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { env } from "#shared/env.ts";
import { api, signedIn } from "./edge/api.ts";
import { calledView, variableView } from "./edge/callView.ts";
import { openGlobals } from "./edge/globals.ts";
import { openLinks } from "./edge/links.ts";
import { Raw } from "./edge/reply.ts";

const names = env.call.parse(process.env);
const globals = openGlobals(names);
const now = Date.now;
const accounts = dynamoAccounts(globals, names.ACCOUNTS_TABLE);
const teams = dynamoTeams(globals, names.ACCOUNTS_TABLE);
const devices = dynamoDevices(globals, names.DEVICES_TABLE);
const needs = {
  sessions: dynamoSessions(globals, names.SESSIONS_TABLE, {
    region: names.AWS_REGION,
    regions: names.REGIONS,
  }),
  ...openLinks(names),
  newId: () => randomUUID().replaceAll("-", ""),
  now,
  wait,
};
const withToken = signedIn(knowCaller({ accounts, teams, now }));

/** `format=raw` asks for the bare value as text. */
const about = z.object({ device: z.string(), format: z.string().optional() });

const callFunction = withToken(about.and(functionInput), async (input, { fleet }) => {
  const { name, argument, format } = input;
  const device = await findDevice(fleet, input.device, { devices });
  const { value } = await callDevice(device, { function: name, argument }, needs);
  if (format === "raw") return new Raw(String(value));
  return calledView(device, { name, value });
});

const readVariable = withToken(about.and(variableInput), async (input, { fleet }) => {
  const { name, format } = input;
  const device = await findDevice(fleet, input.device, { devices });
  const { value, sessions } = await callDevice(device, { variable: name }, needs);
  if (format === "raw") return new Raw(String(value));
  return variableView({ device, sessions }, { name, value, now: now() });
});

export const handler = api<"call">({
  "POST /v1/devices/{device}/{name}": callFunction,
  "GET /v1/devices/{device}/{name}": readVariable,
  "POST /v1/products/{product}/devices/{device}/{name}": callFunction,
  "GET /v1/products/{product}/devices/{device}/{name}": readVariable,
});
