import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { readDeviceRows } from "#shared/presence/deviceRows.ts";
import { handlePresenceMessages } from "#shared/presence/messages/handlePresenceMessages.ts";
import { memoryDeviceRows } from "./deviceRows.ts";

type Handling = Parameters<typeof handlePresenceMessages>[2];
type Deps = Omit<Handling, "forwardHello" | "wait"> &
  Partial<Pick<Handling, "forwardHello" | "wait">> &
  Parameters<typeof memoryDeviceRows>[0];

/**
 * Reads the rows of the messages' devices and handles the messages, as the function does. By
 * default no hello is forwarded, and waits are over at once.
 */
export const handlePresence = async (received: readonly ReceivedEvent[], deps: Deps) =>
  handlePresenceMessages(received, await readDeviceRows(received, memoryDeviceRows(deps)), {
    forwardHello: async (_device, _hello, known) => known,
    wait: async () => {},
    ...deps,
  });
