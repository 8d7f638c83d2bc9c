import type { Functions } from "../calls/callHandler.ts";
import type { Variables } from "../calls/variable.ts";
import { endpointsMax, functionsMax, nameBytesMax, variablesMax } from "../limits.ts";
import type { UpdateHello } from "../update/updates.ts";

/** Contents of a hello message. */
export interface Hello {
  readonly firmware: string;
  readonly functions: Functions;
  readonly variables: Variables;
  /** The fleet as the device knows it. */
  readonly fleet: string;
  /** Wake-up interval of a sleepy device. */
  readonly wakeSeconds?: number | undefined;
  readonly claimCode?: string | undefined;
  /** Broker URLs that the device knows. */
  readonly endpoints: readonly string[];
  /** Fields of the update handler. */
  readonly updates?: UpdateHello | undefined;
}

/** Serializes a hello for `hello/{device}`. */
export const writeHello = (hello: Hello): string =>
  JSON.stringify({
    firmware: hello.firmware,
    functions: Object.keys(hello.functions),
    variables: Object.fromEntries(
      Object.entries(hello.variables).map(([name, { type }]) => [name, type]),
    ),
    wake: hello.wakeSeconds,
    fleet: hello.fleet,
    claim: hello.claimCode,
    endpoints: hello.endpoints.slice(0, endpointsMax),
    ...(hello.updates && updateFields(hello.updates)),
  });

const updateFields = (updates: UpdateHello) => ({
  image: updates.image,
  slots: updates.slots,
  other: updates.other,
  keys: updates.keys,
  updates: updates.updates,
  reset: updates.reset,
  utc_offset: updates.utcOffset,
  platform: updates.platform,
});

/** Throws if the cloud would reject the functions or variables of a device. */
export const validateOffer = (functions: Functions, variables: Variables): void => {
  checkNames("functions", Object.keys(functions), functionsMax);
  checkNames("variables", Object.keys(variables), variablesMax);
};

const checkNames = (kind: string, names: readonly string[], max: number): void => {
  if (names.length > max) throw new Error(`a device must not offer more than ${max} ${kind}`);
  for (const name of names) {
    const bytes = Buffer.byteLength(name);
    if (bytes >= 1 && bytes <= nameBytesMax) continue;
    throw new Error(`names of ${kind} must have 1 to ${nameBytesMax} bytes, not '${name}'`);
  }
};
