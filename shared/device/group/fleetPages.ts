import { type Device, type Devices, type NamePosition, namePositionOf } from "../device.ts";
import { memberChunk } from "./limits.ts";

/** The devices of a fleet in pages, `max` or a few more in total. Eventually consistent. */
export async function* fleetPages(
  fleet: string,
  devices: Pick<Devices, "pageOfFleet">,
  max = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly Device[]> {
  let after: NamePosition | undefined;
  for (let read = 0; read < max; ) {
    const page = await devices.pageOfFleet(fleet, { limit: memberChunk, after, order: "asc" });
    if (page.devices.length > 0) yield page.devices;
    read += page.devices.length;
    const last = page.devices.at(-1);
    if (!page.hasMore || last === undefined) return;
    after = namePositionOf(last);
  }
}
