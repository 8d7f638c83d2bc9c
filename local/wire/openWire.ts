import { MessageChannel } from "node:worker_threads";
import type { AwsHandler } from "../http/awsRequest.ts";
import type { AwsService } from "../http/awsService.ts";
import type { Wire } from "./messages.ts";
import { serveWire, type WireDeps, type WireHandlers } from "./serveWire.ts";

/** The handlers of services of this thread, by the host of their endpoint. */
export const wireHandlers = (
  services: readonly Pick<AwsService, "url" | "handle">[],
): WireHandlers =>
  new Map<string, AwsHandler>(services.map(({ url, handle }) => [new URL(url).host, handle]));

/** Opens a wire to services of this thread. The returned end is for one environment. */
export const openWire = (handlers: WireHandlers, deps: WireDeps): Wire => {
  const { port1, port2 } = new MessageChannel();
  serveWire(port1, handlers, deps);
  return { hosts: [...handlers.keys()], port: port2 };
};
