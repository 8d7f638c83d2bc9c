import type { ReceivedEvent } from "#shared/event/deviceEvent.ts";
import { readDeviceRows } from "#shared/presence/deviceRows.ts";
import { handlePresenceMessages } from "#shared/presence/messages/handlePresenceMessages.ts";
import { memoryDeviceRows } from "./deviceRows.ts";

type Deps = Parameters<typeof handlePresenceMessages>[2] & Parameters<typeof memoryDeviceRows>[0];

/** Reads the rows of the messages' devices and handles the messages, as the function does. */
export const handlePresence = async (received: readonly ReceivedEvent[], deps: Deps) =>
  handlePresenceMessages(received, await readDeviceRows(received, memoryDeviceRows(deps)), deps);
