import { functionCredentials, signWebSocketUrl } from "../../platform/awsSignature.ts";
import type { LiveEvents } from "../../stream/ports.ts";
import { dataPlaneEndpoint } from "../platform/dataPlane.ts";
import { subscribeOverWebSocket } from "./subscribeOverWebSocket.ts";

/**
 * Live events from IoT Core, over MQTT 3.1.1 on WebSocket. The URL is signed by AWS Signature
 * Version 4. Each subscription has its own connection, without reconnection: when it ends, the
 * stream ends and its client reconnects. `otherRegion` selects another region than the function's.
 */
export const iotLiveEvents = (otherRegion?: string): LiveEvents => ({
  async subscribe(filters, on) {
    const endpoint = await findEndpoint(otherRegion);
    const region = otherRegion ?? process.env.AWS_REGION ?? "";
    const url = signWebSocketUrl(endpoint, region, functionCredentials(), Date.now());
    return await subscribeOverWebSocket(url, filters, on);
  },
});

/** The URL of MQTT over WebSockets. */
const findEndpoint = async (otherRegion: string | undefined): Promise<URL> =>
  new URL("/mqtt", (await dataPlaneEndpoint(otherRegion)).replace(/^http/, "ws"));
