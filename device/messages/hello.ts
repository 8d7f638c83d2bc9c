import type { Functions } from "../calls/callHandler.ts";
import type { Variables } from "../calls/variable.ts";
import { endpointsMax, functionsMax, nameBytesMax, variablesMax } from "../limits.ts";

/** What a device says about itself. */
export interface Hello {
  readonly firmware: string;
  readonly functions: Functions;
  readonly variables: Variables;
  /** The fleet that it believes it is in. */
  readonly fleet: string;
  /** How often it wakes up, when it sleeps. */
  readonly wakeSeconds?: number | undefined;
  readonly claimCode?: string | undefined;
  /** URLs of brokers that it knows. */
  readonly endpoints: readonly string[];
}

/** A hello as it goes over the wire. */
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
  });

/** Fails with the reason when the cloud would not take what a device offers. */
export const validateOffer = (functions: Functions, variables: Variables): void => {
  checkNames("functions", Object.keys(functions), functionsMax);
  checkNames("variables", Object.keys(variables), variablesMax);
};

const checkNames = (what: string, names: readonly string[], max: number): void => {
  if (names.length > max) throw new Error(`a device has at most ${max} ${what}`);
  for (const name of names) {
    const bytes = Buffer.byteLength(name);
    if (bytes >= 1 && bytes <= nameBytesMax) continue;
    throw new Error(`names of ${what} have 1 to ${nameBytesMax} bytes, not '${name}'`);
  }
};
