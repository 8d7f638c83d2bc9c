import { claimTemplateName } from "../../device/provision/limits.ts";
import type { Channels, Message } from "./channel.ts";

const text = { type: "string" };
const empty = { type: "object" };

const object = (properties: Readonly<Record<string, object>>, required = Object.keys(properties)) =>
  ({ type: "object", properties, required }) as const;

/** One request of IoT Core with its two answers. */
const exchange = (
  topic: string,
  { name, request, accepted }: { name: string; request: Message; accepted: Message },
): Channels => {
  const answer = (kind: "Accepted" | "Rejected", message: Message): Channels => ({
    [`${name}${kind}`]: {
      server: "mqtt",
      address: `${topic}/${kind.toLowerCase()}`,
      summary: `The answer to ${name}: ${kind.toLowerCase()}.`,
      messages: { [`${name}${kind}`]: message },
      send: { [`send${capital(name)}${kind}`]: { summary: message.summary } },
    },
  });
  return {
    [name]: {
      server: "mqtt",
      address: topic,
      summary: request.summary,
      messages: { [`${name}Request`]: request },
      receive: {
        [name]: {
          summary: `${request.summary} The answer is on \`${topic}/accepted\` or \`${topic}/rejected\`.`,
          reply: { channel: `${name}Accepted`, messages: [`${name}Accepted`] },
        },
      },
    },
    ...answer("Accepted", accepted),
    ...answer("Rejected", rejected),
  };
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const rejected: Message = {
  summary: "IoT Core rejects the request.",
  payload: object({ statusCode: { type: "integer" }, errorCode: text, errorMessage: text }, []),
  examples: [
    { payload: { statusCode: 403, errorCode: "AccessDenied", errorMessage: "Access denied" } },
  ],
};

const token = "a token of IoT Core";
const certificateId = "c".repeat(64);
const certificatePem = "-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n";

const certificate = (more: Readonly<Record<string, object>> = {}) =>
  object({ certificateId: text, certificatePem: text, certificateOwnershipToken: text, ...more });

/**
 * The topics of IoT Core by which a new device provisions itself with a claim certificate.
 * https://docs.aws.amazon.com/iot/latest/developerguide/fleet-provision-api.html
 */
export const provisioningChannels: Channels = {
  ...exchange("$aws/certificates/create-from-csr/json", {
    name: "createCertificateFromCsr",
    request: {
      summary: "A new device requests a certificate for its own key.",
      payload: object({ certificateSigningRequest: text }),
      examples: [
        {
          payload: {
            certificateSigningRequest:
              "-----BEGIN CERTIFICATE REQUEST-----\nMIHt…\n-----END CERTIFICATE REQUEST-----\n",
          },
        },
      ],
    },
    accepted: {
      summary: "The certificate, and the token with which the device provisions itself.",
      payload: certificate(),
      examples: [{ payload: { certificateId, certificatePem, certificateOwnershipToken: token } }],
    },
  }),
  ...exchange("$aws/certificates/create/json", {
    name: "createCertificate",
    request: {
      summary: "A new device requests a certificate and a key, which the cloud generates.",
      payload: empty,
      examples: [{ payload: {} }],
    },
    accepted: {
      summary: "The certificate, its key, and the token with which the device provisions itself.",
      payload: certificate({ privateKey: text }),
      examples: [
        {
          payload: {
            certificateId,
            certificatePem,
            certificateOwnershipToken: token,
            privateKey: "-----BEGIN RSA PRIVATE KEY-----\nMIIE…\n-----END RSA PRIVATE KEY-----\n",
          },
        },
      ],
    },
  }),
  ...exchange(`$aws/provisioning-templates/${claimTemplateName}/provision/json`, {
    name: "provisionByClaim",
    request: {
      summary: "A new device provisions itself by its serial number.",
      payload: object({
        certificateOwnershipToken: text,
        parameters: object({ SerialNumber: text }),
      }),
      examples: [
        { payload: { certificateOwnershipToken: token, parameters: { SerialNumber: "SN-0001" } } },
      ],
    },
    accepted: {
      summary: "The device's id, which is its MQTT client id, and its fleet.",
      payload: object({ thingName: text, deviceConfiguration: object({ fleet: text }) }),
      examples: [
        {
          payload: {
            thingName: "0123456789abcdef01234567",
            deviceConfiguration: { fleet: "f0123456789abcdef" },
          },
        },
      ],
    },
  }),
};
