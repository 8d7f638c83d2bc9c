import type { ProvisionedBody } from "../../api/replies.ts";

export const recipeNames = ["mosquitto", "ESP-IDF", "Node.js client"] as const;

type Recipe = (device: ProvisionedBody) => string;

const hostOf = (device: ProvisionedBody): { host: string; port: string } => {
  const { hostname, port } = new URL(device.endpoints[0]?.mqtt ?? "mqtts://unknown");
  return { host: hostname, port: port === "" ? "8883" : port };
};

/** Commands and settings to connect a device, in the folder with its files. */
export const recipes: Readonly<Record<(typeof recipeNames)[number], Recipe>> = {
  mosquitto: (device) => {
    const { host, port } = hostOf(device);
    return `mosquitto_pub -h ${host} -p ${port} -i ${device.id} -q 1 \\
  --cafile ca.pem --cert device-cert.pem --key device-key.pem \\
  -t events/${device.fleet}/${device.id}/temperature -m 21.5`;
  },
  "ESP-IDF": (device) => {
    const { host, port } = hostOf(device);
    return `// CMakeLists.txt: target_add_binary_data(\${COMPONENT_TARGET} "ca.pem" TEXT), and the others
extern const char ca[] asm("_binary_ca_pem_start");
extern const char certificate[] asm("_binary_device_cert_pem_start");
extern const char key[] asm("_binary_device_key_pem_start");

const esp_mqtt_client_config_t config = {
    .broker.address.uri = "mqtts://${host}:${port}",
    .broker.verification.certificate = ca,
    .credentials.client_id = "${device.id}",
    .credentials.authentication = { .certificate = certificate, .key = key },
};
esp_mqtt_client_handle_t client = esp_mqtt_client_init(&config);
esp_mqtt_client_start(client);
// When it is connected:
esp_mqtt_client_publish(client, "events/${device.fleet}/${device.id}/temperature", "21.5", 0, 1, 0);`;
  },
  "Node.js client": (device) => `// npm install ./device (of the Godwit repository)
import { readFileSync } from "node:fs";
import { createDevice } from "@godwit/device";

const device = createDevice({
  id: "${device.id}",
  fleet: "${device.fleet}",
  endpoints: ${JSON.stringify(device.endpoints.map(({ mqtt }) => mqtt))},
  ca: readFileSync("ca.pem", "utf8"),
  certificate: readFileSync("device-cert.pem", "utf8"),
  privateKey: readFileSync("device-key.pem", "utf8"),
});
await device.connect();
await device.publish("temperature", "21.5");`,
};
