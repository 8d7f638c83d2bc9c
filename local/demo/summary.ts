import { join } from "node:path";
import type { DemoDevice } from "./records.ts";

interface Addresses {
  readonly api: string;
  readonly mqtt: string;
  readonly state: string;
  readonly device: DemoDevice;
  readonly regions: readonly {
    readonly region: string;
    readonly api: string;
    readonly mqtt: string;
    readonly control: string;
  }[];
}

/** The text for people after a start: addresses and commands to try. */
export const summary = (
  { api, mqtt, state, regions, device: { id, fleet } }: Addresses,
  given: { demo: boolean; data: string | undefined; consoleUrl: string },
): string => {
  const { demo: isDemo, data, consoleUrl } = given;
  const demo = join(state, "demo");
  return `
Godwit runs on this machine.

  Console ${consoleUrl}
          (signs the demo user in, once and within 10 minutes)
  API     ${api}
  MQTT    ${mqtt}
  Status  ${api}/status
  State   ${state}${data === undefined ? temporary : ""}
  Token   in ${join(demo, "user.json")}; for operations in ${join(demo, "operator.json")}
  Mails   as files in ${join(state, "mail")}
${regions.length > 1 ? regions.map(addresses).join("") : ""}
Commands to try in this folder, in another terminal:

  TOKEN=$(node -p 'require(process.argv[1]).token' "${join(demo, "user.json")}")

  # show events as they arrive
  curl -N -H "Authorization: Bearer $TOKEN" ${api}/v1/devices/events

  # publish an event as the demo device
  npx mqtt pub -C mqtts -h 127.0.0.1 -p ${new URL(mqtt).port} -i ${id} -q 1 \\
    --ca "${join(state, "ca.pem")}" \\
    --cert "${join(demo, "device-cert.pem")}" --key "${join(demo, "device-key.pem")}" \\
    -t events/${fleet}/${id}/temperature -m 21.5

${isDemo ? calls(api, id) : ""}  # deliver events whose names start with temp to your URL
  curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" ${api}/v1/integrations \\
    -d '{"event":"temp","url":"http://127.0.0.1:9000/","integration_type":"Webhook"}'

Stop it with Ctrl+C.
`;
};

const temporary = `
          temporary: deleted when this process stops.
          To keep the state, start with --data DIR: npm start -- --data ./state`;

const addresses = ({ region, api, mqtt, control }: Addresses["regions"][number]): string => `
  ${region}
    API      ${api}
    MQTT     ${mqtt}
    Status   ${api}/status
    Control  ${control}
`;

const calls = (
  api: string,
  id: string,
): string => `  # call a function of the demo device and read a variable
  curl -H "Authorization: Bearer $TOKEN" ${api}/v1/devices/${id}/led -d arg=on
  curl -H "Authorization: Bearer $TOKEN" ${api}/v1/devices/${id}/temperature

`;
