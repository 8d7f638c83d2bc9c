import * as z from "zod/mini";
import { functionInput, variableInput } from "../call/call.ts";
import { isoTime } from "./replies.ts";
import { route } from "./route.ts";

/** With `format=raw`, the reply is the value as text. */
const callInput = z.object({ device: z.string(), format: z.optional(z.string()) });

const value = z.union([z.number(), z.string(), z.boolean()]);

const called = z.strictObject({
  id: z.string(),
  name: z.string(),
  last_app: z.literal(""),
  connected: z.literal(true),
  return_value: value,
});

const variable = z.strictObject({
  cmd: z.literal("VarReturn"),
  name: z.string(),
  result: value,
  coreInfo: z.strictObject({
    name: z.nullable(z.string()),
    deviceID: z.string(),
    connected: z.literal(true),
    last_handshake_at: z.nullable(isoTime),
    last_heard: z.nullable(isoTime),
    last_app: z.literal(""),
    product_id: z.nullable(z.int()),
  }),
});

/** Bodies of replies of a device. */
export type CalledBody = z.input<typeof called>;
export type VariableBody = z.input<typeof variable>;

const id = "0123456789abcdef01234567";
const errors = [
  "device_not_callable",
  "device_offline",
  "device_timeout",
  "device_error",
  "too_many_requests",
] as const;

/** The operations that a device answers. */
export const callRoutes = {
  callFunction: route({
    method: "POST",
    path: "/v1/devices/{device}/{name}",
    product: true,
    access: "devices.function:call",
    audit: { none: "a call uses a device, as events do, and can be frequent" },
    summary: "Call a function of a device",
    input: z.intersection(callInput, functionInput),
    replies: { 200: called },
    example: {
      input: { device: "lamp", name: "led", args: "on" },
      reply: { id, name: "led", last_app: "", connected: true, return_value: 1 },
    },
    errors: [...errors, "no_such_function"],
    raw: true,
  }),
  readVariable: route({
    method: "GET",
    path: "/v1/devices/{device}/{name}",
    product: true,
    access: "devices.variable:get",
    summary: "Read a variable of a device",
    input: z.intersection(callInput, variableInput),
    replies: { 200: variable },
    example: {
      input: { device: "lamp", name: "temperature" },
      reply: {
        cmd: "VarReturn",
        name: "temperature",
        result: 21.5,
        coreInfo: {
          name: "lamp",
          deviceID: id,
          connected: true,
          last_handshake_at: "2026-01-01T00:00:00.000Z",
          last_heard: "2026-01-01T00:00:00.000Z",
          last_app: "",
          product_id: null,
        },
      },
    },
    errors: [...errors, "no_such_variable"],
    raw: true,
  }),
};
