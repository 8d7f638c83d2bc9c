import { randomUUID } from "node:crypto";
import { createKeyAndRequest } from "../../device/credentials/signingRequest.ts";
import { visible } from "../../shared/platform/visibleText.ts";
import type { Device, DeviceDetails, Provisioned } from "../cloud/bodies.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { CloudError } from "../cloud/cloudError.ts";
import { pageRows } from "../cloud/limits.ts";
import { readPages } from "../cloud/readPages.ts";
import type { Command } from "../line/command.ts";
import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { count } from "../terminal/count.ts";
import type { Output } from "../terminal/output.ts";
import type { Column } from "../terminal/table.ts";
import { localTime } from "../terminal/time.ts";
import { deviceFolder, writeDeviceFiles, writeKey } from "./deviceFiles.ts";

const columns: readonly Column<Device>[] = [
  { title: "NAME", of: ({ name }) => name },
  { title: "ID", of: ({ id }) => id },
  {
    title: "STATE",
    of: ({ online, quarantined }) => (quarantined ? "quarantined" : online ? "online" : "offline"),
    color: ({ online, quarantined }) => (quarantined ? "red" : online ? "green" : "dim"),
  },
  { title: "LAST HEARD", of: ({ last_heard: at }) => localTime(at) },
  { title: "FIRMWARE", of: ({ firmware }) => firmware },
  { title: "NOTES", of: ({ notes }) => notes },
];

const listMax = 100_000;

const list: Command = {
  words: "devices list",
  summary: "list the devices of the fleet",
  arguments: [],
  hasProduct: true,
  options: {
    search: { value: "TEXT", summary: "a part of the name or of the id" },
    online: { summary: "only devices that are connected" },
    offline: { summary: "only devices that are not connected" },
    firmware: { value: "VERSION", summary: "only devices that report this firmware" },
    sort: {
      value: "ORDER",
      summary: "order (times begin with the latest)",
      choices: ["name", "last_heard", "created"],
    },
    limit: { value: "N", summary: "the first N devices (default: all)" },
  },
  async run(input, { cloud, out }) {
    const both = input.has("online") && input.has("offline");
    const limit = input.number("limit", { min: 1, max: listMax }) ?? listMax;
    const sort = input.text("sort");
    const query = {
      search: input.text("search"),
      firmware: input.text("firmware"),
      ...(!both && input.has("online") && { online: true }),
      ...(!both && input.has("offline") && { online: false }),
      ...(isSort(sort) && { sort }),
    };
    const api = await cloud();
    const { items, isComplete } = await readPages({ limit, pageMax: pageRows }, async (page) => {
      const { devices, cursor } = await api.listDevices({ ...query, ...page });
      return { items: devices, cursor };
    });
    out.rows(items, columns, "There are no such devices.");
    if (!out.isJson && !isComplete) out.note(`These are the first ${items.length}.`);
    return undefined;
  },
};

const sorts = ["name", "last_heard", "created"] as const;
const isSort = (text: string | undefined): text is (typeof sorts)[number] =>
  sorts.some((sort) => sort === text);

const provision: Command = {
  words: "devices provision",
  summary: "add a device, and write the files that it connects with",
  arguments: [{ name: "NAME", optional: true }],
  hasProduct: true,
  options: {
    out: { value: "DIR", summary: "new folder for the files (default: the name of the device)" },
    csr: { value: "FILE", summary: "certificate signing request (PEM); - is standard input" },
  },
  notes: `The private key is generated on this machine and never leaves it. With --csr, the key stays where the request was made.
The folder has device.json (readIdentity of @godwit/device reads it), device-cert.pem, device-key.pem and ca.pem.`,
  async run(input, { cloud, out, readText }) {
    const name = input.argument("NAME");
    const csrFile = input.text("csr");
    const folder = await deviceFolder(input.text("out"), name);
    const key = csrFile === undefined ? await createKeyAndRequest() : undefined;
    const csr = key?.csr ?? (await readText(csrFile ?? "-"));
    const wanted = { folder, name, csr, privateKey: key?.privateKey };
    const device = await addDevice(wanted, { cloud: await cloud(), out });
    const files = await writeDeviceFiles(folder, device);
    const { id, name: given, fleet, endpoints } = device;
    const shown = visible(given ?? id);
    out.result(
      { id, name: given, fleet, endpoints, files },
      [
        `Device ${shown} (${visible(id)}) is registered. Its files:`,
        ...files.map((file) => `  ${visible(file)}`),
        ...(key === undefined ? ["Put the private key beside them as device-key.pem."] : []),
        `It connects to ${endpoints.map(({ mqtt }) => visible(mqtt)).join(", ")}.`,
      ].join("\n"),
    );
    return undefined;
  },
};

