import { MessageChannel } from "node:worker_threads";
import type { AwsHandler } from "../http/awsRequest.ts";
import type { AwsService } from "../http/awsService.ts";
import { handleSends } from "./handleSends.ts";
import type { AcceptedSend, Wire } from "./messages.ts";
import { serveWire, type WireDeps, type WireHandlers } from "./serveWire.ts";

/** The handlers of services of this thread, by the host of their endpoint. */
export const wireHandlers = (
  services: readonly Pick<AwsService, "url" | "handle">[],
): WireHandlers =>
  new Map<string, AwsHandler>(services.map(({ url, handle }) => [new URL(url).host, handle]));

/** A wire, and how this thread handles the sends that a function was told are accepted. */
export interface ServedWire extends Wire {
  /** Whether the queues take messages now, so that a function need not wait for their response. */
  readonly acceptsSends?: () => boolean;
  /** Handles accepted sends (`handleSends`). */
  readonly handleSends?: (sends: readonly AcceptedSend[]) => void | Promise<void>;
}

/** Opens a wire to services of this thread. The returned end is for one environment. */
export const openWire = (
  handlers: WireHandlers,
  { acceptsSends, ...deps }: WireDeps & Pick<ServedWire, "acceptsSends">,
): ServedWire => {
  const { port1, port2 } = new MessageChannel();
  serveWire(port1, handlers, deps);
  return {
    hosts: [...handlers.keys()],
    port: port2,
    ...(acceptsSends && { acceptsSends }),
    handleSends: (sends) => handleSends(sends, handlers, deps.roleKey),
  };
};
