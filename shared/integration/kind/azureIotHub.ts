import * as z from "zod/mini";
import type { TargetRequest } from "../../target/target.ts";
import { hopsAfter, hopsAttribute } from "./hops.ts";
import type { Common, Kind, RenderInput, SendDeps } from "./kind.ts";
import { message, messageTemplate } from "./message.ts";
import { sasToken } from "./sasToken.ts";

const settings = z.object({
  /** The hub's name, or its full host name if that does not end in `azure-devices.net`. */
  hub_name: z
    .string()
    .check(
      z.regex(
        /^[a-z0-9-]{3,50}(\.azure-devices\.(net|cn|us))?$/i,
        "must be the name of an IoT hub: 3 to 50 letters, digits and -",
      ),
    ),
  /** A shared access policy with permission to connect devices and write the registry. */
  policy_name: z.string().check(z.minLength(1), z.maxLength(64)),
  policy_key: z.string().check(z.minLength(1)),
  json: messageTemplate,
});

/** Settings of an Azure IoT hub. */
type AzureIotHubSettings = z.output<typeof settings>;

const hostOf = ({ hub_name: name }: AzureIotHubSettings): string =>
  name.includes(".") ? name : `${name}.azure-devices.net`;

// https://learn.microsoft.com/rest/api/iothub/device/send-device-event
const render = (integration: Common & AzureIotHubSettings, input: RenderInput): TargetRequest => ({
  method: "POST",
  url: `${deviceUrl(integration, input)}/messages/events?api-version=2020-03-13`,
  headers: {
    "user-agent": "Godwit/1",
    "content-type": "application/json",
    "iothub-contenttype": "application/json",
    "iothub-contentencoding": "utf-8",
    "iothub-messageid": input.id,
    [`iothub-app-${hopsAttribute}`]: hopsAfter(input.event),
  },
  body: message(integration, input),
  rejectUnauthorized: true,
});

/**
 * Creates the device's identity in the hub. 409: a concurrent delivery of the device created it.
 */
// https://learn.microsoft.com/rest/api/iothub/service/devices/create-or-update-identity
const identity = (integration: AzureIotHubSettings, input: RenderInput): TargetRequest => ({
  method: "PUT",
  url: `${deviceUrl(integration, input)}?api-version=2021-04-12`,
  headers: { "user-agent": "Godwit/1", "content-type": "application/json" },
  body: JSON.stringify({
    deviceId: input.event.device,
    status: "enabled",
    authentication: { type: "sas" },
  }),
  rejectUnauthorized: true,
});

const deviceUrl = (integration: AzureIotHubSettings, { event }: RenderInput): string =>
  `https://${hostOf(integration)}/devices/${encodeURIComponent(event.device)}`;

const asPolicy = async (
  request: TargetRequest,
  integration: Common & AzureIotHubSettings,
  { token, now }: SendDeps,
): Promise<TargetRequest> => {
  const { hub_name: hub, policy_name: policy, policy_key: key } = integration;
  const authorization = await token(JSON.stringify(["azure", hub, policy, key]), async () =>
    // A token for the whole hub:
    // https://learn.microsoft.com/azure/iot-hub/authenticate-authorize-sas#sas-token-structure
    sasToken(
      { resource: hostOf(integration), name: policy, key: Buffer.from(key, "base64") },
      now(),
    ),
  );
  return { ...request, headers: { ...request.headers, authorization } };
};

/**
 * Sends a device-to-cloud message to an Azure IoT hub. Registers the device first if the hub does
 * not know it.
 */
export const azureIotHub = {
  settings,
  target: hostOf,
  secrets: ["policy_key"],
  signed: false,
  render,
  authHeaderHints: () => ({ authorization: "(a SharedAccessSignature, valid for an hour)" }),
  async send(integration, prepared, sendDeps) {
    const request = await asPolicy(prepared.request, integration, sendDeps);
    const reply = await sendDeps.sendRequest(request);
    // For an unknown device the hub replies 404 or 401, depending on the policy.
    if (reply.status !== 404 && reply.status !== 401) return reply;
    const made = await sendDeps.sendRequest(
      await asPolicy(identity(integration, prepared), integration, sendDeps),
    );
    const isThere = made.status === 200 || made.status === 409;
    return isThere ? sendDeps.sendRequest(request) : reply;
  },
} as const satisfies Kind<AzureIotHubSettings>;