interface NewDevice {
  readonly folder: string;
  readonly name: string | undefined;
  readonly csr: string;
  readonly privateKey: string | undefined;
}

/** Stores the key, then adds the device. A refused device leaves no key behind. */
const addDevice = async (
  { folder, name, csr, privateKey }: NewDevice,
  { cloud, out }: { cloud: Pick<Cloud, "provisionDevice">; out: Output },
): Promise<Provisioned> => {
  const forget = privateKey === undefined ? undefined : await writeKey(folder, privateKey);
  // A repeat with the same key returns the same device: a lost reply does not add a second one.
  const request = { ...(name !== undefined && { name }), csr, idempotency_key: randomUUID() };
  try {
    return await cloud.provisionDevice(request).catch((error: unknown) => {
      if (!(error instanceof CommandError) || error.exit !== exits.unavailable) throw error;
      return cloud.provisionDevice(request);
    });
  } catch (error) {
    // Without an answer, the device may exist, and its key is the only copy.
    const isRefused = error instanceof CloudError && error.status < 500;
    if (isRefused) await forget?.();
    else if (forget) out.note(`The device may exist. Its key stays in ${visible(folder)}.`);
    throw error;
  }
};

const call: Command = {
  words: "devices call",
  summary: "call a function of a device",
  arguments: [{ name: "DEVICE" }, { name: "FUNCTION" }, { name: "ARGUMENT", optional: true }],
  hasProduct: true,
  options: {},
  notes: "DEVICE is an id or a name. Example: godwit devices call lamp led on",
  async run(input, { cloud, out }) {
    const [device, name] = [input.needed("DEVICE"), input.needed("FUNCTION")];
    const reply = await (await cloud()).callFunction(
      device,
      name,
      input.argument("ARGUMENT") ?? "",
    );
    out.result(reply, visible(String(reply.return_value)));
    return undefined;
  },
};

const get: Command = {
  words: "devices get",
  summary: "read a variable of a device, or show the device",
  arguments: [{ name: "DEVICE" }, { name: "VARIABLE", optional: true }],
  hasProduct: true,
  options: {},
  notes: "DEVICE is an id or a name. Example: godwit devices get lamp temperature",
  async run(input, { cloud, out }) {
    const [device, variable] = [input.needed("DEVICE"), input.argument("VARIABLE")];
    if (variable === undefined) {
      const shown = await (await cloud()).showDevice(device);
      out.result(shown, deviceText(shown));
      return undefined;
    }
    const read = await (await cloud()).readVariable(device, variable);
    out.result(read, visible(String(read.result)));
    return undefined;
  },
};

const deviceText = (device: DeviceDetails): string => {
  const { functions, variables, certificate } = device;
  const named = Object.entries(variables).map(([name, type]) => `${name} (${type})`);
  const lines = [
    ...columns.map(({ title, of }) => [title.toLowerCase(), String(of(device) ?? "-")]),
    ["functions", functions.join(", ") || "-"],
    ["variables", named.join(", ") || "-"],
    ["certificate", certificate?.status ?? "-"],
    ...(certificate?.expires_at ? [["expires", localTime(certificate.expires_at)]] : []),
  ];
  return lines.map(([left = "", right = ""]) => `${left.padEnd(13)}${visible(right)}`).join("\n");
};

const revoke: Command = {
  words: "devices revoke",
  summary: "revoke all certificates of a device permanently",
  arguments: [{ name: "DEVICE" }],
  hasProduct: true,
  options: {
    plan: { summary: "only show what would end" },
    yes: { summary: "do not ask" },
  },
  async run(input, { cloud, out, prompt }) {
    const device = input.needed("DEVICE");
    const api = await cloud();
    const plan = await api.planRevocation(device);
    const what = `${count(plan.certificates.length, "certificate")} of device ${visible(plan.id)} in ${plan.regions.map(visible).join(", ")}`;
    if (input.has("plan")) {
      out.result(plan, `This would revoke ${what}. It cannot be undone.`);
      return undefined;
    }
    if (!input.has("yes")) {
      out.note(`This revokes ${what}. The device cannot connect any more. It cannot be undone.`);
      if (!(await prompt.confirm("Revoke?"))) {
        out.note("Nothing was revoked.");
        return exits.failed;
      }
    }
    // By the id of the plan: the name may belong to another device by now.
    const done = await api.revokeDevice(plan.id);
    const pending = done.pending_regions.map(visible).join(", ");
    const later = pending === "" ? "" : ` Later, when they are available: ${pending}.`;
    out.result(done, `Revoked ${what}.${later}`);
    return undefined;
  },
};

/** The commands on devices. */
export const deviceCommands: readonly Command[] = [list, provision, call, get, revoke];
