import * as z from "zod/mini";
import { eventText } from "../platform/eventText.ts";
import { callNameBytesMax } from "../presence/limits.ts";
import { callArgumentBytesMax } from "./limits.ts";

const name = z.string().check(
  z.minLength(1),
  z.refine((given) => Buffer.byteLength(given) <= callNameBytesMax, {
    message: `must be at most ${callNameBytesMax} bytes`,
  }),
);

/** A function's argument: text; other JSON becomes its JSON text. */
const argument = z.optional(z.unknown());

const givenCall = z
  .object({ name, args: argument, arg: argument, params: argument })
  .check(
    z.refine(
      ({ args, arg, params }) =>
        new Set([args, arg, params].filter((given) => given !== undefined).map(eventText)).size < 2,
      { message: "args, arg and params are the same field: give one of them", path: ["args"] },
    ),
  );

/**
 * The argument is `args` in Particle's clients, `arg` in its documentation and `params` in older
 * clients.
 */
export const functionInput = z
  .pipe(
    givenCall,
    z.transform(({ name: called, args, arg, params }: z.output<typeof givenCall>) => ({
      name: called,
      argument: eventText(args ?? arg ?? params),
    })),
  )
  .check(
    z.refine(({ argument }) => Buffer.byteLength(argument) <= callArgumentBytesMax, {
      message: `must be at most ${callArgumentBytesMax} bytes`,
      path: ["args"],
    }),
  );

export const variableInput = z.object({ name });

/** A request to a device: to run a function, or to read a variable. */
export type CallRequest =
  | { readonly function: string; readonly argument: string }
  | { readonly variable: string };

/** The message to a device on `calls/{device}`, by what it asks for. */
export const callMessages = {
  function: z.object({ id: z.string(), function: z.string(), argument: z.string() }),
  variable: z.object({ id: z.string(), variable: z.string() }),
} as const;

/** The payload of a call. */
export const encodeCall = (
  message: z.output<(typeof callMessages)[keyof typeof callMessages]>,
): Uint8Array => Buffer.from(JSON.stringify(message));

/** The errors of a device without this function or variable. */
const unknownFunction = "unknown function";
const unknownVariable = "unknown variable";

/** A device's reply: a value, or an error. */
export const reply = z.union([
  z.object({ error: z.enum([unknownFunction, unknownVariable]) }),
  z.object({ error: z.string() }),
  z.object({ value: z.union([z.number(), z.string(), z.boolean()]) }),
]);

/** The value of a variable. */
export type Value = number | string | boolean;

/** Whether a device has no such function or variable. */
export const isUnknown = (error: string): boolean =>
  error === unknownFunction || error === unknownVariable;

export const int32Min = -2_147_483_648;
export const int32Max = 2_147_483_647;
