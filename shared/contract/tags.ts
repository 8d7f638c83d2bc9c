import type { ApiFunction } from "../routes/table.ts";

interface Tag {
  readonly name: string;
  readonly description: string;
}

const tags: Partial<Record<ApiFunction, Tag>> = {
  health: { name: "Health", description: "Whether a region works." },
  contract: { name: "Contract", description: "The machine-readable documents of the API." },
  accounts: { name: "Accounts", description: "Users, access tokens and OAuth clients." },
  products: { name: "Products", description: "Products, their teams, and transfers." },
  devices: { name: "Devices", description: "Devices, their certificates and recoveries." },
  firmware: { name: "Firmware", description: "Firmware versions and signing keys of a product." },
  firmwareBinary: { name: "Firmware", description: "The images of firmware." },
  releaseApi: { name: "Releases", description: "Releases of firmware to devices, in waves." },
  call: { name: "Calls", description: "Functions and variables of devices." },
  publish: { name: "Events", description: "Publishing events." },
  stream: { name: "Streams", description: "Live events as server-sent events." },
  integrations: { name: "Integrations", description: "Webhooks and other targets of events." },
  previews: { name: "Previews", description: "Previews and tests of an integration." },
  deadLetters: { name: "Dead letters", description: "Deliveries that were given up." },
  jobs: { name: "Jobs", description: "Replays and backfills." },
  archiveSettings: { name: "Archive", description: "The archive of events." },
  pages: { name: "Operations", description: "Pages and the state of the deployment." },
  incidents: { name: "Incidents", description: "Incidents of the status page." },
  subscriptions: { name: "Subscriptions", description: "Subscriptions of the status page." },
};

/** The tag of the operations that a function answers. */
export const tagOf = (name: ApiFunction): Tag =>
  tags[name] ?? { name, description: `The operations of the function \`${name}\`.` };
