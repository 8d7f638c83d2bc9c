import { eventKeyCharsMax } from "../../platform/limits.ts";

interface Parameter {
  readonly description: string;
  readonly examples: readonly string[];
}

const parameters: Readonly<Record<string, Parameter>> = {
  fleet: {
    description: "The fleet of the device. The command `fleet` changes it.",
    examples: ["f0123456789abcdef"],
  },
  device: {
    description:
      "The id of the device, 24 hex digits; in the path of the API also its name. In events that a device receives also `api` or `particle-internal`.",
    examples: ["0123456789abcdef01234567"],
  },
  name: {
    description:
      "The name of the event. It may contain slashes, but no empty level, and no `+`, `#` or control characters.",
    examples: ["temperature", "door/front/opened"],
  },
  properties: {
    description: `A question mark and URL-encoded properties. \`id\`: the device's own id of the event, 1 to ${eventKeyCharsMax} visible ASCII characters, which requests an acknowledgement. \`at\`: the time of the event in milliseconds since 1970. The cloud sends \`at\`, \`hops\` and \`live\`.`,
    examples: ["?id=boot7-000123&at=1795176000000", "?at=1795176000000"],
  },
  prefix: {
    description: "The beginning of the names of the events.",
    examples: ["temp"],
  },
  product: {
    description: "The id or the slug of the product.",
    examples: ["lamps"],
  },
};

/** The parameter of an address. Fails for a name that is not documented. */
export const channelParameter = (name: string): Parameter => {
  const found = parameters[name];
  if (found === undefined) throw new Error(`the parameter ${name} of a channel is not documented`);
  return found;
};
