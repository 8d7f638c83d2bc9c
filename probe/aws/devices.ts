import { isIP } from "node:net";
import { connect, type DetailedPeerCertificate } from "node:tls";
import { DescribeEndpointCommand } from "@aws-sdk/client-iot";
import {
  IoTDataPlaneClient,
  IoTDataPlaneServiceException,
  SendDirectMessageCommand,
} from "@aws-sdk/client-iot-data-plane";
import { tlsMsMax } from "../limits.ts";
import type { DirectMessageAccount } from "../probes/directMessage.ts";
import type { RootAuthorityAccount } from "../probes/rootAuthority.ts";
import type { Clients } from "./clients.ts";

/** IoT Core as devices and callers meet it. */
export const iotCore = ({
  iot,
  region,
}: Pick<Clients, "iot" | "region">): DirectMessageAccount & RootAuthorityAccount => {
  const findEndpoint = async (): Promise<string> => {
    const command = new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" });
    const { endpointAddress } = await iot.send(command);
    if (endpointAddress === undefined) throw new Error("IoT Core has no endpoint for devices");
    return endpointAddress;
  };
  return {
    async sendDirectMessage(clientId) {
      const isGiven = process.env.AWS_ENDPOINT_URL_IOT_DATA_PLANE ?? process.env.AWS_ENDPOINT_URL;
      const endpoint = isGiven === undefined && { endpoint: `https://${await findEndpoint()}` };
      const data = new IoTDataPlaneClient({ region, maxAttempts: 1, ...endpoint });
      try {
        const message = { clientId, topic: `calls/${clientId}`, payload: Buffer.from("{}") };
        await data.send(new SendDirectMessageCommand({ ...message, confirmation: true }));
        return undefined;
      } catch (error) {
        if (!(error instanceof IoTDataPlaneServiceException)) throw error;
        const { name, message, $metadata } = error;
        return { status: $metadata.httpStatusCode, name, message };
      } finally {
        data.destroy();
      }
    },

    async endpoint() {
      const address = await findEndpoint();
      return address.includes(":") ? address : `${address}:8883`;
    },

    chain: readChain,
  };
};

/**
 * The names of the certificates of a TLS server. It is not verified: the root is the question. If
 * the server does not send its root, the last name is the issuer of its last certificate.
 */
export const readChain = async (endpoint: string): Promise<readonly string[]> => {
  const [host = "", port = "8883"] = endpoint.split(":");
  const { promise, resolve, reject } = Promise.withResolvers<DetailedPeerCertificate>();
  const socket = connect({
    host,
    port: Number(port),
    ...(!isIP(host) && { servername: host }),
    rejectUnauthorized: false,
  });
  socket.setTimeout(tlsMsMax, () => reject(new Error(`${endpoint} does not answer`)));
  socket.once("error", reject);
  socket.once("secureConnect", () => resolve(socket.getPeerCertificate(true)));
  try {
    return namesOf(await promise);
  } finally {
    socket.destroy();
  }
};

const chainMax = 10;

const namesOf = (certificate: DetailedPeerCertificate): readonly string[] => {
  const names: string[] = [];
  let current = certificate;
  for (let depth = 0; depth < chainMax; depth += 1) {
    names.push(textOf(current.subject));
    const next = current.issuerCertificate;
    if (next === undefined || next === current || next.fingerprint256 === current.fingerprint256) {
      const issuer = textOf(current.issuer);
      return issuer === names.at(-1) ? names : [...names, issuer];
    }
    current = next;
  }
  return names;
};

const textOf = ({ CN, O, OU }: DetailedPeerCertificate["subject"]): string =>
  [CN, OU, O].flat().find((one) => one !== undefined) ?? "";
