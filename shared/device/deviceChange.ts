import * as z from "zod";
import { flag } from "../input/flag.ts";
import { Failure } from "../platform/failure.ts";
import { description } from "./describeDevice.ts";

/** What may be changed of a device. */
export const deviceChange = z.object({
  ...description.shape,
  signal: z.optional(flag),
  quarantined: z.optional(flag),
});

type DeviceChange = z.output<typeof deviceChange>;

/**
 * Checks that fields can be changed in one request. `signal` is a message to the device, which the device may not confirm, so it goes alone. All
 * other fields go together. Fails with `invalid_request`, which names the fields.
 */
export const checkTogether = ({ signal, ...others }: DeviceChange): void => {
  const given = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (signal === undefined && given.length === 0) {
    throw new Failure("there is nothing to change: name, notes, signal or quarantined", {
      code: "invalid_request",
    });
  }
  if (signal === undefined || given.length === 0) return;
  throw new Failure(
    `signal cannot be combined with ${given.join(" and ")}: send a request for signal alone`,
    { code: "invalid_request" },
  );
};
